//! The caller's part: connections, streams and tracks, as the effects make and end them, beside a real forwarding core.

use std::collections::{BTreeMap, BTreeSet};

use media::{Layer, MediaKind, Ms, Packet, Picture, RtpTime, Target};
use sfu::{ListenerId, Output, Sfu};
use signalling::effect::{ConnectionRole, Effect, Open, Publish, Subscribe};
use signalling::ids::{ConnectionId, ParticipantId, RoomId, TrackId};
use signalling::words::track::TrackSource;
use transport::payload::CodecKind;

/// A peer connection.
pub(crate) struct Line {
    pub(crate) owner: ParticipantId,
    pub(crate) role: ConnectionRole,
    pub(crate) room: String,
    pub(crate) identity: String,
    /// The client's end is known.
    pub(crate) met: bool,
    /// Its path is being made.
    pub(crate) rising: bool,
    pub(crate) connected: bool,
    pub(crate) silent_until_us: u64,
    pub(crate) heard_us: u64,
    /// The tracks that are sent on it: slot and number of the stream.
    pub(crate) hears: BTreeMap<TrackId, (u16, u32)>,
    /// The track and number of each slot's stream.
    slots: BTreeMap<u16, (TrackId, u32)>,
    /// Of these tracks the listener wants nothing at present.
    pub(crate) unseen: BTreeSet<TrackId>,
    ssrcs: BTreeSet<u32>,
    /// The offer that is out, and since when.
    pub(crate) offer: Option<(u32, u64)>,
    pub(crate) last_offer: u32,
}

impl Line {
    /// Whether a stream is left that carries nothing.
    pub(crate) fn has_loose_stream(&self) -> bool {
        self.slots.len() != self.hears.len()
    }
}

/// A track as it is forwarded.
pub(crate) struct Track {
    pub(crate) room: RoomId,
    pub(crate) line: ConnectionId,
    pub(crate) owner: ParticipantId,
    pub(crate) mid: String,
    pub(crate) kind: MediaKind,
    pub(crate) codec: CodecKind,
    pub(crate) source: TrackSource,
    pub(crate) sid: String,
    pub(crate) muted: bool,
    /// What its publisher and servers have said.
    pub(crate) must_be_muted: bool,
    layers: u8,
    sent: u64,
}

/// What is broken is told in words.
pub(crate) type Held = Result<(), String>;

fn must(holds: bool, why: impl FnOnce() -> String) -> Held {
    if holds { Ok(()) } else { Err(why()) }
}

#[derive(Default)]
pub(crate) struct Shell {
    pub(crate) lines: BTreeMap<ConnectionId, Line>,
    pub(crate) tracks: BTreeMap<TrackId, Track>,
    recorded: BTreeSet<RoomId>,
    used: BTreeSet<ConnectionId>,
    used_tracks: BTreeSet<TrackId>,
    sfu: Sfu,
    decided: Vec<Output>,
}

impl Shell {
    /// Carries out what concerns media; an error says what cannot be.
    pub(crate) fn carry_out(&mut self, now_us: u64, effect: &Effect) -> Held {
        let now = Ms(now_us / 1_000);
        match effect {
            Effect::Open(it) => self.open(now_us, it),
            Effect::Meet(it) => {
                let line =
                    self.lines.get_mut(&it.connection).ok_or("a meeting on no connection")?;
                line.met = true;
                Ok(())
            }
            Effect::RestartIce(id) => self.there(*id, "a restart"),
            Effect::Close(id) => self.close(*id),
            Effect::Publish(it) => self.publish(now, it),
            Effect::Unpublish(room, track) => self.unpublish(now, *room, *track),
            Effect::Mute(room, track, muted) => {
                self.track(*room, *track)?.muted = *muted;
                self.decide(now, sfu::Input::Mute { room: *room, track: *track, muted: *muted });
                Ok(())
            }
            Effect::Silence(track, _) => {
                must(self.tracks.contains_key(track), || format!("silence on no track {track:?}"))
            }
            Effect::Expect(room, track) => {
                self.track(*room, *track)?;
                self.decide(now, sfu::Input::Expect { room: *room, track: *track });
                Ok(())
            }
            Effect::Subscribe(it) => self.subscribe(now, it),
            Effect::Unsubscribe { room, track, connection, slot } => {
                self.unsubscribe(now, *room, *track, *connection, *slot)
            }
            Effect::Want { room, track, connection, top } => {
                self.track(*room, *track)?;
                self.there(*connection, "a wish")?;
                if let Some(line) = self.lines.get_mut(connection) {
                    match top {
                        Some(_) => line.unseen.remove(track),
                        None => line.unseen.insert(*track),
                    };
                }
                let (room, track, listener) = (*room, *track, ListenerId(connection.0));
                self.decide(
                    now,
                    sfu::Input::Want { room, track, listener, top: top.map(Target::up_to) },
                );
                Ok(())
            }
            Effect::Keyframe(room, track) => self.track(*room, *track).map(|_| ()),
            Effect::Record(room) => {
                self.recorded.insert(*room);
                Ok(())
            }
            Effect::CloseRoom(room) => {
                self.recorded.remove(room);
                self.decide(now, sfu::Input::Close { room: *room });
                must(!self.tracks.values().any(|it| it.room == *room), || {
                    format!("{room:?} is over with tracks in it")
                })
            }
            Effect::Tap { room, .. } => {
                must(self.recorded.contains(room), || format!("{room:?} is not recorded"))
            }
            Effect::Deliver(it) => {
                it.to.iter().try_for_each(|to| self.there(*to, "data"))?;
                let mut to = it.to.clone();
                to.sort();
                to.dedup();
                must(to.len() == it.to.len(), || "data twice for one".to_owned())
            }
            _ => Ok(()),
        }
    }

