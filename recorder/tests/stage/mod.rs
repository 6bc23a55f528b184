//! What the recorder's tests stand on: a gateway's tap that says what it is told to.
#![allow(dead_code, reason = "each test file uses its part")]

pub(crate) mod line;
pub(crate) mod media;

use archive::manifest::{Manifest, State};
use archive::tap::{
    Body, Codec, DataPacket, Hello, KnownRoom, Media, ParticipantJoined, Record, Recording,
    RoomClosed, RoomOpened, Rtp, SenderReport, Source, TrackPublished, encode,
};
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State as Shared};
use axum::http::HeaderMap;
use axum::routing::get;
use recorder::{Config, Recorder};
use serde::Deserialize;
use session::{AccessToken, Keys, Opens, Ticket};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;

/// 2026-11-23 08:00 UTC.
pub(crate) const START_US: u64 = 1_795_420_800_000_000;
const NTP_1970: u64 = 2_208_988_800;

/// The root of the house's other keys.
const ROOT: &str = "a root that nobody is given, long enough";

pub(crate) fn keys() -> Keys {
    Keys::new("test", "0123456789abcdef0123456789abcdef", ROOT).unwrap()
}

#[derive(Default)]
struct Said {
    run: String,
    records: Vec<(u64, u32, Vec<u8>)>,
    /// Rooms, people and tracks: they are said again to a recorder that comes late.
    lasting: Vec<(u64, u32, Vec<u8>)>,
    rooms: BTreeMap<u32, KnownRoom>,
    seq: u64,
    asked: Vec<String>,
    /// What the recorder said of itself last.
    heard: Recording,
    /// How often connections were broken.
    cuts: u64,
}

impl Said {
    fn forget(&mut self) {
        for (seq, room, _) in self.records.drain(..) {
            self.rooms.entry(room).or_default().whole_from = seq + 1;
        }
        self.rooms.retain(|_, it| it.open);
        self.lasting.retain(|(_, room, _)| self.rooms.contains_key(room));
    }

    /// What a connect after record `after` begins with.
    fn begin(&self, after: u64) -> (Hello, Vec<u8>) {
        let next = self.seq + 1;
        let oldest = self.records.first().map_or(next, |it| it.0);
        let rooms = self.rooms.values().copied().collect();
        let late = self.lasting.iter().filter(|it| after + 1 < oldest && it.0 < oldest);
        let again = late.flat_map(|it| it.2.clone()).collect();
        (Hello { run: self.run.clone(), oldest, next, rooms }, again)
    }
}

/// A gateway's tap on a port of its own. What is said before a connect is said after it.
#[derive(Clone)]
pub(crate) struct Gateway {
    room: u32,
    said: Arc<Mutex<Said>>,
    news: Arc<Notify>,
    pub(crate) url: String,
}

#[derive(Debug, Deserialize)]
struct Ask {
    after: Option<u64>,
    run: Option<String>,
}

