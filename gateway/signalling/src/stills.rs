//! Still pictures of people: who wants one of whom, and where one goes that comes.
//!
//! The gateway decodes nothing, so the publisher's own page makes them, when it is asked; stock clients are not asked.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use session::Mode;

use crate::Signalling;
use crate::effect::{Deliver, Effect};
use crate::ids::{ConnectionId, ParticipantId};
use crate::tables::roster::Participant;
use crate::tables::stills::{EVERY, SELDOM};
use crate::words::data::{Signature, UserData};
use crate::words::participant::State;
use crate::words::stream::{Cause, StreamState};
use crate::words::track::TrackSource;

/// Topic of the packets in which a page is asked for a still, and of those in which it sends one.
pub(crate) const STILL: &str = "still";
/// On a line of fewer bits a second stills come seldom: one takes it for half a second and more.
const THIN_BITS_PER_SECOND: u64 = 100_000;

impl Signalling {
    /// Asks for the stills that are due; to be called every second.
    pub(crate) fn ask_stills(&mut self, now: Instant) {
        let mut wanted: BTreeMap<ParticipantId, Vec<ParticipantId>> = BTreeMap::new();
        for me in self.roster.iter() {
            let Some((publisher, every)) = self.wants_still(me) else { continue };
            if self.signs.stills.due(now, (me.id, publisher), every) {
                wanted.entry(publisher).or_default().push(me.id);
            }
        }
        for (publisher, to) in wanted {
            if self.signs.stills.ask(now, publisher, to) {
                self.say_to_page(publisher, STILL, b"{}".to_vec());
            }
        }
    }

    /// Of whom somebody is to have a still, and how often: of the one that it looks at, or who speaks.
    fn wants_still(&self, me: &Participant) -> Option<(ParticipantId, Duration)> {
        let seen = self.rooms.get(me.room)?.floor.seen_by(me.id);
        let missed = self.missed(me).map(|(first, owner)| (!first, seen != Some(owner), owner));
        let (.., publisher) = missed.min()?;
        let down = self.signs.weak.get(me.id).and_then(|weak| weak.down.bits_per_second);
        let up = self.signs.weak.get(publisher).is_some_and(|weak| weak.up.weak());
        let thin = up || down.is_some_and(|bits| bits < THIN_BITS_PER_SECOND);
        Some((publisher, if thin { SELDOM } else { EVERY }))
    }

    /// Whose cameras somebody asks for and is not sent, for its mode's sake or a line's, where a still may take the place; and
    /// whether it looks at that one first.
    fn missed(&self, me: &Participant) -> impl Iterator<Item = (bool, ParticipantId)> {
        let reception = self.reception(me.id);
        let mode = reception.map_or(Mode::Full, |reception| reception.mode());
        // A listener that has used up its data is sent no stills either.
        let is_out = reception.is_some_and(|reception| !reception.spending.leaves().has_sound());
        let sections = self.listening.get(me.id).filter(|_| reads(me) && !is_out);
        let pictures = sections.into_iter().flat_map(|sections| {
            let pictures = sections.list.iter().filter(|section| section.is_used());
            pictures.map(|section| (section, sections.streams.of(section.track)))
        });
        pictures.filter_map(move |(section, state)| {
            let published = self.publications.get(section.track)?;
            let owner = self.roster.get(published.owner)?;
            let camera = published.video() && published.info.source != TrackSource::ScreenShare;
            let shows = camera && !published.silenced && reads(owner) && !self.hides(owner);
            // A page that sends no picture because of its line still has its camera on.
            let stopped = self.signs.weak.get(owner.id).is_some_and(|weak| weak.up.page.paused);
            let paused = state == StreamState::Paused(Cause::ThinLine);
            let misses = mode == Mode::Stills || paused || stopped;
            let asks = section.portion.asks.top.is_some() && (!published.info.muted || stopped);
            (shows && misses && asks).then_some((section.portion.asks.priority == 1, owner.id))
        })
    }

    /// A piece of a still came: it goes to those for whom it was asked, and nowhere else.
    pub(crate) fn pass_still(
        &mut self,
        now: Instant,
        (from, signature): (ParticipantId, Signature),
        said: &UserData,
    ) {
        let to = match self.signs.stills.piece(now, from, &said.payload) {
            Ok(to) => to,
            Err(why) => return self.drop_one(why),
        };
        // The permission to see the publisher can have changed since the still was asked for.
        let listeners = to.iter().filter_map(|id| self.roster.get(*id));
        let to: Vec<ConnectionId> = listeners
            .filter(|listener| self.missed(listener).any(|(_, owner)| owner == from))
            .filter_map(|listener| listener.paths.subscriber)
            .collect();
        if to.is_empty() {
            return;
        }
        // Nobody is to read who else takes stills.
        let meant = vec![];
        let deliver = Deliver { signature, meant, to, reliable: true, spare: true, said: None };
        self.effect(Effect::Deliver(Box::new(deliver)));
    }
}

/// Whether somebody's page is there and knows of stills.
fn reads(of: &Participant) -> bool {
    of.client.reads_reasons && of.stay.state == State::Active
}
