//! The file form of a take: segments of checked records, each sealed into a hash chain.
//!
//! A segment:
//!
//! ```text
//! "SQJRNL" 0x01 0x0A | record | record | ...
//! record = magic u16 0xA55A | len u32 | crc32 u32 (of len and payload) | payload
//! ```
//!
//! little endian; a payload is one record of the tap ([`crate::tap`]) without its `len`. A reader
//! stops at the first byte that is not as written, so what a power cut tore off costs only
//! itself. A sealed segment is never written again: its [`Seal`] names its length and SHA-256 and
//! the seal before, so that nothing can be cut out or put in unseen.

mod record;
mod seal;

pub use record::{HEADER, Reader, append};
pub use seal::{BrokenChain, Seal, Sealer, verify};
