//! The whole gateway in virtual time: events in their order, one input of the core after another.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hasher as _};
use std::time::{Duration, Instant};

use archive::tap::Recording;
use signalling::effect::{ConnectionRole, Counted, Describe, Effect, Event, Visited};
use signalling::ids::{ConnectionId, Numbering, ParticipantId, RoomId, SignalId, TrackId};
use signalling::input::{ConnectionEvent, Input};
use signalling::limits::Limits;
use signalling::words::call::{Answer, Call, Fault};
use signalling::words::message::Message;
use signalling::words::participant::{ParticipantInfo, ParticipantKind, State};
use signalling::words::request::{Join, Request};
use signalling::words::usage::Used;
use signalling::words::visit::{VisitFault, Want};
use signalling::words::way::{SecondReport, WayDown};
use signalling::{ARRIVALS_EVERY, LEVELS_EVERY, PULSES_EVERY, Signalling};

use crate::device::{Device, Does, Stand, Way};
use crate::dice::Dice;
use crate::shell::Shell;
use crate::truth::{Announced, Person, Truth};

pub(crate) const WALL_US: u64 = 1_795_420_800_000_000;
const TICK_US: u64 = 20_000;
const SECOND_US: u64 = 1_000_000;

/// What a client says.
#[derive(Clone, Debug)]
pub(crate) enum Word {
    Join(Box<Join>),
    Request(Box<Request>),
    Alive,
}

/// What a client is told.
#[derive(Debug)]
pub(crate) enum Told {
    Say(Message),
    Offer(Box<Describe>),
    Answer(Box<Describe>),
    Probe,
    HungUp,
}

/// What happens at its time.
#[derive(Debug)]
pub(crate) enum Happens {
    /// A client does something.
    Acts(usize),
    /// A client that is to come in anew does so.
    Joins(usize),
    /// A client finds that its signalling connection is broken.
    Resumes(usize, SignalId),
    FromClient(SignalId, Word),
    ToClient(SignalId, Told),
    Line(ConnectionId, ConnectionEvent),
    /// The gateway finds a signalling connection broken.
    Lost(SignalId),
    /// A server asks something.
    Serves,
}

/// One signalling connection.
pub(crate) struct Gate {
    pub(crate) device: usize,
    pub(crate) broken: bool,
    pub(crate) lost: bool,
    pub(crate) hung_up: bool,
    pub(crate) admitted: Option<ParticipantId>,
    pub(crate) waits: bool,
    pub(crate) join: Option<Box<Join>>,
    to_core_us: u64,
    to_client_us: u64,
}

/// The input at hand, and what came of it.
#[derive(Default)]
pub(crate) struct Turn {
    /// Who has just come by HTTP.
    pub(crate) visitor: Option<usize>,
    pub(crate) sections: Vec<transport::sdp::Section>,
    pub(crate) said: Vec<(SignalId, &'static str)>,
    pub(crate) counts: Vec<Counted>,
    pub(crate) admits: Vec<(SignalId, ParticipantId)>,
    pub(crate) published: Vec<TrackId>,
    pub(crate) ended: Vec<TrackId>,
    pub(crate) heard: Vec<(ConnectionId, TrackId)>,
    pub(crate) newcomers: Vec<ParticipantId>,
    /// A connection has ended.
    pub(crate) goes: bool,
    pub(crate) sids: Vec<(SignalId, String)>,
    pub(crate) joined: Vec<(RoomId, ParticipantId)>,
    pub(crate) closed: Vec<RoomId>,
    pub(crate) shown: BTreeSet<(SignalId, String)>,
    pub(crate) called: Vec<Result<Answer, Fault>>,
    pub(crate) visited: Vec<Result<Visited, VisitFault>>,
    pub(crate) delivered: Vec<signalling::effect::Deliver>,
    pub(crate) renewed: Option<session::AccessToken>,
    /// Who asks, on the signalling connection that it has now.
    pub(crate) current: Option<ParticipantId>,
    /// Who was told that it takes no codec of which track.
    pub(crate) failed: Vec<(SignalId, String)>,
}

pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) dice: Dice,
    start: Instant,
    pub(crate) now_us: u64,
    pub(crate) steps: u64,
    pub(crate) core: Signalling,
    pub(crate) base: usize,
    pub(crate) shell: Shell,
    pub(crate) truth: Truth,
    pub(crate) gates: Vec<Gate>,
    pub(crate) devices: Vec<Device>,
    pub(crate) by_sid: BTreeMap<String, ParticipantId>,
    queue: BTreeMap<(u64, u64), Happens>,
    events: u64,
    pub(crate) calm: bool,
    pub(crate) turn: Turn,
    out: Vec<Effect>,
    /// Everything that was asked for, if that is to be compared.
    pub(crate) trace: Option<DefaultHasher>,
    /// From this step on everything is printed.
    pub(crate) print_from: u64,
    recorder: bool,
}

