//! Leaving: by request, by a connection that broke, or because the room closes.

use std::time::{Duration, Instant};

use archive::tap::{Body, ParticipantLeft, RoomClosed};

use crate::Signalling;
use crate::effect::{ConnectionRole, Effect, Event};
use crate::ids::{ConnectionId, ParticipantId, RoomId, SignalId, TrackId};
use crate::tell::leave;
use crate::words::participant::{LeaveReason, Next, State};

/// A client that closes its connection says within this that it leaves, or closes its page.
const WORD_WITHIN: Duration = Duration::from_secs(1);

impl Signalling {
    /// The page's signalling broke off; its media goes on for a while, and it may resume.
    pub(crate) fn signal_lost(&mut self, now: Instant, signal: SignalId) {
        self.door.admission.forget(signal);
        if let Some(id) = self.roster.speaking(signal) {
            self.hang_up(now, id);
        }
    }

    /// Ends somebody's signalling connection; its page may then resume.
    pub(crate) fn hang_up(&mut self, now: Instant, id: ParticipantId) {
        if let Some(signal) = self.roster.connect(id, None) {
            self.effect(Effect::HangUp(signal));
        }
        if let Some(participant) = self.roster.get_mut(id) {
            participant.signal.lost.get_or_insert(now);
        }
    }

    /// Tells somebody why it is sent away, and removes it.
    pub(crate) fn send_away(
        &mut self,
        now: Instant,
        id: ParticipantId,
        reason: LeaveReason,
        next: Next,
    ) {
        self.say(id, leave(reason, next));
        self.remove(now, id, reason);
    }

    /// A participant is gone: nothing of it is left.
    pub(crate) fn remove(&mut self, now: Instant, id: ParticipantId, reason: LeaveReason) {
        let visible = self.is_visible(id);
        let tracks: Vec<TrackId> = self.publications.of(id).map(|(track, _)| track).collect();
        tracks.into_iter().for_each(|track| self.end_track(now, track));
        self.publications.announced.remove(&id);
        let Some(participant) = self.roster.get(id) else { return };
        let (room, paths, signal) = (participant.room, participant.paths, participant.signal.id);
        self.end_subscriptions(id, room, paths.subscriber);
        for connection in paths.all() {
            self.close_connection(connection);
        }
        self.consequences.marks.forget(id);
        self.signs.weak.forget(id);
        self.signs.stills.forget(id);
        let Some(mut gone) = self.roster.remove(&mut self.rooms, now, id) else { return };
        if let Some(room) = self.rooms.get_mut(room) {
            room.floor.leave(id);
        }
        gone.stay.state = State::Disconnected;
        gone.stay.version += 1;
        if visible {
            let mut info = gone.info(vec![]);
            info.left = Some(reason);
            if let Some(room) = self.rooms.get_mut(room) {
                room.memory.note_departure(&info);
                room.news.left(id, info);
            }
        }
        let identity = gone.profile.identity;
        // Who comes in again in place of its earlier self has not left.
        if reason != LeaveReason::DuplicateIdentity {
            self.leave_state(now, room, &identity);
        }
        let left = ParticipantLeft { identity, reason: reason.word().to_owned() };
        self.note(Event::Left { room, participant: id, sid: gone.sid, reason });
        self.tap(now, room, Body::ParticipantLeft(left));
        if let Some(signal) = signal {
            self.effect(Effect::HangUp(signal));
        }
    }

    /// Whatever somebody was sent ends, in sections and on screens.
    fn end_subscriptions(
        &mut self,
        id: ParticipantId,
        room: RoomId,
        subscriber: Option<ConnectionId>,
    ) {
        let sections = self.listening.remove(id).unwrap_or_default();
        let carried = sections.list.iter().filter(|section| section.is_used());
        let mut heard: Vec<TrackId> = carried.map(|section| section.track).collect();
        if let Some(visit) = self.visits.list.remove(&id) {
            heard.extend(visit.seats.iter().filter_map(|seat| seat.track));
        }
        for track in heard {
            self.publications.stir(track);
            if let Some(connection) = subscriber {
                self.effect(Effect::Unsubscribe { room, track, connection, slot: None });
            }
        }
    }

    fn close_connection(&mut self, id: ConnectionId) {
        if self.connections.close(id) {
            self.effect(Effect::Close(id));
        }
    }

