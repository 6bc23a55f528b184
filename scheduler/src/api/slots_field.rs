//! All that a search looks among: who and what can serve, by which rules, and when it is taken.

use std::collections::BTreeMap;
use std::sync::Arc;

use booking::{Buffer, Calendar, Interval, Opening, Resource as Searched};

use super::App;
use super::availability::{holidays, said};
use super::availability_rules::{Kept, read};
use super::faults::Faults;
use super::refusals::store_failed;
use crate::almanac::{self, Holidays};
use crate::problem::Problem;
use crate::store::{Bookable, Resource};

/// Two sessions of one resource lie at most so far apart for its buffers: 12 hours on either side.
const BETWEEN_S_MAX: u64 = 86_400;

/// What is looked among.
pub(super) struct Field {
    /// The resources of the needs, each once, then their organizations.
    pub(super) named: Vec<(Resource, Bookable)>,
    /// Of each resource the places in `named` of those whose hours it keeps to: its own and its organization's.
    pub(super) keepers: Vec<Vec<usize>>,
    /// Rules and opening of who has some, by its place in `named`.
    kept: BTreeMap<usize, Rulebook>,
    claims: Vec<Vec<Interval>>,
    pub(super) calendar: Calendar,
    pub(super) holidays: Holidays,
}

struct Rulebook {
    kept: Arc<Kept>,
    opening: Arc<Opening>,
}

/// What cannot be found: its place in the list that was asked for.
pub(super) struct Unknown(pub(super) usize);

impl Field {
    /// Reads all that a search for `resources` in `span` needs; or which of them is not known.
    pub(super) async fn read(
        app: &App,
        resources: Vec<Resource>,
        span: Interval,
    ) -> Result<Result<Self, Unknown>, Problem> {
        let (named, count) = match named(app, resources).await? {
            Ok(named) => named,
            Err(unknown) => return Ok(Err(unknown)),
        };
        let asked: Vec<Resource> = named.iter().map(|(resource, _)| resource.clone()).collect();
        let texts = app.store.rules(&asked).await.map_err(|error| store_failed(&error))?;
        let holidays = holidays(app).await?;
        let (calendar, kept) = rulebooks(app, &texts, &holidays, span)?;
        let keepers = named.iter().enumerate().take(count).map(|(place, (_, bookable))| {
            let site = named
                .iter()
                .position(|(of, _)| of.kind == "organization" && of.id == bookable.organization_id);
            let both = [Some(place), site].into_iter().flatten();
            both.filter(|place| kept.contains_key(place)).collect()
        });
        let keepers = keepers.collect();
        let claims = claims(app, asked.get(..count).unwrap_or_default(), span).await?;
        Ok(Ok(Self { named, keepers, kept, claims, calendar, holidays }))
    }

    /// The resources as a search takes them.
    pub(super) fn resources(&self) -> Vec<Searched<'_>> {
        let of = |(place, (keepers, claims)): (usize, (&Vec<usize>, &Vec<Interval>))| Searched {
            openings: keepers
                .iter()
                .filter_map(|keeper| self.kept.get(keeper).map(|book| &*book.opening))
                .collect(),
            claims: claims.clone(),
            buffer: self.kept.get(&place).map_or(Buffer::default(), |book| book.kept.buffer),
        };
        self.keepers.iter().zip(&self.claims).enumerate().map(of).collect()
    }

    /// The rules that somebody of `named` has.
    pub(super) fn rules(&self, place: usize) -> Option<&Kept> {
        self.kept.get(&place).map(|book| &*book.kept)
    }

    /// Whether anybody here keeps legal holidays.
    pub(super) fn keeps_holidays(&self) -> bool {
        self.kept.values().any(|book| book.kept.rules.keeps_holidays)
    }
}

type Named = Vec<(Resource, Bookable)>;

/// The resources and after them their organizations, with how many are resources.
async fn named(
    app: &App,
    resources: Vec<Resource>,
) -> Result<Result<(Named, usize), Unknown>, Problem> {
    let count = resources.len();
    let mut found = app.store.bookables(&resources).await.map_err(|error| store_failed(&error))?;
    if let Some(place) = (0..count).find(|place| !found.contains_key(place)) {
        return Ok(Err(Unknown(place)));
    }
    let mut sites: Vec<String> = found.values().map(|it| it.organization_id.clone()).collect();
    sites.sort_unstable();
    sites.dedup();
    let sites: Vec<Resource> =
        sites.into_iter().map(|id| Resource { kind: "organization", id }).collect();
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

/// The claims of each of `resources` in and around the span.
async fn claims(
    app: &App,
    resources: &[Resource],
    span: Interval,
) -> Result<Vec<Vec<Interval>>, Problem> {
    let most = app.config.slot_claims_max;
    let around = span.padded(BETWEEN_S_MAX);
    let read = app.store.claims(resources, around, most).await;
    let Some(rows) = read.map_err(|error| store_failed(&error))? else {
        let detail = format!(
            "there are more than {most} bookings to look through; name fewer people and rooms, or a shorter time"
        );
        let mut faults = Faults::default();
        faults.add("needs", "too-much-to-search", serde_json::json!({ "most": most }), &detail);
        return Err(faults.problem());
    };
    let mut claims = vec![Vec::new(); resources.len()];
    for (place, claim) in rows {
        if let Some(of) = claims.get_mut(place) {
            of.push(claim);
        }
    }
    Ok(claims)
}
