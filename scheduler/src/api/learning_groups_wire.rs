//! The forms of learning groups, camelCase JSON.

use serde::{Deserialize, Serialize};
use session::Names;
use utoipa::ToSchema;

use super::App;
use super::names_wire::NamesSchema;
use crate::store;

/// Pupils of a site who attend classes together.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct LearningGroupForm {
    /// Id of the organization.
    pub(super) site_id: String,
    /// One line, at most 60 characters, such as `三年级`.
    pub(super) name: String,
    /// 1 to 200.
    pub(super) pupils: u32,
    /// The local teacher: a person of the site who may be booked as a classroom.
    pub(super) teacher_id: String,
}

/// What is to be changed of a learning group; what is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct LearningGroupChange {
    /// One line, at most 60 characters.
    #[serde(default)]
    pub(super) name: Option<String>,
    /// 1 to 200.
    #[serde(default)]
    pub(super) pupils: Option<u32>,
    /// A person of the site who may be booked as a classroom.
    #[serde(default)]
    pub(super) teacher_id: Option<String>,
    /// A retired group is not taken into any more classes; those that have it keep it.
    #[serde(default)]
    pub(super) retired: Option<bool>,
}

/// A learning group as it is now.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = LearningGroup)]
pub(super) struct LearningGroupTold {
    /// Of the order of their making.
    id: String,
    /// Grows with each change; in quotes the ETag of the group.
    version: i64,
    site_id: String,
    name: String,
    pupils: u32,
    teacher_id: String,
    #[schema(value_type = NamesSchema)]
    teacher_names: Names,
    retired: bool,
    /// RFC 3339 in the county's zone.
    changed_at: String,
}

impl LearningGroupTold {
    pub(super) fn new(app: &App, kept: store::LearningGroup) -> Self {
        let store::LearningGroup { id, site_id, terms, teacher_names, version, changed } = kept;
        Self {
            id,
            version,
            site_id,
            name: terms.name,
            pupils: terms.pupils,
            teacher_id: terms.teacher_id,
            teacher_names,
            retired: terms.retired,
            changed_at: app.zone.print(changed),
        }
    }
}

/// The learning groups of a site.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LearningGroups {
    /// In the order of their making, retired ones too, at most 200.
    pub(super) groups: Vec<LearningGroupTold>,
}
