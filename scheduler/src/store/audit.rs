//! Who read what of patients: entries that are only added, each sealed with the one before it.

use booking::UnixS;
use serde::Serialize;
use session::Names;
use sha2::{Digest, Sha256};

use super::names::names_if;
use super::sessions::{point, seconds};
use super::{Connection, Store, StoreError};
use crate::hexadecimal::hexadecimal;

/// What somebody reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) person_id: String,
    /// A word of the closed list of the API.
    pub(crate) act: &'static str,
    /// Id of what is read.
    pub(crate) object: String,
    /// Empty if the listener does not tell it.
    pub(crate) address: String,
    /// Empty if none was given.
    pub(crate) reason: String,
    pub(crate) at: UnixS,
}

/// One entry of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub(crate) struct AuditEntry {
    pub(crate) number: i64,
    pub(crate) at_s: i64,
    pub(crate) person_id: String,
    pub(crate) act: String,
    pub(crate) object: String,
    pub(crate) address: String,
    pub(crate) reason: String,
    /// SHA-256, hexadecimal, of the seal before it and of all of the above.
    pub(crate) seal: String,
}

impl AuditEntry {
    /// The seal that it must have behind `before`.
    fn sealed(&self, before: &str) -> String {
        let Self { number, at_s, person_id, act, object, address, reason, .. } = self;
        let parts =
            serde_json::json!([before, number, at_s, person_id, act, object, address, reason]);
        hexadecimal(&Sha256::digest(parts.to_string().as_bytes()))
    }

    /// When it was read.
    pub(crate) fn at(&self) -> Result<UnixS, StoreError> {
        point(self.at_s)
    }
}

/// Whether the chain is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chain {
    /// Number of the first entry that is here, and of the latest.
    pub(crate) first: i64,
    pub(crate) latest: i64,
    /// The seal of the latest entry: who writes it down elsewhere notices a log that was made anew.
    pub(crate) seal: String,
    /// The first entry that is not as it was sealed, or is missing.
    pub(crate) broken_at: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct Head {
    latest: i64,
    latest_seal: String,
    first: i64,
    seal_before: String,
}

#[derive(sqlx::FromRow)]
struct NamedRow {
    #[sqlx(flatten)]
    entry: AuditEntry,
    names: Option<String>,
}

const HEAD: &str = "SELECT latest, latest_seal, first, seal_before FROM audit_head WHERE id = 1";
const ENTRIES: &str =
    "SELECT number, at_s, person_id, act, object, address, reason, seal FROM audit_entry
     WHERE number >= $1 ORDER BY number LIMIT $2";

impl Store {
    /// Adds an entry. What is read is handed out after this alone.
    pub(crate) async fn audit(&self, read: &Read) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        let head: Head = sqlx::query_as(HEAD).fetch_one(&mut *change).await?;
        let mut entry = AuditEntry {
            number: head.latest + 1,
            at_s: seconds(read.at)?,
            person_id: read.person_id.clone(),
            act: read.act.to_owned(),
            object: read.object.clone(),
            address: read.address.clone(),
            reason: read.reason.clone(),
            seal: String::new(),
        };
        entry.seal = entry.sealed(&head.latest_seal);
        sqlx::query(
            "INSERT INTO audit_entry (number, at_s, person_id, act, object, address, reason, seal)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(entry.number)
        .bind(entry.at_s)
        .bind(&entry.person_id)
        .bind(&entry.act)
        .bind(&entry.object)
        .bind(&entry.address)
        .bind(&entry.reason)
        .bind(&entry.seal)
        .execute(&mut *change)
        .await?;
        sqlx::query("UPDATE audit_head SET latest = $1, latest_seal = $2 WHERE id = 1")
            .bind(entry.number)
            .bind(&entry.seal)
            .execute(&mut *change)
            .await?;
        Ok(change.commit().await?)
    }

    /// Entries before the one of this number with the names of who read, latest first, at most `most`.
    pub(crate) async fn audited_before(
        &self,
        number: i64,
        most: usize,
    ) -> Result<Vec<(AuditEntry, Option<Names>)>, StoreError> {
        let rows: Vec<NamedRow> = sqlx::query_as(
            "SELECT number, at_s, person_id, act, object, address, reason, seal, person.names
             FROM audit_entry LEFT JOIN person ON person.id = person_id
             WHERE number < $1 ORDER BY number DESC LIMIT $2",
        )
        .bind(number)
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(|row| Ok((row.entry, names_if(row.names)?))).collect()
    }

