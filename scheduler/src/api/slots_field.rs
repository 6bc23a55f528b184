//! All that a search looks among: who and what can serve, by which rules, and when it is taken.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use booking::{
    Ask, Buffer, Calendar, Interval, Load, Opening, Resource as Searched, Search, UnixS,
};

use super::App;
use super::availability::{holidays, said};
use super::availability_rules::{Kept, read};
use super::faults::Faults;
use super::refusals::store_failed;
use crate::almanac::{self, Holidays};
use crate::problem::Problem;
use crate::store::{Bookable, HeldClaim, Keeper, Resource};

/// What is looked among.
pub(super) struct Field {
    /// The resources of the needs, each once, then their organizations.
    pub(super) named: Vec<(Keeper, Bookable)>,
    /// Of each resource the places in `named` of those whose hours it keeps to: its own and its organization's.
    pub(super) keepers: Vec<Vec<usize>>,
    /// Rules and opening of who has some, by its place in `named`.
    kept: BTreeMap<usize, Rulebook>,
    pub(super) calendar: Calendar,
    pub(super) holidays: Holidays,
    /// A session whose claims are in nobody's way, as it is to be moved; empty if there is none.
    but: String,
    /// Who looks, and when: what this person holds then is in nobody's way.
    looks: (String, UnixS),
    /// What others hold.
    held: Vec<HeldClaim>,
    /// What is to be taken of lines, by their places in `named`.
    loads: BTreeMap<usize, Load>,
    /// What is given back and taken by the change that is looked at, of resources by their places in `named`.
    pub(super) changing: Changing,
}

/// Claims that a change of several sessions gives back, and those that it takes: places of resources, and when.
#[derive(Default)]
pub(super) struct Changing {
    pub(super) gone: BTreeSet<(usize, Interval)>,
    pub(super) come: BTreeSet<(usize, Interval)>,
}

struct Rulebook {
    kept: Arc<Kept>,
    opening: Arc<Opening>,
}

/// What cannot be found: its place in the list that was asked for.
pub(super) struct Unknown(pub(super) usize);

impl Field {
    /// Reads who and what `resources` are and when they are open in `span`; or which of them is not known.
    pub(super) async fn read(
        app: &App,
        resources: Vec<Resource>,
        span: Interval,
        (but, by, now): (Option<&str>, &str, UnixS),
    ) -> Result<Result<Self, Unknown>, Problem> {
        let (named, count) = match named(app, resources).await? {
            Ok(named) => named,
            Err(unknown) => return Ok(Err(unknown)),
        };
        let asked: Vec<Keeper> = named.iter().map(|(keeper, _)| keeper.clone()).collect();
        let texts = app.store.rules(&asked).await.map_err(|error| store_failed(&error))?;
        let holidays = holidays(app).await?;
        let (calendar, kept) = rulebooks(app, &texts, &holidays, span)?;
        let keepers = named.iter().enumerate().take(count).map(|(place, (_, bookable))| {
            let site = named.iter().position(
                |(of, _)| matches!(of, Keeper::Organization(id) if *id == bookable.organization_id),
            );
            let both = [Some(place), site].into_iter().flatten();
            both.filter(|place| kept.contains_key(place)).collect()
        });
        let keepers = keepers.collect();
        let but = but.unwrap_or_default().to_owned();
        let held = app.store.held_by_others(by, now).await.map_err(|error| store_failed(&error))?;
        let looks = (by.to_owned(), now);
        let (loads, changing) = (BTreeMap::new(), Changing::default());
        let field =
            Self { named, keepers, kept, calendar, holidays, but, looks, held, loads, changing };
        Ok(Ok(field))
    }

    /// The same, where so much is to be taken of lines, by their places among the resources.
    pub(super) fn with_loads(self, loads: BTreeMap<usize, Load>) -> Self {
        Self { loads, ..self }
    }

