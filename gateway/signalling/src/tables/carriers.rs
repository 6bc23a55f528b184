//! Whose media comes over one carrier alone, because its client ordered that.

use std::collections::HashMap;

use crate::words::request::Forced;

/// The orders of a room, by identity: a client that gives one leaves, and it holds when it comes again.
#[derive(Debug, Default)]
pub(crate) struct Carriers(HashMap<String, Forced>);

impl Carriers {
    /// Takes an order, or takes it back with `None`; `false` if there is none among `most` left.
    pub(crate) fn order(&mut self, identity: &str, forced: Option<Forced>, most: usize) -> bool {
        let Some(forced) = forced else {
            self.0.remove(identity);
            return true;
        };
        if !self.0.contains_key(identity) && self.0.len() >= most {
            return false;
        }
        self.0.insert(identity.to_owned(), forced);
        true
    }

    /// What this person's client ordered.
    pub(crate) fn of(&self, identity: &str) -> Option<Forced> {
        self.0.get(identity).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_changed_and_taken_back_and_there_are_not_too_many() {
        let mut carriers = Carriers::default();
        assert!(carriers.order("one", Some(Forced::Tcp), 2));
        assert!(carriers.order("other", Some(Forced::Tls), 2));
        assert!(!carriers.order("third", Some(Forced::Tcp), 2));
        assert!(carriers.order("one", Some(Forced::Tls), 2));
        assert_eq!((carriers.of("one"), carriers.of("third")), (Some(Forced::Tls), None));
        assert!(carriers.order("one", None, 2) && carriers.order("third", Some(Forced::Tcp), 2));
        assert_eq!((carriers.of("one"), carriers.of("third")), (None, Some(Forced::Tcp)));
    }
}
