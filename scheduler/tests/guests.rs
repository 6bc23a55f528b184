//! Patients and pupils come in by a ticket, without a login: once, in one browser, in the time of one session.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county;
use crate::county::{County, NOW_S, answer, assert_problem, consultation, keys, tomorrow};
use crate::visitor::{Visitor, counted, with_account};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use session::{AccessToken, Role};

/// Tomorrow 09:00 in the county; the session ends at 09:30.
const START_S: u64 = NOW_S + 25 * 3600;
const END_S: u64 = START_S + 1_800;
const LOOK: &str = "/api/v1/guest/look";
const JOIN: &str = "/api/v1/guest/join";

struct Ticket {
    session: String,
    guest: String,
    once: Value,
    digits: Value,
}

async fn booked(county: &County) -> String {
    let (status, session) = county.book(&consultation(&tomorrow(9, 0), &tomorrow(9, 30))).await;
    assert_eq!(status, StatusCode::CREATED, "{session}");
    session["id"].as_str().unwrap().to_owned()
}

fn guests(session: &str) -> String {
    format!("/api/v1/sessions/{session}/guests")
}

async fn ticket_of(county: &County, session: &str, name: &str) -> Ticket {
    let wish = json!({ "name": name, "role": "patient" });
    let (status, made) = county.post("dr-zhao", &guests(session), &wish).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    Ticket {
        session: session.to_owned(),
        guest: made["guest"]["id"].as_str().unwrap().to_owned(),
        once: json!({ "once": made["once"] }),
        digits: json!({ "digits": made["digits"] }),
    }
}

/// A county whose clock stands at the start of a session, and a ticket for it.
async fn invited() -> (County, Ticket) {
    let county = County::start().await;
    let session = booked(&county).await;
    let ticket = ticket_of(&county, &session, "王大爷").await;
    county.set_clock(START_S);
    (county, ticket)
}

/// A browser that has looked at this ticket, as the page does first.
async fn looking(county: &County, shown: &Value) -> (Visitor, StatusCode, Value) {
    let mut visitor = Visitor::default();
    let (status, seen) = visitor.post(county, LOOK, shown).await;
    (visitor, status, seen)
}

/// A browser that has come in by this.
async fn entered(county: &County, shown: &Value) -> (Visitor, Value) {
    let (mut visitor, status, seen) = looking(county, shown).await;
    assert_eq!(status, StatusCode::OK, "{seen}");
    let (status, pass) = visitor.post(county, JOIN, shown).await;
    assert_eq!(status, StatusCode::OK, "{pass}");
    (visitor, pass)
}

#[tokio::test]
async fn a_ticket_lets_a_guest_into_its_room_with_a_guests_rights_and_nowhere_else() {
    let (county, ticket) = invited().await;
    let (guest, _, seen) = looking(&county, &ticket.once).await;
    let seen = &seen["ticket"];
    assert_eq!((&seen["name"], &seen["role"]), (&json!("王大爷"), &json!("patient")));
    assert_eq!((&seen["state"], &seen["startsAt"]), (&json!("open"), &json!(tomorrow(9, 0))));
    assert!(!seen.to_string().contains("皮肤科"), "what the session is about is not told before");
    for part in ["HttpOnly", "SameSite=Lax", "Path=/api/v1/guest"] {
        assert!(guest.set.contains(part), "{}", guest.set);
    }
    let (guest, pass) = entered(&county, &ticket.once).await;
    let token = AccessToken::read(pass["token"].as_str().unwrap(), &keys(), START_S).unwrap();
    assert_eq!(
        (token.room(), token.identity.as_str(), token.name.as_str()),
        (Some(ticket.session.as_str()), format!("guest-{}", ticket.guest).as_str(), "王大爷")
    );
    let video = &token.video;
    assert!(video.may_publish_source("camera") && video.may_publish_source("microphone"));
    assert!(!video.may_publish_source("screen_share") && video.may_subscribe());
    assert!(!video.room_admin && !video.room_record && !video.can_update_own_metadata);
    assert_eq!(
        (token.attributes["role"].as_str(), token.attributes["site"].as_str()),
        ("patient", "林皋镇卫生院")
    );
    let own = token.own.unwrap();
    assert_eq!(
        (own.role, own.person, own.closes_s),
        (Some(Role::Patient), None, Some(END_S + 900))
    );
    assert_eq!(token.expires_s, END_S + 900, "no longer than the room");
    // Neither the cookie nor the token opens a page.
    for path in ["/api/v1/me", "/api/v1/sessions", &guests(&ticket.session)] {
        assert_eq!(guest.get(&county, path).await.0, StatusCode::UNAUTHORIZED, "{path}");
        let bearer = county.bare(Method::GET, path).bearer_auth(pass["token"].as_str().unwrap());
        assert_eq!(answer(bearer).await.0, StatusCode::UNAUTHORIZED, "{path}");
    }
}

