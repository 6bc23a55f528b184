use super::*;
use crate::plan::picture::MAX_PICTURES;
use alloc::vec;

/// Frames of each second of a picture, from its start.
fn seconds(picture: &Picture) -> Vec<usize> {
    let last = picture.shots.iter().map(|it| it.at_us).max().unwrap();
    let mut seconds = vec![0; usize::try_from(last / 1_000_000).unwrap() + 1];
    for shot in &picture.shots {
        seconds[usize::try_from(shot.at_us / 1_000_000).unwrap()] += 1;
    }
    seconds
}

fn in_order(picture: &Picture) -> bool {
    picture.shots.windows(2).all(|it| it[0].decode_us < it[1].decode_us)
        && picture.shots.iter().all(|it| it.decode_us <= it.at_us)
}

#[test]
fn every_camera_and_screen_is_kept_and_who_leads_comes_first() {
    let mut room = Room::default();
    room.join("patient", "doctor");
    room.join("wang", "specialist");
    room.track(1, "patient", Source::Camera, Codec::Vp8);
    room.track(2, "wang", Source::Camera, Codec::Vp8);
    room.track(3, "wang", Source::ScreenShare, Codec::Vp8);
    room.show(0, 1, 0, 100);
    room.show(1_000, 2, 0, 60);
    room.show(0, 3, 0, 100);
    let plan = room.plan();
    let who: Vec<_> = plan.pictures.iter().map(|it| (it.identity.as_str(), it.screen)).collect();
    assert_eq!(who, [("wang", false), ("wang", true), ("patient", false)]);
    assert_eq!(plan.pictures[0].parts[0], Extent { segment: 1, offset: 13, len: 10 });
    assert_eq!(plan.pictures[0].size, (320, 240));
    assert_eq!((plan.damaged_seconds.any, plan.unseen.len()), (0, 0));
}

#[test]
fn pictures_beyond_the_bound_are_named() {
    let mut room = Room::default();
    let pupils = u32::try_from(MAX_PICTURES).unwrap() + 2;
    for it in 0..pupils {
        room.track(it, &format!("pupil-{it}"), Source::Camera, Codec::Vp8);
        room.show(0, it, 0, 100 + u16::try_from(it).unwrap());
    }
    room.track(90, "pupil-0", Source::ScreenShare, Codec::Vp8);
    room.show(0, 90, 0, 20);
    let plan = room.plan();
    assert_eq!(plan.pictures.len(), MAX_PICTURES);
    assert!(plan.pictures.iter().any(|it| it.screen));
    let unseen: Vec<_> = plan.unseen.iter().map(|it| it.identity.as_str()).collect();
    assert_eq!(unseen, ["pupil-2", "pupil-1", "pupil-0"]);
}

#[test]
fn the_best_layer_is_shown_and_when_it_stops_the_next() {
    let mut room = Room::default();
    room.track(1, "a", Source::Camera, Codec::Vp8);
    room.show_keys(0, 1, 0, 400, 100);
    // The upper layer stops at 15 s and is back at 33 s.
    room.show_keys(0, 1, 1, 150, 100);
    let mut again = room;
    for it in 0..70_u16 {
        let at_ms = 33_000 + u64::from(it) * 100;
        let key = [0x10, 0x10, 0, 0, 0x9D, 0x01, 0x2A, 0x40, 2, 0xF0, 0];
        let payload: &[u8] = if it == 0 { &key } else { &[0x10, 0x11, 0] };
        again.rtp(at_ms, 1, 1, 200 + it, u32::try_from(at_ms * 90).unwrap(), payload);
    }
    let plan = again.plan();
    let picture = &plan.pictures[0];
    assert!(seconds(picture).iter().all(|it| *it >= 9), "{:?}", seconds(picture));
    assert!(in_order(picture));
    assert_eq!(picture.size, (576, 240));
    // Of the lower layer from its key frame before the upper one stopped, and not after that is back.
    assert_eq!(picture.shots.iter().filter(|it| it.key).count(), 1 + 3 + 1);
    assert_eq!(plan.damaged_seconds.any, 0, "{:?}", plan.damage);
}

