//! The media sections of one participant's listening connection: which track each carries, and
//! what has been agreed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use media::MediaKind;
use transport::payload::CodecKind;
use transport::sdp::{Codec, Written};

use super::streams::Streams;
use crate::ids::{ParticipantId, TrackId};
use crate::words::stream::{Asks, StreamState};

/// More sections than any page can show; over it a subscription is refused.
pub(crate) const SECTIONS_MAX: usize = 256;
/// Clients that know a track only by the id in its section get new sections up to so many.
const FRESH_MAX: usize = 64;
/// An answer takes a round trip and the client's work; this is a slow line's and a slow phone's.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// How far a section is agreed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Agreed {
    /// The next offer names it first.
    Wanted,
    /// In the offer that is out.
    Offered,
    /// The client has answered: media may flow.
    Accepted,
    /// Media flows.
    Flowing,
    /// It carries nothing.
    Idle,
}

/// What to do about an offer without an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum OfferTimeout {
    /// None is out, or it is young.
    Wait,
    /// Make it again.
    Repeat,
    /// The client must come in anew.
    GiveUp,
}

/// What a listener takes beside the codec itself, in its own numbers.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct ReceiveCapabilities {
    /// The numbers of header extensions.
    pub(crate) written: Written,
    /// The payload type of RED, if it takes such.
    pub(crate) red: Option<u8>,
    /// The payload type of what is sent again (RFC 4588), if it takes such.
    pub(crate) rtx: Option<u8>,
}

/// How much of a track is for a listener, whatever its line carries.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Portion {
    /// What it has a use for.
    pub(crate) asks: Asks,
    /// What its mode leaves of that.
    pub(crate) gets: Asks,
    /// How that is called where it is less.
    pub(crate) why: Option<StreamState>,
}

impl Portion {
    /// All that there is.
    pub(crate) const ALL: Self = Self { asks: Asks::ALL, gets: Asks::ALL, why: None };
}

/// One section.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    pub(crate) mid: String,
    pub(crate) kind: MediaKind,
    pub(crate) codec: CodecKind,
    pub(crate) track: TrackId,
    pub(crate) agreed: Agreed,
    pub(crate) ssrc: u32,
    pub(crate) repair_ssrc: u32,
    pub(crate) takes: ReceiveCapabilities,
    /// It carried another track before, whose id the client's browser still gives it.
    pub(crate) reused: bool,
    /// How much of the track the listener asks for, and is to have.
    pub(crate) portion: Portion,
    /// The codec as the client numbers it, where the client made the section.
    pub(crate) said: Option<Codec>,
    /// The client knows that it carries nothing.
    pub(crate) told_idle: bool,
}

impl Section {
    /// Whether it carries a track, or will.
    pub(crate) fn is_used(&self) -> bool {
        self.agreed != Agreed::Idle
    }
}

/// All sections of one connection, in their order, and the offer that is out.
#[derive(Debug, Default)]
pub(crate) struct Sections {
    pub(crate) list: Vec<Section>,
    /// The client makes the sections and the offers; one without a name is still to be made.
    pub(crate) by_client: bool,
    /// The client has made an offer.
    pub(super) met: bool,
    /// The number of the offer that waits for its answer.
    pub(crate) outstanding: Option<u32>,
    /// Something has changed since that offer.
    pub(crate) dirty: bool,
    offers: u32,
    offered_at: Option<Instant>,
    /// How often the present offer was made again, for want of an answer.
    pub(super) repeats: u32,
    pub(super) last_ssrc: u32,
    /// How much of what they carry comes.
    pub(crate) streams: Streams,
    /// Tracks that it wanted and whose publisher did not let it have them.
    pub(crate) refused: BTreeSet<TrackId>,
}

impl Sections {
    /// No media yet; the first offer is for the data channels. Streams are numbered from `ssrc` on.
    pub(crate) fn with_channels(ssrc: u32) -> Self {
        Self { dirty: true, last_ssrc: ssrc | 1, ..Self::default() }
    }

    /// None yet: the client brings them. Streams are numbered from `ssrc` on.
    pub(crate) fn of_client(ssrc: u32) -> Self {
        Self { by_client: true, last_ssrc: ssrc | 1, ..Self::default() }
    }

