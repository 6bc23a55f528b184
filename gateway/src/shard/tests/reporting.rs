//! Listeners whose clients tell nothing of single packets.

use std::time::Duration;

use signalling::effect::{ConnectionRole, Effect, Open, Subscribe};
use signalling::ids::ParticipantId;
use signalling::words::track::TrackSource;
use transport::peer::Output;
use transport::sdp;

use super::World;
use crate::ids::ConnectionId;

/// A listener whose client has no feedback on packets, with one stream.
fn reporter(world: &mut World) -> ConnectionId {
    let id = ConnectionId(1_000_001);
    let open = Open {
        connection: id,
        owner: ParticipantId(1),
        role: ConnectionRole::Subscriber,
        room: "ward".to_owned(),
        identity: "screen".to_owned(),
        site: String::new(),
    };
    world.shard.carry_out(world.now, Effect::Open(Box::new(open)));
    let (room, track) = (::media::RoomId(1), ::media::TrackId(1));
    let subscribe = Subscribe {
        room,
        track,
        connection: id,
        slot: 0,
        kind: ::media::MediaKind::Video,
        source: TrackSource::Camera,
        top: None,
        ssrc: 70,
        payload_type: 96,
        red: None,
        written: sdp::Written::default(),
        repair: None,
        continues: false,
    };
    world.shard.carry_out(world.now, Effect::Subscribe(Box::new(subscribe)));
    world.shard.output(world.now, id, Output::Connected);
    id
}

/// Seconds in which 100 packets of 1200 bytes leave, of which so many come; what is known of the line then.
fn reported(
    world: &mut World,
    (id, lost): (ConnectionId, &mut i32),
    seconds: u32,
    came: u32,
) -> Option<u64> {
    for _ in 0..seconds {
        for _ in 0..20 {
            let us = world.shard.media.clock.us(world.now);
            let line = world.shard.media.line_of(id).unwrap();
            (0..5).for_each(|_| line.left(us, id, 1_200, (None, false)));
            world.now += Duration::from_millis(50);
            world.shard.media.tick_lines(world.now);
        }
        let connection = world.shard.media.connections.get_mut(id).unwrap();
        let stream = connection.streams[0].as_mut().unwrap();
        stream.packets += 100;
        let highest = u32::try_from(sfu::FIRST_NUMBER).unwrap() - 1 + stream.packets;
        *lost += 100 - i32::try_from(came).unwrap();
        let report = Output::ReceiverReport {
            ssrc: 70,
            fraction_lost: 0,
            cumulative_lost: *lost,
            highest,
            jitter: 0,
            round_trip_ms: Some(60),
        };
        world.shard.output(world.now, id, report);
    }
    let line = world.shard.media.line_of(id).unwrap();
    line.estimate().map(|it| it.bits_per_second)
}

#[test]
fn reports_alone_govern_a_line_once_they_show_where_it_ends() {
    let mut world = World::new();
    let (id, mut lost) = (reporter(&mut world), 0);
    assert_eq!(reported(&mut world, (id, &mut lost), 5, 100), None, "all is sent while all comes");
    let thin = reported(&mut world, (id, &mut lost), 4, 40).unwrap();
    assert!((100_000..500_000).contains(&thin), "two fifths of 960 kbit/s come: {thin}");
}

#[test]
fn what_a_client_takes_its_line_to_carry_governs_it_for_as_long_as_it_says_so() {
    let mut world = World::new();
    let (id, mut lost) = (reporter(&mut world), 0);
    world.shard.output(world.now, id, Output::Estimate { bits_per_second: 300_000 });
    assert_eq!(reported(&mut world, (id, &mut lost), 2, 100), Some(300_000));
    let later = reported(&mut world, (id, &mut lost), 30, 100).unwrap();
    assert!(later > 900_000, "it was said long ago, and all comes: {later}");
}
