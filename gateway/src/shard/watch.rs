//! What a watcher (WHEP) is shown: its streams were answered once and follow the room's tracks.

use std::time::Instant;

use ::media::{MediaKind, Target};
use sfu::{Input, RoomId, Subscribe, TrackId};
use transport::sdp::{self, Codec, Kind, Media};

use super::Shard;
use crate::egress::carry::Carry;
use crate::egress::kept::Kept;
use crate::egress::stream::Stream;
use crate::ids::ParticipantId;
use crate::room::visits::Seat;

impl Seat {
    /// A stream that nobody has yet.
    pub(super) fn new(kind: MediaKind, codec: Codec, extensions: Vec<(u8, String)>) -> Self {
        // An odd number and the one after it: two seats never share one.
        let low = if kind == MediaKind::Audio { 1 } else { 3 };
        let ssrc = rand::random::<u32>() & !3 | low;
        let repair_ssrc = ssrc & !3 | (low - 1);
        Self { kind, codec, extensions, ssrc, repair_ssrc, track: None }
    }

    /// What the answer says of it.
    pub(super) fn offered(&self, mid: String, kind: Kind) -> Media {
        Media::Send {
            mid,
            kind,
            codec: self.codec.clone(),
            extensions: self.extensions.clone(),
            ssrc: self.ssrc,
            rtx_ssrc: self.repair_ssrc,
            stream: "room".to_owned(),
            track: kind.name().to_owned(),
            active: true,
        }
    }
}

impl Shard {
    /// The room's tracks have changed: its watchers see the best of them.
    pub(super) fn show(&mut self, now: Instant, room: RoomId) {
        self.visits.watchers(room).into_iter().for_each(|id| self.follow(now, id));
    }

    /// Gives every stream of a connected watcher the best track that it can carry.
    pub(super) fn follow(&mut self, now: Instant, id: ParticipantId) {
        let Some(me) = self.roster.participants.get(&id) else { return };
        let (room, Some(subscriber)) = (me.room, me.subscriber) else { return };
        if !self.connections.get(subscriber).is_some_and(|it| it.connected()) {
            return;
        }
        let Some(visit) = self.visits.list.get(&id) else { return };
        let changes: Vec<(u16, Option<TrackId>, Option<TrackId>)> = (0u16..)
            .zip(&visit.seats)
            .map(|(slot, seat)| (slot, seat.track, self.best(id, room, seat)))
            .filter(|(_, old, new)| old != new)
            .collect();
        let listener = subscriber.listener();
        for (slot, old, new) in changes {
            if let Some(track) = old {
                self.decide(now, Input::Unsubscribe { room, track, listener });
            }
            let place = usize::from(slot);
            let Some(visit) = self.visits.list.get_mut(&id) else { return };
            let Some(seat) = visit.seats.get_mut(place) else { continue };
            seat.track = new;
            let Some(track) = new else { continue };
            let seat = seat.clone();
            let Some(connection) = self.connections.get_mut(subscriber) else { return };
            if connection.streams.len() <= place {
                connection.streams.resize(place + 1, None);
            }
            if let Some(stream) = connection.streams.get_mut(place) {
                // The numbers of what was sent before must not come again.
                let stream = stream.get_or_insert_with(|| begun(&seat, track));
                stream.track = track;
                stream.carry.change();
            }
            let (want, allow) = (Some(Target::ALL), Some(Target::ALL));
            let begun = Subscribe { room, track, listener, slot, want, allow };
            self.decide(now, Input::Subscribe(begun));
        }
    }

    /// What is shown goes on to be shown unless somebody leads; then who leads is.
    fn best(&self, id: ParticipantId, room: RoomId, seat: &Seat) -> Option<TrackId> {
        let fits = |track: &TrackId| {
            let it = self.publications.tracks.get(track);
            it.is_some_and(|it| it.kind == seat.kind && it.codec == seat.codec.kind)
        };
        let may = self.roster.participants.get(&id).is_some_and(|it| it.grant.may_subscribe());
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

    /// Forgets a visit.
    pub(super) fn leave_seats(&mut self, now: Instant, id: ParticipantId) {
        let Some(visit) = self.visits.list.remove(&id) else { return };
        let subscriber = self.roster.participants.get(&id).and_then(|it| it.subscriber);
        for track in visit.seats.iter().filter_map(|seat| seat.track) {
            let Some(listener) = subscriber.map(|it| it.listener()) else { break };
            self.decide(now, Input::Unsubscribe { room: visit.room, track, listener });
        }
    }
}

fn begun(seat: &Seat, track: TrackId) -> Stream {
    let repair = seat.codec.rtx.map(|payload_type| (seat.repair_ssrc, payload_type));
    Stream {
        track,
        ssrc: seat.ssrc,
        payload_type: seat.codec.pt,
        red: seat.codec.red,
        written: sdp::Written::among(&seat.extensions, seat.kind == MediaKind::Video),
        repair,
        repair_index: 1,
        kept: repair.is_none().then(|| Kept::new(seat.kind)),
        packets: 0,
        octets: 0,
        carry: Carry::NEW,
    }
}
