//! Who is found by name.

use std::collections::BTreeMap;

use super::entry::{Entry, Register, Table};

/// Ids of entries by table, what they belong to, and Chinese name; active ones and retired ones apart.
#[derive(Debug, Default)]
pub(super) struct NameIndex(BTreeMap<Place, Ids>);

type Place = (Table, String, String);

#[derive(Debug, Default)]
struct Ids {
    active: Vec<String>,
    retired: Vec<String>,
}

/// What a name stands for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found<'a> {
    Nobody,
    One(&'a str),
    Many,
}

fn place(table: Table, home_id: Option<&str>, name: &str) -> Place {
    (table, home_id.unwrap_or_default().to_owned(), name.to_owned())
}

impl NameIndex {
    pub(super) fn of(register: &Register) -> Self {
        let mut names = Self::default();
        for entry in register.entries() {
            names.add(entry);
        }
        names
    }

    pub(super) fn add(&mut self, entry: &Entry) {
        let place = place(entry.table(), entry.home_id(), entry.names.zh());
        let ids = self.0.entry(place).or_default();
        if entry.retired { &mut ids.retired } else { &mut ids.active }.push(entry.id.clone());
    }

    pub(super) fn remove(&mut self, entry: &Entry) {
        let place = place(entry.table(), entry.home_id(), entry.names.zh());
        if let Some(ids) = self.0.get_mut(&place) {
            ids.active.retain(|id| *id != entry.id);
            ids.retired.retain(|id| *id != entry.id);
        }
    }

    /// Who is meant by a name: an active one, or else a retired one.
    pub(super) fn find(&self, table: Table, home_id: Option<&str>, name: &str) -> Found<'_> {
        let Some(ids) = self.0.get(&place(table, home_id, name)) else {
            return Found::Nobody;
        };
        match (ids.active.as_slice(), ids.retired.as_slice()) {
            ([], []) => Found::Nobody,
            ([one], _) | ([], [one]) => Found::One(one),
            _ => Found::Many,
        }
    }

    /// The active one other than `entry` that is called the same in the same place.
    pub(super) fn namesake(&self, entry: &Entry) -> Option<&str> {
        let ids = self.0.get(&place(entry.table(), entry.home_id(), entry.names.zh()))?;
        ids.active.iter().map(String::as_str).find(|id| *id != entry.id)
    }
}
