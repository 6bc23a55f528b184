//! LiveKit's join request: what a client of `/rtc/v1` says of itself before the first message, in the
//! query and mostly compressed.

use std::io::Read;

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use flate2::read::GzDecoder;
use livekit_protocol::wrapped_join_request::Compression;
use livekit_protocol::{JoinRequest, WrappedJoinRequest};
use prost::Message as _;

use super::frames::MAX_MESSAGE;

/// SDKs write padding, or leave it out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A join request that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unusable {
    #[error("join_request is not base64url: {0}")]
    Base64(#[from] base64::DecodeError),
    #[error("join_request is not protobuf: {0}")]
    Protobuf(#[from] prost::DecodeError),
    #[error("join_request is not gzip: {0}")]
    Gzip(#[from] std::io::Error),
    #[error("join_request is compressed in an unknown way")]
    Unknown,
    #[error("join_request is over {MAX_MESSAGE} bytes")]
    TooLong,
}

/// Reads the query's `join_request`; never more than a signalling message may have.
pub(super) fn read(text: &str) -> Result<JoinRequest, Unusable> {
    let wrapped = WrappedJoinRequest::decode(BASE64.decode(text)?.as_slice())?;
    let bytes = match Compression::try_from(wrapped.compression) {
        Ok(Compression::None) => wrapped.join_request,
        Ok(Compression::Gzip) => {
            let mut bytes = vec![];
            let limit = u64::try_from(MAX_MESSAGE).unwrap_or(u64::MAX).saturating_add(1);
            GzDecoder::new(wrapped.join_request.as_slice()).take(limit).read_to_end(&mut bytes)?;
            bytes
        }
        Err(_) => return Err(Unusable::Unknown),
    };
    if bytes.len() > MAX_MESSAGE {
        return Err(Unusable::TooLong);
    }
    Ok(JoinRequest::decode(bytes.as_slice())?)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression as Level;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(vec![], Level::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn wrapped(compression: i32, join_request: Vec<u8>) -> String {
        BASE64.encode(WrappedJoinRequest { compression, join_request }.encode_to_vec())
    }

    #[test]
    fn plain_and_compressed_say_the_same_with_and_without_padding() {
        let request = JoinRequest { participant_sid: "PA_1".to_owned(), ..Default::default() };
        let bytes = request.encode_to_vec();
        for text in [wrapped(0, bytes.clone()), wrapped(1, gzip(&bytes))] {
            assert_eq!(read(&text).unwrap(), request);
            assert_eq!(read(text.trim_end_matches('=')).unwrap(), request);
        }
    }

    #[test]
    fn what_grows_too_long_is_refused_and_not_unpacked_further() {
        let long = JoinRequest { metadata: "m".repeat(MAX_MESSAGE), ..Default::default() };
        let bytes = long.encode_to_vec();
        for text in [wrapped(0, bytes.clone()), wrapped(1, gzip(&bytes))] {
            assert!(matches!(read(&text), Err(Unusable::TooLong)));
        }
        assert!(matches!(read(&wrapped(7, vec![])), Err(Unusable::Unknown)));
        assert!(matches!(read(&wrapped(1, vec![1, 2, 3])), Err(Unusable::Gzip(_))));
        assert!(matches!(read("%"), Err(Unusable::Base64(_))));
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "[A-Za-z0-9_=-]{0,400}", bytes in any::<Vec<u8>>()) {
            let _ = read(&text);
            let _ = read(&wrapped(1, bytes.clone()));
            let _ = read(&wrapped(1, gzip(&bytes)));
        }
    }
}
