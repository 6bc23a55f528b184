//! What publishers are told of the use of their layers, and what their answers agree on.

use std::time::{Duration, Instant};

use gateway::Config;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::stage::{House, LONG, Page};

/// A browser's offer of a voice (track `voice`) and a camera in three layers (track `camera`).
fn offer() -> String {
    let fingerprint = ["AB"; 32].join(":");
    let head = ["v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0 1"];
    let transport = [
        "c=IN IP4 0.0.0.0".to_owned(),
        "a=ice-ufrag:ufrag".to_owned(),
        "a=ice-pwd:a-password-of-24-letters".to_owned(),
        format!("a=fingerprint:sha-256 {fingerprint}"),
        "a=setup:actpass".to_owned(),
        "a=rtcp-mux".to_owned(),
        "a=sendonly".to_owned(),
        "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid".to_owned(),
    ];
    let voice = [
        "a=mid:0",
        "a=msid:- voice",
        "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
        "a=rtpmap:111 opus/48000/2",
    ];
    let camera = [
        "a=mid:1",
        "a=msid:- camera",
        "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
        "a=rtpmap:96 VP8/90000",
        "a=rtpmap:97 rtx/90000",
        "a=fmtp:97 apt=96",
        "a=rid:q send",
        "a=rid:h send",
        "a=rid:f send",
        "a=simulcast:send q;h;f",
    ];
    let mut lines: Vec<&str> = head.to_vec();
    lines.push("m=audio 9 UDP/TLS/RTP/SAVPF 111");
    lines.extend(transport.iter().map(String::as_str));
    lines.extend(voice);
    lines.push("m=video 9 UDP/TLS/RTP/SAVPF 96 97");
    lines.extend(transport.iter().map(String::as_str));
    lines.extend(camera);
    lines.join("\r\n") + "\r\n"
}

/// Announces and offers voice and camera; the camera's id and the answer.
async fn publish(page: &mut Page) -> (String, String) {
    page.say(json!({ "addTrack": { "cid": "voice", "type": "AUDIO", "source": "MICROPHONE" } }))
        .await;
    page.hear("trackPublished").await;
    let layers: Vec<Value> = [("LOW", 320), ("MEDIUM", 640), ("HIGH", 1280)]
        .map(|(quality, width)| json!({ "quality": quality, "width": width }))
        .to_vec();
    let camera = json!({ "cid": "camera", "type": "VIDEO", "source": "CAMERA", "layers": layers });
    page.say(json!({ "addTrack": camera })).await;
    let published = page.hear("trackPublished").await;
    page.say(json!({ "offer": { "type": "offer", "sdp": offer(), "id": 1 } })).await;
    let answer = page.hear("answer").await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&published["track"]["sid"]), text(&answer["sdp"]))
}

/// Which of low, medium and high the publisher shall send.
async fn used(page: &mut Page, camera: &str) -> [bool; 3] {
    let update = page.hear("subscribedQualityUpdate").await;
    assert_eq!(update["trackSid"], camera);
    let codec = &update["subscribedCodecs"][0];
    assert_eq!(
        (&codec["codec"], &codec["qualities"]),
        (&json!("vp8"), &update["subscribedQualities"])
    );
    ["LOW", "MEDIUM", "HIGH"].map(|quality| {
        let listed = codec["qualities"].as_array().unwrap().iter();
        // A word of number 0 is left out in protobuf-JSON.
        let named = |it: &&Value| {
            it.get("quality").is_none_or(|it| it == "LOW") == (quality == "LOW")
                && it.get("quality").is_none_or(|it| it == quality)
        };
        listed.clone().find(named).expect(quality)["enabled"] == true
    })
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "it measures what takes real time")]
async fn a_publisher_hears_which_layers_anybody_uses() {
    let house = House::start(Config::default()).await;
    let at = house.serve().await;
    let mut teacher = house.join(&at, "teacher").await;
    let (camera, answer) = publish(&mut teacher).await;
    assert!(answer.contains("ssrc-audio-level"), "speakers are found by it: {answer}");
    assert!(answer.contains("a=simulcast:recv q;h;f"), "{answer}");
    assert_eq!(used(&mut teacher, &camera).await, [false; 3], "nobody is there");

    let mut pupil = house.join(&at, "pupil").await;
    assert_eq!(used(&mut teacher, &camera).await, [true; 3], "a newcomer takes the best");
    let settings = |more: Value| {
        let mut settings = json!({ "trackSids": [camera] });
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "trackSetting": settings })
    };
    let began = Instant::now();
    pupil.say(settings(json!({ "width": 320, "height": 180 }))).await;
    assert_eq!(used(&mut teacher, &camera).await, [true, false, false]);
    assert!(began.elapsed() >= Duration::from_millis(1_900), "fewer has time");
    pupil.say(settings(json!({ "width": 640, "height": 360 }))).await;
    let at_once = timeout(Duration::from_millis(1_500), used(&mut teacher, &camera));
    assert_eq!(at_once.await.expect("more is told at once"), [true, true, false]);
    pupil.say(settings(json!({ "disabled": true }))).await;
    assert_eq!(used(&mut teacher, &camera).await, [false; 3]);
    pupil.say(json!({ "leave": {} })).await;
    timeout(LONG, pupil.ends()).await.expect("the pupil leaves");
    house.gateway.stop().await;
}
