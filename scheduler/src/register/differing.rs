//! In what an entry differs from what it was.

use session::Language;

use super::entry::{Entry, SiteLine, What};
use super::fault::Column;
use super::homes;

/// The columns in which two entries differ.
pub(super) fn differing(before: &Entry, after: &Entry) -> Vec<Column> {
    let kind = |entry: &Entry| match &entry.what {
        What::Organization { kind, .. } | What::Terminal { kind, .. } => Some(kind.clone()),
        What::Area | What::Room { .. } | What::Person { .. } | What::Line { .. } => None,
    };
    let area = |entry: &Entry| match &entry.what {
        What::Organization { area_code, .. } => area_code.clone(),
        _ => None,
    };
    let roles = |entry: &Entry| match &entry.what {
        What::Person { roles, .. } => roles.clone(),
        _ => Vec::new(),
    };
    let mail = |entry: &Entry| match &entry.what {
        What::Person { mail, .. } => mail.clone(),
        _ => None,
    };
    let interprets = |entry: &Entry| match &entry.what {
        What::Person { interprets, .. } => interprets.clone(),
        _ => Vec::new(),
    };
    let line = |entry: &Entry| match &entry.what {
        What::Line { line, .. } => line.clone(),
        _ => SiteLine::default(),
    };
    let (was, is) = (line(before), line(after));
    let home = after.table().home().map_or(Column::Organization, homes::column);
    let named = Language::ALL.iter().map(|language| {
        (Column::Name(*language), before.names.own(*language) != after.names.own(*language))
    });
    let changes = [
        (home, before.home_id() != after.home_id()),
        (Column::Kind, kind(before) != kind(after)),
        (Column::Area, area(before) != area(after)),
        (Column::Roles, roles(before) != roles(after)),
        (Column::Mail, mail(before) != mail(after)),
        (Column::Interprets, interprets(before) != interprets(after)),
        (Column::DownKbps, was.capacity.down_kbps != is.capacity.down_kbps),
        (Column::UpKbps, was.capacity.up_kbps != is.capacity.up_kbps),
        (Column::MonthMb, was.month_mb != is.month_mb),
        (Column::Tariff, was.tariff != is.tariff),
        (Column::Retired, before.retired != after.retired),
    ];
    named.chain(changes).filter_map(|(column, changed)| changed.then_some(column)).collect()
}
