//! Offers to listeners: answered, answered in a way that cannot work, and not answered.

use signalling::input::{ConnectionEvent, Input};
use signalling::words::message::{Message, Refusal};
use signalling::words::participant::{LeaveReason, Next};
use signalling::words::request::Request;
use transport::sdp::Setup;

use crate::world::{World, data_section, described};

/// Pion calls itself the DTLS server in every answer to an ICE-lite agent, and is the client if the
/// offer leaves it no choice.
#[test]
fn who_always_answers_passive_is_offered_passive_and_believed_only_then() {
    for answers_passive in [true, false] {
        let mut world = World::new();
        world.answers_passive = answers_passive;
        let client = world.join("client", |_| {});
        let offer = world.offers[&client.signal][0].clone();
        assert_eq!(offer.passive, answers_passive);
        let mut answer = described(offer.number, vec![data_section()]);
        answer.remote.as_mut().unwrap().setup = Setup::Passive;
        world.request(client, Request::Answer(answer));
        let ears = world.ears(client);
        let met = world.met.iter().any(|it| it.connection == ears && it.offered.is_none());
        assert_eq!(met, answers_passive);
        let told = world.heard(client.signal);
        let refused = told.iter().any(|it| {
            matches!(it, Message::Response { refusal: Refusal::Invalid, text, .. } if !text.is_empty())
        });
        assert_eq!(refused, !answers_passive, "{told:?}");
    }
}

#[test]
fn who_answers_no_offer_is_asked_twice_and_then_sent_to_come_in_anew() {
    let mut world = World::new();
    let silent = world.join("silent", |_| {});
    // Its media stands, so that it is not this that ends it.
    let ears = world.ears(silent);
    world.give(Input::Connection(ears, ConnectionEvent::Connected));
    let mut waited = 0;
    while world.people() == 1 && waited < 300 {
        world.later(1);
        waited += 1;
    }
    assert_eq!((world.counted("offer_unanswered"), world.offers[&silent.signal].len()), (2, 2));
    let told = world.heard(silent.signal);
    let leave = Message::Leave { reason: LeaveReason::StateMismatch, next: Next::JoinAnew };
    assert_eq!(told.last(), Some(&leave));
}

#[test]
fn an_answer_to_no_offer_is_counted_and_changes_nothing() {
    let mut world = World::new();
    let client = world.join("client", |_| {});
    let number = world.offers[&client.signal][0].number;
    for (given, unasked) in [(number + 1, 1), (number, 1), (number, 2)] {
        let answer = described(given, vec![data_section()]);
        world.request(client, Request::Answer(answer));
        assert_eq!(world.counted("answer_unasked"), unasked);
    }
}
