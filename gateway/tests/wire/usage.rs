//! What a data budget counts is what is on the wire, both ways; and what a mode does not have is not sent.

use std::collections::HashMap;

use livekit_protocol as lk;
use lk::request_response::Reason;
use lk::signal_request::Message as Ask;
use lk::signal_response::Message as Said;

use crate::house::{Client, Form, House, now_s, token};
use crate::line::Line;
use crate::receipts::{ask, feedback, keeping, of, service, sum};
use crate::{HEADERS, NUMBERED};
use session::{AccessToken, DataBudget, Megabytes, Own};

/// A token with a budget of so many bytes for the session.
pub(crate) fn budgeted(identity: &str, bytes: u64) -> AccessToken {
    let session = Some(Megabytes::of_bytes(bytes));
    let budget = DataBudget { session, ..DataBudget::default() };
    let own = Own { data_budget: Some(budget), ..Own::default() };
    AccessToken { own: Some(own), ..token("ward", identity) }
}

/// Bytes on the wire, both ways, as the sockets of lines saw them.
pub(crate) fn captured(lines: &[&Line]) -> u64 {
    let of = |(datagrams, bytes): (u64, u64)| bytes + HEADERS * datagrams;
    lines.iter().map(|line| of(line.received) + of(line.posted)).sum()
}

/// What the next renewed token says was used, and is left.
pub(crate) async fn renewed(house: &House, client: &mut Client) -> (u64, AccessToken) {
    let pick = |said| if let Said::RefreshToken(text) = said { Some(text) } else { None };
    let text = client.first(pick).await;
    let token = AccessToken::read(&text, &house.keys, now_s()).unwrap();
    let budget = token.own.as_ref().unwrap().data_budget.unwrap();
    (budget.used.unwrap().bytes(), token)
}

async fn choose(client: &mut Client, mode: &str) -> Reason {
    let attributes = HashMap::from([("mode".to_owned(), mode.to_owned())]);
    let ask = lk::UpdateParticipantMetadata { attributes, request_id: 7_777, ..Default::default() };
    client.say(Ask::UpdateMetadata(ask)).await;
    let pick = |said| match said {
        Said::RequestResponse(it) if it.request_id == 7_777 => Some(it.reason()),
        _ => None,
    };
    client.first(pick).await
}

#[tokio::test]
async fn what_is_counted_is_what_a_capture_shows_and_it_outlives_the_gateway() {
    let house = House::with(|config| config.renew_token_s = 1).await;
    let (mut speaker, _) = house.join(Form::Json, &token("ward", "speaker")).await;
    let mut voice = Line::speak(&house, &mut speaker).await;
    let (mut one, _) = house.join(Form::Json, &budgeted("one", 10_000_000)).await;
    let mut ear = Line::listen(&house, &mut one).await;
    for word in 0..150u8 {
        voice.send(&[word; 200]).await;
        ear.hear().await;
    }
    ear.drain().await;
    // What was sent last is told with the second after it.
    let mut used = 0;
    let mut fresh = budgeted("one", 0);
    for _ in 0..4 {
        (used, fresh) = renewed(&house, &mut one).await;
        ear.drain().await;
    }
    let captured = captured(&[&ear]);
    let apart = used.abs_diff(captured);
    assert!(captured > 150 * 200 && apart * 100 <= captured, "{used} and {captured}");
    // Another gateway, which knows nobody: the token tells.
    let other = House::with(|config| config.renew_token_s = 1).await;
    let (mut again, _) = other.join(Form::Json, &fresh).await;
    assert!(renewed(&other, &mut again).await.0 >= used);
}

#[tokio::test]
async fn receipts_say_what_a_capture_shows_of_who_listens_and_of_who_speaks() {
    let folder = tempfile::tempdir().unwrap();
    let house = keeping(folder.path()).await;
    let (mut speaker, _) = house.join(Form::Json, &token("ward", "speaker")).await;
    let mut voice = Line::speak(&house, &mut speaker).await;
    let mut one = house.enter("ward", "one").await;
    let mut ear = Line::taking(&house, &mut one, &[NUMBERED]).await;
    for word in 0..150u8 {
        voice.send(&[word; 200]).await;
        ear.hear().await;
    }
    ear.say(&feedback(0, &[true; 7])).await;
    for line in [&mut voice, &mut ear] {
        line.drain().await;
    }
    house.gateway.stop().await;
    let house = keeping(folder.path()).await;
    let (_, given) = ask(&house, "GET", "", &service()).await;
    for (identity, line, mostly) in [("speaker", &voice, "/upBytes"), ("one", &ear, "/wireBytes")] {
        let own = of(&given, identity);
        let [down, up] = ["/wireBytes", "/upBytes"].map(|it| sum(&own, it));
        let captured = captured(&[line]);
        assert!(
            (down + up).abs_diff(captured) * 100 <= captured,
            "{down} and {up} of {captured}: {own:?}"
        );
        assert!(sum(&own, mostly) > captured / 2, "{own:?}");
    }
}

#[tokio::test]
async fn a_budget_that_is_used_up_ends_sound_and_not_before() {
    let house = House::start().await;
    let (mut speaker, _) = house.join(Form::Json, &token("ward", "speaker")).await;
    let mut voice = Line::speak(&house, &mut speaker).await;
    let most = 100_000;
    let (mut one, _) = house.join(Form::Json, &budgeted("one", most)).await;
    let mut ear = Line::listen(&house, &mut one).await;
    let (mut two, _) = house.join(Form::Json, &token("ward", "two")).await;
    let mut other = Line::listen(&house, &mut two).await;
    while house.dropped("data_budget_out") == 0 {
        for _ in 0..10 {
            voice.send(&[7; 1_000]).await;
            other.hear().await;
        }
        ear.drain().await;
        assert!(captured(&[&ear]) < 4 * most, "it never ends");
    }
    assert!(captured(&[&ear]) >= most, "not before it is used up");
    ear.drain().await;
    ear.hear().await;
    let stopped = captured(&[&ear]);
    for _ in 0..20 {
        voice.send(&[7; 1_000]).await;
        other.hear().await;
    }
    assert!(ear.heard_nothing().await, "it is used up");
    ear.drain().await;
    assert!(captured(&[&ear]) - stopped < 2_000, "reports and checks go on");
}

#[tokio::test]
async fn a_client_with_the_stock_words_chooses_what_it_is_sent() {
    let house = House::start().await;
    let (mut speaker, _) = house.join(Form::Json, &token("ward", "speaker")).await;
    let mut voice = Line::speak(&house, &mut speaker).await;
    let mut one = house.enter("ward", "one").await;
    let mut ear = Line::listen(&house, &mut one).await;
    voice.send(b"one").await;
    assert_eq!(ear.hear().await, [b"one"]);
    assert_eq!(choose(&mut one, "stills").await, Reason::Ok);
    for _ in 0..10 {
        voice.send(b"two").await;
    }
    assert!(ear.heard_nothing().await);
    assert_eq!(choose(&mut one, "hd").await, Reason::InvalidRequest);
    assert_eq!(choose(&mut one, "voice").await, Reason::Ok);
    voice.send(b"three").await;
    assert_eq!(ear.hear().await.last().unwrap(), b"three");
}
