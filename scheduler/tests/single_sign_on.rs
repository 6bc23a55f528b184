//! What a provider of single sign-on may say, and what comes of it. A provider made by others stands in
//! `tests/browser/suites/single-sign-on.test.js`; the one here says what no honest one does.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::county::{County, assert_problem};
use crate::visitor::{Visitor, counted, with_account};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::{Method, StatusCode, redirect};
use scheduler::{Config, OpenIdConfig, SameName};
use serde_json::{Value, json};

const SECRET: &str = "of the county alone, and long enough";
const BACK: &str = "/api/v1/login/provider/back";
const COUNTED: &str = "shanqiao_scheduler_provider_logins_total";

/// What the token endpoint answers to whom it is asked with this nonce.
type Say = Box<dyn Fn(&Provider, &str) -> Response + Send>;

/// A provider that says what it is told to say.
struct Provider {
    issuer: String,
    say: Mutex<Say>,
    /// Of the browser that left last.
    nonce: Mutex<String>,
}

impl Provider {
    async fn start() -> Arc<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let say: Mutex<Say> = Mutex::new(Box::new(|it, nonce| it.token(&it.claims("li", nonce))));
        let provider = Arc::new(Self { issuer, say, nonce: Mutex::default() });
        let (about, tokens) = (Arc::clone(&provider), Arc::clone(&provider));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(async move || about.about()))
            .route("/keys", get(async || Json(json!({ "keys": [] }))))
            .route("/token", post(async move || tokens.answer()));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        provider
    }

    fn about(&self) -> Json<Value> {
        let at = |path: &str| format!("{}{path}", self.issuer);
        Json(json!({
            "issuer": self.issuer,
            "authorization_endpoint": at("/authorize"),
            "token_endpoint": at("/token"),
            "jwks_uri": at("/keys"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["HS256"],
        }))
    }

    fn answer(&self) -> Response {
        let nonce = self.nonce.lock().unwrap().clone();
        (self.say.lock().unwrap())(self, &nonce)
    }

    #[expect(clippy::disallowed_methods, reason = "the library reads the system's clock")]
    fn claims(&self, subject: &str, nonce: &str) -> Value {
        let now_s = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        json!({ "iss": self.issuer, "aud": "shanqiao", "sub": subject, "nonce": nonce, "iat": now_s, "exp": now_s + 60,
            "preferred_username": subject, "email": format!("{subject}@example.org"), "email_verified": false })
    }

    fn token(&self, claims: &Value) -> Response {
        signed(claims, SECRET)
    }

    fn say(&self, say: impl Fn(&Self, &str) -> Response + Send + 'static) {
        *self.say.lock().unwrap() = Box::new(say);
    }
}

fn signed(claims: &Value, secret: &str) -> Response {
    let key = EncodingKey::from_secret(secret.as_bytes());
    answered(&encode(&Header::new(Algorithm::HS256), claims, &key).unwrap())
}

fn answered(id_token: &str) -> Response {
    let body = json!({ "access_token": "a", "token_type": "Bearer", "id_token": id_token });
    Json(body).into_response()
}

async fn county_of(provider: &Provider, login_name_by: SameName) -> County {
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), format!("{SECRET}\n")).unwrap();
    let openid = OpenIdConfig {
        issuer: provider.issuer.clone(),
        name: "Province".to_owned(),
        client_id: "shanqiao".to_owned(),
        client_secret_file: Some(secret.path().to_owned()),
        own_url: "http://127.0.0.1:1".to_owned(),
        login_name_by,
        ..OpenIdConfig::default()
    };
    let mut county = County::start_with(Config { openid: Some(openid), ..Config::default() }).await;
    county.client = reqwest::Client::builder().redirect(redirect::Policy::none()).build().unwrap();
    county
}

/// Where a browser is sent to, and the cookies that it is given, by name.
async fn sent(request: reqwest::RequestBuilder) -> (String, Vec<(String, String)>) {
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let cookies = answer.headers().get_all("set-cookie").into_iter().map(|value| {
        let pair = value.to_str().unwrap().split(';').next().unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        (name.to_owned(), value.to_owned())
    });
    let cookies = cookies.collect();
    (answer.headers()["location"].to_str().unwrap().to_owned(), cookies)
}

