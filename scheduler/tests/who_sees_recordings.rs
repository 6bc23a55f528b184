//! Recordings are for those who took part and, where no patient is touched, for their sites; a ticket says so.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county;
use crate::county::{County, NOW_S, assert_problem, consultation, keys, tomorrow};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use session::{AccessToken, Opens, Ticket};

/// Tomorrow 08:00 in the county.
const TOMORROW_S: u64 = NOW_S + 24 * 3600;

async fn booked(county: &County, wish: &Value) -> String {
    let (status, session) = county.book(wish).await;
    assert_eq!(status, StatusCode::CREATED, "{session}");
    session["id"].as_str().unwrap().to_owned()
}

fn lesson(hour: u32, minute: u32, minutes: u32) -> Value {
    let end = hour * 60 + minute + minutes;
    json!({
        "kind": "class", "title": "分数", "startsAt": tomorrow(hour, minute), "endsAt": tomorrow(end / 60, end % 60),
        "participants": [
            { "personId": "teacher-wu", "role": "lead_teacher" },
            { "personId": "class-a", "role": "classroom" }
        ],
        "recording": true
    })
}

fn read(county: &County, answer: &Value) -> Opens {
    let now_s = county.clock.load(std::sync::atomic::Ordering::Relaxed);
    let ticket = Ticket::read(answer["ticket"].as_str().unwrap(), &keys(), now_s).unwrap();
    assert!(ticket.expires_s <= now_s + 600, "minutes, not days");
    assert!(Ticket::read(answer["ticket"].as_str().unwrap(), &keys(), now_s + 661).is_err());
    ticket.opens
}

async fn listed(county: &County, person: &str) -> Vec<String> {
    let (status, answer) = county.get(person, "/api/v1/recordings").await;
    assert_eq!(status, StatusCode::OK);
    match read(county, &answer) {
        Opens::Sessions(ids) => ids,
        other => panic!("{person} is told {other:?}"),
    }
}

async fn sees(county: &County, person: &str, session: &str) -> StatusCode {
    let path = format!("/api/v1/recordings/{session}-1/ticket");
    let (status, answer) = county.post(person, &path, &json!({})).await;
    let in_list = listed(county, person).await.iter().any(|it| it == session);
    assert_eq!(status == StatusCode::OK, in_list, "{person}: list and ticket say the same");
    if status == StatusCode::OK {
        assert_eq!(read(county, &answer), Opens::Recording(format!("{session}-1")));
    }
    status
}

