//! Who is fed first, and why nobody has more.

use allocation::{Budget, Part, Purpose, Why};
use media::Target;

use crate::site::{CAMERA, SLIDES, Seat, Site, VOICE, budget, granted, part, sizes, target};

/// A consultation: sound, slides, the doctor who speaks, another one.
fn consultation() -> [Seat; 4] {
    [
        Seat::new(1, 1, Purpose::Sound, &VOICE),
        Seat::new(1, 2, Purpose::Screen, &SLIDES),
        Seat::new(1, 3, Purpose::Speaker, &CAMERA),
        Seat::new(1, 4, Purpose::Picture, &CAMERA),
    ]
}

#[test]
fn what_goes_first_is_others_large_pictures_and_what_never_goes_is_sound() {
    let all = |screen, speaker, other| [Some(u8::MAX), screen, speaker, other];
    for (kbit, sizes_granted) in [
        (2_500, all(Some(1), Some(2), Some(2))),
        (2_000, all(Some(1), Some(2), Some(1))),
        (1_500, all(Some(1), Some(2), Some(0))),
        (900, all(Some(1), Some(1), Some(0))),
        (600, all(Some(1), Some(0), Some(0))),
        (450, all(Some(1), Some(0), None)),
        (400, all(Some(1), None, None)),
        (320, all(Some(1), None, None)),
        (300, all(Some(0), Some(0), None)),
        (150, all(Some(0), None, None)),
        (100, all(None, None, None)),
        (10, all(None, None, None)),
        (0, all(None, None, None)),
    ] {
        let grants = granted(kbit, &consultation());
        assert_eq!(sizes(&grants), sizes_granted, "{kbit} kbit/s");
        assert_eq!(grants[0].why, Why::Whole, "sound is never cut");
    }
}

#[test]
fn everybodys_smallest_picture_comes_before_anybodys_larger_one() {
    let seats: Vec<Seat> = (1..=3).map(|it| Seat::new(it, it, Purpose::Picture, &CAMERA)).collect();
    for (kbit, sizes_granted) in [
        (120, [Some(0), None, None]),
        (340, [Some(0), Some(0), Some(0)]),
        (540, [Some(0), Some(0), Some(0)]),
        (560, [Some(1), Some(0), Some(0)]),
        (1_000, [Some(1), Some(1), Some(1)]),
        (3_000, [Some(2), Some(2), Some(2)]),
    ] {
        let grants = granted(kbit, &seats);
        assert_eq!(sizes(&grants), sizes_granted, "{kbit} kbit/s");
    }
}

#[test]
fn two_devices_share_however_many_pictures_each_of_them_shows() {
    let mut seats: Vec<Seat> =
        (1..=10).map(|track| Seat::new(1, track, Purpose::Picture, &CAMERA)).collect();
    seats.push(Seat::new(2, 1, Purpose::Picture, &CAMERA));
    seats.push(Seat::new(2, 2, Purpose::Picture, &CAMERA));
    let grants = granted(450, &seats);
    let shown = |listener| {
        grants.iter().filter(|it| it.listener.0 == listener && it.allow.is_some()).count()
    };
    assert_eq!((shown(1), shown(2)), (2, 2));
}

#[test]
fn a_listener_says_which_of_its_pictures_it_wants_first_and_of_no_other_listeners() {
    let mut seats: Vec<Seat> =
        (1..=3).map(|track| Seat::new(1, track, Purpose::Picture, &CAMERA)).collect();
    seats[1].priority = 2;
    seats[2].priority = 1;
    let sizes_at = |kbit, seats: &[Seat]| sizes(&granted(kbit, seats));
    assert_eq!(sizes_at(120, &seats), [None, None, Some(0)]);
    assert_eq!(sizes_at(230, &seats), [None, Some(0), Some(0)]);
    assert_eq!(sizes_at(560, &seats), [Some(0), Some(0), Some(1)]);
    seats.iter_mut().for_each(|seat| seat.priority = 1);
    seats.push(Seat::new(2, 4, Purpose::Picture, &CAMERA));
    assert_eq!(sizes_at(230, &seats), [Some(0), None, None, Some(0)]);
}

