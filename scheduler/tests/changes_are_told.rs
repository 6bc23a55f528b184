//! Every change is an event: who, when, why, what it was and what it is; told to those it concerns, in order, without gaps.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county::{County, NOW_S, answer, assert_problem, consultation, tomorrow};
use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

async fn booked(county: &County, hour: u32) -> Value {
    let (status, session) =
        county.book(&consultation(&tomorrow(hour, 0), &tomorrow(hour, 30))).await;
    assert_eq!(status, StatusCode::CREATED, "{session}");
    session
}

async fn change(county: &County, session: &Value, change: &Value) -> Value {
    let path = format!("/api/v1/sessions/{}", session["id"].as_str().unwrap());
    let request = county.by("scheduler", Method::PATCH, &path).header("If-Match", "*").json(change);
    let (status, session) = answer(request).await;
    assert_eq!(status, StatusCode::OK, "{session}");
    session
}

async fn cancel(county: &County, session: &Value, reason: &str) {
    let path = format!("/api/v1/sessions/{}/cancel", session["id"].as_str().unwrap());
    let (status, _) = county.post("scheduler", &path, &json!({ "reason": reason })).await;
    assert_eq!(status, StatusCode::OK);
}

/// Everything from a cursor on, page by page, and the last cursor.
async fn all(county: &County, person: &str, path: &str, since: &str) -> (Vec<Value>, String) {
    let (mut events, mut since) = (vec![], since.to_owned());
    loop {
        let (status, page) = county.get(person, &format!("{path}?since={since}")).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        let found = page["events"].as_array().unwrap();
        assert!(found.len() <= 100);
        events.extend(found.iter().cloned());
        since = page["next"].as_str().unwrap().to_owned();
        if page["more"] == json!(false) {
            return (events, since);
        }
    }
}

fn replaced(specialist: &str) -> Value {
    json!({ "participants": [
        { "personId": specialist, "role": "specialist" },
        { "personId": "dr-zhao", "role": "village_doctor" },
    ]})
}

