//! What each access line carries is divided among those behind it, some ten times a second.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use ::media::{Layer, MediaKind, Target, TrackId};
use allocation::{Grant, Part, Purpose, Why, Wish};
use sfu::{Input, ListenerId, Rate};
use signalling::input::Input as Told;
use signalling::words::stream::{Cause, StreamState, Streamed, Subscribed};
use signalling::words::track::TrackSource;
use transport::srtp;

use super::Shard;
use super::media_path::MediaPath;
use crate::ids::{ConnectionId, listener};
use crate::lines::{Line, LineId, Sound};

/// How often; at once when somebody asks for something else.
pub(super) const EVERY: Duration = Duration::from_millis(100);
/// Headers around the payload of a packet: IPv4, UDP, RTP with the number of the connection, and the seal.
const AROUND_BYTES: u64 = 20 + 8 + 12 + 8 + srtp::OVERHEAD as u64;

impl Shard {
    /// Divides what each line carries, of lines that somebody tells of.
    pub(super) fn allot(&mut self, now: Instant) {
        let mut rates = BTreeMap::new();
        let mut streamed = vec![];
        for line in self.media.lines.told_of() {
            let grants = self.allot_line(now, line, &mut rates);
            let thin = self.media.lines.get(line).is_some_and(Line::is_thin);
            grants.iter().for_each(|grant| self.media.grant(now, grant));
            streamed.extend(grants.iter().filter_map(|grant| said(grant, thin)));
        }
        if !streamed.is_empty() {
            self.note_pauses(&streamed);
            self.put(now, Told::Streams(&streamed));
        }
    }

    /// What each of those behind a line is sent of each track.
    fn allot_line(
        &mut self,
        now: Instant,
        id: LineId,
        rates: &mut BTreeMap<TrackId, TrackRates>,
    ) -> Vec<Grant> {
        let (core, media) = (&self.core, &mut self.media);
        let members = media.lines.get(id).map(|line| line.members().to_vec()).unwrap_or_default();
        let asked = members.iter().flat_map(|member| {
            let listener = listener(*member);
            core.subscribed(*member)
                .filter(|subscribed| !subscribed.muted)
                .map(move |subscribed| (listener, subscribed))
        });
        let asked: Vec<(ListenerId, Subscribed)> = asked.collect();
        for (_, subscribed) in &asked {
            rates
                .entry(subscribed.track)
                .or_insert_with(|| media.track_rates(now, subscribed.track));
        }
        let wishes =
            asked.iter().filter_map(|(listener, subscribed)| wish(*listener, subscribed, rates));
        let wishes: Vec<Wish<'_>> = wishes.collect();
        let (ms, mut grants) = (media.clock.ms(now), vec![]);
        let sound = media.protect(id, &members, &wishes);
        if let Some(line) = media.lines.get_mut(id) {
            line.divide(ms, sound, &wishes, &mut grants);
        }
        grants
    }
}

/// What is measured of a track.
#[derive(Debug, Default)]
struct TrackRates {
    /// What its parts take on the wire.
    parts: Vec<Part>,
    /// Those that are worth sending of a face.
    smooth: Vec<Part>,
    /// How many pictures a second each of all parts has.
    pictures_per_second: Vec<u64>,
}

/// Of a face a larger size with fewer pictures a second than this is worth less than the smallest with all of them.
const SMOOTH_PICTURES: u64 = 14;

impl TrackRates {
    /// The best part that somebody has a use for who asks for this layer, and for so many pictures a second (0 = all).
    fn top(&self, layer: Layer, frames_per_second: u32) -> Target {
        let whole = Target::up_to(layer);
        // 30 are asked for where there are 30.3.
        let most = u64::from(frames_per_second) + u64::from(frames_per_second / 8) + 1;
        let fits = |pictures: &u64| *pictures <= most;
        if frames_per_second == 0 || self.pictures_per_second.iter().all(fits) {
            return whole;
        }
        let parts = self.parts.iter().zip(&self.pictures_per_second);
        let slow = parts.filter(|(_, pictures)| fits(pictures)).map(|(part, _)| part.target);
        let temporal = slow.map(|target| target.temporal).max().unwrap_or(0);
        Target { temporal, ..whole }
    }
}

