//! A class that is given to places elsewhere. Pure: told what was planned, what each place received, and what nobody knows.
//!
//! A place has [`Attendance`] by [`attended`]: by the media of the lead teacher that it received, and never by who was booked or
//! came in. What nobody knows decides nothing: a place is [`Attendance::Unknown`] as long as it could be one or the other. How
//! many pupils sit there is counted by a person ([`check_pupils`]).
//!
//! ```
//! use teaching::{Attendance, Evidence, Span, Window, attended};
//!
//! let planned = Span::new(0, 600_000).unwrap();
//! let all = [planned];
//! let heard = [Window { span: planned, received_ms: 400_000, unknown_ms: 0 }];
//! let village = Evidence { planned, lead: &all, windows: &heard, watched: &[] };
//! assert_eq!(attended(&village).attendance, Attendance::Present);
//! let nobody = Evidence { windows: &[], ..village };
//! assert_eq!(attended(&nobody).attendance, Attendance::Absent);
//! let untold = Evidence { lead: &[], windows: &[], ..village };
//! assert_eq!(attended(&untold).attendance, Attendance::Unknown);
//! ```
#![no_std]

extern crate alloc;

mod attendance;
mod roster;
mod span;

pub use attendance::{
    Attendance, Attended, Evidence, PARTIAL_FLOOR_MS, PRESENT_PERCENT, UnknownWord, Window,
    attended,
};
pub use roster::{GROUPS_MAX, NotSoMany, PUPILS_MAX, check_groups, check_pupils};
pub use span::Span;
