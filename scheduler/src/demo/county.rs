//! What the demo county is: files of `deploy/demo`, the register as a table that anybody could import.

use serde::Deserialize;
use session::{Kind, Names, Role};

use crate::register::sheet::{self, Sheet};

const REGISTER: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/demo/county.csv"));
const SCRIPT: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/demo/county.json"));

/// What happens in the county.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Script {
    pub(super) standing: Vec<Standing>,
    pub(super) agreements: Vec<Agreed>,
    pub(super) groups: Vec<Group>,
    pub(super) links: Vec<Link>,
}

/// An organization that all of the county may consult, from the first start on for some years.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Agreed {
    pub(super) id: String,
    pub(super) invited: String,
    pub(super) paper: String,
}

/// Pupils of a site who attend each class that is open the whole day and has a classroom there.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Group {
    pub(super) id: String,
    pub(super) site: String,
    pub(super) name: String,
    pub(super) pupils: u32,
    pub(super) teacher: String,
}

/// A session that is open the whole day.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Standing {
    pub(super) kind: Kind,
    pub(super) title: String,
    pub(super) rooms: Vec<String>,
    pub(super) participants: Vec<Part>,
}

/// Who is what in it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    pub(super) person: String,
    pub(super) role: Role,
}

/// A person whose link is printed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Link {
    pub(super) person: String,
    /// A role, or `replay`.
    pub(super) role: String,
    /// Who it is.
    pub(super) who: Names,
    /// The page that it opens.
    pub(super) page: String,
}

/// Organizations, rooms and people.
pub(super) fn register() -> Result<Sheet, String> {
    sheet::read(REGISTER).map_err(|why| why.detail)
}

pub(super) fn script() -> Result<Script, String> {
    serde_json::from_str(SCRIPT).map_err(|error| error.to_string())
}
