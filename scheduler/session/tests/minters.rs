//! Tokens of other minters: what LiveKit's server SDKs write, and what its server takes from anybody's JWT library.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use session::{AccessToken, Keys, Refused};

const NOW_S: u64 = 1_800_000_000;
const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn keys() -> Keys {
    Keys::new("county", SECRET, "a root that nobody is given, long enough").unwrap()
}

/// Claims given as text, so that numbers stay as they are written.
fn signed(claims: &str) -> String {
    let text = |bytes: &[u8]| {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
    };
    let body = format!("{}.{}", text(br#"{"alg":"HS256"}"#), text(claims.as_bytes()));
    let secret = EncodingKey::from_secret(SECRET.as_bytes());
    let signature = jsonwebtoken::crypto::sign(body.as_bytes(), &secret, Algorithm::HS256).unwrap();
    format!("{body}.{signature}")
}

fn read(claims: &str) -> Result<AccessToken, Refused> {
    AccessToken::read(&signed(claims), &keys(), NOW_S)
}

fn minted(claims: &Value) -> AccessToken {
    let secret = EncodingKey::from_secret(SECRET.as_bytes());
    let text = jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &secret).unwrap();
    AccessToken::read(&text, &keys(), NOW_S).unwrap()
}

/// Claims with these times.
fn timed(times: &str) -> String {
    format!(r#"{{"iss":"county","sub":"li",{times},"video":{{"room":"r","roomJoin":true}}}}"#)
}

#[test]
fn a_clock_may_be_a_minute_ahead() {
    for (ahead_s, good) in [(0, true), (45, true), (60, true), (61, false), (3_600, false)] {
        let nbf = NOW_S + ahead_s;
        let token = read(&timed(&format!(r#""nbf":{nbf},"exp":{}"#, nbf + 600)));
        assert_eq!(token.is_ok(), good, "{ahead_s} s ahead: {token:?}");
    }
}

#[test]
fn times_are_any_numbers_of_json() {
    for times in [
        r#""nbf":1799999999.75,"exp":1800000600.5,"iat":1799999999.75"#,
        r#""nbf":1.8e9,"exp":1.8000006E+9,"iat":1.8e9"#,
        r#""nbf":1800000000.0,"exp":18000006000e-1"#,
        r#""exp":1800000600"#,
        r#""nbf":0,"exp":4102444800"#,
        r#""nbf":null,"exp":1800000600,"iat":null"#,
        r#""nbf":-1,"exp":1e300"#,
        r#""nbf":-0.5,"exp":1800000600,"iat":-7"#,
    ] {
        assert_eq!(read(&timed(times)).unwrap().room(), Some("r"), "{times}");
    }
}

#[test]
fn a_time_that_is_no_number_or_over_is_refused() {
    for times in
        [r#""exp":"1800000600""#, r#""exp":true"#, r#""exp":[1800000600]"#, r#""exp":1e999"#]
    {
        assert_eq!(read(&timed(times)), Err(Refused::Malformed), "{times}");
    }
    for times in [r#""exp":1799999939.9"#, r#""exp":-1"#, r#""exp":null"#, r#""nbf":5"#] {
        assert!(matches!(read(&timed(times)), Err(Refused::Expired { .. })), "{times}");
    }
}

#[test]
fn a_token_tells_when_it_was_made() {
    let made = |times: &str| read(&timed(times)).unwrap().made_s();
    assert_eq!(made(r#""nbf":1799999000,"exp":1800000600"#), 1_799_999_000);
    assert_eq!(made(r#""nbf":1799990000,"iat":1799999000.9,"exp":1800000600"#), 1_799_999_000);
    assert_eq!(made(r#""exp":1800000600"#), 0);
}

#[test]
fn sources_are_known_however_they_are_spelled() {
    for sources in [
        json!(["camera", "screen_share_audio"]),
        json!(["CAMERA", "SCREEN_SHARE_AUDIO"]),
        json!(["Camera", "screenShareAudio"]),
        json!(["camera", "screen-share-audio"]),
        json!([1, 4]),
    ] {
        for name in ["canPublishSources", "can_publish_sources"] {
            let video = json!({ "room": "r", "roomJoin": true, name: sources });
            let video =
                minted(&json!({ "iss": "county", "sub": "li", "exp": NOW_S, "video": video }));
            let may = |source| video.video.may_publish_source(source);
            assert!(may("camera") && may("screen_share_audio"), "{name}: {sources}");
            assert!(!may("microphone") && !may("screen_share"), "{name}: {sources}");
        }
    }
    // What is not known allows nothing; an empty list says nothing.
    for (sources, camera) in [(json!(["hologram"]), false), (json!([9]), false), (json!([]), true)]
    {
        let video = json!({ "room": "r", "roomJoin": true, "canPublishSources": sources });
        let token = minted(&json!({ "iss": "county", "sub": "li", "exp": NOW_S, "video": video }));
        assert_eq!(token.video.may_publish_source("camera"), camera, "{sources}");
    }
}

#[test]
fn a_right_that_is_withheld_in_snake_case_is_withheld() {
    let video = json!({
        "room": "r", "room_join": true, "can_publish": false, "can_subscribe": false, "can_publish_data": false,
        "room_admin": true, "can_update_own_metadata": true,
    });
    let token = minted(&json!({ "iss": "county", "sub": "li", "exp": NOW_S, "video": video }));
    let video = &token.video;
    assert_eq!(token.room(), Some("r"));
    assert!(!video.may_publish() && !video.may_subscribe() && !video.may_publish_data());
    assert!(video.room_admin && video.can_update_own_metadata);
}

#[test]
fn members_that_are_null_are_absent() {
    let nulls = json!({
        "iss": "county", "sub": "li", "exp": NOW_S, "nbf": null, "name": null, "metadata": null, "attributes": null,
        "sha256": null, "kind": null, "roomConfig": null, "shanqiao": null,
        "video": { "room": "r", "roomJoin": true, "canPublish": null, "canSubscribe": null, "canPublishData": null,
                   "canPublishSources": null, "hidden": null, "roomAdmin": null, "destinationRoom": null },
    });
    let token = minted(&nulls);
    assert_eq!(token.room(), Some("r"));
    assert!(token.video.may_publish_source("camera") && token.video.may_subscribe());
    assert!(!token.video.room_admin && token.own.is_none());
    let bare = minted(&json!({ "iss": "county", "exp": NOW_S, "video": null }));
    assert_eq!(bare.room(), None);
    let attributes =
        json!({ "iss": "county", "exp": NOW_S, "attributes": { "a": "1", "b": null } });
    assert_eq!(
        minted(&attributes).attributes.into_iter().collect::<Vec<_>>(),
        [("a".into(), "1".into())]
    );
}

/// What each of LiveKit's server SDKs writes for one and the same grant.
#[test]
fn tokens_of_livekits_server_sdks_open_the_room() {
    let (nbf, exp) = (NOW_S, NOW_S + 21_600);
    let grant = json!({ "room": "r", "roomJoin": true, "canPublish": true, "canSubscribe": true });
    for (sdk, claims) in [
        (
            "go",
            json!({ "exp": exp, "identity": "li", "iss": "county", "kind": "standard", "kindDetails": ["forwarded"],
                       "name": "Li", "nbf": nbf, "sub": "li", "video": grant, "roomPreset": "p", "sip": { "call": true } }),
        ),
        (
            "js",
            json!({ "name": "Li", "video": grant, "iss": "county", "exp": exp, "nbf": nbf, "sub": "li",
                       "inference": { "perform": true }, "observability": { "write": true } }),
        ),
        (
            "js 1",
            json!({ "video": grant, "iss": "county", "exp": exp, "nbf": 0, "jti": "li", "name": "Li" }),
        ),
        (
            "python",
            json!({ "video": { "roomCreate": false, "roomList": false, "roomRecord": false, "roomAdmin": false,
                           "roomJoin": true, "room": "r", "canPublish": true, "canSubscribe": true, "canPublishData": true,
                           "canPublishSources": [], "canUpdateOwnMetadata": false, "ingressAdmin": false, "hidden": false,
                           "recorder": false, "agent": false },
                           "sub": "li", "iss": "county", "nbf": nbf, "exp": exp, "name": "Li", "metadata": "", "sha256": "" }),
        ),
        (
            "rust",
            json!({ "exp": exp, "iss": "county", "nbf": nbf, "sub": "li", "name": "Li", "sha256": "", "metadata": "",
                         "attributes": {}, "roomConfig": null, "sip": { "admin": false, "call": false },
                         "video": { "roomCreate": false, "roomList": false, "roomRecord": false, "roomAdmin": false,
                                    "roomJoin": true, "room": "r", "destinationRoom": "", "canPublish": true,
                                    "canSubscribe": true, "canPublishData": true, "canPublishSources": [],
                                    "canUpdateOwnMetadata": false, "ingressAdmin": false, "hidden": false, "recorder": false } }),
        ),
        (
            "by hand",
            json!({ "iss": "county", "sub": "li", "name": "Li", "aud": ["livekit"], "exp": exp, "iat": nbf,
                            "jti": "7b1c", "kind": 0, "video": grant }),
        ),
        (
            "kotlin",
            json!({ "iss": "county", "sub": "li", "name": "Li", "exp": exp, "aud": "livekit", "video": grant }),
        ),
    ] {
        let token = minted(&claims);
        assert_eq!(
            (token.room(), token.identity.as_str(), token.name.as_str()),
            (Some("r"), "li", "Li"),
            "{sdk}"
        );
        assert!(
            token.video.may_publish_source("camera") && token.video.may_publish_data(),
            "{sdk}"
        );
    }
}
