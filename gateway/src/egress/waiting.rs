//! Packets that wait to be forwarded, by room, and how long those of a lecture wait for the rest of their frame.

use std::time::{Duration, Instant};

use media::Packet;
use sfu::{RoomId, TrackId};

/// From so many members on a room is a lecture: few speak, many listen, and a few milliseconds are not noticed. In a talk
/// of fewer nothing is held.
const LECTURE_MEMBERS: usize = 20;

/// Whether a packet may wait for the rest of its frame: one of a picture in a room of so many members, unless it ends the
/// frame.
pub(crate) fn may_wait(video: bool, ends_frame: bool, members: impl FnOnce() -> usize) -> bool {
    video && !ends_frame && members() >= LECTURE_MEMBERS
}

/// Packets that wait to be forwarded.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    /// How long a picture's packets may wait for those that follow within their frame.
    hold: Duration,
    count: usize,
    bursts: Vec<Burst>,
}

/// Those of one room.
#[derive(Debug)]
struct Burst {
    room: RoomId,
    packets: Vec<(TrackId, Packet)>,
    /// While all of them may be held: until when, and when the last one came.
    held: Option<(Instant, Instant)>,
    /// They have been held, and wait for nothing more.
    released: bool,
}

impl Waiting {
    pub(crate) const fn new(hold: Duration) -> Self {
        Self { hold, count: 0, bursts: vec![] }
    }

    /// How many packets wait.
    pub(crate) const fn count(&self) -> usize {
        self.count
    }

    /// Takes a packet; one of a picture in a lecture that does not end its frame may be `held`.
    pub(crate) fn note(
        &mut self,
        now: Instant,
        room: RoomId,
        (track, packet): (TrackId, Packet),
        held: bool,
    ) {
        self.count += 1;
        let held = held && !self.hold.is_zero();
        let Some(burst) = self.bursts.iter_mut().find(|burst| burst.room == room) else {
            let held = held.then(|| (now + self.hold, now));
            return self.bursts.push(Burst {
                room,
                packets: vec![(track, packet)],
                held,
                released: false,
            });
        };
        let before = burst.held.is_some();
        burst.held = match burst.held {
            _ if burst.packets.is_empty() => held.then(|| (now + self.hold, now)),
            // If the next one would come too late, as the last ones came, there is nothing to wait for.
            Some((until, last)) => {
                let next = now + now.saturating_duration_since(last);
                (held && next <= until).then_some((until, now))
            }
            None => None,
        };
        burst.released |= before && burst.held.is_none();
        burst.packets.push((track, packet));
    }

    /// Whether packets wait that are not held.
    pub(crate) fn any_free(&self) -> bool {
        self.bursts.iter().any(|burst| burst.held.is_none() && !burst.packets.is_empty())
    }

    /// Releases what has been held long enough; answers whether there is such, and how long the rest is still held.
    pub(crate) fn release(&mut self, now: Instant) -> (bool, Option<Duration>) {
        let mut left: Option<Duration> = None;
        for burst in self.bursts.iter_mut().filter(|burst| burst.held.is_some()) {
            burst.held = burst.held.filter(|(until, _)| now < *until);
            burst.released |= burst.held.is_none();
            let own = burst.held.map(|(until, _)| until.saturating_duration_since(now));
            left = [left, own].into_iter().flatten().min();
        }
        (self.bursts.iter().any(|burst| burst.released), left)
    }

    /// Gives the packets of every room that are not held, or `all`, to `forward`, room by room.
    pub(crate) fn forward(
        &mut self,
        all: bool,
        mut forward: impl FnMut(RoomId, &[(TrackId, Packet)]),
    ) {
        for burst in &mut self.bursts {
            if !burst.packets.is_empty() && (all || burst.held.is_none()) {
                forward(burst.room, &burst.packets);
                self.count -= burst.packets.len();
                burst.packets.clear();
                (burst.held, burst.released) = (None, false);
            }
        }
    }

