use super::timed::Timed;
use crate::tap::{Codec, TrackPublished};
use crate::timeline::{Entry, Extent, Us};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// The most voices at the same time that are mixed; others are counted.
pub const MAX_LANES: usize = 32;

/// The longest Opus packet, RFC 6716 §2.1.4.
const LONGEST_US: Us = 120_000;
/// Packets of one talk spurt lie side by side unless the clock says that they are this far off.
const STEP_US: Us = 60_000;
/// A stream has two channels if so many packets, half a second, say so: one alone may be an odd one.
const STEREO_PACKETS: usize = 25;
/// As many packets lost in one second make it a damaged one: less is concealed.
const LOST_IN_SECOND: i64 = 3;

/// One Opus packet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Sound {
    /// When it is to be heard.
    pub at_us: Us,
    /// Where its payload lies.
    pub place: Extent,
    /// For how long before it packets are missing that were sent; 0 in silence.
    pub lost_us: Us,
}

/// Streams of sound one after the other, never two at a time.
#[derive(Clone, Debug, Default)]
pub struct Lane {
    /// In order of time.
    pub packets: Vec<Sound>,
    /// Whether some of it has two channels.
    pub stereo: bool,
}

impl Lane {
    pub(super) fn first_us(&self) -> Option<Us> {
        self.packets.first().map(|it| it.at_us)
    }

    pub(super) fn end_us(&self) -> Us {
        self.packets.last().map_or(0, |it| it.at_us + 20_000)
    }

    pub(super) fn shift(&mut self, started_us: Us) {
        for packet in &mut self.packets {
            packet.at_us -= started_us;
        }
    }
}

#[derive(Default)]
pub(super) struct Sounds {
    streams: Vec<Lane>,
    holes: Vec<(Us, Us)>,
}

impl Sounds {
    pub(super) fn add(&mut self, said: &TrackPublished, timed: &Timed) {
        if said.codec != Codec::Opus {
            return self.holes.extend(timed.ends_us());
        }
        self.holes.extend(holes(timed));
        let stereo = timed.entries.iter().filter(|it| it.part.stereo).count() >= STEREO_PACKETS;
        let packets = heard(timed, said.clock_rate);
        if !packets.is_empty() {
            self.streams.push(Lane { packets, stereo });
        }
    }

    /// The lanes, how many streams found none, and the spans with lost sound.
    pub(super) fn lanes(mut self) -> (Vec<Lane>, usize, Vec<(Us, Us)>) {
        self.streams.sort_by_key(Lane::first_us);
        let mut lanes: Vec<Lane> = Vec::new();
        let mut unheard = 0;
        for stream in self.streams {
            let starts = stream.first_us().unwrap_or_default();
            if let Some(lane) = lanes.iter_mut().find(|it| it.end_us() + LONGEST_US <= starts) {
                lane.packets.extend(stream.packets);
                lane.stereo |= stream.stereo;
            } else if lanes.len() < MAX_LANES {
                lanes.push(stream);
            } else {
                unheard += 1;
                self.holes.push((starts, stream.end_us()));
            }
        }
        (lanes, unheard, self.holes)
    }
}

/// The packets with sound in them. Within a talk spurt they follow each other by the RTP clock, so
/// that no sample is cut or doubled; after a pause, and where that clock is odd, the time of capture
/// counts again. What would have to be heard before what was sent before it is left out.
fn heard(timed: &Timed, rate: u32) -> Vec<Sound> {
    let rate = i64::from(rate.max(1));
    let mut heard: Vec<Sound> = Vec::new();
    let mut before: Option<(&Entry, Us)> = None;
    for (entry, captured_us) in timed.entries.iter().zip(&timed.captured_us) {
        if entry.payload.len == 0 {
            continue;
        }
        let mut sound = Sound { at_us: *captured_us, place: entry.payload, lost_us: 0 };
        if let Some((last, last_us)) = before {
            let ticks = i64::from(entry.ts.wrapping_sub(last.ts).cast_signed());
            let step = ticks * 1_000_000 / rate;
            let next_us = last_us + step;
            if (1..=LONGEST_US).contains(&step) && (next_us - captured_us).abs() < STEP_US {
                sound.at_us = next_us;
            } else if captured_us + STEP_US < last_us {
                continue;
            }
            sound.at_us = sound.at_us.max(last_us + 2_500);
            if entry.seq - last.seq > 1 {
                sound.lost_us = sound.at_us - last_us - 20_000;
            }
        }
        before = Some((entry, sound.at_us));
        heard.push(sound);
    }
    heard
}

fn holes(timed: &Timed) -> Vec<(Us, Us)> {
    let mut found = Vec::new();
    let mut seconds: BTreeMap<Us, i64> = BTreeMap::new();
    let timed = timed.entries.iter().zip(&timed.captured_us);
    for ((a, a_us), (b, b_us)) in timed.clone().zip(timed.skip(1)) {
        let lost = b.seq - a.seq - 1;
        if lost >= LOST_IN_SECOND {
            found.push((*a_us, *b_us));
        } else if lost > 0 {
            let second = a_us.div_euclid(1_000_000);
            let count = seconds.entry(second).or_default();
            *count += lost;
            if *count >= LOST_IN_SECOND {
                found.push((second * 1_000_000, (second + 1) * 1_000_000));
            }
        }
    }
    found
}