    /// Gives `track` a section; `reuse` lets it take an idle one. `None` if there are too many.
    pub(crate) fn carry(&mut self, track: TrackId, codec: CodecKind, reuse: bool) -> Option<usize> {
        let kind = if codec.audio() { MediaKind::Audio } else { MediaKind::Video };
        let idle = |section: &Section| section.agreed == Agreed::Idle && section.kind == kind;
        let reuse = reuse || self.list.len() >= FRESH_MAX;
        let place = match self.by_client {
            true => self.free_seat(kind),
            false => self.list.iter().position(idle).filter(|_| reuse),
        };
        let place = place.unwrap_or(self.list.len());
        if place >= SECTIONS_MAX {
            return None;
        }
        // A number is never given twice: two streams under one would use a nonce twice.
        self.last_ssrc = self.last_ssrc.wrapping_add(2);
        let ssrc = self.last_ssrc;
        let mid = match (self.by_client, self.list.get(place)) {
            (true, seat) => seat.map_or(String::new(), |seat| seat.mid.clone()),
            // The data channels have section 0.
            (false, _) => (place + 1).to_string(),
        };
        let section = Section {
            mid,
            kind,
            codec,
            track,
            agreed: Agreed::Wanted,
            ssrc,
            repair_ssrc: ssrc.wrapping_add(1),
            takes: ReceiveCapabilities::default(),
            reused: place < self.list.len(),
            portion: Portion::ALL,
            said: None,
            told_idle: false,
        };
        match self.list.get_mut(place) {
            Some(old) => *old = section,
            None => self.list.push(section),
        }
        self.dirty = true;
        Some(place)
    }

    /// A section of the client that it knows to be empty, or the place of one that it gave up.
    fn free_seat(&self, kind: MediaKind) -> Option<usize> {
        let idle = |section: &Section| section.agreed == Agreed::Idle;
        let ready = |section: &Section| {
            idle(section) && section.told_idle && section.kind == kind && !section.mid.is_empty()
        };
        let given_up = |section: &Section| idle(section) && section.mid.is_empty();
        self.list.iter().position(ready).or_else(|| self.list.iter().position(given_up))
    }

    /// The place of the section that carries `track`.
    pub(crate) fn place(&self, track: TrackId) -> Option<usize> {
        self.list
            .iter()
            .position(|section| section.track == track && section.agreed != Agreed::Idle)
    }

    /// The section that carries `track`.
    pub(crate) fn carrying(&mut self, track: TrackId) -> Option<&mut Section> {
        self.list
            .iter_mut()
            .find(|section| section.track == track && section.agreed != Agreed::Idle)
    }

    /// Ends what a section carries.
    pub(crate) fn release(&mut self, track: TrackId) {
        if let Some(section) = self.carrying(track) {
            section.agreed = Agreed::Idle;
            section.told_idle = false;
            self.dirty = true;
            self.streams.forget(track);
        }
    }

    /// Begins an offer if one is due and none is out; answers its number.
    pub(crate) fn begin_offer(&mut self, now: Instant) -> Option<u32> {
        if !self.dirty || self.outstanding.is_some() || (self.by_client && !self.met) {
            return None;
        }
        self.dirty = false;
        self.offered_at = Some(now);
        self.offers += 1;
        self.outstanding = Some(self.offers);
        if !self.by_client {
            let wanted = self.list.iter_mut().filter(|section| section.agreed == Agreed::Wanted);
            wanted.for_each(|section| section.agreed = Agreed::Offered);
        }
        self.outstanding
    }

    /// Takes the answer to offer `id` (0 = a client that does not number); `false` if no such
    /// offer is out.
    pub(crate) fn answered(&mut self, id: u32) -> bool {
        if self.outstanding.is_none() || (id != 0 && self.outstanding != Some(id)) {
            return false;
        }
        self.outstanding = None;
        self.repeats = 0;
        for section in self.list.iter_mut().filter(|section| section.agreed == Agreed::Offered) {
            section.agreed = Agreed::Accepted;
        }
        true
    }

    /// What to do about an offer that is out: it waits too long for its answer, or is answered by
    /// something that cannot be read.
    pub(crate) fn unanswered(&mut self, now: Instant) -> OfferTimeout {
        let waits = self.outstanding.and(self.offered_at);
        if waits.is_none_or(|at| now.saturating_duration_since(at) < ANSWER_WITHIN) {
            return OfferTimeout::Wait;
        }
        self.repeats += 1;
        match self.repeats {
            1 => OfferTimeout::Repeat,
            _ => OfferTimeout::GiveUp,
        }
    }

