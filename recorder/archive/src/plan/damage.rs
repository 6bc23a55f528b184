use crate::manifest::{Damage, DamagedSeconds};
use crate::tap::Missed;
use crate::timeline::{Us, ms};
use alloc::string::ToString as _;
use alloc::vec::Vec;

const JOURNAL: &str = "journal";
const SOUND: &str = "sound";
const PICTURE: &str = "picture";

/// What is missing of the whole recording and of its sound: merged, within `span`, relative to its
/// start.
pub(super) fn everywhere(span: (Us, Us), missed: &[Missed], sound: &[(Us, Us)]) -> Vec<Damage> {
    let us = |it: u64| Us::try_from(it).unwrap_or(Us::MAX);
    let missed: Vec<(Us, Us)> = missed.iter().map(|it| (us(it.from_us), us(it.to_us))).collect();
    let mut all = told(span, JOURNAL, "", &missed);
    all.extend(told(span, SOUND, "", sound));
    all
}

/// What is missing of one person's picture.
pub(super) fn of_picture(span: (Us, Us), identity: &str, lacking: &[(Us, Us)]) -> Vec<Damage> {
    told(span, PICTURE, identity, lacking)
}

fn told(span: (Us, Us), what: &str, identity: &str, found: &[(Us, Us)]) -> Vec<Damage> {
    let damage = |(from, to): (Us, Us)| Damage {
        from_ms: ms(from - span.0),
        to_ms: ms(to - span.0).max(ms(from - span.0) + 1),
        what: what.to_string(),
        identity: identity.to_string(),
    };
    merge(span, found).into_iter().map(damage).collect()
}

fn merge(span: (Us, Us), found: &[(Us, Us)]) -> Vec<(Us, Us)> {
    let within = found.iter().map(|it| (it.0.max(span.0), it.1.min(span.1)));
    let mut sorted: Vec<(Us, Us)> = within.filter(|it| it.0 < it.1).collect();
    sorted.sort_unstable();
    let mut merged: Vec<(Us, Us)> = Vec::new();
    for (from, to) in sorted {
        match merged.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => merged.push((from, to)),
        }
    }
    merged
}

/// In how many seconds of the recording there is damage, by kind.
pub(super) fn seconds(damage: &[Damage]) -> DamagedSeconds {
    let of = |what: &str| count(damage.iter().filter(|it| it.what == what));
    DamagedSeconds {
        any: count(damage.iter()),
        journal: of(JOURNAL),
        sound: of(SOUND),
        picture: of(PICTURE),
    }
}

fn count<'a>(damage: impl Iterator<Item = &'a Damage>) -> u64 {
    let seconds = |it: &Damage| (it.from_ms / 1_000, it.to_ms.div_ceil(1_000));
    let mut spans: Vec<(u64, u64)> = damage.map(seconds).collect();
    spans.sort_unstable();
    let (mut count, mut counted) = (0, 0);
    for (from, to) in spans {
        count += to.saturating_sub(from.max(counted));
        counted = counted.max(to);
    }
    count
}
