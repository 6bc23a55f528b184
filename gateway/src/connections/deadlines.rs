//! When the connections' timers must be looked at.

use std::collections::BTreeSet;
use std::time::Instant;

use super::Connections;
use crate::ids::ConnectionId;

/// When each connection is due, once each, in the order of time: a connection that is not due costs nothing.
#[derive(Debug, Default)]
pub(super) struct Deadlines(BTreeSet<(Instant, ConnectionId)>);

impl Deadlines {
    /// A connection was due `before`, if at all, and is due `at`.
    pub(super) fn set(&mut self, id: ConnectionId, before: Option<Instant>, at: Instant) {
        before.into_iter().for_each(|before| self.remove(id, before));
        self.0.insert((at, id));
    }

    /// A connection that was due then has ended.
    pub(super) fn remove(&mut self, id: ConnectionId, before: Instant) {
        self.0.remove(&(before, id));
    }
}

impl Connections {
    /// The timers of a connection must be looked at no later than `at`.
    pub(crate) fn wake(&mut self, id: ConnectionId, at: Instant) {
        if self.by_id.get(&id).is_some_and(|connection| at < connection.deadline) {
            self.rest(id, at);
        }
    }

    /// The timers of a connection were looked at, and must be again `at` that time.
    pub(crate) fn rest(&mut self, id: ConnectionId, at: Instant) {
        let Some(connection) = self.by_id.get_mut(&id) else { return };
        let before = std::mem::replace(&mut connection.deadline, at);
        self.deadlines.set(id, Some(before), at);
    }

    /// Connections whose timers are due.
    pub(crate) fn due(&self, now: Instant) -> Vec<ConnectionId> {
        let due = self.deadlines.0.iter().take_while(|(at, _)| *at <= now);
        due.map(|(_, id)| *id).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use signalling::effect::{ConnectionRole, Open};
    use signalling::ids::ParticipantId;
    use transport::dtls::Identity;

    use super::*;

    #[test]
    fn who_is_due_is_told_in_time_and_whoever_ends_is_due_no_more() {
        #[expect(clippy::disallowed_methods, reason = "a start for virtual time")]
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        let identity = Arc::new(Identity::generate().unwrap());
        let mut connections = Connections::new(identity, 1, vec![]);
        let [one, two, three] = [1, 2, 3].map(ConnectionId);
        for connection in [one, two, three] {
            connections.open(start, &open(connection)).unwrap();
        }
        assert_eq!(connections.due(start), [one, two, three], "a new one is looked at");
        connections.rest(one, at(30));
        connections.rest(two, at(10));
        connections.rest(three, at(20));
        assert_eq!(connections.due(at(9)), []);
        assert_eq!(connections.due(at(20)), [two, three]);
        connections.wake(one, at(5));
        connections.wake(one, at(25));
        assert_eq!(connections.due(at(5)), [one], "no later than it was");
        connections.close(three);
        assert_eq!(connections.due(at(1_000)), [one, two]);
        connections.wake(three, start);
        connections.rest(three, start);
        connections.restart_ice(at(3), two);
        assert_eq!(connections.due(at(3)), [two]);
        connections.close(one);
        connections.close(two);
        assert_eq!(connections.deadlines.0.len(), 0);
    }

    fn open(connection: ConnectionId) -> Open {
        let (room, identity) = ("ward".to_owned(), "nurse".to_owned());
        Open {
            connection,
            owner: ParticipantId(1),
            role: ConnectionRole::Subscriber,
            room,
            identity,
            site: String::new(),
        }
    }
}
