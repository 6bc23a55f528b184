//! What is served and what is described are the same.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county;
use std::collections::BTreeSet;

use crate::county::County;
use reqwest::{Method, StatusCode};
use serde_json::Value;

async fn description(county: &County) -> Value {
    county.bare(Method::GET, "/api/openapi.json").send().await.unwrap().json().await.unwrap()
}

/// The paths that the router really has: axum tells them in its debug form only.
fn routed(county: &County) -> BTreeSet<String> {
    let text = format!("{:?}", county.scheduler.router());
    let paths = text.split('"').filter(|part| part.starts_with("/api/"));
    paths.filter(|path| *path != "/api/" && !path.contains('*')).map(str::to_owned).collect()
}

#[tokio::test]
async fn every_route_is_described_and_every_description_is_a_route() {
    let county = County::start().await;
    let described: BTreeSet<String> =
        description(&county).await["paths"].as_object().unwrap().keys().cloned().collect();
    assert!(described.len() > 40, "{described:?}");
    assert_eq!(routed(&county), described);
}

#[tokio::test]
async fn the_described_methods_are_served_and_no_others() {
    let county = County::start().await;
    let description = description(&county).await;
    for (path, item) in description["paths"].as_object().unwrap() {
        for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
            let described = item.get(method.as_str().to_lowercase()).is_some();
            let concrete = path.replace("{id}", "0192f8a0-0000-7000-8000-000000000000");
            let status = county.bare(method.clone(), &concrete).send().await.unwrap().status();
            assert_eq!(
                status != StatusCode::METHOD_NOT_ALLOWED,
                described,
                "{method} {path}: {status}"
            );
        }
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere_and_every_answer_has_a_form() {
    let county = County::start().await;
    let description = description(&county).await;
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));
    for name in description.to_string().split("#/components/schemas/").skip(1) {
        let name = name.split('"').next().unwrap();
        assert!(description["components"]["schemas"].get(name).is_some(), "{name}");
    }
    let operations = description["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|item| item.as_object().unwrap().values());
    for operation in operations {
        for (status, response) in operation["responses"].as_object().unwrap() {
            let problem = response["content"].get("application/problem+json").is_some();
            assert_eq!(problem, status.starts_with(['4', '5']), "{status} {operation}");
        }
    }
    let roles = &description["components"]["schemas"]["Wanted"]["properties"]["role"]["enum"];
    assert!(roles.as_array().unwrap().contains(&Value::from("village_doctor")));
}

#[tokio::test]
async fn every_operation_has_a_name_of_its_own() {
    let county = County::start().await;
    let description = description(&county).await;
    let mut names = BTreeSet::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap().to_owned();
            assert!(names.insert(name), "{method} {path}: {}", operation["operationId"]);
        }
    }
    assert!(names.contains("getSessionsIdEvents"), "{names:?}");
}

#[tokio::test]
async fn an_address_that_no_text_can_be_read_from_is_refused_as_a_problem() {
    let county = County::start().await;
    let description = description(&county).await;
    for (path, item) in description["paths"].as_object().unwrap() {
        let Some((before, rest)) = path.split_once('{') else { continue };
        let after = rest.split_once('}').unwrap().1;
        for method in item.as_object().unwrap().keys() {
            for broken in ["%FF", "%00", "%ED%A0%80"] {
                let after = after.replace("{id}", "1").replace("{number}", "1");
                let concrete = format!("{before}{broken}{after}");
                let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
                let request =
                    county.by("scheduler", method.clone(), &concrete).json(&serde_json::json!({}));
                let response = request.send().await.unwrap();
                let status = response.status();
                assert!(status.is_client_error(), "{method} {concrete}: {status}");
                assert!(county::is_problem(&response), "{method} {concrete}: {response:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_text_that_no_store_can_keep_is_refused_at_its_member() {
    let county = County::start().await;
    let body = serde_json::json!({ "table": [{ "name": "a\0b" }] });
    let (status, problem) = county.post("scheduler", "/api/v1/organizations", &body).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["errors"][0]["field"], "table[0].name", "{problem}");
    assert_eq!(problem["errors"][0]["code"], "null-character", "{problem}");
    let (status, _) = county.get("scheduler", "/api/v1/areas?q=%00").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_body_that_does_not_fit_names_the_member() {
    let county = County::start().await;
    let (_, problem) = county
        .book(&serde_json::json!({
            "kind": "class", "title": "t", "startsAt": county::TOMORROW_9, "endsAt": county::TOMORROW_9,
            "participants": [{ "personId": "dr-chen", "role": "king" }],
        }))
        .await;
    assert_eq!(problem["errors"][0]["field"], "participants[0].role", "{problem}");
    assert_eq!(problem["errors"][0]["code"], "does-not-fit", "{problem}");
}
