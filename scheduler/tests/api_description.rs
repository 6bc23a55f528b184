//! What is served and what is described are the same.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

mod county;

use std::collections::BTreeSet;

use county::County;
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
