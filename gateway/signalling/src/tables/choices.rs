//! Which stay of a person was chosen last: by a press on some device, not by a page that comes back by itself.

use std::collections::BTreeMap;

/// People of one room whose choice is kept; above it the oldest choice is forgotten.
const CHOICES_MAX: usize = 1_000;

/// The last choice of everybody who was in a room, in milliseconds since 1970.
#[derive(Debug, Default)]
pub(crate) struct Choices {
    list: BTreeMap<String, u64>,
}

impl Choices {
    /// Somebody comes in on the device that was chosen at that moment; `false` if the choice of another person was
    /// forgotten to make room.
    pub(crate) fn note(&mut self, identity: &str, chosen_ms: u64) -> bool {
        let known = self.list.insert(identity.to_owned(), chosen_ms).is_some();
        let full = !known && self.list.len() > CHOICES_MAX;
        if full {
            let others = self.list.iter().filter(|(other, _)| *other != identity);
            if let Some(oldest) = others.min_by_key(|(_, ms)| **ms).map(|(other, _)| other.clone())
            {
                self.list.remove(&oldest);
            }
        }
        !full
    }

    /// Whether the person has chosen another device after that moment.
    pub(crate) fn passed(&self, identity: &str, chosen_ms: u64) -> bool {
        self.list.get(identity).is_some_and(|last| *last > chosen_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_choice_is_kept_for_as_many_as_there_is_place_for() {
        let mut choices = Choices::default();
        assert!(!choices.passed("li", 0));
        assert!(choices.note("li", 10) && choices.passed("li", 9) && !choices.passed("li", 10));
        assert!(choices.note("li", 20) && choices.passed("li", 10));
        (0..999).for_each(|it| assert!(choices.note(&format!("pupil {it}"), 100 + it)));
        assert!(choices.note("li", 30), "who is known takes no other's place");
        assert!(!choices.note("one more", 50));
        assert!(!choices.passed("li", 0) && choices.passed("one more", 49));
        assert_eq!(choices.list.len(), CHOICES_MAX);
    }
}
