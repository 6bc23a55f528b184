//! Datagrams inside a byte stream: which protocol a stream speaks, and where its datagrams end.

use bytes::{Buf as _, BytesMut};

/// Longest datagram that is taken out of a stream, in bytes: well over any that media needs.
pub const MAX_FRAME: usize = 4_096;
/// Bytes of a stream after which [`StreamProtocol::of`] always knows.
pub const FIRST: usize = 10;

const COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];
/// STUN header (RFC 8489, section 5).
const STUN_HEADER: usize = 20;

/// What the first bytes of a stream say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamProtocol {
    /// Too few to tell.
    Open,
    /// Framed datagrams, the first of them a STUN message (RFC 6544, section 10.1; RFC 4571).
    Ice,
    /// STUN messages as they are: a client of a TURN server (RFC 8656, section 3.1).
    Turn,
    /// A TLS handshake record (RFC 8446, section 5.1).
    Tls,
    /// A letter, as every HTTP method begins.
    Text,
    /// Nothing that anybody here speaks.
    Unknown,
}

impl StreamProtocol {
    /// Tells from at most [`FIRST`] bytes.
    pub fn of(bytes: &[u8]) -> Self {
        match bytes {
            [] | [0x16] => Self::Open,
            [0x16, 0x03, ..] => Self::Tls,
            [b'A'..=b'Z' | b'a'..=b'z', ..] => Self::Text,
            [0..=0x0f, ..] => Self::of_stun(bytes),
            _ => Self::Unknown,
        }
    }

    /// The magic cookie stands at the fifth byte of a message, two further in a framed one.
    fn of_stun(bytes: &[u8]) -> Self {
        if bytes.get(4..8) == Some(&COOKIE) {
            return Self::Turn;
        }
        match bytes.get(6..FIRST) {
            Some(cookie) if cookie == COOKIE => Self::Ice,
            Some(_) => Self::Unknown,
            None => Self::Open,
        }
    }
}

/// How a stream is cut into datagrams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// A length of two bytes before each (RFC 4571, section 2).
    Length,
    /// STUN messages and ChannelData, each padded to four bytes (RFC 8656, section 12.5).
    Turn,
}

/// The stream does not keep its framing, or a datagram is longer than [`MAX_FRAME`]: nothing after it can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stream is not framed as it should be")]
pub struct Torn;

impl Framing {
    /// Takes the next datagram out of what has come; `None` until all of it is there.
    ///
    /// # Errors
    /// [`Torn`]: the stream must be cut off.
    pub fn take(self, stream: &mut BytesMut) -> Result<Option<BytesMut>, Torn> {
        let (before, len, padded) = match (self, &stream[..]) {
            (Self::Length, [high, low, ..]) => {
                let len = usize::from(u16::from_be_bytes([*high, *low]));
                (2, len, len)
            }
            (Self::Turn, [kind, _, high, low, ..]) => {
                let len = usize::from(u16::from_be_bytes([*high, *low]));
                let len = match kind >> 6 {
                    0 if len.is_multiple_of(4) => STUN_HEADER + len,
                    1 => 4 + len,
                    _ => return Err(Torn),
                };
                (0, len, len.next_multiple_of(4))
            }
            _ => return Ok(None),
        };
        if padded > MAX_FRAME {
            return Err(Torn);
        }
        if stream.len() < before + padded {
            return Ok(None);
        }
        stream.advance(before);
        let mut frame = stream.split_to(padded);
        frame.truncate(len);
        Ok(Some(frame))
    }

