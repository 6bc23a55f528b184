//! The forms of setting up, coming in and accounts.

use serde::{Deserialize, Serialize};
use session::Names;
use utoipa::ToSchema;

use super::names_wire::{NamesForm, NamesSchema};
use super::word_schemas::purpose_schema;
use crate::store;

/// The county.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct County {
    /// Null until the county is named.
    #[schema(required = true, value_type = Option<NamesSchema>)]
    pub(super) names: Option<Names>,
    /// Whether there is an administrator, or this is a demo; if not, the program prints a link at its start to make one.
    pub(super) set_up: bool,
    /// What the provider of single sign-on is called; null if there is none.
    pub(super) provider: Option<String>,
}

/// The provider of single sign-on, and whether one's account is connected with an identity there.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MyProvider {
    pub(super) name: String,
    pub(super) connected: bool,
}

/// Where the browser is to go.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GoThere {
    pub(super) url: String,
}

/// The secret of a link that works once: what stands after `once=` in it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Once {
    pub(super) once: String,
}

/// A link that works.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct OpenLink {
    /// `setup` or `password`.
    #[schema(schema_with = purpose_schema)]
    pub(super) purpose: &'static str,
    /// Of whom the password is set; null for `setup`.
    #[schema(required = true)]
    pub(super) login_name: Option<String>,
    /// RFC 3339.
    pub(super) ends_at: String,
}

/// The county's name and its first administrator.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewCounty {
    /// What stands after `once=` in the link.
    pub(super) once: String,
    /// Each 1 to 100 characters.
    #[schema(value_type = NamesSchema)]
    pub(super) county_names: NamesForm,
    /// The administrator's, each 1 to 100 characters.
    #[schema(value_type = NamesSchema)]
    pub(super) names: NamesForm,
    /// 2 to 64 of `a-z 0-9 . - _`; capital letters are written small.
    pub(super) login_name: String,
    /// 8 to 128 characters.
    pub(super) password: String,
}

/// Login name and password.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Credentials {
    pub(super) login_name: String,
    pub(super) password: String,
}

/// A login that has begun; its cookie comes beside it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entered {
    /// When it ends at the latest, RFC 3339.
    pub(super) ends_at: String,
}

/// Which logins end.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Leaving {
    /// All of the person's, on every device; if not, this one.
    #[serde(default)]
    pub(super) everywhere: bool,
}

/// A password instead of another.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PasswordChange {
    pub(super) old_password: String,
    /// 8 to 128 characters.
    pub(super) password: String,
}

/// A password set by a link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PasswordByLink {
    pub(super) once: String,
    /// 8 to 128 characters.
    pub(super) password: String,
}

/// A person who comes in by login name.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Account {
    person_id: String,
    #[schema(value_type = NamesSchema)]
    names: Names,
    login_name: String,
    enabled: bool,
    /// Whether the person has set a password.
    has_password: bool,
}

impl From<store::Account> for Account {
    fn from(row: store::Account) -> Self {
        let store::Account { person_id, names, login_name, enabled, has_password } = row;
        Self { person_id, names, login_name, enabled, has_password }
    }
}

/// Accounts in the order of their people's ids.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Accounts {
    pub(super) accounts: Vec<Account>,
    /// For `after`, to read on; null at the end.
    #[schema(required = true)]
    pub(super) next: Option<String>,
}

/// An account for a person of the directory.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewAccount {
    pub(super) person_id: String,
    /// 2 to 64 of `a-z 0-9 . - _`; capital letters are written small.
    pub(super) login_name: String,
}

/// Whether a person may come in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Switch {
    pub(super) enabled: bool,
}

/// A link by which a person sets a password, told once: the store keeps no secret.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PasswordLink {
    pub(super) person_id: String,
    pub(super) login_name: String,
    /// The page is `/#/password?once=` and this.
    pub(super) once: String,
    /// RFC 3339.
    pub(super) ends_at: String,
}
