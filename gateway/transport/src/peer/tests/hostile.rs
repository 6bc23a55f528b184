//! A client, or somebody who can write its address on a datagram, sends what it likes.

use super::*;
use crate::ingress::MAX_TRACKS;
use crate::rtp;
use crate::sdp::{CodecKind, MAX_LAYERS, MID, RID};
use crate::srtp::MAX_SSRCS;

/// Real datagrams of every kind, to be changed.
fn seeds(world: &mut World) -> Vec<Vec<u8>> {
    let c = world.peer.credentials().clone();
    let plain = |seq: u16| {
        let mut p = vec![
            0x90, 96, 0, seq as u8, 0, 0, 0, 1, 0, 0, 2, 0, 0xbe, 0xde, 0, 1, 0x40, b'1', 0xa0,
            b'q',
        ];
        p.extend_from_slice(&[0x10; 60]);
        p
    };
    let mut seeds = vec![
        check(&format!("{}:x", c.ufrag), &c.pwd, true, None),
        [&[22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 40, 1, 0, 0, 28][..], &[0; 60]].concat(),
        [&[23, 254, 253, 0, 1, 0, 0, 0, 0, 9, 9, 0, 40][..], &[7; 40]].concat(),
        plain(1),
        rtp::sender_report(1, 2, 3, 4, 5),
    ];
    for i in 0..20 {
        seeds.push(world.client.seal(&plain(i), 20, i.into()));
        let compound = [rtp::nack(7, &[1, 2, 90]), rtp::pli(i.into())].concat();
        seeds.push(world.client.srtp.as_mut().unwrap().1.seal_rtcp(&compound));
    }
    seeds
}

#[test]
fn fifty_thousand_changed_datagrams_do_no_harm() {
    let mut world = World::connected();
    let codecs = [Codec::offered(CodecKind::Vp8)];
    let extensions = [(4, MID.to_owned()), (10, RID.to_owned())];
    world.peer.add_track("1", Kind::Video, &codecs, &extensions, &["q".to_owned()]).unwrap();
    let seeds = seeds(&mut world);
    let home = world.from;
    for i in 0..50_000u32 {
        let seed = seeds[world.random(seeds.len() as u64) as usize].clone();
        let datagram = world.change(&seed);
        world.from = address((i % 60_000) as u16);
        world.give(&datagram);
        world.heard.clear();
        if i % 100 == 0 {
            world.from = home;
            world.run(5);
        }
        world.said.retain(|o| matches!(o, Output::Closed(_)));
    }
    assert_eq!(closed(&world), None);
    assert!(world.peer.table_entries() < 1_000, "{}", world.peer.table_entries());
    world.from = home;
    let mut out = vec![];
    let stream = world.peer.open_channel(world.now, "alive", true, None, &mut out).unwrap();
    world.take(out);
    world.run(2_000);
    assert!(world.client.messages.iter().any(|(s, _, _)| *s == stream), "the call goes on");
}

#[test]
fn garbage_before_the_handshake_does_no_harm() {
    let mut world = World::new(vec![GCM]);
    world.expect();
    world.check(true);
    for i in 0..20_000 {
        let len = world.random(120) as usize;
        let mut datagram: Vec<u8> = (0..len).map(|_| world.random(256) as u8).collect();
        if let Some(first) = datagram.first_mut() {
            *first = [0, 1, 20, 21, 22, 23, 25, 128, 144, 191][i % 10];
        }
        world.give(&datagram);
        world.heard.clear();
    }
    assert_eq!(world.peer.table_entries(), 0);
    world.start();
    world.run(1_000);
    assert_eq!((connected(&world), closed(&world)), (1, None));
}

