//! What must hold whatever people do at the same time: nobody and nothing is booked twice, no line carries more than it can, no
//! adult is alone with a minor, no booking gives way to another one, what is refused changes nothing, and the events tell all of it. Seeded walks of bookings,
//! changes, cancellations and series, some of them sent at once.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county;
use std::collections::{BTreeMap, BTreeSet};

use crate::county::{County, answer};
use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const DAYS: [&str; 3] = ["2026-11-24", "2026-11-25", "2026-11-26"];
const STEPS: usize = 70;
/// What the line of clinic-b carries each way: two pictures of full size do not fit at once.
const LINE_KBPS: i64 = 1_000;
const ROOMS: [&str; 6] =
    ["hospital-1", "hospital-2", "school-1", "clinic-a-1", "clinic-b-1", "village-a-1"];
const TERMINALS: [&str; 2] = ["screen", "tablet"];
const INTERPRETERS: [&str; 2] = ["tashi", "dr-sun"];
const SPECIALISTS: [&str; 2] = ["dr-wang", "dr-chen"];
const VILLAGE_DOCTORS: [&str; 3] = ["dr-li", "dr-zhao", "dr-sun"];
const TEACHERS: [&str; 2] = ["teacher-zhang", "teacher-wu"];

/// Two pupils and the mother of one.
struct Family {
    pupils: [String; 2],
    mother: String,
}

/// What the scheduler's pages show.
#[derive(Debug, PartialEq)]
struct World {
    sessions: BTreeMap<String, Value>,
    events: Vec<Value>,
}

async fn family(county: &County) -> Family {
    let make = async |name: &str| {
        let body = json!({ "names": { "zh": name }, "organizationId": "village-a" });
        let (status, made) = county.post("scheduler", "/api/v1/people", &body).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        made["id"].as_str().unwrap().to_owned()
    };
    let (first, second) = (make("小明").await, make("小红").await);
    let mother = make("小明妈妈").await;
    for (pupil, guardians) in [(&first, vec![mother.clone()]), (&second, vec![])] {
        let body = json!({ "bornOn": "2015-05-01", "guardianIds": guardians });
        let path = format!("/api/v1/people/{pupil}/minor");
        let said = county.by("scheduler", Method::PUT, &path).json(&body);
        assert_eq!(answer(said).await.0, StatusCode::OK);
    }
    Family { pupils: [first, second], mother }
}

/// Two terminals, and two who interpret, of whom one is a village doctor as well.
async fn terminals_and_interpreters(county: &County) {
    let table = "table,id,name,kind,organization,room,roles,interprets\n\
        terminal,screen,大屏,screen,,clinic-b-1,,\nterminal,tablet,平板,tablet,,hospital-1,,\n\
        person,tashi,扎西,,hospital,,,bo-zh\nperson,dr-sun,孙医生,,clinic-c,,village_doctor,bo-zh\n";
    let import = county.by("scheduler", Method::POST, "/api/v1/imports");
    let (status, told) = answer(import.header("content-type", "text/csv").body(table)).await;
    assert_eq!(status, StatusCode::OK, "{told}");
}

async fn thin_line(county: &County) {
    let line = json!({ "downKbps": LINE_KBPS, "upKbps": LINE_KBPS, "tariff": [] });
    let put = county.by("scheduler", Method::PUT, "/api/v1/organizations/clinic-b/line");
    let (status, told) = answer(put.json(&line)).await;
    assert_eq!(status, StatusCode::OK, "{told}");
}

async fn world(county: &County) -> World {
    let mut sessions = BTreeMap::new();
    for day in DAYS {
        let (status, told) = county.get("scheduler", &format!("/api/v1/sessions?day={day}")).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        for session in told["sessions"].as_array().unwrap() {
            sessions.insert(session["id"].as_str().unwrap().to_owned(), session.clone());
        }
    }
    let (mut events, mut since) = (Vec::new(), "0".to_owned());
    loop {
        let (_, told) = county.get("scheduler", &format!("/api/v1/changes?since={since}")).await;
        events.extend(told["events"].as_array().unwrap().iter().cloned());
        since = told["next"].as_str().unwrap().to_owned();
        if told["more"] == false {
            return World { sessions, events };
        }
    }
}

