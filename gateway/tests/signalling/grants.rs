//! What a token does not grant is not done, whatever its bearer asks.

use livekit_protocol as lk;
use lk::request_response::Reason;
use lk::signal_request::Message as Ask;
use lk::signal_response::Message as Said;
use session::{AccessToken, Own, VideoGrant};

use crate::house::{FORMS, Form, House, head, print, sound, token};
use crate::line::Line;

fn with(room: &str, identity: &str, change: impl FnOnce(&mut VideoGrant)) -> AccessToken {
    let mut token = token(room, identity);
    change(&mut token.video);
    token
}

#[tokio::test]
async fn who_may_not_publish_announces_and_sends_nothing() {
    let house = House::start().await;
    let mut other = house.enter("ward", "other").await;
    for form in FORMS {
        let mute = with("ward", "mute", |it| it.can_publish = Some(false));
        let (mut client, joined) = house.join(form, &mute).await;
        assert!(!joined.participant.unwrap().permission.unwrap().can_publish);
        client.announce("voice", lk::TrackSource::Microphone).await;
        assert_eq!(client.refusal().await, Reason::NotAllowed);
        // And an offer without an announcement brings no track either.
        client.describe("offer", 1, &(head(&print()) + &sound("voice"))).await;
        let answer =
            client.first(|said| if let Said::Answer(it) = said { Some(it) } else { None }).await;
        assert!(answer.sdp.contains("a=inactive"), "{}", answer.sdp);
    }
    assert_eq!(house.dropped("track_unannounced"), 2);
    let told = other.settle().await;
    assert!(
        !told.iter().any(|it| matches!(it, Said::Update(it) if it.participants[0].is_publisher))
    );
}

