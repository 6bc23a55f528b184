//! What somebody wants an entry to be, as it came.

use std::collections::BTreeMap;

use session::{Language, Names};

use super::entry::{Entry, INTERPRETER, KINDS, ROLES, TERMINAL_KINDS, Table, What};
use super::fault::{CHINESE, Column, Fault};
use super::interpreting::pairs;
use super::line::{LineCells, said};
use super::mail::check_mail;
use crate::areas::level;

/// Most characters of a name.
const NAME_CHARS_MAX: usize = 80;
/// Most characters of an id.
const ID_CHARS_MAX: usize = 64;

/// Which entry is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Key {
    /// One that is not there yet; it is given an id.
    New,
    /// The one of this id; it is made if there is none.
    Id(String),
    /// The one of this id, which must be there.
    There(String),
    /// The one of this name in what it belongs to; it is made if there is none.
    Name,
}

/// One entry as it is wanted; what is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(crate) table: Table,
    pub(crate) key: Key,
    /// What it is called; an empty name takes the one in that language away, and one that is absent stays.
    pub(crate) names: BTreeMap<Language, String>,
    pub(crate) kind: Option<String>,
    /// Id or name of an organization.
    pub(crate) organization: Option<String>,
    pub(crate) roles: Option<Vec<String>>,
    pub(crate) retired: Option<bool>,
    /// Code or name of an area; empty: none.
    pub(crate) area: Option<String>,
    /// Id or name of a room.
    pub(crate) room: Option<String>,
    /// Mail address of a person; empty: none.
    pub(crate) mail: Option<String>,
    /// Pairs of languages that a person interprets.
    pub(crate) interprets: Option<Vec<String>>,
    /// Of the line of a site.
    pub(crate) line: LineCells,
}

/// One line of what is wanted: its number, and the draft or what is wrong with it already.
pub(crate) type Line = (u64, Result<Draft, Unread>);

/// A line that could not be read as a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unread {
    pub(crate) table: Option<Table>,
    /// What the line calls itself: id or name.
    pub(crate) called: Vec<String>,
    pub(crate) faults: Vec<Fault>,
}

impl Draft {
    /// What the line calls itself, so that a line that needs it can be told of it.
    pub(super) fn called(&self) -> Vec<String> {
        let id = match &self.key {
            Key::Id(id) | Key::There(id) => Some(id.clone()),
            Key::New | Key::Name => None,
        };
        let site = self.organization.clone().filter(|_| self.table == Table::Line);
        id.into_iter().chain(self.name().map(str::to_owned)).chain(site).collect()
    }

    /// The entry that this draft makes of `before`, under `id`, in that organization or room; an organization in that area.
    pub(super) fn entry(
        &self,
        id: String,
        before: Option<&Entry>,
        (home_id, area_code): (Option<String>, Option<String>),
    ) -> Result<Entry, Vec<Fault>> {
        let mut faults = Vec::new();
        let names = self.names(before, &mut faults);
        let home_id = home_id.unwrap_or_default();
        let what = match self.table {
            Table::Area => What::Area,
            Table::Organization => What::Organization {
                kind: self.kind(before).unwrap_or_else(|fault| refused(&mut faults, fault)),
                area_code,
            },
            Table::Room => What::Room { organization_id: home_id },
            Table::Person => self.person(before, home_id, &mut faults),
            Table::Terminal => What::Terminal {
                room_id: home_id,
                kind: self.kind(before).unwrap_or_else(|fault| refused(&mut faults, fault)),
            },
            Table::Line => {
                What::Line { organization_id: home_id, line: said(&self.line, before, &mut faults) }
            }
        };
        let retired = self.retired.unwrap_or_else(|| before.is_some_and(|entry| entry.retired));
        match names.filter(|_| faults.is_empty()) {
            Some(names) => Ok(Entry { id, names, retired, what }),
            None => Err(faults),
        }
    }

    /// The same of what is called this, and in no other language otherwise.
    pub(super) fn called_as(&self, names: &Names) -> Self {
        let own = |language: &Language| names.own(*language).unwrap_or_default().to_owned();
        let names = Language::ALL.iter().map(|language| (*language, own(language))).collect();
        Self { names, ..self.clone() }
    }

    /// The Chinese name that is wanted, by which entries are found.
    pub(super) fn name(&self) -> Option<&str> {
        self.names.get(&Language::Chinese).map(String::as_str)
    }

    /// What it is called then. An area has one name.
    fn names(&self, before: Option<&Entry>, faults: &mut Vec<Fault>) -> Option<Names> {
        let mut names = BTreeMap::new();
        let languages = Language::ALL.iter().copied();
        for language in languages.filter(|it| self.table != Table::Area || *it == Language::Chinese)
        {
            match self.name_in(language, before) {
                Ok(name) => names.extend(name.map(|name| (language, name))),
                Err(fault) => faults.push(fault),
            }
        }
        Names::try_from(names).ok()
    }

    /// Who has no name of its own in a language is called as in Chinese there, and stays so when that name is changed.
    fn name_in(&self, language: Language, before: Option<&Entry>) -> Result<Option<String>, Fault> {
        let column = Column::Name(language);
        let kept = before.and_then(|entry| entry.names.own(language));
        match (self.names.get(&language), kept) {
            (Some(text), _) if column != CHINESE && text.trim().is_empty() => Ok(None),
            (Some(text), _) => line_of_text(column, text).map(Some),
            (None, Some(name)) => Ok(Some(name.to_owned())),
            (None, None) if column == CHINESE => Err(Fault::missing(CHINESE)),
            (None, None) => Ok(None),
        }
    }

