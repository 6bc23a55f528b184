//! One published track: its layers, when their publisher is asked for a keyframe, and what they take.

use alloc::vec::Vec;

use media::{Layer, MediaKind, Ms, Target};

use crate::history::{History, live};
use crate::{Output, Rate, TrackId};

/// More encodings than any browser sends.
const MAX_LAYERS: u8 = 8;

#[derive(Debug)]
pub(crate) struct Track {
    pub(crate) kind: MediaKind,
    pub(crate) layers: Vec<History>,
}

impl Track {
    /// A track of so many layers, at least 1 and at most 8.
    pub(crate) fn new(kind: MediaKind, layers: u8) -> Self {
        let video = kind == MediaKind::Video;
        let ranks = 0..layers.clamp(1, MAX_LAYERS);
        Self { kind, layers: ranks.map(|rank| History::new(video, rank)).collect() }
    }

    pub(crate) fn layer(&mut self, layer: Layer) -> Option<&mut History> {
        self.layers.get_mut(usize::from(layer.0))
    }

    /// Takes the order of the layers, if it names each of them once.
    pub(crate) fn order(&mut self, order: &[Layer]) {
        let named =
            (0..=u8::MAX).zip(&self.layers).all(|(number, _)| order.contains(&Layer(number)));
        if !named || order.len() != self.layers.len() {
            return;
        }
        for (rank, layer) in (0..=u8::MAX).zip(order) {
            self.layer(*layer).into_iter().for_each(|layer| layer.rank = rank);
        }
    }

    /// The publisher says whether it sends anything at present.
    pub(crate) fn mute(&mut self, muted: bool) {
        self.layers.iter_mut().for_each(|layer| layer.mute(muted));
    }

    /// Somebody will come soon who will want the best layer.
    pub(crate) fn expect(&mut self, now: Ms, id: TrackId, out: &mut Vec<Output>) {
        if self.kind == MediaKind::Audio {
            return;
        }
        let layer = live(now, &self.layers).last().unwrap_or(Layer(0));
        let Some(history) = self.layer(layer) else { return };
        if history.answers() && !history.fresh(now) && history.pacer.allow(now) {
            out.push(Output::RequestKeyframe { track: id, layer });
        }
    }

    /// Asks for a keyframe of every layer, as soon as one may be asked for.
    pub(crate) fn refresh(&mut self, now: Ms, id: TrackId, out: &mut Vec<Output>) {
        if self.kind == MediaKind::Video {
            self.layers.iter_mut().for_each(|layer| layer.pacer.owe());
            self.ask_owed(now, id, out);
        }
    }

    /// Asks for the keyframes that could not be asked for when they were needed.
    pub(crate) fn ask_owed(&mut self, now: Ms, id: TrackId, out: &mut Vec<Output>) {
        for (history, layer) in self.layers.iter_mut().zip(0..=u8::MAX) {
            if history.pays(now) {
                out.push(Output::RequestKeyframe { track: id, layer: Layer(layer) });
            }
        }
    }

    /// Looks which layers are starved, where somebody asks for so many from the smallest up; to be called several times a
    /// second.
    pub(crate) fn look(&mut self, now: Ms, asked: u8) {
        if self.layers.len() < 2 {
            return;
        }
        let mut most = 0;
        for rank in (0..=u8::MAX).take(self.layers.len()) {
            let layer = self.layers.iter_mut().find(|history| history.rank == rank);
            most = layer.map_or(most, |history| history.flow.look(now, most, rank < asked));
        }
    }

    /// How many layers, from the smallest up, are sent before one that is starved.
    pub(crate) fn fed(&self) -> u8 {
        let starved = self
            .layers
            .iter()
            .filter(|history| history.flow.is_starved())
            .map(|history| history.rank);
        starved.min().unwrap_or(u8::MAX)
    }

    /// What each part takes that is sent at present, the smallest first.
    pub(crate) fn rates(&self, now: Ms) -> Vec<Rate> {
        let mut rates = Vec::new();
        for layer in live(now, &self.layers) {
            let Some(history) = self.layers.get(usize::from(layer.0)) else { continue };
            let (meter, rank) = (&history.meter, history.rank);
            for part in meter.parts(now).iter() {
                let Some(measured) = meter.measured(now, part) else { continue };
                // The encodings of a simulcast track count as its spatial layers.
                let spatial = if self.layers.len() > 1 { rank } else { part.spatial };
                let (part, silent_ms) = (Target { spatial, ..part }, meter.silent_ms(now));
                rates.push(Rate {
                    part,
                    layer,
                    bits_per_second: measured.bits,
                    packets_per_second: measured.packets,
                    pictures_per_second: measured.pictures,
                    silent_ms,
                });
            }
        }
        rates
    }
}