    /// A library panicked on what a client sent: the client alone loses its place.
    pub(crate) fn connection_fault(&mut self, now: Instant, id: ConnectionId) {
        let Some(owner) = self.connections.get(id).map(|connection| connection.owner) else {
            return;
        };
        self.send_away(now, owner, LeaveReason::MediaFailure, Next::JoinAnew);
    }

    /// A peer connection broke without its client's doing: the client may not know, and must come
    /// in anew.
    pub(crate) fn connection_failed(&mut self, now: Instant, id: ConnectionId) {
        let Some(connection) = self.connections.get(id) else { return };
        let owner = connection.owner;
        if connection.connected_at.is_none() {
            self.drop_one("join_stalled");
        }
        self.send_away(now, owner, LeaveReason::ConnectionTimeout, Next::JoinAnew);
    }

    /// The link that carried a connection has ended. If its owner has lost its signalling as well, it has changed
    /// networks, and will say so itself.
    pub(crate) fn connection_stranded(&mut self, now: Instant, id: ConnectionId) {
        let owner =
            self.connections.get(id).and_then(|connection| self.roster.get(connection.owner));
        if owner.is_some_and(|owner| owner.signal.lost.is_none()) {
            self.drop_one("link_lost");
            self.connection_failed(now, id);
        }
    }

    /// A client closed a peer connection: its page will make a new one, or is gone.
    pub(crate) fn connection_ended(&mut self, now: Instant, id: ConnectionId) {
        let Some(connection) = self.connections.get(id) else { return };
        let (owner, role) = (connection.owner, connection.role);
        if role != ConnectionRole::Publisher || self.visits.has(owner) {
            // Without its listening connection a participant must come in anew.
            return self.connection_failed(now, id);
        }
        let own = self.publications.of(owner).filter(|(_, published)| published.connection == id);
        let own: Vec<TrackId> = own.map(|(track, _)| track).collect();
        own.into_iter().for_each(|track| self.end_track(now, track));
        self.close_connection(id);
        if let Some(participant) = self.roster.get_mut(owner) {
            let paths = &mut participant.paths;
            paths.publisher = paths.publisher.filter(|publisher| *publisher != id);
        }
    }

    /// A client says that it closes a peer connection. If it is the one that it listens on, the client is leaving, and
    /// its message about that may still be on its way.
    pub(crate) fn connection_closed(&mut self, now: Instant, id: ConnectionId) {
        let Some(connection) = self.connections.get(id) else { return };
        let (owner, role) = (connection.owner, connection.role);
        match self.roster.get_mut(owner) {
            Some(participant) if role != ConnectionRole::Publisher && !self.visits.has(owner) => {
                participant.paths.closed.get_or_insert((now, id));
            }
            _ => self.connection_ended(now, id),
        }
    }

    /// A client that closed its connection has had its time to say that it leaves. If its page has closed as well,
    /// nobody's line broke.
    pub(crate) fn end_closed(&mut self, now: Instant) {
        let closed = self.roster.iter().filter_map(|participant| {
            let (at, connection) = participant.paths.closed?;
            let over = now.saturating_duration_since(at) >= WORD_WITHIN;
            over.then_some((participant.id, connection, participant.signal.lost.is_some()))
        });
        let closed: Vec<_> = closed.collect();
        for (id, connection, page_closed) in closed {
            match page_closed {
                true => self.remove(now, id, LeaveReason::ClientInitiated),
                false => self.connection_failed(now, connection),
            }
        }
    }

    /// Sends everybody away, and ends the room.
    pub(crate) fn clear_room(&mut self, now: Instant, id: RoomId, reason: LeaveReason, why: &str) {
        let members: Vec<ParticipantId> = self.members(id).map(|member| member.id).collect();
        for member in members {
            self.send_away(now, member, reason, Next::StayAway);
        }
        self.end_room(now, id, why);
    }

    /// Ends a room that nobody is in any more.
    pub(crate) fn end_room(&mut self, now: Instant, id: RoomId, why: &str) {
        self.tap(now, id, Body::RoomClosed(RoomClosed { reason: why.to_owned() }));
        if self.rooms.close(id).is_some() {
            self.effect(Effect::CloseRoom(id));
            self.note(Event::RoomClosed(id));
        }
    }

    /// The gateway stops: everybody is told to come back.
    pub(crate) fn shut_down(&mut self, now: Instant) {
        for id in self.roster.which(|_| true) {
            self.send_away(now, id, LeaveReason::ServerShutdown, Next::JoinAnew);
        }
        for room in self.rooms.which(|_| true) {
            self.end_room(now, room, "everybody left");
        }
    }
}
