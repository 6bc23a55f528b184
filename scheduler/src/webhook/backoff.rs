use sha2::{Digest as _, Sha256};

/// After the first failed try; doubled with each one that follows.
const FIRST_S: u64 = 5;
const LONGEST_S: u64 = 3600;
/// So long after its first try a message is given up: the endpoint is paused.
pub(crate) const GIVE_UP_S: u64 = 3 * 86_400;

/// How long to wait, in seconds, when this many tries of an event have failed at an endpoint: three quarters of a doubled span
/// up to the whole of it. What is between is spread by the endpoint and the event, so that endpoints of one dead machine do not
/// all come at once, and is the same whoever asks again.
pub(crate) fn wait_s(failed: u32, endpoint_id: &str, event: i64) -> u64 {
    let doubled = 2_u64.saturating_pow(failed.saturating_sub(1).min(20));
    let span = FIRST_S.saturating_mul(doubled).min(LONGEST_S);
    let spread = Sha256::digest(format!("{endpoint_id} {event} {failed}"));
    let roll = spread.iter().take(4).fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    span - roll % (span / 4 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_doubled_up_to_an_hour_and_spread() {
        let spans = [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600];
        for (failed, span) in (1..).zip(spans) {
            let waits: Vec<u64> = (0..50).map(|event| wait_s(failed, "a", event)).collect();
            assert!(waits.iter().all(|wait| (span - span / 4..=span).contains(wait)), "{waits:?}");
            assert!(waits.iter().any(|wait| *wait != span), "{failed}: they are spread");
        }
        assert_eq!(wait_s(7, "a", 1), wait_s(7, "a", 1));
        assert!(wait_s(u32::MAX, "a", i64::MIN) <= LONGEST_S);
        assert!((4..=5).contains(&wait_s(0, "a", 1)));
    }
}
