//! What time brings: the peers' timers, keyframes that are waited for, people who do not come back.

use std::time::{Duration, Instant};

use livekit_protocol as lk;
use lk::DisconnectReason;
use sfu::{Input, RoomId, TrackId};
use transport::peer::Input as Event;

use super::Shard;
use crate::clock;
use crate::ids::ParticipantId;
use crate::room::roster::Room;

/// How often the core looks for keyframes that are waited for.
const LOOK: Duration = Duration::from_millis(50);
const SECOND: Duration = Duration::from_secs(1);
/// Data channels stand so soon after the path, or the client wants none.
const CHANNELS_WITHIN: Duration = SECOND;

impl Shard {
    pub(super) fn tick(&mut self, now: Instant) {
        let mut due = vec![];
        self.connections.due(now, &mut due);
        let mut outputs = vec![];
        for id in due {
            let Some(connection) = self.connections.get_mut(id) else { continue };
            if !connection.feed(now, Event::Timeout, &mut outputs) {
                self.peer_fault(now, id);
                continue;
            }
            connection.deadline = connection.peer.poll_timeout();
            self.outputs(now, id, std::mem::take(&mut outputs));
        }
        if now >= self.next_look {
            self.next_look = now + LOOK;
            self.decide(now, Input::Tick);
        }
        self.let_go(now);
        self.admit_waiting(now);
        self.tell_news(now);
        self.signs(now);
        self.watch_uses(now);
        self.tap.flush();
        if now >= self.next_second {
            self.next_second = now + SECOND;
            self.second(now);
            self.seconds = self.seconds.wrapping_add(1);
            self.refresh_recorded(now);
        }
    }

    fn second(&mut self, now: Instant) {
        let resume = Duration::from_secs(self.config.resume_s);
        let lost = |since: &Option<Instant>| since.is_some_and(|at| now - at >= resume);
        let people = self.roster.participants.values();
        let gone: Vec<ParticipantId> =
            people.filter(|it| lost(&it.signal_lost)).map(|it| it.id).collect();
        for id in gone {
            self.remove(now, id, DisconnectReason::SignalClose);
        }
        self.end_drills(now);
        self.expire_relays(now);
        self.egress.count_answers(&mut self.socket);
        self.give_up_stranded(now);
        self.repeat_offers(now);
        self.show_without_channels(now);
        self.give_up_stalled(now);
        self.close_ended(now);
        let empty_s = self.config.empty_room_s;
        let over = |room: &&Room| {
            let since = room.empty_since;
            since.is_some_and(|at| now - at >= room.terms.empty_for(empty_s))
        };
        let over: Vec<RoomId> = self.roster.rooms.values().filter(over).map(|it| it.id).collect();
        over.into_iter().for_each(|room| self.close_room(now, room));
        self.set_wall(clock::now(), clock::unix_us());
        self.watch_recorder();
        self.metrics.entries.set(i64::try_from(self.entries()).unwrap_or(i64::MAX));
        self.metrics.logged.set(i64::try_from(self.connections.logged()).unwrap_or(i64::MAX));
    }

    /// Entries in the tables of people, connections and tracks.
    pub(super) fn entries(&self) -> usize {
        let announced = self.publications.announced.len();
        let tracks = self.publications.tracks.len();
        self.connections.entries()
            + announced
            + tracks
            + self.sections.len()
            + self.visits.list.len()
    }

    /// A client that wants no data channels is there all the same.
    fn show_without_channels(&mut self, now: Instant) {
        let joining = lk::participant_info::State::Joining;
        let hidden = self.roster.participants.values().filter(|it| it.state == joining);
        let stands = hidden.filter(|it| {
            let subscriber = it.subscriber.and_then(|id| self.connections.get(id));
            let since = subscriber.and_then(|it| it.connected_at);
            since.is_some_and(|at| now.saturating_duration_since(at) >= CHANNELS_WITHIN)
        });
        let shown: Vec<ParticipantId> = stands.map(|it| it.id).collect();
        shown.into_iter().for_each(|id| self.active(now, id));
    }

    /// A client that joined and never connected its media gives up its place.
    fn give_up_stalled(&mut self, now: Instant) {
        let now_ms = self.wall_ms(now);
        let patience = self.config.connect_within_s.saturating_mul(1_000);
        let stalled = self.roster.participants.values().filter(|it| {
            let paths = [it.publisher, it.subscriber].into_iter().flatten();
            let mut paths = paths.filter_map(|id| self.connections.get(id));
            !paths.any(|it| it.connected()) && now_ms.saturating_sub(it.joined_ms) >= patience
        });
        let stalled: Vec<ParticipantId> = stalled.map(|it| it.id).collect();
        for id in stalled {
            self.metrics.drop_one("join_stalled");
            let reason = DisconnectReason::ConnectionTimeout;
            self.say(id, super::join::leave(reason, lk::leave_request::Action::Reconnect));
            self.remove(now, id, reason);
        }
    }

    /// Recorded cameras give a keyframe now and then, so that the replay can be entered anywhere;
    /// each at a second of its own, for a keyframe is a burst on a thin line.
    fn refresh_recorded(&mut self, now: Instant) {
        let every = self.config.recorded_keyframe_s.max(1);
        let turn = self.seconds % every;
        let recorded = self.publications.tracks.iter().filter(|(id, it)| {
            let due = u64::from(id.0) % every == turn;
            due && it.video()
                && !it.info.muted
                && self.roster.rooms.get(&it.room).is_some_and(Room::recorded)
        });
        let due: Vec<(RoomId, TrackId)> = recorded.map(|(id, it)| (it.room, *id)).collect();
        for (room, track) in due {
            self.decide(now, Input::Refresh { room, track });
        }
    }
}
