//! Guests: who takes part in one session without a login. The store knows link, digits and browser of a guest by hashes.

use booking::UnixS;
use session::{Names, Role};

use super::reminder_ladders::{guest_climbs, leave};
use super::sessions::{point, seconds, word};
use super::{Connection, Organization, Store, StoreError};

/// Who takes part in one session without a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Guest {
    pub(crate) id: String,
    pub(crate) session_id: String,
    pub(crate) name: String,
    pub(crate) role: Role,
    /// At which site the guest takes part.
    pub(crate) organization: Organization,
    /// Where and since when the guest is in: SHA-256 of the browser's secret.
    pub(crate) used: Option<(String, UnixS)>,
    pub(crate) revoked: Option<UnixS>,
}

impl Guest {
    /// Who the guest is in the room.
    pub(crate) fn identity(&self) -> String {
        identity(&self.id)
    }
}

/// Before the id of a guest in the room, so that it is nobody's of the directory.
const PREFIX: &str = "guest-";

fn identity(id: &str) -> String {
    format!("{PREFIX}{id}")
}

/// A guest that is asked in.
#[derive(Debug, Clone)]
pub(crate) struct NewGuest {
    pub(crate) id: String,
    pub(crate) session_id: String,
    pub(crate) organization_id: String,
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) made_by: String,
    pub(crate) made: UnixS,
    pub(crate) link_sha256: String,
    pub(crate) digits_mac: String,
}

/// What became of a guest that was to be asked in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MadeGuest {
    Made,
    /// Another one has these digits.
    DigitsTaken,
    /// The session has as many as it may have.
    TooMany,
}

