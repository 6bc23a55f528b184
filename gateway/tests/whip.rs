//! WHIP and WHEP over real HTTP: what the doors answer, and what the room sees of it.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test may stop, and tokens need the time"
)]

use std::time::Duration;

use archive::tap::{Body, Decoder, Record};
use futures_util::StreamExt as _;
use gateway::{Config, Gateway};
use livekit_protocol as lk;
use lk::signal_response::Message as Said;
use prost::Message as _;
use session::{AccessToken, Keys, Own, Role, VideoGrant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// The root of the house's other keys.
const ROOT: &str = "a root that nobody is given, long enough";
const SDP: &str = "application/sdp";
const FRAGMENT: &str = "application/trickle-ice-sdpfrag";
const PATIENCE: Duration = Duration::from_secs(20);

struct House {
    _gateway: Gateway,
    address: String,
    keys: Keys,
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let own = |line: &&str| line.to_lowercase().starts_with(&format!("{name}:"));
        Some(self.head.lines().find(own)?.split_once(':')?.1.trim())
    }

    /// The type of the problem that it tells.
    fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.head);
        let body: serde_json::Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(body["status"], self.status);
        assert!(!body["detail"].as_str().unwrap().is_empty());
        body["type"].as_str().unwrap().to_owned()
    }
}

fn token(room: &str, identity: &str) -> AccessToken {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    AccessToken {
        identity: identity.to_owned(),
        expires_s: now.as_secs() + 600,
        video: VideoGrant { room: room.to_owned(), room_join: true, ..Default::default() },
        ..Default::default()
    }
}

/// An offer with these sections: media word, direction, lines of its codecs.
fn offer(sections: &[(&str, &str, &str)]) -> String {
    let print = ["AB"; 32].join(":");
    let names: Vec<String> = (0..sections.len()).map(|it| it.to_string()).collect();
    let mut sdp = format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE {}\r\na=ice-ufrag:abcd\r\n\
         a=ice-pwd:0123456789012345678901\r\na=fingerprint:sha-256 {print}\r\na=setup:actpass\r\n",
        names.join(" ")
    );
    for (place, (media, direction, codecs)) in sections.iter().enumerate() {
        let line = format!("m={media} 9 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\n");
        sdp += &format!("{line}a=mid:{place}\r\na=rtcp-mux\r\na={direction}\r\n{codecs}");
    }
    sdp
}

const OPUS: &str = "a=rtpmap:96 opus/48000/2\r\n";
const G722: &str = "a=rtpmap:96 G722/8000\r\n";
const VP8: &str = "a=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n";
/// A fragment of the client whose offer is above.
const CANDIDATES: &str = "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n\
    m=audio 9 RTP/AVP 0\r\na=mid:0\r\na=candidate:1 1 udp 1 192.0.2.1 61764 typ host\r\n";

fn camera_and_voice() -> String {
    offer(&[("audio", "sendonly", OPUS), ("video", "sendonly", VP8)])
}

fn screen() -> String {
    offer(&[("audio", "recvonly", OPUS), ("video", "recvonly", VP8)])
}

/// The lines of an answer that say what the client is to tell of its packets.
fn told(answer: &Answer) -> Vec<&str> {
    assert_eq!(answer.status, 201, "{}", answer.body);
    let kinds = ["transport-cc", "goog-remb", "ccfb"];
    answer.body.lines().filter(|line| kinds.iter().any(|it| line.ends_with(it))).collect()
}

#[tokio::test]
async fn a_screen_is_asked_for_the_best_feedback_that_it_has() {
    let house = House::start(|_| {}).await;
    let numbers =
        "a=extmap:5 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n";
    let (remb, ccfb) = ("a=rtcp-fb:96 goog-remb\r\n", "a=rtcp-fb:* ack ccfb\r\n");
    for (said, agreed) in [
        (String::new(), &[][..]),
        (remb.to_owned(), &["a=rtcp-fb:96 goog-remb"]),
        (format!("{remb}{ccfb}"), &["a=rtcp-fb:* ack ccfb"]),
        (format!("{remb}{ccfb}{numbers}"), &["a=rtcp-fb:96 transport-cc"]),
    ] {
        let sdp = offer(&[("video", "recvonly", &format!("{VP8}{said}"))]);
        let answer = house.post("/whep/ward", &token("ward", "tv"), &sdp).await;
        assert_eq!(told(&answer), agreed, "{said}");
    }
}

