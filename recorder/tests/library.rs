//! The library: a ticket opens one thing, the list is short, and what is deleted is gone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod stage;

use archive::manifest::{Chat, Manifest, Person, Rendition, Slide, State};
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use session::{Opens, Ticket};
use sha2::{Digest as _, Sha256};
use stage::{Gateway, House, keys, now_s, person_token, room_token, ticket};
use std::collections::BTreeSet;
use std::path::Path;

const DECK: &str = "00112233445566778899aabbccddeeff";
const OTHER_DECK: &str = "ffeeddccbbaa99887766554433221100";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct List {
    recordings: Vec<Entry>,
    next: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    id: String,
    title: String,
    forms: Vec<Rendition>,
    slide_bytes: u64,
}

/// A finished lesson as it lies on disk: a form, and a page turn every ten seconds through these decks.
fn lesson(session: &str, started_at: &str, decks: &[&str]) -> Manifest {
    let form = |form: &str, bytes| Rendition {
        form: form.to_owned(),
        bytes,
        url: format!("/replay/recordings/{session}-1/{form}-0123456789abcdef.webm"),
        mime: "audio/webm".to_owned(),
        sha256: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef".to_owned(),
        ..Rendition::default()
    };
    let turn = |at: usize, deck: &str, page| Slide {
        at_ms: at as u64 * 10_000,
        deck: deck.to_owned(),
        page,
        url: format!("/slides/{deck}/{page}.webp"),
    };
    let turns =
        (0..40).map(|at| turn(at, decks[at % decks.len()], (at / decks.len()) as u32 % 2 + 1));
    let person = |it: &str| Person {
        identity: it.to_owned(),
        name: "王老师".to_owned(),
        ..Person::default()
    };
    Manifest {
        v: 1,
        id: format!("{session}-1"),
        session_id: session.to_owned(),
        title: format!("三年级科学：水的循环（{session}）"),
        kind: "class".to_owned(),
        started_at: started_at.to_owned(),
        duration_ms: 2_700_000,
        state: State::Ready,
        participants: ["teacher", "class-a", "class-b"].map(person).into(),
        forms: vec![form("light", 8_100_000), form("full", 81_000_000)],
        slides: if decks.is_empty() { Vec::new() } else { turns.collect() },
        chat: vec![Chat { at_ms: 5_000, text: "云是水汽变的".to_owned(), ..Chat::default() }],
        ..Manifest::default()
    }
}

fn put(data: &Path, manifest: &Manifest) {
    let folder = data.join("recordings").join(&manifest.id);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("light-0123456789abcdef.webm"), b"the voice").unwrap();
    std::fs::write(folder.join("manifest.json"), serde_json::to_vec(manifest).unwrap()).unwrap();
}

/// A deck of two pages, 300 and 400 bytes, uploaded in these rooms.
fn put_deck(data: &Path, deck: &str, rooms: &[&str]) {
    let folder = data.join("decks").join(deck);
    std::fs::create_dir_all(folder.join("rooms")).unwrap();
    std::fs::write(folder.join("deck.json"), b"{}").unwrap();
    for (page, bytes) in [(1, 300), (2, 400)] {
        std::fs::write(folder.join(format!("{page}.webp")), vec![7; bytes]).unwrap();
    }
    for room in rooms {
        let hash = Sha256::digest(room.as_bytes());
        let name: String = hash.iter().take(16).map(|it| format!("{it:02x}")).collect();
        std::fs::write(folder.join("rooms").join(name), b"").unwrap();
    }
}

async fn house(data: &Path) -> (House, Gateway) {
    let gateway = Gateway::start("run-a").await;
    (House::start(data, &gateway).await, gateway)
}

async fn status(house: &House, method: Method, path: &str, token: &str) -> StatusCode {
    let request = house.client.request(method, format!("{}{path}", house.http));
    let answer = request.bearer_auth(token).send().await.unwrap();
    let (status, headers) = (answer.status(), answer.headers());
    if !status.is_success() {
        assert_eq!(headers["content-type"], "application/problem+json", "{path}");
    }
    status
}