#[tokio::test]
async fn those_who_took_part_see_and_for_a_lesson_their_sites() {
    let county = County::start().await;
    let visit = booked(&county, &consultation(&tomorrow(8, 0), &tomorrow(8, 30))).await;
    let class = booked(&county, &lesson(8, 0, 30)).await;
    county.set_clock(TOMORROW_S + 3600);
    for (person, sees_visit, sees_class) in [
        ("dr-chen", true, false),
        ("dr-zhao", true, false),
        // The same hospital, another patient.
        ("dr-wang", false, false),
        ("teacher-wu", false, true),
        ("class-a", false, true),
        // Sits in the village of the classroom.
        ("reader", false, true),
        // Teaches at the same school.
        ("teacher-zhang", false, true),
        ("class-b", false, false),
    ] {
        let status = |yes: bool| if yes { StatusCode::OK } else { StatusCode::FORBIDDEN };
        assert_eq!(sees(&county, person, &visit).await, status(sees_visit), "{person}");
        assert_eq!(sees(&county, person, &class).await, status(sees_class), "{person}");
    }
    let (_, all) = county.get("scheduler", "/api/v1/recordings").await;
    assert_eq!(read(&county, &all), Opens::AllRecordings);
    let path = format!("/api/v1/recordings/{visit}-1/ticket");
    assert_eq!(county.post("scheduler", &path, &json!({})).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_lesson_with_a_minor_is_for_who_took_part_and_for_the_minors_school_and_guardians() {
    let county = County::start().await;
    let mut ids = Vec::new();
    for (name, organization) in
        [("小明", "village-a"), ("小明妈妈", "village-b"), ("同学的妈妈", "village-b")]
    {
        let body = json!({ "names": { "zh": name }, "organizationId": organization });
        let (_, made) = county.post("scheduler", "/api/v1/people", &body).await;
        ids.push(made["id"].as_str().unwrap().to_owned());
    }
    let [pupil, mother, other] = ids.try_into().unwrap();
    let mut wish = lesson(8, 0, 30);
    wish["participants"] = json!([
        { "personId": "teacher-wu", "role": "lead_teacher" }, { "personId": "class-b", "role": "classroom" },
        { "personId": pupil, "role": "observer" },
    ]);
    let class = booked(&county, &wish).await;
    county.set_clock(TOMORROW_S + 3600);
    let expect = async |school: StatusCode, teacher: StatusCode, mothers: StatusCode| {
        for (person, status) in [
            ("teacher-wu", StatusCode::OK),
            ("class-b", StatusCode::OK),
            (pupil.as_str(), StatusCode::OK),
            // Sits at the pupil's school.
            ("reader", school),
            ("teacher-zhang", teacher),
            (mother.as_str(), mothers),
            // Sits at the other classroom.
            (other.as_str(), teacher),
            ("dr-wang", StatusCode::FORBIDDEN),
        ] {
            assert_eq!(sees(&county, person, &class).await, status, "{person}");
        }
    };
    let (ok, no) = (StatusCode::OK, StatusCode::FORBIDDEN);
    expect(ok, ok, ok).await;
    let say = async |born_on: &str| {
        let body = json!({ "bornOn": born_on, "guardianIds": [mother] });
        let path = format!("/api/v1/people/{pupil}/minor");
        let said = county.by("scheduler", Method::PUT, &path).json(&body);
        assert_eq!(county::answer(said).await.0, StatusCode::OK);
    };
    say("2015-05-01").await;
    expect(ok, no, ok).await;
    say("2008-11-24").await;
    expect(ok, ok, ok).await;
}

#[tokio::test]
async fn what_was_not_booked_is_for_schedulers_alone() {
    let county = County::start().await;
    let path = "/api/v1/recordings/some-room-1/ticket";
    let (status, problem) = county.post("dr-wang", path, &json!({})).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_problem(&problem, "not-found", 404);
    assert_eq!(county.post("scheduler", path, &json!({})).await.0, StatusCode::OK);
    for path in ["/api/v1/recordings/..%2Fx/ticket", "/api/v1/recordings/a%20b-1/deletion"] {
        assert_eq!(county.post("scheduler", path, &json!({})).await.0, StatusCode::NOT_FOUND);
    }
    let room = AccessToken::for_room("some-room", "dr-wang", "", NOW_S, 60).sign(&keys()).unwrap();
    let answer = county.bare(Method::GET, "/api/v1/recordings").bearer_auth(room);
    assert_eq!(answer.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn who_led_the_session_and_schedulers_may_delete() {
    let county = County::start().await;
    let visit = booked(&county, &consultation(&tomorrow(8, 0), &tomorrow(8, 30))).await;
    county.set_clock(TOMORROW_S + 3600);
    let path = format!("/api/v1/recordings/{visit}-1/deletion");
    for (person, may) in
        [("dr-chen", true), ("dr-zhao", false), ("dr-wang", false), ("scheduler", true)]
    {
        let (status, answer) = county.post(person, &path, &json!({})).await;
        if may {
            assert_eq!(read(&county, &answer), Opens::Deletion(format!("{visit}-1")), "{person}");
        } else {
            assert_eq!(status, StatusCode::FORBIDDEN);
            assert_problem(&answer, "forbidden", 403);
        }
        let path = format!("/api/v1/recordings/{visit}-1/ticket");
        let (_, seen) = county.post(person, &path, &json!({})).await;
        assert_eq!(seen["canDelete"] == true, may, "{person}");
    }
}

#[tokio::test]
async fn a_long_list_comes_in_parts() {
    let county = County::start().await;
    let mut all = Vec::new();
    for number in 0..62 {
        all.push(booked(&county, &lesson(8 + number / 6, number % 6 * 10, 10)).await);
    }
    county.set_clock(TOMORROW_S + 12 * 3600);
    all.reverse();
    let (_, first) = county.get("teacher-wu", "/api/v1/recordings").await;
    assert_eq!(read(&county, &first), Opens::Sessions(all[..60].to_vec()));
    let path = format!("/api/v1/recordings?after={}", first["next"].as_str().unwrap());
    let (_, second) = county.get("teacher-wu", &path).await;
    // The demo's own lesson of the same school came before.
    let Opens::Sessions(rest) = read(&county, &second) else { panic!("{second}") };
    assert_eq!(rest[..2], all[60..]);
    assert_eq!(second["next"], Value::Null);
    for wrong in ["x", ".", "1.", "-1.a", "99999999999.a"] {
        let path = format!("/api/v1/recordings?after={wrong}");
        assert_eq!(county.get("teacher-wu", &path).await.0, StatusCode::BAD_REQUEST, "{wrong}");
    }
}

#[tokio::test]
async fn answers_are_packed_for_those_who_take_it() {
    let county = County::start().await;
    let path = "/api/openapi.json";
    let plain = county.bare(Method::GET, path).send().await.unwrap();
    assert!(plain.headers().get("content-encoding").is_none());
    let plain = plain.bytes().await.unwrap().len();
    let packed = county.bare(Method::GET, path).header("accept-encoding", "gzip").send().await;
    let packed = packed.unwrap();
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    assert!(packed.bytes().await.unwrap().len() * 3 < plain);
}
