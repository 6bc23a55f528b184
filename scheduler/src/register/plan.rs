//! What becomes of each line.

use std::collections::BTreeMap;

use super::draft::{Draft, Key, Line, Unread, check_id};
use super::entry::{Entry, Register, Table, What};
use super::fault::{Column, Fault, shown};
use super::names::{Found, Names};
use super::settle;

/// What a plan must keep to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules<'a> {
    /// The person who asks: nobody closes the door behind themselves. None for a program.
    pub(crate) by: Option<&'a str>,
    /// Most entries of one table.
    pub(crate) entries_max: usize,
}

/// What becomes of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Made(Entry),
    /// With the columns that differ.
    Changed(Entry, Vec<Column>),
    Unchanged(Entry),
    Faulty(Unread),
}

/// What becomes of all lines, in their order, each with its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) lines: Vec<(u64, Outcome)>,
}

impl Plan {
    /// Whether it can be carried out: no line is at fault.
    pub(crate) fn is_good(&self) -> bool {
        !self.lines.iter().any(|(_, outcome)| matches!(outcome, Outcome::Faulty(_)))
    }

    /// The first line that is at fault, and the first thing that is wrong with it.
    pub(crate) fn first_fault(&self) -> Option<(u64, &Fault)> {
        self.lines.iter().find_map(|(number, outcome)| match outcome {
            Outcome::Faulty(unread) => Some((*number, unread.faults.first()?)),
            _ => None,
        })
    }

    /// What is to be written, organizations first.
    pub(crate) fn writes(&self) -> Vec<&Entry> {
        let written =
            |outcome: &Outcome| matches!(outcome, Outcome::Made(_) | Outcome::Changed(..));
        let lines = self.lines.iter().filter(|(_, outcome)| written(outcome));
        let mut entries: Vec<&Entry> = lines.filter_map(|(_, outcome)| outcome.entry()).collect();
        entries.sort_by_key(|entry| entry.table());
        entries
    }
}

impl Outcome {
    pub(crate) const fn entry(&self) -> Option<&Entry> {
        match self {
            Self::Made(entry) | Self::Changed(entry, _) | Self::Unchanged(entry) => Some(entry),
            Self::Faulty(_) => None,
        }
    }
}

/// Holds `lines` against the register. Organizations come first wherever they stand, so that a line may name one that a
/// later line makes. `new_id` is asked for an id of what is made without one.
pub(crate) fn plan(
    register: &Register,
    lines: Vec<Line>,
    rules: Rules<'_>,
    new_id: &mut dyn FnMut() -> String,
) -> Plan {
    let mut planner = Planner {
        names: Names::of(register),
        register: register.clone(),
        rules,
        new_id,
        seen: BTreeMap::new(),
        faulty: BTreeMap::new(),
    };
    let first = |line: &Line| match &line.1 {
        Ok(draft) => draft.table != Table::Organization,
        Err(unread) => unread.table != Some(Table::Organization),
    };
    let mut order: Vec<(usize, Line)> = lines.into_iter().enumerate().collect();
    order.sort_by_key(|(place, line)| (first(line), *place));
    let mut done: Vec<(usize, u64, Outcome)> = order
        .into_iter()
        .map(|(place, (number, line))| (place, number, planner.outcome(number, line)))
        .collect();
    done.sort_by_key(|(place, ..)| *place);
    let mut lines: Vec<(u64, Outcome)> =
        done.into_iter().map(|(_, number, outcome)| (number, outcome)).collect();
    planner.settle(&mut lines);
    Plan { lines }
}

struct Planner<'a> {
    /// As it is after the lines so far.
    register: Register,
    names: Names,
    rules: Rules<'a>,
    new_id: &'a mut dyn FnMut() -> String,
    /// By table and id, the line that wanted it.
    seen: BTreeMap<(Table, String), u64>,
    /// Organizations of lines at fault by what they call themselves: who names one is told of that line.
    faulty: BTreeMap<String, u64>,
}

