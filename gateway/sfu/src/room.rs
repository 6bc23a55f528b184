//! One room: its tracks, its listeners, and the burst that goes from the ones to the others.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use media::{Layer, MediaKind, Ms, Packet, RtpTime};

use crate::feedback::{Reported, TransportLoss};
use crate::history::{Continuation, History, NtpMapping};
use crate::subscription::Subscription;
use crate::track::Track;
use crate::{Feedback, ListenerId, Output, Subscribe, TrackId};

#[derive(Debug, Default)]
pub(crate) struct Room {
    tracks: BTreeMap<TrackId, Track>,
    /// Sorted by id, so that a burst visits them in one pass.
    listeners: Vec<Listener>,
}

#[derive(Debug)]
struct Listener {
    id: ListenerId,
    /// Sorted by track.
    subscriptions: Vec<Subscription>,
    /// The last transport-wide feedback.
    transport_loss: Option<TransportLoss>,
}

impl Listener {
    const fn new(id: ListenerId) -> Self {
        Self { id, subscriptions: Vec::new(), transport_loss: None }
    }

    fn get(&self, track: TrackId) -> Option<&Subscription> {
        let place = self.subscriptions.binary_search_by_key(&track, |own| own.track).ok()?;
        self.subscriptions.get(place)
    }

    fn get_mut(&mut self, track: TrackId) -> Option<&mut Subscription> {
        let place = self.subscriptions.binary_search_by_key(&track, |own| own.track).ok()?;
        self.subscriptions.get_mut(place)
    }
}

impl Room {
    /// A track that is published again goes on in its listeners' streams at its next keyframe; one
    /// that is another kind of thing is another track, and nobody hears it yet.
    pub(crate) fn publish(&mut self, track: TrackId, kind: MediaKind, layers: u8) {
        let old = self.tracks.get(&track).map(|track| track.kind);
        if old.is_some_and(|old| old != kind) {
            self.unpublish(track);
        }
        self.heard_by(track, Subscription::break_off);
        self.tracks.insert(track, Track::new(kind, layers));
    }

    /// Whether nothing is left of the room: listeners end with their tracks.
    pub(crate) fn is_empty(&self) -> bool {
        self.tracks.is_empty()
    }

    pub(crate) fn unpublish(&mut self, track: TrackId) {
        self.tracks.remove(&track);
        for listener in &mut self.listeners {
            listener.subscriptions.retain(|subscription| subscription.track != track);
        }
        self.listeners.retain(|listener| !listener.subscriptions.is_empty());
    }

    pub(crate) fn subscribe(&mut self, now: Ms, asked: Subscribe, out: &mut Vec<Output>) {
        let Some(track) = self.tracks.get(&asked.track) else { return };
        let subscription = Subscription::new(&asked, track.kind);
        let place = match self.listeners.binary_search_by_key(&asked.listener, |known| known.id) {
            Ok(place) => place,
            Err(place) => {
                let listener = Listener::new(asked.listener);
                self.listeners.insert(place, listener);
                place
            }
        };
        if let Some(listener) = self.listeners.get_mut(place) {
            let own = &mut listener.subscriptions;
            match own.binary_search_by_key(&asked.track, |subscription| subscription.track) {
                // Another place in the shell is another stream, and begins as one.
                Ok(place) => own
                    .get_mut(place)
                    .filter(|old| old.slot != asked.slot)
                    .into_iter()
                    .for_each(|old| *old = Subscription::new(&asked, track.kind)),
                Err(place) => own.insert(place, subscription),
            }
        }
        self.begin(now, asked.track, asked.listener, out);
    }

    /// A listener that waits begins with a keyframe that is at hand; otherwise one is asked for.
    fn begin(&mut self, now: Ms, id: TrackId, listener: ListenerId, out: &mut Vec<Output>) {
        let Some(Track { layers, .. }) = self.tracks.get(&id) else { return };
        let place = self.listeners.binary_search_by_key(&listener, |listener| listener.id);
        let found = place.ok().and_then(|place| self.listeners.get_mut(place));
        if let Some(subscription) = found.and_then(|listener| listener.get_mut(id)) {
            let slot = subscription.slot;
            subscription.enter(now, layers, |place| {
                out.push(Output::Forward(place.addressed(listener, slot, id)));
            });
        }
        self.ask_keyframe(now, id, listener, out);
    }

    pub(crate) fn unsubscribe(&mut self, track: TrackId, listener: ListenerId) {
        if let Some(listener) = self.listener(listener) {
            listener.subscriptions.retain(|subscription| subscription.track != track);
        }
        self.listeners.retain(|listener| !listener.subscriptions.is_empty());
    }

