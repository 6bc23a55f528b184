//! In which browsers people have come in. The store knows a login by the SHA-256 of its secret.

use booking::UnixS;

use super::sessions::seconds;
use super::{Connection, Store, StoreError};

/// A login that begins.
#[derive(Debug, Clone)]
pub(crate) struct NewLogin {
    pub(crate) sha256: String,
    pub(crate) begins: UnixS,
    pub(crate) ends: UnixS,
    /// Most logins that the person then has; those idle for longest end.
    pub(crate) most: u32,
}

/// Whose login it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Login {
    pub(crate) person_id: String,
    /// When it was last noted that it was used.
    pub(crate) seen: UnixS,
}

impl Store {
    /// The login of this secret, if it goes on at `now`: not ended, used within `idle_s`, and of an account that is not
    /// disabled.
    pub(crate) async fn login(
        &self,
        sha256: &str,
        now: UnixS,
        idle_s: u64,
    ) -> Result<Option<Login>, StoreError> {
        let row: Option<(String, i64)> = sqlx::query_as(
            "SELECT login.person_id, login.seen_s FROM login
             JOIN account ON account.person_id = login.person_id
             WHERE login.sha256 = $1 AND login.ends_s > $2 AND login.seen_s > $3 AND account.enabled = 1",
        )
        .bind(sha256)
        .bind(seconds(now)?)
        .bind(seconds(now.minus(idle_s))?)
        .fetch_optional(&self.readers)
        .await?;
        let login = |(person_id, seen_s): (String, i64)| {
            Ok(Login { person_id, seen: super::sessions::point(seen_s)? })
        };
        row.map(login).transpose()
    }

    /// Notes that a login is used.
    pub(crate) async fn login_seen(&self, sha256: &str, now: UnixS) -> Result<(), StoreError> {
        let statement = sqlx::query("UPDATE login SET seen_s = $1 WHERE sha256 = $2")
            .bind(seconds(now)?)
            .bind(sha256);
        self.once(statement).await?;
        Ok(())
    }

    /// Begins a login; how many others ended for it.
    pub(crate) async fn begin_login(
        &self,
        person_id: &str,
        login: &NewLogin,
    ) -> Result<u64, StoreError> {
        let mut change = self.change().await?;
        let ended = insert_login(&mut change, person_id, login).await?;
        change.commit().await?;
        Ok(ended)
    }

    /// Ends one login.
    pub(crate) async fn end_login(&self, sha256: &str) -> Result<(), StoreError> {
        let statement = sqlx::query("DELETE FROM login WHERE sha256 = $1").bind(sha256);
        self.once(statement).await?;
        Ok(())
    }

    /// Ends all logins of a person.
    pub(crate) async fn end_logins(&self, person_id: &str) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        delete_logins(&mut change, person_id).await?;
        Ok(change.commit().await?)
    }

    /// Forgets logins that are over, and those that were not used for `idle_s`.
    pub(crate) async fn forget_logins(&self, now: UnixS, idle_s: u64) -> Result<(), StoreError> {
        let statement = sqlx::query("DELETE FROM login WHERE ends_s <= $1 OR seen_s <= $2")
            .bind(seconds(now)?)
            .bind(seconds(now.minus(idle_s))?);
        self.once(statement).await?;
        Ok(())
    }
}

/// Begins a login within a change; how many others ended for it.
pub(super) async fn insert_login(
    change: &mut Connection,
    person_id: &str,
    login: &NewLogin,
) -> Result<u64, StoreError> {
    sqlx::query("INSERT INTO login (sha256, person_id, began_s, seen_s, ends_s) VALUES ($1, $2, $3, $4, $5)")
        .bind(&login.sha256)
        .bind(person_id)
        .bind(seconds(login.begins)?)
        .bind(seconds(login.begins)?)
        .bind(seconds(login.ends)?)
        .execute(&mut *change)
        .await?;
    let ended = sqlx::query(
        "DELETE FROM login WHERE person_id = $1 AND sha256 NOT IN
            (SELECT sha256 FROM login WHERE person_id = $2 ORDER BY seen_s DESC, began_s DESC, sha256 LIMIT $3)",
    )
    .bind(person_id)
    .bind(person_id)
    .bind(i64::from(login.most))
    .execute(&mut *change)
    .await?;
    Ok(ended.rows_affected())
}

/// Ends all logins of a person within a change.
pub(super) async fn delete_logins(
    change: &mut Connection,
    person_id: &str,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM login WHERE person_id = $1")
        .bind(person_id)
        .execute(&mut *change)
        .await?;
    Ok(())
}
