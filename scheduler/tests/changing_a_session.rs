//! A booking is changed and not made anew; two schedulers do not overwrite each other.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county::{County, NOW_S, answer, assert_problem, consultation, is_problem, tomorrow};
use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use scheduler::Config;
use serde_json::{Value, json};

/// Tomorrow 09:00 in the county.
const START_S: u64 = NOW_S + 25 * 3600;

fn path(session: &Value) -> String {
    format!("/api/v1/sessions/{}", session["id"].as_str().unwrap())
}

async fn booked(county: &County) -> Value {
    let (status, session) = county.book(&consultation(&tomorrow(9, 0), &tomorrow(9, 30))).await;
    assert_eq!(status, StatusCode::CREATED, "{session}");
    session
}

/// Changes it as the scheduler who has read this version.
async fn change(county: &County, session: &Value, change: &Value) -> (StatusCode, Value) {
    let request = county
        .by("scheduler", Method::PATCH, &path(session))
        .header("If-Match", format!("\"{}\"", session["version"]))
        .json(change);
    answer(request).await
}

fn doctors(specialist: &str, village_doctor: &str) -> Value {
    json!([
        { "personId": specialist, "role": "specialist" },
        { "personId": village_doctor, "role": "village_doctor" },
    ])
}

/// The codes of the faults, by member.
fn faults(problem: &Value) -> Vec<(&str, &str)> {
    let faults = problem["errors"].as_array().unwrap().iter();
    faults.map(|it| (it["field"].as_str().unwrap(), it["code"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn every_member_can_be_changed_alone_and_the_rest_stays() {
    let county = County::start().await;
    let mut session = booked(&county).await;
    assert_eq!(session["version"], 1);
    for (number, (wish, member, value)) in [
        (json!({ "title": "  复诊 " }), "title", json!("复诊")),
        (json!({ "endsAt": "2026-11-24T02:00:00Z" }), "endsAt", json!(tomorrow(10, 0))),
        (
            json!({ "startsAt": tomorrow(9, 15), "endsAt": tomorrow(9, 45) }),
            "startsAt",
            json!(tomorrow(9, 15)),
        ),
        (json!({ "recording": false }), "recording", json!(false)),
        (json!({ "roomIds": ["clinic-b-1"] }), "rooms", json!([session["rooms"][1]])),
    ]
    .into_iter()
    .enumerate()
    {
        let (status, after) = change(&county, &session, &wish).await;
        assert_eq!(status, StatusCode::OK, "{after}");
        assert_eq!((&after[member], &after["version"]), (&value, &json!(number + 2)));
        for (name, before) in session.as_object().unwrap() {
            let named = [member, "version", "endsAt"].contains(&name.as_str());
            assert!(named || after[name] == *before, "{member}: {name} {before}");
        }
        assert_eq!(county.get("dr-chen", &path(&session)).await.1, after);
        session = after;
    }
    let people = doctors("dr-wang", "dr-zhao");
    let (_, after) = change(&county, &session, &json!({ "participants": people })).await;
    assert_eq!(after["participants"][0]["personId"], "dr-wang");
    assert_eq!(county.get("dr-chen", &path(&session)).await.0, StatusCode::FORBIDDEN);
    // Who and what was given back can be booked.
    let mut wish = consultation(&tomorrow(9, 15), &tomorrow(9, 45));
    (wish["participants"], wish["roomIds"]) = (doctors("dr-chen", "dr-sun"), json!(["hospital-2"]));
    assert_eq!(county.book(&wish).await.0, StatusCode::CREATED);
    assert!(county.scheduler.metrics().contains("bookings_total{outcome=\"Changed\"} 6"));
}

#[tokio::test]
async fn a_session_never_clashes_with_itself() {
    let county = County::start().await;
    let mut session = booked(&county).await;
    for (from, to) in [((9, 10), (9, 40)), ((8, 50), (9, 20)), ((9, 0), (10, 0)), ((9, 0), (9, 30))]
    {
        let times = json!({ "startsAt": tomorrow(from.0, from.1), "endsAt": tomorrow(to.0, to.1) });
        let (status, after) = change(&county, &session, &times).await;
        assert_eq!(status, StatusCode::OK, "{after}");
        session = after;
    }
}

#[tokio::test]
async fn a_clash_refuses_all_of_it_and_names_the_way_out() {
    let county = County::start().await;
    let session = booked(&county).await;
    let mut other = consultation(&tomorrow(10, 0), &tomorrow(11, 0));
    (other["participants"], other["roomIds"]) = (doctors("dr-wang", "dr-zhao"), json!([]));
    county.book(&other).await;
    let wish = json!({
        "title": "改了", "startsAt": tomorrow(9, 45), "endsAt": tomorrow(10, 15),
        "participants": doctors("dr-chen", "dr-zhao"), "roomIds": [],
    });
    let (status, problem) = change(&county, &session, &wish).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_problem(&problem, "slot-taken", 409);
    assert_eq!(problem["resource"]["id"], "dr-zhao");
    assert_eq!(
        (&problem["takenUntil"], &problem["nextFree"], &problem["freeUntil"]),
        (&json!(tomorrow(11, 0)), &json!(tomorrow(11, 0)), &json!(null)),
    );
    assert_eq!(county.get("dr-chen", &path(&session)).await.1, session, "nothing was changed");
    // What it had is still its own.
    let (status, _) = county.book(&consultation(&tomorrow(9, 0), &tomorrow(9, 30))).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let (_, events) = county.get("scheduler", &format!("{}/events", path(&session))).await;
    assert_eq!(events["events"].as_array().unwrap().len(), 1, "{events}");
}

#[tokio::test]
async fn faults_are_told_member_by_member_and_change_nothing() {
    let county = County::start().await;
    let session = booked(&county).await;
    let long: String = "长".repeat(201);
    for (wish, expected) in [
        (json!({ "title": " " }), vec![("title", "title-missing")]),
        (json!({ "startsAt": "soon" }), vec![("startsAt", "not-a-time")]),
        (
            json!({ "startsAt": "2026-11-22T09:00:00+08:00", "endsAt": "2026-11-22T09:30:00+08:00" }),
            vec![("startsAt", "start-in-the-past"), ("endsAt", "end-in-the-past")],
        ),
        (
            json!({ "startsAt": "2028-11-22T09:00:00+08:00", "endsAt": "2028-11-22T09:30:00+08:00" }),
            vec![("startsAt", "too-far-ahead")],
        ),
        (json!({ "endsAt": tomorrow(9, 0) }), vec![("endsAt", "end-before-start")]),
        (
            json!({ "participants": [] }),
            vec![("participants", "role-missing"), ("participants", "role-missing")],
        ),
        (
            json!({ "participants": doctors("dr-nobody", "dr-zhao") }),
            vec![("participants", "person-unknown")],
        ),
        (
            json!({ "participants": doctors("dr-li", "dr-zhao") }),
            vec![("participants", "role-not-held")],
        ),
        (json!({ "roomIds": ["hospital-2", "hospital-2"] }), vec![("roomIds", "room-twice")]),
        (json!({ "roomIds": ["nowhere"] }), vec![("roomIds", "room-unknown")]),
        (json!({ "title": "改", "reason": long }), vec![("reason", "reason-too-long")]),
    ] {
        let (status, problem) = change(&county, &session, &wish).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{wish}");
        assert_problem(&problem, "invalid", 422);
        assert_eq!(faults(&problem), expected, "{wish}");
    }
    for wish in [json!({ "kind": "class" }), json!({ "id": "x" }), json!({ "title": 7 }), json!([])]
    {
        let (status, problem) = change(&county, &session, &wish).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{wish}");
        assert_problem(&problem, "invalid", 422);
    }
    let (_, now) = county.get("scheduler", &path(&session)).await;
    assert_eq!(now, session);
}

#[tokio::test]
async fn only_a_scheduler_changes_and_only_what_is_there() {
    let county = County::start().await;
    let session = booked(&county).await;
    let patch = |person: &str, path: &str| {
        county
            .by(person, Method::PATCH, path)
            .header("If-Match", "*")
            .json(&json!({ "title": "x" }))
    };
    let (status, problem) = answer(patch("dr-chen", &path(&session))).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_problem(&problem, "forbidden", 403);
    let nowhere = "/api/v1/sessions/0192f8a0-0000-7000-8000-000000000000";
    assert_eq!(answer(patch("scheduler", nowhere)).await.0, StatusCode::NOT_FOUND);
    let bare = county.bare(Method::PATCH, &path(&session)).header("If-Match", "*");
    assert_eq!(answer(bare.json(&json!({}))).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn two_schedulers_do_not_overwrite_each_other() {
    let county = County::start().await;
    let session = booked(&county).await;
    // Without the version nothing is changed.
    let bare =
        county.by("scheduler", Method::PATCH, &path(&session)).json(&json!({ "title": "x" }));
    let (status, problem) = answer(bare).await;
    assert_eq!(status, StatusCode::PRECONDITION_REQUIRED);
    assert_problem(&problem, "version-missing", 428);
    // Both have read the same version; the second is told what it is now.
    let (_, first) = change(&county, &session, &json!({ "title": "第一个" })).await;
    let (status, problem) = change(&county, &session, &json!({ "title": "第二个" })).await;
    assert_eq!(status, StatusCode::PRECONDITION_FAILED);
    assert_problem(&problem, "changed-meanwhile", 412);
    assert_eq!(problem["session"], first);
    // Tags that are weak, empty or nobody's fit nothing; one among several does.
    let with = |tags: &str| {
        let request =
            county.by("scheduler", Method::PATCH, &path(&session)).header("If-Match", tags);
        answer(request.json(&json!({ "title": "第三个" })))
    };
    for tags in ["W/\"2\"", "2", "", "\"x\"", "\"1\", \"3\""] {
        assert_eq!(with(tags).await.0, StatusCode::PRECONDITION_FAILED, "{tags}");
    }
    assert_eq!(with("\"1\", \"2\"").await.0, StatusCode::OK);
    // The tag of a session that was read is that of its version.
    for request in [
        county.by("dr-chen", Method::GET, &path(&session)),
        county
            .by("scheduler", Method::PATCH, &path(&session))
            .header("If-Match", "*")
            .json(&json!({})),
    ] {
        assert_eq!(request.send().await.unwrap().headers()["etag"], "\"3\"");
    }
}

#[tokio::test]
async fn of_many_changes_at_once_one_is_made() {
    let county = County::start().await;
    let session = booked(&county).await;
    let wishes: Vec<Value> =
        (0..8).map(|number| json!({ "title": format!("第 {number} 个") })).collect();
    let answers = join_all(wishes.iter().map(|wish| change(&county, &session, wish))).await;
    let count = |status| answers.iter().filter(|(it, _)| *it == status).count();
    assert_eq!((count(StatusCode::OK), count(StatusCode::PRECONDITION_FAILED)), (1, 7));
    let (_, now) = county.get("scheduler", &path(&session)).await;
    assert_eq!(now["version"], 2);
}

#[tokio::test]
async fn the_same_change_sent_twice_is_made_once() {
    let county = County::start().await;
    let session = booked(&county).await;
    let wish =
        json!({ "startsAt": tomorrow(14, 0), "endsAt": tomorrow(14, 30), "reason": "医生有手术" });
    let first = change(&county, &session, &wish).await;
    assert_eq!((first.0, &first.1["version"]), (StatusCode::OK, &json!(2)));
    assert_eq!(change(&county, &session, &wish).await, first, "the answer of the first was lost");
    let (_, events) = county.get("scheduler", &format!("{}/events", path(&session))).await;
    assert_eq!(events["events"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_has_begun_is_prolonged_or_shortened_and_not_moved() {
    let county = County::start().await;
    let session = booked(&county).await;
    county.set_clock(START_S + 600);
    let (_, problem) = change(&county, &session, &json!({ "startsAt": tomorrow(9, 20) })).await;
    assert_eq!(faults(&problem), [("startsAt", "session-has-begun")]);
    let (_, problem) = change(&county, &session, &json!({ "endsAt": tomorrow(9, 10) })).await;
    assert_eq!(faults(&problem), [("endsAt", "end-in-the-past")]);
    let (_, problem) = change(&county, &session, &json!({ "recording": false })).await;
    assert_eq!(faults(&problem), [("recording", "recording-told")]);
    let (status, session) = change(&county, &session, &json!({ "endsAt": tomorrow(9, 50) })).await;
    assert_eq!((status, &session["endsAt"]), (StatusCode::OK, &json!(tomorrow(9, 50))));
    // Somebody of it is taken soon: it can last until then.
    let mut other = consultation(&tomorrow(10, 0), &tomorrow(10, 30));
    (other["participants"], other["roomIds"]) = (doctors("dr-wang", "dr-zhao"), json!([]));
    county.book(&other).await;
    let (status, problem) = change(&county, &session, &json!({ "endsAt": tomorrow(10, 20) })).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(
        (&problem["freeUntil"], &problem["nextFree"]),
        (&json!(tomorrow(10, 0)), &json!(null))
    );
    let (status, session) = change(&county, &session, &json!({ "endsAt": tomorrow(9, 11) })).await;
    assert_eq!((status, &session["joinable"]), (StatusCode::OK, &json!(false)));
}

#[tokio::test]
async fn what_is_over_or_cancelled_is_not_changed() {
    let county = County::start().await;
    let session = booked(&county).await;
    let cancel = format!("{}/cancel", path(&session));
    let (_, mut cancelled) = county.post("scheduler", &cancel, &json!({})).await;
    assert_eq!(cancelled["version"], 2);
    let (status, problem) = change(&county, &session, &json!({ "title": "x" })).await;
    assert_eq!(
        (status, &problem["session"]["state"]),
        (StatusCode::PRECONDITION_FAILED, &json!("cancelled"))
    );
    let (status, problem) = change(&county, &cancelled, &json!({ "title": "x" })).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_problem(&problem, "cancelled", 409);
    cancelled = booked(&county).await;
    county.set_clock(START_S + 1_800);
    let (status, problem) =
        change(&county, &cancelled, &json!({ "endsAt": tomorrow(23, 0) })).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_problem(&problem, "too-late", 409);
}

#[tokio::test]
async fn a_cancellation_may_say_which_version_it_is_meant_for_and_why() {
    let county = County::start().await;
    let session = booked(&county).await;
    let cancel = |tag: &str| {
        let path = format!("{}/cancel", path(&session));
        county.by("scheduler", Method::POST, &path).header("If-Match", tag)
    };
    change(&county, &session, &json!({ "title": "改了" })).await;
    let (status, problem) = answer(cancel("\"1\"")).await;
    assert_eq!(status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(
        (&problem["session"]["title"], &problem["session"]["state"]),
        (&json!("改了"), &json!("scheduled"))
    );
    let long = json!({ "reason": "两\n行" });
    assert_eq!(answer(cancel("*").json(&long)).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        answer(cancel("*").json(&json!({ "why": "x" }))).await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let text = cancel("\"2\"").header("Content-Type", "text/plain").body("why");
    assert_eq!(answer(text).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let (status, _) = answer(cancel("\"2\"").json(&json!({ "reason": "停电" }))).await;
    assert_eq!(status, StatusCode::OK);
    // Also without a body, as often as one likes; the first reason stays.
    assert_eq!(answer(cancel("\"2\"")).await.0, StatusCode::OK);
    let (_, events) = county.get("scheduler", &format!("{}/events", path(&session))).await;
    let last = events["events"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["kind"], &last["reason"], &last["version"]),
        (&json!("cancelled"), &json!("停电"), &json!(3))
    );
}

#[tokio::test]
async fn changes_outlive_a_restart_and_a_person_who_stays_may_have_lost_the_role() {
    let county = County::start().await;
    let session = booked(&county).await;
    let (_, after) = change(&county, &session, &json!({ "endsAt": tomorrow(10, 0) })).await;
    let folder = county.stop().await.unwrap();
    let county = County::start_in(folder.path(), Config::default()).await;
    assert_eq!(county.get("scheduler", &path(&session)).await.1, after);
    let response = county.by("scheduler", Method::GET, &path(&session)).send().await.unwrap();
    assert!(!is_problem(&response) && response.headers()["etag"] == "\"2\"");
}

#[tokio::test]
async fn what_is_booked_of_a_line_moves_along_in_its_mode() {
    let county = County::start().await;
    // Room for one small picture at once.
    let line = json!({ "downKbps": 300, "upKbps": 300, "tariff": [] });
    let put = county.by("scheduler", Method::PUT, "/api/v1/organizations/hospital/line");
    assert_eq!(answer(put.json(&line)).await.0, StatusCode::OK);
    let wish = |specialist: &str, village_doctor: &str| {
        let mut wish = consultation(&tomorrow(9, 0), &tomorrow(9, 30));
        (wish["participants"], wish["roomIds"]) = (doctors(specialist, village_doctor), json!([]));
        wish["sites"] = json!([{ "organizationId": "hospital", "mode": "small" }]);
        wish
    };
    let (status, session) = county.book(&wish("dr-chen", "dr-zhao")).await;
    assert_eq!(status, StatusCode::CREATED, "{session}");
    let (status, full) = county.book(&wish("dr-wang", "dr-sun")).await;
    assert_eq!((status, &full["type"]), (StatusCode::CONFLICT, &json!("/problems/line-full")));
    let times = |hour: u32| json!({ "startsAt": tomorrow(hour, 0), "endsAt": tomorrow(hour, 30) });
    let (status, session) = change(&county, &session, &times(14)).await;
    assert_eq!(status, StatusCode::OK, "{session}");
    let (status, other) = county.book(&wish("dr-wang", "dr-sun")).await;
    assert_eq!(status, StatusCode::CREATED, "the line is free: {other}");
    let (status, full) = change(&county, &session, &times(9)).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_problem(&full, "line-full", 409);
    assert_eq!(county.get("scheduler", &path(&session)).await.1, session, "nothing was changed");
    let (_, at_14) = change(&county, &other, &times(14)).await;
    assert_eq!(at_14["type"], "/problems/line-full", "it still has its part of the line there");
    county.post("scheduler", &format!("{}/cancel", path(&other)), &json!({})).await;
    let (status, session) = change(&county, &session, &times(9)).await;
    assert_eq!(status, StatusCode::OK, "{session}");
}