pub(crate) fn limits() -> Limits {
    Limits {
        rooms_max: 40,
        participants_per_room_max: 60,
        joins_per_s_max: 200,
        tracks_per_participant_max: 4,
        tracks_per_connection_max: 64,
        layers_max: 4,
        connect_within: Duration::from_secs(5),
        resume: Duration::from_secs(5),
        empty_room_s: 4,
        unled_s: 3,
        recorded_keyframe_s: 10,
        relay_over_tls: true,
    }
}

impl World {
    #[expect(clippy::disallowed_methods, reason = "a start for virtual time")]
    pub(crate) fn new(seed: u64) -> Self {
        let start = Instant::now();
        let mut names = [0; 32];
        names[..8].copy_from_slice(&seed.to_le_bytes());
        let core = Signalling::new(start, WALL_US, names, Numbering::default(), limits());
        let base = core.entries();
        Self {
            seed,
            dice: Dice::new(seed),
            start,
            now_us: 0,
            steps: 0,
            core,
            base,
            shell: Shell::default(),
            truth: Truth::default(),
            gates: vec![],
            devices: vec![],
            by_sid: BTreeMap::new(),
            queue: BTreeMap::new(),
            events: 0,
            calm: false,
            turn: Turn::default(),
            out: vec![],
            trace: None,
            print_from: u64::MAX,
            recorder: false,
        }
    }

    /// Something is not as it must be.
    pub(crate) fn broken(&self, why: &str) -> ! {
        panic!("seed {}, step {}, {} ms: {why}", self.seed, self.steps, self.now_us / 1_000)
    }

    pub(crate) fn must(&self, holds: bool, why: impl FnOnce() -> String) {
        if !holds {
            self.broken(&why());
        }
    }

    pub(crate) const fn wall_s(&self) -> u64 {
        (WALL_US + self.now_us) / SECOND_US
    }

    pub(crate) fn later(&mut self, us: u64, what: Happens) {
        self.at(self.now_us + us, what);
    }

    fn at(&mut self, us: u64, what: Happens) {
        self.events += 1;
        self.queue.insert((us, self.events), what);
    }

    fn instant(&self, us: u64) -> Instant {
        self.start + Duration::from_micros(us)
    }

    /// One input, and everything that follows.
    pub(crate) fn feed(&mut self, input: Input<'_>) {
        self.steps += 1;
        let prints = self.steps >= self.print_from;
        if prints {
            eprintln!("{} ms {}: {input:?}", self.now_us / 1_000, self.steps);
        }
        let mut out = std::mem::take(&mut self.out);
        self.core.handle(self.instant(self.now_us), input, &mut out);
        for effect in out.drain(..) {
            if prints {
                eprintln!("    {effect:?}");
            }
            if let Some(trace) = &mut self.trace {
                let mut text = String::new();
                let _ = write!(text, "{effect:?}");
                trace.write(text.as_bytes());
            }
            if let Err(why) = self.shell.carry_out(self.now_us, &effect) {
                self.broken(&format!("{why}, by {effect:?}"));
            }
            self.carry_out(effect);
        }
        self.out = out;
    }

