//! One listener of one track: the layer that it has, the layer that it wants.

use alloc::boxed::Box;

use media::{Layer, MediaKind, Ms, Packet, RtpTime, Target};

use crate::cost::Caused;
use crate::feedback::Reported;
use crate::history::{Fact, History, live, ranked};
use crate::rewrite::{Rewriter, Rewritten};
use crate::svc::SvcFilter;
use crate::temporal::TemporalFilter;
use crate::{Subscribe, TrackId};

/// A beginning that the listener has not reported is sent again after so long, then after twice as long, and so on.
pub(crate) const UNHEARD_MS: u64 = 800;
/// How often it is sent again.
pub(crate) const REPEATS: u8 = 4;

#[derive(Debug)]
pub(crate) struct Subscription {
    pub(crate) track: TrackId,
    pub(crate) slot: u16,
    pub(crate) kind: MediaKind,
    /// What the client asks for.
    want: Option<Target>,
    /// What its line carries.
    allow: Option<Target>,
    /// The smaller of both; `None` while nothing is to be sent.
    top: Option<Target>,
    current: Option<Layer>,
    rewriter: Rewriter,
    /// What it has of the present layer, where that is scalable.
    svc: Option<Box<SvcFilter>>,
    /// What it has of the present layer, where that tells temporal layers alone.
    temporal: Option<Box<TemporalFilter>>,
    /// What the listener reported last; what came before its first report, when its decoder was not ready, is lost
    /// unseen.
    reported: Option<Reported>,
    /// The keyframes that others paid for.
    pub(crate) caused: Caused,
    /// The decoder is stuck, and a keyframe could not be asked for yet.
    pub(crate) owed: bool,
    /// When the stream began last, and how often it was begun again because nobody reported it.
    begun: (Ms, u8),
}

impl Subscription {
    pub(crate) fn new(of: &Subscribe, kind: MediaKind) -> Self {
        let Subscribe { track, slot, want, allow, .. } = *of;
        Self {
            track,
            slot,
            kind,
            want,
            allow,
            top: smaller(want, allow),
            current: None,
            rewriter: Rewriter::new(kind),
            svc: None,
            temporal: None,
            reported: None,
            caused: Caused::default(),
            owed: false,
            begun: (Ms(0), 0),
        }
    }

    /// Takes what the client asks for; a listener that paused begins again at a keyframe.
    pub(crate) fn want(&mut self, top: Option<Target>) {
        self.want = top;
        self.pull();
    }

    /// Takes what the line carries; a listener that paused begins again at a keyframe.
    pub(crate) fn allow(&mut self, top: Option<Target>) {
        self.allow = top;
        self.pull();
    }

    /// What is wanted or allowed has changed.
    fn pull(&mut self) {
        self.top = smaller(self.want, self.allow);
        if self.top.is_none() {
            self.current = None;
        }
    }

    /// The publisher's stream broke off: whatever comes, the listener begins again at a keyframe.
    pub(crate) fn break_off(&mut self) {
        self.current = None;
    }

    /// What was forwarded last did not leave: the listener begins again at a keyframe, and is not sent again what was
    /// before it.
    pub(crate) fn skip(&mut self) {
        self.current = None;
        self.rewriter.forget();
    }

    /// Leaves a layer that is more than the line carries at once; `false` if it has one that is not. One that is starved is
    /// not too much: it goes on until a smaller one begins.
    pub(crate) fn leave(&mut self, layers: &[History]) -> bool {
        let starved = self.current.is_some_and(|layer| is_starved(layer, layers));
        let leaves = self.top.is_none() || self.too_much(layers) && !starved;
        if leaves {
            self.skip();
        }
        leaves
    }

    /// The stream of one layer broke off.
    pub(crate) fn break_off_from(&mut self, layer: Layer) {
        if self.current == Some(layer) {
            self.current = None;
        }
    }

    /// The listener reports the stream.
    pub(crate) fn report(&mut self, now: Ms, lost_256: u8, round_trip_ms: Option<u32>) {
        self.reported = Some(Reported::after(self.reported, now, lost_256, round_trip_ms));
    }

    pub(crate) const fn reported(&self) -> Option<Reported> {
        self.reported
    }

    /// How many layers its client asks for, from the smallest up.
    pub(crate) fn asked(&self) -> u8 {
        self.want.map_or(0, |want| want.spatial.saturating_add(1))
    }

