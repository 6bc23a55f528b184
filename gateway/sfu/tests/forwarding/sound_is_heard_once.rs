use crate::stage::{PUPIL, Stage, VOICE, numbers, requests};

fn heard() -> Stage {
    let mut stage = Stage::open(1);
    assert!(requests(&stage.subscribe(PUPIL, VOICE)).is_empty(), "sound needs no keyframe");
    stage
}

#[test]
fn copies_are_dropped_and_what_is_late_is_not() {
    let mut stage = heard();
    assert_eq!(numbers(&stage.speaks([5, 6, 6, 8, 5, 7, 7, 8])), [1_000, 1_001, 1_003, 1_002]);
}

#[test]
fn what_came_before_the_first_is_dropped() {
    let mut stage = heard();
    assert_eq!(numbers(&stage.speaks([65_537, 65_536, 65_538])), [1_000, 1_001]);
}

#[test]
fn a_gap_of_silence_stays_a_gap_in_numbers() {
    let mut stage = heard();
    assert_eq!(numbers(&stage.speaks([5, 105])), [1_000, 1_100]);
}