impl Planner<'_> {
    fn outcome(&mut self, number: u64, line: Result<Draft, Unread>) -> Outcome {
        let draft = match line {
            Ok(draft) => draft,
            Err(unread) => return self.refuse(number, unread),
        };
        match self.carry_out(number, &draft) {
            Ok(outcome) => outcome,
            Err(faults) => {
                let (table, called) = (Some(draft.table), draft.called());
                self.refuse(number, Unread { table, called, faults })
            }
        }
    }

    fn refuse(&mut self, number: u64, unread: Unread) -> Outcome {
        if unread.table == Some(Table::Organization) {
            for word in &unread.called {
                self.faulty.entry(word.clone()).or_insert(number);
            }
        }
        Outcome::Faulty(unread)
    }

    fn carry_out(&mut self, number: u64, draft: &Draft) -> Result<Outcome, Vec<Fault>> {
        let one = |fault| vec![fault];
        let named = self.organization(draft).map_err(one)?;
        let before = self.before(draft, named.as_deref()).map_err(one)?;
        let kept = before.as_ref().and_then(|entry| entry.organization_id().map(str::to_owned));
        let organization_id = named.or(kept);
        if draft.table != Table::Organization && organization_id.is_none() {
            return Err(one(Fault::missing(Column::Organization)));
        }
        let id = match (&before, &draft.key) {
            (Some(entry), _) => entry.id.clone(),
            (None, Key::Id(id)) => id.clone(),
            (None, Key::New | Key::Name | Key::There(_)) => (self.new_id)(),
        };
        let entry = draft.entry(id, before.as_ref(), organization_id)?;
        self.check(number, &entry, before.as_ref()).map_err(one)?;
        if let Some(before) = &before {
            self.names.remove(before);
        }
        self.names.add(&entry);
        self.seen.insert((entry.table(), entry.id.clone()), number);
        self.register.put(entry.clone());
        Ok(match before {
            None => Outcome::Made(entry),
            Some(before) if before == entry => Outcome::Unchanged(entry),
            Some(before) => {
                let columns = differing(&before, &entry);
                Outcome::Changed(entry, columns)
            }
        })
    }

    /// The id of the organization that a draft names, by id or by name.
    fn organization(&self, draft: &Draft) -> Result<Option<String>, Fault> {
        if draft.table == Table::Organization {
            return Ok(None);
        }
        let Some(word) = draft.organization.as_deref() else { return Ok(None) };
        if self.register.get(Table::Organization, word).is_some() {
            return Ok(Some(word.to_owned()));
        }
        let column = Column::Organization;
        match self.names.find(Table::Organization, None, word) {
            Found::One(id) => Ok(Some(id.to_owned())),
            Found::Many => {
                let detail =
                    format!("several organizations are called `{}`; write the id", shown(word));
                Err(Fault::new(column, "organization-ambiguous", detail).param("id", word))
            }
            Found::Nobody => Err(match self.faulty.get(word) {
                Some(line) => {
                    let detail = format!(
                        "its organization is in line {line}, which is at fault; mend that one first"
                    );
                    Fault::new(column, "organization-faulty", detail).param("line", *line)
                }
                None => {
                    let detail = format!(
                        "there is no organization `{}`; write the id or the whole name of one, or add a line for it",
                        shown(word)
                    );
                    Fault::new(column, "organization-unknown", detail).param("id", word)
                }
            }),
        }
    }

    /// The entry that a draft means, if there is one.
    fn before(&self, draft: &Draft, organization_id: Option<&str>) -> Result<Option<Entry>, Fault> {
        match &draft.key {
            Key::New => Ok(None),
            Key::Id(id) => {
                check_id(id)?;
                Ok(self.register.get(draft.table, id).cloned())
            }
            Key::There(id) => match self.register.get(draft.table, id) {
                Some(entry) => Ok(Some(entry.clone())),
                None => Err(Fault::new(Column::Id, "not-there", "there is nothing of this id")),
            },
            Key::Name => {
                let name = draft.name.as_deref().ok_or_else(|| Fault::missing(Column::Name))?;
                if draft.table != Table::Organization && organization_id.is_none() {
                    return Err(Fault::missing(Column::Organization));
                }
                match self.names.find(draft.table, organization_id, name) {
                    Found::Nobody => Ok(None),
                    Found::One(id) => Ok(self.register.get(draft.table, id).cloned()),
                    Found::Many => {
                        let detail = format!("several are called `{}`; write the id", shown(name));
                        Err(Fault::new(Column::Id, "name-ambiguous", detail).param("id", name))
                    }
                }
            }
        }
    }

    /// What one line may not do.
    fn check(&self, number: u64, entry: &Entry, before: Option<&Entry>) -> Result<(), Fault> {
        let table = entry.table();
        if let Some(line) =
            self.seen.get(&(table, entry.id.clone())).filter(|line| **line != number)
        {
            let detail = format!("line {line} is the same one; keep one of the two lines");
            return Err(Fault::new(Column::Id, "twice", detail).param("line", *line));
        }
        let renamed = before.is_none_or(|before| {
            before.name != entry.name
                || before.organization_id() != entry.organization_id()
                || before.retired
        });
        if let Some(id) = self.names.namesake(entry).filter(|_| renamed && !entry.retired) {
            let detail = format!(
                "`{id}` is called the same in the same place; write a name by which people can tell them apart"
            );
            return Err(Fault::new(Column::Name, "name-taken", detail).param("id", id));
        }
        if before.is_none() && self.register.count(table) >= self.rules.entries_max {
            let most = u64::try_from(self.rules.entries_max).unwrap_or(u64::MAX);
            let detail = format!(
                "the register holds at most {most} of a table, retired ones too; ask the operator"
            );
            return Err(Fault::new(Column::Table, "too-many", detail).param("most", most));
        }
        self.check_own(entry, before)
    }

    /// Nobody shuts themselves out: then perhaps nobody is left who could open again.
    fn check_own(&self, entry: &Entry, before: Option<&Entry>) -> Result<(), Fault> {
        let own = entry.table() == Table::Person && self.rules.by == Some(&entry.id);
        let Some(before) = before.filter(|_| own) else { return Ok(()) };
        if entry.retired && !before.retired {
            let detail =
                "this is you, and you would be shut out; ask another administrator to do it";
            return Err(Fault::new(Column::Retired, "own-way-in", detail));
        }
        Ok(())
    }

    fn settle(&self, lines: &mut [(u64, Outcome)]) {
        let touched: Vec<&Entry> =
            lines.iter().filter_map(|(_, outcome)| outcome.entry()).collect();
        let mut faults = settle::faults(&self.register, &touched).into_iter();
        for (_, outcome) in lines {
            let Some(entry) = outcome.entry() else { continue };
            let Some(fault) = faults.next().flatten() else { continue };
            let (table, called) = (Some(entry.table()), vec![entry.name.clone()]);
            *outcome = Outcome::Faulty(Unread { table, called, faults: vec![fault] });
        }
    }
}

/// The columns in which two entries differ.
fn differing(before: &Entry, after: &Entry) -> Vec<Column> {
    let special = |entry: &Entry| match &entry.what {
        What::Organization { kind } => (Column::Kind, vec![kind.clone()]),
        What::Room { .. } => (Column::Roles, Vec::new()),
        What::Person { roles, .. } => (Column::Roles, roles.clone()),
    };
    let (column, _) = special(after);
    let changes = [
        (Column::Name, before.name != after.name),
        (Column::NameEn, before.name_en != after.name_en),
        (Column::Organization, before.organization_id() != after.organization_id()),
        (column, special(before) != special(after)),
        (Column::Retired, before.retired != after.retired),
    ];
    changes.into_iter().filter_map(|(column, changed)| changed.then_some(column)).collect()
}
