//! What clients do, at random.

use session::{AccessToken, DataBudget, Megabytes, Own, VideoGrant};
use signalling::effect::{ConnectionRole, Visited};
use signalling::ids::{ConnectionId, ParticipantId, SignalId};
use signalling::input::{ConnectionEvent, Input};
use signalling::words::data::{DataPacket, UserData};
use signalling::words::participant::Abilities;
use signalling::words::request::{
    AudienceEntry, AudienceWish, Description, FirstOffer, Forced, Join, Request, Scenario,
    TrackSettings,
};
use signalling::words::track::TrackSource;
use signalling::words::visit::{Fragment, Precondition, Resource, Want};

use crate::device::{Device, Stand, Way};
use crate::truth::booked;
use crate::world::{Happens, Turn, Word, World};

const SOURCES: [TrackSource; 4] = [
    TrackSource::Camera,
    TrackSource::Microphone,
    TrackSource::ScreenShare,
    TrackSource::ScreenShareAudio,
];

impl World {
    /// People of every kind, each with a device or two.
    pub(crate) fn populate(&mut self, people: usize) {
        let rooms = ["ward 1", "ward 2", "class 1", "class 2", "class 3", "booked 1", "booked 2"];
        for number in 0..people {
            let room = rooms[number % rooms.len()];
            let way = match self.dice.below(20) {
                0 => Way::Publishes,
                1..3 => Way::Watches,
                3..8 => Way::One,
                _ => Way::Two,
            };
            let mut token = self.token(room, &format!("person {number}"));
            // What its tracks are called is learnt from what the others are told.
            token.video.hidden &= way != Way::Publishes;
            self.add(way, token.clone());
            if self.dice.chance(200) {
                self.add(Way::Two, token);
            }
        }
        self.later(100_000, Happens::Serves);
    }

    fn add(&mut self, way: Way, token: AccessToken) {
        let number = self.devices.len();
        let mut device = Device::new(way, token, number as u64);
        device.auto = self.dice.chance(900);
        device.ours = way == Way::Two && self.dice.chance(500);
        if self.dice.chance(30) {
            device.lacks = Some(transport::payload::CodecKind::Vp8);
        }
        self.devices.push(device);
        let first = self.dice.between(1_000, 5_000_000);
        self.later(first, Happens::Acts(number));
    }

    fn token(&mut self, room: &str, identity: &str) -> AccessToken {
        let dice = &mut self.dice;
        let mut video = VideoGrant {
            room: room.to_owned(),
            room_join: true,
            room_admin: dice.chance(100),
            hidden: dice.chance(60),
            can_update_own_metadata: dice.chance(700),
            ..VideoGrant::default()
        };
        video.can_publish = dice.chance(80).then_some(false);
        video.can_subscribe = dice.chance(50).then_some(false);
        video.can_publish_data = dice.chance(80).then_some(false);
        if dice.chance(80) {
            video.can_publish_sources = vec!["microphone".to_owned()];
        }
        let session = booked(room).then(|| room.to_owned());
        let record = dice.chance(100).then_some(true);
        let budget = |bytes| DataBudget {
            session: Some(Megabytes::of_bytes(bytes)),
            ..DataBudget::default()
        };
        let data_budget = self.dice.chance(3).then(|| budget(self.dice.below(20_000_000)));
        let own = Some(Own { session, record, data_budget, ..Own::default() });
        let issued_s = self.wall_s();
        let identity = identity.to_owned();
        AccessToken { identity, video, own, issued_s, ..AccessToken::default() }
    }

    fn join_word(&mut self, device: usize, resume: Option<String>, pressed: bool) -> Join {
        let now_ms = (crate::world::WALL_US + self.now_us) / 1_000;
        let answers_passive = self.dice.chance(50);
        let it = &mut self.devices[device];
        if pressed {
            it.chosen_ms = now_ms;
        }
        Join {
            token: it.token.clone(),
            auto_subscribe: it.auto,
            or_join: resume.is_some() && it.ours,
            resume,
            chosen_ms: (it.ours && !pressed).then_some(it.chosen_ms),
            reuses_sections: it.ours,
            finds_by_section: it.ours,
            reads_reasons: it.ours,
            answers_passive,
            abilities: Abilities::default(),
            first: None,
            spent: vec![],
        }
    }