    /// Begins again what nobody reported, if its source stands still: one that goes on is asked by the decoder itself.
    pub(crate) fn repeat(&mut self, now: Ms, layers: &[History], send: impl FnMut(Rewritten)) {
        let (at, repeats) = self.begun;
        let unseen = self.reported.is_none();
        let waiting = unseen && self.kind == MediaKind::Video && repeats < REPEATS;
        if !waiting || now.since(at) < UNHEARD_MS << repeats {
            return;
        }
        let present = self.current.and_then(|layer| layers.get(usize::from(layer.0)));
        if present.is_some_and(|history| history.stands_still(now)) {
            self.begun = (now, repeats + 1);
            self.current = None;
            self.enter(now, layers, send);
        }
    }

    /// Whether it is sent this layer at present.
    pub(crate) fn has(&self, layer: Layer) -> bool {
        self.current == Some(layer)
    }

    /// Whether it has never been sent anything.
    pub(crate) const fn is_new(&self) -> bool {
        self.rewriter.is_new()
    }

    /// The layer whose keyframe this listener waits for, if it waits and the publisher can give it.
    pub(crate) fn awaits(&self, now: Ms, layers: &[History]) -> Option<Layer> {
        if self.kind == MediaKind::Audio {
            return None;
        }
        let target = self.target(now, layers)?;
        let layer = layers.get(usize::from(target.0))?;
        let limit = self.within(layers);
        let waits_in = |filter: &SvcFilter| filter.waits(layer.offered(), limit);
        let waits = self.current != Some(target) || self.svc.as_deref().is_some_and(waits_in);
        (waits && layer.answers()).then_some(target)
    }

    /// The layer whose keyframe helps a decoder that is stuck.
    pub(crate) fn stuck_on(&self, now: Ms, layers: &[History]) -> Option<Layer> {
        self.top?;
        (self.kind == MediaKind::Video)
            .then(|| self.current.or_else(|| self.target(now, layers)))?
    }

    /// The best layer that is sent at present, that the line carries and that the client asks for; the smallest
    /// above what it asks for if there is none, because a picture too large serves better than none. Where nothing has
    /// been sent yet, the smallest there is: nobody waits for a packet before it is asked for.
    fn target(&self, now: Ms, layers: &[History]) -> Option<Layer> {
        let (want, allow) = (self.want?.spatial, self.allow?.spatial);
        if live(now, layers).next().is_none() {
            return (!layers.is_empty()).then_some(Layer(0));
        }
        let carried = || live(now, layers).filter(|layer| ranked(*layer, layers).0 <= allow);
        let best = carried().filter(|layer| ranked(*layer, layers).0 <= want).last();
        best.or_else(|| carried().next())
    }

    /// Whether the present layer is more than the line carries.
    fn too_much(&self, layers: &[History]) -> bool {
        let beyond =
            |layer: Layer| self.allow.is_none_or(|allow| ranked(layer, layers).0 > allow.spatial);
        self.current.is_some_and(beyond)
    }

    /// How much of a layer is of use: a track of one scalable stream has its layers within.
    fn within(&self, layers: &[History]) -> Target {
        let Target { spatial, temporal } = self.top.unwrap_or_default();
        Target { spatial: if layers.len() > 1 { u8::MAX } else { spatial }, temporal }
    }

    /// Forwards `packet` if it belongs to this listener's stream, with what followed it already
    /// when the stream begins with it.
    pub(crate) fn forward(
        &mut self,
        now: Ms,
        packet: &Packet,
        layers: &[History],
        mut send: impl FnMut(Rewritten),
    ) {
        if self.top.is_none() {
            return;
        }
        // It is left at the next keyframe of one that the line carries; if there is none, now.
        if self.too_much(layers) && self.target(now, layers).is_none() {
            self.current = None;
        }
        // A keyframe answers the requests before it.
        self.owed &= !(packet.keyframe && self.current == Some(packet.layer));
        let fact = Fact::from(packet);
        let strays = |filter: &SvcFilter| packet.frame.is_some_and(|frame| filter.strays(&frame));
        let anew = packet.keyframe && self.svc.as_deref().is_some_and(strays);
        if self.current == Some(packet.layer) && !anew {
            self.pass(now, fact, layers).into_iter().for_each(send);
            return;
        }
        let decodable = packet.keyframe || self.kind == MediaKind::Audio;
        if fact.padding || !decodable || !self.wants(now, packet.layer, layers) {
            return;
        }
        let Some(history) = layers.get(usize::from(packet.layer.0)) else { return };
        let exact = self.in_step(packet.layer, fact, layers);
        (self.svc, self.temporal) = (self.svc_of(fact, history, layers), None);
        self.current = Some(packet.layer);
        self.begun.0 = now;
        self.rewriter.start(now, packet.layer, fact, exact);
        for fact in core::iter::once(fact).chain(history.after(packet.seq)) {
            self.pass(now, fact, layers).into_iter().for_each(&mut send);
        }
    }

