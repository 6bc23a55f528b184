//! The media sections of one participant's listening connection: which track each carries, and
//! what has been agreed.

use media::{Layer, MediaKind};
use sfu::TrackId;
use transport::payload::CodecKind;

/// More sections than any page can show; over it a subscription is refused.
pub(crate) const SECTIONS_MAX: usize = 400;
/// Clients that know a track only by the id in its section get new sections up to so many.
const FRESH_MAX: usize = 64;

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
    /// It carried another track before, whose id the client's browser still gives it.
    pub(crate) reused: bool,
    /// What the listener has a use for.
    pub(crate) top: Option<Layer>,
}

/// All sections of one connection, in their order, and the offer that is out.
#[derive(Debug, Default)]
pub(crate) struct Sections {
    pub(crate) list: Vec<Section>,
    /// The number of the offer that waits for its answer.
    pub(crate) outstanding: Option<u32>,
    /// Something has changed since that offer.
    pub(crate) dirty: bool,
    offers: u32,
}

impl Sections {
    /// No media yet; the first offer is for the data channels.
    pub(crate) fn with_channels() -> Self {
        Self { dirty: true, ..Self::default() }
    }

    /// Gives `track` a section; `reuse` lets it take an idle one. `None` if there are too many.
    pub(crate) fn carry(&mut self, track: TrackId, codec: CodecKind, reuse: bool) -> Option<usize> {
        let kind = match codec {
            CodecKind::Opus => MediaKind::Audio,
            CodecKind::Vp8 | CodecKind::H264 => MediaKind::Video,
        };
        // Two streams under one number would use a nonce twice.
        let taken = |ssrc: u32| self.list.iter().any(|it| it.ssrc == ssrc);
        let mut ssrc = rand::random::<u32>() | 1;
        while taken(ssrc) {
            ssrc = rand::random::<u32>() | 1;
        }
        let idle = |it: &Section| it.agreed == Agreed::Idle && it.kind == kind;
        let reuse = reuse || self.list.len() >= FRESH_MAX;
        let place = self.list.iter().position(idle).filter(|_| reuse).unwrap_or(self.list.len());
        if place >= SECTIONS_MAX {
            return None;
        }
        let section = Section {
            // The data channels have section 0.
            mid: (place + 1).to_string(),
            kind,
            codec,
            track,
            agreed: Agreed::Wanted,
            ssrc,
            repair_ssrc: ssrc.wrapping_add(1),
            reused: place < self.list.len(),
            top: Some(Layer(u8::MAX)),
        };
        match self.list.get_mut(place) {
            Some(old) => *old = section,
            None => self.list.push(section),
        }
        self.dirty = true;
        Some(place)
    }

    /// The place of the section that carries `track`.
    pub(crate) fn place(&self, track: TrackId) -> Option<usize> {
        self.list.iter().position(|it| it.track == track && it.agreed != Agreed::Idle)
    }

    /// The section that carries `track`.
    pub(crate) fn carrying(&mut self, track: TrackId) -> Option<&mut Section> {
        self.list.iter_mut().find(|it| it.track == track && it.agreed != Agreed::Idle)
    }

    /// Ends what a section carries.
    pub(crate) fn release(&mut self, track: TrackId) {
        if let Some(section) = self.carrying(track) {
            section.agreed = Agreed::Idle;
            self.dirty = true;
        }
    }

    /// Begins an offer if one is due and none is out; answers its number.
    pub(crate) fn begin_offer(&mut self) -> Option<u32> {
        if !self.dirty || self.outstanding.is_some() {
            return None;
        }
        self.dirty = false;
        self.offers += 1;
        self.outstanding = Some(self.offers);
        for section in self.list.iter_mut().filter(|it| it.agreed == Agreed::Wanted) {
            section.agreed = Agreed::Offered;
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
        for section in self.list.iter_mut().filter(|it| it.agreed == Agreed::Offered) {
            section.agreed = Agreed::Accepted;
        }
        true
    }

    /// An offer that may never be answered, for the line broke: it will be made again.
    pub(crate) fn forget_offer(&mut self) {
        self.outstanding = None;
        self.dirty = true;
        for section in self.list.iter_mut().filter(|it| it.agreed == Agreed::Offered) {
            section.agreed = Agreed::Wanted;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_offer_is_out_at_a_time_and_changes_wait_for_its_answer() {
        let mut sections = Sections::default();
        sections.carry(TrackId(1), CodecKind::Vp8, true).unwrap();
        assert_eq!(sections.begin_offer(), Some(1));
        sections.carry(TrackId(2), CodecKind::Opus, true).unwrap();
        assert_eq!(sections.begin_offer(), None);
        assert!(!sections.answered(7), "an answer to nothing");
        assert!(sections.answered(1));
        assert_eq!(sections.list[0].agreed, Agreed::Accepted);
        assert_eq!(sections.list[1].agreed, Agreed::Wanted);
        assert_eq!(sections.begin_offer(), Some(2));
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
