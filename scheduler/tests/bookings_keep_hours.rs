//! A booking knows what the search for slots knows: what is offered can be booked, and what is closed is not, unless
//! somebody says why.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county::{County, answer, assert_problem, consultation, tomorrow};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const SESSIONS: &str = "/api/v1/sessions";

/// Sets when somebody or something can be used.
async fn set(county: &County, of: &str, body: &Value) {
    let path = format!("/api/v1/availability/{of}");
    let (status, said) = answer(county.by("scheduler", Method::PUT, &path).json(body)).await;
    assert_eq!(status, StatusCode::OK, "{said}");
}

fn weekdays(from: &str, to: &str) -> Value {
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday"];
    json!({ "days": days, "from": from, "to": to })
}

/// Dr Zhao has a way of twenty minutes and a lunch, the clinic no power for half an hour, the hospital opens late; and Dr
/// Chen is taken from ten to half past.
async fn with_hours() -> County {
    let county = County::start().await;
    let lunch = [weekdays("08:30", "12:00"), weekdays("13:00", "17:00")];
    set(&county, "person/dr-zhao", &json!({ "weekly": lunch, "beforeMinutes": 20 })).await;
    let power =
        json!([{ "name": "停电", "effect": "closed", "hours": [weekdays("14:30", "15:00")] }]);
    set(&county, "organization/clinic-b", &json!({ "overlays": power })).await;
    set(&county, "organization/hospital", &json!({ "weekly": [weekdays("09:00", "18:00")] })).await;
    let (status, booked) = county.book(&consultation(&tomorrow(10, 0), &tomorrow(10, 30))).await;
    assert_eq!(status, StatusCode::CREATED, "{booked}");
    county
}

async fn cancel(county: &County, booked: &Value) {
    let path = format!("{SESSIONS}/{}/cancel", booked["id"].as_str().unwrap());
    assert_eq!(county.post("scheduler", &path, &json!({})).await.0, StatusCode::OK);
}

async fn change(
    county: &County,
    booked: &Value,
    version: u32,
    body: &Value,
) -> (StatusCode, Value) {
    let path = format!("{SESSIONS}/{}", booked["id"].as_str().unwrap());
    let asked = county.by("scheduler", Method::PATCH, &path);
    answer(asked.header("If-Match", format!("\"{version}\"")).json(body)).await
}

#[tokio::test]
async fn what_the_search_offers_can_be_booked_and_what_it_refuses_is_refused_with_the_same_words() {
    let county = with_hours().await;
    let ids = [
        ("person", "dr-chen"),
        ("person", "dr-zhao"),
        ("room", "hospital-2"),
        ("room", "clinic-b-1"),
    ];
    let need = |(kind, id): (&str, &str)| json!({ "anyOf": [{ "kind": kind, "id": id }] });
    let needs: Vec<Value> = ids.into_iter().map(need).collect();
    let (mut offered, mut closed, mut taken) = (0, 0, 0);
    for quarter in 28..76 {
        let (hour, minute) = (quarter / 4, quarter % 4 * 15);
        let at = tomorrow(hour, minute);
        let end = tomorrow(hour + (minute + 30) / 60, (minute + 30) % 60);
        let search = json!({ "needs": needs, "minutes": 30, "most": 1, "startsAt": at });
        let (_, found) = county.post("scheduler", "/api/v1/slots:search", &search).await;
        let (status, booked) = county.book(&consultation(&at, &end)).await;
        if found["wished"].is_object() {
            offered += 1;
            assert_eq!(status, StatusCode::CREATED, "{at}: {booked}");
            cancel(&county, &booked).await;
            continue;
        }
        assert_eq!(status, StatusCode::CONFLICT, "{at}");
        let only_taken =
            found["blocking"].as_array().unwrap().iter().all(|it| it["cause"] == "taken");
        if only_taken {
            taken += 1;
            assert_problem(&booked, "slot-taken", 409);
            continue;
        }
        closed += 1;
        assert_problem(&booked, "not-open", 409);
        assert_eq!(booked["blocking"], found["blocking"], "{at}");
        assert_eq!(booked["nextFree"], found["slots"][0]["startsAt"], "{at}");
    }
    assert!(offered > 10 && closed > 10 && taken > 0, "{offered} {closed} {taken}");
    let (_, early) = county.book(&consultation(&tomorrow(8, 0), &tomorrow(8, 30))).await;
    assert_eq!(early["nextFree"], tomorrow(9, 0));
    assert!(early["detail"].as_str().unwrap().contains("hours"), "{early}");
    let (status, _) = county.book(&consultation(&tomorrow(9, 0), &tomorrow(9, 30))).await;
    assert_eq!(status, StatusCode::CREATED);
}

