//! What to assemble from a take: lanes of sound, a picture of each seat, pages, chat and damage.

mod damage;
mod picture;
mod piece;
mod sound;
mod timed;

pub use picture::{MAX_PICTURES, Picture, Shot, Unseen};
pub use sound::{Lane, MAX_LANES, Sound};

use crate::manifest::{Chat, Damage, DamagedSeconds, Person, Slide};
use crate::take::Take;
use crate::tap::{Media, TrackPublished};
use crate::timeline::{Ahead, Us, in_step, ms};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use timed::Timed;

/// A plan for the assembly. Times are microseconds from [`started_us`](Self::started_us).
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The first moment with sound or picture (or, without them, the first record),
    /// microseconds since 1970.
    pub started_us: Us,
    /// How long it is.
    pub duration_us: Us,
    /// Sound, in lanes that are to be mixed.
    pub lanes: Vec<Lane>,
    /// Streams of sound beyond [`MAX_LANES`] at the same time.
    pub unheard: usize,
    /// The pictures, the first of them is the main one; at most [`MAX_PICTURES`].
    pub pictures: Vec<Picture>,
    /// Pictures beyond that, and those of which nothing can be shown.
    pub unseen: Vec<Unseen>,
    /// Who took part.
    pub participants: Vec<Person>,
    /// Pages by time.
    pub slides: Vec<Slide>,
    /// Chat by time.
    pub chat: Vec<Chat>,
    /// What is not as it was.
    pub damage: Vec<Damage>,
    /// In how many seconds, by kind.
    pub damaged_seconds: DamagedSeconds,
}

/// The first sound or picture comes so long after the start: room for what an assembly has to put
/// before it.
pub const LEAD_US: Us = 20_000;

impl Plan {
    /// Makes the plan of a take.
    #[must_use]
    pub fn of(mut take: Take) -> Self {
        let tracks = core::mem::take(&mut take.tracks);
        let mut people: BTreeMap<String, Vec<(TrackPublished, u8, Timed)>> = BTreeMap::new();
        for track in tracks.into_values() {
            let said = track.published;
            let all = people.entry(said.identity.clone()).or_default();
            for ((layer, _), source) in track.streams {
                let timed = Timed::of(said.media, said.clock_rate, source);
                all.push((said.clone(), layer, timed));
            }
        }
        let (mut sounds, mut pictures) = (sound::Sounds::default(), picture::Pictures::default());
        for mut streams in people.into_values() {
            let ahead: Vec<Ahead> =
                streams.iter_mut().map(|it| core::mem::take(&mut it.2.ahead)).collect();
            for ((said, layer, mut timed), late_us) in streams.into_iter().zip(in_step(&ahead)) {
                timed.captured_us.iter_mut().for_each(|it| *it -= late_us);
                match said.media {
                    Media::Audio => sounds.add(&said, &timed),
                    Media::Video => pictures.add(&said, layer, timed),
                }
            }
        }
        Self::join(&take, sounds, pictures)
    }

    /// Notes that a picture could not be made: all of it is missing.
    pub fn give_up(&mut self, index: usize) {
        let Some(picture) = self.pictures.get(index) else { return };
        let whole = (picture.first_us().unwrap_or_default(), picture.end_us());
        let lost = damage::of_picture((0, self.duration_us), &picture.identity, &[whole]);
        self.unseen.push(Unseen { identity: picture.identity.clone(), screen: picture.screen });
        self.damage.extend(lost);
        self.damaged_seconds = damage::seconds(&self.damage);
    }

    fn join(take: &Take, sounds: sound::Sounds, pictures: picture::Pictures) -> Self {
        let role = |identity: &str| {
            let person = take.participants.iter().find(|it| it.identity == identity);
            person.map(|it| it.role.clone()).unwrap_or_default()
        };
        let chosen = pictures.choose(role);
        let (lanes, unheard, holes) = sounds.lanes();
        let first = lanes
            .iter()
            .filter_map(Lane::first_us)
            .chain(chosen.pictures.iter().filter_map(Picture::first_us));
        let started_us = first.min().map_or(take.first_us, |it| it - LEAD_US);
        let end =
            lanes.iter().map(Lane::end_us).chain(chosen.pictures.iter().map(Picture::end_us)).max();
        let end_us = end.unwrap_or(take.last_us).max(started_us);
        let mut plan = Self {
            started_us,
            duration_us: end_us - started_us,
            lanes,
            unheard,
            pictures: chosen.pictures,
            unseen: chosen.unseen,
            participants: people(take),
            ..Self::default()
        };
        for lane in &mut plan.lanes {
            lane.shift(started_us);
        }
        let span = (started_us, end_us);
        plan.damage = damage::everywhere(span, &take.missed, &holes);
        for (identity, lacking) in chosen.lacking {
            plan.damage.extend(damage::of_picture(span, &identity, &lacking));
        }
        plan.pictures.iter_mut().for_each(|it| it.shift(started_us));
        plan.damaged_seconds = damage::seconds(&plan.damage);
        plan.started_us = started_us - take.clock_us;
        plan.slides = slides(take, started_us);
        plan.chat = chat(take, started_us);
        plan
    }
}

fn people(take: &Take) -> Vec<Person> {
    let person = |it: &crate::tap::ParticipantJoined| Person {
        identity: it.identity.clone(),
        name: it.name.clone(),
        role: it.role.clone(),
        site: it.site.clone(),
    };
    take.participants.iter().map(person).collect()
}

/// Pages by time. What was turned to before the start is shown from the start, the last of it.
fn slides(take: &Take, started_us: Us) -> Vec<Slide> {
    let mut slides: Vec<Slide> = Vec::new();
    for turn in take.pages.iter().filter(|it| is_deck_id(&it.deck)) {
        let at_ms = ms(turn.at_us - started_us);
        if slides.last().is_some_and(|it| it.at_ms == at_ms) {
            slides.pop();
        }
        slides.push(Slide {
            at_ms,
            deck: turn.deck.clone(),
            page: turn.page,
            url: format!("/slides/{}/{}.webp", turn.deck, turn.page),
        });
    }
    slides
}

/// Whether a text from a client is a deck's id: it becomes part of a URL.
#[must_use]
pub fn is_deck_id(text: &str) -> bool {
    (16..=64).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_hexdigit())
}

fn chat(take: &Take, started_us: Us) -> Vec<Chat> {
    let name = |identity: &str| {
        let person = take.participants.iter().find(|it| it.identity == identity);
        person.map(|it| it.name.clone()).unwrap_or_default()
    };
    let line = |it: &crate::take::ChatLine| Chat {
        at_ms: ms(it.at_us - started_us),
        identity: it.identity.clone(),
        name: name(&it.identity),
        text: it.text.clone(),
    };
    take.chat.iter().map(line).collect()
}

#[cfg(test)]
mod tests;
