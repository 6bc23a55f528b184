//! When and by what somebody is reminded of a session, and when its booker hears that nobody answered. Pure: told the time.
//!
//! Each person has a ladder of steps, one for each channel that reaches the person: the first a day before the start, the next ones
//! as long as nobody has acknowledged. SMS and calls keep the night quiet ([`Night`]). The last step goes to the booker.
//!
//! ```
//! use reminding::{Channel, Night, Reach, Zone, ladder};
//!
//! let eight = [(0, 8 * 3_600)];
//! let night = Night { zone: Zone(&eight), ..Night::default() };
//! let reach = Reach { app: true, sms: true, ..Reach::default() };
//! // Tuesday 2026-11-24 09:00 at UTC+8, booked a week before.
//! let steps = ladder(reach, 1_795_482_000, 1_794_877_200, &night);
//! assert_eq!(steps.iter().map(|it| it.channel).collect::<Vec<_>>(), [Channel::App, Channel::Sms, Channel::Booker]);
//! ```
#![no_std]

extern crate alloc;

mod channel;
mod ladder;
mod night;

pub use channel::{Channel, Reach, UnknownChannel};
pub use ladder::{BOOKER_S, FIRST_S, STEPS_MAX, Step, WAIT_S, ladder};
pub use night::{Night, Zone};
