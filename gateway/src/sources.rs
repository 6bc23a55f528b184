//! From which of this machine's addresses a client is answered: the one that it sent to. Left to itself, a system with
//! several takes the one nearest to the client, and the client, or a router between, drops what comes from there as a
//! stranger's.

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

/// Clients whose address of ours is remembered in one generation; there are two. A client's checks renew its entry
/// every few seconds, and one that is forgotten is answered from the system's choice until its next datagram.
const GENERATION: usize = 8_192;

/// Which address of ours each client asked last.
#[derive(Debug, Default)]
pub(crate) struct Sources(RefCell<Table>);

#[derive(Debug, Default)]
struct Table {
    /// The sender of the present datagram, and the address that it was sent to.
    present: Option<(SocketAddr, IpAddr)>,
    young: HashMap<SocketAddr, IpAddr>,
    old: HashMap<SocketAddr, IpAddr>,
}

impl Sources {
    /// A datagram came from `client` to this address: answers to it leave from there.
    pub(crate) fn came(&self, client: SocketAddr, to: Option<IpAddr>) {
        self.0.borrow_mut().present = to.map(|to| (client, to));
    }

    /// The present datagram has proved that it is a client's: what comes later for it leaves from there as well.
    pub(crate) fn keep(&self, client: SocketAddr) {
        let mut table = self.0.borrow_mut();
        let Some((_, to)) = table.present.filter(|(from, _)| *from == client) else { return };
        if table.young.len() >= GENERATION && !table.young.contains_key(&client) {
            table.old = std::mem::take(&mut table.young);
        }
        table.young.insert(client, to);
    }

    /// The address that `client` asked.
    pub(crate) fn of(&self, client: SocketAddr) -> Option<IpAddr> {
        let table = self.0.borrow();
        let present = table.present.filter(|(from, _)| *from == client).map(|(_, to)| to);
        let kept = || table.young.get(&client).or_else(|| table.old.get(&client)).copied();
        present.or_else(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(number: u32) -> SocketAddr {
        SocketAddr::new(IpAddr::V4(number.into()), 1_000)
    }

    #[test]
    fn only_what_was_proved_is_remembered_and_that_is_bounded() {
        let (sources, here) = (Sources::default(), IpAddr::V4([127, 0, 0, 3].into()));
        sources.came(client(1), Some(here));
        assert_eq!((sources.of(client(1)), sources.of(client(2))), (Some(here), None));
        sources.keep(client(2));
        sources.came(client(3), Some(here));
        assert_eq!(sources.of(client(1)), None, "nobody");
        sources.keep(client(3));
        sources.came(client(4), None);
        assert_eq!(sources.of(client(3)), Some(here));
        for number in 10..10 + 3 * GENERATION as u32 {
            sources.came(client(number), Some(here));
            sources.keep(client(number));
        }
        assert_eq!(sources.of(client(3)), None, "it has not come for long");
        let table = sources.0.borrow();
        assert!(table.young.len() + table.old.len() <= 2 * GENERATION);
    }
}
