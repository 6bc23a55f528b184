//! How listeners are told what their lines carry, and what an allocation is told of subscriptions.

use std::time::Duration;

use media::{Layer, MediaKind};
use session::Own;
use signalling::effect::{Deliver, Effect};
use signalling::ids::TrackId;
use signalling::input::Input;
use signalling::words::message::{Message, StreamWord};
use signalling::words::request::{AudienceEntry, AudienceWish, Request, TrackSettings};
use signalling::words::stream::{Asks, Cause, StreamState, Streamed, Subscribed};
use signalling::words::track::{Announcement, TrackSource};
use transport::payload::CodecKind;
use transport::sdp::{Codec, Kind, Media, Section, Setup};

use crate::world::{Client, World, data_section, described};

const PAUSED: StreamState = StreamState::Paused(Cause::ThinLine);
const SMALLER: StreamState = StreamState::Smaller(Cause::ThinLine);

/// A doctor with camera and microphone, and somebody who is sent both.
pub(crate) struct Ward {
    pub(crate) world: World,
    pub(crate) doctor: Client,
    pub(crate) listener: Client,
    pub(crate) camera: TrackId,
    pub(crate) voice: TrackId,
    pub(crate) camera_sid: String,
}

impl Ward {
    fn new() -> Self {
        Self::with(None)
    }

    /// The listener's token says `own`.
    pub(crate) fn with(own: Option<Own>) -> Self {
        let mut world = World::new();
        let doctor = world.there("doctor");
        world.own = own;
        let listener = world.there("listener");
        let mut sections = vec![data_section()];
        for (mid, cid, kind, source) in [
            ("1", "c", MediaKind::Video, TrackSource::Camera),
            ("2", "v", MediaKind::Audio, TrackSource::Microphone),
        ] {
            let announcement = Announcement::new(cid.to_owned(), kind, source);
            world.request(doctor, Request::Announce(Box::new(announcement)));
            sections.push(sending(mid, cid, kind));
        }
        world.request(doctor, Request::Offer(described(1, sections)));
        let mut ward = Self {
            world,
            doctor,
            listener,
            camera: TrackId(0),
            voice: TrackId(0),
            camera_sid: String::new(),
        };
        ward.answer();
        let begun = ward.world.others.iter().filter_map(|it| match it {
            Effect::Subscribe(it) => Some((it.kind, it.track)),
            _ => None,
        });
        for (kind, track) in begun.collect::<Vec<_>>() {
            match kind {
                MediaKind::Video => ward.camera = track,
                MediaKind::Audio => ward.voice = track,
            }
        }
        assert_ne!(ward.camera, ward.voice, "both are sent");
        let said = ward.world.heard(doctor.signal);
        let sid = said.into_iter().find_map(|it| match it {
            Message::TrackPublished { cid, track } if cid == "c" => Some(track.sid),
            _ => None,
        });
        ward.camera_sid = sid.expect("it was taken note of");
        ward.world.heard(listener.signal);
        ward
    }

    /// The listener accepts whatever it was offered.
    fn answer(&mut self) {
        for _ in 0..3 {
            self.world.later(1);
            self.accept(self.listener);
        }
    }

    /// A client accepts whatever it was offered.
    pub(crate) fn accept(&mut self, client: Client) {
        for offer in self.world.offers.remove(&client.signal).unwrap_or_default() {
            let sections = offer.sections.iter().map(accepts).collect();
            let mut answer = described(offer.number, sections);
            answer.remote.as_mut().unwrap().setup = Setup::Active;
            self.world.request(client, Request::Answer(answer));
        }
    }

    fn give(&mut self, streams: &[(TrackId, StreamState)]) {
        let connection = self.world.ears(self.listener);
        let streamed: Vec<Streamed> = streams
            .iter()
            .map(|(track, state)| Streamed { connection, track: *track, state: *state })
            .collect();
        self.world.give(Input::Streams(&streamed));
    }

    fn pass(&mut self, ms: u64) {
        self.world.now += Duration::from_millis(ms);
        self.world.give(Input::Tick);
    }

    /// What the listener's client was told since it was last asked: pauses, and the packets with reasons.
    pub(crate) fn told(&mut self) -> (Vec<(String, bool)>, Vec<serde_json::Value>) {
        let said = self.world.heard(self.listener.signal).into_iter().filter_map(|it| match it {
            Message::Streams(words) => Some(words),
            _ => None,
        });
        let words = said.flatten().map(|StreamWord { track_sid, paused, .. }| (track_sid, paused));
        let words = words.collect();
        (words, self.packets("line"))
    }

    /// The packets of one topic that the gateway sent the listener's page since it was last asked.
    pub(crate) fn packets(&mut self, topic: &str) -> Vec<serde_json::Value> {
        self.packets_to("listener", topic)
    }

    /// The same of somebody's page.
    pub(crate) fn packets_to(&mut self, who: &str, topic: &str) -> Vec<serde_json::Value> {
        let to = |it: &Deliver| {
            let said = it.said.as_ref().and_then(|it| it.topic.as_deref());
            it.meant == [who] && said == Some(topic)
        };
        let packets = self.world.delivered.extract_if(.., |it| to(it)).map(|it| {
            assert!(it.reliable);
            serde_json::from_slice(&it.said.unwrap().payload).unwrap()
        });
        packets.collect()
    }

