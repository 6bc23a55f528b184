use super::*;

fn fact(seq: u64) -> Fact {
    let picture = Picture { id: (seq & 0x7fff) as u16, tl0: seq as u8, frame: seq as u16 };
    Fact {
        seq,
        time: RtpTime(seq as u32).plus(77),
        picture,
        frame: None,
        temporal: None,
        padding: false,
    }
}

fn padding(seq: u64) -> Fact {
    Fact { padding: true, ..fact(seq) }
}

fn begun(kind: MediaKind, seq: u64) -> Rewriter {
    let mut rewriter = Rewriter::new(kind);
    rewriter.start(Ms(0), Layer(0), fact(seq), None);
    rewriter.place(Ms(0), fact(seq)).expect("the first");
    rewriter
}

fn number(rewriter: &mut Rewriter, fact: Fact) -> Option<u64> {
    rewriter.place(Ms(1), fact).map(|it| it.number)
}

#[test]
fn the_first_packet_gets_the_first_numbers() {
    for kind in [MediaKind::Audio, MediaKind::Video] {
        for seq in [0, 7, 65_536, u64::MAX] {
            let mut rewriter = Rewriter::new(kind);
            rewriter.start(Ms(9), Layer(2), fact(seq), None);
            let place = rewriter.place(Ms(9), fact(seq)).expect("the first");
            assert_eq!((place.number, place.time), (1_000, RtpTime(0)), "{kind:?} {seq}");
            let picture = fact(seq).picture.ahead_of(place.picture);
            assert_eq!(picture, Picture { id: 1, tl0: 1, frame: 1 });
        }
    }
}

#[test]
fn a_packet_is_placed_once_in_any_order() {
    for kind in [MediaKind::Audio, MediaKind::Video] {
        let mut it = begun(kind, 10);
        let places = [11, 13, 13, 12, 12, 11, 10, 9].map(|seq| number(&mut it, fact(seq)));
        let want = [Some(1_001), Some(1_003), None, Some(1_002), None, None, None, None];
        assert_eq!(places, want, "{kind:?}");
    }
}

#[test]
fn sound_that_is_too_old_to_tell_from_a_copy_has_no_place() {
    let mut it = begun(MediaKind::Audio, 10);
    assert_eq!(number(&mut it, fact(200)), Some(1_190));
    assert_eq!(number(&mut it, fact(136)), None, "64 behind");
    assert_eq!(number(&mut it, fact(137)), Some(1_127));
    assert_eq!(number(&mut it, fact(137)), None);
}

#[test]
fn padding_closes_its_gap_for_packets_after_it() {
    let mut it = begun(MediaKind::Video, 10);
    for (fact, want) in [
        (padding(11), None),
        (fact(12), Some(1_001)),
        (padding(15), None),
        (fact(16), Some(1_004)),
        (fact(13), Some(1_002)),
        (fact(14), Some(1_003)),
        (padding(15), None),
        (fact(17), Some(1_005)),
    ] {
        assert_eq!(number(&mut it, fact), want, "{fact:?}");
    }
}

#[test]
fn a_packet_before_padding_that_is_forgotten_has_no_place() {
    let mut it = begun(MediaKind::Video, 10);
    assert!((0..129).all(|run| number(&mut it, padding(20 + 2 * run)).is_none()));
    assert_eq!(number(&mut it, fact(19)), None, "before all of them");
    assert_eq!(number(&mut it, fact(21)), Some(1_010));
    assert_eq!(number(&mut it, fact(277)), Some(1_000 + 267 - 129));
}

#[test]
fn what_is_left_out_late_is_filled_and_what_is_left_out_twice_is_not() {
    let mut it = begun(MediaKind::Video, 10);
    assert_eq!(it.leave_out(Ms(1), fact(12)), None);
    assert_eq!(number(&mut it, fact(13)), Some(1_002));
    let filler = it.leave_out(Ms(1), fact(11)).expect("its number is gone");
    assert_eq!((filler.number, filler.cut), (1_001, Cut::Filler));
    assert_eq!(it.sent(1_001), Some(filler));
    assert_eq!((it.leave_out(Ms(1), fact(11)), it.leave_out(Ms(1), fact(12))), (None, None));
    assert_eq!(number(&mut it, fact(14)), Some(1_003));
}

