//! What a listener was told of how much comes to it, and what it is still to be told.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::ids::TrackId;
use crate::words::stream::StreamState;

/// A listener is told at most so often: what comes together is told at once, what goes to and fro between is not told.
const TOLD_EVERY: Duration = Duration::from_secs(1);

/// One track.
#[derive(Clone, Copy, Debug, Default)]
struct StreamRecord {
    state: StreamState,
    /// `None` if what was told may have been missed.
    told: Option<StreamState>,
}

/// The tracks of one listener of which something else than the whole comes, or came.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    list: BTreeMap<TrackId, StreamRecord>,
    told_at: Option<Instant>,
}

impl Streams {
    /// So much of a track comes now; whether that is news.
    pub(crate) fn note(&mut self, track: TrackId, state: StreamState) -> bool {
        if state == StreamState::Whole && !self.list.contains_key(&track) {
            return false;
        }
        let whole = StreamRecord { state, told: Some(StreamState::Whole) };
        let stream = self.list.entry(track).or_insert(whole);
        stream.state = state;
        stream.told != Some(state)
    }

    /// How much of a track comes.
    pub(crate) fn of(&self, track: TrackId) -> StreamState {
        self.list.get(&track).map(|stream| stream.state).unwrap_or_default()
    }

    /// A track is not carried any more.
    pub(crate) fn forget(&mut self, track: TrackId) {
        self.list.remove(&track);
    }

    /// The listener may have missed what it was told; whether there is something to repeat.
    pub(crate) fn unsay(&mut self) -> bool {
        self.list.values_mut().for_each(|stream| stream.told = None);
        self.told_at = None;
        !self.list.is_empty()
    }

    /// Whether it may be told something now.
    pub(crate) fn due(&self, now: Instant) -> bool {
        self.told_at.is_none_or(|at| now.saturating_duration_since(at) >= TOLD_EVERY)
    }

    /// All that is to be told, which is told with this: each track with its state, and whether it was paused as far as
    /// the listener knows (`None` = it may not know).
    pub(crate) fn tell(&mut self, now: Instant) -> Vec<(TrackId, StreamState, Option<bool>)> {
        let news = self.list.iter_mut().filter(|(_, stream)| stream.told != Some(stream.state));
        let told = news.map(|(track, stream)| {
            let before = stream.told.replace(stream.state);
            (*track, stream.state, before.map(StreamState::is_paused))
        });
        let told: Vec<_> = told.collect();
        if !told.is_empty() {
            self.told_at = Some(now);
        }
        // A track that comes whole again is as one that always did.
        self.list.retain(|_, stream| stream.state != StreamState::Whole);
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::stream::Cause;

    const ONE: TrackId = TrackId(1);
    const PAUSED: StreamState = StreamState::Paused(Cause::ThinLine);

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a start for virtual time")]
    fn what_goes_to_and_fro_within_a_second_is_not_told() {
        let (mut streams, start) = (Streams::default(), Instant::now());
        assert!(!streams.note(ONE, StreamState::Whole), "it always did");
        assert!(streams.note(ONE, PAUSED) && streams.due(start));
        assert_eq!(streams.tell(start), [(ONE, PAUSED, Some(false))]);
        assert!(!streams.note(ONE, PAUSED));
        assert!(streams.note(ONE, StreamState::Whole));
        let soon = start + Duration::from_millis(999);
        assert!(!streams.due(soon) && !streams.note(ONE, PAUSED));
        let later = start + TOLD_EVERY;
        assert!(streams.due(later));
        assert_eq!(streams.tell(later), []);
        assert!(streams.note(ONE, StreamState::Whole));
        assert_eq!(streams.tell(later), [(ONE, StreamState::Whole, Some(true))]);
        assert!(streams.list.is_empty());
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a start for virtual time")]
    fn what_may_have_been_missed_is_told_again() {
        let (mut streams, start) = (Streams::default(), Instant::now());
        assert!(!streams.unsay());
        streams.note(ONE, PAUSED);
        streams.tell(start);
        assert!(streams.unsay() && streams.due(start));
        assert_eq!(streams.tell(start), [(ONE, PAUSED, None)]);
        streams.forget(ONE);
        assert!(!streams.unsay());
    }
}
