//! Access lines: connections behind one line share its estimate, its pacer and its budget.
//!
//! `name` says which connections are behind one line; `Line` holds what is known of one: `estimate` says what it
//! carries, `pacer` what leaves when, and `allocation` who is sent what.

pub(crate) mod name;
pub(crate) mod pacer;

use std::collections::{BTreeMap, HashMap};

use allocation::{Allocator, Budget, Demand, Grant, Wish};
use estimate::{Estimate, EstimateState, Estimator, Fate, PathId, Report, Start};
use media::Ms;

use crate::ids::ConnectionId;
use name::LineName;
use pacer::{HeldKind, Pacer};

/// Lines of which the last figures are remembered after everybody behind them has gone.
const REMEMBERED_MAX: usize = 1_024;
/// For how long they mean something.
const REMEMBERED_US: u64 = 2 * 3_600 * 1_000_000;
/// What is kept for reports, data and checks: so many bits a second, and this part of the line.
const CONTROL_BITS: u64 = 2_000;
const CONTROL_PART: u64 = 50;
/// Repair takes the part of the pictures that is lost, and a quarter more: what is sent again is lost as well. Of sound
/// nothing is sent again: it has copies.
const REPAIR_MORE: (u64, u64) = (5, 4);
/// But no more than this part of what is left for pictures.
const REPAIR_MOST: (u64, u64) = (2, 5);
/// While nothing is known of a line, a voice and a small picture are tried.
const STARTING_BITS: u64 = 240_000;
/// What was known in this time or twice as long counts as late.
const RECENT_US: u64 = 3_000_000;
/// Sound suffers where it waits for so long on the line.
const SOUND_LATE_MS: u32 = 200;
/// Of 256 packets: where so many are lost, messages are sent twice. What is lost of them is asked for by a clock that
/// doubles each time, so that a slide would take half a minute.
const MESSAGES_TWICE_256: u8 = 20;
/// Messages wait until no more than this waits on the line.
const CROWDED_MS: u32 = 120;

/// The key of a line in this table.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct LineId(u32);

impl LineId {
    /// For the log.
    pub(crate) const fn number(self) -> u32 {
        self.0
    }
}

/// What is known of one line.
#[derive(Debug)]
pub(crate) struct Line {
    name: LineName,
    members: Vec<ConnectionId>,
    estimator: Estimator,
    pub(crate) pacer: Pacer,
    /// Whether what its members are sent is held to the estimate: not while nobody tells how it arrives.
    governed: bool,
    /// Whether what its members are sent carries numbers of the connection.
    numbered: bool,
    /// Whether somebody has told of such a number: before that nothing is tried.
    heard: bool,
    allocator: Allocator,
    /// What it must carry for all behind it to have all that they ask for, bits a second; 0 if they have.
    wanted_bits_per_second: u64,
    /// The most that it was known to carry of late.
    recent: Recent,
}

/// The greatest figure of the last [`RECENT_US`] to twice as long.
#[derive(Debug, Default)]
struct Recent {
    slot: u64,
    most: u64,
    before: u64,
}

impl Recent {
    fn note(&mut self, now_us: u64, figure: u64) {
        let slot = now_us / RECENT_US;
        if slot != self.slot {
            self.before = if slot == self.slot + 1 { self.most } else { 0 };
            (self.slot, self.most) = (slot, 0);
        }
        self.most = self.most.max(figure);
    }

    fn most(&self) -> u64 {
        self.most.max(self.before)
    }
}

/// What all sound behind a line takes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sound {
    pub(crate) bits_per_second: u64,
    pub(crate) copies_bits_per_second: u64,
}

/// All lines of a shard. Times are microseconds since that began.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    by_id: BTreeMap<LineId, Line>,
    by_name: HashMap<LineName, LineId>,
    /// What lines carried when they were last used, and when that was.
    remembered: HashMap<LineName, (u64, u64)>,
    next: u32,
    /// Somebody asks for something else than before.
    asked: bool,
}

