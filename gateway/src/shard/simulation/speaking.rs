//! A model of somebody who publishes: a voice without pauses, and a camera in simulcast layers of VP8.

use std::collections::BTreeMap;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use transport::payload::red;
use transport::rtp::{nacked, report_blocks, rtcp_packets, sender_report, word};

use super::descriptions::{LEVEL_ID, MID_ID, REPAIRED_ID, RID_ID, VOICE_SSRC};
use super::packets::packet;

const FRAMES_PER_S: u64 = 20;
const FRAME_US: u64 = 1_000_000 / FRAMES_PER_S;
const REPORT_US: u64 = 1_000_000;
/// Most bytes of a picture in one packet.
const PIECE_BYTES: usize = 1_130;
/// A keyframe is so many times as large as other pictures.
const KEYFRAME: u64 = 6;
/// From this part of the voice on that is told to be lost, in 256, it carries what repairs the packet before (Opus' FEC).
const REPAIRED_256: u8 = 8;
/// Packets that can be sent again.
const KEPT: usize = 512;
/// Seconds from 1900 to 1970.
const NTP_EPOCH_S: u64 = 2_208_988_800;
/// Of four pictures the temporal layer, whether it is decoded from layer 0 alone, and its part of the bits in tenths.
const PATTERN: [(u8, bool, u64); 4] = [(0, false, 4), (2, true, 2), (1, true, 2), (2, false, 2)];

/// A voice.
#[derive(Clone, Copy, Debug)]
pub(super) struct Voice {
    /// The sound in each packet; whole multiples of 20.
    pub(super) packet_ms: u64,
    /// Bytes of it, at least, and by chance up to so many more.
    pub(super) bytes: (usize, usize),
}

/// What somebody publishes.
#[derive(Clone, Debug)]
pub(super) struct Published {
    pub(super) voice: Voice,
    /// The voice carries copies of its own (RED).
    pub(super) red: bool,
    /// Name, width, height and bits a second of each layer of the camera, the smallest first.
    pub(super) layers: Vec<(&'static str, (u16, u16), u64)>,
    /// Layers that nobody uses are not sent (dynacast).
    pub(super) dynacast: bool,
}

impl Published {
    /// As the stock client does that the browsers are measured with.
    pub(super) fn stock() -> Self {
        let layers = vec![("q", (320, 180), 150_000), ("h", (640, 360), 1_200_000)];
        let voice = Voice { packet_ms: 20, bytes: (100, 22) };
        Self { voice, red: false, layers, dynacast: false }
    }

