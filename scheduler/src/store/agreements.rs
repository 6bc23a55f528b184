//! Agreements: who may consult whom, from when to when, how often a month; and what of it was used.

use booking::{Interval, UnixS};
use consultation::{Agreement, AgreementState, AgreementStep, Day, NotThatStep};
use session::Names;
use sqlx::any::{Any, AnyArguments};
use sqlx::query::Query;

use super::cases::count;
use super::covering::{agreement_of, used};
use super::events::Act;
use super::names::{names_if, one_name};
use super::sessions::{point, seconds, word};
use super::{Connection, Store, StoreError};

/// Most agreements of a county, ended ones too.
pub(crate) const AGREEMENTS_MAX: i64 = 5_000;
/// Most changes of one agreement, before its end.
pub(crate) const AGREEMENT_CHANGES_MAX: i64 = 200;

/// What is written in an agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AgreementTerms {
    /// `site`, `area` or `county`.
    pub(crate) inviting_kind: String,
    /// Id of the organization or code of the area; empty of the county.
    pub(crate) inviting_id: String,
    pub(crate) invited_id: String,
    pub(crate) from: Day,
    pub(crate) until: Day,
    pub(crate) month_max: Option<u32>,
    pub(crate) paper: String,
}

/// An agreement as it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeptAgreement {
    pub(crate) id: String,
    pub(crate) version: i64,
    pub(crate) state: AgreementState,
    pub(crate) terms: AgreementTerms,
    /// Of the organization or area; none of the county.
    pub(crate) inviting_names: Option<Names>,
    pub(crate) invited_names: Names,
    pub(crate) changed: UnixS,
    /// Consultations of its sides in the month that was asked for: booked, and with a signed opinion.
    pub(crate) booked: u32,
    pub(crate) delivered: u32,
}

/// What became of a change of an agreement.
#[derive(Debug)]
pub(crate) enum ChangedAgreement {
    /// Done; the id is that of the agreement.
    Done(String),
    /// There are as many as may be.
    TooMany,
    /// It was changed as often as may be; it can still be ended.
    TooOften,
    /// One of its sides is not there.
    NoSuchSide(&'static str),
    /// The agreement is of another version.
    Meanwhile,
    /// It is signed already: only drafts are written anew.
    NotADraft,
    Step(NotThatStep),
    Unknown,
}

#[derive(sqlx::FromRow)]
struct AgreementRow {
    id: String,
    version: i64,
    state: String,
    inviting_kind: String,
    inviting_id: String,
    site_names: Option<String>,
    area_name: Option<String>,
    invited_id: String,
    #[sqlx(try_from = "String")]
    invited_names: Names,
    from_day: i64,
    until_day: i64,
    month_max: Option<i64>,
    paper: String,
    changed_s: i64,
    booked: i64,
    delivered: i64,
}

impl AgreementRow {
    fn kept(self) -> Result<KeptAgreement, StoreError> {
        let terms = AgreementTerms {
            inviting_kind: self.inviting_kind,
            inviting_id: self.inviting_id,
            invited_id: self.invited_id,
            from: count(self.from_day)?,
            until: count(self.until_day)?,
            month_max: self.month_max.map(count).transpose()?,
            paper: self.paper,
        };
        let area = self.area_name.map(one_name).transpose()?;
        Ok(KeptAgreement {
            id: self.id,
            version: self.version,
            state: word(&self.state)?,
            terms,
            inviting_names: names_if(self.site_names)?.or(area),
            invited_names: self.invited_names,
            changed: point(self.changed_s)?,
            booked: count(self.booked)?,
            delivered: count(self.delivered)?,
        })
    }
}

fn selected(which: &str) -> String {
    format!(
        "SELECT agreement.id, version, state, inviting_kind, inviting_id,
                site.names AS site_names, area.name AS area_name, invited_id, invited.names AS invited_names, from_day,
                until_day, month_max, paper, changed_s, {} AS booked, {} AS delivered
         FROM agreement JOIN organization AS invited ON invited.id = invited_id
              LEFT JOIN organization AS site ON inviting_kind = 'site' AND site.id = agreement.inviting_id
              LEFT JOIN area ON inviting_kind = 'area' AND area.code = agreement.inviting_id
         WHERE {which}",
        used(""),
        used("AND care_case.opinions > 0")
    )
}

impl Store {
    /// Agreements after the one of this id, at most `most`, with what was used of each in this month.
    pub(crate) async fn agreements(
        &self,
        month: Interval,
        after: Option<&str>,
        most: usize,
    ) -> Result<Vec<KeptAgreement>, StoreError> {
        let text = format!(
            "{} ORDER BY agreement.id LIMIT $4",
            selected("($3 IS NULL OR agreement.id > $3)")
        );
        let rows: Vec<AgreementRow> = sqlx::query_as(sqlx::AssertSqlSafe(text))
            .bind(seconds(month.start())?)
            .bind(seconds(month.end())?)
            .bind(after)
            .bind(i64::try_from(most).unwrap_or(i64::MAX))
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter().map(AgreementRow::kept).collect()
    }

