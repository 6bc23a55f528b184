//! The forwarding core of the gateway: who hears whom, in which layer, under which numbers.
//!
//! A pure state machine. The shell calls [`Sfu::handle`] with the time and one [`Input`]; every
//! consequence is in the [`Output`]s that the call appended when it returns. There is nothing to
//! poll and nothing left to drain. Payloads never enter: the core names a packet by track, layer
//! and sequence number, and the shell finds its bytes.
//!
//! ```
//! use media::{Layer, MediaKind, Ms, Packet, Picture, RtpTime, Target};
//! use sfu::{Input, ListenerId, Output, RoomId, Sfu, Subscribe, TrackId};
//!
//! let (room, camera, pupil) = (RoomId(1), TrackId(1), ListenerId(7));
//! let mut sfu = Sfu::default();
//! let mut out = Vec::new();
//! sfu.handle(Ms(0), Input::Publish { room, track: camera, kind: MediaKind::Video, layers: 1 }, &mut out);
//! sfu.handle(Ms(0), Input::Subscribe(Subscribe { room, track: camera, listener: pupil, slot: 0, want: Some(Target::ALL), allow: Some(Target::ALL) }), &mut out);
//!
//! let key = Packet { seq: 7, time: RtpTime(0), layer: Layer(0), keyframe: true, picture: Picture::default(), frame: None, bytes: 900 };
//! assert!(matches!(out[..], [Output::RequestKeyframe { .. }]), "what has sent nothing yet is asked");
//! out.clear();
//! sfu.handle(Ms(20), Input::Packets { room, packets: &[(camera, key)] }, &mut out);
//! assert!(matches!(out[..], [Output::Forward(f)] if f.listener == pupil && f.source.seq == 7));
//! ```
//!
//! # Reading order
//! [`Sfu`] (all rooms) → `room` (tracks and listeners of one) → `subscription` (one listener of
//! one track) → `scale` (which frames of a scalable stream it has) → `rewrite` (the numbers it sees) →
//! `closed` (what was left out) → `history` (what a layer sent lately) → `keyframe` (how often a
//! publisher may be asked).
//!
//! # Invariants
//! - No clock, no I/O, no randomness, no locks: the crate is `no_std`.
//! - A listener begins, and changes layer, only at a keyframe of the layer it changes to. A newcomer
//!   begins with the last one, if it is young or nothing has come since, and is live at the end of what followed.
//!   Within a scalable stream (VP9, AV1) it changes where the publisher's dependency descriptor allows it,
//!   and gets no frame without those that it is decoded from.
//! - What a listener gets has one number a packet: no number twice, and no gap that the publisher's
//!   own stream did not have.
//! - Time in what a listener gets grows with its numbers across layers, by the publisher's reports
//!   where they agree with arrival, by arrival where they do not.
//! - A layer's publisher is asked for a keyframe at most once in [`KEYFRAME_GAP_MS`].

#![no_std]

extern crate alloc;

mod closed;
mod history;
mod keyframe;
mod rewrite;
mod room;
mod scale;
mod subscription;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use media::{Layer, MediaKind, Ms, Packet, Picture, RtpTime, Target};

pub use keyframe::KEYFRAME_GAP_MS;
pub use rewrite::FIRST as FIRST_NUMBER;
use room::Room;

/// A room, as numbered by the shell.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct RoomId(pub u32);

/// A published track, as numbered by the shell.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct TrackId(pub u32);

/// A connection that listens, as numbered by the shell.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct ListenerId(pub u32);

/// Who wants to hear what.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Subscribe {
    /// The room of both.
    pub room: RoomId,
    /// The track to be heard.
    pub track: TrackId,
    /// The connection that hears it.
    pub listener: ListenerId,
    /// The shell's own place for this stream; comes back in every [`Forward`]. Numbers begin anew
    /// with each subscription, and with another slot for the same one: give each its own SSRC, or
    /// an SRTP key and number are used twice.
    pub slot: u16,
    /// What the client asks for, as in [`Input::Want`].
    pub want: Option<Target>,
    /// What its line carries, as in [`Input::Allow`].
    pub allow: Option<Target>,
}

