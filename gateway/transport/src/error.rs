//! What can go wrong when the caller asks a transport for something.

/// Why a request to the transport was refused. Bad datagrams are not errors: they are dropped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The crypto library refused; names its reason.
    #[error("cryptography failed: {0}")]
    Crypto(String),
    /// The session description cannot be used; names the part that is wrong.
    #[error("session description refused: {0}")]
    Sdp(String),
    /// The transport has no keys or no data channel association yet, or is closed.
    #[error("not connected")]
    NotConnected,
    /// No data channel has this stream number.
    #[error("no such data channel")]
    NoChannel,
    /// The channel's send queue holds more than `sctp::MAX_BUFFERED` bytes.
    #[error("the send queue is full")]
    Full,
    /// A table of the peer is at its bound; names the table.
    #[error("too many {0}")]
    TooMany(&'static str),
    /// The message is longer than `sctp::MAX_MESSAGE`.
    #[error("the message is too long")]
    TooLong,
    /// The data channel association refused; names its reason.
    #[error("data channel failed: {0}")]
    Channel(String),
}
