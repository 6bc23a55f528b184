//! What time brings: the peers' timers, keyframes that are waited for, and what is to be told regularly.

use std::time::{Duration, Instant};

use signalling::input::Input;
use signalling::words::way::SecondReport;
use transport::peer::Input as Event;

use super::media_path::MediaPath;
use super::pending::Pending;
use super::{Shard, budget};

/// How often the forwarding core looks for keyframes that are waited for.
const LOOK: Duration = Duration::from_millis(50);
const SECOND: Duration = Duration::from_secs(1);

/// When what is done now and then is due next.
#[derive(Debug)]
pub(super) struct ShardTimers {
    look: Instant,
    allot: Instant,
    second: Instant,
    /// The last tick, and the longest time between two in this second.
    last: Instant,
    longest: Duration,
}

impl ShardTimers {
    pub(super) const fn new(now: Instant) -> Self {
        Self { look: now, allot: now, second: now, last: now, longest: Duration::ZERO }
    }

    /// A tick.
    fn pass(&mut self, now: Instant) {
        let since = now.saturating_duration_since(self.last);
        (self.last, self.longest) = (now, self.longest.max(since));
    }

    /// How long the thread did not come to its ticks in the last second, milliseconds.
    fn late_ms(&mut self) -> u32 {
        u32::try_from(std::mem::take(&mut self.longest).as_millis()).unwrap_or(u32::MAX)
    }
}

impl Shard {
    /// Time has passed; to be called some 200 times a second. Tells whether another second is over.
    pub(super) fn tick(&mut self, now: Instant) -> bool {
        self.timers.pass(now);
        self.media.run_timers(now, &mut self.pending);
        self.settle(now);
        self.media.release(now);
        if now >= self.timers.look {
            self.timers.look = now + LOOK;
            self.media.decide(now, sfu::Input::Tick);
            self.media.tick_lines(now);
        }
        if self.media.lines.asked() || now >= self.timers.allot {
            self.timers.allot = now + budget::EVERY;
            self.allot(now);
        }
        self.let_go(now);
        for id in self.signals.end_gone() {
            self.put(now, Input::SignalLost(id));
        }
        let second = now >= self.timers.second;
        if second {
            self.timers.second = now + SECOND;
            self.second(now);
        }
        self.report(now);
        self.put(now, Input::Tick);
        self.media.recorded.flush();
        self.settle(now);
        second
    }

    fn second(&mut self, now: Instant) {
        self.expire_relays(now);
        self.steer();
        self.media.follow_lines(now);
        self.media.egress.count_answers(&mut self.media.socket);
        self.media.give_up_stranded(now, &mut self.pending);
        self.report_recorder(now);
        self.report_fed(now);
        let (down, late_ms) = (self.media.ways(), self.timers.late_ms());
        self.put(now, Input::Ways(SecondReport { down: &down, late_ms }));
        let used = self.media.connections.used();
        self.put(now, Input::Used(&used));
        self.account(now);
        self.metrics.entries.set(i64::try_from(self.entries()).unwrap_or(i64::MAX));
        self.media.egress.logged(self.media.connections.logged());
    }

    /// Entries in the tables of people, connections and tracks.
    pub(super) fn entries(&self) -> usize {
        let media = &self.media;
        let kept = media.connections.entries() + media.tracks.len() + media.recorded.len();
        let kept = kept + media.lines.entries();
        self.core.entries() + self.signals.len() + self.data.held.len() + kept
    }
}

impl MediaPath {
    fn run_timers(&mut self, now: Instant, pending: &mut Pending) {
        let mut outputs = vec![];
        for id in self.connections.due(now) {
            let Some(connection) = self.connections.get_mut(id) else { continue };
            if !connection.feed(now, Event::Timeout, &mut outputs) {
                outputs.clear();
                self.peer_fault(now, id, pending);
                continue;
            }
            let due = connection.peer.poll_timeout();
            self.connections.rest(id, due);
            pending.outputs(id, std::mem::take(&mut outputs));
        }
    }
}
