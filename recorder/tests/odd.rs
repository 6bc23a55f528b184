//! What odd devices and lines do to a replay: clocks that are off, times that jump, pictures that change.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod stage;

use archive::manifest::Manifest;
use archive::tap::{Codec, Source};
use stage::line::{Line, save};
use stage::media::{
    Heard, Sent, film, film_h264, film_h264_with_b_frames, film_of, probe, seen, stereo, tone,
};
use stage::{Gateway, House, START_US};

/// A tone is there in each tenth of these spans.
fn sounds(heard: &Heard, hertz: f32, spans: &[(usize, usize)]) {
    for (from_ms, to_ms) in spans {
        for at in (*from_ms..to_ms - 100).step_by(100) {
            let tone = heard.tone(hertz, at, at + 100);
            assert!(tone > 0.15, "{hertz} Hz at {at}: {tone}");
        }
    }
}

/// There are pictures in each of these seconds.
fn pictures(seen: &[u64], seconds: std::ops::Range<u64>) {
    for second in seconds {
        let count = seen.iter().filter(|it| **it / 1_000 == second).count();
        assert!(count >= 10, "{count} pictures in second {second}: {seen:?}");
    }
}

fn lasts(manifest: &Manifest, ms: u64) {
    let length = manifest.duration_ms;
    assert!(length.abs_diff(ms) < 300, "{length} ms; {:?}", manifest.damage);
}

/// Two voices of 8 s, the second from 1 s on. The clock of the first's device is off until or from the
/// middle of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_off_moves_nobody() {
    let data = tempfile::tempdir().unwrap();
    let gateway = Gateway::start("run-a").await;
    let house = House::start(data.path(), &gateway).await;
    let (one, other) = (tone(440, 8, 1), tone(1_000, 7, 2));
    let off: [(&str, i64, bool); 5] = [
        ("past", -(START_US as i64), true),
        ("future", 400_000_000_000_000, true),
        ("then-past", -(START_US as i64), false),
        ("little", 700_000, true),
        ("then-little", -700_000, false),
    ];
    for (session, by_us, first) in off {
        gateway.open(session, "class");
        gateway.track(0, 1, "teacher", Codec::Opus);
        gateway.track(0, 2, "school", Codec::Opus);
        let mut line = Line::default();
        line.send(0, 1, &one, |_, _| true);
        line.send(1_000, 2, &other, |_, _| true);
        let clock =
            |sent: &[Sent], ms: u64| sent[0].rtp_ts().wrapping_add(u32::try_from(ms).unwrap() * 48);
        let mut reported = 0;
        let report = |gateway: &Gateway, ms: u64| {
            let right_us = START_US + ms * 1_000;
            let by_us = if (ms < 4_000) == first { by_us } else { 0 };
            let shown_us = right_us.saturating_add_signed(by_us).max(1);
            gateway.report_at(ms + 40, shown_us, 1, clock(&one, ms));
            let ts = clock(&other, ms.saturating_sub(1_000));
            gateway.report_at(ms + 40, right_us, 2, ts);
        };
        line.play(&gateway, |at_ms, gateway| {
            while reported + 500 <= at_ms {
                reported += 500;
                report(gateway, reported);
            }
        });
        gateway.close(8_500);
        let manifest = house.done(&format!("{session}-1"), "teacher").await;
        lasts(&manifest, 8_020);
        assert_eq!(manifest.damaged_seconds, 0);
        let heard = Heard::of(&save(&house, &manifest, "light", data.path()).await);
        sounds(&heard, 440.0, &[(150, 7_850)]);
        sounds(&heard, 1_000.0, &[(1_150, 7_850)]);
        assert!(heard.tone(1_000.0, 150, 850) < 0.02);
    }
    house.recorder.stop().await;
}

