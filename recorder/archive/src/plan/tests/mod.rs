use super::*;
use crate::tap::{
    Body, Codec, DataPacket, Decoder, Media, Missed, ParticipantJoined, Record, RoomOpened, Rtp,
    Source, TrackPublished, encode,
};
use crate::timeline::Extent;
use alloc::string::ToString as _;

#[derive(Default)]
struct Room {
    /// Encoded, by their times in milliseconds.
    said: Vec<(u64, Vec<u8>)>,
}

impl Room {
    fn say(&mut self, at_ms: u64, body: Body<'_>) {
        let mut record = Vec::new();
        let seq = self.said.len() as u64 + 1;
        encode(&Record { room: 1, seq, at_us: 1_000_000_000 + at_ms * 1_000, body }, &mut record)
            .unwrap();
        self.said.push((at_ms, record));
    }

    fn track(&mut self, track: u32, identity: &str, source: Source, codec: Codec) {
        let video = codec != Codec::Opus;
        let published = TrackPublished {
            track,
            identity: identity.to_string(),
            source,
            codec,
            media: if video { Media::Video } else { Media::Audio },
            clock_rate: if video { 90_000 } else { 48_000 },
            payload_type: 96,
            layers: 1,
            ..TrackPublished::default()
        };
        self.say(0, Body::TrackPublished(published));
    }

    fn rtp(&mut self, at_ms: u64, track: u32, layer: u8, seq: u16, ticks: u32, payload: &[u8]) {
        let mut packet = [0x80, 0x80 | 96, 0, 0, 0, 0, 0, 0, 0, 0, 0, layer + 1].to_vec();
        packet[2..4].copy_from_slice(&seq.to_be_bytes());
        packet[4..8].copy_from_slice(&ticks.to_be_bytes());
        packet.extend_from_slice(payload);
        self.say(at_ms, Body::Rtp(Rtp { track, layer, packet: &packet }));
    }

    /// Sound of `count` packets from `at_ms`.
    fn talk(&mut self, at_ms: u64, track: u32, seq: u16, count: u16) {
        for it in 0..count {
            let at_ms = at_ms + u64::from(it) * 20;
            let ticks = u32::try_from(at_ms * 48).unwrap();
            self.rtp(at_ms, track, 0, seq + it, ticks, &[1, 2, 3]);
        }
    }

    /// A picture of `count` frames in 100 ms steps, the first and each `every`th after it a key frame
    /// as large as the layer.
    fn show_keys(&mut self, at_ms: u64, track: u32, layer: u8, count: u16, every: u16) {
        let key = [0x10, 0x10, 0, 0, 0x9D, 0x01, 0x2A, 0x40, 1 + layer, 0xF0, 0];
        for it in 0..count {
            let at_ms = at_ms + u64::from(it) * 100;
            let ticks = u32::try_from(at_ms * 90).unwrap();
            let payload: &[u8] = if it % every == 0 { &key } else { &[0x10, 0x11, 0] };
            self.rtp(at_ms, track, layer, it, ticks, payload);
        }
    }

    /// The same with one key frame.
    fn show(&mut self, at_ms: u64, track: u32, layer: u8, count: u16) {
        self.show_keys(at_ms, track, layer, count, u16::MAX);
    }

    fn join(&mut self, identity: &str, role: &str) {
        let joined = ParticipantJoined {
            identity: identity.to_string(),
            role: role.to_string(),
            ..ParticipantJoined::default()
        };
        self.say(0, Body::ParticipantJoined(joined));
    }

    fn plan(mut self) -> Plan {
        let mut take = Take::default();
        self.said.sort_by_key(|it| it.0);
        for (_, record) in &self.said {
            let record = Decoder::new(record).next().unwrap().unwrap();
            take.read(&record, Extent { segment: 1, offset: 0, len: 30 });
        }
        Plan::of(take)
    }
}

mod pictures;