    /// The resources as a search takes them.
    pub(super) fn resources(&self) -> Vec<Searched<'_>> {
        let of = |(place, keepers): (usize, &Vec<usize>)| Searched {
            openings: keepers
                .iter()
                .filter_map(|keeper| self.kept.get(keeper).map(|book| &*book.opening))
                .collect(),
            buffer: self.kept.get(&place).map_or(Buffer::default(), |book| book.kept.buffer),
        };
        self.keepers.iter().enumerate().map(of).collect()
    }

    /// Looks by `look`, reading what it asks for, at most as many claims as `left` allows.
    pub(super) async fn look<'a, T: Send>(
        &self,
        app: &App,
        search: &mut Search<'a>,
        left: &mut usize,
        mut look: impl FnMut(&mut Search<'a>) -> Result<T, Ask> + Send,
    ) -> Result<T, Problem> {
        loop {
            let ask = match look(search) {
                Ok(found) => return Ok(found),
                Err(ask) => ask,
            };
            let claims = self.claims(app, &ask, *left).await?;
            *left = left.saturating_sub(claims.len());
            search.tell(&ask, claims);
        }
    }

    /// The claims that are asked for: place of the resource, and when; no more than `left`.
    async fn claims(
        &self,
        app: &App,
        ask: &Ask,
        left: usize,
    ) -> Result<Vec<(usize, Interval)>, Problem> {
        let (lines, others): (Vec<usize>, Vec<usize>) =
            ask.resources.iter().partition(|place| self.loads.contains_key(place));
        let mut found = Vec::new();
        for place in lines {
            let full = self.line_full(app, place, ask.within).await?;
            found.extend(full.into_iter().map(|full| (place, full)));
        }
        if others.is_empty() {
            return Ok(found);
        }
        let asked = others.iter().filter_map(|place| self.named.get(*place));
        let asked: Vec<Resource> =
            asked.filter_map(|(keeper, _)| keeper.resource().cloned()).collect();
        let read =
            app.store.claims(&asked, ask.within, (left, &self.but), (&self.looks.0, self.looks.1));
        let read = read.await;
        let Some(rows) = read.map_err(|error| store_failed(&error))? else {
            return Err(too_much(app.config.slot_claims_max));
        };
        let placed = rows.into_iter().filter_map(|(at, claim)| Some((*others.get(at)?, claim)));
        found.extend(placed.filter(|claim| !self.changing.gone.contains(claim)));
        let come = self
            .changing
            .come
            .iter()
            .filter(|(place, claim)| others.contains(place) && claim.overlaps(ask.within));
        found.extend(come);
        Ok(found)
    }

    /// When a line is too full for what is to be taken of it. To a search that is what claims are of a room.
    async fn line_full(
        &self,
        app: &App,
        place: usize,
        within: Interval,
    ) -> Result<Vec<Interval>, Problem> {
        let both = self.named.get(place).zip(self.loads.get(&place));
        let Some(((keeper, _), load)) = both else { return Ok(Vec::new()) };
        let looks = (self.looks.0.as_str(), self.looks.1);
        let full = app.store.line_full(keeper.id(), (*load, within), &self.but, looks).await;
        full.map_err(|error| store_failed(&error))?
            .ok_or_else(|| too_much(app.config.slot_claims_max))
    }

    /// Until when this claim of somebody of `named` is only held for another, if it is.
    pub(super) fn held_until(&self, place: usize, claim: Interval) -> Option<UnixS> {
        let (keeper, _) = self.named.get(place)?;
        let same = |it: &&HeldClaim| {
            it.kind == keeper.kept_as() && it.id == keeper.id() && it.interval == claim
        };
        self.held.iter().find(same).map(|it| it.until)
    }

    /// Whether this is a line, of which something is to be taken.
    pub(super) fn is_line(&self, place: usize) -> bool {
        self.loads.contains_key(&place)
    }

    /// The rules that somebody of `named` has.
    pub(super) fn rules(&self, place: usize) -> Option<&Kept> {
        self.kept.get(&place).map(|book| &*book.kept)
    }

    /// Whether nobody here has rules or buffers: everybody is open day and night.
    pub(super) fn is_always_open(&self) -> bool {
        self.kept.is_empty()
    }

    /// Whether anybody here needs time around its sessions.
    pub(super) fn has_buffers(&self) -> bool {
        self.kept.values().any(|book| book.kept.buffer.between_s() > 0)
    }

    /// Whether anybody here keeps legal holidays.
    pub(super) fn keeps_holidays(&self) -> bool {
        self.kept.values().any(|book| book.kept.rules.keeps_holidays)
    }
}