/// A voice of 8 s whose RTP time jumps at 2 s in one packet, and at 5 s for good.
#[tokio::test(flavor = "multi_thread")]
async fn times_that_jump_cost_what_they_carry() {
    let data = tempfile::tempdir().unwrap();
    let gateway = Gateway::start("run-a").await;
    let house = House::start(data.path(), &gateway).await;
    for (turn, by) in
        [28_800_000, 1 << 31, 48_000, 28_800_000_u32.wrapping_neg()].iter().enumerate()
    {
        let session = format!("jump-{turn}");
        let (mut voice, mut picture) = (tone(440, 8, 1), film(8, 2));
        let jump = |sent: &mut [Sent], by: u32| {
            let jumps = |(number, it): &(usize, &mut Sent)| *number == 100 || it.at_ms >= 5_000;
            for (_, it) in sent.iter_mut().enumerate().filter(jumps) {
                let ts = it.rtp_ts().wrapping_add(by);
                it.packet[4..8].copy_from_slice(&ts.to_be_bytes());
            }
        };
        jump(&mut voice, *by);
        jump(&mut picture, by.wrapping_mul(2));
        gateway.open(&session, "class");
        gateway.track(0, 1, "teacher", Codec::Opus);
        gateway.track(0, 2, "teacher", Codec::Vp8);
        let mut line = Line::default();
        line.send(0, 1, &voice, |_, _| true);
        line.send(0, 2, &picture, |_, _| true);
        line.play(&gateway, |_, _| {});
        gateway.close(8_500);
        let manifest = house.done(&format!("{session}-1"), "teacher").await;
        lasts(&manifest, 8_020);
        let heard = Heard::of(&save(&house, &manifest, "light", data.path()).await);
        sounds(&heard, 440.0, &[(150, 1_900), (2_150, 4_700), (5_300, 7_800)]);
        pictures(&seen(&save(&house, &manifest, "full", data.path()).await), 0..8);
    }
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_goes_on_in_what_is_there() {
    let data = tempfile::tempdir().unwrap();
    let gateway = Gateway::start("run-a").await;
    let house = House::start(data.path(), &gateway).await;
    // The upper layer stops at 4 s; at 8 s the person is back in H.264, at 10 s in VP8.
    gateway.open("change", "class");
    gateway.track(0, 1, "teacher", Codec::Opus);
    for (track, codec) in [(2, Codec::Vp8), (3, Codec::H264), (4, Codec::Vp8)] {
        gateway.track(0, track, "teacher", codec);
    }
    let mut line = Line::default();
    line.send(0, 1, &tone(440, 12, 1), |_, _| true);
    line.send_layer(0, (2, 0), &film_of(8, (160, 120), 20), |_, _| true);
    line.send_layer(0, (2, 1), &film(4, 21), |_, _| true);
    line.send(8_000, 3, &film_h264(2, 320, 3), |_, _| true);
    line.send(10_000, 4, &film(2, 4), |_, _| true);
    line.play(&gateway, |_, _| {});
    gateway.close(13_000);
    let manifest = house.done("change-1", "teacher").await;
    lasts(&manifest, 12_020);
    assert_eq!(manifest.damaged_seconds, 0, "{:?}", manifest.damage);
    let full = save(&house, &manifest, "full", data.path()).await;
    let mut codecs = probe(&full).1;
    codecs.sort();
    assert_eq!(codecs, ["opus", "vp8"]);
    pictures(&seen(&full), 0..12);
    sounds(&Heard::of(&full), 440.0, &[(150, 11_800)]);
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_seat_has_its_picture_and_a_bad_one_costs_the_others_nothing() {
    let data = tempfile::tempdir().unwrap();
    let gateway = Gateway::start("run-a").await;
    let house = House::start(data.path(), &gateway).await;
    gateway.open("visit", "consultation");
    for (person, role) in [("doctor", "doctor"), ("teacher", "specialist")] {
        gateway.join(0, person, role);
    }
    gateway.track(0, 1, "teacher", Codec::Opus);
    gateway.track(0, 2, "doctor", Codec::Vp8);
    gateway.track(0, 3, "teacher", Codec::Vp8);
    gateway.track_of(0, 4, "teacher", Codec::H264, Source::ScreenShare);
    gateway.track(0, 5, "broken", Codec::H264);
    let mut line = Line::default();
    line.send(0, 1, &tone(440, 6, 1), |_, _| true);
    line.send(0, 2, &film(6, 2), |_, _| true);
    line.send(1_000, 3, &film_of(5, (160, 120), 3), |_, _| true);
    line.send(2_000, 4, &film_h264(4, 320, 4), |_, _| true);
    let mut broken = film_h264(6, 320, 5);
    for it in &mut broken {
        it.packet[13..].fill(0xFF);
    }
    line.send(0, 5, &broken, |_, _| true);
    line.play(&gateway, |_, _| {});
    gateway.close(7_000);
    let manifest = house.done("visit-1", "teacher").await;
    lasts(&manifest, 6_020);
    let seats = manifest.forms.iter().filter_map(|it| it.seat.as_ref());
    let seats: Vec<_> = seats.map(|it| (it.identity.as_str(), it.source.as_str())).collect();
    assert_eq!(seats, [("teacher", "camera"), ("teacher", "screen"), ("doctor", "camera")]);
    assert_eq!(manifest.unseen.len(), 1);
    assert_eq!(manifest.unseen[0].identity, "broken");
    assert_eq!(manifest.damaged_seconds_by_kind.sound, 0);
    assert!(manifest.damaged_seconds_by_kind.picture >= 5, "{:?}", manifest.damage);
    for (number, form) in manifest.forms.iter().enumerate() {
        let bytes = house.get(&form.url, "teacher").send().await.unwrap().bytes().await.unwrap();
        let path = data.path().join(format!("{number}.file"));
        std::fs::write(&path, bytes).unwrap();
        sounds(&Heard::of(&path), 440.0, &[(150, 5_800)]);
        let from = match form.seat.as_ref().map(|it| (it.identity.as_str(), it.source.as_str())) {
            None => continue,
            Some(("doctor", _)) => 0,
            Some((_, "camera")) => 1,
            Some(_) => 2,
        };
        pictures(&seen(&path), from + 1..6);
    }
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stereo_stays_stereo() {
    let data = tempfile::tempdir().unwrap();
    let gateway = Gateway::start("run-a").await;
    let house = House::start(data.path(), &gateway).await;
    gateway.open("music", "class");
    gateway.track(0, 1, "teacher", Codec::Opus);
    gateway.track(0, 2, "teacher", Codec::Vp8);
    let mut line = Line::default();
    line.send(0, 1, &stereo(4, 1), |_, _| true);
    line.send(0, 2, &film(4, 2), |_, _| true);
    line.play(&gateway, |_, _| {});
    gateway.close(5_000);
    let manifest = house.done("music-1", "teacher").await;
    for form in ["light", "full"] {
        let file = save(&house, &manifest, form, data.path()).await;
        let (left, right) = (Heard::side(&file, 0), Heard::side(&file, 1));
        sounds(&left, 440.0, &[(200, 3_800)]);
        sounds(&right, 1_000.0, &[(200, 3_800)]);
        let leak = (left.tone(1_000.0, 200, 3_800), right.tone(440.0, 200, 3_800));
        assert!(leak.0 < 0.05 && leak.1 < 0.05, "{form}: {leak:?}");
    }
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_with_b_frames_costs_no_sound() {
    let data = tempfile::tempdir().unwrap();
    let gateway = Gateway::start("run-a").await;
    let house = House::start(data.path(), &gateway).await;
    gateway.open("b", "class");
    gateway.track(0, 1, "teacher", Codec::Opus);
    gateway.track(0, 2, "teacher", Codec::H264);
    let mut line = Line::default();
    line.send(0, 1, &tone(440, 12, 1), |_, _| true);
    line.send(0, 2, &film_h264_with_b_frames(12, 2), |_, _| true);
    line.play(&gateway, |_, _| {});
    gateway.close(13_000);
    let manifest = house.done("b-1", "teacher").await;
    assert!((11_900..12_300).contains(&manifest.duration_ms), "{}", manifest.duration_ms);
    for form in ["light", "full"] {
        let path = save(&house, &manifest, form, data.path()).await;
        assert!((11_900..12_400).contains(&probe(&path).0), "{form}: {:?}", probe(&path));
        let heard = Heard::of(&path);
        for at in (150..11_700).step_by(100) {
            let tone = heard.tone(440.0, at, at + 100);
            assert!(tone > 0.2, "{form}: 440 Hz at {at}: {tone}");
        }
    }
    let full = data.path().join("full.file");
    let seen = seen(&full);
    assert!(seen.len() > 170, "{} pictures", seen.len());
    // Shown in order and evenly, as they were taken.
    let step = |it: &[u64]| it[1].saturating_sub(it[0]);
    // The first one stands from the start.
    assert!(seen.windows(2).skip(1).all(|it| (30..110).contains(&step(it))), "{seen:?}");
    assert_eq!(manifest.damaged_seconds, 0, "{:?}", manifest.damage);
    house.recorder.stop().await;
}
