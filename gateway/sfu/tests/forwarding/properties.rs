//! What holds for every listener, whatever happens.

use std::collections::BTreeSet;

use media::{Layer, MediaKind, Ms, Packet, Picture, RtpTime, Target, Temporal};
use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_oneof, proptest};
use proptest::test_runner::Config;
use sfu::{Arrival, Cut, Feedback, Input, ListenerId, RoomId, Sfu, Subscribe, TrackId};

use crate::history::{Got, World, fate, in_order, step};

/// The later of two neighbours goes on from the earlier one as the publisher's own stream did.
fn goes_on(earlier: &Got, later: &Got) -> bool {
    let seqs = later.truth.seq.wrapping_sub(earlier.truth.seq);
    earlier.truth.layer == later.truth.layer
        && (later.forward.number - earlier.forward.number..=u64::MAX / 2).contains(&seqs)
        && time_goes_on(earlier, later)
        && picture_goes_on(earlier, later)
}

/// Counters of pictures go on as the publisher's own do; ids close up over pictures that were left out.
fn picture_goes_on(earlier: &Got, later: &Got) -> bool {
    let told = later.picture.ahead_of(earlier.picture);
    let truth = later.truth.picture.ahead_of(earlier.truth.picture);
    let closed = (truth.id.min(1)..=truth.id).contains(&told.id);
    closed && Picture { id: 0, ..told } == Picture { id: 0, ..truth }
}

/// Every picture that a listener got of was decoded from such as it got, or such as did not come whole.
fn has_its_references(world: &World, stream: &[Got]) {
    let media = stream.iter().filter(|it| it.forward.cut != Cut::Filler);
    let had: BTreeSet<(u8, u64)> = media.map(|it| (it.truth.layer.0, it.shown)).collect();
    for (layer, picture) in &had {
        for need in &world.pictures[&(*layer, *picture)].needs {
            let place = (*layer, *need);
            let came = had.contains(&place) || !world.pictures[&place].whole;
            assert!(came, "picture {picture} of layer {layer} needs {need}, which was not sent");
        }
    }
}

/// Time passes as it does for the publisher; what a newcomer is shown of the past passes faster.
fn time_goes_on(earlier: &Got, later: &Got) -> bool {
    let told = later.forward.time.since(earlier.forward.time);
    let truth = later.truth.time.since(earlier.truth.time);
    told == truth || earlier.past && (1..truth).contains(&told)
}

/// The later of two neighbours is a keyframe that begins right after `number`, the earlier one's or that of a filler.
fn begins_after(earlier: &Got, later: &Got, number: u64) -> bool {
    later.truth.keyframe
        && later.forward.number == number + 1
        && later.forward.time.since(earlier.forward.time) > 0
        && later.picture == earlier.picture.next()
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::with_cases(300) })]

    #[test]
    fn a_clean_line_gives_each_listener_one_stream_without_a_gap(steps in vec(step(), 1..250)) {
        let world = World::play(&steps, Vec::new());
        for stream in &world.streams {
            has_its_references(&world, stream);
            let ordered = in_order(stream);
            assert!(ordered[0].truth.keyframe && ordered[0].forward.number == 1_000);
            for pair in ordered.windows(2) {
                let [earlier, later] = [&pair[0], &pair[1]];
                assert_eq!(later.forward.number, earlier.forward.number + 1, "{pair:#?}");
                let follows = goes_on(earlier, later) || begins_after(earlier, later, earlier.forward.number);
                assert!(follows, "{pair:#?}");
                let Picture { id, .. } = later.picture.ahead_of(earlier.picture);
                let same_frame = later.forward.time == earlier.forward.time;
                assert_eq!(id, u16::from(!same_frame), "{pair:#?}");
            }
        }
    }

    #[test]
    fn a_bad_line_gives_no_listener_anything_that_it_did_not_lose(
        steps in vec(step(), 1..250),
        fates in vec(fate(), 1..100),
    ) {
        let world = World::play(&steps, fates);
        for stream in &world.streams {
            has_its_references(&world, stream);
            assert!(stream[0].truth.keyframe && stream[0].forward.number == 1_000);
            let ordered = in_order(stream);
            // What was left out too late for its number has that number and nothing else.
            let (mut earlier, mut number) = (&ordered[0], 1_000);
            for later in &ordered[1..] {
                if later.forward.cut != Cut::Filler {
                    let follows = goes_on(earlier, later) || begins_after(earlier, later, number);
                    assert!(follows, "{earlier:#?} {later:#?}");
                    earlier = later;
                }
                number = later.forward.number;
            }
        }
    }

    #[test]
    fn no_sequence_of_inputs_stops_it_or_outlives_its_room(acts in vec(act(), 0..200)) {
        let (mut sfu, mut out) = (Sfu::default(), Vec::new());
        for (now, act) in &acts {
            act.take(&mut sfu, Ms(*now), &mut out);
        }
        for room in 0..3 {
            sfu.handle(Ms(0), Input::Close { room: RoomId(room) }, &mut out);
        }
        assert_eq!(format!("{sfu:?}"), format!("{:?}", Sfu::default()));
    }

    #[test]
    fn tracks_that_all_end_leave_nothing(acts in vec(act(), 0..200)) {
        let (mut sfu, mut out) = (Sfu::default(), Vec::new());
        for (now, act) in &acts {
            act.take(&mut sfu, Ms(*now), &mut out);
        }
        for (room, track) in (0..3).flat_map(|room| (0..3).map(move |track| (room, track))) {
            let (room, track) = (RoomId(room), TrackId(track));
            sfu.handle(Ms(0), Input::Unpublish { room, track }, &mut out);
        }
        assert_eq!(format!("{sfu:?}"), format!("{:?}", Sfu::default()));
    }
}

