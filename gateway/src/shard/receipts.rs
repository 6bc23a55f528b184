//! What participants receive is looked at once a second, and written down every ten.

use std::time::Instant;

use session::Mode;
use signalling::effect::ConnectionRole;
use signalling::words::stream::{Streamed, Subscribed};

use super::Shard;
use super::media_path::MediaPath;
use super::streams::medium;
use crate::connections::Connection;
use crate::egress::stream::{Came, Stream};
use crate::ids::ConnectionId;
use crate::lines::{Line, Lines};
use crate::receipts::{Account, Ledger, LineFigures, Offer, PacketCount, Receipt, ReceiptSender};

/// Receipts on their way to the outbox.
#[derive(Debug, Default)]
pub(super) struct Receipts {
    ledger: Ledger,
    /// None where nobody keeps them.
    pub(super) to: Option<ReceiptSender>,
}

impl Shard {
    /// Looks at what everybody is offered, and hands over the receipts of windows that are complete.
    pub(super) fn account(&mut self, now: Instant) {
        let Some(sender) = self.receipts.to.clone() else {
            // Nobody asks what those received who have gone.
            return drop(self.media.connections.take_ended());
        };
        let now_us = self.media.clock.us(now);
        self.take_windows(now_us);
        let clock = self.media.clock;
        for (id, connection) in self.media.connections.iter_mut() {
            let listens = connection.role != ConnectionRole::Publisher;
            let offers = self.core.subscribed(id).filter(|_| listens);
            // A participant that is in the room and not connected yet, or not again, misses what it would be sent.
            let awaited = self.core.awaited(id).filter(|_| listens);
            let us = |at: Instant| clock.us(at);
            look((now_us, us), connection, (self.core.mode_on(id), offers.chain(awaited)));
        }
        let epoch_us = self.media.clock.epoch_us();
        let complete = self.receipts.ledger.complete(now_us, epoch_us);
        let open = sender.keeps_up().then(|| self.open_windows(now_us));
        sender.send(Account { complete, open, spent: self.core.spent() });
    }

    /// The receipts of all windows that are not complete, if the gateway were killed now.
    fn open_windows(&self, now_us: u64) -> Vec<Receipt> {
        let lines = &self.media.lines;
        let windows = self.media.connections.iter().flat_map(|(_, connection)| {
            let owner = connection.usage.owner();
            let line = figures(connection.line.and_then(|line| lines.get(line)), &owner.site);
            let windows = connection.sent.received.open(now_us);
            windows.map(move |window| ((connection.owner, owner.clone()), window, line))
        });
        self.receipts.ledger.open(windows, self.media.clock.epoch_us())
    }

    /// Hands over the receipts of all windows that have begun: the shard ends.
    pub(super) fn account_all(&mut self, now: Instant) {
        let Some(sender) = self.receipts.to.take() else { return };
        let now_us = self.media.clock.us(now);
        self.take_windows(now_us);
        let (connections, lines) = (&mut self.media.connections, &self.media.lines);
        for (_, connection) in connections.iter_mut() {
            let (id, owner) = (connection.owner, connection.usage.owner());
            let line = figures(connection.line.and_then(|line| lines.get(line)), &owner.site);
            for window in connection.take_received().end(now_us) {
                self.receipts.ledger.add((id, &owner), window, line);
            }
        }
        let complete = self.receipts.ledger.end(self.media.clock.epoch_us());
        sender.send(Account { complete, open: Some(vec![]), spent: self.core.spent() });
    }

    /// Takes the windows that are complete, and those of connections that have ended.
    fn take_windows(&mut self, now_us: u64) {
        let ledger = &mut self.receipts.ledger;
        let (connections, lines): (_, &Lines) = (&mut self.media.connections, &self.media.lines);
        for (id, owner, received) in connections.take_ended() {
            received.end(now_us).for_each(|window| ledger.add((id, &owner), window, None));
        }
        for (_, connection) in connections.iter_mut() {
            while let Some(window) = connection.sent.received.complete(now_us) {
                let (id, owner) = (connection.owner, connection.usage.owner());
                let line = connection.line.and_then(|line| lines.get(line));
                ledger.add((id, &owner), window, figures(line, &owner.site));
            }
        }
    }

