//! What the register holds.

use std::collections::BTreeMap;

/// The kinds of organization.
pub(crate) const KINDS: [&str; 2] = ["health", "education"];

/// What a person may be booked as, and `scheduler` for one who books. Other standing roles are not the register's to give.
pub(crate) const ROLES: [&str; 5] =
    ["scheduler", "specialist", "village_doctor", "lead_teacher", "classroom"];

/// The tables of the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Table {
    Organization,
    Room,
    Person,
}

impl Table {
    pub(crate) const ALL: [Self; 3] = [Self::Organization, Self::Room, Self::Person];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::Room => "room",
            Self::Person => "person",
        }
    }
}

/// An organization, a room or a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) name_en: String,
    /// Kept for what points to it; it is not offered, booked or let in any more.
    pub(crate) retired: bool,
    pub(crate) what: What,
}

/// What only entries of one table have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// One of [`KINDS`].
    Organization {
        kind: String,
    },
    Room {
        organization_id: String,
    },
    /// Roles in alphabetical order, each once.
    Person {
        organization_id: String,
        roles: Vec<String>,
    },
}

impl Entry {
    pub(crate) const fn table(&self) -> Table {
        match self.what {
            What::Organization { .. } => Table::Organization,
            What::Room { .. } => Table::Room,
            What::Person { .. } => Table::Person,
        }
    }

    /// The organization that it belongs to; none of an organization.
    pub(crate) fn organization_id(&self) -> Option<&str> {
        match &self.what {
            What::Organization { .. } => None,
            What::Room { organization_id } | What::Person { organization_id, .. } => {
                Some(organization_id)
            }
        }
    }
}

/// All entries, found by table and id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Register {
    tables: [BTreeMap<String, Entry>; 3],
}

impl Register {
    const fn table(&self, table: Table) -> &BTreeMap<String, Entry> {
        let [organizations, rooms, people] = &self.tables;
        match table {
            Table::Organization => organizations,
            Table::Room => rooms,
            Table::Person => people,
        }
    }

    pub(crate) fn get(&self, table: Table, id: &str) -> Option<&Entry> {
        self.table(table).get(id)
    }

    pub(crate) fn put(&mut self, entry: Entry) {
        let [organizations, rooms, people] = &mut self.tables;
        let table = match entry.table() {
            Table::Organization => organizations,
            Table::Room => rooms,
            Table::Person => people,
        };
        table.insert(entry.id.clone(), entry);
    }

    /// How many entries a table has, retired ones too.
    pub(super) fn count(&self, table: Table) -> usize {
        self.table(table).len()
    }

    /// Every entry, organizations first.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.tables.iter().flat_map(BTreeMap::values)
    }
}
