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

fn change(world: &mut World, datagram: &[u8]) -> Vec<u8> {
    let mut d = datagram.to_vec();
    for _ in 0..world.random(6) {
        let at = world.random(d.len().max(1) as u64) as usize;
        match world.random(4) {
            0 => d.truncate(at),
            1 => d.insert(at.min(d.len()), world.random(256) as u8),
            _ => {
                if let Some(b) = d.get_mut(at) {
                    *b = world.random(256) as u8;
                }
            }
        }
    }
    d
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
        let datagram = change(&mut world, &seed);
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