    /// Notes which streams are paused, and why, as their listeners are told.
    pub(super) fn note_pauses(&mut self, streamed: &[Streamed]) {
        for state in streamed {
            let Some(connection) = self.media.connections.get_mut(state.connection) else {
                continue;
            };
            let mut streams = connection.streams.iter_mut().flatten();
            let stream: Option<&mut Stream> = streams.find(|stream| stream.track == state.track);
            stream.into_iter().for_each(|stream| stream.accounted.paused = state.state.paused());
        }
    }
}

impl MediaPath {
    /// A client reports how a stream arrives.
    pub(super) fn account_report(
        &mut self,
        now: Instant,
        id: ConnectionId,
        (ssrc, highest, lost): (u32, u32, i32),
        round_trip_ms: Option<u32>,
    ) {
        let now_us = self.clock.us(now);
        let Some(connection) = self.connections.get_mut(id) else { return };
        let overhead = connection.peer.selected().map(|to| self.socket.overhead(to));
        let mut streams = connection.streams.iter_mut().flatten();
        let Some(stream) = streams.find(|stream| stream.ssrc == ssrc) else { return };
        let received = &mut connection.sent.received;
        let came = stream.came(now_us, highest, lost);
        // What has numbers is told of packet by packet.
        if let Some(overhead) = overhead.filter(|_| !stream.written.is_told()) {
            let bytes = u64::from(came.packets) * stream.mean_bytes(overhead);
            let packets = PacketCount { packets: came.packets.into(), bytes };
            received.reported(now_us, stream.accounted.medium, packets, came.lost.into());
        }
        received.told(now_us, round_trip_ms);
        let Came { over_us, sent, packets, lost } = came;
        let report = estimate::Report { over_us, sent, came: packets, lost, round_trip_ms };
        self.line_of(id).into_iter().for_each(|line| line.report(now_us, id, report));
    }
}

/// Notes what a connection is offered at present, and what has come from its client.
fn look(
    (now_us, us): (u64, impl Fn(Instant) -> u64),
    connection: &mut Connection,
    (mode, offers): (Mode, impl Iterator<Item = Subscribed>),
) {
    let mut offered: [Option<Offer>; 3] = [None; 3];
    let asked =
        |subscribed: &Subscribed| subscribed.asks.top.is_some() || subscribed.withheld.is_some();
    for offer in offers.filter(|offer| !offer.muted && asked(offer)) {
        let stream = connection.streams.iter().flatten().find(|stream| stream.track == offer.track);
        let stopped = stream.and_then(|stream| stream.accounted.paused);
        let medium = medium(offer.kind, offer.source);
        let place = offered.get_mut(medium as usize).into_iter();
        place.for_each(|place| {
            // One that comes is enough: a medium is paused where all of it is.
            let (paused, away) = (offer.withheld.or(stopped), offer.away_since.map(&us));
            *place = Some(match *place {
                None => Offer { medium, paused, away_since_us: away },
                Some(others) => Offer {
                    paused: others.paused.and(paused),
                    away_since_us: others
                        .away_since_us
                        .zip(away)
                        .map(|(one, other)| one.max(other)),
                    ..others
                },
            });
        });
    }
    let offered: Vec<Offer> = offered.into_iter().flatten().collect();
    let from_client = connection.client_sent();
    connection.sent.received.look(now_us, (mode, &offered), from_client);
}

/// What is known of the line of a site.
fn figures(line: Option<&Line>, site: &str) -> Option<LineFigures> {
    let line = line.filter(|line| !site.is_empty() && line.name().lasts())?;
    LineFigures::of(line.estimate()?)
}