impl Lines {
    /// A connection is behind the line of this name from now on.
    pub(crate) fn join(&mut self, now_us: u64, member: ConnectionId, name: LineName) -> LineId {
        let id = match self.by_name.get(&name) {
            Some(id) => *id,
            None => self.add(now_us, name),
        };
        if let Some(line) = self.by_id.get_mut(&id)
            && !line.members.contains(&member)
        {
            line.members.push(member);
        }
        id
    }

    fn add(&mut self, now_us: u64, name: LineName) -> LineId {
        let id = LineId(self.next);
        self.next = self.next.wrapping_add(1);
        let known = self.remembered.remove(&name);
        let start = match known.filter(|(_, at_us)| now_us.saturating_sub(*at_us) < REMEMBERED_US) {
            Some((bits_per_second, _)) => Start::Known { bits_per_second },
            None => Start::Unknown,
        };
        let line = Line {
            name: name.clone(),
            members: vec![],
            estimator: Estimator::new(now_us, start),
            pacer: Pacer::new(),
            governed: false,
            numbered: false,
            heard: false,
            allocator: Allocator::new(),
            wanted_bits_per_second: 0,
            recent: Recent::default(),
        };
        self.by_id.insert(id, line);
        self.by_name.insert(name, id);
        id
    }

    /// A connection is not behind this line any more; the line ends with the last one.
    pub(crate) fn leave(&mut self, now_us: u64, id: LineId, member: ConnectionId) {
        let Some(line) = self.by_id.get_mut(&id) else { return };
        line.members.retain(|other| *other != member);
        line.pacer.forget(member);
        line.estimator.leave(PathId(member.0));
        if !line.members.is_empty() {
            return;
        }
        let Some(line) = self.by_id.remove(&id) else { return };
        self.by_name.remove(&line.name);
        if line.governed && line.name.lasts() {
            self.remember(now_us, line.name, line.estimator.estimate().bits_per_second);
        }
    }

    fn remember(&mut self, now_us: u64, name: LineName, bits_per_second: u64) {
        if self.remembered.len() >= REMEMBERED_MAX {
            let oldest = self.remembered.iter().min_by_key(|(_, (_, at_us))| *at_us);
            let oldest = oldest.map(|(name, _)| name.clone());
            oldest.into_iter().for_each(|name| _ = self.remembered.remove(&name));
        }
        self.remembered.insert(name, (bits_per_second, now_us));
    }

    pub(crate) fn get(&self, id: LineId) -> Option<&Line> {
        self.by_id.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: LineId) -> Option<&mut Line> {
        self.by_id.get_mut(&id)
    }

    /// Lines for which something waits to be sent.
    pub(crate) fn waiting(&self) -> Vec<LineId> {
        self.by_id.iter().filter(|(_, line)| line.pacer.waits()).map(|(id, _)| *id).collect()
    }

    /// Lines of which somebody tells what they carry.
    pub(crate) fn told_of(&self) -> Vec<LineId> {
        let told = |line: &Line| line.governed && (line.heard || !line.numbered);
        self.by_id.iter().filter(|(_, line)| told(line)).map(|(id, _)| *id).collect()
    }

    /// Somebody asks for something else than before.
    pub(crate) const fn ask(&mut self) {
        self.asked = true;
    }

    /// Whether somebody did since this was asked last.
    pub(crate) const fn asked(&mut self) -> bool {
        std::mem::replace(&mut self.asked, false)
    }

    /// Every line.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (LineId, &mut Line)> {
        self.by_id.iter_mut().map(|(id, line)| (*id, line))
    }

    /// Entries in all tables.
    pub(crate) fn entries(&self) -> usize {
        self.by_id.len() + self.by_name.len()
    }
}

impl Line {
    /// The connections behind it.
    pub(crate) fn members(&self) -> &[ConnectionId] {
        &self.members
    }

