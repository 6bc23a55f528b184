//! The wire between a gateway and its recorder: records in binary frames.
//!
//! One record, little endian:
//!
//! ```text
//! len u32 (bytes after it) | kind u8 | room u32 | seq u64 | at_us u64 | body
//! ```
//!
//! A WebSocket frame holds one or more whole records. RTP and sender reports have binary bodies;
//! all other bodies are JSON objects in camelCase whose unknown fields are ignored. A kind that
//! this version does not know decodes as [`Body::Other`], so an older recorder keeps what a newer
//! gateway says.
//!
//! ```
//! use archive::tap::{Body, Decoder, Record, Rtp, encode};
//!
//! let packet = [0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 0xAA];
//! let body = Body::Rtp(Rtp { track: 3, layer: 0, packet: &packet });
//! let record = Record { room: 1, seq: 42, at_us: 1_700_000_000_000_000, body };
//! let mut frame = Vec::new();
//! encode(&record, &mut frame)?;
//! assert_eq!(Decoder::new(&frame).next(), Some(Ok(record)));
//! # Ok::<(), archive::tap::Unfit>(())
//! ```

mod body;
mod wire;

pub use body::{
    Body, ClockSet, Codec, DataPacket, Hello, KnownRoom, Media, Missed, ParticipantJoined,
    ParticipantLeft, Recording, RoomClosed, RoomOpened, Rtp, SenderReport, Source, TrackMuted,
    TrackPublished, TrackUnpublished,
};
pub use wire::{Decoder, MAX_RECORD, Malformed, Record, Unfit, encode};
