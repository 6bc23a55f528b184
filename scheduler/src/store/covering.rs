//! What agreements cover: asked within the change that would use one, and counted from the sessions of cases.

use std::collections::BTreeSet;

use booking::{Interval, UnixS};
use consultation::{Agreement, Case, Day, Invitation, NotCovered, StepKind, covering};

use super::cases::{count, load};
use super::sessions::{seconds, word};
use super::{Connection, StoreError};

/// Which consultation is to be covered: when it begins, its day, and the month around it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cover {
    pub(crate) at: UnixS,
    pub(crate) day: Day,
    pub(crate) month: Interval,
    /// Whether it takes one of the month: what is moved within it does not.
    pub(crate) takes_one: bool,
}

/// An agreement by its state, its first and last day, and its month's most.
pub(super) fn agreement_of(
    (state, from, until, month_max): (String, i64, i64, Option<i64>),
) -> Result<Agreement, StoreError> {
    let (from, until) = (count(from)?, count(until)?);
    let month_max = month_max.map(count).transpose()?;
    Ok(Agreement { state: word(&state)?, from, until, month_max })
}

/// Whether `agreement` has `inviting` on its inviting side.
const INVITES: &str = "(agreement.inviting_kind = 'county'
    OR (agreement.inviting_kind = 'site' AND agreement.inviting_id = inviting.id)
    OR (agreement.inviting_kind = 'area'
        AND substr(coalesce(inviting.area_code, ''), 1, length(agreement.inviting_id)) = agreement.inviting_id))";

/// Cases between the sides of `agreement` whose session begins in `[$1, $2)`, or whose first opinion is of then where there is no
/// session; `more` is what else must hold.
pub(super) fn used(more: &str) -> String {
    format!(
        "(SELECT count(DISTINCT care_case.id) FROM care_case
          JOIN organization AS inviting ON inviting.id = care_case.organization_id
          JOIN care_case_doctor ON care_case_doctor.case_id = care_case.id AND invitation = 'accepted'
          LEFT JOIN session ON session.id = care_case.session_id AND session.state <> 'cancelled'
          LEFT JOIN care_case_opinion AS opinion ON opinion.case_id = care_case.id AND opinion.version = 1
          WHERE care_case_doctor.organization_id = agreement.invited_id AND {INVITES}
            AND coalesce(session.starts_s, opinion.signed_s) >= $1
            AND coalesce(session.starts_s, opinion.signed_s) < $2
            AND care_case.state <> 'cancelled' {more})"
    )
}

/// Whether the session of a case begins then. It may have been moved since it was read.
pub(super) async fn begins(
    change: &mut Connection,
    after: &Case,
    at: UnixS,
) -> Result<bool, StoreError> {
    let starts: Option<i64> =
        sqlx::query_scalar("SELECT starts_s FROM session WHERE id = $1 AND state <> 'cancelled'")
            .bind(after.kept().session.as_deref())
            .fetch_optional(change)
            .await?;
    Ok(starts == Some(seconds(at)?))
}

/// The first organization without an agreement: of all that are invited at a triage, and of those whose doctors have accepted
/// later, since nobody waits for the others. None if all are covered.
pub(super) async fn not_covered(
    change: &mut Connection,
    (step, after): (StepKind, &Case),
    of: (&str, Cover),
) -> Result<Option<(String, NotCovered)>, StoreError> {
    let kept = after.kept();
    let counts = |invitation| match step {
        StepKind::Triage => invitation != Invitation::Declined,
        _ => invitation == Invitation::Accepted,
    };
    let mut asked = BTreeSet::new();
    for it in kept.invited.iter().filter(|it| counts(it.invitation)) {
        let invited = &it.doctor.organization;
        if !asked.insert(invited) {
            continue;
        }
        let sides = (kept.inviting.organization.as_str(), invited.as_str());
        if let Some(why) = uncovered(change, sides, of).await? {
            return Ok(Some((invited.clone(), why)));
        }
    }
    Ok(None)
}

/// The same of the case that has this session, as that is moved.
pub(super) async fn moved_uncovered(
    change: &mut Connection,
    session_id: &str,
    cover: Cover,
) -> Result<Option<(String, NotCovered)>, StoreError> {
    let ids: Vec<String> = sqlx::query_scalar(
        "SELECT id FROM care_case WHERE session_id = $1 AND state <> 'cancelled'",
    )
    .bind(session_id)
    .fetch_all(&mut *change)
    .await?;
    for row in load(change, &ids).await? {
        let missing =
            not_covered(change, (StepKind::Schedule, &row.case), (&row.id, cover)).await?;
        if missing.is_some() {
            return Ok(missing);
        }
    }
    Ok(None)
}

/// Why this organization may not consult that one in this case, on this day; none if it may. Within a change, so that no two of
/// them use the last consultation of a month. A case that is given another session takes no second consultation.
async fn uncovered(
    change: &mut Connection,
    (inviting, invited): (&str, &str),
    (case_id, cover): (&str, Cover),
) -> Result<Option<NotCovered>, StoreError> {
    let text = format!(
        "SELECT state, from_day, until_day, month_max, {} AS booked
         FROM agreement JOIN organization AS inviting ON inviting.id = $3
         WHERE invited_id = $4 AND {INVITES} ORDER BY agreement.id",
        used("AND care_case.id <> $5")
    );
    let rows: Vec<(String, i64, i64, Option<i64>, i64)> = sqlx::query_as(sqlx::AssertSqlSafe(text))
        .bind(seconds(cover.month.start())?)
        .bind(seconds(cover.month.end())?)
        .bind(inviting)
        .bind(invited)
        .bind(case_id)
        .fetch_all(change)
        .await?;
    let read = |(state, from, until, month_max, booked): (String, i64, i64, Option<i64>, i64)| {
        let booked = if cover.takes_one { count(booked)? } else { 0 };
        Ok::<_, StoreError>((agreement_of((state, from, until, month_max))?, booked))
    };
    let agreements = rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(covering(&agreements, cover.day).err())
}
