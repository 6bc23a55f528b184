//! Media from the client, and the client's reports about media from the gateway.

use super::*;
use crate::ingress::MediaPacket;
use crate::rtp::{self, ReportBlock};
use crate::sdp::{AUDIO_LEVEL, CodecKind, MID, REPAIRED_RID, RID, TRANSPORT_CC};

fn extensions() -> Vec<(u8, String)> {
    [(1, AUDIO_LEVEL), (3, TRANSPORT_CC), (4, MID), (10, RID), (11, REPAIRED_RID)]
        .map(|(i, u)| (i, u.to_owned()))
        .to_vec()
}

fn simulcast(world: &mut World) -> usize {
    let rids = ["q", "h", "f"].map(str::to_owned);
    world
        .peer
        .add_track("1", Kind::Video, &[Codec::offered(CodecKind::Vp8)], &extensions(), &rids)
        .unwrap()
}

/// A packet with one-byte extensions; answers it and its header length.
fn packet(
    pt: u8,
    ssrc: u32,
    seq: u16,
    extensions: &[(u8, &[u8])],
    payload: &[u8],
) -> (Vec<u8>, usize) {
    let mut p = vec![0x90, pt];
    p.extend_from_slice(&seq.to_be_bytes());
    p.extend_from_slice(&(u32::from(seq) * 3000).to_be_bytes());
    p.extend_from_slice(&ssrc.to_be_bytes());
    let mut block: Vec<u8> = extensions
        .iter()
        .flat_map(|(id, v)| [&[id << 4 | (v.len() as u8 - 1)], *v].concat())
        .collect();
    block.resize(block.len().next_multiple_of(4), 0);
    p.extend_from_slice(&[0xbe, 0xde, 0, (block.len() / 4) as u8]);
    p.extend_from_slice(&block);
    let header = p.len();
    p.extend_from_slice(payload);
    (p, header)
}

fn deliver(world: &mut World, (plain, header): (Vec<u8>, usize)) -> Option<MediaPacket> {
    let seq = u64::from(rtp::half(&plain, 2).unwrap());
    let wire = world.client.seal(&plain, header, seq);
    world.said.clear();
    let data = world.give(&wire);
    let media =
        world.said.iter().find_map(|o| if let Output::Media(p) = o { Some(*p) } else { None })?;
    assert!(plain.ends_with(&data[media.payload.0..media.payload.1]), "opened in place");
    Some(media)
}

pub(super) fn rtcp_from_client(world: &mut World, compound: &[u8]) {
    let sealed = world.client.srtp.as_mut().unwrap().1.seal_rtcp(compound);
    world.said.clear();
    world.give(&sealed);
}

#[test]
fn layers_are_found_by_name_and_repaired_by_name() {
    let mut world = World::connected();
    let track = simulcast(&mut world);
    assert_eq!(
        deliver(&mut world, packet(96, 500, 10, &[], b"nameless")),
        None,
        "a layer that has not named itself"
    );
    let names: [(u8, &[u8]); 2] = [(4, b"1"), (10, b"h")];
    let first = deliver(&mut world, packet(96, 500, 11, &names, b"abc")).unwrap();
    assert_eq!(
        (first.track, first.layer, first.seq as u16, first.ssrc, first.pt),
        (track, 1, 11, 500, 96)
    );
    let later = deliver(&mut world, packet(96, 500, 13, &[], b"abc")).unwrap();
    assert_eq!((later.layer, later.seq), (1, first.seq + 2), "it need not name itself again");
    let repaired: [(u8, &[u8]); 2] = [(4, b"1"), (11, b"h")];
    let rtx = deliver(&mut world, packet(97, 501, 700, &repaired, &[0, 12, 9, 9])).unwrap();
    assert_eq!((rtx.layer, rtx.seq, rtx.ssrc, rtx.pt), (1, first.seq + 1, 500, 96));
    assert_eq!(rtx.payload.1 - rtx.payload.0, 2);
    assert_eq!(
        deliver(&mut world, packet(97, 501, 701, &[], &[0, 12, 9, 9])),
        None,
        "once is enough"
    );
    assert_eq!(deliver(&mut world, packet(97, 501, 702, &[], &[0])), None, "a padding probe");
    assert_eq!(
        deliver(&mut world, packet(100, 500, 14, &[], b"x")),
        None,
        "a payload type that was not chosen"
    );
    let counters = world.peer.counters();
    assert_eq!(
        (counters.received, counters.recovered, counters.duplicates, counters.unknown),
        (3, 1, 1, 2)
    );
}

