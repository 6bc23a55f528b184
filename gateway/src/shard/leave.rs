//! Going: by wish, by a broken line, or because the gateway stops.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use archive::tap::{Body, ParticipantLeft, RoomClosed};
use livekit_protocol as lk;
use lk::DisconnectReason;
use lk::leave_request::Action;
use lk::participant_info::State;
use sfu::{Input, RoomId, TrackId};

use super::join::leave;
use super::{Shard, Ticket};
use crate::connections::Side;
use crate::ids::{ConnectionId, ParticipantId};

/// A client that closes its connection says within this that it leaves, or closes its page.
const WORD_WITHIN: Duration = Duration::from_secs(1);

impl Shard {
    /// The page's signalling broke off; its media goes on for a while, and it may resume.
    pub(super) fn signal_lost(&mut self, now: Instant, ticket: Ticket) {
        let it = self.roster.participants.get_mut(&ticket.who);
        if let Some(it) = it.filter(|it| it.turn == ticket.turn) {
            it.signal_lost = Some(now);
        }
    }

    /// A participant is gone: nothing of it is left.
    pub(super) fn remove(&mut self, now: Instant, id: ParticipantId, reason: DisconnectReason) {
        let visible = self.roster.participants.get(&id).is_some_and(|it| self.visible(it));
        let tracks: Vec<TrackId> = self.publications.of(id).map(|(track, _)| track).collect();
        tracks.into_iter().for_each(|track| self.end_track(now, track));
        self.publications.announced.remove(&id);
        let Some(it) = self.roster.participants.get(&id) else { return };
        let (room, connections) = (it.room, [it.publisher, it.subscriber]);
        let identity = it.identity.clone();
        self.leave_seats(now, id);
        let Some(it) = self.roster.participants.get(&id) else { return };
        let heard = self.sections.remove(&id).unwrap_or_default();
        if let Some(subscriber) = it.subscriber {
            let listener = subscriber.listener();
            for section in &heard.list {
                self.decide(now, Input::Unsubscribe { room, track: section.track, listener });
            }
        }
        for connection in connections.into_iter().flatten() {
            self.close_connection(connection);
        }
        let Some(mut gone) = self.roster.remove(now, id) else { return };
        gone.state = State::Disconnected;
        gone.version += 1;
        if visible {
            let mut info = gone.info(vec![]);
            info.disconnect_reason = reason.into();
            if let Some(room) = self.roster.rooms.get_mut(&room) {
                room.note_departure(&info);
                room.news.left(id, info);
            }
        }
        tracing::debug!(room.id = room.0, participant.sid = %gone.sid, ?reason, "left");
        let reason = reason.as_str_name().to_ascii_lowercase();
        self.tap_event(now, room, Body::ParticipantLeft(ParticipantLeft { identity, reason }));
        self.count();
    }

    fn close_connection(&mut self, id: ConnectionId) {
        let mut outputs = vec![];
        if let Some(connection) = self.connections.get_mut(id) {
            connection.peer.close(&mut outputs);
        }
        for output in outputs {
            if let transport::peer::Output::Send(to, datagram, carries) = output {
                let said = (to, &datagram[..], carries);
                self.egress.datagram(id, &mut self.connections, said, &self.socket);
            }
        }
        if let Some(gone) = self.connections.close(id) {
            tracing::debug!(connection.id = id.0, sent = %gone.sent.counts(), "a connection closed");
        }
    }

    /// A library panicked on what a client sent: the client alone loses its place.
    pub(super) fn peer_fault(&mut self, now: Instant, id: ConnectionId) {
        self.metrics.drop_one("peer_fault");
        tracing::error!(connection.id = id.0, "a peer's transport panicked; the peer is cut off");
        let Some(lost) = self.connections.close(id) else { return };
        let owner = lost.owner;
        self.say(owner, leave(DisconnectReason::MediaFailure, Action::Reconnect));
        self.remove(now, owner, DisconnectReason::MediaFailure);
        // Its state is not to be trusted, not even by its own end.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(lost)));
    }

