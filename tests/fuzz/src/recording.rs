//! What the recorder reads: the tap's frames, and in them the packets and times of publishers.

use archive::plan::Plan;
use archive::take::Take;
use archive::tap::{Body, Decoder, encode};
use archive::timeline::Extent;

/// The longest that a line may stand before what it gives counts for when it was sent, and some.
const LONGER_US: i64 = 30_000_000;

/// A frame of the tap: records that are read are written back as they were, and a take and its plan are made of
/// them, as of a journal.
pub(crate) fn tap(data: &[u8]) {
    let mut take = Take::default();
    for record in Decoder::new(data).map_while(Result::ok) {
        let mut written = vec![];
        if encode(&record, &mut written).is_ok() && !matches!(record.body, Body::Other { .. }) {
            let again = Decoder::new(&written).next();
            assert_eq!(again, Some(Ok(record.clone())));
        }
        take.read(&record, Extent::default());
    }
    let received_us = take.last_us - take.first_us;
    let plan = Plan::of(take);
    assert!(plan.duration_us >= 0, "{} us", plan.duration_us);
    // Whatever publishers say of times, a replay lasts as long as what was received.
    let longest_us = received_us.max(0) + LONGER_US;
    assert!(plan.duration_us <= longest_us, "{} us", plan.duration_us);
    for picture in &plan.pictures {
        let shots = &picture.shots;
        assert!(shots.is_sorted_by(|a, b| a.decode_us < b.decode_us));
        assert!(shots.iter().all(|it| it.decode_us <= it.at_us));
        assert!(picture.runs().all(|(_, run)| run.first().is_some_and(|it| it.key)));
    }
}
