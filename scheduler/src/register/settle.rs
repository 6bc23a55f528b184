//! What must hold when all lines are carried out: nobody active belongs to an organization that is retired.

use std::collections::{BTreeMap, BTreeSet};

use super::entry::{Entry, Register, Table};
use super::fault::{Column, Fault};

/// Faults of the lines that changed something, in their order; `touched` are the entries that they made.
pub(super) fn faults(register: &Register, touched: &[&Entry]) -> Vec<Option<Fault>> {
    let mut used: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for entry in register.entries().filter(|entry| !entry.retired) {
        let Some(organization_id) = entry.organization_id() else { continue };
        let (rooms, people) = used.entry(organization_id).or_default();
        *(if entry.table() == Table::Room { rooms } else { people }) += 1;
    }
    let here: BTreeSet<&str> = touched
        .iter()
        .filter(|entry| entry.table() == Table::Organization)
        .map(|entry| entry.id.as_str())
        .collect();
    touched.iter().map(|entry| fault(register, entry, &used, &here)).collect()
}

/// Where the organization is retired by a line of the same import, that line is at fault and not its people's.
fn fault(
    register: &Register,
    entry: &Entry,
    used: &BTreeMap<&str, (u64, u64)>,
    here: &BTreeSet<&str>,
) -> Option<Fault> {
    let Some(organization_id) = entry.organization_id() else {
        let (rooms, people) = used.get(entry.id.as_str()).filter(|_| entry.retired).copied()?;
        return Some(in_use(rooms, people));
    };
    let organization = register.get(Table::Organization, organization_id)?;
    let at_fault = organization.retired && !entry.retired && !here.contains(organization_id);
    at_fault.then(|| organization_retired(&organization.name))
}

fn in_use(rooms: u64, people: u64) -> Fault {
    let detail = format!(
        "{rooms} rooms and {people} people belong to it; retire these first, or move them to another organization"
    );
    let fault = Fault::new(Column::Retired, "in-use", detail);
    fault.param("rooms", rooms).param("people", people)
}

fn organization_retired(name: &str) -> Fault {
    let detail = format!("{name} is retired; choose another organization, or take that one back");
    Fault::new(Column::Organization, "organization-retired", detail).param("id", name)
}
