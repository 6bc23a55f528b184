//! What time brings: people who do not come back, offers that nobody answers, rooms that stay empty.

use std::time::{Duration, Instant};

use crate::Signalling;
use crate::effect::Effect;
use crate::ids::{ParticipantId, RoomId, TrackId};
use crate::tables::rooms::Room;
use crate::words::participant::{LeaveReason, Next, State};

const SECOND: Duration = Duration::from_secs(1);
/// The grain in which wishes for layers are counted: what comes together is counted once.
const LAYERS_GRAIN: Duration = Duration::from_millis(100);
/// Data channels open so soon after the path stands; otherwise the client wants none.
const CHANNELS_WITHIN: Duration = SECOND;

/// When things are next looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timers {
    next_second: Instant,
    next_layers: Instant,
    /// Seconds since the start.
    seconds: u64,
}

impl Timers {
    pub(crate) const fn new(now: Instant) -> Self {
        Self { next_second: now, next_layers: now, seconds: 0 }
    }
}

impl Signalling {
    pub(crate) fn tick(&mut self, now: Instant) {
        self.admit_waiting(now);
        for room in self.rooms.which(|room| room.news.due(now)) {
            self.consequences.marks.news(room);
        }
        for room in self.rooms.which(|room| room.memory.state.due(now)) {
            self.consequences.marks.state(room);
        }
        self.tell_streams(now);
        if now >= self.timers.next_layers {
            self.timers.next_layers = now + LAYERS_GRAIN;
            self.count_layers(now);
        }
        if now >= self.timers.next_second {
            self.timers.next_second = now + SECOND;
            self.second(now);
            self.refresh_recorded();
            self.timers.seconds = self.timers.seconds.wrapping_add(1);
        }
    }

    fn second(&mut self, now: Instant) {
        let resume = self.rules.limits.resume;
        let lost =
            |at: Option<Instant>| at.is_some_and(|at| now.saturating_duration_since(at) >= resume);
        for id in self.roster.which(|participant| lost(participant.signal.lost)) {
            self.remove(now, id, LeaveReason::SignalClose);
        }
        self.end_speech(now);
        self.repeat_offers(now);
        self.show_without_channels(now);
        self.give_up_stalled(now);
        self.close_ended(now);
        self.door.kept.pass(self.rules.clock.wall_s(now));
        let empty_s = self.rules.limits.empty_room_s;
        let over = |room: &Room| {
            let since = room.empty_since;
            since.is_some_and(|at| {
                now.saturating_duration_since(at) >= room.terms.empty_for(empty_s)
            })
        };
        for room in self.rooms.which(over) {
            self.keep_state(now, room);
            self.end_room(now, room, "everybody left");
        }
    }

    /// A client that wants no data channels is there all the same.
    fn show_without_channels(&mut self, now: Instant) {
        let stands = |id: Option<_>| {
            let connection = id.and_then(|id| self.connections.get(id));
            let since = connection.and_then(|connection| connection.connected_at);
            since.is_some_and(|at| now.saturating_duration_since(at) >= CHANNELS_WITHIN)
        };
        let shown: Vec<ParticipantId> = self.roster.which(|participant| {
            participant.stay.state == State::Joining && stands(participant.paths.subscriber)
        });
        shown.into_iter().for_each(|id| self.active(now, id));
    }

    /// A client that joined and never connected its media gives up its place.
    fn give_up_stalled(&mut self, now: Instant) {
        let now_ms = self.rules.clock.wall_ms(now);
        let within = self.rules.limits.connect_within.as_millis();
        let within_ms = u64::try_from(within).unwrap_or(u64::MAX);
        let stalled = self.roster.which(|participant| {
            let stands = participant.paths.all().any(|id| self.connections.stands(id));
            !stands && now_ms.saturating_sub(participant.stay.joined_ms) >= within_ms
        });
        for id in stalled {
            self.drop_one("join_stalled");
            self.send_away(now, id, LeaveReason::ConnectionTimeout, Next::JoinAnew);
        }
    }

    /// Recorded cameras give a keyframe now and then, so that the replay can be entered anywhere;
    /// each at a second of its own, for a keyframe is a burst on a thin line.
    fn refresh_recorded(&mut self) {
        let every = self.rules.limits.recorded_keyframe_s.max(1);
        let turn = self.timers.seconds % every;
        let due = self.publications.tracks.iter().filter(|(id, published)| {
            u64::from(id.0) % every == turn
                && published.video()
                && !published.info.muted
                && self.rooms.get(published.room).is_some_and(Room::recorded)
        });
        let due: Vec<(RoomId, TrackId)> =
            due.map(|(id, published)| (published.room, *id)).collect();
        for (room, track) in due {
            self.effect(Effect::Keyframe(room, track));
        }
    }
}
