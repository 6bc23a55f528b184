//! What the register holds.

use std::collections::BTreeMap;

use booking::{Capacity, Tariff};
use session::{LanguagePair, Names};

/// The kinds of organization.
pub(crate) const KINDS: [&str; 2] = ["health", "education"];

/// What a person may be booked as, and `scheduler` for one who books. Other standing roles are not the register's to give.
pub(crate) const ROLES: [&str; 6] =
    ["scheduler", "specialist", "village_doctor", "lead_teacher", "classroom", INTERPRETER];

/// The role of whoever interprets a pair of languages.
pub(super) const INTERPRETER: &str = "interpreter";

/// The kinds of terminal: a screen with camera and microphone that stays where it is, or what one carries.
pub(crate) const TERMINAL_KINDS: [&str; 4] = ["screen", "computer", "tablet", "phone"];

/// The tables of the register; what an entry belongs to is in an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Table {
    Area,
    Organization,
    Room,
    Person,
    Terminal,
    Line,
}

impl Table {
    pub(crate) const ALL: [Self; 6] =
        [Self::Area, Self::Organization, Self::Room, Self::Person, Self::Terminal, Self::Line];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Area => "area",
            Self::Organization => "organization",
            Self::Room => "room",
            Self::Person => "person",
            Self::Terminal => "terminal",
            Self::Line => "line",
        }
    }

    /// The table of what its entries belong to.
    pub(super) const fn home(self) -> Option<Self> {
        match self {
            Self::Area | Self::Organization => None,
            Self::Room | Self::Person | Self::Line => Some(Self::Organization),
            Self::Terminal => Some(Self::Room),
        }
    }
}

/// An area, an organization, a room, a person, a terminal or the line of a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Of an area its code, of a line the id of its organization.
    pub(crate) id: String,
    pub(crate) names: Names,
    /// Kept for what points to it; it is not offered, booked or let in any more.
    pub(crate) retired: bool,
    pub(crate) what: What,
}

/// What only entries of one table have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// An area has one name, and is not retired.
    Area,
    /// One of [`KINDS`].
    Organization {
        kind: String,
        /// Code of the area that it lies in.
        area_code: Option<String>,
    },
    Room {
        organization_id: String,
    },
    /// Roles in alphabetical order, each once.
    Person {
        organization_id: String,
        roles: Vec<String>,
        /// Where invitations are sent to.
        mail: Option<String>,
        /// Pairs of languages in alphabetical order, each once; who has some is an interpreter.
        interprets: Vec<LanguagePair>,
    },
    /// One of [`TERMINAL_KINDS`].
    Terminal {
        room_id: String,
        kind: String,
    },
    /// A line is called as its organization is, and is not retired.
    Line {
        organization_id: String,
        line: SiteLine,
    },
}

/// What a site says of its access line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SiteLine {
    pub(crate) capacity: Capacity,
    /// Megabytes of the site in one month; no bound if absent.
    pub(crate) month_mb: Option<u32>,
    pub(crate) tariff: Tariff,
}

impl Entry {
    pub(crate) const fn table(&self) -> Table {
        match self.what {
            What::Area => Table::Area,
            What::Organization { .. } => Table::Organization,
            What::Room { .. } => Table::Room,
            What::Person { .. } => Table::Person,
            What::Terminal { .. } => Table::Terminal,
            What::Line { .. } => Table::Line,
        }
    }

    /// The id of what it belongs to: of an area or an organization nothing, of a terminal its room, else its organization.
    pub(crate) fn home_id(&self) -> Option<&str> {
        match &self.what {
            What::Area | What::Organization { .. } => None,
            What::Room { organization_id }
            | What::Person { organization_id, .. }
            | What::Line { organization_id, .. } => Some(organization_id),
            What::Terminal { room_id, .. } => Some(room_id),
        }
    }
}

/// All entries, found by table and id; of the areas only those that somebody names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Register {
    tables: BTreeMap<Table, BTreeMap<String, Entry>>,
    /// How many areas there are, those that nobody names too.
    pub(crate) areas: usize,
}

impl Register {
    pub(crate) fn get(&self, table: Table, id: &str) -> Option<&Entry> {
        self.tables.get(&table)?.get(id)
    }

    pub(crate) fn put(&mut self, entry: Entry) {
        let table = self.tables.entry(entry.table()).or_default();
        table.insert(entry.id.clone(), entry);
    }

    /// How many entries a table has, retired ones too.
    pub(super) fn count(&self, table: Table) -> usize {
        match table {
            Table::Area => self.areas,
            _ => self.tables.get(&table).map_or(0, BTreeMap::len),
        }
    }

    /// Every entry; what others belong to comes first.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.tables.values().flat_map(BTreeMap::values)
    }
}
