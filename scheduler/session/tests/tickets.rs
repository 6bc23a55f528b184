//! Tickets: good for one thing, for a time, and nothing else.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use session::{AccessToken, Keys, LEEWAY_S, Opens, Refused, Ticket};

const NOW_S: u64 = 1_795_392_000;

fn keys() -> Keys {
    Keys::new("county", "0123456789abcdef0123456789abcdef", "a root that is long enough to be one")
        .unwrap()
}

fn ticket(opens: Opens) -> Ticket {
    Ticket { opens, expires_s: NOW_S + 600 }
}

#[test]
fn a_ticket_is_read_as_it_was_made() {
    let all = [
        Opens::AllRecordings,
        Opens::Sessions(vec!["a".into(), "b".into()]),
        Opens::Recording("a-1".into()),
        Opens::Deletion("a-1".into()),
        Opens::Decks("室一".into()),
    ];
    for opens in all {
        let ticket = ticket(opens);
        let text = ticket.sign(&keys()).unwrap();
        assert!(
            text.bytes().all(|it| it.is_ascii_alphanumeric() || b"._-".contains(&it)),
            "{text}"
        );
        assert_eq!(Ticket::read(&text, &keys(), NOW_S), Ok(ticket));
    }
}

#[test]
fn a_ticket_ends() {
    let text = ticket(Opens::AllRecordings).sign(&keys()).unwrap();
    assert!(Ticket::read(&text, &keys(), NOW_S + 600 + LEEWAY_S).is_ok());
    let late = Ticket::read(&text, &keys(), NOW_S + 601 + LEEWAY_S);
    assert_eq!(late, Err(Refused::Expired { expires_s: NOW_S + 600 }));
}

#[test]
fn a_ticket_is_no_token_and_a_token_no_ticket() {
    let text = ticket(Opens::AllRecordings).sign(&keys()).unwrap();
    if let Ok(token) = AccessToken::read(&text, &keys(), NOW_S) {
        assert!(token.person().is_none() && token.room().is_none() && !token.is_service());
    }
    for token in [
        AccessToken::for_person("li", "Li", NOW_S, 600),
        AccessToken::for_room("r", "li", "Li", NOW_S, 600),
        AccessToken::for_service("recorder", NOW_S, 600),
    ] {
        assert!(Ticket::read(&token.sign(&keys()).unwrap(), &keys(), NOW_S).is_err());
    }
}

#[test]
fn a_forged_or_cut_ticket_is_refused() {
    let text = ticket(Opens::Recording("a-1".into())).sign(&keys()).unwrap();
    let secret = "0123456789abcdef0123456789abcdef";
    let other = Keys::new("county", secret, "another root of the same house......").unwrap();
    assert_eq!(Ticket::read(&text, &other, NOW_S), Err(Refused::UnknownKey));
    let (head, signature) = text.rsplit_once('.').unwrap();
    let turned = if signature.starts_with('A') { 'B' } else { 'A' };
    let forged = format!("{head}.{turned}{}", signature.get(1..).unwrap());
    assert_eq!(Ticket::read(&forged, &keys(), NOW_S), Err(Refused::Forged));
    for end in 0..text.len() {
        assert!(Ticket::read(text.get(..end).unwrap(), &keys(), NOW_S).is_err());
    }
    assert_eq!(Ticket::read(&"a".repeat(9_000), &keys(), NOW_S), Err(Refused::TooLong));
}

#[test]
fn a_page_of_sessions_fits_a_ticket() {
    let ids = (0..60).map(|it| format!("0192f8a0-0000-7000-8000-{it:012}")).collect();
    assert!(ticket(Opens::Sessions(ids)).sign(&keys()).unwrap().len() < 4_000);
}
