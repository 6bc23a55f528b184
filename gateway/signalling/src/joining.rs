//! Coming in: anew, or back after the signalling connection broke off.

use std::time::Instant;

use session::{AccessToken, Own, VideoGrant};

use crate::Signalling;
use crate::closing::NoPlace;
use crate::effect::{ConnectionRole, Counted, Effect, Event};
use crate::ids::{ParticipantId, RoomId, SignalId};
use crate::pace::Pace;
use crate::room_state::WRITES_PER_S;
use crate::tables::admission::JoinDecision;
use crate::tables::audience::Audience;
use crate::tables::closing::Closing;
use crate::tables::pulse::Pulse;
use crate::tables::roster::{ClientTraits, Ordered, Participant, Paths, Profile, Signal, Stay};
use crate::tables::sections::Sections;
use crate::tell::leave;
use crate::words::message::{Joined, Message};
use crate::words::participant::{LeaveReason, Next, State};
use crate::words::request::{FirstOffer, Join};

impl Signalling {
    /// Somebody is at the door.
    pub(crate) fn join(&mut self, now: Instant, signal: SignalId, join: Box<Join>) {
        match join.resume {
            Some(_) => self.resume(now, signal, join),
            None => self.admit(now, signal, join),
        }
    }

    /// Lets somebody in, at once or when its turn comes.
    fn admit(&mut self, now: Instant, signal: SignalId, join: Box<Join>) {
        let per_s = self.rules.limits.joins_per_s_max;
        match self.door.admission.come(now, per_s, signal, join) {
            JoinDecision::Now(join) => self.enter(now, signal, join),
            JoinDecision::Waits => self.effect(Effect::Count(Counted::JoinWaits)),
            JoinDecision::Full => {
                let told = leave(LeaveReason::JoinFailure, Next::JoinAnew);
                self.turn_away(signal, "join_queue", told);
            }
        }
    }

    /// Lets in whose turn it is.
    pub(crate) fn admit_waiting(&mut self, now: Instant) {
        let per_s = self.rules.limits.joins_per_s_max;
        while let Some((signal, join)) = self.door.admission.next(now, per_s) {
            self.enter(now, signal, join);
        }
    }

    fn enter(&mut self, now: Instant, signal: SignalId, join: Box<Join>) {
        let Some(join) = self.held_against(signal, join) else { return };
        if self.chosen_elsewhere(&join) {
            let told = leave(LeaveReason::DuplicateIdentity, Next::StayAway);
            return self.turn_away(signal, "chosen_elsewhere", told);
        }
        let chosen_ms = self.chosen_ms(now, &join);
        let room = match self.room_for(now, &join.token) {
            Ok(room) => room,
            Err(why) => {
                let told = leave(why.told(), Next::StayAway);
                return self.turn_away(signal, why.counted(), told);
            }
        };
        let Join { token, first, .. } = *join;
        let client = ClientTraits {
            auto_subscribe: join.auto_subscribe,
            reuses_sections: join.reuses_sections,
            finds_by_section: join.finds_by_section,
            reads_reasons: join.reads_reasons,
            answers_passive: join.answers_passive,
        };
        let profile = Profile { abilities: join.abilities, ..Profile::of(&token) };
        let identity = profile.identity.clone();
        let own = token.own.unwrap_or_default();
        let id = self.add(now, (room, profile, token.video), client, Some(signal));
        self.note_choice(room, &identity, chosen_ms);
        let role = if first.is_some() { ConnectionRole::Both } else { ConnectionRole::Subscriber };
        let connection = self.open_connection(id, role);
        if let Some(me) = self.roster.get_mut(id) {
            me.paths.subscriber = Some(connection);
            me.paths.publisher = first.is_some().then_some(connection);
        }
        let ssrc = self.rules.names.ssrc();
        let sections = match first {
            Some(_) => Sections::of_client(ssrc),
            None => Sections::with_channels(ssrc),
        };
        self.listening.insert(id, sections);
        self.remember_spent(room, &join.spent);
        self.receive_as(now, id, &own);
        self.tap_joined(now, id);
        self.welcome(id, room);
        if client.finds_by_section {
            self.tell_departed(id, room);
        }
        self.effect(Effect::Admit(signal, id));
        self.subscribe_to_all(id);
        match first {
            Some(first) => self.first_wishes(now, id, first),
            // The newcomer has just been told of everybody.
            None => self.consequences.marks.offer_at_once(id),
        }
    }