#[tokio::test]
async fn only_the_granted_sources_are_taken() {
    let house = House::start().await;
    let voice = with("ward", "li", |it| it.can_publish_sources = vec!["microphone".to_owned()]);
    let (mut client, _) = house.join(Form::Json, &voice).await;
    client.add("voice", lk::TrackSource::Microphone).await;
    for source in [
        lk::TrackSource::Camera,
        lk::TrackSource::ScreenShare,
        lk::TrackSource::ScreenShareAudio,
        lk::TrackSource::Unknown,
    ] {
        client.announce("more", source).await;
        assert_eq!(client.refusal().await, Reason::NotAllowed, "{source:?}");
    }
    // A picture is no microphone, whatever it is called.
    let (r#type, source) = (lk::TrackType::Video.into(), lk::TrackSource::Microphone.into());
    let cid = "picture".to_owned();
    client
        .say(Ask::AddTrack(lk::AddTrackRequest { cid, r#type, source, ..Default::default() }))
        .await;
    assert_eq!(client.refusal().await, Reason::InvalidRequest);
}

#[tokio::test]
async fn who_may_not_subscribe_hears_nothing() {
    let house = House::start().await;
    let (mut speaker, _) = house.join(Form::Protobuf, &token("ward", "speaker")).await;
    let mut voice = Line::speak(&house, &mut speaker).await;
    let mut hears = house.enter("ward", "hears").await;
    let deaf = with("ward", "deaf", |it| it.can_subscribe = Some(false));
    let (mut deaf, joined) = house.join(Form::Json, &deaf).await;
    let track = joined.other_participants[0].tracks[0].sid.clone();
    let mut ear = Line::listen(&house, &mut hears).await;
    let mut no_ear = Line::listen(&house, &mut deaf).await;
    // Asking for it by name does not help.
    let track_sids = vec![track];
    let wish = lk::UpdateSubscription { track_sids, subscribe: true, ..Default::default() };
    deaf.say(Ask::Subscription(wish)).await;
    let told = deaf.settle().await;
    assert!(!told.iter().any(|it| matches!(it, Said::Offer(_))), "{told:?}");
    voice.send(b"a word").await;
    assert_eq!(ear.hear().await, [b"a word"]);
    assert!(no_ear.heard_nothing().await);
}

#[tokio::test]
async fn what_a_server_muted_is_passed_on_to_nobody_until_its_own_client_opens_it() {
    let house = House::start().await;
    let (mut speaker, _) = house.join(Form::Protobuf, &token("ward", "speaker")).await;
    let mut voice = Line::speak(&house, &mut speaker).await;
    let (mut hears, joined) = house.join(Form::Json, &token("ward", "hears")).await;
    let mut ear = Line::listen(&house, &mut hears).await;
    voice.send(b"before").await;
    assert_eq!(ear.hear().await, [b"before"]);
    let sid = joined.other_participants[0].tracks[0].sid.clone();
    let ask = serde_json::json!({
        "room": "ward", "identity": "speaker", "trackSid": &sid, "muted": true
    });
    house.govern("ward", "MutePublishedTrack", &ask).await;
    // A client that does not listen to its server, as no device can.
    voice.send(b"meanwhile").await;
    assert!(ear.heard_nothing().await);
    speaker.say(Ask::Mute(lk::MuteTrackRequest { sid, muted: false })).await;
    speaker.settle().await;
    voice.send(b"after").await;
    assert_eq!(ear.hear().await, [b"after"]);
}

#[tokio::test]
async fn who_may_not_change_its_description_does_not() {
    let house = House::start().await;
    let wish = |request_id| {
        let name = "somebody else".to_owned();
        Ask::UpdateMetadata(lk::UpdateParticipantMetadata {
            name,
            request_id,
            ..Default::default()
        })
    };
    let mut client = house.enter("ward", "li").await;
    client.say(wish(900)).await;
    assert_eq!(client.refusal().await, Reason::NotAllowed);
    let may = with("ward", "may", |it| it.can_update_own_metadata = true);
    let (mut may, _) = house.join(Form::Json, &may).await;
    may.say(wish(901)).await;
    assert_eq!(may.update_of("may").await.name, "somebody else");
    assert_eq!(may.refusal().await, Reason::Ok);
}

#[tokio::test]
async fn the_hidden_are_not_seen() {
    let house = House::start().await;
    let mut other = house.enter("ward", "other").await;
    let hidden = with("ward", "hidden", |it| it.hidden = true);
    let (mut hidden, _) = house.join(Form::Json, &hidden).await;
    let _line = Line::listen(&house, &mut hidden).await;
    hidden.update_of("hidden").await;
    hidden.say(Ask::Leave(lk::LeaveRequest::default())).await;
    hidden.rest().await;
    let told = other.settle().await;
    assert!(!told.iter().any(|it| matches!(it, Said::Update(_))), "{told:?}");
}

#[tokio::test]
async fn nobody_hides_in_a_booked_session() {
    let house = House::start().await;
    let own = Some(Own { session: Some("booked".to_owned()), ..Default::default() });
    let booked = |identity| AccessToken { own: own.clone(), ..token("booked", identity) };
    let (mut other, _) = house.join(Form::Json, &booked("other")).await;
    let mut hidden = booked("hidden");
    hidden.video.hidden = true;
    let (mut spy, _) = house.join(Form::Json, &hidden).await;
    let _line = Line::listen(&house, &mut spy).await;
    assert_eq!(other.update_of("hidden").await.identity, "hidden");
    let (_, joined) = house.join(Form::Json, &booked("late")).await;
    assert!(joined.other_participants.iter().any(|it| it.identity == "hidden"));
    // Nor by a server's word, which the page would be told as a departure.
    let permission = serde_json::json!({ "canSubscribe": true, "hidden": true });
    let ask =
        serde_json::json!({ "room": "booked", "identity": "hidden", "permission": permission });
    house.govern("booked", "UpdateParticipant", &ask).await;
    let told = other.update_of("hidden").await;
    assert_eq!(told.state(), lk::participant_info::State::Active);
}

#[tokio::test]
async fn a_screen_is_somebody_whom_the_others_see() {
    let house = House::start().await;
    let mut other = house.enter("ward", "other").await;
    let line = Line::watch(&house, &token("ward", "wall")).await;
    let of_wall = |it: &lk::ParticipantInfo| {
        it.attributes.get("screenOf").map(String::as_str) == Some("wall")
    };
    let seen = |said| match said {
        Said::Update(it) => it.participants.into_iter().find(of_wall),
        _ => None,
    };
    let told = other.first(seen).await;
    assert!(told.identity.starts_with("wall|watch-"), "{told:?}");
    assert_eq!(told.state(), lk::participant_info::State::Active);
    let (_, joined) = house.join(Form::Json, &token("ward", "late")).await;
    assert_eq!(joined.other_participants.iter().filter(|it| of_wall(it)).count(), 1);
    assert_eq!(joined.room.unwrap().num_participants, 3);
    // Its token hides it where no session was booked.
    let spy = with("ward", "spy", |it| it.hidden = true);
    let _spy = Line::watch(&house, &spy).await;
    let told = other.settle().await;
    let spied = |it: &lk::ParticipantInfo| it.identity.starts_with("spy");
    assert!(
        !told.iter().any(|it| matches!(it, Said::Update(it) if it.participants.iter().any(spied)))
    );
    drop(line);
}

#[tokio::test]
async fn nothing_of_one_room_reaches_another() {
    let house = House::start().await;
    let (mut speaker, _) = house.join(Form::Json, &token("ward 1", "speaker")).await;
    let mut voice = Line::speak(&house, &mut speaker).await;
    let track = speaker.add("camera", lk::TrackSource::Camera).await;
    let (mut inside, joined) = house.join(Form::Json, &token("ward 1", "inside")).await;
    let published = joined.other_participants[0].tracks[0].clone();
    let mut ear = Line::listen(&house, &mut inside).await;
    let (mut spy, joined) = house.join(Form::Json, &token("ward 2", "speaker")).await;
    assert_eq!(joined.other_participants, []);
    let mut spy_ear = Line::listen(&house, &mut spy).await;
    for sid in [&published.sid, &track.sid] {
        let track_sids = vec![sid.clone()];
        let wish = lk::UpdateSubscription { track_sids, subscribe: true, ..Default::default() };
        spy.say(Ask::Subscription(wish)).await;
        spy.say(Ask::Mute(lk::MuteTrackRequest { sid: sid.clone(), muted: true })).await;
    }
    let told = spy.settle().await;
    assert!(!told.iter().any(|it| matches!(it, Said::Offer(_))), "{told:?}");
    voice.send(b"a secret").await;
    assert_eq!(ear.hear().await, [b"a secret"]);
    assert!(spy_ear.heard_nothing().await);
    let told = inside.settle().await;
    let muted_track = |it: &lk::ParticipantInfo| it.tracks.iter().any(|it| it.muted);
    let muted =
        |it: &Said| matches!(it, Said::Update(it) if it.participants.iter().any(muted_track));
    assert!(!told.iter().any(muted), "{told:?}");
    // A token for one room and the participant id of another.
    let text = token("ward 2", "inside").sign(&house.keys).unwrap();
    let sid = &published.sid;
    let mut thief =
        house.open(Form::Json, &text, &format!("&reconnect=1&sid={sid}")).await.unwrap();
    let said = thief.rest().await;
    assert!(matches!(said.as_slice(), [Said::Leave(_)]), "{said:?}");
}
