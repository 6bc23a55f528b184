//! The signalling connections of one shard.

use std::collections::BTreeMap;
use std::sync::Arc;

use signalling::ids::ParticipantId;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Notify, mpsc, oneshot};

use super::command::SignalWay;
use super::said::Said;
use crate::ids::SignalId;

#[derive(Debug)]
struct ClientQueue {
    said: mpsc::Sender<Box<Said>>,
    probe: Arc<Notify>,
}

/// The queues to clients; as many as there are connections at the doors.
#[derive(Debug, Default)]
pub(super) struct Signals {
    queues: BTreeMap<SignalId, ClientQueue>,
    /// Those who are not in a room yet.
    waiting: BTreeMap<SignalId, oneshot::Sender<ParticipantId>>,
}

impl Signals {
    /// Somebody is at the door.
    pub(super) fn add(&mut self, id: SignalId, way: SignalWay) {
        let SignalWay { said, probe, admitted } = way;
        self.queues.insert(id, ClientQueue { said, probe });
        self.waiting.insert(id, admitted);
    }

    /// Tells the door that its client is in a room; `false` if the client has gone meanwhile.
    pub(super) fn admit(&mut self, id: SignalId, who: ParticipantId) -> bool {
        self.waiting.remove(&id).is_none_or(|admitted| admitted.send(who).is_ok())
    }

    /// Says something; `false` if so much waits for the client that it is cut off.
    pub(super) fn say(&mut self, id: SignalId, said: Said) -> bool {
        let Some(queue) = self.queues.get(&id) else { return true };
        match queue.said.try_send(Box::new(said)) {
            Err(TrySendError::Full(_)) => {
                self.end(id);
                false
            }
            // A door that is gone says so itself.
            Ok(()) | Err(TrySendError::Closed(_)) => true,
        }
    }

    /// Asks a client for a sign of life.
    pub(super) fn probe(&self, id: SignalId) {
        self.queues.get(&id).into_iter().for_each(|queue| queue.probe.notify_one());
    }

    /// Ends a connection once everything is said; one that was not admitted never is.
    pub(super) fn end(&mut self, id: SignalId) {
        self.queues.remove(&id);
        self.waiting.remove(&id);
    }

    /// Ends those who went while they waited to come in.
    pub(super) fn end_gone(&mut self) -> Vec<SignalId> {
        let gone = self.waiting.iter().filter(|(_, admitted)| admitted.is_closed());
        let gone: Vec<SignalId> = gone.map(|(id, _)| *id).collect();
        gone.iter().for_each(|id| self.end(*id));
        gone
    }

    pub(super) fn len(&self) -> usize {
        self.queues.len()
    }
}

#[cfg(test)]
mod tests {
    use super::super::command::SIGNALS_QUEUED;
    use super::*;
    use signalling::words::message::Message;

    fn way() -> (SignalWay, mpsc::Receiver<Box<Said>>, oneshot::Receiver<ParticipantId>) {
        let (said, hears) = mpsc::channel(SIGNALS_QUEUED);
        let (admitted, ticket) = oneshot::channel();
        (SignalWay { said, probe: Arc::default(), admitted }, hears, ticket)
    }

    fn word() -> Said {
        Said::Message(Message::TrackUnpublished { sid: "TR_1".to_owned() })
    }

    #[test]
    fn a_queue_that_is_full_is_closed_once_and_what_was_said_before_comes() {
        let (mut signals, id) = (Signals::default(), SignalId(1));
        let (way, mut hears, mut ticket) = way();
        signals.add(id, way);
        assert!(signals.admit(id, ParticipantId(7)) && ticket.try_recv().is_ok());
        let refused = (0..2 * SIGNALS_QUEUED).filter(|_| !signals.say(id, word())).count();
        assert_eq!((refused, signals.len()), (1, 0));
        assert_eq!(std::iter::from_fn(|| hears.try_recv().ok()).count(), SIGNALS_QUEUED);
        assert!(hears.is_closed(), "its door hears the end");
    }

    #[test]
    fn who_is_turned_away_is_told_why_and_never_admitted() {
        let (mut signals, id) = (Signals::default(), SignalId(1));
        let (way, mut hears, mut ticket) = way();
        signals.add(id, way);
        assert!(signals.say(id, word()));
        signals.end(id);
        assert!(hears.try_recv().is_ok());
        assert_eq!(ticket.try_recv(), Err(oneshot::error::TryRecvError::Closed));
    }

    #[test]
    fn who_goes_while_it_waits_is_told_of_once_and_who_is_in_is_not() {
        let mut signals = Signals::default();
        let (stays, goes) = (SignalId(1), SignalId(2));
        let (way_in, _hears, in_room) = way();
        signals.add(stays, way_in);
        assert!(signals.admit(stays, ParticipantId(7)));
        let (waiting, _hears, ticket) = way();
        signals.add(goes, waiting);
        assert_eq!(signals.end_gone(), []);
        drop((ticket, in_room));
        assert_eq!(signals.end_gone(), [goes]);
        assert_eq!((signals.end_gone(), signals.len()), (vec![], 1));
    }

    #[test]
    fn who_goes_at_the_door_is_not_admitted() {
        let (mut signals, id) = (Signals::default(), SignalId(1));
        let (way, _hears, ticket) = way();
        signals.add(id, way);
        drop(ticket);
        assert!(!signals.admit(id, ParticipantId(7)));
    }
}
