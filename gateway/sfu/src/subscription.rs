//! One listener of one track: the layer that it has, the layer that it wants.

use media::{Layer, MediaKind, Ms, Packet, RtpTime};

use crate::TrackId;
use crate::history::{Fact, History};
use crate::rewrite::{Place, Rewriter};

#[derive(Debug)]
pub(crate) struct Subscription {
    pub(crate) track: TrackId,
    pub(crate) slot: u16,
    kind: MediaKind,
    top: Option<Layer>,
    current: Option<Layer>,
    rewriter: Rewriter,
}

impl Subscription {
    pub(crate) fn new(track: TrackId, slot: u16, kind: MediaKind) -> Self {
        let top = Some(Layer(u8::MAX));
        Self { track, slot, kind, top, current: None, rewriter: Rewriter::new(kind) }
    }

    /// Takes the listener's wish; a listener that paused begins again at a keyframe.
    pub(crate) fn limit(&mut self, top: Option<Layer>) {
        self.top = top;
        if top.is_none() {
            self.current = None;
        }
    }

    /// The layer whose keyframe this listener waits for, if it waits.
    pub(crate) fn awaits(&self, now: Ms, layers: &[History]) -> Option<Layer> {
        let target = self.target(now, layers)?;
        (self.kind == MediaKind::Video && self.current != Some(target)).then_some(target)
    }

    /// The layer whose keyframe helps a decoder that is stuck.
    pub(crate) fn stuck_on(&self, now: Ms, layers: &[History]) -> Option<Layer> {
        self.top?;
        (self.kind == MediaKind::Video).then(|| self.current.or(self.target(now, layers)))?
    }

    /// The best layer that is sent at present and that the listener has a use for.
    fn target(&self, now: Ms, layers: &[History]) -> Option<Layer> {
        let top = self.top?;
        let live = layers.iter().zip(0..=u8::MAX).filter(|(layer, _)| layer.live(now));
        let mut wanted = live.map(|(_, index)| Layer(index));
        let best = wanted.clone().filter(|layer| *layer <= top).max();
        best.or_else(|| wanted.next())
    }

    /// Forwards `packet` if it belongs to this listener's stream, with what followed it already
    /// when the stream begins with it.
    pub(crate) fn forward(
        &mut self,
        now: Ms,
        packet: &Packet,
        layers: &[History],
        mut send: impl FnMut(Place),
    ) {
        if self.top.is_none() {
            return;
        }
        let fact = Fact { seq: packet.seq, time: packet.time, picture: packet.picture };
        let own = self.current == Some(packet.layer);
        if packet.bytes == 0 {
            if own {
                self.rewriter.skip(packet.seq);
            }
            return;
        }
        if own && !self.rewriter.jumped(packet.seq) {
            if let Some(place) = self.rewriter.place(now, fact) {
                send(place);
            }
            return;
        }
        let fits = self.current.is_none() && self.top >= Some(packet.layer);
        let wanted = own || fits || self.target(now, layers) == Some(packet.layer);
        if !packet.keyframe || !wanted {
            return;
        }
        self.current = Some(packet.layer);
        self.rewriter.start(now, packet.layer, fact);
        let followed = layers.get(usize::from(packet.layer.0)).into_iter();
        let followed = followed.flat_map(|layer| layer.after(packet.seq));
        for fact in core::iter::once(fact).chain(followed) {
            if let Some(place) = self.rewriter.place(now, fact) {
                send(place);
            }
        }
    }

    pub(crate) fn sent(&self, number: u16) -> Option<Place> {
        self.rewriter.sent(number)
    }

    /// A moment of `layer` in the listener's clock, if the listener hears that layer.
    pub(crate) fn map_time(&self, layer: Layer, time: RtpTime) -> Option<RtpTime> {
        self.rewriter.map_time(time).filter(|_| self.current == Some(layer))
    }
}
