//! The journal on disk: one writer thread, one folder a take, segments that are sealed.
//!
//! `DATA/recordings/<session>-<n>/journal/0001.tap`, `0001.seal`, ... in the form of
//! [`archive::journal`]. The thread gets records over a bounded queue ([`queue`]), writes every
//! 100 ms and calls `fdatasync` every 500 ms, so that a power cut costs less than a second.

mod folder;
mod name;
mod open;
mod queue;
mod segment;
mod together;
mod tries;
mod unrecorded;
mod whole;
mod writer;

pub(crate) use folder::{journal_of, load, manifest_file, scan};
pub(crate) use queue::{Message, Position, Queue, QueueSender};
pub(crate) use tries::Tries;
pub(crate) use whole::write_whole;
pub(crate) use writer::Writer;
