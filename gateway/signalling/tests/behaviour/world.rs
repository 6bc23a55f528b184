//! One core in virtual time, and everything that it asked for.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use media::MediaKind;
use session::{AccessToken, Own, VideoGrant};
use signalling::Signalling;
use signalling::effect::{ConnectionRole, Counted, Deliver, Describe, Effect, Meet};
use signalling::ids::{ConnectionId, Numbering, ParticipantId, SignalId};
use signalling::input::{ConnectionEvent, Input};
use signalling::limits::Limits;
use signalling::words::call::{Answer, Call, Fault};
use signalling::words::message::Message;
use signalling::words::participant::{Abilities, ParticipantInfo};
use signalling::words::request::{Description, Join, Request};
use signalling::words::track::{Announcement, TrackSource};
use transport::sdp::{Kind, Remote, Section, Setup};

/// What the wall clock shows at the start, microseconds since 1970.
pub(crate) const WALL_US: u64 = 1_795_420_800_000_000;

/// Somebody who was let in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client {
    pub(crate) signal: SignalId,
    pub(crate) who: ParticipantId,
}

pub(crate) struct World {
    pub(crate) core: Signalling,
    pub(crate) now: Instant,
    start: Instant,
    pub(crate) limits: Limits,
    /// What the next to knock says of its person's choice.
    pub(crate) chosen_ms: Option<u64>,
    /// What the next to knock says of the session.
    pub(crate) own: Option<Own>,
    pub(crate) answers_passive: bool,
    /// What was said on each signalling connection and not read yet.
    pub(crate) said: BTreeMap<SignalId, Vec<Message>>,
    pub(crate) offers: BTreeMap<SignalId, Vec<Describe>>,
    pub(crate) hung_up: Vec<SignalId>,
    pub(crate) met: Vec<Meet>,
    pub(crate) delivered: Vec<Deliver>,
    /// Everything else, in its order.
    pub(crate) others: Vec<Effect>,
    admitted: BTreeMap<SignalId, ParticipantId>,
    listening: BTreeMap<ParticipantId, ConnectionId>,
    sending: BTreeMap<ParticipantId, ConnectionId>,
    counts: BTreeMap<&'static str, usize>,
    waited: usize,
    called: Option<Result<Answer, Fault>>,
    last_signal: u64,
}

