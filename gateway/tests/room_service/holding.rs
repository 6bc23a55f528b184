//! What a server decided about a person holds as long as the room, however the person comes.

use gateway::Config;
use serde_json::{Value, json};
use session::VideoGrant;

use crate::stage::{House, Page, ROOM};

/// Takes away the right to send, and gives another name.
async fn silence(house: &House, identity: &str) {
    let permission = json!({ "canSubscribe": true, "canPublishData": true });
    let ask = json!({ "room": ROOM, "identity": identity, "name": "静音", "permission": permission,
        "attributes": { "seat": "3" } });
    house.done("UpdateParticipant", ask).await;
}

fn microphone(cid: &str) -> Value {
    json!({ "addTrack": { "cid": cid, "type": "AUDIO", "source": "MICROPHONE" } })
}

fn claims(token: &str) -> Value {
    use base64::Engine as _;
    let body = token.split('.').nth(1).unwrap();
    let body = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(body).unwrap();
    serde_json::from_slice(&body).unwrap()
}

/// Whether a page may send, as it is told and as it finds out.
async fn may_send(page: &mut Page, described: &Value) -> bool {
    let told = described["permission"]["canPublish"] == json!(true);
    page.say(microphone("mine")).await;
    // Whichever comes: the track, or the refusal.
    let refused = loop {
        let message = page.next().await;
        if message.get("requestResponse").is_some_and(|it| it["reason"] == "NOT_ALLOWED") {
            break true;
        }
        if message.get("trackPublished").is_some() {
            break false;
        }
    };
    assert_eq!(told, !refused, "{described}");
    told
}

#[tokio::test]
async fn a_right_that_was_taken_stays_taken_however_the_person_comes_back() {
    let house = House::start(Config { renew_token_s: 1, ..Config::default() }).await;
    let at = house.serve().await;
    let _teacher = house.join(&at, "teacher").await;
    let old = house.pass("pupil");
    let mut page = Page::knock(&at, &old, "").await;
    let sid = page.hear("join").await["participant"]["sid"].as_str().unwrap().to_owned();
    silence(&house, "pupil").await;

    // The token that is renewed while it is there.
    let fresh = page.hear("refreshToken").await;
    let fresh = fresh.as_str().unwrap().to_owned();
    let told = claims(&fresh);
    assert_eq!((&told["video"]["canPublish"], &told["name"]), (&json!(false), &json!("静音")));
    assert_eq!(told["attributes"]["seat"], "3");
    drop(page);

    for token in [&old, &fresh] {
        // Resumed.
        let mut page = Page::knock(&at, token, &format!("&reconnect=1&sid={sid}")).await;
        page.hear("reconnect").await;
        let update = page.hear("update").await;
        let me = update["participants"].as_array().unwrap().iter();
        let me = me.clone().find(|it| it["identity"] == "pupil").unwrap().clone();
        assert!(!may_send(&mut page, &me).await);
    }
    for token in [&old, &fresh, &house.pass("pupil")] {
        // Anew, with the old token, the renewed one and one that was minted just now.
        let mut page = Page::knock(&at, token, "").await;
        let me = page.hear("join").await["participant"].clone();
        assert_eq!((&me["name"], &me["attributes"]["seat"]), (&json!("静音"), &json!("3")));
        assert!(!may_send(&mut page, &me).await);
        // As a device, which takes the page's place.
        assert_eq!(house.visit("whip", token).await, (403, "/problems/not-granted".to_owned()));
        assert_eq!(house.visit("whep", token).await.0, 201);
    }

    // What a server gives, it gives in the same way: more than the token says.
    let permission = json!({ "canSubscribe": false, "canPublish": true });
    let ask = json!({ "room": ROOM, "identity": "pupil", "permission": permission });
    house.done("UpdateParticipant", ask).await;
    let listens = VideoGrant {
        room: ROOM.into(),
        room_join: true,
        can_publish: Some(false),
        ..VideoGrant::default()
    };
    let listens = house.token("pupil", listens);
    let mut page = Page::knock(&at, &listens, "").await;
    let me = page.hear("join").await["participant"].clone();
    assert!(may_send(&mut page, &me).await);
    assert_eq!(house.visit("whip", &listens).await.0, 201);
    assert_eq!(house.visit("whep", &listens).await, (403, "/problems/not-granted".to_owned()));

    // With the room it is over.
    house.done("DeleteRoom", json!({ "room": ROOM })).await;
    let mut page = house.join(&at, "pupil").await;
    page.say(microphone("mine")).await;
    page.hear("trackPublished").await;
}

