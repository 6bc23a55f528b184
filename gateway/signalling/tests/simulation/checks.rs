//! What must hold after each input, and what when everything has come to rest.

use std::collections::{BTreeMap, BTreeSet};

use signalling::effect::{ConnectionRole, Counted};
use signalling::ids::{ConnectionId, ParticipantId, SignalId, TrackId};
use signalling::words::data::DataPacket;
use signalling::words::participant::State;
use signalling::words::request::{Request, Scenario};

use crate::device::{Stand, Way};
use crate::truth::{Person, booked};
use crate::world::World;

/// What a client must be told of when it is counted.
const TOLD: [&str; 8] = [
    "request_invalid",
    "request_unsupported",
    "tracks_full",
    "track_unannounced",
    "track_codec",
    "audience_too_long",
    "carriers_full",
    "section_refused",
];

impl World {
    /// Somebody was at the door.
    pub(crate) fn joined(&mut self, signal: SignalId) {
        let waits = self.turn.counts.contains(&Counted::JoinWaits);
        let gate = &mut self.gates[signal.0 as usize];
        gate.waits = waits && gate.admitted.is_none();
        let (admitted, hung_up) = (gate.admitted, gate.hung_up);
        self.must(admitted.is_some() || hung_up || waits, || {
            format!("{signal:?} is left standing")
        });
        match admitted.filter(|who| !self.turn.newcomers.contains(who)) {
            Some(who) => self.resumed(signal, who),
            None if hung_up && admitted.is_none() => {
                let told = self.turn.said.contains(&(signal, "leave"));
                let join = self.gates[signal.0 as usize].join.as_ref();
                let resumes = join.is_some_and(|it| it.resume.is_some());
                self.must(told || resumes, || {
                    format!("{signal:?} is not told why it is sent away")
                });
            }
            None => {}
        }
    }

    fn resumed(&mut self, signal: SignalId, who: ParticipantId) {
        let Some(join) = self.gates[signal.0 as usize].join.clone() else { return };
        let Some(it) = self.truth.people.get_mut(&who) else {
            self.broken(&format!("{who:?} goes on and is not there"))
        };
        it.signal = Some(signal);
        let (room, of, sid) = (it.room.clone(), it.of.clone(), it.sid.clone());
        let asked = join.resume.as_deref();
        self.must(asked.is_some_and(|it| it.is_empty() || it == sid), || {
            format!("{of} wanted to go on with {asked:?} and has {sid}")
        });
        let removed = self.truth.decided(&room, &of).is_some_and(|it| it.removed);
        self.must(!removed, || format!("{of} was removed and goes on"));
        let grant = self.truth.permitted(&room, &of, &join.token.video);
        self.truth.grant(&self.shell, who, grant);
        self.audit(who);
    }

    /// Notes who asks, and what its request settles.
    pub(crate) fn before_request(&mut self, signal: SignalId, request: &Request) {
        let gate = &self.gates[signal.0 as usize];
        let current = gate.admitted.filter(|_| !gate.lost && !gate.hung_up);
        let people = &self.truth.people;
        let current =
            current.filter(|who| people.get(who).is_some_and(|it| it.signal == Some(signal)));
        self.turn.current = current;
        let (Some(who), Request::Answer(answer)) = (current, request) else { return };
        if answer.remote.is_err() {
            return;
        }
        let lines = self.shell.lines.values_mut();
        for line in lines.filter(|it| it.owner == who && it.role == ConnectionRole::Subscriber) {
            line.offer = line.offer.filter(|(number, _)| *number != answer.number);
        }
    }

    /// What follows from a request.
    pub(crate) fn after_request(&mut self, signal: SignalId, request: &Request) {
        let Some(who) = self.turn.current else { return };
        let said = |world: &Self, what: &'static str| world.turn.said.contains(&(signal, what));
        let told = TOLD.iter().find(|it| self.turn.counts.contains(&Counted::Dropped(it)));
        if let Some(why) = told {
            let tells = said(self, "response") || said(self, "subscription failed");
            self.must(tells, || format!("{why} is not told after {request:?}"));
        }
        match request {
            Request::Announce(it) => {
                let may = self
                    .truth
                    .people
                    .get(&who)
                    .is_some_and(|me| me.grant.may_publish_source(it.source.word()));
                let taken = said(self, "track published");
                self.must(may || !taken, || format!("{:?} may not be announced", it.source));
                self.must(taken || said(self, "response"), || "no word on a track".to_owned());
            }
            Request::Describe { .. } | Request::Unsupported => {
                self.must(said(self, "response"), || format!("no word on {request:?}"));
            }
            Request::Offer(it) | Request::Answer(it) if it.remote.is_err() => {
                self.must(said(self, "response"), || format!("no word on {request:?}"));
            }
            Request::Mute { sid, muted } => self.muted_by_owner(who, sid, *muted),
            Request::Subscribe { tracks, wanted } => self.subscriptions(who, tracks, *wanted),
            Request::Audience(wish) if wish.all || wish.entries.len() <= 300 => {
                if let Some(it) = self.truth.people.get_mut(&who) {
                    it.audience = Some(wish.clone());
                }
                self.truth.weigh(&self.shell, who);
            }
            Request::Simulate(Scenario::DisconnectOnResume) => {}
            _ => {}
        }
    }

