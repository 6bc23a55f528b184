//! The earliest times at which several resources are free together, and what is in the way of one that is wished for.

mod blocking;
mod known;
mod matching;
mod slots;
mod starts;
mod wish;

pub use blocking::{Blocker, Cause};
pub use known::Ask;
pub use slots::Search;
pub use wish::{Buffer, Resource, Slot, Wish};
