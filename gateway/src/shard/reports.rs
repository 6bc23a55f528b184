//! What the signalling core is told of the media path at regular times.

use std::time::{Duration, Instant};

use ::media::TrackId;
use signalling::input::{ArrivalCount, Input};
use signalling::{ARRIVALS_EVERY, LEVELS_EVERY, PULSES_EVERY};

use super::Shard;
use super::media_path::MediaPath;
use crate::connections::Connections;
use crate::tracks::{Arrived, Track};

/// When each report is due next.
#[derive(Debug)]
pub(super) struct ReportTimers {
    pulses: Instant,
    levels: Instant,
    arrivals: Instant,
}

impl ReportTimers {
    pub(super) fn new(now: Instant) -> Self {
        Self { pulses: now, levels: now, arrivals: now + ARRIVALS_EVERY }
    }
}

impl Shard {
    /// Gives the reports that are due.
    pub(super) fn report(&mut self, now: Instant) {
        if due(&mut self.reports.levels, now, LEVELS_EVERY) {
            let levels = self.media.levels();
            self.put(now, Input::Levels(&levels));
        }
        if due(&mut self.reports.arrivals, now, ARRIVALS_EVERY) {
            let arrivals = self.media.arrivals();
            self.put(now, Input::Arrived(&arrivals));
        }
        if due(&mut self.reports.pulses, now, PULSES_EVERY) {
            let heard = self.media.connections.heard();
            self.put(now, Input::Heard(&heard));
        }
    }

    /// Tells which pictures' publishers are behind lines that starve their larger layers.
    pub(super) fn report_fed(&mut self, now: Instant) {
        let fed = self.media.fed();
        if !fed.is_empty() {
            self.put(now, Input::Fed(&fed));
        }
    }

    /// Tells whether a recorder listens, and what it says.
    pub(super) fn report_recorder(&mut self, now: Instant) {
        let says = self.media.recorded.heard();
        let listens = self.media.recorded.has_reader();
        self.put(now, Input::Recorder { listens, says });
    }
}

fn due(next: &mut Instant, now: Instant, every: Duration) -> bool {
    let due = now >= *next;
    if due {
        *next = now + every;
    }
    due
}

impl MediaPath {
    /// How loud each track of sound was since it was last asked.
    fn levels(&mut self) -> Vec<(TrackId, f32)> {
        let sound = self.tracks.iter_mut().filter(|(_, track)| !track.video());
        sound.map(|(id, track)| (id, track.voice.end_window(track.muted))).collect()
    }

    /// How well each track arrived since it was last asked.
    fn arrivals(&mut self) -> Vec<ArrivalCount> {
        let connections = &self.connections;
        let arrival = |(track, state): (TrackId, &mut Track)| {
            let arrived = counted(connections, state)?;
            let (expected, missing) =
                arrived.since(&std::mem::replace(&mut state.arrived, arrived));
            Some(ArrivalCount { track, expected, missing })
        };
        self.tracks.iter_mut().filter_map(arrival).collect()
    }
}

/// Packets of all layers of a track since its beginning.
fn counted(connections: &Connections, state: &Track) -> Option<Arrived> {
    let connection = connections.get(state.origin.connection)?;
    let mut tracks = connection.peer.tracks();
    let (_, track) = tracks.find(|(number, _)| *number == state.origin.ingress)?;
    let mut arrived = Arrived::default();
    for layer in &track.layers {
        let (expected, received) = layer.counted();
        arrived.expected += expected;
        arrived.received += received;
        arrived.repaired += layer.recovered;
    }
    Some(arrived)
}
