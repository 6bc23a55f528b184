//! Who would be in a room together, and whether an adult would be alone there with a minor.

use alloc::string::String;
use alloc::vec::Vec;

/// A day of the civil calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    /// Of the Gregorian calendar.
    pub year: i16,
    /// 1 to 12.
    pub month: i8,
    /// 1 to 31.
    pub day: i8,
}

/// The day on which somebody was born.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Birthday(pub Day);

/// Age from which one is no minor, years (Civil Code of the PRC, article 17).
const ADULT_YEARS: i16 = 18;

impl Birthday {
    /// The first day on which who was born then is no minor: the eighteenth birthday, after a leap day the day behind it.
    #[must_use]
    pub const fn grown_up(self) -> Day {
        let Day { year, month, day } = self.0;
        let year = year.saturating_add(ADULT_YEARS);
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        if month == 2 && day == 29 && !leap {
            return Day { year, month: 3, day: 1 };
        }
        Day { year, month, day }
    }
}

/// Somebody who would be in the room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present {
    /// Person id.
    pub person: String,
    /// Younger than eighteen on the day of the session.
    pub minor: bool,
    /// Answers for minors by a standing role: a teacher, a doctor; not a volunteer, not a visitor.
    pub responsible: bool,
    /// Person ids of minors whose guardian this is.
    pub guardian_of: Vec<String>,
}

/// Who would be in the room.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Company(pub Vec<Present>);

impl Company {
    /// Whether this person is there as a minor.
    #[must_use]
    pub fn has_minor(&self, person: &str) -> bool {
        self.0.iter().any(|it| it.minor && it.person == person)
    }
}

/// An adult who would be alone with a minor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alone<'a> {
    /// The first minor whom nobody stands beside.
    pub minor: &'a str,
}

/// Whether an adult would be alone with a minor. Two adults are enough if one of them answers for minors; one is enough, or
/// two who do not, if each minor's guardian is among them.
#[must_use]
pub fn alone_with_minor(company: &Company) -> Option<Alone<'_>> {
    let Company(people) = company;
    let adults = || people.iter().filter(|it| !it.minor);
    let in_charge = adults().count() >= 2 && adults().any(|it| it.responsible);
    if in_charge || adults().next().is_none() {
        return None;
    }
    let beside = |minor: &Present| adults().any(|it| it.guardian_of.contains(&minor.person));
    let minors = people.iter().filter(|it| it.minor);
    let alone = minors.into_iter().find(|minor| !beside(minor))?;
    Some(Alone { minor: &alone.person })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i16, month: i8, day: i8) -> Day {
        Day { year, month, day }
    }

    #[test]
    fn one_is_a_minor_until_the_day_before_the_eighteenth_birthday() {
        assert_eq!(Birthday(day(2008, 11, 24)).grown_up(), day(2026, 11, 24));
        assert_eq!(Birthday(day(2008, 2, 29)).grown_up(), day(2026, 3, 1));
        assert_eq!(Birthday(day(1982, 2, 29)).grown_up(), day(2000, 2, 29), "a leap year again");
        assert_eq!(Birthday(day(i16::MAX, 1, 1)).grown_up(), day(i16::MAX, 1, 1));
    }

    #[test]
    fn a_guardian_or_a_second_adult_in_charge_stands_beside_a_minor() {
        let pupil = |id: &str| Present {
            person: id.into(),
            minor: true,
            responsible: false,
            guardian_of: Vec::new(),
        };
        let adult = |responsible: bool, of: &[&str]| Present {
            person: "adult".into(),
            minor: false,
            responsible,
            guardian_of: of.iter().map(|id| (*id).into()).collect(),
        };
        let (teacher, stranger) = (adult(true, &[]), adult(false, &[]));
        for (people, alone) in [
            (alloc::vec![teacher.clone(), stranger.clone()], None),
            (alloc::vec![pupil("a"), pupil("b")], None),
            (alloc::vec![teacher.clone(), pupil("a")], Some("a")),
            (alloc::vec![stranger.clone(), pupil("a"), pupil("b")], Some("a")),
            (alloc::vec![stranger.clone(), stranger.clone(), pupil("a")], Some("a")),
            (alloc::vec![teacher.clone(), stranger.clone(), pupil("a")], None),
            (alloc::vec![teacher.clone(), teacher, pupil("a")], None),
            (alloc::vec![adult(false, &["a"]), pupil("a")], None),
            (alloc::vec![adult(false, &["a"]), pupil("a"), pupil("b")], Some("b")),
            (alloc::vec![adult(false, &["a", "b"]), stranger, pupil("a"), pupil("b")], None),
        ] {
            let company = Company(people);
            assert_eq!(alone_with_minor(&company).map(|it| it.minor), alone, "{company:?}");
        }
    }
}
