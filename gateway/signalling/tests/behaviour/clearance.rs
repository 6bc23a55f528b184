//! What a room is cleared for: nobody sends media in it before, and nobody goes on when that is withdrawn.

use std::collections::BTreeSet;

use media::MediaKind;
use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::test_runner::Config;
use serde_json::{Value, json};
use session::{AccessToken, Clearance, Own, VideoGrant};
use signalling::effect::{Effect, Visited};
use signalling::ids::{SignalId, TrackId};
use signalling::input::Input;
use signalling::words::call::{Answer, Call, SetClearance, UpdateParticipant};
use signalling::words::data::{DataPacket, UserData};
use signalling::words::message::{Message, Refusal};
use signalling::words::participant::{LeaveReason, Permission};
use signalling::words::request::Request;
use signalling::words::track::{Announcement, TrackSource};
use signalling::words::visit::{VisitFault, Want};

use crate::streams::{Ward, sending};
use crate::world::{Client, World, data_section, described};

const WAITING: Clearance = Clearance { version: 1, media: false, recording: false };
const CLEARED: Clearance = Clearance { version: 2, media: true, recording: false };
const WITHDRAWN: Clearance = Clearance { version: 3, media: false, recording: false };

/// What a token says of a session that is to be recorded, and of its clearance.
pub(crate) fn own(clearance: Option<Clearance>) -> Option<Own> {
    let session = Some("ward".to_owned());
    Some(Own { session, record: Some(true), clearance, ..Own::default() })
}

pub(crate) fn set(world: &mut World, clearance: Clearance) {
    let room = "ward".to_owned();
    let answer = world.call(Call::SetClearance(SetClearance { room, clearance }));
    assert_eq!(answer.unwrap(), Answer::Done);
}

/// A world of which the next tokens say this.
pub(crate) fn said(clearance: Clearance) -> World {
    let mut world = World::new();
    world.own = own(Some(clearance));
    world
}

/// Tries to send a track in section `number`.
pub(crate) fn send(world: &mut World, client: Client, number: u32, source: TrackSource) {
    let cid = format!("track {number}");
    let kind = match source {
        TrackSource::Microphone => MediaKind::Audio,
        _ => MediaKind::Video,
    };
    let announcement = Announcement::new(cid.clone(), kind, source);
    world.request(client, Request::Announce(Box::new(announcement)));
    let sections = vec![data_section(), sending(&number.to_string(), &cid, kind)];
    world.request(client, Request::Offer(described(number, sections)));
}

/// The tracks that are sent, by what was asked of the caller.
fn sent(world: &World) -> BTreeSet<TrackId> {
    let mut tracks = BTreeSet::new();
    for effect in &world.others {
        match effect {
            Effect::Publish(it) => drop(tracks.insert(it.track)),
            Effect::Unpublish(_, track) => drop(tracks.remove(track)),
            _ => {}
        }
    }
    tracks
}

/// What the room's metadata said last of its clearance, in what was said on a connection and not read yet.
fn told(world: &World, signal: SignalId) -> Option<Value> {
    let said = world.said.get(&signal).into_iter().flatten();
    let last = said.rev().find_map(|message| match message {
        Message::Room(room) => Some(&room.metadata),
        Message::Joined(joined) => Some(&joined.room.metadata),
        _ => None,
    });
    let about: Value = serde_json::from_str(last?).unwrap();
    about.get("clearance").cloned()
}

/// Why something was refused, of what was said on a connection since it was last asked for.
fn refusals(world: &mut World, signal: SignalId) -> Vec<String> {
    let said = world.heard(signal).into_iter().filter_map(|message| match message {
        Message::Response { refusal: Refusal::NotAllowed, text, .. } => Some(text),
        _ => None,
    });
    said.collect()
}

/// Whether somebody may publish, as servers are told.
fn may(world: &mut World, identity: &str) -> bool {
    let answer = world.call(Call::GetParticipant("ward".to_owned(), identity.to_owned()));
    let Ok(Answer::Participant(info)) = answer else { panic!("{identity} is there") };
    info.permission.unwrap().can_publish
}

