use super::timed::Timed;
use crate::timeline::{Frame, Us, frames};
use alloc::vec::Vec;
use core::ops::Range;

/// A picture that shows nothing new for so long while others of the same seat do has stopped.
const STOPPED_US: Us = 2_000_000;
/// The last frame of a piece is seen for so long.
const SEEN_US: Us = 100_000;
/// A picture that goes on within this time is waited for; else another takes its place.
const WAITED_US: Us = 1_000_000;
/// Spans without a picture that are shorter are none.
const BLINK_US: Us = 250_000;

/// Frames of one stream that follow each other, from a key frame on or from where it goes on after it
/// stood still.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Piece {
    /// From when it is seen.
    pub(super) from_us: Us,
    /// Until when.
    pub(super) to_us: Us,
    /// Whether decoding can begin with it; else it follows the piece before it in its stream.
    key: bool,
    /// Pixels, then layer: more is better.
    rank: (u32, u8),
    /// Indices into the stream's frames.
    pub(super) frames: Range<usize>,
}

impl Piece {
    /// It is seen until then, or until it stood still.
    fn end(&mut self, at_us: Us, stood: Option<Us>) {
        self.to_us = at_us.min(stood.unwrap_or(at_us)).max(self.from_us + 1);
    }
}

/// One stream of a seat, cut into pieces.
#[derive(Debug, Default)]
pub(super) struct Strip {
    pub(super) frames: Vec<Frame>,
    pub(super) pieces: Vec<Piece>,
    /// When it was sent.
    sent: Vec<(Us, Us)>,
    /// When it stood still for loss.
    frozen: Vec<(Us, Us)>,
}

impl Strip {
    pub(super) fn of(layer: u8, timed: &Timed) -> Self {
        let found = frames(&timed.entries, &timed.captured_us);
        let at = |it: &Frame| timed.captured_us.get(it.packets.start).copied().unwrap_or_default();
        let mut strip = Self { sent: sent(&timed.captured_us), ..Self::default() };
        let mut rank = (u32::from(layer), layer);
        let mut frozen = found.frozen.iter().peekable();
        let mut latest = Us::MIN;
        for (index, frame) in found.frames.iter().enumerate() {
            let at_us = at(frame);
            let mut stood = None;
            while let Some(span) = frozen.next_if(|it| it.0 < at_us) {
                stood.get_or_insert(span.0);
            }
            if let Some((width, height)) = frame.size {
                rank = (u32::from(width) * u32::from(height), layer);
            }
            let stopped = at_us.saturating_sub(latest) > STOPPED_US;
            let cut = frame.key || stood.is_some() || stopped;
            if cut {
                let end = if stopped { latest.saturating_add(SEEN_US) } else { at_us };
                if let Some(last) = strip.pieces.last_mut() {
                    last.end(end, stood);
                }
                let (from_us, to_us) = (at_us.max(latest), at_us);
                let frames = index..index + 1;
                strip.pieces.push(Piece { from_us, to_us, key: frame.key, rank, frames });
            } else if let Some(last) = strip.pieces.last_mut() {
                last.frames.end = index + 1;
            }
            latest = latest.max(at_us);
        }
        if let Some(last) = strip.pieces.last_mut() {
            last.end(latest + SEEN_US, frozen.next().map(|it| it.0));
        }
        strip.frames = found.frames;
        strip.frozen = found.frozen;
        strip
    }

    /// A stream that cannot be shown.
    pub(super) fn unseen(timed: &Timed) -> Self {
        Self { sent: sent(&timed.captured_us), ..Self::default() }
    }

    fn covers(&self, at_us: Us) -> Option<(usize, &Piece)> {
        let index = self.pieces.partition_point(|it| it.from_us <= at_us).checked_sub(1)?;
        self.pieces.get(index).filter(|it| at_us < it.to_us).map(|it| (index, it))
    }

    fn begins_after(&self, at_us: Us) -> impl Iterator<Item = &Piece> {
        let next = self.pieces.partition_point(|it| it.from_us <= at_us);
        self.pieces.get(next..).unwrap_or_default().iter()
    }
}

