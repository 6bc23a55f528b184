//! What a participant told to have got stands in its receipt, on the disk, and the scheduler takes it from there.

use std::path::Path;

use crate::house::{Form, House, now_s, token, until};
use crate::line::Line;
use crate::{HEADERS, NUMBERED};
use axum::http::Request;
use serde_json::{Value, json};
use session::AccessToken;
use transport::rtp::{ReportBlock, receiver_report, rtcp};

/// Transport-wide feedback on packets from `first` on, in one chunk of two bits each.
pub(crate) fn feedback(first: u16, came: &[bool]) -> Vec<u8> {
    let chunk = came
        .iter()
        .enumerate()
        .fold(3_u16 << 14, |chunk, (place, came)| chunk | u16::from(*came) << (12 - 2 * place));
    let mut body = vec![0, 0, 0, 9, 0, 0, 0, 1];
    body.extend(first.to_be_bytes());
    body.extend(u16::try_from(came.len()).unwrap().to_be_bytes());
    body.extend([0, 0, 1, 0]);
    body.extend(chunk.to_be_bytes());
    body.extend(came.iter().filter(|came| **came).map(|_| 4));
    body.resize(body.len().next_multiple_of(4), 0);
    rtcp(15, 205, &body)
}

pub(crate) async fn keeping(folder: &Path) -> House {
    House::with(|config| config.receipts_folder = Some(folder.to_owned())).await
}

/// Asks the door; status and body.
pub(crate) async fn ask(
    house: &House,
    method: &str,
    query: &str,
    token: &AccessToken,
) -> (u16, Value) {
    let request = Request::builder()
        .method(method)
        .uri(format!("/receipts{query}"))
        .header("authorization", format!("Bearer {}", token.sign(&house.keys).unwrap()))
        .body(axum::body::Body::empty())
        .unwrap();
    let answer = tower::ServiceExt::oneshot(house.gateway.router(), request).await.unwrap();
    let status = answer.status().as_u16();
    let problem =
        answer.headers().get("content-type").is_some_and(|it| it == "application/problem+json");
    assert_eq!(problem, status >= 400);
    let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

pub(crate) fn service() -> AccessToken {
    AccessToken::for_service("scheduler", now_s(), 60)
}

/// The receipts of one participant: more than one on a machine that takes long.
pub(crate) fn of<'a>(given: &'a Value, identity: &str) -> Vec<&'a Value> {
    let all = given["receipts"].as_array().unwrap();
    let own: Vec<&Value> = all.iter().filter(|it| it["identity"] == identity).collect();
    assert!(!own.is_empty(), "{identity} in {given}");
    assert!(own.iter().all(|it| it["room"] == "ward"), "{given}");
    own
}

/// The sum of a number of all of them, such as `/sound/bytes`.
pub(crate) fn sum(receipts: &[&Value], number: &str) -> u64 {
    receipts.iter().filter_map(|it| it.pointer(number)?.as_u64()).sum()
}

