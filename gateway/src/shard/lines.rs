//! Access lines on the media path: who is behind which, what they are told, and what waits for them.

use std::time::Instant;

use sfu::Input;
use signalling::effect::ConnectionRole;
use signalling::words::way::WayDown;

use super::media_path::MediaPath;
use crate::connections::Connection;
use crate::egress::{SendContext, Telling};
use crate::ids::{ConnectionId, listener};
use crate::lines::name::LineName;
use crate::lines::pacer::HeldKind;

impl MediaPath {
    /// A connection is behind the line that its owner's token or its address names.
    pub(super) fn place_behind_line(&mut self, now: Instant, id: ConnectionId) {
        let us = self.clock.us(now);
        let Some(connection) = self.connections.get_mut(id) else { return };
        if connection.role == ConnectionRole::Publisher {
            return;
        }
        let name = LineName::of(id, &connection.usage.site, connection.peer.selected());
        let before = connection.line;
        if before.and_then(|line| self.lines.get(line)).is_some_and(|line| *line.name() == name) {
            return;
        }
        before.into_iter().for_each(|line| self.lines.leave(us, line, id));
        connection.line = Some(self.lines.join(us, id, name));
    }

    /// Looks whether connections are behind other lines now, as when a phone changes from one network to another.
    pub(super) fn follow_lines(&mut self, now: Instant) {
        let placed = self.connections.iter().filter(|(_, connection)| connection.line.is_some());
        let placed: Vec<ConnectionId> = placed.map(|(id, _)| id).collect();
        placed.into_iter().for_each(|id| self.place_behind_line(now, id));
        for (id, line) in self.lines.iter_mut() {
            let Some(estimate) = line.estimate() else { continue };
            let bits_per_second = estimate.bits_per_second;
            let (queue_ms, round_trip_ms) = (estimate.queue_ms, estimate.round_trip_ms);
            let (lost_256, congested_256) = (estimate.lost_256, estimate.congested_256);
            let demand = line.demand();
            tracing::debug!(
                line.id = id.number(),
                granted = demand.granted,
                next = demand.next,
                whole = demand.whole,
                bits_per_second,
                queue_ms,
                round_trip_ms,
                lost_256,
                congested_256,
                state = ?estimate.state,
                "line"
            );
        }
    }

    /// How the ways down did in the last second.
    pub(super) fn ways(&self) -> Vec<WayDown> {
        let way = |(id, connection): (ConnectionId, &Connection)| {
            let line = self.lines.get(connection.line?)?;
            Some(WayDown {
                connection: id,
                lost_256: line.loses_256(),
                bits_per_second: line.carries(),
                protected: connection.protection.distances().copies() > 0,
            })
        };
        self.connections.iter().filter_map(way).collect()
    }

    /// A connection ends.
    pub(super) fn leave_line(&mut self, now: Instant, id: ConnectionId) {
        let us = self.clock.us(now);
        let line = self.connections.get_mut(id).and_then(|connection| connection.line.take());
        line.into_iter().for_each(|line| self.lines.leave(us, line, id));
    }

    /// A client tells what became of packets.
    pub(super) fn told(&mut self, now: Instant, id: ConnectionId, telling: Telling<'_>) {
        let moment = self.moment(now);
        self.egress.told(moment, (id, &mut self.connections), &mut self.lines, telling);
    }

    /// A client says what it takes its line to carry (REMB).
    pub(super) fn remb(&mut self, now: Instant, id: ConnectionId, bits_per_second: u64) {
        let us = self.clock.us(now);
        self.line_of(id).into_iter().for_each(|line| line.remb(us, id, bits_per_second));
    }

    /// Time has passed for the estimates.
    pub(super) fn tick_lines(&mut self, now: Instant) {
        let us = self.clock.us(now);
        self.lines.iter_mut().for_each(|(_, line)| line.tick(us));
    }

    /// Sends what the lines take now. A stream of which something came too late goes on at a keyframe.
    pub(super) fn release(&mut self, now: Instant) {
        let moment = self.moment(now);
        let mut late = vec![];
        let Self { tracks, lines, socket, egress, connections, .. } = self;
        let mut context = SendContext { tracks, lines, socket };
        egress.release(moment, connections, &mut context, &mut late);
        for held in late {
            self.metrics.drop_one("pacer_late");
            let track = held.forward.source.track;
            let room = self.tracks.get(track).map(|track| track.room);
            if let Some(room) = room.filter(|_| held.kind == HeldKind::Fresh) {
                self.decide(now, Input::Skip { room, track, listener: listener(held.listener) });
            }
        }
    }
}