impl Gateway {
    pub(crate) async fn start(run: &str) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}/tap", listener.local_addr().unwrap());
        let gateway = Self { room: 1, said: Arc::default(), news: Arc::default(), url };
        gateway.said.lock().unwrap().run = run.to_owned();
        let router = axum::Router::new().route("/tap", get(tap)).with_state(gateway.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        gateway
    }

    /// A new run, as after a crash: numbers begin anew and connections break.
    pub(crate) fn restart(&self, run: &str) {
        let mut said = self.said.lock().unwrap();
        *said = Said { run: run.to_owned(), cuts: said.cuts + 1, ..Said::default() };
    }

    /// Breaks connections; `lose` also says something in each room that no recorder hears.
    pub(crate) fn cut(&self, lose: bool) {
        let mut said = self.said.lock().unwrap();
        if lose {
            let rooms = said.rooms.clone();
            said.seq += rooms.len() as u64;
            said.forget();
            let seq = said.seq;
            said.rooms.values_mut().for_each(|it| it.whole_from = seq + 1);
        }
        said.cuts += 1;
    }

    /// Forgets what was said up to now, as if it were too old.
    pub(crate) fn forget(&self) {
        self.said.lock().unwrap().forget();
    }

    /// The same tap, speaking of another room.
    pub(crate) fn in_room(&self, room: u32) -> Self {
        Self { room, ..self.clone() }
    }

    /// What was asked for at each connect.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.said.lock().unwrap().asked.clone()
    }

    /// What the recorder said of itself last.
    pub(crate) fn heard(&self) -> Recording {
        self.said.lock().unwrap().heard.clone()
    }

    /// Waits until the recorder says this of itself.
    pub(crate) async fn hears(&self, wanted: &Recording) {
        for _ in 0..200 {
            if self.heard() == *wanted {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("never {wanted:?}: {:?}", self.heard());
    }

    pub(crate) fn say(&self, at_ms: u64, body: Body<'_>) {
        self.say_in(self.room, at_ms, body);
    }

    /// Says something in the room with this number.
    pub(crate) fn say_in(&self, room: u32, at_ms: u64, body: Body<'_>) {
        let mut said = self.said.lock().unwrap();
        said.seq += 1;
        let mut bytes = Vec::new();
        let at_us = START_US + at_ms * 1_000;
        let seq = said.seq;
        let begun = KnownRoom { room, open: true, opened: seq, ..KnownRoom::default() };
        let known = said.rooms.entry(room).or_insert(begun);
        match &body {
            Body::RoomOpened(_) => (known.open, known.opened) = (true, seq),
            Body::RoomClosed(_) => known.open = false,
            _ => {}
        }
        let lasts = matches!(
            body,
            Body::RoomOpened(_) | Body::ParticipantJoined(_) | Body::TrackPublished(_)
        );
        encode(&Record { room, seq: said.seq, at_us, body }, &mut bytes).unwrap();
        let record = (said.seq, room, bytes);
        if lasts {
            said.lasting.push(record.clone());
        }
        said.records.push(record);
        self.news.notify_waiters();
    }

    /// Numbers that are given to no record: a hole.
    pub(crate) fn skip(&self, records: u64) {
        self.said.lock().unwrap().seq += records;
    }

    pub(crate) fn open(&self, session: &str, kind: &str) {
        let run = self.said.lock().unwrap().run.clone();
        self.say(
            0,
            Body::RoomOpened(RoomOpened {
                run,
                name: session.to_owned(),
                session: session.to_owned(),
                kind: kind.to_owned(),
                title: "光合作用".to_owned(),
                record: true,
            }),
        );
    }

    pub(crate) fn join(&self, at_ms: u64, identity: &str, role: &str) {
        self.say(
            at_ms,
            Body::ParticipantJoined(ParticipantJoined {
                identity: identity.to_owned(),
                name: identity.to_uppercase(),
                role: role.to_owned(),
                ..ParticipantJoined::default()
            }),
        );
    }

    pub(crate) fn track(&self, at_ms: u64, track: u32, identity: &str, codec: Codec) {
        let microphone = codec == Codec::Opus;
        let source = if microphone { Source::Microphone } else { Source::Camera };
        self.track_of(at_ms, track, identity, codec, source);
    }

    pub(crate) fn track_of(
        &self,
        at_ms: u64,
        track: u32,
        identity: &str,
        codec: Codec,
        source: Source,
    ) {
        let audio = codec == Codec::Opus;
        self.say(
            at_ms,
            Body::TrackPublished(TrackPublished {
                track,
                sid: format!("TR_{track}"),
                identity: identity.to_owned(),
                source,
                media: if audio { Media::Audio } else { Media::Video },
                codec,
                clock_rate: if audio { 48_000 } else { 90_000 },
                payload_type: if audio { 111 } else { 96 },
                layers: 1,
                ..TrackPublished::default()
            }),
        );
    }

    pub(crate) fn rtp(&self, at_ms: u64, track: u32, packet: &[u8]) {
        self.rtp_of(at_ms, (track, 0), packet);
    }

    pub(crate) fn rtp_of(&self, at_ms: u64, (track, layer): (u32, u8), packet: &[u8]) {
        self.say(at_ms, Body::Rtp(Rtp { track, layer, packet }));
    }

    /// A sender report: the publisher's clock is an hour wrong.
    pub(crate) fn report(&self, at_ms: u64, sent_ms: u64, track: u32, rtp_ts: u32) {
        self.report_at(at_ms, START_US + sent_ms * 1_000 + 3_600_000_000, track, rtp_ts);
    }

    /// A sender report by a clock that shows `us` microseconds since 1970.
    pub(crate) fn report_at(&self, at_ms: u64, us: u64, track: u32, rtp_ts: u32) {
        let ntp = ((us / 1_000_000 + NTP_1970) << 32) | (((us % 1_000_000) << 32) / 1_000_000);
        self.say(at_ms, Body::SenderReport(SenderReport { track, layer: 0, ntp, rtp_ts }));
    }

    pub(crate) fn data(&self, at_ms: u64, identity: &str, topic: &str, text: &str) {
        self.say(
            at_ms,
            Body::Data(DataPacket {
                identity: identity.to_owned(),
                topic: topic.to_owned(),
                payload: text.as_bytes().to_vec(),
            }),
        );
    }

    pub(crate) fn close(&self, at_ms: u64) {
        self.say(at_ms, Body::RoomClosed(RoomClosed { reason: "everybody left".to_owned() }));
    }

    async fn serve(self, mut socket: WebSocket, ask: Ask) {
        let (hello, again, mut after, cuts) = {
            let mut said = self.said.lock().unwrap();
            said.asked.push(format!("{:?} {:?}", ask.run, ask.after));
            let same = ask.run.as_deref() == Some(said.run.as_str());
            let after = ask.after.filter(|_| same).unwrap_or(0);
            let (hello, again) = said.begin(after);
            (hello, again, after, said.cuts)
        };
        let hello = serde_json::to_string(&hello).unwrap();
        socket.send(Message::Text(hello.into())).await.unwrap();
        if !again.is_empty() {
            socket.send(Message::Binary(again.into())).await.unwrap();
        }
        loop {
            let news = self.news.notified();
            let frame: Vec<u8> = {
                let said = self.said.lock().unwrap();
                if said.cuts != cuts {
                    return;
                }
                let new = said.records.iter().filter(|(seq, ..)| *seq > after).take(300);
                let new: Vec<_> = new.cloned().collect();
                after = new.last().map_or(after, |it| it.0);
                new.into_iter().flat_map(|it| it.2).collect()
            };
            if !frame.is_empty() {
                if socket.send(Message::Binary(frame.into())).await.is_err() {
                    return;
                }
                continue;
            }
            tokio::select! {
                () = news => {}
                () = tokio::time::sleep(Duration::from_millis(20)) => {}
                heard = socket.recv() => match heard {
                    Some(Ok(Message::Text(text))) => {
                        self.said.lock().unwrap().heard = serde_json::from_str(&text).unwrap();
                    }
                    Some(Ok(_)) => {}
                    _ => return,
                },
            }
        }
    }
}

async fn tap(
    Shared(gateway): Shared<Gateway>,
    Query(ask): Query<Ask>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> axum::response::Response {
    let bearer = headers["authorization"].to_str().unwrap().strip_prefix("Bearer ").unwrap();
    let token = AccessToken::read(bearer, &keys(), now_s()).unwrap();
    assert!(token.is_service());
    upgrade.on_upgrade(move |socket| gateway.serve(socket, ask))
}

pub(crate) fn now_s() -> u64 {
    std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()
}

/// The child that assembles: this test program, which the recorder starts with this test alone.
#[test]
#[ignore = "the recorder starts it in its sandbox"]
fn assembler() {
    assert!(recorder::assemble());
}

/// A recorder with its HTTP face on a port of its own.
pub(crate) struct House {
    pub(crate) recorder: Recorder,
    pub(crate) http: String,
    pub(crate) client: reqwest::Client,
}

impl House {
    pub(crate) async fn start(data: &Path, gateway: &Gateway) -> Self {
        Self::with(Config {
            data: data.to_owned(),
            tap_url: gateway.url.clone(),
            resume_seconds: 1,
            ..Config::default()
        })
        .await
    }

    pub(crate) async fn with(mut config: Config) -> Self {
        if config.assembler.is_empty() {
            let own = std::env::current_exe().unwrap().into_os_string();
            let arguments = ["--exact", "stage::assembler", "--ignored", "--nocapture"];
            config.assembler = [own].into_iter().chain(arguments.map(Into::into)).collect();
        }
        let recorder = Recorder::start(config, keys()).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let http = format!("http://{}", listener.local_addr().unwrap());
        let router = recorder.router();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { recorder, http, client: reqwest::Client::new() }
    }

    /// A request with the ticket that it needs, as the scheduler gave it to this person.
    pub(crate) fn get(&self, path: &str, _person: &str) -> reqwest::RequestBuilder {
        let id = path.strip_prefix("/replay/recordings/").and_then(|it| it.split('/').next());
        let opens = id.map_or(Opens::AllRecordings, |it| Opens::Recording(it.to_owned()));
        self.client.get(format!("{}{path}", self.http)).bearer_auth(ticket(opens))
    }

    pub(crate) async fn list(&self, person: &str) -> Vec<Manifest> {
        #[derive(Deserialize)]
        struct List {
            recordings: Vec<Manifest>,
        }
        let answer = self.get("/replay/recordings", person).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.json::<List>().await.unwrap().recordings
    }

    /// Waits until the recording is done, and tells its manifest.
    pub(crate) async fn done(&self, id: &str, person: &str) -> Manifest {
        let path = format!("/replay/recordings/{id}");
        for _ in 0..1_200 {
            let answer = self.get(&path, person).send().await.unwrap();
            if answer.status() == 200 {
                let manifest: Manifest = answer.json().await.unwrap();
                assert_ne!(manifest.state, State::Failed, "{:?}", manifest.reason);
                if manifest.state == State::Ready {
                    return manifest;
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{id} is not ready; {:?}; {}", self.recorder.ready(), self.recorder.metrics());
    }

    /// Waits until so many records are in journals.
    pub(crate) async fn recorded(&self, records: u64) {
        self.until(&format!("recorder_records_total {records}\n")).await;
    }

    /// Waits for a line in the metrics.
    pub(crate) async fn until(&self, line: &str) {
        for _ in 0..400 {
            if self.recorder.metrics().contains(line) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("never {line}: {}", self.recorder.metrics());
    }

    /// A form's bytes.
    pub(crate) async fn form(&self, manifest: &Manifest, form: &str, person: &str) -> Vec<u8> {
        let form = manifest.forms.iter().find(|it| it.form == form).expect("the form is there");
        let answer = self.get(&form.url, person).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], form.mime.as_str());
        let bytes = answer.bytes().await.unwrap().to_vec();
        assert_eq!(bytes.len() as u64, form.bytes);
        bytes
    }
}

/// A ticket of the scheduler's.
pub(crate) fn ticket(opens: Opens) -> String {
    Ticket { opens, expires_s: now_s() + 600 }.sign(&keys()).unwrap()
}

pub(crate) fn person_token(person: &str) -> String {
    AccessToken::for_person(person, person, now_s(), 600).sign(&keys()).unwrap()
}

pub(crate) fn room_token(room: &str, publish: bool) -> String {
    let mut token = AccessToken::for_room(room, "someone", "Someone", now_s(), 600);
    token.video.can_publish = Some(publish);
    token.sign(&keys()).unwrap()
}
