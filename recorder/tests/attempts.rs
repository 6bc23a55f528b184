//! What an assembly that crashes, hangs or spies costs: its child, three times, and nothing else.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod stage;

use archive::manifest::{Manifest, State};
use archive::tap::Codec;
use recorder::Config;
use stage::media::tone;
use stage::{Gateway, House};
use std::path::Path;
use std::time::Duration;

/// A child that runs this script instead of assembling.
fn script(data: &Path, gateway: &Gateway, script: &str) -> Config {
    Config {
        data: data.to_owned(),
        tap_url: gateway.url.clone(),
        assembler: ["/usr/bin/bash", "-c", script].map(Into::into).to_vec(),
        assembly_megabytes: 300,
        ..Config::default()
    }
}

fn lesson(gateway: &Gateway) {
    gateway.open("lesson", "class");
    gateway.join(0, "teacher", "lead_teacher");
    gateway.track(0, 1, "teacher", Codec::Opus);
    for it in &tone(440, 1, 1) {
        gateway.rtp(it.at_ms + 30, 1, &it.packet);
    }
    gateway.close(1_500);
}

async fn failed(house: &House) -> Manifest {
    for _ in 0..2_400 {
        let list = house.list("teacher").await;
        if let Some(it) = list.first().filter(|it| it.state == State::Failed) {
            return it.clone();
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("never failed: {}", house.recorder.metrics());
}

fn counted(house: &House, line: &str) -> bool {
    house.recorder.metrics().contains(line)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_take_that_crashes_its_assembly_is_tried_three_times_over_restarts_and_then_reported() {
    let data = tempfile::tempdir().unwrap();
    let gateway = Gateway::start("run-a").await;
    let crash = script(data.path(), &gateway, "kill -SEGV $$");
    let house = House::with(crash.clone()).await;
    lesson(&gateway);
    let told = failed(&house).await;
    let reason = told.reason.unwrap();
    assert!(reason.contains("signal 11") && reason.contains("not tried again"), "{reason}");
    assert!(counted(&house, "recorder_assembly_crashes_total 3\n"));
    house.recorder.stop().await;

    gateway.restart("run-b");
    let house = House::with(crash.clone()).await;
    assert_eq!(house.list("teacher").await[0].state, State::Failed);
    house.recorder.stop().await;

    // Two attempts that took the whole program with them.
    let folder = data.path().join("recordings/lesson-1");
    std::fs::remove_file(folder.join("manifest.json")).unwrap();
    std::fs::write(folder.join("tries"), "2").unwrap();
    let house = House::with(crash).await;
    failed(&house).await;
    assert!(counted(&house, "recorder_assembly_crashes_total 1\n"));
    house.recorder.stop().await;

    // The journal is as it was: whoever takes the count away gets the replay.
    std::fs::remove_file(folder.join("tries")).unwrap();
    let house = House::start(data.path(), &gateway).await;
    assert_eq!(house.done("lesson-1", "teacher").await.forms.len(), 1);
    assert!(!folder.join("work").exists() && !folder.join("tries").exists());
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assembly_that_does_not_end_or_takes_all_memory_is_stopped() {
    for (doing, told) in [
        ("sleep 600", "more than"),
        ("head -c 2000000000 /dev/zero | tail -n 1 > /dev/null; exit ${PIPESTATUS[1]}", "it "),
    ] {
        let data = tempfile::tempdir().unwrap();
        let gateway = Gateway::start("run-a").await;
        let config = Config { assembly_seconds: 0, ..script(data.path(), &gateway, doing) };
        let config = match told {
            "it " => Config { assembly_seconds: 60, ..config },
            _ => config,
        };
        let house = House::with(config).await;
        lesson(&gateway);
        let reason = failed(&house).await.reason.unwrap();
        assert!(reason.contains(told), "{reason}");
        assert!(counted(&house, "recorder_assembly_crashes_total 3\n"));
        house.recorder.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assembly_sees_its_own_journal_and_nothing_else_of_the_house() {
    let data = tempfile::tempdir_in("/var/tmp").unwrap();
    let gateway = Gateway::start("run-a").await;
    std::fs::write(data.path().join("keys.toml"), "secret").unwrap();
    std::fs::create_dir_all(data.path().join("recordings/other-1")).unwrap();
    let port = gateway.url.trim_start_matches("ws://127.0.0.1:").trim_end_matches("/tap");
    let spy = format!(
        "said=\"$(ls /journal) $(cat {0}/keys.toml) $(ls {0}/recordings) \
         $(exec 3<>/dev/tcp/127.0.0.1/{port} && echo connected) \
         $(touch /journal/0001.tap && echo written) $(env | grep -c CARGO)\"; \
         echo \"{{\\\"reason\\\":\\\"${{said//$'\\n'/ }}\\\",\\\"final_\\\":true}}\" > failure.json; exit 1",
        data.path().display()
    );
    let house = House::with(script(data.path(), &gateway, &spy)).await;
    lesson(&gateway);
    let reason = failed(&house).await.reason.unwrap();
    assert_eq!(reason.split_whitespace().collect::<Vec<_>>(), ["0001.seal", "0001.tap", "0"]);
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_disk_did_to_a_sealed_journal_is_told_and_hides_nothing_that_can_be_read() {
    for (what, told) in [
        ("nothing", None),
        ("seal", Some("the seal of segment 1 was made anew")),
        ("byte", Some("segment 1 is not as it was sealed")),
    ] {
        let data = tempfile::tempdir().unwrap();
        let gateway = Gateway::start("run-a").await;
        let house = House::with(script(data.path(), &gateway, "kill -SEGV $$")).await;
        lesson(&gateway);
        failed(&house).await;
        house.recorder.stop().await;
        let folder = data.path().join("recordings/lesson-1");
        std::fs::remove_file(folder.join("manifest.json")).unwrap();
        std::fs::remove_file(folder.join("tries")).unwrap();
        let (seal, segment) = (folder.join("journal/0001.seal"), folder.join("journal/0001.tap"));
        match what {
            "seal" => std::fs::write(&seal, "{\"segment\":").unwrap(),
            "byte" => {
                let mut bytes = std::fs::read(&segment).unwrap();
                let middle = bytes.len() / 2;
                bytes[middle] ^= 1;
                std::fs::write(&segment, bytes).unwrap();
            }
            _ => {}
        }
        gateway.restart("run-b");
        let house = House::start(data.path(), &gateway).await;
        let manifest = house.done("lesson-1", "teacher").await;
        assert_eq!(manifest.forms.len(), 1, "{what}");
        let journal = manifest.journal.unwrap();
        assert_eq!(journal.faults.first().map(String::as_str), told);
        match told {
            Some(told) => assert!(manifest.reason.unwrap().contains(told)),
            None => assert_eq!(manifest.reason, None),
        }
        let whole = what != "byte";
        assert_eq!((900..1_300).contains(&manifest.duration_ms), whole, "{what}");
        assert!(counted(
            &house,
            &format!("recorder_journal_faults_total {}\n", journal.faults.len())
        ));
        house.recorder.stop().await;
    }
}
