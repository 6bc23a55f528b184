//! What the inviting side asks for, by the six fields of the norm (远程医疗服务管理规范（试行）, 2018), and for whom.

use alloc::string::String;
use alloc::vec::Vec;

use crate::fault::Fault;

/// The bounds of a request and of what is said later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest line: reason, purpose, why; characters.
    pub line_chars_max: usize,
    /// Longest summary of a case, characters.
    pub summary_chars_max: usize,
    /// Longest opinion, characters.
    pub opinion_chars_max: usize,
    /// Longest name of a patient, characters.
    pub name_chars_max: usize,
    /// How long ago the wished time may be, days: a request may have waited for its line.
    pub wished_past_days: u64,
    /// How far ahead the wished time may be, days.
    pub wished_ahead_days: u64,
}

impl Limits {
    /// A line of 200 characters, a summary of 1200, an opinion of 4000, a name of 60; a week ago to a leap year ahead. With
    /// four bytes for each character a case card stays below 10 kB.
    pub const USUAL: Self = Self {
        line_chars_max: 200,
        summary_chars_max: 1_200,
        opinion_chars_max: 4_000,
        name_chars_max: 60,
        wished_past_days: 7,
        wished_ahead_days: 366,
    };
}

/// Who is to be helped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patient<'a> {
    /// As on the card.
    pub name: &'a str,
    /// Year of birth.
    pub born: u16,
    /// Number of the medical insurance or identity card.
    pub card: &'a str,
}

/// What is asked for; urgency, specialty, title and sex are words of closed lists and need no check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request<'a> {
    /// Why a consultation is needed.
    pub reason: &'a str,
    /// What it is to answer.
    pub purpose: &'a str,
    /// When it is wished for, seconds since 1970.
    pub wished_s: u64,
    /// History, findings, treatment so far.
    pub summary: &'a str,
    /// For whom.
    pub patient: Patient<'a>,
}

/// A card number in the one form in which it is compared: capital letters and digits.
#[derive(Clone, PartialEq, Eq)]
pub struct Card(String);

const CARD_MIN: usize = 6;
const CARD_MAX: usize = 32;
/// Longest card number as it is typed, bytes.
const TYPED_MAX: usize = 128;
/// The first year in which anybody who lives may have been born.
const FIRST_YEAR: u16 = 1_900;
const DAY_S: u64 = 86_400;

impl Card {
    /// Reads what was typed: spaces and dashes count nothing, nor does the case of letters, nor full width.
    #[must_use]
    pub fn read(typed: &str) -> Option<Self> {
        if typed.len() > TYPED_MAX {
            return None;
        }
        let plain = |sign: char| match sign {
            '\u{ff01}'..='\u{ff5e}' => {
                char::from_u32(u32::from(sign).saturating_sub(0xfee0)).unwrap_or(sign)
            }
            other => other,
        };
        let signs = typed.chars().map(plain).filter(|sign| !sign.is_whitespace() && *sign != '-');
        let number: String = signs.map(|sign| sign.to_ascii_uppercase()).collect();
        let good = number.bytes().all(|byte| byte.is_ascii_alphanumeric());
        (good && (CARD_MIN..=CARD_MAX).contains(&number.len())).then_some(Self(number))
    }

    /// The whole number. Not to be kept or logged.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last four signs, by which people recognise it.
    #[must_use]
    pub fn last_four(&self) -> &str {
        let from = self.0.len().saturating_sub(4);
        self.0.get(from..).unwrap_or_default()
    }
}

impl core::fmt::Debug for Card {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("Card").finish_non_exhaustive()
    }
}

/// The card of a request that is whole at `now_s` (seconds since 1970) in this year, or everything that is wrong with it
/// (never empty).
pub fn check(
    request: &Request<'_>,
    limits: &Limits,
    (now_s, year): (u64, u16),
) -> Result<Card, Vec<Fault>> {
    let Request { reason, purpose, wished_s, summary, patient } = request;
    let mut faults = Vec::new();
    faults.extend(check_line("reason", reason, limits.line_chars_max).err());
    faults.extend(check_line("purpose", purpose, limits.line_chars_max).err());
    let (past, ahead) = (limits.wished_past_days, limits.wished_ahead_days);
    let first = now_s.saturating_sub(past.saturating_mul(DAY_S));
    let last = now_s.saturating_add(ahead.saturating_mul(DAY_S));
    if !(first..=last).contains(wished_s) {
        faults.push(Fault::Wished { past, ahead });
    }
    faults.extend(check_text("summary", summary, limits.summary_chars_max).err());
    faults.extend(check_line("patient.name", patient.name, limits.name_chars_max).err());
    if !(FIRST_YEAR..=year).contains(&patient.born) {
        faults.push(Fault::Year { least: FIRST_YEAR, most: year });
    }
    let card = Card::read(patient.card);
    if card.is_none() {
        faults.push(Fault::Card { least: CARD_MIN, most: CARD_MAX });
    }
    match card {
        Some(card) if faults.is_empty() => Ok(card),
        _ => Err(faults),
    }
}

/// Whether `text` is one line of at most `most` characters that says something.
pub fn check_line(field: &'static str, text: &str, most: usize) -> Result<(), Fault> {
    check_signs(field, text, most, |_| false)
}

/// Whether `text` has at most `most` characters and says something; in as many lines as it likes.
pub fn check_text(field: &'static str, text: &str, most: usize) -> Result<(), Fault> {
    check_signs(field, text, most, |sign| sign == '\n')
}

fn check_signs(
    field: &'static str,
    text: &str,
    most: usize,
    allowed: fn(char) -> bool,
) -> Result<(), Fault> {
    if text.trim().is_empty() {
        return Err(Fault::Missing { field });
    }
    if text.chars().count() > most {
        return Err(Fault::TooLong { field, most });
    }
    if text.chars().any(|sign| sign.is_control() && !allowed(sign)) {
        return Err(Fault::NotShown { field });
    }
    Ok(())
}