    fn carry_out(&mut self, effect: Effect) {
        let turn = &mut self.turn;
        match effect {
            Effect::Admit(signal, who) => {
                turn.admits.push((signal, who));
                if let Some(gate) = self.gates.get_mut(signal.0 as usize) {
                    (gate.admitted, gate.waits) = (Some(who), false);
                }
                // An offer to who goes on may not have arrived.
                self.forget_offers(who);
                self.let_in(who);
            }
            Effect::Say(signal, message) => self.say(signal, message),
            Effect::Probe(signal) => self.tell(signal, Told::Probe),
            Effect::HangUp(signal) => {
                let ended = self.gates.get(signal.0 as usize).is_none_or(|it| it.hung_up);
                self.must(!ended, || format!("{signal:?} ends twice"));
                if !self.gates[signal.0 as usize].lost {
                    self.tell(signal, Told::HungUp);
                }
                if let Some(gate) = self.gates.get_mut(signal.0 as usize) {
                    (gate.hung_up, gate.waits) = (true, false);
                }
                // The task of the door ends, which is told as any end of one.
                if self.dice.chance(500) {
                    self.later(1_000, Happens::Lost(signal));
                }
            }
            Effect::Offer(signal, it) => self.offer(signal, it),
            Effect::Answer(signal, it) => {
                self.must(self.shell.lines.contains_key(&it.connection), || "no connection".into());
                self.tell(signal, Told::Answer(it));
            }
            Effect::Open(it) => self.let_in(it.owner),
            Effect::Close(_) => turn.goes = true,
            Effect::Meet(it) => self.rise(it.connection),
            Effect::Publish(it) => self.published(&it),
            Effect::Unpublish(_, track) => turn.ended.push(track),
            Effect::Subscribe(it) => turn.heard.push((it.connection, it.track)),
            Effect::CloseRoom(room) => turn.closed.push(room),
            Effect::Deliver(it) => turn.delivered.push(*it),
            Effect::Called(it) => turn.called.push(it),
            Effect::Visited(it) => turn.visited.push(it),
            Effect::Renewed(it) => turn.renewed = Some(*it),
            Effect::Count(it) => turn.counts.push(it),
            Effect::Event(Event::Joined { room, participant, .. }) => {
                turn.joined.push((room, participant));
            }
            _ => {}
        }
    }

    /// Whether something may be said there.
    fn must_stand(&self, signal: SignalId, what: &str) {
        let gate = self.gates.get(signal.0 as usize);
        let stands = gate.is_some_and(|it| !it.lost && !it.hung_up);
        self.must(stands, || format!("{what} on {signal:?}, which has ended"));
    }

    fn tell(&mut self, signal: SignalId, told: Told) {
        self.must_stand(signal, "something");
        let delay = self.dice.between(1_000, 60_000);
        let now_us = self.now_us;
        let Some(gate) = self.gates.get_mut(signal.0 as usize) else { return };
        gate.to_client_us = (gate.to_client_us + 1).max(now_us + delay);
        let at_us = gate.to_client_us;
        if !gate.broken {
            self.at(at_us, Happens::ToClient(signal, told));
        }
    }

