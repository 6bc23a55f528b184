//! What is inside DTLS: SCTP, and the establishment of data channels. A client with keys may put anything there.

use std::time::{Duration, Instant};

use bytes::Bytes;
use transport::sctp::{MAX_BUFFERED, MAX_CHANNELS, MAX_LABEL, MAX_MESSAGE, Sctp, SctpEvent};

use crate::network::start;
use crate::parts::Parts;

/// Source and destination port (RFC 8831 leaves them to the description; all clients write 5000).
const PORTS: [u8; 4] = [0x13, 0x88, 0x13, 0x88];
const HEADER: usize = 12;
/// Chunk types (RFC 9260, section 3.2; RFC 6525, section 3.1).
const INIT: u8 = 1;
const INIT_ACK: u8 = 2;
const SACK: u8 = 3;
const COOKIE_ECHO: u8 = 10;
const RECONFIG: u8 = 130;
/// STATE COOKIE among the parameters of an INIT ACK.
const STATE_COOKIE: [u8; 2] = [0, 7];
/// The answer to a reset among the parameters of RE-CONFIG.
const RESET_ANSWER: [u8; 2] = [0, 16];
/// More than a path takes.
const PACKET_MAX: usize = 1_500;
/// Timers that run out at the same time, at most; more would be a loop without an end.
const AT_ONCE: usize = 64;

/// The gateway's half of an association, and what its client has learned of it.
struct Line {
    sctp: Sctp,
    now: Instant,
    tag: [u8; 4],
    /// The gateway's first TSN.
    tsn: u32,
    cookie: Vec<u8>,
    streams: Vec<u16>,
    lost: bool,
}

/// Packets of a client, one after the other, and what the gateway does meanwhile. The first byte of each piece says what
/// it is: a packet as it comes, with its sum set right; chunks, to which a client would write a header; time; a channel
/// that the gateway opens; a message that it sends.
pub(crate) fn sctp(data: &[u8]) {
    let mut line = Line {
        sctp: Sctp::default(),
        now: start(),
        tag: [0; 4],
        tsn: 0,
        cookie: vec![],
        streams: vec![],
        lost: false,
    };
    for piece in Parts(data).take(64) {
        let Some((kind, rest)) = piece.split_first() else { continue };
        match kind & 7 {
            0 => line.packet(rest.to_vec()),
            1..=3 => line.chunks(rest),
            4 => line.wait(rest.iter().map(|it| u64::from(*it) * 10).sum()),
            5 => line.open(rest, kind >> 3),
            _ => line.send(usize::from(kind >> 3), rest),
        }
        line.now += Duration::from_millis(5);
        if line.lost {
            return; // the peer is closed with its channels
        }
    }
    line.wait(120_000);
}

impl Line {
    fn packet(&mut self, mut packet: Vec<u8>) {
        let zero = packet.get_mut(8..HEADER).map(|place| place.fill(0));
        let sum = crc32c::crc32c(&packet).to_le_bytes();
        if zero.is_some() {
            packet.splice(8..HEADER, sum);
        }
        let mut out = vec![];
        let events = self.sctp.handle(self.now, packet.into(), &mut out);
        self.holds(events, &out);
    }

    /// A packet of these chunks, with what a client would know put in: the tag, the cookie where one is left out, and
    /// the numbers that it acknowledges.
    fn chunks(&mut self, chunks: &[u8]) {
        let tag = if chunks.first() == Some(&INIT) { [0; 4] } else { self.tag };
        let mut packet = [&PORTS[..], &tag, &[0; 4]].concat();
        let mut rest = chunks;
        while let Some((chunk, tail)) = chunk(rest) {
            let mut chunk = chunk.to_vec();
            match chunk.first() {
                Some(&COOKIE_ECHO) if chunk.len() == 4 => {
                    let len = u16::try_from(4 + self.cookie.len()).unwrap_or_default();
                    chunk.splice(2..4, len.to_be_bytes());
                    chunk.extend_from_slice(&self.cookie);
                }
                Some(&SACK) => self.count_on(&mut chunk, 4),
                Some(&RECONFIG) if chunk.get(4..6) == Some(&RESET_ANSWER) => {
                    self.count_on(&mut chunk, 8);
                }
                _ => {}
            }
            packet.extend_from_slice(&chunk);
            packet.resize(packet.len().next_multiple_of(4), 0);
            rest = tail;
        }
        packet.extend_from_slice(rest);
        self.packet(packet);
    }

