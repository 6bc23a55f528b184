//! The forms of the register: areas, organizations, rooms, people and terminals, and the report of an import.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use session::{Language, Names};
use utoipa::ToSchema;

use super::areas_wire::AreaFound;
use super::faults::Faults;
use super::names_wire::{NamesForm, NamesSchema};
use super::refusals::params;
use super::word_schemas::{outcome_schema, table_schema};
use crate::problem::Problem;
use crate::register::sheet::Sheet;
use crate::register::{Draft, Entry, Fault, Key, LineCells, Outcome, Plan, Table, What};

/// An organization as it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct OrganizationForm {
    /// Each one line, at most 80 characters; no other organization has the Chinese one.
    #[schema(value_type = NamesSchema)]
    names: NamesForm,
    /// `health` or `education`.
    kind: String,
    /// Code of the area that it lies in; absent: as it is; empty: none.
    #[serde(default)]
    area_code: Option<String>,
    /// No room and no person may belong to it any more.
    #[serde(default)]
    retired: bool,
}

/// A room as it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RoomForm {
    /// Each one line, at most 80 characters; no other room of the organization has the Chinese one.
    #[schema(value_type = NamesSchema)]
    names: NamesForm,
    organization_id: String,
    /// Cannot be booked any more.
    #[serde(default)]
    retired: bool,
}

/// A person as it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PersonForm {
    /// Each one line, at most 80 characters; no other person of the organization has the Chinese one.
    #[schema(value_type = NamesSchema)]
    names: NamesForm,
    organization_id: String,
    /// `scheduler`, `specialist`, `village_doctor`, `lead_teacher`, `classroom`, `interpreter`.
    #[serde(default)]
    roles: Vec<String>,
    /// Where invitations are sent to, such as `name@example.org`; absent: as it is; empty: nowhere.
    #[serde(default)]
    mail: Option<String>,
    /// Between which languages the person interprets, at most 12 pairs of ISO 639 codes such as `bo-zh`, `ug-zh` or `csl-zh`
    /// (Chinese Sign Language); whoever interprets has the role `interpreter`. Absent: as it is.
    #[serde(default)]
    interprets: Option<Vec<String>>,
    /// Cannot be booked any more, and no link of theirs opens anything.
    #[serde(default)]
    retired: bool,
}

/// A terminal as it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TerminalForm {
    /// Each one line, at most 80 characters; no other terminal of the room has the Chinese one.
    #[schema(value_type = NamesSchema)]
    names: NamesForm,
    room_id: String,
    /// `screen`, `computer`, `tablet` or `phone`.
    kind: String,
    #[serde(default)]
    retired: bool,
}

/// An area as it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AreaForm {
    /// One line, at most 80 characters.
    name: String,
}

/// The names of a form, if they are in languages in which names are kept.
fn read(names: NamesForm) -> Result<BTreeMap<Language, String>, Problem> {
    let mut faults = Faults::default();
    let names = names.by_language("names", &mut faults);
    faults.or(names)
}

fn blank(table: Table, key: Key, names: BTreeMap<Language, String>, retired: bool) -> Draft {
    Draft {
        table,
        key,
        names,
        kind: None,
        organization: None,
        roles: None,
        retired: Some(retired),
        area: None,
        room: None,
        mail: None,
        interprets: None,
        line: LineCells::default(),
    }
}

impl OrganizationForm {
    pub(super) fn draft(self, key: Key) -> Result<Draft, Problem> {
        let Self { names, kind, area_code: area, retired } = self;
        let kind = Some(kind);
        Ok(Draft { kind, area, ..blank(Table::Organization, key, read(names)?, retired) })
    }
}

impl TerminalForm {
    pub(super) fn draft(self, key: Key) -> Result<Draft, Problem> {
        let Self { names, room_id, kind, retired } = self;
        let (room, kind) = (Some(room_id), Some(kind));
        Ok(Draft { room, kind, ..blank(Table::Terminal, key, read(names)?, retired) })
    }
}

