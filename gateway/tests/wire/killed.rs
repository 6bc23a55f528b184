//! A gateway that is killed: what its clients had told and used up to a second or two before is known to the next one.

#![expect(
    clippy::print_stdout,
    reason = "it is read by the other process, and by who looks at the figures"
)]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::NUMBERED;
use crate::house::{Form, House, token};
use crate::line::Line;
use crate::receipts::{ask, feedback, keeping, of, service, sum};
use crate::usage::{budgeted, captured, renewed};

/// Where the process that is killed keeps its receipts.
const FOLDER: &str = "KILLED_RECEIPTS_FOLDER";
/// Packets that one report tells of.
const TOLD: u16 = 6;
const BUDGET: u64 = 50_000_000;

/// The process that is killed: a voice, and a listener who tells of each packet. Says what was told and used.
#[tokio::test]
#[ignore = "it runs until it is killed, by the test below"]
async fn speaks_until_it_is_killed() {
    let folder = std::env::var(FOLDER).unwrap();
    let house = keeping(Path::new(&folder)).await;
    let (mut speaker, _) = house.join(Form::Json, &token("ward", "speaker")).await;
    let mut voice = Line::speak(&house, &mut speaker).await;
    let (mut one, _) = house.join(Form::Json, &budgeted("ear", BUDGET)).await;
    let mut ear = Line::taking(&house, &mut one, &[NUMBERED]).await;
    let (mut told, mut next) = (0, 0u16);
    loop {
        while ear.numbers.len() < usize::from(next) + usize::from(TOLD) {
            voice.send(&[7; 80]).await;
            ear.hear().await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        ear.say(&feedback(next, &[true; TOLD as usize])).await;
        // What else is numbered is no sound.
        let (voice, _) = ear.numbers[0];
        let of_report = ear.numbers.iter().skip(usize::from(next)).take(TOLD.into());
        told += of_report.filter(|(ssrc, _)| *ssrc == voice).count() as u64;
        next += TOLD;
        println!("told {told} used {}", captured(&[&ear]));
    }
}

/// What the process had said when it was killed, and a while before: packets that were told of, bytes that were used.
struct Said {
    last: u64,
    sure: (u64, u64),
}

/// How many snapshots were written in a folder.
fn snapshots(folder: &Path) -> u64 {
    let number = |name: &str| {
        let text = std::fs::read_to_string(folder.join(name)).ok()?;
        text.lines().nth(1)?.split(' ').next()?.parse().ok()
    };
    ["snapshot.0", "snapshot.1"].into_iter().filter_map(number).max().unwrap_or_default()
}

/// Lets the process run for so long and kills it. What it had said three snapshots before is in the last one, however slow
/// the machine is: one may have been on its way, and one may have been asked for.
fn kill_after(folder: &Path, patience: Duration) -> Said {
    let program = std::env::current_exe().unwrap();
    let mut child: Child = Command::new(program)
        .args(["--ignored", "--exact", "--nocapture", "killed::speaks_until_it_is_killed"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (mut last, mut began, mut sure) = (0, None, None);
    for line in lines.map_while(Result::ok) {
        let words: Vec<&str> = line.split(' ').collect();
        let ["told", told, "used", used] = words[..] else { continue };
        last = told.parse().unwrap();
        if began.get_or_insert_with(Instant::now).elapsed() < patience {
            continue;
        }
        let now = snapshots(folder);
        let (then, _) = sure.get_or_insert((now, (last, used.parse().unwrap())));
        if now >= *then + 3 {
            // SIGKILL: nothing in it can answer that. What it had said by then is still read.
            child.kill().unwrap();
        }
    }
    let killed = child.wait().unwrap();
    assert!(!killed.success() && killed.code().is_none(), "{killed}");
    Said { last, sure: sure.unwrap().1 }
}

/// The receipts of the listener, which are of seconds of their own each.
fn apart(given: &Value) -> Vec<&Value> {
    let own = of(given, "ear");
    let mut spans: Vec<_> = own
        .iter()
        .map(|it| (it["fromMs"].as_u64().unwrap(), it["toMs"].as_u64().unwrap()))
        .collect();
    spans.sort_unstable();
    assert!(spans.windows(2).all(|it| it[0].1 <= it[1].0), "{spans:?}");
    own
}

#[tokio::test]
async fn what_was_told_and_used_until_just_before_is_there_once() {
    let folder = tempfile::tempdir().unwrap();
    let (mut sure, mut last) = ((0, 0), 0);
    // In the first window, and when the first has been written and the second is open.
    for patience in [2, 13] {
        let path = folder.path().to_owned();
        let killed = move || kill_after(&path, Duration::from_secs(patience));
        let said = tokio::task::spawn_blocking(killed).await.unwrap();
        sure = (sure.0 + said.sure.0, sure.1 + said.sure.1);
        last += said.last;
    }
    let house = keeping(folder.path()).await;
    let (_, given) = ask(&house, "GET", "", &service()).await;
    let own = apart(&given);
    let told = sum(&own, "/sound/packets");
    println!("{told} packets in receipts; {} were sure, {last} told of at the end", sure.0);
    assert!((sure.0..=last + u64::from(TOLD)).contains(&told), "{given}");
    let interrupted = own.iter().filter(|it| it["interrupted"] == true).count();
    assert!((2..=4).contains(&interrupted), "of each run one or two: {own:?}");
    assert!(own.len() > interrupted, "the first window of the second run was complete");
    assert_eq!(sum(&own, "/sound/lostPackets"), 0, "what was not told of is not lost: {own:?}");
    // Another start changes nothing.
    house.gateway.stop().await;
    let house = House::with(|config| {
        config.receipts_folder = Some(folder.path().to_owned());
        config.renew_token_s = 1;
    })
    .await;
    assert_eq!(ask(&house, "GET", "", &service()).await.1, given);
    // The token of the beginning knows of no use: the gateway does.
    let (mut one, _) = house.join(Form::Json, &budgeted("ear", BUDGET)).await;
    let (used, _) = renewed(&house, &mut one).await;
    println!("{used} bytes are known to be used; {} were sure", sure.1);
    assert!(used >= sure.1, "{used} and {}", sure.1);
}
