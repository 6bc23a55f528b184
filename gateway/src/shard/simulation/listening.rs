//! A model of a browser's receiving connection: it plays voices, shows cameras, and tells what came.

use std::collections::BTreeMap;

use transport::payload::red;
use transport::rtp::{Header, ReportBlock, nack, pli, receiver_report, rtcp_packets, sender_info};
use transport::sdp::{Kind, Remote, TRANSPORT_CC_ID};

use super::hearing::{Heard, Hearing, PIECE_TICKS, PIECE_US};
use super::missing::Missing;
use super::packets::{transport_feedback, unwrap};
use super::seeing::{Seeing, Seen};

const FEEDBACK_US: u64 = 60_000;
const REPORT_US: u64 = 1_000_000;
/// Payload types of the gateway's offers.
const OPUS: u8 = 111;
const RED: u8 = 63;
/// Most packets of one feedback: it must fit one datagram.
const TOLD_MAX: u64 = 400;

/// What came of one stream, as receiver reports tell it (RFC 3550, appendix A.3).
#[derive(Debug, Default)]
struct Received {
    span: Option<(u64, u64)>,
    packets: u64,
    /// Packets that there must have been, and that came, at the last report.
    reported: (u64, u64),
    /// The last sender report, and when it came.
    sender: Option<(u32, u64)>,
}

impl Received {
    /// A packet came; its extended number.
    fn take(&mut self, seq: u16) -> u64 {
        let (first, highest) =
            self.span.unwrap_or((65_536 + u64::from(seq), 65_536 + u64::from(seq)));
        let number = unwrap(highest, seq);
        self.span = Some((first, highest.max(number)));
        self.packets += 1;
        number
    }

    fn block(&mut self, now_us: u64, ssrc: u32) -> Option<ReportBlock> {
        let (first, highest) = self.span?;
        let now = (highest - first + 1, self.packets);
        let before = std::mem::replace(&mut self.reported, now);
        let (expected, came) = (now.0 - before.0, now.1 - before.1);
        let fraction = (expected.saturating_sub(came) * 256).checked_div(expected).unwrap_or(0);
        let (last_report, came_us) = self.sender.unwrap_or((0, now_us));
        Some(ReportBlock {
            ssrc,
            fraction_lost: fraction.min(255) as u8,
            cumulative_lost: now.0 as i32 - now.1 as i32,
            highest: highest as u32,
            jitter: 0,
            last_report,
            delay: ((now_us - came_us) * 65_536 / 1_000_000) as u32,
        })
    }
}

/// A voice that is heard.
#[derive(Debug)]
struct Voice {
    hearing: Hearing,
    missing: Missing,
    /// Number and time of the latest packet, and the ticks from one to the next.
    latest: Option<(u64, u32)>,
    step: u32,
    /// Something came since what is missing was asked for.
    came: bool,
}

impl Voice {
    fn new() -> Self {
        let (hearing, missing) = (Hearing::default(), Missing::sound());
        Self { hearing, missing, latest: None, step: PIECE_TICKS as u32, came: false }
    }

    fn take(&mut self, now_us: u64, (number, time): (u64, u32), pieces: &[(i64, u64)]) {
        self.hearing.take(now_us, time, pieces);
        self.missing.came(now_us, number);
        let (before, time_before) = self.latest.unwrap_or((number, time));
        if number == before + 1 {
            self.step = time.wrapping_sub(time_before).max(1);
        }
        if number >= before {
            self.latest = Some((number, time));
        }
        let of_use = self.hearing.ahead() / u64::from(self.step);
        self.missing.forget_before(number.max(before).saturating_sub(of_use));
        self.came = true;
    }
}

#[derive(Debug)]
enum Media {
    Sound(Box<Voice>),
    Picture(Box<Seeing>),
}

/// One receiving connection. Times are microseconds.
#[derive(Debug, Default)]
pub(super) struct Listener {
    streams: BTreeMap<u32, (Media, Received)>,
    /// Streams of repair, and what they repair.
    repairs: BTreeMap<u32, u32>,
    /// When packets came that carry a number of the connection.
    arrivals: BTreeMap<u64, u64>,
    /// The first number that was not told of, and how many feedbacks there were.
    told: (Option<u64>, u8),
    next_us: (u64, u64),
    /// When messages of data channels came, and how long they were.
    pub(super) messages: Vec<(u64, usize)>,
}

impl Listener {
    /// Takes the streams of a description of the gateway's.
    pub(super) fn describe(&mut self, remote: &Remote) {
        for section in remote.sections.iter().filter(|it| it.sends) {
            for it in section.ssrcs.iter().take(1) {
                self.repairs.extend(it.rtx.map(|rtx| (rtx, it.ssrc)));
                self.streams.entry(it.ssrc).or_insert_with(|| match section.kind {
                    Kind::Video => (Media::Picture(Box::new(Seeing::new())), Received::default()),
                    _ => (Media::Sound(Box::new(Voice::new())), Received::default()),
                });
            }
        }
    }

    /// Takes an opened packet.
    pub(super) fn take(&mut self, now_us: u64, header: &Header, packet: &[u8]) {
        if let Some(number) = header.extension(packet, TRANSPORT_CC_ID) {
            self.note(now_us, u16::from_be_bytes(number.try_into().unwrap()));
        }
        let payload = &packet[header.len..header.payload_end(packet).unwrap()];
        if let Some(ssrc) = self.repairs.get(&header.ssrc) {
            let Some((Media::Picture(seeing), _)) = self.streams.get_mut(ssrc) else { return };
            let (Some((number, payload)), Some(highest)) =
                (payload.split_first_chunk(), seeing.missing.highest())
            else {
                return;
            };
            let number = unwrap(highest, u16::from_be_bytes(*number));
            return seeing.take(now_us, number, (header.ts, header.marker), payload);
        }
        let Some((media, received)) = self.streams.get_mut(&header.ssrc) else { return };
        let number = received.take(header.seq);
        match media {
            Media::Sound(voice) => {
                let pieces = pieces(header.pt, payload);
                if !pieces.is_empty() {
                    voice.take(now_us, (number, header.ts), &pieces);
                }
            }
            Media::Picture(seeing) => {
                seeing.take(now_us, number, (header.ts, header.marker), payload);
            }
        }
    }

