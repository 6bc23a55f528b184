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
    AccessToken, DataBudget, Keys, Kind, LEEWAY_S, MAX_TOKEN_BYTES, Megabytes, Mode, Own, Purpose,
    Refused, Role, SignError, VideoGrant, WeakKey,
};

const NOW_S: u64 = 1_800_000_000;
const SECRET: &str = "0123456789abcdef0123456789abcdef";

const ROOT: &str = "a root that nobody is given, long enough";
const PURPOSES: [Purpose; 7] = [
    Purpose::Room,
    Purpose::Person,
    Purpose::Service,
    Purpose::Turn,
    Purpose::Ticket,
    Purpose::Digits,
    Purpose::Challenge,
];

fn keys() -> Keys {
    Keys::new("county", SECRET, ROOT).unwrap()
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
fn time_is_compared_with_a_minute_of_leeway() {
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
        .sign(&Keys::new("elsewhere", other_secret, ROOT).unwrap());
    assert_eq!(AccessToken::read(&elsewhere.unwrap(), &keys(), NOW_S), Err(Refused::UnknownKey));
    let renamed = AccessToken::for_room("r", "x", "", NOW_S, 60)
        .sign(&Keys::new("elsewhere", SECRET, ROOT).unwrap());
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
    assert_eq!(Keys::new("county", "short", ROOT), Err(WeakKey::Secret));
    assert_eq!(Keys::new("county", "x".repeat(1025), ROOT), Err(WeakKey::Secret));
    assert_eq!(Keys::new("", SECRET, ROOT), Err(WeakKey::Name));
    assert_eq!(Keys::new("two words", SECRET, ROOT), Err(WeakKey::Name));
    for root in ["short", SECRET, &"x".repeat(1025)] {
        assert_eq!(Keys::new("county", SECRET, root), Err(WeakKey::Root), "{root}");
    }
    let shown = format!("{:?} {:?}", keys(), keys().key(Purpose::Person));
    assert!(!shown.contains(SECRET) && !shown.contains(ROOT));
    let file = json!({ "name": "county", "secret": SECRET, "root": ROOT });
    let read: Keys = serde_json::from_value(file.clone()).unwrap();
    assert_eq!(read, keys());
    assert_eq!(serde_json::to_value(&read).unwrap(), file);
    for wrong in [
        json!({ "name": "county", "secret": "short", "root": ROOT }),
        json!({ "name": "county", "secret": SECRET }),
    ] {
        assert!(serde_json::from_value::<Keys>(wrong).is_err());
    }
}

#[test]
fn every_purpose_has_a_key_of_its_own_that_the_api_key_does_not_lead_to() {
    let (ours, other) = (keys(), Keys::new("county", SECRET, "x".repeat(32)).unwrap());
    for (at, purpose) in PURPOSES.into_iter().enumerate() {
        let key = ours.key(purpose);
        for next in &PURPOSES[at + 1..] {
            assert_ne!(key.secret(), ours.key(*next).secret());
            assert_ne!(key.id(), ours.key(*next).id());
        }
        // The API key alone says nothing of the others, and it is the only one without an id.
        assert_eq!(key.secret() == other.key(purpose).secret(), purpose == Purpose::Room);
        assert_eq!(key.id() == other.key(purpose).id(), purpose == Purpose::Room);
        assert_eq!(key.id().is_none(), purpose == Purpose::Room);
    }
}

/// The key of the tickets, worked out with HMAC alone after RFC 5869: what is derived today must be derived for ever.
#[test]
fn keys_are_derived_by_hkdf_with_sha_256() {
    let key = keys().key(Purpose::Ticket).secret().to_vec();
    let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, "93ae5581997824d94e47685e9caeabf52f2a810044e0c71191c862e42e21be38");
    assert_eq!(keys().key(Purpose::Ticket).id(), Some("ticket.662de902"));
}

#[test]
fn whoever_has_the_api_key_can_make_no_person_and_no_service() {
    let signed = |token: AccessToken, purpose| {
        let text = AccessToken { purpose, ..token }.sign(&keys()).unwrap();
        AccessToken::read(&text, &keys(), NOW_S)
    };
    let person = || AccessToken::for_person("dr-li", "", NOW_S, 60);
    let service = || AccessToken::for_service("recorder", NOW_S, 60);
    let room = || AccessToken::for_room("r", "dr-li", "", NOW_S, 60);
    assert_eq!(signed(person(), Purpose::Person).unwrap().person(), Some("dr-li"));
    assert!(signed(service(), Purpose::Service).unwrap().is_service());
    assert_eq!(signed(room(), Purpose::Room).unwrap().room(), Some("r"));
    // An old link of a person says what helps: get a new one.
    assert_eq!(signed(person(), Purpose::Room), Err(Refused::UnknownKey));
    for purpose in PURPOSES {
        let told = [signed(person(), purpose), signed(service(), purpose), signed(room(), purpose)];
        let told = told.map(|it| it.unwrap_or_default());
        let may = (told[0].person().is_some(), told[1].is_service(), told[2].room().is_some());
        let expected =
            (purpose == Purpose::Person, purpose == Purpose::Service, purpose == Purpose::Room);
        assert_eq!(may, expected, "{purpose:?}");
    }
}

