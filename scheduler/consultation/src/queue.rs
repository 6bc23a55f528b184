//! Whose case is next, where many sites wait for the same few specialists: by turns, so that no site waits for ever behind one
//! that asks more (I12).

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::words::{Specialty, Urgency};

/// A case that waits for doctors to be invited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting<'a> {
    /// The inviting side.
    pub site: &'a str,
    /// Whose specialists it waits for.
    pub specialty: Specialty,
    /// How soon.
    pub urgency: Urgency,
    /// Since when, seconds after 1970-01-01.
    pub since_s: u64,
}

/// How many cases of each site and specialty had their turn lately. Urgent ones are not among them: what cannot wait is at no
/// site's expense.
pub type Served<'a> = BTreeMap<(&'a str, Specialty), u32>;

/// Places of `waiting`, the next one first, each once.
///
/// Urgent cases come first, by age. Of the others a site has one in each round of turns of its specialty, and who had fewer lately
/// comes before who had more. However many cases others add, at most one of each other site, and what it had fewer turns than this
/// one, comes before the next case of a site.
#[must_use]
pub fn turns(waiting: &[Waiting<'_>], served: &Served<'_>) -> Vec<usize> {
    let mut places: Vec<usize> = (0..waiting.len()).collect();
    // Within a site, and within a round, what has to be soon comes before what has time, and then who waits for longer.
    let age = |place: &usize| {
        waiting.get(*place).map(|it| (core::cmp::Reverse(it.urgency), it.since_s, *place))
    };
    places.sort_by_key(age);
    let mut next = served.clone();
    let mut rounds: Vec<(u64, usize)> = Vec::with_capacity(places.len());
    for place in places {
        let Some(it) = waiting.get(place) else { continue };
        let round = if it.urgency == Urgency::Urgent {
            0
        } else {
            let turn = next.entry((it.site, it.specialty)).or_default();
            *turn = turn.saturating_add(1);
            u64::from(*turn)
        };
        rounds.push((round, place));
    }
    // Stable: within a round they stay as they are.
    rounds.sort_by_key(|(round, _)| *round);
    rounds.into_iter().map(|(_, place)| place).collect()
}
