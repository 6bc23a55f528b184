//! One room: its tracks, its listeners, and the burst that goes from the ones to the others.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use media::{Layer, MediaKind, Ms, Packet, RtpTime};

use crate::history::History;
use crate::subscription::Subscription;
use crate::{ListenerId, Output, Subscribe, TrackId};

/// More encodings than any browser sends.
const MAX_LAYERS: u8 = 8;

#[derive(Debug)]
struct Track {
    kind: MediaKind,
    layers: Vec<History>,
}

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
}

impl Listener {
    fn get_mut(&mut self, track: TrackId) -> Option<&mut Subscription> {
        let place = self.subscriptions.binary_search_by_key(&track, |it| it.track).ok()?;
        self.subscriptions.get_mut(place)
    }
}

impl Room {
    pub(crate) fn publish(&mut self, track: TrackId, kind: MediaKind, layers: u8) {
        let video = kind == MediaKind::Video;
        let layers = (0..layers.clamp(1, MAX_LAYERS)).map(|_| History::new(video)).collect();
        self.tracks.insert(track, Track { kind, layers });
    }

    pub(crate) fn unpublish(&mut self, track: TrackId) {
        self.tracks.remove(&track);
        for listener in &mut self.listeners {
            listener.subscriptions.retain(|it| it.track != track);
        }
        self.listeners.retain(|it| !it.subscriptions.is_empty());
    }

    pub(crate) fn subscribe(&mut self, now: Ms, it: Subscribe, out: &mut Vec<Output>) {
        let Some(track) = self.tracks.get(&it.track) else { return };
        let subscription = Subscription::new(it.track, it.slot, track.kind);
        let place = match self.listeners.binary_search_by_key(&it.listener, |it| it.id) {
            Ok(place) => place,
            Err(place) => {
                let listener = Listener { id: it.listener, subscriptions: Vec::new() };
                self.listeners.insert(place, listener);
                place
            }
        };
        if let Some(listener) = self.listeners.get_mut(place) {
            let own = &mut listener.subscriptions;
            match own.binary_search_by_key(&it.track, |it| it.track) {
                Ok(place) => own.get_mut(place).into_iter().for_each(|old| old.slot = it.slot),
                Err(place) => own.insert(place, subscription),
            }
        }
        self.ask_keyframe(now, it.track, it.listener, out);
    }

    pub(crate) fn unsubscribe(&mut self, track: TrackId, listener: ListenerId) {
        if let Some(listener) = self.listener(listener) {
            listener.subscriptions.retain(|it| it.track != track);
        }
        self.listeners.retain(|it| !it.subscriptions.is_empty());
    }

    pub(crate) fn limit(
        &mut self,
        now: Ms,
        track: TrackId,
        listener: ListenerId,
        top: Option<Layer>,
        out: &mut Vec<Output>,
    ) {
        if let Some(subscription) = self.subscription(track, listener) {
            subscription.limit(top);
        }
        self.ask_keyframe(now, track, listener, out);
    }

    /// Listener by listener, packet by packet: what goes to one address leaves in one piece.
    pub(crate) fn forward(
        &mut self,
        now: Ms,
        packets: &[(TrackId, Packet)],
        out: &mut Vec<Output>,
    ) {
        for (id, packet) in packets {
            let layer = self.tracks.get_mut(id).and_then(|track| track.layer(packet.layer));
            layer.into_iter().for_each(|layer| layer.note(now, packet));
        }
        for listener in &mut self.listeners {
            let id = listener.id;
            for (track, packet) in packets {
                let Some(subscription) = listener.get_mut(*track) else { continue };
                let Some(Track { layers, .. }) = self.tracks.get(track) else { continue };
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
        self.request(now, track, listener, Subscription::stuck_on, out);
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

    /// Asks for every keyframe that some listener waits for.
    pub(crate) fn ask_keyframes(&mut self, now: Ms, out: &mut Vec<Output>) {
        for listener in &self.listeners {
            for subscription in &listener.subscriptions {
                let Some(track) = self.tracks.get_mut(&subscription.track) else { continue };
                let layer = subscription.awaits(now, &track.layers);
                track.ask(now, subscription.track, layer, out);
            }
        }
    }

    fn ask_keyframe(
        &mut self,
        now: Ms,
        track: TrackId,
        listener: ListenerId,
        out: &mut Vec<Output>,
    ) {
        self.request(now, track, listener, Subscription::awaits, out);
    }

    fn request(
        &mut self,
        now: Ms,
        id: TrackId,
        listener: ListenerId,
        which: fn(&Subscription, Ms, &[History]) -> Option<Layer>,
        out: &mut Vec<Output>,
    ) {
        let Some(layers) = self.tracks.get(&id).map(|track| &track.layers) else { return };
        let place = self.listeners.binary_search_by_key(&listener, |it| it.id);
        let listener = place.ok().and_then(|place| self.listeners.get(place));
        let subscription =
            listener.and_then(|it| it.subscriptions.iter().find(|it| it.track == id));
        let layer = subscription.and_then(|it| which(it, now, layers));
        if let Some(track) = self.tracks.get_mut(&id) {
            track.ask(now, id, layer, out);
        }
    }

    fn listener(&mut self, id: ListenerId) -> Option<&mut Listener> {
        let place = self.listeners.binary_search_by_key(&id, |it| it.id).ok()?;
        self.listeners.get_mut(place)
    }

    fn subscription(&mut self, track: TrackId, id: ListenerId) -> Option<&mut Subscription> {
        self.listener(id)?.get_mut(track)
    }
}

impl Track {
    fn layer(&mut self, layer: Layer) -> Option<&mut History> {
        self.layers.get_mut(usize::from(layer.0))
    }

    fn ask(&mut self, now: Ms, track: TrackId, layer: Option<Layer>, out: &mut Vec<Output>) {
        let Some(layer) = layer else { return };
        if self.layer(layer).is_some_and(|it| it.pacer.allow(now)) {
            out.push(Output::RequestKeyframe { track, layer });
        }
    }
}