/// Something that a scheduler might send next.
struct Walk<'a> {
    random: StdRng,
    family: &'a Family,
    /// The sessions that the requests of a step name.
    named: BTreeSet<String>,
}

impl Walk<'_> {
    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        *of.choose(&mut self.random).unwrap()
    }

    fn times(&mut self) -> (String, String) {
        let day = self.one(&DAYS[..2]);
        let starts = 9 * 60 + 15 * self.random.random_range(0..14);
        let ends = starts + self.one(&[15, 30, 45, 90]);
        let at = |minute: i32| format!("{day}T{:02}:{:02}:00+08:00", minute / 60, minute % 60);
        (at(starts), at(ends))
    }

    fn rooms(&mut self) -> Vec<&'static str> {
        let most = self.random.random_range(0..3);
        ROOMS.sample(&mut self.random, most).copied().collect()
    }

    fn terminals(&mut self) -> Vec<&'static str> {
        let most = self.random.random_range(0..2);
        TERMINALS.sample(&mut self.random, most).copied().collect()
    }

    fn people(&mut self, kind: &str) -> Vec<Value> {
        let part = |id: &str, role: &str| json!({ "personId": id, "role": role });
        if kind == "consultation" {
            let (specialist, doctor) = (self.one(&SPECIALISTS), self.one(&VILLAGE_DOCTORS));
            let mut people = vec![part(specialist, "specialist"), part(doctor, "village_doctor")];
            let interpreter = self.one(&INTERPRETERS);
            if interpreter != doctor && self.random.random_bool(0.3) {
                people.push(part(interpreter, "interpreter"));
            }
            return people;
        }
        let family = self.family;
        let others = [&family.pupils[0], &family.pupils[1], &family.mother];
        let mut others: Vec<&str> = others.into_iter().map(String::as_str).collect();
        others.extend(["dr-zhao", "reader"]);
        let most = self.random.random_range(1..4);
        let mut people = vec![part(self.one(&TEACHERS), "lead_teacher")];
        let others = others.sample(&mut self.random, most);
        people.extend(others.map(|id| part(id, "observer")));
        people
    }

    fn booking(&mut self) -> Value {
        let kind = self.one(&["consultation", "training"]);
        let (starts_at, ends_at) = self.times();
        json!({ "kind": kind, "title": "会", "startsAt": starts_at, "endsAt": ends_at, "roomIds": self.rooms(), "terminalIds": self.terminals(),
                "participants": self.people(kind), "recording": self.random.random::<bool>() })
    }

    fn change(&mut self, session: &Value) -> Value {
        let kind = session["kind"].as_str().unwrap();
        let mut change = json!({});
        if self.random.random_bool(0.5) {
            let (starts_at, ends_at) = self.times();
            (change["startsAt"], change["endsAt"]) = (json!(starts_at), json!(ends_at));
        }
        if self.random.random_bool(0.4) {
            change["participants"] = json!(self.people(kind));
        }
        if self.random.random_bool(0.3) {
            change["roomIds"] = json!(self.rooms());
        }
        if self.random.random_bool(0.2) {
            change["terminalIds"] = json!(self.terminals());
        }
        if self.random.random_bool(0.3) {
            change["title"] = json!(format!("题目 {}", self.random.random_range(0..100)));
        }
        change
    }

    fn next(&mut self, county: &County, world: &World) -> reqwest::RequestBuilder {
        let known: Vec<&Value> = world.sessions.values().collect();
        let post = |path: &str| county.by("scheduler", Method::POST, path);
        match self.random.random_range(0..10) {
            0..4 => post("/api/v1/sessions").json(&self.booking()),
            4 => {
                let rule = "FREQ=DAILY;COUNT=2";
                post("/api/v1/series").json(&json!({ "booking": self.booking(), "rule": rule }))
            }
            5 if !known.is_empty() => {
                let id = self.one(&known)["id"].as_str().unwrap();
                self.named.insert(id.to_owned());
                post(&format!("/api/v1/sessions/{id}/cancel")).json(&json!({}))
            }
            _ if !known.is_empty() => {
                let session = self.one(&known);
                self.named.insert(session["id"].as_str().unwrap().to_owned());
                let version = session["version"].as_i64().unwrap();
                let version = self.one(&[version, version, version, version - 1]);
                let path = format!("/api/v1/sessions/{}", session["id"].as_str().unwrap());
                let request = county.by("scheduler", Method::PATCH, &path);
                request.header("if-match", format!("\"{version}\"")).json(&self.change(session))
            }
            _ => post("/api/v1/sessions").json(&self.booking()),
        }
    }
}