    /// Holds every entry that is here against its seal.
    pub(crate) async fn audit_chain(&self) -> Result<Chain, StoreError> {
        const AT_ONCE: i64 = 1_000;
        let mut look = self.readers.begin().await?;
        let Head { latest, latest_seal, first, seal_before } =
            sqlx::query_as(HEAD).fetch_one(&mut *look).await?;
        let (mut next, mut before, mut broken_at) = (first, seal_before, None);
        while broken_at.is_none() && next <= latest {
            let entries = entries(&mut look, next, AT_ONCE).await?;
            if entries.is_empty() {
                broken_at = Some(next);
            }
            for entry in entries {
                if entry.number != next || entry.sealed(&before) != entry.seal {
                    broken_at = broken_at.or(Some(next));
                }
                before = entry.seal;
                next += 1;
            }
        }
        if broken_at.is_none() && before != latest_seal {
            broken_at = Some(latest);
        }
        Ok(Chain { first, latest, seal: latest_seal, broken_at })
    }

    /// The oldest entries, if more than `most` are here: a part of them, to be kept elsewhere.
    pub(crate) async fn audit_to_move(&self, most: i64) -> Result<Vec<AuditEntry>, StoreError> {
        const PART: i64 = 10_000;
        let mut look = self.readers.acquire().await?;
        let head: Head = sqlx::query_as(HEAD).fetch_one(&mut *look).await?;
        let over = head.latest - head.first + 1 - most;
        if over <= 0 {
            return Ok(Vec::new());
        }
        // Some more than must be, so that a file is worth its name.
        entries(&mut look, head.first, (over + most / 10).min(PART)).await
    }

    /// Forgets entries that are kept elsewhere, up to `last`.
    pub(crate) async fn audit_moved(&self, last: &AuditEntry) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        sqlx::query(
            "UPDATE audit_head SET first = $1, seal_before = $2 WHERE id = 1 AND first <= $3",
        )
        .bind(last.number + 1)
        .bind(&last.seal)
        .bind(last.number)
        .execute(&mut *change)
        .await?;
        sqlx::query("DELETE FROM audit_entry WHERE number <= $1")
            .bind(last.number)
            .execute(&mut *change)
            .await?;
        Ok(change.commit().await?)
    }
}

async fn entries(
    look: &mut Connection,
    from: i64,
    most: i64,
) -> Result<Vec<AuditEntry>, StoreError> {
    Ok(sqlx::query_as(ENTRIES).bind(from).bind(most).fetch_all(&mut *look).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::DatabaseUrl;

    #[tokio::test]
    async fn entries_are_only_added_and_what_is_changed_behind_the_store_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), &DatabaseUrl::default()).await.unwrap();
        let read = |person: &str| Read {
            person_id: person.into(),
            act: "session",
            object: "a".into(),
            address: String::new(),
            reason: String::new(),
            at: UnixS(1_795_392_000),
        };
        for person in ["dr-li", "dr-wang", "dr-sun"] {
            store.audit(&read(person)).await.unwrap();
        }
        assert_eq!(store.audit_chain().await.unwrap().broken_at, None);
        for text in [
            "UPDATE audit_entry SET person_id = 'nobody' WHERE number = 2",
            "DELETE FROM audit_entry WHERE number = 2",
        ] {
            let refused = sqlx::query(text).execute(&store.writer).await.unwrap_err();
            assert!(refused.to_string().contains("append-only"), "{text}: {refused}");
        }
        for (text, broken_at) in [
            ("UPDATE audit_entry SET person_id = 'nobody' WHERE number = 2", 2),
            ("DELETE FROM audit_entry WHERE number = 1", 1),
            ("DELETE FROM audit_entry", 1),
        ] {
            for trigger in ["audit_entry_is_never_changed", "audit_entry_leaves_by_the_head_alone"]
            {
                let drop = format!("DROP TRIGGER IF EXISTS {trigger}");
                sqlx::query(sqlx::AssertSqlSafe(drop)).execute(&store.writer).await.unwrap();
            }
            sqlx::query(text).execute(&store.writer).await.unwrap();
            assert_eq!(store.audit_chain().await.unwrap().broken_at, Some(broken_at), "{text}");
        }
    }
}
