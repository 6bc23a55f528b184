//! Everybody and everything that a session or a hold wants, as one reading finds it: whether it is there and may be that, and
//! when others have claimed it.

use std::fmt::Write as _;

use booking::{Interval, UnixS};
use session::{LanguagePair, Names, Role};

use super::names::names_if;
use super::sessions::{interval, point, seconds};
use super::{Connection, NewSession, Part, Resource, StoreError};

/// Most claims of one person or room that are read at once; a longer calendar is known only as far as they reach.
const CLAIMS_MAX: usize = 1_000;
/// Up to so many resources the text of the question is kept prepared.
pub(super) const KEPT_MAX: usize = 8;

/// For whom something is claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Claimant {
    /// The session of the wish's id, for good.
    Session,
    /// The hold of the wish's id, until that runs out.
    Hold,
}

/// Where somebody or something belongs.
#[derive(Debug)]
pub(super) enum Place {
    /// A person, to an organization of these names.
    Person(Names),
    /// A room, to the organization of this id.
    Room(String),
    /// A terminal, to a room.
    Terminal { kind: String, room_id: String, organization_id: String },
}

/// Somebody or something that a session wants.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) resource: Resource,
    /// As what a person is to take part; none of a room or a terminal.
    pub(super) part: Option<Part>,
    /// None of whom or what there is none.
    pub(super) names: Option<Names>,
    /// Where it belongs; none of whom or what there is none.
    pub(super) place: Option<Place>,
    /// Not there, or retired.
    is_gone: bool,
    has_role: bool,
    /// Whether the person interprets the languages that the part names.
    has_pair: bool,
    /// The claims of others, earliest first.
    pub(super) taken: Vec<Interval>,
    /// Those of them that are held, each with the second at which that runs out.
    held: Vec<(Interval, UnixS)>,
}

impl Wanted {
    /// Until when it is held for somebody else, if that is what is in the way of this time.
    pub(super) fn held_until(&self, during: Interval) -> Option<UnixS> {
        let first = self.taken.iter().find(|claim| claim.overlaps(during))?;
        self.held.iter().find(|(claim, _)| claim == first).map(|(_, until)| *until)
    }
}

/// Why somebody or something cannot be booked at any time.
#[derive(Debug)]
pub(super) enum Unfit {
    Unknown(Resource),
    NotHeld { person_id: String, role: Role },
    NotInterpreting { person_id: String, pair: LanguagePair },
}

/// All that a session wants, in the order in which it claims it.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) wanted: Vec<Wanted>,
    /// Claims that begin before this were asked for.
    pub(super) horizon: UnixS,
    /// Up to when the claims that were read are all of them.
    pub(super) known_until: UnixS,
    /// Whether there are holds that have run out.
    pub(super) has_run_out: bool,
}

impl Look {
    /// The place of the first that somebody else has claimed for a part of this time.
    pub(super) fn first_taken(&self, during: Interval) -> Option<usize> {
        let taken = |it: &Wanted| it.taken.iter().any(|claim| claim.overlaps(during));
        self.wanted.iter().position(taken)
    }