impl AreaForm {
    pub(super) fn draft(self, key: Key) -> Draft {
        blank(Table::Area, key, BTreeMap::from([(Language::Chinese, self.name)]), false)
    }
}

impl RoomForm {
    pub(super) fn draft(self, key: Key) -> Result<Draft, Problem> {
        let Self { names, organization_id, retired } = self;
        let organization = Some(organization_id);
        Ok(Draft { organization, ..blank(Table::Room, key, read(names)?, retired) })
    }
}

impl PersonForm {
    pub(super) fn draft(self, key: Key) -> Result<Draft, Problem> {
        let Self { names, organization_id, roles, mail, interprets, retired } = self;
        let (organization, roles) = (Some(organization_id), Some(roles));
        let blank = blank(Table::Person, key, read(names)?, retired);
        Ok(Draft { organization, roles, mail, interprets, ..blank })
    }
}

/// An area, an organization, a room, a person or a terminal of the register.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RegisterEntry {
    /// Of an area its code.
    id: String,
    #[schema(value_type = NamesSchema)]
    names: Names,
    /// Of an organization: `health` or `education`; of a terminal: `screen`, `computer`, `tablet` or `phone`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    kind: Option<String>,
    /// Of an organization that lies in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    area_code: Option<String>,
    /// Of a terminal.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) room_id: Option<String>,
    /// Of a room or a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    organization_id: Option<String>,
    /// Of a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    roles: Option<Vec<String>>,
    /// Of a person who has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    mail: Option<String>,
    /// Of a person: pairs of languages, in alphabetical order.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    interprets: Option<Vec<String>>,
    /// Kept for what points to it; not offered, booked or let in any more.
    retired: bool,
}

impl From<Entry> for RegisterEntry {
    fn from(entry: Entry) -> Self {
        let Entry { id, names, retired, what } = entry;
        let entry = Self {
            id,
            names,
            kind: None,
            area_code: None,
            room_id: None,
            organization_id: None,
            roles: None,
            mail: None,
            interprets: None,
            retired,
        };
        match what {
            What::Area => entry,
            What::Organization { kind, area_code } => Self { kind: Some(kind), area_code, ..entry },
            What::Room { organization_id } => {
                Self { organization_id: Some(organization_id), ..entry }
            }
            What::Person { organization_id, roles, mail, interprets } => Self {
                organization_id: Some(organization_id),
                roles: Some(roles),
                mail,
                interprets: Some(interprets.into_iter().map(String::from).collect()),
                ..entry
            },
            // Lines are not listed here: they have a form of their own.
            What::Line { organization_id, .. } => {
                Self { organization_id: Some(organization_id), ..entry }
            }
            What::Terminal { room_id, kind } => {
                Self { room_id: Some(room_id), kind: Some(kind), ..entry }
            }
        }
    }
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RegisterPage {
    /// In the order of their ids; retired ones too.
    pub(super) entries: Vec<RegisterEntry>,
    /// The areas that entries of this page lie in, as far as they are loaded.
    pub(super) areas: Vec<AreaFound>,
    /// `after` of the request for the next page; null if this is the last one.
    #[schema(required = true)]
    pub(super) next: Option<String>,
}

/// What became, or would become, of each line of a table.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ImportReport {
    /// Whether it was carried out: all lines, or none.
    applied: bool,
    /// `utf-8`, `utf-16` or `gb18030`.
    encoding: &'static str,
    /// `comma`, `semicolon` or `tab`.
    separator: &'static str,
    /// Names of columns that are not read, at most 20.
    ignored: Vec<String>,
    counts: ImportCounts,
    /// At most 5000, in the order of the file.
    lines: Vec<ImportLine>,
}

/// How many lines of each outcome.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(super) struct ImportCounts {
    made: usize,
    changed: usize,
    unchanged: usize,
    fault: usize,
}

