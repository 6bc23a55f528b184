//! What a search for slots reads: who and what can be booked, by which rules, and when it is taken; and the holidays.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use booking::{Interval, UnixS};
use session::Names;

use super::names::names;
use super::sessions::{interval, seconds};
use super::{Keeper, Resource, Store, StoreError};

/// Someone or something that can be booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bookable {
    pub(crate) names: Names,
    /// Whose hours it keeps to beside its own.
    pub(crate) organization_id: String,
}

/// Row of a claim: place of its resource in what was asked for, start and end.
type ClaimRow = (i64, i64, i64);

/// The kinds of which availability is kept, each with the statement that keeps it if there is one of that id.
const KINDS: [(&str, &str); 4] = [
    (
        "person",
        "INSERT INTO availability (resource_kind, resource_id, rules, said_by, said_s)
         SELECT 'person', id, $1, $2, $3 FROM person WHERE id = $4
         ON CONFLICT (resource_kind, resource_id) DO UPDATE
         SET rules = excluded.rules, said_by = excluded.said_by, said_s = excluded.said_s",
    ),
    (
        "room",
        "INSERT INTO availability (resource_kind, resource_id, rules, said_by, said_s)
         SELECT 'room', id, $1, $2, $3 FROM room WHERE id = $4
         ON CONFLICT (resource_kind, resource_id) DO UPDATE
         SET rules = excluded.rules, said_by = excluded.said_by, said_s = excluded.said_s",
    ),
    (
        "terminal",
        "INSERT INTO availability (resource_kind, resource_id, rules, said_by, said_s)
         SELECT 'terminal', id, $1, $2, $3 FROM terminal WHERE id = $4
         ON CONFLICT (resource_kind, resource_id) DO UPDATE
         SET rules = excluded.rules, said_by = excluded.said_by, said_s = excluded.said_s",
    ),
    (
        "organization",
        "INSERT INTO availability (resource_kind, resource_id, rules, said_by, said_s)
         SELECT 'organization', id, $1, $2, $3 FROM organization WHERE id = $4
         ON CONFLICT (resource_kind, resource_id) DO UPDATE
         SET rules = excluded.rules, said_by = excluded.said_by, said_s = excluded.said_s",
    ),
];

impl Store {
    /// Keeps the rules of a person, a room, a terminal or an organization; `false` if there is none of this id.
    pub(crate) async fn put_rules(
        &self,
        of: &Keeper,
        rules: &str,
        (said_by, said): (&str, UnixS),
    ) -> Result<bool, StoreError> {
        let Some((_, statement)) = KINDS.iter().find(|(kind, _)| *kind == of.kept_as()) else {
            return Ok(false);
        };
        let statement =
            sqlx::query(*statement).bind(rules).bind(said_by).bind(seconds(said)?).bind(of.id());
        let done = self.once(statement).await?;
        Ok(done > 0)
    }

    /// The rules that were kept of each, by its place in `wanted`; who is not there has none.
    pub(crate) async fn rules(
        &self,
        wanted: &[Keeper],
    ) -> Result<BTreeMap<usize, String>, StoreError> {
        let text = format!(
            "{} SELECT place, rules FROM wanted CROSS JOIN availability
             WHERE resource_kind = wanted.kind AND resource_id = wanted.id",
            with_wanted(wanted.len())
        );
        let mut asked = sqlx::query_as(sqlx::AssertSqlSafe(text)).persistent(wanted.len() == 1);
        for keeper in wanted {
            asked = asked.bind(keeper.kept_as()).bind(keeper.id());
        }
        let rows: Vec<(i64, String)> = asked.fetch_all(&self.readers).await?;
        Ok(rows.into_iter().map(|(place, rules)| (place_of(place), rules)).collect())
    }

