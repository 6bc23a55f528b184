//! Coming, going, and coming back.

use futures_util::StreamExt as _;
use livekit_protocol as lk;
use lk::DisconnectReason;
use lk::leave_request::Action;
use lk::participant_info::State;
use lk::signal_request::Message as Ask;
use lk::signal_response::Message as Said;
use session::AccessToken;
use tokio_tungstenite::tungstenite::Message;

use crate::house::{Client, FORMS, Form, House, now_s, recorded, token, until, value, within};
use crate::line::Line;

/// What the gateway says to somebody whom it does not let in or sends away.
pub(crate) async fn farewell(client: &mut Client) -> (DisconnectReason, Action) {
    let rest = client.rest().await;
    let leave = rest.into_iter().find_map(|said| match said {
        Said::Leave(it) => Some((it.reason(), it.action())),
        _ => None,
    });
    leave.expect("a word of farewell")
}

pub(crate) async fn resume(house: &House, form: Form, token: &AccessToken, sid: &str) -> Client {
    let (text, more) = (token.sign(&house.keys).unwrap(), format!("&reconnect=1&sid={sid}"));
    house.open(form, &text, &more).await.unwrap()
}

#[tokio::test]
async fn a_newcomer_is_told_of_the_room_in_its_own_form() {
    let house = House::start().await;
    for form in FORMS {
        let (mut client, joined) = house.join(form, &token("ward", "li")).await;
        let me = joined.participant.unwrap();
        assert_eq!((me.identity.as_str(), me.name.as_str()), ("li", "name of li"));
        assert!(me.sid.starts_with("PA_"));
        assert_eq!(joined.room.unwrap().name, "ward");
        assert!(joined.subscriber_primary);
        assert!(joined.ping_timeout > joined.ping_interval);
        let version = joined.server_info.unwrap().version;
        let parts: Vec<u32> = version.split('.').map(|it| it.parse().unwrap()).collect();
        assert!(parts >= vec![1, 8, 0], "{version}: SDKs would call no method of another");
        let offer = client.offer().await;
        assert!(offer.sdp.contains("m=application"), "{}", offer.sdp);
        assert!(offer.sdp.contains(&format!(" {} typ host", house.gateway.media_port())));
        client.pong().await;
    }
}

#[tokio::test]
async fn a_room_that_is_recorded_takes_every_codec_too() {
    let house = House::start().await;
    for ward in [token("plain", "li"), recorded("kept", "li")] {
        let (_client, joined) = house.join(Form::Json, &ward).await;
        let codecs: Vec<_> = joined.enabled_publish_codecs.into_iter().map(|it| it.mime).collect();
        for codec in ["video/AV1", "video/VP9"] {
            assert!(codecs.contains(&codec.to_owned()), "{codecs:?}");
        }
    }
}

#[tokio::test]
async fn both_kinds_of_ping_are_answered() {
    let house = House::start().await;
    for form in FORMS {
        let (mut client, _) = house.join(form, &token("ward", "li")).await;
        client.say(Ask::Ping(1)).await;
        client.first(|said| matches!(said, Said::Pong(at) if at > 0).then_some(())).await;
        client.pong().await;
    }
}

#[tokio::test]
async fn others_see_a_participant_from_the_moment_its_path_stands() {
    let house = House::start().await;
    let mut early = house.enter("ward", "early").await;
    let (mut li, joined) = house.join(Form::Protobuf, &token("ward", "li")).await;
    assert_eq!(joined.other_participants, [], "the early one has no path yet");
    let before = early.settle().await;
    let told = before.iter().any(|it| matches!(it, Said::Update(_)));
    assert!(!told, "{before:?}");
    let _line = Line::listen(&house, &mut li).await;
    let seen = early.update_of("li").await;
    assert_eq!((seen.state(), seen.name.as_str()), (State::Active, "name of li"));
    let (_late, joined) = house.join(Form::Json, &token("ward", "late")).await;
    let others: Vec<_> = joined.other_participants.iter().map(|it| it.identity.as_str()).collect();
    assert_eq!(others, ["li"]);
}

