//! A model of how a browser shows a camera: packets make pictures, a picture is decoded when those it rests on were, shown
//! in the rhythm in which it was captured, and a keyframe is asked for where it does not go on.

use std::collections::{BTreeMap, VecDeque};

use transport::payload::{CodecKind, Counters, keyframe};

use super::missing::Missing;

/// Without a keyframe to begin with it is asked for so often.
const BEGIN_US: u64 = 200_000;
/// With nothing to decode for so long a keyframe is asked for, if something came within the other.
const STALLED_US: u64 = 3_000_000;
const ALIVE_US: u64 = 5_000_000;
/// Pictures whose delay decides how much is kept back, and the most of it.
const REMEMBERED: usize = 60;
const KEPT_BACK_MAX_US: i64 = 500_000;
/// Gaps between pictures that say what is usual, and by how much a freeze is longer.
const USUAL: usize = 30;
const FREEZE_US: u64 = 150_000;
/// Packets that wait for the rest of their picture.
const WAITING_MAX: usize = 2_048;

/// How a camera was shown. Times are microseconds.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// When each picture was shown, and how wide it was.
    pub(super) shown: Vec<(u64, u16)>,
    /// When keyframes were asked for.
    pub(super) asked_us: Vec<u64>,
}

impl Seen {
    /// Microseconds of freezes in a span: gaps of three times the usual, or 150 ms more than it.
    pub(super) fn frozen_us(&self, from_us: u64, to_us: u64) -> u64 {
        let times = self.shown.iter().map(|it| it.0).filter(|it| *it < to_us);
        let mut gaps: VecDeque<u64> = VecDeque::new();
        let (mut last_us, mut frozen_us) = (None, 0);
        for at_us in times.chain([to_us]) {
            let before_us = last_us.replace(at_us).unwrap_or(from_us);
            let gap_us = at_us.saturating_sub(before_us);
            let usual_us = gaps.iter().sum::<u64>() / gaps.len().max(1) as u64;
            let frozen = gaps.is_empty() || gap_us >= (3 * usual_us).max(usual_us + FREEZE_US);
            if frozen && gap_us >= FREEZE_US {
                frozen_us += at_us.saturating_sub(before_us.max(from_us));
            }
            gaps.push_back(gap_us);
            if gaps.len() > USUAL {
                gaps.pop_front();
            }
        }
        frozen_us.min(to_us - from_us)
    }
}

/// A packet that came.
#[derive(Clone, Copy, Debug)]
struct Piece {
    time: u32,
    begins: bool,
    ends: bool,
    key: bool,
    picture: Picture,
    /// Padding: it belongs to no picture.
    empty: bool,
}

/// What a VP8 picture says of itself.
#[derive(Clone, Copy, Debug, Default)]
struct Picture {
    id: u16,
    tl0: u8,
    temporal: u8,
    sync: bool,
    width: u16,
}

/// A picture of which everything is there.
#[derive(Clone, Copy, Debug)]
struct Whole {
    last: u64,
    time: u32,
    key: bool,
    picture: Picture,
}

/// Shows one camera. Times are microseconds.
#[derive(Debug)]
pub(super) struct Seeing {
    pub(super) missing: Missing,
    pieces: BTreeMap<u64, Piece>,
    /// By their first packet.
    whole: BTreeMap<u64, Whole>,
    /// The picture that was decoded last, and its last packet.
    decoded: Option<(Picture, u64)>,
    width: u16,
    /// The first packet came; the last one; the last decoded picture; a keyframe was asked for.
    begun_us: Option<u64>,
    came_us: u64,
    decoded_us: u64,
    asked_us: u64,
    /// Decoding less capture of the last pictures.
    transits_us: VecDeque<i64>,
    times: Option<(u32, i64)>,
    wants_key: bool,
    pub(super) seen: Seen,
}

impl Seeing {
    pub(super) const fn new() -> Self {
        Self {
            missing: Missing::pictures(),
            pieces: BTreeMap::new(),
            whole: BTreeMap::new(),
            decoded: None,
            width: 0,
            begun_us: None,
            came_us: 0,
            decoded_us: 0,
            asked_us: 0,
            transits_us: VecDeque::new(),
            times: None,
            wants_key: false,
            seen: Seen { shown: vec![], asked_us: vec![] },
        }
    }

    /// A packet with this extended number came, for the first time or again.
    pub(super) fn take(
        &mut self,
        now_us: u64,
        number: u64,
        (time, marker): (u32, bool),
        payload: &[u8],
    ) {
        self.came_us = now_us;
        if self.begun_us.is_none() {
            (self.begun_us, self.decoded_us) = (Some(now_us), now_us);
        }
        if !self.missing.came(now_us, number) {
            self.wants_key = true;
        }
        if self.decoded.is_some_and(|(_, last)| number <= last) || self.pieces.contains_key(&number)
        {
            return;
        }
        self.pieces.insert(number, piece(time, marker, payload));
        while self.pieces.len() > WAITING_MAX {
            self.pieces.pop_first();
        }
        self.complete(number);
        while let Some(first) = self.decodable() {
            self.decode(now_us, first);
        }
    }