#[tokio::test]
async fn digits_let_in_as_the_link_does_and_each_ticket_has_its_own() {
    let county = County::start().await;
    let session = booked(&county).await;
    let tickets = [
        ticket_of(&county, &session, "王大爷").await,
        ticket_of(&county, &session, "李奶奶").await,
    ];
    assert_ne!(tickets[0].digits, tickets[1].digits);
    county.set_clock(START_S);
    for ticket in &tickets {
        let (_, pass) = entered(&county, &ticket.digits).await;
        let token = AccessToken::read(pass["token"].as_str().unwrap(), &keys(), START_S).unwrap();
        assert_eq!(token.identity, format!("guest-{}", ticket.guest));
    }
    assert_eq!(counted(&county, "shanqiao_scheduler_guest_digits_total", "Right"), 4);
}

#[tokio::test]
async fn the_first_browser_has_the_ticket_and_comes_back_and_another_is_told_so() {
    let (county, ticket) = invited().await;
    let (mut first, _) = entered(&county, &ticket.once).await;
    // After a reload, after an answer that was lost, and by the digits: the same browser.
    let by_cookie = json!({ "sessionId": ticket.session });
    for shown in [&ticket.once, &ticket.digits, &by_cookie, &json!({})] {
        assert_eq!(first.post(&county, LOOK, shown).await.0, StatusCode::OK, "{shown}");
        assert_eq!(first.post(&county, JOIN, shown).await.0, StatusCode::OK, "{shown}");
    }
    for shown in [&ticket.once, &ticket.digits] {
        let (mut other, status, seen) = looking(&county, shown).await;
        assert_eq!(status, StatusCode::GONE, "{seen}");
        assert_problem(&seen, "ticket-over", 410);
        assert_eq!(seen["reason"], "used");
        // A look that is refused leaves no cookie; one of another ticket's browser helps nothing.
        other.cookie = Some(format!("shanqiao_guest={}", "A".repeat(43)));
        let (status, refused) = other.post(&county, JOIN, shown).await;
        assert_eq!((status, &refused["reason"]), (StatusCode::GONE, &json!("used")));
    }
    assert_eq!(first.post(&county, JOIN, &json!({})).await.0, StatusCode::OK, "still in");
    let (_, list) = county.get("dr-zhao", &guests(&ticket.session)).await;
    assert_eq!(list["guests"][0]["state"], "in");
    assert_eq!(list["guests"][0]["usedAt"], tomorrow(9, 0));
}

#[tokio::test]
async fn of_many_browsers_at_once_one_comes_in() {
    let (county, ticket) = invited().await;
    let mut visitors = Vec::new();
    for _ in 0..12 {
        visitors.push(looking(&county, &ticket.once).await.0);
    }
    let tries = visitors.iter_mut().map(|it| it.post(&county, JOIN, &ticket.once));
    let answers = futures_util::future::join_all(tries).await;
    let came = answers.iter().filter(|(status, _)| *status == StatusCode::OK).count();
    let refused = answers.iter().filter(|(_, body)| body["reason"] == "used").count();
    assert_eq!((came, refused), (1, 11), "{answers:?}");
}

