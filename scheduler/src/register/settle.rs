//! What must hold when all lines are carried out: nothing active belongs to what is retired.

use std::collections::{BTreeMap, BTreeSet};

use super::entry::{Entry, Register, Table};
use super::fault::{Column, Fault};

/// How many active entries belong to one.
#[derive(Debug, Clone, Copy, Default)]
struct Used {
    rooms: u64,
    people: u64,
    terminals: u64,
}

/// Table and id.
type Place<'a> = (Table, &'a str);

/// Faults of the lines that changed something, in their order; `touched` are the entries that they made.
pub(super) fn faults(register: &Register, touched: &[&Entry]) -> Vec<Option<Fault>> {
    let mut used: BTreeMap<Place<'_>, Used> = BTreeMap::new();
    // A line goes with its site.
    let belonging = |entry: &&Entry| !entry.retired && entry.table() != Table::Line;
    for entry in register.entries().filter(belonging) {
        let Some(home) = home(entry) else { continue };
        let used = used.entry(home).or_default();
        match entry.table() {
            Table::Room => used.rooms += 1,
            Table::Person => used.people += 1,
            Table::Terminal => used.terminals += 1,
            Table::Area | Table::Organization | Table::Line => {}
        }
    }
    let here: BTreeSet<Place<'_>> =
        touched.iter().map(|entry| (entry.table(), entry.id.as_str())).collect();
    touched.iter().map(|entry| fault(register, entry, &used, &here)).collect()
}

fn home(entry: &Entry) -> Option<Place<'_>> {
    Some((entry.table().home()?, entry.home_id()?))
}

/// Where what an entry belongs to is retired by a line of the same import, that line is at fault and not this one.
fn fault(
    register: &Register,
    entry: &Entry,
    used: &BTreeMap<Place<'_>, Used>,
    here: &BTreeSet<Place<'_>>,
) -> Option<Fault> {
    let own = used.get(&(entry.table(), entry.id.as_str())).filter(|_| entry.retired);
    if let Some(used) = own {
        return Some(in_use(entry.table(), *used));
    }
    let home = home(entry)?;
    let (table, id) = home;
    let found = register.get(table, id)?;
    let at_fault = found.retired && !entry.retired && !here.contains(&home);
    at_fault.then(|| home_retired(table, found.names.zh()))
}

fn in_use(table: Table, used: Used) -> Fault {
    let Used { rooms, people, terminals } = used;
    if table == Table::Room {
        let detail = format!(
            "{terminals} terminals stand in it; retire these first, or put them into another room"
        );
        return Fault::new(Column::Retired, "room-in-use", detail).param("terminals", terminals);
    }
    let detail = format!(
        "{rooms} rooms and {people} people belong to it; retire these first, or move them to another organization"
    );
    let fault = Fault::new(Column::Retired, "in-use", detail);
    fault.param("rooms", rooms).param("people", people)
}

fn home_retired(table: Table, name: &str) -> Fault {
    if table == Table::Room {
        let detail = format!("{name} is retired; choose another room, or take that one back");
        return Fault::new(Column::Room, "room-retired", detail).param("id", name);
    }
    let detail = format!("{name} is retired; choose another organization, or take that one back");
    Fault::new(Column::Organization, "organization-retired", detail).param("id", name)
}
