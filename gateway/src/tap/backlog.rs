use std::collections::{BTreeMap, VecDeque};

use archive::tap::{Body, KnownRoom, Record, encode};
use bytes::Bytes;

/// What is kept for a recorder that comes back.
pub(super) const KEPT_US: u64 = 10_000_000;
const KEPT_BYTES: usize = 32 << 20;
/// Bytes of one frame, at most about.
const FRAME: usize = 64 * 1024;

#[derive(Debug)]
struct KeptRecord {
    seq: u64,
    room: u32,
    at_us: u64,
    record: Bytes,
    /// What it changes of who and what is there.
    change: Option<Box<Body<'static>>>,
}

#[derive(Debug, Default)]
struct RoomSpan {
    whole_from: u64,
    last: u64,
    open: bool,
    opened: u64,
}

/// The last seconds, and what a recorder must know that begins with them.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    next: u64,
    bytes: usize,
    kept: VecDeque<KeptRecord>,
    /// Rooms, people, tracks and the page that was shown before the oldest record that is kept, by number.
    before: BTreeMap<u64, (u32, Body<'static>)>,
    /// Rooms that are open or of which records are kept.
    rooms: BTreeMap<u32, RoomSpan>,
}

impl Backlog {
    /// Keeps what changes nothing of who and what is there; false if it fits no record.
    pub(super) fn append(&mut self, room: u32, at_us: u64, body: &Body<'_>) -> bool {
        self.keep(room, at_us, body, None)
    }

    /// Keeps an event; false if it fits no record.
    pub(super) fn append_event(&mut self, room: u32, at_us: u64, body: Body<'static>) -> bool {
        let changes = matches!(
            body,
            Body::RoomOpened(_)
                | Body::RoomClosed(_)
                | Body::ParticipantJoined(_)
                | Body::ParticipantLeft(_)
                | Body::TrackPublished(_)
                | Body::TrackUnpublished(_)
                | Body::ClockSet(_)
        ) || shows_page(&body);
        let change = changes.then(|| Box::new(body.clone()));
        self.keep(room, at_us, &body, change)
    }

    fn keep(
        &mut self,
        room: u32,
        at_us: u64,
        body: &Body<'_>,
        change: Option<Box<Body<'static>>>,
    ) -> bool {
        let (seq, mut record) = (self.next, Vec::new());
        if encode(&Record { room, seq, at_us, body: body.clone() }, &mut record).is_err() {
            return false;
        }
        let known = self.rooms.entry(room).or_default();
        known.last = seq;
        match body {
            Body::RoomOpened(_) => (known.open, known.opened) = (true, seq),
            Body::RoomClosed(_) => known.open = false,
            _ => {}
        }
        self.bytes += record.len();
        self.kept.push_back(KeptRecord { seq, room, at_us, record: record.into(), change });
        self.next += 1;
        while let Some(first) = self.kept.front()
            && (self.bytes > KEPT_BYTES || first.at_us + KEPT_US < at_us)
            && let Some(first) = self.kept.pop_front()
        {
            self.forget(first);
        }
        true
    }

    fn forget(&mut self, KeptRecord { seq, room, record, change, .. }: KeptRecord) {
        self.bytes = self.bytes.saturating_sub(record.len());
        if let Some(known) = self.rooms.get_mut(&room) {
            known.whole_from = seq + 1;
            if !known.open && known.last == seq {
                self.rooms.remove(&room);
            }
        }
        if let Some(change) = change {
            self.note(seq, room, *change);
        }
    }