    fn muted_by_owner(&mut self, who: ParticipantId, sid: &str, muted: bool) {
        let Some(me) = self.truth.people.get_mut(&who) else { return };
        let mut sources = BTreeSet::new();
        for it in me.announced.iter_mut().filter(|it| it.sid == sid) {
            it.muted = muted;
            sources.insert(it.source);
        }
        let (room, identity) = (me.room.clone(), me.identity.clone());
        let own = self.shell.tracks.values_mut().filter(|it| it.owner == who && it.sid == sid);
        for it in own {
            it.must_be_muted = muted;
            sources.insert(it.source);
        }
        if !muted {
            let decision = self.truth.decision(&room, &identity);
            decision.muted.retain(|it| !sources.contains(it));
        }
    }

    /// What was made of data.
    pub(crate) fn after_data(&mut self, who: ParticipantId, packet: &DataPacket) {
        let Some(me) = self.truth.people.get(&who) else { return };
        let topic = packet.user.as_ref().and_then(|it| it.topic.as_deref());
        let turns_pages = topic == Some("slides") && booked(&me.room);
        let may = me.grant.may_publish_data()
            && !packet.servers_only
            && (!turns_pages || me.grant.room_admin);
        let delivered = &self.turn.delivered;
        self.must(may || delivered.is_empty(), || format!("{packet:?} of one who may not"));
        for it in delivered {
            let name = if me.hides() { "" } else { me.identity.as_str() };
            self.must(it.signature.identity == name, || format!("{name} signs {:?}", it.signature));
            for to in &it.to {
                let Some(line) = self.shell.lines.get(to) else { continue };
                let fits = line.room == me.room && line.owner != who;
                self.must(fits, || format!("data of {name} to {}", line.identity));
                // A still goes to those for whom it was asked, whatever its sender says.
                if topic == Some("still") {
                    continue;
                }
                let meant = packet.to.is_empty() || packet.to.contains(&line.identity);
                let of_sids = packet.to_sids.is_empty() || !packet.to.is_empty();
                self.must(meant && of_sids, || format!("data is not for {}", line.identity));
            }
        }
    }

    /// What every input leaves true. `by_time` if rooms may have closed by their time.
    pub(crate) fn settle(&mut self, by_time: bool) {
        let turn = std::mem::take(&mut self.turn);
        for (room, who) in &turn.joined {
            let Some(it) = self.truth.people.get(who) else {
                self.broken(&format!("{who:?} has joined and is not there"))
            };
            self.truth.rooms.insert(*room, it.room.clone());
        }
        for (signal, sid) in turn.sids {
            let who = self.gates[signal.0 as usize].admitted;
            let Some(it) = who.and_then(|who| self.truth.people.get_mut(&who)) else { continue };
            it.sid.clone_from(&sid);
        }
        for who in &turn.newcomers {
            if let Some(it) = self.truth.people.get(who) {
                self.by_sid.insert(it.sid.clone(), *who);
            }
        }
        turn.ended.iter().for_each(|it| self.truth.forget(*it));
        turn.published.iter().for_each(|it| self.truth.spread(&self.shell, *it));
        turn.newcomers.iter().for_each(|it| self.truth.subscribe_to_all(&self.shell, *it));
        for (signal, sid) in &turn.failed {
            self.takes_no_codec(*signal, sid);
        }
        let by_time = by_time || turn.called.len() == 1;
        turn.closed.iter().for_each(|it| self.room_over(*it, by_time && turn.called.is_empty()));
        if turn.goes {
            let lines = &self.shell.lines;
            let stay = |who: &ParticipantId| lines.values().any(|it| it.owner == *who);
            let people = &mut self.truth.people;
            let gone: Vec<ParticipantId> = people.keys().filter(|it| !stay(it)).copied().collect();
            for who in gone {
                let Some(it) = people.remove(&who) else { continue };
                self.by_sid.remove(&it.sid);
                // Whoever came in anew in its place has not left.
                let stays =
                    |other: &Person| (&other.room, &other.identity) == (&it.room, &it.identity);
                let state = self.truth.states.get_mut(&it.room);
                if let Some(state) = state.filter(|_| !people.values().any(stays)) {
                    state.forget(&it.identity);
                }
            }
        }
        for (id, track) in &turn.heard {
            self.may_hear(*id, *track);
        }
        for (signal, sid) in &turn.shown {
            let it = self.by_sid.get(sid).and_then(|it| self.truth.people.get(it));
            let shown = it.is_some_and(|it| it.hides() && it.signal != Some(*signal));
            self.must(!shown, || format!("{sid} hides and is shown on {signal:?}"));
        }
        if self.steps.is_multiple_of(500) {
            self.audit_all();
        }
    }