    /// The agreement of this id.
    pub(crate) async fn agreement(
        &self,
        id: &str,
        month: Interval,
    ) -> Result<Option<KeptAgreement>, StoreError> {
        let row: Option<AgreementRow> =
            sqlx::query_as(sqlx::AssertSqlSafe(selected("agreement.id = $3")))
                .bind(seconds(month.start())?)
                .bind(seconds(month.end())?)
                .bind(id)
                .fetch_optional(&self.readers)
                .await?;
        row.map(AgreementRow::kept).transpose()
    }

    /// Writes a draft, unless there is an agreement of this id: of two first starts at once one makes that of the demo.
    pub(crate) async fn draft_agreement(
        &self,
        id: &str,
        terms: &AgreementTerms,
        act: &Act<'_>,
    ) -> Result<ChangedAgreement, StoreError> {
        let mut change = self.change().await?;
        if let Some(side) = missing_side(&mut change, terms).await? {
            return Ok(ChangedAgreement::NoSuchSide(side));
        }
        let all: i64 =
            sqlx::query_scalar("SELECT count(*) FROM agreement").fetch_one(&mut *change).await?;
        if all >= AGREEMENTS_MAX {
            return Ok(ChangedAgreement::TooMany);
        }
        let insert = sqlx::query(
            "INSERT INTO agreement (inviting_kind, inviting_id, invited_id, from_day, until_day, month_max, paper, id,
                                    version, state, changed_s)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, 'draft', $9) ON CONFLICT (id) DO NOTHING",
        );
        let insert = with_terms(insert, terms).bind(id).bind(seconds(act.at)?);
        let made = insert.execute(&mut *change).await?;
        if made.rows_affected() > 0 {
            tell(&mut change, (id, "draft"), act).await?;
        }
        change.commit().await?;
        Ok(ChangedAgreement::Done(id.to_owned()))
    }

    /// Writes a draft anew, or takes a step of an agreement, if its version `fits`.
    pub(crate) async fn change_agreement(
        &self,
        (id, fits): (&str, impl Fn(i64) -> bool + Send),
        to: AgreementChange<'_>,
        act: &Act<'_>,
    ) -> Result<ChangedAgreement, StoreError> {
        let mut change = self.change().await?;
        let Some((version, agreement)) = load(&mut change, id).await? else {
            return Ok(ChangedAgreement::Unknown);
        };
        if !fits(version) {
            return Ok(ChangedAgreement::Meanwhile);
        }
        let ends = matches!(to, AgreementChange::Step(AgreementStep::End));
        if version >= AGREEMENT_CHANGES_MAX && !ends {
            return Ok(ChangedAgreement::TooOften);
        }
        let kind = match to {
            AgreementChange::Terms(terms) => {
                if agreement.state != AgreementState::Draft {
                    return Ok(ChangedAgreement::NotADraft);
                }
                if let Some(side) = missing_side(&mut change, terms).await? {
                    return Ok(ChangedAgreement::NoSuchSide(side));
                }
                let update = sqlx::query(
                    "UPDATE agreement SET inviting_kind = $1, inviting_id = $2, invited_id = $3, from_day = $4,
                                          until_day = $5, month_max = $6, paper = $7
                     WHERE id = $8",
                );
                with_terms(update, terms).bind(id).execute(&mut *change).await?;
                "draft"
            }
            AgreementChange::Step(step) => {
                let state = match agreement.take(step) {
                    Ok(state) => state,
                    Err(why) => return Ok(ChangedAgreement::Step(why)),
                };
                sqlx::query("UPDATE agreement SET state = $1 WHERE id = $2")
                    .bind(state.as_str())
                    .bind(id)
                    .execute(&mut *change)
                    .await?;
                step.as_str()
            }
        };
        sqlx::query("UPDATE agreement SET version = version + 1, changed_s = $1 WHERE id = $2")
            .bind(seconds(act.at)?)
            .bind(id)
            .execute(&mut *change)
            .await?;
        tell(&mut change, (id, kind), act).await?;
        change.commit().await?;
        Ok(ChangedAgreement::Done(id.to_owned()))
    }
}