    /// Each of the people, rooms, terminals, organizations and their lines, by its place in `wanted`; who is not there is left out.
    pub(crate) async fn bookables(
        &self,
        wanted: &[Keeper],
    ) -> Result<BTreeMap<usize, Bookable>, StoreError> {
        let text = format!(
            "{} SELECT place, person.names, organization_id
             FROM wanted CROSS JOIN person WHERE wanted.kind = 'person' AND person.id = wanted.id
               AND person.retired_s IS NULL
             UNION ALL SELECT place, room.names, organization_id
             FROM wanted CROSS JOIN room WHERE wanted.kind = 'room' AND room.id = wanted.id AND room.retired_s IS NULL
             UNION ALL SELECT place, terminal.names, room.organization_id
             FROM wanted CROSS JOIN terminal JOIN room ON room.id = terminal.room_id
             WHERE wanted.kind = 'terminal' AND terminal.id = wanted.id AND terminal.retired_s IS NULL
             UNION ALL SELECT place, organization.names, organization.id
             FROM wanted CROSS JOIN organization
             WHERE wanted.kind IN ('organization', 'line') AND organization.id = wanted.id",
            with_wanted(wanted.len())
        );
        let mut asked = sqlx::query_as(sqlx::AssertSqlSafe(text)).persistent(false);
        for keeper in wanted {
            asked = asked.bind(keeper.kept_as()).bind(keeper.id());
        }
        let rows: Vec<(i64, String, String)> = asked.fetch_all(&self.readers).await?;
        let bookable = |(place, called, organization_id): (i64, String, String)| {
            Ok((place_of(place), Bookable { names: names(&called)?, organization_id }))
        };
        rows.into_iter().map(bookable).collect()
    }

    /// Who has which claims in `span`, but for those of one session and what one person holds at a time, as the places in
    /// `wanted` with the intervals; `None` if there are more than `most`.
    pub(crate) async fn claims(
        &self,
        wanted: &[Resource],
        span: Interval,
        (most, but): (usize, &str),
        (holder, now): (&str, UnixS),
    ) -> Result<Option<Vec<(usize, Interval)>>, StoreError> {
        let next = wanted.len() * 2 + 1;
        let (from, until, but_at, limit) = (next, next + 1, next + 2, next + 3);
        let (holder_at, now_at) = (next + 4, next + 5);
        // No claim is longer than 12 hours (migration 0001).
        let text = format!(
            "{} SELECT place, starts_s, ends_s FROM wanted CROSS JOIN claim
             WHERE resource_kind = wanted.kind AND resource_id = wanted.id AND state IN ('confirmed', 'held')
               AND starts_s > ${from} - 43200 AND starts_s < ${until} AND ends_s > ${from}
               AND (session_id <> ${but_at}
                    OR hold_id IN (SELECT id FROM hold WHERE until_s > ${now_at} AND held_by <> ${holder_at}))
             LIMIT ${limit}",
            with_wanted(wanted.len())
        );
        let mut asked = sqlx::query_as(sqlx::AssertSqlSafe(text)).persistent(false);
        for resource in wanted {
            asked = asked.bind(resource.claimed_as()).bind(&resource.id);
        }
        let rows: Vec<ClaimRow> = asked
            .bind(seconds(span.start())?)
            .bind(seconds(span.end())?)
            .bind(but)
            .bind(i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1))
            .bind(holder)
            .bind(seconds(now)?)
            .fetch_all(&self.readers)
            .await?;
        if rows.len() > most {
            return Ok(None);
        }
        let claims = rows
            .into_iter()
            .map(|(place, starts_s, ends_s)| Ok((place_of(place), interval(starts_s, ends_s)?)));
        claims.collect::<Result<_, StoreError>>().map(Some)
    }

    /// The years whose holidays the county said itself.
    pub(crate) async fn holiday_years(&self) -> Result<Vec<(i64, String)>, StoreError> {
        let rows = sqlx::query_as("SELECT year, days FROM holiday_year ORDER BY year");
        Ok(rows.fetch_all(&self.readers).await?)
    }

    /// Keeps the holidays of a year.
    pub(crate) async fn put_holiday_year(
        &self,
        year: i16,
        days: &str,
        (said_by, said): (&str, UnixS),
    ) -> Result<(), StoreError> {
        let statement = sqlx::query(
            "INSERT INTO holiday_year (year, days, said_by, said_s) VALUES ($1, $2, $3, $4)
             ON CONFLICT (year) DO UPDATE
             SET days = excluded.days, said_by = excluded.said_by, said_s = excluded.said_s",
        )
        .bind(i64::from(year))
        .bind(days)
        .bind(said_by)
        .bind(seconds(said)?);
        self.once(statement).await?;
        Ok(())
    }
}

/// A table `wanted` of as many kinds and ids, `$1` and `$2` and on, each with its place.
fn with_wanted(count: usize) -> String {
    let mut text = "WITH wanted (kind, id, place) AS (VALUES ".to_owned();
    for place in 0..count {
        let comma = if place == 0 { "" } else { ", " };
        let _ = write!(text, "{comma}(${}, ${}, {place})", 2 * place + 1, 2 * place + 2);
    }
    text.push(')');
    text
}

fn place_of(place: i64) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}