/// An identity without the random part of a screen's.
fn plain(identity: &str) -> String {
    match identity.split_once("|watch-") {
        Some((of, _)) => format!("{of}'s "),
        None => identity.to_owned(),
    }
}

fn ufrag(text: &str) -> &str {
    text.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:")).unwrap()
}

impl House {
    async fn start(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config { media_port: 0, ..Config::default() };
        change(&mut config);
        let keys = Keys::new("test", "a secret that is long enough for HS256", ROOT).unwrap();
        let gateway = Gateway::start(config, keys.clone()).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let router = gateway.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { _gateway: gateway, address, keys }
    }

    fn bearer(&self, token: &AccessToken) -> String {
        format!("Authorization: Bearer {}\r\n", token.sign(&self.keys).unwrap())
    }

    async fn send(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let mut socket = TcpStream::connect(&self.address).await.unwrap();
        let fixed =
            format!("Host: here\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
        let head = format!("{method} {path} HTTP/1.1\r\n{fixed}{headers}\r\n");
        socket.write_all(head.as_bytes()).await.unwrap();
        socket.write_all(body.as_bytes()).await.unwrap();
        let mut text = vec![];
        timeout(PATIENCE, socket.read_to_end(&mut text)).await.unwrap().unwrap();
        let text = String::from_utf8(text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    async fn post(&self, path: &str, token: &AccessToken, sdp: &str) -> Answer {
        let headers = format!("{}Content-Type: {SDP}\r\n", self.bearer(token));
        self.send("POST", path, &headers, sdp).await
    }

    async fn patch(&self, path: &str, token: &AccessToken, tag: &str, body: &str) -> Answer {
        let tag = if tag.is_empty() { String::new() } else { format!("If-Match: {tag}\r\n") };
        let headers = format!("{}Content-Type: {FRAGMENT}\r\n{tag}", self.bearer(token));
        self.send("PATCH", path, &headers, body).await
    }

    async fn end(&self, path: &str, token: &AccessToken) -> Answer {
        self.send("DELETE", path, &self.bearer(token), "").await
    }

    /// Joins by LiveKit's signalling.
    async fn join(&self, token: &AccessToken) -> Page {
        let text = token.sign(&self.keys).unwrap();
        let url = format!("ws://{}/rtc?access_token={text}", self.address);
        Page(tokio_tungstenite::connect_async(url).await.unwrap().0)
    }
}

struct Page(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Page {
    /// The first thing told that `look` has an answer for.
    async fn first<T>(&mut self, look: impl Fn(Said) -> Option<T>) -> T {
        let told = async {
            loop {
                let frame = self.0.next().await.unwrap().unwrap();
                let said = lk::SignalResponse::decode(frame.into_data()).unwrap();
                if let Some(found) = said.message.and_then(&look) {
                    return found;
                }
            }
        };
        timeout(PATIENCE, told).await.expect("told in time")
    }

    async fn update(&mut self) -> lk::ParticipantInfo {
        let look = |said| match said {
            Said::Update(it) => it.participants.into_iter().next(),
            Said::Leave(_) => panic!("the page was sent away"),
            _ => None,
        };
        self.first(look).await
    }
}

#[tokio::test]
async fn a_device_becomes_a_participant_that_pages_see() {
    let house = House::start(|_| {}).await;
    let mut page = house.join(&token("ward", "li")).await;
    let camera = token("ward", "camera 1");
    let begun = house.post("/whip/ward", &camera, &camera_and_voice()).await;
    assert_eq!(begun.status, 201, "{}", begun.body);
    assert_eq!(begun.header("content-type"), Some(SDP));
    assert_eq!(begun.header("accept-patch"), Some(FRAGMENT));
    assert_eq!(begun.header("access-control-allow-origin"), Some("*"));
    assert!(begun.header("access-control-expose-headers").unwrap().contains("Location, ETag"));
    let relay = begun.header("link").expect("a way for those whom only a relay reaches");
    assert!(
        relay.starts_with("<turn:127.0.0.1:") && relay.contains("; rel=\"ice-server\"; "),
        "{relay}"
    );
    assert!(
        relay.contains("username=") && relay.ends_with("credential-type=\"password\""),
        "{relay}"
    );
    assert_eq!(begun.header("etag").unwrap(), format!("\"{}\"", ufrag(&begun.body)));
    assert_eq!(begun.body.matches("a=recvonly").count(), 2);
    let location = begun.header("location").unwrap();
    assert!(location.starts_with("/whip/ward/") && location.len() == "/whip/ward/".len() + 32);
    let seen = page.update().await;
    assert_eq!(
        (seen.identity.as_str(), seen.kind()),
        ("camera 1", lk::participant_info::Kind::Ingress)
    );
    let sources: Vec<lk::TrackSource> = seen.tracks.iter().map(lk::TrackInfo::source).collect();
    assert_eq!(sources, [lk::TrackSource::Microphone, lk::TrackSource::Camera]);
    assert_eq!(house.end(location, &camera).await.status, 200);
    while page.update().await.state() != lk::participant_info::State::Disconnected {}
    assert_eq!(house.end(location, &camera).await.problem(), "/problems/no-such-session");
}

#[tokio::test]
async fn ice_is_trickled_and_restarted_under_preconditions() {
    let house = House::start(|_| {}).await;
    for (door, sdp) in [("/whip/ward", camera_and_voice()), ("/whep/ward", screen())] {
        let me = token("ward", "me");
        let begun = house.post(door, &me, &sdp).await;
        let (path, tag) = (begun.header("location").unwrap(), begun.header("etag").unwrap());
        let other = CANDIDATES.replace("abcd", "wxyz");
        for (given, body, status) in [
            (tag, CANDIDATES, 204),
            ("*", CANDIDATES, 204),
            ("", CANDIDATES, 428),
            ("\"old\"", CANDIDATES, 412),
            (tag, &other, 412),
            ("*", "a=ice-ufrag:wxyz\r\n", 400),
            (tag, "nonsense", 400),
        ] {
            let answer = house.patch(path, &me, given, body).await;
            assert_eq!(answer.status, status, "{given} {body}");
        }
        let again = house.patch(path, &me, "*", &other).await;
        assert_eq!((again.status, again.header("content-type")), (200, Some(FRAGMENT)));
        let fresh = again.header("etag").unwrap();
        assert_ne!(fresh, tag);
        assert_eq!(fresh, format!("\"{}\"", ufrag(&again.body)));
        for part in ["a=ice-pwd:", "a=mid:0", " typ host"] {
            assert!(again.body.contains(part), "{}", again.body);
        }
        assert_eq!(house.patch(path, &me, tag, &other).await.status, 412);
        assert_eq!(house.patch(path, &me, fresh, &other).await.status, 204);
        let stranger = house.end(path, &token("ward", "somebody")).await;
        assert_eq!((stranger.status, stranger.problem().as_str()), (403, "/problems/not-yours"));
        let mut last = house.patch(path, &me, fresh, &other).await;
        for _ in 0..200 {
            if last.status == 429 {
                break;
            }
            last = house.patch(path, &me, fresh, &other).await;
        }
        assert_eq!((last.status, last.header("retry-after")), (429, Some("1")));
    }
}

#[tokio::test]
async fn what_is_wrong_is_said_with_what_to_do() {
    let house = House::start(|_| {}).await;
    let me = token("ward", "me");
    let sdp = camera_and_voice();
    let (mut mute, mut deaf, mut shows) = (me.clone(), me.clone(), me.clone());
    mute.video.can_publish = Some(false);
    deaf.video.can_subscribe = Some(false);
    shows.video.can_publish_sources = vec!["screen_share".to_owned()];
    for (path, token, sdp, status) in [
        ("/whip/other", &me, sdp.clone(), 403),
        ("/whip/ward", &mute, sdp.clone(), 403),
        ("/whip/ward", &shows, sdp.clone(), 403),
        ("/whep/ward", &deaf, screen(), 403),
        ("/whip/ward", &me, "v=0 but nothing else".to_owned(), 400),
        ("/whip/ward", &me, sdp.replace("t=0 0", "t=0 0\r\na=ice-lite"), 400),
        ("/whip/ward", &me, screen(), 400),
        ("/whep/ward", &me, sdp.clone(), 400),
        ("/whip/ward", &me, offer(&[("audio", "sendonly", G722)]), 406),
        ("/whep/ward", &me, offer(&[("audio", "recvonly", G722)]), 406),
        ("/whip/ward", &me, format!("v=0\r\n{}", "a=x\r\n".repeat(14_000)), 413),
    ] {
        let answer = house.post(path, token, &sdp).await;
        assert_eq!(answer.status, status, "{path} {}", answer.body);
        answer.problem();
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    }
    assert_eq!(house.end("/whip/ward/0123", &me).await.status, 404);
}

#[tokio::test]
async fn headers_and_methods_are_as_the_standard_has_them() {
    let house = House::start(|_| {}).await;
    let (me, sdp) = (token("ward", "me"), camera_and_voice());
    let form = format!("Content-Type: {SDP}\r\n");
    for bearer in ["", "Authorization: Bearer a.b.c\r\n", "Authorization: Basic YTpi\r\n"] {
        let answer = house.send("POST", "/whip/ward", &format!("{bearer}{form}"), &sdp).await;
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, Some("Bearer")));
        answer.problem();
    }
    let json = format!("{}Content-Type: application/json\r\n", house.bearer(&me));
    let answer = house.send("POST", "/whip/ward", &json, &sdp).await;
    assert_eq!((answer.status, answer.header("accept-post")), (415, Some(SDP)));
    let patch = house.send("PATCH", "/whip/ward/x", &json, CANDIDATES).await;
    assert_eq!((patch.status, patch.header("accept-patch")), (415, Some(FRAGMENT)));
    for (method, path) in [
        ("GET", "/whip/ward"),
        ("PUT", "/whep/ward"),
        ("DELETE", "/whip/ward"),
        ("GET", "/whip/ward/x"),
        ("POST", "/whip/ward/x"),
        ("PUT", "/whep/ward/x"),
    ] {
        let answer = house.send(method, path, &house.bearer(&me), "").await;
        assert_eq!(answer.status, 405);
        answer.problem();
        assert!(answer.header("allow").unwrap().contains("OPTIONS"));
    }
    let asked = house.send("OPTIONS", "/whip/ward", "Origin: http://page\r\n", "").await;
    assert_eq!((asked.status, asked.header("accept-post")), (204, Some(SDP)));
    assert!(asked.header("access-control-allow-headers").unwrap().contains("Authorization"));
}

#[tokio::test]
async fn places_are_bounded() {
    let house = House::start(|it| (it.rooms_max, it.participants_per_room_max) = (1, 18)).await;
    assert_eq!(house.post("/whip/a", &token("a", "one"), &camera_and_voice()).await.status, 201);
    let more = house.post("/whip/b", &token("b", "one"), &camera_and_voice()).await;
    assert_eq!((more.status, more.header("retry-after")), (503, Some("60")));
    assert_eq!(more.problem(), "/problems/rooms-full");
    for _ in 0..16 {
        assert_eq!(house.post("/whep/a", &token("a", "wall"), &screen()).await.status, 201);
    }
    let more = house.post("/whep/a", &token("a", "wall"), &screen()).await;
    assert_eq!((more.status, more.header("retry-after")), (429, Some("30")));
    assert_eq!(house.post("/whep/a", &token("a", "guest"), &screen()).await.status, 201);
    let more = house.post("/whep/a", &token("a", "late"), &screen()).await;
    assert_eq!((more.status, more.problem().as_str()), (503, "/problems/room-full"));
}

#[tokio::test]
async fn a_device_that_comes_again_takes_its_own_place() {
    let house = House::start(|_| {}).await;
    let camera = token("ward", "camera");
    let first = house.post("/whip/ward", &camera, &camera_and_voice()).await;
    let again = house.post("/whip/ward", &camera, &camera_and_voice()).await;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(house.end(first.header("location").unwrap(), &camera).await.status, 404);
    assert_eq!(house.end(again.header("location").unwrap(), &camera).await.status, 200);
}

#[tokio::test]
async fn a_recorder_hears_of_devices_and_of_screens() {
    let house = House::start(|_| {}).await;
    let own = Own { record: Some(true), ..Default::default() };
    let recorded = |identity| AccessToken { own: Some(own.clone()), ..token("ward", identity) };
    let wall = AccessToken {
        own: Some(Own { role: Some(Role::Specialist), ..own.clone() }),
        ..recorded("wall")
    };
    assert_eq!(house.post("/whep/ward", &wall, &screen()).await.status, 201);
    // One that hides is told to the recording all the same.
    let mut spy = recorded("spy");
    spy.video.hidden = true;
    let spying = house.post("/whep/ward", &spy, &screen()).await;
    house.end(spying.header("location").unwrap(), &spy).await;
    let camera = recorded("camera");
    let begun = house.post("/whip/ward", &camera, &camera_and_voice()).await;
    house.end(begun.header("location").unwrap(), &camera).await;
    let service = AccessToken::for_service("recorder", 0, u64::MAX / 2).sign(&house.keys).unwrap();
    let mut request = format!("ws://{}/tap", house.address).into_client_request().unwrap();
    request.headers_mut().insert("authorization", format!("Bearer {service}").parse().unwrap());
    let (mut tap, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    let (mut told, mut ended) = (vec![], false);
    while !ended {
        let frame = timeout(PATIENCE, tap.next()).await.unwrap().unwrap().unwrap();
        if !frame.is_binary() {
            continue;
        }
        let frame = frame.into_data();
        let mut records = Decoder::new(&frame);
        while let Some(bytes) = records.next_bytes() {
            match Record::decode(bytes.unwrap()).unwrap().body {
                Body::ParticipantJoined(it) => {
                    told.push(format!("joined {}{}", plain(&it.identity), it.role));
                }
                Body::TrackPublished(it) => told.push(format!("{} {}", it.identity, it.name)),
                Body::ParticipantLeft(it) => {
                    told.push(format!("left {}", plain(&it.identity)));
                    ended = it.identity == "camera";
                }
                _ => {}
            }
        }
    }
    let screens = ["joined wall's observer", "joined spy's ", "left spy's "];
    let device = ["joined camera", "camera microphone", "camera camera", "left camera"];
    assert_eq!(told, [&screens[..], &device[..]].concat());
}

const H264: &str = "a=rtpmap:96 H264/90000\r\n";

/// The detail of a refusal with this status.
fn detail(answer: &Answer, status: u16) -> String {
    assert_eq!(answer.status, status, "{}", answer.body);
    answer.problem();
    let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    body["detail"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_section_that_cannot_work_is_named_with_what_to_set() {
    let house = House::start(|_| {}).await;
    let me = token("ward", "me");
    let (sound, picture) = (("audio", "sendonly", OPUS), ("video", "sendonly", VP8));
    let both = offer(&[sound, picture]);
    let wide = H264.to_owned() + "a=fmtp:96 packetization-mode=1;profile-level-id=f4001f\r\n";
    let odd = H264.to_owned() + "a=fmtp:96 packetization-mode=2\r\n";
    let h265 = "a=rtpmap:96 H265/90000\r\n";
    for (door, sdp, status, section, advice) in [
        ("whip", offer(&[sound, ("video", "sendonly", h265)]), 406, "Section 2 (video)", "VP8"),
        ("whip", offer(&[sound, ("video", "sendonly", &wide)]), 406, "Section 2 (video)", "4:2:0"),
        (
            "whip",
            offer(&[sound, ("video", "sendonly", &odd)]),
            406,
            "Section 2",
            "packetization-mode=1",
        ),
        ("whip", offer(&[("audio", "sendonly", G722), picture]), 406, "Section 1 (audio)", "opus"),
        ("whip", offer(&[sound, ("video", "recvonly", VP8)]), 400, "Section 2", "a=sendonly"),
        ("whep", offer(&[("audio", "recvonly", OPUS), picture]), 400, "Section 2", "a=recvonly"),
        ("whip", both.replacen("a=rtcp-mux\r\n", "", 1), 400, "Section 1 (audio)", "a=rtcp-mux"),
        (
            "whip",
            both.replace("a=group:BUNDLE 0 1", "a=group:BUNDLE 0"),
            400,
            "Section 2",
            "BUNDLE",
        ),
        ("whip", both.replace("a=group:BUNDLE 0 1\r\n", ""), 400, "Section 1", "a=group:BUNDLE"),
        ("whip", both.replace("a=mid:1\r\n", "a=mid:0\r\n"), 400, "Section 2", "a=mid of its own"),
        ("whip", both.replace("a=mid:1\r\n", ""), 400, "Section 2 (video)", "a=mid of its own"),
        ("whip", both.replace("a=ice-pwd", "a=x"), 400, "", "a=ice-pwd"),
        ("whip", both.replace("a=ice-ufrag", "a=x"), 400, "", "a=ice-ufrag"),
        ("whip", both.replace("a=fingerprint", "a=x"), 400, "", "SHA-256 a=fingerprint"),
        (
            "whep",
            offer(&[("video", "recvonly", VP8); 2]),
            400,
            "Section 2 (video)",
            "one of pictures",
        ),
        ("whep", offer(&[("video", "recvonly", H264)]), 406, "Section 1", "packetization-mode=1"),
    ] {
        let said = detail(&house.post(&format!("/{door}/ward"), &me, &sdp).await, status);
        assert!(said.contains(section) && said.contains(advice), "{said} / {section} {advice}");
    }
    let mut mute = me.clone();
    mute.video.can_publish_sources = vec!["camera".to_owned()];
    let said = detail(&house.post("/whip/ward", &mute, &both).await, 403);
    assert!(said.contains("Section 1 (audio)") && said.contains("microphone"), "{said}");
    // A section that was switched off before it was offered is nothing that was offered.
    let silent = offer(&[sound, ("video", "inactive", VP8)]);
    assert_eq!(house.post("/whip/ward", &me, &silent).await.status, 201);
    let one = both.replace("m=video 9", "m=video 0").replace("BUNDLE 0 1", "BUNDLE 0");
    assert_eq!(house.post("/whip/ward", &me, &one).await.status, 201);
    assert_eq!(house.post("/whip/ward", &me, &offer(&[sound; 17])).await.status, 400);
}

#[tokio::test]
async fn a_viewer_without_the_codec_of_the_room_is_told_which_that_is() {
    let house = House::start(|_| {}).await;
    assert_eq!(
        house.post("/whip/ward", &token("ward", "cam"), &camera_and_voice()).await.status,
        201
    );
    let other = H264.to_owned() + "a=fmtp:96 packetization-mode=1\r\n";
    let screen = |codecs: &str| offer(&[("video", "recvonly", codecs)]);
    let said = detail(&house.post("/whep/ward", &token("ward", "tv"), &screen(&other)).await, 406);
    assert!(said.contains("Section 1 (video)") && said.contains("VP8"), "{said}");
    assert_eq!(house.post("/whep/ward", &token("ward", "tv"), &screen(VP8)).await.status, 201);
    assert_eq!(house.post("/whep/empty", &token("empty", "tv"), &screen(&other)).await.status, 201);
}

#[tokio::test]
async fn a_device_that_sends_h264_in_single_packets_or_waits_for_the_handshake_is_taken() {
    let house = House::start(|_| {}).await;
    let single = H264.to_owned() + "a=fmtp:96 profile-level-id=42e01f\r\n";
    let sdp = offer(&[("audio", "sendonly", OPUS), ("video", "sendonly", &single)]);
    let begun = house.post("/whip/ward", &token("ward", "box"), &sdp).await;
    assert_eq!(begun.status, 201, "{}", begun.body);
    assert_eq!(begun.body.matches("a=recvonly").count(), 2);
    assert!(begun.body.contains("a=fmtp:96 profile-level-id=42e01f\r\n"), "{}", begun.body);
    assert_eq!(begun.body.matches("a=setup:passive").count(), 2);
    for (door, sdp) in [("whip", camera_and_voice()), ("whep", screen())] {
        let waits = sdp.replace("actpass", "passive");
        let begun = house.post(&format!("/{door}/wait"), &token("wait", "ffmpeg"), &waits).await;
        assert_eq!(begun.status, 201, "{}", begun.body);
        assert_eq!(begun.body.matches("a=setup:active").count(), 2, "{}", begun.body);
    }
    let channels = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:2\r\n";
    let waits = camera_and_voice().replace("BUNDLE 0 1", "BUNDLE 0 1 2") + channels;
    let begun = house.post("/whip/wait", &token("wait", "other"), &waits).await;
    assert_eq!(begun.status, 201, "{}", begun.body);
    let waits = waits.replace("actpass", "passive");
    let said = detail(&house.post("/whip/wait", &token("wait", "other"), &waits).await, 400);
    assert!(said.contains("a=setup:actpass"), "{said}");
}