    /// What the listener has of a layer that begins with `fact`, if that is scalable.
    fn svc_of(&self, fact: Fact, layer: &History, layers: &[History]) -> Option<Box<SvcFilter>> {
        let limit = self.within(layers);
        fact.frame.map(|frame| Box::new(SvcFilter::start(&frame, layer.offered(), limit)))
    }

    /// The place of a packet of the present layer, if the listener has a use for its frame.
    fn pass(&mut self, now: Ms, fact: Fact, layers: &[History]) -> Option<Rewritten> {
        let limit = self.within(layers);
        let (Some(frame), Some(svc)) = (&fact.frame, &mut self.svc) else {
            return self.pass_picture(now, fact, limit.temporal);
        };
        let layer = layers.get(usize::from(self.rewriter.layer.0));
        let offered = layer.map(History::offered).unwrap_or_default();
        match svc.decide(frame, fact.time, offered, limit) {
            Some(cut) => self.rewriter.cut(now, fact, cut),
            None => self.rewriter.leave_out(now, fact),
        }
    }

    /// The same for a stream that tells temporal layers alone, or none.
    fn pass_picture(&mut self, now: Ms, fact: Fact, limit: u8) -> Option<Rewritten> {
        let Some(temporal) = fact.temporal.filter(|_| !fact.padding) else {
            return self.rewriter.place(now, fact);
        };
        let id = fact.picture.id;
        let start = || Box::new(TemporalFilter::start(id, limit));
        match self.temporal.get_or_insert_with(start).decide(id, temporal, limit) {
            Some(left_out) => self.rewriter.close_up(now, fact, left_out),
            None => self.rewriter.leave_out(now, fact),
        }
    }

    /// A listener that waits begins at once with the best layer whose last keyframe is still at hand.
    pub(crate) fn enter(&mut self, now: Ms, layers: &[History], mut send: impl FnMut(Rewritten)) {
        if self.current.is_some() || self.kind == MediaKind::Audio {
            return;
        }
        let Some(top) = self.top else { return };
        let useful = live(now, layers).filter(|layer| ranked(*layer, layers).0 <= top.spatial);
        let open = useful.filter_map(|layer| {
            let history = layers.get(usize::from(layer.0))?;
            Some((layer, history, history.entrance(now)?))
        });
        let Some((layer, history, (first, newest))) = open.last() else { return };
        let exact = self.in_step(layer, Fact { time: newest, ..first }, layers);
        (self.svc, self.temporal) = (self.svc_of(first, history, layers), None);
        self.current = Some(layer);
        self.begun.0 = now;
        self.rewriter.enter(now, layer, (first, newest), exact);
        for fact in core::iter::once(first).chain(history.after(first.seq)) {
            self.pass(now, fact, layers).into_iter().for_each(&mut send);
        }
    }

    /// May the stream go on in `layer`? One that waits, or has more than its line carries, takes any that is not too
    /// much for it, and climbs later.
    fn wants(&self, now: Ms, layer: Layer, layers: &[History]) -> bool {
        let room = |top: Target| ranked(layer, layers).0 <= top.spatial;
        let any = self.current.is_none() || self.too_much(layers);
        let fits = any && self.top.is_some_and(room) && !is_starved(layer, layers);
        fits || self.target(now, layers) == Some(layer)
    }

    /// When `fact` of `layer` is due in the listener's clock, by the publisher's reports on that layer
    /// and on the one before it: arrival would put the lips off the voice by the jitter of a keyframe.
    fn in_step(&self, layer: Layer, fact: Fact, layers: &[History]) -> Option<RtpTime> {
        let [old, new] = [self.rewriter.layer, layer].map(|layer| layers.get(usize::from(layer.0)));
        let (old, new) = (old?.moment?, new?.moment?);
        let passed = new.ticks_since(old, self.kind.ticks_per_ms());
        let reported = self.rewriter.map_time(old.time)?.plus(passed);
        Some(RtpTime(fact.time.minus(new.time.0).plus(reported.0).0))
    }

    pub(crate) fn sent(&self, number: u16) -> Option<Rewritten> {
        self.rewriter.sent(number)
    }

    /// A moment of `layer` in the listener's clock, if the listener hears that layer.
    pub(crate) fn map_time(&self, layer: Layer, time: RtpTime) -> Option<RtpTime> {
        self.rewriter.map_time(time).filter(|_| self.current == Some(layer))
    }
}

fn is_starved(layer: Layer, layers: &[History]) -> bool {
    layers.get(usize::from(layer.0)).is_some_and(|history| history.flow.is_starved())
}