impl MediaPath {
    /// What is measured of a track. The core names no part that is not sent any more.
    fn track_rates(&self, now: Instant, id: TrackId) -> TrackRates {
        let Some(track) = self.tracks.get(id) else { return TrackRates::default() };
        let rates = self.rates(now, track.room, id);
        let part = |rate: &Rate| {
            let around = rate.packets_per_second * AROUND_BYTES * 8;
            Part {
                target: rate.part,
                bits_per_second: rate.bits_per_second + around,
                silent: false,
            }
        };
        let smooth = rates.iter().filter(|rate| is_smooth(rate, &rates));
        TrackRates {
            parts: rates.iter().map(part).collect(),
            smooth: smooth.map(part).collect(),
            pictures_per_second: rates.iter().map(|rate| rate.pictures_per_second).collect(),
        }
    }

    /// Tells those behind a line how much of it copies of sound may take: what sound itself leaves, by how much each of them
    /// hears. Answers what all of that takes at present.
    fn protect(&mut self, id: LineId, members: &[ConnectionId], wishes: &[Wish<'_>]) -> Sound {
        let carries = self.lines.get(id).and_then(Line::carries);
        let sound = |of: &Wish<'_>| of.parts.last().map_or(0, |part| part.bits_per_second);
        let heard = || wishes.iter().filter(|wish| wish.purpose == Purpose::Sound);
        let all: u64 = heard().map(sound).sum();
        let mut copies = 0;
        for member in members {
            let own = heard().filter(|wish| wish.listener.0 == member.0).map(sound).sum::<u64>();
            let Some(connection) = self.connections.get_mut(*member) else { continue };
            let share = |carries: u64| carries.saturating_sub(all).saturating_mul(own) / all.max(1);
            connection.protection.allow(carries.map(share));
            copies += connection.protection.bits_per_second();
        }
        Sound { bits_per_second: all, copies_bits_per_second: copies }
    }

    fn grant(&mut self, now: Instant, grant: &Grant) {
        let Grant { listener, track, allow: top, .. } = *grant;
        let id = ConnectionId(listener.0);
        let Some(connection) = self.connections.get_mut(id) else { return };
        let mut streams = connection.streams.iter_mut().flatten();
        let Some(stream) = streams.find(|stream| stream.track == track) else { return };
        let Some(room) = self.tracks.get(track).map(|track| track.room) else { return };
        let before = std::mem::replace(&mut stream.allowed, top);
        if before == top {
            return;
        }
        let spatial = |allowed: Option<Target>| allowed.map(|target| target.spatial);
        let smaller = spatial(top) < spatial(before);
        let (bits_per_second, why) = (grant.bits_per_second, grant.why);
        tracing::debug!(
            connection.id = id.0,
            track = track.0,
            ?top,
            bits_per_second,
            ?why,
            "allotted"
        );
        self.decide(now, Input::Allow { room, track, listener, top });
        if smaller {
            self.decide(now, Input::Leave { room, track, listener });
        }
    }
}

/// Whether a part of a face is worth its bits: of the smallest size, smooth, or the best of its size.
fn is_smooth(rate: &Rate, all: &[Rate]) -> bool {
    let smallest = all.iter().all(|other| rate.part.spatial <= other.part.spatial);
    let better = |other: &Rate| {
        other.part.spatial == rate.part.spatial && other.part.temporal > rate.part.temporal
    };
    smallest || rate.pictures_per_second >= SMOOTH_PICTURES || !all.iter().any(better)
}

/// What a listener asks for, in the words of the allocation.
fn wish<'a>(
    listener: ListenerId,
    subscribed: &Subscribed,
    rates: &'a BTreeMap<TrackId, TrackRates>,
) -> Option<Wish<'a>> {
    let purpose = match (subscribed.kind, subscribed.source) {
        (MediaKind::Audio, _) => Purpose::Sound,
        (_, TrackSource::ScreenShare) => Purpose::Screen,
        // Who speaks, or whom the listener looks at.
        _ if subscribed.has_floor || subscribed.asks.priority == 1 => Purpose::Speaker,
        _ => Purpose::Picture,
    };
    let (track, priority) = (subscribed.track, subscribed.asks.priority);
    let rates = rates.get(&track)?;
    let top = subscribed.asks.top.map(|layer| rates.top(layer, subscribed.asks.frames_per_second));
    let slow = top.is_some_and(|target| target.temporal < u8::MAX);
    let parts = match purpose {
        Purpose::Speaker | Purpose::Picture if !slow => &rates.smooth,
        _ => &rates.parts,
    };
    Some(Wish { listener, track, purpose, priority, parts, top })
}

