//! A consultation's case goes from the request to the decision of the inviting side, and nobody reads of the patient who does
//! not care for the patient.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::asked::{CARD, Care, SUMMARY, request};
use crate::county::{County, answer, assert_problem, consultation, tomorrow};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

#[tokio::test]
async fn a_case_goes_from_the_request_to_the_decision() {
    let care = Care::requested().await;
    assert_eq!(care.steps("dr-zhao").await, ["add", "remove", "consent", "cancel"]);
    let (_, list) = care.county.get("scheduler", "/api/v1/cases?open=true").await;
    assert_eq!(list["cases"][0]["case"]["urgency"], "soon", "{list}");
    assert_eq!(care.steps("scheduler").await, ["triage", "cancel"]);
    care.takes("scheduler", "triage", json!({ "invitedIds": ["dr-chen"], "urgency": "urgent" }))
        .await;
    assert_eq!(care.steps("dr-chen").await, ["add", "remove", "accept", "decline", "redirect"]);
    let case = care.takes("dr-chen", "answer", json!({ "reply": "accept" })).await;
    assert_eq!((&case["state"], &case["urgency"]), (&json!("accepted"), &json!("urgent")));
    let session = care.booked().await;
    let case = care.takes("scheduler", "schedule", json!({ "sessionId": session })).await;
    assert_eq!((&case["state"], &case["sessionId"]), (&json!("scheduled"), &json!(session)));
    let case =
        care.takes("dr-chen", "opinion", json!({ "opinion": "考虑玫瑰糠疹。\n随访两周。" })).await;
    assert_eq!((&case["state"], &case["opinions"]), (&json!("documented"), &json!(1)));
    assert_eq!(care.steps("dr-zhao").await, ["add", "check-in", "consent", "decide"]);
    let why = json!({ "verdict": "partly", "why": "村里没有这种药" });
    let case = care.takes("dr-zhao", "decision", why).await;
    assert_eq!(case["decision"], json!({ "verdict": "partly", "opinion": 1 }));
    let case = care.takes("dr-zhao", "close", Value::Null).await;
    assert_eq!((&case["state"], &case["steps"]), (&json!("closed"), &json!([])));
    let (_, list) = care.county.get("dr-zhao", "/api/v1/cases?open=true").await;
    assert_eq!(list["cases"], json!([]), "closed ones are not open");
    let (_, list) = care.county.get("dr-zhao", "/api/v1/cases").await;
    assert_eq!(list["cases"][0]["patientName"], "王桂兰", "{list}");
    let (_, told) = care.county.get("dr-zhao", &care.at("/events")).await;
    let kinds: Vec<&str> =
        told["events"].as_array().unwrap().iter().map(|it| it["kind"].as_str().unwrap()).collect();
    let expected = ["request", "triage", "accept", "schedule", "sign", "decide", "close"];
    assert_eq!(kinds, expected);
    assert_eq!(told["events"][1]["about"], "dr-chen");
    assert_eq!(told["events"][5]["reason"], "村里没有这种药");
}

#[tokio::test]
async fn each_step_is_for_those_who_may_take_it() {
    let care = Care::requested().await;
    let everybody =
        ["dr-zhao", "dr-li", "dr-chen", "dr-wang", "scheduler", "teacher-zhang", "reader"];
    let session = care.booked().await;
    let way: [(&str, &[&str], Value); 6] = [
        ("triage", &["scheduler"], json!({ "invitedIds": ["dr-chen", "dr-wang"] })),
        ("answer", &["dr-chen", "dr-wang"], json!({ "reply": "accept" })),
        ("schedule", &["scheduler"], json!({ "sessionId": session })),
        ("opinion", &["dr-chen"], json!({ "opinion": "随访" })),
        ("decision", &["dr-zhao"], json!({ "verdict": "adopted" })),
        ("close", &["dr-zhao"], Value::Null),
    ];
    for (step, may, body) in way {
        for person in everybody.iter().filter(|it| !may.contains(it)) {
            let (status, problem) = care.step(person, step, &body).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{person} {step}: {problem}");
        }
        care.takes(may[0], step, body).await;
    }
    for person in everybody.iter().filter(|it| **it != "dr-zhao") {
        let (status, _) = care.county.post(person, "/api/v1/cases", &request()).await;
        let may = matches!(*person, "dr-li");
        assert_eq!(status == StatusCode::CREATED, may, "{person}: {status}");
    }
}

