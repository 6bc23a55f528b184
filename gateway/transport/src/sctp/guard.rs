//! A client's packets, looked at before the library reads them. It takes lengths on trust and would stop at a wrong one;
//! it counts from a number to the next, however far that is; and it keeps what never comes to an end.

const PACKET_HEADER: usize = 12;
const CHUNK_HEADER: usize = 4;
const CAUSE_HEADER: usize = 4;
/// Longest packet: no path takes more, and a piece of a message keeps its whole packet in memory.
const MAX_PACKET: usize = 1_500;
/// A client's numbers are no further ahead of what was acknowledged to it. A burst of data packets has some hundreds.
const WINDOW: u32 = 4_096;
/// A client that gives up all it has sent may skip further: what it sends next lies behind that.
const SKIP: u32 = 32_768;
/// Pieces of messages that are taken while a channel is not read; further ones come again later, as if they were lost.
const MAX_UNREAD: usize = 4_096;
/// Streams that a client may reset in one request, and requests in all; after that it loses its data channels.
const MAX_RESET: usize = 64;
const MAX_RESETS: usize = 256;

/// Chunk types (RFC 9260, section 3.2; RFC 6525, section 3.1; RFC 3758, section 3.2).
const DATA: u8 = 0;
const INIT: u8 = 1;
const INIT_ACK: u8 = 2;
const SACK: u8 = 3;
const HEARTBEAT: u8 = 4;
const HEARTBEAT_ACK: u8 = 5;
const ABORT: u8 = 6;
const SHUTDOWN_ACK: u8 = 8;
const ERROR: u8 = 9;
const COOKIE_ACK: u8 = 11;
const SHUTDOWN_COMPLETE: u8 = 14;
const RE_CONFIG: u8 = 130;
const FORWARD_TSN: u8 = 192;
/// Parameters of RE-CONFIG: a request to reset streams, and an answer, with their headers.
const RESET: u16 = 13;
const RESET_LEN: usize = 16;
const ANSWER: u16 = 16;
const ANSWER_LEN: usize = 12;

/// What is known of an association.
#[derive(Debug, Default)]
pub(super) struct Guard {
    /// From the first INIT; another one must be the same again.
    first_tsn: Option<u32>,
    /// The client was told that everything up to here has come.
    acknowledged: u32,
    resets: usize,
    /// Pieces that have come since everything was read.
    unread: usize,
}

impl Guard {
    /// Whether a packet may be read.
    pub(super) fn admits(&mut self, packet: &[u8]) -> bool {
        let (mut sacks, mut forwards) = (0, 0);
        let chunks = Chunks(packet.get(PACKET_HEADER..).unwrap_or_default());
        let sound = chunks.into_iter().all(|(kind, value, is_last)| {
            sacks += usize::from(kind == SACK);
            forwards += usize::from(kind == FORWARD_TSN);
            self.sound(kind, value, is_last)
        });
        sound && packet.len() <= MAX_PACKET && sacks.max(forwards) <= 1
    }

    /// Everything that can be read has been.
    pub(super) const fn all_read(&mut self) {
        self.unread = 0;
    }

    /// Whether a client has asked for more than is done for one.
    pub(super) fn is_spent(&self) -> bool {
        self.resets > MAX_RESETS
    }

    /// Takes note of what a packet of our own acknowledges.
    pub(super) fn sent(&mut self, packet: &[u8]) {
        for (kind, value, _) in Chunks(packet.get(PACKET_HEADER..).unwrap_or_default()) {
            if kind == SACK {
                self.acknowledged = word(value, 0).unwrap_or(self.acknowledged);
            }
        }
    }

    /// A chunk that is too short is refused for itself, and one of another type with its whole packet.
    fn sound(&mut self, kind: u8, value: &[u8], is_last: bool) -> bool {
        match kind {
            DATA => {
                let sound = value.len() > 12 && self.is_within(WINDOW, value, 0);
                self.unread += usize::from(sound);
                sound && self.unread <= MAX_UNREAD
            }
            INIT => {
                let Some(tsn) = word(value, 12) else { return true };
                let first = *self.first_tsn.get_or_insert_with(|| {
                    self.acknowledged = tsn.wrapping_sub(1);
                    tsn
                });
                is_last && first == tsn
            }
            INIT_ACK => is_last,
            SACK => acknowledges(value),
            HEARTBEAT | HEARTBEAT_ACK => {
                let Some((_, parameter, rest)) = parameter(value) else { return true };
                rest.is_empty() && !parameter.is_empty()
            }
            ABORT | ERROR => causes_fit(value),
            // The library goes on behind their headers.
            SHUTDOWN_ACK | COOKIE_ACK | SHUTDOWN_COMPLETE => value.is_empty(),
            RE_CONFIG => self.resets(value),
            FORWARD_TSN => value.len().is_multiple_of(4) && self.is_within(SKIP, value, 0),
            _ => true,
        }
    }

    /// Whether the number at this place is behind what was acknowledged, or no further ahead than `most`.
    fn is_within(&self, most: u32, value: &[u8], at: usize) -> bool {
        let ahead = word(value, at).map_or(0, |number| number.wrapping_sub(self.acknowledged));
        ahead <= most || ahead > u32::MAX / 2
    }