    pub(crate) fn subscribed(&self, track: TrackId) -> Subscribed {
        let ears = self.world.ears(self.listener);
        self.world.core.subscribed(ears).find(|it| it.track == track).unwrap()
    }
}

pub(crate) fn sending(mid: &str, cid: &str, kind: MediaKind) -> Section {
    let (kind, codec) = match kind {
        MediaKind::Video => (Kind::Video, CodecKind::Vp8),
        MediaKind::Audio => (Kind::Audio, CodecKind::Opus),
    };
    Section {
        codecs: vec![Codec::offered(codec)],
        sends: true,
        track: Some(cid.to_owned()),
        stream: Some("stream".to_owned()),
        ..Section::silent(mid.to_owned(), kind)
    }
}

fn accepts(media: &Media) -> Section {
    let Media::Send { mid, kind, codec, active, .. } = media else { return data_section() };
    let (codecs, receives) = (vec![codec.clone()], *active);
    Section { codecs, receives, ..Section::silent(mid.clone(), *kind) }
}

fn reasons(of: &str, state: &str, reason: Option<&str>, side: Option<&str>) -> serde_json::Value {
    let word = serde_json::json!({ "track": of, "state": state, "reason": reason, "side": side });
    serde_json::json!({ "streams": [word] })
}

#[test]
fn a_pause_is_told_at_once_with_its_reason_and_once() {
    let mut ward = Ward::new();
    let (camera, sid) = (ward.camera, ward.camera_sid.clone());
    ward.give(&[(camera, StreamState::Whole)]);
    assert_eq!(ward.told(), (vec![], vec![]), "it always came whole");
    ward.give(&[(camera, PAUSED)]);
    let why = reasons(&sid, "paused", Some("line"), Some("yours"));
    assert_eq!(ward.told(), (vec![(sid.clone(), true)], vec![why]));
    ward.give(&[(camera, PAUSED)]);
    ward.pass(5_000);
    assert_eq!(ward.told(), (vec![], vec![]), "it knows");
    ward.give(&[(camera, SMALLER)]);
    let why = reasons(&sid, "smaller", Some("line"), Some("yours"));
    assert_eq!(ward.told(), (vec![(sid.clone(), false)], vec![why]));
    ward.pass(1_000);
    ward.give(&[(camera, StreamState::Smaller(Cause::PublishersLine))]);
    let why = reasons(&sid, "smaller", Some("line"), Some("theirs"));
    assert_eq!(ward.told(), (vec![], vec![why]), "nothing is paused");
    ward.pass(1_000);
    ward.give(&[(camera, StreamState::Whole)]);
    assert_eq!(ward.told(), (vec![], vec![reasons(&sid, "whole", None, None)]));
}

#[test]
fn a_client_is_told_once_a_second_whatever_its_line_does() {
    let mut ward = Ward::new();
    let camera = ward.camera;
    let (mut words, mut packets) = (0, 0);
    for turn in 0..1_000 {
        ward.give(&[(camera, if turn % 2 == 0 { PAUSED } else { SMALLER })]);
        ward.pass(10);
        let told = ward.told();
        (words, packets) = (words + told.0.len(), packets + told.1.len());
    }
    assert!((1..=11).contains(&words) && (1..=11).contains(&packets), "{words} {packets}");
    ward.give(&[(camera, PAUSED)]);
    ward.pass(1_000);
    ward.told();
    ward.pass(1_000);
    assert_eq!(ward.told(), (vec![], vec![]), "the last word was told");
}

#[test]
fn who_was_away_is_told_again_what_is_paused() {
    let mut ward = Ward::new();
    let camera = ward.camera;
    ward.give(&[(camera, PAUSED)]);
    ward.told();
    ward.world.give(Input::SignalLost(ward.listener.signal));
    let back = ward.world.knock("listener", |_| {}, Some(""));
    ward.listener = Client { signal: back, ..ward.listener };
    ward.pass(10);
    assert_eq!(ward.told().0, [(ward.camera_sid.clone(), true)]);
}

#[test]
fn a_track_that_ended_or_is_not_sent_is_no_news() {
    let mut ward = Ward::new();
    let camera = ward.camera;
    let (tracks, wanted) = (vec![ward.camera_sid.clone()], false);
    ward.give(&[(TrackId(9_999), PAUSED)]);
    assert_eq!(ward.told(), (vec![], vec![]));
    ward.give(&[(camera, PAUSED)]);
    ward.told();
    ward.world.request(ward.listener, Request::Subscribe { tracks, wanted });
    ward.pass(1_000);
    ward.give(&[(camera, SMALLER)]);
    ward.pass(1_000);
    assert_eq!(ward.told(), (vec![], vec![]));
}

