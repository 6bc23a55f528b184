//! From what a gateway says to what a person watches.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod stage;

use archive::manifest::State;
use archive::tap::Codec;
use stage::line::{Line, save};
use stage::media::{
    Heard, Sent, film, film_av1, film_h264, film_vp9, probe, seen, seen_after_seek, starts, tone,
    tone_with_a_pause,
};
use stage::{Gateway, House};

const DECK: &str = "0123456789abcdef0123456789abcdef";

/// A class of 16 s. Teacher: picture and 440 Hz from 0 to 10 s but silent (no packets) from 4 to
/// 6 s; gone from 10 to 12 s; back under new numbers until 16 s. Classroom: 1000 Hz from 7 to 9 s.
fn class(gateway: &Gateway) {
    let (voice, picture) = (tone(440, 10, 1), film(10, 2));
    let (voice_again, picture_again) = (tone(440, 4, 3), film(4, 4));
    let answer = tone(1_000, 2, 5);
    gateway.open("lesson", "class");
    gateway.join(0, "teacher", "lead_teacher");
    gateway.join(0, "school", "classroom");
    gateway.track(0, 1, "teacher", Codec::Opus);
    gateway.track(0, 2, "teacher", Codec::Vp8);
    let mut line = Line::default();
    // Loss of sound here and there, and a torn frame of picture at 5 s.
    line.send(0, 1, &voice, |number, at_ms| !(4_000..6_000).contains(&at_ms) && number % 97 != 50);
    let torn = picture.iter().position(|it| it.at_ms >= 5_000).unwrap();
    line.send(0, 2, &picture, |number, _| number != torn);
    line.send(7_000, 5, &answer, |_, _| true);
    line.send(12_000, 3, &voice_again, |_, _| true);
    line.send(12_000, 4, &picture_again, |_, _| true);
    let clock = |sent: &[Sent], hertz: u32, at_ms: u64| {
        sent[0].rtp_ts().wrapping_add(u32::try_from(at_ms).unwrap() * (hertz / 1_000))
    };
    let mut second = 0;
    line.play(gateway, |at_ms, gateway| {
        while at_ms / 1_000 >= second {
            let now = second * 1_000;
            match second {
                1..=10 => {
                    gateway.report(now + 40, now, 1, clock(&voice, 48_000, now));
                    gateway.report(now + 45, now, 2, clock(&picture, 90_000, now));
                }
                13.. => {
                    gateway.report(now + 40, now, 3, clock(&voice_again, 48_000, now - 12_000));
                    gateway.report(now + 45, now, 4, clock(&picture_again, 90_000, now - 12_000));
                }
                _ => {}
            }
            match second {
                2 => gateway.data(
                    now,
                    "teacher",
                    "slides",
                    &format!(r#"{{"deck":"{DECK}","page":1}}"#),
                ),
                3 => gateway.data(now, "school", "chat", r#"{"id":"1","text":"好","at":1}"#),
                7 => gateway.track(now, 5, "school", Codec::Opus),
                9 => gateway.data(
                    now,
                    "teacher",
                    "slides",
                    &format!(r#"{{"deck":"{DECK}","page":2}}"#),
                ),
                12 => {
                    gateway.track(now, 3, "teacher", Codec::Opus);
                    gateway.track(now, 4, "teacher", Codec::Vp8);
                }
                _ => {}
            }
            second += 1;
        }
    });
    gateway.close(16_100);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_class_is_recorded_and_played() {
    let data = tempfile::tempdir().unwrap();
    let gateway = Gateway::start("run-a").await;
    let house = House::start(data.path(), &gateway).await;
    class(&gateway);
    let manifest = house.done("lesson-1", "teacher").await;
    assert!(house.recorder.ready().is_ok());
    assert!((15_900..16_200).contains(&manifest.duration_ms), "{}", manifest.duration_ms);
    assert_eq!(manifest.started_at.get(..19), Some("2026-11-23T08:00:00"));
    let who: Vec<_> = manifest.participants.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(who, ["TEACHER", "SCHOOL"]);
    let pages: Vec<_> = manifest.slides.iter().map(|it| (it.at_ms / 100, it.page)).collect();
    assert_eq!(pages, [(19, 1), (89, 2)]);
    assert_eq!(manifest.chat[0].text, "好");
    assert!(manifest.damage.iter().any(|it| it.what == "picture" && it.from_ms / 1_000 <= 5));

    let light = save(&house, &manifest, "light", data.path()).await;
    let (length_ms, codecs) = probe(&light);
    assert_eq!(codecs, ["opus"]);
    assert!((15_900..16_300).contains(&length_ms), "{length_ms}");
    let heard = Heard::of(&light);
    assert!((15_900..16_300).contains(&heard.ms()), "{}", heard.ms());
    check_sound(&heard);

    let full = save(&house, &manifest, "full", data.path()).await;
    let (length_ms, mut codecs) = probe(&full);
    codecs.sort();
    assert_eq!(codecs, ["opus", "vp8"]);
    assert!((15_900..16_300).contains(&length_ms), "{length_ms}");
    check_sound(&Heard::of(&full));
    let (voice, with_picture) = (Heard::of(&light), Heard::of(&full));
    assert!(with_picture.onset(440.0).abs_diff(voice.onset(440.0)) <= 2, "sound keeps its times");
    let seen = seen(&full);
    assert!(seen.windows(2).all(|it| it[0] < it[1]));
    assert!(seen[0] < 100 && seen.iter().all(|it| !(10_100..11_900).contains(it)), "{seen:?}");
    let in_second = |it: u64| seen.iter().filter(|at| **at / 1_000 == it).count();
    assert!(in_second(1) >= 14 && in_second(13) >= 14, "{seen:?}");
    let starts = starts(&full);
    assert!(starts[0].1 == "vp8" && starts[0].0 <= 0.0 && starts[1].0 > 0.0, "{starts:?}");
    assert!((13_900..14_100).contains(&seen_after_seek(&full, 14_500)));
    house.recorder.stop().await;
}

/// Tones where they were, silence where it was, each to 100 ms.
fn check_sound(heard: &Heard) {
    for (from_ms, to_ms) in [(150, 3_900), (6_150, 9_850), (12_150, 15_800)] {
        for at in (from_ms..to_ms - 100).step_by(100) {
            let tone = heard.tone(440.0, at, at + 100);
            assert!(tone > 0.2, "440 Hz at {at}: {tone}");
        }
    }
    for (from_ms, to_ms) in [(4_150, 5_850), (10_150, 11_850)] {
        let level = heard.level(from_ms, to_ms);
        assert!(level < 0.01, "silence from {from_ms}: {level}");
    }
    assert!(heard.tone(1_000.0, 7_150, 8_850) > 0.3);
    assert!(heard.tone(1_000.0, 6_150, 6_850) < 0.02 && heard.tone(1_000.0, 9_150, 9_850) < 0.02);
}

/// A call of 12 s: a pause with few packets from 3 to 6 s, and from 8 to 10 s a microphone that is
/// off, whose RTP clock stands still meanwhile; with sender reports and without them, and with the
/// last of them before that.
#[tokio::test(flavor = "multi_thread")]
async fn pauses_and_a_mute_keep_their_length() {
    let data = tempfile::tempdir().unwrap();
    let gateway = Gateway::start("run-a").await;
    let house = House::start(data.path(), &gateway).await;
    let voice = tone_with_a_pause(440, 1);
    let muted = |at_ms: u64| if at_ms < 8_000 { at_ms } else { at_ms + 2_000 };
    for (session, reports_until) in [("reports", 12_000), ("early", 7_000), ("none", 0)] {
        gateway.open(session, "class");
        gateway.track(0, 1, "teacher", Codec::Opus);
        let mut line = Line::default();
        line.send(0, 1, &voice, |_, at_ms| at_ms < 8_000);
        line.send(2_000, 1, &voice, |_, at_ms| at_ms >= 8_000);
        let mut reported = 0;
        line.play(&gateway, |at_ms, gateway| {
            while reported + 1_000 <= at_ms.min(reports_until) {
                reported += 1_000;
                let last = voice.iter().rfind(|it| muted(it.at_ms) <= reported).unwrap();
                gateway.report(reported + 40, muted(last.at_ms), 1, last.rtp_ts());
            }
        });
        gateway.close(12_500);
        let manifest = house.done(&format!("{session}-1"), "teacher").await;
        let length_ms = manifest.duration_ms;
        assert!((11_900..12_200).contains(&length_ms), "{session}: {length_ms}");
        assert!(manifest.damage.is_empty(), "{:?}", manifest.damage);
        let light = save(&house, &manifest, "light", data.path()).await;
        assert!((11_900..12_300).contains(&probe(&light).0), "{:?}", probe(&light));
        let heard = Heard::of(&light);
        for (from_ms, to_ms) in [(150, 2_850), (6_150, 7_850), (10_150, 11_850)] {
            for at in (from_ms..to_ms - 100).step_by(100) {
                let tone = heard.tone(440.0, at, at + 100);
                assert!(tone > 0.2, "{session}: 440 Hz at {at}: {tone}");
            }
        }
        for (from_ms, to_ms) in [(3_150, 5_850), (8_150, 9_850)] {
            let level = heard.level(from_ms, to_ms);
            assert!(level < 0.01, "{session}: silence from {from_ms}: {level}");
        }
    }
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn voice_alone_picture_alone_and_nothing_at_all_are_recordings_too() {
    let data = tempfile::tempdir().unwrap();
    let gateway = Gateway::start("run-a").await;
    let house = House::start(data.path(), &gateway).await;
    gateway.open("nothing", "class");
    gateway.join(0, "teacher", "lead_teacher");
    gateway.close(1_000);
    gateway.open("voice", "class");
    gateway.track(0, 1, "teacher", Codec::Opus);
    let mut line = Line::default();
    line.send(0, 1, &tone(440, 3, 1), |_, _| true);
    line.play(&gateway, |_, _| {});
    gateway.close(4_000);
    gateway.open("picture", "class");
    gateway.track(0, 2, "teacher", Codec::Vp8);
    let mut line = Line::default();
    line.send(0, 2, &film(3, 2), |number, _| number > 2);
    line.play(&gateway, |_, _| {});
    gateway.close(4_000);

    let nothing = house.done("nothing-1", "teacher").await;
    assert!(nothing.forms.is_empty() && nothing.reason.is_some());
    let voice = house.done("voice-1", "teacher").await;
    assert_eq!(voice.forms.iter().map(|it| it.form.as_str()).collect::<Vec<_>>(), ["light"]);
    let picture = house.done("picture-1", "teacher").await;
    assert_eq!(picture.forms.iter().map(|it| it.form.as_str()).collect::<Vec<_>>(), ["full"]);
    let full = save(&house, &picture, "full", data.path()).await;
    assert_eq!(probe(&full).1, ["vp8"]);
    assert!(seen(&full).len() >= 14, "from the second key frame on");
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_comes_late_is_black_until_then() {
    let data = tempfile::tempdir().unwrap();
    let gateway = Gateway::start("run-a").await;
    let house = House::start(data.path(), &gateway).await;
    gateway.open("late", "class");
    gateway.track(0, 1, "teacher", Codec::Opus);
    gateway.track(0, 2, "teacher", Codec::Vp8);
    let mut line = Line::default();
    line.send(0, 1, &tone(440, 6, 1), |_, _| true);
    line.send(3_000, 2, &film(3, 2), |_, _| true);
    line.play(&gateway, |_, _| {});
    gateway.close(7_000);
    let manifest = house.done("late-1", "teacher").await;
    let full = save(&house, &manifest, "full", data.path()).await;
    let seen = seen(&full);
    assert!((2_950..3_150).contains(&seen[0]) && seen.len() >= 44, "{seen:?}");
    // What Chromium needs: the picture begins first (see the assembly's `opening`).
    let starts = starts(&full);
    assert!(starts[0].1 == "vp8" && starts[0].0 <= 0.0 && starts[1].0 > 0.0, "{starts:?}");
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn h264_is_copied_and_becomes_vp8_when_its_size_changes() {
    let data = tempfile::tempdir().unwrap();
    let gateway = Gateway::start("run-a").await;
    let house = House::start(data.path(), &gateway).await;
    for (session, widths) in [("same", [320, 320]), ("other", [320, 640])] {
        gateway.open(session, "class");
        gateway.track(0, 1, "teacher", Codec::Opus);
        gateway.track(0, 2, "teacher", Codec::H264);
        gateway.track(0, 3, "teacher", Codec::H264);
        let mut line = Line::default();
        line.send(0, 1, &tone(440, 6, 1), |_, _| true);
        line.send(0, 2, &film_h264(3, widths[0], 2), |_, _| true);
        line.send(3_000, 3, &film_h264(3, widths[1], 3), |_, _| true);
        line.play(&gateway, |_, _| {});
        gateway.close(7_000);
        let manifest = house.done(&format!("{session}-1"), "teacher").await;
        let full = save(&house, &manifest, "full", data.path()).await;
        let (length_ms, mut codecs) = probe(&full);
        codecs.sort();
        assert!((5_900..6_400).contains(&length_ms), "{length_ms}");
        assert_eq!(codecs, if session == "same" { ["h264", "opus"] } else { ["opus", "vp8"] });
        assert!(seen(&full).len() > 80);
    }
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn vp9_is_copied() {
    is_copied("vp9", Codec::Vp9, &film_vp9(3, 2)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn av1_is_copied() {
    is_copied("av1", Codec::Av1, &film_av1(3, 2)).await;
}

/// A voice and a picture of 3 s become a replay with that picture, which decodes.
async fn is_copied(name: &str, codec: Codec, film: &[Sent]) {
    let data = tempfile::tempdir().unwrap();
    let gateway = Gateway::start("run-a").await;
    let house = House::start(data.path(), &gateway).await;
    gateway.open(name, "class");
    gateway.track(0, 1, "teacher", Codec::Opus);
    gateway.track(0, 2, "teacher", codec);
    let mut line = Line::default();
    line.send(0, 1, &tone(440, 3, 1), |_, _| true);
    line.send(0, 2, film, |_, _| true);
    line.play(&gateway, |_, _| {});
    gateway.close(4_000);
    let manifest = house.done(&format!("{name}-1"), "teacher").await;
    let full = save(&house, &manifest, "full", data.path()).await;
    let (length_ms, mut codecs) = probe(&full);
    codecs.sort();
    let mut wanted = [name, "opus"];
    wanted.sort_unstable();
    assert_eq!(codecs, wanted);
    assert!((2_900..3_200).contains(&length_ms), "{length_ms}");
    let seen = seen(&full);
    assert!(seen.len() > 35 && seen.windows(2).all(|it| it[0] < it[1]), "{seen:?}");
    assert!((1_900..2_100).contains(&seen_after_seek(&full, 2_500)), "a key frame every 2 s");
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_come_by_ranges() {
    let data = tempfile::tempdir().unwrap();
    let gateway = Gateway::start("run-a").await;
    let house = House::start(data.path(), &gateway).await;
    gateway.open("visit", "consultation");
    gateway.join(0, "teacher", "specialist");
    gateway.track(0, 1, "teacher", Codec::Opus);
    let mut line = Line::default();
    line.send(0, 1, &tone(440, 3, 1), |_, _| true);
    line.play(&gateway, |_, _| {});
    gateway.close(4_000);
    let manifest = house.done("visit-1", "teacher").await;
    assert_eq!(manifest.state, State::Ready);
    let form = &manifest.forms[0];
    let whole = house.form(&manifest, "light", "teacher").await;
    let part =
        house.get(&form.url, "teacher").header("range", "bytes=100-199").send().await.unwrap();
    assert_eq!(part.status(), 206);
    let tag = part.headers()["etag"].clone();
    assert_eq!(part.headers()["content-range"], format!("bytes 100-199/{}", whole.len()).as_str());
    assert_eq!(part.bytes().await.unwrap(), whole[100..200]);
    let far =
        house.get(&form.url, "teacher").header("range", "bytes=99999999-").send().await.unwrap();
    assert_eq!(far.status(), 416);
    let same = house.get(&form.url, "teacher").header("if-none-match", tag).send().await.unwrap();
    assert_eq!(same.status(), 304);
    for file in ["manifest.json", "..%2Fmanifest.json", "journal%2F0001.tap"] {
        let path = format!("/replay/recordings/visit-1/{file}");
        assert_eq!(house.get(&path, "teacher").send().await.unwrap().status(), 404);
    }
    house.recorder.stop().await;
}