#[tokio::test]
async fn whoever_says_why_books_against_hours_and_the_event_keeps_it() {
    let county = with_hours().await;
    let mut wish = consultation(&tomorrow(19, 0), &tomorrow(19, 30));
    assert_problem(&county.book(&wish).await.1, "not-open", 409);
    wish["overrideReason"] = "x".repeat(201).into();
    let (status, problem) = county.book(&wish).await;
    assert_eq!(
        (status, &problem["errors"][0]["field"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("overrideReason"))
    );
    wish["overrideReason"] = "  ".into();
    assert_problem(&county.book(&wish).await.1, "not-open", 409);
    wish["overrideReason"] = " 急诊 ".into();
    let (status, booked) = county.book(&wish).await;
    assert_eq!(status, StatusCode::CREATED, "{booked}");
    let at_ten = json!({ "startsAt": tomorrow(10, 0), "endsAt": tomorrow(10, 30), "overrideReason": "急诊" });
    assert_problem(&change(&county, &booked, 1, &at_ten).await.1, "slot-taken", 409);
    let (status, renamed) = change(&county, &booked, 1, &json!({ "title": "晚间急诊" })).await;
    assert_eq!(status, StatusCode::OK, "what stays where it is is asked for nothing: {renamed}");
    let later = json!({ "startsAt": tomorrow(20, 0), "endsAt": tomorrow(20, 30) });
    assert_problem(&change(&county, &booked, 2, &later).await.1, "not-open", 409);
    let mut later = later;
    later["overrideReason"] = "病人晚到".into();
    assert_eq!(change(&county, &booked, 2, &later).await.0, StatusCode::OK);
    let inside = json!({ "startsAt": tomorrow(16, 0), "endsAt": tomorrow(16, 30), "overrideReason": "不需要" });
    assert_eq!(change(&county, &booked, 3, &inside).await.0, StatusCode::OK);
    let path = format!("{SESSIONS}/{}/events", booked["id"].as_str().unwrap());
    let (_, told) = county.get("scheduler", &path).await;
    let reasons: Vec<_> =
        told["events"].as_array().unwrap().iter().map(|it| it["overrideReason"].clone()).collect();
    assert_eq!(reasons, [json!("急诊"), Value::Null, json!("病人晚到"), Value::Null]);
}

#[tokio::test]
async fn a_request_that_was_carried_out_is_told_again_though_hours_have_changed() {
    let county = County::start().await;
    let wish = consultation(&tomorrow(9, 0), &tomorrow(9, 30));
    let send = async || {
        let asked = county.by("scheduler", Method::POST, SESSIONS).header("Idempotency-Key", "one");
        answer(asked.json(&wish)).await
    };
    let (_, first) = send().await;
    set(&county, "person/dr-zhao", &json!({ "weekly": [weekdays("14:00", "17:00")] })).await;
    let (status, again) = send().await;
    assert_eq!((status, &again["id"]), (StatusCode::CREATED, &first["id"]), "{again}");
    assert_problem(&county.book(&wish).await.1, "not-open", 409);
}

#[tokio::test]
async fn a_session_that_is_moved_is_not_in_its_own_way() {
    let county = with_hours().await;
    let (_, booked) = county.book(&consultation(&tomorrow(11, 0), &tomorrow(11, 30))).await;
    let later = json!({ "startsAt": tomorrow(11, 15), "endsAt": tomorrow(11, 45) });
    assert_eq!(change(&county, &booked, 1, &later).await.0, StatusCode::OK);
    let needs = json!([{ "anyOf": [{ "kind": "person", "id": "dr-zhao" }] }]);
    let mut search = json!({ "needs": needs, "minutes": 30, "most": 1, "from": tomorrow(0, 0), "startsAt": tomorrow(11, 30) });
    let (_, found) = county.post("scheduler", "/api/v1/slots:search", &search).await;
    assert_eq!(found["wished"], Value::Null);
    search["butSession"] = booked["id"].clone();
    let (_, found) = county.post("scheduler", "/api/v1/slots:search", &search).await;
    assert_eq!(found["wished"]["startsAt"], tomorrow(11, 30), "{found}");
}

/// A screen at clinic-b that the school has in the mornings, and that is in repair on the day after tomorrow.
async fn with_screen() -> County {
    let county = County::start().await;
    let table = "类别,编号,名称,终端类型,房间\n终端,screen-b,诊室大屏,大屏,clinic-b-1\n";
    let request = county.by("scheduler", Method::POST, "/api/v1/imports");
    let (status, report) = answer(request.header("content-type", "text/csv").body(table)).await;
    assert_eq!(status, StatusCode::OK, "{report}");
    let repair = json!([{ "day": "2026-11-25", "windows": [] }]);
    let hours = json!({ "weekly": [weekdays("12:00", "18:00")], "exceptions": repair });
    set(&county, "terminal/screen-b", &hours).await;
    let (_, said) = county.get("scheduler", "/api/v1/availability/terminal/screen-b").await;
    assert_eq!((&said["weekly"], &said["exceptions"]), (&hours["weekly"], &hours["exceptions"]));
    county
}

#[tokio::test]
async fn a_terminal_has_hours_of_its_own_beside_those_of_its_site() {
    let county = with_screen().await;
    let on_screen = |hour| {
        let mut wish = consultation(&tomorrow(hour, 0), &tomorrow(hour, 30));
        wish["terminalIds"] = json!(["screen-b"]);
        wish
    };
    let need = json!([{ "anyOf": [{ "kind": "terminal", "id": "screen-b" }] }]);
    let search = json!({ "needs": need, "minutes": 30, "most": 1, "startsAt": tomorrow(9, 0) });
    let (_, found) = county.post("scheduler", "/api/v1/slots:search", &search).await;
    let of = &found["blocking"][0]["of"];
    assert_eq!((&of["kind"], &of["id"]), (&json!("terminal"), &json!("screen-b")), "{found}");
    assert_eq!(found["slots"][0]["startsAt"], tomorrow(12, 0), "{found}");
    let (status, refused) = county.book(&on_screen(9)).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_problem(&refused, "not-open", 409);
    let told = |problem: &Value| problem["blocking"][0]["of"].clone();
    assert_eq!(told(&refused), told(&found), "{refused}");
    assert_eq!(refused["nextFree"], tomorrow(12, 0));
    assert!(refused["detail"].as_str().unwrap().contains("诊室大屏"), "{refused}");
    let others = consultation(&tomorrow(9, 0), &tomorrow(9, 30));
    assert_eq!(county.book(&others).await.0, StatusCode::CREATED, "without it nothing is closed");
    let (status, booked) = county.book(&on_screen(14)).await;
    assert_eq!(status, StatusCode::CREATED, "{booked}");
    let repaired =
        json!({ "startsAt": "2026-11-25T14:00:00+08:00", "endsAt": "2026-11-25T14:30:00+08:00" });
    let (status, refused) = change(&county, &booked, 1, &repaired).await;
    assert_eq!(
        (status, &refused["blocking"][0]["cause"]),
        (StatusCode::CONFLICT, &json!("exception"))
    );
    let power =
        json!([{ "name": "停电", "effect": "closed", "hours": [weekdays("15:00", "16:00")] }]);
    set(&county, "organization/clinic-b", &json!({ "overlays": power })).await;
    let (_, refused) = county.book(&on_screen(15)).await;
    let whose: Vec<_> =
        refused["blocking"].as_array().unwrap().iter().map(|it| &it["resource"]["id"]).collect();
    assert!(whose.contains(&&json!("screen-b")), "those of its site hold as well: {refused}");
}

#[tokio::test]
async fn hours_are_kept_of_terminals_that_are_there() {
    let county = County::start().await;
    for (of, advice) in [("terminal/none", "directory"), ("line/clinic-b", "`terminal`")] {
        let path = format!("/api/v1/availability/{of}");
        let asked = county.by("scheduler", Method::PUT, &path).json(&json!({}));
        let (status, problem) = answer(asked).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{of}");
        assert!(problem["detail"].as_str().unwrap().contains(advice), "{problem}");
    }
}
