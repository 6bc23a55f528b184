//! What logs call people.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use session::Keys;
use std::collections::BTreeSet;

fn keys(root: &str) -> Keys {
    Keys::new("county", "0123456789abcdef0123456789abcdef", root).unwrap()
}

#[test]
fn a_person_in_a_room_has_one_id_in_the_whole_house_and_nobody_else_has_it() {
    let root = "a root that is long enough to be one";
    let id = keys(root).trace_id("lesson", "dr-wang").to_string();
    assert_eq!(keys(root).trace_id("lesson", "dr-wang").to_string(), id, "in every process");
    assert_eq!(id.len(), 16);
    assert!(id.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let other = keys("another root that is long enough.....");
    let ids = BTreeSet::from([
        id,
        keys(root).trace_id("lesson", "dr-li").to_string(),
        keys(root).trace_id("ward", "dr-wang").to_string(),
        keys(root).trace_id("lessond", "r-wang").to_string(),
        other.trace_id("lesson", "dr-wang").to_string(),
    ]);
    assert_eq!(ids.len(), 5);
}