/// Any input, with ids that meet now and then.
#[derive(Clone, Debug)]
struct Act {
    kind: u8,
    room: RoomId,
    track: TrackId,
    listener: ListenerId,
    small: u8,
    any: u64,
    packets: Vec<(TrackId, Packet)>,
    numbers: Vec<u16>,
}

impl Act {
    fn take(&self, sfu: &mut Sfu, now: Ms, out: &mut Vec<sfu::Output>) {
        let Self { kind, room, track, listener, small, any, ref packets, ref numbers } = *self;
        let layer = Layer(small);
        let top = (small != 0).then_some(Target { spatial: small / 2, temporal: small % 4 });
        let order = [0, 2, 4].map(|shift| Layer((any >> shift) as u8 & 3));
        let layers = order.get(..usize::from(small % 4)).unwrap_or_default();
        let sound = small % 4 == 0;
        let media = if sound { MediaKind::Audio } else { MediaKind::Video };
        let arrivals = [Arrival { number: any, came_us: sound.then_some(any) }];
        let round_trip_ms = sound.then_some(any as u32);
        let feedback = match small % 2 {
            0 => Feedback::Report { track, lost_256: small, round_trip_ms },
            _ => Feedback::Transport { packets: &arrivals },
        };
        let input = match kind {
            0 => Input::Publish { room, track, kind: media, layers: small },
            1 => Input::Unpublish { room, track },
            2..=4 => {
                let (slot, allow) = (small.into(), Some(Target::ALL));
                Input::Subscribe(Subscribe { room, track, listener, slot, want: top, allow })
            }
            5 => Input::Unsubscribe { room, track, listener },
            6 => Input::Want { room, track, listener, top },
            14 => Input::Allow { room, track, listener, top },
            7 => Input::SenderReport { room, track, layer, ntp: any, time: RtpTime(any as u32) },
            8 => Input::KeyframeWanted { room, track, listener },
            9 => Input::Lost { room, track, listener, numbers },
            10 => Input::Close { room },
            11 => Input::Tick,
            12 => Input::Order { room, track, layers },
            13 => Input::Feedback { room, listener, feedback },
            15 => Input::Refresh { room, track },
            16 => Input::Leave { room, track, listener },
            17 => Input::Skip { room, track, listener },
            _ => Input::Packets { room, packets },
        };
        sfu.handle(now, input, out);
    }
}

fn act() -> impl Strategy<Value = (u64, Act)> {
    let now = prop_oneof![8 => 0..10_000_u64, 1 => any::<u64>()];
    let packets = vec((0..3_u32, packet()), 0..12);
    let ids = (0..3_u32, 0..3_u32, 0..3_u32);
    let rest = (any::<u64>(), packets, vec(prop_oneof![any::<u16>(), 990..1_100_u16], 0..20));
    (now, 0..24_u8, ids, prop_oneof![0..6_u8, any::<u8>()], rest).prop_map(
        |(now, kind, (room, track, listener), small, (any, packets, numbers))| {
            let packets = packets.into_iter().map(|(track, it)| (TrackId(track), it)).collect();
            let (room, track, listener) = (RoomId(room), TrackId(track), ListenerId(listener));
            (now, Act { kind, room, track, listener, small, any, packets, numbers })
        },
    )
}

fn packet() -> impl Strategy<Value = Packet> {
    let seq = prop_oneof![
        3 => 0..40_u64,
        1 => 60_000..70_000_u64,
        1 => u64::MAX - 20..=u64::MAX,
        1 => any::<u64>(),
    ];
    let layer = prop_oneof![3 => 0..3_u8, 1 => any::<u8>()];
    (seq, any::<u32>(), layer, any::<bool>(), any::<(u16, u8, u8)>(), 0..3_u16).prop_map(
        |(seq, time, layer, keyframe, (id, tl0, of), bytes)| {
            let temporal =
                (of & 1 == 1).then_some(Temporal { layer: of >> 1 & 3, sync: of & 8 != 0 });
            let (time, layer, picture) =
                (RtpTime(time), Layer(layer), Picture { id, tl0, frame: id });
            Packet { seq, time, layer, keyframe, picture, frame: None, temporal, bytes }
        },
    )
}
