//! Data channels.

use super::*;
use crate::sctp::{MAX_BUFFERED, MAX_CHANNELS, MAX_LABEL, MAX_MESSAGE};
use rtc_sctp::PayloadProtocolIdentifier as Ppi;

/// DATA_CHANNEL_OPEN for a reliable, ordered channel.
fn open(label: &str) -> Vec<u8> {
    [&[3, 0, 0, 0, 0, 0, 0, 0, 0, label.len() as u8, 0, 0], label.as_bytes()].concat()
}

fn opened(world: &World) -> Vec<(u16, &str)> {
    world
        .said
        .iter()
        .filter_map(
            |o| if let Output::ChannelOpen(s, l) = o { Some((*s, l.as_str())) } else { None },
        )
        .collect()
}

#[test]
fn a_channel_of_the_client_carries_text_and_bytes_both_ways() {
    let mut world = World::connected();
    world.client.write(world.now, 2, Ppi::Dcep, &open("_reliable"));
    world.client.write(world.now, 2, Ppi::String, "你好".as_bytes());
    world.client.write(world.now, 2, Ppi::Binary, &[7; 20_000]);
    world.client.write(world.now, 2, Ppi::StringEmpty, &[0]);
    world.run(300);
    assert_eq!(opened(&world), [(2, "_reliable")]);
    let heard: Vec<_> = world
        .said
        .iter()
        .filter_map(|o| {
            if let Output::ChannelMessage(2, text, data) = o {
                Some((*text, data.len()))
            } else {
                None
            }
        })
        .collect();
    assert_eq!(heard, [(true, 6), (false, 20_000), (true, 0)]);
    assert!(world.data < 100, "{}: what is received costs no data but the answer", world.data);
    let mut out = vec![];
    for (text, data) in [(true, &b"hello"[..]), (false, &[1; 30_000]), (false, &[])] {
        world.peer.send_message(world.now, 2, text, data, &mut out).unwrap();
    }
    world.take(out);
    world.run(300);
    assert!((30_005..33_000).contains(&world.data), "{}", world.data);
    let heard: Vec<_> =
        world.client.messages.iter().map(|(s, ppi, data)| (*s, *ppi, data.len())).collect();
    assert_eq!(
        heard,
        [
            (2, Ppi::Dcep, 1),
            (2, Ppi::String, 5),
            (2, Ppi::Binary, 30_000),
            (2, Ppi::BinaryEmpty, 1)
        ]
    );
}

#[test]
fn a_channel_of_the_gateway_is_open_when_the_client_agrees() {
    let mut world = World::connected();
    let mut out = vec![];
    let stream = world.peer.open_channel(world.now, "_lossy", false, Some(0), &mut out).unwrap();
    assert_eq!(stream % 2, 1, "the DTLS server opens odd streams");
    world.take(out);
    world.run(100);
    assert!(opened(&world).is_empty());
    let (id, ppi, message) = world.client.messages[0].clone();
    assert_eq!((id, ppi, &message[..8]), (stream, Ppi::Dcep, &[3, 0x81, 0, 0, 0, 0, 0, 0][..]));
    world.client.write(world.now, stream, Ppi::Dcep, &[2]);
    world.run(100);
    assert_eq!(opened(&world), [(stream, "_lossy")]);
}

#[test]
fn a_full_queue_and_a_long_message_are_refused() {
    let mut world = World::connected();
    let mut out = vec![];
    let stream = world.peer.open_channel(world.now, "slow", true, None, &mut out).unwrap();
    let message = vec![0; MAX_MESSAGE as usize];
    assert_eq!(
        world.peer.send_message(world.now, stream, false, &[0; MAX_MESSAGE as usize + 1], &mut out),
        Err(Error::TooLong)
    );
    assert_eq!(
        world.peer.send_message(world.now, 77, false, &message, &mut out),
        Err(Error::NoChannel)
    );
    let sent = (0..100)
        .take_while(|_| {
            world.peer.send_message(world.now, stream, false, &message, &mut out).is_ok()
        })
        .count();
    assert_eq!(
        world.peer.send_message(world.now, stream, false, &message, &mut out),
        Err(Error::Full)
    );
    assert!(
        world.peer.buffered(stream) <= MAX_BUFFERED && sent >= MAX_BUFFERED / message.len() - 1
    );
    world.take(out);
    world.run(10_000);
    assert_eq!(world.peer.buffered(stream), 0);
    assert_eq!(
        world.client.messages.iter().filter(|(_, ppi, _)| *ppi == Ppi::Binary).count(),
        sent
    );
}

#[test]
fn channels_are_counted() {
    let mut world = World::connected();
    let mut out = vec![];
    assert_eq!(
        world.peer.open_channel(world.now, &"x".repeat(MAX_LABEL + 1), true, None, &mut out),
        Err(Error::TooLong)
    );
    for i in 0..MAX_CHANNELS {
        world.client.write(world.now, 2 * i as u16, Ppi::Dcep, &open("x"));
    }
    world.run(300);
    assert_eq!(opened(&world).len(), MAX_CHANNELS);
    world.client.write(world.now, 100, Ppi::Dcep, &open("one too many"));
    world.run(300);
    assert_eq!(opened(&world).len(), MAX_CHANNELS);
    assert_eq!(
        world.peer.open_channel(world.now, "x", true, None, &mut out),
        Err(Error::TooMany("data channels"))
    );
    assert_eq!(closed(&world), None);
}

