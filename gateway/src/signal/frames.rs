//! The two forms of LiveKit's signalling: protobuf in binary frames for SDKs, protobuf-JSON in
//! text frames for our own client. A client is answered in the format in which it speaks.

use axum::extract::ws::Message;
use livekit_protocol::{SignalRequest, SignalResponse, signal_response};
use prost::Message as _;

/// The longest message that is read, in bytes: an SDP offer with a hundred sections fits.
pub(crate) const MAX_MESSAGE: usize = 256 * 1024;
/// A longer one is not even taken off the line: the connection ends.
pub(crate) const MAX_FRAME: usize = 1024 * 1024;
/// Bytes that cost as much of the rate as one message does.
const BYTES_PER_TURN: usize = 16 * 1024;

/// What a message of `len` bytes costs of the rate, in messages.
pub(crate) fn cost(len: usize) -> u32 {
    u32::try_from(len.div_ceil(BYTES_PER_TURN).max(1)).unwrap_or(u32::MAX)
}

/// How a client writes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum FrameFormat {
    /// Binary frames.
    #[default]
    Protobuf,
    /// Text frames.
    Json,
}

/// A frame that is not a signalling message.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("not protobuf: {0}")]
    Protobuf(#[from] prost::DecodeError),
    #[error("not protobuf-JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// Reads a text frame.
pub(crate) fn read_text(text: &str) -> Result<SignalRequest, Unreadable> {
    Ok(serde_json::from_str(text)?)
}

/// Reads a binary frame.
pub(crate) fn read_binary(bytes: &[u8]) -> Result<SignalRequest, Unreadable> {
    Ok(SignalRequest::decode(bytes)?)
}

/// Writes a message in the client's format; `None` if it cannot be written.
pub(crate) fn write(message: signal_response::Message, format: FrameFormat) -> Option<Message> {
    let response = SignalResponse { message: Some(message) };
    match format {
        FrameFormat::Protobuf => Some(Message::Binary(response.encode_to_vec().into())),
        FrameFormat::Json => {
            serde_json::to_string(&response).ok().map(|text| Message::Text(text.into()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use livekit_protocol::signal_request;
    use proptest::prelude::*;

    #[test]
    fn both_forms_say_the_same() {
        let text = r#"{"offer":{"type":"offer","sdp":"v=0","id":3}}"#;
        let json = read_text(text).unwrap();
        let binary = read_binary(&json.encode_to_vec()).unwrap();
        assert_eq!(json, binary);
        let Some(signal_request::Message::Offer(offer)) = binary.message else {
            panic!("{binary:?}")
        };
        assert_eq!((offer.sdp.as_str(), offer.id), ("v=0", 3));
    }

    proptest! {
        #[test]
        fn any_frame_is_read_or_refused(bytes: Vec<u8>) {
            let _ = read_binary(&bytes);
            let _ = read_text(&String::from_utf8_lossy(&bytes));
        }
    }
}
