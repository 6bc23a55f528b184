//! What servers ask, at random, and what follows from it.

use std::collections::BTreeSet;

use signalling::ids::TrackId;
use signalling::words::call::{
    Call, ClosingReason, CreateRoom, SendData, SetClosing, UpdateParticipant,
};
use signalling::words::participant::Permission;
use signalling::words::track::TrackSource;

use crate::device::Way;
use crate::truth::booked;
use crate::world::{Happens, World};

impl World {
    /// A server asks something.
    pub(crate) fn serve(&mut self) {
        let next = self.dice.between(50_000, 500_000);
        self.later(next, Happens::Serves);
        if self.calm {
            return;
        }
        let number = self.dice.below(self.devices.len() as u64) as usize;
        let token = &self.devices[number].token;
        let (room, identity) = (token.video.room.clone(), token.identity.clone());
        let own = self.participant(number);
        let track =
            self.shell.tracks.values().find(|it| Some(it.owner) == own && !it.sid.is_empty());
        let track = track.map(|it| it.sid.clone());
        let call = match self.dice.below(40) {
            0 => Call::DeleteRoom(room),
            1..3 => Call::RemoveParticipant(room, identity),
            3..12 => {
                let track = track.unwrap_or_else(|| "TR_nobody".to_owned());
                Call::Mute { room, identity, track, muted: self.dice.chance(900) }
            }
            12..22 => self.update(number, room, identity),
            22..27 => {
                let (tracks, wanted) = (self.any_tracks(), self.dice.chance(600));
                Call::UpdateSubscriptions { room, identity, tracks, wanted }
            }
            27 => self.closing(),
            28 => Call::CreateRoom(CreateRoom {
                name: room,
                max_participants: 40,
                empty_timeout_s: 5,
                metadata: r#"{"made":"by a server"}"#.to_owned(),
                beyond: self.dice.chance(200),
                ..CreateRoom::default()
            }),
            29 => Call::CreateRoom(CreateRoom {
                name: format!("empty {}", self.dice.below(60)),
                empty_timeout_s: 5,
                ..CreateRoom::default()
            }),
            30 => Call::UpdateRoomMetadata(room, r#"{"about":"it"}"#.to_owned()),
            31..34 => Call::SendData(Box::new(SendData {
                room,
                to: if self.dice.chance(500) { vec![identity] } else { vec![] },
                reliable: true,
                payload: vec![0; 10],
                ..SendData::default()
            })),
            34 => Call::ListRooms(vec![]),
            35..38 => Call::GetParticipant(room, identity),
            _ => Call::ListParticipants(room),
        };
        self.call(call);
    }

    fn update(&mut self, device: usize, room: String, identity: String) -> Call {
        let shown = self.devices[device].way == Way::Publishes;
        let dice = &mut self.dice;
        let permission = dice.chance(800).then(|| Permission {
            can_subscribe: dice.chance(700),
            can_publish: dice.chance(700),
            can_publish_data: dice.chance(700),
            sources: if dice.chance(700) { vec![] } else { vec![TrackSource::Microphone] },
            hidden: dice.chance(100) && !shown,
            recorder: false,
            can_update_metadata: dice.chance(700),
        });
        let metadata = "as the server says".to_owned();
        let update =
            UpdateParticipant { room, identity, metadata, permission, ..Default::default() };
        Call::UpdateParticipant(Box::new(update))
    }

    fn any_tracks(&mut self) -> Vec<String> {
        let tracks: Vec<String> = self.shell.tracks.values().map(|it| it.sid.clone()).collect();
        (0..3).filter_map(|_| self.dice.pick(&tracks).cloned()).collect()
    }

    fn closing(&mut self) -> Call {
        let now_s = self.wall_s();
        let room = format!("booked {}", 1 + self.dice.below(2));
        let ends = now_s + self.dice.below(6);
        let closes = ends + self.dice.below(6);
        let why =
            if self.dice.chance(300) { ClosingReason::Cancelled } else { ClosingReason::Ended };
        Call::SetClosing(SetClosing { room, ends, closes, why })
    }

    /// What holds after a call that was answered.
    pub(crate) fn after_call(&mut self, call: &Call) {
        let count = self.turn.called.len();
        self.must(count == 1, || format!("{count} answers to a call"));
        let done = matches!(self.turn.called.first(), Some(Ok(_)));
        if !done {
            return;
        }
        match call {
            Call::RemoveParticipant(room, identity) => {
                self.truth.decision(room, identity).removed = true;
                let left = self
                    .shell
                    .lines
                    .values()
                    .find(|it| it.room == *room && it.identity == *identity);
                self.must(left.is_none(), || format!("{identity} was removed and is there"));
            }
            Call::Mute { room, identity, track, .. } => self.muted(room, identity, track),
            Call::UpdateParticipant(it) => self.updated(it),
            Call::UpdateSubscriptions { room, identity, tracks, wanted } => {
                if let Some(who) = self.truth.named(room, identity) {
                    self.subscriptions(who, tracks, *wanted);
                }
            }
            Call::SetClosing(it) => self.closing_set(it),
            _ => {}
        }
    }

    fn muted(&mut self, room: &str, identity: &str, sid: &str) {
        let source = self.shell.tracks.values().find(|it| it.sid == sid).map(|it| it.source);
        let Some(who) = self.truth.named(room, identity) else {
            self.broken("nobody is there who was muted")
        };
        let mut waiting =
            self.truth.people.get_mut(&who).into_iter().flat_map(|it| &mut it.announced);
        let waiting = waiting.find(|it| it.sid == sid).map(|it| {
            it.muted = true;
            it.source
        });
        let mut tracks = self.shell.tracks.values_mut();
        let track = tracks.find(|it| it.sid == sid);
        let muted = track.is_none_or(|it| {
            it.must_be_muted = true;
            it.muted
        });
        self.must(muted, || format!("{sid} was muted and is heard"));
        if let Some(source) = source.or(waiting) {
            self.truth.decision(room, identity).muted.insert(source);
        }
    }

    fn updated(&mut self, it: &UpdateParticipant) {
        let decision = self.truth.decision(&it.room, &it.identity);
        decision.removed = false;
        let Some(permission) = &it.permission else { return };
        decision.permission = Some(permission.clone());
        decision.muted.clear();
        for who in self.truth.all_of(&it.room, &it.identity) {
            let Some(person) = self.truth.people.get(&who) else { continue };
            let grant = permission.onto(&person.grant);
            self.truth.grant(&self.shell, who, grant);
            self.audit(who);
        }
    }

    fn closing_set(&mut self, it: &SetClosing) {
        let now_s = self.wall_s();
        let open = self.truth.rooms.values().any(|room| *room == it.room);
        let closed =
            self.turn.closed.iter().any(|room| self.truth.rooms.get(room) == Some(&it.room));
        if closed {
            self.truth.closed.insert(it.room.clone(), now_s);
        } else if !open && it.why == ClosingReason::Ended && it.closes > now_s {
            self.truth.closed.remove(&it.room);
        }
    }

    /// Tracks are wanted by their names, or not any more.
    pub(crate) fn subscriptions(
        &mut self,
        who: signalling::ids::ParticipantId,
        sids: &[String],
        wanted: bool,
    ) {
        for sid in sids {
            let track = self.shell.tracks.iter().find(|(_, it)| it.sid == *sid && !sid.is_empty());
            let Some(track) = track.map(|(id, _)| *id) else { continue };
            match wanted {
                true => self.truth.subscribe(&self.shell, who, track),
                false => self.truth.unsubscribe(who, track),
            }
        }
    }

    /// A room is over: what was decided in it is over as well.
    pub(crate) fn room_over(&mut self, room: signalling::ids::RoomId, by_time: bool) {
        let Some(name) = self.truth.rooms.remove(&room) else { return };
        let inside = self.truth.people.values().any(|it| it.room == name);
        if by_time && inside {
            self.must(booked(&name), || format!("{name} closes with people in it"));
            let now_s = self.wall_s();
            self.truth.closed.insert(name.clone(), now_s);
        }
        self.truth.decisions.retain(|(of, _), _| *of != name);
        match self.truth.states.get_mut(&name).filter(|_| booked(&name)) {
            Some(state) => state.close(),
            None => drop(self.truth.states.remove(&name)),
        }
        let left = self.shell.lines.values().any(|it| it.room == name);
        self.must(!left, || format!("{name} is over and somebody is in it"));
    }

    pub(crate) fn tracks_of(&self, who: signalling::ids::ParticipantId) -> BTreeSet<TrackId> {
        let own = self.shell.tracks.iter().filter(|(_, it)| it.owner == who);
        own.map(|(id, _)| *id).collect()
    }
}