#[test]
fn one_channel_closes_and_the_others_live() {
    let mut world = World::connected();
    world.client.write(world.now, 2, Ppi::Dcep, &open("a"));
    world.client.write(world.now, 4, Ppi::Dcep, &open("b"));
    world.run(300);
    world.client.reset(world.now, 2);
    world.run(500);
    assert!(world.said.iter().any(|o| matches!(o, Output::ChannelClosed(2))), "{:?}", world.said);
    assert_eq!(closed(&world), None);
    let mut out = vec![];
    assert_eq!(world.peer.send_message(world.now, 2, true, b"x", &mut out), Err(Error::NoChannel));
    world.peer.send_message(world.now, 4, true, b"x", &mut out).unwrap();
}

#[test]
fn a_client_that_opens_streams_without_end_loses_its_transport() {
    let mut world = World::connected();
    for stream in 0..400 {
        world.client.write(world.now, stream, Ppi::Binary, &[0]);
    }
    world.run(2_000);
    assert_eq!(closed(&world), Some(CloseReason::ChannelsLost));
}

#[test]
fn messages_survive_a_bad_line() {
    let mut world = World::connected();
    world.client.write(world.now, 2, Ppi::Dcep, &open("a"));
    world.run(200);
    world.loss = 15;
    for i in 0..50u8 {
        world.client.write(world.now, 2, Ppi::Binary, &[i; 3_000]);
        world.run(20);
    }
    world.run(20_000);
    let heard: Vec<u8> = world
        .said
        .iter()
        .filter_map(
            |o| if let Output::ChannelMessage(_, _, d) = o { d.first().copied() } else { None },
        )
        .collect();
    assert_eq!(heard, (0..50).collect::<Vec<_>>());
}

fn heard(world: &World) -> Vec<usize> {
    let message = |o: &Output| match o {
        Output::ChannelMessage(_, _, data) => Some(data.len()),
        _ => None,
    };
    world.said.iter().filter_map(message).collect()
}

#[test]
fn a_channel_that_is_held_waits_with_the_client_and_nothing_is_lost() {
    let mut world = World::connected();
    for (stream, label) in [(2, "_reliable"), (4, "_lossy")] {
        world.client.write(world.now, stream, Ppi::Dcep, &open(label));
    }
    world.run(200);
    world.peer.hold_channel(2);
    for n in 0..200 {
        world.client.write(world.now, 2, Ppi::Binary, &[7; 15_000]);
        if n == 5 {
            world.client.write(world.now, 4, Ppi::Binary, &[1; 10]);
        }
    }
    world.run(20_000);
    assert_eq!(heard(&world), [10], "the other channel is read while the window lasts");
    let waits = world.client.buffered(2);
    assert!(waits > 1_500_000, "{waits} bytes wait with the client");
    let mut turns = 0;
    while heard(&world).len() < 201 && turns < 200 {
        let mut out = vec![];
        world.peer.release_channel(world.now, 2, &mut out);
        let read: usize = out.iter().filter(|o| matches!(o, Output::ChannelMessage(..))).count();
        assert!(read <= 9, "{read} messages of 15 kB at a time");
        world.take(out);
        world.peer.hold_channel(2);
        world.run(500);
        turns += 1;
    }
    assert_eq!(heard(&world).iter().filter(|len| **len == 15_000).count(), 200, "{turns} turns");
    assert_eq!(closed(&world), None);
}

#[test]
fn what_is_read_at_a_time_is_bounded_and_the_rest_follows_by_itself() {
    let mut world = World::connected();
    world.client.write(world.now, 2, Ppi::Dcep, &open("_reliable"));
    world.run(200);
    world.peer.hold_channel(2);
    for _ in 0..1_000 {
        world.client.write(world.now, 2, Ppi::Binary, &[7; 10]);
    }
    world.run(2_000);
    let mut out = vec![];
    world.peer.release_channel(world.now, 2, &mut out);
    world.take(out);
    assert_eq!(heard(&world).len(), 64);
    assert!(world.peer.poll_timeout() <= world.now);
    world.run(1_000);
    assert_eq!(heard(&world).len(), 1_000);
}

#[test]
fn pieces_without_number_do_not_gather_while_a_channel_is_held() {
    let mut world = World::connected();
    world.client.write(world.now, 2, Ppi::Dcep, &open("_reliable"));
    world.run(200);
    world.peer.hold_channel(2);
    for _ in 0..6_000 {
        world.client.write(world.now, 2, Ppi::Binary, &[7]);
    }
    world.run(5_000);
    assert!(world.client.buffered(2) >= 1_900, "{}", world.client.buffered(2));
    assert!(world.peer.counters().refused > 0);
    let mut out = vec![];
    world.peer.release_channel(world.now, 2, &mut out);
    world.take(out);
    world.run(60_000);
    assert_eq!(heard(&world).len(), 6_000);
}