fn ids(session: &Value) -> Vec<&str> {
    let people = session["participants"].as_array().unwrap().iter().map(|it| &it["personId"]);
    let rooms = session["rooms"].as_array().unwrap().iter().map(|it| &it["id"]);
    let terminals = session["terminals"].as_array().unwrap().iter().map(|it| &it["id"]);
    people.chain(rooms).chain(terminals).map(|id| id.as_str().unwrap()).collect()
}

/// No person, no room and no terminal is in two sessions at once, in whatever role. Times of one zone sort as texts.
fn nothing_is_booked_twice(world: &World) {
    let booked: Vec<&Value> =
        world.sessions.values().filter(|it| it["state"] == "scheduled").collect();
    let time = |session: &Value, name: &str| session[name].as_str().unwrap().to_owned();
    for (nth, one) in booked.iter().enumerate() {
        for other in &booked[nth + 1..] {
            let apart = time(one, "endsAt") <= time(other, "startsAt")
                || time(other, "endsAt") <= time(one, "startsAt");
            let shared: Vec<&str> =
                ids(one).into_iter().filter(|id| ids(other).contains(id)).collect();
            assert!(apart || shared.is_empty(), "{shared:?} twice: {one} and {other}");
        }
    }
}

/// At no instant more than the line carries, and exactly the sessions of the clinic's doctor are on it.
async fn the_line_carries_what_is_booked(county: &County, world: &World) {
    let pool = county::database::pool_in(county.folder.as_ref().unwrap().path()).await;
    let claims: Vec<(String, i64, i64, i64, i64)> = sqlx::query_as(
        "SELECT session_id, starts_s, ends_s, down_kbps, up_kbps FROM line_claim
         WHERE organization_id = 'clinic-b' AND state = 'confirmed' ORDER BY session_id",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    pool.close().await;
    for (_, instant, ..) in &claims {
        let at_once = claims.iter().filter(|(_, from, to, ..)| from <= instant && instant < to);
        let (down, up) = at_once.fold((0, 0), |(down, up), claim| (down + claim.3, up + claim.4));
        assert!(down <= LINE_KBPS && up <= LINE_KBPS, "{down} and {up} kbit/s at {instant}");
    }
    let on_it = world
        .sessions
        .values()
        .filter(|session| session["state"] == "scheduled" && ids(session).contains(&"dr-zhao"));
    let on_it: Vec<&str> = on_it.map(|session| session["id"].as_str().unwrap()).collect();
    let claimed: Vec<&str> = claims.iter().map(|claim| claim.0.as_str()).collect();
    assert_eq!(claimed, on_it);
}

fn no_adult_is_alone_with_a_minor(world: &World, family: &Family) {
    for session in world.sessions.values().filter(|it| it["state"] == "scheduled") {
        let people = session["participants"].as_array().unwrap().iter();
        let people: Vec<&str> = people.map(|it| it["personId"].as_str().unwrap()).collect();
        let pupil = |id: &&str| family.pupils.iter().any(|pupil| pupil == id);
        let minors: Vec<&str> = people.iter().copied().filter(pupil).collect();
        let adults = people.len() - minors.len();
        let guarded = minors.iter().all(|id| *id == family.pupils[0])
            && people.contains(&family.mother.as_str());
        // Each session of these walks is led by a teacher or a doctor, who answers for minors.
        assert!(minors.is_empty() || guarded || adults >= 2, "{session}");
    }
}

/// A booking gives way to no other one: it is moved, or goes, by who names it alone.
fn nobody_is_displaced(walk: &Walk<'_>, before: &World, after: &World) {
    for (id, session) in &before.sessions {
        let named = walk.named.contains(id);
        assert!(named || after.sessions.get(id) == Some(session), "{session} was displaced");
    }
}

/// Whoever reads the events alone knows every session as it is.
fn events_tell_all(world: &World) {
    let mut told: BTreeMap<&str, Value> = BTreeMap::new();
    for (nth, event) in world.events.iter().enumerate() {
        let before = nth.checked_sub(1).and_then(|last| world.events[last]["number"].as_i64());
        let number = event["number"].as_i64().unwrap();
        assert!(before.is_none_or(|before| number == before + 1), "a gap before {event}");
        let by = event["by"]["id"].as_str().unwrap();
        assert!(["scheduler", "demo"].contains(&by), "{event}");
        let id = event["sessionId"].as_str().unwrap();
        let session = told.entry(id).or_insert_with(|| json!({ "version": 0 }));
        assert_eq!(event["version"], session["version"].as_i64().unwrap() + 1, "{event}");
        for (name, was) in event["before"].as_object().into_iter().flatten() {
            assert_eq!(*was, session[name], "{name} before {event}");
        }
        for (name, is) in event["after"].as_object().into_iter().flatten() {
            session[name] = is.clone();
        }
        session["version"] = event["version"].clone();
        let state = if event["kind"] == "cancelled" { "cancelled" } else { "scheduled" };
        session["state"] = json!(state);
    }
    for (id, session) in &world.sessions {
        let rooms = session["rooms"].as_array().unwrap().iter().map(|room| room["id"].clone());
        let people = session["participants"].as_array().unwrap().iter();
        let people = people.map(|it| json!({ "personId": it["personId"], "role": it["role"] }));
        let terminals = session["terminals"].as_array().unwrap().iter().map(|it| it["id"].clone());
        let mut is = json!({ "roomIds": rooms.collect::<Vec<_>>(), "terminalIds": terminals.collect::<Vec<_>>(), "participants": people.collect::<Vec<_>>() });
        for name in ["title", "startsAt", "endsAt", "recording", "version", "state"] {
            is[name] = session[name].clone();
        }
        assert_eq!(told.get(id.as_str()), Some(&is), "{id}");
    }
}

async fn walk(seed: u64) -> BTreeMap<u16, usize> {
    let county = County::start().await;
    let family = family(&county).await;
    thin_line(&county).await;
    terminals_and_interpreters(&county).await;
    let mut walk =
        Walk { random: StdRng::seed_from_u64(seed), family: &family, named: BTreeSet::new() };
    let (mut before, mut answers) = (world(&county).await, BTreeMap::new());
    // Sessions of the demo have no place in the walk.
    before.sessions.clear();
    for _ in 0..STEPS {
        walk.named.clear();
        let at_once = walk.one(&[1, 1, 4]);
        let requests: Vec<_> = (0..at_once).map(|_| walk.next(&county, &before)).collect();
        let told = join_all(requests.into_iter().map(answer)).await;
        for (status, body) in &told {
            assert!(status.as_u16() < 500, "{body}");
            *answers.entry(status.as_u16()).or_default() += 1;
        }
        let after = world(&county).await;
        if told.iter().all(|(status, _)| !status.is_success()) {
            assert_eq!(after.events, before.events, "what is refused changes nothing");
        }
        nothing_is_booked_twice(&after);
        the_line_carries_what_is_booked(&county, &after).await;
        no_adult_is_alone_with_a_minor(&after, &family);
        nobody_is_displaced(&walk, &before, &after);
        events_tell_all(&after);
        before = after;
    }
    county.stop().await;
    answers
}

#[tokio::test]
async fn whatever_is_booked_changed_and_cancelled_at_once_the_rules_hold() {
    let mut answers: BTreeMap<u16, usize> = BTreeMap::new();
    for seed in [11, 12, 13] {
        for (status, count) in walk(seed).await {
            *answers.entry(status).or_default() += count;
        }
    }
    // The walks met every kind of answer, or they have held nothing.
    for status in [200, 201, 409, 412, 422] {
        assert!(answers.get(&status).is_some_and(|count| *count >= 5), "{answers:?}");
    }
}