    fn decide(&mut self, now: Ms, input: sfu::Input<'_>) {
        self.sfu.handle(now, input, &mut self.decided);
        self.decided.clear();
    }

    fn there(&self, id: ConnectionId, what: &str) -> Held {
        must(self.lines.contains_key(&id), || format!("{what} on no connection {id:?}"))
    }

    fn track(&mut self, room: RoomId, track: TrackId) -> Result<&mut Track, String> {
        let it = self.tracks.get_mut(&track).ok_or(format!("no track {track:?}"))?;
        if it.room == room { Ok(it) } else { Err(format!("{track:?} is not in {room:?}")) }
    }

    fn open(&mut self, now_us: u64, it: &Open) -> Held {
        must(self.used.insert(it.connection), || format!("{:?} was used", it.connection))?;
        let line = Line {
            owner: it.owner,
            role: it.role,
            room: it.room.clone(),
            identity: it.identity.clone(),
            met: false,
            rising: false,
            connected: false,
            silent_until_us: 0,
            heard_us: now_us,
            hears: BTreeMap::new(),
            slots: BTreeMap::new(),
            unseen: BTreeSet::new(),
            ssrcs: BTreeSet::new(),
            offer: None,
            last_offer: 0,
        };
        let doubled = self.lines.values().any(|other| {
            let both = other.role == ConnectionRole::Both || it.role == ConnectionRole::Both;
            other.owner == it.owner && (other.role == it.role || both)
        });
        self.lines.insert(it.connection, line);
        must(!doubled, || format!("{:?} has two connections of one kind", it.owner))
    }

    fn close(&mut self, id: ConnectionId) -> Held {
        let line = self.lines.remove(&id).ok_or(format!("the end of no connection {id:?}"))?;
        must(line.hears.is_empty(), || {
            format!("{id:?} ends with subscriptions {:?}", line.hears.keys())
        })?;
        let left = self.tracks.iter().find(|(_, it)| it.line == id).map(|(track, _)| *track);
        must(left.is_none(), || format!("{id:?} ends with the track {left:?}"))
    }

    fn publish(&mut self, now: Ms, it: &Publish) -> Held {
        let line = self.lines.get(&it.connection).ok_or("a track on no connection")?;
        must(line.role != ConnectionRole::Subscriber, || {
            "a track on a listening connection".to_owned()
        })?;
        must(self.used_tracks.insert(it.track), || format!("{:?} was used", it.track))?;
        let twice = self.tracks.values().any(|of| of.line == it.connection && of.mid == it.mid);
        must(!twice, || format!("two tracks in section {}", it.mid))?;
        let layers = it.rids.len().max(1) as u8;
        let track = Track {
            room: it.room,
            line: it.connection,
            owner: line.owner,
            mid: it.mid.clone(),
            kind: it.kind,
            codec: it.codec.kind,
            source: TrackSource::Unknown,
            sid: String::new(),
            muted: it.muted,
            must_be_muted: it.muted,
            layers,
            sent: 0,
        };
        self.tracks.insert(it.track, track);
        let (room, track) = (it.room, it.track);
        self.decide(now, sfu::Input::Publish { room, track, kind: it.kind, layers });
        self.decide(now, sfu::Input::Mute { room, track, muted: it.muted });
        Ok(())
    }

    fn unpublish(&mut self, now: Ms, room: RoomId, track: TrackId) -> Held {
        self.track(room, track)?;
        self.tracks.remove(&track);
        self.decide(now, sfu::Input::Unpublish { room, track });
        let left = self.lines.iter().find(|(_, it)| it.hears.contains_key(&track));
        must(left.is_none(), || format!("{track:?} ends and is heard on {:?}", left.map(|it| it.0)))
    }

