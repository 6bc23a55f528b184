//! A county to try: people, rooms, and for today a consultation and a class that can be joined.

mod county;

use std::collections::BTreeMap;

use booking::{Interval, UnixS};
use consultation::{AgreementState, AgreementStep};
use serde::Serialize;
use session::{AccessToken, Keys, Kind, Language, Names};
use teaching::GROUPS_MAX;

use crate::register::{Draft, Key, Line, Register, Rules, Table, named_areas, plan};
use crate::store::{
    Act, AgreementChange, AgreementTerms, BookError, Booked, GroupTerms, LineRefused, LineTerms,
    NewSession, Part, Store, StoreError,
};
use county::{Agreed, Group, Standing};

/// Who sets the demo county up; the register gives nobody that role.
const ADMINISTRATOR: &str = "scheduler";
/// Marks the sessions that the demo itself books.
const BOOKED_BY: &str = "demo";
/// A standing session began this long ago, rounded down to five minutes, so that it is open at once.
const STARTS_BEFORE_NOW_S: u64 = 15 * 60;
const ROUND_S: u64 = 5 * 60;
/// It lasts as long as the bookings that people made allow.
const LASTS_S: [u64; 5] = [8 * 3600, 4 * 3600, 2 * 3600, 3600, 1800];
const LINK_LIFE_S: u64 = 30 * 86_400;
const DAY_S: u64 = 86_400;
/// How long an agreement holds, days.
const AGREED_DAYS: u32 = 3 * 366;

/// A link for one user of the demo county.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DemoLink {
    /// Whose link it is.
    pub who: Names,
    /// `specialist`, `village_doctor`, `lead_teacher`, `classroom`, `scheduler` or `replay`.
    pub role: String,
    /// The page, with a person token in it that is valid 30 days.
    pub url: String,
}