    fn takes_no_codec(&mut self, signal: SignalId, sid: &str) {
        let gate = &self.gates[signal.0 as usize];
        let lacks = self.devices[gate.device].lacks;
        let track = self.shell.tracks.iter().find(|(_, it)| it.sid == sid);
        let Some((track, codec)) = track.map(|(id, it)| (*id, it.codec)) else { return };
        self.must(lacks == Some(codec), || format!("{sid} does not come to who takes {codec:?}"));
        if let Some(who) = gate.admitted {
            self.truth.unsubscribe(who, track);
        }
    }

    fn may_hear(&self, id: ConnectionId, track: TrackId) {
        let Some(line) = self.shell.lines.get(&id) else { return };
        if !line.hears.contains_key(&track) {
            return;
        }
        let Some(me) = self.truth.people.get(&line.owner) else {
            self.broken(&format!("{id:?} is nobody's and hears {track:?}"))
        };
        let may = match me.way {
            Way::Two | Way::One => me.wants.contains(&track),
            _ => me.grant.may_subscribe() && self.truth.admitted(&self.shell, line.owner, track),
        };
        self.must(may, || format!("{} is not to hear {track:?}", me.identity));
    }

    /// Whether somebody sends and hears nothing that it may not.
    pub(crate) fn audit(&self, who: ParticipantId) {
        let Some(me) = self.truth.people.get(&who) else { return };
        for track in self.tracks_of(who) {
            let source = self.shell.tracks[&track].source;
            let may = me.grant.may_publish_source(source.word());
            self.must(may, || format!("{} may not send {source:?}", me.identity));
        }
        for (id, line) in self.shell.lines.iter().filter(|(_, it)| it.owner == who) {
            line.hears.keys().for_each(|track| self.may_hear(*id, *track));
            let loose = me.way != Way::Watches && line.has_loose_stream();
            self.must(!loose, || format!("{} keeps a stream of nothing", me.identity));
        }
    }

    fn audit_all(&self) {
        self.truth.people.keys().for_each(|it| self.audit(*it));
        let (_, people) = self.core.count();
        let known = self.truth.people.len();
        self.must(people == known, || format!("{people} people in place of {known}"));
    }

    /// Everything has come to rest: everybody knows what is true, and hears what it is to hear.
    pub(crate) fn settled(&mut self) {
        self.audit_all();
        for (signal, gate) in self.gates.iter().enumerate() {
            self.must(!gate.waits, || format!("signal {signal} still waits"));
        }
        for number in 0..self.devices.len() {
            let person = self.participant(number);
            let it = &self.devices[number];
            let here = person.and_then(|who| self.truth.people.get(&who));
            match it.stand {
                Stand::Knocks => self.broken(&format!("device {number} was not answered")),
                Stand::In => {
                    let agrees = here.is_some_and(|here| here.sid == it.sid);
                    self.must(agrees, || format!("device {number} is in as {} alone", it.sid));
                }
                Stand::Out => {
                    let who = &it.token.identity;
                    self.must(here.is_none(), || format!("{who} went and is there"));
                }
                Stand::Visits(_) if here.is_none() => self.devices[number].stand = Stand::Out,
                Stand::Visits(_) => {}
            }
        }
        let people: Vec<ParticipantId> = self.truth.people.keys().copied().collect();
        for who in people {
            self.knows_everybody(who);
            self.hears_everything(who);
        }
        self.media_flows();
        self.states_agree();
    }

    /// Whether the others are to see somebody.
    fn visible(&self, who: ParticipantId, it: &Person) -> bool {
        let stands = self.shell.lines.values().any(|line| {
            line.owner == who
                && line.connected
                && (line.role != ConnectionRole::Publisher || it.signal.is_none())
        });
        (stands || !self.tracks_of(who).is_empty()) && !it.hides()
    }