#[test]
fn an_empty_take_has_a_plan() {
    let mut room = Room::default();
    room.say(0, Body::RoomOpened(RoomOpened::default()));
    room.say(500, Body::RoomOpened(RoomOpened::default()));
    let plan = room.plan();
    assert!(plan.lanes.is_empty() && plan.pictures.is_empty());
    assert_eq!(plan.duration_us, 500_000);
    assert!(Plan::of(Take::default()).damage.is_empty());
}

#[test]
fn who_speaks_after_another_shares_a_lane_and_who_speaks_along_does_not() {
    let mut room = Room::default();
    for (track, identity) in [(1, "a"), (2, "b"), (3, "c")] {
        room.track(track, identity, Source::Microphone, Codec::Opus);
    }
    room.talk(1_000, 1, 0, 100);
    room.talk(2_000, 2, 0, 100);
    room.talk(5_000, 3, 0, 50);
    let plan = room.plan();
    assert_eq!(plan.lanes.iter().map(|it| it.packets.len()).collect::<Vec<_>>(), [150, 100]);
    assert_eq!(plan.lanes[0].packets[0].at_us, LEAD_US);
    assert_eq!(plan.lanes[0].packets[100].at_us, 4_000_000 + LEAD_US);
    assert_eq!(plan.lanes[1].packets[0].at_us, 1_000_000 + LEAD_US);
    assert_eq!(plan.duration_us, 5_000_000 + LEAD_US);
    assert_eq!(plan.damaged_seconds.any, 0);
}

#[test]
fn loss_is_told_and_silence_is_not_loss() {
    let mut room = Room::default();
    room.track(1, "a", Source::Microphone, Codec::Opus);
    room.talk(0, 1, 0, 50);
    room.talk(5_000, 1, 50, 50);
    room.talk(6_200, 1, 110, 50);
    let plan = room.plan();
    let lost: Vec<_> = plan.lanes[0].packets.iter().filter(|it| it.lost_us > 0).collect();
    assert_eq!((lost.len(), lost[0].at_us, lost[0].lost_us), (1, 6_200_000 + LEAD_US, 200_000));
    assert_eq!(plan.damage.len(), 1);
    assert_eq!(plan.damage[0].what, "sound");
    assert_eq!(plan.damaged_seconds.any, 1);
}

#[test]
fn pages_before_the_start_are_shown_from_the_start() {
    let mut room = Room::default();
    let turn = |page: u32, deck: &str| {
        Body::Data(DataPacket {
            identity: "a".to_string(),
            topic: "slides".to_string(),
            payload: format!(r#"{{"deck":"{deck}","page":{page}}}"#).into_bytes(),
        })
    };
    let deck = "0123456789abcdef0123456789abcdef";
    room.track(1, "a", Source::Microphone, Codec::Opus);
    room.say(0, turn(1, deck));
    room.say(100, turn(2, deck));
    room.say(200, turn(9, "../../etc/passwd"));
    room.talk(1_000, 1, 0, 500);
    room.say(3_000, turn(3, deck));
    let slides = room.plan().slides;
    assert_eq!(
        slides.iter().map(|it| (it.at_ms, it.page)).collect::<Vec<_>>(),
        [(0, 2), (2_020, 3)]
    );
    assert_eq!(slides[0].url, format!("/slides/{deck}/2.webp"));
}

#[test]
fn a_hole_in_the_journal_is_damage() {
    let mut room = Room::default();
    room.track(1, "a", Source::Microphone, Codec::Opus);
    room.talk(0, 1, 0, 100);
    let us = |ms: u64| 1_000_000_000 + ms * 1_000;
    let missed = Missed { from_us: us(2_000), to_us: us(4_500), ..Missed::default() };
    room.say(4_500, Body::Missed(missed));
    room.talk(4_500, 1, 225, 100);
    let plan = room.plan();
    assert_eq!((plan.damaged_seconds.any, plan.damaged_seconds.journal), (3, 3));
    assert!(
        plan.damage
            .iter()
            .any(|it| (it.from_ms, it.to_ms, it.what.as_str()) == (2_020, 4_520, "journal"))
    );
}
