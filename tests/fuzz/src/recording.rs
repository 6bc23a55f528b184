//! What the recorder reads: the tap's frames, and in them the packets and times of publishers.

use archive::plan::Plan;
use archive::take::Take;
use archive::tap::{Body, Decoder, encode};
use archive::timeline::Place;

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
        take.read(&record, Place::default());
    }
    let plan = Plan::of(take);
    assert!(plan.duration_us >= 0, "{} us", plan.duration_us);
}
