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
//! let key = Packet { seq: 7, time: RtpTime(0), layer: Layer(0), keyframe: true, picture: Picture::default(), frame: None, temporal: None, bytes: 900 };
//! assert!(matches!(out[..], [Output::RequestKeyframe { .. }]), "what has sent nothing yet is asked");
//! out.clear();
//! sfu.handle(Ms(20), Input::Packets { room, packets: &[(camera, key)] }, &mut out);
//! assert!(matches!(out[..], [Output::Forward(f)] if f.listener == pupil && f.source.seq == 7));
//! ```
//!
//! # Reading order
//! `input` and `output` (all that can happen and all that can be asked) → [`Sfu`] (all rooms) → `room` (tracks and
//! listeners of one) → `track` (its layers) → `subscription` (one listener of one track) → `svc` (which frames of a
//! scalable stream it has) and `temporal` (which pictures of VP8) → `rewrite` (the numbers it sees) → `left_out` (what
//! was left out) → `history` (what a layer sent lately) → `keyframe` (how often a publisher may be asked) → `cost`
//! (how much of what that costs others one listener may cause) → `meter`
//! (bits a second of each part of a layer) → `starved` (which layers have too few pictures) → `feedback` (what listeners report).
//!
//! # Invariants
//! - No clock, no I/O, no randomness, no locks: the crate is `no_std`.
//! - A listener begins, and changes layer, only at a keyframe of the layer it changes to. A newcomer
//!   begins with the last one, if it is young or nothing has come since, and is live at the end of what followed.
//!   Within a scalable stream (VP9, AV1) it changes where the publisher's dependency descriptor allows it,
//!   and gets no frame without those that it is decoded from. A lower frame rate begins with the next picture, also
//!   of VP8, a higher one where the publisher says that it can; neither takes a keyframe.
//! - What a listener gets has one number a packet: no number twice, and no gap that the publisher's
//!   own stream did not have; picture ids of VP8 close up as numbers do.
//! - Time in what a listener gets grows with its numbers across layers, by the publisher's reports
//!   where they agree with arrival, by arrival where they do not.
//! - A layer's publisher is asked for a keyframe at most once in [`KEYFRAME_GAP_MS`], whoever needs it: only
//!   [`Output::RequestKeyframe`] asks.
//! - The keyframes that one listener needs, after its first, add at most 3 % to what others receive of a track.
//! - A layer that brings far fewer pictures than a smaller one begins for nobody until it has kept up with it for a while.
//! - What is sent is within what the listener's line carries ([`Input::Allow`]) from the next place on where a decoder
//!   can change.

#![no_std]

extern crate alloc;

mod cost;
mod feedback;
mod history;
mod input;
mod keyframe;
mod left_out;
mod meter;
mod output;
mod rewrite;
mod room;
mod starved;
mod subscription;
mod svc;
mod temporal;
mod track;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use media::Ms;

pub use feedback::{Reported, TransportLoss};
pub use input::{Arrival, Feedback, Input, Subscribe};
pub use keyframe::KEYFRAME_GAP_MS;
pub use media::{ListenerId, RoomId, TrackId};
pub use output::{Cut, Forward, Output, Rate, Source};
pub use rewrite::FIRST as FIRST_NUMBER;
use room::Room;
use track::Track;

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
                self.at(room, |room| room.unpublish(track));
                if self.rooms.get(&room).is_some_and(Room::is_empty) {
                    self.rooms.remove(&room);
                }
            }
            Input::Mute { room, track, muted } => self.of(room, track, |track| track.mute(muted)),
            Input::Expect { room, track } => {
                self.of(room, track, |state| state.expect(now, track, out))
            }
            Input::Subscribe(asked) => self.at(asked.room, |room| room.subscribe(now, asked, out)),
            Input::Unsubscribe { room, track, listener } => {
                self.at(room, |room| room.unsubscribe(track, listener));
            }
            Input::Want { room, track, listener, top } => {
                self.at(room, |room| {
                    room.turn(now, (track, listener), |subscription| subscription.want(top), out)
                });
            }
            Input::Allow { room, track, listener, top } => {
                self.at(room, |room| {
                    room.turn(now, (track, listener), |subscription| subscription.allow(top), out)
                });
            }
            Input::Leave { room, track, listener } => {
                self.at(room, |room| room.leave(now, track, listener, out));
            }
            Input::Skip { room, track, listener } => {
                self.at(room, |room| room.skip(now, track, listener, out));
            }
            Input::Order { room, track, layers } => {
                self.of(room, track, |track| track.order(layers))
            }
            Input::Packets { room, packets } => {
                self.at(room, |room| room.forward(now, packets, out))
            }
            Input::SenderReport { room, track, layer, ntp, time } => {
                self.at(room, |room| room.report(track, layer, ntp, time, out));
            }
            Input::KeyframeWanted { room, track, listener } => {
                self.at(room, |room| room.keyframe_wanted(now, track, listener, out));
            }
            Input::Feedback { room, listener, feedback } => {
                self.at(room, |room| room.feedback(now, listener, feedback));
            }
            Input::Refresh { room, track } => {
                self.of(room, track, |state| state.refresh(now, track, out))
            }
            Input::Lost { room, track, listener, numbers } => {
                self.at(room, |room| room.resend(track, listener, numbers, out));
            }
        }
    }

    /// What each part of a track takes that is sent at present, the smallest first; nothing of a layer that has been
    /// measured for less than half a second, which is not known yet.
    #[must_use]
    pub fn rates(&self, now: Ms, room: RoomId, track: TrackId) -> Vec<Rate> {
        let track = self.rooms.get(&room).and_then(|room| room.track(track));
        track.map(|track| track.rates(now)).unwrap_or_default()
    }

    /// How many layers of a track, from the smallest up, are worth ordering from its publisher: those below the first that
    /// brings far fewer pictures than a smaller one, which nobody is sent; [`u8::MAX`] where there is none.
    #[must_use]
    pub fn fed(&self, room: RoomId, track: TrackId) -> u8 {
        self.rooms.get(&room).and_then(|room| room.track(track)).map_or(u8::MAX, Track::fed)
    }

    /// What a listener reported last of a track's stream; `None` before its first report.
    #[must_use]
    pub fn reported(&self, room: RoomId, track: TrackId, listener: ListenerId) -> Option<Reported> {
        self.rooms.get(&room)?.reported(track, listener)
    }

    /// What the last transport-wide feedback of a listener said in sum; `None` before the first.
    #[must_use]
    pub fn transport_loss(&self, room: RoomId, listener: ListenerId) -> Option<TransportLoss> {
        self.rooms.get(&room)?.transport_loss(listener)
    }

    fn of(&mut self, room: RoomId, track: TrackId, act: impl FnOnce(&mut Track)) {
        if let Some(track) = self.rooms.get_mut(&room).and_then(|room| room.track_mut(track)) {
            act(track);
        }
    }

    fn at(&mut self, room: RoomId, act: impl FnOnce(&mut Room)) {
        if let Some(room) = self.rooms.get_mut(&room) {
            act(room);
        }
    }
}