async fn list(house: &House, opens: Opens, query: &str) -> List {
    let url = format!("{}/replay/recordings{query}", house.http);
    let answer = house.client.get(url).bearer_auth(ticket(opens)).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

async fn listed(house: &House) -> Vec<String> {
    let list = list(house, Opens::AllRecordings, "").await;
    list.recordings.into_iter().map(|it| it.id).collect()
}

fn recording(id: &str) -> String {
    ticket(Opens::Recording(id.to_owned()))
}

fn deletion(id: &str) -> String {
    ticket(Opens::Deletion(id.to_owned()))
}

const ONE: &str = "/replay/recordings/a-1";
const FILE: &str = "/replay/recordings/a-1/light-0123456789abcdef.webm";

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_opens_one_recording_for_its_time() {
    let data = tempfile::tempdir().unwrap();
    put(data.path(), &lesson("a", "2026-11-23T08:00:00Z", &[DECK]));
    put(data.path(), &lesson("b", "2026-11-23T09:00:00Z", &[DECK]));
    put_deck(data.path(), DECK, &["a"]);
    put_deck(data.path(), OTHER_DECK, &["a"]);
    let (house, _gateway) = house(data.path()).await;
    let get = async |path: &str, token: &str| status(&house, Method::GET, path, token).await;
    let page = format!("{ONE}/slides/{DECK}/2.webp");
    for path in [ONE, FILE, page.as_str()] {
        assert_eq!(get(path, &recording("a-1")).await, 200, "{path}");
        assert_eq!(get(path, &recording("b-1")).await, 403, "{path}");
        assert_eq!(get(path, &ticket(Opens::AllRecordings)).await, 403, "{path}");
        assert_eq!(get(path, &deletion("a-1")).await, 403, "{path}");
        assert_eq!(get(path, &person_token("teacher")).await, 401, "{path}");
        assert_eq!(get(path, &room_token("a", true)).await, 401, "{path}");
        let over = Ticket { opens: Opens::Recording("a-1".into()), expires_s: now_s() - 90 };
        assert_eq!(get(path, &over.sign(&keys()).unwrap()).await, 401, "{path}");
        for query in ["access_token", "ticket"] {
            let url = format!("{}{path}?{query}={}", house.http, recording("a-1"));
            let answer = house.client.get(url).send().await.unwrap();
            assert_eq!(answer.status(), 401, "an address opens nothing");
        }
    }
    assert_eq!(get(&format!("{ONE}/slides/{OTHER_DECK}/1.webp"), &recording("a-1")).await, 404);
    assert_eq!(get("/replay/recordings/c-1", &recording("c-1")).await, 404);
    assert_eq!(get("/replay/recordings", &recording("a-1")).await, 403);
    assert_eq!(get("/replay/recordings", &person_token("teacher")).await, 401);
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn media_comes_by_a_cookie_for_this_recording() {
    let data = tempfile::tempdir().unwrap();
    for session in ["a", "b"] {
        put(data.path(), &lesson(session, "2026-11-23T08:00:00Z", &[DECK]));
    }
    let (house, _gateway) = house(data.path()).await;
    let open = async |id: &str, origin: &str| {
        let url = format!("{}/replay/recordings/{id}/open", house.http);
        let request = house.client.post(url).bearer_auth(recording(id)).header("origin", origin);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 204);
        answer.headers()["set-cookie"].to_str().unwrap().to_owned()
    };
    let cookie = open("a-1", "http://h.example").await;
    let (pair, terms) = cookie.split_once("; ").unwrap();
    let (path, rest) = terms.split_once("; ").unwrap();
    assert_eq!(path, "Path=/replay/recordings/a-1");
    assert!(rest.starts_with("Max-Age=59") || rest.starts_with("Max-Age=600"), "{rest}");
    assert!(rest.ends_with("; HttpOnly; SameSite=Strict"), "{rest}");
    assert!(open("a-1", "https://h.example").await.ends_with("; Secure"));
    let with = |method: Method, path: &str, cookie: &str| {
        let request = house.client.request(method, format!("{}{path}", house.http));
        request.header("cookie", format!("x=y; {cookie}")).send()
    };
    let whole = with(Method::GET, FILE, pair).await.unwrap();
    assert_eq!(whole.status(), 200);
    assert_eq!(whole.headers()["cache-control"], "private, max-age=600");
    assert_eq!(whole.bytes().await.unwrap(), "the voice");
    let other = open("b-1", "http://h.example").await;
    let other = other.split(';').next().unwrap();
    assert_eq!(with(Method::GET, FILE, other).await.unwrap().status(), 403);
    assert_eq!(with(Method::GET, ONE, pair).await.unwrap().status(), 401, "names need the header");
    assert_eq!(with(Method::DELETE, ONE, pair).await.unwrap().status(), 401);
    let stranger = house.client.post(format!("{}{ONE}/open", house.http));
    assert_eq!(stranger.bearer_auth(recording("b-1")).send().await.unwrap().status(), 403);
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_short_and_comes_in_parts() {
    let data = tempfile::tempdir().unwrap();
    let id = |it: usize| format!("0192f8a0-{:04x}-7000-8000-{:012x}", it * 37, it * 1_234_567);
    for it in 0..70 {
        let started_at = format!("2026-11-{:02}T{:02}:00:00.{:03}Z", it / 10 + 1, it % 10 + 8, it);
        put(data.path(), &lesson(&id(it), &started_at, &[DECK]));
    }
    put_deck(data.path(), DECK, &[]);
    let (house, _gateway) = house(data.path()).await;
    let url = format!("{}/replay/recordings", house.http);
    let packed = house.client.get(url).header("accept-encoding", "gzip, deflate, br");
    let packed = packed.bearer_auth(ticket(Opens::AllRecordings)).send().await.unwrap();
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    let packed = packed.bytes().await.unwrap().len();
    assert!(packed <= 10_000, "{packed} bytes for 60 lessons");
    let first = list(&house, Opens::AllRecordings, "").await;
    assert_eq!(first.recordings.len(), 60);
    assert_eq!(first.recordings[0].id, format!("{}-1", id(69)), "the newest first");
    assert!(first.recordings[0].title.contains("水的循环"));
    assert_eq!(first.recordings[0].forms[1].bytes, 81_000_000);
    assert_eq!(first.recordings[0].slide_bytes, 700, "each page once, though shown often");
    let rest = format!("?limit=6&after={}", first.next.unwrap().replace(':', "%3A"));
    let second = list(&house, Opens::AllRecordings, &rest).await;
    let ids: Vec<String> = second.recordings.into_iter().map(|it| it.id).collect();
    assert_eq!(ids, (4..10).rev().map(|it| format!("{}-1", id(it))).collect::<Vec<_>>());
    let rest = format!("?after={}", second.next.unwrap());
    let third = list(&house, Opens::AllRecordings, &rest).await;
    assert_eq!((third.recordings.len(), third.next), (4, None));
    let own = list(&house, Opens::Sessions(vec![id(3), id(5), "x".to_owned()]), "").await;
    assert_eq!(own.recordings.len(), 2);
    assert!(list(&house, Opens::Sessions(Vec::new()), "").await.recordings.is_empty());
    for wrong in ["?limit=0", "?limit=61", "?limit=x", "?after=x"] {
        let path = format!("/replay/recordings{wrong}");
        let got = status(&house, Method::GET, &path, &ticket(Opens::AllRecordings)).await;
        assert_eq!(got, 400, "{wrong}");
    }
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_recording_tells_its_slides_and_chat() {
    let data = tempfile::tempdir().unwrap();
    put(data.path(), &lesson("a", "2026-11-23T08:00:00Z", &[DECK]));
    put_deck(data.path(), DECK, &["a"]);
    let (house, _gateway) = house(data.path()).await;
    let answer = house.get(ONE, "teacher").header("accept-encoding", "gzip").send().await.unwrap();
    assert_eq!(answer.headers()["content-encoding"], "gzip");
    let answer = house.get(ONE, "teacher").send().await.unwrap();
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let told: serde_json::Value = answer.json().await.unwrap();
    assert_eq!((told["slides"].as_array().unwrap().len(), &told["slideBytes"]), (40, &700.into()));
    assert_eq!(told["slides"][1], serde_json::json!({ "atMs": 10_000, "deck": DECK, "page": 2 }));
    assert_eq!(told["chat"][0]["text"], "云是水汽变的");
    let media = house.get(FILE, "teacher").header("accept-encoding", "gzip").send().await.unwrap();
    assert!(media.headers().get("content-encoding").is_none(), "media is packed already");
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_recording_is_gone_with_its_decks() {
    let data = tempfile::tempdir().unwrap();
    put(data.path(), &lesson("a", "2026-11-23T08:00:00Z", &[DECK, OTHER_DECK]));
    put(data.path(), &lesson("b", "2026-11-23T09:00:00Z", &[OTHER_DECK]));
    let [unshown, elsewhere] = ["a0a0a0a0a0a0a0a0a0", "b0b0b0b0b0b0b0b0b0"];
    put_deck(data.path(), DECK, &["a"]);
    put_deck(data.path(), OTHER_DECK, &["a", "b"]);
    put_deck(data.path(), unshown, &["a"]);
    put_deck(data.path(), elsewhere, &["a", "c"]);
    let (house, gateway) = house(data.path()).await;
    for wrong in [recording("a-1"), deletion("b-1"), ticket(Opens::AllRecordings)] {
        assert_eq!(status(&house, Method::DELETE, ONE, &wrong).await, 403);
    }
    assert_eq!(status(&house, Method::DELETE, ONE, &person_token("teacher")).await, 401);
    assert_eq!(listed(&house).await, ["b-1", "a-1"]);
    assert_eq!(status(&house, Method::DELETE, ONE, &deletion("a-1")).await, 204);
    assert_eq!(listed(&house).await, ["b-1"]);
    assert_eq!(status(&house, Method::GET, FILE, &recording("a-1")).await, 404);
    assert_eq!(status(&house, Method::DELETE, ONE, &deletion("a-1")).await, 404);
    let left = |folder: &str| -> BTreeSet<String> {
        let entries = std::fs::read_dir(data.path().join(folder)).unwrap();
        entries.map(|it| it.unwrap().file_name().into_string().unwrap()).collect()
    };
    assert_eq!(left("recordings"), ["b-1".to_owned()].into());
    assert_eq!(left("decks"), [OTHER_DECK.to_owned(), elsewhere.to_owned()].into());
    assert_eq!(left("deleted"), BTreeSet::new());
    house.until("recorder_deleted_total 1\n").await;
    gateway.open("now", "class");
    gateway.join(0, "teacher", "lead_teacher");
    house.recorded(2).await;
    let path = "/replay/recordings/now-1";
    assert_eq!(status(&house, Method::DELETE, path, &deletion("now-1")).await, 409);
    assert_eq!(listed(&house).await.len(), 2);
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_that_a_crash_cut_short_is_finished() {
    let data = tempfile::tempdir().unwrap();
    put(data.path(), &lesson("a", "2026-11-23T08:00:00Z", &[DECK, OTHER_DECK]));
    put(data.path(), &lesson("b", "2026-11-23T09:00:00Z", &[OTHER_DECK]));
    put_deck(data.path(), DECK, &["a"]);
    put_deck(data.path(), OTHER_DECK, &["a"]);
    // The crash came after the one step that deletes, before anything was removed, and another as a deck was removed.
    let bin = data.path().join("deleted");
    std::fs::create_dir_all(bin.join(DECK)).unwrap();
    std::fs::rename(data.path().join("recordings/a-1"), bin.join("a-1")).unwrap();
    let (house, _gateway) = house(data.path()).await;
    assert_eq!(listed(&house).await, ["b-1"]);
    for _ in 0..200 {
        if std::fs::read_dir(&bin).unwrap().next().is_none() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    assert!(std::fs::read_dir(&bin).unwrap().next().is_none(), "nothing is left to remove");
    assert!(!data.path().join("decks").join(DECK).exists());
    assert!(data.path().join("decks").join(OTHER_DECK).exists(), "another recording shows it");
    house.recorder.stop().await;
}
