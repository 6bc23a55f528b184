//! Divides one access link: which part of each track is sent to each listener behind it.
//!
//! A clinic's line is one, however many devices share it. The shell gives what the line carries and what everybody
//! behind it asks for; each listener is granted a part of each track, or nothing, with the reason. Sound is never cut.
//!
//! ```
//! use allocation::{Allocator, Budget, Part, Purpose, Why, Wish};
//! use media::{ListenerId, Ms, Target, TrackId};
//!
//! let part = |spatial, bits_per_second| Part { target: Target { spatial, temporal: 0 }, bits_per_second, silent: false };
//! let camera = [part(0, 120_000), part(1, 700_000)];
//! let (listener, track, top) = (ListenerId(1), TrackId(1), Some(Target::ALL));
//! let doctor = Wish { listener, track, purpose: Purpose::Speaker, priority: 0, parts: &camera, top };
//! let budget = Budget {
//!     bits_per_second: 600_000,
//!     repair_bits_per_second: 60_000,
//!     settled: true,
//!     rising: false,
//!     away: false,
//! };
//! let (mut allocator, mut grants) = (Allocator::new(), Vec::new());
//! allocator.allocate(Ms(0), budget, &[doctor], &mut grants);
//! assert_eq!(grants[0].allow, Some(Target { spatial: 0, temporal: 0 }));
//! assert_eq!(grants[0].why, Why::LineTooThin);
//! ```
//!
//! # Reading order
//! `wish` (all that comes in and goes out) → `rates` (what a part is reckoned to take) → `ladder` (which parts of a
//! track are worth sending) → `fill` (who is fed first) → `line` (what was carried of late) → `patience` (when it is
//! trusted with more) → `subscription` and `wishes` (one round's wishes) → [`Allocator`].
//!
//! # Invariants
//! - What is granted takes no more than the line carries without repair; only sound is sent beyond that.
//! - Nobody is fed in the place of somebody who comes before: who has nothing could not have what those behind take.
//! - Less is granted at once. More is granted when the line has carried it for a while, the longer the oftener it gave
//!   way, and not to anybody who was switched up and down in the last minute.
//! - A part that its publisher does not send is never granted, unless all of a track stands still.
//! - The same calls have the same answers; nothing is remembered of what is not wished for any more.

#![no_std]

extern crate alloc;

mod allocator;
mod fill;
mod ladder;
mod line;
mod patience;
mod rates;
mod subscription;
mod wish;
mod wishes;

pub use allocator::Allocator;
pub use wish::{Budget, Demand, Grant, PARTS_MAX, Part, Purpose, Why, Wish};
