//! Which pictures of a stream that tells no more than their temporal layer (VP8) go to one listener.
//!
//! A picture is decoded from none of a higher layer: what is above a layer can be left out from any picture on, and
//! nobody misses it. To go up takes a picture that is decoded from layer 0 alone (layer sync, RFC 7741 §4.2), one layer
//! at a time. Receivers read a missing picture id as a lost picture, so ids close up over what is left out.

use media::Temporal;

/// Pictures whose fate is remembered: 4 s, the oldest repair comes sooner.
const WINDOW: usize = 128;

/// What holds for one picture.
#[derive(Clone, Copy, Debug)]
struct Ruling {
    /// The best layer that goes out.
    held: u8,
    /// So many pictures before it were left out.
    left_out: u16,
}

/// The temporal layers that one listener has.
#[derive(Debug)]
pub(crate) struct TemporalFilter {
    held: u8,
    left_out: u16,
    /// The newest picture's id, 15 bits.
    newest: u16,
    /// By picture id, modulo [`WINDOW`].
    rulings: [Ruling; WINDOW],
}

impl TemporalFilter {
    /// Begins with picture `id`, which needs none before it or follows those that all went out.
    pub(crate) const fn start(id: u16, limit: u8) -> Self {
        let rulings = [Ruling { held: limit, left_out: 0 }; WINDOW];
        Self { held: limit, left_out: 0, newest: id, rulings }
    }

    /// How many pictures were left out before picture `id`; `None` if it is left out itself.
    pub(crate) fn decide(&mut self, id: u16, temporal: Temporal, limit: u8) -> Option<u16> {
        let ahead = distance(id, self.newest);
        if ahead > 0 {
            self.advance(ahead.unsigned_abs(), temporal, limit);
        } else if ahead.unsigned_abs() as usize >= WINDOW {
            return None;
        }
        let ruling = self.rulings.get(usize::from(id) % WINDOW)?;
        (temporal.layer <= ruling.held).then_some(ruling.left_out)
    }

    /// Rules on the picture that is `ahead` of the newest, and on those between, which are missing as yet.
    fn advance(&mut self, ahead: u16, temporal: Temporal, limit: u8) {
        self.held = self.held.min(limit);
        let newest = self.newest.wrapping_add(ahead) & 0x7fff;
        for back in (1..ahead).take(WINDOW) {
            self.rule(newest.wrapping_sub(back));
        }
        let next = self.held.saturating_add(1);
        if temporal.sync && temporal.layer == next && next <= limit {
            self.held = next;
        }
        self.rule(newest);
        self.newest = newest;
        self.left_out = self.left_out.wrapping_add(u16::from(temporal.layer > self.held));
    }

    fn rule(&mut self, id: u16) {
        let Self { held, left_out, .. } = *self;
        let place = usize::from(id & 0x7fff) % WINDOW;
        self.rulings
            .get_mut(place)
            .into_iter()
            .for_each(|ruling| *ruling = Ruling { held, left_out });
    }
}

/// From picture id `b` to `a` by the short way.
const fn distance(a: u16, b: u16) -> i16 {
    // Shifted up, 15 bits wrap as 16 do.
    (a.wrapping_sub(b) << 1).cast_signed() >> 1
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    const fn of(layer: u8, sync: bool) -> Temporal {
        Temporal { layer, sync }
    }

    /// What becomes of a period of T0 T2 T1 T2, and of one in which nothing syncs, from picture `id` on.
    fn period(filter: &mut TemporalFilter, id: u16, limit: u8) -> Vec<Option<u16>> {
        let layers = [(0, false), (2, true), (1, true), (2, false)];
        let later = [(0, false), (2, false), (1, false), (2, false)];
        let all = (id..).zip(layers.into_iter().chain(later));
        all.map(|(id, (layer, sync))| filter.decide(id & 0x7fff, of(layer, sync), limit)).collect()
    }

    #[test]
    fn what_is_above_the_limit_is_left_out_at_once_and_ids_close_up() {
        let mut it = TemporalFilter::start(0x7ffc, u8::MAX);
        assert_eq!(period(&mut it, 0x7ffc, u8::MAX), [Some(0); 8]);
        let halved = [Some(0), None, Some(1), None, Some(2), None, Some(3), None];
        assert_eq!(period(&mut it, 4, 1), halved);
        let base = [Some(4), None, None, None, Some(7), None, None, None];
        assert_eq!(period(&mut it, 12, 0), base);
    }

    #[test]
    fn a_layer_is_gone_up_to_where_it_is_decoded_from_layer_0_alone() {
        let mut it = TemporalFilter::start(0, 0);
        period(&mut it, 0, 0);
        let climbs = [Some(6), None, Some(7), None, Some(8), None, Some(9), None];
        assert_eq!(period(&mut it, 8, 2), climbs, "T1 syncs after T2 does");
        assert_eq!(period(&mut it, 16, 2), [Some(10); 8]);
    }

    #[test]
    fn packets_of_one_picture_share_its_fate_and_late_ones_that_of_their_time() {
        let mut it = TemporalFilter::start(0, 2);
        assert_eq!(it.decide(0, of(0, false), 2), Some(0));
        assert_eq!(it.decide(1, of(2, true), 2), Some(0));
        assert_eq!(it.decide(3, of(2, false), 1), None, "2 is missing");
        assert_eq!(it.decide(1, of(2, true), 1), Some(0), "it was begun when it went out");
        assert_eq!(it.decide(4, of(0, false), 1), Some(1));
        assert_eq!(it.decide(2, of(1, true), 1), Some(0));
        assert_eq!(it.decide(3, of(2, false), 2), None);
        assert_eq!(it.decide(4 + 0x7fff - 128, of(0, false), 2), None, "older than is remembered");
    }
}