#[tokio::test]
async fn others_are_told_what_a_client_says_that_it_can_do() {
    let house = House::start().await;
    let mut other = house.enter("ward", "other").await;
    let text = token("ward", "li").sign(&house.keys).unwrap();
    let mut li = house.open(Form::Protobuf, &text, "&client_protocol=2").await.unwrap();
    let _line = Line::listen(&house, &mut li).await;
    assert_eq!(other.update_of("li").await.client_protocol, 2);
}

#[tokio::test]
async fn who_comes_twice_replaces_himself() {
    let house = House::start().await;
    for form in FORMS {
        let (mut first, joined) = house.join(form, &token("ward", "li")).await;
        let (mut second, again) = house.join(form, &token("ward", "li")).await;
        let leave = farewell(&mut first).await;
        assert_eq!(leave, (DisconnectReason::DuplicateIdentity, Action::Disconnect));
        assert_ne!(joined.participant.unwrap().sid, again.participant.unwrap().sid);
        second.settle().await;
        assert_eq!(house.metric("gateway_participants"), 1);
    }
}

#[tokio::test]
async fn others_are_told_who_left() {
    let house = House::start().await;
    let mut stays = house.enter("ward", "stays").await;
    for form in FORMS {
        let (mut goes, _) = house.join(form, &token("ward", "goes")).await;
        let _line = Line::listen(&house, &mut goes).await;
        assert_eq!(stays.update_of("goes").await.state(), State::Active);
        goes.say(Ask::Leave(lk::LeaveRequest::default())).await;
        let gone = stays.update_of("goes").await;
        assert_eq!(gone.state(), State::Disconnected);
        assert_eq!(gone.disconnect_reason(), DisconnectReason::ClientInitiated);
        goes.rest().await;
        assert_eq!(house.metric("gateway_participants"), 1);
    }
}

#[tokio::test]
async fn a_broken_line_is_taken_up_again() {
    let house = House::start().await;
    for form in FORMS {
        let li = token("ward", "li");
        let (mut client, joined) = house.join(form, &li).await;
        let before = client.offer().await;
        drop(client);
        let sid = joined.participant.unwrap().sid;
        let mut client = resume(&house, form, &li, &sid).await;
        let Said::Reconnect(_) = client.next().await else { panic!("no reconnect response") };
        let Said::Update(_) = client.next().await else { panic!("no update") };
        let offer = client.offer().await;
        assert_ne!(value(&before.sdp, "ice-ufrag"), value(&offer.sdp, "ice-ufrag"));
        assert_ne!(value(&before.sdp, "ice-pwd"), value(&offer.sdp, "ice-pwd"));
        assert!(offer.id > before.id);
        client.settle().await;
        assert_eq!(house.metric("gateway_participants"), 1);
    }
}

#[tokio::test]
async fn who_resumes_is_told_who_left_meanwhile() {
    let house = House::start().await;
    let (mut goes, _) = house.join(Form::Json, &token("ward", "goes")).await;
    let _line = Line::listen(&house, &mut goes).await;
    goes.update_of("goes").await;
    let li = token("ward", "li");
    let (client, joined) = house.join(Form::Json, &li).await;
    assert_eq!(joined.other_participants.len(), 1);
    drop(client);
    goes.say(Ask::Leave(lk::LeaveRequest::default())).await;
    goes.rest().await;
    let mut client = resume(&house, Form::Json, &li, &joined.participant.unwrap().sid).await;
    assert_eq!(client.update_of("goes").await.state(), State::Disconnected);
}

#[tokio::test]
async fn who_is_not_known_any_more_must_join_anew() {
    let house = House::start().await;
    let _stays = house.enter("ward", "stays").await;
    for (form, room, sid) in [
        (Form::Protobuf, "ward", "PA_nobody"),
        (Form::Json, "ward", ""),
        (Form::Json, "no such room", "PA_nobody"),
    ] {
        let mut client = resume(&house, form, &token(room, "li"), sid).await;
        let leave = farewell(&mut client).await;
        assert_eq!(leave, (DisconnectReason::StateMismatch, Action::Reconnect));
    }
    // The right person under the id of an earlier stay.
    let mut client = resume(&house, Form::Json, &token("ward", "stays"), "PA_earlier").await;
    assert_eq!(farewell(&mut client).await.1, Action::Reconnect);
    assert_eq!(house.refused("resume_unknown"), 4);
}