/// What is within both levers.
fn smaller(want: Option<Target>, allow: Option<Target>) -> Option<Target> {
    Some(want?.within(allow?))
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use media::Picture;

    use super::*;

    /// One who wants all that there is, over a line that carries it.
    fn subscription(kind: MediaKind) -> Subscription {
        let (room, track, listener) = (crate::RoomId(0), TrackId(1), crate::ListenerId(1));
        let all = Some(Target::ALL);
        let of = Subscribe { room, track, listener, slot: 0, want: all, allow: all };
        Subscription::new(&of, kind)
    }

    /// Three layers, of which those named have sent a packet at 0 ms.
    fn sending(layers: &[u8]) -> [History; 3] {
        let mut all = [0, 1, 2].map(|rank| History::new(true, rank));
        for layer in layers {
            all[usize::from(*layer)].note(Ms(0), &packet(*layer, 0));
        }
        all
    }

    fn packet(layer: u8, seq: u64) -> Packet {
        let (layer, time, picture) = (Layer(layer), RtpTime(0), Picture::default());
        Packet {
            seq,
            time,
            layer,
            keyframe: true,
            picture,
            frame: None,
            temporal: None,
            bytes: 100,
        }
    }

    fn sent(it: &mut Subscription, packet: Packet, layers: &[History]) -> Vec<u64> {
        let mut sent = Vec::new();
        it.forward(Ms(0), &packet, layers, |place| sent.push(place.seq));
        sent
    }

    #[test]
    fn waits_for_the_best_layer_that_is_sent_and_of_use() {
        for (live, top, want) in [
            (&[0, 1, 2][..], Some(Layer(7)), Some(2)),
            (&[0, 1, 2], Some(Layer(1)), Some(1)),
            (&[0, 2], Some(Layer(1)), Some(0)),
            (&[1, 2], Some(Layer(0)), Some(1)),
            (&[0, 1, 2], None, None),
            (&[], Some(Layer(2)), Some(0)),
        ] {
            let mut it = subscription(MediaKind::Video);
            it.want(top.map(Target::up_to));
            let awaits = it.awaits(Ms(10), &sending(live));
            assert_eq!(awaits, want.map(Layer), "{live:?} under {top:?}");
            assert_eq!(it.stuck_on(Ms(10), &sending(live)), want.map(Layer), "{live:?}");
        }
    }

    #[test]
    fn waits_for_nothing_that_it_has_or_that_nobody_sends() {
        let mut layers = sending(&[0]);
        let mut it = subscription(MediaKind::Video);
        assert_eq!(it.awaits(Ms(90_000), &layers), Some(Layer(0)), "it stands still");
        layers[0].mute(true);
        assert_eq!(it.awaits(Ms(90_000), &layers), None, "muted");
        layers[0].mute(false);
        assert_eq!(sent(&mut it, packet(0, 0), &layers), [0]);
        assert_eq!(it.awaits(Ms(10), &layers), None, "has it");
        assert_eq!(it.stuck_on(Ms(10), &layers), Some(Layer(0)));
    }

    #[test]
    fn sound_waits_for_nothing() {
        let layers = sending(&[0]);
        let it = subscription(MediaKind::Audio);
        assert_eq!((it.awaits(Ms(0), &layers), it.stuck_on(Ms(0), &layers)), (None, None));
    }

    #[test]
    fn one_that_waits_takes_any_layer_within_its_limit_and_climbs_at_the_next_keyframe() {
        let layers = sending(&[0, 1, 2]);
        let mut it = subscription(MediaKind::Video);
        it.want(Some(Target::up_to(Layer(1))));
        assert_eq!(sent(&mut it, packet(2, 5), &layers), []);
        assert_eq!(sent(&mut it, packet(0, 5), &layers), [5]);
        assert_eq!(sent(&mut it, Packet { keyframe: false, ..packet(1, 5) }, &layers), []);
        assert_eq!(sent(&mut it, packet(1, 6), &layers), [6]);
        assert_eq!(sent(&mut it, packet(0, 6), &layers), [], "never back to the smaller");
    }

    #[test]
    fn only_the_layer_that_breaks_off_is_left() {
        let layers = sending(&[0]);
        let mut it = subscription(MediaKind::Video);
        sent(&mut it, packet(0, 0), &layers);
        it.break_off_from(Layer(1));
        assert_eq!(it.awaits(Ms(0), &layers), None);
        it.break_off_from(Layer(0));
        assert_eq!(it.awaits(Ms(0), &layers), Some(Layer(0)));
    }

    #[test]
    fn a_moment_is_told_of_the_layer_that_is_heard() {
        let mut it = subscription(MediaKind::Video);
        assert_eq!(it.map_time(Layer(0), RtpTime(9)), None);
        sent(&mut it, packet(0, 0), &sending(&[0]));
        assert_eq!(it.map_time(Layer(0), RtpTime(9)), Some(RtpTime(9)));
        assert_eq!(it.map_time(Layer(1), RtpTime(9)), None);
    }
}