    fn say(&mut self, signal: SignalId, message: Message) {
        let kind = match &message {
            Message::Joined(it) => {
                it.others.iter().for_each(|it| self.learn_sids(it));
                self.turn.sids.push((signal, it.participant.sid.clone()));
                self.told_of_room(&it.room.name, &it.room.metadata);
                self.show(signal, &it.others.iter().map(|it| &*it.sid).collect::<Vec<_>>());
                "joined"
            }
            Message::Participants(all) => {
                all.iter().for_each(|it| self.learn_sids(it));
                let all = all.iter().filter(|it| it.state != State::Disconnected);
                self.show(signal, &all.map(|it| &*it.sid).collect::<Vec<_>>());
                "participants"
            }
            Message::Speakers(all) => {
                self.show(signal, &all.iter().map(|it| &*it.sid).collect::<Vec<_>>());
                "speakers"
            }
            Message::Quality(all) => {
                self.show(signal, &all.iter().map(|it| &*it.sid).collect::<Vec<_>>());
                "quality"
            }
            Message::TrackPublished { cid, track } => {
                let sid = track.sid.clone();
                let who = self.gates[signal.0 as usize].admitted;
                let it = Announced {
                    cid: cid.clone(),
                    sid: sid.clone(),
                    kind: track.kind,
                    source: track.source,
                    muted: track.muted,
                };
                // Somebody who has just come in is known at the end of the turn.
                match who.and_then(|who| self.truth.people.get_mut(&who)) {
                    Some(me) if !me.announced.iter().any(|it| it.sid == sid) => {
                        me.announced.push(it)
                    }
                    _ => {}
                }
                "track published"
            }
            Message::Response { .. } => "response",
            Message::SubscriptionFailed { sid, .. } => {
                self.turn.failed.push((signal, sid.clone()));
                "subscription failed"
            }
            Message::Leave { .. } => "leave",
            _ => "other",
        };
        self.turn.said.push((signal, kind));
        self.tell(signal, Told::Say(message));
    }

    /// A device that came by HTTP is not told what its tracks are called; the others are.
    fn learn_sids(&mut self, it: &ParticipantInfo) {
        if it.kind != ParticipantKind::Ingress {
            return;
        }
        // Who has just come is known by its name at the end of the turn.
        let newcomer =
            self.turn.newcomers.iter().find(|who| {
                self.truth.people.get(who).is_some_and(|of| of.identity == it.identity)
            });
        let owner = self.by_sid.get(&it.sid).or(newcomer);
        let unnamed = self.shell.tracks.values_mut().filter(|it| it.sid.is_empty());
        for track in unnamed.filter(|it| Some(&it.owner) == owner) {
            let told = it.tracks.iter().find(|of| of.mid == track.mid);
            told.into_iter().for_each(|of| track.sid.clone_from(&of.sid));
        }
    }

    fn show(&mut self, to: SignalId, sids: &[&str]) {
        for sid in sids {
            let hides = self.by_sid.get(*sid).and_then(|it| self.truth.people.get(it));
            if hides.is_some_and(|it| it.hides() && it.signal != Some(to)) {
                self.turn.shown.insert((to, (*sid).to_owned()));
            }
        }
    }

    fn offer(&mut self, signal: SignalId, it: Box<Describe>) {
        let now_us = self.now_us;
        let Some(line) = self.shell.lines.get_mut(&it.connection) else {
            self.broken("an offer of no connection")
        };
        let out = line.offer.filter(|(_, since)| now_us < since + 10 * SECOND_US);
        let grows = it.number > line.last_offer;
        (line.offer, line.last_offer) = (Some((it.number, now_us)), it.number);
        let number = it.number;
        self.must(out.is_none(), || format!("offer {number} while {out:?} is out"));
        self.must(grows, || format!("offer {number} after a later one"));
        self.tell(signal, Told::Offer(it));
    }

    /// The client knows enough to make the path.
    fn rise(&mut self, id: ConnectionId) {
        let calm = self.calm;
        let Some(line) = self.shell.lines.get_mut(&id) else { return };
        if line.rising || line.connected {
            return;
        }
        line.rising = true;
        let fate = self.dice.below(1_000);
        let delay = self.dice.between(30_000, 900_000);
        match fate {
            // The peer gives up what does not come about.
            0..20 if !calm => {
                self.later(10 * SECOND_US, Happens::Line(id, ConnectionEvent::Failed))
            }
            20..40 if !calm => self.later(delay, Happens::Line(id, ConnectionEvent::Failed)),
            _ => self.later(delay, Happens::Line(id, ConnectionEvent::Connected)),
        }
    }

