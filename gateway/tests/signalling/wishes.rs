//! Who may have whose tracks, and faults that a client orders for itself.

use livekit_protocol as lk;
use lk::DisconnectReason;
use lk::leave_request::Action;
use lk::request_response::Reason;
use lk::signal_request::Message as Ask;
use lk::signal_response::Message as Said;
use lk::simulate_scenario::Scenario;

use crate::house::{Client, Form, House, free_port, print, token};
use crate::joining::{farewell, resume};
use crate::line::Line;

async fn allow(client: &mut Client, identities: &[&str]) {
    let entry = |identity: &&str| lk::TrackPermission {
        participant_identity: (*identity).to_owned(),
        all_tracks: true,
        ..Default::default()
    };
    let track_permissions = identities.iter().map(entry).collect();
    let wish = lk::SubscriptionPermission { all_participants: false, track_permissions };
    client.say(Ask::SubscriptionPermission(wish)).await;
}

async fn permission(client: &mut Client) -> bool {
    let pick = |said| match said {
        Said::SubscriptionPermissionUpdate(it) => Some(it.allowed),
        _ => None,
    };
    client.first(pick).await
}

#[tokio::test]
async fn only_those_whom_the_publisher_names_have_its_tracks() {
    let house = House::start().await;
    let (mut speaker, _) = house.join(Form::Protobuf, &token("ward", "speaker")).await;
    let mut voice = Line::speak(&house, &mut speaker).await;
    let mut named = house.enter("ward", "named").await;
    let mut ear = Line::listen(&house, &mut named).await;
    allow(&mut speaker, &["named"]).await;
    speaker.settle().await;
    // Who comes afterwards is asked as much as who was there.
    let mut other = house.enter("ward", "other").await;
    assert!(!permission(&mut other).await);
    let mut no_ear = Line::listen(&house, &mut other).await;
    voice.send(b"a word").await;
    assert_eq!(ear.hear().await, [b"a word"]);
    assert!(no_ear.heard_nothing().await);

    allow(&mut speaker, &["other"]).await;
    assert!(permission(&mut other).await, "what was refused is allowed now");
    let offer = other.offer().await;
    assert!(offer.sdp.contains("a=sendonly"), "{}", offer.sdp);
    assert!(!permission(&mut named).await);
    let offer = named.offer().await;
    assert!(offer.sdp.contains("a=inactive"), "{}", offer.sdp);
}

#[tokio::test]
async fn a_list_of_permissions_that_is_too_long_changes_nothing() {
    let house = House::start().await;
    let mut speaker = house.enter("ward", "speaker").await;
    allow(&mut speaker, &["somebody"; 301]).await;
    assert_eq!(speaker.refusal().await, Reason::LimitExceeded);
    assert_eq!(house.dropped("audience_too_long"), 1);
}

#[tokio::test]
async fn a_publisher_hears_once_that_its_track_is_taken() {
    let house = House::start().await;
    let (mut speaker, _) = house.join(Form::Protobuf, &token("ward", "speaker")).await;
    let _voice = Line::speak(&house, &mut speaker).await;
    for name in ["one", "other"] {
        let mut listener = house.enter("ward", name).await;
        let _ear = Line::listen(&house, &mut listener).await;
        let told = speaker.update_of(name).await;
        assert_eq!(told.identity, name);
        let before = speaker.settle().await;
        let told = before.iter().any(|it| matches!(it, Said::TrackSubscribed(_)));
        assert!(!told || name == "one", "told twice");
    }
}

async fn drill(client: &mut Client, scenario: Scenario) {
    client.say(Ask::Simulate(lk::SimulateScenario { scenario: Some(scenario) })).await;
}

#[tokio::test]
async fn a_client_is_sent_away_as_it_asks_and_nobody_else_is() {
    let house = House::start().await;
    let mut other = house.enter("ward", "other").await;
    for (scenario, farewells) in [
        (Scenario::ServerLeave(true), Some(Action::Disconnect)),
        (Scenario::LeaveRequestFullReconnect(true), Some(Action::Reconnect)),
        (Scenario::NodeFailure(true), None),
    ] {
        let mut client = house.enter("ward", "li").await;
        drill(&mut client, scenario).await;
        match farewells {
            Some(action) => {
                assert_eq!(farewell(&mut client).await, (DisconnectReason::ServerShutdown, action));
            }
            None => assert!(!client.rest().await.iter().any(|it| matches!(it, Said::Leave(_)))),
        }
        assert_eq!(house.metric("gateway_participants"), 1, "{scenario:?}");
        other.settle().await;
    }
}

