//! Booking lines: what each site of a session takes and may have, in the transaction of the booking.

use booking::{Interval, LineClaim, LineSite, Listener, Misfit, Offer, UnixS};
use session::{Mode, Names};

use super::lines::{BookableLine, But, CLAIMS_MAX, claims, full_or, line};
use super::receptions::reception_of;
use super::sessions::seconds;
use super::texts::placeholders;
use super::wanted::{Claimant, KEPT_MAX};
use super::{Connection, NewSession, Part, Reception, Store, StoreError};

/// A site of a session, with all that decides what its people may have.
#[derive(Debug, Clone)]
pub(crate) struct SiteOutlook {
    pub(crate) organization: SiteName,
    pub(crate) people: Vec<Listener>,
    /// `None` where nothing is known of it, and nothing bounds it.
    pub(crate) line: Option<BookableLine>,
    pub(crate) reception: Reception,
    /// The mode that was asked for, or the most that its people may have.
    pub(crate) wanted: Mode,
    /// Megabytes that receipts and claims leave of the month; `None` without a bound.
    pub(crate) month_left_mb: Option<u32>,
    claims: Vec<LineClaim>,
    chosen: bool,
}

/// An organization by its id and what people call it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct SiteName {
    pub(crate) id: String,
    #[sqlx(try_from = "String")]
    pub(crate) names: Names,
}

/// A site whose line or month cannot take what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SiteMisfit {
    pub(crate) organization: SiteName,
    pub(crate) wanted: Offer,
    pub(crate) why: Misfit,
    /// The modes that fit, the greatest first.
    pub(crate) fitting: Vec<Mode>,
}