#[test]
fn a_rejoin_in_another_codec_goes_on_in_the_same_picture() {
    let mut room = Room::default();
    room.track(1, "a", Source::Camera, Codec::Vp8);
    room.track(2, "a", Source::Camera, Codec::H264);
    room.track(3, "a", Source::Camera, Codec::Vp8);
    room.show(0, 1, 0, 30);
    for it in 0..30_u16 {
        let at_ms = 5_000 + u64::from(it) * 100;
        let payload: &[u8] = if it == 0 { &[0x65, 1] } else { &[0x41, 1] };
        room.rtp(at_ms, 2, 0, it, u32::try_from(at_ms * 90).unwrap(), payload);
    }
    room.show(10_000, 3, 0, 30);
    let plan = room.plan();
    let picture = &plan.pictures[0];
    let runs: Vec<_> = picture.runs().map(|it| (it.0, it.1.len(), it.1[0].key)).collect();
    assert_eq!(runs, [(Codec::Vp8, 30, true), (Codec::H264, 30, true), (Codec::Vp8, 30, true)]);
    assert_eq!(picture.shots[60].at_us, 10_000_000 + LEAD_US);
    assert!(in_order(picture));
    assert_eq!(plan.damaged_seconds.any, 0);
}

#[test]
fn a_short_halt_of_the_best_layer_is_no_reason_to_leave_it_but_is_told() {
    let mut room = Room::default();
    room.track(1, "a", Source::Camera, Codec::Vp8);
    room.show_keys(0, 1, 0, 200, 100);
    let key = [0x10, 0x10, 0, 0, 0x9D, 0x01, 0x2A, 0x40, 2, 0xF0, 0];
    for it in (0..200_u16).filter(|it| *it != 52) {
        let payload: &[u8] = if matches!(it, 0 | 58 | 150) { &key } else { &[0x10, 0x11, 0] };
        room.rtp(u64::from(it) * 100, 1, 1, it, u32::from(it) * 9_000, payload);
    }
    let plan = room.plan();
    assert_eq!(plan.pictures[0].shots.len(), 194);
    assert_eq!(plan.damaged_seconds.picture, 1, "{:?}", plan.damage);
    assert_eq!((plan.damage[0].what.as_str(), plan.damage[0].identity.as_str()), ("picture", "a"));
}

#[test]
fn what_was_sent_and_cannot_be_shown_is_told() {
    // Three seconds without a key frame, then a codec that is not known.
    let mut room = Room::default();
    room.track(1, "a", Source::Camera, Codec::Vp8);
    room.track(2, "a", Source::Camera, Codec::Other);
    for it in 0..30_u16 {
        room.rtp(u64::from(it) * 100, 1, 0, it, u32::from(it) * 9_000, &[0x10, 0x11, 0]);
    }
    let key = [0x10, 0x10, 0, 0, 0x9D, 0x01, 0x2A, 0x40, 1, 0xF0, 0];
    for it in 30..60_u16 {
        room.rtp(u64::from(it) * 100, 1, 0, it, u32::from(it) * 9_000, &key);
    }
    room.show(8_000, 2, 0, 21);
    room.track(3, "a", Source::Microphone, Codec::Opus);
    room.talk(0, 3, 0, 600);
    let plan = room.plan();
    let told: Vec<_> = plan.damage.iter().map(|it| (it.from_ms, it.to_ms)).collect();
    assert_eq!(told, [(20, 3_020), (8_020, 10_020)]);
}

#[test]
fn frames_that_are_not_sent_in_their_order_are_decoded_before_they_are_seen() {
    let mut room = Room::default();
    room.track(1, "a", Source::Camera, Codec::H264);
    for it in 0..90_u32 {
        let shown = match it % 3 {
            0 => it,
            1 => it + 1,
            _ => it - 1,
        };
        let payload: &[u8] = if it == 0 { &[0x65, 1] } else { &[0x41, 1] };
        room.rtp(u64::from(it) * 66, 1, 0, it as u16, shown * 66 * 90, payload);
    }
    let plan = room.plan();
    let picture = &plan.pictures[0];
    assert!(in_order(picture));
    let mut seen: Vec<_> = picture.shots.iter().map(|it| it.at_us).collect();
    seen.sort_unstable();
    assert!(seen.windows(2).all(|it| it[1] - it[0] == 66_000), "{seen:?}");
}