#[test]
fn padding_takes_a_number_and_carries_nothing() {
    let mut world = World::connected();
    let codecs = [Codec::offered(CodecKind::Vp8)];
    world.peer.add_track("0", Kind::Video, &codecs, &extensions(), &[]).unwrap();
    let first = deliver(&mut world, packet(96, 900, 20, &[], b"abc")).unwrap();
    let mut padded = packet(96, 900, 21, &[], &[0, 0, 3]);
    padded.0[0] |= 0x20;
    let padding = deliver(&mut world, padded).unwrap();
    assert_eq!((padding.seq, padding.payload.1 - padding.payload.0), (first.seq + 1, 0));
}

#[test]
fn announced_streams_and_lone_tracks_need_no_names() {
    let mut world = World::connected();
    let codecs = [Codec::offered(CodecKind::Opus)];
    let first = world.peer.add_track("0", Kind::Audio, &codecs, &extensions(), &[]).unwrap();
    let level = deliver(&mut world, packet(111, 900, 1, &[(1, &[0x80 | 42])], b"x")).unwrap();
    assert_eq!((level.track, level.audio_level), (first, Some(42)));
    let second = world.peer.add_track("1", Kind::Audio, &codecs, &extensions(), &[]).unwrap();
    assert_eq!(
        deliver(&mut world, packet(111, 901, 1, &[], b"x")),
        None,
        "two tracks could be meant"
    );
    world.peer.announce(second, &[Ssrcs { ssrc: 902, rtx: None }]);
    assert_eq!(deliver(&mut world, packet(111, 902, 1, &[], b"x")).unwrap().track, second);
    world.peer.remove_track(first);
    assert_eq!(deliver(&mut world, packet(111, 900, 2, &[(4, b"0")], b"x")), None);
    assert_eq!(
        world.peer.tracks().map(|(i, t)| (i, t.mid.clone())).collect::<Vec<_>>(),
        [(second, "1".to_owned())]
    );
    assert_eq!(
        world.peer.add_track("2", Kind::Audio, &codecs, &extensions(), &[]),
        Ok(first),
        "numbers are used again"
    );
}

#[test]
fn what_is_lost_is_asked_for_and_a_dead_line_is_not() {
    let mut world = World::connected();
    simulcast(&mut world);
    let names: [(u8, &[u8]); 2] = [(4, b"1"), (10, b"f")];
    deliver(&mut world, packet(96, 500, 10, &names, b"abc")).unwrap();
    deliver(&mut world, packet(96, 500, 15, &names, b"abc")).unwrap();
    world.run(10);
    let nacks =
        |world: &World| world.client.rtcp.iter().filter(|(f, t, _)| (*f, *t) == (1, 205)).count();
    let (_, _, body) = world.client.rtcp.iter().find(|(f, t, _)| (*f, *t) == (1, 205)).unwrap();
    assert_eq!(rtp::nacked(body).collect::<Vec<_>>(), [11, 12, 13, 14]);
    world.run(3_000);
    assert!(nacks(&world) <= 9, "{} while the line was dead", nacks(&world));
    let before = nacks(&world);
    deliver(&mut world, packet(96, 500, 200, &names, b"abc")).unwrap();
    world.run(400);
    assert_eq!(nacks(&world), before, "no flood when it comes back");
    assert_eq!(world.peer.counters().nacked, 4 * before as u64);
}

#[test]
fn the_client_learns_how_its_packets_arrive() {
    let mut world = World::connected();
    simulcast(&mut world);
    for seq in 10..60u16 {
        let transport = (seq + 100).to_be_bytes();
        let names: [(u8, &[u8]); 3] = [(4, b"1"), (10, b"q"), (3, &transport)];
        if seq % 10 != 5 {
            deliver(&mut world, packet(96, 500, seq, &names, b"abc")).unwrap();
        }
        world.run(20);
    }
    world.run(100);
    let feedback: Vec<_> =
        world.client.rtcp.iter().filter(|(f, t, _)| (*f, *t) == (15, 205)).collect();
    assert!(feedback.len() >= 4, "some four a second for a client that sends so little");
    assert_eq!(
        feedback.iter().map(|(_, _, b)| rtp::half(b, 10).unwrap()).sum::<u16>(),
        50 - 5 + gaps(&feedback)
    );
    let (_, _, report) = world.client.rtcp.iter().find(|(_, t, _)| *t == 201).unwrap();
    let block = rtp::report_blocks(201, report).next().unwrap();
    assert!(block.ssrc == 500 && block.fraction_lost > 15 && block.fraction_lost < 40, "{block:?}");
    let mut out = vec![];
    world.peer.request_keyframe(0, 0, &mut out);
    world.peer.request_keyframe(0, 2, &mut out); // not seen yet
    assert_eq!(out.len(), 1);
    world.take(out);
    assert!(
        world.client.rtcp.iter().any(|(f, t, b)| (*f, *t, rtp::word(b, 4)) == (1, 206, Some(500)))
    );
}

