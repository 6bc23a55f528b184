//! RTP headers, their extensions, and the sealing of packets.

use media::{Layer, Picture, RtpTime};
use sfu::{Cut, Forward, ListenerId, Source, TrackId};
use transport::payload::{Counters, red};
use transport::sdp::SectionName;
use transport::srtp::{OVERHEAD, Sender};

use super::copies::Copies;
use super::send_queue::SendQueue;
use crate::ring::Stored;

/// A fixed RTP header (RFC 3550 §5.1).
const HEADER: usize = 12;
/// The largest extension block: values of 255, 2 and 16 bytes, each with its name, filled up to whole words.
const EXTENSIONS_MAX: usize = 284;

/// A header extension: the listener's number for it, 0 if it takes none, and what it says.
#[derive(Clone, Copy, Debug)]
pub(super) enum Extension<'a> {
    /// The dependency descriptor of the packet, its frame numbers moved on by so many; left out where it is empty.
    Dependency(u8, &'a [u8], u16),
    /// The number of the packet among all of the connection that carry one.
    TransportCc(u8, u16),
    /// The section that the packet belongs to.
    Section(SectionName),
}

impl Extension<'_> {
    const fn id(&self) -> u8 {
        match self {
            Self::Dependency(id, ..) | Self::TransportCc(id, _) => *id,
            Self::Section(section) => section.number(),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Dependency(_, value, _) => value.len(),
            Self::TransportCc(..) => 2,
            Self::Section(section) => section.name().len(),
        }
    }

    fn said(&self) -> bool {
        self.id() != 0 && self.len() > 0
    }

    /// Writes the value into a place of its length.
    fn write(&self, place: &mut [u8]) {
        match self {
            Self::Dependency(_, value, shift) => {
                place.copy_from_slice(value);
                transport::dependency::shift(place, *shift);
            }
            Self::TransportCc(_, number) => place.copy_from_slice(&number.to_be_bytes()),
            Self::Section(section) => place.copy_from_slice(section.name()),
        }
    }
}

