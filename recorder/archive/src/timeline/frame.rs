use super::Us;
use super::stream::Entry;
use alloc::vec::Vec;
use core::ops::Range;

/// One whole coded picture.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Frame {
    /// Its packets: indices into the stream's entries.
    pub packets: Range<usize>,
    /// Whether decoding can begin with it.
    pub key: bool,
    /// Width and height in pixels, if it says them.
    pub size: Option<(u16, u16)>,
}

/// The frames of a stream that a decoder can show.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Frames {
    /// In order; the first is a key frame.
    pub frames: Vec<Frame>,
    /// Spans without a right picture: from a lost frame to the next key frame.
    pub frozen: Vec<(Us, Us)>,
}

/// The longest that a picture stands still for want of a key frame; then it goes on, with faults.
const FREEZE_US: Us = 3_000_000;
/// What is lost is missed from so long after the last frame before it.
const STEP_US: Us = 100_000;

/// Joins packets in order of sending to whole frames. What comes before the first key frame is
/// left out. After a frame that is not whole the picture stands until the next key frame, as it did
/// for those who watched live, unless no other frame needed the lost one or [`FREEZE_US`] pass.
/// `captured_us` says when each packet was captured.
#[must_use]
pub fn frames(entries: &[Entry], captured_us: &[Us]) -> Frames {
    let at_us = |it: usize| captured_us.get(it).copied().unwrap_or_default();
    let mut out = Frames::default();
    let mut frozen_at: Option<Us> = None;
    let mut before: Option<&Entry> = None;
    let (mut start, mut last_us): (usize, Us) = (0, 0);
    for group in entries.chunk_by(|a, b| a.ts == b.ts) {
        let end = start + group.len();
        let frame = join(start..end, group, before, entries.get(end));
        let key = frame.as_ref().is_some_and(|it| it.key);
        let first_us = at_us(start);
        start = end;
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        // A hole right after the torn tail of a frame that nobody needs is that tail.
        let needed = |it: &&Entry| it.marker || !it.part.droppable;
        let hole = before.filter(needed).is_some_and(|it| it.seq + 1 != first.seq);
        let lost_us = if hole { first_us.min(last_us.saturating_add(STEP_US)) } else { first_us };
        last_us = at_us(end - 1);
        before = Some(last);
        let padding = group.iter().all(|it| it.payload.len == 0);
        if padding && !hole || out.frames.is_empty() && !key {
            continue;
        }
        let droppable = group.iter().any(|it| it.part.droppable);
        if (hole || frame.is_none() && !droppable) && !out.frames.is_empty() {
            frozen_at.get_or_insert(lost_us);
        }
        if let Some(since) = frozen_at
            && (key || first_us.saturating_sub(since) > FREEZE_US)
        {
            if since < first_us {
                out.frozen.push((since, first_us));
            }
            frozen_at = None;
        }
        if frozen_at.is_none() {
            out.frames.extend(frame);
        }
    }
    if let (Some(since), Some(last_us)) = (frozen_at, captured_us.last()) {
        out.frozen.push((since, *last_us));
    }
    out
}

fn join(
    packets: Range<usize>,
    group: &[Entry],
    before: Option<&Entry>,
    after: Option<&Entry>,
) -> Option<Frame> {
    let (first, last) = (group.first()?, group.last()?);
    let begins = first.part.begins || before.is_none_or(|it| it.seq + 1 == first.seq);
    let ends = last.marker || after.is_some_and(|it| it.seq == last.seq + 1);
    let unbroken = group.windows(2).all(|pair| match pair {
        [a, b] => a.seq + 1 == b.seq,
        _ => true,
    });
    let full = group.iter().any(|it| it.payload.len > 0);
    (begins && ends && unbroken && full).then(|| Frame {
        packets,
        key: group.iter().any(|it| it.part.key),
        size: group.iter().find_map(|it| it.part.size),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::{Extent, Part};

    /// A frame every 100 ms of two packets, a key frame at each of `keys`.
    fn film(count: i64, keys: &[i64]) -> Vec<Entry> {
        let half = |frame: i64, second: bool| Entry {
            seq: frame * 2 + i64::from(second),
            ts: u32::try_from(frame * 9_000).unwrap(),
            at_us: frame * 100_000,
            payload: Extent { len: 10, ..Extent::default() },
            packet: Extent::default(),
            marker: second,
            part: Part {
                begins: !second,
                key: !second && keys.contains(&frame),
                ..Part::default()
            },
        };
        (0..count).flat_map(|it| [half(it, false), half(it, true)]).collect()
    }

    fn shown(entries: &[Entry]) -> (Vec<i64>, Vec<(Us, Us)>) {
        let captured: Vec<Us> = entries.iter().map(|it| it.at_us).collect();
        let found = frames(entries, &captured);
        let at = |it: &Frame| i64::from(entries[it.packets.start].ts / 9_000);
        let starts = found.frames.iter().map(at).collect();
        (starts, found.frozen)
    }

    #[test]
    fn it_begins_at_the_first_key_frame() {
        let (starts, frozen) = shown(&film(6, &[2]));
        assert_eq!(starts, [2, 3, 4, 5]);
        assert_eq!(frozen, []);
    }

    #[test]
    fn a_torn_frame_freezes_the_picture_to_the_next_key_frame() {
        let mut film = film(10, &[0, 6]);
        film.remove(7);
        let (starts, frozen) = shown(&film);
        assert_eq!(starts, [0, 1, 2, 6, 7, 8, 9]);
        assert_eq!(frozen, [(300_000, 600_000)]);
    }

    #[test]
    fn a_frame_lost_as_a_whole_freezes_too() {
        let mut film = film(10, &[0, 6]);
        film.drain(6..8);
        let (starts, frozen) = shown(&film);
        assert_eq!(starts, [0, 1, 2, 6, 7, 8, 9]);
        assert_eq!(frozen, [(300_000, 600_000)]);
        film.drain(4..8);
        assert_eq!(shown(&film).1, [(200_000, 600_000)]);
    }

    #[test]
    fn a_freeze_has_an_end_without_a_key_frame() {
        let mut film = film(60, &[0]);
        film.remove(3);
        let (starts, frozen) = shown(&film);
        assert_eq!(starts[..2], [0, 32]);
        assert_eq!(frozen, [(100_000, 3_200_000)]);
    }

    #[test]
    fn a_torn_frame_that_nobody_needs_is_left_out_alone() {
        let mut film = film(6, &[0]);
        film[6].part.droppable = true;
        film[7].part.droppable = true;
        film.remove(7);
        assert_eq!(shown(&film), (Vec::from([0, 1, 2, 4, 5]), Vec::new()));
    }

    #[test]
    fn padding_between_frames_is_no_frame() {
        let mut film = film(4, &[0]);
        for it in &mut film[4..6] {
            it.payload.len = 0;
            it.marker = false;
        }
        assert_eq!(shown(&film), (Vec::from([0, 1, 3]), Vec::new()));
    }
}
