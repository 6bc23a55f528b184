//! A room with one camera and one voice, played by hand. A packet is a frame of its own here: frame
//! `seq` has picture `seq` and is taken `seq` times 40 ms after the first.

use media::{Layer, MediaKind, Ms, Packet, Picture, RtpTime, Target};
use sfu::{Feedback, Forward, Input, ListenerId, Output, RoomId, Sfu, Subscribe, TrackId};

pub(crate) const ROOM: RoomId = RoomId(1);
pub(crate) const CAMERA: TrackId = TrackId(1);
pub(crate) const VOICE: TrackId = TrackId(2);
pub(crate) const PUPIL: ListenerId = ListenerId(7);
pub(crate) const CLINIC: ListenerId = ListenerId(8);

/// What a listener got of the camera: layer and sequence number of its publisher.
pub(crate) type Got = Vec<(u8, u64)>;

#[derive(Debug, Default)]
pub(crate) struct Stage {
    pub(crate) sfu: Sfu,
    pub(crate) now: Ms,
    out: Vec<Output>,
}

impl Stage {
    /// A room with a camera of `layers` layers, and a voice.
    pub(crate) fn open(layers: u8) -> Self {
        let mut stage = Self::default();
        stage.publish(CAMERA, MediaKind::Video, layers);
        stage.publish(VOICE, MediaKind::Audio, 1);
        stage
    }

    /// The same, with one who hears the camera already.
    pub(crate) fn with_pupil(layers: u8) -> Self {
        let mut stage = Self::open(layers);
        stage.subscribe(PUPIL, CAMERA);
        stage
    }

    pub(crate) fn at(&mut self, ms: u64) -> &mut Self {
        self.now = Ms(ms);
        self
    }

    pub(crate) fn handle(&mut self, input: Input<'_>) -> Vec<Output> {
        self.out.clear();
        self.sfu.handle(self.now, input, &mut self.out);
        self.out.clone()
    }

    pub(crate) fn publish(&mut self, track: TrackId, kind: MediaKind, layers: u8) -> Vec<Output> {
        self.handle(Input::Publish { room: ROOM, track, kind, layers })
    }

    pub(crate) fn subscribe(&mut self, listener: ListenerId, track: TrackId) -> Vec<Output> {
        let slot = u16::try_from(listener.0 * 10 + track.0).expect("small ids");
        self.handle(Input::Subscribe(Subscribe {
            room: ROOM,
            track,
            listener,
            slot,
            want: Some(Target::ALL),
            allow: Some(Target::ALL),
        }))
    }

    /// The listener's decoder is there.
    pub(crate) fn received(&mut self, listener: ListenerId, track: TrackId) {
        let feedback = Feedback::Report { track, lost_256: 0, round_trip_ms: None };
        let out = self.handle(Input::Feedback { room: ROOM, listener, feedback });
        assert!(out.is_empty());
    }

    pub(crate) fn want(&mut self, listener: ListenerId, top: Option<u8>) -> Vec<Output> {
        let top = top.map(|top| Target::up_to(Layer(top)));
        self.handle(Input::Want { room: ROOM, track: CAMERA, listener, top })
    }

    /// The camera's layers, smallest first.
    pub(crate) fn order(&mut self, layers: &[u8]) -> Vec<Output> {
        let layers: Vec<Layer> = layers.iter().copied().map(Layer).collect();
        self.handle(Input::Order { room: ROOM, track: CAMERA, layers: &layers })
    }

    pub(crate) fn wants_keyframe(&mut self, listener: ListenerId) -> Vec<Output> {
        self.handle(Input::KeyframeWanted { room: ROOM, track: CAMERA, listener })
    }

    pub(crate) fn misses(&mut self, listener: ListenerId, numbers: &[u16]) -> Vec<Output> {
        self.handle(Input::Lost { room: ROOM, track: CAMERA, listener, numbers })
    }

    pub(crate) fn tick(&mut self) -> Vec<Output> {
        self.handle(Input::Tick)
    }

    /// The camera's packets come in one burst.
    pub(crate) fn films(&mut self, packets: &[Packet]) -> Vec<Output> {
        self.burst(CAMERA, packets)
    }

    /// The voice's packets come in one burst.
    pub(crate) fn speaks(&mut self, seqs: impl IntoIterator<Item = u64>) -> Vec<Output> {
        let packets: Vec<_> = seqs.into_iter().map(|seq| key(0, seq)).collect();
        self.burst(VOICE, &packets)
    }

    fn burst(&mut self, track: TrackId, packets: &[Packet]) -> Vec<Output> {
        let packets: Vec<_> = packets.iter().map(|packet| (track, *packet)).collect();
        self.handle(Input::Packets { room: ROOM, packets: &packets })
    }
}

pub(crate) fn key(layer: u8, seq: u64) -> Packet {
    Packet { keyframe: true, ..delta(layer, seq) }
}

pub(crate) fn delta(layer: u8, seq: u64) -> Packet {
    let time = RtpTime((seq as u32).wrapping_mul(3_600));
    let picture = Picture { id: (seq & 0x7fff) as u16, tl0: seq as u8, frame: seq as u16 };
    Packet {
        seq,
        time,
        layer: Layer(layer),
        keyframe: false,
        picture,
        frame: None,
        temporal: None,
        bytes: 1_000,
    }
}

pub(crate) fn padding(layer: u8, seq: u64) -> Packet {
    Packet { bytes: 0, ..delta(layer, seq) }
}

pub(crate) fn forwards(out: &[Output]) -> Vec<Forward> {
    let forward = |output: &Output| match output {
        Output::Forward(forward) => Some(*forward),
        _ => None,
    };
    out.iter().filter_map(forward).collect()
}

pub(crate) fn resends(out: &[Output]) -> Vec<Forward> {
    let resend = |output: &Output| match output {
        Output::Resend(forward) => Some(*forward),
        _ => None,
    };
    out.iter().filter_map(resend).collect()
}

/// Layers whose keyframe was asked for.
pub(crate) fn requests(out: &[Output]) -> Vec<u8> {
    let layer = |output: &Output| match output {
        Output::RequestKeyframe { layer, .. } => Some(layer.0),
        _ => None,
    };
    out.iter().filter_map(layer).collect()
}

pub(crate) fn got(out: &[Output]) -> Got {
    forwards(out).iter().map(|it| (it.source.layer.0, it.source.seq)).collect()
}

pub(crate) fn numbers(out: &[Output]) -> Vec<u64> {
    forwards(out).iter().map(|it| it.number).collect()
}
