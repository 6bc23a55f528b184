//! What to assemble from a take: lanes of sound, one main picture, pages, chat and damage.

mod damage;
mod picture;
mod sound;

pub use picture::{Picture, Shot};
pub use sound::{Lane, MAX_LANES, Sound};

use crate::manifest::{Chat, Damage, Person, Slide};
use crate::take::Take;
use crate::timeline::{Clock, Entry, Report, Us};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

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
    /// The main picture.
    pub picture: Option<Picture>,
    /// Who took part.
    pub participants: Vec<Person>,
    /// Pages by time.
    pub slides: Vec<Slide>,
    /// Chat by time.
    pub chat: Vec<Chat>,
    /// What is not as it was.
    pub damage: Vec<Damage>,
    /// In how many seconds.
    pub damaged_seconds: u64,
}

/// The first sound or picture comes so long after the start: room for what an assembly has to put
/// before it.
pub const LEAD_US: Us = 20_000;

/// A stream in order, with its times.
pub(crate) struct Timed {
    pub(crate) entries: Vec<Entry>,
    pub(crate) wall_us: Vec<Us>,
}

impl Plan {
    /// Makes the plan of a take.
    #[must_use]
    pub fn of(mut take: Take) -> Self {
        let tracks = core::mem::take(&mut take.tracks);
        let mut reports: BTreeMap<String, Vec<Report>> = BTreeMap::new();
        for track in tracks.values() {
            let all = reports.entry(track.published.identity.clone()).or_default();
            all.extend(track.streams.values().flat_map(|it| it.reports.iter().copied()));
        }
        for all in reports.values_mut() {
            all.sort_by_key(|it| it.at_us);
        }
        let timed = |source: crate::take::Source, identity: &str, rate: u32| {
            let entries = source.stream.finish();
            let all = reports.get(identity).map(Vec::as_slice).unwrap_or_default();
            let clock = Clock::new(rate, &entries, &source.reports, all);
            let wall_us = entries.iter().map(|it| clock.wall_us(it)).collect();
            Timed { entries, wall_us }
        };
        let (mut sounds, mut pictures) = (sound::Sounds::default(), picture::Pictures::default());
        for track in tracks.into_values() {
            let said = track.published;
            let streams = track.streams.into_iter();
            let streams =
                streams.map(|((layer, _), it)| (layer, timed(it, &said.identity, said.clock_rate)));
            match said.media {
                crate::tap::Media::Audio => sounds.add(&said, streams.map(|(_, it)| it)),
                crate::tap::Media::Video => pictures.add(&said, streams.collect()),
            }
        }
        Self::join(&take, sounds, pictures)
    }

    fn join(take: &Take, sounds: sound::Sounds, pictures: picture::Pictures) -> Self {
        let role = |identity: &str| {
            let person = take.participants.iter().find(|it| it.identity == identity);
            person.map(|it| it.role.clone()).unwrap_or_default()
        };
        let (picture, frozen) = pictures.choose(role);
        let (lanes, unheard, holes) = sounds.lanes();
        let first = lanes
            .iter()
            .filter_map(Lane::first_us)
            .chain(picture.as_ref().and_then(Picture::first_us));
        let started_us = first.min().map_or(take.first_us, |it| it - LEAD_US);
        let end = lanes.iter().map(Lane::end_us).chain(picture.as_ref().map(Picture::end_us)).max();
        let end_us = end.unwrap_or(take.last_us).max(started_us);
        let mut plan = Self {
            started_us,
            duration_us: end_us - started_us,
            lanes,
            unheard,
            picture,
            participants: people(take),
            ..Self::default()
        };
        for lane in &mut plan.lanes {
            lane.shift(started_us);
        }
        if let Some(picture) = &mut plan.picture {
            picture.shift(started_us);
        }
        plan.slides = slides(take, started_us);
        plan.chat = chat(take, started_us);
        let span = (started_us, end_us);
        plan.damage = damage::spans(span, &take.missed, &holes, &frozen);
        plan.damaged_seconds = damage::seconds(&plan.damage);
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

/// Whole milliseconds of a span, 0 if it is negative.
pub(crate) fn ms(us: Us) -> u64 {
    u64::try_from(us / 1_000).unwrap_or_default()
}

#[cfg(test)]
mod tests;
