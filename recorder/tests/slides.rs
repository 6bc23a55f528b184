//! Slides: what a presenter uploads, and what is no PDF.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod stage;

use recorder::{Config, DeckConfig};
use serde::Deserialize;
use stage::{Gateway, House, person_token, room_token};
use std::fmt::Write as _;

/// A PDF of `pages` pages with a word and a box each. `more` goes into the trailer.
fn pdf(pages: usize, more: &str) -> Vec<u8> {
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        String::new(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut kids = String::new();
    for page in 1..=pages {
        let number = objects.len() + 1;
        write!(kids, "{number} 0 R ").unwrap();
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 640 360] /Contents {} 0 R \
             /Resources << /Font << /F 3 0 R >> >> >>",
            number + 1
        ));
        let text = format!(
            "BT /F 48 Tf 60 200 Td (Page {page}) Tj ET 0.2 0.4 0.8 rg 60 60 {page}0 40 re f"
        );
        objects.push(format!("<< /Length {} >>\nstream\n{text}\nendstream", text.len()));
    }
    objects[1] = format!("<< /Type /Pages /Kids [{kids}] /Count {pages} >>");
    let mut file = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        places.push(file.len());
        writeln!(file, "{} 0 obj\n{object}\nendobj", number + 1).unwrap();
    }
    let table = file.len();
    writeln!(file, "xref\n0 {}\n0000000000 65535 f ", objects.len() + 1).unwrap();
    for place in places {
        writeln!(file, "{place:010} 00000 n ").unwrap();
    }
    let size = objects.len() + 1;
    write!(file, "trailer\n<< /Size {size} /Root 1 0 R {more} >>\nstartxref\n{table}\n%%EOF\n")
        .unwrap();
    file.into_bytes()
}

/// A dictionary of the standard security handler for a password that nobody gave.
const LOCKED: &str = "/ID [<00112233445566778899aabbccddeeff><00112233445566778899aabbccddeeff>] \
    /Encrypt << /Filter /Standard /V 1 /R 2 /P -44 \
    /O <000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f> \
    /U <202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f> >>";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Taken {
    deck: String,
    title: String,
    pages: u32,
    width: u32,
    height: u32,
    page_url: String,
}

#[derive(Debug, Deserialize)]
struct Told {
    r#type: String,
    status: u16,
    detail: String,
}

async fn house(deck: DeckConfig) -> (House, tempfile::TempDir) {
    let data = tempfile::tempdir().unwrap();
    let gateway = Gateway::start("run-a").await;
    let config =
        Config { data: data.path().to_owned(), tap_url: gateway.url, deck, ..Config::default() };
    (House::with(config).await, data)
}

async fn put(house: &House, token: &str, body: Vec<u8>) -> reqwest::Response {
    let url = format!("{}/slides?room=lesson&name=%E5%85%89.pdf", house.http);
    let request =
        house.client.post(url).bearer_auth(token).header("content-type", "application/pdf");
    request.body(body).send().await.unwrap()
}

