use crate::stage::{CLINIC, PUPIL, Stage, VOICE, delta, forwards, key, padding, resends};

#[test]
fn a_resend_repeats_what_was_sent_whatever_came_since() {
    let mut stage = Stage::with_pupil(2);
    let mut sent = forwards(&stage.films(&[key(0, 10), padding(0, 11), delta(0, 12)]));
    sent.extend(forwards(&stage.at(40).films(&[key(1, 90), delta(1, 92)])));
    sent.extend(forwards(&stage.films(&[delta(1, 91)])));
    let asked: Vec<_> = sent.iter().map(|it| it.number as u16).collect();
    assert_eq!(asked, [1_000, 1_001, 1_002, 1_004, 1_003]);
    assert_eq!(resends(&stage.at(100).misses(PUPIL, &asked)), sent);
    assert_eq!(resends(&stage.misses(PUPIL, &asked)), sent, "and once more");
}

#[test]
fn numbers_never_sent_or_of_another_listener_give_nothing() {
    let mut stage = Stage::with_pupil(1);
    stage.films(&[key(0, 10), delta(0, 12)]);
    assert!(stage.misses(PUPIL, &[999, 1_001, 1_003, 0, u16::MAX]).is_empty());
    assert!(stage.misses(CLINIC, &[1_000]).is_empty());
}

#[test]
fn a_packet_that_the_publisher_repairs_later_can_be_resent_then() {
    let mut stage = Stage::with_pupil(1);
    stage.films(&[key(0, 10), delta(0, 12)]);
    assert!(stage.misses(PUPIL, &[1_001]).is_empty());
    let repaired = forwards(&stage.films(&[delta(0, 11)]));
    assert_eq!(resends(&stage.misses(PUPIL, &[1_001])), repaired);
}

#[test]
fn the_last_512_packets_can_be_resent_across_the_wrap() {
    let mut stage = Stage::with_pupil(1);
    stage.films(&[key(0, 0)]);
    (1..65_000).for_each(|seq| drop(stage.films(&[delta(0, seq)])));
    let last = 65_999_u64;
    let asked = [last, last - 400, last - 500, last - 511, last - 512].map(|it| it as u16);
    let resent: Vec<_> = resends(&stage.misses(PUPIL, &asked)).iter().map(|it| it.number).collect();
    assert_eq!(resent, [last, last - 400, last - 500, last - 511]);
}

#[test]
fn what_is_left_of_old_numbers_after_a_jump_is_not_taken_for_new_ones() {
    let mut stage = Stage::with_pupil(1);
    stage.films(&[key(0, 10), delta(0, 11), delta(0, 11 + 2_560)]);
    assert_eq!(resends(&stage.misses(PUPIL, &[1_001 + 512, 1_001 + 2_048])), []);
    assert_eq!(resends(&stage.misses(PUPIL, &[1_001 + 2_560])).len(), 1);
}

#[test]
fn sound_is_not_sent_again() {
    let mut stage = Stage::open(1);
    stage.subscribe(PUPIL, VOICE);
    assert_eq!(forwards(&stage.speaks(0..3)).len(), 3);
    let room = crate::stage::ROOM;
    let lost =
        sfu::Input::Lost { room, track: VOICE, listener: PUPIL, numbers: &[1_000, 1_001, 1_002] };
    assert!(stage.handle(lost).is_empty());
}