    /// A client comes in anew.
    pub(crate) fn come(&mut self, device: usize) {
        self.enter(device, false);
    }

    fn enter(&mut self, device: usize, pressed: bool) {
        if self.devices[device].stand != Stand::Out {
            return;
        }
        self.devices[device].begin();
        let simulcast = self.dice.chance(300);
        let (way, token) = (self.devices[device].way, self.devices[device].token.clone());
        match way {
            Way::Publishes => {
                let remote = self.devices[device].visit(simulcast);
                self.visit(device, Want::Publish(token, remote));
            }
            Way::Watches => {
                let remote = self.devices[device].visit(false);
                self.visit(device, Want::Watch(token, remote));
            }
            Way::Two => {
                let join = self.join_word(device, None, pressed);
                self.knock(device, join);
            }
            Way::One => {
                let mut join = self.join_word(device, None, pressed);
                let tracks = if self.dice.chance(500) {
                    vec![self.devices[device].announce(TrackSource::Microphone, false)]
                } else {
                    vec![]
                };
                self.devices[device].makes_sections(1, 1);
                let offer = Some(self.devices[device].offer(false));
                join.first = Some(FirstOffer { offer, tracks, ..FirstOffer::default() });
                self.knock(device, join);
            }
        }
    }

    /// A client whose signalling connection broke comes back.
    pub(crate) fn resume(&mut self, device: usize, signal: SignalId) {
        let it = &mut self.devices[device];
        if it.signal != Some(signal) && it.signal.is_some() {
            return;
        }
        match it.stand {
            Stand::Out | Stand::Visits(_) => return,
            _ if it.sid.is_empty() => {
                it.stand = Stand::Out;
                return self.come(device);
            }
            _ => {}
        }
        let sid = Some(it.sid.clone());
        if self.dice.chance(50) && !self.calm {
            self.renew_token(device);
        }
        let join = self.join_word(device, sid, false);
        self.knock(device, join);
    }

    /// A client that has resumed says again what may not have arrived.
    pub(crate) fn go_on(&mut self, device: usize) {
        let waiting = self.devices[device].unanswered();
        for it in waiting {
            self.ask(device, Request::Announce(Box::new(it)));
        }
        self.devices[device].restart_ice();
        self.make_offer(device);
    }

    pub(crate) fn make_offer(&mut self, device: usize) {
        let reuse = self.dice.chance(500);
        let it = &mut self.devices[device];
        let sends = it.own.iter().any(|it| it.sid.is_some());
        if it.stand == Stand::In && (it.way == Way::One || sends || it.has_parts()) {
            let offer = it.offer(reuse);
            self.ask(device, Request::Offer(offer));
        }
    }

    fn ask(&mut self, device: usize, request: Request) {
        if let Some(signal) = self.devices[device].signal {
            self.word(signal, Word::Request(Box::new(request)));
        }
    }

    fn renew_token(&mut self, device: usize) {
        let (room, identity) = {
            let token = &self.devices[device].token;
            (token.video.room.clone(), token.identity.clone())
        };
        let fresh = self.token(&room, &identity);
        let keeps = self.dice.chance(700) || self.devices[device].way == Way::Publishes;
        let token = &mut self.devices[device].token;
        let video = token.video.clone();
        *token = fresh;
        if keeps {
            token.video = video;
        }
    }

    /// A client does something.
    pub(crate) fn act(&mut self, device: usize) {
        let next = self.dice.between(300_000, 4_000_000);
        self.later(next, Happens::Acts(device));
        if self.calm {
            return;
        }
        match self.devices[device].stand.clone() {
            Stand::Out => {
                if self.dice.chance(400) {
                    self.renew_token(device);
                    self.enter(device, true);
                }
            }
            Stand::Knocks => {}
            Stand::Visits(name) => self.act_by_http(device, name),
            Stand::In => self.act_inside(device),
        }
    }

