//! A table that somebody wrote in a spreadsheet: one file, a line an area, an organization, a room, a person, a terminal or the line
//! of a site.

mod headers;
mod no_table;
mod text;
mod words;

use std::collections::BTreeMap;

use csv::{ReaderBuilder, StringRecord};

use super::draft::{Draft, Key, Line, Unread};
use super::entry::Table;
use super::fault::{CHINESE, Column, Fault};
use super::line::LineCells;
use headers::Headers;
pub(crate) use no_table::NoTable;
use session::Language;
pub(crate) use text::{Encoding, gb18030};

/// Most lines of one table, its first not counted.
pub(crate) const LINES_MAX: usize = 5_000;

/// A table that could be read; each of its lines may still be at fault.
#[derive(Debug)]
pub(crate) struct Sheet {
    pub(crate) encoding: Encoding,
    pub(crate) separator: Separator,
    headers: Headers,
    pub(crate) lines: Vec<Line>,
}

/// What stands between two cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Separator {
    Comma,
    Semicolon,
    Tab,
}

impl Separator {
    const ALL: [Self; 3] = [Self::Comma, Self::Semicolon, Self::Tab];

    const fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
        }
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Comma => "comma",
            Self::Semicolon => "semicolon",
            Self::Tab => "tab",
        }
    }
}

/// Reads a table: UTF-8, UTF-16 with its mark or GB18030; commas, semicolons or tabs; first a line with the names of the
/// columns, in Chinese or English.
///
/// # Errors
/// What is wrong with the file as a whole.
pub(crate) fn read(bytes: &[u8]) -> Result<Sheet, NoTable> {
    let (encoding, text) = text::decode(bytes)?;
    let tries =
        Separator::ALL.map(|separator| (separator, Headers::read(&first(&text, separator))));
    let most = tries.iter().map(|(_, headers)| headers.known()).max().unwrap_or_default();
    let found = tries.into_iter().find(|(_, headers)| headers.known() == most && most > 0);
    let (separator, headers) = found.ok_or_else(|| {
        NoTable::new(
            "no-headers",
            "the first line must name the columns: table, id, name, name_en, name_bo, name_ug, kind, area, organization, room, roles, interprets, mail, down_kbps, up_kbps, month_mb, tariff, retired",
        )
    })?;
    headers.check()?;
    let mut lines = Vec::new();
    let records = reader(&text, separator).into_records().skip(1);
    for record in records {
        // Text is text already, and rows may be of any length: nothing is left to fail.
        let Ok(record) = record else { continue };
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if lines.len() == LINES_MAX {
            let most = u64::try_from(LINES_MAX).unwrap_or(u64::MAX);
            let detail = format!("a table may have {most} lines; divide it into several files");
            return Err(NoTable::new("too-many-lines", detail).param("most", most));
        }
        let number = record.position().map_or(0, csv::Position::line);
        lines.push((number, draft(&headers, &record)));
    }
    Ok(Sheet { encoding, separator, headers, lines })
}

impl Sheet {
    /// The name of a column as the file writes it.
    pub(crate) fn header(&self, column: Column) -> Option<&str> {
        self.headers.written(column)
    }

    /// Names of columns that are not read.
    pub(crate) fn ignored(&self) -> &[String] {
        self.headers.ignored()
    }
}

fn reader(text: &str, separator: Separator) -> csv::Reader<&[u8]> {
    ReaderBuilder::new()
        .delimiter(separator.byte())
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes())
}

fn first(text: &str, separator: Separator) -> StringRecord {
    reader(text, separator).into_records().next().and_then(Result::ok).unwrap_or_default()
}

/// The names in the cells that are filled.
fn names(filled: &impl Fn(Column) -> Option<String>) -> BTreeMap<Language, String> {
    let languages = Language::ALL.iter().copied();
    languages.filter_map(|it| Some((it, filled(Column::Name(it))?))).collect()
}

/// One line as a draft. A column that is not in the file leaves what is stored; so does an empty cell, but for roles and
/// languages, which it takes away, and `retired`, where it means no.
fn draft(headers: &Headers, record: &StringRecord) -> Result<Draft, Unread> {
    let cell = |column| headers.cell(record, column);
    let filled = |column| cell(column).filter(|text| !text.is_empty()).map(str::to_owned);
    let mut faults = Vec::new();
    let mut keep = |fault| faults.push(fault);
    if record.len() > headers.columns() {
        keep(Fault::new(
            Column::Table,
            "cells-too-many",
            "the line has more cells than the first one; put a text with a separator in it into quotation marks",
        ));
    }
    let table = match cell(Column::Table).unwrap_or_default() {
        "" => Err(Fault::missing(Column::Table)),
        word => words::table(word).ok_or_else(|| {
            Fault::no_word(Column::Table, "table-unknown", word, &Table::ALL.map(Table::as_str))
        }),
    };
    let table = table.map_err(&mut keep).ok();
    let retired = match cell(Column::Retired) {
        None => None,
        Some(word) => words::truth(word)
            .ok_or_else(|| {
                keep(Fault::no_word(Column::Retired, "retired-unknown", word, &["yes", "no"]))
            })
            .ok(),
    };
    let (id, name) = (filled(Column::Id), filled(CHINESE));
    // A line is called as its site is, which may stand in either column.
    let site = filled(Column::Organization).or_else(|| name.clone());
    let is_line = table == Some(Table::Line);
    if !is_line && id.is_none() && name.is_none() {
        keep(Fault::missing(CHINESE));
    }
    let called = id.iter().chain(&name).cloned().collect();
    let Some(table) = table.filter(|_| faults.is_empty()) else {
        return Err(Unread { table, called, faults });
    };
    let kind = match table {
        Table::Organization => filled(Column::Kind).map(|word| words::kind(&word)),
        Table::Terminal => filled(Column::Kind).map(|word| words::terminal_kind(&word)),
        Table::Area | Table::Room | Table::Person | Table::Line => None,
    };
    Ok(Draft {
        table,
        key: id.map_or(Key::Name, Key::Id),
        names: names(&filled),
        kind,
        organization: match table {
            Table::Area | Table::Organization => None,
            Table::Line => site,
            Table::Room | Table::Person | Table::Terminal => filled(Column::Organization),
        },
        roles: cell(Column::Roles).filter(|_| table == Table::Person).map(words::roles),
        retired: retired.filter(|_| !matches!(table, Table::Area | Table::Line)),
        area: filled(Column::Area).filter(|_| table == Table::Organization),
        room: filled(Column::Room).filter(|_| table == Table::Terminal),
        mail: filled(Column::Mail).filter(|_| table == Table::Person),
        interprets: cell(Column::Interprets)
            .filter(|_| table == Table::Person)
            .map(words::languages),
        line: LineCells {
            down_kbps: filled(Column::DownKbps).filter(|_| is_line),
            up_kbps: filled(Column::UpKbps).filter(|_| is_line),
            month_mb: filled(Column::MonthMb).filter(|_| is_line),
            tariff: filled(Column::Tariff).filter(|_| is_line),
        },
    })
}