    fn published(&mut self, it: &signalling::effect::Publish) {
        self.turn.published.push(it.track);
        let owner = self.shell.lines.get(&it.connection).map(|it| it.owner);
        let sections = &self.turn.sections;
        let me = owner.and_then(|owner| self.truth.people.get_mut(&owner));
        let by_http = |source| Announced {
            cid: String::new(),
            sid: String::new(),
            kind: it.kind,
            source,
            muted: false,
        };
        let claim = match me {
            Some(me) => me.claim(sections, &it.mid),
            // It has just come in: what it announced as it knocked, or what it sends by HTTP.
            None => None,
        };
        let visitor = self.turn.visitor.is_some();
        let source = match it.kind {
            media::MediaKind::Audio => signalling::words::track::TrackSource::Microphone,
            media::MediaKind::Video => signalling::words::track::TrackSource::Camera,
        };
        let claim = claim.or_else(|| visitor.then(|| by_http(source)));
        let Some(claim) = claim else { self.broken(&format!("nobody announced {it:?}")) };
        if let Some(track) = self.shell.tracks.get_mut(&it.track) {
            track.sid = claim.sid;
            track.source = claim.source;
            track.must_be_muted = it.muted;
        }
        if let Some(me) = owner.and_then(|owner| self.truth.people.get(&owner)) {
            let silenced = self.truth.mutes(me, claim.source);
            let muted = claim.muted || (visitor && silenced);
            self.must(it.silenced == silenced, || format!("{it:?} is not as servers left it"));
            self.must(it.muted == muted, || format!("{it:?} is not as announced"));
        }
    }

    /// Everybody who has just come in, as truth knows it.
    pub(crate) fn welcome(&mut self, who: ParticipantId, device: usize, signal: Option<SignalId>) {
        let lines = self.shell.lines.values();
        let Some(line) = lines.into_iter().find(|it| it.owner == who) else {
            self.broken(&format!("{who:?} is let in and has no connection"))
        };
        let it = &self.devices[device];
        let (room, identity, of) =
            (line.room.clone(), line.identity.clone(), it.token.identity.clone());
        let join = signal.and_then(|it| self.gates[it.0 as usize].join.as_ref());
        let token = join.map_or(&it.token, |join| &join.token);
        let grant = self.truth.permitted(&room, &of, &token.video);
        let decided = self.truth.decided(&room, &of);
        self.must(!decided.is_some_and(|it| it.removed), || format!("{of} was removed"));
        let closed = self.truth.closed.get(&room);
        self.must(closed.is_none_or(|at| token.made_s() > *at), || format!("{room} has closed"));
        let watches = it.way == Way::Watches;
        self.must(watches || identity == of, || format!("{identity} is not {of}"));
        let person = Person {
            way: it.way,
            device,
            room,
            identity,
            of,
            sid: String::new(),
            signal,
            auto: matches!(it.way, Way::Two | Way::One) && join.is_some_and(|it| it.auto_subscribe),
            grant,
            announced: vec![],
            wants: BTreeSet::new(),
            refused: BTreeSet::new(),
            audience: None,
            caught_up: false,
        };
        if let Some(state) = self.truth.states.get_mut(&person.room).filter(|_| person.hides()) {
            state.forget(&person.identity);
        }
        self.truth.people.insert(who, person);
        self.turn.newcomers.push(who);
    }

    /// Somebody has a connection, or was let in: with both it is in.
    fn let_in(&mut self, who: ParticipantId) {
        let has_line = self.shell.lines.values().any(|it| it.owner == who);
        if self.truth.people.contains_key(&who) || !has_line {
            return;
        }
        let admitted = self.turn.admits.iter().find(|(_, it)| *it == who).map(|(it, _)| *it);
        match (admitted, self.turn.visitor) {
            (Some(signal), _) => {
                let device = self.gates[signal.0 as usize].device;
                self.welcome(who, device, Some(signal));
            }
            (None, Some(device)) => self.welcome(who, device, None),
            (None, None) => {}
        }
    }

    /// A client comes to the door.
    pub(crate) fn knock(&mut self, device: usize, join: Join) -> SignalId {
        let signal = SignalId(self.gates.len() as u64);
        self.gates.push(Gate {
            device,
            broken: false,
            lost: false,
            hung_up: false,
            admitted: None,
            waits: false,
            join: None,
            to_core_us: self.now_us,
            to_client_us: self.now_us,
        });
        self.devices[device].signal = Some(signal);
        self.devices[device].stand = Stand::Knocks;
        self.word(signal, Word::Join(Box::new(join)));
        signal
    }