#[test]
fn a_late_packet_beside_a_gap_gets_no_number_of_another() {
    let mut it = begun(MediaKind::Video, 10);
    assert_eq!(number(&mut it, fact(1_500)), Some(2_490));
    assert_eq!(number(&mut it, fact(11)), Some(1_001), "its place in the ring was free");
    assert_eq!(number(&mut it, fact(11 + 512)), Some(1_513));
    assert_eq!(number(&mut it, fact(11)), None);
}

#[test]
fn a_new_layer_goes_on_from_the_last_number_time_and_picture() {
    let mut it = begun(MediaKind::Video, 10);
    let last = it.place(Ms(40), fact(11)).expect("placed");
    let key =
        Fact { time: RtpTime(5), picture: Picture { id: 3, tl0: 250, frame: 9 }, ..fact(90_000) };
    it.start(Ms(60), Layer(1), key, None);
    let place = it.place(Ms(60), key).expect("placed");
    assert_eq!((place.number, place.layer), (last.number + 1, Layer(1)));
    assert_eq!(place.time.since(last.time), 20 * 90);
    let before = fact(11).picture.ahead_of(last.picture);
    assert_eq!(key.picture.ahead_of(place.picture), before.next());
}

#[test]
fn time_grows_at_a_switch_within_one_burst() {
    let mut it = begun(MediaKind::Video, 10);
    it.start(Ms(0), Layer(1), fact(500), None);
    assert_eq!(it.place(Ms(0), fact(500)).map(|it| it.time), Some(RtpTime(1)));
}

#[test]
fn a_switch_takes_the_time_of_the_reports_if_it_agrees_with_arrival() {
    for (exact, elapsed) in [
        (Some(3_600), 3_600),
        (Some(93_600), 93_600),
        (Some(93_601), 3_600),
        (Some(-86_400), 1),
        (Some(-86_401), 3_600),
        (Some(0), 1),
        (None, 3_600),
    ] {
        let mut it = begun(MediaKind::Video, 10);
        let exact = exact.map(|it: i32| RtpTime(it as u32));
        it.start(Ms(40), Layer(1), fact(500), exact);
        let place = it.place(Ms(40), fact(500)).expect("placed");
        assert_eq!(place.time, RtpTime(elapsed), "{exact:?}");
    }
}

#[test]
fn what_was_sent_is_remembered_as_it_was() {
    let mut it = begun(MediaKind::Video, 10);
    let old = it.place(Ms(1), fact(11)).expect("placed");
    it.start(Ms(2), Layer(2), fact(7_000), None);
    assert!((7_000..7_510).all(|seq| number(&mut it, fact(seq)).is_some()));
    assert_eq!(it.sent(1_001), Some(old));
    assert_eq!(it.sent(999), None, "never sent");
    assert_eq!(it.sent(1_512), None, "not sent yet");
    assert_eq!(number(&mut it, fact(7_511)), Some(1_513));
    assert_eq!(it.sent(1_001), None, "overwritten");
    assert_eq!(it.sent(1_512), None, "its place holds an older one");
}

#[test]
fn numbers_go_on_past_16_bits() {
    let mut it = begun(MediaKind::Video, 10);
    assert!((11..70_000).all(|seq| number(&mut it, fact(seq)).is_some()));
    assert_eq!(it.sent(((69_999_u64 + 990) & 0xffff) as u16).map(|it| it.number), Some(70_989));
}

#[test]
fn a_moment_is_told_in_the_listeners_clock() {
    assert_eq!(Rewriter::new(MediaKind::Audio).map_time(RtpTime(5)), None);
    let it = begun(MediaKind::Audio, 10);
    assert_eq!(it.map_time(RtpTime(10 + 77 + 480)), Some(RtpTime(480)));
}