/// Why no line was booked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LineRefused {
    #[error("a line cannot carry it")]
    Full(Vec<SiteMisfit>),
    #[error("nobody of the organization {0} takes part")]
    NotInSession(String),
    #[error("the people of {organization_id} may have {most} at most")]
    AboveMost { organization_id: String, most: Mode },
    #[error("there is no person {0}")]
    NoPerson(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for LineRefused {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl SiteOutlook {
    /// What its people may have in a session of this interval, the most first, and whether it fits.
    pub(crate) fn offers(&self, interval: Interval) -> Vec<Offer> {
        self.site().offers(self.reception.mode_most, interval)
    }

    /// Whether the mode that is wanted fits.
    pub(crate) fn fits(&self, interval: Interval) -> bool {
        self.site().offer(self.wanted, interval).misfit.is_none()
    }

    /// When the line is too full for the mode that is wanted.
    pub(super) fn full(&self, wanted: Interval, within: Interval) -> Vec<Interval> {
        let load = self.site().offer(self.wanted, wanted).load;
        let capacity = self.line.clone().unwrap_or_default().capacity;
        let excesses = booking::excesses(&self.claims, load, capacity, within);
        excesses.iter().map(|excess| excess.interval).collect()
    }

    /// Up to when the claims that were read are all of them.
    pub(super) fn known_until(&self, horizon: UnixS) -> UnixS {
        let full = self.claims.len() >= CLAIMS_MAX;
        self.claims.last().filter(|_| full).map_or(horizon, |last| last.interval.start())
    }

    fn site(&self) -> LineSite<'_> {
        let capacity = self.line.as_ref().map(|line| line.capacity).unwrap_or_default();
        // A site that has no line in the book is bounded by nothing, not by the month either.
        let month_left_mb = self.month_left_mb.filter(|_| self.line.is_some());
        LineSite { people: &self.people, capacity, claims: &self.claims, month_left_mb }
    }
}

impl Store {
    /// What every site of a session that is not booked yet would take and may have; what its booker holds counts for free.
    pub(crate) async fn outlook(&self, new: &NewSession) -> Result<Vec<SiteOutlook>, LineRefused> {
        let mut connection = self.readers.acquire().await?;
        outlook(&mut connection, new, (new.interval, &new.booked_by)).await
    }
}

/// Books or holds the lines of all sites of a session that is being written, or says why not.
pub(super) async fn book(
    change: &mut Connection,
    (new, claimant): (&NewSession, Claimant),
) -> Result<(), LineRefused> {
    let mut misfits = Vec::new();
    for site in outlook(change, new, (new.interval, "")).await? {
        if site.line.is_none() && !site.chosen {
            continue;
        }
        let offers = site.offers(new.interval);
        let Some(offer) = offers.iter().find(|offer| offer.mode == site.wanted) else { continue };
        match offer.misfit {
            None => match claimant {
                Claimant::Session => {
                    insert_claim(change, new, &site.organization.id, offer).await?
                }
                Claimant::Hold => insert_hold(change, new, &site.organization.id, offer).await?,
            },
            Some(why) => {
                let fitting = offers.iter().filter(|it| it.misfit.is_none()).map(|it| it.mode);
                let (fitting, wanted) = (fitting.collect(), *offer);
                let organization = site.organization;
                misfits.push(SiteMisfit { organization, wanted, why, fitting });
            }
        }
    }
    if misfits.is_empty() { Ok(()) } else { Err(LineRefused::Full(misfits)) }
}

/// Gives back what a session has booked of lines.
pub(super) async fn release(change: &mut Connection, session_id: &str) -> Result<(), StoreError> {
    sqlx::query("UPDATE line_claim SET state = 'released' WHERE session_id = $1")
        .bind(session_id)
        .execute(change)
        .await?;
    Ok(())
}

/// The sites of a session in the order of their ids, with what is booked and held on their lines in `within`, but not by `holder`.
pub(super) async fn outlook(
    connection: &mut Connection,
    new: &NewSession,
    (within, holder): (Interval, &str),
) -> Result<Vec<SiteOutlook>, LineRefused> {
    let mut outlooks = Vec::new();
    let hold = new.hold.as_deref().unwrap_or_default();
    let but = But { session: &new.id, hold, holder, now: new.booked };
    for site in sites(connection, &new.participants).await? {
        let Site { organization, people, reception, has_line } = site;
        let chosen = new.lines.modes.iter().find(|(id, _)| *id == organization.id);
        let most = reception.mode_most;
        let wanted = chosen.map_or(most, |(_, mode)| *mode);
        if wanted < most {
            return Err(LineRefused::AboveMost { organization_id: organization.id, most });
        }
        let line = match has_line {
            true => line(&mut *connection, &organization.id).await?,
            false => None,
        };
        let claims = match line {
            Some(_) => claims(&mut *connection, &organization.id, within, but).await?,
            None => Vec::new(),
        };
        let month_left_mb =
            month_left_mb(&mut *connection, (&organization.id, holder), &reception, new).await?;
        let chosen = chosen.is_some();
        outlooks.push(SiteOutlook {
            organization,
            people,
            line,
            reception,
            wanted,
            month_left_mb,
            claims,
            chosen,
        });
    }
    let known = |id: &str| outlooks.iter().any(|site| site.organization.id == id);
    match new.lines.modes.iter().find(|(id, _)| !known(id)) {
        Some((id, _)) => Err(LineRefused::NotInSession(id.clone())),
        None => Ok(outlooks),
    }
}

/// A site and its people in a session.
struct Site {
    organization: SiteName,
    people: Vec<Listener>,
    reception: Reception,
    has_line: bool,
}

#[derive(sqlx::FromRow)]
struct SiteRow {
    person_id: String,
    #[sqlx(flatten)]
    organization: SiteName,
    mode: Option<String>,
    mode_most: Option<String>,
    session_mb: Option<i64>,
    month_mb: Option<i64>,
    has_line: i64,
}

impl SiteRow {
    fn site(&self, person: Listener) -> Result<Site, StoreError> {
        let modes = self.mode.clone().zip(self.mode_most.clone());
        let said = modes.map(|(mode, most)| (mode, most, self.session_mb, self.month_mb));
        Ok(Site {
            organization: self.organization.clone(),
            people: vec![person],
            reception: reception_of(said)?,
            has_line: self.has_line != 0,
        })
    }
}

/// Whose line the participants are on: organizations in the order of their ids, each with its people.
async fn sites(
    connection: &mut Connection,
    participants: &[Part],
) -> Result<Vec<Site>, LineRefused> {
    let speakers = participants.iter().filter(|it| it.role.publishes()).count();
    let speakers = u32::try_from(speakers).unwrap_or(u32::MAX);
    let rows = site_rows(connection, participants).await?;
    let mut sites: Vec<Site> = Vec::new();
    for Part { person_id, role, .. } in participants {
        let row = rows.iter().find(|row| row.person_id == *person_id);
        let row = row.ok_or_else(|| LineRefused::NoPerson(person_id.clone()))?;
        let speaks = role.publishes();
        let person = Listener { speaks, speakers: speakers.saturating_sub(speaks.into()) };
        match sites.binary_search_by(|known| known.organization.id.cmp(&row.organization.id)) {
            Ok(at) => sites.get_mut(at).into_iter().for_each(|site| site.people.push(person)),
            Err(at) => sites.insert(at, row.site(person)?),
        }
    }
    Ok(sites)
}

/// All of it by one statement: bookings wait for each other while it is asked.
async fn site_rows(
    connection: &mut Connection,
    people: &[Part],
) -> Result<Vec<SiteRow>, StoreError> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT person.id AS person_id, organization.id, organization.names,
                mode, mode_most, session_mb, month_mb,
                CASE WHEN line.organization_id IS NULL THEN 0 ELSE 1 END AS has_line
         FROM person JOIN organization ON organization.id = person.organization_id
              LEFT JOIN reception ON reception.organization_id = organization.id
              LEFT JOIN line ON line.organization_id = organization.id
         WHERE person.id IN ({})",
        placeholders(1, people.len(), 1)
    )))
    .persistent(people.len() <= KEPT_MAX);
    for part in people {
        query = query.bind(&part.person_id);
    }
    Ok(query.fetch_all(&mut *connection).await?)
}

