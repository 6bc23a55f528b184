//! Which frames of a scalable stream go to one listener, by what its publisher says that each is
//! decoded from.
//!
//! A frame goes out if it belongs to the part of the stream that the listener has and everything that
//! it needs went out before it. What is missing still counts as gone out: it will, when it is
//! repaired. So nothing is ever sent that cannot be decoded. The part changes only at a frame from
//! which a decoder can go on with the new one.

use media::{Frame, RtpTime, Target, Targets};

use crate::Cut;

/// Frames whose fate is remembered: a frame needs none that lies so far back, and the oldest repair
/// comes sooner.
const WINDOW: u16 = 256;
/// Changes of what is held that are remembered, one a picture at most: more than levers are pulled while a repair is
/// under way.
const CHANGES: usize = 32;

/// One bit a frame.
#[derive(Debug, Default)]
struct FrameBits([u64; WINDOW as usize / 64]);

impl FrameBits {
    fn has(&self, number: u16) -> bool {
        self.0
            .get(usize::from(number % WINDOW / 64))
            .is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    fn set(&mut self, number: u16, to: bool) {
        if let Some(word) = self.0.get_mut(usize::from(number % WINDOW / 64)) {
            let bit = 1 << (number % 64);
            *word = if to { *word | bit } else { *word & !bit };
        }
    }
}

/// What one listener has of one scalable stream.
#[derive(Debug)]
pub(crate) struct SvcFilter {
    /// From which frame on each part was held, newest first and never empty: a late frame is judged by what was held
    /// when it was due.
    held_from: [(u16, Target); CHANGES],
    /// The number of the first frame that can be sent.
    first: u16,
    highest: u16,
    decided: FrameBits,
    sent: FrameBits,
    /// When the last picture that was sent is to be shown.
    picture: Option<RtpTime>,
    /// The part that is wanted cannot be had without a keyframe.
    blocked: bool,
}

impl SvcFilter {
    /// Begins with a keyframe.
    pub(crate) fn start(frame: &Frame, offered: Targets, limit: Target) -> Self {
        let of_use = offered.both(frame.switches).best(limit);
        let held = of_use.or_else(|| frame.within.best(limit)).unwrap_or_default();
        Self {
            held_from: [(frame.number, held); CHANGES],
            first: frame.number,
            highest: frame.number.wrapping_sub(1),
            decided: FrameBits::default(),
            sent: FrameBits::default(),
            picture: None,
            blocked: false,
        }
    }

    /// Whether a keyframe would bring what is wanted.
    pub(crate) fn waits(&self, offered: Targets, limit: Target) -> bool {
        let held = self.held();
        let want = offered.best(limit).unwrap_or(held);
        want != held && (self.blocked || want.spatial > held.spatial)
    }

    /// Whether `frame` is numbered so far behind that its stream must have begun anew.
    pub(crate) const fn strays(&self, frame: &Frame) -> bool {
        distance(frame.number, self.highest) <= -(WINDOW as i32)
    }

    /// How a packet of `frame` goes out; `None` if it does not.
    pub(crate) fn decide(
        &mut self,
        frame: &Frame,
        time: RtpTime,
        offered: Targets,
        limit: Target,
    ) -> Option<Cut> {
        let number = frame.number;
        let ahead = distance(number, self.highest);
        if ahead > 0 {
            self.advance(number);
            self.choose(frame, time, offered, limit);
        } else if ahead <= -i32::from(WINDOW) || distance(number, self.first) < 0 {
            return None;
        }
        let held = self.held_at(number);
        if !self.decided.has(number) {
            let goes = frame.within.has(held) && self.reaches(frame, true);
            self.settle(number, goes);
        }
        if !self.sent.has(number) {
            return None;
        }
        // What is missing will be sent when it comes: this frame counts on it.
        needs(frame).for_each(|need| self.settle_open(need));
        if ahead >= 0 {
            self.picture = Some(time);
        }
        let last = frame.ends && frame.spatial == held.spatial;
        Some(if last { Cut::EndsPicture } else { Cut::AsItCame })
    }

    /// What is held now.
    const fn held(&self) -> Target {
        let [(_, held), ..] = self.held_from;
        held
    }

    /// What was held when frame `number` was due.
    fn held_at(&self, number: u16) -> Target {
        let then = self.held_from.iter().find(|(since, _)| distance(number, *since) >= 0);
        let oldest = || self.held_from.last();
        then.or_else(oldest).map_or(self.held(), |(_, held)| *held)
    }

    /// Takes the part that is wanted, if the stream lets a decoder go on with it here; until then what is held goes on,
    /// no smoother than it may be.
    fn choose(&mut self, frame: &Frame, time: RtpTime, offered: Targets, limit: Target) {
        let held = self.held();
        let Some(want) = offered.best(limit).filter(|want| *want != held) else {
            self.blocked = false;
            return;
        };
        // The end of a picture is marked by the part that it was begun with.
        let begun = self.picture == Some(time);
        if frame.switches.has(want) && !(begun && want.spatial != held.spatial) {
            // Whether a missing frame of another part will go out is not known.
            self.blocked = !self.reaches(frame, false);
            if !self.blocked {
                return self.hold(frame, want);
            }
        }
        // Less smooth is a part of what is held: a decoder can go on with it from any picture.
        let limit = Target { spatial: held.spatial, temporal: limit.temporal };
        let less =
            |target: &Target| target.spatial == held.spatial && target.temporal < held.temporal;
        if let Some(less) = offered.best(limit).filter(less).filter(|_| !begun) {
            self.hold(frame, less);
        }
    }

    /// Holds `part` from the picture of `frame` on.
    fn hold(&mut self, frame: &Frame, part: Target) {
        self.held_from.rotate_right(1);
        let [newest, ..] = &mut self.held_from;
        // The smaller frames of this picture, which may be late, have the numbers before.
        *newest = (frame.number.wrapping_sub(frame.spatial.into()), part);
    }

    /// Has everything that `frame` needs been sent? What is missing counts as `missing`.
    fn reaches(&self, frame: &Frame, missing: bool) -> bool {
        needs(frame).all(|need| {
            let near = distance(self.highest, need) < i32::from(WINDOW);
            let had = if self.decided.has(need) { self.sent.has(need) } else { missing };
            near && distance(need, self.first) >= 0 && had
        })
    }

    /// Forgets the frames whose places are needed.
    fn advance(&mut self, to: u16) {
        let steps = distance(to, self.highest).min(i32::from(WINDOW));
        (0..steps as u16).for_each(|back| self.decided.set(to.wrapping_sub(back), false));
        self.highest = to;
        if distance(to, self.first) > 4 * i32::from(WINDOW) {
            self.first = to.wrapping_sub(WINDOW);
            // What is older than the window is as old as the window.
            let oldest = self.first;
            let all = self.held_from.iter_mut();
            all.filter(|held| distance(held.0, oldest) < 0).for_each(|held| held.0 = oldest);
        }
    }

    fn settle(&mut self, number: u16, goes: bool) {
        self.decided.set(number, true);
        self.sent.set(number, goes);
    }

    fn settle_open(&mut self, number: u16) {
        if !self.decided.has(number) {
            self.settle(number, true);
        }
    }
}

/// From `b` to `a`, by the short way.
const fn distance(a: u16, b: u16) -> i32 {
    a.wrapping_sub(b).cast_signed() as i32
}

/// The numbers of the frames that `frame` is decoded from.
fn needs(frame: &Frame) -> impl Iterator<Item = u16> + '_ {
    let named = frame.needs.iter().filter(|distance| **distance > 0);
    named.map(|distance| frame.number.wrapping_sub(*distance))
}