    fn act_by_http(&mut self, device: usize, name: String) {
        let token = &self.devices[device].token;
        let (room, identity) = (token.video.room.clone(), token.identity.clone());
        let mut resource = Resource { name, room, identity };
        match self.dice.below(20) {
            0 => self.visit(device, Want::End(resource)),
            1 => {
                resource.identity = "somebody else".to_owned();
                self.visit(device, Want::End(resource));
            }
            2 => {
                let fragment = Fragment { ufrag: Some("new".to_owned()), pwd: Some("new".into()) };
                self.visit(device, Want::Patch(resource, Precondition::Any, fragment));
            }
            3 => self.befalls(device, ConnectionEvent::ClosedByClient, ConnectionRole::Subscriber),
            _ => {}
        }
    }

    fn act_inside(&mut self, device: usize) {
        match self.dice.below(100) {
            0..18 => self.act_announce(device),
            18..24 => {
                let own = self.devices[device].own.clone();
                if let Some(own) = self.dice.pick(&own) {
                    self.devices[device].stop(&own.cid);
                    self.make_offer(device);
                }
            }
            24..34 => self.act_mute(device),
            34..44 => {
                let (tracks, wanted) = (self.some_tracks(device), self.dice.chance(600));
                self.ask(device, Request::Subscribe { tracks, wanted });
            }
            44..54 => {
                let (tracks, disabled) = (self.some_tracks(device), self.dice.chance(400));
                let quality = self.dice.below(3) as i32;
                let settings =
                    TrackSettings { tracks, disabled, quality, ..TrackSettings::default() };
                self.ask(device, Request::Settings(settings));
            }
            54..58 => self.act_describe(device),
            58..62 => self.act_audience(device),
            62..65 => self.act_simulate(device),
            65..68 => {
                self.ask(device, Request::Leave);
                self.goes(device);
            }
            68..74 => {
                if let Some(signal) = self.devices[device].signal {
                    self.cut(signal);
                }
            }
            74..77 => self.act_nonsense(device),
            77..84 => self.act_data(device),
            84..87 => self.act_line(device),
            87..89 => self.act_renew(device),
            // It is closed without a word.
            89 => {
                if let Some(signal) = self.devices[device].signal {
                    self.cut(signal);
                }
                self.goes(device);
            }
            _ => {
                if let Some(signal) = self.devices[device].signal {
                    self.word(signal, Word::Alive);
                }
            }
        }
    }

    fn goes(&mut self, device: usize) {
        let it = &mut self.devices[device];
        it.stand = Stand::Out;
        if let Some(signal) = it.signal.take() {
            let delay = self.dice.between(200_000, 1_000_000);
            self.later(delay, Happens::Lost(signal));
        }
    }

    fn act_announce(&mut self, device: usize) {
        let Some(source) = self.dice.pick(&SOURCES).copied() else { return };
        let simulcast = self.dice.chance(400);
        let announcement = self.devices[device].announce(source, simulcast);
        if self.dice.chance(50) {
            // Said twice, it is one.
            self.ask(device, Request::Announce(Box::new(announcement.clone())));
        }
        self.ask(device, Request::Announce(Box::new(announcement)));
    }

    fn act_mute(&mut self, device: usize) {
        let muted = self.dice.chance(500);
        let own = self.devices[device].own.clone();
        let named: Vec<String> = own.into_iter().filter_map(|it| it.sid).collect();
        if let Some(sid) = self.dice.pick(&named).cloned() {
            let own = self.devices[device].own.iter_mut().find(|it| it.sid.as_ref() == Some(&sid));
            own.into_iter().for_each(|it| it.muted = muted);
            self.ask(device, Request::Mute { sid, muted });
        }
    }

    /// Some of the tracks that it knows.
    fn some_tracks(&mut self, device: usize) -> Vec<String> {
        let others = self.devices[device].others.values();
        let tracks: Vec<String> =
            others.flat_map(|it| &it.tracks).map(|it| it.sid.clone()).collect();
        let count = self.dice.below(4);
        (0..count).filter_map(|_| self.dice.pick(&tracks).cloned()).collect()
    }

    fn act_describe(&mut self, device: usize) {
        let metadata = if self.dice.chance(50) { "x".repeat(70_000) } else { "about".to_owned() };
        let request = 1 + self.dice.below(1_000) as u32;
        let modes = ["full", "small", "slides", "voice", "stills", "", "hd"];
        let mode = self.dice.pick(&modes).map(|mode| ("mode".to_owned(), (*mode).to_owned()));
        let (name, mode_alone) = (String::new(), self.dice.chance(2));
        let (metadata, attributes) = match mode_alone {
            true => (String::new(), mode.into_iter().collect()),
            false => (metadata, Default::default()),
        };
        self.ask(device, Request::Describe { request, name, metadata, attributes });
    }

