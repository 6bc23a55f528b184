//! An opinion is signed over what was asked, told and received; anybody can check that, and nothing signed is ever changed.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panic; its names are its documentation"
)]

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::asked::{CARD, Care, SUMMARY, request};
use crate::county::{County, NOW_S};
use axum::{Json, Router, routing::get};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::StatusCode;
use scheduler::Config;
use serde_json::{Value, json};

/// Tomorrow 09:00 in the county.
const START_S: u64 = NOW_S + 25 * 3_600;
/// A key of Ed25519 in the form that programs read (RFC 8410), before its 32 bytes.
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];

/// Whether OpenSSL finds the signature good for this text.
fn is_good(opinion: &Value, statement: &str) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let bytes = |member: &str| STANDARD.decode(opinion[member].as_str().unwrap()).unwrap();
    let key = write("key", &[&SPKI, bytes("publicKey").as_slice()].concat());
    let (text, signature) =
        (write("text", statement.as_bytes()), write("signature", &bytes("signature")));
    let verify = |key: &Path, text: &Path, signature: &Path| {
        let mut openssl = Command::new("openssl");
        openssl.args(["pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-rawin", "-inkey"]);
        openssl.arg(key).arg("-in").arg(text).arg("-sigfile").arg(signature);
        openssl.output().unwrap().status.success()
    };
    verify(&key, &text, &signature)
}

async fn accepted(care: &Care) {
    care.takes("scheduler", "triage", json!({ "invitedIds": ["dr-chen"] })).await;
    care.takes("dr-chen", "answer", json!({ "reply": "accept" })).await;
}

async fn opinion(care: &Care, more: &str) -> Value {
    let (status, opinion) = care.county.get("dr-zhao", &care.at(&format!("/opinion{more}"))).await;
    assert_eq!(status, StatusCode::OK, "{opinion}");
    opinion
}

fn stated(opinion: &Value) -> Value {
    serde_json::from_str(opinion["statement"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn another_program_finds_the_signature_good_and_of_no_other_text() {
    let care = Care::requested().await;
    accepted(&care).await;
    let said = "考虑玫瑰糠疹。\n\"外用\"炉甘石，两周后复查。";
    care.takes("dr-chen", "opinion", json!({ "opinion": said })).await;
    let opinion = opinion(&care, "").await;
    assert_eq!(opinion["algorithm"], "Ed25519");
    assert!(opinion["keyId"].as_str().unwrap().starts_with("opinion."), "a key of its own");
    let text = opinion["statement"].as_str().unwrap();
    assert!(is_good(&opinion, text));
    for other in
        [text.replace("两周", "两月"), format!("{text} "), text.replacen("王桂兰", "王桂花", 1)]
    {
        assert!(other != text && !is_good(&opinion, &other), "{other}");
    }
    let stated = stated(&opinion);
    assert_eq!((&stated["opinion"], &stated["version"]), (&json!(said), &json!(1)));
    assert_eq!(stated["request"]["summary"], SUMMARY);
    assert_eq!(stated["signer"]["person"], "dr-chen");
    assert_eq!(stated["signedAt"], "2026-11-23T08:00:00+08:00");
    assert_eq!((&stated["session"], &stated["attendance"]), (&Value::Null, &json!([])));
    assert!(!text.contains(CARD), "the number of the card is nowhere told");
    // The members stand in the order of the alphabet and without spaces: one text for one content.
    assert_eq!(serde_json::to_string(&stated).unwrap(), text);
}

#[tokio::test]
async fn what_is_signed_stays_and_an_amendment_is_another_version() {
    let care = Care::requested().await;
    accepted(&care).await;
    for said in ["先观察", "改为转诊"] {
        care.takes("dr-chen", "opinion", json!({ "opinion": said })).await;
    }
    let first = opinion(&care, "?version=1").await;
    let latest = opinion(&care, "").await;
    assert_eq!(
        (stated(&first)["opinion"].clone(), &first["version"]),
        (json!("先观察"), &json!(1))
    );
    assert_eq!(
        (stated(&latest)["opinion"].clone(), &latest["version"]),
        (json!("改为转诊"), &json!(2))
    );
    assert!(is_good(&first, first["statement"].as_str().unwrap()));
    let (status, _) = care.county.get("dr-zhao", &care.at("/opinion?version=3")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, problem) = care.step("dr-chen", "opinion", &json!({ "opinion": " " })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["errors"][0]["field"], "opinion", "{problem}");
    let long = json!({ "opinion": "字".repeat(4_001) });
    assert_eq!(
        care.step("dr-chen", "opinion", &long).await.1["errors"][0]["code"],
        "text-too-long"
    );
}

#[tokio::test]
async fn what_was_really_received_is_signed_with_the_opinion() {
    let receipts = json!({ "outbox": "a", "first": 1, "receipts": [] });
    let told = std::sync::Arc::new(std::sync::Mutex::new(receipts));
    let given = std::sync::Arc::clone(&told);
    let give = move || {
        let answer = given.lock().unwrap().clone();
        async move { Json(answer) }
    };
    let forget = async || StatusCode::NO_CONTENT;
    let router = Router::new().route("/receipts", get(give).delete(forget));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gateway_url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let config = Config { gateway_url, gateway_look_s: 1, ..Config::default() };
    let care = Care::of(County::start_with(config).await, request()).await;
    accepted(&care).await;
    let session = care.booked().await;
    care.takes("scheduler", "schedule", json!({ "sessionId": session })).await;
    care.county.set_clock(START_S + 60);
    let from_ms = START_S * 1_000;
    told.lock().unwrap()["receipts"] = json!([{
        "room": session, "identity": "dr-chen", "site": "县医院", "fromMs": from_ms, "toMs": from_ms + 10_000, "told": true,
        "sound": { "receivedS": 9, "missedS": 1, "packets": 450, "bytes": 60_000, "lostPackets": 50 },
        "picture": { "receivedS": 4, "pausedS": 6, "packets": 0, "bytes": 0, "layerBytes": [] },
        "wireBytes": 100_000, "upBytes": 20_000, "lossPercent": 10.0, "roundTripMs": 100, "opinion": 4.0, "mode": "full",
        "reason": "line", "line": { "bitsPerSecond": 300_000, "lossPercent": 5.5, "roundTripMs": 120 }
    }]);
    let path = format!("/api/v1/sessions/{session}/receipts");
    let came = async {
        while care.county.get("dr-chen", &path).await.1["participants"] == json!([]) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), came).await.unwrap();
    care.takes("dr-chen", "opinion", json!({ "opinion": "随访" })).await;
    let stated = stated(&opinion(&care, "").await);
    assert_eq!(stated["session"], json!(session));
    let received = json!([{ "person": "dr-chen", "pictureS": 4, "screenS": 0, "soundS": 9 }]);
    assert_eq!(stated["attendance"], received);
}