#[tokio::test]
async fn an_event_tells_who_when_why_and_what_it_was_and_is() {
    let county = County::start().await;
    let session = booked(&county, 9).await;
    county.set_clock(NOW_S + 60);
    let moved = json!({ "startsAt": tomorrow(14, 0), "endsAt": tomorrow(14, 45), "roomIds": [], "reason": " 医生有手术 " });
    change(&county, &session, &moved).await;
    cancel(&county, &session, "停电").await;
    let path = format!("/api/v1/sessions/{}/events", session["id"].as_str().unwrap());
    let (events, _) = all(&county, "scheduler", &path, "0").await;
    let by = json!({ "id": "scheduler", "names": { "zh": "周调度", "en": "Scheduler Zhou" } });
    let first = events[0]["number"].as_i64().unwrap();
    let parts = json!([
        { "personId": "dr-chen", "role": "specialist" },
        { "personId": "dr-zhao", "role": "village_doctor" },
    ]);
    let whole = |starts: String, ends: String, rooms: Value| {
        json!({
            "title": "皮肤科会诊", "startsAt": starts, "endsAt": ends, "recording": true, "roomIds": rooms, "terminalIds": [],
            "participants": parts,
        })
    };
    let rooms = json!(["hospital-2", "clinic-b-1"]);
    let event = |number: i64, kind: &str, at: &str| {
        json!({
            "number": first + number, "sessionId": session["id"], "sessionKind": "consultation", "version": number + 1,
            "kind": kind, "at": at, "by": by, "reason": null, "overrideReason": null, "title": "皮肤科会诊", "startsAt": tomorrow(14, 0),
            "endsAt": tomorrow(14, 45), "you": null, "before": null, "after": null,
        })
    };
    let mut made = event(0, "booked", "2026-11-23T08:00:00+08:00");
    (made["startsAt"], made["endsAt"]) = (json!(tomorrow(9, 0)), json!(tomorrow(9, 30)));
    made["after"] = whole(tomorrow(9, 0), tomorrow(9, 30), rooms.clone());
    let mut changed = event(1, "changed", "2026-11-23T08:01:00+08:00");
    changed["reason"] = json!("医生有手术");
    changed["before"] =
        json!({ "startsAt": tomorrow(9, 0), "endsAt": tomorrow(9, 30), "roomIds": rooms });
    changed["after"] =
        json!({ "startsAt": tomorrow(14, 0), "endsAt": tomorrow(14, 45), "roomIds": [] });
    let mut cancelled = event(2, "cancelled", "2026-11-23T08:01:00+08:00");
    cancelled["reason"] = json!("停电");
    cancelled["before"] = whole(tomorrow(14, 0), tomorrow(14, 45), json!([]));
    assert_eq!(events, [made, changed, cancelled]);
    for person in ["dr-chen", "reader"] {
        let (status, problem) = county.get(person, &path).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert_problem(&problem, "forbidden", 403);
    }
    let nowhere = "/api/v1/sessions/0192f8a0-0000-7000-8000-000000000000/events";
    assert_eq!(county.get("scheduler", nowhere).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_person_is_told_of_own_sessions_and_of_each_what_concerns_it() {
    let county = County::start().await;
    let session = booked(&county, 9).await;
    let both =
        json!({ "title": "只给新人看", "participants": replaced("dr-wang")["participants"] });
    change(&county, &session, &both).await;
    change(&county, &session, &json!({ "title": "后来" })).await;
    let told = async |person: &str| all(&county, person, "/api/v1/changes", "0").await.0;
    let about = |events: &[Value]| -> Vec<Value> {
        let own = events.iter().filter(|it| it["sessionId"] == session["id"]);
        own.map(|it| {
            json!([it["kind"], it["you"], it["title"], it["before"]["title"], it["after"]["title"]])
        })
        .collect()
    };
    let booked = json!(["booked", null, "皮肤科会诊", null, "皮肤科会诊"]);
    let later = json!(["changed", null, "后来", "只给新人看", "后来"]);
    let out = json!(["changed", "removed", "皮肤科会诊", "皮肤科会诊", null]);
    assert_eq!(about(&told("dr-chen").await), [booked.clone(), out], "nothing of what came after");
    let came = json!(["changed", "added", "只给新人看", null, "只给新人看"]);
    assert_eq!(about(&told("dr-wang").await), [came, later.clone()], "nor of what was before");
    let stays = json!(["changed", null, "只给新人看", "皮肤科会诊", "只给新人看"]);
    for person in ["dr-zhao", "scheduler"] {
        assert_eq!(about(&told(person).await), [booked.clone(), stays.clone(), later.clone()]);
    }
    assert_eq!(told("reader").await, [] as [Value; 0]);
}

#[tokio::test]
async fn a_cursor_misses_nothing_and_gives_nothing_twice_while_others_write() {
    let county = County::start().await;
    let (_, start) = all(&county, "scheduler", "/api/v1/changes", "latest").await;
    let sessions = join_all((9..13).map(|hour| booked(&county, hour))).await;
    let write = async {
        for number in 0..30 {
            let title = json!({ "title": format!("第 {number} 次") });
            join_all(sessions.iter().map(|session| change(&county, session, &title))).await;
        }
    };
    let read = async {
        let (mut seen, mut since) = (vec![], start.clone());
        while seen.len() < 124 {
            let (found, next) = all(&county, "scheduler", "/api/v1/changes", &since).await;
            seen.extend(found.iter().map(|it| it["number"].as_i64().unwrap()));
            since = next;
        }
        seen
    };
    let ((), seen) = tokio::join!(write, read);
    let first = start.parse::<i64>().unwrap() + 1;
    assert_eq!(seen, (first..first + 124).collect::<Vec<_>>());
    // The same in one go, over several pages; a person sees its own by the same numbers.
    let (again, _) = all(&county, "dr-chen", "/api/v1/changes", &start).await;
    assert_eq!(again.len(), 124);
}

#[tokio::test]
async fn what_is_no_cursor_is_refused() {
    let county = County::start().await;
    for since in ["-1", "x", "9999999", "1.5", "99999999999999999999"] {
        let (status, problem) =
            county.get("scheduler", &format!("/api/v1/changes?since={since}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{since}");
        assert_problem(&problem, "bad-parameter", 400);
    }
    assert_eq!(
        answer(county.bare(Method::GET, "/api/v1/changes")).await.0,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn the_home_page_tells_what_others_have_changed() {
    let county = County::start().await;
    let news = async |person: &str| county.get(person, "/api/v1/me").await.1["news"].clone();
    let (moved, off, other) =
        (booked(&county, 9).await, booked(&county, 10).await, booked(&county, 11).await);
    assert_eq!(news("dr-chen").await, json!([]), "what is booked stands in the lists");
    change(&county, &moved, &json!({ "startsAt": tomorrow(15, 0), "endsAt": tomorrow(15, 30) }))
        .await;
    cancel(&county, &off, "停电").await;
    change(&county, &other, &replaced("dr-wang")).await;
    let told = news("dr-chen").await;
    let told: Vec<Value> = told
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            json!([it["kind"], it["you"], it["startsAt"], it["before"]["startsAt"], it["reason"]])
        })
        .collect();
    let expected = [
        json!(["changed", "removed", tomorrow(11, 0), tomorrow(11, 0), null]),
        json!(["cancelled", null, tomorrow(10, 0), tomorrow(10, 0), "停电"]),
        json!(["changed", null, tomorrow(15, 0), tomorrow(9, 0), null]),
    ];
    assert_eq!(told, expected);
    assert_eq!(news("scheduler").await, json!([]), "who did it knows");
    assert_eq!(news("dr-li").await, json!([]));
    for number in 0..15 {
        change(&county, &moved, &json!({ "title": format!("第 {number} 次") })).await;
    }
    assert_eq!(news("dr-chen").await.as_array().unwrap().len(), 10);
    county.set_clock(NOW_S + 25 * 3600 + 7 * 3600);
    assert_eq!(news("dr-chen").await, json!([]), "it is over");
}