    /// A packet came that carries this number.
    fn note(&mut self, now_us: u64, number: u16) {
        let known = self.arrivals.last_key_value().map_or(65_536, |it| *it.0);
        let number = unwrap(known, number);
        self.arrivals.entry(number).or_insert(now_us);
        let first = self.told.0.unwrap_or(number);
        // What comes after it was told to be missing is told once more.
        self.told.0 = Some(first.min(number));
    }

    /// Takes messages of data channels.
    pub(super) fn read(&mut self, now_us: u64, messages: &[Vec<u8>]) {
        self.messages.extend(messages.iter().map(|it| (now_us, it.len())));
    }

    /// Takes a compound of the gateway's.
    pub(super) fn told(&mut self, now_us: u64, compound: &[u8]) {
        for (_, kind, body) in rtcp_packets(compound) {
            let info = (kind == 200).then(|| sender_info(body)).flatten();
            if let Some(info) = info
                && let Some((_, received)) = self.streams.get_mut(&info.ssrc)
            {
                received.sender = Some((info.middle(), now_us));
            }
        }
    }

    /// Plays what is due, and says what is to be said.
    pub(super) fn tick(&mut self, now_us: u64, rtcp: &mut Vec<Vec<u8>>) {
        for (ssrc, (media, _)) in &mut self.streams {
            match media {
                Media::Sound(voice) => {
                    voice.hearing.tick(now_us);
                    let asks = std::mem::take(&mut voice.came);
                    let due = if asks { voice.missing.due(now_us) } else { vec![] };
                    rtcp.extend((!due.is_empty()).then(|| nack(*ssrc, &due)));
                }
                Media::Picture(seeing) => {
                    let due = seeing.missing.due(now_us);
                    rtcp.extend((!due.is_empty()).then(|| nack(*ssrc, &due)));
                    rtcp.extend(seeing.asks(now_us).then(|| pli(*ssrc)));
                }
            }
        }
        if now_us >= self.next_us.0 {
            self.next_us.0 = now_us + FEEDBACK_US;
            self.feedback(rtcp);
        }
        if now_us >= self.next_us.1 {
            self.next_us.1 = now_us + REPORT_US;
            let all = self.streams.iter_mut();
            let blocks: Vec<_> =
                all.filter_map(|(ssrc, (_, received))| received.block(now_us, *ssrc)).collect();
            rtcp.extend((!blocks.is_empty()).then(|| receiver_report(&blocks)));
        }
    }

    fn feedback(&mut self, rtcp: &mut Vec<Vec<u8>>) {
        let Some((last, _)) = self.arrivals.last_key_value() else { return };
        let (last, (first, count)) = (*last, &mut self.told);
        let mut from = first.unwrap_or(last);
        while from <= last {
            let to = last.min(from + TOLD_MAX - 1);
            let told: Vec<_> = (from..=to).map(|it| self.arrivals.get(&it).copied()).collect();
            rtcp.push(transport_feedback(from as u16, &told, *count));
            *count = count.wrapping_add(1);
            from = to + 1;
        }
        *first = Some(last + 1);
        self.arrivals = self.arrivals.split_off(&last.saturating_sub(TOLD_MAX));
    }

    /// How voices were heard.
    pub(super) fn heard(&self) -> impl Iterator<Item = &Heard> {
        self.streams.values().filter_map(|(media, _)| match media {
            Media::Sound(voice) => Some(&voice.hearing.heard),
            Media::Picture(_) => None,
        })
    }

    /// How cameras were seen.
    pub(super) fn seen(&self) -> impl Iterator<Item = &Seen> {
        self.streams.values().filter_map(|(media, _)| match media {
            Media::Picture(seeing) => Some(&seeing.seen),
            Media::Sound(_) => None,
        })
    }
}

/// The pieces of sound in a packet: how many ticks after its time each begins, and when it was captured.
fn pieces(payload_type: u8, payload: &[u8]) -> Vec<(i64, u64)> {
    match payload_type {
        RED => {
            let blocks = red::read(payload, OPUS).expect("the gateway's copies can be read");
            let copies = blocks.copies.iter().flat_map(|it| {
                let (from, to) = it.place;
                pieces_of(-i64::from(it.offset), &payload[from..to])
            });
            copies.chain(pieces_of(0, &payload[blocks.primary..])).collect()
        }
        // Padding alone.
        OPUS if payload.is_empty() => vec![],
        OPUS => pieces_of(0, payload).collect(),
        _ => vec![],
    }
}

/// Of one block of sound; where it says so, with what repairs the block before it.
fn pieces_of(offset: i64, sound: &[u8]) -> impl Iterator<Item = (i64, u64)> + use<> {
    let captured_us = u64::from_be_bytes(sound[..8].try_into().unwrap());
    let (pieces, repaired) = (i64::from(sound[8]), i64::from(sound[8] * sound[9]));
    let piece = move |place: i64| {
        (offset + place * PIECE_TICKS, captured_us.saturating_add_signed(place * PIECE_US as i64))
    };
    (-repaired..pieces).map(piece)
}