    /// A client says something, which is on its way for a while.
    pub(crate) fn word(&mut self, signal: SignalId, word: Word) {
        let delay = self.dice.between(1_000, 60_000);
        let now_us = self.now_us;
        let gate = &mut self.gates[signal.0 as usize];
        gate.to_core_us = (gate.to_core_us + 1).max(now_us + delay);
        let at_us = gate.to_core_us;
        if !gate.broken {
            self.at(at_us, Happens::FromClient(signal, word));
        }
    }

    /// A signalling connection breaks: what is on its way either way is lost.
    pub(crate) fn cut(&mut self, signal: SignalId) {
        let device = self.gates[signal.0 as usize].device;
        self.gates[signal.0 as usize].broken = true;
        let (at_gateway, at_client) =
            (self.dice.between(1_000, 4_000_000), self.dice.between(1_000, 4_000_000));
        self.later(at_gateway, Happens::Lost(signal));
        self.later(at_client, Happens::Resumes(device, signal));
    }

    /// Time goes on by `us`, with everything that happens in it.
    pub(crate) fn run(&mut self, us: u64) {
        let end_us = self.now_us + us;
        while self.now_us < end_us {
            let next_us = self.now_us / TICK_US * TICK_US + TICK_US;
            while let Some(entry) = self.queue.first_entry() {
                if entry.key().0 > next_us {
                    break;
                }
                let ((at_us, _), what) = entry.remove_entry();
                self.now_us = at_us.max(self.now_us);
                self.happen(what);
            }
            self.now_us = next_us;
            self.time_passes();
        }
    }

    fn due(&self, every: Duration) -> bool {
        let every_us = every.as_micros() as u64 / TICK_US * TICK_US;
        self.now_us.is_multiple_of(every_us)
    }

    fn time_passes(&mut self) {
        self.take(Input::Tick);
        if self.now_us.is_multiple_of(10 * TICK_US) {
            self.shell.tick(self.now_us);
        }
        if self.due(PULSES_EVERY) {
            self.pulses();
        }
        if self.due(LEVELS_EVERY) {
            let sound = self.shell.tracks.iter().filter(|it| it.1.kind == media::MediaKind::Audio);
            let sound: Vec<TrackId> = sound.map(|(id, _)| *id).collect();
            let level = |id: TrackId, dice: &mut Dice| (id, dice.below(8) as f32 / 16.0);
            let levels: Vec<_> = sound.into_iter().map(|it| level(it, &mut self.dice)).collect();
            self.take(Input::Levels(&levels));
            self.lines_change();
        }
        if self.due(ARRIVALS_EVERY) {
            let tracks: Vec<TrackId> = self.shell.tracks.keys().copied().collect();
            let arrived: Vec<_> = tracks
                .into_iter()
                .map(|track| {
                    let missing = self.dice.below(20);
                    signalling::input::ArrivalCount { track, expected: 100, missing }
                })
                .collect();
            self.take(Input::Arrived(&arrived));
        }
        if self.now_us.is_multiple_of(SECOND_US) {
            self.take(Input::Wall(WALL_US + self.now_us));
            let used = self.devices.iter().map(|it| {
                let (room, identity) = (it.token.room().unwrap_or_default(), &it.token.identity);
                let bytes = self.dice.below(100_000);
                Used { room: room.into(), identity: identity.as_str().into(), bytes }
            });
            let used: Vec<Used> = used.collect();
            self.take(Input::Used(&used));
            let tracks: Vec<TrackId> = self.shell.tracks.keys().copied().collect();
            let fed: Vec<_> =
                tracks.into_iter().map(|track| (track, self.dice.below(4) as u8)).collect();
            self.take(Input::Fed(&fed));
            self.ways_pass();
            if self.dice.chance(50) {
                self.recorder = !self.recorder;
            }
            let stopped = self.dice.chance(300);
            let says = self.dice.chance(100).then(|| Recording { stopped, ..Recording::default() });
            let listens = self.recorder;
            self.take(Input::Recorder { listens, says });
        }
    }

