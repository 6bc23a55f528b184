//! The parts of one track that are worth sending, from the smallest to what its listener asks for.
//!
//! A person's picture gives up half of its frame rate before it gives up size, and the rest of the frame rate after:
//! that much takes no keyframe, and below half a small picture that moves says more than a large one that jumps. A
//! screen is read: it keeps its size to the last, and its frame rate goes first.

use alloc::vec::Vec;

use media::Target;

use crate::wish::Purpose;

/// What a picture is reckoned to take before it is measured, in bits a second.
pub(crate) const UNMEASURED_BITS_PER_SECOND: u64 = 150_000;
/// Larger pictures are sent at the full frame rate or at half of it: so many of the best temporal layers.
const SMOOTH_LAYERS: usize = 2;

/// A part, and what is reckoned for it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Step {
    pub(crate) target: Target,
    pub(crate) bits_per_second: u64,
}

/// Turns the parts that the publisher sends, with what is reckoned for each, into steps: each takes more than the one
/// before it, and is a better part.
pub(crate) fn build(purpose: Purpose, top: Target, parts: &mut Vec<Step>) {
    parts.sort_by_key(|part| part.target);
    parts.dedup_by_key(|part| part.target);
    let Some(smallest) = parts.first().map(|part| part.target) else { return };
    // Too large, or too smooth, serves better than none.
    let spatial = top.spatial.max(smallest.spatial);
    let top = Target { spatial, temporal: top.temporal.max(smallest.temporal) };
    parts.retain(|part| part.target.within(top) == part.target);
    match purpose {
        Purpose::Screen => keep_sizes(parts),
        _ => keep_smooth(parts, smallest.spatial),
    }
    // What takes no less than a better part is of no use.
    let mut least = u64::MAX;
    let mut better = Vec::new();
    for step in parts.drain(..).rev() {
        if step.bits_per_second < least || better.is_empty() {
            least = step.bits_per_second;
            better.push(step);
        }
    }
    parts.extend(better.into_iter().rev());
}

/// Every size at its lowest frame rate; higher ones of the largest size alone.
fn keep_sizes(parts: &mut Vec<Step>) {
    let Some(largest) = parts.last().map(|part| part.target.spatial) else { return };
    let mut before = None;
    parts.retain(|part| {
        let first = before.replace(part.target.spatial) != Some(part.target.spatial);
        first || part.target.spatial == largest
    });
}

/// The smallest size at every frame rate; larger ones at the highest ones.
fn keep_smooth(parts: &mut Vec<Step>, smallest: u8) {
    let mut better = (u8::MAX, 0);
    let mut kept: Vec<Step> = Vec::with_capacity(parts.len());
    for step in parts.drain(..).rev() {
        let spatial = step.target.spatial;
        better = if better.0 == spatial { (spatial, better.1 + 1) } else { (spatial, 0) };
        if spatial == smallest || better.1 < SMOOTH_LAYERS {
            kept.push(step);
        }
    }
    parts.extend(kept.into_iter().rev());
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn step(spatial: u8, temporal: u8, bits_per_second: u64) -> Step {
        Step { target: Target { spatial, temporal }, bits_per_second }
    }

    fn ladder(purpose: Purpose, top: Target, parts: &[Step]) -> Vec<(u8, u8)> {
        let mut parts = parts.to_vec();
        build(purpose, top, &mut parts);
        parts.iter().map(|it| (it.target.spatial, it.target.temporal)).collect()
    }

    /// Three sizes at three frame rates each.
    const WHOLE: [Step; 9] = [
        step(2, 2, 1_200),
        step(0, 0, 50),
        step(0, 1, 80),
        step(0, 2, 110),
        step(1, 0, 150),
        step(1, 1, 250),
        step(1, 2, 350),
        step(2, 0, 500),
        step(2, 1, 800),
    ];

    #[test]
    fn a_face_keeps_half_its_frame_rate_before_its_size_and_a_screen_its_size() {
        let face = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 1), (2, 2)];
        assert_eq!(ladder(Purpose::Picture, Target::ALL, &WHOLE), face);
        assert_eq!(ladder(Purpose::Speaker, Target::ALL, &WHOLE), face);
        let screen = [(0, 0), (1, 0), (2, 0), (2, 1), (2, 2)];
        assert_eq!(ladder(Purpose::Screen, Target::ALL, &WHOLE), screen);
    }

    #[test]
    fn nothing_above_what_is_asked_for_is_offered_if_there_is_less() {
        let top = |spatial, temporal| Target { spatial, temporal };
        assert_eq!(ladder(Purpose::Picture, top(0, 1), &WHOLE), [(0, 0), (0, 1)]);
        assert_eq!(ladder(Purpose::Picture, top(1, 0), &WHOLE), [(0, 0), (1, 0)]);
        let large = [step(1, 1, 9), step(1, 2, 10), step(2, 0, 20)];
        assert_eq!(ladder(Purpose::Picture, top(0, 9), &large), [(1, 1), (1, 2)]);
        assert_eq!(ladder(Purpose::Screen, top(0, 0), &large), [(1, 1)]);
        assert_eq!(ladder(Purpose::Screen, top(0, 0), &[]), []);
    }

    #[test]
    fn a_part_that_takes_no_less_than_a_better_one_is_left_out() {
        let odd = [step(0, 0, 100), step(0, 1, 90), step(1, 0, 90), step(1, 1, u64::MAX)];
        assert_eq!(ladder(Purpose::Picture, Target::ALL, &odd), [(1, 0), (1, 1)]);
        let same = [step(0, 0, u64::MAX), step(0, 0, 3), step(1, 0, u64::MAX)];
        assert_eq!(ladder(Purpose::Picture, Target::ALL, &same).len(), 1);
    }
}