/// The extension block (RFC 8285), in the one-byte form where all of it fits: length written, 0 where there is nothing
/// to say.
fn extensions(out: &mut [u8], list: &[Extension<'_>]) -> Option<usize> {
    let said = || list.iter().filter(|extension| extension.said());
    let short = said().all(|extension| extension.len() <= 16 && extension.id() < 15);
    let name = if short { 1 } else { 2 };
    let used: usize = said().map(|extension| name + extension.len()).sum();
    if used == 0 {
        return Some(0);
    }
    let words = used.div_ceil(4);
    let (profile, words_be) = (if short { 0xbede_u16 } else { 0x1000 }, u16::try_from(words).ok()?);
    let (head, rest) = out.get_mut(..4 + 4 * words)?.split_at_mut_checked(4)?;
    head.copy_from_slice(&(u32::from(profile) << 16 | u32::from(words_be)).to_be_bytes());
    let mut rest = rest;
    for extension in said() {
        let len = u8::try_from(extension.len()).ok()?;
        let (naming, after) = rest.split_at_mut_checked(name)?;
        match naming {
            [one] => *one = extension.id() << 4 | (len - 1),
            [number, length] => (*number, *length) = (extension.id(), len),
            _ => {}
        }
        let (value, after) = after.split_at_mut_checked(extension.len())?;
        extension.write(value);
        rest = after;
    }
    rest.fill(0);
    Some(4 + 4 * words)
}

/// What the core does not decide of a packet's header.
#[derive(Debug)]
pub(super) struct HeaderFields<'a, const N: usize> {
    pub(super) payload_type: u8,
    /// Copies of packets before it, and the payload type of the blocks that they and the packet are then.
    pub(super) copies: (Copies<'a>, u8),
    pub(super) ssrc: u32,
    /// Rollover counter and sequence number as one counter.
    pub(super) index: u64,
    /// RFC 4588 §4: the sequence number that is sent again, before the payload.
    pub(super) original: Option<u16>,
    pub(super) extensions: [Extension<'a>; N],
}

/// A packet as the core wants it to go out.
pub(super) const fn cut(stored: Stored<'_>, how: Cut) -> Stored<'_> {
    let (time, counters) = (stored.time, Counters::NONE);
    match how {
        Cut::AsItCame => stored,
        Cut::EndsPicture => Stored { marker: true, ..stored },
        // One byte of padding, which counts itself.
        Cut::Filler => Stored { time, marker: false, counters, payload: &[1], dependency: &[] },
    }
}

/// Bytes of padding in one packet: the most that one byte can count (RFC 3550 §5.1).
const PADDING: [u8; 255] = {
    let mut bytes = [0; 255];
    bytes[254] = 255;
    bytes
};

/// Writes and seals a packet of padding alone.
pub(super) fn pad<const N: usize>(
    send_queue: &mut SendQueue,
    sender: &mut Sender,
    head: &HeaderFields<'_, N>,
) -> Option<usize> {
    let (time, picture, cut) = (RtpTime(0), Picture::default(), Cut::Filler);
    let source = Source { track: TrackId(0), layer: Layer(0), seq: 0 };
    let (listener, slot, number) = (ListenerId(0), 0, head.index);
    let forward = Forward { listener, slot, source, number, time, picture, cut };
    let (counters, marker) = (Counters::NONE, false);
    let stored = Stored { time, marker, counters, payload: &PADDING, dependency: &[] };
    seal(send_queue, sender, head, &forward, stored)
}

/// Writes and seals a packet into the free space of `send_queue`; the answer is its length.
#[inline]
pub(super) fn seal<const N: usize>(
    send_queue: &mut SendQueue,
    sender: &mut Sender,
    head: &HeaderFields<'_, N>,
    forward: &Forward,
    stored: Stored<'_>,
) -> Option<usize> {
    let (copies, blocks) = &head.copies;
    let payload_len = match copies.is_empty() {
        true => stored.payload.len(),
        false => copies.length(stored.payload.len()),
    };
    let most = HEADER + EXTENSIONS_MAX + 2 + payload_len;
    let space = send_queue.space(most + OVERHEAD);
    let (header, rest) = space.split_first_chunk_mut::<HEADER>()?;
    let extended = extensions(rest, &head.extensions)?;
    let rest = rest.get_mut(extended..)?;
    let header_len = HEADER + extended;
    let len = header_len + if head.original.is_some() { 2 } else { 0 } + payload_len;
    let [seq_high, seq_low] = (head.index as u16).to_be_bytes();
    let [t0, t1, t2, t3] = forward.time.0.to_be_bytes();
    let [s0, s1, s2, s3] = head.ssrc.to_be_bytes();
    let kind = head.payload_type | u8::from(stored.marker) << 7;
    let padded = if forward.cut == Cut::Filler { 0x20 } else { 0 };
    let first = if extended > 0 { 0x90 } else { 0x80 } | padded;
    *header = [first, kind, seq_high, seq_low, t0, t1, t2, t3, s0, s1, s2, s3];
    let payload = match head.original {
        Some(number) => {
            let (place, payload) = rest.split_first_chunk_mut::<2>()?;
            *place = number.to_be_bytes();
            payload
        }
        None => rest,
    };
    let payload = payload.get_mut(..payload_len)?;
    match copies.is_empty() {
        true => payload.copy_from_slice(stored.payload),
        false => red::write(payload, *blocks, copies.iter(), stored.payload)?,
    }
    stored.counters.shift(payload, (forward.picture.id, forward.picture.tl0));
    let sealed = sender.seal_rtp(space, len, header_len, head.ssrc, head.index);
    (sealed > 0).then_some(sealed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use transport::rtp::Header;
    use transport::sdp::{self, Tells, Written};

    /// A packet of a header, a block of these extensions and a byte of payload.
    fn packet(list: &[Extension<'_>]) -> Vec<u8> {
        let mut block = [0xff; EXTENSIONS_MAX];
        let len = extensions(&mut block, list).unwrap();
        let first = if len > 0 { 0x90 } else { 0x80 };
        let fixed = [first, 96, 0, 7, 0, 0, 0, 1, 0, 0, 0, 2];
        [&fixed[..], &block[..len], &[7]].concat()
    }

    proptest! {
        #[test]
        fn what_is_said_is_read_and_nothing_else(
            values in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..4),
            start in 1u8..20,
        ) {
            let list: Vec<_> = (start..)
                .zip(&values)
                .map(|(id, value)| Extension::Dependency(id, value, 0))
                .collect();
            let packet = packet(&list);
            let header = Header::parse(&packet).unwrap();
            prop_assert_eq!(header.len, packet.len() - 1);
            for (id, value) in (start..).zip(&values) {
                let said = Some(&value[..]).filter(|it| !it.is_empty());
                prop_assert_eq!(header.extension(&packet, id), said);
            }
            prop_assert_eq!(header.extension(&packet, start + 4), None);
            let empty = values.iter().all(Vec::is_empty);
            prop_assert_eq!(header.len == HEADER, empty, "nothing is added where nothing is said");
        }
    }

    #[test]
    fn the_short_form_is_taken_where_all_of_it_fits() {
        let long = [1; 17];
        let form = |list: &[Extension<'_>]| packet(list).get(12..14).unwrap().to_vec();
        assert_eq!(form(&[Extension::Dependency(14, &[1; 16], 0)]), [0xbe, 0xde]);
        for list in [
            [Extension::Dependency(3, &[1], 0), Extension::Dependency(4, &long, 0)],
            [Extension::Dependency(3, &[1], 0), Extension::Dependency(15, &[1], 0)],
        ] {
            assert_eq!(form(&list), [0x10, 0]);
        }
        assert_eq!(packet(&[Extension::Dependency(0, &[1], 0)]).len(), 13, "not taken");
        let said = [(3, sdp::MID.to_owned())];
        let section = Written::among(&said, Tells::Nothing, "0123456789abcdef").section;
        let list = [
            Extension::Dependency(1, &[9; 255], 0),
            Extension::TransportCc(2, 0x1234),
            Extension::Section(section),
        ];
        let largest = packet(&list);
        // 279 bytes, filled up to whole words.
        assert_eq!(largest.len(), 12 + EXTENSIONS_MAX + 1, "the bound is exact");
        let header = Header::parse(&largest).unwrap();
        assert_eq!(header.extension(&largest, 2), Some(&[0x12, 0x34][..]));
        assert_eq!(header.extension(&largest, 3), Some(&b"0123456789abcdef"[..]));
    }
}