#[tokio::test]
async fn who_is_silent_is_asked_for_a_sign_of_life_and_lost_without_one() {
    let house = House::start().await;
    let mut stays = house.enter("ward", "stays").await;
    let (mut silent, joined) = house.join(Form::Json, &token("ward", "silent")).await;
    let _line = Line::listen(&house, &mut silent).await;
    stays.update_of("silent").await;
    within("a ping", async {
        while !matches!(silent.socket.next().await, Some(Ok(Message::Ping(_)))) {}
    })
    .await;
    // It reads no more, and so answers no more.
    let sid = joined.participant.unwrap().sid;
    let lost = |it: &lk::ConnectionQualityInfo| {
        it.participant_sid == sid && it.quality() == lk::ConnectionQuality::Lost
    };
    let told = |said| match said {
        Said::ConnectionQuality(it) => it.updates.iter().any(lost).then_some(()),
        _ => None,
    };
    stays.first(told).await;
    // It is there all the same.
    silent.pong().await;
    let found = |it: &lk::ConnectionQualityInfo| it.participant_sid == sid && !lost(it);
    let told = |said| match said {
        Said::ConnectionQuality(it) => it.updates.iter().any(found).then_some(()),
        _ => None,
    };
    stays.first(told).await;
}

#[tokio::test]
async fn who_does_not_come_back_is_gone() {
    let house = House::with(|config| config.resume_s = 1).await;
    let mut stays = house.enter("ward", "stays").await;
    let (mut goes, _) = house.join(Form::Json, &token("ward", "goes")).await;
    let _line = Line::listen(&house, &mut goes).await;
    stays.update_of("goes").await;
    drop(goes);
    let gone = stays.update_of("goes").await;
    assert_eq!(gone.disconnect_reason(), DisconnectReason::SignalClose);
}

#[tokio::test]
async fn an_empty_room_ends_and_its_name_is_free() {
    let house = House::with(|config| config.empty_room_s = 0).await;
    let (mut client, first) = house.join(Form::Json, &token("ward", "li")).await;
    client.say(Ask::Leave(lk::LeaveRequest::default())).await;
    client.rest().await;
    until("the room is over", || house.metric("gateway_rooms") == 0).await;
    let (_client, again) = house.join(Form::Json, &token("ward", "li")).await;
    assert_ne!(first.room.unwrap().sid, again.room.unwrap().sid);
}

#[tokio::test]
async fn a_token_in_use_is_renewed_and_the_new_one_opens_the_door() {
    let house = House::with(|config| config.renew_token_s = 1).await;
    let brief = AccessToken { expires_s: now_s() - 20, ..token("ward", "li") };
    let (mut client, joined) = house.join(Form::Json, &brief).await;
    let fresh =
        client.first(|said| if let Said::RefreshToken(it) = said { Some(it) } else { None }).await;
    let read = AccessToken::read(&fresh, &house.keys, now_s()).unwrap();
    assert!(read.expires_s > now_s() + 60);
    assert_eq!((&read.video, &read.identity), (&brief.video, &brief.identity));
    drop(client);
    let sid = joined.participant.unwrap().sid;
    let more = format!("&reconnect=1&sid={sid}");
    let mut client = house.open(Form::Json, &fresh, &more).await.unwrap();
    let Said::Reconnect(_) = client.next().await else { panic!("the fresh token resumes") };
    let expired = AccessToken { expires_s: now_s() - 61, ..brief };
    let expired = expired.sign(&house.keys).unwrap();
    assert_eq!(house.open(Form::Json, &expired, &more).await.err(), Some(401));
    let changed = format!("{fresh}x");
    assert_eq!(house.open(Form::Json, &changed, &more).await.err(), Some(401));
    assert_eq!(house.refused("bad_token"), 2);
}

#[tokio::test]
async fn when_the_gateway_stops_everybody_is_told_to_come_back() {
    let house = House::start().await;
    let mut client = house.enter("ward", "li").await;
    within("the end", house.gateway.stop()).await;
    let leave = farewell(&mut client).await;
    assert_eq!(leave, (DisconnectReason::ServerShutdown, Action::Reconnect));
}