    fn act_audience(&mut self, device: usize) {
        let others: Vec<_> = self.devices[device].others.values().cloned().collect();
        let mut wish = AudienceWish { all: self.dice.chance(500), entries: vec![] };
        for _ in 0..self.dice.below(6) {
            let Some(other) = self.dice.pick(&others) else { break };
            let by_sid = self.dice.chance(300);
            let all_tracks = self.dice.chance(700);
            let own = self.devices[device].own.iter().filter_map(|it| it.sid.clone());
            wish.entries.push(AudienceEntry {
                identity: if by_sid { String::new() } else { other.identity.clone() },
                sid: other.sid.clone(),
                all_tracks,
                tracks: if all_tracks { vec![] } else { own.take(1).collect() },
            });
        }
        if self.dice.chance(20) {
            wish = AudienceWish { all: false, entries: vec![AudienceEntry::default(); 400] };
        }
        self.ask(device, Request::Audience(wish));
    }

    fn act_simulate(&mut self, device: usize) {
        let all = [
            Scenario::SpeakerUpdate(3),
            Scenario::NodeFailure,
            Scenario::Migration,
            Scenario::ServerLeave,
            Scenario::FullReconnect,
            Scenario::DisconnectOnResume,
            Scenario::DisconnectOnResumeNoMessages,
            Scenario::SwitchCarrier(Some(Forced::Tcp)),
            Scenario::SwitchCarrier(None),
            Scenario::Unknown,
        ];
        if let Some(scenario) = self.dice.pick(&all) {
            self.ask(device, Request::Simulate(*scenario));
        }
    }

    fn act_nonsense(&mut self, device: usize) {
        let bad = || Description { remote: Err("it cannot be read".to_owned()), number: 1 };
        let request = match self.dice.below(5) {
            0 => Request::Offer(bad()),
            1 => Request::Answer(bad()),
            2 => Request::Unsupported,
            3 => Request::Mute { sid: "TR_nobody".to_owned(), muted: false },
            _ => Request::Subscribe { tracks: vec!["TR_nobody".to_owned()], wanted: true },
        };
        self.ask(device, request);
    }

    /// The participant that a client is.
    pub(crate) fn participant(&self, device: usize) -> Option<ParticipantId> {
        let people = self.truth.people.iter();
        let mut own = people.filter(|(_, it)| it.device == device).map(|(id, _)| *id);
        own.next()
    }

    pub(crate) fn line_of(&self, device: usize, role: ConnectionRole) -> Option<ConnectionId> {
        let who = self.participant(device)?;
        let mut lines = self.shell.lines.iter();
        let fits = |of: ConnectionRole| of == role || of == ConnectionRole::Both;
        lines.find(|(_, it)| it.owner == who && fits(it.role)).map(|(id, _)| *id)
    }

    fn act_data(&mut self, device: usize) {
        let Some(from) = self.line_of(device, ConnectionRole::Publisher) else { return };
        let Some(who) = self.participant(device) else { return };
        if !self.shell.lines.get(&from).is_some_and(|it| it.connected) {
            return;
        }
        let topics = ["slides", "still", "uplink", "room-state", "room-state", "chat"];
        let topic = self.dice.chance(700).then(|| self.dice.pick(&topics).copied()).flatten();
        let topic = topic.map(str::to_owned);
        let payload = match topic.as_deref() {
            Some("still") => vec![self.dice.below(2) as u8, 2, 1],
            Some("uplink") => br#"{"picture":"paused"}"#.to_vec(),
            Some(topic @ ("room-state" | "chat")) => self.some_words(topic),
            _ => vec![1],
        };
        let user = Some(UserData { topic, payload });
        let to = if self.dice.chance(300) { vec!["person 1".to_owned()] } else { vec![] };
        let to_sids = if self.dice.chance(100) { vec!["PA_gone".to_owned()] } else { vec![] };
        let servers_only = self.dice.chance(50);
        let packet = DataPacket { sequence: 0, to, to_sids, user, servers_only, opaque: false };
        self.turn = Turn::default();
        let reliable = self.dice.chance(500);
        self.feed(Input::Data { from, reliable, packet: &packet });
        self.after_data(who, &packet);
        match packet.user.as_ref().map(|it| (it.topic.as_deref(), it)) {
            Some((Some("room-state"), user)) => self.after_write(who, &packet, user),
            Some((Some("chat"), user)) => self.after_chat(who, &packet, user),
            _ => {}
        }
        self.settle(false);
    }