    /// Adds the gateway's first number to the one at this place.
    fn count_on(&self, chunk: &mut [u8], at: usize) {
        if let Some(place) = chunk.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
            *place = u32::from_be_bytes(*place).wrapping_add(self.tsn).to_be_bytes();
        }
    }

    fn wait(&mut self, ms: u64) {
        let until = self.now + Duration::from_millis(ms);
        let mut at_once = 0;
        while let Some(due) = self.sctp.poll_timeout().filter(|due| *due <= until && !self.lost) {
            at_once = if due > self.now { 0 } else { at_once + 1 };
            assert!(at_once < AT_ONCE, "timers without an end");
            self.now = due.max(self.now);
            let mut out = vec![];
            let events = self.sctp.handle_timeout(self.now, &mut out);
            self.holds(events, &out);
        }
        self.now = until;
    }

    fn open(&mut self, label: &[u8], options: u8) {
        let label = String::from_utf8_lossy(label);
        let mut out = vec![];
        let resend = (options & 2 == 0).then(|| u16::from(options >> 2));
        let opened = self.sctp.open(self.now, &label, options & 1 == 0, resend, &mut out);
        self.streams.extend(opened.ok());
        self.holds(vec![], &out);
    }

    /// A message of `times` these bytes, on a channel of which the first byte says which.
    fn send(&mut self, times: usize, message: &[u8]) {
        let (which, text) = message.split_first().map_or((0, message), |(it, rest)| (*it, rest));
        let place = usize::from(which).checked_rem(self.streams.len()).unwrap_or_default();
        let stream = self.streams.get(place).copied().unwrap_or_default();
        let mut out = vec![];
        for times in [times, 64 * times] {
            let text = text.repeat(times);
            let sent = self.sctp.send(self.now, stream, which > 127, &text, &mut out);
            assert!(text.len() <= MAX_MESSAGE as usize || sent.is_err());
        }
        self.holds(vec![], &out);
    }

    /// What must hold whatever came.
    fn holds(&mut self, events: Vec<SctpEvent>, out: &[Bytes]) {
        for event in events {
            match event {
                SctpEvent::Open { stream, label } => {
                    assert!(label.len() <= MAX_LABEL);
                    self.streams.push(stream);
                }
                SctpEvent::Message { data, .. } => assert!(data.len() <= MAX_MESSAGE as usize),
                SctpEvent::Closed => self.lost = true,
                SctpEvent::Up | SctpEvent::Shut { .. } => {}
            }
        }
        assert!(self.sctp.channels() <= MAX_CHANNELS);
        for stream in &self.streams {
            assert!(self.sctp.buffered(*stream) <= MAX_BUFFERED);
        }
        for packet in out {
            assert!(packet.len() <= PACKET_MAX, "a packet of {} bytes", packet.len());
            self.learn(packet);
        }
    }

    /// What a client takes from an INIT ACK.
    fn learn(&mut self, packet: &[u8]) {
        let Some((init, _)) = packet.get(HEADER..).and_then(chunk) else { return };
        let (Some(&INIT_ACK), Some(tag), Some(tsn)) =
            (init.first(), init.get(4..8), init.get(16..20))
        else {
            return;
        };
        self.tag.copy_from_slice(tag);
        self.tsn = tsn.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte));
        let mut rest = init.get(20..).unwrap_or_default();
        while let Some((parameter, tail)) = chunk(rest) {
            if parameter.starts_with(&STATE_COOKIE) {
                self.cookie = parameter.get(4..).unwrap_or_default().to_vec();
            }
            rest = tail;
        }
    }
}

/// The first chunk, or parameter, without its padding, and what is behind it.
fn chunk(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let [_, _, high, low] = *bytes.first_chunk::<4>()?;
    let length = usize::from(u16::from_be_bytes([high, low])).max(4);
    let rest = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
    Some((bytes.get(..length)?, rest))
}
