//! The state of a room, and what a participant wants of it.

use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Most bytes of one write: a title in full and names around it.
pub const WRITE_BYTES_MAX: usize = 4 * 1024;
/// Most pages of a deck, as many as the recorder takes.
pub const PAGES_MAX: u32 = 1_000;
/// Most bytes of a deck's title; the longest that a page of ours writes has 300 characters.
pub const TITLE_BYTES_MAX: usize = 1_200;
/// Most bytes of a deck's name.
pub const DECK_BYTES_MAX: usize = 128;

/// The page of an uploaded deck that everybody sees.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
pub struct Slides {
    /// The deck's name at the recorder: letters, digits, `-` and `_`.
    pub deck: String,
    /// Which page, from 1.
    pub page: u32,
    /// How many the deck has.
    pub pages: u32,
    /// What the deck is called.
    #[serde(default)]
    pub title: String,
}

impl Slides {
    fn fits(&self) -> bool {
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        (1..=DECK_BYTES_MAX).contains(&self.deck.len())
            && self.deck.bytes().all(letter)
            && (1..=self.pages).contains(&self.page)
            && self.pages <= PAGES_MAX
            && self.title.len() <= TITLE_BYTES_MAX
    }

    /// As clients and the recorder read it.
    #[must_use]
    pub fn to_json(&self) -> Map<String, Value> {
        let told = json!({
            "deck": self.deck, "page": self.page, "pages": self.pages, "title": self.title,
        });
        told.as_object().cloned().unwrap_or_default()
    }
}

/// What somebody wants to be changed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum StateChange {
    /// This page is shown.
    Slides(Slides),
    /// One's own hand goes up.
    Raise,
    /// A hand goes down; `None` = one's own.
    Lower(Option<String>),
    /// Who has raised a hand is called on: the hand goes down with it.
    Call(String),
}

/// One write to the state of a room.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Write {
    /// The writer's number of it, under which a refusal is told; 0 = it does not number.
    pub request: u32,
    /// The version of the entry that the writer saw; `None` = whatever stands there.
    pub seen: Option<u64>,
    /// What is wanted.
    pub change: StateChange,
}

#[derive(Deserialize)]
struct WriteForm {
    #[serde(default)]
    request: u32,
    seen: Option<u64>,
    slides: Option<Slides>,
    hand: Option<bool>,
    of: Option<String>,
    call: Option<String>,
}

impl Write {
    /// Reads a payload of JSON: one of `slides`, `hand` (with `of` for somebody else's) and `call`, beside `request` and
    /// `seen`.
    ///
    /// # Errors
    /// The writer's number as far as it can be read, and what does not fit.
    pub fn read(payload: &[u8]) -> Result<Self, (u32, &'static str)> {
        if payload.len() > WRITE_BYTES_MAX {
            return Err((0, "a write to the room's state has at most 4,096 bytes"));
        }
        let unread = (0, "a write to the room's state is JSON: slides, hand or call");
        let said: WriteForm = serde_json::from_slice(payload).map_err(|_| unread)?;
        let WriteForm { request, seen, slides, hand, of, call } = said;
        let change = match (slides, hand, call) {
            (Some(slides), None, None) if slides.fits() => StateChange::Slides(slides),
            (Some(_), None, None) => {
                return Err((request, "the slides name a deck, a page of it and at most 1,000"));
            }
            (None, Some(true), None) if of.is_none() => StateChange::Raise,
            (None, Some(true), None) => {
                return Err((request, "everybody raises the own hand"));
            }
            (None, Some(false), None) => StateChange::Lower(of),
            (None, None, Some(identity)) => StateChange::Call(identity),
            _ => return Err((request, "write one of slides, hand and call at a time")),
        };
        Ok(Self { request, seen, change })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Write, (u32, &'static str)> {
        Write::read(text.as_bytes())
    }

    fn slides(change: impl FnOnce(&mut Value)) -> Result<Write, (u32, &'static str)> {
        let mut said = json!({ "request": 3, "slides": { "deck": "d-1", "page": 2, "pages": 9, "title": "云" } });
        change(&mut said);
        read(&said.to_string())
    }

    #[test]
    fn each_write_is_read_as_it_is_meant() {
        let write = |request, seen, change| Ok(Write { request, seen, change });
        let shown = Slides { deck: "d-1".into(), page: 2, pages: 9, title: "云".into() };
        assert_eq!(slides(|_| {}), write(3, None, StateChange::Slides(shown)));
        assert_eq!(read(r#"{"hand":true}"#), write(0, None, StateChange::Raise));
        assert_eq!(read(r#"{"hand":false,"request":1}"#), write(1, None, StateChange::Lower(None)));
        let of = StateChange::Lower(Some("wang".to_owned()));
        assert_eq!(read(r#"{"hand":false,"of":"wang","seen":7}"#), write(0, Some(7), of));
        let call = StateChange::Call("wang".to_owned());
        assert_eq!(read(r#"{"call":"wang","later":"word"}"#), write(0, None, call));
    }

    #[test]
    fn what_is_no_write_is_refused_under_its_number() {
        for text in ["", "[]", "{", r#"{"request":-1,"hand":true}"#, r#"{"hand":"up"}"#, "\u{fffd}"]
        {
            assert_eq!(read(text).unwrap_err().0, 0, "{text}");
        }
        for text in [r#"{"request":4}"#, r#"{"request":4,"hand":true,"call":"a"}"#] {
            assert_eq!(read(text).unwrap_err().0, 4, "{text}");
        }
        assert_eq!(read(r#"{"request":5,"hand":true,"of":"wang"}"#).unwrap_err().0, 5);
        let long = format!(r#"{{"call":"{}"}}"#, "x".repeat(WRITE_BYTES_MAX));
        assert!(read(&long).is_err());
    }

    #[test]
    fn slides_name_a_page_of_a_deck() {
        let wrong: [(&str, Value); 9] = [
            ("deck", json!("")),
            ("deck", json!("../d")),
            ("deck", json!("d".repeat(129))),
            ("page", json!(0)),
            ("page", json!(10)),
            ("page", json!(1.5)),
            ("pages", json!(1_001)),
            ("title", json!("x".repeat(1_201))),
            ("title", json!(7)),
        ];
        for (member, value) in wrong {
            let said = slides(|said| said["slides"][member] = value.clone());
            assert!(said.is_err(), "{member} {value}");
        }
        assert!(slides(|said| said["slides"]["title"] = json!("x".repeat(1_200))).is_ok());
    }
}
