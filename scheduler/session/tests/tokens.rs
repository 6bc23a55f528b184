//! What a token of the house must be: accepted when ours and in time, refused with the right words otherwise.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a test fails by panic; its names are its documentation"
)]

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use proptest::prelude::*;
use serde_json::{Value, json};
use session::{
    AccessToken, Keys, Kind, LEEWAY_S, MAX_TOKEN_BYTES, Own, Refused, Role, SignError, VideoGrant,
    WeakKey,
};

const NOW_S: u64 = 1_800_000_000;
const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn keys() -> Keys {
    Keys::new("county", SECRET).unwrap()
}

fn foreign(claims: &Value, algorithm: Algorithm, secret: &str) -> String {
    jsonwebtoken::encode(
        &Header::new(algorithm),
        claims,
        &EncodingKey::from_secret(secret.as_bytes()),
    )
    .unwrap()
}

fn claims() -> Value {
    json!({ "iss": "county", "sub": "dr-li", "nbf": NOW_S, "exp": NOW_S + 600, "video": { "room": "r", "roomJoin": true } })
}

#[test]
fn a_signed_token_is_read_back_whole() {
    let token = AccessToken::for_room("r", "dr-li", "李医生", NOW_S, 600);
    let text = token.sign(&keys()).unwrap();
    assert_eq!(AccessToken::read(&text, &keys(), NOW_S), Ok(token));
}

#[test]
fn time_is_compared_with_thirty_seconds_of_leeway() {
    let text = AccessToken::for_person("dr-li", "", NOW_S, 600).sign(&keys()).unwrap();
    let at = |now_s| AccessToken::read(&text, &keys(), now_s).map(|_| ());
    let ends = NOW_S + 600;
    assert_eq!(at(NOW_S - LEEWAY_S), Ok(()));
    assert_eq!(at(NOW_S - LEEWAY_S - 1), Err(Refused::NotYet { not_before_s: NOW_S }));
    assert_eq!(at(ends + LEEWAY_S), Ok(()));
    assert_eq!(at(ends + LEEWAY_S + 1), Err(Refused::Expired { expires_s: ends }));
    assert_eq!(at(0), Err(Refused::NotYet { not_before_s: NOW_S }));
    assert_eq!(at(u64::MAX), Err(Refused::Expired { expires_s: ends }));
}

#[test]
fn a_token_without_an_end_has_expired() {
    let text = foreign(&json!({ "iss": "county", "sub": "dr-li" }), Algorithm::HS256, SECRET);
    assert_eq!(AccessToken::read(&text, &keys(), NOW_S), Err(Refused::Expired { expires_s: 0 }));
}

#[test]
fn a_changed_byte_in_any_part_is_refused() {
    let text = AccessToken::for_person("dr-li", "", NOW_S, 600).sign(&keys()).unwrap();
    for at in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] = if bytes[at] == b'x' { b'y' } else { b'x' };
        let changed = String::from_utf8(bytes).unwrap();
        assert!(AccessToken::read(&changed, &keys(), NOW_S).is_err(), "byte {at}");
    }
}

#[test]
fn our_name_with_another_secret_is_forged_and_another_name_is_an_unknown_key() {
    let other_secret = "another-secret-of-at-least-32-bytes";
    let forged = foreign(&claims(), Algorithm::HS256, other_secret);
    assert_eq!(AccessToken::read(&forged, &keys(), NOW_S), Err(Refused::Forged));
    let elsewhere = AccessToken::for_person("x", "", NOW_S, 60)
        .sign(&Keys::new("elsewhere", other_secret).unwrap());
    assert_eq!(AccessToken::read(&elsewhere.unwrap(), &keys(), NOW_S), Err(Refused::UnknownKey));
    let renamed =
        AccessToken::for_person("x", "", NOW_S, 60).sign(&Keys::new("elsewhere", SECRET).unwrap());
    assert_eq!(AccessToken::read(&renamed.unwrap(), &keys(), NOW_S), Err(Refused::UnknownKey));
}

#[test]
fn other_algorithms_are_refused_even_with_our_secret() {
    for algorithm in [Algorithm::HS384, Algorithm::HS512] {
        let text = foreign(&claims(), algorithm, SECRET);
        assert_eq!(AccessToken::read(&text, &keys(), NOW_S), Err(Refused::Forged));
    }
}

