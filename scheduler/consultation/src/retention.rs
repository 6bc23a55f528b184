//! How long what was written and recorded of a patient is kept.

const DAY_S: u64 = 86_400;
/// A year that is never too short.
const YEAR_S: u64 = 366 * DAY_S;
/// The record of an outpatient, from the last visit on (医疗机构管理条例实施细则, 第五十三条), seconds.
const RECORD_S: u64 = 15 * YEAR_S;
/// Sound and picture of a consultation (互联网诊疗监管细则（试行）, 2022), seconds.
const PROCESS_S: u64 = 3 * YEAR_S;

/// Until when a case is kept that was to be kept until `before_s`, after a step at `at_s`, both in seconds since 1970. It only
/// grows, whatever a clock says.
#[must_use]
pub const fn retained_until_s(before_s: u64, at_s: u64) -> u64 {
    let from_now_s = at_s.saturating_add(RECORD_S);
    if from_now_s > before_s { from_now_s } else { before_s }
}

/// Until when the recording of a session that ended at `ended_s` is kept, in seconds since 1970.
#[must_use]
pub const fn recording_retained_until_s(ended_s: u64) -> u64 {
    ended_s.saturating_add(PROCESS_S)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_kept_is_kept_ever_longer(visits in prop::collection::vec(any::<u64>(), 1..40)) {
            let mut until_s = 0;
            for at_s in &visits {
                let next_s = retained_until_s(until_s, *at_s);
                prop_assert!(next_s >= until_s && next_s >= at_s.saturating_add(15 * 365 * DAY_S));
                until_s = next_s;
            }
            let last_s = visits.iter().copied().max().unwrap_or_default();
            prop_assert_eq!(until_s, last_s.saturating_add(RECORD_S));
        }
    }
}