    fn resets(&mut self, value: &[u8]) -> bool {
        let mut rest = value;
        for _ in 0..2 {
            let Some((kind, parameter, behind)) = parameter(rest) else { return false };
            let streams = parameter.len().saturating_sub(RESET_LEN) / 2;
            let sound = match kind {
                RESET => {
                    self.resets += 1;
                    parameter.len() >= RESET_LEN
                        && streams <= MAX_RESET
                        && self.is_within(WINDOW, parameter, 12)
                }
                ANSWER => parameter.len() == ANSWER_LEN,
                _ => false, // nothing that the library would do
            };
            if !sound {
                return false;
            }
            rest = behind;
            if rest.is_empty() {
                return true;
            }
        }
        false
    }
}

/// Whether pieces of messages are in a packet.
pub(crate) fn carries_data(packet: &[u8]) -> bool {
    Chunks(packet.get(PACKET_HEADER..).unwrap_or_default()).any(|(kind, ..)| kind == DATA)
}

/// Type and value of each chunk, and whether it is the last one, up to one that does not fit.
struct Chunks<'a>(&'a [u8]);

impl<'a> Iterator for Chunks<'a> {
    type Item = (u8, &'a [u8], bool);

    fn next(&mut self) -> Option<Self::Item> {
        let [kind, _, high, low] = *self.0.first_chunk::<CHUNK_HEADER>()?;
        let length = usize::from(u16::from_be_bytes([high, low]));
        let value = self.0.get(CHUNK_HEADER..length)?;
        self.0 = self.0.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((kind, value, self.0.is_empty()))
    }
}

/// Kind of the first parameter, the whole of it, and what is behind its padding.
fn parameter(value: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let [k0, k1, high, low] = *value.first_chunk::<4>()?;
    let length = usize::from(u16::from_be_bytes([high, low])).max(4);
    let rest = value.get(length.next_multiple_of(4)..).unwrap_or_default();
    Some((u16::from_be_bytes([k0, k1]), value.get(..length)?, rest))
}

/// Gaps in their order, so that none is told twice, and nothing behind what is counted.
fn acknowledges(value: &[u8]) -> bool {
    let Some((&[_, _, _, _, _, _, _, _, g0, g1, d0, d1], lists)) = value.split_first_chunk::<12>()
    else {
        return true;
    };
    let gaps = usize::from(u16::from_be_bytes([g0, g1]));
    let twice = usize::from(u16::from_be_bytes([d0, d1]));
    let mut reached = 0;
    let in_order = lists.chunks_exact(4).take(gaps).all(|gap| {
        let &[s0, s1, e0, e1] = gap else { return false };
        let (start, end) = (u16::from_be_bytes([s0, s1]), u16::from_be_bytes([e0, e1]));
        let follows = start > reached && end >= start;
        reached = end;
        follows
    });
    in_order && lists.len() == 4 * (gaps + twice)
}

/// Do the causes of an ABORT or an ERROR (RFC 9260, sections 3.3.7 and 3.3.10) end where their chunk ends? The library
/// reads them one right behind the other, also where only padding is left of the chunk.
fn causes_fit(mut causes: &[u8]) -> bool {
    while let [_, _, high, low, ..] = *causes {
        let length = usize::from(u16::from_be_bytes([high, low]));
        if length < CAUSE_HEADER {
            return true; // refused for itself
        }
        let Some(rest) = causes.get(length..) else { return false };
        causes = rest;
    }
    causes.is_empty()
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|octets| u32::from_be_bytes(*octets))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn packet(chunks: &[&[u8]]) -> Vec<u8> {
        [&[0; PACKET_HEADER], chunks.concat().as_slice()].concat()
    }

    /// Of an association whose client began with TSN 1,000.
    fn guard() -> Guard {
        Guard { first_tsn: Some(1_000), acknowledged: 999, resets: 0, unread: 0 }
    }

    fn admits(chunks: &[&[u8]]) -> bool {
        guard().admits(&packet(chunks))
    }

    fn chunk(kind: u8, words: &[u32]) -> Vec<u8> {
        let len = (4 + 4 * words.len()) as u8;
        let words = words.iter().flat_map(|it| it.to_be_bytes());
        [kind, 0, 0, len].into_iter().chain(words).collect()
    }

    #[test]
    fn causes_end_with_their_chunk() {
        for (chunk, fits) in [
            (&[6, 0, 0, 4][..], true),
            (&[6, 0, 0, 8, 0, 12, 0, 4], true),
            (&[6, 0, 0, 12, 0, 12, 0, 8, 1, 2, 3, 4], true),
            (&[6, 0, 0, 8, 0, 12, 0, 5], false),
            (&[9, 0, 0, 8, 0, 12, 255, 255], false),
            (&[9, 0, 0, 6, 0, 12, 0, 0], false),
            (&[10, 0, 0, 8, 0, 12, 255, 255], true),
        ] {
            assert_eq!(admits(&[chunk]), fits, "{chunk:?}");
            assert_eq!(admits(&[&[10, 0, 0, 5, 1, 0, 0, 0], chunk]), fits, "behind another");
        }
    }