    /// Lines lose now and then, and so does the gateway its time.
    fn ways_pass(&mut self) {
        let ids: Vec<ConnectionId> = self.shell.lines.keys().copied().collect();
        let down: Vec<WayDown> = ids
            .into_iter()
            .map(|connection| WayDown {
                connection,
                lost_256: self.dice.chance(500).then(|| self.dice.below(40) as u8),
                bits_per_second: self.dice.chance(500).then(|| 40_000 + self.dice.below(200_000)),
                protected: self.dice.chance(500),
            })
            .collect();
        let late_ms = self.dice.below(300) as u32;
        self.take(Input::Ways(SecondReport { down: &down, late_ms }));
    }

    fn pulses(&mut self) {
        let now_us = self.now_us;
        let mut heard = vec![];
        for (id, line) in &mut self.shell.lines {
            if line.connected && line.silent_until_us <= now_us {
                line.heard_us = now_us;
            }
            heard.push((*id, self.start + Duration::from_micros(line.heard_us)));
        }
        self.take(Input::Heard(&heard));
    }

    /// An input that is about nobody alone.
    pub(crate) fn take(&mut self, input: Input<'_>) {
        self.turn = Turn::default();
        let ticks = matches!(input, Input::Tick);
        self.feed(input);
        self.settle(ticks);
    }

    /// Lines carry more or less of what flows over them.
    fn lines_change(&mut self) {
        use signalling::words::stream::{Cause, StreamState, Streamed};
        let states = [
            StreamState::Whole,
            StreamState::Smaller(Cause::ThinLine),
            StreamState::Paused(Cause::ThinLine),
            StreamState::Paused(Cause::PublishersLine),
        ];
        let lines = self.shell.lines.iter();
        let heard = lines.flat_map(|(id, line)| line.hears.keys().map(|track| (*id, *track)));
        let heard: Vec<(ConnectionId, TrackId)> = heard.collect();
        let changed = heard.into_iter().filter(|_| self.dice.chance(20)).collect::<Vec<_>>();
        let streamed: Vec<Streamed> = changed
            .into_iter()
            .map(|(connection, track)| {
                let state = states[self.dice.below(4) as usize];
                Streamed { connection, track, state }
            })
            .collect();
        self.take(Input::Streams(&streamed));
    }

    fn happen(&mut self, what: Happens) {
        match what {
            Happens::Acts(device) => self.act(device),
            Happens::Joins(device) => self.come(device),
            Happens::Resumes(device, signal) => self.resume(device, signal),
            Happens::FromClient(signal, word) => self.hear(signal, word),
            Happens::ToClient(signal, told) => self.told(signal, told),
            Happens::Line(id, event) => self.line(id, event),
            Happens::Lost(signal) => {
                let gate = &mut self.gates[signal.0 as usize];
                // What was said before the gateway hung up arrives all the same.
                gate.broken |= !gate.hung_up;
                (gate.lost, gate.waits) = (true, false);
                self.take(Input::SignalLost(signal));
            }
            Happens::Serves => self.serve(),
        }
    }

    /// Something comes from a client.
    fn hear(&mut self, signal: SignalId, word: Word) {
        let gate = &mut self.gates[signal.0 as usize];
        if gate.broken || gate.hung_up {
            return;
        }
        match word {
            Word::Alive => self.take(Input::Alive(signal)),
            Word::Join(join) => {
                gate.join = Some(join.clone());
                self.turn = Turn::default();
                let first = join.first.as_ref().and_then(|it| it.offer.as_ref());
                if let Some(Ok(remote)) = first.map(|it| it.remote.as_ref()) {
                    self.turn.sections.clone_from(&remote.sections);
                }
                self.feed(Input::Join(signal, join));
                self.joined(signal);
                self.settle(false);
            }
            Word::Request(request) => {
                self.turn = Turn::default();
                if let Request::Offer(offer) = request.as_ref()
                    && let Ok(remote) = &offer.remote
                {
                    self.turn.sections.clone_from(&remote.sections);
                }
                self.before_request(signal, &request);
                self.feed(Input::Request(signal, (*request).clone()));
                self.after_request(signal, &request);
                self.settle(false);
            }
        }
    }