#[tokio::test]
async fn a_ticket_lets_in_from_a_quarter_of_an_hour_before_until_the_end() {
    let (county, ticket) = invited().await;
    let early = START_S - 15 * 60 - 1;
    county.set_clock(early);
    let (mut visitor, _, seen) = looking(&county, &ticket.once).await;
    assert_eq!(
        (&seen["ticket"]["state"], &seen["ticket"]["opensAt"]),
        (&json!("early"), &json!(tomorrow(8, 45)))
    );
    let (status, refused) = visitor.post(&county, JOIN, &ticket.once).await;
    assert_eq!((status, &refused["opensAt"]), (StatusCode::CONFLICT, &json!(tomorrow(8, 45))));
    let (_, status, refused) = looking(&county, &ticket.digits).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{refused}");
    assert_problem(&refused, "digits-unknown", 404);
    // What did not let in has not used it up.
    for (now_s, comes) in [(END_S, false), (END_S - 1, true)] {
        county.set_clock(now_s);
        let (status, answer) = visitor.post(&county, JOIN, &ticket.once).await;
        assert_eq!(status == StatusCode::OK, comes, "{now_s}: {answer}");
    }
    // Who came in comes back as long as the room is open, and no longer.
    for (now_s, comes) in [(END_S + 899, true), (END_S + 900, false)] {
        county.set_clock(now_s);
        let (status, answer) = visitor.post(&county, JOIN, &json!({})).await;
        assert_eq!(status == StatusCode::OK, comes, "{now_s}: {answer}");
    }
}

