//! A browser without a token, as far as the API sees one: it keeps the cookie, and says what its pages say.
#![allow(dead_code, reason = "every test file uses a part of it")]

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::county::County;

pub(crate) const PASSWORD: &str = "mountain bridge";

#[derive(Debug, Default, Clone)]
pub(crate) struct Visitor {
    /// `name=value`, as it is sent back.
    pub(crate) cookie: Option<String>,
    /// The last `Set-Cookie`, whole.
    pub(crate) set: String,
}

impl Visitor {
    /// A request as a page makes it.
    pub(crate) fn ask(&self, county: &County, method: Method, path: &str) -> RequestBuilder {
        let request = county.bare(method, path).header("x-requested-with", "shanqiao");
        match &self.cookie {
            Some(cookie) => request.header("cookie", format!("other=1; {cookie}")),
            None => request,
        }
    }

    pub(crate) async fn get(&self, county: &County, path: &str) -> (StatusCode, Value) {
        let answer = self.ask(county, Method::GET, path).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    /// Sends JSON and keeps the cookie that comes of it.
    pub(crate) async fn send(
        &mut self,
        county: &County,
        (method, path): (Method, &str),
        body: &Value,
    ) -> (StatusCode, Value) {
        let answer = self.ask(county, method, path).json(body).send().await.unwrap();
        if let Some(set) = answer.headers().get("set-cookie") {
            self.set = set.to_str().unwrap().to_owned();
            let pair = self.set.split(';').next().unwrap();
            self.cookie = (!pair.ends_with('=')).then(|| pair.to_owned());
        }
        let status = answer.status();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    pub(crate) async fn post(
        &mut self,
        county: &County,
        path: &str,
        body: &Value,
    ) -> (StatusCode, Value) {
        self.send(county, (Method::POST, path), body).await
    }

    pub(crate) async fn log_in(
        &mut self,
        county: &County,
        name: &str,
        password: &str,
    ) -> (StatusCode, Value) {
        let body = json!({ "loginName": name, "password": password });
        self.post(county, "/api/v1/login", &body).await
    }

    /// Whether it is known who asks.
    pub(crate) async fn is_in(&self, county: &County) -> bool {
        self.get(county, "/api/v1/me").await.0 == StatusCode::OK
    }
}

/// An account of `person` in the demo county with [`PASSWORD`] and the person's id as the login name; logged in.
pub(crate) async fn with_account(county: &County, person: &str) -> Visitor {
    let wish = json!({ "personId": person, "loginName": person });
    let (status, made) = county.post("scheduler", "/api/v1/accounts", &wish).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let mut visitor = Visitor::default();
    let body = json!({ "once": made["once"], "password": PASSWORD });
    let (status, answer) = visitor.post(county, "/api/v1/password", &body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    visitor
}

/// The sum of a counter of the room, with this text among its labels.
pub(crate) fn counted(county: &County, name: &str, label: &str) -> u64 {
    let text = county.scheduler.metrics();
    let lines = text.lines().filter(|line| line.starts_with(name) && line.contains(label));
    lines.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
}
