//! What a county has set as the most that there may be.

use livekit_protocol as lk;
use lk::DisconnectReason;
use lk::leave_request::Action;
use lk::request_response::Reason;
use lk::signal_request::Message as Ask;

use crate::house::{FORMS, Form, House, head, print, sound, token, within};
use crate::joining::farewell;
use crate::line::Line;

const FULL: (DisconnectReason, Action) = (DisconnectReason::JoinFailure, Action::Disconnect);

#[tokio::test]
async fn one_room_more_is_refused() {
    let house = House::with(|config| config.rooms_max = 2).await;
    let _one = house.enter("ward 1", "li").await;
    let _two = house.enter("ward 2", "li").await;
    for form in FORMS {
        let mut client = house.knock(form, &token("ward 3", "li")).await;
        // One who speaks before he listens is told all the same.
        client.say(Ask::Ping(1)).await;
        assert_eq!(farewell(&mut client).await, FULL);
    }
    assert_eq!((house.refused("rooms_full"), house.metric("gateway_rooms")), (2, 2));
    house.enter("ward 2", "wang").await.settle().await;
}

#[tokio::test]
async fn one_participant_more_is_refused_but_not_one_who_comes_again() {
    let house = House::with(|config| config.participants_per_room_max = 2).await;
    let (mut one, _) = house.join(Form::Json, &token("ward", "one")).await;
    let _two = house.enter("ward", "two").await;
    for form in FORMS {
        let mut client = house.knock(form, &token("ward", "three")).await;
        assert_eq!(farewell(&mut client).await, FULL);
    }
    assert_eq!((house.refused("room_full"), house.metric("gateway_participants")), (2, 2));
    one.settle().await;
    house.enter("ward", "one").await.settle().await;
    one.rest().await;
    one = house.enter("ward", "one").await;
    one.say(Ask::Leave(lk::LeaveRequest::default())).await;
    one.rest().await;
    house.enter("ward", "three").await.settle().await;
}

#[tokio::test]
async fn one_track_more_is_refused() {
    let house = House::with(|config| config.tracks_per_participant_max = 3).await;
    for form in FORMS {
        let (mut client, _) = house.join(form, &token("ward", "li")).await;
        client.publish("one", &print()).await;
        client.add("two", lk::TrackSource::Camera).await;
        client.add("three", lk::TrackSource::Camera).await;
        client.announce("four", lk::TrackSource::Camera).await;
        assert_eq!(client.refusal().await, Reason::LimitExceeded);
        // The same announcement again is no new track.
        client.add("three", lk::TrackSource::Camera).await;
        // A track that has ended makes room.
        let ended = sound("one").replace("sendonly", "inactive");
        client.describe("offer", 2, &(head(&print()) + &ended)).await;
        client.add("four", lk::TrackSource::Camera).await;
    }
    assert_eq!(house.dropped("tracks_full"), 2);
}

#[tokio::test]
async fn who_comes_back_has_no_fresh_burst() {
    let house = House::with(|config| config.signals_per_s_max = 1).await;
    let mut carried_out = 0;
    for turn in 0..10 {
        let mut client = house.enter("ward", "li").await;
        for _ in 0..4 {
            client.say(Ask::Simulate(lk::SimulateScenario::default())).await;
            carried_out += usize::from(client.refusal().await != Reason::LimitExceeded);
        }
        assert!(turn > 0 || carried_out == 4, "a burst of four seconds' worth");
    }
    // Four, and one for each second that the machine took.
    assert!(carried_out < 40, "{carried_out}");
    assert!(house.dropped("signal_rate") > 0);
}

#[tokio::test]
async fn a_loop_of_joins_is_refused_and_another_one_comes_in() {
    let house = House::start().await;
    let text = token("ward", "loop").sign(&house.keys).unwrap();
    let mut status = None;
    for _ in 0..2_000 {
        if let Err(refused) = house.open(Form::Json, &text, "").await {
            status = Some(refused);
            break;
        }
    }
    assert_eq!((status, house.refused("join_rate")), (Some(429), 1));
    house.enter("ward", "other").await.settle().await;
}

#[tokio::test]
async fn media_above_the_rate_is_dropped_and_counted() {
    let house = House::with(|config| config.packets_per_s_max = 1).await;
    let (mut speaker, _) = house.join(Form::Protobuf, &token("ward", "speaker")).await;
    let mut voice = Line::speak(&house, &mut speaker).await;
    let counted = async {
        while house.dropped("packet_rate") == 0 {
            voice.send(b"a word").await;
        }
    };
    within("the rate is reached", counted).await;
    assert!(house.metric("gateway_packets_in_total") > 0);
}