#[test]
fn what_a_listener_asks_for_is_known_of_each_subscription() {
    let mut ward = Ward::new();
    let camera = ward.subscribed(ward.camera);
    assert_eq!((camera.source, camera.kind), (TrackSource::Camera, MediaKind::Video));
    assert_eq!((camera.asks, camera.muted), (Asks::ALL, false));
    let tracks = vec![ward.camera_sid.clone()];
    let settings = TrackSettings { frames_per_second: 12, priority: 1, tracks, ..<_>::default() };
    ward.world.request(ward.listener, Request::Settings(settings.clone()));
    let asks = Asks { top: Some(Layer(0)), frames_per_second: 12, priority: 1 };
    assert_eq!(ward.subscribed(ward.camera).asks, asks);
    let hidden = TrackSettings { disabled: true, ..settings };
    ward.world.request(ward.listener, Request::Settings(hidden));
    assert_eq!(ward.subscribed(ward.camera).asks.top, None);
    let mute = Request::Mute { sid: ward.camera_sid.clone(), muted: true };
    ward.world.request(ward.doctor, mute);
    assert!(ward.subscribed(ward.camera).muted);
    let nobody = ward.world.core.subscribed(ward.world.ears(ward.doctor));
    assert_eq!(nobody.count(), 0, "it listens to nothing");
}

#[test]
fn who_speaks_has_the_floor() {
    let mut ward = Ward::new();
    assert!(!ward.subscribed(ward.camera).has_floor);
    let voice = ward.voice;
    ward.world.give(Input::Levels(&[(voice, 0.5)]));
    assert!(ward.subscribed(ward.camera).has_floor && ward.subscribed(voice).has_floor);
    ward.world.give(Input::Levels(&[(voice, 0.0)]));
    assert!(ward.subscribed(ward.camera).has_floor, "nobody else speaks");
}

#[test]
fn a_publisher_whose_line_starves_a_layer_is_told_to_leave_it_out() {
    let mut ward = Ward::new();
    let camera = ward.camera;
    ward.world.give(Input::SpatialLayers(camera, 2));
    ward.pass(3_000);
    ward.world.heard(ward.doctor.signal);
    let mut ordered = vec![];
    for second in 1..=14 {
        ward.world.give(Input::Fed(&[(camera, 1), (TrackId(9_999), 0)]));
        ward.pass(1_000);
        ordered.extend(ward.world.heard(ward.doctor.signal).into_iter().filter_map(
            |it| match it {
                Message::LayersUsed { sid, layers, .. } if sid == ward.camera_sid => {
                    Some((second, layers))
                }
                _ => None,
            },
        ));
    }
    assert_eq!(ordered, [(11, 1)], "it is ordered off, once");
}

#[test]
fn it_is_known_since_when_the_line_of_a_publisher_is_lost() {
    let mut ward = Ward::new();
    let (camera, sends) = (ward.camera, ward.world.ears(ward.doctor));
    let away = |ward: &mut Ward, ms: u64, heard: bool| {
        ward.pass(ms);
        let at = ward.world.now;
        let heard = if heard { vec![(sends, at)] } else { vec![] };
        ward.world.give(Input::Heard(&heard));
        ward.subscribed(camera).away_since.map(|since| at.duration_since(since))
    };
    assert_eq!(away(&mut ward, 100, true), None);
    assert_eq!(away(&mut ward, 2_400, false), None);
    assert_eq!(away(&mut ward, 200, false), Some(Duration::from_millis(2_600)));
    assert_eq!(away(&mut ward, 1_000, false), Some(Duration::from_millis(3_600)));
    assert_eq!(away(&mut ward, 1_000, true), None);
}

#[test]
fn who_is_in_the_room_and_not_connected_waits_for_what_it_would_be_sent() {
    let mut ward = Ward::new();
    let late = ward.world.join("late", |_| {});
    let ears = ward.world.ears(late);
    let tracks = |it: &mut dyn Iterator<Item = Subscribed>| {
        let mut tracks: Vec<TrackId> = it.map(|it| it.track).collect();
        tracks.sort_unstable();
        tracks
    };
    let mut both = vec![ward.camera, ward.voice];
    both.sort_unstable();
    assert_eq!(tracks(&mut ward.world.core.awaited(ears)), both);
    assert_eq!(tracks(&mut ward.world.core.subscribed(ears)), []);
    ward.world.connect(late);
    for _ in 0..3 {
        ward.world.later(1);
        ward.accept(late);
    }
    assert_eq!(tracks(&mut ward.world.core.awaited(ears)), []);
    assert_eq!(tracks(&mut ward.world.core.subscribed(ears)), both);
}

#[test]
fn an_adult_keeps_no_picture_and_no_voice_for_a_minor_alone() {
    for (minor, ended) in [(false, 0), (true, 2)] {
        let mut ward = Ward::with(Some(Own { minor: minor.then_some(true), ..Own::default() }));
        ward.world.others.clear();
        let entry = AudienceEntry {
            identity: "listener".to_owned(),
            all_tracks: true,
            ..AudienceEntry::default()
        };
        let wish = AudienceWish { all: false, entries: vec![entry] };
        ward.world.request(ward.doctor, Request::Audience(wish));
        let ends = ward.world.others.iter().filter(|it| matches!(it, Effect::Unsubscribe { .. }));
        assert_eq!(ends.count(), ended, "{minor}");
    }
}
