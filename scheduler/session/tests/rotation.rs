//! Keys are rotated while tokens of before are on their way: they are read until their keys are retired, and not beyond.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a test fails by panic; its names are its documentation"
)]

use session::{AccessToken, EARLIER_MAX, Fresh, Keys, NotRotated, Opens, Purpose, Refused, Ticket};

const NOW_S: u64 = 1_800_000_000;

fn secret(letter: &str) -> String {
    letter.repeat(40)
}

fn first() -> Keys {
    Keys::new("county", secret("a"), secret("b")).unwrap()
}

fn both(nth: usize) -> Fresh {
    let letter =
        |at: usize| secret(&char::from(b'c' + u8::try_from(nth * 2 + at).unwrap()).to_string());
    Fresh { api: Some((format!("county-{nth}"), letter(0))), root: Some(letter(1)) }
}

fn ids(keys: &Keys) -> Vec<String> {
    keys.told().map(|told| told.id).collect()
}

/// One of each that keys sign.
struct Signed {
    person: String,
    room: String,
    service: String,
    ticket: String,
}

impl Signed {
    fn by(keys: &Keys) -> Self {
        let ticket = Ticket { opens: Opens::AllRecordings, expires_s: NOW_S + 600 };
        Self {
            person: AccessToken::for_person("li", "", NOW_S, 600).sign(keys).unwrap(),
            room: AccessToken::for_room("r", "li", "", NOW_S, 600).sign(keys).unwrap(),
            service: AccessToken::for_service("recorder", NOW_S, 600).sign(keys).unwrap(),
            ticket: ticket.sign(keys).unwrap(),
        }
    }

    /// What becomes of each when it is read by these keys at this second.
    fn read(&self, keys: &Keys, now_s: u64) -> [Result<(), Refused>; 4] {
        let token = |text: &str| AccessToken::read(text, keys, now_s).map(|_| ());
        let ticket = Ticket::read(&self.ticket, keys, now_s).map(|_| ());
        [token(&self.person), token(&self.room), token(&self.service), ticket]
    }
}

const READ: [Result<(), Refused>; 4] = [Ok(()); 4];
const UNKNOWN: [Result<(), Refused>; 4] = [Err(Refused::UnknownKey); 4];

#[test]
fn what_was_signed_before_is_read_until_its_keys_are_retired() {
    let before = Signed::by(&first());
    let keys = first().rotated(both(0), NOW_S, None).unwrap();
    let after = Signed::by(&keys);
    assert_eq!((before.read(&keys, NOW_S), after.read(&keys, NOW_S)), (READ, READ));
    assert_eq!(after.read(&first(), NOW_S), UNKNOWN, "who has not the new keys reads nothing new");
    assert_eq!(keys.name(), "county-0");
    let old = ids(&first()).pop().unwrap();
    let keys = keys.without(&old).unwrap();
    assert_eq!((before.read(&keys, NOW_S), after.read(&keys, NOW_S)), (UNKNOWN, READ));
    assert_eq!(keys.clone().without(&old), Err(NotRotated::Unknown));
    let current = ids(&keys).pop().unwrap();
    assert_eq!(keys.without(&current), Err(NotRotated::Current));
}

#[test]
fn earlier_keys_end_by_themselves_when_their_time_is_over() {
    let before = Signed::by(&first());
    let keys = first().rotated(both(0), NOW_S, Some(NOW_S + 60)).unwrap();
    assert_eq!(before.read(&keys, NOW_S + 60), READ);
    assert_eq!(before.read(&keys, NOW_S + 61), UNKNOWN);
    assert_eq!(Signed::by(&keys).read(&keys, NOW_S + 61), READ);
    assert_eq!(keys.every(Purpose::Digits, NOW_S + 60).count(), 2);
    assert_eq!(keys.every(Purpose::Digits, NOW_S + 61).count(), 1);
}

#[test]
fn the_root_and_the_api_key_are_rotated_apart_as_well() {
    let before = Signed::by(&first());
    let root = Fresh { api: None, root: both(0).root };
    let keys = first().rotated(root, NOW_S, None).unwrap();
    assert_eq!((keys.name(), keys.secret()), ("county", secret("a").as_str()));
    let old = ids(&first()).pop().unwrap();
    let retired = keys.clone().without(&old).unwrap();
    let [person, room, service, ticket] = before.read(&retired, NOW_S);
    assert_eq!(room, Ok(()), "servers with the API key go on");
    assert_eq!([person, service, ticket], [Err(Refused::UnknownKey); 3]);
    let api = Fresh { api: both(1).api, root: None };
    let keys = keys.rotated(api, NOW_S, None).unwrap();
    assert_eq!((before.read(&keys, NOW_S), keys.told().count()), (READ, 3));
}

#[test]
fn an_api_key_of_one_name_reads_nothing_of_another() {
    let keys = first().rotated(both(0), NOW_S, None).unwrap();
    // Signed with the new secret under the old name.
    let forged = Keys::new("county", keys.secret(), secret("z")).unwrap();
    let text = AccessToken::for_room("r", "li", "", NOW_S, 600).sign(&forged).unwrap();
    assert_eq!(AccessToken::read(&text, &keys, NOW_S), Err(Refused::Forged));
}

#[test]
fn generations_are_bounded_and_names_are_their_own() {
    let rotate = |keys: Keys, nth| keys.rotated(both(nth), NOW_S, None);
    let full = (0..EARLIER_MAX).fold(first(), |keys, nth| rotate(keys, nth).unwrap());
    assert_eq!(rotate(full.clone(), 9).unwrap_err(), NotRotated::TooMany);
    let one = rotate(first(), 0).unwrap();
    assert_eq!(rotate(one.clone(), 0).unwrap_err(), NotRotated::NameTaken);
    assert_eq!(one.rotated(Fresh::default(), NOW_S, None).unwrap_err(), NotRotated::NameTaken);
    let told: Vec<_> = full.told().map(|told| told.created_s).collect();
    assert_eq!(told, [Some(NOW_S), Some(NOW_S), Some(NOW_S), Some(NOW_S), None]);
}

#[test]
fn the_key_file_is_read_as_it_was_and_as_it_is() {
    let old = r#"{"name":"county","secret":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","root":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}"#;
    let keys: Keys = serde_json::from_str(old).unwrap();
    assert_eq!(keys, first());
    assert_eq!(serde_json::to_string(&keys).unwrap(), old, "and written so");
    let keys = keys.rotated(both(0), NOW_S, Some(NOW_S + 9)).unwrap();
    let text = serde_json::to_string(&keys).unwrap();
    assert_eq!(serde_json::from_str::<Keys>(&text).unwrap(), keys);
    let weak = text.replace(&secret("b"), "short");
    assert!(serde_json::from_str::<Keys>(&weak).is_err(), "an earlier root must be strong as well");
    assert!(!format!("{keys:?} {:?}", both(0)).contains(&secret("c")));
}