#[tokio::test]
async fn what_is_of_the_patient_is_for_who_cares_and_stands_in_the_log_first() {
    let care = Care::requested().await;
    let body = json!({ "role": "auditor", "scope": { "kind": "county" } });
    care.county.post("scheduler", "/api/v1/people/reader/assignments", &body).await;
    care.takes("scheduler", "triage", json!({ "invitedIds": ["dr-chen"] })).await;
    let (status, card) = care.county.get("dr-chen", &care.at("?reason=before+I+answer")).await;
    assert_eq!(status, StatusCode::OK, "{card}");
    assert_eq!(card["clinical"]["summary"], SUMMARY);
    assert_eq!(card["clinical"]["patient"]["cardEnds"], "002X");
    assert!(!card.to_string().contains(CARD), "the number is nowhere told");
    care.takes("dr-chen", "answer", json!({ "reply": "decline", "reason": "外出学习两周" })).await;
    let (_, card) = care.county.get("dr-zhao", &care.at("")).await;
    assert_eq!(card["clinical"]["lastReason"], "外出学习两周");
    // A scheduler reads all that it needs, and nothing of the patient, in whatever answer.
    for path in ["/api/v1/cases", &care.at(""), &care.at("/events"), "/api/v1/changes"] {
        let (status, told) = care.county.get("scheduler", path).await;
        assert_eq!(status, StatusCode::OK, "{path} {told}");
        for secret in ["王桂兰", "皮疹", "明确诊断", "躯干", "002X", "外出学习"] {
            assert!(!told.to_string().contains(secret), "{secret} {path}: {told}");
        }
    }
    let (status, problem) = care.county.get("scheduler", &care.at("/opinion")).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{problem}");
    // Who has declined, who was never asked, and who administers.
    for person in ["dr-chen", "dr-wang", "dr-li", "teacher-zhang", "reader"] {
        for path in [care.at(""), care.at("/events"), care.at("/opinion")] {
            let (status, problem) = care.county.get(person, &path).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{person} {path}: {problem}");
        }
        let (_, list) = care.county.get(person, "/api/v1/cases").await;
        assert_eq!(list["cases"], json!([]), "{person}");
    }
    let (_, log) = care.county.get("reader", "/api/v1/audit").await;
    let log: Vec<_> = log["entries"]
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .filter(|it| it["act"] != "audit")
        .map(|it| (it["personId"].clone(), it["act"].clone(), it["reason"].clone()))
        .collect();
    let read = |person: &str, act: &str, reason: &str| (json!(person), json!(act), json!(reason));
    let expected = [read("dr-chen", "case", "before I answer"), read("dr-zhao", "case", "")];
    assert_eq!(log, expected);
}

#[tokio::test]
async fn a_doctor_breaks_the_glass_with_a_reason_and_the_patients_doctor_reads_it() {
    let care = Care::requested().await;
    let glass = care.at("/break-glass");
    let reason = json!({ "reason": "病人昏迷送到我院急诊" });
    for (person, status) in [
        ("scheduler", StatusCode::FORBIDDEN),
        ("teacher-zhang", StatusCode::FORBIDDEN),
        ("dr-wang", StatusCode::OK),
    ] {
        let (told, card) = care.county.post(person, &glass, &reason).await;
        assert_eq!(told, status, "{person}: {card}");
        assert_eq!(card["clinical"]["summary"] == SUMMARY, status == StatusCode::OK, "{card}");
    }
    let (status, problem) = care.county.post("dr-wang", &glass, &json!({ "reason": " " })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    let (_, told) = care.county.get("dr-zhao", &care.at("/events")).await;
    let last = told["events"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["kind"], &last["byId"]), (&json!("break-glass"), &json!("dr-wang")));
    assert_eq!(last["reason"], reason["reason"]);
    // It opens nothing for later.
    assert_eq!(care.county.get("dr-wang", &care.at("")).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_request_is_told_at_its_member() {
    let county = County::start().await;
    let mut wrong = request();
    wrong["reason"] = json!("");
    wrong["summary"] = json!("长".repeat(1_201));
    wrong["wishedAt"] = json!("2026-11-01T09:00:00+08:00");
    wrong["patient"]["born"] = json!(2_030);
    wrong["patient"]["card"] = json!("12");
    let (status, problem) = county.post("dr-zhao", "/api/v1/cases", &wrong).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let told: Vec<_> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["field"].as_str().unwrap(), it["code"].as_str().unwrap()))
        .collect();
    let expected = [
        ("reason", "text-missing"),
        ("wishedAt", "wished-out-of-range"),
        ("summary", "text-too-long"),
        ("patient.born", "not-a-birth-year"),
        ("patient.card", "not-a-card"),
    ];
    assert_eq!(told, expected, "{problem}");
    for (member, value) in
        [("urgency", "now"), ("specialty", "内科"), ("title", "professor"), ("wishedAt", "soon")]
    {
        let mut wrong = request();
        wrong[member] = json!(value);
        let (status, problem) = county.post("dr-zhao", "/api/v1/cases", &wrong).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert_eq!(problem["errors"][0]["field"], member, "{problem}");
    }
}

