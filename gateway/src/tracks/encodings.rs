//! Which encoding of a picture is the larger one, by what is sent and not by what it is called.
//!
//! Clients name their encodings as they like and list them in any order. The size that a keyframe says
//! decides; of two whose sizes are the same or cannot be read, the bytes that come in two seconds.

use std::time::{Duration, Instant};

use media::Layer;
use transport::payload::{CodecKind, size};

/// Bytes are counted for so long.
const WINDOW: Duration = Duration::from_secs(2);
/// A layer of fewer bytes in that time rests, or has just begun: they say nothing of its size.
const BYTES_MIN: u64 = 4_000;
/// So many times the bytes of another are clearly more: pictures of one size differ by what they show.
const CLEARLY: u64 = 2;

/// What is known of one encoding.
#[derive(Clone, Copy, Debug, Default)]
struct Encoding {
    pixels: Option<u32>,
    bytes: u64,
}

/// The encodings of one track.
#[derive(Debug)]
pub(crate) struct Encodings {
    list: Vec<Encoding>,
    /// The layers, smallest first.
    order: Vec<Layer>,
    counts_since: Option<Instant>,
}

impl Encodings {
    /// `count` layers, which are taken to be in order until they show what they are.
    pub(crate) fn of(count: usize) -> Self {
        let order = (0..=u8::MAX).take(count).map(Layer).collect();
        Self { list: vec![Encoding::default(); count], order, counts_since: None }
    }

    /// Takes note of a packet of a layer; the layers in their new order, smallest first, if that has changed.
    pub(crate) fn note(
        &mut self,
        now: Instant,
        layer: usize,
        codec: CodecKind,
        payload: &[u8],
    ) -> Option<Vec<Layer>> {
        if self.list.len() < 2 {
            return None;
        }
        let encoding = self.list.get_mut(layer)?;
        encoding.bytes += payload.len() as u64;
        let pixels =
            size(codec, payload).map(|(width, height)| u32::from(width) * u32::from(height));
        let resized = pixels.is_some() && encoding.pixels != pixels;
        encoding.pixels = pixels.or(encoding.pixels);
        let since = *self.counts_since.get_or_insert(now);
        let counted = now.saturating_duration_since(since) >= WINDOW;
        let changed = (resized || counted) && self.sort(counted);
        if counted {
            self.counts_since = Some(now);
            self.list.iter_mut().for_each(|encoding| encoding.bytes = 0);
        }
        changed.then(|| self.order.clone())
    }

    /// Puts the smaller encoding before the larger one wherever that is clear; returns whether anything moved. Bytes
    /// are compared only when they were `counted` to the end.
    fn sort(&mut self, counted: bool) -> bool {
        let before = self.order.clone();
        let count = before.len();
        let of = |layer: Option<&Layer>| self.list.get(usize::from(layer?.0)).copied();
        let pairs = (0..count).flat_map(|low| (low + 1..count).map(move |high| (low, high)));
        for (low, high) in (0..count).flat_map(|_| pairs.clone()) {
            let pair = of(self.order.get(low)).zip(of(self.order.get(high)));
            if pair.is_some_and(|(below, above)| below.exceeds(&above, counted)) {
                self.order.swap(low, high);
            }
        }
        self.order != before
    }
}

impl Encoding {
    /// Whether this is clearly the larger picture.
    fn exceeds(&self, other: &Self, counted: bool) -> bool {
        match (self.pixels, other.pixels) {
            (Some(own), Some(other)) if own != other => own > other,
            _ => counted && other.bytes >= BYTES_MIN && self.bytes / CLEARLY > other.bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A packet of VP8 of `bytes`; a keyframe of that size, if there is one.
    fn packet(size: Option<(u16, u16)>, bytes: usize) -> Vec<u8> {
        let mut packet = vec![0x10, 0x11, 0, 0];
        if let Some((width, height)) = size {
            packet = vec![0x10, 0x10, 0, 0, 0x9d, 1, 0x2a];
            packet.extend([width, height].map(u16::to_le_bytes).concat());
        }
        packet.resize(bytes.max(packet.len() + 1), 0);
        packet
    }

    fn order(layers: &[u8]) -> Option<Vec<Layer>> {
        Some(layers.iter().copied().map(Layer).collect())
    }

    #[test]
    fn sizes_order_the_layers_as_they_become_known() {
        let (now, mut three) = (crate::clock::now(), Encodings::of(3));
        let mut key = |layer, width| {
            let packet = packet(Some((width, 9 * width / 16)), 1_000);
            three.note(now, layer, CodecKind::Vp8, &packet)
        };
        assert_eq!(key(0, 1_280), None, "alone it has no place to go to");
        assert_eq!(key(2, 320), order(&[2, 1, 0]));
        assert_eq!(key(1, 640), None, "late, and in its place");
        assert_eq!(key(0, 160), order(&[0, 2, 1]), "another size");
        assert_eq!(key(0, 160), None);
    }

    #[test]
    fn any_order_of_the_offer_becomes_that_of_the_sizes() {
        for sizes in [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]] {
            let (now, mut three) = (crate::clock::now(), Encodings::of(3));
            for (layer, size) in sizes.into_iter().enumerate() {
                let packet = packet(Some((size * 160, size * 90)), 900);
                three.note(now, layer, CodecKind::Vp8, &packet);
            }
            let sorted: Vec<u16> = three.order.iter().map(|it| sizes[usize::from(it.0)]).collect();
            assert_eq!(sorted, [1, 2, 3]);
        }
    }

    #[test]
    fn of_the_same_size_the_one_with_clearly_more_bytes_is_above() {
        let (start, mut two) = (crate::clock::now(), Encodings::of(2));
        let mut changed = vec![];
        for step in 0..50u64 {
            let now = start + Duration::from_millis(step * 50);
            let key = (step == 0).then_some((640, 360));
            changed.extend(two.note(now, 0, CodecKind::Vp8, &packet(key, 1_000)));
            changed.extend(two.note(now, 1, CodecKind::Vp8, &packet(key, 300)));
        }
        assert_eq!(Some(changed), Some(vec![order(&[1, 0]).unwrap()]));
        // What is a little more is not more.
        for step in 50..200u64 {
            let now = start + Duration::from_millis(step * 50);
            assert_eq!(two.note(now, 0, CodecKind::Vp8, &packet(None, 500)), None);
            assert_eq!(two.note(now, 1, CodecKind::Vp8, &packet(None, 900)), None);
        }
    }

    #[test]
    fn a_layer_that_rests_is_no_smaller_for_it() {
        let (start, mut two) = (crate::clock::now(), Encodings::of(2));
        for step in 0..200u64 {
            let now = start + Duration::from_millis(step * 50);
            assert_eq!(two.note(now, 0, CodecKind::Av1, &[9; 900]), None);
        }
    }
}
