//! Login name and password, the cookie that comes of it, and what ends it.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county::{County, NOW_S, answer, assert_problem};
use crate::visitor::{PASSWORD, Visitor, counted, with_account};
use reqwest::{Method, StatusCode};
use scheduler::Config;
use serde_json::json;

const DAY_S: u64 = 86_400;

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_are_answered_the_same_after_the_same_work() {
    let county = County::start().await;
    with_account(&county, "dr-li").await;
    let mut visitor = Visitor::default();
    let wrong = visitor.log_in(&county, "dr-li", "wrong password").await;
    let unknown = visitor.log_in(&county, "dr-nobody", "wrong password").await;
    let strange = visitor.log_in(&county, "李医生", "wrong password").await;
    assert_eq!(wrong.0, StatusCode::UNAUTHORIZED);
    assert_problem(&wrong.1, "login-refused", 401);
    assert_eq!((&wrong, &wrong), (&unknown, &strange));
    assert_eq!(visitor.cookie, None);
    assert_eq!(counted(&county, "shanqiao_scheduler_logins_total", "Wrong"), 3);
    // An account whose password was never set has none that could be right.
    let wish = json!({ "personId": "dr-sun", "loginName": "dr-sun" });
    county.post("scheduler", "/api/v1/accounts", &wish).await;
    assert_eq!(visitor.log_in(&county, "dr-sun", "").await, wrong);
}

#[tokio::test]
async fn after_ten_wrong_tries_a_name_rests_known_or_not_and_others_go_on() {
    let county = County::start().await;
    with_account(&county, "dr-li").await;
    with_account(&county, "dr-wang").await;
    let mut visitor = Visitor::default();
    for name in ["dr-li", "dr-nobody"] {
        for _ in 0..10 {
            assert_eq!(visitor.log_in(&county, name, "wrong password").await.0, 401, "{name}");
        }
        let body = json!({ "loginName": name, "password": PASSWORD });
        let held =
            visitor.ask(&county, Method::POST, "/api/v1/login").json(&body).send().await.unwrap();
        assert_eq!(
            (held.status().as_u16(), &held.headers()["retry-after"]),
            (429, &"900".parse().unwrap())
        );
        let problem = held.json().await.unwrap();
        assert_problem(&problem, "too-many-tries", 429);
        assert_eq!(problem["params"]["minutes"], 15);
    }
    assert_eq!(visitor.log_in(&county, "dr-wang", PASSWORD).await.0, StatusCode::OK);
    assert_eq!(counted(&county, "shanqiao_scheduler_logins_total", "HeldName"), 2);
    county.set_clock(NOW_S + 15 * 60);
    assert_eq!(visitor.log_in(&county, "dr-li", PASSWORD).await.0, StatusCode::OK);
}

