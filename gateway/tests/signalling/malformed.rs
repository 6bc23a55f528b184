//! Whatever a client says, it and the others go on.

use std::fmt::Write as _;
use std::time::Instant;

use livekit_protocol as lk;
use lk::request_response::Reason;
use lk::signal_request::Message as Ask;
use lk::signal_response::Message as Said;
use prost::Message as _;
use tokio_tungstenite::tungstenite::Message;

use crate::house::{
    Client, FORMS, Form, House, PATIENCE, accept, head, print, sound, token, until,
};

/// The same bytes in every run (xorshift).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next() as u8).collect()
    }
}

/// Both go on after what one of them has said.
async fn both_go_on(house: &House, one: &mut Client, other: &mut Client) {
    one.pong().await;
    one.settle().await;
    other.pong().await;
    other.settle().await;
    house.gateway.ready().unwrap();
}

async fn pair(house: &House, form: Form) -> (Client, Client) {
    let (one, _) = house.join(form, &token("ward", "one")).await;
    (one, house.enter("ward", "other").await)
}

#[tokio::test]
async fn frames_that_are_no_messages_are_told_and_counted() {
    let house = House::start().await;
    let (mut one, mut other) = pair(&house, Form::Protobuf).await;
    let offer = lk::SignalRequest {
        message: Some(Ask::Offer(lk::SessionDescription {
            sdp: head(&print()),
            ..Default::default()
        })),
    };
    let whole = offer.encode_to_vec();
    for cut in [1, 2, whole.len() / 2, whole.len() - 1] {
        one.frame(Message::binary(whole[..cut].to_vec())).await;
        assert_eq!(one.refusal().await, Reason::InvalidRequest);
    }
    both_go_on(&house, &mut one, &mut other).await;
    let nested = format!("{}1{}", "[".repeat(50_000), "]".repeat(50_000));
    for text in
        ["", "{", "[]", "null", "{\"offer\":7}", "{\"add_track\":{\"type\":\"X\"}}", &nested]
    {
        other.frame(Message::text(text)).await;
        assert_eq!(other.refusal().await, Reason::InvalidRequest, "{text:.40}");
    }
    both_go_on(&house, &mut one, &mut other).await;
    assert_eq!(house.dropped("signal_unreadable"), 11);
}

#[tokio::test]
async fn random_bytes_end_at_most_the_connection_that_they_came_by() {
    let house = House::start().await;
    let mut other = house.enter("ward", "other").await;
    let mut random = Random(0x5eed);
    for round in 0..20 {
        let form = FORMS[round % 2];
        let (mut one, _) = house.join(form, &token("ward", "one")).await;
        for len in [1, 2, 3, 7, 40, 300, 5_000, 60_000] {
            one.frame(Message::binary(random.bytes(len))).await;
        }
        other.pong().await;
    }
    other.settle().await;
    assert!(house.dropped("signal_unreadable") > 50, "{}", house.gateway.metrics());
}

#[tokio::test]
async fn who_says_nothing_readable_for_long_is_cut_off() {
    let house = House::start().await;
    let (mut one, mut other) = pair(&house, Form::Json).await;
    for _ in 0..11 {
        one.frame(Message::text("?")).await;
    }
    one.rest().await;
    other.settle().await;
    assert_eq!(house.dropped("signal_unreadable"), 11);
}

#[tokio::test]
async fn a_frame_that_is_too_long_is_told_and_one_without_measure_ends_the_connection() {
    let house = House::start().await;
    for form in FORMS {
        let (mut one, mut other) = pair(&house, form).await;
        for len in [256 * 1024 + 1, 300_000] {
            match form {
                Form::Protobuf => one.frame(Message::binary(vec![0xAA; len])).await,
                Form::Json => one.frame(Message::text("x".repeat(len))).await,
            }
            assert_eq!(one.refusal().await, Reason::LimitExceeded);
        }
        both_go_on(&house, &mut one, &mut other).await;
        one.frame(Message::binary(vec![0; 3 << 20])).await;
        one.rest().await;
        other.settle().await;
    }
    assert_eq!(house.dropped("signal_too_long"), 4);
    until("the cut lines are counted", || house.dropped("signal_broken") >= 2).await;
}

