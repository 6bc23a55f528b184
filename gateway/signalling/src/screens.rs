//! What a screen (WHEP) is shown: its streams were answered once and follow the room's tracks.

use media::Layer;
use transport::sdp::Written;

use crate::Signalling;
use crate::effect::{Effect, Subscribe};
use crate::ids::{ParticipantId, RoomId, TrackId};
use crate::tables::visits::Seat;

impl Signalling {
    /// Gives every stream of a connected watcher the best track that it can carry.
    pub(crate) fn follow(&mut self, id: ParticipantId) {
        let Some(me) = self.roster.get(id) else { return };
        let (room, Some(connection)) = (me.room, me.paths.subscriber) else { return };
        if !self.connections.stands(connection) {
            return;
        }
        let Some(visit) = self.visits.list.get(&id) else { return };
        let changes: Vec<(u16, Option<TrackId>, Option<TrackId>)> = (0u16..)
            .zip(&visit.seats)
            .map(|(slot, seat)| (slot, seat.track, self.best(id, room, seat)))
            .filter(|(_, old, new)| old != new)
            .collect();
        for (slot, old, new) in changes {
            if let Some(track) = old {
                self.effect(Effect::Unsubscribe { room, track, connection, slot: None });
            }
            let Some(visit) = self.visits.list.get_mut(&id) else { return };
            let Some(seat) = visit.seats.get_mut(usize::from(slot)) else { continue };
            seat.track = new;
            let Some(track) = new else { continue };
            let published = self.publications.get(track);
            // The numbers of what was sent before must not come again.
            let continues = std::mem::replace(&mut seat.begun, true);
            let subscribe = Subscribe {
                room,
                track,
                connection,
                slot,
                kind: seat.kind,
                source: published.map(|published| published.info.source).unwrap_or_default(),
                top: Some(Layer(u8::MAX)),
                ssrc: seat.ssrc,
                payload_type: seat.codec.pt,
                red: seat.codec.red,
                written: Written::among(&seat.extensions, seat.tells, &seat.mid),
                repair: seat.codec.rtx.map(|payload_type| (seat.repair_ssrc, payload_type)),
                continues,
            };
            self.effect(Effect::Subscribe(Box::new(subscribe)));
        }
    }

    /// The present track stays unless somebody leads the session; then the leader's track is shown.
    fn best(&self, id: ParticipantId, room: RoomId, seat: &Seat) -> Option<TrackId> {
        let fits = |track: &TrackId| {
            let published = self.publications.get(*track);
            published.is_some_and(|published| {
                published.encoded.kind == seat.kind && published.encoded.codec == seat.codec.kind
            })
        };
        let may = self.roster.get(id).is_some_and(|me| me.grant.may_subscribe());
        let fits = |track: &TrackId| may && fits(track) && self.admitted(id, *track);
        let tracks = self.publications.in_room(room).map(|(track, _)| track).filter(fits);
        let best = tracks.min_by_key(|track| self.rank(*track));
        let present = seat.track.filter(fits);
        match (present, best) {
            (Some(present), Some(best)) => {
                let (a, b) = (self.rank(present), self.rank(best));
                Some(if (a.0, a.1) <= (b.0, b.1) { present } else { best })
            }
            (None, best) => best,
            (present, None) => present,
        }
    }
}