#[tokio::test]
async fn a_cancelled_booking_and_a_revoked_ticket_let_nobody_in() {
    let (county, ticket) = invited().await;
    let (mut inside, _) = entered(&county, &ticket.once).await;
    let path = format!("{}/{}", guests(&ticket.session), ticket.guest);
    for _ in 0..2 {
        let (status, list) = answer(county.by("dr-zhao", Method::DELETE, &path)).await;
        assert_eq!((status, &list["guests"][0]["state"]), (StatusCode::OK, &json!("revoked")));
    }
    for shown in [&ticket.once, &ticket.digits, &json!({})] {
        let (status, refused) = inside.post(&county, JOIN, shown).await;
        assert_eq!((status, &refused["reason"]), (StatusCode::GONE, &json!("revoked")), "{shown}");
    }
    let other = ticket_of(&county, &ticket.session, "李奶奶").await;
    let (mut second, _) = entered(&county, &other.once).await;
    let cancel = format!("/api/v1/sessions/{}/cancel", ticket.session);
    assert_eq!(county.post("scheduler", &cancel, &json!({})).await.0, StatusCode::OK);
    let (status, refused) = second.post(&county, JOIN, &json!({})).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_problem(&refused, "not-joinable", 409);
    assert_eq!(second.post(&county, LOOK, &json!({})).await.1["ticket"]["state"], "cancelled");
    let wish = json!({ "name": "x", "role": "patient" });
    let (status, refused) = county.post("dr-zhao", &guests(&ticket.session), &wish).await;
    assert_eq!(status, StatusCode::CONFLICT, "{refused}");
    let missing = format!("{}/nobody", guests(&ticket.session));
    let (status, _) = answer(county.by("dr-zhao", Method::DELETE, &missing)).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn who_books_and_who_sits_beside_the_guest_ask_in_and_nobody_else() {
    let county = County::start().await;
    let session = booked(&county).await;
    let wish = json!({ "name": "王大爷", "role": "patient" });
    for (person, may) in [
        ("scheduler", true),
        ("dr-zhao", true),
        ("dr-chen", false),
        ("dr-wang", false),
        ("reader", false),
    ] {
        let (status, made) = county.post(person, &guests(&session), &wish).await;
        assert_eq!(status == StatusCode::CREATED, may, "{person}: {made}");
        let (status, _) = county.get(person, &guests(&session)).await;
        assert_eq!(status == StatusCode::OK, may, "{person}");
    }
    for (name, role, code) in [
        ("", "patient", "not-a-name"),
        ("a\nb", "patient", "not-a-name"),
        ("王大爷", "pupil", "role-not-of-kind"),
        ("王大爷", "specialist", "role-not-of-kind"),
    ] {
        let wish = json!({ "name": name, "role": role });
        let (status, refused) = county.post("dr-zhao", &guests(&session), &wish).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{refused}");
        assert_eq!(refused["errors"][0]["code"], code, "{refused}");
    }
    county.set_clock(END_S);
    let (status, refused) = county.post("dr-zhao", &guests(&session), &wish).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_problem(&refused, "too-late", 409);
}

#[tokio::test]
async fn a_pupil_with_a_ticket_is_never_alone_with_one_adult() {
    let county = County::start().await;
    let wish = json!({ "kind": "class", "title": "数学", "startsAt": tomorrow(9, 0), "endsAt": tomorrow(9, 30), "roomIds": [],
        "participants": [{ "personId": "teacher-wu", "role": "lead_teacher" }, { "personId": "class-a", "role": "classroom" }],
        "recording": true });
    let (status, class) = county.book(&wish).await;
    assert_eq!(status, StatusCode::CREATED, "{class}");
    let session = class["id"].as_str().unwrap();
    let pupil = json!({ "name": "小明", "role": "pupil" });
    let (status, made) = county.post("teacher-wu", &guests(session), &pupil).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let shown = json!({ "once": made["once"] });
    county.set_clock(START_S);
    entered(&county, &shown).await;
    // The second adult can come in no more.
    with_account(&county, "class-a").await;
    let off = county.by("scheduler", Method::PUT, "/api/v1/accounts/class-a");
    assert!(off.json(&json!({ "enabled": false })).send().await.unwrap().status().is_success());
    let (_, status, _) = looking(&county, &shown).await;
    assert_eq!(status, StatusCode::GONE, "it is another browser's");
    let (status, refused) = county.post("teacher-wu", &guests(session), &pupil).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{refused}");
    assert_problem(&refused, "minor-alone", 403);
    assert_eq!(refused["params"]["names"]["zh"], "小明");
    let join = format!("/api/v1/sessions/{session}/join");
    let (status, refused) = county.post("teacher-wu", &join, &json!({})).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{refused}");
    assert_problem(&refused, "minor-alone", 403);
    assert_eq!(refused["params"]["names"]["zh"], "小明");
    // With the ticket taken back there is nobody whom one could be alone with.
    let path = format!("{}/{}", guests(session), made["guest"]["id"].as_str().unwrap());
    let revoked = county.by("scheduler", Method::DELETE, &path).send().await.unwrap();
    assert!(revoked.status().is_success(), "{revoked:?}");
    let (status, pass) = county.post("teacher-wu", &join, &json!({})).await;
    assert_eq!(status, StatusCode::OK, "{pass}");
}

#[tokio::test]
async fn a_session_has_a_hundred_guests_at_most() {
    let county = County::start().await;
    let session = booked(&county).await;
    for nth in 0..100 {
        ticket_of(&county, &session, &format!("{nth}")).await;
    }
    let wish = json!({ "name": "x", "role": "patient" });
    let (status, refused) = county.post("dr-zhao", &guests(&session), &wish).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_problem(&refused, "too-many-guests", 409);
}

#[tokio::test]
async fn wrong_digits_rest_an_address_and_are_counted_and_links_go_on() {
    let (county, ticket) = invited().await;
    let tries = async |digits: &Value, from: &str| {
        let request = county.bare(Method::POST, LOOK).header("x-requested-with", "shanqiao");
        answer(request.header("x-forwarded-for", from).json(digits)).await
    };
    let right = ticket.digits["digits"].as_str().unwrap();
    let wrong = if right == "000000" { "000001" } else { "000000" };
    for typed in [wrong, "12345", "", "abcdef", wrong] {
        let (status, refused) = tries(&json!({ "digits": typed }), "192.0.2.1").await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{typed}: {refused}");
        assert_problem(&refused, "digits-unknown", 404);
    }
    let (status, held) = tries(&ticket.digits, "192.0.2.1").await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "the right ones as well");
    assert_problem(&held, "too-many-tries", 429);
    assert_eq!(held["params"]["minutes"], 15);
    assert_eq!(tries(&ticket.digits, "192.0.2.2").await.0, StatusCode::OK, "others go on");
    assert_eq!(tries(&ticket.once, "192.0.2.1").await.0, StatusCode::OK);
    county.set_clock(START_S + 15 * 60);
    assert_eq!(tries(&ticket.digits, "192.0.2.1").await.0, StatusCode::OK);
    for (outcome, count) in [("Wrong", 5), ("HeldAddress", 1), ("Right", 2)] {
        let label = format!("outcome=\"{outcome}\"");
        assert_eq!(counted(&county, "shanqiao_scheduler_guest_digits_total", &label), count);
    }
}

