//! Coming in: anew, or back after the signalling connection broke off.

use std::collections::BTreeSet;
use std::time::Instant;

use archive::tap::{Body, ParticipantJoined, RoomOpened};
use livekit_protocol as lk;
use lk::leave_request::Action;
use lk::participant_info::State;
use lk::signal_response::Message;
use lk::{DisconnectReason, JoinResponse};
use session::{AccessToken, Own};
use sfu::{RoomId, TrackId};

use super::command::{PING_INTERVAL_S, PING_TIMEOUT_S};
use super::{JoinAsk, Shard, Ticket};
use crate::connections::Side;
use crate::ids::ParticipantId;
use crate::room::closing::Closing;
use crate::room::pulse::Pulse;
use crate::room::roster::{Drill, Participant, Room};
use crate::room::sections::Sections;
use crate::tap::{Item, Said};

/// LiveKit's protocol number that this gateway speaks.
const PROTOCOL: i32 = 15;
/// What may be published, the first as a substitute for anything else.
const PUBLISH_CODECS: [&str; 5] =
    ["video/VP8", "video/H264", "video/VP9", "video/AV1", "audio/opus"];

/// The LiveKit server that SDKs take this gateway for: they compare it with what they need, and
/// would call no method of another (RPC, 1.8.0) below it.
const LIKE: &str = "1.13.0";

/// Says why somebody may not come in.
pub(super) fn leave(reason: DisconnectReason, action: Action) -> Message {
    let can_reconnect = action != Action::Disconnect;
    let (reason, action) = (reason.into(), action.into());
    Message::Leave(lk::LeaveRequest { can_reconnect, reason, action, regions: None })
}

impl Shard {
    pub(super) fn join(&mut self, now: Instant, ask: JoinAsk) {
        match ask.resume {
            Some(_) => self.resume(now, ask),
            None => self.admit(now, ask),
        }
    }

    pub(super) fn enter(&mut self, now: Instant, ask: JoinAsk) {
        let Some(ask) = self.held_against(ask) else { return };
        if self.chosen_elsewhere(&ask) {
            return self.turn_away(&ask);
        }
        let chosen_ms = self.chosen_ms(now, &ask);
        let room = match self.room_for(now, &ask.token) {
            Ok(room) => room,
            Err(reason) => {
                self.metrics.refuse(reason);
                // A full queue cannot be: nothing was said yet.
                let _ = ask.signal.try_send(Box::new(self.sent_away(reason, &ask.token)));
                return;
            }
        };
        let id = self.roster.next_participant();
        let side = if ask.first.is_some() { Side::Both } else { Side::Subscriber };
        let subscriber = match self.connections.open(now, id, side) {
            Ok(subscriber) => subscriber,
            Err(why) => return tracing::error!(%why, "no peer connection can be made"),
        };
        let joined_ms = self.wall_ms(now);
        let pulse = Pulse::new(now, ask.ask);
        let mut it = Participant::from_token(id, room, ask.token, joined_ms, ask.signal, pulse);
        it.subscriber = Some(subscriber);
        it.publisher = ask.first.is_some().then_some(subscriber);
        it.auto_subscribe = ask.auto_subscribe;
        it.reuses_sections = ask.reuses_sections;
        it.finds_by_section = ask.finds_by_section;
        it.answers_passive = ask.answers_passive;
        it.abilities = ask.abilities;
        let (identity, sid) = (it.identity.clone(), it.sid.clone());
        self.roster.add(it);
        self.note_choice(room, &identity, chosen_ms);
        let both = ask.first.is_some();
        let sections = if both { Sections::of_client() } else { Sections::with_channels() };
        self.sections.insert(id, sections);
        self.count();
        tracing::debug!(room.id = room.0, participant.sid = %sid, %identity, "joined");
        self.tap_joined(now, id);
        let Some(response) = self.join_response(id) else { return };
        self.say(id, Message::Join(response));
        if ask.finds_by_section {
            self.tell_departed(id, room);
        }
        if ask.admitted.send(Ticket { who: id, turn: 0 }).is_err() {
            return self.remove(now, id, DisconnectReason::SignalClose);
        }
        self.subscribe_to_all(id);
        match ask.first {
            Some(first) => self.first_wishes(now, id, first),
            // It has just been told of everybody.
            None => self.offer_at_once(now, id),
        }
    }