async fn refused(house: &House, body: Vec<u8>) -> (u16, String) {
    let answer = put(house, &person_token("teacher"), body).await;
    let status = answer.status().as_u16();
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let told: Told = answer.json().await.unwrap();
    assert_eq!(told.status, status);
    assert!(told.detail.len() > 10);
    (status, told.r#type)
}

fn leftovers(data: &tempfile::TempDir) -> usize {
    let entries = std::fs::read_dir(data.path().join("decks")).unwrap();
    entries
        .filter(|it| it.as_ref().unwrap().file_name().to_str().unwrap().starts_with("incoming"))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_a_pdf_become_images() {
    let (house, data) = house(DeckConfig::default()).await;
    let answer = put(&house, &room_token("lesson", true), pdf(11, "")).await;
    assert_eq!(answer.status(), 201);
    let taken: Taken = answer.json().await.unwrap();
    assert_eq!((taken.title.as_str(), taken.pages), ("光", 11));
    assert_eq!((taken.width, taken.height), (1_280, 720));
    assert_eq!(taken.page_url, format!("/slides/{}/{{page}}.webp", taken.deck));
    let mut images = Vec::new();
    for page in 1..=11 {
        let url = format!("{}/slides/{}/{page}.webp", house.http, taken.deck);
        let answer = house.client.get(url).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "image/webp");
        assert!(answer.headers()["cache-control"].to_str().unwrap().contains("immutable"));
        let bytes = answer.bytes().await.unwrap();
        assert_eq!(&bytes[..4], b"RIFF");
        assert!(bytes.len() < 20_000);
        images.push(bytes);
    }
    images.dedup();
    assert_eq!(images.len(), 11, "each page is another");
    let again: Taken = put(&house, &person_token("wang"), pdf(11, "")).await.json().await.unwrap();
    assert_eq!(again.deck, taken.deck);
    for file in ["12.webp", "0.webp", "deck.json", "..%2F..%2Fdecks"] {
        let url = format!("{}/slides/{}/{file}", house.http, taken.deck);
        assert_eq!(house.client.get(url).send().await.unwrap().status(), 404, "{file}");
    }
    assert_eq!(leftovers(&data), 0);
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_shown_is_refused_with_a_reason() {
    let deck = DeckConfig { megabytes: 1, pages: 20, ..DeckConfig::default() };
    let (house, data) = house(deck).await;
    let of = async |body| refused(&house, body).await;
    let problem = |status: u16, name: &str| (status, format!("/problems/{name}"));
    assert_eq!(of(b"PK\x03\x04 a zip".to_vec()).await, problem(415, "not-a-pdf"));
    assert_eq!(of(Vec::new()).await, problem(415, "not-a-pdf"));
    let mut garbage = b"%PDF-1.7\n".to_vec();
    garbage.extend((0..50_000_u32).map(|it| (it.wrapping_mul(2_654_435_761) >> 13) as u8));
    assert_eq!(of(garbage).await, problem(422, "slides-damaged"));
    let whole = pdf(3, "");
    assert_eq!(of(whole[..60].to_vec()).await.0, 422);
    assert_eq!(of(pdf(2, LOCKED)).await, problem(422, "slides-locked"));
    assert_eq!(of(pdf(0, "")).await, problem(422, "slides-empty"));
    assert_eq!(of(pdf(21, "")).await, problem(422, "slides-too-many"));
    assert_eq!(of(vec![b'%'; 1_000_001]).await, problem(413, "slides-too-large"));
    assert_eq!(leftovers(&data), 0);
    assert!(house.recorder.metrics().contains("recorder_decks_refused_total 8\n"));
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pdf_that_takes_too_long_is_given_up() {
    let (house, data) = house(DeckConfig { seconds: 0, ..DeckConfig::default() }).await;
    assert_eq!(refused(&house, pdf(3, "")).await, (422, "/problems/slides-too-slow".to_owned()));
    assert_eq!(leftovers(&data), 0);
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_speak_may_show_slides() {
    let (house, _data) = house(DeckConfig::default()).await;
    let status = async |token: &str| put(&house, token, pdf(1, "")).await.status().as_u16();
    assert_eq!(status(&room_token("lesson", false)).await, 403);
    assert_eq!(status(&room_token("another", true)).await, 403);
    assert_eq!(status("nonsense").await, 401);
    assert_eq!(status(&room_token("lesson", true)).await, 201);
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_waits_too_long_is_told_when_to_come_back() {
    let deck = DeckConfig { waiting_seconds: 0, ..DeckConfig::default() };
    let (house, _data) = house(deck).await;
    let token = person_token("teacher");
    let (first, second) = tokio::join!(put(&house, &token, pdf(15, "")), async {
        tokio::time::sleep(std::time::Duration::from_millis(150)).await;
        put(&house, &token, pdf(14, "")).await
    });
    assert_eq!(first.status(), 201);
    assert_eq!(second.status(), 503);
    assert_eq!(second.headers()["retry-after"], "30");
    house.recorder.stop().await;
}
