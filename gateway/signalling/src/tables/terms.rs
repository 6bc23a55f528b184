//! What the room service has set for a room.

use std::time::Duration;

use crate::words::call::CreateRoom;

/// A room that was made beforehand waits so long for the first to come, in seconds.
const EMPTY_TIMEOUT_S: u32 = 300;

/// Terms of one room; without the room service, those of the configuration.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct RoomTerms {
    /// In place of what the tokens say of the session.
    pub(crate) metadata: Option<String>,
    /// Seconds that it waits for the first to come; 0 = the default.
    pub(crate) empty_timeout_s: u32,
    /// Seconds that it waits after the last has left; 0 = the configuration's.
    pub(crate) departure_timeout_s: u32,
    /// Most participants, within the configuration's bound; 0 = that bound.
    pub(crate) max_participants: u32,
    /// Somebody has been in it.
    pub(crate) visited: bool,
}

impl RoomTerms {
    /// Takes what a request sets; what it leaves out stays.
    pub(crate) fn take(&mut self, ask: &CreateRoom) {
        let set = |place: &mut u32, value: u32| {
            if value > 0 {
                *place = value;
            }
        };
        set(&mut self.empty_timeout_s, ask.empty_timeout_s);
        set(&mut self.departure_timeout_s, ask.departure_timeout_s);
        set(&mut self.max_participants, ask.max_participants);
        if !ask.metadata.is_empty() {
            self.metadata = Some(ask.metadata.clone());
        }
    }

    /// Seconds that the room waits for the first to come.
    pub(crate) const fn waits_s(&self) -> u32 {
        if self.empty_timeout_s > 0 { self.empty_timeout_s } else { EMPTY_TIMEOUT_S }
    }

    /// How long the room may be empty from now on; `configured_s` after people left.
    pub(crate) fn empty_for(&self, configured_s: u64) -> Duration {
        Duration::from_secs(match (self.visited, self.departure_timeout_s) {
            (false, _) => u64::from(self.waits_s()),
            (true, 0) => configured_s,
            (true, own) => u64::from(own),
        })
    }

    /// Most participants, where the configuration allows `configured`.
    pub(crate) fn places(&self, configured: usize) -> usize {
        match usize::try_from(self.max_participants) {
            Ok(own) if own > 0 => own.min(configured),
            _ => configured,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_waits_for_the_first_by_its_own_term_and_then_by_the_other() {
        let mut terms = RoomTerms::default();
        assert_eq!(terms.empty_for(20), Duration::from_secs(300));
        terms.take(&CreateRoom { empty_timeout_s: 7, ..Default::default() });
        assert_eq!(terms.empty_for(20), Duration::from_secs(7));
        terms.visited = true;
        assert_eq!(terms.empty_for(20), Duration::from_secs(20));
        terms.take(&CreateRoom { departure_timeout_s: 9, ..Default::default() });
        assert_eq!((terms.empty_for(20), terms.waits_s()), (Duration::from_secs(9), 7));
    }

    #[test]
    fn places_never_go_over_the_configuration() {
        let places = |own| RoomTerms { max_participants: own, ..RoomTerms::default() }.places(300);
        assert_eq!([0, 2, 300, 301].map(places), [300, 2, 300, 300]);
    }
}