/// Limits as they are set by default.
pub(crate) const fn limits() -> Limits {
    Limits {
        rooms_max: 500,
        participants_per_room_max: 300,
        joins_per_s_max: 50,
        tracks_per_participant_max: 16,
        tracks_per_connection_max: 32,
        layers_max: 4,
        connect_within: Duration::from_secs(30),
        resume: Duration::from_secs(15),
        empty_room_s: 20,
        unled_s: 120,
        recorded_keyframe_s: 10,
        relay_over_tls: false,
    }
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(limits())
    }

    pub(crate) fn with(limits: Limits) -> Self {
        Self::showing(limits, WALL_US)
    }

    #[expect(clippy::disallowed_methods, reason = "a start for virtual time")]
    pub(crate) fn showing(limits: Limits, wall_us: u64) -> Self {
        let now = Instant::now();
        Self {
            core: Signalling::new(now, wall_us, [7; 32], Numbering::default(), limits.clone()),
            now,
            start: now,
            limits,
            chosen_ms: None,
            own: None,
            answers_passive: false,
            said: BTreeMap::new(),
            offers: BTreeMap::new(),
            hung_up: vec![],
            met: vec![],
            delivered: vec![],
            others: vec![],
            admitted: BTreeMap::new(),
            listening: BTreeMap::new(),
            sending: BTreeMap::new(),
            counts: BTreeMap::new(),
            waited: 0,
            called: None,
            last_signal: 0,
        }
    }

    pub(crate) fn give(&mut self, input: Input<'_>) {
        let mut out = vec![];
        self.core.handle(self.now, input, &mut out);
        out.into_iter().for_each(|effect| self.carry_out(effect));
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Admit(signal, who) => drop(self.admitted.insert(signal, who)),
            Effect::Say(signal, message) => self.said.entry(signal).or_default().push(message),
            Effect::Offer(signal, it) => self.offers.entry(signal).or_default().push(*it),
            Effect::HangUp(signal) => self.hung_up.push(signal),
            Effect::Open(it) => {
                if it.role != ConnectionRole::Publisher {
                    self.listening.insert(it.owner, it.connection);
                }
                if it.role != ConnectionRole::Subscriber {
                    self.sending.insert(it.owner, it.connection);
                }
            }
            Effect::Meet(it) => self.met.push(*it),
            Effect::Deliver(it) => self.delivered.push(*it),
            Effect::Count(Counted::Dropped(why) | Counted::Refused(why)) => {
                *self.counts.entry(why).or_default() += 1;
            }
            Effect::Count(Counted::JoinWaits) => self.waited += 1,
            Effect::Called(it) => self.called = Some(it),
            other => self.others.push(other),
        }
    }

    /// Comes to the door, anew or with the `sid` that it had and `or_join`.
    pub(crate) fn knock(
        &mut self,
        identity: &str,
        change: impl FnOnce(&mut VideoGrant),
        sid: Option<&str>,
    ) -> SignalId {
        let mut video =
            VideoGrant { room: "ward".to_owned(), room_join: true, ..VideoGrant::default() };
        change(&mut video);
        self.last_signal += 1;
        let signal = SignalId(self.last_signal);
        let (identity, own) = (identity.to_owned(), self.own.clone());
        let join = Join {
            token: AccessToken { identity, video, own, ..AccessToken::default() },
            auto_subscribe: true,
            resume: sid.map(str::to_owned),
            or_join: sid.is_some(),
            chosen_ms: self.chosen_ms.take(),
            reuses_sections: true,
            finds_by_section: true,
            reads_reasons: true,
            answers_passive: self.answers_passive,
            abilities: Abilities::default(),
            first: None,
            spent: vec![],
        };
        self.give(Input::Join(signal, Box::new(join)));
        signal
    }

    /// Who was let in on a signalling connection.
    pub(crate) fn admitted(&self, signal: SignalId) -> Option<Client> {
        let who = self.admitted.get(&signal);
        who.map(|who| Client { signal, who: *who })
    }

    pub(crate) fn join(&mut self, identity: &str, change: impl FnOnce(&mut VideoGrant)) -> Client {
        let signal = self.knock(identity, change, None);
        self.admitted(signal).expect("it is let in")
    }

    /// Somebody whose path stands.
    pub(crate) fn there(&mut self, identity: &str) -> Client {
        let client = self.join(identity, |_| {});
        self.connect(client);
        client
    }

    pub(crate) fn request(&mut self, client: Client, request: Request) {
        self.give(Input::Request(client.signal, request));
    }

    pub(crate) fn call(&mut self, call: Call) -> Result<Answer, Fault> {
        self.called = None;
        self.give(Input::Call(Box::new(call)));
        self.called.take().expect("every call is answered")
    }

    /// The connection that a client listens on.
    pub(crate) fn ears(&self, client: Client) -> ConnectionId {
        self.listening[&client.who]
    }

    /// The connection that a client sends on.
    pub(crate) fn mouth(&self, client: Client) -> ConnectionId {
        self.sending[&client.who]
    }

    /// A connection that a client sends on, with nothing but data channels.
    pub(crate) fn channel(&mut self, client: Client) -> ConnectionId {
        let offer = described(0, vec![data_section()]);
        self.request(client, Request::Offer(offer));
        self.sending[&client.who]
    }

    /// A client's path stands, and what is said to it arrives.
    pub(crate) fn connect(&mut self, client: Client) {
        let ears = self.ears(client);
        self.give(Input::Connection(ears, ConnectionEvent::Connected));
        self.give(Input::Connection(ears, ConnectionEvent::ChannelsOpen));
    }

    /// So many times something was not done, or somebody was not let in, for this reason.
    pub(crate) fn counted(&self, why: &str) -> usize {
        self.counts.get(why).copied().unwrap_or_default()
    }

    /// So many had to wait for their turn.
    pub(crate) const fn waited(&self) -> usize {
        self.waited
    }

    /// How many are in.
    pub(crate) fn people(&self) -> usize {
        self.core.count().1
    }

    /// What the core's wall clock shows, milliseconds since 1970.
    pub(crate) fn core_ms(&self) -> u64 {
        let since = self.now.saturating_duration_since(self.start);
        WALL_US / 1_000 + u64::try_from(since.as_millis()).unwrap_or_default()
    }

    pub(crate) fn rooms(&self) -> usize {
        self.core.count().0
    }

    pub(crate) fn later(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
        self.give(Input::Tick);
    }

    /// What was said on a signalling connection since it was last asked for.
    pub(crate) fn heard(&mut self, signal: SignalId) -> Vec<Message> {
        self.said.remove(&signal).unwrap_or_default()
    }

    /// The people named in what was said on a signalling connection since it was last asked for.
    pub(crate) fn told_of(&mut self, signal: SignalId) -> Vec<ParticipantInfo> {
        let people = self.heard(signal).into_iter().filter_map(|it| match it {
            Message::Participants(people) => Some(people),
            _ => None,
        });
        people.flatten().collect()
    }

    /// How somebody was described to itself as it came in.
    pub(crate) fn own_info(&self, client: Client) -> ParticipantInfo {
        let said = self.said.get(&client.signal).into_iter().flatten();
        let mut joined = said.filter_map(|it| match it {
            Message::Joined(it) => Some(it.participant.clone()),
            _ => None,
        });
        joined.next().expect("it was told that it is in")
    }
}

/// The section of data channels.
pub(crate) fn data_section() -> Section {
    Section { sends: true, receives: true, ..Section::silent("0".to_owned(), Kind::Data) }
}

/// A client will send sound.
pub(crate) fn announcement(cid: &str) -> Announcement {
    let (kind, source) = (MediaKind::Audio, TrackSource::Microphone);
    Announcement { name: cid.to_owned(), ..Announcement::new(cid.to_owned(), kind, source) }
}

/// A client's description with these sections.
pub(crate) fn described(number: u32, sections: Vec<Section>) -> Description {
    let remote = Remote {
        fingerprint: ["AB"; 32].join(":"),
        setup: Setup::ActPass,
        ice_lite: false,
        ice_ufrag: "abcdefgh".to_owned(),
        ice_pwd: "abcdefghijklmnopqrstuvwx".to_owned(),
        sections,
    };
    Description { remote: Ok(Box::new(remote)), number }
}