    /// Writes one datagram as it goes into the stream; one that is too long for its length field is left out.
    pub fn put(self, datagram: &[u8], stream: &mut BytesMut) {
        let Ok(len) = u16::try_from(datagram.len()) else { return };
        match self {
            Self::Length => {
                stream.extend_from_slice(&len.to_be_bytes());
                stream.extend_from_slice(datagram);
            }
            Self::Turn => {
                stream.extend_from_slice(datagram);
                let padding = datagram.len().next_multiple_of(4) - datagram.len();
                stream.resize(stream.len() + padding, 0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn stun(len: u16) -> Vec<u8> {
        let mut message = vec![0, 1];
        message.extend_from_slice(&len.to_be_bytes());
        message.extend_from_slice(&COOKIE);
        message.resize(STUN_HEADER + usize::from(len), 7);
        message
    }

    #[test]
    fn the_first_bytes_tell_the_protocols_apart() {
        let mut framed = BytesMut::new();
        Framing::Length.put(&stun(8), &mut framed);
        let cases: [(&[u8], StreamProtocol); 8] = [
            (b"GET / HTTP/1.1", StreamProtocol::Text),
            (b"PRI * HTTP/2.0", StreamProtocol::Text),
            (&[0x16, 3, 1, 2, 0, 1], StreamProtocol::Tls),
            (&[0x16, 9], StreamProtocol::Unknown),
            (&stun(8), StreamProtocol::Turn),
            (&framed, StreamProtocol::Ice),
            (&[0, 3, 0, 8, 1, 1, 1, 1, 1, 1], StreamProtocol::Unknown),
            (&[0x80, 1, 2, 3], StreamProtocol::Unknown),
        ];
        for (bytes, first) in cases {
            assert_eq!(StreamProtocol::of(bytes), first, "{bytes:?}");
            // Whatever is said too early, it is not something else.
            for cut in 0..bytes.len() {
                let early = StreamProtocol::of(&bytes[..cut]);
                assert!(
                    early == first || early == StreamProtocol::Open,
                    "{bytes:?} cut at {cut}: {early:?}"
                );
            }
        }
    }

    #[test]
    fn what_breaks_the_framing_is_torn() {
        let torn = |framing: Framing, bytes: &[u8]| framing.take(&mut BytesMut::from(bytes));
        assert_eq!(torn(Framing::Length, &[0x10, 1]), Err(Torn), "4,097 bytes");
        assert_eq!(torn(Framing::Length, &[0x10, 0]), Ok(None), "4,096 bytes");
        assert_eq!(torn(Framing::Turn, &[0x80, 0, 0, 4]), Err(Torn), "no first two bits of TURN");
        assert_eq!(torn(Framing::Turn, &[0, 1, 0, 5]), Err(Torn), "no multiple of four");
        assert_eq!(torn(Framing::Turn, &[0x40, 0, 0x0f, 0xfd]), Err(Torn), "4,097 bytes");
    }

    #[test]
    fn an_empty_frame_is_an_empty_datagram() {
        let mut stream = BytesMut::from(&[0, 0][..]);
        assert_eq!(Framing::Length.take(&mut stream), Ok(Some(BytesMut::new())));
        assert!(stream.is_empty());
    }

    proptest! {
        /// Datagrams come out as they went in, however the stream is cut.
        #[test]
        fn a_stream_gives_back_its_datagrams(
            bodies in vec(vec(any::<u8>(), 1..300), 1..12),
            cuts in vec(1usize..200, 1..80),
            turn in any::<bool>(),
        ) {
            let framing = if turn { Framing::Turn } else { Framing::Length };
            let channel = |body: Vec<u8>| {
                let len = u16::try_from(body.len()).unwrap().to_be_bytes();
                [&[0x40, 1][..], &len, &body].concat()
            };
            let datagrams = bodies.into_iter().map(|it| if turn { channel(it) } else { it });
            let datagrams: Vec<Vec<u8>> = datagrams.collect();
            let mut all = BytesMut::new();
            datagrams.iter().for_each(|it| framing.put(it, &mut all));
            let (mut stream, mut got) = (BytesMut::new(), vec![]);
            for cut in cuts.into_iter().chain([usize::MAX]) {
                let part = all.split_to(cut.min(all.len()));
                stream.extend_from_slice(&part);
                while let Some(datagram) = framing.take(&mut stream).unwrap() {
                    got.push(datagram.to_vec());
                }
            }
            prop_assert_eq!(got, datagrams);
            prop_assert!(stream.is_empty());
        }

        /// Any bytes end in a datagram, in waiting for at most one whole datagram, or in `Torn`.
        #[test]
        fn any_bytes_are_bounded(bytes in vec(any::<u8>(), 0..9_000), turn in any::<bool>()) {
            let framing = if turn { Framing::Turn } else { Framing::Length };
            let mut stream = BytesMut::from(&bytes[..]);
            loop {
                match framing.take(&mut stream) {
                    Ok(Some(datagram)) => prop_assert!(datagram.len() <= MAX_FRAME),
                    Ok(None) => {
                        prop_assert!(stream.len() < MAX_FRAME + 2);
                        break;
                    }
                    Err(Torn) => break,
                }
            }
        }
    }
}