    /// A listener's target changes by `lever`.
    pub(crate) fn turn(
        &mut self,
        now: Ms,
        (track, listener): (TrackId, ListenerId),
        lever: impl FnOnce(&mut Subscription),
        out: &mut Vec<Output>,
    ) {
        let Some(subscription) = self.subscription(track, listener) else { return };
        lever(subscription);
        self.begin(now, track, listener, out);
    }

    /// A listener's stream goes on at the next keyframe, which is asked for.
    pub(crate) fn skip(
        &mut self,
        now: Ms,
        track: TrackId,
        listener: ListenerId,
        out: &mut Vec<Output>,
    ) {
        let Some(subscription) = self.subscription(track, listener) else { return };
        subscription.skip();
        self.ask_keyframe(now, track, listener, out);
    }

    /// A listener whose stream is in a layer that its line does not carry leaves it at once.
    pub(crate) fn leave(
        &mut self,
        now: Ms,
        track: TrackId,
        listener: ListenerId,
        out: &mut Vec<Output>,
    ) {
        let Some(Track { layers, .. }) = self.tracks.get(&track) else { return };
        let place = self.listeners.binary_search_by_key(&listener, |listener| listener.id);
        let found = place.ok().and_then(|place| self.listeners.get_mut(place));
        let Some(subscription) = found.and_then(|listener| listener.get_mut(track)) else { return };
        if subscription.leave(layers) {
            out.push(Output::Dropped { listener, slot: subscription.slot });
            self.ask_keyframe(now, track, listener, out);
        }
    }

    /// Takes packets as they came. A burst is cut where a publisher's stream begins anew, and where
    /// a packet has no place.
    pub(crate) fn forward(
        &mut self,
        now: Ms,
        packets: &[(TrackId, Packet)],
        out: &mut Vec<Output>,
    ) {
        let mut begun = 0;
        for (place, (id, packet)) in packets.iter().enumerate() {
            let Some(history) = self.history(*id, packet.layer) else { continue };
            let next = history.next(packet);
            if next == Continuation::GoesOn {
                history.note(now, packet);
                continue;
            }
            self.fan_out(now, packets.get(begun..place).unwrap_or_default(), out);
            begun = place;
            if next == Continuation::Stray {
                begun += 1;
            } else {
                self.begin_anew(now, *id, packet);
            }
        }
        self.fan_out(now, packets.get(begun..).unwrap_or_default(), out);
    }

    fn begin_anew(&mut self, now: Ms, track: TrackId, packet: &Packet) {
        self.heard_by(track, |subscription| subscription.break_off_from(packet.layer));
        if let Some(history) = self.history(track, packet.layer) {
            history.begin_anew();
            history.note(now, packet);
        }
    }

    /// Listener by listener, packet by packet: what goes to one address leaves in one piece.
    fn fan_out(&mut self, now: Ms, packets: &[(TrackId, Packet)], out: &mut Vec<Output>) {
        // A burst is mostly of one track: it is looked up once for all its packets and listeners.
        let mut found: Option<(TrackId, &Track)> = None;
        for listener in &mut self.listeners {
            let id = listener.id;
            for (track, packet) in packets {
                let Some(subscription) = listener.get_mut(*track) else { continue };
                if found.is_none_or(|(last, _)| last != *track) {
                    found = self.tracks.get(track).map(|state| (*track, state));
                }
                let Some((_, Track { layers, .. })) = found else { continue };
                if usize::from(packet.layer.0) >= layers.len() {
                    continue;
                }
                let slot = subscription.slot;
                subscription.forward(now, packet, layers, |place| {
                    out.push(Output::Forward(place.addressed(id, slot, *track)));
                });
            }
        }
    }

    pub(crate) fn report(
        &mut self,
        track: TrackId,
        layer: Layer,
        ntp: u64,
        time: RtpTime,
        out: &mut Vec<Output>,
    ) {
        let history = self.history(track, layer).into_iter();
        history.for_each(|history| history.moment = Some(NtpMapping { ntp, time }));
        for listener in &mut self.listeners {
            let id = listener.id;
            let Some(subscription) = listener.get_mut(track) else { continue };
            let Some(time) = subscription.map_time(layer, time) else { continue };
            out.push(Output::Report { listener: id, slot: subscription.slot, ntp, time });
        }
    }

    pub(crate) fn keyframe_wanted(
        &mut self,
        now: Ms,
        track: TrackId,
        listener: ListenerId,
        out: &mut Vec<Output>,
    ) {
        let Some(layer) = self.which(now, track, listener, Subscription::stuck_on) else { return };
        let asked = self.request(now, (track, layer), listener, out);
        self.subscription(track, listener).into_iter().for_each(|own| own.owed = !asked);
    }

