//! A device of a terminal, as far as the API sees one: it has a key of its own, and keeps the cookie.
#![allow(dead_code, reason = "every test file uses a part of it")]

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::county::County;
use crate::visitor::Visitor;

pub(crate) const CHALLENGE: &str = "/api/v1/device/challenge";
pub(crate) const PAIR: &str = "/api/v1/device/pair";
pub(crate) const LOGIN: &str = "/api/v1/device/login";

/// A device: a key that never leaves it, and what its browser keeps.
pub(crate) struct Device {
    pair: EcdsaKeyPair,
    pub(crate) browser: Visitor,
}

impl Device {
    pub(crate) fn new() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        Self { pair, browser: Visitor::default() }
    }

    pub(crate) fn public_key(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.pair.public_key().as_ref())
    }

    pub(crate) fn key(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.pair.public_key().as_ref()))
    }

    pub(crate) async fn challenge(&mut self, county: &County, wanted: &str) -> String {
        let wish = json!({ "key": self.key(), "for": wanted });
        let (status, made) = self.browser.post(county, CHALLENGE, &wish).await;
        assert_eq!(status, StatusCode::OK, "{made}");
        made["challenge"].as_str().unwrap().to_owned()
    }

    pub(crate) fn sign(&self, origin: &str, challenge: &str) -> String {
        let text = format!("shanqiao device 1\n{origin}\n{challenge}");
        let signature = self.pair.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
        URL_SAFE_NO_PAD.encode(signature.as_ref())
    }

    pub(crate) async fn pair_by(&mut self, county: &County, shown: &Value) -> (StatusCode, Value) {
        let challenge = self.challenge(county, "pair").await;
        let mut body = shown.clone();
        body["publicKey"] = json!(self.public_key());
        body["signature"] = json!(self.sign(&county.base, &challenge));
        body["challenge"] = json!(challenge);
        self.browser.post(county, PAIR, &body).await
    }

    pub(crate) async fn log_in(&mut self, county: &County) -> (StatusCode, Value) {
        let challenge = self.challenge(county, "login").await;
        let signature = self.sign(&county.base, &challenge);
        let body = json!({ "challenge": challenge, "signature": signature });
        self.browser.post(county, LOGIN, &body).await
    }

    pub(crate) async fn day(&self, county: &County) -> (StatusCode, Value) {
        self.browser.get(county, "/api/v1/device/day").await
    }

    pub(crate) async fn join(&mut self, county: &County, session: &str) -> (StatusCode, Value) {
        let path = format!("/api/v1/device/sessions/{session}/join");
        self.browser.post(county, &path, &json!({})).await
    }
}

/// A terminal in this room of the demo county.
pub(crate) async fn terminal_in(county: &County, room: &str) -> String {
    let name = format!("大屏 {}", uuid::Uuid::now_v7());
    let form = json!({ "names": { "zh": name }, "roomId": room, "kind": "screen" });
    let (status, made) = county.post("scheduler", "/api/v1/terminals", &form).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    made["id"].as_str().unwrap().to_owned()
}

pub(crate) async fn code_of(county: &County, terminal: &str) -> Value {
    let path = format!("/api/v1/terminals/{terminal}/pairing");
    let (status, code) = county.post("scheduler", &path, &json!({ "name": "讲台电脑" })).await;
    assert_eq!(status, StatusCode::CREATED, "{code}");
    code
}

pub(crate) async fn paired(county: &County, terminal: &str) -> Device {
    let code = code_of(county, terminal).await;
    let mut device = Device::new();
    let (status, answer) = device.pair_by(county, &json!({ "once": code["once"] })).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    device
}
