//! What a recording is made of: the tap's wire, the journal, the timeline and the manifest.
//!
//! Pure: no clock, file, socket or lock; `no_std` makes the compiler keep that promise.
//!
//! # Reading order
//! [`tap`]: the records that a gateway sends and a journal keeps.

#![no_std]

extern crate alloc;

pub mod tap;