    /// Asks for a keyframe that one listener needs, if one may be asked for now and others do not pay too much for it.
    fn request(
        &mut self,
        now: Ms,
        (id, layer): (TrackId, Layer),
        listener: ListenerId,
        out: &mut Vec<Output>,
    ) -> bool {
        let Some(history) = self.history(id, layer).filter(|known| known.pacer.ready(now)) else {
            return false;
        };
        let (excess, bytes_per_second) = history.keyframe_cost(now);
        let others = self.listeners.iter().filter(|other| other.id != listener);
        let paid = others.filter_map(|other| other.get(id)).any(|own| own.has(layer));
        let Some(subscription) = self.subscription(id, listener) else { return false };
        if paid && !subscription.is_new() {
            if !subscription.caused.allows(now, excess, bytes_per_second) {
                return false;
            }
            subscription.caused.note(now, excess, bytes_per_second);
        }
        let asked = self.history(id, layer).is_some_and(|history| history.pacer.allow(now));
        if asked {
            out.push(Output::RequestKeyframe { track: id, layer });
        }
        asked
    }

    pub(crate) fn resend(
        &mut self,
        track: TrackId,
        listener: ListenerId,
        numbers: &[u16],
        out: &mut Vec<Output>,
    ) {
        let Some(subscription) = self.subscription(track, listener) else { return };
        let again = numbers.iter().filter_map(|number| subscription.sent(*number));
        let slot = subscription.slot;
        out.extend(again.map(|place| Output::Resend(place.addressed(listener, slot, track))));
    }

    /// Takes what a listener reports.
    pub(crate) fn feedback(&mut self, now: Ms, listener: ListenerId, feedback: Feedback<'_>) {
        match feedback {
            Feedback::Report { track, lost_256, round_trip_ms } => {
                let Some(subscription) = self.subscription(track, listener) else { return };
                subscription.report(now, lost_256, round_trip_ms);
            }
            Feedback::Transport { packets } => {
                let Some(listener) = self.listener(listener) else { return };
                listener.transport_loss = Some(TransportLoss::of(now, packets));
            }
        }
    }

    pub(crate) fn reported(&self, track: TrackId, listener: ListenerId) -> Option<Reported> {
        self.listening(listener)?.get(track)?.reported()
    }

    pub(crate) fn transport_loss(&self, listener: ListenerId) -> Option<TransportLoss> {
        self.listening(listener)?.transport_loss
    }

    fn listening(&self, id: ListenerId) -> Option<&Listener> {
        let place = self.listeners.binary_search_by_key(&id, |listener| listener.id).ok()?;
        self.listeners.get(place)
    }

    /// Asks for every keyframe that some listener waits for, or asked for too soon, and begins again what nobody reported.
    pub(crate) fn ask_keyframes(&mut self, now: Ms, out: &mut Vec<Output>) {
        for (id, track) in &mut self.tracks {
            let subscribed = self.listeners.iter().filter_map(|listener| listener.get(*id));
            track.look(now, subscribed.map(Subscription::asked).max().unwrap_or_default());
        }
        let mut needed = Vec::new();
        for listener in &mut self.listeners {
            let id = listener.id;
            for subscription in &mut listener.subscriptions {
                let Some(track) = self.tracks.get_mut(&subscription.track) else { continue };
                let (slot, of) = (subscription.slot, subscription.track);
                subscription.repeat(now, &track.layers, |place| {
                    out.push(Output::Forward(place.addressed(id, slot, of)));
                });
                let awaited = subscription.awaits(now, &track.layers);
                let owed = || subscription.stuck_on(now, &track.layers);
                let layer = if subscription.owed { awaited.or_else(owed) } else { awaited };
                let history = layer.and_then(|layer| track.layers.get(usize::from(layer.0)));
                let may = history.is_some_and(|known| known.answers() && known.pacer.ready(now));
                needed.extend(layer.filter(|_| may).map(|layer| (id, of, layer)));
            }
        }
        for (listener, track, layer) in needed {
            if self.request(now, (track, layer), listener, out) {
                self.subscription(track, listener).into_iter().for_each(|own| own.owed = false);
            }
        }
        self.tracks.iter_mut().for_each(|(id, track)| track.ask_owed(now, *id, out));
    }

    fn ask_keyframe(
        &mut self,
        now: Ms,
        track: TrackId,
        listener: ListenerId,
        out: &mut Vec<Output>,
    ) {
        let Some(layer) = self.which(now, track, listener, Subscription::awaits) else { return };
        self.history(track, layer).into_iter().for_each(|history| history.pacer.renew());
        self.request(now, (track, layer), listener, out);
    }