    /// The room that a token opens, with a place in it; an error is the reason why there is none.
    pub(super) fn room_for(
        &mut self,
        now: Instant,
        token: &AccessToken,
    ) -> Result<RoomId, &'static str> {
        let name = token.room().ok_or("wrong_grant")?.to_owned();
        let own = token.own.clone().unwrap_or_default();
        self.still_open(now, token, self.roster.find(&name))?;
        let room = match self.find_room(now, &name, &token.identity)? {
            Some(room) => {
                self.first_words(room, &own);
                self.record_from_now(now, room, own);
                room
            }
            None => self.open_room(now, &name, own),
        };
        self.hear_of_end(now, room, Closing::of(token));
        Ok(room)
    }

    /// The room to come into, `None` if it must be opened; frees the place of an earlier self.
    fn find_room(
        &mut self,
        now: Instant,
        name: &str,
        identity: &str,
    ) -> Result<Option<RoomId>, &'static str> {
        let found = self.roster.find(name);
        let earlier = found.and_then(|room| room.members.get(identity).copied());
        let (room, members) = found.map_or((None, 0), |it| (Some(it.id), it.members.len()));
        if room.is_none() && self.roster.rooms.len() >= self.config.rooms_max {
            return Err("rooms_full");
        }
        let places = self.config.participants_per_room_max;
        let places = found.map_or(places, |room| room.terms.places(places));
        if earlier.is_none() && members >= places {
            return Err("room_full");
        }
        if let Some(earlier) = earlier {
            let reason = DisconnectReason::DuplicateIdentity;
            self.say(earlier, leave(reason, Action::Disconnect));
            self.remove(now, earlier, reason);
        }
        Ok(room)
    }

    /// A room that was made beforehand is what the first to come says.
    fn first_words(&mut self, id: RoomId, own: &Own) {
        let room = self.roster.rooms.get_mut(&id).filter(|room| !room.terms.visited);
        if let Some(room) = room {
            // That it is recorded is for `record_from_now` to find out.
            room.own = Own { record: None, ..own.clone() };
        }
    }

    pub(super) fn open_room(&mut self, now: Instant, name: &str, own: Own) -> RoomId {
        let id = self.roster.open(name, own, self.wall_ms(now));
        tracing::info!(room.id = id.0, "a room is open");
        self.tap_opened(now, id);
        id
    }

    /// Somebody joins whose token asks for a recording of a room that was opened without one.
    fn record_from_now(&mut self, now: Instant, id: RoomId, own: Own) {
        let Some(room) = self.roster.rooms.get_mut(&id) else { return };
        if room.recorded() || own.record != Some(true) {
            return;
        }
        room.own = own;
        let update = Message::RoomUpdate(lk::RoomUpdate {
            room: self.roster.rooms.get(&id).map(|it| self.room_info(it)),
        });
        self.tap_opened(now, id);
        let members: Vec<ParticipantId> = self.roster.members(id).map(|it| it.id).collect();
        for member in members {
            self.tap_joined(now, member);
            self.say(member, update.clone());
        }
        let tracks: Vec<TrackId> = self.publications.in_room(id).map(|(track, _)| track).collect();
        for track in tracks {
            self.publications.stir(track);
            self.tap_published(now, track);
        }
    }

    fn tap_opened(&mut self, now: Instant, id: RoomId) {
        let Some(room) = self.roster.rooms.get(&id) else { return };
        let own = &room.own;
        let body = Body::RoomOpened(RoomOpened {
            run: String::new(),
            name: room.name.clone(),
            session: own.session.clone().unwrap_or_default(),
            kind: own.kind.map(|kind| kind.to_string()).unwrap_or_default(),
            title: own.title.clone().unwrap_or_default(),
            record: true,
        });
        self.tap_event(now, id, body);
        self.tap_began(now, id);
    }

    pub(super) fn tap_joined(&mut self, now: Instant, id: ParticipantId) {
        let Some(it) = self.roster.participants.get(&id) else { return };
        let room = it.room;
        let body = Body::ParticipantJoined(ParticipantJoined {
            identity: it.identity.clone(),
            name: it.name.clone(),
            role: it.role.clone(),
            site: it.site.clone(),
            at_ms: it.joined_ms,
        });
        self.tap_event(now, room, body);
    }

    /// Says something to the tap if the room is recorded.
    pub(super) fn tap_event(&mut self, now: Instant, room: RoomId, body: Body<'static>) {
        if self.roster.rooms.get(&room).is_some_and(Room::recorded) {
            let (at_us, said) = (self.record_us(now), Said::Event(body));
            self.tap.say(Item { room: room.0, at_us, said });
        }
    }

    /// What a room looks like to its members.
    pub(super) fn room_info(&self, room: &Room) -> lk::Room {
        let created_ms = i64::try_from(room.created_ms).unwrap_or_default();
        lk::Room {
            sid: room.sid.clone(),
            name: room.name.clone(),
            creation_time: created_ms / 1_000,
            creation_time_ms: created_ms,
            metadata: room.terms.metadata.clone().unwrap_or_else(|| self.booked_metadata(room)),
            empty_timeout: room.terms.waits_s(),
            departure_timeout: match room.terms.departure_timeout_s {
                0 => u32::try_from(self.config.empty_room_s).unwrap_or(u32::MAX),
                own => own,
            },
            max_participants: room.terms.max_participants,
            num_publishers: u32::try_from(self.publishers(room)).unwrap_or(u32::MAX),
            num_participants: u32::try_from(self.shown(room)).unwrap_or(u32::MAX),
            active_recording: self.is_on_disk(room),
            ..Default::default()
        }
    }

    /// Members who do not hide.
    fn shown(&self, room: &Room) -> usize {
        self.roster.members(room.id).filter(|it| !self.hides(it)).count()
    }

    fn publishers(&self, room: &Room) -> usize {
        let owners = self.publications.in_room(room.id).map(|(_, it)| it.owner);
        let hides =
            |id: &ParticipantId| self.roster.participants.get(id).is_some_and(|it| self.hides(it));
        owners.filter(|it| !hides(it)).collect::<BTreeSet<ParticipantId>>().len()
    }

    fn join_response(&self, id: ParticipantId) -> Option<JoinResponse> {
        let me = self.roster.participants.get(&id)?;
        let room = self.roster.rooms.get(&me.room)?;
        let codec = |mime: &str| lk::Codec { mime: mime.to_owned(), fmtp_line: String::new() };
        Some(JoinResponse {
            room: Some(self.room_info(room)),
            participant: Some(me.info(vec![])),
            other_participants: self.others(id),
            server_version: LIKE.to_owned(),
            ice_servers: self.ice_servers(id),
            client_configuration: self.client_configuration(id),
            subscriber_primary: !self.has_one_line(id),
            ping_timeout: PING_TIMEOUT_S,
            ping_interval: PING_INTERVAL_S,
            server_info: Some(server_info()),
            enabled_publish_codecs: PUBLISH_CODECS.map(codec).to_vec(),
            ..Default::default()
        })
    }

    /// Everybody else in the room, as `id` may see them.
    pub(super) fn others(&self, id: ParticipantId) -> Vec<lk::ParticipantInfo> {
        let Some(me) = self.roster.participants.get(&id) else { return vec![] };
        let others = self.roster.members(me.room).filter(|it| it.id != id && self.visible(it));
        others.map(|it| it.info(self.publications.infos(it.id))).collect()
    }

    /// A participant is there for the others from the moment its media path stands, or that it
    /// publishes.
    pub(super) fn visible(&self, it: &Participant) -> bool {
        let there = it.state == State::Active || self.publications.of(it.id).next().is_some();
        there && !self.hides(it)
    }

    /// Whether the others are not shown that somebody is there: its token wants it so, and the room's terms allow it.
    pub(super) fn hides(&self, it: &Participant) -> bool {
        it.grant.hidden && self.roster.rooms.get(&it.room).is_some_and(Room::may_hide)
    }

    /// The media path of a participant stands.
    pub(super) fn active(&mut self, now: Instant, id: ParticipantId) {
        let Some(it) = self.roster.participants.get_mut(&id) else { return };
        if it.state == State::Active {
            return;
        }
        it.state = State::Active;
        let took_ms = self
            .wall_ms(now)
            .saturating_sub(self.roster.participants.get(&id).map_or(0, |it| it.joined_ms));
        tracing::debug!(participant.id = id.0, took_ms, "active");
        self.announce(id);
        self.present_signs(id);
    }

    /// Tells a page that heard nothing for a while how everything is now.
    fn tell_missed(&mut self, id: ParticipantId, room: RoomId) {
        let Some(room) = self.roster.rooms.get(&room) else { return };
        let mut participants = room.gone();
        let me = self.roster.participants.get(&id);
        participants.extend(me.map(|it| it.info(self.publications.infos(id))));
        participants.extend(self.others(id));
        let room = Message::RoomUpdate(lk::RoomUpdate { room: Some(self.room_info(room)) });
        self.say(id, Message::Update(lk::ParticipantUpdate { participants }));
        self.say(id, room);
    }

    /// The page lost its signalling connection and comes back: media went on meanwhile.
    fn resume(&mut self, now: Instant, ask: JoinAsk) {
        let Some(ask) = self.held_against(ask) else { return };
        let room = ask.token.room().and_then(|name| self.roster.find(name));
        let found = room.and_then(|room| room.members.get(&ask.token.identity).copied());
        // A device's session is not a page's to go on with.
        let found = found.filter(|id| !self.visits.has(*id));
        let sid = ask.resume.as_deref().unwrap_or_default();
        let known = found.and_then(|id| self.roster.participants.get_mut(&id));
        let Some(it) = known.filter(|it| sid.is_empty() || it.sid == sid) else {
            if self.chosen_elsewhere(&ask) {
                return self.turn_away(&ask);
            }
            if ask.or_join {
                return self.admit(now, ask);
            }
            self.metrics.refuse("resume_unknown");
            let _ = ask
                .signal
                .try_send(Box::new(leave(DisconnectReason::StateMismatch, Action::Reconnect)));
            return;
        };
        let drill = it.drill.take();
        if drill == Some(Drill::DropBeforeWords) {
            return;
        }
        it.signal = ask.signal;
        it.signal_lost = None;
        it.pulse.renew(now, ask.ask);
        let closing = Closing::of(&ask.token);
        let (room, own) = (it.room, ask.token.own.unwrap_or_default());
        let grant = ask.token.video;
        it.turn += 1;
        let (id, ticket) = (it.id, Ticket { who: it.id, turn: it.turn });
        let last_message_seq = it.last_said;
        let response = lk::ReconnectResponse {
            ice_servers: self.ice_servers(id),
            client_configuration: self.client_configuration(id),
            server_info: Some(server_info()),
            last_message_seq,
        };
        self.say(id, Message::Reconnect(response));
        if ask.admitted.send(ticket).is_err() {
            return self.signal_lost(now, ticket);
        }
        self.record_from_now(now, room, own);
        self.repeat_mutes(id);
        self.hear_of_end(now, room, closing);
        self.tell_missed(id, room);
        self.grant(now, id, grant);
        self.renew_path(now, id);
        self.repeat_uses(id);
        if drill == Some(Drill::DropAfterWords)
            && let Some(it) = self.roster.participants.get_mut(&id)
        {
            it.hang_up(now);
        }
    }
}

fn server_info() -> lk::ServerInfo {
    lk::ServerInfo {
        version: LIKE.to_owned(),
        protocol: PROTOCOL,
        node_id: "shanqiao".to_owned(),
        debug_info: concat!("shanqiao ", env!("CARGO_PKG_VERSION")).to_owned(),
        ..Default::default()
    }
}
