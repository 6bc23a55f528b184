//! Numbers of the publisher's stream that a listener never sees, so that what it does see has no gaps.

use alloc::collections::VecDeque;

/// Runs remembered for packets that come late: some 3 s of a camera whose larger layers are left out.
const RUNS: usize = 128;

/// Packets in a row that take no number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct NumberRange {
    first: u64,
    last: u64,
}

/// What was left out since the stream began.
#[derive(Debug, Default)]
pub(crate) struct LeftOut {
    /// Oldest first.
    runs: VecDeque<NumberRange>,
}

impl LeftOut {
    /// Leaves out `seq`, which is above all before it. Answers the number up to which is forgotten how
    /// many were left out, if that has grown.
    pub(crate) fn close(&mut self, seq: u64) -> Option<u64> {
        if let Some(run) = self.runs.back_mut().filter(|run| run.last.wrapping_add(1) == seq) {
            run.last = seq;
            return None;
        }
        let forgotten = if self.runs.len() >= RUNS { self.runs.pop_front() } else { None };
        self.runs.push_back(NumberRange { first: seq, last: seq });
        forgotten.map(|run| run.last)
    }

    /// How many numbers above `seq` were left out.
    pub(crate) fn above(&self, seq: u64) -> u64 {
        let later = self.runs.iter().rev().take_while(|run| run.first > seq);
        later.map(|run| run.last - run.first + 1).sum()
    }

    /// Whether `seq` was left out.
    pub(crate) fn has(&self, seq: u64) -> bool {
        let run = self.runs.iter().rev().find(|run| run.first <= seq);
        run.is_some_and(|run| run.last >= seq)
    }

    pub(crate) fn clear(&mut self) {
        self.runs.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_counted_above_a_number() {
        let mut left_out = LeftOut::default();
        assert!([5, 6, 9, 10, 12].into_iter().all(|seq| left_out.close(seq).is_none()));
        for (seq, above) in [(4, 5), (7, 3), (8, 3), (11, 1), (13, 0)] {
            assert_eq!(left_out.above(seq), above, "{seq}");
            assert!(!left_out.has(seq), "{seq}");
        }
        assert!([5, 6, 9, 10, 12].into_iter().all(|seq| left_out.has(seq)));
        left_out.clear();
        assert_eq!(left_out.above(0), 0);
    }

    #[test]
    fn what_is_forgotten_is_told() {
        let mut left_out = LeftOut::default();
        let forgotten: alloc::vec::Vec<u64> =
            (0..RUNS as u64 + 2).filter_map(|it| left_out.close(it * 3)).collect();
        assert_eq!(forgotten, [0, 3]);
        assert_eq!(left_out.runs.len(), RUNS);
    }
}