#[test]
fn a_layer_that_is_not_sent_is_never_waited_for() {
    let mut camera = CAMERA;
    camera[1].silent = true;
    let seats = |camera: &[Part]| [Seat::new(1, 1, Purpose::Picture, camera)];
    let mut site = Site::default();
    assert_eq!(sizes(&site.run((0, 5_000), budget(400), &seats(&CAMERA))), [Some(1)]);
    let fallen = site.divide(5_000, budget(400), &seats(&camera));
    assert_eq!((sizes(&fallen), fallen[0].why), (vec![Some(0)], Why::LineTooThin));
    camera[0].silent = true;
    let mut above = seats(&camera);
    above[0].top = Some(target(0, 0));
    let mut site = Site::default();
    assert_eq!(sizes(&site.divide(0, budget(2_000), &above)), [Some(2)], "the one there is");
    camera[2].silent = true;
    let nothing = site.divide(100, budget(2_000), &seats(&camera));
    assert_eq!((nothing[0].why, nothing[0].bits_per_second), (Why::NotSent, 0));
    assert_eq!(sizes(&nothing), [Some(0)], "what comes next begins small");
}

#[test]
fn a_screen_that_stands_still_keeps_its_place() {
    let still = SLIDES.map(|it| Part { silent: true, ..it });
    let seats =
        [Seat::new(1, 1, Purpose::Screen, &still), Seat::new(1, 2, Purpose::Picture, &CAMERA)];
    let grants = granted(300, &seats);
    assert_eq!(sizes(&grants), [Some(1), None]);
    assert_eq!(grants[0].bits_per_second, 275_000);
}

#[test]
fn frame_rate_goes_before_the_size_of_a_screen_and_half_of_it_before_a_faces() {
    let parts = [
        part(0, 0, 50),
        part(0, 1, 80),
        part(0, 2, 120),
        part(1, 0, 200),
        part(1, 1, 300),
        part(1, 2, 400),
    ];
    let at = |purpose, kbit: u64| {
        let seats = [Seat::new(1, 1, purpose, &parts)];
        granted(kbit, &seats)[0].allow
    };
    for (kbit, face, screen) in [
        (500, Some(target(1, 2)), Some(target(1, 2))),
        (400, Some(target(1, 1)), Some(target(1, 1))),
        (300, Some(target(0, 2)), Some(target(1, 0))),
        (100, Some(target(0, 1)), Some(target(0, 0))),
        (60, Some(target(0, 0)), Some(target(0, 0))),
        (50, None, None),
    ] {
        assert_eq!(at(Purpose::Speaker, kbit), face, "{kbit}");
        assert_eq!(at(Purpose::Screen, kbit), screen, "{kbit}");
    }
}

#[test]
fn a_newcomer_begins_small_until_the_line_is_known() {
    let seats = consultation();
    let unknown = Budget { settled: false, ..budget(3_000) };
    let mut site = Site::default();
    let grants = site.run((0, 3_000), unknown, &seats);
    assert_eq!(sizes(&grants), [Some(u8::MAX), Some(0), Some(0), Some(0)]);
    assert!(grants[1..].iter().all(|it| it.why == Why::Starting));
    let grants = site.run((3_000, 4_100), budget(3_000), &seats);
    assert_eq!(sizes(&grants), [Some(u8::MAX), Some(1), Some(2), Some(2)]);
    let grants = site.divide(4_100, unknown, &seats);
    assert_eq!(sizes(&grants), [Some(u8::MAX), Some(1), Some(2), Some(2)], "nothing is taken");
}

#[test]
fn while_the_line_is_away_everybody_keeps_what_they_have_for_some_seconds() {
    let seats = consultation();
    let mut site = Site::default();
    let before = site.run((0, 4_000), budget(1_500), &seats);
    let away = Budget { away: true, ..budget(20) };
    assert_eq!(sizes(&site.run((4_000, 14_000), away, &seats)), sizes(&before));
    let paused = [Some(u8::MAX), None, None, None];
    assert_eq!(sizes(&site.divide(14_000, away, &seats)), paused, "nobody waits for ever");
    let mut site = Site::default();
    site.run((0, 4_000), budget(1_500), &seats);
    site.run((4_000, 7_000), away, &seats);
    assert_eq!(sizes(&site.divide(7_000, budget(1_500), &seats)), sizes(&before));
    assert_eq!(sizes(&site.divide(7_100, budget(20), &seats)), paused, "it is back, and thin");
}