    /// An offer that may never be answered, for the line broke: it will be made again.
    pub(crate) fn forget_offer(&mut self) {
        // A client that makes the offers makes one by itself as it comes back.
        self.dirty |= self.outstanding.take().is_some() || !self.by_client;
        for section in self.list.iter_mut().filter(|section| section.agreed == Agreed::Offered) {
            section.agreed = Agreed::Wanted;
        }
    }
}

/// The sections of everybody's listening connection.
#[derive(Debug, Default)]
pub(crate) struct Listening {
    list: BTreeMap<ParticipantId, Sections>,
}

impl Listening {
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn get(&self, id: ParticipantId) -> Option<&Sections> {
        self.list.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: ParticipantId) -> Option<&mut Sections> {
        self.list.get_mut(&id)
    }

    pub(crate) fn insert(&mut self, id: ParticipantId, sections: Sections) {
        self.list.insert(id, sections);
    }

    pub(crate) fn remove(&mut self, id: ParticipantId) -> Option<Sections> {
        self.list.remove(&id)
    }

    /// Whose offer waits too long for its answer, and what to do about it.
    pub(crate) fn unanswered(&mut self, now: Instant) -> Vec<(ParticipantId, OfferTimeout)> {
        let all = self.list.iter_mut().map(|(id, sections)| (*id, sections.unanswered(now)));
        all.filter(|(_, patience)| *patience != OfferTimeout::Wait).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "a start for virtual time")]
    fn now() -> Instant {
        Instant::now()
    }

    #[test]
    fn an_offer_without_an_answer_is_made_again_once() {
        let mut sections = Sections::with_channels(1);
        let start = now();
        assert_eq!(sections.begin_offer(start), Some(1));
        assert_eq!(sections.unanswered(start), OfferTimeout::Wait);
        assert_eq!(sections.unanswered(start + ANSWER_WITHIN), OfferTimeout::Repeat);
        sections.forget_offer();
        assert_eq!(sections.begin_offer(start + ANSWER_WITHIN), Some(2));
        assert_eq!(sections.unanswered(start + ANSWER_WITHIN), OfferTimeout::Wait);
        assert_eq!(sections.unanswered(start + 2 * ANSWER_WITHIN), OfferTimeout::GiveUp);
    }

    #[test]
    fn a_stream_number_is_never_given_twice() {
        let mut sections = Sections::with_channels(1);
        let mut seen = BTreeSet::new();
        for track in 0..1_000u32 {
            let place = sections.carry(TrackId(track), CodecKind::Vp8, true).unwrap();
            let section = &sections.list[place];
            assert!(seen.insert(section.ssrc) && seen.insert(section.repair_ssrc));
            sections.release(TrackId(track));
        }
    }

    #[test]
    fn one_offer_is_out_at_a_time_and_changes_wait_for_its_answer() {
        let mut sections = Sections::default();
        sections.carry(TrackId(1), CodecKind::Vp8, true).unwrap();
        assert_eq!(sections.begin_offer(now()), Some(1));
        sections.carry(TrackId(2), CodecKind::Opus, true).unwrap();
        assert_eq!(sections.begin_offer(now()), None);
        assert!(!sections.answered(7), "an answer to nothing");
        assert!(sections.answered(1));
        assert_eq!(sections.list[0].agreed, Agreed::Accepted);
        assert_eq!(sections.list[1].agreed, Agreed::Wanted);
        assert_eq!(sections.begin_offer(now()), Some(2));
    }

    #[test]
    fn an_idle_section_of_the_same_kind_is_used_again() {
        let mut sections = Sections::default();
        sections.carry(TrackId(1), CodecKind::Vp8, true).unwrap();
        sections.carry(TrackId(2), CodecKind::Opus, true).unwrap();
        sections.release(TrackId(1));
        assert_eq!(sections.carry(TrackId(3), CodecKind::Opus, true), Some(2));
        assert_eq!(sections.carry(TrackId(4), CodecKind::Vp8, false), Some(3));
        assert_eq!(sections.carry(TrackId(5), CodecKind::Vp8, true), Some(0));
    }

    #[test]
    fn sections_are_bounded() {
        let mut sections = Sections::default();
        let given =
            (0..1_000u32).filter_map(|it| sections.carry(TrackId(it), CodecKind::Vp8, false));
        assert_eq!(given.count(), SECTIONS_MAX);
    }
}
