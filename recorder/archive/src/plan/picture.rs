use super::piece::{Strip, Use, choose, lacking};
use super::timed::Timed;
use crate::tap::{Codec, Source, TrackPublished};
use crate::timeline::{Extent, Us};
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Reverse;
use core::ops::Range;

/// The most pictures that are made of a take, each with its own file: screens and those who lead go
/// first, then who was seen longest.
pub const MAX_PICTURES: usize = 8;
/// The most streams of one seat that are looked at: those with the most packets.
const MAX_STREAMS: usize = 256;
/// Two frames never share a moment: a container's clock ticks in milliseconds.
const STEP_US: Us = 1_000;

/// One frame of a picture.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Shot {
    /// When it is to be seen.
    pub at_us: Us,
    /// When it is to be decoded: not after it is to be seen, and after those before it.
    pub decode_us: Us,
    /// Whether decoding can begin with it.
    pub key: bool,
    /// Any codec of pictures.
    pub codec: Codec,
    /// Its parts: indices into [`Picture::parts`].
    pub parts: Range<usize>,
}

/// One seat's picture from its beginning to its end: a person's camera or shared screen, in what was
/// the best of its layers, codecs and publications at each moment.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Picture {
    /// Whose it is.
    pub identity: String,
    /// Whether it is a shared screen; else a camera.
    pub screen: bool,
    /// Width and height of the largest key frame; 0 if the codec's packets do not tell.
    pub size: (u16, u16),
    /// Frames in order of decoding; the first is a key frame, and so is each with another codec than
    /// the one before.
    pub shots: Vec<Shot>,
    /// VP8: pieces of the coded frame. Others: whole RTP packets.
    pub parts: Vec<Extent>,
}

impl Picture {
    /// Spans of frames with one codec.
    pub fn runs(&self) -> impl Iterator<Item = (Codec, &[Shot])> {
        let runs = self.shots.chunk_by(|a, b| a.codec == b.codec);
        runs.filter_map(|it| Some((it.first()?.codec, it)))
    }

    pub(super) fn first_us(&self) -> Option<Us> {
        self.shots.iter().map(|it| it.at_us).min()
    }

    pub(super) fn end_us(&self) -> Us {
        self.shots.iter().map(|it| it.at_us + 40_000).max().unwrap_or_default()
    }

    pub(super) fn shift(&mut self, started_us: Us) {
        for shot in &mut self.shots {
            shot.at_us -= started_us;
            shot.decode_us -= started_us;
        }
    }

    /// Adds what is used of a stream.
    fn extend(&mut self, it: &Use, codec: Codec, timed: &Timed, strip: &Strip) {
        let frames = strip.pieces.get(it.piece).map(|it| it.frames.clone()).unwrap_or_default();
        let before = self.shots.iter().rev().take(16).map(|it| it.at_us).max();
        for frame in strip.frames.get(frames).unwrap_or_default() {
            let Some(at_us) = timed.captured_us.get(frame.packets.start).copied() else { continue };
            if at_us >= it.to_us {
                break;
            }
            let area = |size: (u16, u16)| u32::from(size.0) * u32::from(size.1);
            if let Some(size) = frame.size.filter(|it| area(*it) > area(self.size)) {
                self.size = size;
            }
            let last =
                if codec == Codec::H264 { before } else { self.shots.last().map(|it| it.at_us) };
            let at_us = last.map_or(at_us, |it| at_us.max(it + STEP_US));
            let start = self.parts.len();
            let packets = timed.entries.get(frame.packets.clone()).unwrap_or_default();
            let part = |it: &crate::timeline::Entry| {
                if codec == Codec::Vp8 { it.payload } else { it.packet }
            };
            self.parts.extend(packets.iter().filter(|it| it.payload.len > 0).map(part));
            let parts = start..self.parts.len();
            self.shots.push(Shot { at_us, decode_us: at_us, key: frame.key, codec, parts });
        }
    }