    /// What it carries; `None` while nobody tells how anything arrives.
    pub(crate) fn estimate(&self) -> Option<Estimate> {
        self.governed.then(|| self.estimator.estimate())
    }

    /// Its name, for the log.
    pub(crate) const fn name(&self) -> &LineName {
        &self.name
    }

    /// Something of so many bytes on the wire left for `member`; `numbered` if its client will tell when it came.
    pub(crate) fn left(
        &mut self,
        now_us: u64,
        member: ConnectionId,
        bytes: usize,
        (kind, numbered): (Option<HeldKind>, bool),
    ) {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.numbered |= numbered;
        // Nobody answers for what has no number where the rest has one: checks and reports are no sign that the line is
        // away.
        if numbered || !self.numbered {
            self.estimator.sent(now_us, PathId(member.0), bytes);
        }
        if numbered && !self.governed {
            self.governed = true;
            self.pace(now_us);
        }
        self.pacer.left(now_us, bytes.into(), kind);
    }

    /// A piece of a message left, of so many bytes on the wire: nobody tells when it came, and yet it takes its part of the
    /// line.
    pub(crate) fn message_left(&mut self, now_us: u64, bytes: usize) {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.estimator.sent_beside(now_us, bytes);
        self.pacer.left(now_us, bytes.into(), None);
        self.pacer.message_left(now_us, bytes.into());
    }

    /// Whether it loses so much that messages are sent twice.
    pub(crate) fn repeats_messages(&self) -> bool {
        self.estimator.estimate().lost_256 >= MESSAGES_TWICE_256
    }

    /// What became of packets, as the client of `member` tells.
    pub(crate) fn feedback(&mut self, now_us: u64, member: ConnectionId, packets: &[Fate]) {
        self.heard = true;
        self.estimator.feedback(now_us, PathId(member.0), packets);
        self.pace(now_us);
    }

    /// How a stream arrives, as a receiver report says; it counts where there is no other feedback.
    pub(crate) fn report(&mut self, now_us: u64, member: ConnectionId, report: Report) {
        self.estimator.report(now_us, PathId(member.0), report);
    }

    /// What somebody's receiver estimates (REMB).
    pub(crate) fn remb(&mut self, now_us: u64, member: ConnectionId, bits_per_second: u64) {
        self.estimator.remb(now_us, PathId(member.0), bits_per_second);
    }

    /// Time has passed.
    pub(crate) fn tick(&mut self, now_us: u64) {
        self.estimator.tick(now_us);
        // By reports alone a good line is not known from a thin one: they govern once they have shown where it ends.
        if self.estimator.is_bounded_by_reports() {
            (self.governed, self.heard) = (true, true);
        }
        if self.governed {
            self.pace(now_us);
        }
    }

    /// Of 256 packets, those that it lost lately whatever was sent, where its clients tell of single packets and it is not away.
    pub(crate) fn loses_256(&self) -> Option<u8> {
        let known = self.estimate().filter(|estimate| estimate.state != EstimateState::Silent)?;
        let packet_by_packet = self.heard && !self.estimator.is_bounded_by_reports();
        (self.numbered && packet_by_packet).then_some(known.lost_256)
    }

    /// What it carries beside reports, data and checks, in bits a second; `None` while that is not known. As long as hardly
    /// anything waits on it, that is the most of late: sound is not left bare for a moment's doubt.
    pub(crate) fn carries(&self) -> Option<u64> {
        let known = self.estimate().filter(|estimate| estimate.state != EstimateState::Starting)?;
        let waits = known.queue_ms > CROWDED_MS || known.state == EstimateState::Silent;
        let recent = if waits { 0 } else { self.recent.most() };
        let bits_per_second = known.bits_per_second.max(recent);
        Some(bits_per_second.saturating_sub(control(bits_per_second)))
    }