    /// Forgets a room that is over.
    pub(crate) fn end(&mut self, room: RoomId) {
        let gone = self.bursts.extract_if(.., |burst| burst.room == room);
        self.count -= gone.map(|burst| burst.packets.len()).sum::<usize>();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use media::{Layer, Picture, RtpTime};

    const MS: Duration = Duration::from_millis(1);
    const CLASS: RoomId = RoomId(1);
    const TALK: RoomId = RoomId(2);

    fn at(now: Instant, us: u64) -> Instant {
        now + Duration::from_micros(us)
    }

    #[expect(clippy::disallowed_methods, reason = "a start for virtual time")]
    fn start() -> Instant {
        Instant::now()
    }

    fn packet(seq: u64) -> (TrackId, Packet) {
        let (time, layer) = (RtpTime(0), Layer(0));
        let picture = Picture::default();
        (
            TrackId(1),
            Packet {
                seq,
                time,
                layer,
                keyframe: false,
                picture,
                frame: None,
                bytes: 1,
                temporal: None,
            },
        )
    }

    /// What leaves now, room by room.
    fn leaves(waiting: &mut Waiting) -> Vec<(RoomId, Vec<u64>)> {
        let mut out = vec![];
        waiting.forward(false, |room, packets| {
            out.push((room, packets.iter().map(|(_, it)| it.seq).collect()));
        });
        out
    }

    #[test]
    fn a_lectures_packets_leave_together_as_long_as_the_next_comes_in_time() {
        let (now, mut waiting) = (start(), Waiting::new(5 * MS));
        waiting.note(now, CLASS, packet(1), true);
        assert_eq!(waiting.release(now), (false, Some(5 * MS)));
        assert!(!waiting.any_free() && leaves(&mut waiting).is_empty());
        waiting.note(at(now, 1_600), CLASS, packet(2), true);
        waiting.note(at(now, 3_200), CLASS, packet(3), true);
        assert!(leaves(&mut waiting).is_empty(), "the next may come at 4.8 ms");
        waiting.note(at(now, 4_800), CLASS, packet(4), true);
        assert_eq!(waiting.release(at(now, 4_800)), (true, None), "and the one after it too late");
        assert_eq!(leaves(&mut waiting), [(CLASS, vec![1, 2, 3, 4])]);
        assert_eq!((waiting.count(), waiting.release(at(now, 4_900))), (0, (false, None)));
    }

    #[test]
    fn sound_and_a_talk_of_a_few_never_wait() {
        assert!(may_wait(true, false, || LECTURE_MEMBERS));
        assert!(!may_wait(true, false, || LECTURE_MEMBERS - 1), "a talk");
        assert!(!may_wait(false, false, || 300), "sound");
        assert!(!may_wait(true, true, || 300), "nothing of the frame is missing");
    }

    #[test]
    fn a_frame_that_stops_leaves_when_the_time_is_over() {
        let (now, mut waiting) = (start(), Waiting::new(5 * MS));
        waiting.note(now, CLASS, packet(1), true);
        assert_eq!(waiting.release(at(now, 4_000)), (false, Some(MS)));
        assert_eq!(waiting.release(at(now, 5_000)), (true, None));
        assert_eq!(leaves(&mut waiting), [(CLASS, vec![1])]);
    }

    #[test]
    fn sound_and_the_end_of_a_frame_take_with_them_what_is_held() {
        let (now, mut waiting) = (start(), Waiting::new(5 * MS));
        waiting.note(now, CLASS, packet(1), true);
        waiting.note(at(now, 100), CLASS, packet(2), false);
        assert_eq!(waiting.release(at(now, 100)), (true, None));
        waiting.note(at(now, 200), CLASS, packet(3), true);
        assert_eq!(
            leaves(&mut waiting),
            [(CLASS, vec![1, 2, 3])],
            "what came meanwhile goes along"
        );
    }

    #[test]
    fn what_is_not_held_waits_for_nobody() {
        let (now, mut waiting) = (start(), Waiting::new(5 * MS));
        waiting.note(now, CLASS, packet(1), true);
        waiting.note(now, TALK, packet(2), false);
        assert!(waiting.any_free());
        assert_eq!(leaves(&mut waiting), [(TALK, vec![2])]);
        assert_eq!(waiting.count(), 1);
        let mut all = vec![];
        waiting.forward(true, |room, _| all.push(room));
        assert_eq!(all, [CLASS], "a full shard holds nothing");
        let mut never = Waiting::new(Duration::ZERO);
        never.note(now, CLASS, packet(1), true);
        assert_eq!(leaves(&mut never), [(CLASS, vec![1])]);
    }

    #[test]
    fn a_room_that_is_over_is_forgotten_with_what_waits_in_it() {
        let (now, mut waiting) = (start(), Waiting::new(5 * MS));
        waiting.note(now, CLASS, packet(1), true);
        waiting.end(CLASS);
        assert!(waiting.bursts.is_empty() && waiting.count() == 0);
    }
}
