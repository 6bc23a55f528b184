//! The event itself, as it stands in the outbox and as the scheduler reads it.

use estimate::{Estimate, EstimateState};
use serde::Serialize;

use super::flow::{Flow, Medium, PacketCount, Spans};
use super::quality::{VoiceWindow, opinion};
use super::window::Window;

/// Who a receipt is of.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Owner {
    pub(crate) room: String,
    pub(crate) identity: String,
    /// The site that the token names; empty for none.
    pub(crate) site: String,
}

/// The access line of a participant's site, as it was estimated last.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LineFigures {
    pub(crate) bits_per_second: u64,
    /// Packets that are lost whatever is sent.
    pub(crate) loss_percent: f64,
    pub(crate) round_trip_ms: u32,
}

impl LineFigures {
    /// What is known of a line; `None` while that is nothing.
    pub(crate) fn of(line: Estimate) -> Option<Self> {
        let Estimate { bits_per_second, lost_256, round_trip_ms, state, .. } = line;
        let known = matches!(
            state,
            EstimateState::Steady | EstimateState::Draining | EstimateState::Competing
        );
        let loss_percent = hundredths(f64::from(lost_256) * 100.0 / 256.0);
        known.then_some(Self { bits_per_second, loss_percent, round_trip_ms })
    }
}

/// What one participant received in one window.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Receipt {
    room: String,
    identity: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    site: String,
    /// When it was there, milliseconds since 1970.
    from_ms: u64,
    to_ms: u64,
    /// Its client told something of what it gets.
    told: bool,
    /// The gateway was killed before this window was complete: what came last, or was told last, is not in it.
    #[serde(skip_serializing_if = "is_false")]
    interrupted: bool,
    #[serde(skip_serializing_if = "Share::is_nothing")]
    sound: Share,
    #[serde(skip_serializing_if = "Share::is_nothing")]
    picture: Share,
    #[serde(skip_serializing_if = "Share::is_nothing")]
    screen: Share,
    #[serde(skip_serializing_if = "is_zero")]
    data_bytes: u64,
    /// All that was sent to it, headers of all layers included; and all that came from it.
    wire_bytes: u64,
    #[serde(skip_serializing_if = "is_zero")]
    up_bytes: u64,
    /// Before copies and repair; absent if nothing is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    loss_percent: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    round_trip_ms: Option<u64>,
    /// Estimated opinion of the voice, 1 to 4.4; absent if none was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    opinion: Option<f64>,
    /// How much of the session it was sent, in the words of the token.
    mode: &'static str,
    /// Why a picture was not sent: `line`, `mode` or `budget`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<LineFigures>,
}

/// What was received of one medium. Seconds are of the window; bytes are on the wire.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Share {
    received_s: u64,
    #[serde(skip_serializing_if = "is_zero")]
    missed_s: u64,
    #[serde(skip_serializing_if = "is_zero")]
    unknown_s: u64,
    #[serde(skip_serializing_if = "is_zero")]
    paused_s: u64,
    /// Its publisher was away.
    #[serde(skip_serializing_if = "is_zero")]
    away_s: u64,
    /// All that came, what came by being sent again included.
    packets: u64,
    bytes: u64,
    #[serde(skip_serializing_if = "is_zero")]
    lost_packets: u64,
    /// Lost packets of sound that came as copies; packets that came by being sent again.
    #[serde(skip_serializing_if = "is_zero")]
    recovered_packets: u64,
    /// Bytes by layer, the smallest first, up to the last of which something came.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    layer_bytes: Vec<u64>,
}

impl Share {
    fn of(window: &Window, medium: Medium) -> Self {
        let flow: &Flow = window.flow(medium);
        let Spans { received, missed, unknown, paused, away } = flow.spans(medium, window.told);
        let PacketCount { packets, bytes } = flow.all();
        let sound = medium == Medium::Sound;
        let mut layer_bytes: Vec<u64> = flow.layers.iter().map(|layer| layer.bytes).collect();
        let used = layer_bytes.iter().rposition(|bytes| *bytes > 0).map_or(0, |last| last + 1);
        layer_bytes.truncate(if sound { 0 } else { used });
        Self {
            received_s: received,
            missed_s: missed,
            unknown_s: unknown,
            paused_s: paused,
            away_s: away,
            packets,
            bytes,
            lost_packets: if window.told { flow.lost() } else { 0 },
            recovered_packets: if sound { window.recovered } else { flow.again.packets },
            layer_bytes,
        }
    }

    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

impl Receipt {
    /// What `owner` received in a window, which began `epoch_us` after 1970 less its own time.
    pub(crate) fn of(
        owner: Owner,
        window: &Window,
        epoch_us: u64,
        line: Option<LineFigures>,
    ) -> Self {
        let Owner { room, identity, site } = owner;
        let ms = |us: u64| epoch_us.saturating_add(us) / 1_000;
        let sound = window.flow(Medium::Sound);
        let voice = VoiceWindow {
            packets: sound.all().packets.saturating_add(sound.lost()),
            lost: sound.lost(),
            recovered: window.recovered,
            bursts: window.bursts,
            round_trip_ms: window.round_trip_ms(),
        };
        Self {
            room,
            identity,
            site,
            from_ms: ms(window.from_us),
            to_ms: ms(window.until_us),
            told: window.told,
            interrupted: false,
            sound: Share::of(window, Medium::Sound),
            picture: Share::of(window, Medium::Picture),
            screen: Share::of(window, Medium::Screen),
            data_bytes: window.data_bytes,
            wire_bytes: window.wire_bytes,
            up_bytes: window.up_bytes,
            loss_percent: window.loss().map(|(known, lost)| percent(lost, known)),
            round_trip_ms: window.round_trip_ms(),
            opinion: opinion(voice).filter(|_| window.told).map(hundredths),
            mode: window.mode.as_str(),
            reason: window.cause.map(|cause| cause.word()),
            line,
        }
    }

    /// The same, of a window that the end of the gateway has cut short.
    pub(crate) fn interrupted(self) -> Self {
        Self { interrupted: true, ..self }
    }

    /// When its window ended, milliseconds since 1970.
    pub(crate) const fn to_ms(&self) -> u64 {
        self.to_ms
    }
}

#[expect(clippy::cast_precision_loss, reason = "packets of ten seconds")]
fn percent(part: u64, of: u64) -> f64 {
    hundredths(100.0 * part as f64 / of.max(1) as f64)
}

/// Two places are all that is known.
fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls with a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls with a reference")]
const fn is_zero(value: &u64) -> bool {
    *value == 0
}