    #[test]
    fn nothing_hides_in_a_chunk_behind_which_the_library_reads_on() {
        let abort = [6, 0, 0, 8, 0, 12, 255, 255];
        for kind in [SHUTDOWN_ACK, COOKIE_ACK, SHUTDOWN_COMPLETE] {
            assert!(admits(&[&[kind, 0, 0, 4]]));
            assert!(!admits(&[&[kind, 0, 0, 12], &abort]), "{kind}");
        }
        let sack = chunk(SACK, &[5, 9_000, 0]);
        assert!(admits(&[&sack]));
        assert!(!admits(&[&chunk(SACK, &[5, 9_000, 0, 0x0600_0008, 0x000c_ffff])]));
        assert!(!admits(&[&sack, &sack]), "one is enough");
        assert!(admits(&[&chunk(HEARTBEAT, &[0x0001_0008, 7])]));
        assert!(!admits(&[&chunk(HEARTBEAT, &[0x0001_0004, 0x0600_0008, 0x000c_ffff])]));
        let init = chunk(INIT, &[7, 9_000, 0x0010_0010, 1_000]);
        assert!(admits(&[&init]));
        assert!(!admits(&[&init, &abort]) && !admits(&[&init, &[COOKIE_ACK, 0, 0, 4]]));
        let answer = [0x0010_000c, 1, 1];
        assert!(admits(&[&chunk(RE_CONFIG, &answer)]));
        assert!(!admits(&[&chunk(RE_CONFIG, &[&answer[..], &answer, &[0x0600_0004]].concat())]));
    }

    #[test]
    fn data_is_told_from_what_keeps_it_going() {
        let sack = chunk(SACK, &[5, 9_000, 0]);
        let data = chunk(DATA, &[6, 0, 51, 0]);
        assert!(!carries_data(&packet(&[&sack])) && !carries_data(&packet(&[])));
        assert!(carries_data(&packet(&[&sack, &data])) && carries_data(&packet(&[&data])));
    }

    #[test]
    fn numbers_are_near_what_was_acknowledged() {
        for (tsn, near) in [(1_000, true), (5, true), (5_095, true), (5_096, false)] {
            assert_eq!(admits(&[&chunk(DATA, &[tsn, 0, 51, 0])]), near, "{tsn}");
            let reset = chunk(RE_CONFIG, &[0x000d_0010, 1, 1, tsn]);
            assert_eq!(admits(&[&reset]), near, "{tsn}");
        }
        // A client that has given up more than a window may say so, or nothing would ever come near again.
        for (tsn, near) in [(5_096, true), (33_767, true), (33_768, false), (5, true)] {
            assert_eq!(admits(&[&chunk(FORWARD_TSN, &[tsn])]), near, "{tsn}");
        }
        let mut guard = guard();
        guard.sent(&packet(&[&chunk(SACK, &[5_000, 9_000, 0])]));
        assert!(guard.admits(&packet(&[&chunk(DATA, &[9_096, 0, 51, 0])])));
        assert!(!guard.admits(&packet(&[&chunk(DATA, &[9_097, 0, 51, 0])])));
        assert!(!guard.admits(&packet(&[&chunk(INIT, &[7, 9_000, 0x0010_0010, 9])])), "another");
        let skip = chunk(FORWARD_TSN, &[5_001]);
        assert!(!guard.admits(&packet(&[&skip, &skip])), "one is enough");
    }

    #[test]
    fn what_would_be_kept_for_ever_is_refused() {
        assert!(!admits(&[&chunk(DATA, &[1_000, 0, 51])]), "no data");
        assert!(admits(&[&[10, 0, 5, 208], &[0; 1_484]]), "1,500 bytes");
        assert!(!admits(&[&[10, 0, 5, 212], &[0; 1_488]]));
        let streams = |number: u32| {
            let length = 0x000d_0010 + 4 * number;
            [&[length, 1, 1, 1_000][..], &vec![0; number as usize]].concat()
        };
        assert!(admits(&[&chunk(RE_CONFIG, &streams(32))]));
        assert!(!admits(&[&chunk(RE_CONFIG, &streams(33))]));
        let mut guard = guard();
        for number in 0..=MAX_RESETS {
            assert!(!guard.is_spent(), "{number}");
            guard.admits(&packet(&[&chunk(RE_CONFIG, &streams(1))]));
        }
        assert!(guard.is_spent());
    }

    #[test]
    fn gaps_are_told_in_order_and_once() {
        for (gaps, fits) in [
            (&[0x0002_0003, 0x0005_0005][..], true),
            (&[0x0002_0003, 0x0002_0003], false),
            (&[0x0005_0005, 0x0002_0003], false),
            (&[0x0003_0002], false),
            (&[0x0000_0001], false),
        ] {
            let count = (gaps.len() as u32) << 16;
            assert_eq!(admits(&[&chunk(SACK, &[&[5, 9_000, count], gaps].concat())]), fits);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_looked_at(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut guard = guard();
            guard.sent(&bytes);
            let _ = guard.admits(&bytes);
        }
    }
}
