//! What an entry belongs to or lies in, when it is not found by the word that was written.

use super::entry::Table;
use super::fault::{Column, Fault, shown};

/// Why nothing is meant by a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    /// Several are called so.
    Many,
    /// This line would make it and is at fault.
    Faulty(u64),
    Nobody,
}

/// The column in which a line says what it belongs to.
pub(super) const fn column(home: Table) -> Column {
    match home {
        Table::Area => Column::Area,
        Table::Room => Column::Room,
        Table::Organization | Table::Person | Table::Terminal | Table::Line => Column::Organization,
    }
}

/// What to do about a word for an area, an organization or a room.
pub(super) fn fault(home: Table, word: &str, lost: Lost) -> Fault {
    match home {
        Table::Area => area(word, lost),
        Table::Room => room(word, lost),
        Table::Organization | Table::Person | Table::Terminal | Table::Line => {
            organization(word, lost)
        }
    }
}

fn area(word: &str, lost: Lost) -> Fault {
    let (column, name) = (Column::Area, shown(word));
    match lost {
        Lost::Many => {
            let detail = format!("several areas are called `{name}`; write the code");
            Fault::new(column, "area-ambiguous", detail).param("id", word)
        }
        Lost::Faulty(line) => {
            let detail =
                format!("its area is in line {line}, which is at fault; mend that one first");
            Fault::new(column, "area-faulty", detail).param("line", line)
        }
        Lost::Nobody => {
            let detail = format!(
                "there is no area `{name}`; write its code or its whole name, or add a line for it"
            );
            Fault::new(column, "area-unknown", detail).param("id", word)
        }
    }
}

fn room(word: &str, lost: Lost) -> Fault {
    let (column, name) = (Column::Room, shown(word));
    match lost {
        Lost::Many => {
            let detail = format!("several rooms of it are called `{name}`; write the id");
            Fault::new(column, "room-ambiguous", detail).param("id", word)
        }
        Lost::Faulty(line) => {
            let detail =
                format!("its room is in line {line}, which is at fault; mend that one first");
            Fault::new(column, "room-faulty", detail).param("line", line)
        }
        Lost::Nobody => {
            let detail = format!(
                "there is no room `{name}` there; write its id, or its whole name and the organization beside it, or add a line for it"
            );
            Fault::new(column, "room-not-there", detail).param("id", word)
        }
    }
}

fn organization(word: &str, lost: Lost) -> Fault {
    let (column, name) = (Column::Organization, shown(word));
    match lost {
        Lost::Many => {
            let detail = format!("several organizations are called `{name}`; write the id");
            Fault::new(column, "organization-ambiguous", detail).param("id", word)
        }
        Lost::Faulty(line) => {
            let detail = format!(
                "its organization is in line {line}, which is at fault; mend that one first"
            );
            Fault::new(column, "organization-faulty", detail).param("line", line)
        }
        Lost::Nobody => {
            let detail = format!(
                "there is no organization `{name}`; write the id or the whole name of one, or add a line for it"
            );
            Fault::new(column, "organization-unknown", detail).param("id", word)
        }
    }
}
