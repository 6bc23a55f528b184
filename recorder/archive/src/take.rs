//! One take as its journal tells it: who was there, which streams, what was said in data.

use crate::tap::{
    Body, DataPacket, Missed, ParticipantJoined, Record, RoomOpened, Rtp, SenderReport,
    TrackPublished,
};
use crate::timeline::{Extent, Report, Stream, Us};
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use serde::Deserialize;

/// The most packets that one take can hold on its timeline: 12 hours of one camera. What comes
/// after is counted and stays in the journal only.
pub const MAX_PACKETS: usize = 12_000_000;
/// The most participants, tracks, page turns and chat lines, each.
pub const MAX_EVENTS: usize = 20_000;

/// A track with its streams.
#[derive(Clone, Debug)]
pub struct Track {
    /// What was published.
    pub published: TrackPublished,
    /// By layer and SSRC: an encoder that starts anew has a new SSRC and a new clock.
    pub streams: BTreeMap<(u8, u32), ReceivedStream>,
    newest: BTreeMap<u8, u32>,
}

/// One stream and its sender reports in order of arrival.
#[derive(Clone, Debug)]
pub struct ReceivedStream {
    /// The packets.
    pub stream: Stream,
    /// The reports.
    pub reports: Vec<Report>,
}

/// A page that was turned to.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct PageTurn {
    /// When.
    #[serde(skip)]
    pub at_us: Us,
    /// The deck's id.
    pub deck: String,
    /// Page from 1.
    pub page: u32,
}

/// A line of chat.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct ChatLine {
    /// When.
    #[serde(skip)]
    pub at_us: Us,
    /// Who wrote it.
    #[serde(skip)]
    pub identity: String,
    /// The sender's id of the line, so that one sent twice counts once.
    #[serde(default)]
    pub id: String,
    /// What was written.
    pub text: String,
}

/// Times from here on (in the year 2255) are none: sums of them must not overflow.
const LATEST_US: Us = 1 << 53;

/// A record that says a time so far before, or so far after, the one before it was written by a clock
/// that was put right in between.
const BACK_US: Us = 10_000_000;
const SILENT_US: Us = 12 * 3_600_000_000;

/// Everything that a journal tells of one take. Feed it the records in order.
#[derive(Clone, Debug, Default)]
pub struct Take {
    /// The room as it was opened.
    pub room: RoomOpened,
    /// Participants in order of joining, each once.
    pub participants: Vec<ParticipantJoined>,
    /// Tracks by their number.
    pub tracks: BTreeMap<u32, Track>,
    /// Page turns, in order; a turn to the page that is shown already is left out.
    pub pages: Vec<PageTurn>,
    /// Chat, in order.
    pub chat: Vec<ChatLine>,
    /// Holes that the recorder knows of.
    pub missed: Vec<Missed>,
    /// Why the room was closed; `None` if the journal ends without that.
    pub closed: Option<String>,
    /// When the first record was received.
    pub first_us: Us,
    /// When the last record was received.
    pub last_us: Us,
    /// How far the clock of all these times is ahead of the gateway's as it was at the end, which was
    /// put right, if at all.
    pub clock_us: Us,
    /// How far the gateway's wall clock was ahead of these times at last: a box that starts in 1970
    /// is set right while it records.
    pub ahead_us: Us,
    /// The number of the last record in the gateway's run.
    pub last_seq: u64,
    /// The number of the room in the gateway's run.
    pub number: u32,
    /// Packets that are on no timeline: of unknown tracks, broken, or over [`MAX_PACKETS`].
    pub left_out: u64,
    packets: usize,
}

