//! What a recording is made of: the tap's wire, the journal, the timeline and the manifest.
//!
//! Pure: no clock, file, socket or lock; `no_std` makes the compiler keep that promise.
//!
//! # Reading order
//! [`tap`]: the records that a gateway sends and a journal keeps. [`journal`]: how they lie in files.
//! [`timeline`]: from packets as they came to frames in order, at the time of their capture.
//! [`take`]: what one journal tells. [`plan`]: what to assemble from it. [`manifest`]: what people
//! and players are told.

#![no_std]

extern crate alloc;

pub mod journal;
pub mod manifest;
pub mod plan;
pub mod take;
pub mod tap;
pub mod timeline;