/// One line of a table.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ImportLine {
    /// As a text editor counts, the first line of the file is 1.
    line: u64,
    /// `area`, `organization`, `room`, `person`, `terminal` or `line`; null if that cannot be read.
    #[schema(required = true, schema_with = table_schema)]
    table: Option<&'static str>,
    /// Null for what has none yet.
    #[schema(required = true)]
    id: Option<String>,
    #[schema(required = true)]
    name: Option<String>,
    /// `made`, `changed`, `unchanged` or `fault`.
    #[schema(schema_with = outcome_schema)]
    outcome: &'static str,
    /// Of a changed one the columns that differ.
    changes: Vec<&'static str>,
    /// What is wrong; empty unless the outcome is `fault`.
    faults: Vec<ImportFault>,
}

/// One thing that is wrong with a line.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ImportFault {
    /// `table`, `id`, `name`, `name_en`, `name_bo`, `name_ug`, `kind`, `area`, `organization`, `room`, `roles`, `interprets`, `mail`,
    /// `down_kbps`, `up_kbps`, `month_mb`, `tariff` or `retired`.
    column: &'static str,
    /// The column's name as the file writes it; null if the file has no such column.
    #[schema(required = true)]
    header: Option<String>,
    /// What is wrong, in a word that never changes.
    code: &'static str,
    /// The params of the sentence.
    #[schema(value_type = Object)]
    params: Map<String, Value>,
    /// The sentence in English: what the person can do.
    detail: String,
}

impl ImportReport {
    pub(super) fn new(sheet: &Sheet, plan: Plan, applied: bool) -> Self {
        let mut counts = ImportCounts::default();
        let lines = plan.lines.into_iter().map(|(line, outcome)| {
            match &outcome {
                Outcome::Made(_) => counts.made += 1,
                Outcome::Changed(..) => counts.changed += 1,
                Outcome::Unchanged(_) => counts.unchanged += 1,
                Outcome::Faulty(_) => counts.fault += 1,
            }
            ImportLine::new(sheet, line, outcome, applied)
        });
        let lines = lines.collect();
        Self {
            applied,
            encoding: sheet.encoding.as_str(),
            separator: sheet.separator.as_str(),
            ignored: sheet.ignored().to_vec(),
            counts,
            lines,
        }
    }
}

impl ImportLine {
    /// An id that was only thought of for a dry run is not told.
    fn new(sheet: &Sheet, line: u64, outcome: Outcome, applied: bool) -> Self {
        let (word, entry, changes) = match outcome {
            Outcome::Made(entry) => ("made", entry, Vec::new()),
            Outcome::Changed(entry, columns) => {
                let written = columns.into_iter().map(|column| column.as_str());
                ("changed", entry, written.collect())
            }
            Outcome::Unchanged(entry) => ("unchanged", entry, Vec::new()),
            Outcome::Faulty(unread) => {
                let faults = unread.faults.into_iter().map(|fault| ImportFault::new(sheet, fault));
                return Self {
                    line,
                    table: unread.table.map(Table::as_str),
                    id: None,
                    name: unread.called.last().cloned(),
                    outcome: "fault",
                    changes: Vec::new(),
                    faults: faults.collect(),
                };
            }
        };
        let id_is_kept = applied || word != "made";
        Self {
            line,
            table: Some(entry.table().as_str()),
            id: id_is_kept.then_some(entry.id),
            name: Some(entry.names.zh().to_owned()),
            outcome: word,
            changes,
            faults: Vec::new(),
        }
    }
}

impl ImportFault {
    fn new(sheet: &Sheet, fault: Fault) -> Self {
        Self {
            column: fault.column.as_str(),
            header: sheet.header(fault.column).map(str::to_owned),
            code: fault.code,
            params: params(&fault.params),
            detail: fault.detail,
        }
    }
}
