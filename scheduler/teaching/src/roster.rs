//! The bounds of rosters and headcounts.

/// Most pupils of one learning group, and of one headcount of a place.
pub const PUPILS_MAX: u32 = 200;

/// Most learning groups of one class, over all its places.
pub const GROUPS_MAX: usize = 20;

/// A number that is none of pupils, or of groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the number must be from {least} to {most}")]
pub struct NotSoMany {
    /// Fewest.
    pub least: u32,
    /// Most.
    pub most: u32,
}

/// A number of pupils: `least` is 1 for a group that is kept and 0 for those who are counted.
///
/// # Errors
/// It is less than `least`, or over [`PUPILS_MAX`].
pub fn check_pupils(pupils: u32, least: u32) -> Result<(), NotSoMany> {
    let good = (least..=PUPILS_MAX).contains(&pupils);
    if good { Ok(()) } else { Err(NotSoMany { least, most: PUPILS_MAX }) }
}

/// The number of groups that attend one class.
///
/// # Errors
/// It is over [`GROUPS_MAX`].
pub const fn check_groups(groups: usize) -> Result<(), NotSoMany> {
    if groups <= GROUPS_MAX { Ok(()) } else { Err(NotSoMany { least: 0, most: 20 }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_may_be_empty_and_a_group_may_not() {
        assert_eq!(check_pupils(0, 0), Ok(()));
        assert_eq!(check_pupils(0, 1), Err(NotSoMany { least: 1, most: PUPILS_MAX }));
        assert_eq!(check_pupils(PUPILS_MAX, 1), Ok(()));
        assert!(check_pupils(PUPILS_MAX + 1, 0).is_err());
        assert!(check_groups(GROUPS_MAX).is_ok() && check_groups(GROUPS_MAX + 1).is_err());
        assert_eq!(usize::try_from(check_groups(GROUPS_MAX + 1).unwrap_err().most), Ok(GROUPS_MAX));
    }
}