    /// Everybody, every room and every terminal is there and not retired, and everybody may be what they are asked to be. Anybody may observe.
    pub(super) fn check_fit(&self) -> Result<(), Unfit> {
        for wanted in &self.wanted {
            let resource = &wanted.resource;
            if wanted.is_gone {
                return Err(Unfit::Unknown(resource.clone()));
            }
            let Some(Part { person_id, role, interprets }) = &wanted.part else { continue };
            if *role != Role::Observer && !wanted.has_role {
                return Err(Unfit::NotHeld { person_id: person_id.clone(), role: *role });
            }
            if let Some(pair) = interprets
                && (*role != Role::Interpreter || !wanted.has_pair)
            {
                let (person_id, pair) = (person_id.clone(), pair.clone());
                return Err(Unfit::NotInterpreting { person_id, pair });
            }
        }
        Ok(())
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    names: Option<String>,
    is_gone: i64,
    has_role: i64,
    has_pair: i64,
    /// Whether any holds have run out.
    run_out: i64,
    /// Starts, ends, and until when it is held.
    claims: Option<String>,
    /// Names of the organization of a person.
    site_names: Option<String>,
    /// Id of the organization of a room, or of the room of a terminal.
    site_id: Option<String>,
    terminal_kind: Option<String>,
    room_id: Option<String>,
}

impl Row {
    /// Where it belongs, taken out of the row.
    fn place(&mut self) -> Result<Option<Place>, StoreError> {
        if let Some(names) = names_if(self.site_names.take())? {
            return Ok(Some(Place::Person(names)));
        }
        let terminal = self.terminal_kind.take().zip(self.room_id.take());
        Ok(self.site_id.take().map(|organization_id| match terminal {
            Some((kind, room_id)) => Place::Terminal { kind, room_id, organization_id },
            None => Place::Room(organization_id),
        }))
    }
}

/// What `new` wants, with the claims of others from its start on that begin before `horizon`.
pub(super) async fn look(
    connection: &mut Connection,
    new: &NewSession,
    horizon: UnixS,
) -> Result<Look, StoreError> {
    let asked: Vec<(Resource, Option<&Part>)> = new.claims().collect();
    if asked.is_empty() {
        return Ok(Look { wanted: Vec::new(), horizon, known_until: horizon, has_run_out: true });
    }
    let mut query = sqlx::query_as(sqlx::AssertSqlSafe(question(asked.len())))
        .persistent(asked.len() <= KEPT_MAX)
        .bind(seconds(new.interval.start())?)
        .bind(seconds(horizon)?)
        .bind(&new.id)
        .bind(i64::try_from(CLAIMS_MAX).unwrap_or(i64::MAX))
        .bind(seconds(new.booked)?)
        .bind(new.hold.as_deref().unwrap_or_default())
        .bind("confirmed")
        .bind("held");
    for (resource, part) in &asked {
        query = query.bind(resource.claimed_as()).bind(&resource.id);
        query = query.bind(part.map_or("", |part| part.role.as_str()));
        let pair = part.and_then(|part| part.interprets.as_ref());
        query = query.bind(pair.map_or("", LanguagePair::as_str));
    }
    let rows: Vec<Row> = query.fetch_all(&mut *connection).await?;
    let mut known_until = horizon;
    let mut wanted = Vec::with_capacity(rows.len());
    let mut has_run_out = false;
    for ((resource, part), mut row) in asked.into_iter().zip(rows) {
        let place = row.place()?;
        let Row { names, is_gone, has_role, has_pair, run_out, claims, .. } = row;
        has_run_out |= run_out != 0;
        let claims = claims.as_deref().map(read_claims).transpose()?.unwrap_or_default();
        let held = claims.iter().filter_map(|(claim, until)| Some((*claim, (*until)?))).collect();
        let taken: Vec<Interval> = claims.into_iter().map(|(claim, _)| claim).collect();
        if let Some(last) = taken.get(CLAIMS_MAX - 1) {
            known_until = known_until.min(last.start());
        }
        wanted.push(Wanted {
            resource,
            part: part.cloned(),
            names: names_if(names)?,
            place,
            is_gone: is_gone != 0,
            has_role: has_role != 0,
            has_pair: has_pair != 0,
            taken,
            held,
        });
    }
    Ok(Look { wanted, horizon, known_until, has_run_out })
}

/// What is asked of so many resources. The claims of one come as one text: a row for each of them takes longer than all else. The
/// states are parameters for the sake of PostgreSQL's choice of an index (`clashes`).
fn question(count: usize) -> String {
    format!(
        "WITH wanted (kind, id, role, pair, place) AS (VALUES {})
         SELECT coalesce(person.names, room.names, terminal.names) AS names,
                CASE WHEN coalesce(person.id, room.id, terminal.id) IS NULL
                       OR coalesce(person.retired_s, room.retired_s, terminal.retired_s) IS NOT NULL
                     THEN 1 ELSE 0 END AS is_gone,
                CASE WHEN EXISTS (SELECT 1 FROM assignment WHERE person_id = wanted.id AND role = wanted.role)
                     THEN 1 ELSE 0 END AS has_role,
                CASE WHEN EXISTS (SELECT 1 FROM person_language WHERE person_id = wanted.id AND pair = wanted.pair)
                     THEN 1 ELSE 0 END AS has_pair,
                CASE WHEN EXISTS (SELECT 1 FROM hold WHERE until_s <= $5) THEN 1 ELSE 0 END AS run_out,
                (SELECT string_agg(starts_s || ' ' || ends_s || ' ' || until_s, ',' ORDER BY starts_s) FROM
                    (SELECT starts_s, ends_s,
                            coalesce((SELECT until_s FROM hold WHERE hold.id = claim.hold_id), 0) AS until_s FROM claim
                     WHERE resource_kind = wanted.kind AND resource_id = wanted.id AND state IN ($7, $8)
                       AND starts_s > $1 - 43200 AND starts_s < $2 AND ends_s > $1
                       AND (session_id <> $3 OR hold_id IN (SELECT id FROM hold WHERE until_s > $5 AND id <> $6))
                     ORDER BY starts_s LIMIT $4) AS near) AS claims,
                organization.names AS site_names, coalesce(room.organization_id, standing.organization_id) AS site_id,
                terminal.kind AS terminal_kind, terminal.room_id
         FROM wanted LEFT JOIN person ON wanted.kind = 'person' AND person.id = wanted.id
              LEFT JOIN organization ON organization.id = person.organization_id
              LEFT JOIN room ON wanted.kind = 'room' AND room.id = wanted.id
              LEFT JOIN terminal ON wanted.kind = 'terminal' AND terminal.id = wanted.id
              LEFT JOIN room AS standing ON standing.id = terminal.room_id
         ORDER BY place",
        places(9, count))
}

/// `($first, …, 0), (…, 1), …`: kind, id, role and pair of each, and its place.
fn places(first: usize, count: usize) -> String {
    let mut text = String::new();
    for place in 0..count {
        let (comma, at) = (if place == 0 { "" } else { ", " }, first + place * 4);
        let _ = write!(text, "{comma}(${at}, ${}, ${}, ${}, {place})", at + 1, at + 2, at + 3);
    }
    text
}

/// `start end until,start end until`; the last is 0 of what is booked.
fn read_claims(text: &str) -> Result<Vec<(Interval, Option<UnixS>)>, StoreError> {
    let number = |word: Option<&str>| {
        let read = word.and_then(|word| word.parse::<i64>().ok());
        read.ok_or_else(|| StoreError::Unreadable(format!("`{text}` are no claims")))
    };
    let claim = |text: &str| {
        let mut words = text.split(' ');
        let claim = interval(number(words.next())?, number(words.next())?)?;
        let until = point(number(words.next())?)?;
        Ok((claim, (until > UnixS(0)).then_some(until)))
    };
    text.split(',').map(claim).collect()
}