    fn knows_everybody(&self, who: ParticipantId) {
        let me = &self.truth.people[&who];
        if me.signal.is_none() {
            return;
        }
        let device = &self.devices[me.device];
        let others = self
            .truth
            .people
            .iter()
            .filter(|(id, it)| **id != who && it.room == me.room && self.visible(**id, it));
        let mut right = BTreeMap::new();
        for (id, it) in others {
            let tracks = self.shell.tracks.values().filter(|of| of.owner == *id);
            let tracks: BTreeSet<_> =
                tracks.map(|it| (it.mid.clone(), it.source, it.must_be_muted)).collect();
            right.insert(it.identity.clone(), (it.sid.clone(), State::Active, tracks));
        }
        let known = device.others.iter().map(|(identity, it)| {
            let tracks = it.tracks.iter().map(|it| (it.mid.clone(), it.source, it.muted));
            (identity.clone(), (it.sid.clone(), it.state, tracks.collect::<BTreeSet<_>>()))
        });
        let known: BTreeMap<_, _> = known.collect();
        for (identity, it) in &right {
            let has = known.get(identity);
            let mine = &me.identity;
            self.must(has == Some(it), || {
                format!("{mine} knows {identity} as {has:?}, not {it:?}")
            });
        }
        let ghost = known.keys().find(|it| !right.contains_key(*it));
        self.must(ghost.is_none(), || format!("{} sees the ghost {ghost:?}", me.identity));
    }

    fn hears_everything(&self, who: ParticipantId) {
        let me = &self.truth.people[&who];
        let mut lines = self.shell.lines.iter();
        let line = lines.find(|(_, it)| it.owner == who && it.role != ConnectionRole::Publisher);
        let Some((id, line)) = line.filter(|(_, it)| it.connected) else { return };
        if me.signal.is_none() {
            return self.watches(who, me);
        }
        let hears: BTreeSet<TrackId> = line.hears.keys().copied().collect();
        let mine = &me.identity;
        self.must(hears == me.wants, || format!("{mine} hears {hears:?}, not {:?}", me.wants));
        let sid = |track: &TrackId| self.shell.tracks[track].sid.clone();
        let divided: BTreeSet<TrackId> = self.core.subscribed(*id).map(|it| it.track).collect();
        self.must(divided == hears, || format!("{mine} hears {hears:?} and divides {divided:?}"));
        let known = hears.iter().map(sid).filter(|it| !it.is_empty());
        let known: BTreeSet<String> = known.collect();
        let carried = &self.devices[me.device].carried;
        let told: BTreeSet<String> = carried.values().cloned().collect();
        let missing = known.difference(&told).next();
        self.must(missing.is_none(), || format!("{mine} does not know that it hears {missing:?}"));
        let extra = told.len().saturating_sub(hears.len());
        self.must(extra == 0, || format!("{mine} was told {told:?} and hears {known:?}"));
        self.must(line.offer.is_none(), || format!("{mine} has an offer out: {:?}", line.offer));
    }

    /// A screen shows a picture and a voice if there are any for it.
    fn watches(&self, who: ParticipantId, me: &Person) {
        if me.way != Way::Watches {
            return;
        }
        let mut lines = self.shell.lines.values();
        let Some(line) = lines.find(|it| it.owner == who) else { return };
        for kind in [media::MediaKind::Audio, media::MediaKind::Video] {
            let of_kind = |it: &&TrackId| self.shell.tracks[*it].kind == kind;
            let shown = line.hears.keys().filter(of_kind).count();
            let may = self.shell.tracks.iter().filter(|(_, it)| {
                it.kind == kind
                    && self.truth.people.get(&it.owner).is_some_and(|of| of.room == me.room)
            });
            let codec = |track: &TrackId| {
                let codec = self.shell.tracks[track].codec;
                kind == media::MediaKind::Audio || codec == transport::payload::CodecKind::Vp8
            };
            let mut may = may.map(|(id, _)| *id).filter(codec);
            let may =
                may.any(|it| me.grant.may_subscribe() && self.truth.admitted(&self.shell, who, it));
            let mine = &me.identity;
            self.must(shown == usize::from(may), || format!("{mine} is shown {shown} {kind:?}"));
        }
    }

    fn media_flows(&mut self) {
        let tracks: Vec<TrackId> = self.shell.tracks.keys().copied().collect();
        for track in tracks {
            let right = self
                .shell
                .lines
                .iter()
                .filter(|(_, it)| it.hears.contains_key(&track) && !it.unseen.contains(&track));
            let right: BTreeSet<ConnectionId> = right.map(|(id, _)| *id).collect();
            match self.shell.flow(self.now_us, track) {
                Ok(got) => {
                    self.must(got == right, || {
                        format!("{track:?} flows to {got:?}, not {right:?}")
                    });
                }
                Err(why) => self.broken(&why),
            }
        }
    }

    /// Everybody has left.
    pub(crate) fn empty(&self) {
        let (rooms, people) = self.core.count();
        self.must((rooms, people) == (0, 0), || {
            format!("{rooms} rooms and {people} people are left")
        });
        if let Err(why) = self.shell.is_bare() {
            self.broken(&why);
        }
        let (entries, base) = (self.core.entries(), self.base);
        self.must(entries == base, || format!("{entries} entries are left in place of {base}"));
    }
}