    /// Follows what was there before the oldest record.
    fn note(&mut self, seq: u64, room: u32, body: Body<'static>) {
        let gone = |earlier: &Body<'_>| match (&body, earlier) {
            (Body::ClockSet(_), Body::ClockSet(_)) | (Body::RoomClosed(_), _) => true,
            (Body::Data(_), earlier) => shows_page(earlier),
            (Body::TrackUnpublished(gone), Body::TrackPublished(published)) => {
                published.track == gone.track
            }
            (Body::ParticipantLeft(gone), Body::ParticipantJoined(joined)) => {
                joined.identity == gone.identity
            }
            _ => false,
        };
        match body {
            Body::RoomOpened(_) | Body::TrackPublished(_) | Body::ParticipantJoined(_) => {
                self.before.insert(seq, (room, body));
            }
            _ => {
                self.before.retain(|_, (of, earlier)| *of != room || !gone(earlier));
                if matches!(body, Body::ClockSet(_) | Body::Data(_)) {
                    self.before.insert(seq, (room, body));
                }
            }
        }
    }

    pub(super) fn oldest(&self) -> u64 {
        self.kept.front().map_or(self.next, |first| first.seq)
    }

    /// The number that the next record gets.
    pub(super) const fn next(&self) -> u64 {
        self.next
    }

    pub(super) fn rooms(&self) -> Vec<KnownRoom> {
        let known = |(room, known): (&u32, &RoomSpan)| KnownRoom {
            room: *room,
            whole_from: known.whole_from,
            open: known.open,
            opened: known.opened,
        };
        self.rooms.iter().map(known).collect()
    }

    /// All that is kept from record `from` on; the records are shared and not copied.
    pub(super) fn held(&self, from: u64) -> Vec<Bytes> {
        let skip = self.kept.partition_point(|kept| kept.seq < from);
        self.kept.iter().skip(skip).map(|kept| kept.record.clone()).collect()
    }

    /// Records that say again what was there before the oldest one: under the numbers that it had, so
    /// that who has it leaves it out, and at the oldest one's time.
    pub(super) fn again(&self) -> Vec<Bytes> {
        let at_us = self.kept.front().map_or(0, |first| first.at_us);
        let say = |(seq, (room, body)): (&u64, &(u32, Body<'static>))| {
            let mut record = Vec::new();
            let said = Record { room: *room, seq: *seq, at_us, body: body.clone() };
            encode(&said, &mut record).ok().map(|()| record.into())
        };
        self.before.iter().filter_map(say).collect()
    }

    /// The next frame from record `from` on, and where to go on; `None` if that record is gone.
    pub(super) fn frame(&self, from: u64) -> Option<(Vec<u8>, u64)> {
        if from < self.oldest() {
            return None;
        }
        let skip = self.kept.partition_point(|kept| kept.seq < from);
        let mut next = from;
        let records = self.kept.iter().skip(skip).inspect(|kept| next = kept.seq + 1);
        let frame = gather(&mut records.map(|kept| &kept.record));
        Some((frame, next))
    }
}

/// Whether a record tells the page that a room is shown from then on.
fn shows_page(body: &Body<'_>) -> bool {
    matches!(body, Body::Data(data) if data.topic == "slides")
}

/// The next frame of records; empty at their end.
pub(super) fn gather<T: AsRef<[u8]>>(records: &mut impl Iterator<Item = T>) -> Vec<u8> {
    let mut frame = Vec::new();
    while frame.len() < FRAME
        && let Some(record) = records.next()
    {
        frame.extend_from_slice(record.as_ref());
    }
    frame
}

#[cfg(test)]
mod tests {
    use super::*;
    use archive::tap::{
        DataPacket, Decoder, RoomClosed, RoomOpened, TrackPublished, TrackUnpublished,
    };

    fn opened(backlog: &mut Backlog, room: u32, at_us: u64) {
        assert!(backlog.append_event(room, at_us, Body::RoomOpened(RoomOpened::default())));
    }

    fn closed(backlog: &mut Backlog, room: u32, at_us: u64) {
        assert!(backlog.append_event(room, at_us, Body::RoomClosed(RoomClosed::default())));
    }

    fn numbers(frame: &[u8]) -> Vec<(u64, u32, u64)> {
        Decoder::new(frame).map(|it| it.unwrap()).map(|it| (it.seq, it.room, it.at_us)).collect()
    }

    fn known(room: u32, opened: u64, whole_from: u64, open: bool) -> KnownRoom {
        KnownRoom { room, whole_from, open, opened }
    }

    #[test]
    fn a_recorder_resumes_at_the_record_it_asks_for() {
        let mut backlog = Backlog::default();
        (0..5).for_each(|room| opened(&mut backlog, room, 1));
        let (frame, next) = backlog.frame(3).unwrap();
        assert_eq!((numbers(&frame), next), (vec![(3, 3, 1), (4, 4, 1)], 5));
        assert_eq!(backlog.frame(5).unwrap(), (vec![], 5));
    }

