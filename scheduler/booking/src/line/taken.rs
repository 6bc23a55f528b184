//! What a person takes of the line in each mode.
//!
//! The figures are upper ones of what 40 minutes took in browsers behind a line that loses 5 % each way
//! (`deploy/decisions/0039`), in kilobits a second with the headers of IP and UDP, repair and reports included.

use session::Mode;

use super::load::Load;

/// To a person whatever comes: reports, checks of the connection, signalling.
const ALWAYS_DOWN: u32 = 6;
/// From a person who sends nothing: reports of what was received. 10 to 14 were measured of a muted classroom.
const ALWAYS_UP: u32 = 15;
/// One voice with its repair.
const VOICE: u32 = 30;
/// Pages of slides and text over a session: some thirty pages of 60 kB in 40 minutes.
const PAGES: u32 = 6;
/// A shared screen that changes now and then.
const SCREEN: u32 = 24;
/// One picture in its smallest size, at 15 frames a second.
const SMALL_PICTURE: u32 = 150;
/// One picture in full size as it is received.
const PICTURE_DOWN: u32 = 520;
/// A camera as it is sent: in full size, with the small picture beside it.
const CAMERA_UP: u32 = 640;
/// Stills of who speaks: one of 7 kB in 10 s.
const STILLS: u32 = 7;
/// The bound is so much of what is expected (numerator, denominator): the gateway saves from four fifths of a budget on,
/// which a session that goes as expected must not meet before its end.
const BOUND: (u64, u64) = (5, 4);

/// One person in a session, as far as the person's line is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listener {
    /// Whether the person sends sound and picture.
    pub speaks: bool,
    /// How many others do.
    pub speakers: u32,
}

/// What a person takes of the line at once in this mode, whatever mode the others are in. A lesser mode never takes more.
#[must_use]
pub const fn taken(mode: Mode, person: Listener) -> Load {
    let Listener { speaks, speakers } = person;
    let heard = ALWAYS_DOWN + PAGES;
    let voices = VOICE.saturating_mul(speakers).saturating_add(heard);
    let once = if speakers == 0 { 0 } else { 1 };
    let down_kbps = match mode {
        Mode::Full => PICTURE_DOWN.saturating_mul(speakers).saturating_add(voices),
        Mode::Small => voices.saturating_add(SMALL_PICTURE * once),
        Mode::Slides => voices.saturating_add(SCREEN * once),
        Mode::Voice => voices,
        Mode::Stills => heard + STILLS * once,
    };
    let up_kbps = match mode {
        Mode::Stills => ALWAYS_UP,
        _ if !speaks => ALWAYS_UP,
        Mode::Full => ALWAYS_UP + VOICE + CAMERA_UP,
        Mode::Small => ALWAYS_UP + VOICE + SMALL_PICTURE,
        Mode::Slides | Mode::Voice => ALWAYS_UP + VOICE,
    };
    Load { down_kbps, up_kbps }
}

/// More megabytes of a session or a month than this are no bound: a terabyte.
pub const MEGABYTES_MAX: u32 = 1_000_000;

/// The most that a person who takes `load` may use in a session of so many seconds, both ways, megabytes (10^6 bytes) rounded
/// up: a quarter more than is expected.
#[must_use]
pub fn bound_mb(load: Load, seconds: u64) -> u32 {
    let kbps = u64::from(load.down_kbps).saturating_add(load.up_kbps.into());
    let bytes = kbps.saturating_mul(125).saturating_mul(seconds);
    let bound = bytes.saturating_mul(BOUND.0).div_ceil(BOUND.1);
    u32::try_from(bound.div_ceil(1_000_000)).unwrap_or(u32::MAX)
}