#[tokio::test]
async fn a_day_of_wrong_digits_from_everywhere_rests_all_digits_and_no_link() {
    let county = County::start().await;
    let session = booked(&county).await;
    let mut tickets = Vec::new();
    for nth in 0..90 {
        tickets.push(ticket_of(&county, &session, &format!("{nth}")).await);
    }
    county.set_clock(START_S);
    let tries = async |digits: &Value, nth: usize| {
        let request = county.bare(Method::POST, LOOK).header("x-requested-with", "shanqiao");
        answer(request.header("x-forwarded-for", format!("192.0.2.{nth}")).json(digits)).await.0
    };
    // Each wrong try could have opened 90 tickets: eleven are 990 of the thousand that a day may have.
    for nth in 0..11 {
        assert_eq!(tries(&json!({ "digits": "no" }), nth).await, StatusCode::NOT_FOUND);
    }
    assert_eq!(tries(&tickets[0].digits, 50).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(counted(&county, "shanqiao_scheduler_guest_digits_total", "HeldAll"), 1);
    entered(&county, &tickets[0].once).await;
}

#[tokio::test]
async fn what_is_no_ticket_or_comes_from_another_site_is_refused_with_what_to_do() {
    let (county, ticket) = invited().await;
    let (_, status, nothing) = looking(&county, &json!({})).await;
    assert_eq!((status, &nothing["ticket"]), (StatusCode::OK, &Value::Null));
    for once in ["", "x", &"A".repeat(43), &"A".repeat(5_000)] {
        let (_, status, refused) = looking(&county, &json!({ "once": once })).await;
        assert_eq!((status, &refused["reason"]), (StatusCode::GONE, &json!("unknown")), "{once}");
    }
    let mut bare = Visitor::default();
    let (status, refused) = bare.post(&county, JOIN, &ticket.once).await;
    assert_eq!((status, &refused["reason"]), (StatusCode::GONE, &json!("cookies-off")));
    let mut guest = looking(&county, &ticket.once).await.0;
    let (status, refused) = guest.post(&county, JOIN, &json!({})).await;
    assert_eq!((status, &refused["reason"]), (StatusCode::GONE, &json!("nothing-shown")));
    for body in [json!([]), json!({ "once": 1 }), json!({ "other": 1 })] {
        let (status, _) = guest.post(&county, JOIN, &body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    }
    let foreign = county.bare(Method::POST, JOIN).header("sec-fetch-site", "cross-site");
    let (status, refused) = answer(foreign.json(&ticket.once)).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_problem(&refused, "cross-site", 403);
}

#[tokio::test]
async fn the_store_holds_neither_the_link_nor_the_cookie() {
    if county::database::is_postgres() {
        // The same rows as in the file, which can be read from outside.
        return;
    }
    let (county, ticket) = invited().await;
    let (guest, _) = entered(&county, &ticket.once).await;
    let cookie = guest.cookie.unwrap().split_once('=').unwrap().1.to_owned();
    let folder = county.folder.as_ref().unwrap().path();
    let mut kept = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            kept.extend(std::fs::read(path).unwrap());
        }
    }
    let has = |text: &str| kept.windows(text.len()).any(|it| it == text.as_bytes());
    assert!(has(&ticket.guest) && has("王大爷"), "this is where guests stand");
    for secret in [ticket.once["once"].as_str().unwrap(), &cookie] {
        assert!(!has(secret), "{secret}");
    }
}