    #[test]
    fn what_is_too_old_is_gone_and_what_was_there_is_said_again_under_its_number() {
        let mut backlog = Backlog::default();
        opened(&mut backlog, 7, 1);
        opened(&mut backlog, 8, 2);
        opened(&mut backlog, 9, KEPT_US + 3);
        assert!(backlog.frame(1).is_none());
        assert_eq!(backlog.oldest(), 2);
        assert_eq!(numbers(&backlog.again().concat()), [(0, 7, KEPT_US + 3), (1, 8, KEPT_US + 3)]);
        let rooms = [known(7, 0, 1, true), known(8, 1, 2, true), known(9, 2, 0, true)];
        assert_eq!(backlog.rooms(), rooms);
        // It is over, but its end is still kept.
        closed(&mut backlog, 7, KEPT_US + 4);
        assert_eq!(backlog.rooms()[0], known(7, 0, 1, false));
        assert_eq!(numbers(&backlog.again().concat()).len(), 2);
        opened(&mut backlog, 10, 3 * KEPT_US);
        assert_eq!(numbers(&backlog.again().concat()), [(1, 8, 3 * KEPT_US), (2, 9, 3 * KEPT_US)]);
        let rooms = [known(8, 1, 2, true), known(9, 2, 3, true), known(10, 4, 0, true)];
        assert_eq!(backlog.rooms(), rooms);
    }

    #[test]
    fn of_a_room_that_is_recorded_again_only_what_came_since_is_said_again() {
        let mut backlog = Backlog::default();
        opened(&mut backlog, 7, 1);
        closed(&mut backlog, 7, 2);
        opened(&mut backlog, 7, 3);
        assert_eq!(backlog.rooms(), [known(7, 2, 0, true)]);
        opened(&mut backlog, 8, KEPT_US + 4);
        assert_eq!(numbers(&backlog.again().concat()), [(2, 7, KEPT_US + 4)]);
        assert_eq!(backlog.rooms(), [known(7, 2, 3, true), known(8, 3, 0, true)]);
    }

    #[test]
    fn a_track_that_ended_is_said_again_as_long_as_packets_of_it_may_be_kept() {
        let mut backlog = Backlog::default();
        opened(&mut backlog, 7, 1);
        let track: TrackPublished = serde_json::from_str(
            r#"{"track":4,"identity":"li","media":"audio","codec":"opus","clockRate":48000,"payloadType":111}"#,
        )
        .unwrap();
        assert!(backlog.append_event(7, 2, Body::TrackPublished(track)));
        let end = Body::TrackUnpublished(TrackUnpublished { track: 4 });
        assert!(backlog.append_event(7, KEPT_US + 3, end));
        assert_eq!(numbers(&backlog.again().concat()).len(), 2);
        opened(&mut backlog, 8, 3 * KEPT_US);
        assert_eq!(numbers(&backlog.again().concat()), [(0, 7, 3 * KEPT_US)]);
    }

    #[test]
    fn the_page_that_is_shown_is_said_again_and_no_earlier_one() {
        let mut backlog = Backlog::default();
        opened(&mut backlog, 7, 1);
        let data = |topic: &str, at: u8| {
            let (identity, topic) = (String::new(), topic.to_owned());
            Body::Data(DataPacket { identity, topic, payload: vec![at] })
        };
        for (at_us, topic) in [(2, "slides"), (3, "chat"), (4, "slides"), (5, "hand")] {
            assert!(backlog.append_event(7, at_us, data(topic, u8::try_from(at_us).unwrap())));
        }
        opened(&mut backlog, 8, KEPT_US + 6);
        let again = [(0, 7, KEPT_US + 6), (3, 7, KEPT_US + 6)];
        assert_eq!(numbers(&backlog.again().concat()), again);
        closed(&mut backlog, 7, KEPT_US + 7);
        opened(&mut backlog, 9, 3 * KEPT_US);
        assert_eq!(
            numbers(&backlog.again().concat()),
            [(5, 8, 3 * KEPT_US)],
            "and its room's end ends it"
        );
    }

    #[test]
    fn a_frame_has_a_bound_and_rooms_that_are_over_are_forgotten() {
        let mut backlog = Backlog::default();
        for room in 0..2_000 {
            opened(&mut backlog, room, 1);
        }
        opened(&mut backlog, 2_000, KEPT_US + 2);
        let mut again = backlog.again().into_iter();
        assert_eq!(again.len(), 2_000);
        assert!((FRAME..2 * FRAME).contains(&gather(&mut again).len()));
        assert!(again.len() > 0, "the rest comes in another frame");
        (0..2_000).for_each(|room| closed(&mut backlog, room, KEPT_US + 3));
        opened(&mut backlog, 2_001, 3 * KEPT_US);
        assert_eq!(backlog.rooms().len(), 2, "with their end");
    }
}
