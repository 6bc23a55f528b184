//! Where a list of sessions goes on: after a start and, of those that start then, an id.

use booking::UnixS;

use crate::problem::{self, Problem};

const ID_BYTES_MAX: usize = 128;

/// A place in a list of sessions, as its reader has it: `SECONDS.ID`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) start: UnixS,
    pub(super) id: String,
}

impl Place {
    /// Reads the `after` of a request.
    pub(super) fn read(text: &str) -> Result<Self, Problem> {
        let parts = text.split_once('.').filter(|(_, id)| (1..=ID_BYTES_MAX).contains(&id.len()));
        let parts = parts.and_then(|(start, id)| Some((start.parse::<u32>().ok()?, id)));
        let (start_s, id) = parts.ok_or_else(|| {
            problem::bad_parameter("`after` must be the `next` of an answer; leave it out to begin")
        })?;
        Ok(Self { start: UnixS(start_s.into()), id: id.to_owned() })
    }

    /// The `next` of an answer.
    pub(super) fn print(&self) -> String {
        format!("{}.{}", self.start.0, self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_printed_and_nothing_else_is_one() {
        let place = Place { start: UnixS(1_795_392_000), id: "01a2-b".into() };
        assert_eq!(place.print(), "1795392000.01a2-b");
        assert_eq!(Place::read(&place.print()).unwrap(), place);
        let long = format!("1.{}", "x".repeat(ID_BYTES_MAX + 1));
        for text in ["", "1", "1.", ".x", "-1.x", "99999999999.x", long.as_str()] {
            assert!(Place::read(text).is_err(), "{text}");
        }
    }
}