    /// Adds somebody to a room.
    pub(crate) fn add(
        &mut self,
        now: Instant,
        (room, profile, granted): (RoomId, Profile, VideoGrant),
        client: ClientTraits,
        signal: Option<SignalId>,
    ) -> ParticipantId {
        let cleared = self.rooms.get(room).map(|room| room.leaves_of(&granted));
        let grant = cleared.unwrap_or_else(|| granted.clone());
        let id = self.roster.next();
        let sid = self.rules.names.sid("PA_");
        let joined_ms = self.rules.clock.wall_ms(now);
        let participant = Participant {
            id,
            room,
            sid: sid.clone(),
            profile,
            granted,
            grant,
            stay: Stay { joined_ms, state: State::Joining, ..Stay::default() },
            client,
            paths: Paths::default(),
            signal: Signal { id: signal, lost: None, pulse: Pulse::new(now), ordered: None },
            audience: Audience::default(),
            last_sequence: 0,
            writes: Pace::new(now, WRITES_PER_S),
        };
        self.roster.add(&mut self.rooms, participant);
        self.note(Event::Joined { room, participant: id, sid });
        self.welcome_state(now, id);
        self.hide_state(now, id);
        id
    }

    /// Tells somebody who comes in how everything is.
    fn welcome(&mut self, id: ParticipantId, room: RoomId) {
        let Some(room) = self.rooms.get(room).map(|room| self.room_seen(room)) else { return };
        let Some(me) = self.roster.get(id) else { return };
        let joined = Joined {
            room,
            participant: me.info(vec![]),
            others: self.others(id),
            one_connection: self.has_one_connection(id),
            forced: self.forced(id),
        };
        self.say(id, Message::Joined(Box::new(joined)));
    }

    /// What a client with one connection said of itself as it knocked.
    fn first_wishes(&mut self, now: Instant, id: ParticipantId, first: FirstOffer) {
        let FirstOffer { offer, tracks, metadata, attributes } = first;
        let described = !metadata.is_empty() || !attributes.is_empty();
        if let Some(me) = self.roster.get_mut(id)
            && described
            && !(me.grant.can_update_own_metadata
                && me.profile.describe("", &metadata, &attributes))
        {
            self.drop_one("description_refused");
        }
        let most = self.rules.limits.tracks_per_participant_max;
        tracks.iter().take(most).for_each(|track| self.announce_track(id, track));
        if let Some(offer) = offer {
            self.offered(now, id, &offer);
        }
    }