    /// A peer connection broke without its client's doing: the client may not know, and must come
    /// in anew.
    pub(super) fn connection_failed(&mut self, now: Instant, id: ConnectionId) {
        let Some(connection) = self.connections.get(id) else { return };
        let owner = connection.owner;
        if !connection.connected() {
            self.metrics.drop_one("join_stalled");
        }
        self.say(owner, leave(DisconnectReason::ConnectionTimeout, Action::Reconnect));
        self.remove(now, owner, DisconnectReason::ConnectionTimeout);
    }

    /// A client closed a peer connection: the page will make a new one, or is gone.
    pub(super) fn connection_ended(&mut self, now: Instant, id: ConnectionId) {
        let Some(connection) = self.connections.get(id) else { return };
        let (owner, side) = (connection.owner, connection.side);
        if side == Side::Publisher && !self.visits.has(owner) {
            let own = self.publications.of(owner).filter(|(_, it)| it.connection == id);
            let own: Vec<TrackId> = own.map(|(track, _)| track).collect();
            own.into_iter().for_each(|track| self.end_track(now, track));
            self.close_connection(id);
            if let Some(it) = self.roster.participants.get_mut(&owner) {
                it.publisher = it.publisher.filter(|publisher| *publisher != id);
            }
            return;
        }
        // Without its listening connection a participant must come in anew.
        self.connection_failed(now, id);
    }

    /// A client says that it closes a peer connection: if it is the one that it listens on, it is leaving, and the
    /// word for that may still be on its way.
    pub(super) fn connection_closed(&mut self, now: Instant, id: ConnectionId) {
        let Some(connection) = self.connections.get(id) else { return };
        let (owner, side) = (connection.owner, connection.side);
        match self.roster.participants.get_mut(&owner) {
            Some(it) if side != Side::Publisher && !self.visits.has(owner) => {
                it.closed.get_or_insert((now, id));
            }
            _ => self.connection_ended(now, id),
        }
    }

    /// A client that closed its connection has had its time to say that it leaves. If its page has closed as well,
    /// nobody's line broke.
    pub(super) fn end_closed(&mut self, now: Instant) {
        let closed = self.roster.participants.values().filter_map(|it| {
            let (at, line) = it.closed?;
            let over = now.saturating_duration_since(at) >= WORD_WITHIN;
            over.then_some((it.id, line, it.signal_lost.is_some()))
        });
        let closed: Vec<_> = closed.collect();
        for (id, line, page_closed) in closed {
            match page_closed {
                true => self.remove(now, id, DisconnectReason::ClientInitiated),
                false => self.connection_failed(now, line),
            }
        }
    }

    /// The room is over.
    pub(super) fn close_room(&mut self, now: Instant, id: RoomId) {
        self.end_room(now, id, "everybody left");
    }

    /// Sends everybody away, and ends the room.
    pub(super) fn clear_room(
        &mut self,
        now: Instant,
        id: RoomId,
        reason: DisconnectReason,
        why: &str,
    ) {
        let members: Vec<ParticipantId> = self.roster.members(id).map(|it| it.id).collect();
        for member in members {
            self.say(member, leave(reason, Action::Disconnect));
            self.remove(now, member, reason);
        }
        self.end_room(now, id, why);
    }

    /// Ends a room that nobody is in any more.
    pub(super) fn end_room(&mut self, now: Instant, id: RoomId, why: &str) {
        let reason = why.to_owned();
        self.tap_event(now, id, Body::RoomClosed(RoomClosed { reason }));
        self.decide(now, Input::Close { room: id });
        if self.roster.close(id).is_some() {
            tracing::info!(room.id = id.0, "a room is over");
        }
        self.count();
    }

    /// The gateway stops: everybody is told to come back.
    pub(super) fn dismiss_all(&mut self) {
        let now = crate::clock::now();
        let everybody: Vec<ParticipantId> = self.roster.participants.keys().copied().collect();
        for id in everybody {
            self.say(id, leave(DisconnectReason::ServerShutdown, Action::Reconnect));
            self.remove(now, id, DisconnectReason::ServerShutdown);
        }
        let rooms: Vec<RoomId> = self.roster.rooms.keys().copied().collect();
        rooms.into_iter().for_each(|room| self.close_room(now, room));
    }

    pub(super) fn count(&self) {
        let count = |it: usize| i64::try_from(it).unwrap_or(i64::MAX);
        self.metrics.rooms.set(count(self.roster.rooms.len()));
        self.metrics.participants.set(count(self.roster.participants.len()));
    }
}