#[tokio::test]
async fn answers_to_nothing_change_nothing() {
    let house = House::start().await;
    for form in FORMS {
        let (mut one, mut other) = pair(&house, form).await;
        let offer = one.offer().await;
        let answer = accept(&offer.sdp, &print());
        one.describe("answer", offer.id + 7, &answer).await;
        one.describe("answer", offer.id, &answer).await;
        one.describe("answer", offer.id, &answer).await;
        one.describe("answer", 0, &answer).await;
        both_go_on(&house, &mut one, &mut other).await;
    }
    assert_eq!(house.dropped("answer_unasked"), 6);
}

#[tokio::test]
async fn descriptions_that_make_no_sense_are_refused() {
    let house = House::start().await;
    let (mut one, mut other) = pair(&house, Form::Protobuf).await;
    let good = head(&print());
    let nonsense = [
        String::new(),
        "v=0".to_owned(),
        "hello".to_owned(),
        good.replace("sha-256", "sha-1"),
        good.replace("active", "passive"),
        good.replace("a=setup:active", "a=setup:sideways"),
        good.replace("a=ice-ufrag:mine\r\n", ""),
        good.clone() + "a=ice-lite\r\n",
        good.clone() + "m=audio\r\n",
        good.clone() + "m=audio 99999 X 1\r\na=mid:0\r\n",
        good.clone() + "m=audio 9 X 111\r\na=mid:" + &"m".repeat(10_000) + "\r\n",
        good.clone() + "\u{0}\r\n",
        good.clone() + &sound("voice").repeat(600),
    ];
    for (number, sdp) in (1..).zip(&nonsense) {
        for kind in ["offer", "answer"] {
            one.describe(kind, 1, sdp).await;
            assert_eq!(one.refusal().await, Reason::InvalidRequest, "{kind} {sdp:.200}");
        }
        assert_eq!(house.dropped("request_invalid"), 2 * number);
    }
    both_go_on(&house, &mut one, &mut other).await;
    // Odd but possible: an offer of nothing, of things nobody knows, and of what was not announced.
    for more in [
        String::new(),
        "m=text 9 X t140\r\na=mid:t\r\n".to_owned(),
        "m=video 9 X 1 2 3\r\na=mid:\r\n".to_owned(),
        sound("voice").repeat(400),
    ] {
        one.describe("offer", 9, &(good.clone() + &more)).await;
        let answer =
            one.first(|said| if let Said::Answer(it) = said { Some(it) } else { None }).await;
        let sections = |sdp: &str| sdp.lines().filter(|it| it.starts_with("m=")).count();
        assert_eq!((answer.id, sections(&answer.sdp)), (9, sections(&more)));
    }
    both_go_on(&house, &mut one, &mut other).await;
}

/// Descriptions made to cost time: long lists that a careless reader looks up in each other.
#[tokio::test]
async fn costly_descriptions_do_not_hold_up_the_others() {
    let house = House::with(|config| config.signals_per_s_max = 100_000).await;
    let (mut one, mut other) = pair(&house, Form::Protobuf).await;
    let video = "m=video 9 UDP/TLS/RTP/SAVPF";
    let many = |line: &str, times: usize| line.repeat(times);
    let mut rids = String::new();
    (0..6_000).for_each(|it| write!(rids, "a=rid:{it} send\r\n").unwrap());
    let order: Vec<String> = (10_000..20_000).map(|it| it.to_string()).collect();
    let costly = [
        format!("{video}{}\r\n{}", many(" 7", 50_000), many("a=rtpmap:9 x/1\r\n", 8_000)),
        format!(
            "{video}{}\r\n{}{}",
            many(" 7", 16),
            "a=rtpmap:7 VP8/90000\r\n",
            many("a=rtpmap:9 rtx/90000\r\na=fmtp:8 apt=1\r\n", 5_000)
        ),
        format!("{video} 7\r\n{rids}a=simulcast:send {}\r\n", order.join(";")),
        // The most that passes for possible.
        many(
            &format!(
                "{video}{}\r\na=rtpmap:7 VP8/90000\r\n{}{}",
                many(" 7", 16),
                many("a=rtpmap:9 rtx/90000\r\na=fmtp:8 apt=1\r\n", 127),
                many("a=x\r\n", 740)
            ),
            25,
        ),
    ];
    let mut slowest = 0;
    for (times, sdp) in [10, 10, 10, 1].into_iter().zip(costly) {
        assert!(sdp.len() < 250_000, "{}", sdp.len());
        for _ in 0..times {
            one.describe("offer", 1, &(head(&print()) + &sdp)).await;
        }
        let begun = Instant::now();
        other.settle().await;
        slowest = slowest.max(begun.elapsed().as_millis());
    }
    assert!(slowest < PATIENCE.as_millis() / 2, "another waited for {slowest} ms");
}

