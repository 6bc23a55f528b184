//! Tracks as their publishers send them: begun, muted and ended.

use std::time::Instant;

use ::media::{MediaKind, RoomId, TrackId};
use sfu::Input;
use signalling::effect::Publish;
use transport::sdp::Kind;

use super::media_path::MediaPath;
use crate::tracks::Track;

impl MediaPath {
    /// A track is published.
    pub(super) fn publish(&mut self, now: Instant, publish: &Publish) {
        let Some(connection) = self.connections.get_mut(publish.connection) else { return };
        let kind = if publish.kind == MediaKind::Audio { Kind::Audio } else { Kind::Video };
        let codecs = std::slice::from_ref(&publish.codec);
        let begun = connection.peer.add_track(
            &publish.mid,
            kind,
            codecs,
            &publish.extensions,
            &publish.rids,
        );
        // A connection that has just ended; of too many the signalling core has a bound of its own.
        let Ok(ingress) = begun else { return self.metrics.drop_one("tracks_full") };
        connection.peer.announce(ingress, &publish.ssrcs);
        connection.brings(ingress, publish.track);
        let track = Track::new(publish, ingress);
        let (room, layers) = (publish.room, track.encodings());
        self.tracks.insert(publish.track, track);
        self.decide(now, Input::Publish { room, track: publish.track, kind: publish.kind, layers });
        self.decide(now, Input::Mute { room, track: publish.track, muted: publish.muted });
    }

    /// A track has ended: its memory is freed.
    pub(super) fn unpublish(&mut self, now: Instant, room: RoomId, track: TrackId) {
        self.decide(now, Input::Unpublish { room, track });
        let Some(origin) = self.tracks.remove(track).map(|track| track.origin) else { return };
        if let Some(connection) = self.connections.get_mut(origin.connection) {
            connection.ends(origin.ingress);
        }
    }

    /// A track is mute by its publisher's word, or not any more.
    pub(super) fn mute(&mut self, now: Instant, room: RoomId, track: TrackId, muted: bool) {
        if let Some(state) = self.tracks.get_mut(track) {
            state.muted = muted;
            self.decide(now, Input::Mute { room, track, muted });
        }
    }

    /// Nothing of a track is passed on, or it is again.
    pub(super) fn silence(&mut self, track: TrackId, silenced: bool) {
        self.tracks.get_mut(track).into_iter().for_each(|track| track.silenced = silenced);
    }

    /// A track is to give a keyframe in every encoding.
    pub(super) fn refresh(&mut self, now: Instant, room: RoomId, track: TrackId) {
        self.decide(now, Input::Refresh { room, track });
    }

    /// A room is over.
    pub(super) fn close_room(&mut self, now: Instant, room: RoomId) {
        self.decide(now, Input::Close { room });
        self.waiting.end(room);
        self.recorded.end(room);
    }
}