    fn kind(&self, before: Option<&Entry>) -> Result<String, Fault> {
        let terminal = self.table == Table::Terminal;
        let kinds: &[&'static str] = if terminal { &TERMINAL_KINDS } else { &KINDS };
        match (self.kind.as_deref(), before.map(|entry| &entry.what)) {
            (Some(kind), _) if kinds.contains(&kind) => Ok(kind.to_owned()),
            (Some(kind), _) if terminal => {
                Err(Fault::no_word(Column::Kind, "terminal-kind-unknown", kind, kinds))
            }
            (Some(kind), _) => Err(Fault::no_word(Column::Kind, "kind-unknown", kind, kinds)),
            (None, Some(What::Organization { kind, .. } | What::Terminal { kind, .. })) => {
                Ok(kind.clone())
            }
            (None, _) => Err(Fault::missing(Column::Kind)),
        }
    }

    fn person(&self, before: Option<&Entry>, home_id: String, faults: &mut Vec<Fault>) -> What {
        let mut roles = self.roles(before, faults);
        let kept = match before.map(|entry| &entry.what) {
            Some(What::Person { interprets, .. }) => interprets.clone(),
            _ => Vec::new(),
        };
        let interprets = self.interprets.as_deref().map_or(Ok(kept), pairs);
        let interprets = interprets.unwrap_or_else(|fault| {
            faults.push(fault);
            Vec::new()
        });
        // Nobody has to say the same thing twice.
        if !interprets.is_empty() && !roles.iter().any(|role| role == INTERPRETER) {
            roles.push(INTERPRETER.to_owned());
            roles.sort();
        }
        let mail = self.mail(before).unwrap_or_else(|fault| {
            faults.push(fault);
            None
        });
        What::Person { organization_id: home_id, roles, mail, interprets }
    }

    fn mail(&self, before: Option<&Entry>) -> Result<Option<String>, Fault> {
        match (self.mail.as_deref().map(str::trim), before.map(|entry| &entry.what)) {
            (Some(""), _) => Ok(None),
            (Some(text), _) => check_mail(text).map(|()| Some(text.to_owned())),
            (None, Some(What::Person { mail, .. })) => Ok(mail.clone()),
            (None, _) => Ok(None),
        }
    }

    /// Roles that the register does not give, it does not take either.
    fn roles(&self, before: Option<&Entry>, faults: &mut Vec<Fault>) -> Vec<String> {
        let held = match before.map(|entry| &entry.what) {
            Some(What::Person { roles, .. }) => roles.as_slice(),
            _ => &[],
        };
        let Some(wanted) = &self.roles else { return held.to_vec() };
        for role in wanted.iter().filter(|role| !ROLES.contains(&role.as_str())) {
            if !held.contains(role) {
                faults.push(Fault::no_word(Column::Roles, "role-unknown", role, &ROLES));
            }
        }
        let kept = held.iter().filter(|role| !ROLES.contains(&role.as_str()));
        let mut roles: Vec<String> = wanted.iter().chain(kept).cloned().collect();
        roles.sort();
        roles.dedup();
        roles
    }
}

fn refused(faults: &mut Vec<Fault>, fault: Fault) -> String {
    faults.push(fault);
    String::new()
}

/// A name: one line, not empty, not too long.
fn line_of_text(column: Column, text: &str) -> Result<String, Fault> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Fault::missing(column));
    }
    if text.chars().count() > NAME_CHARS_MAX {
        let detail = format!(
            "`{}` has over {NAME_CHARS_MAX} characters; write a shorter one",
            column.as_str()
        );
        let most = u64::try_from(NAME_CHARS_MAX).unwrap_or(u64::MAX);
        return Err(Fault::new(column, "too-long", detail).param("most", most));
    }
    if text.chars().any(char::is_control) {
        let detail =
            format!("`{}` must be one line of text; a quotation mark may be open", column.as_str());
        return Err(Fault::new(column, "not-a-line", detail));
    }
    Ok(text.to_owned())
}

/// Whether this can be the code of an area.
pub(super) fn check_code(code: &str) -> Result<(), Fault> {
    if level(code).is_some() {
        return Ok(());
    }
    let detail = "the code of an area has 2, 4, 6, 9 or 12 digits: province, city, county, township, village; write it as the id";
    Err(Fault::new(Column::Id, "code-malformed", detail))
}

/// Whether an id can be one: letters and digits of ASCII, inside also `-`, `_` and `.`.
pub(super) fn check_id(id: &str) -> Result<(), Fault> {
    let good = id.len() <= ID_CHARS_MAX
        && id.starts_with(|sign: char| sign.is_ascii_alphanumeric())
        && id.chars().all(|sign| sign.is_ascii_alphanumeric() || "-_.".contains(sign));
    if good {
        return Ok(());
    }
    let detail = format!(
        "an id has 1 to {ID_CHARS_MAX} letters a-z, digits, `-`, `_` and `.`; write another, or leave it empty and one is made"
    );
    Err(Fault::new(Column::Id, "id-malformed", detail))
}
