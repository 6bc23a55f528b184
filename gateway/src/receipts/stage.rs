//! Receipts without a shard, and a disk of any content, for the fuzz targets.

use std::path::Path;

use session::Mode;
use signalling::ids::ParticipantId;
use signalling::words::stream::Cause;

use super::flow::{Medium, PacketCount, Spans};
use super::ledger::Ledger;
use super::outbox::{Bounds, EventBatch, OutboxEvent};
use super::queue::Disk;
use super::receipt::Owner;
use super::segment;
use super::snapshot::Snapshot;
use super::window::{FromClient, Offer, Received, Window};
use crate::metrics::Metrics;

/// Reads bytes as a snapshot and as a file of an outbox; whether what was read reads the same when it is written again.
pub(crate) fn file(bytes: &[u8]) -> bool {
    let snapshot = Snapshot::decode(bytes);
    let again =
        snapshot.as_ref().and_then(|snapshot| Snapshot::decode(snapshot.encode().as_bytes()));
    let read = segment::parse(bytes);
    let lines: String = read.events.iter().map(|event| segment::line(event)).collect();
    let whole = segment::parse(lines.as_bytes());
    again == snapshot && whole.events == read.events && whole.whole == whole.length
}

/// Starts in a folder, takes all that is there, as the scheduler would, and adds an event. The events and their numbers
/// before and after that; `None` if the disk fails.
pub(crate) fn folder(path: &Path, event: &str) -> Option<[Vec<(u64, String)>; 2]> {
    let bounds = Bounds { bytes_max: u64::MAX, age_ms_max: u64::MAX, segment_bytes: 1024 };
    let mut disk = Disk::open(path, bounds, &Metrics::default()).ok()?;
    let before = all(&disk)?;
    disk.keep(&[OutboxEvent::read(event.to_owned())]);
    Some([before, all(&disk)?])
}

fn all(disk: &Disk) -> Option<Vec<(u64, String)>> {
    let (mut all, mut after) = (vec![], 0);
    loop {
        let EventBatch { first, events } = disk.kept.lock().after(after).ok()?;
        if events.is_empty() {
            return Some(all);
        }
        all.extend((first..).zip(events));
        after = all.last().map_or(0, |(number, _)| *number);
    }
}

/// What sending and a client's reports do to the windows of its connection, in steps of five bytes; whether no second of a
/// window counts twice, and receipts are as short as they must be.
pub(crate) fn accounts(steps: &[u8]) -> bool {
    let (mut received, mut ledger) = (Received::default(), Ledger::default());
    let (id, owner) = (ParticipantId(1), Owner::default());
    let (mut now_us, mut sound) = (0_u64, true);
    for step in steps.as_chunks::<5>().0 {
        let [kind, of, time, high, low] = *step;
        now_us += u64::from(time) * 10_000;
        let medium = match of % 3 {
            0 => Medium::Sound,
            1 => Medium::Picture,
            _ => Medium::Screen,
        };
        let figure = u64::from(high) << 8 | u64::from(low);
        let then_us = now_us.saturating_sub(u64::from(high) * 100_000);
        match kind % 8 {
            0 => received.sent(now_us, medium, of > 127),
            1 => received.came(then_us, medium, usize::from(of), figure),
            2 => received.repaired(then_us, medium, figure),
            3 => received.lost(then_us, medium, of > 127),
            4 => received.found(then_us, medium),
            5 => {
                let came = PacketCount { packets: figure, bytes: figure };
                received.reported(now_us, medium, came, figure);
            }
            6 => received.told(now_us, Some(u32::from(high))),
            _ => {
                let paused = (of > 127).then_some(Cause::Mode);
                let away_since_us = (low > 127).then_some(then_us);
                let offer = Offer { medium, paused, away_since_us };
                let from_client = FromClient { acknowledged: figure, wire: figure };
                received.look(now_us, (Mode::Full, &[offer]), from_client);
            }
        }
        sound &= received.open(now_us).all(|window| is_sound(&window));
        while let Some(window) = received.complete(now_us) {
            sound &= is_sound(&window);
            ledger.add((id, &owner), window, None);
        }
    }
    received.end(now_us).for_each(|window| ledger.add((id, &owner), window, None));
    let lengths = ledger
        .end(0)
        .into_iter()
        .map(|receipt| serde_json::to_string(&receipt).map(|json| json.len()));
    sound && lengths.into_iter().all(|written| written.is_ok_and(|length| length < 1_024))
}

fn is_sound(window: &Window) -> bool {
    [Medium::Sound, Medium::Picture, Medium::Screen].into_iter().all(|medium| {
        let spans: Spans = window.flow(medium).spans(medium, window.told);
        spans.received + spans.missed + spans.unknown + spans.paused + spans.away <= 10
    })
}
