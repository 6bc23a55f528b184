//! A case that a village doctor has requested, and those who take its steps.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "every test file uses a part of it; a test fails by panic"
)]

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::county::{County, TOMORROW_9, answer, consultation, tomorrow};

/// The number of the patient's card.
pub(crate) const CARD: &str = "61052719580101002X";
pub(crate) const SUMMARY: &str = "躯干红斑三周，瘙痒，外用药无效。";

/// What dr-zhao asks for.
pub(crate) fn request() -> Value {
    json!({
        "patient": { "name": "王桂兰", "sex": "female", "born": 1958, "card": "610527 19580101 002x" },
        "urgency": "soon", "reason": "皮疹三周，用药无效", "purpose": "明确诊断和用药", "wishedAt": TOMORROW_9,
        "summary": SUMMARY, "specialty": "dermatology", "title": "attending",
    })
}

/// dr-zhao's clinic lies in the area of this code.
pub(crate) async fn put_clinic_into(county: &County, code: &str) {
    let clinic = json!({ "names": { "zh": "林皋镇卫生院" }, "kind": "health", "areaCode": code });
    for (path, form) in [
        (format!("/api/v1/areas/{code}"), json!({ "name": "林皋镇" })),
        ("/api/v1/organizations/clinic-b".to_owned(), clinic),
    ] {
        let (status, told) = answer(county.by("scheduler", Method::PUT, &path).json(&form)).await;
        assert_eq!(status, StatusCode::OK, "{told}");
    }
}

/// A county with a case of dr-zhao.
pub(crate) struct Care {
    pub(crate) county: County,
    pub(crate) id: String,
}

impl Care {
    pub(crate) async fn requested() -> Self {
        Self::of(County::start().await, request()).await
    }

    pub(crate) async fn of(county: County, request: Value) -> Self {
        let (status, case) = county.post("dr-zhao", "/api/v1/cases", &request).await;
        assert_eq!(status, StatusCode::CREATED, "{case}");
        assert_eq!((&case["state"], &case["version"]), (&json!("requested"), &json!(1)));
        Self { id: case["id"].as_str().unwrap().to_owned(), county }
    }

    /// The path of the case with this behind it.
    pub(crate) fn at(&self, rest: &str) -> String {
        format!("/api/v1/cases/{}{rest}", self.id)
    }

    /// The case as the scheduler sees it.
    pub(crate) async fn case(&self) -> Value {
        self.county.get("scheduler", &self.at("")).await.1["case"].clone()
    }

    /// What this person may do next.
    pub(crate) async fn steps(&self, person: &str) -> Vec<String> {
        let (status, card) = self.county.get(person, &self.at("")).await;
        assert_eq!(status, StatusCode::OK, "{card}");
        let steps = card["case"]["steps"].as_array().unwrap();
        steps.iter().map(|it| it.as_str().unwrap().to_owned()).collect()
    }

    /// Tries a step from the latest version.
    pub(crate) async fn step(&self, person: &str, step: &str, body: &Value) -> (StatusCode, Value) {
        let version = self.case().await["version"].to_string();
        let path = self.at(&format!("/{step}"));
        let request = self.county.by(person, Method::POST, &path);
        let request = request.header("If-Match", format!("\"{version}\""));
        answer(if body.is_null() { request } else { request.json(body) }).await
    }

    /// Takes a step, and gives the case after it.
    pub(crate) async fn takes(&self, person: &str, step: &str, body: Value) -> Value {
        let (status, case) = self.step(person, step, &body).await;
        assert_eq!(status, StatusCode::OK, "{person} {step}: {case}");
        case
    }

    /// The id of a consultation of dr-chen and dr-zhao tomorrow.
    pub(crate) async fn booked(&self) -> String {
        let wish = consultation(&tomorrow(9, 0), &tomorrow(9, 30));
        let (status, session) = self.county.book(&wish).await;
        assert_eq!(status, StatusCode::CREATED, "{session}");
        session["id"].as_str().unwrap().to_owned()
    }
}