/// What of the query stands in the address.
fn query(url: &str, name: &str) -> String {
    let url = reqwest::Url::parse(url).unwrap();
    let found = url.query_pairs().find(|(key, _)| key == name);
    found.unwrap().1.into_owned()
}

/// Leaves for the provider and comes back with a code; where that ends, and the login, if there is one.
async fn over_provider(county: &County, provider: &Provider) -> (String, Option<String>) {
    let (url, cookies) = sent(county.bare(Method::GET, "/api/v1/login/provider")).await;
    assert!(url.starts_with(&format!("{}/authorize?", provider.issuer)), "{url}");
    assert_eq!(query(&url, "code_challenge_method"), "S256");
    *provider.nonce.lock().unwrap() = query(&url, "nonce");
    let (name, value) = &cookies[0];
    let back = format!("{BACK}?code=c&state={}", query(&url, "state"));
    let request = county.bare(Method::GET, &back).header("cookie", format!("{name}={value}"));
    let (page, cookies) = sent(request).await;
    let trip = cookies.iter().find(|(name, _)| name == "shanqiao_provider");
    assert_eq!(trip.unwrap().1, "", "the browser forgets the way");
    let login = cookies.into_iter().find(|(name, _)| name == "shanqiao_login");
    (page, login.map(|(name, value)| format!("{name}={value}")))
}

#[tokio::test]
async fn only_what_the_provider_has_signed_for_this_way_opens_an_account() {
    let provider = Provider::start().await;
    let county = county_of(&provider, SameName::PreferredUsername).await;
    with_account(&county, "dr-li").await;
    provider.say(|it, nonce| it.token(&it.claims("dr-li", nonce)));
    let (page, login) = over_provider(&county, &provider).await;
    assert_eq!(page, "/#/home");
    let visitor = Visitor { cookie: login, ..Visitor::default() };
    assert!(visitor.is_in(&county).await);

    type Change = fn(&mut Value);
    let changes: [Change; 7] = [
        |claims| claims["nonce"] = json!("of another way"),
        |claims| claims["aud"] = json!("another client"),
        |claims| claims["iss"] = json!("https://elsewhere.example"),
        |claims| claims["exp"] = json!(1),
        |claims| claims["sub"] = json!("x".repeat(256)),
        |claims| claims["sub"] = json!(""),
        |claims| {
            claims.as_object_mut().unwrap().remove("nonce");
        },
    ];
    for (nth, change) in changes.into_iter().enumerate() {
        provider.say(move |it, nonce| {
            let mut claims = it.claims("dr-li", nonce);
            change(&mut claims);
            it.token(&claims)
        });
        let ended = over_provider(&county, &provider).await;
        assert_eq!(ended, ("/#/login?provider=refused".to_owned(), None), "change {nth}");
    }
    provider
        .say(|it, nonce| signed(&it.claims("dr-li", nonce), "another secret, as long as ours is"));
    assert_eq!(over_provider(&county, &provider).await.0, "/#/login?provider=refused");
    // Signed by nobody (RFC 7519, section 6).
    provider.say(|it, nonce| {
        let part = |value: &Value| {
            use base64::Engine as _;
            base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string())
        };
        let claims = it.claims("dr-li", nonce);
        answered(&format!("{}.{}.", part(&json!({ "alg": "none" })), part(&claims)))
    });
    assert_eq!(over_provider(&county, &provider).await.1, None);
    assert_eq!(counted(&county, COUNTED, "In"), 1);
}