    /// Says when each frame is to be decoded. H.264 frames need not be sent in the order in which they
    /// are shown.
    fn order(&mut self) {
        let mut next = Us::MAX;
        for shot in self.shots.iter_mut().rev() {
            shot.decode_us = shot.at_us.min(next.saturating_sub(STEP_US));
            next = shot.decode_us;
        }
    }
}

/// A picture that was sent and is not in the recording.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unseen {
    /// Whose it is.
    pub identity: String,
    /// Whether it is a shared screen; else a camera.
    pub screen: bool,
}

/// The spans in which a picture that was sent is not there.
type Lacking = Vec<(Us, Us)>;

/// What there is to see.
#[derive(Default)]
pub(super) struct Chosen {
    pub(super) pictures: Vec<Picture>,
    pub(super) unseen: Vec<Unseen>,
    /// By identity.
    pub(super) lacking: Vec<(String, Lacking)>,
}

/// One stream of a seat: how it is coded, its layer, its packets.
type Stream = (Codec, u8, Timed);

#[derive(Default)]
pub(super) struct Pictures {
    /// By identity, and whether it is a screen.
    seats: BTreeMap<(String, bool), Vec<Stream>>,
}

impl Pictures {
    /// Takes one stream of a track.
    pub(super) fn add(&mut self, said: &TrackPublished, layer: u8, timed: Timed) {
        let screen = said.source == Source::ScreenShare;
        let kept = self.seats.entry((said.identity.clone(), screen)).or_default();
        kept.push((said.codec, layer, timed));
    }

    /// The pictures, those that are left out, and what each lacks. The first is what is shown if
    /// nobody chooses: cameras go before screens and who leads before others, among those who were
    /// seen for a fifth of the longest.
    pub(super) fn choose(self, role: impl Fn(&str) -> String) -> Chosen {
        let seen = |it: &[Stream]| it.iter().map(|it| it.2.span_us()).max();
        let longest = self.seats.values().filter_map(|it| seen(it)).max().unwrap_or_default();
        let leads = |it: &str| matches!(role(it).as_str(), "lead_teacher" | "specialist");
        let mut seats: Vec<_> = self.seats.into_iter().collect();
        seats.sort_by_cached_key(|((identity, screen), it)| {
            Reverse((*screen, leads(identity), seen(it)))
        });
        let main = seats.iter().enumerate().max_by_key(|(_, ((identity, screen), it))| {
            let seen = seen(it).unwrap_or_default();
            (seen >= longest / 5, !screen, leads(identity), seen)
        });
        if let Some((main, _)) = main {
            seats.get_mut(..=main).unwrap_or_default().rotate_right(1);
        }
        let mut chosen = Chosen::default();
        for ((identity, screen), streams) in seats {
            let full = chosen.pictures.len() >= MAX_PICTURES;
            let (picture, lacking) = if full { Default::default() } else { made(streams) };
            chosen.lacking.push((identity.clone(), lacking));
            if picture.shots.is_empty() {
                chosen.unseen.push(Unseen { identity, screen });
            } else {
                chosen.pictures.push(Picture { identity, screen, ..picture });
            }
        }
        chosen
    }
}

/// The picture of a seat, without frames if there is nothing that can be shown, and what it lacks.
fn made(mut streams: Vec<Stream>) -> (Picture, Lacking) {
    streams.sort_by_key(|it| Reverse(it.2.entries.len()));
    streams.truncate(MAX_STREAMS);
    let strips: Vec<Strip> = streams
        .iter()
        .map(|(codec, layer, timed)| match codec {
            Codec::Opus | Codec::Other => Strip::unseen(timed),
            _ => Strip::of(*layer, timed),
        })
        .collect();
    let uses = choose(&strips);
    let mut picture = Picture::default();
    for it in &uses {
        if let (Some((codec, _, timed)), Some(strip)) =
            (streams.get(it.strip), strips.get(it.strip))
        {
            picture.extend(it, *codec, timed, strip);
        }
    }
    picture.order();
    (picture, lacking(&strips, &uses))
}
