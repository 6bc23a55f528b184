//! Who may come in by login name, and by what.

use booking::UnixS;
use serde_json::json;
use session::Names;

use super::assignments::give_usual;
use super::events::Act;
use super::links::{NewLink, insert_link, use_link};
use super::logins::{NewLogin, delete_logins, insert_login};
use super::names::{names, names_if};
use super::register_events::note;
use super::sessions::seconds;
use super::{ADMINISTRATOR, Connection, SCHEDULER, SECURITY_ADMINISTRATOR, Store, StoreError};

/// A person who comes in by login name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) person_id: String,
    pub(crate) names: Names,
    pub(crate) login_name: String,
    pub(crate) enabled: bool,
    /// Whether a password was ever set.
    pub(crate) has_password: bool,
}

/// What a try to come in is held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) person_id: String,
    pub(crate) enabled: bool,
    /// The PHC string of the password; none before one was set.
    pub(crate) password: Option<String>,
}

/// The county and its first administrator.
#[derive(Debug, Clone)]
pub(crate) struct SetUp {
    pub(crate) link_sha256: String,
    pub(crate) county: Names,
    pub(crate) names: Names,
    pub(crate) login_name: String,
    pub(crate) password: String,
    pub(crate) login: NewLogin,
}

/// What became of setting the county up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SetUpDone {
    Done,
    /// The link works no more.
    LinkOver,
    /// Somebody has the login name.
    NameTaken,
}

/// What became of an account that was to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MadeAccount {
    Made,
    NoSuchPerson,
    HasOne,
    NameTaken,
}

/// What became of an account that was to be enabled or disabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Switched {
    Done,
    NoAccount,
    /// Nobody could set the county up any more.
    LastAdministrator,
}

const ACCOUNTS: &str = "SELECT account.person_id, person.names, login_name, enabled,
        (SELECT count(*) FROM credential WHERE credential.person_id = account.person_id AND kind = 'password')
    FROM account JOIN person ON person.id = account.person_id";

const HAS_ACCOUNT: &str = "SELECT 1 FROM account WHERE person_id = $1";
const NAME_TAKEN: &str = "SELECT 1 FROM account WHERE login_name = $1";

type Row = (String, String, String, i64, i64);

fn account(
    (person_id, called, login_name, enabled, passwords): Row,
) -> Result<Account, StoreError> {
    let (enabled, has_password) = (enabled == 1, passwords > 0);
    Ok(Account { person_id, names: names(&called)?, login_name, enabled, has_password })
}

impl Store {
    /// Whether somebody with an account is administrator: then the county is set up.
    pub(crate) async fn has_administrator(&self) -> Result<bool, StoreError> {
        let found: Option<i64> = sqlx::query_scalar(
            "SELECT 1 FROM account JOIN person_role ON person_role.person_id = account.person_id
             WHERE role = $1 LIMIT 1",
        )
        .bind(ADMINISTRATOR)
        .fetch_optional(&self.readers)
        .await?;
        Ok(found.is_some())
    }

