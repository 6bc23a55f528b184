//! What can be wrong with a line or a form.

use session::Language;

use super::entry::Table;

/// The column of the name that everybody has.
pub(super) const CHINESE: Column = Column::Name(Language::Chinese);

/// A column of the table of an import, and the member of a form that says the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Column {
    Table,
    Id,
    /// The name in a language.
    Name(Language),
    Kind,
    Organization,
    Roles,
    Retired,
    Area,
    Room,
    Mail,
    Interprets,
    DownKbps,
    UpKbps,
    MonthMb,
    Tariff,
}

impl Column {
    pub(crate) const ALL: [Self; 18] = [
        Self::Table,
        Self::Id,
        Self::Name(Language::Chinese),
        Self::Name(Language::English),
        Self::Name(Language::Tibetan),
        Self::Name(Language::Uyghur),
        Self::Kind,
        Self::Organization,
        Self::Roles,
        Self::Retired,
        Self::Area,
        Self::Room,
        Self::Mail,
        Self::Interprets,
        Self::DownKbps,
        Self::UpKbps,
        Self::MonthMb,
        Self::Tariff,
    ];

    /// As it stands in the first line of a table.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Id => "id",
            Self::Name(Language::Chinese) => "name",
            Self::Name(Language::English) => "name_en",
            Self::Name(Language::Tibetan) => "name_bo",
            Self::Name(Language::Uyghur) => "name_ug",
            Self::Kind => "kind",
            Self::Organization => "organization",
            Self::Roles => "roles",
            Self::Retired => "retired",
            Self::Area => "area",
            Self::Room => "room",
            Self::Mail => "mail",
            Self::Interprets => "interprets",
            Self::DownKbps => "down_kbps",
            Self::UpKbps => "up_kbps",
            Self::MonthMb => "month_mb",
            Self::Tariff => "tariff",
        }
    }

    /// As it stands in the form of an entry of this table. An area has one name.
    pub(crate) const fn member(self, table: Table) -> &'static str {
        match self {
            Self::Name(_) if matches!(table, Table::Area) => "name",
            Self::Name(Language::Chinese) => "names.zh",
            Self::Name(Language::English) => "names.en",
            Self::Name(Language::Tibetan) => "names.bo",
            Self::Name(Language::Uyghur) => "names.ug",
            Self::Organization => "organizationId",
            Self::Area => "areaCode",
            Self::Room => "roomId",
            Self::DownKbps => "downKbps",
            Self::UpKbps => "upKbps",
            Self::MonthMb => "monthMb",
            other => other.as_str(),
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) column: Column,
    /// A word that never changes, from which a page makes its own sentence.
    pub(crate) code: &'static str,
    /// The values of that sentence.
    pub(crate) params: Vec<(&'static str, Param)>,
    /// The sentence in English: what the person can do.
    pub(crate) detail: String,
}

/// A value of a fault's sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Param {
    Number(u64),
    Text(String),
}

impl From<u64> for Param {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Param {
    fn from(text: &str) -> Self {
        Self::Text(shown(text))
    }
}

/// Most characters of a strange text that a fault repeats.
const SHOWN_CHARS: usize = 60;

/// So much of a text as a fault repeats.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(SHOWN_CHARS).map(|sign| if sign.is_control() { ' ' } else { sign }).collect()
}

impl Fault {
    pub(crate) fn new(column: Column, code: &'static str, detail: impl Into<String>) -> Self {
        Self { column, code, params: Vec::new(), detail: detail.into() }
    }

    pub(crate) fn param(mut self, name: &'static str, value: impl Into<Param>) -> Self {
        self.params.push((name, value.into()));
        self
    }

    pub(super) fn missing(column: Column) -> Self {
        let detail = format!("`{}` is missing; write it", column.as_str());
        Self::new(column, "missing", detail)
    }

    /// A word that is in none of the lists.
    pub(super) fn no_word(
        column: Column,
        code: &'static str,
        found: &str,
        words: &[&'static str],
    ) -> Self {
        let detail =
            format!("`{}` is none of {}; write one of these", shown(found), words.join(", "));
        Self::new(column, code, detail).param("id", found)
    }
}