#[tokio::test]
async fn an_address_rests_after_sixty_wrong_tries_and_a_link_of_an_administrator_frees_a_name() {
    let county = County::start().await;
    with_account(&county, "dr-li").await;
    let from = |address: &'static str, name: String| {
        let body = json!({ "loginName": name, "password": "wrong password" });
        let visitor = Visitor::default();
        answer(
            visitor
                .ask(&county, Method::POST, "/api/v1/login")
                .header("x-forwarded-for", address)
                .json(&body),
        )
    };
    let tries = (0..60).map(|nth| from("192.0.2.1", format!("name{}", nth % 7)));
    for (status, _) in futures_util::future::join_all(tries).await {
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(from("192.0.2.1", "another".into()).await.0, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(from("192.0.2.2", "another".into()).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(counted(&county, "shanqiao_scheduler_logins_total", "HeldAddress"), 1);
    let mut visitor = Visitor::default();
    for _ in 0..10 {
        visitor.log_in(&county, "dr-li", "wrong password").await;
    }
    assert_eq!(visitor.log_in(&county, "dr-li", PASSWORD).await.0, StatusCode::TOO_MANY_REQUESTS);
    let (_, link) = county.post("scheduler", "/api/v1/accounts/dr-li/link", &json!({})).await;
    let body = json!({ "once": link["once"], "password": "another bridge" });
    assert_eq!(visitor.post(&county, "/api/v1/password", &body).await.0, StatusCode::OK);
    assert_eq!(visitor.log_in(&county, "dr-li", "another bridge").await.0, StatusCode::OK);
}

#[tokio::test]
async fn the_cookie_is_bound_to_the_api_and_secure_behind_tls() {
    let county = County::start().await;
    let visitor = with_account(&county, "dr-li").await;
    let expected = format!(
        "{}; Max-Age=2592000; HttpOnly; SameSite=Lax; Path=/api",
        visitor.cookie.as_ref().unwrap()
    );
    assert_eq!(visitor.set, expected);
    let body = json!({ "loginName": "dr-li", "password": PASSWORD });
    let https = Visitor::default().ask(&county, Method::POST, "/api/v1/login");
    let https = https.header("origin", "https://a.example").header("sec-fetch-site", "same-origin");
    let set = https.json(&body).send().await.unwrap().headers()["set-cookie"].clone();
    assert!(set.to_str().unwrap().ends_with("; Secure"), "{set:?}");
}

#[tokio::test]
async fn what_another_sites_page_could_send_changes_nothing() {
    let county = County::start().await;
    let mut visitor = with_account(&county, "dr-li").await;
    let cookie = visitor.cookie.clone().unwrap();
    let send = |path: &str, headers: &[(&str, &str)]| {
        let request = county.bare(Method::POST, path).header("cookie", &cookie);
        answer(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)))
    };
    let join = "/api/v1/sessions/0192f8a0-0000-7000-8000-000000000000/join";
    for headers in [
        vec![],
        vec![("content-type", "text/plain")],
        vec![("content-type", "application/json"), ("sec-fetch-site", "cross-site")],
        vec![("x-requested-with", "x"), ("sec-fetch-site", "same-site")],
        vec![("x-requested-with", "x"), ("origin", "https://evil.example")],
    ] {
        let (status, problem) = send(join, &headers).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{headers:?}");
        assert_problem(&problem, "cross-site", 403);
    }
    assert_eq!(counted(&county, "shanqiao_scheduler_foreign_requests_total", ""), 5);
    let (status, _) =
        send(join, &[("x-requested-with", "x"), ("sec-fetch-site", "same-origin")]).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "our own page is heard");
    let foreign = [("content-type", "application/json"), ("sec-fetch-site", "cross-site")];
    for (path, body) in
        [("/api/v1/login", r#"{"loginName":"a","password":"b"}"#), ("/api/v1/logout", "{}")]
    {
        let request = county.bare(Method::POST, path).header("cookie", &cookie).body(body);
        let request =
            foreign.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        assert_eq!(answer(request).await.0, StatusCode::FORBIDDEN, "{path}");
    }
    assert!(visitor.is_in(&county).await);
    visitor.post(&county, "/api/v1/logout", &json!({})).await;
    assert!(!visitor.is_in(&county).await);
}

#[tokio::test]
async fn a_login_ends_when_it_is_idle_or_old_and_lasts_while_it_is_used() {
    let config = Config { login_idle_s: 7 * DAY_S, login_s_max: 30 * DAY_S, ..Config::default() };
    let county = County::start_with(config).await;
    let used = with_account(&county, "dr-li").await;
    let idle = with_account(&county, "dr-wang").await;
    for day in [3, 6, 9, 12, 15, 18, 21, 24, 27, 29] {
        county.set_clock(NOW_S + day * DAY_S);
        assert!(used.is_in(&county).await, "day {day}");
        assert!(day < 9 || !idle.is_in(&county).await, "day {day}");
    }
    county.set_clock(NOW_S + 30 * DAY_S);
    let (status, problem) = used.get(&county, "/api/v1/me").await;
    assert_eq!((status, &problem["reason"]), (StatusCode::UNAUTHORIZED, &json!("login-over")));
}

#[tokio::test]
async fn one_goes_out_here_or_everywhere_and_the_twenty_first_login_ends_the_oldest() {
    let county = County::start().await;
    let mut here = with_account(&county, "dr-li").await;
    let mut there = Visitor::default();
    assert_eq!(there.log_in(&county, "dr-li", PASSWORD).await.0, StatusCode::OK);
    let (status, _) = here.post(&county, "/api/v1/logout", &json!({ "everywhere": false })).await;
    assert_eq!((status, &here.cookie), (StatusCode::NO_CONTENT, &None));
    assert!(there.is_in(&county).await, "only here");
    here.log_in(&county, "dr-li", PASSWORD).await;
    let old = here.clone();
    here.post(&county, "/api/v1/logout", &json!({ "everywhere": true })).await;
    assert!(
        !there.is_in(&county).await && !old.is_in(&county).await,
        "the cookie of before opens nothing"
    );
    county.set_clock(NOW_S + 1);
    there.log_in(&county, "dr-li", PASSWORD).await;
    for nth in 0..20 {
        county.set_clock(NOW_S + 2 + nth);
        assert_eq!(here.log_in(&county, "dr-li", PASSWORD).await.0, StatusCode::OK);
    }
    assert!(!there.is_in(&county).await && here.is_in(&county).await);
    assert_eq!(counted(&county, "shanqiao_scheduler_logins_crowded_out_total", ""), 1);
}

#[tokio::test]
async fn a_changed_password_ends_every_other_login() {
    let county = County::start().await;
    let mut here = with_account(&county, "dr-li").await;
    let mut there = Visitor::default();
    there.log_in(&county, "dr-li", PASSWORD).await;
    let change = |old: &str, new: &str| json!({ "oldPassword": old, "password": new });
    let path = (Method::PUT, "/api/v1/me/password");
    let (status, problem) =
        here.send(&county, path.clone(), &change("wrong one", "another bridge")).await;
    assert_eq!(
        (status, &problem["errors"][0]["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("password-wrong"))
    );
    let (_, problem) = here.send(&county, path.clone(), &change(PASSWORD, "dr-li-dr-li")).await;
    assert_eq!(problem["errors"][0]["code"], "password-has-name");
    assert!(there.is_in(&county).await);
    assert_eq!(
        here.send(&county, path, &change(PASSWORD, "another bridge")).await.0,
        StatusCode::OK
    );
    assert!(here.is_in(&county).await && !there.is_in(&county).await);
    assert_eq!(there.log_in(&county, "dr-li", PASSWORD).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(there.log_in(&county, "dr-li", "another bridge").await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_bearer_token_comes_before_the_cookie() {
    let county = County::start().await;
    let visitor = with_account(&county, "dr-li").await;
    let me = |request: reqwest::RequestBuilder| async {
        answer(request).await.1["person"]["id"].clone()
    };
    assert_eq!(me(visitor.ask(&county, Method::GET, "/api/v1/me")).await, "dr-li");
    let both = county.by("dr-wang", Method::GET, "/api/v1/me");
    assert_eq!(me(both.header("cookie", visitor.cookie.as_ref().unwrap())).await, "dr-wang");
}
