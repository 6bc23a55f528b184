//! What a crash, a full disk or a broken line costs: no more than what was not yet on disk.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod stage;

use archive::journal::{HEADER, Reader, Seal, verify};
use archive::manifest::State;
use archive::tap::{Body, ClockSet, Codec, Missed, Record, Recording, RoomClosed, RoomOpened};
use rand::RngExt as _;
use recorder::Config;
use stage::media::{Sent, tone};
use stage::{Gateway, House};
use std::path::{Path, PathBuf};

/// A room with one voice.
fn begin(gateway: &Gateway, session: &str) {
    gateway.open(session, "class");
    gateway.join(0, "teacher", "lead_teacher");
    gateway.track(0, 1, "teacher", Codec::Opus);
}

/// Says a part of the voice.
fn speak(gateway: &Gateway, voice: &[Sent], from_ms: u64, to_ms: u64) -> u64 {
    let part = voice.iter().filter(|it| (from_ms..to_ms).contains(&it.at_ms));
    part.map(|it| gateway.rtp(it.at_ms + 30, 1, &it.packet)).count() as u64
}

fn journal(data: &Path, id: &str) -> PathBuf {
    data.join("recordings").join(id).join("journal")
}

/// All payloads of a journal and the head of its seals.
fn read(journal: &Path) -> (Vec<Vec<u8>>, String) {
    let (mut payloads, mut seals) = (Vec::new(), Vec::<Seal>::new());
    for number in 1.. {
        let Ok(bytes) = std::fs::read(journal.join(format!("{number:04}.tap"))) else { break };
        let mut reader = Reader::new(&bytes);
        payloads.extend(reader.by_ref().map(|(_, it)| it.to_vec()));
        assert_eq!(reader.good(), bytes.len(), "segment {number} is whole");
        if let Ok(seal) = std::fs::read(journal.join(format!("{number:04}.seal"))) {
            seals.push(serde_json::from_slice(&seal).unwrap());
        }
    }
    (payloads, verify(&seals).unwrap().to_owned())
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &to);
        } else {
            std::fs::copy(&path, &to).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_tail_costs_only_itself() {
    let data = tempfile::tempdir().unwrap();
    let gateway = Gateway::start("run-a").await;
    let house = House::start(data.path(), &gateway).await;
    begin(&gateway, "lesson");
    let said = speak(&gateway, &tone(440, 4, 1), 0, 4_000);
    house.recorded(said + 3).await;
    house.recorder.stop().await;
    let whole = std::fs::read(journal(data.path(), "lesson-1").join("0001.tap")).unwrap();
    let before: Vec<Vec<u8>> = Reader::new(&whole).map(|(_, it)| it.to_vec()).collect();
    assert_eq!(before.len() as u64, said + 3);

    let mut random = rand::rng();
    for turn in 0..10 {
        let cut = random.random_range(HEADER.len() + 600..whole.len());
        let torn = data.path().join(format!("torn-{turn}"));
        copy(&data.path().join("recordings"), &torn.join("recordings"));
        let segment = journal(&torn, "lesson-1").join("0001.tap");
        std::fs::write(&segment, &whole[..cut]).unwrap();
        let kept = Reader::new(&whole[..cut]).count();
        gateway.restart(&format!("run-{turn}"));
        let house = House::start(&torn, &gateway).await;
        let manifest = house.done("lesson-1", "teacher").await;
        let (payloads, head) = read(&journal(&torn, "lesson-1"));
        assert_eq!(payloads[..kept], before[..kept], "cut at {cut}");
        assert_eq!(payloads.len(), kept + 1, "and why it ended");
        let last = Record::decode(&payloads[kept]).unwrap();
        assert!(matches!(last.body, Body::RoomClosed(_)));
        let sealed = manifest.journal.unwrap();
        assert_eq!(sealed.head, head);
        let sounds = u64::try_from(kept - 3).unwrap() * 20;
        assert!(manifest.duration_ms.abs_diff(sounds) < 60, "{} {sounds}", manifest.duration_ms);
        assert_eq!(manifest.damaged_seconds, 0);
        house.recorder.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_starts_anew_begins_the_next_take() {
    let data = tempfile::tempdir().unwrap();
    let gateway = Gateway::start("run-a").await;
    let house = House::start(data.path(), &gateway).await;
    let voice = tone(440, 4, 1);
    begin(&gateway, "lesson");
    let said = speak(&gateway, &voice, 0, 2_000);
    house.recorded(said + 3).await;
    let open = house.list("teacher").await;
    assert_eq!((open[0].id.as_str(), open[0].state), ("lesson-1", State::Recording));
    gateway.restart("run-b");
    begin(&gateway, "lesson");
    speak(&gateway, &voice, 2_000, 4_000);
    gateway.close(5_000);
    let first = house.done("lesson-1", "teacher").await;
    assert_eq!(first.journal.unwrap().closed, "the gateway started anew");
    let second = house.done("lesson-2", "teacher").await;
    assert_eq!(second.journal.unwrap().closed, "everybody left");
    assert!(
        (1_900..2_200).contains(&first.duration_ms) && (1_900..2_200).contains(&second.duration_ms)
    );
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorder_that_starts_anew_goes_on_with_the_take() {
    let data = tempfile::tempdir().unwrap();
    let gateway = Gateway::start("run-a").await;
    let voice = tone(440, 4, 1);
    begin(&gateway, "lesson");
    let said = speak(&gateway, &voice, 0, 2_000);
    let house = House::start(data.path(), &gateway).await;
    house.recorded(said + 3).await;
    house.recorder.stop().await;
    speak(&gateway, &voice, 2_000, 4_000);
    gateway.close(5_000);
    let house = House::start(data.path(), &gateway).await;
    let manifest = house.done("lesson-1", "teacher").await;
    assert!((3_950..4_100).contains(&manifest.duration_ms), "{}", manifest.duration_ms);
    assert_eq!((manifest.damaged_seconds, house.list("teacher").await.len()), (0, 1));
    let asked = format!("Some(\"run-a\") Some({})", said + 3);
    assert!(gateway.asked().contains(&asked), "{:?}", gateway.asked());
    house.recorder.stop().await;

    let house = House::start(data.path(), &gateway).await;
    assert_eq!(house.done("lesson-1", "teacher").await, manifest, "and it is still there");
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_room_keeps_no_other_from_going_on() {
    let data = tempfile::tempdir().unwrap();
    let gateway = Gateway::start("run-a").await;
    let (silent, busy, over) = (gateway.clone(), gateway.in_room(2), gateway.in_room(3));
    let voice = tone(440, 6, 1);
    begin(&silent, "silent");
    begin(&busy, "busy");
    begin(&over, "over");
    let mut said = speak(&busy, &voice, 0, 1_000) + speak(&over, &voice, 0, 1_000);
    let house = House::start(data.path(), &gateway).await;
    house.recorded(said + 9).await;
    gateway.forget();
    said += speak(&busy, &voice, 1_000, 2_000);
    house.recorded(said + 9).await;
    // Its end is still told when the recorder comes back.
    over.close(2_000);
    house.done("over-1", "teacher").await;
    house.recorder.stop().await;
    speak(&busy, &voice, 2_000, 4_000);
    let house = House::start(data.path(), &gateway).await;
    house.until("recorder_tap_connects_total 1\n").await;
    speak(&silent, &voice, 4_000, 6_000);
    speak(&busy, &voice, 4_000, 6_000);
    silent.close(6_000);
    busy.close(6_000);
    // A replay begins with the first sound.
    for (id, long_ms) in [("silent-1", 2_000), ("busy-1", 6_000)] {
        let manifest = house.done(id, "teacher").await;
        assert!(manifest.duration_ms.abs_diff(long_ms) < 100, "{}", manifest.duration_ms);
        assert!(manifest.damage.is_empty(), "{id}: {:?}", manifest.damage);
    }
    let ids: Vec<String> = house.list("teacher").await.into_iter().map(|it| it.id).collect();
    assert_eq!(ids.len(), 3, "no room is recorded twice: {ids:?}");
    assert!(house.recorder.metrics().contains("recorder_missed_records_total 0\n"));
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_gone_is_marked_where_it_is_missing_and_what_is_kept_is_taken() {
    let data = tempfile::tempdir().unwrap();
    let gateway = Gateway::start("run-a").await;
    let rooms: Vec<Gateway> = (1..=3).map(|room| gateway.in_room(room)).collect();
    let [loser, whole, ended] = &rooms[..] else { panic!() };
    let voice = tone(440, 8, 1);
    for (room, session) in rooms.iter().zip(["loser", "whole", "ended"]) {
        begin(room, session);
    }
    let said: u64 = rooms.iter().map(|it| speak(it, &voice, 0, 2_000)).sum();
    let house = House::start(data.path(), &gateway).await;
    house.recorded(said + 9).await;
    house.recorder.stop().await;
    // What is said now is gone when the recorder comes back.
    speak(loser, &voice, 2_000, 3_000);
    loser.track(3_000, 2, "teacher", Codec::Opus);
    ended.close(3_000);
    gateway.forget();
    for (at_ms, track) in [(3_000, 1), (3_500, 2)] {
        let part = voice.iter().filter(|it| (at_ms..at_ms + 500).contains(&it.at_ms));
        part.for_each(|it| loser.rtp(it.at_ms + 30, track, &it.packet));
    }
    speak(whole, &voice, 2_000, 4_000);
    let house = House::start(data.path(), &gateway).await;
    let closed = house.done("ended-1", "teacher").await.journal.unwrap().closed;
    assert_eq!(closed, "the room was closed while the recorder could not hear it");
    // Here the gateway itself had no place for a part of one room.
    let us = |ms: u64| stage::START_US + ms * 1_000;
    let missed = Missed { from_us: us(5_000), to_us: us(5_500), records: 25, ..Missed::default() };
    for room in [loser, whole] {
        speak(room, &voice, 4_000, 5_000);
    }
    loser.say(5_500, Body::Missed(missed));
    speak(loser, &voice, 5_500, 7_000);
    speak(whole, &voice, 5_000, 7_000);
    loser.close(7_000);
    whole.close(7_000);
    let manifest = house.done("whole-1", "teacher").await;
    assert!(manifest.damage.is_empty(), "{:?}", manifest.damage);
    let manifest = house.done("loser-1", "teacher").await;
    let lost = manifest.damage.iter().filter(|it| it.what == "journal");
    let lost: Vec<_> = lost.map(|it| (it.from_ms / 100, it.to_ms / 100)).collect();
    assert_eq!(lost.len(), 2, "{:?}", manifest.damage);
    assert!((19..=21).contains(&lost[0].0) && (29..=31).contains(&lost[0].1), "{lost:?}");
    assert!((49..=51).contains(&lost[1].0) && (54..=56).contains(&lost[1].1), "{lost:?}");
    assert_eq!(house.list("teacher").await.len(), 3);
    // One hole, one end that is gone, and those that the gateway told of.
    let missed = "recorder_missed_records_total 27\n";
    assert!(house.recorder.metrics().contains(missed), "{}", house.recorder.metrics());
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_line_is_mended_and_what_it_lost_is_told() {
    let data = tempfile::tempdir().unwrap();
    let gateway = Gateway::start("run-a").await;
    let house = House::start(data.path(), &gateway).await;
    let voice = tone(440, 8, 1);
    begin(&gateway, "lesson");
    let said = speak(&gateway, &voice, 0, 2_000);
    house.recorded(said + 3).await;
    // Nothing is lost here, the recorder resumes.
    gateway.cut(false);
    let said = said + speak(&gateway, &voice, 2_000, 3_000);
    house.recorded(said + 3).await;
    // Two seconds are lost here.
    gateway.cut(true);
    house.until("recorder_tap_connects_total 3\n").await;
    let said = said + speak(&gateway, &voice, 5_000, 6_000);
    house.recorded(said + 3).await;
    // And a few numbers here.
    gateway.skip(25);
    speak(&gateway, &voice, 6_500, 8_000);
    gateway.close(9_000);
    let manifest = house.done("lesson-1", "teacher").await;
    assert!((7_950..8_100).contains(&manifest.duration_ms), "{}", manifest.duration_ms);
    let lost: Vec<_> = manifest.damage.iter().filter(|it| it.what == "journal").collect();
    assert_eq!(lost.len(), 2, "{lost:?}");
    assert!((2_900..3_100).contains(&lost[0].from_ms) && (4_900..5_100).contains(&lost[0].to_ms));
    assert!((3..=5).contains(&manifest.damaged_seconds), "{}", manifest.damaged_seconds);
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_takes_nothing_is_told_and_nothing_is_lost_when_it_is_well_again() {
    let data = tempfile::tempdir().unwrap();
    let gateway = Gateway::start("run-a").await;
    let house = House::start(data.path(), &gateway).await;
    let recordings = data.path().join("recordings");
    std::fs::remove_dir(&recordings).unwrap();
    std::fs::write(&recordings, "in the way").unwrap();
    begin(&gateway, "lesson");
    let said = speak(&gateway, &tone(440, 3, 1), 0, 3_000);
    house.recorded(said + 3).await;
    for _ in 0..100 {
        if house.recorder.ready().is_err() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(house.recorder.ready().unwrap_err().contains("Free space"));
    assert!(house.list("teacher").await[0].reason.as_ref().unwrap().contains("cannot be written"));
    gateway.hears(&Recording { stopped: true, ..Recording::default() }).await;
    std::fs::remove_file(&recordings).unwrap();
    gateway.close(4_000);
    let manifest = house.done("lesson-1", "teacher").await;
    assert!((2_950..3_100).contains(&manifest.duration_ms));
    assert_eq!(manifest.reason, None);
    for _ in 0..100 {
        if house.recorder.ready().is_ok() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(house.recorder.ready(), Ok(()));
    gateway.hears(&Recording::default()).await;
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_above_those_that_can_be_recorded_is_told_to_the_gateway() {
    let data = tempfile::tempdir().unwrap();
    let gateway = Gateway::start("run-a").await;
    let house = House::start(data.path(), &gateway).await;
    for room in 1..=202 {
        let opened = RoomOpened {
            run: "run-a".to_owned(),
            session: format!("lesson-{room}"),
            record: true,
            ..RoomOpened::default()
        };
        gateway.say_in(room, 0, Body::RoomOpened(opened));
    }
    gateway.hears(&Recording { refused: vec![201, 202], stopped: false }).await;
    assert!(house.recorder.metrics().contains("recorder_refused_rooms_total 2\n"));
    // A recorder that breaks off says it again.
    gateway.cut(false);
    house.until("recorder_tap_connects_total 2\n").await;
    gateway.say_in(201, 100, Body::RoomClosed(RoomClosed::default()));
    gateway.hears(&Recording { refused: vec![202], stopped: false }).await;
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_right_in_mid_session_moves_its_beginning_and_no_voice() {
    let data = tempfile::tempdir().unwrap();
    let gateway = Gateway::start("run-a").await;
    let house = House::start(data.path(), &gateway).await;
    begin(&gateway, "lesson");
    let voice = tone(440, 4, 1);
    speak(&gateway, &voice, 0, 2_000);
    let ahead_us = 24 * 3_600 * 1_000_000;
    gateway.say(2_000, Body::ClockSet(ClockSet { ahead_us }));
    speak(&gateway, &voice, 2_000, 4_000);
    gateway.close(4_100);
    let manifest = house.done("lesson-1", "teacher").await;
    assert!(manifest.started_at.starts_with("2026-11-24T08:00"), "{}", manifest.started_at);
    assert!((3_950..4_150).contains(&manifest.duration_ms), "{}", manifest.duration_ms);
    assert_eq!(manifest.damaged_seconds, 0);
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_for_a_disk_that_takes_nothing_is_bounded_and_pictures_go_first() {
    let data = tempfile::tempdir().unwrap();
    let gateway = Gateway::start("run-a").await;
    let config = Config {
        data: data.path().to_owned(),
        tap_url: gateway.url.clone(),
        memory_megabytes: 1,
        ..Config::default()
    };
    let house = House::with(config).await;
    let recordings = data.path().join("recordings");
    std::fs::remove_dir(&recordings).unwrap();
    std::fs::write(&recordings, "in the way").unwrap();
    begin(&gateway, "lesson");
    gateway.track(0, 2, "teacher", Codec::Vp8);
    let voice = tone(440, 10, 1);
    let mut picture = vec![0; 1_200];
    picture[0] = 0x80;
    for (number, sound) in voice.iter().enumerate() {
        gateway.rtp(sound.at_ms, 1, &sound.packet);
        for part in 0..5 {
            let seq = u16::try_from(number * 5 + part).unwrap();
            picture[2..4].copy_from_slice(&seq.to_be_bytes());
            gateway.rtp(sound.at_ms, 2, &picture);
        }
    }
    gateway.data(10_000, "teacher", "chat", r#"{"id":"1","text":"the end","at":1}"#);
    let numbers = |name: &str| -> u64 {
        let text = house.recorder.metrics();
        let line = text.lines().find_map(|it| it.strip_prefix(&format!("recorder_{name}_total ")));
        line.unwrap().parse().unwrap()
    };
    let all = voice.len() as u64 * 6 + 5;
    while numbers("records") + numbers("dropped_video") + numbers("dropped_all") < all {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(numbers("dropped_video") > 1_500, "3 MB of picture, 1 MB of room");
    assert_eq!(numbers("dropped_all"), 0, "sound is never dropped before pictures");
    std::fs::remove_file(&recordings).unwrap();
    gateway.close(10_100);
    let manifest = house.done("lesson-1", "teacher").await;
    assert!(manifest.duration_ms >= 9_950);
    assert_eq!(manifest.chat.len(), 1);
    assert!(!manifest.damage.iter().any(|it| it.what == "sound" || it.what == "journal"));
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn segments_are_sealed_while_the_take_goes_on() {
    let data = tempfile::tempdir().unwrap();
    let gateway = Gateway::start("run-a").await;
    let config = Config {
        data: data.path().to_owned(),
        tap_url: gateway.url.clone(),
        segment_seconds: 1,
        ..Config::default()
    };
    let house = House::with(config).await;
    begin(&gateway, "lesson");
    let voice = tone(440, 4, 1);
    for part in 0..4 {
        speak(&gateway, &voice, part * 1_000, (part + 1) * 1_000);
        tokio::time::sleep(std::time::Duration::from_millis(900)).await;
    }
    gateway.close(5_000);
    let manifest = house.done("lesson-1", "teacher").await;
    let sealed = manifest.journal.unwrap();
    assert!(sealed.segments.len() >= 2, "{sealed:?}");
    assert_eq!(read(&journal(data.path(), "lesson-1")).1, sealed.head);
    assert!((3_950..4_100).contains(&manifest.duration_ms));
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_is_on_disk_within_a_second() {
    let data = tempfile::tempdir().unwrap();
    let gateway = Gateway::start("run-a").await;
    let house = House::start(data.path(), &gateway).await;
    begin(&gateway, "lesson");
    let said = speak(&gateway, &tone(440, 1, 1), 0, 1_000);
    let segment = journal(data.path(), "lesson-1").join("0001.tap");
    let mut waited_ms = 0;
    while std::fs::read(&segment).map_or(0, |it| Reader::new(&it).count() as u64) < said + 3 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        waited_ms += 10;
        assert!(waited_ms < 1_000, "not on disk");
    }
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_is_recorded_again_has_another_take_and_none_twice() {
    let data = tempfile::tempdir().unwrap();
    let gateway = Gateway::start("run-a").await;
    let house = House::start(data.path(), &gateway).await;
    let voice = tone(440, 20, 1);
    begin(&gateway, "lesson");
    let said = speak(&gateway, &voice, 0, 2_000);
    house.recorded(said + 3).await;
    // The consent is withdrawn, and given again while no recorder listens that knew of it.
    gateway.close(2_000);
    house.done("lesson-1", "teacher").await;
    house.recorder.stop().await;
    let opened = RoomOpened {
        run: "run-a".to_owned(),
        name: "lesson".to_owned(),
        session: "lesson".to_owned(),
        record: true,
        ..RoomOpened::default()
    };
    gateway.say(10_000, Body::RoomOpened(opened));
    gateway.join(10_000, "teacher", "lead_teacher");
    gateway.track(10_000, 1, "teacher", Codec::Opus);
    let said = speak(&gateway, &voice, 10_000, 13_000);
    let house = House::start(data.path(), &gateway).await;
    house.recorded(said + 3).await;
    gateway.cut(false);
    house.until("recorder_tap_connects_total 2\n").await;
    gateway.close(13_000);
    let manifest = house.done("lesson-2", "teacher").await;
    assert!(manifest.duration_ms.abs_diff(3_000) < 100, "{}", manifest.duration_ms);
    let (first, _) = read(&journal(data.path(), "lesson-1"));
    let last = Record::decode(first.last().unwrap()).unwrap();
    assert!(matches!(last.body, Body::RoomClosed(_)), "nothing is later than the withdrawal");
    let manifest = house.done("lesson-1", "teacher").await;
    assert!(manifest.duration_ms.abs_diff(2_000) < 100, "{}", manifest.duration_ms);
    assert_eq!(house.list("teacher").await.len(), 2);
    house.recorder.stop().await;
}