#[tokio::test]
async fn a_line_that_is_cut_by_order_is_taken_up_again() {
    let house = House::start().await;
    let li = token("ward", "li");
    for (scenario, words) in [
        (Scenario::Migration(true), true),
        (Scenario::DisconnectSignalOnResume(true), true),
        (Scenario::DisconnectSignalOnResumeNoMessages(true), false),
    ] {
        let (mut client, joined) = house.join(Form::Protobuf, &li).await;
        let sid = joined.participant.unwrap().sid;
        drill(&mut client, scenario).await;
        if scenario == Scenario::Migration(true) {
            client.rest().await;
        } else {
            client.settle().await;
            let mut again = resume(&house, Form::Protobuf, &li, &sid).await;
            let said = again.rest().await;
            let known = matches!(said.first(), Some(Said::Reconnect(_)));
            assert_eq!(known, words, "{said:?}");
        }
        let mut again = resume(&house, Form::Protobuf, &li, &sid).await;
        let Said::Reconnect(_) = again.next().await else { panic!("no reconnect response") };
        again.settle().await;
        assert_eq!(house.metric("gateway_participants"), 1);
    }
}

#[tokio::test]
async fn a_client_alone_sees_itself_speak_by_order() {
    let house = House::start().await;
    let mut other = house.enter("ward", "other").await;
    let (mut client, joined) = house.join(Form::Protobuf, &token("ward", "li")).await;
    let sid = joined.participant.unwrap().sid;
    drill(&mut client, Scenario::SpeakerUpdate(1)).await;
    for active in [true, false] {
        let pick = |said| match said {
            Said::SpeakersChanged(it) => Some(it.speakers),
            _ => None,
        };
        let speakers = client.first(pick).await;
        assert_eq!((speakers[0].sid.as_str(), speakers[0].active), (sid.as_str(), active));
    }
    let told = other.settle().await;
    assert!(!told.iter().any(|it| matches!(it, Said::SpeakersChanged(_))), "{told:?}");
    drill(&mut client, Scenario::SubscriberBandwidth(100_000)).await;
    assert_eq!(client.refusal().await, Reason::UnsupportedType);
}

/// Whom a client is told to reach after it came anew: carriers of the candidates in the gateway's offer and in its
/// answer, TURN addresses, whether TURN is all it may use.
async fn told_ways(house: &House, identity: &str) -> (Vec<String>, Vec<String>, bool) {
    let (mut client, joined) = house.join(Form::Protobuf, &token("ward", identity)).await;
    let offer = client.offer().await.sdp;
    let answer = client.publish("mic", &print()).await.sdp;
    let carriers = |sdp: &str| {
        let lines = sdp.lines().filter_map(|line| line.strip_prefix("a=candidate:"));
        let mut carriers: Vec<String> =
            lines.filter_map(|it| it.split(' ').nth(2)).map(str::to_lowercase).collect();
        carriers.sort();
        carriers.dedup();
        carriers
    };
    assert_eq!(carriers(&offer), carriers(&answer));
    let urls = joined.ice_servers.into_iter().flat_map(|it| it.urls).collect();
    let configuration = joined.client_configuration.unwrap_or_default();
    (carriers(&offer), urls, configuration.force_relay() == lk::ClientConfigSetting::Enabled)
}

#[tokio::test]
async fn a_client_that_orders_a_carrier_finds_no_other_until_it_takes_that_back() {
    let house = House::with(|config| config.edge_port = Some(free_port())).await;
    let all = told_ways(&house, "li").await;
    assert_eq!((all.0.clone(), all.2), (vec!["tcp".to_owned(), "udp".to_owned()], false));
    for (protocol, carriers, relays) in [
        (lk::CandidateProtocol::Tcp, &["tcp"][..], false),
        (lk::CandidateProtocol::Tls, &["tcp", "udp"], true),
    ] {
        let (mut client, _) = house.join(Form::Protobuf, &token("ward", "li")).await;
        drill(&mut client, Scenario::SwitchCandidateProtocol(protocol.into())).await;
        client.settle().await;
        let told = told_ways(&house, "li").await;
        assert!(told.0.iter().eq(carriers) && told.2 == relays, "{told:?}");
        let secure = told.1.iter().filter(|it| it.starts_with("turns:")).count();
        assert!(secure == 1 && (told.1.len() > 1) != relays, "{:?}", told.1);
        assert_eq!(told_ways(&house, "wang").await, all, "only who ordered it");
    }
    let (mut client, _) = house.join(Form::Protobuf, &token("ward", "li")).await;
    drill(&mut client, Scenario::SwitchCandidateProtocol(0)).await;
    client.settle().await;
    assert_eq!(told_ways(&house, "li").await, all);
}

#[tokio::test]
async fn a_carrier_that_cannot_be_is_refused() {
    let house = House::with(|config| config.participants_per_room_max = 1).await;
    let (mut client, _) = house.join(Form::Protobuf, &token("ward", "li")).await;
    for protocol in [lk::CandidateProtocol::Tls.into(), 7] {
        drill(&mut client, Scenario::SwitchCandidateProtocol(protocol)).await;
        assert_eq!(client.refusal().await, Reason::UnsupportedType);
    }
    drill(&mut client, Scenario::SwitchCandidateProtocol(1)).await;
    client.say(Ask::Leave(lk::LeaveRequest::default())).await;
    client.rest().await;
    let mut other = house.enter("ward", "wang").await;
    drill(&mut other, Scenario::SwitchCandidateProtocol(1)).await;
    assert_eq!(other.refusal().await, Reason::LimitExceeded);
    assert_eq!(house.dropped("carriers_full"), 1);
}
