//! What the gateway tells of one participant in one window, in the gateway's words.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What one participant really received in some ten seconds: what its client told to have got, and not what was sent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Receipt {
    /// Room name = session id.
    pub(crate) room: String,
    /// Who, as the room token says: a person id.
    pub(crate) identity: String,
    /// The site that the token names; empty for none.
    pub(crate) site: String,
    /// From when on, milliseconds since 1970.
    pub(crate) from_ms: u64,
    /// Until when.
    pub(crate) to_ms: u64,
    /// Whether its client told anything at all.
    pub(crate) told: bool,
    /// The gateway was killed before these ten seconds were complete: what came last, or was told last, is not in it.
    pub(crate) interrupted: bool,
    pub(crate) sound: Share,
    pub(crate) picture: Share,
    pub(crate) screen: Share,
    /// Messages of data channels that arrived, bytes on the wire.
    pub(crate) data_bytes: u64,
    /// All that was sent to it, bytes on the wire.
    pub(crate) wire_bytes: u64,
    /// All that came from it, bytes on the wire.
    pub(crate) up_bytes: u64,
    /// Packets lost on the way, before copies and repair; null if not known.
    pub(crate) loss_percent: Option<f64>,
    pub(crate) round_trip_ms: Option<u64>,
    /// Estimated opinion of the voice (ITU-T G.107), 1 to 4.4.
    pub(crate) opinion: Option<f64>,
    /// What it chose to be sent, such as `full`.
    pub(crate) mode: String,
    /// Why a picture was not sent: `line`, `mode` or `budget`.
    pub(crate) reason: Option<String>,
    pub(crate) line: Option<LineFigures>,
}

/// What was received of one medium; bytes on the wire.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Share {
    /// Seconds in which it was received; a silence that could be heard is.
    pub(crate) received_s: u64,
    /// Seconds in which it was sent and did not arrive.
    pub(crate) missed_s: u64,
    /// Seconds of which the client told nothing.
    pub(crate) unknown_s: u64,
    /// Seconds in which it was not sent, for the reason.
    pub(crate) paused_s: u64,
    /// Seconds in which there was nothing to receive: the lines of those who would have sent it were away.
    pub(crate) away_s: u64,
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
    pub(crate) lost_packets: u64,
    /// Packets that came as copies, or by being sent again.
    pub(crate) recovered_packets: u64,
    /// By layer, the smallest first.
    pub(crate) layer_bytes: Vec<u64>,
}

/// What the access line of a site carried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct LineFigures {
    pub(crate) bits_per_second: u64,
    /// Packets that are lost whatever is sent.
    pub(crate) loss_percent: f64,
    pub(crate) round_trip_ms: u64,
}

/// The sums of all receipts of one person in one session.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ReceivedSums {
    /// From the first to the last, milliseconds since 1970.
    pub(crate) from_ms: u64,
    pub(crate) to_ms: u64,
    pub(crate) sound: Spans,
    pub(crate) picture: Spans,
    pub(crate) screen: Spans,
    /// Bytes on the wire, to the person and from it.
    pub(crate) wire_bytes: u64,
    pub(crate) up_bytes: u64,
    /// Packets of all media that came, and those that were lost.
    pub(crate) packets: u64,
    pub(crate) lost_packets: u64,
    /// Mean round trip of each window: their sum, and how many.
    pub(crate) round_trips_ms: u64,
    pub(crate) round_trips: u64,
    /// Opinions of the voice, each by the seconds in which it was heard; and these seconds.
    pub(crate) opinions: f64,
    pub(crate) opinions_s: u64,
}

/// Seconds of one medium, and what came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
#[schema(as = Spans)]
pub(crate) struct Spans {
    /// Seconds in which it was received.
    pub(crate) received_s: u64,
    /// Seconds in which it was sent and did not arrive.
    pub(crate) missed_s: u64,
    /// Seconds of which the client told nothing.
    pub(crate) unknown_s: u64,
    /// Seconds in which it was not sent, for the line, the mode or the budget.
    pub(crate) paused_s: u64,
    /// Seconds in which there was nothing to receive: the lines of those who would have sent it were away.
    pub(crate) away_s: u64,
    /// Bytes on the wire that arrived.
    pub(crate) bytes: u64,
}