async fn insert_claim(
    change: &mut Connection,
    new: &NewSession,
    organization_id: &str,
    offer: &Offer,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO line_claim (session_id, organization_id, starts_s, ends_s, mode, down_kbps, up_kbps, megabytes, state)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'confirmed')
         ON CONFLICT (session_id, organization_id) DO UPDATE SET starts_s = excluded.starts_s, ends_s = excluded.ends_s,
            mode = excluded.mode, down_kbps = excluded.down_kbps, up_kbps = excluded.up_kbps,
            megabytes = excluded.megabytes, state = excluded.state",
    )
    .bind(&new.id)
    .bind(organization_id)
    .bind(seconds(new.interval.start())?)
    .bind(seconds(new.interval.end())?)
    .bind(offer.mode.as_str())
    .bind(i64::from(offer.load.down_kbps))
    .bind(i64::from(offer.load.up_kbps))
    .bind(i64::from(offer.megabytes))
    .execute(change)
    .await
    .map_err(full_or)?;
    Ok(())
}

async fn insert_hold(
    change: &mut Connection,
    new: &NewSession,
    organization_id: &str,
    offer: &Offer,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO line_hold (hold_id, organization_id, starts_s, ends_s, down_kbps, up_kbps, megabytes)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&new.id)
    .bind(organization_id)
    .bind(seconds(new.interval.start())?)
    .bind(seconds(new.interval.end())?)
    .bind(i64::from(offer.load.down_kbps))
    .bind(i64::from(offer.load.up_kbps))
    .bind(i64::from(offer.megabytes))
    .execute(change)
    .await
    .map_err(full_or)?;
    Ok(())
}

/// Megabytes of the month that receipts and bookings leave to a site; `None` without a bound.
async fn month_left_mb(
    connection: &mut Connection,
    (organization_id, holder): (&str, &str),
    reception: &Reception,
    new: &NewSession,
) -> Result<Option<u32>, StoreError> {
    let Some((month_mb, month)) = reception.month_mb.zip(new.lines.month) else { return Ok(None) };
    let taken = month_taken(connection, (organization_id, holder), month, new).await?;
    let left = (u64::from(month_mb) * 1_000_000).saturating_sub(taken) / 1_000_000;
    Ok(Some(u32::try_from(left).unwrap_or(u32::MAX)))
}

/// The bytes of a month that are gone or promised: what receipts tell of sessions that are over, and what sessions to come and
/// those that run have booked, and others than `holder` hold.
async fn month_taken(
    connection: &mut Connection,
    (organization_id, holder): (&str, &str),
    month: Interval,
    new: &NewSession,
) -> Result<u64, StoreError> {
    let used: i64 = sqlx::query_scalar(
        "SELECT CAST(coalesce(sum(bytes), 0) AS BIGINT)
         FROM attendance JOIN session ON session.id = session_id JOIN person ON person.id = identity
         WHERE organization_id = $1 AND starts_s >= $2 AND starts_s < $3
           AND NOT EXISTS (SELECT 1 FROM line_claim AS booked WHERE booked.session_id = session.id
                           AND booked.organization_id = $1 AND booked.state = 'confirmed' AND booked.ends_s > $4)",
    )
    .bind(organization_id)
    .bind(seconds(month.start())?)
    .bind(seconds(month.end())?)
    .bind(seconds(new.booked)?)
    .fetch_one(&mut *connection)
    .await?;
    let promised: i64 = sqlx::query_scalar(
        "SELECT CAST(coalesce((SELECT sum(megabytes) FROM line_claim
                               WHERE organization_id = $1 AND state = 'confirmed' AND starts_s >= $2 AND starts_s < $3
                                 AND ends_s > $4 AND session_id <> $5), 0)
                   + coalesce((SELECT sum(megabytes) FROM line_hold
                               WHERE organization_id = $1 AND starts_s >= $2 AND starts_s < $3 AND ends_s > $4
                                 AND hold_id IN (SELECT id FROM hold WHERE until_s > $4 AND id <> $6 AND held_by <> $7)), 0) AS BIGINT)",
    )
    .bind(organization_id)
    .bind(seconds(month.start())?)
    .bind(seconds(month.end())?)
    .bind(seconds(new.booked)?)
    .bind(&new.id)
    .bind(new.hold.as_deref().unwrap_or_default())
    .bind(holder)
    .fetch_one(&mut *connection)
    .await?;
    Ok(used.unsigned_abs().saturating_add(promised.unsigned_abs().saturating_mul(1_000_000)))
}