#[test]
fn a_client_with_keys_cannot_make_tables_grow() {
    let mut world = World::connected();
    let codecs = [Codec::offered(CodecKind::Vp8)];
    for mid in 0..MAX_TRACKS {
        let rids: Vec<String> = (0..MAX_LAYERS).map(|r| r.to_string()).collect();
        world
            .peer
            .add_track(
                &mid.to_string(),
                Kind::Video,
                &codecs,
                &[(4, MID.to_owned()), (10, RID.to_owned())],
                &rids,
            )
            .unwrap();
    }
    for i in 0..30_000u32 {
        let (mid, rid) = (world.random(64), b'0' + world.random(4) as u8);
        let text = format!("{mid:02}");
        let mid: &[u8] = text.strip_prefix('0').unwrap_or(&text).as_bytes();
        let mut p = vec![0x90, 96 + (i % 2) as u8];
        let seq = world.random(65_536) as u16;
        p.extend_from_slice(&seq.to_be_bytes());
        p.extend_from_slice(&i.to_be_bytes());
        p.extend_from_slice(&(i / 2).to_be_bytes());
        p.extend_from_slice(&[0xbe, 0xde, 0, 2, 0x40 | (mid.len() as u8 - 1)]);
        p.extend_from_slice(mid);
        p.extend_from_slice(&[0xa0, rid]);
        p.resize(24, 0);
        p.extend_from_slice(&seq.wrapping_add(world.random(300) as u16).to_be_bytes());
        p.extend_from_slice(&[1; 20]);
        let wire = world.client.seal(&p, 24, u64::from(seq));
        world.give(&wire);
        world.said.clear();
        world.heard.clear();
        if i % 1_000 == 0 {
            world.run(5);
        }
    }
    let bound = 2 * MAX_SSRCS + MAX_TRACKS * MAX_LAYERS * (2 + 256);
    assert!(world.peer.table_entries() <= bound, "{}", world.peer.table_entries());
    assert_eq!(closed(&world), None);
}

/// CRC-32 with a reflected polynomial.
fn crc(polynomial: u32, bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, b| {
        (0..8)
            .fold(crc ^ u32::from(*b), |c, _| if c & 1 == 1 { c >> 1 ^ polynomial } else { c >> 1 })
    })
}

#[test]
fn checks_with_good_fingerprints_and_bad_insides_do_no_harm() {
    let mut world = World::new(vec![GCM]);
    let c = world.peer.credentials().clone();
    let good = check(&format!("{}:x", c.ufrag), &c.pwd, true, Some(controlled()));
    let print = crc(0xedb8_8320, &good[..good.len() - 8]) ^ 0x5354_554e;
    assert_eq!(good[good.len() - 4..], print.to_be_bytes());
    for _ in 0..20_000 {
        let mut m = world.change(&good[..good.len() - 8]);
        let len = (m.len() as u16).wrapping_sub(12); // with the fingerprint, without the header
        if let Some(field) = m.get_mut(2..4) {
            field.copy_from_slice(&len.to_be_bytes());
        }
        let print = crc(0xedb8_8320, &m) ^ 0x5354_554e;
        m.extend_from_slice(&[0x80, 0x28, 0, 4]);
        m.extend_from_slice(&print.to_be_bytes());
        world.give(&m);
        world.heard.clear();
    }
    assert!(world.peer.selected().is_none());
}

#[test]
fn three_hundred_handshakes_with_changed_copies_do_no_harm() {
    let identity = Arc::new(Identity::generate().unwrap());
    let mut finished = 0;
    for seed in 1..=300 {
        let mut world = World::new(vec![GCM, SHA1]);
        world.peer = Peer::new(world.now, identity.clone(), 0).unwrap();
        (world.changed, world.random) = (50, seed * 0x9e37_79b9);
        world.expect();
        world.start();
        world.run(200);
        finished += connected(&world);
    }
    assert!(finished > 100, "{finished}");
}

#[test]
fn a_client_with_keys_that_writes_nonsense_in_sctp_does_no_harm() {
    for seed in 1..=40 {
        let mut world = World::connected();
        world.random = seed * 0x9e37_79b9;
        world.client.write(
            world.now,
            2,
            rtc_sctp::PayloadProtocolIdentifier::Dcep,
            &[3, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, b'x'],
        );
        world.client.write(world.now, 2, rtc_sctp::PayloadProtocolIdentifier::Binary, &[7; 5_000]);
        world.run(50);
        world.client.reset(world.now, 2);
        world.run(50);
        let packets = world.client.sent.clone();
        let mut first = packets[0].to_vec();
        first[8..12].fill(0);
        assert_eq!(packets[0][8..12], crc(0x82f6_3b78, &first).to_le_bytes());
        for _ in 0..500 {
            let packet = &packets[world.random(packets.len() as u64) as usize];
            let mut p = world.change(packet);
            if p.len() < 12 {
                continue;
            }
            p[8..12].fill(0);
            let sum = crc(0x82f6_3b78, &p);
            p[8..12].copy_from_slice(&sum.to_le_bytes());
            world.client.sctp(world.now, &p);
            if world.random(20) == 0 {
                world.run(5);
            }
        }
        world.run(5_000);
        assert!(world.peer.table_entries() < 100);
    }
}