#[test]
fn the_header_names_the_key_and_a_wrong_name_opens_nothing() {
    let text = AccessToken::for_person("dr-li", "", NOW_S, 60).sign(&keys()).unwrap();
    let header = jsonwebtoken::decode_header(&text).unwrap();
    assert_eq!(header.kid.as_deref(), keys().key(Purpose::Person).id());
    let with = |kid: &str, secret: &[u8]| {
        let header = Header { kid: Some(kid.to_owned()), ..Header::new(Algorithm::HS256) };
        jsonwebtoken::encode(&header, &claims(), &EncodingKey::from_secret(secret)).unwrap()
    };
    let read = |text: String| AccessToken::read(&text, &keys(), NOW_S).map(|it| it.purpose);
    // The name of our key over the API key's signature, and a key of a house that we are not.
    assert_eq!(
        read(with(keys().key(Purpose::Person).id().unwrap(), SECRET.as_bytes())),
        Err(Refused::Forged)
    );
    assert_eq!(read(with("person.00000000", SECRET.as_bytes())), Err(Refused::UnknownKey));
    // Other minters may name the API key as they like.
    for kid in ["county", "2026-11", "some.thing"] {
        assert_eq!(read(with(kid, SECRET.as_bytes())), Ok(Purpose::Room));
    }
}

fn own() -> impl Strategy<Value = Own> {
    let kind = prop::option::of(prop::sample::select(Kind::ALL));
    let role = prop::option::of(prop::sample::select(Role::ALL));
    let text = || prop::option::of("\\PC{0,20}");
    let time = || prop::option::of(any::<u64>());
    let flag = || prop::option::of(any::<bool>());
    let flags = (flag(), flag());
    (text(), kind, text(), role, text(), flags, text(), time(), time(), reception()).prop_map(
        |(
            session,
            kind,
            title,
            role,
            site,
            (record, minor),
            person,
            ends_s,
            closes_s,
            reception,
        )| Own {
            session,
            kind,
            title,
            role,
            site,
            record,
            person,
            minor,
            ends_s,
            closes_s,
            mode: reception.0,
            mode_most: reception.1,
            data_budget: reception.2,
            clearance: None,
        },
    )
}

fn reception() -> impl Strategy<Value = (Option<Mode>, Option<Mode>, Option<DataBudget>)> {
    let mode = || prop::option::of(prop::sample::select(Mode::ALL));
    let megabytes = || prop::option::of((0..10_u64.pow(12)).prop_map(Megabytes::of_bytes));
    let budget = (megabytes(), megabytes(), megabytes())
        .prop_map(|(session, month_left, used)| DataBudget { session, month_left, used });
    (mode(), mode(), prop::option::of(budget))
}

#[test]
fn a_token_with_an_absurd_data_budget_is_refused_with_what_to_do() {
    let with = |budget: &str| {
        let mut claims = claims();
        let budget: Value = serde_json::from_str(budget).unwrap();
        claims["shanqiao"] = json!({ "dataBudget": budget });
        let header = Header::new(Algorithm::HS256);
        let key = EncodingKey::from_secret(SECRET.as_bytes());
        AccessToken::read(&jsonwebtoken::encode(&header, &claims, &key).unwrap(), &keys(), NOW_S)
    };
    for absurd in [
        r#"{"sessionMb": -1}"#,
        r#"{"monthLeftMb": "NaN"}"#,
        r#"{"usedMb": [1]}"#,
        r#"{"sessionMb": {}}"#,
        "60",
        r#""60""#,
    ] {
        let refused = with(absurd).unwrap_err();
        assert_eq!(refused, Refused::DataBudget, "{absurd}");
        assert!(refused.to_string().contains("dataBudget"));
    }
    let read = |budget| with(budget).unwrap().own.unwrap().data_budget.unwrap_or_default();
    let session = |budget| read(budget).session.map(Megabytes::bytes);
    assert_eq!(session(r#"{"sessionMb": 0}"#), Some(0));
    assert_eq!(session(r#"{"sessionMb": 18446744073709551616}"#), Some(10_u64.pow(12)));
    assert_eq!(session(r#"{"sessionMb": null}"#), None);
    assert_eq!(session("null"), None);
}

fn grant() -> impl Strategy<Value = VideoGrant> {
    let maybe = || prop::option::of(any::<bool>());
    let names = ["camera", "microphone", "screen_share", "screen_share_audio", "something"];
    let sources =
        prop::collection::vec(prop::sample::select(names.to_vec()).prop_map(str::to_owned), 0..4);
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
        // Without an identity what is read is the id of the token, and a person is for the person's key.
        let purpose = Purpose::Service;
        let token = AccessToken {
            purpose, identity, name, not_before_s: nbf, expires_s: NOW_S + ttl, issued_s: nbf / 2, metadata, attributes, video, own,
        };
        let text = token.sign(&keys()).unwrap();
        prop_assert_eq!(AccessToken::read(&text, &keys(), NOW_S), Ok(token));
    }

    #[test]
    fn no_text_makes_reading_panic(text in "[A-Za-z0-9_.\\-]{0,200}|\\PC{0,100}") {
        prop_assert!(AccessToken::read(&text, &keys(), NOW_S).is_err());
    }
}
