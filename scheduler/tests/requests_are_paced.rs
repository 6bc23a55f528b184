//! How many requests one person may send, and one address.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county::{County, NOW_S, assert_problem};
use crate::visitor::counted;
use reqwest::{Method, Response, StatusCode};
use scheduler::Config;

const ME: &str = "/api/v1/me";

/// A person's request that came over a proxy from this address.
async fn ask(county: &County, person: &str, address: &str) -> Response {
    let request = county.by(person, Method::GET, ME).header("x-forwarded-for", address);
    request.send().await.unwrap()
}

async fn assert_held(response: Response, detail: &str) {
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(response.headers()["retry-after"], "1");
    let problem = response.json().await.unwrap();
    assert_problem(&problem, "too-many-requests", 429);
    assert!(problem["detail"].as_str().unwrap().contains(detail), "{problem}");
}

#[tokio::test]
async fn a_person_who_sends_too_many_waits_wherever_they_come_from_and_others_go_on() {
    let config =
        Config { person_requests_per_s: 2, person_requests_at_once: 10, ..Config::default() };
    let county = County::start_with(config).await;
    for nth in 0..10 {
        let from = format!("192.0.2.{nth}");
        assert_eq!(ask(&county, "dr-li", &from).await.status(), StatusCode::OK, "{nth}");
    }
    assert_held(ask(&county, "dr-li", "192.0.2.99").await, "you send").await;
    assert_eq!(ask(&county, "dr-wang", "192.0.2.1").await.status(), StatusCode::OK);
    county.set_clock(NOW_S + 1);
    for _ in 0..2 {
        assert_eq!(ask(&county, "dr-li", "192.0.2.1").await.status(), StatusCode::OK);
    }
    assert_held(ask(&county, "dr-li", "192.0.2.1").await, "you send").await;
    assert_eq!(counted(&county, "shanqiao_scheduler_hurried_requests_total", "Person"), 2);
}

#[tokio::test]
async fn an_address_that_sends_too_many_waits_whoever_asks_and_is_looked_up_for_nobody() {
    let config =
        Config { address_requests_per_s: 2, address_requests_at_once: 10, ..Config::default() };
    let county = County::start_with(config).await;
    for nth in 0..10 {
        // One IPv6 network is one address; a forged token counts as well.
        let from = format!("2001:db8::{nth}");
        let status = match nth % 2 {
            0 => ask(&county, "dr-li", &from).await.status(),
            _ => {
                let request = county.bare(Method::GET, ME).bearer_auth("forged");
                request.header("x-forwarded-for", from).send().await.unwrap().status()
            }
        };
        assert_ne!(status, StatusCode::TOO_MANY_REQUESTS, "{nth}");
    }
    assert_held(ask(&county, "dr-li", "2001:db8::ff").await, "your network").await;
    assert_eq!(ask(&county, "dr-li", "2001:db8:0:1::1").await.status(), StatusCode::OK);
    county.set_clock(NOW_S + 5);
    assert_eq!(ask(&county, "dr-li", "2001:db8::ff").await.status(), StatusCode::OK);
    assert_eq!(counted(&county, "shanqiao_scheduler_hurried_requests_total", "Address"), 1);
}