/// Numbers inside a feedback that did not arrive: symbols of 0 between the first and the last.
fn gaps(feedback: &[&(u8, u8, Vec<u8>)]) -> u16 {
    let zeros = |b: &Vec<u8>| {
        let count = usize::from(rtp::half(b, 10).unwrap());
        let symbols =
            (0..count).map(|i| rtp::half(b, 16 + 2 * (i / 7)).unwrap() >> (12 - 2 * (i % 7)) & 3);
        symbols.filter(|s| *s == 0).count() as u16
    };
    feedback.iter().map(|(_, _, b)| zeros(b)).sum()
}

#[test]
fn reports_about_our_streams_reach_the_shell() {
    let mut world = World::connected();
    rtcp_from_client(&mut world, &[rtp::pli(70), rtp::nack(71, &[5, 6, 9])].concat());
    assert!(
        matches!(&world.said[..], [Output::KeyframeWanted { ssrc: 70 }, Output::Lost { ssrc: 71, seqs }] if seqs[..] == [5, 6, 9])
    );
    let ntp = 0x8000_1234_5678_0000;
    let mut out = vec![];
    let sent = rtp::sender_report(70, ntp, 1, 2, 3);
    world.peer.send_rtcp(world.now, &sent, &mut out);
    world.take(out);
    assert_eq!(world.client.rtcp.last().map(|(_, t, _)| *t), Some(202));
    world.run(250);
    let delay = 65_536 / 5; // the client held it for 200 ms of the 250
    let block = ReportBlock {
        ssrc: 70,
        fraction_lost: 12,
        cumulative_lost: -3,
        highest: 9,
        jitter: 44,
        last_report: (ntp >> 16) as u32,
        delay,
    };
    rtcp_from_client(&mut world, &rtp::receiver_report(&[block]));
    let [
        Output::ReceiverReport {
            ssrc: 70,
            fraction_lost: 12,
            cumulative_lost: -3,
            highest: 9,
            jitter: 44,
            round_trip_ms: Some(ms),
        },
    ] = world.said[..]
    else {
        panic!("{:?}", world.said)
    };
    assert!((49..=51).contains(&ms), "{ms}");
    rtcp_from_client(&mut world, &rtp::receiver_report(&[ReportBlock { last_report: 0, ..block }]));
    assert!(matches!(world.said[..], [Output::ReceiverReport { round_trip_ms: None, .. }]));
}

#[test]
fn publishers_whose_clocks_differ_leave_the_round_trip_as_it_is() {
    let mut world = World::connected();
    let clocks = [(70, 0x8000_1234_0000_0000u64), (71, 0x8000_122f_0000_0000)]; // 5 s apart
    for (ssrc, ntp) in clocks {
        let mut out = vec![];
        world.peer.send_rtcp(world.now, &rtp::sender_report(ssrc, ntp, 1, 2, 3), &mut out);
        world.take(out);
    }
    world.run(40);
    for (ssrc, ntp) in clocks {
        let block = ReportBlock {
            ssrc,
            fraction_lost: 0,
            cumulative_lost: 0,
            highest: 9,
            jitter: 0,
            last_report: (ntp >> 16) as u32,
            delay: 0,
        };
        rtcp_from_client(&mut world, &rtp::receiver_report(&[block]));
        let [Output::ReceiverReport { round_trip_ms: Some(ms), .. }] = world.said[..] else {
            panic!("{:?}", world.said)
        };
        assert!((39..=41).contains(&ms), "{ms} of {ssrc}");
    }
}

/// The client reports stream `ssrc` in answer to a sender report of `ntp`: the round trip that shows.
fn round_trip_of(world: &mut World, ssrc: u32, ntp: u64, held_ms: u32) -> Option<u32> {
    let block = ReportBlock {
        ssrc,
        fraction_lost: 0,
        cumulative_lost: 0,
        highest: 9,
        jitter: 0,
        last_report: (ntp >> 16) as u32,
        delay: held_ms * 65_536 / 1_000,
    };
    rtcp_from_client(world, &rtp::receiver_report(&[block]));
    match world.said[..] {
        [Output::ReceiverReport { round_trip_ms, .. }] => round_trip_ms,
        _ => panic!("{:?}", world.said),
    }
}

