//! The state of a room and its chat: what pages write, and what each is told.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::Value;
use session::{AccessToken, Own, VideoGrant};
use signalling::Signalling;
use signalling::effect::{ConnectionRole, Effect};
use signalling::ids::{ConnectionId, SignalId};
use signalling::input::{ConnectionEvent, Input};
use signalling::words::data::{DataPacket, UserData};
use signalling::words::message::Message;
use signalling::words::request::{Description, Request};

use crate::budgets::{core, join};
use crate::network::start;
use crate::parts::Parts;

const PEOPLE: [&str; 4] = ["zhang", "class a", "class b", "guest"];
/// What a room is told takes no more than this, in bytes: hands, names and one page.
const STATE_BYTES_MAX: usize = 32 * 1024;
/// What somebody who comes is told of what was written, in bytes: 32 kB of texts, all of them escaped.
const LOG_BYTES_MAX: usize = 8 * 32 * 1024;

/// Steps in a row, each a byte that says which and of whom, and what is written.
pub(crate) fn state(data: &[u8]) {
    let mut class = Class::new();
    PEOPLE.iter().take(2).for_each(|who| class.come(who));
    for step in Parts(data).take(64) {
        let Some((kind, rest)) = step.split_first() else { continue };
        let who = PEOPLE.get(usize::from(kind >> 4) % PEOPLE.len()).copied().unwrap_or_default();
        match kind & 15 {
            0..=7 => class.write(who, "room-state", rest),
            8..=10 => class.write(who, "chat", rest),
            11 => class.come(who),
            12 => class.leave(who),
            _ => class.pass(Duration::from_millis(100 * u64::from(kind >> 4))),
        }
    }
    class.agrees();
}

/// One room of a booked session, in virtual time.
struct Class {
    core: Signalling,
    now: Instant,
    signals: u64,
    /// On which signalling connection each is, and what it was last told of the room.
    people: BTreeMap<&'static str, (SignalId, String)>,
    listening: BTreeMap<String, ConnectionId>,
    sending: BTreeMap<String, ConnectionId>,
}

impl Class {
    fn new() -> Self {
        let now = start();
        let (people, listening, sending) = Default::default();
        Self { core: core(now), now, signals: 0, people, listening, sending }
    }

    fn give(&mut self, input: Input<'_>) {
        let mut out = vec![];
        self.core.handle(self.now, input, &mut out);
        let mut log = 0;
        for effect in out {
            match effect {
                Effect::Open(it) if it.role == ConnectionRole::Publisher => {
                    self.sending.insert(it.identity, it.connection);
                }
                Effect::Open(it) => drop(self.listening.insert(it.identity, it.connection)),
                Effect::Say(signal, Message::Joined(it)) => self.hear(signal, &it.room.metadata),
                Effect::Say(signal, Message::Room(room)) => self.hear(signal, &room.metadata),
                Effect::Deliver(it) => {
                    let said = it.said.filter(|said| said.topic.as_deref() == Some("chat-log"));
                    log += said.map_or(0, |said| said.payload.len());
                }
                _ => {}
            }
        }
        assert!(log < LOG_BYTES_MAX, "{log} bytes of chat");
    }

    fn hear(&mut self, signal: SignalId, metadata: &str) {
        assert!(metadata.len() < STATE_BYTES_MAX, "{} bytes", metadata.len());
        assert!(serde_json::from_str::<Value>(metadata).is_ok(), "{metadata}");
        let heard = self.people.values_mut().find(|(of, _)| *of == signal);
        if let Some((_, known)) = heard {
            metadata.clone_into(known);
        }
    }

    fn come(&mut self, who: &'static str) {
        self.signals += 1;
        let signal = SignalId(self.signals);
        self.people.insert(who, (signal, String::new()));
        let video = VideoGrant {
            room: "class".to_owned(),
            room_join: true,
            room_admin: who == "zhang",
            ..VideoGrant::default()
        };
        let own = Some(Own { session: Some("s".to_owned()), ..Own::default() });
        let identity = who.to_owned();
        let join = join(AccessToken { identity, video, own, ..AccessToken::default() }, vec![]);
        self.give(Input::Join(signal, Box::new(join)));
        let offer = transport::sdp::parse(OFFER).map_err(|fault| fault.to_string());
        let offer = Description { remote: offer.map(Box::new), number: 1 };
        self.give(Input::Request(signal, Request::Offer(offer)));
        assert!(self.sending.contains_key(who), "a place to write from");
        if let Some(ears) = self.listening.get(who).copied() {
            self.give(Input::Connection(ears, ConnectionEvent::Connected));
            self.give(Input::Connection(ears, ConnectionEvent::ChannelsOpen));
        }
    }

    fn write(&mut self, who: &str, topic: &str, payload: &[u8]) {
        let Some(from) = self.sending.get(who).copied() else { return };
        let user = UserData { topic: Some(topic.to_owned()), payload: payload.to_vec() };
        let packet = DataPacket { user: Some(user), ..DataPacket::default() };
        self.give(Input::Data { from, reliable: true, packet: &packet });
    }

    fn leave(&mut self, who: &str) {
        if let Some((signal, _)) = self.people.remove(who) {
            self.give(Input::Request(signal, Request::Leave));
            self.sending.remove(who);
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        self.give(Input::Tick);
    }

    /// Once all is told everybody knows the same, who comes last as well, and no hand is up of who has left.
    fn agrees(&mut self) {
        self.come("guest");
        self.pass(Duration::from_secs(1));
        let state = |text: &String| {
            let about: Value = serde_json::from_str(text).unwrap_or_default();
            about.get("state").cloned()
        };
        let mut told = self.people.values().map(|(_, text)| state(text));
        let last = told.next().flatten();
        assert!(told.all(|it| it == last), "{:?}", self.people);
        let hands = last.as_ref().and_then(|state| state.get("hands")).and_then(Value::as_array);
        for hand in hands.into_iter().flatten() {
            let of = hand.get("of").and_then(Value::as_str).unwrap_or_default();
            assert!(self.people.contains_key(of), "{of} has left");
        }
    }
}

/// A connection with data channels alone.
const OFFER: &str = concat!(
    "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=setup:actpass\r\na=ice-ufrag:abcdefgh\r\n",
    "a=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=fingerprint:sha-256 ",
    "AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB\r\n",
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\n",
    "a=sctp-port:5000\r\n",
);