    /// What those behind it ask for, for the log.
    pub(crate) const fn demand(&self) -> Demand {
        self.allocator.demand()
    }

    /// Whether it is known to carry less than the connections behind it ask for. A line that is merely not trusted yet
    /// is not called thin.
    pub(crate) fn is_thin(&self) -> bool {
        let Estimate { bits_per_second, state, .. } = self.estimator.estimate();
        state != EstimateState::Starting && bits_per_second < self.wanted_bits_per_second
    }

    /// Divides what it carries among those who ask, where sound takes so much.
    pub(crate) fn divide(
        &mut self,
        now: Ms,
        sound: Sound,
        wishes: &[Wish<'_>],
        grants: &mut Vec<Grant>,
    ) {
        let Estimate { bits_per_second, lost_256, state, .. } = self.estimator.estimate();
        // Pictures that have begun wait in the pacer while it is learned what the line carries.
        let starting = state == EstimateState::Starting && bits_per_second <= STARTING_BITS;
        let bits_per_second = bits_per_second.max(if starting { STARTING_BITS } else { 0 });
        let bits_per_second = bits_per_second
            .saturating_sub(control(bits_per_second).saturating_add(sound.copies_bits_per_second));
        let pictures = bits_per_second.saturating_sub(sound.bits_per_second);
        let budget = Budget {
            bits_per_second,
            repair_bits_per_second: repair(pictures, lost_256),
            settled: !starting,
            rising: state == EstimateState::Starting,
            away: state == EstimateState::Silent,
        };
        self.allocator.allocate(now, budget, wishes, grants);
        let demand = self.allocator.demand();
        let beside = control(demand.whole) + sound.copies_bits_per_second;
        let wanted = demand.whole.saturating_add(beside);
        self.wanted_bits_per_second = if demand.whole > demand.granted { wanted } else { 0 };
    }

    fn pace(&mut self, now_us: u64) {
        let Estimate { bits_per_second, queue_ms, .. } = self.estimator.estimate();
        self.recent.note(now_us, bits_per_second);
        let sound_suffers = queue_ms > SOUND_LATE_MS;
        self.pacer.set_crowded(queue_ms > CROWDED_MS);
        // Somebody who pays by the megabyte pays for padding as well: no more is tried than there is a use for.
        let enough = bits_per_second >= self.wanted_bits_per_second;
        let hold = sound_suffers || enough || !self.heard;
        let most = self.wanted_bits_per_second.saturating_add(self.wanted_bits_per_second / 8);
        let probe = self.estimator.probe_bits_per_second(now_us, if hold { 0 } else { most });
        self.pacer.set_rate(self.estimator.pacing_bits_per_second(now_us), probe);
    }
}

/// What of the bits that are left for pictures is kept for sending them again.
fn repair(bits_per_second: u64, lost_256: u8) -> u64 {
    let again = u64::from(lost_256) * REPAIR_MORE.0;
    let of_all = again.saturating_add(256 * REPAIR_MORE.1);
    let repair = u128::from(bits_per_second) * u128::from(again) / u128::from(of_all);
    u64::try_from(repair).unwrap_or(u64::MAX).min(bits_per_second / REPAIR_MOST.1 * REPAIR_MOST.0)
}

/// What is kept for reports, data and checks on a line of so many bits a second.
const fn control(bits_per_second: u64) -> u64 {
    CONTROL_BITS + bits_per_second / CONTROL_PART
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_known_of_late_counts_for_three_seconds_and_six_at_most() {
        let mut recent = Recent::default();
        let second = 1_000_000;
        recent.note(2 * second, 600_000);
        for (at, most) in [(2, 600_000), (4, 600_000), (5, 600_000), (6, 150_000), (9, 150_000)] {
            recent.note(at * second, 150_000);
            assert_eq!(recent.most(), most, "{at}");
        }
        recent.note(60 * second, 1);
        assert_eq!(recent.most(), 1, "what lies further back is forgotten");
    }
}