    fn act_line(&mut self, device: usize) {
        use ConnectionEvent::{ClosedByClient, Failed, Fault, Moved, Stranded};
        match self.dice.below(8) {
            0 => self.befalls(device, Failed, ConnectionRole::Subscriber),
            1 => self.befalls(device, Stranded, ConnectionRole::Subscriber),
            2 => self.befalls(device, Fault, ConnectionRole::Subscriber),
            3 => self.befalls(device, Moved, ConnectionRole::Publisher),
            4 => self.befalls(device, ClosedByClient, ConnectionRole::Subscriber),
            5 if self.devices[device].way == Way::Two => {
                self.befalls(device, ClosedByClient, ConnectionRole::Publisher);
                self.devices[device].drop_sender();
            }
            _ => {
                let until_us = self.now_us + self.dice.between(1_000_000, 8_000_000);
                let who = self.participant(device);
                let lines = self.shell.lines.values_mut().filter(|it| Some(it.owner) == who);
                lines.for_each(|it| it.silent_until_us = until_us);
            }
        }
    }

    fn befalls(&mut self, device: usize, event: ConnectionEvent, role: ConnectionRole) {
        if let Some(id) = self.line_of(device, role) {
            self.later(1, Happens::Line(id, event));
        }
    }

    fn act_renew(&mut self, device: usize) {
        let Some(signal) = self.devices[device].signal else { return };
        let gate = &self.gates[signal.0 as usize];
        if gate.broken || gate.hung_up {
            return;
        }
        self.turn = Turn::default();
        let token = Box::new(self.devices[device].token.clone());
        self.feed(Input::Renew(signal, token));
        let renewed = self.turn.renewed.take();
        let gate = &self.gates[signal.0 as usize];
        let me = gate.admitted.and_then(|it| self.truth.people.get(&it));
        let me = me.filter(|it| it.signal == Some(signal));
        self.must(renewed.is_some() == me.is_some(), || "a token for nobody, or none".to_owned());
        if let (Some(token), Some(me)) = (renewed, me) {
            let (given, right) = (&token.video, &me.grant);
            self.must(given == right, || format!("a token with {given:?} in place of {right:?}"));
        }
        self.settle(false);
    }

    /// A request by HTTP was answered.
    pub(crate) fn after_visit(&mut self, device: usize) {
        let count = self.turn.visited.len();
        self.must(count == 1, || format!("{count} answers to a request by HTTP"));
        match self.turn.visited.first() {
            Some(Ok(Visited::Created { resource, sid, .. })) => {
                self.devices[device].stand = Stand::Visits(resource.clone());
                self.devices[device].sid.clone_from(sid);
                let who = self.turn.newcomers.first().copied();
                if let Some(it) = who.and_then(|it| self.truth.people.get_mut(&it)) {
                    it.sid.clone_from(sid);
                }
            }
            Some(Ok(Visited::Ended)) => self.devices[device].stand = Stand::Out,
            Some(Ok(Visited::Patch { connection, .. })) => {
                let there = self.shell.lines.contains_key(connection);
                self.must(there, || "a patch of no connection".to_owned());
            }
            Some(Err(signalling::words::visit::VisitFault::Unknown)) => {
                self.devices[device].stand = Stand::Out;
            }
            _ => {}
        }
    }
}

impl World {
    /// Everybody goes, each as it can.
    pub(crate) fn everybody_leaves(&mut self) {
        for device in 0..self.devices.len() {
            let token = &self.devices[device].token;
            let (room, identity) = (token.video.room.clone(), token.identity.clone());
            match self.devices[device].stand.clone() {
                Stand::In => {
                    self.ask(device, Request::Leave);
                    self.goes(device);
                }
                Stand::Visits(name) => {
                    let resource = Resource { name, room, identity };
                    self.visit(device, Want::End(resource));
                }
                _ => {}
            }
        }
    }
}