#[tokio::test]
async fn what_clients_tell_is_written_and_given_until_it_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let house = keeping(folder.path()).await;
    let (mut speaker, _) = house.join(Form::Json, &token("ward", "speaker")).await;
    let mut voice = Line::speak(&house, &mut speaker).await;
    let mut lines = vec![];
    // Two of them will tell of each packet.
    for (name, takes) in [("counts", &[NUMBERED][..]), ("reports", &[]), ("mute", &[NUMBERED])] {
        let mut client = house.enter("ward", name).await;
        let line = Line::taking(&house, &mut client, takes).await;
        lines.push((client, line));
    }
    for word in 0..6u8 {
        voice.send(&[word; 80]).await;
        for (_, line) in &mut lines {
            line.hear().await;
        }
    }
    let (_, counts) = &mut lines[0];
    let (ssrc, first) = (counts.numbers[0].0, counts.numbers[0].1.unwrap());
    counts.say(&feedback(first, &[true, true, false, true])).await;
    // Told twice, and of packets that were never sent.
    counts.say(&feedback(first, &[true, true, false, true])).await;
    counts.say(&feedback(first.wrapping_add(900), &[true, true, true])).await;
    let told = || house.metric("gateway_told_packets_total{fate=\"unusable\"}") == 7;
    until("its feedback is read", told).await;
    let (_, reports) = &mut lines[1];
    let block = ReportBlock {
        ssrc: reports.numbers[0].0,
        fraction_lost: 0,
        cumulative_lost: 1,
        // One more than was ever sent is not believed.
        highest: 1_000_000,
        jitter: 0,
        last_report: 0,
        delay: 0,
    };
    assert_ne!(ssrc, 0);
    reports.say(&receiver_report(&[block])).await;
    reports.drain().await;
    drop(lines);
    let keys = house.keys.clone();
    house.gateway.stop().await;

    // Another run of the program finds them.
    let house = keeping(folder.path()).await;
    assert_eq!(keys.name(), house.keys.name());
    let (status, given) = ask(&house, "GET", "", &service()).await;
    assert_eq!((status, &given["first"]), (200, &json!(1)), "{given}");
    assert_eq!(
        house.metric("gateway_receipts_kept"),
        given["receipts"].as_array().unwrap().len() as u64
    );
    let counted = of(&given, "counts");
    let sound = ["/sound/packets", "/sound/lostPackets"].map(|it| sum(&counted, it));
    assert_eq!(sound, [3, 3], "told to have come, and all others: {counted:?}");
    // 80 bytes behind a header of 12, a number of 8 and a tag of 16.
    assert_eq!(sum(&counted, "/sound/bytes"), 3 * (HEADERS + 12 + 8 + 80 + 16));
    assert!(sum(&counted, "/wireBytes") > 6 * (HEADERS + 12 + 8 + 80 + 16));
    let judged =
        |it: &&Value| it["lossPercent"].as_f64() > Some(0.0) && it["opinion"].as_f64() < Some(4.0);
    assert!(counted.iter().any(judged), "{counted:?}");
    let reported = of(&given, "reports");
    assert_eq!(sum(&reported, "/sound/packets"), 6, "no more than was sent: {reported:?}");
    let mute = of(&given, "mute");
    assert!(mute.iter().all(|it| it["told"] == false && it["sound"]["receivedS"] == 0), "{mute:?}");
    assert!(sum(&mute, "/sound/unknownS") > 0, "it is there, and nobody knows more: {mute:?}");
    taken_once(&house, &given).await;
}

/// What was taken is not given again, and nothing of another outbox is believed.
async fn taken_once(house: &House, given: &Value) {
    let (name, all) =
        (given["outbox"].as_str().unwrap(), given["receipts"].as_array().unwrap().len());
    let (_, rest) = ask(house, "GET", &format!("?outbox={name}&after={all}"), &service()).await;
    assert_eq!(rest["receipts"], json!([]));
    let (_, again) = ask(house, "GET", &format!("?outbox=other&after={all}"), &service()).await;
    assert_eq!(again, *given, "another's number means nothing here");
    let (status, refused) =
        ask(house, "DELETE", &format!("?outbox=other&after={all}"), &service()).await;
    assert_eq!((status, &refused["type"]), (409, &json!("/problems/other-outbox")));
    let (status, _) =
        ask(house, "DELETE", &format!("?outbox={name}&after={all}"), &service()).await;
    assert_eq!(status, 204);
    let (_, rest) = ask(house, "GET", &format!("?outbox={name}&after={all}"), &service()).await;
    assert_eq!(rest["first"], all + 1);
}

#[tokio::test]
async fn receipts_are_for_the_scheduler_alone() {
    let folder = tempfile::tempdir().unwrap();
    let house = keeping(folder.path()).await;
    for token in [token("ward", "li"), AccessToken::for_person("li", "Li", now_s(), 60)] {
        for method in ["GET", "DELETE"] {
            let (status, body) = ask(&house, method, "", &token).await;
            assert_eq!((status, &body["type"]), (401, &json!("/problems/token-refused")));
        }
    }
    assert_eq!(house.refused("receipts"), 4);
    for after in ["x", "-1", "1e3", "99999999999999999999999"] {
        let (status, body) = ask(&house, "GET", &format!("?after={after}"), &service()).await;
        assert_eq!((status, &body["type"]), (400, &json!("/problems/bad-parameter")), "{after}");
    }
    let (status, body) = ask(&House::start().await, "GET", "", &service()).await;
    assert_eq!((status, &body["type"]), (404, &json!("/problems/no-receipts")));
}
