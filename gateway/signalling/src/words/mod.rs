//! The words that the core and its caller share. They are the core's own: LiveKit's wire types are translated to and
//! from them at the door.

pub mod call;
pub mod data;
pub mod message;
pub mod participant;
pub mod request;
pub mod room;
pub mod room_state;
pub mod stream;
pub mod track;
pub mod usage;
pub mod visit;
pub mod way;
