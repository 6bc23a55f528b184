//! Before the talk: the session of a case has sound and picture once it is attested who the patient is and the patient has
//! consented, and a recording by a consent of its own. What is withdrawn ends, and the gateway is told at once.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::Path;
use axum::{Json, Router, routing::post};
use reqwest::StatusCode;
use scheduler::Config;
use serde_json::{Value, json};
use session::{AccessToken, Clearance};
use tokio::sync::mpsc;

use crate::asked::{CARD, Care, request};
use crate::county::{County, NOW_S, assert_problem, database, keys, tomorrow};

/// Tomorrow 09:00 in the county.
const START_S: u64 = NOW_S + 25 * 3_600;
const LONG: Duration = Duration::from_secs(20);

/// A case with a session that is open now.
async fn scheduled(config: Config) -> (Care, String) {
    let care = Care::of(County::start_with(config).await, request()).await;
    care.takes("scheduler", "triage", json!({ "invitedIds": ["dr-chen"] })).await;
    care.takes("dr-chen", "answer", json!({ "reply": "accept" })).await;
    let session = care.booked().await;
    care.takes("scheduler", "schedule", json!({ "sessionId": session })).await;
    care.county.set_clock(START_S);
    (care, session)
}

async fn open() -> (Care, String) {
    scheduled(Config::default()).await
}

fn signed(purpose: &str) -> Value {
    let fee = if purpose == "consultation" { "免费" } else { "" };
    json!({ "purpose": purpose, "giver": "patient", "form": "signed", "language": "zh", "fee": fee,
            "textId": format!("{purpose}-1") })
}

/// What the token of somebody who joins now is cleared for, and the case that it names.
async fn joins(care: &Care, session: &str, person: &str) -> (Option<Clearance>, Value) {
    let path = format!("/api/v1/sessions/{session}/join");
    let (status, pass) = care.county.post(person, &path, &json!({})).await;
    assert_eq!(status, StatusCode::OK, "{pass}");
    let token = AccessToken::read(pass["token"].as_str().unwrap(), &keys(), START_S + 900).unwrap();
    (token.own.unwrap().clearance, pass["caseId"].clone())
}

async fn cleared(care: &Care, session: &str) -> (bool, bool) {
    let clearance = joins(care, session, "dr-chen").await.0.unwrap();
    (clearance.media, clearance.recording)
}

#[tokio::test]
async fn a_session_is_cleared_by_check_in_and_consent_and_recorded_by_a_consent_of_its_own() {
    let (care, session) = open().await;
    assert_eq!(cleared(&care, &session).await, (false, false));
    let case = care.takes("dr-zhao", "consents", signed("recording")).await;
    assert_eq!((&case["attested"], &case["consents"]), (&json!(false), &json!(["recording"])));
    assert_eq!(cleared(&care, &session).await, (false, false));
    care.takes("dr-zhao", "consents", signed("consultation")).await;
    assert_eq!(cleared(&care, &session).await, (false, false), "nobody has said who it is");
    let case = care.takes("dr-zhao", "check-in", json!({ "card": CARD })).await;
    assert_eq!(case["attested"], true);
    assert_eq!(cleared(&care, &session).await, (true, true));
    care.takes("dr-zhao", "withdrawal", json!({ "purpose": "recording" })).await;
    assert_eq!(cleared(&care, &session).await, (true, false));
    let why = json!({ "purpose": "consultation", "reason": "家属不同意" });
    care.takes("dr-zhao", "withdrawal", why).await;
    assert_eq!(cleared(&care, &session).await, (false, false));
    let case = care.takes("dr-zhao", "consents", signed("consultation")).await;
    assert_eq!(case["consents"], json!(["consultation"]));
    assert_eq!(cleared(&care, &session).await, (true, false), "given again");
}

#[tokio::test]
async fn versions_of_a_clearance_grow_and_a_case_is_named_to_who_cares_alone() {
    let (care, session) = open().await;
    let mut versions = vec![joins(&care, &session, "dr-zhao").await.0.unwrap().version];
    for (step, body) in [
        ("consents", signed("consultation")),
        ("check-in", json!({ "knownBy": "本村人，自小认识" })),
        ("withdrawal", json!({ "purpose": "consultation" })),
        ("consents", signed("consultation")),
    ] {
        care.takes("dr-zhao", step, body).await;
        versions.push(joins(&care, &session, "dr-zhao").await.0.unwrap().version);
    }
    // A consent before the check-in changes nothing yet.
    assert_eq!(versions, [1, 1, 2, 3, 4]);
    for doctor in ["dr-zhao", "dr-chen"] {
        assert_eq!(joins(&care, &session, doctor).await.1, json!(care.id));
    }
}