impl Take {
    /// Takes the next record, which lies at `place` in the journal (without its head; only RTP
    /// needs it, and `place` is then where the packet lies).
    pub fn read(&mut self, record: &Record<'_>, place: Extent) {
        let at_us = self.received_us(record.at_us);
        if self.first_us == 0 {
            self.first_us = at_us;
        }
        self.last_us = self.last_us.max(at_us);
        self.last_seq = self.last_seq.max(record.seq);
        match &record.body {
            Body::RoomOpened(it) => {
                self.room = it.clone();
                self.number = record.room;
            }
            Body::TrackPublished(it) => self.publish(it),
            Body::Rtp(it) => self.packet(at_us, it, place),
            Body::SenderReport(it) => self.report(at_us, it),
            Body::ParticipantJoined(it) => self.join(it),
            Body::Data(it) => self.data(at_us, it),
            Body::ClockSet(it) => self.ahead_us = it.ahead_us.clamp(-LATEST_US, LATEST_US),
            Body::RoomClosed(it) => self.closed = Some(it.reason.clone()),
            Body::Missed(it) if self.missed.len() < MAX_EVENTS => self.missed.push(Missed {
                from_us: it.from_us.saturating_add_signed(self.clock_us),
                to_us: it.to_us.saturating_add_signed(self.clock_us),
                ..it.clone()
            }),
            Body::Missed(_)
            | Body::ParticipantLeft(_)
            | Body::TrackMuted(_)
            | Body::TrackUnpublished(_)
            | Body::Other { .. } => {}
        }
    }

    /// When a record was received, on one clock for the whole take: that of the gateway may have been put
    /// right meanwhile. A time that is none is that of the record before.
    fn received_us(&mut self, said_us: u64) -> Us {
        let said_us = Us::try_from(said_us).ok().filter(|it| (1..LATEST_US).contains(it));
        let Some(said_us) = said_us else { return self.last_us };
        let at_us = said_us.saturating_add(self.clock_us);
        let near = self.last_us - BACK_US..=self.last_us + SILENT_US;
        if self.last_us == 0 || near.contains(&at_us) {
            return at_us;
        }
        self.clock_us = self.last_us - said_us;
        self.last_us
    }

    /// Whether a record of this track and body may be given up when there is no room for all: a
    /// packet of a picture.
    #[must_use]
    pub fn is_picture(&self, track: u32) -> bool {
        let track = self.tracks.get(&track);
        track.is_some_and(|it| it.published.media == crate::tap::Media::Video)
    }

    /// When the first record was received, by the wall clock as it was set at last.
    #[must_use]
    pub const fn began_us(&self) -> Us {
        self.first_us.saturating_add(self.ahead_us)
    }

    fn publish(&mut self, published: &TrackPublished) {
        if self.tracks.len() < MAX_EVENTS {
            self.tracks.entry(published.track).or_insert_with(|| Track {
                published: published.clone(),
                streams: BTreeMap::new(),
                newest: BTreeMap::new(),
            });
        }
    }

    fn packet(&mut self, at_us: Us, rtp: &Rtp<'_>, place: Extent) {
        let (track, ssrc) = (self.tracks.get_mut(&rtp.track), Stream::ssrc(rtp.packet));
        let (Some(track), Some(ssrc)) = (track, ssrc) else {
            self.left_out += 1;
            return;
        };
        if self.packets >= MAX_PACKETS {
            self.left_out += 1;
            return;
        }
        let said = &track.published;
        let source = track.streams.entry((rtp.layer, ssrc)).or_insert_with(|| ReceivedStream {
            stream: Stream::new(said.codec),
            reports: Vec::new(),
        });
        if source.stream.push(at_us, rtp.packet, place) {
            track.newest.insert(rtp.layer, ssrc);
            self.packets += 1;
        } else {
            self.left_out += 1;
        }
    }

    fn report(&mut self, at_us: Us, report: &SenderReport) {
        let Some(track) = self.tracks.get_mut(&report.track) else { return };
        let Some(ssrc) = track.newest.get(&report.layer) else { return };
        let Some(source) = track.streams.get_mut(&(report.layer, *ssrc)) else { return };
        if let Some(sent_us) = Report::unix_us(report.ntp)
            && source.reports.len() < MAX_EVENTS
        {
            source.reports.push(Report { at_us, sent_us, ts: report.rtp_ts });
        }
    }

    fn join(&mut self, joined: &ParticipantJoined) {
        let known = self.participants.iter().any(|it| it.identity == joined.identity);
        if !known && self.participants.len() < MAX_EVENTS {
            self.participants.push(joined.clone());
        }
    }