    /// The room that a token opens, with a place in it.
    pub(crate) fn room_for(
        &mut self,
        now: Instant,
        token: &AccessToken,
    ) -> Result<RoomId, NoPlace> {
        let name = token.room().ok_or(NoPlace::WrongGrant)?.to_owned();
        let own = token.own.clone().unwrap_or_default();
        self.still_open(now, token)?;
        let room = match self.find_room(now, &name, &token.identity)? {
            Some(room) => {
                self.first_words(room, &own);
                self.hear_of_clearance(now, room, own.clearance);
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
    ) -> Result<Option<RoomId>, NoPlace> {
        let limits = &self.rules.limits;
        let Some(room) = self.rooms.find(name) else {
            let full = self.rooms.len() >= limits.rooms_max;
            return if full { Err(NoPlace::RoomsFull) } else { Ok(None) };
        };
        let (id, earlier) = (room.id, room.members.get(identity).copied());
        let places = room.terms.places(limits.participants_per_room_max);
        match earlier {
            Some(earlier) => {
                self.send_away(now, earlier, LeaveReason::DuplicateIdentity, Next::StayAway);
            }
            None if room.members.len() >= places => return Err(NoPlace::RoomFull),
            None => {}
        }
        Ok(Some(id))
    }

    /// A room that was made beforehand is what the first to come says.
    fn first_words(&mut self, id: RoomId, own: &Own) {
        let room = self.rooms.get_mut(id).filter(|room| !room.terms.visited);
        if let Some(room) = room {
            // That it is recorded is for `record_from_now` to find out.
            room.own = Own { record: None, ..own.clone() };
            self.restore_state(id);
        }
    }

    pub(crate) fn open_room(&mut self, now: Instant, name: &str, own: Own) -> RoomId {
        let created_ms = self.rules.clock.wall_ms(now);
        let cleared = self.latest_clearance(now, name, own.clearance);
        let id = self.rooms.open(name, own, created_ms, &mut self.rules.names);
        if let Some(room) = self.rooms.get_mut(id) {
            room.clearance = cleared;
        }
        self.note(Event::RoomOpened(id));
        self.restore_state(id);
        self.begin_recording(now, id);
        id
    }

    /// The page lost its signalling connection and comes back: media went on meanwhile.
    fn resume(&mut self, now: Instant, signal: SignalId, join: Box<Join>) {
        let Some(join) = self.held_against(signal, join) else { return };
        let room = join.token.room().and_then(|name| self.rooms.find(name));
        let found = room.and_then(|room| room.members.get(&join.token.identity).copied());
        // A device's session is not a page's to go on with.
        let found = found.filter(|id| !self.visits.has(*id));
        let sid = join.resume.as_deref().unwrap_or_default();
        let known = found.and_then(|id| self.roster.get_mut(id));
        let Some(me) = known.filter(|me| sid.is_empty() || me.sid == sid) else {
            if self.chosen_elsewhere(&join) {
                let told = leave(LeaveReason::DuplicateIdentity, Next::StayAway);
                return self.turn_away(signal, "chosen_elsewhere", told);
            }
            if join.or_join {
                return self.admit(now, signal, join);
            }
            let told = leave(LeaveReason::StateMismatch, Next::JoinAnew);
            return self.turn_away(signal, "resume_unknown", told);
        };
        let ordered = me.signal.ordered.take();
        if ordered == Some(Ordered::DropBeforeWords) {
            return self.effect(Effect::HangUp(signal));
        }
        me.profile.token_made_s = me.profile.token_made_s.max(join.token.made_s());
        me.profile.minor |= join.token.own.as_ref().is_some_and(|own| own.minor == Some(true));
        me.signal.lost = None;
        me.signal.pulse.says(now);
        let (id, room, sid, last_sequence) = (me.id, me.room, me.sid.clone(), me.last_sequence);
        if let Some(before) = self.roster.connect(id, Some(signal)) {
            self.effect(Effect::HangUp(before));
        }
        let forced = self.forced(id);
        self.say(id, Message::Resumed { sid, last_sequence, forced });
        self.effect(Effect::Admit(signal, id));
        let closing = Closing::of(&join.token);
        let Join { token, .. } = *join;
        let own = token.own.unwrap_or_default();
        self.receive_as(now, id, &own);
        self.hear_of_clearance(now, room, own.clearance);
        self.record_from_now(now, room, own);
        self.repeat_mutes(id);
        self.hear_of_end(now, room, closing);
        self.tell_missed(id, room);
        self.grant(now, id, token.video);
        self.renew_path(id);
        self.repeat_layers(id);
        self.repeat_streams(id);
        self.repeat_side(id);
        if ordered == Some(Ordered::DropAfterWords) {
            // What is to be said at the end of this call is said before.
            self.consequences.marks.hang_up(id);
        }
    }

    /// Tells a page that heard nothing for a while how everything is now.
    fn tell_missed(&mut self, id: ParticipantId, room: RoomId) {
        let Some(room) = self.rooms.get(room) else { return };
        // Somebody who is back and whose media path does not stand yet has left, as far as the others know.
        let sees = |identity: &str| {
            room.members.get(identity).is_some_and(|member| self.is_visible(*member))
        };
        let mut people = room.gone_but(sees);
        people.extend(self.info(id));
        people.extend(self.others(id));
        let room = Message::Room(self.room_seen(room));
        self.say(id, Message::Participants(people));
        self.say(id, room);
    }

    /// A token for somebody who is in the room, as it is there now.
    pub(crate) fn renew(&mut self, signal: SignalId, token: AccessToken) {
        let Some(me) = self.roster.speaking(signal).and_then(|id| self.roster.get(id)) else {
            return;
        };
        let room = self.rooms.get(me.room);
        let end = room.and_then(|room| room.end.said());
        let budget = room.and_then(|room| room.memory.receptions.budget(&me.profile.identity));
        let cleared = room.and_then(|room| room.clearance);
        let own = token.own.map(|own| Own {
            data_budget: own.data_budget.and(budget),
            clearance: cleared.or(own.clearance),
            ..own
        });
        let token = AccessToken {
            name: me.profile.name.clone(),
            metadata: me.profile.metadata.clone(),
            attributes: me.profile.attributes.clone(),
            video: me.granted.clone(),
            own,
            ..token
        };
        let token = match end {
            Some(end) => end.bound(token),
            None => token,
        };
        self.effect(Effect::Renewed(Box::new(token)));
    }
}
