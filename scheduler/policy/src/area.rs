//! Areas on five levels, and the sites that lie in them.

use alloc::borrow::ToOwned;
use alloc::string::String;

/// How wide an area is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// 省
    Province,
    /// 市
    City,
    /// 县
    County,
    /// 乡镇
    Township,
    /// 村
    Village,
}

impl Level {
    /// Every level, the widest first.
    pub const ALL: [Self; 5] =
        [Self::Province, Self::City, Self::County, Self::Township, Self::Village];
}

/// The code of an area by the National Bureau of Statistics: 2, 4, 6, 9 or 12 digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Area {
    code: String,
    level: Level,
}

impl Area {
    /// The area of this code; none if this is no code.
    #[must_use]
    pub fn read(code: &str) -> Option<Self> {
        let level = match code.len() {
            2 => Level::Province,
            4 => Level::City,
            6 => Level::County,
            9 => Level::Township,
            12 => Level::Village,
            _ => return None,
        };
        let digits = code.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| Self { code: code.to_owned(), level })
    }

    /// The code, digits alone.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// How wide it is.
    #[must_use]
    pub const fn level(&self) -> Level {
        self.level
    }

    /// Whether `other` lies in it, or is it.
    #[must_use]
    pub fn holds(&self, other: &Self) -> bool {
        other.code.starts_with(&self.code)
    }
}

/// A site and the area that it lies in, if that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Id of the organization.
    pub site: String,
    /// None as long as nobody has said where it is.
    pub area: Option<Area>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_tells_its_level_and_what_lies_in_it() {
        let codes = ["61", "6105", "610527", "610527102", "610527102201"];
        let areas = codes.map(|code| Area::read(code).unwrap());
        for (nth, area) in areas.iter().enumerate() {
            assert_eq!(area.level(), Level::ALL[nth]);
            for (other, inner) in areas.iter().enumerate() {
                assert_eq!(area.holds(inner), nth <= other, "{area:?} {inner:?}");
            }
        }
        assert!(!Area::read("62").unwrap().holds(&areas[2]));
        for none in ["", "6", "610", "61052", "61052x", "６１", "6105271022010"] {
            assert_eq!(Area::read(none), None, "{none}");
        }
    }
}