/// What is to be changed of an agreement.
#[derive(Debug, Clone, Copy)]
pub(crate) enum AgreementChange<'a> {
    Terms(&'a AgreementTerms),
    Step(AgreementStep),
}

async fn load(change: &mut Connection, id: &str) -> Result<Option<(i64, Agreement)>, StoreError> {
    let row: Option<(i64, String, i64, i64, Option<i64>)> = sqlx::query_as(
        "SELECT version, state, from_day, until_day, month_max FROM agreement WHERE id = $1",
    )
    .bind(id)
    .fetch_optional(change)
    .await?;
    let read = |(version, state, from, until, month_max): (i64, String, i64, i64, Option<i64>)| {
        Ok((version, agreement_of((state, from, until, month_max))?))
    };
    row.map(read).transpose()
}

/// `$1` to `$7` of a statement are what is written in an agreement.
fn with_terms<'q>(
    statement: Query<'q, Any, AnyArguments>,
    terms: &'q AgreementTerms,
) -> Query<'q, Any, AnyArguments> {
    statement
        .bind(&terms.inviting_kind)
        .bind(&terms.inviting_id)
        .bind(&terms.invited_id)
        .bind(i64::from(terms.from))
        .bind(i64::from(terms.until))
        .bind(terms.month_max.map(i64::from))
        .bind(&terms.paper)
}

/// The member that names a side which is not there.
async fn missing_side(
    change: &mut Connection,
    terms: &AgreementTerms,
) -> Result<Option<&'static str>, StoreError> {
    let there = async |change: &mut Connection, text: &'static str, id: &str| {
        let found: Option<String> =
            sqlx::query_scalar(text).bind(id).fetch_optional(change).await?;
        Ok::<_, StoreError>(found.is_some())
    };
    let site = "SELECT id FROM organization WHERE id = $1 AND retired_s IS NULL";
    if !there(change, site, &terms.invited_id).await? {
        return Ok(Some("invitedId"));
    }
    let inviting = match terms.inviting_kind.as_str() {
        "site" => there(change, site, &terms.inviting_id).await?,
        "area" => {
            there(change, "SELECT code FROM area WHERE code = $1", &terms.inviting_id).await?
        }
        _ => true,
    };
    Ok((!inviting).then_some("inviting"))
}

/// Adds an event of an agreement.
async fn tell(
    change: &mut Connection,
    (id, kind): (&str, &str),
    act: &Act<'_>,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO agreement_event (agreement_id, number, kind, at_s, by_id, reason)
         SELECT $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5 FROM agreement_event WHERE agreement_id = $1",
    )
    .bind(id)
    .bind(kind)
    .bind(seconds(act.at)?)
    .bind(act.by)
    .bind(act.reason)
    .execute(change)
    .await?;
    Ok(())
}