/// The years in the span that are not published, if somebody here keeps legal holidays.
pub(super) fn not_published(app: &App, field: &Field, span: Interval) -> Vec<i16> {
    let years = app.zone.day_at(span.start()).year()..=app.zone.day_at(span.end().minus(1)).year();
    let keeps = field.keeps_holidays();
    years.filter(|year| keeps && field.holidays.year(*year).is_none()).collect()
}

type Named = Vec<(Keeper, Bookable)>;

/// The resources and after them their organizations, with how many are resources.
async fn named(
    app: &App,
    resources: Vec<Resource>,
) -> Result<Result<(Named, usize), Unknown>, Problem> {
    let count = resources.len();
    let resources: Vec<Keeper> = resources.into_iter().map(Keeper::Resource).collect();
    let mut found = app.store.bookables(&resources).await.map_err(|error| store_failed(&error))?;
    if let Some(place) = (0..count).find(|place| !found.contains_key(place)) {
        return Ok(Err(Unknown(place)));
    }
    let mut sites: Vec<String> = found.values().map(|it| it.organization_id.clone()).collect();
    sites.sort_unstable();
    sites.dedup();
    let sites: Vec<Keeper> = sites.into_iter().map(Keeper::Organization).collect();
    let more = app.store.bookables(&sites).await.map_err(|error| store_failed(&error))?;
    found.extend(more.into_iter().map(|(place, bookable)| (count + place, bookable)));
    let all = resources.into_iter().chain(sites).enumerate();
    let all = all.filter_map(|(place, resource)| Some((resource, found.remove(&place)?)));
    Ok(Ok((all.collect(), count)))
}

/// The days of the span, and rules and opening of everybody who has some. Many have the same: each text is read once.
fn rulebooks(
    app: &App,
    texts: &BTreeMap<usize, String>,
    holidays: &Holidays,
    span: Interval,
) -> Result<(Calendar, BTreeMap<usize, Rulebook>), Problem> {
    let mut read_once = BTreeMap::new();
    for text in texts.values() {
        if !read_once.contains_key(text.as_str()) {
            read_once.insert(text.as_str(), read(&said(text)?)?);
        }
    }
    let reckonings = read_once.values().flat_map(Kept::reckonings).collect();
    let calendar = almanac::calendar(&app.zone, span, holidays, &reckonings);
    let opened: BTreeMap<&str, _> = read_once
        .into_iter()
        .map(|(text, kept)| {
            let opening = Opening::of(&kept.rules, &calendar, span);
            (text, (Arc::new(kept), Arc::new(opening)))
        })
        .collect();
    let kept = texts.iter().filter_map(|(place, text)| {
        let (kept, opening) = opened.get(text.as_str())?;
        Some((*place, Rulebook { kept: Arc::clone(kept), opening: Arc::clone(opening) }))
    });
    let kept = kept.collect();
    Ok((calendar, kept))
}

fn too_much(most: usize) -> Problem {
    let detail = format!(
        "there are more than {most} bookings to look through; name fewer people and rooms, or a shorter time"
    );
    let mut faults = Faults::default();
    faults.add("needs", "too-much-to-search", serde_json::json!({ "most": most }), &detail);
    faults.problem()
}
