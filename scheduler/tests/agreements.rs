//! A consultation is covered by an agreement of both sides that is signed and in force, on its day and within its month; what was
//! promised stands beside what came of it.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::asked::{Care, put_clinic_into, request};
use crate::county::database::pool_in;
use crate::county::{County, answer, assert_problem, consultation, tomorrow};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// An agreement of all of the county with the hospital, as it is written.
fn form(month_max: Option<u32>) -> Value {
    json!({
        "inviting": { "kind": "county" }, "invitedId": "hospital", "from": "2026-11-01", "until": "2026-12-31",
        "monthMax": month_max, "paper": "白卫协〔2026〕7 号",
    })
}

/// A county in which nothing is agreed any more.
async fn without() -> County {
    let county = County::start().await;
    let (_, list) = county.get("scheduler", "/api/v1/agreements").await;
    for it in list["agreements"].as_array().unwrap() {
        takes(&county, it, "end").await;
    }
    county
}

async fn step(county: &County, person: &str, it: &Value, step: &str) -> (StatusCode, Value) {
    let path = format!("/api/v1/agreements/{}/step", it["id"].as_str().unwrap());
    let request = county.by(person, Method::POST, &path);
    let request = request.header("If-Match", format!("\"{}\"", it["version"]));
    answer(request.json(&json!({ "step": step }))).await
}

async fn takes(county: &County, it: &Value, word: &str) -> Value {
    let (status, told) = step(county, "scheduler", it, word).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    told
}

/// Such an agreement, signed.
async fn signed(county: &County, form: &Value) -> Value {
    let (status, draft) = county.post("scheduler", "/api/v1/agreements", form).await;
    assert_eq!(status, StatusCode::CREATED, "{draft}");
    assert_eq!((&draft["state"], &draft["steps"]), (&json!("draft"), &json!(["sign", "end"])));
    takes(county, &draft, "sign").await
}

fn triage() -> Value {
    json!({ "invitedIds": ["dr-chen"] })
}

async fn refused(care: &Care, at: &str, body: &Value, code: &str) {
    let (status, problem) = care.step("scheduler", at, body).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    assert_eq!(problem["errors"][0]["code"], code, "{problem}");
    assert_eq!(problem["errors"][0]["params"]["id"], "hospital");
}

#[tokio::test]
async fn nobody_is_invited_without_a_live_agreement() {
    let care = Care::of(without().await, request()).await;
    refused(&care, "triage", &triage(), "agreement-over").await;
    let (_, draft) = care.county.post("scheduler", "/api/v1/agreements", &form(None)).await;
    refused(&care, "triage", &triage(), "agreement-draft").await;
    let agreement = takes(&care.county, &draft, "sign").await;
    let suspended = takes(&care.county, &agreement, "suspend").await;
    refused(&care, "triage", &triage(), "agreement-suspended").await;
    takes(&care.county, &suspended, "resume").await;
    care.takes("scheduler", "triage", triage()).await;
    care.takes("dr-chen", "answer", json!({ "reply": "accept" })).await;
    // The session of a day on which it is over is none of the case.
    let wish = consultation("2027-01-04T09:00:00+08:00", "2027-01-04T09:30:00+08:00");
    let (status, session) = care.county.book(&wish).await;
    assert_eq!(status, StatusCode::CREATED, "{session}");
    refused(&care, "schedule", &json!({ "sessionId": session["id"] }), "agreement-over").await;
    let session = care.booked().await;
    care.takes("scheduler", "schedule", json!({ "sessionId": session })).await;
}

