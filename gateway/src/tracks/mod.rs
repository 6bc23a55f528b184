//! The media half of the tracks of one shard: which connection brings them, their last packets, and what these say of
//! themselves. Whose they are, and who is told of them, is the signalling core's.

pub(crate) mod copies;
pub(crate) mod encodings;
pub(crate) mod scaling;
pub(crate) mod voice;

use std::collections::BTreeMap;

use media::{MediaKind, RoomId, TrackId};
use signalling::effect::Publish;
use transport::payload::CodecKind;

use crate::ids::ConnectionId;
use crate::ring::Ring;
use encodings::Encodings;
use scaling::Scaling;
use voice::Voice;

/// Packets kept for retransmission: 3 s of 1.5 Mbit/s, and a second of sound.
const VIDEO_KEPT: usize = 512;
const AUDIO_KEPT: usize = 64;

/// Where a track comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Origin {
    pub(crate) connection: ConnectionId,
    /// The transport's number for it.
    pub(crate) ingress: usize,
}

/// What a picture's packets say of its sizes.
#[derive(Debug)]
pub(crate) struct Sizes {
    pub(crate) encodings: Encodings,
    /// What the dependency descriptors of each layer say.
    pub(crate) scaling: Vec<Scaling>,
    /// Spatial layers within a single stream, as they were last told.
    spatial: Option<u8>,
}

impl Sizes {
    fn of(layers: usize) -> Self {
        let scaling = (0..layers).map(|_| Scaling::default()).collect();
        Self { encodings: Encodings::of(layers), scaling, spatial: None }
    }

    /// A key picture says how many spatial layers the only stream has; gives the number if that is new.
    pub(crate) fn note_spatial(&mut self, spatial: Option<u8>) -> Option<u8> {
        let single = self.scaling.len() == 1;
        let new = spatial.filter(|_| single && self.spatial != spatial)?;
        self.spatial = spatial;
        Some(new)
    }
}

/// Packets of one track since its beginning.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Arrived {
    /// So many there must have been.
    pub(crate) expected: u64,
    /// So many came, in the end.
    pub(crate) received: u64,
    /// So many of them only when they were sent again.
    pub(crate) repaired: u64,
}

impl Arrived {
    /// Packets since `before`: all, and those that did not come at first. Nothing for a track that
    /// began anew.
    pub(crate) fn since(&self, before: &Self) -> (u64, u64) {
        let expected = self.expected.saturating_sub(before.expected);
        let Some(received) = self.received.checked_sub(before.received) else { return (0, 0) };
        let at_first = received.saturating_sub(self.repaired.saturating_sub(before.repaired));
        (expected, expected.saturating_sub(at_first))
    }
}

/// A track that a client sends.
#[derive(Debug)]
pub(crate) struct Track {
    pub(crate) room: RoomId,
    pub(crate) origin: Origin,
    pub(crate) kind: MediaKind,
    pub(crate) codec: CodecKind,
    /// Its publisher says that it sends nothing.
    pub(crate) muted: bool,
    /// A server has muted it: nothing of it is passed on, whatever its publisher sends.
    pub(crate) silenced: bool,
    /// The last packets of each encoding.
    pub(crate) layers: Vec<Ring>,
    pub(crate) sizes: Sizes,
    pub(crate) voice: Voice,
    /// Packets of all layers up to the last report of them.
    pub(crate) arrived: Arrived,
}

impl Track {
    /// A track of which nothing has come yet.
    pub(crate) fn new(publish: &Publish, ingress: usize) -> Self {
        let kept = if publish.kind == MediaKind::Video { VIDEO_KEPT } else { AUDIO_KEPT };
        let layers = publish.rids.len().max(1);
        Self {
            room: publish.room,
            origin: Origin { connection: publish.connection, ingress },
            kind: publish.kind,
            codec: publish.codec.kind,
            muted: publish.muted,
            silenced: publish.silenced,
            layers: (0..layers).map(|_| Ring::new(kept)).collect(),
            sizes: Sizes::of(layers),
            voice: Voice::default(),
            arrived: Arrived::default(),
        }
    }

    /// How many encodings it has.
    pub(crate) fn encodings(&self) -> u8 {
        u8::try_from(self.layers.len()).unwrap_or(u8::MAX)
    }

    /// Whether it is a picture.
    pub(crate) fn video(&self) -> bool {
        self.kind == MediaKind::Video
    }
}

/// All tracks of a shard.
#[derive(Debug, Default)]
pub(crate) struct Tracks {
    by_id: BTreeMap<TrackId, Track>,
}

impl Tracks {
    pub(crate) fn get(&self, id: TrackId) -> Option<&Track> {
        self.by_id.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: TrackId) -> Option<&mut Track> {
        self.by_id.get_mut(&id)
    }

    /// Keeps a track; one that is published again begins anew.
    pub(crate) fn insert(&mut self, id: TrackId, track: Track) {
        self.by_id.insert(id, track);
    }

    pub(crate) fn remove(&mut self, id: TrackId) -> Option<Track> {
        self.by_id.remove(&id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (TrackId, &Track)> {
        self.by_id.iter().map(|(id, track)| (*id, track))
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (TrackId, &mut Track)> {
        self.by_id.iter_mut().map(|(id, track)| (*id, track))
    }

    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_again_did_not_come_at_first() {
        let before = Arrived { expected: 100, received: 98, repaired: 1 };
        let now = Arrived { expected: 200, received: 197, repaired: 6 };
        assert_eq!(now.since(&before), (100, 6));
        assert_eq!(Arrived::default().since(&before), (0, 0), "it began anew");
    }

    #[test]
    fn spatial_layers_are_told_when_they_change_and_of_a_single_stream_only() {
        let mut single = Sizes::of(1);
        let told =
            [None, Some(3), Some(3), Some(1), None, Some(1)].map(|it| single.note_spatial(it));
        assert_eq!(told, [None, Some(3), None, Some(1), None, None]);
        assert_eq!(Sizes::of(3).note_spatial(Some(3)), None);
    }
}