#[test]
fn algorithm_none_is_refused_with_and_without_a_signature() {
    // {"alg":"none","typ":"JWT"}
    let header = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";
    let signed = AccessToken::for_person("dr-li", "", NOW_S, 600).sign(&keys()).unwrap();
    let parts: Vec<&str> = signed.split('.').collect();
    for text in [format!("{header}.{}.", parts[1]), format!("{header}.{}.{}", parts[1], parts[2])] {
        assert_eq!(AccessToken::read(&text, &keys(), NOW_S), Err(Refused::Forged));
    }
}

#[test]
fn what_is_no_token_is_malformed() {
    for text in ["", ".", "a.b", "a.b.c.d", "not a token"] {
        assert_eq!(AccessToken::read(text, &keys(), NOW_S), Err(Refused::Malformed), "{text:?}");
    }
    assert_eq!(AccessToken::read("..", &keys(), NOW_S), Err(Refused::Forged));
    for claims in [
        json!([]),
        json!({ "iss": 7 }),
        json!({ "iss": "county", "exp": "soon" }),
        json!({ "iss": "county", "video": 1 }),
    ] {
        let text = foreign(&claims, Algorithm::HS256, SECRET);
        assert_eq!(AccessToken::read(&text, &keys(), NOW_S), Err(Refused::Malformed), "{claims}");
    }
}

#[test]
fn an_over_long_token_is_neither_read_nor_made() {
    let long = "a".repeat(MAX_TOKEN_BYTES + 1);
    assert_eq!(AccessToken::read(&long, &keys(), NOW_S), Err(Refused::TooLong));
    let token = AccessToken { metadata: long, ..AccessToken::for_person("x", "", NOW_S, 1) };
    assert!(
        matches!(token.sign(&keys()), Err(SignError::TooLong { bytes }) if bytes > MAX_TOKEN_BYTES)
    );
}

#[test]
fn unknown_claims_are_ignored() {
    let mut claims = claims();
    claims["sip"] = json!({ "admin": true });
    claims["roomConfig"] = json!({ "name": "x", "agents": [] });
    claims["video"]["canSubscribeMetrics"] = json!(true);
    claims["shanqiao"] = json!({ "session": "s", "budgetMegabytes": 20 });
    let token =
        AccessToken::read(&foreign(&claims, Algorithm::HS256, SECRET), &keys(), NOW_S).unwrap();
    assert_eq!(token.room(), Some("r"));
    assert_eq!(token.own.unwrap().session.as_deref(), Some("s"));
}

#[test]
fn the_shape_that_livekit_server_sdks_make_is_accepted() {
    let claims = json!({
        "iss": "county", "sub": "li", "name": "Li", "nbf": NOW_S, "exp": NOW_S + 600, "metadata": "m", "attributes": { "k": "v" },
        "jti": "li", "sha256": "", "kind": "standard",
        "video": { "room": "r", "roomJoin": true, "canPublish": false, "canPublishSources": ["camera", "microphone"],
                   "canUpdateOwnMetadata": true, "roomAdmin": true, "roomCreate": true, "roomList": true, "roomRecord": true,
                   "hidden": true, "recorder": true, "ingressAdmin": true, "canSubscribe": true, "canPublishData": false }
    });
    let token =
        AccessToken::read(&foreign(&claims, Algorithm::HS256, SECRET), &keys(), NOW_S).unwrap();
    assert_eq!(
        (token.identity.as_str(), token.name.as_str(), token.metadata.as_str()),
        ("li", "Li", "m")
    );
    assert_eq!(token.attributes["k"], "v");
    let video = VideoGrant {
        room: "r".into(),
        room_join: true,
        room_admin: true,
        room_create: true,
        room_list: true,
        room_record: true,
        can_publish: Some(false),
        can_subscribe: Some(true),
        can_publish_data: Some(false),
        can_publish_sources: vec!["camera".into(), "microphone".into()],
        can_update_own_metadata: true,
        hidden: true,
        recorder: true,
        ingress_admin: true,
    };
    assert_eq!(token.video, video);
}

#[test]
fn what_we_write_is_livekits_camel_case_and_leaves_out_what_is_not_granted() {
    let text = AccessToken::for_room("r", "li", "", NOW_S, 60).sign(&keys()).unwrap();
    let read: Value = jsonwebtoken::dangerous::insecure_decode(&text).unwrap().claims;
    let expected = json!({ "iss": "county", "sub": "li", "nbf": NOW_S, "exp": NOW_S + 60, "video": { "room": "r", "roomJoin": true } });
    assert_eq!(read, expected);
}