/// What is sent is too little to teach what the line carries: then it is tried.
#[test]
fn a_line_that_stays_unknown_is_tried_with_twice_as_much_each_time() {
    // A next size that takes eight times as much is no dead end.
    let camera = [part(0, 0, 150), part(1, 0, 1_200)];
    let alone = [Seat::new(1, 1, Purpose::Picture, &camera)];
    let good = Budget { settled: false, ..budget(3_200) };
    assert_eq!(sizes(&Site::default().run((0, 20_000), good, &alone)), [Some(1)]);
    let seats = consultation();
    let unknown = Budget { settled: false, ..budget(20_000) };
    let mut site = Site::default();
    let mut taken = vec![site.run((0, 3_000), unknown, &seats)];
    let times = [(3_000, 6_000), (6_000, 9_000), (9_000, 12_000), (12_000, 15_000)];
    taken.extend(times.map(|from_until| site.run(from_until, unknown, &seats)));
    let sums: Vec<u64> =
        taken.iter().map(|it| it.iter().map(|it| it.bits_per_second).sum()).collect();
    assert!(sums[0] < 600_000 && sums[1] <= 660_000 && sums[2] <= 1_320_000, "{sums:?}");
    assert_eq!(sizes(&taken[4]), [Some(u8::MAX), Some(1), Some(2), Some(2)]);
    assert!(taken[1][1..].iter().all(|it| it.why != Why::LineTooThin), "nobody knows that");
    assert_eq!(site.demand().next, None);
}

/// What was given while the line rose is not taken for a larger size of the slides in the next round.
#[test]
fn pictures_that_have_just_come_stay_beside_slides() {
    let rising = |kbit| Budget { rising: true, ..budget(kbit) };
    let seats = consultation();
    let mut site = Site::default();
    site.divide(0, Budget { settled: false, ..rising(240) }, &seats);
    let given = [Some(u8::MAX), Some(0), Some(0), Some(0)];
    assert_eq!(sizes(&site.divide(100, rising(500), &seats)), given);
    assert_eq!(sizes(&site.divide(200, rising(500), &seats)), given);
    let away = Budget { away: true, ..budget(20) };
    assert_eq!(sizes(&site.divide(300, away, &seats)), given);
    let steps = [part(0, 0, 60), part(1, 0, 110), part(2, 0, 180)];
    let camera = [part(0, 0, 100)];
    let seats = [
        Seat::new(1, 1, Purpose::Sound, &VOICE),
        Seat::new(1, 2, Purpose::Screen, &steps),
        Seat::new(1, 3, Purpose::Picture, &camera),
    ];
    let mut site = Site::default();
    site.divide(0, Budget { settled: false, ..rising(240) }, &seats);
    for at_ms in (100..1_000).step_by(100) {
        let figure = if at_ms < 500 { 400 } else { 3_000 };
        let grants = site.divide(at_ms, rising(figure), &seats);
        assert_eq!(sizes(&grants)[2], Some(0), "{at_ms} ms");
    }
}

/// Two rooms of a clinic begin to see each other over one line. Nobody waits until that has carried both for a while.
#[test]
fn who_has_no_picture_gets_the_smallest_one_while_the_line_still_shows_more() {
    let camera = [part(0, 0, 100), part(1, 0, 300)];
    let seats =
        [Seat::new(1, 1, Purpose::Picture, &camera), Seat::new(2, 2, Purpose::Picture, &camera)];
    let rising = |kbit| Budget { rising: true, ..budget(kbit) };
    let mut site = Site::default();
    let unknown = Budget { settled: false, ..rising(100) };
    assert_eq!(sizes(&site.divide(0, unknown, &seats)), [None, None]);
    assert_eq!(sizes(&site.divide(100, rising(200), &seats)), [Some(0), None]);
    assert_eq!(sizes(&site.divide(200, rising(400), &seats)), [Some(0), Some(0)]);
    let soon = site.run((300, 1_000), rising(3_000), &seats);
    assert_eq!(sizes(&soon), [Some(0), Some(0)], "more than that is given with patience");
    // Where the line rises no more, what it is thought to carry may be too much.
    let mut site = Site::default();
    site.divide(0, Budget { settled: false, ..budget(100) }, &seats);
    assert_eq!(sizes(&site.divide(100, budget(400), &seats)), [None, None]);
}