/// Why the demo county could not be loaded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    #[error("deploy/demo is faulty: {0}")]
    Files(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Imports what is not there yet of the county and books what is not open now; what people have changed since stays so.
pub(crate) async fn load(store: &Store, now: UnixS) -> Result<(), DemoError> {
    let sheet = county::register().map_err(DemoError::Files)?;
    let rules = Rules { by: None, entries_max: usize::MAX };
    let mut new_id = || uuid::Uuid::now_v7().to_string();
    let areas = named_areas(&sheet.lines);
    let import = |register: &Register| {
        let missing = |line: &Line| match &line.1 {
            Ok(Draft { table, key: Key::Id(id), .. }) => register.get(*table, id).is_none(),
            _ => true,
        };
        let lines = sheet.lines.into_iter().filter(missing).collect();
        plan(register, lines, rules, &mut new_id)
    };
    let imported = store.change_register((BOOKED_BY, now), &areas, import).await?;
    if let Some((line, fault)) = imported.first_fault() {
        return Err(DemoError::Files(format!("line {line}: {}", fault.detail)));
    }
    store.make_administrator(ADMINISTRATOR).await?;
    for agreed in &county::script().map_err(DemoError::Files)?.agreements {
        agree(store, agreed, now).await?;
    }
    for group in &county::script().map_err(DemoError::Files)?.groups {
        keep_group(store, group, now).await?;
    }
    for standing in &county::script().map_err(DemoError::Files)?.standing {
        if !is_open(store, standing, now).await? {
            book(store, standing, now).await?;
        }
    }
    Ok(())
}

/// Books a standing session again when the last one is over. One that somebody cancelled stays cancelled until then.
pub(crate) async fn renew(store: &Store, now: UnixS) -> Result<(), DemoError> {
    for standing in &county::script().map_err(DemoError::Files)?.standing {
        let end = store.latest_end(BOOKED_BY, standing.kind).await?;
        if end.is_none_or(|end| end <= now) && !is_open(store, standing, now).await? {
            book(store, standing, now).await?;
        }
    }
    Ok(())
}

/// One link for each user of the county, its token valid 30 days from `now`.
pub(crate) fn links(keys: &Keys, now: UnixS, base_url: &str) -> Vec<DemoLink> {
    let base = base_url.trim_end_matches('/');
    let names = names();
    let link = |link: county::Link| {
        let county::Link { person, role, who, page } = link;
        let name = names.get(&person)?;
        let token = AccessToken::for_person(&person, name, now.0, LINK_LIFE_S).sign(keys);
        let token = token.inspect_err(|error| tracing::error!(%error, "demo.no_link")).ok()?;
        Some(DemoLink { who, role, url: format!("{base}/#/{page}?key={token}") })
    };
    let script = county::script().inspect_err(|error| tracing::error!(%error, "demo.no_links"));
    script.map_or_else(|_| Vec::new(), |script| script.links.into_iter().filter_map(link).collect())
}

/// Names of the county's people, by their ids.
fn names() -> BTreeMap<String, String> {
    let lines = county::register().map_or_else(|_| Vec::new(), |sheet| sheet.lines);
    let drafts = lines.into_iter().filter_map(|(_, draft)| draft.ok());
    let people = drafts.filter(|draft| draft.table == Table::Person);
    people
        .filter_map(|mut draft| match (draft.key, draft.names.remove(&Language::Chinese)) {
            (Key::Id(id), Some(name)) => Some((id, name)),
            _ => None,
        })
        .collect()
}

/// Makes an agreement that is not there, and signs it; what people have made of it since stays so.
async fn agree(store: &Store, agreed: &Agreed, now: UnixS) -> Result<(), StoreError> {
    let Ok(instant) = Interval::new(now, now.plus(1)) else { return Ok(()) };
    // One that was written and not signed is of a start that was cut short.
    let before = store.agreement(&agreed.id, instant).await?;
    if before.as_ref().is_some_and(|it| it.state != AgreementState::Draft) {
        return Ok(());
    }
    let today = u32::try_from(now.0 / DAY_S).unwrap_or_default();
    let terms = AgreementTerms {
        inviting_kind: "county".to_owned(),
        inviting_id: String::new(),
        invited_id: agreed.invited.clone(),
        from: today.saturating_sub(1),
        until: today.saturating_add(AGREED_DAYS),
        month_max: None,
        paper: agreed.paper.clone(),
    };
    let act = Act { by: BOOKED_BY, at: now, reason: None };
    if before.is_none() {
        store.draft_agreement(&agreed.id, &terms, &act).await?;
    }
    let sign = AgreementChange::Step(AgreementStep::Sign);
    store.change_agreement((&agreed.id, |_| true), sign, &act).await?;
    Ok(())
}

/// Keeps a group that is not there; what people have made of it since stays so.
async fn keep_group(store: &Store, group: &Group, now: UnixS) -> Result<(), StoreError> {
    if store.learning_group(&group.id).await?.is_some() {
        return Ok(());
    }
    let terms = GroupTerms {
        name: group.name.clone(),
        pupils: group.pupils,
        teacher_id: group.teacher.clone(),
        retired: false,
    };
    let act = Act { by: ADMINISTRATOR, at: now, reason: None };
    store.make_learning_group((&group.id, &group.site), &terms, &act).await?;
    Ok(())
}

/// Says that the groups of the county attend a class; one that people have retired does not.
async fn name_groups(store: &Store, session_id: &str) -> Result<(), StoreError> {
    let places = store.class_places(session_id).await?;
    let groups = county::script().map_or_else(|_| Vec::new(), |script| script.groups);
    for place in places.places {
        let there = groups.iter().filter(|group| group.site == place.site_id);
        let ids: Vec<String> = there.map(|group| group.id.clone()).collect();
        store.name_groups((session_id, &[], &place.site_id), &ids, GROUPS_MAX).await?;
    }
    Ok(())
}

/// Whether all who take part in `standing` have a session of its kind together now.
async fn is_open(store: &Store, standing: &Standing, now: UnixS) -> Result<bool, StoreError> {
    let Ok(instant) = Interval::new(now, now.plus(1)) else { return Ok(false) };
    let (sessions, _) = store.sessions_during(instant, None, None).await?;
    Ok(sessions.iter().any(|session| {
        let all_in =
            standing.participants.iter().all(|part| session.attendee(&part.person).is_some());
        session.kind == standing.kind && !session.cancelled && all_in
    }))
}

async fn book(store: &Store, standing: &Standing, now: UnixS) -> Result<(), StoreError> {
    let earlier = now.minus(STARTS_BEFORE_NOW_S).0;
    let start = UnixS(earlier - earlier % ROUND_S);
    for seconds in LASTS_S {
        let Ok(interval) = Interval::new(start, start.plus(seconds)) else { continue };
        let new = NewSession {
            id: uuid::Uuid::now_v7().to_string(),
            kind: standing.kind,
            title: standing.title.clone(),
            interval,
            recording: true,
            rooms: standing.rooms.clone(),
            terminals: Vec::new(),
            participants: standing
                .participants
                .iter()
                .map(|part| Part {
                    person_id: part.person.clone(),
                    role: part.role,
                    interprets: None,
                })
                .collect(),
            booked_by: BOOKED_BY.into(),
            booked: now,
            lines: LineTerms::default(),
            overrides: None,
            hold: None,
        };
        match store.book(&new, None, |_| String::new()).await {
            Ok(Booked::Made { session_id, .. } | Booked::Before { session_id, .. }) => {
                return if standing.kind == Kind::Class {
                    name_groups(store, &session_id).await
                } else {
                    Ok(())
                };
            }
            Err(BookError::Taken | BookError::Clash(_) | BookError::Line(LineRefused::Full(_))) => {
            }
            // Somebody of it was retired: then it is not held any more.
            Err(BookError::Unknown(_) | BookError::NotHeld { .. }) => break,
            Err(BookError::Store(error)) => return Err(error),
            Err(other) => return Err(StoreError::Unreadable(other.to_string())),
        }
    }
    tracing::debug!(kind = %standing.kind, "demo.people_are_busy");
    Ok(())
}
