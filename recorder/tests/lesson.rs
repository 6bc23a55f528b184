//! A measurement: a whole lesson. `cargo test -p recorder --test lesson -- --ignored --nocapture`
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may panic and print"
)]

mod stage;

use archive::tap::Codec;
use stage::media::{Sent, film, seen_after_seek, tone};
use stage::{Gateway, House};

/// The source again, `turn` times later: numbers and clocks go on.
fn again(it: &Sent, turn: u64, span_ms: u64, packets: u64, hertz: u64) -> Sent {
    let mut packet = it.packet.clone();
    let seq = u16::from_be_bytes([packet[2], packet[3]]).wrapping_add((turn * packets) as u16);
    let ts = it.rtp_ts().wrapping_add((turn * span_ms * hertz / 1_000) as u32);
    packet[2..4].copy_from_slice(&seq.to_be_bytes());
    packet[4..8].copy_from_slice(&ts.to_be_bytes());
    Sent { at_ms: it.at_ms + turn * span_ms, packet }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement of a minute"]
#[expect(clippy::disallowed_methods, reason = "it measures")]
async fn a_lesson_of_45_minutes() {
    let data = tempfile::tempdir().unwrap();
    let gateway = Gateway::start("run-a").await;
    let house = House::start(data.path(), &gateway).await;
    let (voice, answer, picture) = (tone(440, 10, 1), tone(660, 10, 3), film(10, 2));
    gateway.open("lesson", "class");
    gateway.join(0, "teacher", "lead_teacher");
    gateway.track(0, 1, "teacher", Codec::Opus);
    gateway.track(0, 2, "teacher", Codec::Vp8);
    gateway.track(0, 3, "school", Codec::Opus);
    let mut bytes = 0;
    for turn in 0..270 {
        let mut all = Vec::new();
        let tracks = [(1, &voice, 48_000), (2, &picture, 90_000), (3, &answer, 48_000)];
        for (track, sent, hertz) in tracks {
            let packets = sent.len() as u64;
            all.extend(sent.iter().map(|it| (track, again(it, turn, 10_000, packets, hertz))));
        }
        all.sort_by_key(|it| it.1.at_ms);
        for (track, sent) in all {
            bytes += sent.packet.len();
            gateway.rtp(sent.at_ms, track, &sent.packet);
        }
    }
    let records = (voice.len() + answer.len() + picture.len()) as u64 * 270 + 5;
    println!("{records} records, {:.1} MB of RTP", bytes as f64 / 1e6);
    house.recorded(records).await;
    gateway.close(2_700_000);
    let started = std::time::Instant::now();
    let manifest = house.done("lesson-1", "teacher").await;
    println!("assembled in {:.1} s", started.elapsed().as_secs_f64());
    for form in &manifest.forms {
        println!("{}: {:.2} MB", form.form, form.megabytes);
    }
    println!("journal {:.1} MB", manifest.journal.as_ref().unwrap().bytes as f64 / 1e6);
    assert!((2_699_000..2_701_000).contains(&manifest.duration_ms));
    let path = data.path().join("full.webm");
    std::fs::write(&path, house.form(&manifest, "full", "teacher").await).unwrap();
    let at = seen_after_seek(&path, 2_000_500);
    assert!((1_998_000..2_000_600).contains(&at), "{at}");
    house.recorder.stop().await;
}