#[tokio::test]
async fn who_was_removed_stays_out_until_a_server_lets_it_in_again() {
    let house = House::start(Config::default()).await;
    let at = house.serve().await;
    let mut teacher = house.join(&at, "teacher").await;
    let token = house.pass("pupil");
    let mut page = Page::knock(&at, &token, "").await;
    let sid = page.hear("join").await["participant"]["sid"].as_str().unwrap().to_owned();
    assert_eq!(house.visit("whep", &token).await.0, 201);
    let one = json!({ "room": ROOM, "identity": "pupil" });
    house.done("RemoveParticipant", one.clone()).await;
    assert_eq!(page.hear("leave").await["reason"], "PARTICIPANT_REMOVED");
    page.ends().await;
    let people = house.done("ListParticipants", json!({ "room": ROOM })).await;
    assert_eq!(people["participants"].as_array().unwrap().len(), 1, "its screen is gone too");

    for token in [token.clone(), house.pass("pupil")] {
        for more in
            [String::new(), format!("&reconnect=1&sid={sid}"), "&reconnect=1&or_join=1".into()]
        {
            let mut page = Page::knock(&at, &token, &more).await;
            let leave = page.hear("leave").await;
            assert_eq!(leave["reason"], "PARTICIPANT_REMOVED", "{more}");
            assert_eq!(leave.get("action"), None, "it is not told to try again");
            page.ends().await;
        }
        for door in ["whip", "whep"] {
            let refused = (403, "/problems/removed".to_owned());
            assert_eq!(house.visit(door, &token).await, refused);
        }
    }
    assert_eq!(house.fault("RemoveParticipant", one.clone()).await.0, 404);

    // Somebody of whom nothing is known is nobody; who was removed is let in.
    let stranger = json!({ "room": ROOM, "identity": "stranger" });
    assert_eq!(house.fault("UpdateParticipant", stranger).await.0, 404);
    let told = house.done("UpdateParticipant", one).await;
    assert_eq!((&told["identity"], &told["state"]), (&json!("pupil"), &json!("DISCONNECTED")));
    let mut page = Page::knock(&at, &token, "").await;
    page.hear("join").await;
    teacher.say(json!({ "leave": {} })).await;
}

#[tokio::test]
async fn what_a_server_muted_stays_mute_until_the_person_opens_it() {
    let house = House::start(Config::default()).await;
    let at = house.serve().await;
    let _teacher = house.join(&at, "teacher").await;
    let mut page = house.join(&at, "pupil").await;
    let sid = page.announce().await;
    let mute = json!({ "room": ROOM, "identity": "pupil", "trackSid": sid, "muted": true });
    house.done("MutePublishedTrack", mute).await;
    page.hear("mute").await;

    // It comes back with a microphone that is open, as its page believes.
    let mut page = house.join(&at, "pupil").await;
    page.say(microphone("again")).await;
    let track = page.hear("trackPublished").await["track"].clone();
    assert_eq!(track["muted"], true);
    assert_eq!(page.hear("mute").await, json!({ "sid": track["sid"], "muted": true }));
    // A camera was not meant.
    page.say(json!({ "addTrack": { "cid": "c", "type": "VIDEO", "source": "CAMERA" } })).await;
    assert_eq!(page.hear("trackPublished").await["track"].get("muted"), None);

    // Its page missed it: it is told again before it is told how it is described.
    let me = house.done("GetParticipant", json!({ "room": ROOM, "identity": "pupil" })).await;
    let resumed = format!("&reconnect=1&sid={}", me["sid"].as_str().unwrap());
    let mut page = Page::knock(&at, &house.pass("pupil"), &resumed).await;
    page.hear("reconnect").await;
    let next = page.next().await;
    assert_eq!(next["mute"], json!({ "sid": track["sid"], "muted": true }), "{next}");

    page.say(json!({ "mute": { "sid": track["sid"], "muted": false } })).await;
    let mut page = house.join(&at, "pupil").await;
    page.say(microphone("third")).await;
    assert_eq!(page.hear("trackPublished").await["track"].get("muted"), None);
}