#[tokio::test]
async fn a_session_that_never_had_a_case_is_cleared_for_everything_and_another_one_of_the_case_begins_anew()
 {
    let (care, session) = open().await;
    care.takes("dr-zhao", "consents", signed("consultation")).await;
    care.takes("dr-zhao", "check-in", json!({ "card": CARD })).await;
    care.county.set_clock(NOW_S);
    let mut wish = crate::county::consultation(&tomorrow(9, 30), &tomorrow(10, 0));
    wish["roomIds"] = json!([]);
    let (status, other) = care.county.book(&wish).await;
    assert_eq!(status, StatusCode::CREATED, "{other}");
    let other = other["id"].as_str().unwrap();
    care.county.set_clock(START_S + 900);
    assert_eq!(joins(&care, other, "dr-chen").await, (None, Value::Null));
    let case = care.takes("scheduler", "schedule", json!({ "sessionId": other })).await;
    assert_eq!((&case["attested"], &case["consents"]), (&json!(false), &json!(["consultation"])));
    assert_eq!(cleared(&care, other).await, (false, false), "who is it this time?");
    // The first one has no case any more, and whoever sits in it sends nothing by that.
    assert_eq!(cleared(&care, &session).await, (false, false));
    assert_eq!(joins(&care, &session, "dr-zhao").await.1, Value::Null);
}

#[tokio::test]
async fn the_inviting_doctor_notes_who_the_patient_is_and_a_consent_and_whoever_cares_that_it_is_withdrawn()
 {
    let (care, _) = open().await;
    let withdraws = ("withdrawal", json!({ "purpose": "consultation" }));
    let notes = [("check-in", json!({ "card": CARD })), ("consents", signed("consultation"))];
    for person in ["dr-chen", "scheduler"] {
        for (step, body) in &notes {
            let (status, problem) = care.step(person, step, body).await;
            assert_eq!((status, &problem["rule"]), (StatusCode::FORBIDDEN, &json!("not-yours")));
        }
    }
    for (step, body) in notes.iter().chain([&withdraws]) {
        assert_eq!(care.step("dr-wang", step, body).await.0, StatusCode::FORBIDDEN, "a stranger");
    }
    // A patient who goes back on it says so to whoever is there.
    for person in ["dr-zhao", "dr-chen", "scheduler"] {
        care.takes("dr-zhao", "consents", signed("consultation")).await;
        care.takes(person, withdraws.0, withdraws.1.clone()).await;
    }
    for (person, may) in [("dr-zhao", 200), ("dr-chen", 200), ("scheduler", 403), ("dr-wang", 403)]
    {
        let (status, told) = care.county.get(person, &care.at("/consents")).await;
        assert_eq!(status.as_u16(), may, "{person}: {told}");
    }
}

#[tokio::test]
async fn the_patient_is_checked_in_by_the_card_of_the_request_or_by_who_knows_it_while_the_room_is_open()
 {
    let (care, _) = open().await;
    let code = async |body: Value| {
        let (status, problem) = care.step("dr-zhao", "check-in", &body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        problem["errors"][0]["code"].as_str().unwrap().to_owned()
    };
    assert_eq!(code(json!({ "card": "610527195801010039" })).await, "card-of-another");
    assert_eq!(code(json!({ "card": "?" })).await, "card-of-another");
    assert_eq!(code(json!({})).await, "card-or-known-by");
    let (_, problem) = care.step("dr-zhao", "check-in", &json!({ "knownBy": " " })).await;
    assert_eq!(problem["errors"][0]["field"], "knownBy", "{problem}");
    assert_eq!(code(json!({ "card": CARD, "knownBy": "村医认识" })).await, "card-or-known-by");
    assert_eq!(code(json!({ "knownBy": "字".repeat(201) })).await, "text-too-long");
    for (clock, wanted) in [(START_S - 901, "opensAt"), (START_S + 1_800 + 900, "closedAt")] {
        care.county.set_clock(clock);
        let (status, problem) = care.step("dr-zhao", "check-in", &json!({ "card": CARD })).await;
        assert_eq!(status, StatusCode::CONFLICT, "{problem}");
        assert!(problem[wanted].is_string(), "{problem}");
    }
    care.county.set_clock(START_S - 900);
    // However the number is typed.
    care.takes("dr-zhao", "check-in", json!({ "card": "610527-19580101-002x" })).await;
    let (_, events) = care.county.get("dr-chen", &care.at("/events")).await;
    let last = events["events"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["kind"], &last["reason"]), (&json!("check-in"), &Value::Null));
    care.takes("dr-zhao", "check-in", json!({ "knownBy": "本村人，自小认识" })).await;
    let (_, events) = care.county.get("dr-chen", &care.at("/events")).await;
    let last = events["events"].as_array().unwrap().last().unwrap();
    assert_eq!(last["reason"], "本村人，自小认识");
}