/// Everything that can happen to the core.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// A participant offers a track of `layers` encodings (1..=8). A track that is published again
    /// (a publisher came back, its numbers begin anew) keeps its subscriptions: they go on at its
    /// next keyframe, under the listener's next numbers.
    Publish {
        /// Where it is offered.
        room: RoomId,
        /// The new track.
        track: TrackId,
        /// Sound or picture.
        kind: MediaKind,
        /// How many encodings.
        layers: u8,
    },
    /// A track ends; its subscriptions end with it, and a room ends with its last track.
    Unpublish {
        /// Its room.
        room: RoomId,
        /// The track.
        track: TrackId,
    },
    /// The publisher says that it sends nothing of a track, or that it does again. While it does not, nobody is asked
    /// for a keyframe, and newcomers are not shown what was sent before. A source that only stands still is not muted.
    Mute {
        /// Its room.
        room: RoomId,
        /// The track.
        track: TrackId,
        /// Whether nothing is sent.
        muted: bool,
    },
    /// A connection will begin to hear a track soon, when its path stands: time to ask for a keyframe,
    /// if the last one is old.
    Expect {
        /// Its room.
        room: RoomId,
        /// The track.
        track: TrackId,
    },
    /// A connection begins to hear a track. It begins at once where the last keyframe is young enough,
    /// with what followed it pressed together in time.
    Subscribe(Subscribe),
    /// A connection stops hearing a track.
    Unsubscribe {
        /// Its room.
        room: RoomId,
        /// The track.
        track: TrackId,
        /// The connection.
        listener: ListenerId,
    },
    /// Which of a track's layers are the larger ones turns out to be otherwise than their numbers say.
    Order {
        /// Its room.
        room: RoomId,
        /// The track.
        track: TrackId,
        /// All its layers, the smallest first; without effect if one is missing.
        layers: &'a [Layer],
    },
    /// What a client asks for: it has no use for a layer above `top`, or for nothing at all for a while (`None`). What
    /// is sent is the smaller of this and of what is allowed.
    Want {
        /// Its room.
        room: RoomId,
        /// The track.
        track: TrackId,
        /// The connection.
        listener: ListenerId,
        /// The best layers that it has a use for, counted from the smallest, which is 0.
        top: Option<Target>,
    },
    /// What a listener's line carries: no layer above `top`, or nothing of this track (`None`).
    Allow {
        /// Its room.
        room: RoomId,
        /// The track.
        track: TrackId,
        /// The connection.
        listener: ListenerId,
        /// The best layers that fit, counted from the smallest, which is 0.
        top: Option<Target>,
    },
    /// Packets that came in one go, in their order of arrival, repaired ones among them.
    Packets {
        /// The room of all of them.
        room: RoomId,
        /// Track and facts of each.
        packets: &'a [(TrackId, Packet)],
    },
    /// The publisher says which wall time a timestamp of a layer stands for (RTCP SR).
    SenderReport {
        /// Its room.
        room: RoomId,
        /// The track.
        track: TrackId,
        /// The layer.
        layer: Layer,
        /// Wall time, 32.32 fixed-point seconds since 1900.
        ntp: u64,
        /// The same moment in the layer's RTP clock.
        time: RtpTime,
    },
    /// A listener's decoder cannot go on without a keyframe (RTCP PLI or FIR).
    KeyframeWanted {
        /// Its room.
        room: RoomId,
        /// The track.
        track: TrackId,
        /// The connection.
        listener: ListenerId,
    },
    /// A listener has reported a track's stream for the first time (RTCP RR): its decoder is there. Until then what the
    /// stream began with may have come too early, and is sent again where the source stands still.
    Received {
        /// Its room.
        room: RoomId,
        /// The track.
        track: TrackId,
        /// The connection.
        listener: ListenerId,
    },
    /// A listener misses packets (RTCP generic NACK).
    Lost {
        /// Its room.
        room: RoomId,
        /// The track.
        track: TrackId,
        /// The connection.
        listener: ListenerId,
        /// Sequence numbers as the listener saw them.
        numbers: &'a [u16],
    },
    /// The room is over: everything in it is forgotten.
    Close {
        /// The room.
        room: RoomId,
    },
    /// Time has passed; to be given some 20 times a second.
    Tick,
}

/// One packet of a publisher.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Source {
    /// The track.
    pub track: TrackId,
    /// The layer.
    pub layer: Layer,
    /// Extended sequence number in that layer.
    pub seq: u64,
}