    /// The layer that `which` finds for a listener of a track.
    fn which(
        &self,
        now: Ms,
        id: TrackId,
        listener: ListenerId,
        which: fn(&Subscription, Ms, &[History]) -> Option<Layer>,
    ) -> Option<Layer> {
        which(self.listening(listener)?.get(id)?, now, &self.tracks.get(&id)?.layers)
    }

    pub(crate) fn track(&self, id: TrackId) -> Option<&Track> {
        self.tracks.get(&id)
    }

    pub(crate) fn track_mut(&mut self, id: TrackId) -> Option<&mut Track> {
        self.tracks.get_mut(&id)
    }

    fn history(&mut self, track: TrackId, layer: Layer) -> Option<&mut History> {
        self.tracks.get_mut(&track)?.layer(layer)
    }

    fn heard_by(&mut self, track: TrackId, act: impl Fn(&mut Subscription)) {
        self.listeners.iter_mut().filter_map(|listener| listener.get_mut(track)).for_each(act);
    }

    fn listener(&mut self, id: ListenerId) -> Option<&mut Listener> {
        let place = self.listeners.binary_search_by_key(&id, |listener| listener.id).ok()?;
        self.listeners.get_mut(place)
    }

    fn subscription(&mut self, track: TrackId, id: ListenerId) -> Option<&mut Subscription> {
        self.listener(id)?.get_mut(track)
    }
}

#[cfg(test)]
mod tests {
    use media::Target;

    use super::*;

    const CAMERA: TrackId = TrackId(1);
    const VOICE: TrackId = TrackId(2);

    fn subscribe(room: &mut Room, track: TrackId, listener: u32, slot: u16) {
        let (listener, all) = (ListenerId(listener), Some(Target::ALL));
        let id = crate::RoomId(0);
        let it = Subscribe { room: id, track, listener, slot, want: all, allow: all };
        room.subscribe(Ms(0), it, &mut Vec::new());
    }

    fn heard(room: &Room) -> Vec<(u32, Vec<(TrackId, u16)>)> {
        let listener = |it: &Listener| {
            let tracks = it.subscriptions.iter().map(|it| (it.track, it.slot)).collect();
            (it.id.0, tracks)
        };
        room.listeners.iter().map(listener).collect()
    }

    fn room() -> Room {
        let mut room = Room::default();
        room.publish(CAMERA, MediaKind::Video, 3);
        room.publish(VOICE, MediaKind::Audio, 1);
        room
    }

    #[test]
    fn listeners_and_their_tracks_are_sorted_however_they_come() {
        let mut room = room();
        for (track, listener) in [(VOICE, 9), (CAMERA, 9), (VOICE, 3), (TrackId(77), 5)] {
            subscribe(&mut room, track, listener, 0);
        }
        assert_eq!(
            heard(&room),
            [(3, alloc::vec![(VOICE, 0)]), (9, alloc::vec![(CAMERA, 0), (VOICE, 0)])]
        );
    }

    #[test]
    fn a_listener_that_asks_again_with_another_slot_has_one_subscription() {
        let mut room = room();
        (0..3).for_each(|slot| subscribe(&mut room, VOICE, 1, slot));
        assert_eq!(heard(&room), [(1, alloc::vec![(VOICE, 2)])]);
    }

    #[test]
    fn a_listener_without_tracks_is_forgotten() {
        let mut room = room();
        subscribe(&mut room, VOICE, 1, 0);
        subscribe(&mut room, CAMERA, 1, 1);
        room.unsubscribe(VOICE, ListenerId(1));
        room.unsubscribe(VOICE, ListenerId(8));
        assert_eq!(heard(&room), [(1, alloc::vec![(CAMERA, 1)])]);
        room.unpublish(CAMERA);
        assert!(heard(&room).is_empty() && !room.is_empty());
        room.unpublish(VOICE);
        assert!(room.is_empty());
    }

    #[test]
    fn a_track_has_1_to_8_layers() {
        let mut room = room();
        for (asked, given) in [(0, 1), (1, 1), (8, 8), (255, 8)] {
            room.publish(CAMERA, MediaKind::Video, asked);
            assert_eq!(room.tracks[&CAMERA].layers.len(), given, "{asked}");
        }
    }

    #[test]
    fn a_track_published_again_keeps_its_listeners_unless_it_is_another_kind_of_thing() {
        let mut room = room();
        subscribe(&mut room, CAMERA, 1, 0);
        room.publish(CAMERA, MediaKind::Video, 1);
        assert_eq!(heard(&room).len(), 1);
        room.publish(CAMERA, MediaKind::Audio, 1);
        assert!(heard(&room).is_empty());
    }
}