impl Spans {
    const fn add(&mut self, share: &Share) {
        self.received_s = self.received_s.saturating_add(share.received_s);
        self.missed_s = self.missed_s.saturating_add(share.missed_s);
        self.unknown_s = self.unknown_s.saturating_add(share.unknown_s);
        self.paused_s = self.paused_s.saturating_add(share.paused_s);
        self.away_s = self.away_s.saturating_add(share.away_s);
        self.bytes = self.bytes.saturating_add(share.bytes);
    }
}

impl ReceivedSums {
    /// One receipt more.
    pub(crate) fn add(&mut self, it: &Receipt) {
        self.from_ms = if self.to_ms == 0 { it.from_ms } else { self.from_ms.min(it.from_ms) };
        self.to_ms = self.to_ms.max(it.to_ms);
        self.sound.add(&it.sound);
        self.picture.add(&it.picture);
        self.screen.add(&it.screen);
        self.wire_bytes = self.wire_bytes.saturating_add(it.wire_bytes);
        self.up_bytes = self.up_bytes.saturating_add(it.up_bytes);
        for share in [&it.sound, &it.picture, &it.screen] {
            self.packets = self.packets.saturating_add(share.packets);
            self.lost_packets = self.lost_packets.saturating_add(share.lost_packets);
        }
        if let Some(ms) = it.round_trip_ms {
            self.round_trips_ms = self.round_trips_ms.saturating_add(ms);
            self.round_trips = self.round_trips.saturating_add(1);
        }
        if let Some(opinion) = it.opinion {
            let heard_s = it.sound.received_s.min(3_600);
            // No sum of what the scale has is infinite.
            self.opinions +=
                opinion.clamp(1.0, 5.0) * f64::from(u16::try_from(heard_s).unwrap_or_default());
            self.opinions_s = self.opinions_s.saturating_add(heard_s);
        }
    }

    /// Packets that were lost on the way, before copies and repair, in percent; `None` if nothing is known.
    #[expect(clippy::cast_precision_loss, reason = "two places are told")]
    pub(crate) fn loss_percent(&self) -> Option<f64> {
        let all = self.packets.saturating_add(self.lost_packets);
        (all > 0).then(|| hundredths(100.0 * self.lost_packets as f64 / all as f64))
    }

    pub(crate) const fn round_trip_ms(&self) -> Option<u64> {
        self.round_trips_ms.checked_div(self.round_trips)
    }

    /// The mean opinion of the voice while it was heard.
    #[expect(clippy::cast_precision_loss, reason = "two places are told")]
    pub(crate) fn opinion(&self) -> Option<f64> {
        (self.opinions_s > 0).then(|| hundredths(self.opinions / self.opinions_s as f64))
    }
}

fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// Receipts one after the other, from one outbox.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(crate) struct Batch {
    /// The name of the outbox.
    pub(crate) outbox: String,
    /// The number of the first receipt.
    pub(crate) first: u64,
    pub(crate) receipts: Vec<Receipt>,
}

impl Batch {
    /// Receipts with their numbers, up to the last that the store can have.
    pub(crate) fn numbered(&self) -> impl Iterator<Item = (u64, &Receipt)> {
        let numbered = (0..).zip(&self.receipts);
        numbered.map_while(|(place, it)| {
            let number = self.first.checked_add(place)?;
            i64::try_from(number).is_ok().then_some((number, it))
        })
    }
}

/// How far an outbox was taken; nothing of none at first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Taken {
    pub(crate) outbox: String,
    /// The number of the last receipt that is kept here.
    pub(crate) after: u64,
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) new: u64,
    /// Of rooms that nobody booked.
    pub(crate) unbooked: u64,
    /// That were kept before.
    pub(crate) again: u64,
    /// Old ones that went.
    pub(crate) forgotten: u64,
}