    fn data(&mut self, at_us: Us, packet: &DataPacket) {
        match packet.topic.as_str() {
            "slides" => {
                let Ok(turn) = serde_json::from_slice::<PageTurn>(&packet.payload) else { return };
                let shown = self.pages.last();
                let same = shown.is_some_and(|it| it.deck == turn.deck && it.page == turn.page);
                if !same && self.pages.len() < MAX_EVENTS {
                    self.pages.push(PageTurn { at_us, ..turn });
                }
            }
            "chat" => {
                let Ok(line) = serde_json::from_slice::<ChatLine>(&packet.payload) else { return };
                let identity = packet.identity.clone();
                let twice = |it: &ChatLine| it.id == line.id && it.identity == identity;
                let twice = !line.id.is_empty() && self.chat.iter().rev().take(50).any(twice);
                if !twice && self.chat.len() < MAX_EVENTS {
                    self.chat.push(ChatLine { at_us, identity, ..line });
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString as _;

    fn data(topic: &str, text: &str) -> Body<'static> {
        Body::Data(DataPacket {
            identity: "li".to_string(),
            topic: topic.to_string(),
            payload: text.as_bytes().to_vec(),
        })
    }

    fn read(bodies: impl IntoIterator<Item = Body<'static>>) -> Take {
        let mut take = Take::default();
        for (body, seq) in bodies.into_iter().zip(1_u64..) {
            take.read(&Record { room: 7, seq, at_us: seq * 1_000, body }, Extent::default());
        }
        take
    }

    #[test]
    fn pages_and_chat_count_once() {
        let take = read([
            data("slides", r#"{"deck":"d","page":1,"pages":9,"title":"t"}"#),
            data("slides", r#"{"deck":"d","page":1,"pages":9,"title":"t"}"#),
            data("slides", r#"{"deck":"d","page":2}"#),
            data("slides", "{nonsense"),
            data("chat", r#"{"id":"a","text":"hello","at":1}"#),
            data("chat", r#"{"id":"a","text":"hello","at":1}"#),
            data("hand", r#"{"raised":true}"#),
        ]);
        let pages: Vec<_> = take.pages.iter().map(|it| (it.at_us, it.page)).collect();
        assert_eq!(pages, [(1_000, 1), (3_000, 2)]);
        assert_eq!(take.chat.len(), 1);
        assert_eq!((take.last_seq, take.last_us), (7, 7_000));
    }

    #[test]
    fn a_time_at_the_end_of_numbers_is_none() {
        for at_us in [0, (1 << 53) - 1, 1 << 53, u64::MAX] {
            let mut take = read([]);
            for at_us in [5, at_us] {
                let body = data("chat", r#"{"text":"hello"}"#);
                take.read(&Record { room: 7, seq: 1, at_us, body }, Extent::default());
            }
            assert_eq!(take.last_us, 5);
        }
    }

    #[test]
    fn a_gateway_whose_clock_is_put_right_goes_on() {
        for by_us in [1_700_000_000_000_000_i64, -60_000_000] {
            let mut take = read([]);
            for (number, moved) in [(1_u64, 0), (2, 0), (3, by_us), (4, by_us)] {
                let at_us = (number * 100_000_000).strict_add_signed(moved);
                let at_us = if moved < 0 { at_us } else { at_us - 99_980_000 * (number / 3) };
                let body = data("chat", r#"{"text":"hello"}"#);
                take.read(&Record { room: 7, seq: number, at_us, body }, Extent::default());
            }
            let span_us = take.last_us - take.first_us;
            assert!((100_000_000..=400_000_000).contains(&span_us), "{span_us}");
            assert_eq!(take.clock_us < 0, by_us > 0);
        }
    }

    #[test]
    fn a_packet_of_an_unknown_track_is_counted() {
        let rtp = Rtp { track: 5, layer: 0, packet: &[0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 9] };
        let take = read([Body::Rtp(rtp)]);
        assert_eq!(take.left_out, 1);
    }

    #[test]
    fn a_room_that_is_opened_again_after_a_gap_keeps_its_tracks() {
        let track = TrackPublished { track: 5, ..TrackPublished::default() };
        let rtp = Rtp { track: 5, layer: 0, packet: &[0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 9] };
        let take = read([
            Body::RoomOpened(RoomOpened::default()),
            Body::TrackPublished(track.clone()),
            Body::Rtp(rtp),
            Body::RoomOpened(RoomOpened::default()),
            Body::TrackPublished(track),
        ]);
        assert_eq!(take.tracks[&5].streams.len(), 1);
    }
}