/// Spans of arrival, without those that nothing came in.
fn sent(captured_us: &[Us]) -> Vec<(Us, Us)> {
    let mut sent: Vec<(Us, Us)> = Vec::new();
    for at_us in captured_us {
        match sent.last_mut() {
            Some(last) if at_us - last.1 <= STOPPED_US => last.1 = last.1.max(*at_us),
            _ => sent.push((*at_us, *at_us)),
        }
    }
    sent
}

/// A piece that is shown, and until when.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Use {
    pub(super) strip: usize,
    pub(super) piece: usize,
    pub(super) from_us: Us,
    pub(super) to_us: Us,
}

/// What is shown of a seat, in order of time: at every moment the best that is there. A stream is
/// gone over to at a key frame: at one before the moment from which it is needed, so that the
/// picture does not stand still meanwhile.
pub(super) fn choose(strips: &[Strip]) -> Vec<Use> {
    let mut uses: Vec<Use> = Vec::new();
    let keys = strips.iter().flat_map(|it| it.pieces.iter().find(|it| it.key));
    let Some(mut now) = keys.map(|it| it.from_us).min() else { return uses };
    loop {
        let last = uses.last().copied();
        let follows = |strip: usize, piece: usize| {
            let own = last.filter(|it| (it.strip, it.piece + 1) == (strip, piece));
            let whole = |it: &Use| {
                let piece = strips.get(it.strip).and_then(|strip| strip.pieces.get(it.piece));
                piece.is_some_and(|piece| piece.to_us == it.to_us)
            };
            own.is_some_and(|it| whole(&it))
        };
        let usable = |strip: usize, index: usize, it: &Piece| it.key || follows(strip, index);
        let there = strips.iter().enumerate().filter_map(|(strip, it)| {
            let (index, piece) = it.covers(now)?;
            usable(strip, index, piece).then_some((strip, index, piece))
        });
        let own = |strip: usize| last.is_some_and(|it| it.strip == strip);
        let best = there.max_by_key(|(strip, _, it)| (it.rank, own(*strip), it.from_us));
        // What the stream that was shown last goes on with.
        let next = last.and_then(|it| strips.get(it.strip)?.pieces.get(it.piece + 1));
        let next_us = next.map(|it| it.from_us).filter(|it| *it > now);
        let Some((strip, piece, it)) = best else {
            let keys = strips.iter().flat_map(|it| it.begins_after(now).find(|it| it.key));
            let goes_on = next.filter(|it| it.key || it.from_us > now).and(next_us);
            match keys.map(|it| it.from_us).chain(goes_on).min() {
                Some(later) => now = later,
                None => return uses,
            }
            continue;
        };
        if !own(strip)
            && it.from_us < now
            && let Some(next_us) = next_us.filter(|it| it - now < WAITED_US)
        {
            now = next_us;
            continue;
        }
        while let Some(last) = uses.last_mut() {
            if last.from_us < it.from_us {
                last.to_us = last.to_us.min(it.from_us);
                break;
            }
            uses.pop();
        }
        let better = strips.iter().flat_map(|strip| {
            let within = strip.begins_after(now).take_while(|other| other.from_us < it.to_us);
            within.filter(|other| other.key && other.rank > it.rank).map(|it| it.from_us).next()
        });
        let to_us = better.min().unwrap_or(it.to_us);
        uses.push(Use { strip, piece, from_us: it.from_us, to_us });
        now = to_us;
    }
}

/// The spans in which something was sent of a seat and nothing of it is shown.
pub(super) fn lacking(strips: &[Strip], uses: &[Use]) -> Vec<(Us, Us)> {
    let mut sent: Vec<(Us, Us)> =
        strips.iter().flat_map(|it| it.sent.iter().chain(&it.frozen)).copied().collect();
    sent.sort_unstable();
    let mut shown = uses.iter().peekable();
    let (mut lacking, mut upto) = (Vec::new(), Us::MIN);
    for (from, to) in sent {
        let mut from = from.max(upto);
        upto = upto.max(to);
        while from < to {
            while shown.next_if(|it| it.to_us <= from).is_some() {}
            let (next, end) = shown.peek().map_or((to, to), |it| (it.from_us, it.to_us));
            if next - from >= BLINK_US || next >= to && to - from >= BLINK_US {
                lacking.push((from, next.min(to)));
            }
            from = end.max(from + 1).max(next.min(to));
        }
    }
    lacking
}
