//! One peer's ICE-lite, DTLS, SRTP, SCTP and SDP, sans-I/O.
//!
//! [`peer::Peer`] is told the time and the datagrams and answers with [`peer::Output`]s; it owns no socket, reads no
//! clock and logs nothing. Randomness comes only from the crypto library (keys, credentials). The webrtc-rs component
//! crates are used here and nowhere else in the house.

mod bits;
pub mod dependency;
pub mod dtls;
pub mod error;
pub mod framing;
pub mod ice;
pub mod ingress;
pub mod payload;
pub mod peer;
mod proof;
pub mod rtp;
pub mod sctp;
pub mod sdp;
pub mod srtp;
pub mod turn;

pub use error::Error;
