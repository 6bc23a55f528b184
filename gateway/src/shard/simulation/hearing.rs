//! A model of how a browser plays a voice: a jitter buffer whose length follows how late packets come, which stretches sound
//! when it has too little and shortens it when it has too much, and makes up what is missing (concealment).

use std::collections::{BTreeMap, VecDeque};

/// A piece of sound.
pub(super) const PIECE_US: u64 = 20_000;
pub(super) const PIECE_TICKS: i64 = 960;
/// Packets whose delay decides how much is kept back, and the part of them that must come in time.
const REMEMBERED: usize = 200;
const IN_TIME: (usize, usize) = (95, 100);
/// How much is kept back before anything is known.
const START_US: u64 = 80_000;
/// Pieces between two times that the speed of playing is changed.
const RESCALE: u32 = 5;
/// Pieces that are made up at most while something later is there.
const PATIENCE: u32 = 5;

/// How a voice was played.
#[derive(Clone, Debug, Default)]
pub(super) struct Heard {
    pub(super) played: u64,
    pub(super) concealed: u64,
    /// From the microphone to the ear, microseconds.
    pub(super) delays_us: Vec<u64>,
}

/// Plays one voice. Times are microseconds.
#[derive(Debug, Default)]
pub(super) struct Hearing {
    /// By their time in ticks: when each piece was captured.
    waiting: BTreeMap<i64, u64>,
    latest: Option<i64>,
    /// The sound in one packet.
    packet_us: u64,
    /// The next piece, and when it is to be played.
    next: Option<(i64, u64)>,
    /// Arrival less time of the last packets, microseconds.
    transits_us: VecDeque<i64>,
    made_up: u32,
    since_rescaled: u32,
    pub(super) heard: Heard,
}

impl Hearing {
    /// A packet came, with pieces of sound: how many ticks after its time each begins, and when it was captured.
    pub(super) fn take(&mut self, now_us: u64, time: u32, pieces: &[(i64, u64)]) {
        let known = self.latest.unwrap_or(i64::from(time));
        let ticks = known + i64::from(time.wrapping_sub(known as u32).cast_signed());
        self.latest = Some(known.max(ticks));
        self.transits_us.push_back(now_us as i64 - ticks * 125 / 6);
        if self.transits_us.len() > REMEMBERED {
            self.transits_us.pop_front();
        }
        let (next, _) = *self.next.get_or_insert((ticks, now_us + START_US));
        self.packet_us = pieces.iter().filter(|it| it.0 >= 0).count() as u64 * PIECE_US;
        for (after, captured_us) in pieces.iter().filter(|(after, _)| ticks + after >= next) {
            self.waiting.entry(ticks + after).or_insert(*captured_us);
        }
    }

    /// For how many ticks before the latest packet sound is still to be played.
    pub(super) fn ahead(&self) -> u64 {
        let ahead = self.latest.zip(self.next).map_or(0, |(latest, (next, _))| latest - next);
        ahead.max(0) as u64
    }

    /// How much is to be kept back.
    fn target_us(&self) -> u64 {
        let mut late: Vec<i64> = self.transits_us.iter().copied().collect();
        late.sort_unstable();
        let place = (late.len() * IN_TIME.0 / IN_TIME.1).min(late.len().saturating_sub(1));
        let spread = late.get(place).zip(late.first()).map_or(0, |(high, low)| high - low);
        (spread as u64).next_multiple_of(PIECE_US) + self.packet_us
    }

    /// Plays what is due.
    pub(super) fn tick(&mut self, now_us: u64) {
        while let Some((piece, at_us)) = self.next.filter(|(_, at_us)| *at_us <= now_us) {
            let next = self.play(piece, at_us);
            self.next = Some((next, at_us + PIECE_US));
        }
    }