#[test]
fn the_smallest_pictures_come_as_soon_as_the_line_seems_to_carry_them() {
    let seats = consultation();
    let unknown = |kbit| Budget { settled: false, ..budget(kbit) };
    let mut site = Site::default();
    assert_eq!(sizes(&site.divide(0, unknown(100), &seats)), [Some(u8::MAX), None, None, None]);
    let next = site.demand().next.expect("it is to be found out what the line carries");
    assert!((134_000..=136_000).contains(&next), "{next}");
    let grants = site.divide(100, unknown(500), &seats);
    assert_eq!(sizes(&grants), [Some(u8::MAX), Some(0), Some(0), Some(0)]);
}

#[test]
fn a_picture_that_was_not_measured_begins_with_its_smallest_part() {
    let seats = [Seat::new(1, 1, Purpose::Picture, &[]), Seat::new(1, 2, Purpose::Sound, &[])];
    let grants = granted(200, &seats);
    let smallest = Target { spatial: 0, temporal: u8::MAX };
    assert_eq!((grants[0].allow, grants[0].why), (Some(smallest), Why::Starting));
    assert_eq!((grants[1].allow, grants[1].why), (Some(Target::ALL), Why::Whole));
    let grants = granted(180, &seats);
    assert_eq!((grants[0].allow, grants[0].why), (None, Why::LineTooThin));
}

#[test]
fn what_a_client_has_paused_takes_nothing_and_comes_back_at_once() {
    let mut seats = consultation();
    seats[2].top = None;
    let mut site = Site::default();
    let grants = site.run((0, 1_000), budget(1_500), &seats);
    assert_eq!(sizes(&grants), [Some(u8::MAX), Some(1), None, Some(2)]);
    assert_eq!((grants[2].why, grants[2].bits_per_second), (Why::NotAsked, 0));
    seats[2].top = Some(target(1, 0));
    let grants = site.divide(1_000, budget(1_500), &seats);
    assert_eq!(sizes(&grants), [Some(u8::MAX), Some(1), Some(1), Some(1)]);
}

#[test]
fn of_several_wishes_for_one_subscription_the_first_one_counts() {
    let wished = Seat::new(1, 1, Purpose::Picture, &CAMERA);
    let again = Seat { top: None, ..wished.clone() };
    let grants = granted(900, &[wished, again.clone(), again]);
    assert_eq!(sizes(&grants), [Some(1)]);
}

#[test]
fn the_demand_says_what_to_probe_for() {
    let seats = consultation();
    let mut site = Site::default();
    site.run((0, 3_000), Budget { repair_bits_per_second: 50_000, ..budget(700) }, &seats);
    // 42 + 275 + 110 + 110; the speaker's next size takes 220 more.
    assert_eq!(site.demand().granted, 587_000);
    let next = site.demand().next.expect("somebody has less than all");
    assert!((821_000..825_000).contains(&next), "{next}");
    let climbs = |bits: u64| {
        let mut site = Site::default();
        let small = Budget { repair_bits_per_second: 50_000, ..budget(700) };
        site.run((0, 3_000), small, &seats);
        let grown = Budget { bits_per_second: bits, ..small };
        sizes(&site.run((3_000, 20_000), grown, &seats))[2]
    };
    assert_eq!((climbs(next - 4_000), climbs(next)), (Some(0), Some(1)));
    let whole = site.demand().whole;
    assert!((2_392_000..2_398_000).contains(&whole), "{whole}");
}