    /// Makes a person of the demo administrator of everything, if there is such a person.
    pub(crate) async fn make_administrator(&self, person_id: &str) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        if is_there(&mut change, "SELECT 1 FROM person WHERE id = $1", person_id).await? {
            for role in [ADMINISTRATOR, SECURITY_ADMINISTRATOR] {
                give_usual(&mut change, (person_id, role), ("demo", UnixS(0))).await?;
            }
        }
        Ok(change.commit().await?)
    }

    /// The names of the county, once it has been named.
    pub(crate) async fn county(&self) -> Result<Option<Names>, StoreError> {
        let row = sqlx::query_scalar("SELECT names FROM county").fetch_optional(&self.readers);
        names_if(row.await?)
    }

    /// Names the county and makes its first administrator, who may book as well.
    pub(crate) async fn set_up(&self, setup: &SetUp) -> Result<SetUpDone, StoreError> {
        let now = setup.login.begins;
        let mut change = self.change().await?;
        if !use_link(&mut change, &setup.link_sha256, None, now).await? {
            return Ok(SetUpDone::LinkOver);
        }
        if is_there(&mut change, NAME_TAKEN, &setup.login_name).await? {
            return Ok(SetUpDone::NameTaken);
        }
        sqlx::query(
            "INSERT INTO county (id, names) VALUES (1, $1)
             ON CONFLICT (id) DO UPDATE SET names = excluded.names",
        )
        .bind(setup.county.to_json())
        .execute(&mut *change)
        .await?;
        let organization_id = uuid::Uuid::now_v7().to_string();
        sqlx::query("INSERT INTO organization (id, names, kind) VALUES ($1, $2, 'health')")
            .bind(&organization_id)
            .bind(setup.county.to_json())
            .execute(&mut *change)
            .await?;
        let person_id = uuid::Uuid::now_v7().to_string();
        sqlx::query("INSERT INTO person (id, names, organization_id) VALUES ($1, $2, $3)")
            .bind(&person_id)
            .bind(setup.names.to_json())
            .bind(&organization_id)
            .execute(&mut *change)
            .await?;
        for role in [ADMINISTRATOR, SECURITY_ADMINISTRATOR, SCHEDULER] {
            give_usual(&mut change, (&person_id, role), ("setup", now)).await?;
        }
        insert_account(&mut change, &person_id, &setup.login_name, now).await?;
        put_password(&mut change, &person_id, &setup.password, now).await?;
        insert_login(&mut change, &person_id, &setup.login).await?;
        change.commit().await?;
        Ok(SetUpDone::Done)
    }

    /// Accounts in the order of their people's ids, at most `most`, going on after `after`.
    pub(crate) async fn accounts(
        &self,
        after: Option<&str>,
        most: usize,
    ) -> Result<Vec<Account>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "{ACCOUNTS} WHERE account.person_id > $1 ORDER BY account.person_id LIMIT $2"
        )))
        .bind(after.unwrap_or_default())
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(account).collect()
    }

    /// The account of this person.
    pub(crate) async fn account(&self, person_id: &str) -> Result<Option<Account>, StoreError> {
        let row: Option<Row> =
            sqlx::query_as(sqlx::AssertSqlSafe(format!("{ACCOUNTS} WHERE account.person_id = $1")))
                .bind(person_id)
                .fetch_optional(&self.readers)
                .await?;
        row.map(account).transpose()
    }

    /// What a try to come in by this name is held against.
    pub(crate) async fn kept_of(&self, login_name: &str) -> Result<Option<Kept>, StoreError> {
        let row: Option<(String, i64, Option<String>)> = sqlx::query_as(
            "SELECT account.person_id, enabled,
                    (SELECT proof FROM credential WHERE credential.person_id = account.person_id AND kind = 'password')
             FROM account WHERE login_name = $1",
        )
        .bind(login_name)
        .fetch_optional(&self.readers)
        .await?;
        let kept =
            |(person_id, enabled, password)| Kept { person_id, enabled: enabled == 1, password };
        Ok(row.map(kept))
    }

    /// Makes an account for a person, and the link by which the person sets a password.
    pub(crate) async fn make_account(
        &self,
        (person_id, login_name): (&str, &str),
        link: &NewLink,
        act: &Act<'_>,
    ) -> Result<MadeAccount, StoreError> {
        let mut change = self.change().await?;
        if !is_there(&mut change, "SELECT 1 FROM person WHERE id = $1", person_id).await? {
            return Ok(MadeAccount::NoSuchPerson);
        }
        if is_there(&mut change, HAS_ACCOUNT, person_id).await? {
            return Ok(MadeAccount::HasOne);
        }
        if is_there(&mut change, NAME_TAKEN, login_name).await? {
            return Ok(MadeAccount::NameTaken);
        }
        insert_account(&mut change, person_id, login_name, link.made).await?;
        insert_link(&mut change, Some(person_id), link).await?;
        let told = json!({ "loginName": login_name });
        note(&mut change, ("account", "made", person_id), &told, act).await?;
        change.commit().await?;
        Ok(MadeAccount::Made)
    }

    /// Makes a link by which this person sets another password; `false` if the person has no account. The password of
    /// before works until the link is used.
    pub(crate) async fn put_password_link(
        &self,
        person_id: &str,
        link: &NewLink,
        act: &Act<'_>,
    ) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        if !is_there(&mut change, HAS_ACCOUNT, person_id).await? {
            return Ok(false);
        }
        insert_link(&mut change, Some(person_id), link).await?;
        note(&mut change, ("account", "link-made", person_id), &json!({}), act).await?;
        change.commit().await?;
        Ok(true)
    }

    /// Sets the password of a person and ends all logins but the one that begins with it. With a link only if that still
    /// works and the account is enabled: `false` if not.
    pub(crate) async fn set_password(
        &self,
        (person_id, password): (&str, &str),
        link_sha256: Option<&str>,
        login: &NewLogin,
    ) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let enabled = "SELECT 1 FROM account WHERE person_id = $1 AND enabled = 1";
        if !is_there(&mut change, enabled, person_id).await? {
            return Ok(false);
        }
        if let Some(sha256) = link_sha256
            && !use_link(&mut change, sha256, Some(person_id), login.begins).await?
        {
            return Ok(false);
        }
        put_password(&mut change, person_id, password, login.begins).await?;
        delete_logins(&mut change, person_id).await?;
        insert_login(&mut change, person_id, login).await?;
        change.commit().await?;
        Ok(true)
    }

    /// Enables or disables an account. One that is disabled has no logins and no links.
    pub(crate) async fn switch_account(
        &self,
        person_id: &str,
        enabled: bool,
        act: &Act<'_>,
    ) -> Result<Switched, StoreError> {
        let now = act.at;
        let mut change = self.change().await?;
        let done = sqlx::query("UPDATE account SET enabled = $1 WHERE person_id = $2")
            .bind(i64::from(enabled))
            .bind(person_id)
            .execute(&mut *change)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(Switched::NoAccount);
        }
        if !enabled {
            let administers =
                "SELECT 1 FROM person_role WHERE person_id = $1 AND role = 'administrator'";
            let others = "SELECT 1 FROM account JOIN person_role ON person_role.person_id = account.person_id
                          WHERE role = $1 AND enabled = 1 LIMIT 1";
            if is_there(&mut change, administers, person_id).await?
                && !is_there(&mut change, others, ADMINISTRATOR).await?
            {
                return Ok(Switched::LastAdministrator);
            }
            delete_logins(&mut change, person_id).await?;
            sqlx::query("UPDATE one_time_link SET ends_s = $1 WHERE person_id = $2 AND used_s IS NULL AND ends_s > $3")
                .bind(seconds(now)?)
                .bind(person_id)
                .bind(seconds(now)?)
                .execute(&mut *change)
                .await?;
        }
        let done = if enabled { "enabled" } else { "disabled" };
        note(&mut change, ("account", done, person_id), &json!({}), act).await?;
        change.commit().await?;
        Ok(Switched::Done)
    }
}

async fn is_there(
    change: &mut Connection,
    query: &'static str,
    value: &str,
) -> Result<bool, StoreError> {
    let found: Option<i64> =
        sqlx::query_scalar(query).bind(value).fetch_optional(&mut *change).await?;
    Ok(found.is_some())
}

async fn insert_account(
    change: &mut Connection,
    person_id: &str,
    login_name: &str,
    now: UnixS,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO account (person_id, login_name, enabled, made_s) VALUES ($1, $2, 1, $3)",
    )
    .bind(person_id)
    .bind(login_name)
    .bind(seconds(now)?)
    .execute(&mut *change)
    .await?;
    Ok(())
}

async fn put_password(
    change: &mut Connection,
    person_id: &str,
    proof: &str,
    now: UnixS,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM credential WHERE person_id = $1 AND kind = 'password'")
        .bind(person_id)
        .execute(&mut *change)
        .await?;
    sqlx::query(
        "INSERT INTO credential (id, person_id, kind, proof, made_s) VALUES ($1, $2, 'password', $3, $4)",
    )
    .bind(uuid::Uuid::now_v7().to_string())
    .bind(person_id)
    .bind(proof)
    .bind(seconds(now)?)
    .execute(&mut *change)
    .await?;
    Ok(())
}