    /// Plays a piece, or makes one up; answers which is the next.
    fn play(&mut self, piece: i64, now_us: u64) -> i64 {
        self.since_rescaled += 1;
        let target_us = self.target_us();
        let Some((first, captured_us)) = self.waiting.first_key_value().map(|(at, us)| (*at, *us))
        else {
            return self.make_up(piece);
        };
        let last = *self.waiting.last_key_value().unwrap().0;
        let level_us = ((last - piece) / PIECE_TICKS + 1) as u64 * PIECE_US;
        let missing = (first - piece) / PIECE_TICKS;
        if missing > 0 {
            let early = missing > i64::from(self.made_up);
            if self.made_up == 0 || early && level_us < target_us && self.made_up < PATIENCE {
                return self.make_up(piece);
            }
        }
        self.waiting.pop_first();
        self.made_up = 0;
        self.heard.played += 1;
        self.heard.delays_us.push(now_us.saturating_sub(captured_us));
        let rescales = self.since_rescaled >= RESCALE;
        if rescales && level_us > target_us.max(PIECE_US) * 5 / 4 + PIECE_US {
            // Two pieces in the time of one.
            self.since_rescaled = 0;
            self.waiting.remove(&(first + PIECE_TICKS));
            return first + 2 * PIECE_TICKS;
        }
        if rescales && level_us < target_us {
            // One piece in the time of two.
            self.since_rescaled = 0;
            self.waiting.insert(first, captured_us);
            return first;
        }
        first + PIECE_TICKS
    }

    /// Something is made up, and the same piece is waited for.
    fn make_up(&mut self, piece: i64) -> i64 {
        self.made_up += 1;
        self.heard.concealed += 1;
        piece
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays packets of so many pieces each that come at these times (piece, ms); answers (played, concealed).
    fn played(copies: i64, arrivals: impl Iterator<Item = (u32, u64)>, end_ms: u64) -> (u64, u64) {
        let mut hearing = Hearing::default();
        let mut arrivals: Vec<_> = arrivals.collect();
        arrivals.sort_by_key(|it| it.1);
        let mut arrivals = arrivals.into_iter().peekable();
        for ms in 0..end_ms {
            while let Some((piece, _)) = arrivals.next_if(|it| it.1 <= ms) {
                let one = |before: i64| (-PIECE_TICKS * before, 0);
                let pieces: Vec<_> = (0..=copies).rev().map(one).collect();
                hearing.take(ms * 1_000, 960 * (piece + 10), &pieces);
            }
            hearing.tick(ms * 1_000);
        }
        (hearing.heard.played, hearing.heard.concealed)
    }

    #[test]
    fn what_comes_in_time_is_played_and_each_loss_is_made_up_once() {
        let (whole, none) = played(0, (0..500).map(|it| (it, 20 * u64::from(it))), 10_000);
        assert!((480..=500).contains(&whole) && none == 0, "{whole}, {none}");
        let lossy = (0..500).filter(|it| it % 10 != 5).map(|it| (it, 20 * u64::from(it)));
        let (_, concealed) = played(0, lossy.clone(), 10_000);
        assert!((48..=50).contains(&concealed), "{concealed}");
        assert_eq!(played(1, lossy, 10_000).1, 0, "each has a copy in the next");
    }

    #[test]
    fn what_is_late_is_made_up_until_more_is_kept_back() {
        let late =
            (0..1_000).map(|it| (it, 20 * u64::from(it) + if it % 3 == 0 { 150 } else { 0 }));
        let (_, concealed) = played(0, late, 20_000);
        assert!((1..40).contains(&concealed), "{concealed}");
    }

    #[test]
    fn after_three_seconds_of_nothing_the_voice_is_heard_at_once() {
        let arrivals = (0..500).filter(|it| !(200..350).contains(it));
        let (played, concealed) = played(0, arrivals.map(|it| (it, 20 * u64::from(it))), 10_000);
        assert!((145..=156).contains(&concealed) && played >= 330, "{played}, {concealed}");
    }
}