/// What the listener is told of a grant; nothing of what is its own or the publisher's doing, or not known yet.
fn said(grant: &Grant, thin: bool) -> Option<Streamed> {
    let state = match (grant.why, grant.allow) {
        (Why::Whole, _) => StreamState::Whole,
        (Why::LineTooThin, Some(_)) if thin => StreamState::Smaller(Cause::ThinLine),
        // It comes, and the rest will follow: there is nothing to complain of.
        (Why::LineTooThin, Some(_)) => StreamState::Whole,
        (Why::LineTooThin, None) => StreamState::Paused(Cause::ThinLine),
        (Why::Starting | Why::NotAsked | Why::NotSent, _) => return None,
    };
    Some(Streamed { connection: ConnectionId(grant.listener.0), track: grant.track, state })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two sizes with three temporal layers each, 30 pictures a second in all.
    fn camera() -> TrackRates {
        let targets = (0..6_u8).map(|place| Target { spatial: place / 3, temporal: place % 3 });
        let parts = targets.map(|target| Part { target, bits_per_second: 1, silent: false });
        let pictures_per_second = vec![8, 15, 30, 8, 15, 30];
        TrackRates { parts: parts.collect(), smooth: vec![], pictures_per_second }
    }

    #[test]
    fn a_larger_face_that_jumps_is_no_step_to_a_smooth_one() {
        let steps = |pictures: [u64; 3]| {
            let rate = |place: u8| Rate {
                part: Target { spatial: place / 3, temporal: place % 3 },
                layer: Layer(place / 3),
                bits_per_second: 1,
                packets_per_second: 1,
                pictures_per_second: pictures[usize::from(place % 3)],
                silent_ms: 0,
            };
            let all: Vec<Rate> = (0..6).map(rate).collect();
            let smooth = all.iter().filter(|rate| is_smooth(rate, &all));
            smooth.map(|it| (it.part.spatial, it.part.temporal)).collect::<Vec<_>>()
        };
        assert_eq!(steps([5, 10, 20]), [(0, 0), (0, 1), (0, 2), (1, 2)]);
        assert_eq!(steps([8, 15, 30]), [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2)]);
    }

    #[test]
    fn a_wish_for_fewer_pictures_is_one_for_a_temporal_layer() {
        let whole = u8::MAX;
        for (frames_per_second, temporal) in [
            (0, whole),
            (60, whole),
            (30, whole),
            (29, whole),
            (25, 1),
            (15, 1),
            (14, 1),
            (10, 0),
            (1, 0),
        ] {
            let top = camera().top(Layer(1), frames_per_second);
            assert_eq!(top, Target { spatial: 1, temporal }, "{frames_per_second}");
        }
        assert_eq!(TrackRates::default().top(Layer(2), 5), Target::up_to(Layer(2)), "not measured");
    }
}