/// A packet of the association with this chunk in it.
fn packet_of(world: &World, chunk: &[u8]) -> Vec<u8> {
    let mut packet = [&world.client.sent.last().unwrap()[..8], &[0; 4], chunk].concat();
    let sum = crc(0x82f6_3b78, &packet);
    packet[8..12].copy_from_slice(&sum.to_le_bytes());
    packet
}

#[test]
fn chunks_that_would_stop_or_hold_up_the_library_are_refused() {
    let mut world = World::connected();
    let hidden = [11, 0, 0, 12, 6, 0, 0, 8, 0, 12, 255, 255]; // an ABORT in a COOKIE ACK
    let far = |world: &World| {
        let sent = world.client.sent.iter();
        let init = sent.map(|it| &it[12..]).find(|it| it[0] == 1).unwrap();
        let far = u32::from_be_bytes(init[16..20].try_into().unwrap()).wrapping_add(1 << 30);
        [&[192, 0, 0, 8][..], &far.to_be_bytes()].concat()
    };
    for chunk in [hidden.to_vec(), far(&world)] {
        let before = world.peer.counters().refused;
        let packet = packet_of(&world, &chunk);
        world.client.sctp(world.now, &packet);
        world.run(50);
        assert_eq!(world.peer.counters().refused, before + 1, "{chunk:?}");
    }
    assert_eq!(closed(&world), None);
}

#[test]
fn records_of_a_later_epoch_and_plain_records_without_end_are_refused() {
    let mut world = World::connected();
    let before = world.peer.counters().refused;
    let record = |epoch: u8, seq: u32| {
        let mut r = vec![22, 254, 253, 0, epoch, 0, 0];
        r.extend_from_slice(&seq.to_be_bytes());
        r.extend_from_slice(&1_000u16.to_be_bytes());
        r.resize(1_013, 1);
        r
    };
    for seq in 0..1_000 {
        world.give(&record(2, seq));
    }
    assert_eq!(world.peer.counters().refused, before + 1_000);
    for seq in 0..1_000 {
        world.give(&record(0, seq));
    }
    assert!(world.peer.counters().refused > before + 1_800);
    let mut out = vec![];
    let stream = world.peer.open_channel(world.now, "alive", true, None, &mut out).unwrap();
    world.take(out);
    world.run(500);
    assert!(world.client.messages.iter().any(|(s, _, _)| *s == stream), "the call goes on");
}

#[test]
fn feedback_on_packets_of_streams_reaches_the_shell_and_what_is_too_much_is_refused() {
    let mut world = World::connected();
    let report = |count: u16, metrics: usize| {
        let mut body = vec![0, 0, 0, 1, 0, 0, 0, 70, 0, 9];
        body.extend(count.to_be_bytes());
        body.resize(body.len() + 2 * metrics, 0x80);
        body.extend([0, 1, 0, 0]);
        rtp::rtcp(11, 205, &body)
    };
    media::rtcp_from_client(&mut world, &report(2, 2));
    let [Output::StreamFeedback(streams)] = &world.said[..] else { panic!("{:?}", world.said) };
    // Offset 0x80 of 1/1024 s before the report.
    let came = Some(65_536 - 128 * 64);
    let arrivals = vec![came, came];
    assert_eq!(streams[..], [rtp::StreamFeedback { ssrc: 70, first: 9, arrivals }]);
    let before = world.peer.counters().refused;
    media::rtcp_from_client(&mut world, &report(5_000, 2));
    assert!(world.said.is_empty(), "{:?}", world.said);
    assert_eq!(world.peer.counters().refused, before + 1);
}