#[tokio::test]
async fn a_session_that_begins_at_another_time_is_checked_in_anew() {
    let (care, session) = open().await;
    care.county.set_clock(START_S - 600);
    care.takes("dr-zhao", "consents", signed("consultation")).await;
    care.takes("dr-zhao", "check-in", json!({ "card": CARD })).await;
    let moved = async |from: &str, to: &str| {
        let path = format!("/api/v1/sessions/{session}");
        let (_, now) = care.county.get("scheduler", &path).await;
        let change = json!({ "startsAt": from, "endsAt": to });
        let request = care.county.by("scheduler", reqwest::Method::PATCH, &path);
        let version = format!("\"{}\"", now["version"]);
        let (status, told) =
            crate::county::answer(request.header("if-match", version).json(&change)).await;
        assert_eq!(status, StatusCode::OK, "{told}");
    };
    moved(&tomorrow(9, 0), &tomorrow(9, 45)).await;
    assert_eq!(cleared(&care, &session).await, (true, false), "it only lasts longer");
    moved(&tomorrow(9, 5), &tomorrow(9, 45)).await;
    assert_eq!(cleared(&care, &session).await, (false, false));
    let case = care.case().await;
    assert_eq!((&case["attested"], &case["consents"]), (&json!(false), &json!(["consultation"])));
    care.takes("dr-zhao", "check-in", json!({ "card": CARD })).await;
    assert_eq!(cleared(&care, &session).await, (true, false));
}

#[tokio::test]
async fn what_is_withdrawn_in_a_case_that_is_over_is_nothing_to_the_next_patient_in_its_session() {
    let (care, session) = open().await;
    for purpose in ["consultation", "recording"] {
        care.takes("dr-zhao", "consents", signed(purpose)).await;
    }
    care.takes("dr-zhao", "check-in", json!({ "card": CARD })).await;
    care.takes("dr-chen", "opinion", json!({ "opinion": "考虑玫瑰糠疹。" })).await;
    care.takes("dr-zhao", "decision", json!({ "verdict": "adopted" })).await;
    care.takes("dr-zhao", "close", Value::Null).await;
    let first = care.id;
    let next = Care::of(care.county, request()).await;
    next.takes("scheduler", "triage", json!({ "invitedIds": ["dr-chen"] })).await;
    next.takes("dr-chen", "answer", json!({ "reply": "accept" })).await;
    next.takes("scheduler", "schedule", json!({ "sessionId": session })).await;
    assert_eq!(cleared(&next, &session).await, (false, false), "who is it now?");
    let over = Care { county: next.county, id: first };
    over.takes("dr-zhao", "withdrawal", json!({ "purpose": "recording" })).await;
    assert_eq!(cleared(&over, &session).await, (false, false));
    let (_, problem) = over
        .county
        .post("dr-chen", &format!("/api/v1/recordings/{session}-1/deletion"), &json!({}))
        .await;
    assert_problem(&problem, "still-kept", 409);
}

