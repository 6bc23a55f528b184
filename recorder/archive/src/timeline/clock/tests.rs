use super::*;
use proptest::prelude::*;

const RATE: u32 = 48_000;

/// A voice: packet `it` was captured at 20 ms times `it`, bears that RTP time moved by `ticks`, and
/// arrives `late` after.
fn voice(count: i64, ticks: impl Fn(i64) -> u32, late: impl Fn(i64) -> Us) -> Vec<Entry> {
    let ticks = &ticks;
    let entry = |it: i64| Entry {
        seq: it,
        ts: u32::try_from(it * 960).unwrap().wrapping_add(ticks(it)),
        at_us: it * 20_000 + late(it),
        ..Entry::default()
    };
    (0..count).map(entry).collect()
}

/// How far off packets are at most.
fn worst(entries: &[Entry]) -> Us {
    let captured = captured(Media::Audio, RATE, entries);
    let off = |(entry, us): (&Entry, &Us)| (us - entry.seq * 20_000).abs();
    entries.iter().zip(&captured).map(off).max().unwrap()
}

#[test]
fn the_least_delayed_arrivals_count() {
    let entries = voice(500, |_| 7, |it| if it % 7 == 0 { 0 } else { 30_000 });
    assert!(worst(&entries) < 100);
}

#[test]
fn a_drifting_clock_is_followed() {
    let entries: Vec<Entry> = (0..180_000)
        .map(|it| Entry {
            seq: it,
            ts: (it as u32).wrapping_mul(960),
            at_us: it * 20_002,
            ..Entry::default()
        })
        .collect();
    let captured = captured(Media::Audio, RATE, &entries);
    let off = entries.iter().zip(&captured).map(|(it, us)| (it.at_us - us).abs()).max();
    assert!(off.unwrap() < 5_000, "{off:?}");
}

#[test]
fn a_clock_that_stood_still_does_not_stretch_what_was_said() {
    for stood_us in [400_000, 2_000_000, 60_000_000] {
        let mut entries = voice(500, |_| 0, |_| 0);
        for it in &mut entries[250..] {
            it.at_us += stood_us;
        }
        let captured = captured(Media::Audio, RATE, &entries);
        assert!(entries.iter().zip(&captured).all(|(it, us)| (us - it.at_us).abs() < 1_000));
    }
}

#[test]
fn a_line_that_stood_still_moves_nothing() {
    for packets in [40, 200, 600] {
        let entries = voice(
            1_500,
            |_| 0,
            |it| if (200..200 + packets).contains(&it) { (200 + packets - it) * 20_000 } else { 0 },
        );
        assert!(worst(&entries) < 1_000);
    }
}

#[test]
fn a_line_that_stands_still_at_the_beginning_moves_nothing() {
    let entries = voice(500, |_| 0, |it| (100 - it).max(0) * 20_000);
    assert!(worst(&entries) < 1_000);
}

#[test]
fn packets_that_are_sent_again_lie_where_they_were() {
    let again = |it: i64| if it % 10 == 3 { 400_000 + it % 700 * 1_000 } else { it % 5 * 1_000 };
    assert!(worst(&voice(1_000, |_| 0, again)) < 5_000);
}

#[test]
fn one_wild_time_costs_nothing_else() {
    for by in [28_800_000, 1 << 31, 0x8000_0001, u32::MAX - 96_000, u32::MAX - 24_000, 48_000] {
        for odd in [0, 1, 500, 999] {
            let entries = voice(1_000, |it| if it == odd { by } else { 0 }, |it| it % 7 * 1_000);
            assert!(worst(&entries) < 21_000, "{by} at {odd}: {}", worst(&entries));
        }
    }
}

#[test]
fn pictures_that_are_not_sent_in_their_order_are_shown_in_it() {
    // 5 a second, each third one sent before the two that come before it.
    let sent = |it: i64| match it % 3 {
        0 => it,
        1 => it + 1,
        _ => it - 1,
    };
    let entries: Vec<Entry> = (0..90)
        .map(|it| Entry {
            seq: it,
            ts: u32::try_from(sent(it) * 18_000).unwrap(),
            at_us: it * 200_000,
            ..Entry::default()
        })
        .collect();
    let captured = captured(Media::Video, 90_000, &entries);
    let first = captured[0];
    for (it, us) in (0..90).zip(&captured) {
        assert_eq!(us - first, sent(it) * 200_000, "{it}");
    }
}

#[test]
fn a_clock_that_wraps_while_nothing_is_sent_is_followed() {
    let mut entries = voice(100, |_| u32::MAX - 10, |_| 0);
    for it in &mut entries[50..] {
        it.at_us += 86_400_000_000;
        it.ts = it.ts.wrapping_add(86_400 * 48_000);
    }
    let captured = captured(Media::Audio, RATE, &entries);
    assert!(entries.iter().zip(&captured).all(|(it, us)| (us - it.at_us).abs() < 1_000));
}

#[derive(Clone, Copy, Debug)]
struct Jump {
    at: i64,
    by: u32,
    lasts: i64,
}

fn jumps() -> impl Strategy<Value = Vec<Jump>> {
    let by = prop_oneof![any::<u32>(), 0..96_000_u32, (0..96_000_u32).prop_map(u32::wrapping_neg)];
    let lasts = prop_oneof![Just(1), 2..200_i64, Just(i64::MAX / 2)];
    let jump = (0..3_000_i64, by, lasts).prop_map(|(at, by, lasts)| Jump { at, by, lasts });
    prop::collection::vec(jump, 0..7)
}

proptest! {
    #[test]
    fn jumps_of_any_size_move_nothing_far(jumps in jumps(), delay in 0..200_000_i64) {
        let ticks = |it: i64| {
            let active = jumps.iter().filter(|jump| (jump.at..jump.at + jump.lasts).contains(&it));
            active.fold(0_u32, |sum, jump| sum.wrapping_add(jump.by))
        };
        let entries = voice(3_000, ticks, |it| delay + (it * 7_919) % 25 * 1_000);
        let captured = captured(Media::Audio, RATE, &entries);
        let off = |(it, us): (&Entry, &Us)| us - it.seq * 20_000 - delay;
        let offs: Vec<Us> = entries.iter().zip(&captured).map(off).collect();
        // What is too little for a jump moves a window by as much.
        prop_assert!(offs.iter().all(|it| (-950_000..=25_000).contains(it)), "{:?}", offs.iter().min());
        let last = jumps.iter().map(|it| it.at + if it.lasts > 200 { 0 } else { it.lasts }).max();
        let calm = usize::try_from(last.unwrap_or_default()).unwrap() + 1_200;
        prop_assert!(offs.iter().skip(calm).all(|it| (-20_000..=25_000).contains(it)));
    }

    #[test]
    fn any_times_stay_near_their_arrival(
        packets in prop::collection::vec((any::<u32>(), 0..1_i64 << 53, 0..1_i64 << 40), 0..200)
    ) {
        let entries: Vec<Entry> = packets
            .iter()
            .map(|(ts, at_us, seq)| Entry { seq: *seq, ts: *ts, at_us: *at_us, ..Entry::default() })
            .collect();
        for media in [Media::Audio, Media::Video] {
            let captured = captured(media, RATE, &entries);
            for (entry, us) in entries.iter().zip(&captured) {
                prop_assert!((entry.at_us - LATE_US..=entry.at_us).contains(us));
            }
        }
    }
}