    /// Makes a picture of the packets around one, if all are there.
    fn complete(&mut self, number: u64) {
        let Some(around) = self.pieces.get(&number).copied().filter(|it| !it.empty) else { return };
        let of_it = |it: &Piece| it.time == around.time && !it.empty;
        let mut first = number;
        while !self.pieces[&first].begins {
            first -= 1;
            if !self.pieces.get(&first).is_some_and(of_it) {
                return;
            }
        }
        let mut last = number;
        while !self.pieces[&last].ends {
            last += 1;
            if !self.pieces.get(&last).is_some_and(of_it) {
                return;
            }
        }
        let Piece { key, picture, time, .. } = self.pieces[&first];
        self.whole.insert(first, Whole { last, time, key, picture });
        if self.whole.len() > WAITING_MAX {
            self.whole.pop_first();
        }
    }

    /// The first packet of the first picture that can be decoded now.
    fn decodable(&self) -> Option<u64> {
        let can = |it: &Whole| {
            let Some((before, _)) = self.decoded else { return it.key };
            let same = it.picture.tl0 == before.tl0;
            it.key
                || match it.picture.temporal {
                    0 => it.picture.tl0 == before.tl0.wrapping_add(1),
                    _ if it.picture.sync => same,
                    _ => same && it.picture.id == before.id.wrapping_add(1) & 0x7fff,
                }
        };
        self.whole.iter().find(|(_, it)| can(it)).map(|(first, _)| *first)
    }

    fn decode(&mut self, now_us: u64, first: u64) {
        let Some(it) = self.whole.remove(&first) else { return };
        self.whole = self.whole.split_off(&it.last);
        self.pieces = self.pieces.split_off(&(it.last + 1));
        self.missing.forget_before(first);
        self.decoded = Some((it.picture, it.last));
        self.decoded_us = now_us;
        self.width = if it.key { it.picture.width } else { self.width };
        let (time, captured_us) = *self.times.get_or_insert((it.time, now_us as i64));
        let captured_us =
            captured_us + i64::from(it.time.wrapping_sub(time).cast_signed()) * 100 / 9;
        self.times = Some((it.time, captured_us));
        self.transits_us.push_back(now_us as i64 - captured_us);
        if self.transits_us.len() > REMEMBERED {
            self.transits_us.pop_front();
        }
        let mut late: Vec<i64> = self.transits_us.iter().copied().collect();
        late.sort_unstable();
        let (low, high) = (late[0], late[late.len() * 97 / 100]);
        let due_us = captured_us + low + (high - low).min(KEPT_BACK_MAX_US);
        let last_us = self.seen.shown.last().map_or(0, |it| it.0);
        let shown_us = now_us.max(due_us as u64).max(last_us + 1);
        self.seen.shown.push((shown_us, self.width));
    }

    /// Whether a keyframe is to be asked for now.
    pub(super) fn asks(&mut self, now_us: u64) -> bool {
        let Some(_) = self.begun_us else { return false };
        let alive = now_us < self.came_us + ALIVE_US;
        let since_us = now_us - self.decoded_us.max(self.asked_us);
        let patience_us = if self.decoded.is_none() { BEGIN_US } else { STALLED_US };
        let asks = self.wants_key || alive && since_us >= patience_us;
        if asks {
            (self.asked_us, self.wants_key) = (now_us, false);
            self.seen.asked_us.push(now_us);
        }
        asks
    }
}

fn piece(time: u32, ends: bool, payload: &[u8]) -> Piece {
    let counters = Counters::vp8(payload);
    let Some(counters) = counters else {
        let (begins, key, picture) = (false, false, Picture::default());
        return Piece { time, begins, ends: false, key, picture, empty: true };
    };
    let (id, tl0) = counters.read(payload);
    let temporal = counters.temporal(payload);
    let key = keyframe(CodecKind::Vp8, payload);
    let size = transport::payload::size(CodecKind::Vp8, payload);
    let picture = Picture {
        id,
        tl0,
        temporal: temporal.map_or(0, |it| it.layer),
        sync: temporal.is_some_and(|it| it.sync),
        width: size.map_or(0, |it| it.0),
    };
    Piece { time, begins: payload[0] & 0x10 != 0, ends, key, picture, empty: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_a_freeze_if_it_is_far_longer_than_usual() {
        let at = |list: &[u64]| Seen {
            shown: list.iter().map(|ms| (ms * 1_000, 320)).collect(),
            asked_us: vec![],
        };
        let even: Vec<u64> = (0..100).map(|it| it * 50).collect();
        assert_eq!(at(&even).frozen_us(0, 5_000_000), 0);
        let gap: Vec<u64> =
            even.iter().copied().filter(|it| !(2_000..3_000).contains(it)).collect();
        assert_eq!(at(&gap).frozen_us(0, 5_000_000), 1_050_000);
        assert_eq!(at(&[]).frozen_us(1_000_000, 5_000_000), 4_000_000, "nothing is ever shown");
        assert_eq!(at(&even).frozen_us(4_000_000, 9_000_000), 4_050_000, "it ends in the middle");
    }
}