#[test]
fn absent_publish_rights_are_granted_and_sources_narrow_them() {
    let all = VideoGrant::default();
    assert!(
        all.may_publish()
            && all.may_subscribe()
            && all.may_publish_data()
            && all.may_publish_source("camera")
    );
    let voice =
        VideoGrant { can_publish_sources: vec!["microphone".into()], ..VideoGrant::default() };
    assert!(voice.may_publish_source("MICROPHONE") && !voice.may_publish_source("camera"));
    let none = VideoGrant { can_publish: Some(false), ..voice };
    assert!(!none.may_publish_source("microphone"));
}

#[test]
fn the_three_kinds_of_token_do_not_pass_for_each_other() {
    let person = AccessToken::for_person("dr-li", "", NOW_S, 60);
    let service = AccessToken::for_service("recorder", NOW_S, 60);
    let mut room = AccessToken::for_room("r", "dr-li", "", NOW_S, 60);
    room.own = person.own.clone();
    assert_eq!((person.person(), person.room(), person.is_service()), (Some("dr-li"), None, false));
    assert_eq!((service.person(), service.room(), service.is_service()), (None, None, true));
    assert_eq!((room.person(), room.room(), room.is_service()), (None, Some("r"), false));
    let nobody = AccessToken { identity: String::new(), ..room };
    assert_eq!(nobody.room(), None);
}

#[test]
fn a_weak_key_is_refused_and_a_key_never_shows_its_secret() {
    assert_eq!(Keys::new("county", "short"), Err(WeakKey::Secret));
    assert_eq!(Keys::new("county", "x".repeat(1025)), Err(WeakKey::Secret));
    assert_eq!(Keys::new("", SECRET), Err(WeakKey::Name));
    assert_eq!(Keys::new("two words", SECRET), Err(WeakKey::Name));
    assert!(!format!("{:?}", keys()).contains(SECRET));
    let read: Keys = serde_json::from_value(json!({ "name": "county", "secret": SECRET })).unwrap();
    assert_eq!(read, keys());
    assert!(
        serde_json::from_value::<Keys>(json!({ "name": "county", "secret": "short" })).is_err()
    );
}

fn own() -> impl Strategy<Value = Own> {
    let kind = prop::option::of(prop::sample::select(Kind::ALL));
    let role = prop::option::of(prop::sample::select(Role::ALL));
    let text = || prop::option::of("\\PC{0,20}");
    (text(), kind, text(), role, text(), prop::option::of(any::<bool>()), text()).prop_map(
        |(session, kind, title, role, site, record, person)| Own {
            session,
            kind,
            title,
            role,
            site,
            language: None,
            record,
            person,
        },
    )
}

fn grant() -> impl Strategy<Value = VideoGrant> {
    let maybe = || prop::option::of(any::<bool>());
    let sources = prop::collection::vec("[a-z_]{1,12}", 0..4);
    ("\\PC{0,20}", any::<[bool; 9]>(), maybe(), maybe(), maybe(), sources).prop_map(
        |(room, flags, publish, subscribe, data, sources)| {
            let [join, admin, create, list, record, update, hidden, recorder, ingress] = flags;
            VideoGrant {
                room,
                room_join: join,
                room_admin: admin,
                room_create: create,
                room_list: list,
                room_record: record,
                can_publish: publish,
                can_subscribe: subscribe,
                can_publish_data: data,
                can_publish_sources: sources,
                can_update_own_metadata: update,
                hidden,
                recorder,
                ingress_admin: ingress,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_token_reads_back_as_it_was_signed(
        identity in "\\PC{0,20}", name in "\\PC{0,20}", metadata in "\\PC{0,60}", nbf in 0..NOW_S, ttl in 0..u64::from(u32::MAX),
        attributes in prop::collection::btree_map("[a-z]{1,8}", "\\PC{0,20}", 0..5), video in grant(), own in prop::option::of(own()),
    ) {
        let token = AccessToken { identity, name, not_before_s: nbf, expires_s: NOW_S + ttl, metadata, attributes, video, own };
        let text = token.sign(&keys()).unwrap();
        prop_assert_eq!(AccessToken::read(&text, &keys(), NOW_S), Ok(token));
    }

    #[test]
    fn no_text_makes_reading_panic(text in "[A-Za-z0-9_.\\-]{0,200}|\\PC{0,100}") {
        prop_assert!(AccessToken::read(&text, &keys(), NOW_S).is_err());
    }
}