#[tokio::test]
async fn everything_that_a_consent_lacks_is_told_at_its_member() {
    let (care, _) = open().await;
    let fields = async |body: &Value| -> Vec<(String, String)> {
        let (status, problem) = care.step("dr-zhao", "consents", body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        let errors = problem["errors"].as_array().unwrap().iter();
        let text = |it: &Value, member: &str| it[member].as_str().unwrap().to_owned();
        errors.map(|it| (text(it, "field"), text(it, "code"))).collect()
    };
    let mut bare = signed("consultation");
    (bare["giver"], bare["form"], bare["fee"]) = (json!("guardian"), json!("spoken"), json!(""));
    let missing = |field: &str| (field.to_owned(), "text-missing".to_owned());
    assert_eq!(fields(&bare).await, ["name", "witness", "fee"].map(missing));
    let mut other = signed("recording");
    other["textId"] = json!("consultation-1");
    assert_eq!(fields(&other).await[0].1, "another-consent-text");
    let mut other = signed("recording");
    other["language"] = json!("fr");
    assert_eq!(fields(&other).await[0].1, "language-unknown");
    let none = json!({ "purpose": "recording" });
    let (_, problem) = care.step("dr-zhao", "withdrawal", &none).await;
    assert_problem(&problem, "case-step", 409);
    care.takes("dr-zhao", "consents", signed("consultation")).await;
    let (status, problem) = care.step("dr-zhao", "withdrawal", &none).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    assert_eq!(problem["errors"][0]["code"], "no-consent");
}

#[tokio::test]
async fn what_was_consented_to_is_kept_with_its_words_and_never_changed() {
    let (care, _) = open().await;
    let mut spoken = signed("consultation");
    (spoken["giver"], spoken["name"]) = (json!("guardian"), json!("多吉"));
    (spoken["form"], spoken["witness"], spoken["language"]) =
        (json!("spoken"), json!("王护士"), json!("bo"));
    care.takes("dr-zhao", "consents", spoken).await;
    care.takes("dr-zhao", "withdrawal", json!({ "purpose": "consultation" })).await;
    let (_, told) = care.county.get("dr-chen", &care.at("/consents")).await;
    let texts = told["texts"].as_array().unwrap();
    assert_eq!(texts.len(), 2);
    assert!(texts.iter().all(|it| it["zh"].is_string() && it["en"].is_string()));
    let lines = told["consents"].as_array().unwrap();
    let given = &lines[0]["given"];
    assert_eq!(
        (&given["name"], &given["witness"], &given["language"], &given["textId"], &given["fee"]),
        (&json!("多吉"), &json!("王护士"), &json!("bo"), &json!("consultation-1"), &json!("免费"))
    );
    assert_eq!((lines.len(), &lines[1]["given"]), (2, &Value::Null), "{told}");
    assert_eq!(lines[1]["byId"], "dr-zhao");
    let pool = database::pool_in(care.county.folder.as_ref().unwrap().path()).await;
    for change in ["UPDATE care_case_consent SET fee = ''", "DELETE FROM care_case_consent"] {
        let refused = sqlx::query(sqlx::AssertSqlSafe(change)).execute(&pool).await.unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{refused}");
    }
    pool.close().await;
}

#[tokio::test]
async fn who_has_consented_may_go_back_on_it_when_the_case_is_over_and_has_had_all_its_steps() {
    let (care, session) = open().await;
    care.takes("dr-zhao", "consents", signed("consultation")).await;
    care.takes("dr-zhao", "check-in", json!({ "card": CARD })).await;
    care.takes("dr-chen", "opinion", json!({ "opinion": "考虑玫瑰糠疹。" })).await;
    care.takes("dr-zhao", "decision", json!({ "verdict": "adopted" })).await;
    care.takes("dr-zhao", "close", Value::Null).await;
    assert_eq!(care.steps("dr-zhao").await, ["withdraw"]);
    care.takes("dr-zhao", "withdrawal", json!({ "purpose": "consultation" })).await;
    assert_eq!(cleared(&care, &session).await, (false, false));
    let other = Care::of(care.county, request()).await;
    for _ in 1..200 {
        other.takes("dr-zhao", "consents", signed("recording")).await;
    }
    let (_, problem) = other.step("dr-zhao", "consents", &signed("recording")).await;
    assert_problem(&problem, "changed-too-often", 409);
    other.takes("dr-zhao", "withdrawal", json!({ "purpose": "recording" })).await;
}

#[tokio::test]
async fn a_recording_of_a_patient_is_kept_for_years_and_not_played_any_more_when_its_consent_is_withdrawn()
 {
    let (care, session) = open().await;
    let at = |what: &str| format!("/api/v1/recordings/{session}-1/{what}");
    let ask = async |what: &str| care.county.post("dr-chen", &at(what), &json!({})).await;
    care.takes("dr-zhao", "consents", signed("recording")).await;
    let (status, ticket) = ask("ticket").await;
    assert_eq!((status, &ticket["canDelete"]), (StatusCode::OK, &json!(false)), "{ticket}");
    let (_, problem) = ask("deletion").await;
    assert_problem(&problem, "still-kept", 409);
    assert_eq!(problem["retainUntil"], "2029-11-26T09:30:00+08:00", "three years");
    care.takes("dr-zhao", "withdrawal", json!({ "purpose": "recording" })).await;
    let (_, problem) = ask("ticket").await;
    assert_problem(&problem, "consent-withdrawn", 403);
    assert_eq!(ask("deletion").await.0, StatusCode::OK, "nothing keeps it now");
    care.takes("dr-zhao", "consents", signed("recording")).await;
    assert_eq!(ask("ticket").await.0, StatusCode::OK);
    care.county.set_clock(START_S + 4 * 366 * 86_400);
    assert_eq!(ask("deletion").await.0, StatusCode::OK, "years later");
}

#[tokio::test]
async fn a_case_is_kept_ever_longer_whatever_the_clock_says() {
    let care = Care::requested().await;
    let until = care.case().await["retainUntil"].clone();
    assert_eq!(until, "2041-12-04T08:00:00+08:00", "fifteen years of 366 days");
    care.county.set_clock(NOW_S + 86_400);
    let case = care.takes("dr-zhao", "consents", signed("recording")).await;
    assert_eq!(case["retainUntil"], "2041-12-05T08:00:00+08:00");
    care.county.set_clock(NOW_S);
    let case = care.takes("dr-zhao", "withdrawal", json!({ "purpose": "recording" })).await;
    assert_eq!(case["retainUntil"], "2041-12-05T08:00:00+08:00");
    let pool = database::pool_in(care.county.folder.as_ref().unwrap().path()).await;
    let less = "UPDATE care_case SET retain_until_s = retain_until_s - 1";
    let refused = sqlx::query(less).execute(&pool).await.unwrap_err();
    assert!(refused.to_string().contains("kept ever longer"), "{refused}");
    pool.close().await;
}

/// What stands for the gateway: keeps the rooms that it says are open, and tells what it is told of clearances.
async fn gateway() -> (String, Arc<Mutex<Value>>, mpsc::UnboundedReceiver<Value>) {
    let rooms = Arc::new(Mutex::new(json!([])));
    let (told, heard) = mpsc::unbounded_channel();
    let listed = Arc::clone(&rooms);
    let call = async move |Path(method): Path<String>, Json(ask): Json<Value>| {
        match method.as_str() {
            "ListRooms" => return Json(json!({ "rooms": *listed.lock().unwrap() })),
            "SetClearance" => told.send(ask).unwrap(),
            _ => {}
        }
        Json(json!({}))
    };
    let router = Router::new().route("/twirp/shanqiao.RoomService/{method}", post(call));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (url, rooms, heard)
}

async fn next(heard: &mut mpsc::UnboundedReceiver<Value>) -> Value {
    tokio::time::timeout(LONG, heard.recv()).await.unwrap().unwrap()
}

fn says(session: &str, version: u64, media: bool, recording: bool) -> Value {
    let clearance = json!({ "version": version, "media": media, "recording": recording });
    json!({ "room": session, "clearance": clearance })
}

#[tokio::test]
async fn each_change_is_told_to_the_gateway_at_once() {
    let (gateway_url, _rooms, mut heard) = gateway().await;
    let config = Config { gateway_url, gateway_look_s: 3_600, ..Config::default() };
    let (care, session) = scheduled(config).await;
    assert_eq!(next(&mut heard).await, says(&session, 1, false, false), "from the schedule on");
    care.takes("dr-zhao", "check-in", json!({ "card": CARD })).await;
    care.takes("dr-zhao", "consents", signed("consultation")).await;
    assert_eq!(next(&mut heard).await, says(&session, 2, true, false));
    care.takes("dr-zhao", "consents", signed("recording")).await;
    assert_eq!(next(&mut heard).await, says(&session, 3, true, true));
    care.takes("dr-zhao", "withdrawal", json!({ "purpose": "consultation" })).await;
    assert_eq!(next(&mut heard).await, says(&session, 4, false, false));
}

#[tokio::test]
async fn an_open_room_that_was_told_something_else_is_told_again() {
    let (gateway_url, rooms, mut heard) = gateway().await;
    let config = Config { gateway_url, gateway_look_s: 1, ..Config::default() };
    let (care, session) = scheduled(config).await;
    let first = next(&mut heard).await;
    care.takes("dr-zhao", "consents", signed("consultation")).await;
    // A gateway that was away when it was told, or was started anew by people with the passes of before.
    let told = json!({ "clearance": first["clearance"] });
    let room = json!({ "name": session, "metadata": told.to_string() });
    *rooms.lock().unwrap() = json!([room]);
    care.takes("dr-zhao", "check-in", json!({ "card": CARD })).await;
    let now = says(&session, 2, true, false);
    assert_eq!(next(&mut heard).await, now, "at once");
    assert_eq!(next(&mut heard).await, now, "and by looking");
}