#[tokio::test]
async fn nobody_touches_what_is_not_his() {
    let house = House::start().await;
    for form in FORMS {
        let (mut one, mut other) = pair(&house, form).await;
        let track = other.add("camera", lk::TrackSource::Camera).await.sid;
        for sid in [track.as_str(), "TR_nobody", ""] {
            let sid = sid.to_owned();
            one.say(Ask::Mute(lk::MuteTrackRequest { sid: sid.clone(), muted: true })).await;
            let track_sids = vec![sid.clone(); 1_000];
            for subscribe in [true, false] {
                let track_sids = track_sids.clone();
                let wish = lk::UpdateSubscription { track_sids, subscribe, ..Default::default() };
                one.say(Ask::Subscription(wish)).await;
            }
            let settings =
                lk::UpdateTrackSettings { track_sids, disabled: true, ..Default::default() };
            one.say(Ask::TrackSetting(settings)).await;
        }
        both_go_on(&house, &mut one, &mut other).await;
        let again = other.add("camera", lk::TrackSource::Camera).await;
        assert_eq!((again.sid, again.muted), (track, false));
    }
    assert!(house.dropped("track_unknown") > 0);
}

#[tokio::test]
async fn announcements_without_measure_are_refused() {
    let house = House::start().await;
    let (mut one, mut other) = pair(&house, Form::Protobuf).await;
    let plain = lk::AddTrackRequest { cid: "cid".to_owned(), ..Default::default() };
    let long = "x".repeat(10_000);
    let codec = lk::SimulcastCodec { codec: long.clone(), ..Default::default() };
    for request in [
        lk::AddTrackRequest { cid: long.clone(), ..plain.clone() },
        lk::AddTrackRequest { name: long.clone(), ..plain.clone() },
        lk::AddTrackRequest { stream: long.clone(), ..plain.clone() },
        lk::AddTrackRequest { layers: vec![lk::VideoLayer::default(); 5_000], ..plain.clone() },
        lk::AddTrackRequest { audio_features: vec![1; 5_000], ..plain.clone() },
        lk::AddTrackRequest { simulcast_codecs: vec![codec; 20], ..plain.clone() },
    ] {
        one.say(Ask::AddTrack(request)).await;
        assert_eq!(one.refusal().await, Reason::InvalidRequest);
    }
    both_go_on(&house, &mut one, &mut other).await;
    assert_eq!(house.dropped("request_invalid"), 6);
}

#[tokio::test]
async fn a_burst_is_refused_above_the_rate_and_the_rate_holds_again_after_it() {
    for form in FORMS {
        let house = House::start().await;
        let (mut one, mut other) = pair(&house, form).await;
        let before = house.dropped("signal_rate");
        for _ in 0..1_000 {
            one.say(Ask::Simulate(lk::SimulateScenario::default())).await;
        }
        let (mut refused, mut carried_out) = (0, 0);
        while refused + carried_out < 1_000 {
            match one.refusal().await {
                Reason::LimitExceeded => refused += 1,
                _ => carried_out += 1,
            }
        }
        // 50 a second, and four seconds' worth at once.
        assert!((200..500).contains(&carried_out), "{carried_out}");
        assert_eq!(house.dropped("signal_rate") - before, refused);
        other.pong().await;
        other.settle().await;
        // The first message that is within the rate again is carried out.
        loop {
            one.say(Ask::Simulate(lk::SimulateScenario::default())).await;
            if one.refusal().await != Reason::LimitExceeded {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test]
async fn what_the_gateway_does_not_do_is_declined() {
    let house = House::start().await;
    for form in FORMS {
        let (mut one, mut other) = pair(&house, form).await;
        for ask in [
            Ask::Simulate(lk::SimulateScenario::default()),
            Ask::StoreDataBlobRequest(lk::StoreDataBlobRequest::default()),
            Ask::PublishDataTrackRequest(lk::PublishDataTrackRequest::default()),
        ] {
            one.say(ask).await;
            assert_eq!(one.refusal().await, Reason::UnsupportedType);
        }
        both_go_on(&house, &mut one, &mut other).await;
    }
    assert_eq!(house.dropped("request_unsupported"), 6);
}