#[test]
fn each_stream_keeps_its_round_trip_under_clocks_that_are_hours_apart() {
    let mut world = World::connected();
    let tell = |world: &mut World, ssrc, ntp| {
        let mut out = vec![];
        world.peer.send_rtcp(world.now, &rtp::sender_report(ssrc, ntp, 1, 2, 3), &mut out);
        world.take(out);
    };
    let (here, hours) = (0x8000_1234_0000_0000_u64, 7_200_u64 << 32);
    // What a receiver repeats of a time is the same again after 65,536 s, 18 hours and some.
    let alike = here + (65_536 << 32);
    tell(&mut world, 70, here);
    world.run(100);
    tell(&mut world, 71, here + hours);
    tell(&mut world, 72, alike);
    world.run(40);
    let near = |it: Option<u32>, ms: u32| it.is_some_and(|it| it.abs_diff(ms) <= 1);
    let (first, second) = (here, here + hours);
    let ways = [(70, first, 100), (71, second, 0), (72, alike, 0), (70, first, 90)]
        .map(|(ssrc, ntp, held)| round_trip_of(&mut world, ssrc, ntp, held));
    assert!(near(ways[0], 40) && near(ways[1], 40) && near(ways[2], 40), "{ways:?}");
    assert!(near(ways[3], 50), "{ways:?}");
    assert_eq!(round_trip_of(&mut world, 71, first, 0), None, "another's clock");
    // One publisher's clock is put right by hours: what it said before and after is measured alike.
    tell(&mut world, 71, here - hours);
    world.run(25);
    let after = round_trip_of(&mut world, 71, here - hours, 0);
    let before = round_trip_of(&mut world, 71, second, 0);
    assert!(near(after, 25) && near(before, 65), "{after:?} {before:?}");
}

#[test]
fn the_clients_clock_reaches_the_shell() {
    let mut world = World::connected();
    let track = simulcast(&mut world);
    deliver(&mut world, packet(96, 500, 10, &[(4, b"1"), (10, b"h")], b"abc")).unwrap();
    rtcp_from_client(&mut world, &rtp::sender_report(500, 99 << 32, 1234, 1, 1));
    let at = world.now;
    assert!(
        matches!(world.said[..], [Output::SenderReport { track: t, layer: 1, ntp, rtp_ts: 1234, at: a }]
        if (t, ntp, a) == (track, 99 << 32, at))
    );
    rtcp_from_client(&mut world, &rtp::sender_report(501, 99 << 32, 1234, 1, 1));
    assert!(world.said.is_empty(), "an unknown stream");
}

#[test]
fn tracks_and_layers_are_counted() {
    let mut world = World::connected();
    let rids: Vec<String> = (0..5).map(|i| i.to_string()).collect();
    assert_eq!(
        world.peer.add_track("x", Kind::Video, &[], &[], &rids),
        Err(Error::TooMany("layers"))
    );
    for i in 0..crate::ingress::MAX_TRACKS {
        assert_eq!(world.peer.add_track("x", Kind::Video, &[], &[], &[]), Ok(i));
    }
    assert_eq!(
        world.peer.add_track("x", Kind::Video, &[], &[], &[]),
        Err(Error::TooMany("tracks"))
    );
}

#[test]
fn a_client_is_followed_to_a_new_address_by_a_packet_that_only_it_can_have_sent_now() {
    let mut world = World::connected();
    let codecs = [Codec::offered(CodecKind::Opus)];
    world.peer.add_track("0", Kind::Audio, &codecs, &extensions(), &[]).unwrap();
    deliver(&mut world, packet(111, 900, 10, &[], b"x")).unwrap();
    let here = world.peer.selected();
    let sealed = |world: &mut World, ssrc, seq: u16| {
        let (plain, header) = packet(111, ssrc, seq, &[], b"x");
        world.client.seal(&plain, header, seq.into())
    };
    let mut forged = sealed(&mut world, 900, 11);
    *forged.last_mut().unwrap() ^= 1;
    let late = sealed(&mut world, 900, 9);
    let unheard = sealed(&mut world, 901, 11);
    let far = sealed(&mut world, 900, 10 + 4_097);
    for wrong in [&forged, &late, &unheard, &far, &vec![0x80; 40]] {
        assert!(!world.peer.follow(address(7), wrong));
    }
    assert_eq!((world.peer.selected(), world.peer.may_own(&forged)), (here, true));
    let next = sealed(&mut world, 900, 11);
    assert!(world.peer.follow(address(7), &next));
    assert_eq!(world.peer.selected(), here, "it has not answered there");
    world.from = address(7);
    world.give(&next);
    world.prove();
    assert_eq!(world.peer.selected(), Some(address(7)));
    assert!(!world.peer.follow(address(8), &next), "somebody repeats it");

    let report = rtp::receiver_report(&[]);
    rtcp_from_client(&mut world, &report);
    let first = world.client.srtp.as_mut().unwrap().1.seal_rtcp(&report);
    assert!(world.peer.follow(address(9), &first), "who only listens says this much");
    world.from = address(9);
    world.give(&first);
    world.prove();
    assert_eq!(world.peer.selected(), Some(address(9)));
}
