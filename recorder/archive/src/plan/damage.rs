use super::ms;
use crate::manifest::Damage;
use crate::tap::Missed;
use crate::timeline::Us;
use alloc::string::ToString as _;
use alloc::vec::Vec;

/// The spans that are not as they were, merged, within `span`, relative to its start.
pub(super) fn spans(
    span: (Us, Us),
    missed: &[Missed],
    sound: &[(Us, Us)],
    picture: &[(Us, Us)],
) -> Vec<Damage> {
    let us = |it: u64| Us::try_from(it).unwrap_or(Us::MAX);
    let missed: Vec<(Us, Us)> = missed.iter().map(|it| (us(it.from_us), us(it.to_us))).collect();
    let mut all = Vec::new();
    for (what, found) in [("journal", missed.as_slice()), ("sound", sound), ("picture", picture)] {
        for (from, to) in merge(span, found) {
            all.push(Damage {
                from_ms: ms(from - span.0),
                to_ms: ms(to - span.0).max(ms(from - span.0) + 1),
                what: what.to_string(),
            });
        }
    }
    all.sort_by(|a, b| (a.from_ms, &a.what).cmp(&(b.from_ms, &b.what)));
    all
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

/// In how many seconds of the recording there is damage.
pub(super) fn seconds(damage: &[Damage]) -> u64 {
    let mut spans: Vec<(u64, u64)> =
        damage.iter().map(|it| (it.from_ms / 1_000, it.to_ms.div_ceil(1_000))).collect();
    spans.sort_unstable();
    let (mut count, mut counted) = (0, 0);
    for (from, to) in spans {
        count += to.saturating_sub(from.max(counted));
        counted = counted.max(to);
    }
    count
}
