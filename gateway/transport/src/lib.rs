//! One peer's ICE-lite, DTLS, SRTP, SCTP and SDP, sans-I/O.
