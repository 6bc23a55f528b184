use super::Timed;
use crate::tap::{Codec, Source, TrackPublished};
use crate::timeline::{Place, Us, frames};
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

/// One frame of the main picture.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Shot {
    /// When it is to be seen.
    pub at_us: Us,
    /// Whether decoding can begin with it.
    pub key: bool,
    /// Its parts: indices into [`Picture::parts`].
    pub parts: Range<usize>,
}

/// The main picture: one person's camera, or screen if there is no camera, in one layer.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Picture {
    /// Any codec of pictures.
    pub codec: Codec,
    /// Whose it is.
    pub identity: String,
    /// Width and height of the first key frame; 0 if the codec's packets do not tell.
    pub size: (u16, u16),
    /// Frames in order of time; the first is a key frame.
    pub shots: Vec<Shot>,
    /// VP8: pieces of the coded frame. Others: whole RTP packets.
    pub parts: Vec<Place>,
}

impl Picture {
    pub(super) fn first_us(&self) -> Option<Us> {
        self.shots.first().map(|it| it.at_us)
    }

    pub(super) fn end_us(&self) -> Us {
        self.shots.last().map_or(0, |it| it.at_us + 40_000)
    }

    pub(super) fn shift(&mut self, started_us: Us) {
        for shot in &mut self.shots {
            shot.at_us -= started_us;
        }
    }

    /// Adds a later stream; what this one has after the other's start is cut off.
    fn extend(&mut self, later: &Timed, frozen: &mut Vec<(Us, Us)>) {
        let found = frames(&later.entries);
        frozen.extend(found.frozen);
        let wall = |it: usize| later.wall_us.get(it).copied();
        let Some(starts) = found.frames.first().and_then(|it| wall(it.packets.start)) else {
            return;
        };
        while self.shots.last().is_some_and(|it| it.at_us >= starts) {
            self.shots.pop();
        }
        for frame in found.frames {
            let Some(at_us) = wall(frame.packets.start) else { continue };
            // Two frames never share a moment: a container's clock ticks in milliseconds.
            let at_us = self.shots.last().map_or(at_us, |it| at_us.max(it.at_us + 1_000));
            if let (Some(size), (0, 0)) = (frame.size, self.size) {
                self.size = size;
            }
            let start = self.parts.len();
            let packets = later.entries.get(frame.packets).unwrap_or_default();
            let part = |it: &crate::timeline::Entry| {
                if self.codec == Codec::Vp8 { it.payload } else { it.packet }
            };
            self.parts.extend(packets.iter().filter(|it| it.payload.len > 0).map(part));
            self.shots.push(Shot { at_us, key: frame.key, parts: start..self.parts.len() });
        }
    }
}

#[derive(Default)]
pub(super) struct Pictures {
    candidates: BTreeMap<(String, bool), Vec<(Codec, Timed)>>,
}

impl Pictures {
    /// Takes a track's layers; the one with the most packets is kept, of equals the highest.
    pub(super) fn add(&mut self, said: &TrackPublished, streams: Vec<(u8, Timed)>) {
        let mut packets: BTreeMap<u8, usize> = BTreeMap::new();
        for (layer, timed) in &streams {
            *packets.entry(*layer).or_default() += timed.entries.len();
        }
        let Some((best, _)) = packets.into_iter().max_by_key(|(layer, count)| (*count, *layer))
        else {
            return;
        };
        if matches!(said.codec, Codec::Opus | Codec::Other) {
            return;
        }
        let screen = said.source == Source::ScreenShare;
        let kept = self.candidates.entry((said.identity.clone(), screen)).or_default();
        let layer = streams.into_iter().filter(|(layer, _)| *layer == best);
        kept.extend(layer.map(|(_, timed)| (said.codec, timed)));
    }

    /// The main picture and the spans in which it stood still for loss. Cameras go before screens
    /// and who leads before others, among those who were seen for a fifth of the longest.
    pub(super) fn choose(self, role: impl Fn(&str) -> String) -> (Option<Picture>, Vec<(Us, Us)>) {
        let longest = self.candidates.values().map(|it| seen_us(it)).max().unwrap_or_default();
        let rank = |identity: &str, screen: bool, seen: Us| {
            let leads = matches!(role(identity).as_str(), "lead_teacher" | "specialist");
            (seen >= longest / 5, !screen, leads, seen)
        };
        let best = self
            .candidates
            .into_iter()
            .max_by_key(|((identity, screen), streams)| rank(identity, *screen, seen_us(streams)));
        let Some(((identity, _), mut streams)) = best else { return (None, Vec::new()) };
        let most = |codec: Codec| {
            let same = streams.iter().filter(|(it, _)| *it == codec);
            same.map(|(_, it)| it.entries.len()).sum::<usize>()
        };
        let codecs = [Codec::Av1, Codec::Vp9, Codec::H264, Codec::Vp8];
        let codec = codecs.into_iter().max_by_key(|it| most(*it)).unwrap_or_default();
        streams.retain(|(it, _)| *it == codec);
        streams.sort_by_key(|(_, it)| it.wall_us.first().copied());
        let mut picture = Picture { codec, identity, ..Picture::default() };
        let mut frozen = Vec::new();
        for (_, timed) in &streams {
            picture.extend(timed, &mut frozen);
        }
        ((!picture.shots.is_empty()).then_some(picture), frozen)
    }
}

fn seen_us(streams: &[(Codec, Timed)]) -> Us {
    let span = |it: &Timed| Some(it.wall_us.last()? - it.wall_us.first()?);
    streams.iter().filter_map(|(_, it)| span(it)).sum()
}