/// How a packet goes out.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Cut {
    /// As it came.
    #[default]
    AsItCame,
    /// With the marker: the larger layers of its picture are left out.
    EndsPicture,
    /// Without its payload, as padding: it is left out, and came too late for its number to be.
    Filler,
}

/// A packet goes to a listener under these numbers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Forward {
    /// Where it goes.
    pub listener: ListenerId,
    /// The shell's place for the stream.
    pub slot: u16,
    /// Which packet.
    pub source: Source,
    /// Its number in the listener's stream: low 16 bits are the sequence number, the rest the
    /// rollover counter of SRTP (RFC 3711 §3.3.1).
    pub number: u64,
    /// Its timestamp in the listener's stream.
    pub time: RtpTime,
    /// To be taken off the counters of its descriptors.
    pub picture: Picture,
    /// How it goes out.
    pub cut: Cut,
}

/// Everything that the core can ask of the shell.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Output {
    /// Send a packet. Consecutive ones of one burst are grouped by listener.
    Forward(Forward),
    /// Send a packet again, as RTX (RFC 4588), under the number that it had.
    Resend(Forward),
    /// Tell a listener which wall time a timestamp of its stream stands for.
    Report {
        /// The connection.
        listener: ListenerId,
        /// The shell's place for the stream.
        slot: u16,
        /// Wall time of the publisher.
        ntp: u64,
        /// The same moment in the listener's stream.
        time: RtpTime,
    },
    /// Ask the publisher for a keyframe of a layer (RTCP PLI).
    RequestKeyframe {
        /// The track.
        track: TrackId,
        /// The layer.
        layer: Layer,
    },
}

/// All rooms of one shard.
#[derive(Debug, Default)]
pub struct Sfu {
    rooms: BTreeMap<RoomId, Room>,
}

impl Sfu {
    /// Takes one input at `now` and appends its consequences to `out`. An input that names a room,
    /// track or listener that is not there has none.
    pub fn handle(&mut self, now: Ms, input: Input<'_>, out: &mut Vec<Output>) {
        if let Input::Publish { room, track, kind, layers } = input {
            return self.rooms.entry(room).or_default().publish(track, kind, layers);
        }
        match input {
            Input::Publish { .. } => {}
            Input::Tick => self.rooms.values_mut().for_each(|room| room.ask_keyframes(now, out)),
            Input::Close { room } => drop(self.rooms.remove(&room)),
            Input::Unpublish { room, track } => {
                self.at(room, |it| it.unpublish(track));
                if self.rooms.get(&room).is_some_and(Room::is_empty) {
                    self.rooms.remove(&room);
                }
            }
            Input::Mute { room, track, muted } => self.at(room, |it| it.mute(track, muted)),
            Input::Expect { room, track } => self.at(room, |it| it.expect(now, track, out)),
            Input::Subscribe(it) => self.at(it.room, |room| room.subscribe(now, it, out)),
            Input::Unsubscribe { room, track, listener } => {
                self.at(room, |it| it.unsubscribe(track, listener));
            }
            Input::Want { room, track, listener, top } => {
                self.at(room, |it| it.turn(now, (track, listener), |it| it.want(top), out));
            }
            Input::Allow { room, track, listener, top } => {
                self.at(room, |it| it.turn(now, (track, listener), |it| it.allow(top), out));
            }
            Input::Order { room, track, layers } => self.at(room, |it| it.order(track, layers)),
            Input::Packets { room, packets } => self.at(room, |it| it.forward(now, packets, out)),
            Input::SenderReport { room, track, layer, ntp, time } => {
                self.at(room, |it| it.report(track, layer, ntp, time, out));
            }
            Input::KeyframeWanted { room, track, listener } => {
                self.at(room, |it| it.keyframe_wanted(now, track, listener, out));
            }
            Input::Received { room, track, listener } => {
                self.at(room, |it| it.received(track, listener));
            }
            Input::Lost { room, track, listener, numbers } => {
                self.at(room, |it| it.resend(track, listener, numbers, out));
            }
        }
    }

    fn at(&mut self, room: RoomId, act: impl FnOnce(&mut Room)) {
        if let Some(room) = self.rooms.get_mut(&room) {
            act(room);
        }
    }
}