#[tokio::test]
async fn a_provider_that_answers_too_much_elsewhere_or_not_as_one_opens_nothing() {
    let provider = Provider::start().await;
    let county = county_of(&provider, SameName::Never).await;
    provider.say(|_, _| " ".repeat(300_000).into_response());
    assert_eq!(over_provider(&county, &provider).await.0, "/#/login?provider=unreachable");
    provider.say(|_, _| Redirect::temporary("http://127.0.0.1:1/token").into_response());
    assert_eq!(over_provider(&county, &provider).await.0, "/#/login?provider=unreachable");
    provider.say(|_, _| (StatusCode::INTERNAL_SERVER_ERROR, "<h1>down</h1>").into_response());
    assert_eq!(over_provider(&county, &provider).await.0, "/#/login?provider=unreachable");
    provider.say(|_, _| {
        (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" }))).into_response()
    });
    assert_eq!(over_provider(&county, &provider).await.0, "/#/login?provider=refused");
    provider
        .say(|_, _| Json(json!({ "access_token": "a", "token_type": "Bearer" })).into_response());
    assert_eq!(over_provider(&county, &provider).await.0, "/#/login?provider=refused");
}

#[tokio::test]
async fn a_name_counts_only_where_it_is_trusted_and_verified_and_a_disabled_account_stays_closed() {
    let provider = Provider::start().await;
    for by in [SameName::Never, SameName::Email, SameName::PhoneNumber] {
        let county = county_of(&provider, by).await;
        with_account(&county, "dr-li").await;
        provider.say(|it, nonce| it.token(&it.claims("dr-li", nonce)));
        let ended = over_provider(&county, &provider).await;
        assert_eq!(ended, ("/#/login?provider=unknown".to_owned(), None), "{by:?}");
    }
    let county = county_of(&provider, SameName::PreferredUsername).await;
    with_account(&county, "dr-li").await;
    let off = json!({ "enabled": false });
    let request = county.by("scheduler", Method::PUT, "/api/v1/accounts/dr-li").json(&off);
    assert!(request.send().await.unwrap().status().is_success());
    let ended = over_provider(&county, &provider).await;
    assert_eq!(ended, ("/#/login?provider=disabled".to_owned(), None));
}

#[tokio::test]
async fn an_identity_opens_one_account_until_an_administrator_takes_it_off() {
    let provider = Provider::start().await;
    let county = county_of(&provider, SameName::PreferredUsername).await;
    let li = with_account(&county, "dr-li").await;
    with_account(&county, "dr-wang").await;
    provider.say(|it, nonce| it.token(&it.claims("dr-li", nonce)));
    let (_, login) = over_provider(&county, &provider).await;
    let by_provider = Visitor { cookie: login, ..Visitor::default() };
    let (status, told) = li.get(&county, "/api/v1/me/provider").await;
    assert_eq!((status, told), (StatusCode::OK, json!({ "name": "Province", "connected": true })));
    // The name at the provider changed hands: whoever has it now is not who was connected.
    provider.say(|it, nonce| {
        let mut claims = it.claims("dr-li", nonce);
        claims["sub"] = json!("another person");
        it.token(&claims)
    });
    assert_eq!(over_provider(&county, &provider).await.0, "/#/login?provider=unknown");
    let path = "/api/v1/accounts/dr-li/provider";
    let (status, problem) = county::answer(county.by("dr-wang", Method::DELETE, path)).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_problem(&problem, "forbidden", 403);
    let done = county.by("scheduler", Method::DELETE, path).send().await.unwrap();
    assert_eq!(done.status(), StatusCode::NO_CONTENT);
    assert!(!by_provider.is_in(&county).await, "what came of the identity ends with it");
    let again = county.by("scheduler", Method::DELETE, path).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn without_a_provider_there_is_no_way_to_one() {
    let mut county = County::start().await;
    county.client = reqwest::Client::builder().redirect(redirect::Policy::none()).build().unwrap();
    for path in ["/api/v1/login/provider", BACK] {
        assert_eq!(sent(county.bare(Method::GET, path)).await.0, "/#/login");
    }
    let li = with_account(&county, "dr-li").await;
    let (status, problem) = li.get(&county, "/api/v1/me/provider").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_problem(&problem, "not-found", 404);
    assert_eq!(county.get("dr-li", "/api/v1/county").await.1["provider"], Value::Null);
}