    /// As our page does.
    pub(super) fn ours() -> Self {
        let layers = vec![("q", (320, 180), 120_000), ("h", (640, 360), 450_000)];
        let voice = Voice { packet_ms: 60, bytes: (80, 20) };
        Self { voice, red: false, layers, dynacast: true }
    }
}

#[derive(Debug)]
struct Encoding {
    rid: &'static str,
    size: (u16, u16),
    bits_per_second: u64,
    ssrc: u32,
    active: bool,
    sent: u64,
    repaired: u64,
    pictures: u16,
    tl0: u8,
    /// Bits that a keyframe took in advance.
    debt: u64,
    kept: BTreeMap<u16, Vec<u8>>,
    counted: (u32, u32),
}

/// A packet that leaves: plain, the length of its header, and the counter that it is sealed under.
pub(super) type Leaving = (Vec<u8>, usize, u64);

/// Somebody who publishes. Times are microseconds.
#[derive(Debug)]
pub(super) struct Speaker {
    published: Published,
    chance: StdRng,
    next_us: [u64; 3],
    sounds: u64,
    /// The last piece of sound, for the copy.
    before: Option<Vec<u8>>,
    sound_counted: (u32, u32),
    repairs_sound: bool,
    encodings: Vec<Encoding>,
    pictures: u64,
    key_wanted: bool,
    /// Keyframes of each layer that were sent.
    pub(super) keyframes: u64,
}

impl Speaker {
    pub(super) fn new(published: Published, now_us: u64, seed: u64) -> Self {
        let encoding = |(place, it): (u32, &(&'static str, (u16, u16), u64))| Encoding {
            rid: it.0,
            size: it.1,
            bits_per_second: it.2,
            ssrc: 2_000 + 2 * place,
            active: true,
            sent: 0,
            repaired: 0,
            pictures: 100,
            tl0: 7,
            debt: 0,
            kept: BTreeMap::new(),
            counted: (0, 0),
        };
        let encodings = (0..).zip(&published.layers).map(encoding).collect();
        Self {
            chance: StdRng::seed_from_u64(seed),
            next_us: [now_us + 63_000, now_us + 11_000, now_us + 7_000],
            sounds: 0,
            before: None,
            sound_counted: (0, 0),
            repairs_sound: false,
            encodings,
            pictures: 0,
            key_wanted: true,
            keyframes: 0,
            published,
        }
    }

    /// What is to be sent by now, and compounds of RTCP.
    pub(super) fn tick(&mut self, now_us: u64, out: &mut Vec<Leaving>, rtcp: &mut Vec<Vec<u8>>) {
        let voice_us = self.published.voice.packet_ms * 1_000;
        while let Some(at_us) = self.due(0, now_us, voice_us) {
            out.push(self.sound(at_us));
        }
        while let Some(at_us) = self.due(1, now_us, FRAME_US) {
            self.picture(at_us, out);
        }
        while let Some(at_us) = self.due(2, now_us, REPORT_US) {
            self.report(at_us, rtcp);
        }
    }

    /// When the next thing of a kind was due, if it is; it comes again after so long.
    fn due(&mut self, kind: usize, now_us: u64, every_us: u64) -> Option<u64> {
        let next_us = self.next_us.get_mut(kind).filter(|it| **it <= now_us)?;
        let at_us = *next_us;
        *next_us += every_us;
        Some(at_us)
    }

    fn sound(&mut self, at_us: u64) -> Leaving {
        self.sounds += 1;
        let Voice { packet_ms, bytes } = self.published.voice;
        let ticks = 48 * packet_ms as u32;
        let mut sound = vec![0x55; bytes.0 + self.chance.random_range(0..bytes.1)];
        // When it was captured, for who measures how late it is played, and how many pieces of 20 ms it holds.
        sound[..8].copy_from_slice(&(at_us - 1_000 * packet_ms).to_be_bytes());
        sound[8] = packet_ms as u8 / 20;
        sound[9] = u8::from(self.repairs_sound);
        let payload = match self.published.red {
            true => {
                let copies = self.before.as_deref().map(|it| (ticks, it)).into_iter();
                let mut payload =
                    vec![0; red::length(copies.clone().map(|it| it.1.len()), sound.len())];
                red::write(&mut payload, 111, copies, &sound).unwrap();
                payload
            }
            false => sound.clone(),
        };
        self.before = Some(sound);
        let (payload_type, seq) = (if self.published.red { 63 } else { 111 }, self.sounds);
        let time = ticks.wrapping_mul(seq as u32);
        let extensions: [(u8, &[u8]); 2] = [(MID_ID, b"0"), (LEVEL_ID, &[30])];
        let said = (VOICE_SSRC, seq as u16, time);
        let (plain, header) = packet((payload_type, false), said, &extensions, &payload);
        self.sound_counted.0 += 1;
        self.sound_counted.1 += payload.len() as u32;
        (plain, header, seq)
    }

    fn picture(&mut self, at_us: u64, out: &mut Vec<Leaving>) {
        let key = std::mem::take(&mut self.key_wanted);
        let place = self.pictures as usize % PATTERN.len();
        self.pictures += 1;
        let place = if key {
            // The pattern begins anew.
            self.pictures = 1;
            0
        } else {
            place
        };
        for it in &mut self.encodings {
            let noise = self.chance.random_range(80..120);
            if !it.active {
                continue;
            }
            self.keyframes += u64::from(key);
            it.encode((at_us, place, key), noise, out);
        }
    }

    fn report(&mut self, at_us: u64, rtcp: &mut Vec<Vec<u8>>) {
        let ntp = ((NTP_EPOCH_S + at_us / 1_000_000) << 32) + (at_us % 1_000_000 * 4_294);
        let sound_time = self.sounds * 48 * self.published.voice.packet_ms;
        let (packets, octets) = self.sound_counted;
        rtcp.push(sender_report(VOICE_SSRC, ntp, sound_time as u32, packets, octets));
        for it in self.encodings.iter().filter(|it| it.active) {
            let (packets, octets) = it.counted;
            rtcp.push(sender_report(it.ssrc, ntp, picture_time(at_us), packets, octets));
        }
    }

    /// Takes a compound of the gateway's: what it asks for again is added to `out`.
    pub(super) fn told(&mut self, compound: &[u8], out: &mut Vec<Leaving>) {
        for (format, kind, body) in rtcp_packets(compound) {
            let ssrc = word(body, 4).unwrap_or_default();
            let voice = report_blocks(kind, body).find(|it| it.ssrc == VOICE_SSRC);
            self.repairs_sound |= voice.is_some_and(|it| it.fraction_lost >= REPAIRED_256);
            match (kind, format) {
                (206, 1) => self.key_wanted = true,
                (205, 1) => {
                    let asked: Vec<u16> = nacked(body).collect();
                    let encoding = self.encodings.iter_mut().find(|it| it.ssrc == ssrc);
                    encoding.into_iter().for_each(|it| it.again(&asked, out));
                }
                _ => {}
            }
        }
    }

    /// The gateway says how many layers are used.
    pub(super) fn used(&mut self, layers: usize) {
        if !self.published.dynacast {
            return;
        }
        for (place, it) in self.encodings.iter_mut().enumerate() {
            let active = place < layers;
            self.key_wanted |= active && !it.active;
            it.active = active;
        }
    }
}

fn picture_time(at_us: u64) -> u32 {
    (at_us * 9 / 100) as u32
}

impl Encoding {
    fn encode(
        &mut self,
        (at_us, place, key): (u64, usize, bool),
        noise: u64,
        out: &mut Vec<Leaving>,
    ) {
        let (temporal, sync, tenths) = PATTERN[place];
        let group_bits = self.bits_per_second * PATTERN.len() as u64 / FRAMES_PER_S;
        let mut bits = group_bits * tenths / 10 * noise / 100;
        if key {
            let usual = bits;
            // A picture of layer 0 has 16 tenths of what pictures have on average.
            bits = bits * KEYFRAME * 10 / 16;
            self.debt += bits - usual;
        } else {
            // The rate control of an encoder takes back what a keyframe took.
            let back = self.debt.min(bits / 4);
            (bits, self.debt) = (bits - back, self.debt - back);
        }
        self.pictures = self.pictures.wrapping_add(1) & 0x7fff;
        self.tl0 = self.tl0.wrapping_add(u8::from(temporal == 0));
        let bytes = (bits / 8).max(20) as usize;
        let pieces = bytes.div_ceil(PIECE_BYTES);
        for piece in 0..pieces {
            let id = (self.pictures | 0x8000).to_be_bytes();
            let first =
                0x80 | if temporal == 2 { 0x20 } else { 0 } | if piece == 0 { 0x10 } else { 0 };
            let layer = temporal << 6 | if sync { 0x20 } else { 0 };
            let mut payload = vec![first, 0xe0, id[0], id[1], self.tl0, layer];
            let begin = payload.len();
            payload.resize(begin + bytes / pieces, 0x33);
            if piece == 0 {
                let ([w0, w1], [h0, h1]) = (self.size.0.to_le_bytes(), self.size.1.to_le_bytes());
                let head = match key {
                    true => [0x10, 0, 0, 0x9d, 1, 0x2a, w0, w1, h0, h1],
                    false => [0x11, 0, 0, 1, 1, 1, 1, 1, 1, 1],
                };
                payload[begin..begin + head.len()].copy_from_slice(&head);
            }
            self.sent += 1;
            let seq = self.sent as u16;
            let extensions: [(u8, &[u8]); 2] = [(MID_ID, b"1"), (RID_ID, self.rid.as_bytes())];
            let said = (self.ssrc, seq, picture_time(at_us));
            let last = piece + 1 == pieces;
            let (plain, header) = packet((96, last), said, &extensions, &payload);
            self.counted = (self.counted.0 + 1, self.counted.1 + payload.len() as u32);
            self.kept.insert(seq, plain.clone());
            self.kept.remove(&seq.wrapping_sub(KEPT as u16));
            out.push((plain, header, self.sent));
        }
    }

    /// Packets once more, on the stream for that (RFC 4588).
    fn again(&mut self, asked: &[u16], out: &mut Vec<Leaving>) {
        for seq in asked {
            let Some(plain) = self.kept.get(seq) else { continue };
            self.repaired += 1;
            let header = 16 + 4 * usize::from(u16::from_be_bytes([plain[14], plain[15]]));
            let payload = [&seq.to_be_bytes()[..], &plain[header..]].concat();
            let time = word(plain, 4).unwrap();
            let extensions: [(u8, &[u8]); 2] = [(MID_ID, b"1"), (REPAIRED_ID, self.rid.as_bytes())];
            let said = (self.ssrc + 1, self.repaired as u16, time);
            let (plain, header) = packet((97, plain[1] & 0x80 != 0), said, &extensions, &payload);
            out.push((plain, header, self.repaired));
        }
    }
}
