//! What becomes of each line.

use std::collections::{BTreeMap, BTreeSet};

use super::differing::differing;
use super::draft::{Draft, Key, Line, Unread, check_code, check_id};
use super::entry::{Entry, Register, SiteLine, Table, What};
use super::fault::{CHINESE, Column, Fault, shown};
use super::homes::{self, Lost};
use super::name_index::{Found, NameIndex};
use super::settle;

/// Most areas; all of China has 665,276.
const AREAS_MAX: usize = 2_000_000;

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

    /// The people, rooms and terminals that it retires: which line, and what.
    pub(crate) fn retires(&self) -> Vec<(usize, Table, String)> {
        let lines = self.lines.iter().enumerate();
        let retired = lines.filter_map(|(place, (_, outcome))| match outcome {
            Outcome::Changed(entry, columns)
                if entry.retired && columns.contains(&Column::Retired) =>
            {
                Some((place, entry.table(), entry.id.clone()))
            }
            _ => None,
        });
        retired
            .filter(|(_, table, _)| matches!(table, Table::Person | Table::Room | Table::Terminal))
            .collect()
    }

    /// The lines of sites that it writes: which line of the table, and what.
    pub(crate) fn site_lines(&self) -> Vec<(usize, String, SiteLine)> {
        let lines = self.lines.iter().enumerate();
        let written = lines.filter_map(|(place, (_, outcome))| match outcome {
            Outcome::Made(entry) | Outcome::Changed(entry, _) => Some((place, entry)),
            Outcome::Unchanged(_) | Outcome::Faulty(_) => None,
        });
        let line = |(place, entry): (usize, &Entry)| match &entry.what {
            What::Line { organization_id, line } => {
                Some((place, organization_id.clone(), line.clone()))
            }
            _ => None,
        };
        written.filter_map(line).collect()
    }

    /// Puts a line at fault that cannot be carried out, as the store knows.
    pub(crate) fn refuse(&mut self, place: usize, fault: Fault) {
        let Some((_, outcome)) = self.lines.get_mut(place) else { return };
        let Some(entry) = outcome.entry() else { return };
        let (table, called) = (Some(entry.table()), vec![entry.names.zh().to_owned()]);
        *outcome = Outcome::Faulty(Unread { table, called, faults: vec![fault] });
    }

    /// What is to be written; what others belong to comes first.
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
    pub(crate) fn into_entry(self) -> Option<Entry> {
        match self {
            Self::Made(entry) | Self::Changed(entry, _) | Self::Unchanged(entry) => Some(entry),
            Self::Faulty(_) => None,
        }
    }

    pub(crate) const fn entry(&self) -> Option<&Entry> {
        match self {
            Self::Made(entry) | Self::Changed(entry, _) | Self::Unchanged(entry) => Some(entry),
            Self::Faulty(_) => None,
        }
    }
}

/// The codes and names of areas that `lines` speak of.
pub(crate) fn named_areas(lines: &[Line]) -> BTreeSet<String> {
    let drafts = lines.iter().filter_map(|(_, draft)| draft.as_ref().ok());
    let word = |draft: &Draft| match (draft.table, &draft.key) {
        (Table::Area, Key::Id(id) | Key::There(id)) => Some(id.clone()),
        (Table::Area, Key::New | Key::Name) => draft.name().map(str::to_owned),
        (Table::Organization, _) => draft.area.clone(),
        (Table::Room | Table::Person | Table::Terminal | Table::Line, _) => None,
    };
    drafts.filter_map(word).collect()
}

