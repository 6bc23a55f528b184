//! Sections that the client makes, where one peer connection serves both directions: the client says where
//! it can receive, and tracks take their seats there.

use media::MediaKind;
use transport::payload::CodecKind;

use super::sections::{Agreed, Portion, ReceiveCapabilities, SECTIONS_MAX, Section, Sections};
use crate::ids::TrackId;
use crate::words::stream::Asks;

impl Sections {
    /// The section that the client calls `mid`: known, or for a track that waits for one, or empty.
    /// `None` if there are too many.
    pub(crate) fn seat(&mut self, mid: &str, audio: bool) -> Option<&mut Section> {
        let kind = if audio { MediaKind::Audio } else { MediaKind::Video };
        let waits = |section: &Section| {
            section.mid.is_empty() && section.agreed == Agreed::Wanted && section.kind == kind
        };
        let known = self.list.iter().position(|section| section.mid == mid && !mid.is_empty());
        let waiting = self.list.iter().position(waits);
        let place = match (known, waiting) {
            (Some(known), Some(waiting)) if self.list.get(known).is_some_and(ready) => {
                // The waiting section takes the client's; its own place is given up.
                let moved = self.list.get_mut(waiting).map(|section| {
                    let moved = section.clone();
                    section.agreed = Agreed::Idle;
                    moved
                });
                if let (Some(seat), Some(moved)) = (self.list.get_mut(known), moved) {
                    *seat = moved;
                }
                known
            }
            (Some(known), _) => known,
            (None, Some(waiting)) => waiting,
            (None, None) if self.list.len() < SECTIONS_MAX => {
                self.list.push(empty(kind));
                self.list.len() - 1
            }
            (None, None) => return None,
        };
        let seat = self.list.get_mut(place)?;
        mid.clone_into(&mut seat.mid);
        Some(seat)
    }

    /// The client has made an offer, which was answered: what was asked of it is settled.
    pub(crate) fn offered(&mut self) {
        self.met = true;
        self.outstanding = None;
        self.repeats = 0;
        let news = |section: &Section| {
            section.agreed == Agreed::Wanted
                || (section.agreed == Agreed::Idle && !section.told_idle && !section.mid.is_empty())
        };
        self.dirty = self.list.iter().any(news);
    }

    /// How many sections of sound and of pictures the client must still make.
    pub(crate) fn missing(&self) -> (u32, u32) {
        let count = |kind: MediaKind| {
            let of = self.list.iter().filter(|section| section.kind == kind);
            let waiting = of
                .clone()
                .filter(|section| section.agreed == Agreed::Wanted && section.mid.is_empty());
            let free =
                of.filter(|section| section.agreed == Agreed::Idle && !section.mid.is_empty());
            let missing = waiting.count().saturating_sub(free.count());
            u32::try_from(missing).unwrap_or(u32::MAX)
        };
        (count(MediaKind::Audio), count(MediaKind::Video))
    }
}

/// A section that the client may receive in and that carries nothing.
fn empty(kind: MediaKind) -> Section {
    Section {
        mid: String::new(),
        kind,
        codec: CodecKind::Opus,
        track: TrackId(0),
        agreed: Agreed::Idle,
        ssrc: 0,
        repair_ssrc: 0,
        takes: ReceiveCapabilities::default(),
        reused: false,
        portion: Portion { gets: Asks { top: None, ..Asks::ALL }, ..Portion::ALL },
        said: None,
        told_idle: false,
    }
}

/// Whether a section carries nothing, or its media has ended: another track may have it.
fn ready(section: &Section) -> bool {
    section.agreed == Agreed::Idle && section.told_idle
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seated(sections: &mut Sections, mid: &str, audio: bool) -> Option<TrackId> {
        let seat = sections.seat(mid, audio).unwrap();
        match seat.agreed {
            Agreed::Idle => {
                seat.told_idle = true;
                None
            }
            _ => {
                seat.agreed = Agreed::Accepted;
                Some(seat.track)
            }
        }
    }

    #[expect(clippy::disallowed_methods, reason = "a start for virtual time")]
    fn now() -> std::time::Instant {
        std::time::Instant::now()
    }

    #[test]
    fn tracks_take_the_seats_that_the_client_offers_and_ask_for_more() {
        let mut sections = Sections::of_client(1);
        for track in 1..=3 {
            sections.carry(TrackId(track), CodecKind::Opus, true).unwrap();
        }
        assert_eq!(sections.begin_offer(now()), None, "the client speaks first");
        assert_eq!(seated(&mut sections, "0", true), Some(TrackId(1)));
        assert_eq!(seated(&mut sections, "1", true), Some(TrackId(2)));
        assert_eq!(seated(&mut sections, "2", false), None, "pictures");
        sections.offered();
        assert_eq!(sections.missing(), (1, 0));
        assert!(sections.begin_offer(now()).is_some());
        assert_eq!(sections.begin_offer(now()), None, "asked once");
        assert_eq!(seated(&mut sections, "3", true), Some(TrackId(3)));
        sections.offered();
        assert_eq!((sections.missing(), sections.dirty), ((0, 0), false));
    }

    #[test]
    fn a_seat_is_taken_again_once_the_client_knows_that_it_is_empty() {
        let mut sections = Sections::of_client(1);
        assert_eq!(seated(&mut sections, "0", true), None);
        sections.offered();
        assert_eq!(sections.carry(TrackId(1), CodecKind::Opus, true), Some(0));
        assert_eq!(seated(&mut sections, "0", true), Some(TrackId(1)));
        sections.release(TrackId(1));
        // The next track comes before the client was told that the section is free: it waits for a section of its own.
        assert_eq!(sections.carry(TrackId(2), CodecKind::Opus, true), Some(1));
        assert_eq!(sections.missing(), (0, 0), "one becomes free");
        assert_eq!(seated(&mut sections, "0", true), None, "the client is told");
        sections.offered();
        assert!(sections.dirty, "and is asked to offer again");
        assert_eq!(seated(&mut sections, "0", true), Some(TrackId(2)));
        assert_eq!(sections.place(TrackId(2)), Some(0));
        // The place of the section that waited is used again.
        assert_eq!(sections.carry(TrackId(3), CodecKind::Vp8, true), Some(1));
        assert_eq!(sections.list.len(), 2);
    }

    #[test]
    fn seats_are_bounded() {
        let mut sections = Sections::of_client(1);
        let given = (0..1_000).filter(|it| sections.seat(&it.to_string(), true).is_some());
        assert_eq!(given.count(), SECTIONS_MAX);
        assert!(sections.seat("7", true).is_some(), "one that is known stays");
        assert_eq!(sections.carry(TrackId(1), CodecKind::Vp8, true), None);
    }
}