#[tokio::test]
async fn who_accepts_a_case_that_has_a_session_takes_one_of_the_month_as_well() {
    let county = without().await;
    let agreement = signed(&county, &form(None)).await;
    let care = Care::of(county, request()).await;
    care.takes("scheduler", "triage", json!({ "invitedIds": ["dr-chen", "dr-wang"] })).await;
    care.takes("dr-chen", "answer", json!({ "reply": "accept" })).await;
    let session = care.booked().await;
    // Nobody waits for who has not answered.
    care.takes("scheduler", "schedule", json!({ "sessionId": session })).await;
    takes(&care.county, &agreement, "suspend").await;
    let (status, problem) = care.step("dr-wang", "answer", &json!({ "reply": "accept" })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    assert_eq!(problem["errors"][0]["code"], "agreement-suspended", "{problem}");
    assert_eq!(problem["errors"][0]["field"], "reply");
    care.takes("dr-wang", "answer", json!({ "reply": "decline", "reason": "没有协议" })).await;
}

#[tokio::test]
async fn the_session_of_a_case_is_not_moved_out_of_its_agreement() {
    let county = without().await;
    let agreement = signed(&county, &form(Some(1))).await;
    let care = Care::of(county, request()).await;
    let other = Care::of(care.county, request()).await;
    let care = Care { county: other.county, id: care.id };
    let sign_other = format!("/api/v1/cases/{}/opinion", other.id);
    for id in [&care.id, &other.id] {
        for (person, step, body) in
            [("scheduler", "triage", triage()), ("dr-chen", "answer", json!({ "reply": "accept" }))]
        {
            let path = format!("/api/v1/cases/{id}/{step}");
            let asked = care.county.by(person, Method::POST, &path).header("If-Match", "*");
            let (status, told) = answer(asked.json(&body)).await;
            assert_eq!(status, StatusCode::OK, "{told}");
        }
    }
    let session = care.booked().await;
    care.takes("scheduler", "schedule", json!({ "sessionId": session })).await;
    // Another one has used the month by its opinion.
    let asked = care.county.by("dr-chen", Method::POST, &sign_other).header("If-Match", "*");
    let (status, told) = answer(asked.json(&json!({ "opinion": "随访" }))).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    let path = format!("/api/v1/sessions/{session}");
    let moved = async |version: u32, day: &str, hour: u32| {
        let asked = care.county.by("scheduler", Method::PATCH, &path);
        let asked = asked.header("If-Match", format!("\"{version}\""));
        let times = ["00", "30"].map(|minute| format!("{day}T{hour:02}:{minute}:00+08:00"));
        answer(asked.json(&json!({ "startsAt": times[0], "endsAt": times[1] }))).await
    };
    let (status, told) = moved(1, "2026-11-25", 9).await;
    assert_eq!(status, StatusCode::OK, "within its month it takes no second one: {told}");
    let (status, problem) = moved(2, "2027-01-04", 9).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    let fault = &problem["errors"][0];
    assert_eq!((&fault["field"], &fault["code"]), (&json!("startsAt"), &json!("agreement-over")));
    takes(&care.county, &agreement, "suspend").await;
    let (status, told) = moved(2, "2026-11-25", 14).await;
    assert_eq!(status, StatusCode::OK, "what is booked stays booked on its day: {told}");
    let (_, problem) = moved(3, "2026-11-26", 14).await;
    assert_eq!(problem["errors"][0]["code"], "agreement-suspended", "{problem}");
}

#[tokio::test]
async fn an_opinion_without_a_session_is_delivered_as_well() {
    let county = without().await;
    signed(&county, &form(Some(1))).await;
    let care = Care::of(county, request()).await;
    care.takes("scheduler", "triage", triage()).await;
    care.takes("dr-chen", "answer", json!({ "reply": "accept" })).await;
    care.takes("dr-chen", "opinion", json!({ "opinion": "随访" })).await;
    let (_, list) = care.county.get("scheduler", "/api/v1/agreements").await;
    assert!(list.to_string().contains(r#""delivered":1"#), "{list}");
    let care = Care::of(care.county, request()).await;
    refused(&care, "triage", &triage(), "agreement-used").await;
}

#[tokio::test]
async fn an_administrator_who_books_nothing_reads_them() {
    let county = without().await;
    let scope = json!({ "role": "administrator", "scope": { "kind": "county" } });
    let (status, given) =
        county.post("scheduler", "/api/v1/people/reader/assignments", &scope).await;
    assert_eq!(status, StatusCode::CREATED, "{given}");
    let (status, list) = county.get("reader", "/api/v1/agreements").await;
    assert_eq!(status, StatusCode::OK, "{list}");
}

#[tokio::test]
async fn an_agreement_is_for_its_own_side() {
    let county = without().await;
    for (inviting, covers) in [("clinic-a", false), ("clinic-b", true)] {
        let mut form = form(None);
        form["inviting"] = json!({ "kind": "site", "id": inviting });
        signed(&county, &form).await;
        // dr-zhao is of clinic-b.
        let (status, case) = county.post("dr-zhao", "/api/v1/cases", &request()).await;
        assert_eq!(status, StatusCode::CREATED, "{case}");
        let path = format!("/api/v1/cases/{}/triage", case["id"].as_str().unwrap());
        let asked = county.by("scheduler", Method::POST, &path).header("If-Match", "*");
        let (status, told) = answer(asked.json(&triage())).await;
        assert_eq!(status == StatusCode::OK, covers, "{inviting}: {told}");
    }
}

#[tokio::test]
async fn a_month_has_as_many_consultations_as_were_agreed_also_if_they_are_booked_at_once() {
    a_month_has_one(json!({ "kind": "county" })).await;
}

#[tokio::test]
async fn those_of_one_site_are_counted_for_it() {
    a_month_has_one(json!({ "kind": "site", "id": "clinic-b" })).await;
}

#[tokio::test]
async fn those_of_all_sites_of_an_area_are_counted_for_it() {
    a_month_has_one(json!({ "kind": "area", "id": AREA })).await;
}

const AREA: &str = "610527105";

/// One consultation a month is agreed with the hospital for dr-zhao's side, and two are to be booked.
async fn a_month_has_one(inviting: Value) {
    let county = without().await;
    let mut form = form(Some(1));
    form["inviting"] = inviting;
    if form["inviting"]["kind"] == "area" {
        put_clinic_into(&county, AREA).await;
    }
    let agreement = signed(&county, &form).await;
    let mut care = Care::of(county, request()).await;
    let mut cases = Vec::new();
    for hour in [9, 10] {
        care.takes("scheduler", "triage", triage()).await;
        care.takes("dr-chen", "answer", json!({ "reply": "accept" })).await;
        let wish = consultation(&tomorrow(hour, 0), &tomorrow(hour, 30));
        let (_, session) = care.county.book(&wish).await;
        cases.push((care.id.clone(), session["id"].clone()));
        care = Care::of(care.county, request()).await;
    }
    let schedule = |(id, session): &(String, Value)| {
        let path = format!("/api/v1/cases/{id}/schedule");
        let asked = care.county.by("scheduler", Method::POST, &path).header("If-Match", "*");
        answer(asked.json(&json!({ "sessionId": session })))
    };
    let (one, other) = tokio::join!(schedule(&cases[0]), schedule(&cases[1]));
    let mut statuses = [one.0, other.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [StatusCode::OK, StatusCode::UNPROCESSABLE_ENTITY], "{one:?} {other:?}");
    refused(&care, "triage", &triage(), "agreement-used").await;
    let (_, list) = care.county.get("scheduler", "/api/v1/agreements").await;
    let told = list["agreements"].as_array().unwrap().iter();
    let told = told.filter(|it| it["id"] == agreement["id"]).collect::<Vec<_>>();
    assert_eq!((&told[0]["booked"], &told[0]["delivered"]), (&json!(1), &json!(0)), "{list}");
    let scheduled = if one.0 == StatusCode::OK { &cases[0] } else { &cases[1] };
    let care = Care { county: care.county, id: scheduled.0.clone() };
    // Another session of the same case is no second consultation, and one that is cancelled is none.
    let wish = consultation(&tomorrow(14, 0), &tomorrow(14, 30));
    let (_, session) = care.county.book(&wish).await;
    care.takes("scheduler", "schedule", json!({ "sessionId": session["id"] })).await;
    let cancel = format!("/api/v1/sessions/{}/cancel", session["id"].as_str().unwrap());
    assert_eq!(care.county.post("scheduler", &cancel, &json!({})).await.0, StatusCode::OK);
    let (_, list) = care.county.get("scheduler", "/api/v1/agreements").await;
    assert!(!list.to_string().contains(r#""booked":1"#), "{list}");
    let wish = consultation(&tomorrow(15, 0), &tomorrow(15, 30));
    let (_, session) = care.county.book(&wish).await;
    care.takes("scheduler", "schedule", json!({ "sessionId": session["id"] })).await;
    care.takes("dr-chen", "opinion", json!({ "opinion": "随访" })).await;
    let (_, list) = care.county.get("scheduler", "/api/v1/agreements?month=2026-11").await;
    assert!(list.to_string().contains(r#""delivered":1"#), "{list}");
    let (_, list) = care.county.get("scheduler", "/api/v1/agreements?month=2026-12").await;
    assert!(!list.to_string().contains(r#""delivered":1"#), "{list}");
}

#[tokio::test]
async fn a_county_has_so_many_agreements_and_each_so_many_changes() {
    let county = County::start().await;
    let agreement = signed(&county, &form(None)).await;
    let pool = pool_in(county.folder.as_ref().unwrap().path()).await;
    let aged = "UPDATE agreement SET version = 199 WHERE id = $1";
    sqlx::query(aged).bind(agreement["id"].as_str().unwrap()).execute(&pool).await.unwrap();
    let mut last = agreement;
    last["version"] = json!(199);
    let last = takes(&county, &last, "suspend").await;
    let (status, problem) = step(&county, "scheduler", &last, "resume").await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert_problem(&problem, "changed-too-often", 409);
    takes(&county, &last, "end").await;
    let more = "INSERT INTO agreement
        WITH RECURSIVE number(at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM number WHERE at < 4998)
        SELECT 'more-' || at, version, state, inviting_kind, inviting_id, invited_id, from_day, until_day, month_max, paper,
               changed_s
        FROM agreement, number WHERE id = $1";
    sqlx::query(more).bind(last["id"].as_str().unwrap()).execute(&pool).await.unwrap();
    let (status, problem) = county.post("scheduler", "/api/v1/agreements", &form(None)).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert_problem(&problem, "changed-too-often", 409);
    // All of them are read, page by page.
    let (mut all, mut path) = (0, "/api/v1/agreements".to_owned());
    loop {
        let (_, page) = county.get("scheduler", &path).await;
        all += page["agreements"].as_array().unwrap().len();
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/agreements?after={next}");
    }
    assert_eq!(all, 5_000);
}

#[tokio::test]
async fn administrators_write_agreements_and_who_books_reads_them() {
    let county = without().await;
    for person in ["dr-zhao", "dr-chen", "teacher-zhang", "reader"] {
        let (status, _) = county.post(person, "/api/v1/agreements", &form(None)).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{person}");
        let (status, _) = county.get(person, "/api/v1/agreements").await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{person}");
    }
    let agreement = signed(&county, &form(Some(20))).await;
    let (status, _) = step(&county, "dr-zhao", &agreement, "end").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, problem) = step(&county, "scheduler", &agreement, "sign").await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert_problem(&problem, "agreement-step", 409);
    let path = format!("/api/v1/agreements/{}", agreement["id"].as_str().unwrap());
    let put = |version: Value| {
        let asked = county.by("scheduler", Method::PUT, &path);
        answer(asked.header("If-Match", format!("\"{version}\"")).json(&form(None)))
    };
    let (status, problem) = put(agreement["version"].clone()).await;
    assert_eq!(status, StatusCode::CONFLICT, "what is signed is not written anew: {problem}");
    assert_eq!(put(json!(1)).await.0, StatusCode::PRECONDITION_FAILED);
    let asked = county.by("scheduler", Method::PUT, &path).json(&form(None));
    assert_eq!(answer(asked).await.0, StatusCode::PRECONDITION_REQUIRED);
    let ended = takes(&county, &agreement, "end").await;
    assert_eq!((&ended["state"], &ended["steps"]), (&json!("ended"), &json!([])));
}

#[tokio::test]
async fn everything_that_is_wrong_with_an_agreement_is_told_at_its_member() {
    let county = without().await;
    let wrong = json!({
        "inviting": { "kind": "home" }, "invitedId": "", "from": "2026-12-31", "until": "2026-12-01",
        "monthMax": 0, "paper": " ",
    });
    let (status, problem) = county.post("scheduler", "/api/v1/agreements", &wrong).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    let told = problem["errors"].as_array().unwrap().iter();
    let fields = told.map(|it| it["field"].as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(fields, ["inviting", "invitedId", "until", "monthMax", "paper"]);
    for (member, value, field) in [
        ("inviting", json!({ "kind": "site", "id": "nowhere" }), "inviting"),
        ("invitedId", json!("nowhere"), "invitedId"),
        ("from", json!("2026-13-01"), "from"),
    ] {
        let mut form = form(None);
        form[member] = value;
        let (status, problem) = county.post("scheduler", "/api/v1/agreements", &form).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
}
