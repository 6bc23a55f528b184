//! Everything that is wrong with a body, member by member, gathered while it is read.

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::refusals::error;
use crate::civil::parse_day;
use crate::problem::{self, Problem};

/// What was found wrong so far.
#[derive(Debug, Default)]
pub(super) struct Faults {
    errors: Vec<Value>,
    details: Vec<String>,
}

/// Most faults that are told; nobody reads more.
const TOLD_MAX: usize = 20;

impl Faults {
    /// One more: the member to change, the word and the params from which a page makes its sentence, and that in English.
    pub(super) fn add(&mut self, field: &str, code: &str, params: Value, detail: &str) {
        if self.errors.len() >= TOLD_MAX {
            return;
        }
        let params = match params {
            Value::Object(params) => params,
            _ => Map::new(),
        };
        self.errors.push(error(field, code, params, detail));
        self.details.push(detail.to_owned());
    }

    /// A list that is too long; `true` if it is not.
    pub(super) fn at_most(&mut self, field: &str, length: usize, most: usize) -> bool {
        if length > most {
            let detail = format!("`{field}` has {length} entries and may have at most {most}");
            self.add(field, "too-many", json!({ "most": most }), &detail);
        }
        length <= most
    }

    /// The day in `text`.
    pub(super) fn day(&mut self, field: &str, text: &str) -> Option<Date> {
        let day = parse_day(text).filter(|day| (1970..2200).contains(&day.year()));
        if day.is_none() {
            let detail = format!("`{field}` must be a day written YYYY-MM-DD, such as 2026-11-23");
            self.add(field, "not-a-day", json!({}), &detail);
        }
        day
    }

    /// One line of at most `most` characters.
    pub(super) fn name(&mut self, field: &str, text: &str, most: usize) {
        let line = !text.trim().is_empty() && !text.chars().any(char::is_control);
        if !line || text.chars().count() > most {
            let detail = format!("`{field}` must be one line of text, at most {most} characters");
            self.add(field, "not-a-name", json!({ "most": most }), &detail);
        }
    }

    /// `value`, if nothing was wrong.
    pub(super) fn or<T>(self, value: T) -> Result<T, Problem> {
        if self.errors.is_empty() { Ok(value) } else { Err(self.problem()) }
    }

    /// What was wrong.
    pub(super) fn problem(self) -> Problem {
        problem::invalid(self.details.join("; ")).member("errors", self.errors)
    }
}
