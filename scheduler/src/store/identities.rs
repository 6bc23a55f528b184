//! Which account an identity at the provider of single sign-on opens.

use booking::UnixS;

use super::sessions::seconds;
use super::{Store, StoreError};

/// Whose an identity is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) person_id: String,
    pub(crate) enabled: bool,
}

/// What became of an identity that was to be connected with an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Connected {
    Done,
    NoAccount,
    /// It opens another account.
    Taken,
    /// The account is connected with another identity.
    HasOther,
}

impl Store {
    /// Whose account the identity opens.
    pub(crate) async fn owner_of(&self, proof: &str) -> Result<Option<Owner>, StoreError> {
        let row: Option<(String, i64)> = sqlx::query_as(
            "SELECT account.person_id, enabled FROM credential
             JOIN account ON account.person_id = credential.person_id
             WHERE kind = 'openid' AND proof = $1",
        )
        .bind(proof)
        .fetch_optional(&self.readers)
        .await?;
        Ok(row.map(|(person_id, enabled)| Owner { person_id, enabled: enabled == 1 }))
    }

    /// Whether the person's account is connected with an identity; none if there is no such account.
    pub(crate) async fn has_identity(&self, person_id: &str) -> Result<Option<bool>, StoreError> {
        let found: Option<i64> = sqlx::query_scalar(
            "SELECT (SELECT count(*) FROM credential WHERE kind = 'openid' AND credential.person_id = account.person_id)
             FROM account WHERE person_id = $1",
        )
        .bind(person_id)
        .fetch_optional(&self.readers)
        .await?;
        Ok(found.map(|identities| identities > 0))
    }

    /// Connects an identity with the person's account. Doing it twice is doing it once.
    pub(crate) async fn connect_identity(
        &self,
        person_id: &str,
        proof: &str,
        now: UnixS,
    ) -> Result<Connected, StoreError> {
        let mut change = self.change().await?;
        let account: Option<i64> =
            sqlx::query_scalar("SELECT enabled FROM account WHERE person_id = $1")
                .bind(person_id)
                .fetch_optional(&mut *change)
                .await?;
        if account.is_none() {
            return Ok(Connected::NoAccount);
        }
        let there: Vec<(String, String)> = sqlx::query_as(
            "SELECT person_id, proof FROM credential WHERE kind = 'openid' AND (proof = $1 OR person_id = $2)",
        )
        .bind(proof)
        .bind(person_id)
        .fetch_all(&mut *change)
        .await?;
        if there.iter().any(|(owner, identity)| owner != person_id && identity == proof) {
            return Ok(Connected::Taken);
        }
        if there.iter().any(|(_, identity)| identity != proof) {
            return Ok(Connected::HasOther);
        }
        if there.is_empty() {
            sqlx::query(
                "INSERT INTO credential (id, person_id, kind, proof, made_s) VALUES ($1, $2, 'openid', $3, $4)",
            )
            .bind(uuid::Uuid::now_v7().to_string())
            .bind(person_id)
            .bind(proof)
            .bind(seconds(now)?)
            .execute(&mut *change)
            .await?;
        }
        change.commit().await?;
        Ok(Connected::Done)
    }

    /// Takes the identity from the person's account; whether there was one.
    pub(crate) async fn disconnect_identity(&self, person_id: &str) -> Result<bool, StoreError> {
        let statement =
            sqlx::query("DELETE FROM credential WHERE kind = 'openid' AND person_id = $1")
                .bind(person_id);
        let done = self.once(statement).await?;
        Ok(done > 0)
    }
}