#[tokio::test]
async fn a_request_that_is_sent_twice_is_one_case() {
    let county = County::start().await;
    let send = async |person: &str, body: &Value| {
        let request = county.by(person, Method::POST, "/api/v1/cases").json(body);
        let response = request.header("Idempotency-Key", "once").send().await.unwrap();
        let replayed = response.headers().contains_key("idempotency-replayed");
        (response.status(), response.json::<Value>().await.unwrap(), replayed)
    };
    let (status, first, replayed) = send("dr-zhao", &request()).await;
    assert_eq!((status, replayed), (StatusCode::CREATED, false));
    let (status, second, replayed) = send("dr-zhao", &request()).await;
    assert_eq!((status, replayed, &second["id"]), (StatusCode::CREATED, true, &first["id"]));
    let mut other = request();
    other["reason"] = json!("另一个病人");
    let (status, problem, _) = send("dr-zhao", &other).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_problem(&problem, "idempotency-key-reused", 422);
    let (_, others, replayed) = send("dr-li", &request()).await;
    assert!(!replayed && others["id"] != first["id"], "keys of two people never meet");
    let (_, list) = county.get("dr-zhao", "/api/v1/cases").await;
    assert_eq!(list["cases"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_step_is_taken_from_the_version_that_was_read() {
    let care = Care::requested().await;
    let body = json!({ "invitedIds": ["dr-chen"] });
    let (status, problem) = care.county.post("scheduler", &care.at("/triage"), &body).await;
    assert_eq!(status, StatusCode::PRECONDITION_REQUIRED);
    assert_problem(&problem, "version-missing", 428);
    let old = care.county.by("scheduler", Method::POST, &care.at("/triage")).json(&body);
    let (status, problem) = answer(old.header("If-Match", "\"7\"")).await;
    assert_eq!(status, StatusCode::PRECONDITION_FAILED);
    assert_problem(&problem, "changed-meanwhile", 412);
    assert_eq!(problem["case"]["version"], 1);
    care.takes("scheduler", "triage", body.clone()).await;
    care.takes("dr-chen", "answer", json!({ "reply": "accept" })).await;
    let (status, problem) = care.step("scheduler", "triage", &body).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_problem(&problem, "case-step", 409);
    assert_eq!((&problem["step"], &problem["state"]), (&json!("triage"), &json!("accepted")));
}

#[tokio::test]
async fn who_is_invited_is_a_specialist_of_another_organization() {
    let care = Care::requested().await;
    for (invited, code) in [
        (json!([]), "nobody-invited"),
        (json!(["nobody"]), "person-unknown"),
        (json!(["dr-li"]), "role-not-held"),
        (json!(["dr-chen", "dr-chen"]), "invited-twice"),
        (json!(["a", "b", "c", "d", "e", "f"]), "too-many"),
    ] {
        let (status, problem) =
            care.step("scheduler", "triage", &json!({ "invitedIds": invited })).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert_eq!(problem["errors"][0]["code"], code, "{problem}");
        assert_eq!(problem["errors"][0]["field"], "invitedIds", "{problem}");
    }
}

#[tokio::test]
async fn a_case_that_is_redirected_is_triaged_anew_under_its_new_specialty() {
    let care = Care::requested().await;
    care.takes("scheduler", "triage", json!({ "invitedIds": ["dr-chen"] })).await;
    for (body, field) in [
        (json!({ "reply": "decline" }), "reason"),
        (json!({ "reply": "redirect", "reason": "是传染病" }), "specialty"),
        (json!({ "reply": "accept", "specialty": "general" }), "specialty"),
    ] {
        let (status, problem) = care.step("dr-chen", "answer", &body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    let body = json!({ "reply": "redirect", "reason": "是传染病", "specialty": "infectious" });
    let case = care.takes("dr-chen", "answer", body).await;
    assert_eq!((&case["state"], &case["specialty"]), (&json!("redirected"), &json!("infectious")));
    let case = care.takes("scheduler", "triage", json!({ "invitedIds": ["dr-wang"] })).await;
    assert_eq!(case["invited"].as_array().unwrap().len(), 1);
    assert_eq!(case["invited"][0]["doctor"]["personId"], "dr-wang");
}

#[tokio::test]
async fn a_session_of_others_is_none_and_a_cancelled_case_takes_its_session_along() {
    let care = Care::requested().await;
    care.takes("scheduler", "triage", json!({ "invitedIds": ["dr-wang"] })).await;
    care.takes("dr-wang", "answer", json!({ "reply": "accept" })).await;
    let others = care.booked().await;
    let nowhere = json!("0192f8a0-0000-7000-8000-000000000000");
    for (session, code) in [(json!(others), "others-session"), (nowhere, "not-a-consultation")] {
        let (status, problem) =
            care.step("scheduler", "schedule", &json!({ "sessionId": session })).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert_eq!(problem["errors"][0]["code"], code, "{problem}");
    }
    let mut wish = consultation(&tomorrow(10, 0), &tomorrow(10, 30));
    wish["participants"][0]["personId"] = json!("dr-wang");
    wish["roomIds"] = json!([]);
    let (_, session) = care.county.book(&wish).await;
    let id = session["id"].as_str().unwrap();
    care.takes("scheduler", "schedule", json!({ "sessionId": id })).await;
    let first = care.id;
    let next = Care::of(care.county, request()).await;
    next.takes("scheduler", "triage", json!({ "invitedIds": ["dr-wang"] })).await;
    next.takes("dr-wang", "answer", json!({ "reply": "accept" })).await;
    let (status, problem) = next.step("scheduler", "schedule", &json!({ "sessionId": id })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    assert_eq!(problem["errors"][0]["code"], "session-of-another-case");
    let care = Care { county: next.county, id: first };
    let (status, problem) = care.step("dr-zhao", "cancel", &json!({ "reason": "" })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    care.takes("dr-zhao", "cancel", json!({ "reason": "病人已转院" })).await;
    let path = format!("/api/v1/sessions/{id}");
    let (_, session) = care.county.get("scheduler", &path).await;
    assert_eq!(session["state"], "cancelled");
    let (_, events) = care.county.get("scheduler", &format!("{path}/events")).await;
    assert!(!events.to_string().contains("转院"), "why is of the patient: {events}");
    assert_eq!(care.steps("dr-zhao").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_case_card_with_everything_at_its_bound_has_at_most_ten_kilobytes() {
    let county = County::start().await;
    let mut full = request();
    for member in ["reason", "purpose"] {
        full[member] = json!("字".repeat(200));
    }
    full["summary"] = json!("字".repeat(1_200));
    full["patient"]["name"] = json!("字".repeat(60));
    let care = Care::of(county, full).await;
    let invited = json!({ "invitedIds": ["dr-wang", "dr-chen"] });
    care.takes("scheduler", "triage", invited).await;
    let reason = json!({ "reply": "decline", "reason": "字".repeat(200) });
    care.takes("dr-wang", "answer", reason).await;
    let get = care.county.by("dr-zhao", Method::GET, &care.at(""));
    let bytes = get.send().await.unwrap().bytes().await.unwrap();
    assert!((6_000..=10_000).contains(&bytes.len()), "{} bytes", bytes.len());
}

#[tokio::test]
async fn a_doctor_has_a_bounded_number_of_open_cases() {
    let care = Care::requested().await;
    for _ in 1..200 {
        let (status, _) = care.county.post("dr-zhao", "/api/v1/cases", &request()).await;
        assert_eq!(status, StatusCode::CREATED);
    }
    let (status, problem) = care.county.post("dr-zhao", "/api/v1/cases", &request()).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_problem(&problem, "too-many-cases", 409);
    let (_, first) = care.county.get("dr-zhao", "/api/v1/cases").await;
    assert_eq!(first["cases"].as_array().unwrap().len(), 50);
    let mut all = 0;
    let mut path = "/api/v1/cases".to_owned();
    loop {
        let (_, page) = care.county.get("dr-zhao", &path).await;
        all += page["cases"].as_array().unwrap().len();
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/cases?before={next}");
    }
    assert_eq!(all, 200);
    care.takes("dr-zhao", "cancel", json!({ "reason": "重复" })).await;
    assert_eq!(
        care.county.post("dr-zhao", "/api/v1/cases", &request()).await.0,
        StatusCode::CREATED
    );
}

#[tokio::test]
async fn the_store_keeps_no_number_of_a_card() {
    let county = County::start_on_a_file().await;
    let care = Care::of(county, request()).await;
    let folder = care.county.stop().await.unwrap();
    let mut looked = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let Ok(bytes) = std::fs::read(&path) else { continue };
        let holds = |text: &str| bytes.windows(text.len()).any(|it| it == text.as_bytes());
        assert!(!holds(CARD), "{}", path.display());
        looked += usize::from(holds(SUMMARY));
    }
    assert!(looked > 0, "the case is in the store");
}

#[tokio::test]
async fn steps_of_a_case_and_reads_by_breaking_the_glass_are_bounded() {
    let care = Care::requested().await;
    let invited = json!({ "invitedIds": ["dr-chen"] });
    for _ in 1..200 {
        care.takes("scheduler", "triage", invited.clone()).await;
    }
    let (status, problem) = care.step("scheduler", "triage", &invited).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_problem(&problem, "changed-too-often", 409);
    let (glass, reason) = (care.at("/break-glass"), json!({ "reason": "急诊" }));
    for _ in 0..200 {
        assert_eq!(care.county.post("dr-wang", &glass, &reason).await.0, StatusCode::OK);
    }
    let (status, problem) = care.county.post("dr-wang", &glass, &reason).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_problem(&problem, "changed-too-often", 409);
}