/// By what a guest is found.
#[derive(Debug, Clone, Copy)]
pub(crate) enum GuestBy<'a> {
    /// SHA-256 of the link's secret.
    Link(&'a str),
    /// MAC of the digits.
    Digits(&'a str),
    /// SHA-256 of the browser's secret, in a session of this id, or the one it came into last.
    Browser(&'a str, Option<&'a str>),
}

#[derive(sqlx::FromRow)]
struct GuestRow {
    id: String,
    session_id: String,
    name: String,
    role: String,
    organization_id: String,
    #[sqlx(try_from = "String")]
    organization_names: Names,
    organization_kind: String,
    browser_sha256: Option<String>,
    used_s: Option<i64>,
    revoked_s: Option<i64>,
}

impl GuestRow {
    fn guest(self) -> Result<Guest, StoreError> {
        let used_s = self.used_s.map(point).transpose()?;
        Ok(Guest {
            role: word(&self.role)?,
            organization: Organization {
                id: self.organization_id,
                names: self.organization_names,
                kind: self.organization_kind,
            },
            used: self.browser_sha256.zip(used_s),
            revoked: self.revoked_s.map(point).transpose()?,
            id: self.id,
            session_id: self.session_id,
            name: self.name,
        })
    }
}

/// Guests by a condition; one text each, as the store takes no text that is put together at run time.
macro_rules! guests_by {
    ($condition:literal) => {
        concat!(
            "SELECT guest.id, guest.session_id, guest.name, guest.role, guest.organization_id,
                    organization.names AS organization_names,
                    organization.kind AS organization_kind, guest.browser_sha256, guest.used_s, guest.revoked_s
             FROM guest JOIN organization ON organization.id = guest.organization_id WHERE ",
            $condition
        )
    };
}

impl Store {
    /// What the guest is called who is this in the room.
    pub(crate) async fn guest_called(&self, identity: &str) -> Result<Option<String>, StoreError> {
        guest_called(&mut *self.readers.acquire().await?, identity).await
    }

    /// Asks a guest in, if the session then has no more than `most`, revoked ones too.
    pub(crate) async fn make_guest(
        &self,
        guest: &NewGuest,
        most: i64,
    ) -> Result<MadeGuest, StoreError> {
        let mut change = self.change().await?;
        let there: i64 = sqlx::query_scalar("SELECT count(*) FROM guest WHERE session_id = $1")
            .bind(&guest.session_id)
            .fetch_one(&mut *change)
            .await?;
        if there >= most {
            return Ok(MadeGuest::TooMany);
        }
        // The digits of sessions that are over can be given again.
        sqlx::query(
            "UPDATE guest SET digits_mac = NULL WHERE digits_mac IS NOT NULL AND session_id IN
                (SELECT id FROM session WHERE ends_s <= $1 OR ended_s IS NOT NULL OR state = 'cancelled')",
        )
        .bind(seconds(guest.made)?)
        .execute(&mut *change)
        .await?;
        let made = sqlx::query(
            "INSERT INTO guest (id, session_id, organization_id, name, role, made_by, made_s, link_sha256, digits_mac)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (digits_mac) DO NOTHING",
        )
        .bind(&guest.id)
        .bind(&guest.session_id)
        .bind(&guest.organization_id)
        .bind(&guest.name)
        .bind(guest.role.as_str())
        .bind(&guest.made_by)
        .bind(seconds(guest.made)?)
        .bind(&guest.link_sha256)
        .bind(&guest.digits_mac)
        .execute(&mut *change)
        .await?;
        if made.rows_affected() == 1 {
            let who = (identity(&guest.id), guest.organization_id.as_str());
            guest_climbs(&mut change, &guest.session_id, (&who.0, who.1), guest.made).await?;
        }
        change.commit().await?;
        Ok(if made.rows_affected() == 1 { MadeGuest::Made } else { MadeGuest::DigitsTaken })
    }

    /// The guests of a session in the order in which they were asked in, revoked ones too.
    pub(crate) async fn guests(&self, session_id: &str) -> Result<Vec<Guest>, StoreError> {
        let rows: Vec<GuestRow> =
            sqlx::query_as(guests_by!("guest.session_id = $1 ORDER BY guest.id"))
                .bind(session_id)
                .fetch_all(&self.readers)
                .await?;
        rows.into_iter().map(GuestRow::guest).collect()
    }

    /// The guest that is found by this.
    pub(crate) async fn guest(&self, by: GuestBy<'_>) -> Result<Option<Guest>, StoreError> {
        let (text, value, session_id) = match by {
            GuestBy::Link(sha256) => {
                (guests_by!("guest.link_sha256 = $1 AND $2 = ''"), sha256, None)
            }
            GuestBy::Digits(mac) => (guests_by!("guest.digits_mac = $1 AND $2 = ''"), mac, None),
            GuestBy::Browser(sha256, session_id) => (
                guests_by!(
                    "guest.browser_sha256 = $1 AND ($2 = '' OR guest.session_id = $2)
                     ORDER BY guest.used_s DESC, guest.id DESC LIMIT 1"
                ),
                sha256,
                session_id,
            ),
        };
        let row: Option<GuestRow> = sqlx::query_as(text)
            .bind(value)
            .bind(session_id.unwrap_or_default())
            .fetch_optional(&self.readers)
            .await?;
        row.map(GuestRow::guest).transpose()
    }

    /// How many tickets digits could open now: those that nobody has used, of sessions that are open from `opens` seconds
    /// before their start until their end.
    pub(crate) async fn guests_awaited(&self, now: UnixS, opens_s: u64) -> Result<u64, StoreError> {
        let count: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM guest JOIN session ON session.id = guest.session_id
             WHERE guest.digits_mac IS NOT NULL AND guest.used_s IS NULL AND guest.revoked_s IS NULL
               AND session.state = 'scheduled' AND session.ended_s IS NULL AND session.starts_s <= $1 AND session.ends_s > $2",
        )
        .bind(seconds(now.plus(opens_s))?)
        .bind(seconds(now)?)
        .fetch_one(&self.readers)
        .await?;
        Ok(count.unsigned_abs())
    }

    /// Binds a guest's ticket to the browser that came first; `false` if it is another's, or revoked. Of many at once one
    /// comes in, and the same one again as often as it likes.
    pub(crate) async fn bind_guest(
        &self,
        id: &str,
        browser_sha256: &str,
        now: UnixS,
    ) -> Result<bool, StoreError> {
        let statement = sqlx::query(
            "UPDATE guest SET browser_sha256 = $1, used_s = coalesce(used_s, $2)
             WHERE id = $3 AND revoked_s IS NULL AND (browser_sha256 IS NULL OR browser_sha256 = $4)",
        )
        .bind(browser_sha256)
        .bind(seconds(now)?)
        .bind(id)
        .bind(browser_sha256);
        let bound = self.once(statement).await?;
        Ok(bound == 1)
    }

    /// Lets a guest of a session in no more; `false` if it has no such guest. Twice is the same as once.
    pub(crate) async fn revoke_guest(
        &self,
        session_id: &str,
        id: &str,
        now: UnixS,
    ) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let revoked = sqlx::query(
            "UPDATE guest SET revoked_s = coalesce(revoked_s, $1) WHERE id = $2 AND session_id = $3",
        )
        .bind(seconds(now)?)
        .bind(id)
        .bind(session_id)
        .execute(&mut *change)
        .await?;
        leave(&mut change, session_id, &identity(id), now).await?;
        change.commit().await?;
        Ok(revoked.rows_affected() == 1)
    }

    /// The guests of a session whose room tokens hold no more, by their identities, with the last second of those tokens.
    pub(crate) async fn guests_ended(
        &self,
        session_id: &str,
    ) -> Result<Vec<(String, UnixS)>, StoreError> {
        let rows: Vec<(String, i64)> = sqlx::query_as(
            "SELECT id, revoked_s FROM guest WHERE session_id = $1 AND revoked_s IS NOT NULL AND used_s IS NOT NULL
             ORDER BY id",
        )
        .bind(session_id)
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(|(id, revoked_s)| Ok((identity(&id), point(revoked_s)?))).collect()
    }
}

/// Who the pupils are in the room that come to this session by a ticket.
pub(super) async fn pupils_asked_in(
    look: &mut Connection,
    session_id: &str,
) -> Result<Vec<String>, StoreError> {
    let ids: Vec<String> = sqlx::query_scalar(
        "SELECT id FROM guest WHERE session_id = $1 AND role = $2 AND revoked_s IS NULL ORDER BY made_s, id",
    )
    .bind(session_id)
    .bind(Role::Pupil.as_str())
    .fetch_all(&mut *look)
    .await?;
    Ok(ids.iter().map(|id| identity(id)).collect())
}

/// What the guest is called who is this in the room.
pub(super) async fn guest_called(
    look: &mut Connection,
    identity: &str,
) -> Result<Option<String>, StoreError> {
    let Some(id) = identity.strip_prefix(PREFIX) else { return Ok(None) };
    let name = sqlx::query_scalar("SELECT name FROM guest WHERE id = $1").bind(id);
    Ok(name.fetch_optional(&mut *look).await?)
}