    /// Something comes to a client.
    fn told(&mut self, signal: SignalId, told: Told) {
        let gate = &self.gates[signal.0 as usize];
        let device = gate.device;
        if gate.broken || self.devices[device].signal != Some(signal) {
            return;
        }
        let (calm, slow) = (self.calm, self.dice.below(1_000));
        match told {
            Told::Probe => {
                if calm || slow > 50 {
                    self.word(signal, Word::Alive);
                }
            }
            Told::HungUp => {
                let it = &mut self.devices[device];
                it.signal = None;
                if it.stand == Stand::In {
                    self.later(100_000, Happens::Resumes(device, signal));
                } else if it.stand == Stand::Knocks {
                    it.stand = Stand::Out;
                    self.later(500_000, Happens::Joins(device));
                }
            }
            Told::Offer(offer) => {
                let answer = self.devices[device].answer(&offer);
                let answer = Word::Request(Box::new(Request::Answer(answer)));
                match slow {
                    _ if calm => self.word(signal, answer),
                    // Never, or so late that it may have been made again.
                    0..20 => {}
                    20..40 => {
                        let delay = self.dice.between(1_000_000, 14_000_000);
                        self.later(delay, Happens::FromClient(signal, answer));
                    }
                    _ => self.word(signal, answer),
                }
            }
            Told::Answer(answer) => {
                let it = &mut self.devices[device];
                if it.way == Way::One {
                    it.carried = answer.tracks;
                }
            }
            Told::Say(message) => match self.devices[device].hear(message) {
                Does::Nothing => {}
                Does::Offer => self.make_offer(device),
                Does::Again => self.go_on(device),
                Does::Join => {
                    let delay = self.dice.between(100_000, 1_500_000);
                    self.later(delay, Happens::Joins(device));
                }
            },
        }
    }

    /// Something becomes of a connection.
    fn line(&mut self, id: ConnectionId, event: ConnectionEvent) {
        let Some(line) = self.shell.lines.get_mut(&id) else { return };
        let (owner, listens) = (line.owner, line.role != ConnectionRole::Publisher);
        if event == ConnectionEvent::Connected {
            (line.connected, line.rising) = (true, false);
            if listens && self.dice.chance(920) {
                let delay = self.dice.between(10_000, 200_000);
                self.later(delay, Happens::Line(id, ConnectionEvent::ChannelsOpen));
            }
        }
        if event == ConnectionEvent::Moved {
            self.forget_offers(owner);
        }
        self.turn = Turn::default();
        self.feed(Input::Connection(id, event));
        if event == ConnectionEvent::ChannelsOpen {
            self.after_channels(owner);
        }
        self.settle(false);
    }

    /// What is out may be offered again.
    pub(crate) fn forget_offers(&mut self, owner: ParticipantId) {
        let lines = self.shell.lines.values_mut().filter(|it| it.owner == owner);
        lines.for_each(|it| it.offer = None);
    }

    /// A request by HTTP.
    pub(crate) fn visit(&mut self, device: usize, want: Want) {
        let comes = matches!(want, Want::Publish(..) | Want::Watch(..));
        self.turn = Turn { visitor: comes.then_some(device), ..Turn::default() };
        if let Want::Publish(_, remote) = &want {
            self.turn.sections.clone_from(&remote.sections);
        }
        self.feed(Input::Visit(Box::new(want)));
        self.after_visit(device);
        self.settle(false);
    }

    /// A call of a server.
    pub(crate) fn call(&mut self, call: Call) {
        self.turn = Turn::default();
        self.feed(Input::Call(Box::new(call.clone())));
        self.after_call(&call);
        self.settle(false);
    }
}