/// Holds `lines` against the register. What others belong to comes first wherever it stands, so that a line may name one that
/// a later line makes. `new_id` is asked for an id of what is made without one.
pub(crate) fn plan(
    register: &Register,
    lines: Vec<Line>,
    rules: Rules<'_>,
    new_id: &mut dyn FnMut() -> String,
) -> Plan {
    let mut planner = Planner {
        names: NameIndex::of(register),
        register: register.clone(),
        rules,
        new_id,
        seen: BTreeMap::new(),
        faulty: BTreeMap::new(),
    };
    let turn = |line: &Line| match &line.1 {
        Ok(draft) => Some(draft.table),
        Err(unread) => unread.table,
    };
    let mut order: Vec<(usize, Line)> = lines.into_iter().enumerate().collect();
    order.sort_by_key(|(place, line)| (turn(line), *place));
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
    names: NameIndex,
    rules: Rules<'a>,
    new_id: &'a mut dyn FnMut() -> String,
    /// By table and id, the line that wanted it.
    seen: BTreeMap<(Table, String), u64>,
    /// Organizations of lines at fault by what they call themselves: who names one is told of that line.
    faulty: BTreeMap<(Table, String), u64>,
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
        if let Some(table) = unread.table {
            for word in &unread.called {
                self.faulty.entry((table, word.clone())).or_insert(number);
            }
        }
        Outcome::Faulty(unread)
    }

    fn carry_out(&mut self, number: u64, draft: &Draft) -> Result<Outcome, Vec<Fault>> {
        let one = |fault| vec![fault];
        let named = self.home(draft).map_err(one)?;
        let before = self.before(draft, named.as_deref()).map_err(one)?;
        let kept = before.as_ref().and_then(|entry| entry.home_id().map(str::to_owned));
        let home_id = named.or(kept);
        check_home(draft.table, home_id.as_deref()).map_err(one)?;
        let entry = self.entry(draft, before.as_ref(), home_id)?;
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

    /// What the draft makes of `before`, in that organization or room.
    fn entry(
        &mut self,
        draft: &Draft,
        before: Option<&Entry>,
        home_id: Option<String>,
    ) -> Result<Entry, Vec<Fault>> {
        let site = home_id.as_deref().filter(|_| draft.table == Table::Line);
        if let Some(site) = site.and_then(|id| self.register.get(Table::Organization, id)) {
            let named = draft.called_as(&site.names);
            return named.entry(site.id.clone(), before, (home_id, None));
        }
        let id = match (before, &draft.key) {
            (Some(entry), _) => entry.id.clone(),
            (None, Key::Id(id)) => id.clone(),
            (None, Key::New | Key::Name | Key::There(_)) => (self.new_id)(),
        };
        let area_code = self.area_code(draft, before).map_err(|fault| vec![fault])?;
        draft.entry(id, before, (home_id, area_code))
    }

    /// The id of what a draft says that it belongs to, by id or by name.
    fn home(&self, draft: &Draft) -> Result<Option<String>, Fault> {
        let Some(table) = draft.table.home() else { return Ok(None) };
        let organization = draft.organization.as_deref();
        let Some(room) = draft.room.as_deref().filter(|_| table == Table::Room) else {
            let organization = organization.filter(|_| table == Table::Organization);
            return organization.map(|word| self.meant(table, None, word)).transpose();
        };
        // An id says enough; names of rooms are those of an organization.
        if self.register.get(table, room).is_some() {
            return Ok(Some(room.to_owned()));
        }
        let meant = |word| self.meant(Table::Organization, None, word);
        let organization_id = organization.map(meant).transpose()?;
        self.meant(table, organization_id.as_deref(), room).map(Some)
    }

    /// The code of the area that an organization lies in. Where no areas are loaded a code is taken as it is, and so is the one
    /// that it has.
    fn area_code(&self, draft: &Draft, before: Option<&Entry>) -> Result<Option<String>, Fault> {
        let kept = match before.map(|entry| &entry.what) {
            Some(What::Organization { area_code, .. }) => area_code.clone(),
            _ => None,
        };
        match draft.area.as_deref().filter(|_| draft.table == Table::Organization) {
            None => Ok(kept),
            Some("") => Ok(None),
            Some(word) if kept.as_deref() == Some(word) => Ok(kept),
            Some(code) if self.register.areas == 0 && check_code(code).is_ok() => {
                Ok(Some(code.to_owned()))
            }
            Some(word) => self.meant(Table::Area, None, word).map(Some),
        }
    }

    /// The id of the entry that a word means.
    fn meant(&self, table: Table, within: Option<&str>, word: &str) -> Result<String, Fault> {
        if self.register.get(table, word).is_some() {
            return Ok(word.to_owned());
        }
        let lost = match self.names.find(table, within, word) {
            Found::One(id) => return Ok(id.to_owned()),
            Found::Many => Lost::Many,
            Found::Nobody => match self.faulty.get(&(table, word.to_owned())) {
                Some(line) => Lost::Faulty(*line),
                None => Lost::Nobody,
            },
        };
        Err(homes::fault(table, word, lost))
    }

    /// The entry that a draft means, if there is one.
    fn before(&self, draft: &Draft, home_id: Option<&str>) -> Result<Option<Entry>, Fault> {
        // A site has one line, known by the site.
        if draft.table == Table::Line {
            return Ok(home_id.and_then(|id| self.register.get(Table::Line, id)).cloned());
        }
        match &draft.key {
            Key::New => Ok(None),
            Key::Id(id) => {
                if draft.table == Table::Area {
                    check_code(id)?
                } else {
                    check_id(id)?
                }
                Ok(self.register.get(draft.table, id).cloned())
            }
            Key::There(id) => match self.register.get(draft.table, id) {
                Some(entry) => Ok(Some(entry.clone())),
                None => Err(Fault::new(Column::Id, "not-there", "there is nothing of this id")),
            },
            Key::Name => {
                let name = draft.name().ok_or_else(|| Fault::missing(CHINESE))?;
                check_home(draft.table, home_id)?;
                match self.names.find(draft.table, home_id, name) {
                    Found::Nobody if draft.table == Table::Area => Err(Fault::missing(Column::Id)),
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
        // Areas of different counties have the same names.
        let renamed = table != Table::Area
            && before.is_none_or(|before| {
                let (was, is) = (before.names.zh(), entry.names.zh());
                was != is || before.home_id() != entry.home_id() || before.retired
            });
        if let Some(id) = self.names.namesake(entry).filter(|_| renamed && !entry.retired) {
            let detail = format!(
                "`{id}` is called the same in the same place; write a name by which people can tell them apart"
            );
            return Err(Fault::new(CHINESE, "name-taken", detail).param("id", id));
        }
        let most = if table == Table::Area { AREAS_MAX } else { self.rules.entries_max };
        if before.is_none() && self.register.count(table) >= most {
            let most = u64::try_from(most).unwrap_or(u64::MAX);
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
            let (table, called) = (Some(entry.table()), vec![entry.names.zh().to_owned()]);
            *outcome = Outcome::Faulty(Unread { table, called, faults: vec![fault] });
        }
    }
}

/// Whether it is said what an entry of a table belongs to.
fn check_home(table: Table, home_id: Option<&str>) -> Result<(), Fault> {
    match table.home() {
        Some(home) if home_id.is_none() => Err(Fault::missing(homes::column(home))),
        _ => Ok(()),
    }
}
