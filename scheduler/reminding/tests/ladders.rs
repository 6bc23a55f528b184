//! Whoever is booked whenever: steps come in time, once for each channel, and nothing sounds at night.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use std::collections::BTreeSet;

use proptest::prelude::*;
use reminding::{BOOKER_S, Channel, FIRST_S, Night, Reach, STEPS_MAX, Step, Zone, ladder};

const HOUR_S: u64 = 3_600;
/// Tuesday 2026-11-24 00:00 at UTC+8.
const MIDNIGHT_S: u64 = 1_795_449_600;
const CHINA: &[(u64, i32)] = &[(0, 28_800)];
const ALL: Reach = Reach { app: true, mail: true, sms: true, voice: true };

fn night(zone: &[(u64, i32)]) -> Night<'_> {
    Night { zone: Zone(zone), ..Night::default() }
}

fn at(steps: &[Step], channel: Channel) -> Option<u64> {
    steps.iter().find(|step| step.channel == channel).map(|step| step.due_s)
}

fn reach() -> impl Strategy<Value = Reach> {
    any::<[bool; 4]>().prop_map(|[app, mail, sms, voice]| Reach { app, mail, sms, voice })
}

/// A zone whose wall is set once, by an hour at most, somewhere in two days.
fn zone() -> impl Strategy<Value = Vec<(u64, i32)>> {
    (-12_i32..=14, 0..2 * FIRST_S, -1_i32..=1).prop_map(|(hours, from_s, set)| {
        let ahead_s = hours * 3_600;
        vec![(0, ahead_s), (MIDNIGHT_S - FIRST_S + from_s, ahead_s + set * 3_600)]
    })
}

proptest! {
    #[test]
    fn each_step_is_in_time_once_for_each_channel_and_none_sounds_at_night(
        reach in reach(), zone in zone(), start in 0..2 * FIRST_S, ahead_s in 0..3 * FIRST_S,
    ) {
        let (start_s, night) = (MIDNIGHT_S + start, night(&zone));
        let now_s = start_s - ahead_s;
        let steps = ladder(reach, start_s, now_s, &night);
        prop_assert_eq!(steps.is_empty(), ahead_s == 0);
        prop_assert!(steps.len() <= STEPS_MAX);
        let rungs: BTreeSet<u8> = steps.iter().map(|step| step.rung).collect();
        prop_assert_eq!(rungs.len(), steps.len());
        for step in &steps {
            prop_assert!(step.due_s >= now_s && step.due_s < start_s, "{:?}", step);
            prop_assert!(!step.channel.sounds() || !night.holds(step.due_s), "{:?}", step);
        }
        if ahead_s > 0 {
            let booker = at(&steps, Channel::Booker).unwrap();
            prop_assert!(start_s - booker <= BOOKER_S.max(1));
            let quiet = steps.iter().filter(|step| !step.channel.sounds());
            for step in quiet {
                prop_assert!(step.due_s <= booker, "{:?} after {}", step, booker);
            }
            prop_assert_eq!(at(&steps, Channel::Paper).is_some(), !reach.sms && !reach.voice);
        }
    }

    #[test]
    fn a_step_that_is_late_is_put_off_to_the_morning_or_dropped(
        zone in zone(), start in 0..2 * FIRST_S, late_s in 0..FIRST_S, voice in any::<bool>(),
    ) {
        let (start_s, night) = (MIDNIGHT_S + start, night(&zone));
        let channel = if voice { Channel::Voice } else { Channel::Sms };
        let now_s = start_s - late_s;
        if let Some(due_s) = night.kept(channel, now_s, (now_s, start_s)) {
            prop_assert!(due_s >= now_s && due_s < start_s && !night.holds(due_s));
        } else {
            prop_assert!(late_s == 0 || night.holds(now_s));
        }
        let (next_s, over_s) = (night.next_s(now_s), night.over_s(now_s));
        prop_assert!(night.holds(next_s) && !night.holds(over_s));
        prop_assert!(next_s == now_s || over_s == now_s);
    }
}

#[test]
fn steps_come_a_day_before_and_four_hours_apart() {
    let start_s = MIDNIGHT_S + 15 * HOUR_S;
    let steps = ladder(ALL, start_s, start_s - 7 * FIRST_S, &night(CHINA));
    let before_h: Vec<(Channel, u64)> =
        steps.iter().map(|step| (step.channel, (start_s - step.due_s) / HOUR_S)).collect();
    // The short message would come at 23:00 and the call at 03:00: 07:00 and 07:30.
    let wanted = [
        (Channel::App, 24),
        (Channel::Mail, 20),
        (Channel::Sms, 8),
        (Channel::Voice, 7),
        (Channel::Booker, 4),
    ];
    assert_eq!(before_h, wanted);
}

#[test]
fn a_session_before_the_morning_is_told_of_on_the_evening_before() {
    let start_s = MIDNIGHT_S + 7 * HOUR_S;
    let steps = ladder(ALL, start_s, start_s - 7 * FIRST_S, &night(CHINA));
    // Due at 15:00 on the day before: not at night.
    assert_eq!(at(&steps, Channel::Sms), Some(start_s - 16 * HOUR_S));
    // 19:00.
    assert_eq!(at(&steps, Channel::Voice), Some(start_s - 12 * HOUR_S));
    let late = ladder(ALL, start_s, start_s - 11 * HOUR_S, &night(CHINA));
    // Booked at 20:00, due at night, and begins before the morning.
    assert_eq!(at(&late, Channel::Sms), Some(MIDNIGHT_S - 3 * HOUR_S - 45 * 60));
    assert_eq!(at(&late, Channel::Voice), Some(MIDNIGHT_S - 3 * HOUR_S - 15 * 60));
    // Booked in the night: nothing sounds any more.
    let too_late = ladder(ALL, start_s, start_s - 5 * HOUR_S, &night(CHINA));
    assert_eq!(at(&too_late, Channel::Sms), None);
    assert_eq!(at(&too_late, Channel::App), Some(start_s - 5 * HOUR_S));
}

#[test]
fn who_has_no_phone_is_told_on_paper_and_words_are_read_back() {
    let start_s = MIDNIGHT_S + 15 * HOUR_S;
    let steps = ladder(Reach::default(), start_s, start_s - 7 * FIRST_S, &night(CHINA));
    assert_eq!(at(&steps, Channel::Paper), Some(start_s - FIRST_S));
    assert_eq!(steps.len(), 2);
    for channel in Channel::ALL {
        assert_eq!(channel.as_str().parse(), Ok(channel));
    }
    assert!("pigeon".parse::<Channel>().is_err());
}