fn permit(world: &mut World, identity: &str, permission: Permission) -> bool {
    let (room, identity) = ("ward".to_owned(), identity.to_owned());
    let permission = Some(permission);
    let ask = UpdateParticipant { room, identity, permission, ..UpdateParticipant::default() };
    world.call(Call::UpdateParticipant(Box::new(ask))).is_ok()
}

fn packet(topic: &str, payload: &[u8]) -> DataPacket {
    let user = UserData { topic: Some(topic.to_owned()), payload: payload.to_vec() };
    DataPacket { user: Some(user), ..DataPacket::default() }
}

#[test]
fn before_it_is_cleared_a_room_is_a_waiting_room() {
    let mut world = said(WAITING);
    let (doctor, patient) = (world.there("doctor"), world.there("patient"));
    assert!(!world.own_info(patient).permission.unwrap().can_publish);
    let waits = json!({ "version": 1, "media": false, "recording": false });
    assert_eq!(told(&world, patient.signal), Some(waits));
    send(&mut world, doctor, 1, TrackSource::Camera);
    let why = refusals(&mut world, doctor.signal).remove(0);
    assert!(why.contains("identity and consent"), "{why}");
    assert!(sent(&world).is_empty());
    // Everything else works.
    let from = world.mouth(doctor);
    let chat = packet("chat", br#"{"id":"1","text":"please wait"}"#);
    world.give(Input::Data { from, reliable: true, packet: &chat });
    assert_eq!(world.delivered.last().unwrap().to, [world.ears(patient)]);
    let hand = packet("room-state", br#"{"hand":true}"#);
    world.give(Input::Data { from, reliable: true, packet: &hand });
    let room = world.heard(patient.signal).into_iter().rev().find_map(|message| match message {
        Message::Room(room) => Some(room.metadata),
        _ => None,
    });
    assert!(room.unwrap().contains(r#""hands""#));
}

#[test]
fn what_was_cleared_and_is_withdrawn_ends_and_is_told() {
    let mut world = said(WAITING);
    let (doctor, patient) = (world.there("doctor"), world.there("patient"));
    world.later(1);
    world.heard(patient.signal);
    set(&mut world, CLEARED);
    world.later(1);
    assert_eq!(told(&world, patient.signal).unwrap()["version"], json!(2));
    let mut told_of = world.told_of(patient.signal);
    told_of.retain(|info| info.permission.as_ref().is_some_and(|it| it.can_publish));
    assert_eq!(told_of.len(), 2, "both are told that both may");
    for (client, number) in [(doctor, 1), (patient, 2)] {
        send(&mut world, client, number, TrackSource::Camera);
    }
    // Announced, and not begun.
    let announcement = Announcement::new("v".to_owned(), MediaKind::Audio, TrackSource::Microphone);
    world.request(doctor, Request::Announce(Box::new(announcement)));
    assert_eq!(sent(&world).len(), 2);
    for client in [doctor, patient] {
        world.heard(client.signal);
    }
    set(&mut world, WITHDRAWN);
    world.later(1);
    assert!(sent(&world).is_empty());
    let said = world.heard(doctor.signal);
    let ended = said.iter().any(|it| matches!(it, Message::TrackUnpublished { .. }));
    assert!(ended, "{said:?}");
    let people = said.iter().filter_map(|it| match it {
        Message::Participants(people) => Some(people),
        _ => None,
    });
    let last = people.flatten().rfind(|info| info.identity == "patient").unwrap();
    assert_eq!((last.tracks.len(), last.permission.as_ref().unwrap().can_publish), (0, false));
    let voice = sending("3", "v", MediaKind::Audio);
    world.request(doctor, Request::Offer(described(9, vec![data_section(), voice])));
    assert!(sent(&world).is_empty(), "what was announced before does not begin");
}

#[test]
fn of_two_statements_the_higher_version_holds() {
    let mut world = said(CLEARED);
    world.there("doctor");
    set(&mut world, Clearance { media: false, ..CLEARED });
    set(&mut world, WAITING);
    assert!(may(&mut world, "doctor"), "as high, and lower");
    for said in [Some(WAITING), None] {
        world.own = own(said);
        world.there("nurse");
        assert!(may(&mut world, "doctor") && may(&mut world, "nurse"));
    }
    // Somebody who comes later has a later token.
    world.own = own(Some(WITHDRAWN));
    world.there("patient");
    assert!(["doctor", "nurse", "patient"].iter().all(|who| !may(&mut world, who)));
    // And whoever comes with one from before finds what holds now.
    world.own = own(Some(CLEARED));
    let late = world.there("late");
    assert!(!may(&mut world, "late") && !world.own_info(late).permission.unwrap().can_publish);
}

#[test]
fn who_comes_back_brings_a_later_clearance_and_learns_of_it() {
    let mut world = said(CLEARED);
    let (doctor, patient) = (world.there("doctor"), world.there("patient"));
    send(&mut world, patient, 1, TrackSource::Microphone);
    let sid = world.own_info(doctor).sid;
    world.give(Input::SignalLost(doctor.signal));
    set(&mut world, WITHDRAWN);
    let back = world.knock("doctor", |_| {}, Some(&sid));
    assert_eq!(told(&world, back).unwrap()["version"], json!(3));
    let own_info = world.told_of(back).into_iter().rev().find(|info| info.identity == "doctor");
    assert!(!own_info.unwrap().permission.unwrap().can_publish);
    world.own = own(Some(Clearance { version: 4, ..CLEARED }));
    world.give(Input::SignalLost(back));
    world.knock("doctor", |_| {}, Some(&sid));
    assert!(may(&mut world, "doctor") && may(&mut world, "patient"));
}

#[test]
fn what_servers_decide_meanwhile_is_what_is_given_back() {
    let mut world = said(WAITING);
    let doctor = world.there("doctor");
    world.there("patient");
    let sources = vec![TrackSource::Microphone];
    let (can_publish, can_publish_data) = (true, true);
    let permission = Permission { can_publish, can_publish_data, sources, ..Permission::default() };
    assert!(permit(&mut world, "doctor", permission));
    assert!(permit(&mut world, "patient", Permission::default()));
    send(&mut world, doctor, 1, TrackSource::Microphone);
    assert!(sent(&world).is_empty() && !may(&mut world, "doctor"));
    // A fresh token says what was granted: it outlives what is withheld now.
    let old = AccessToken { own: own(None), ..AccessToken::default() };
    world.give(Input::Renew(doctor.signal, Box::new(old)));
    let Some(Effect::Renewed(token)) = world.others.pop() else { panic!("a token") };
    assert_eq!(token.own.unwrap().clearance, Some(WAITING));
    assert_eq!(token.video.can_publish, Some(true));
    set(&mut world, CLEARED);
    assert!(may(&mut world, "doctor") && !may(&mut world, "patient"));
    world.heard(doctor.signal);
    send(&mut world, doctor, 2, TrackSource::Camera);
    assert_eq!(refusals(&mut world, doctor.signal), ["this token may not send such a track"]);
    send(&mut world, doctor, 3, TrackSource::Microphone);
    assert_eq!(sent(&world).len(), 1);
}

#[test]
fn a_room_that_opens_again_is_no_more_cleared_than_it_was() {
    let mut world = said(CLEARED);
    // Withdrawn before anybody comes.
    set(&mut world, WITHDRAWN);
    let doctor = world.there("doctor");
    assert!(!may(&mut world, "doctor"));
    world.request(doctor, Request::Leave);
    (0..40).for_each(|_| world.later(1));
    assert_eq!((world.rooms(), world.core.is_remembered("ward")), (0, true));
    world.there("doctor");
    assert!(!may(&mut world, "doctor"));
    let room = "x".repeat(257);
    let refused = world.call(Call::SetClearance(SetClearance { room, clearance: CLEARED }));
    assert!(refused.is_err());
}

#[test]
fn stills_and_files_are_refused_as_moving_pictures_are() {
    let mut ward = Ward::with(None);
    set(&mut ward.world, WITHDRAWN);
    ward.world.delivered.clear();
    ward.world.heard(ward.doctor.signal);
    ward.page_says(ward.doctor, "still", &[0, 1, 0xff, 0xd8]);
    let from = ward.world.mouth(ward.doctor);
    let file = DataPacket { opaque: true, ..DataPacket::default() };
    ward.world.give(Input::Data { from, reliable: true, packet: &file });
    assert_eq!((ward.world.counted("data_not_cleared"), ward.world.delivered.len()), (2, 0));
    assert_eq!(refusals(&mut ward.world, ward.doctor.signal).len(), 2);
    set(&mut ward.world, Clearance { version: 4, ..CLEARED });
    ward.world.give(Input::Data { from, reliable: true, packet: &file });
    assert_eq!(ward.world.delivered.len(), 1);
}

#[test]
fn a_device_is_let_in_once_it_may_send_and_goes_when_it_may_not() {
    let mut world = said(WAITING);
    world.there("doctor");
    let visit = |world: &mut World, clearance| {
        let video =
            VideoGrant { room: "ward".to_owned(), room_join: true, ..VideoGrant::default() };
        let identity = "camera".to_owned();
        let own = own(Some(clearance));
        let token = AccessToken { identity, video, own, ..AccessToken::default() };
        let section = sending("0", "camera", MediaKind::Video);
        let mut offer = described(0, vec![section]).remote.unwrap();
        offer.sections.iter_mut().for_each(|it| (it.muxed, it.bundled) = (true, true));
        world.give(Input::Visit(Box::new(Want::Publish(token, offer))));
        let answers = world.others.extract_if(.., |it| matches!(it, Effect::Visited(_)));
        let Some(Effect::Visited(answer)) = answers.last() else { panic!("an answer") };
        answer
    };
    assert_eq!(visit(&mut world, WAITING).unwrap_err(), VisitFault::NotCleared);
    assert_eq!((world.people(), sent(&world).len()), (1, 0));
    assert!(matches!(visit(&mut world, CLEARED), Ok(Visited::Created { .. })));
    assert!(may(&mut world, "doctor"), "its token was later than the room's");
    assert_eq!((world.people(), sent(&world).len()), (2, 1));
    set(&mut world, WITHDRAWN);
    assert_eq!((world.people(), sent(&world).len()), (1, 0));
    let left = world.others.iter().any(|it| {
        let Effect::Event(signalling::effect::Event::Left { reason, .. }) = it else {
            return false;
        };
        *reason == LeaveReason::ParticipantRemoved
    });
    assert!(left);
    assert_eq!(visit(&mut world, CLEARED).unwrap_err(), VisitFault::NotCleared);
}

/// One thing that happens.
#[derive(Clone, Debug)]
enum Act {
    /// Somebody comes in, whose token grants publishing or not.
    Join(usize, Option<Clearance>, bool),
    /// Somebody's page lost its connection and goes on.
    Resume(usize, Option<Clearance>, bool),
    Set(Clearance),
    Send(usize),
    Permit(usize, bool),
    Say(usize),
    Leave(usize),
}

fn clearance() -> impl Strategy<Value = Clearance> {
    (0..6_u64, any::<bool>(), any::<bool>()).prop_map(|(version, media, recording)| Clearance {
        version,
        media,
        recording,
    })
}

fn act() -> impl Strategy<Value = Act> {
    let who = 0..4_usize;
    let said = || proptest::option::of(clearance());
    prop_oneof![
        3 => (who.clone(), said(), any::<bool>()).prop_map(|(who, said, may)| Act::Join(who, said, may)),
        1 => (who.clone(), said(), any::<bool>()).prop_map(|(who, said, may)| Act::Resume(who, said, may)),
        3 => clearance().prop_map(Act::Set),
        4 => who.clone().prop_map(Act::Send),
        2 => (who.clone(), any::<bool>()).prop_map(|(who, may)| Act::Permit(who, may)),
        2 => who.clone().prop_map(Act::Say),
        1 => who.prop_map(Act::Leave),
    ]
}

/// A world beside what must be true of it.
struct Model {
    world: World,
    people: [Option<Client>; 4],
    /// What tokens grant, and what servers decided.
    granted: [(bool, Option<bool>); 4],
    latest: Option<Clearance>,
    /// How many tracks were tried: each has a section of its own.
    tried: u32,
}

impl Model {
    fn new() -> Self {
        let (world, people, granted) = (World::new(), [None; 4], [(true, None); 4]);
        Self { world, people, granted, latest: None, tried: 0 }
    }

    fn hear(&mut self, said: Option<Clearance>) {
        let Some(said) = said else { return };
        if self.latest.is_none_or(|known| known.version < said.version) {
            self.latest = Some(said);
        }
    }

    fn token(
        &mut self,
        who: usize,
        said: Option<Clearance>,
        may: bool,
    ) -> impl Fn(&mut VideoGrant) + use<> {
        self.hear(said);
        self.world.own = own(said);
        self.granted[who].0 = may;
        move |video| video.can_publish = Some(may)
    }

    fn act(&mut self, act: Act) {
        let name = |who: usize| format!("person {who}");
        match act {
            Act::Join(who, said, may) => {
                let grants = self.token(who, said, may);
                let client = self.world.join(&name(who), grants);
                self.world.connect(client);
                self.people[who] = Some(client);
            }
            Act::Resume(who, said, may) => {
                let Some(client) = self.people[who] else { return };
                self.world.give(Input::SignalLost(client.signal));
                let grants = self.token(who, said, may);
                let signal = self.world.knock(&name(who), grants, Some(""));
                self.people[who] = self.world.admitted(signal);
            }
            Act::Set(said) => {
                self.hear(Some(said));
                set(&mut self.world, said);
            }
            Act::Send(who) => {
                let Some(client) = self.people[who] else { return };
                self.tried += 1;
                send(&mut self.world, client, self.tried, TrackSource::Microphone);
            }
            Act::Permit(who, may) => {
                let (can_subscribe, can_publish_data) = (true, true);
                let permission = Permission {
                    can_publish: may,
                    can_subscribe,
                    can_publish_data,
                    ..Permission::default()
                };
                if permit(&mut self.world, &name(who), permission) {
                    self.granted[who].1 = Some(may);
                }
            }
            Act::Say(who) => {
                let Some(client) = self.people[who] else { return };
                let from = self.world.channel(client);
                let packet = packet("chat", br#"{"text":"word"}"#);
                self.world.give(Input::Data { from, reliable: true, packet: &packet });
            }
            Act::Leave(who) => {
                if let Some(client) = self.people[who].take() {
                    self.world.request(client, Request::Leave);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::with_cases(128) })]

    /// Whatever happens in whichever order, no track is sent while the room's latest clearance withholds media, nothing goes
    /// to the recorder while it withholds the recording, and everybody has exactly what it was granted otherwise.
    #[test]
    fn nothing_is_sent_or_recorded_that_is_not_cleared(acts in vec(act(), 1..30)) {
        let (mut model, mut records) = (Model::new(), false);
        for act in acts {
            let before = model.world.others.len();
            let said = format!("{act:?}");
            model.act(act);
            model.world.now += std::time::Duration::from_millis(100);
            model.world.give(Input::Tick);
            let media = model.latest.is_none_or(|latest| latest.media);
            let recording = model.latest.is_none_or(|latest| latest.recording);
            prop_assert!(media || sent(&model.world).is_empty(), "{}", said);
            for effect in &model.world.others[before..] {
                match effect {
                    Effect::Publish(_) => prop_assert!(media, "{}", said),
                    Effect::Record(_) => {
                        prop_assert!(recording, "{}", said);
                        records = true;
                    }
                    Effect::StopRecording(_) => records = false,
                    Effect::Tap { .. } => prop_assert!(records, "{}", said),
                    _ => {}
                }
            }
            let open = model.world.rooms() == 1;
            prop_assert_eq!(records, recording && open, "{}", said);
            for (who, (token, decided)) in model.granted.into_iter().enumerate() {
                if model.people[who].is_some() {
                    let granted = decided.unwrap_or(token);
                    prop_assert_eq!(may(&mut model.world, &format!("person {who}")), granted && media, "{}", said);
                }
            }
        }
    }
}