    fn subscribe(&mut self, now: Ms, it: &Subscribe) -> Held {
        self.track(it.room, it.track)?;
        let line = self.lines.get_mut(&it.connection).ok_or("a subscription on no connection")?;
        must(line.connected, || format!("{:?} does not stand", it.connection))?;
        must(line.role != ConnectionRole::Publisher, || "a subscription of a sender".to_owned())?;
        let busy = line.slots.get(&it.slot).copied();
        if it.continues {
            must(busy.is_some_and(|(_, ssrc)| ssrc == it.ssrc), || {
                "nothing to continue".to_owned()
            })?;
        } else {
            must(busy.is_none(), || format!("slot {} carries {busy:?}", it.slot))?;
            let numbers = [Some(it.ssrc), it.repair.map(|(ssrc, _)| ssrc)];
            for ssrc in numbers.into_iter().flatten() {
                must(line.ssrcs.insert(ssrc), || format!("the number {ssrc} is used twice"))?;
            }
        }
        line.slots.insert(it.slot, (it.track, it.ssrc));
        match it.top {
            Some(_) => line.unseen.remove(&it.track),
            None => line.unseen.insert(it.track),
        };
        let double = line.hears.insert(it.track, (it.slot, it.ssrc));
        let (room, track, listener) = (it.room, it.track, ListenerId(it.connection.0));
        let (slot, want, allow) = (it.slot, it.top.map(Target::up_to), Some(Target::ALL));
        let subscribe = sfu::Subscribe { room, track, listener, slot, want, allow };
        self.decide(now, sfu::Input::Subscribe(subscribe));
        must(double.is_none(), || format!("{track:?} twice on {:?}", it.connection))
    }

    fn unsubscribe(
        &mut self,
        now: Ms,
        room: RoomId,
        track: TrackId,
        connection: ConnectionId,
        slot: Option<u16>,
    ) -> Held {
        self.track(room, track)?;
        self.there(connection, "the end of a subscription")?;
        let line = self.lines.get_mut(&connection).ok_or("no line")?;
        let heard = line.hears.remove(&track);
        if let Some(slot) = slot {
            let of_slot = line.slots.remove(&slot);
            let right = of_slot.is_none_or(|(of, _)| of == track);
            must(right, || format!("slot {slot} carries {of_slot:?} and not {track:?}"))?;
            must(heard.is_none_or(|(of, _)| of == slot), || format!("another slot than {slot}"))?;
        }
        let listener = ListenerId(connection.0);
        self.decide(now, sfu::Input::Unsubscribe { room, track, listener });
        Ok(())
    }

    /// A keyframe of every layer of a track: who is sent it.
    pub(crate) fn flow(
        &mut self,
        now_us: u64,
        id: TrackId,
    ) -> Result<BTreeSet<ConnectionId>, String> {
        let Some(track) = self.tracks.get_mut(&id) else { return Ok(BTreeSet::new()) };
        track.sent += 1;
        let (room, layers, seq) = (track.room, track.layers, track.sent);
        let mut got = BTreeSet::new();
        for layer in 0..layers {
            let time = RtpTime((now_us / 1_000 * 90) as u32);
            let picture = Picture::default();
            let (layer, keyframe) = (Layer(layer), true);
            let packet = Packet {
                seq,
                time,
                layer,
                keyframe,
                picture,
                frame: None,
                temporal: None,
                bytes: 900,
            };
            let packets = [(id, packet)];
            let input = sfu::Input::Packets { room, packets: &packets };
            self.sfu.handle(Ms(now_us / 1_000), input, &mut self.decided);
            for output in self.decided.drain(..) {
                let Output::Forward(it) = output else { continue };
                let to = ConnectionId(it.listener.0);
                let line = self.lines.get(&to).ok_or("a packet to no connection")?;
                let right = line.slots.get(&it.slot).is_some_and(|(of, _)| *of == it.source.track);
                must(right && it.source.track == id, || {
                    format!("a packet in a wrong slot of {to:?}")
                })?;
                got.insert(to);
            }
        }
        Ok(got)
    }

    pub(crate) fn tick(&mut self, now_us: u64) {
        self.decide(Ms(now_us / 1_000), sfu::Input::Tick);
    }

    /// What is left when everybody has gone.
    pub(crate) fn is_bare(&self) -> Held {
        must(self.lines.is_empty(), || format!("connections {:?}", self.lines.keys()))?;
        must(self.tracks.is_empty(), || format!("tracks {:?}", self.tracks.keys()))?;
        must(self.recorded.is_empty(), || format!("recorded {:?}", self.recorded))?;
        let (left, none) = (format!("{:?}", self.sfu), format!("{:?}", Sfu::default()));
        must(left == none, || left)
    }
}
