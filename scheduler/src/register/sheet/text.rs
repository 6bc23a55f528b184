//! From the bytes of a file to its text.

use std::borrow::Cow;

use encoding_rs::{GB18030, UTF_16BE, UTF_16LE};

use super::no_table::NoTable;

/// How a file writes its signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    /// With its mark: what Excel calls Unicode text.
    Utf16,
    /// What Excel in China writes as CSV.
    Gb18030,
}

impl Encoding {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16 => "utf-16",
            Self::Gb18030 => "gb18030",
        }
    }
}

/// The text and how it was written. A mark at its beginning is taken away.
pub(super) fn decode(bytes: &[u8]) -> Result<(Encoding, Cow<'_, str>), NoTable> {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        let detail = "this is a workbook; in the spreadsheet choose Save as, then CSV UTF-8, and send that file";
        return Err(NoTable::new("workbook", detail));
    }
    let decoded = match bytes {
        [0xff, 0xfe, rest @ ..] => (Encoding::Utf16, strict(UTF_16LE, rest)),
        [0xfe, 0xff, rest @ ..] => (Encoding::Utf16, strict(UTF_16BE, rest)),
        [0xef, 0xbb, 0xbf, rest @ ..] => {
            (Encoding::Utf8, std::str::from_utf8(rest).ok().map(Cow::Borrowed))
        }
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => (Encoding::Utf8, Some(Cow::Borrowed(text))),
            Err(_) => (Encoding::Gb18030, strict(GB18030, bytes)),
        },
    };
    match decoded {
        (encoding, Some(text)) if !text.contains('\0') => Ok((encoding, text)),
        _ => {
            let detail = "this is no text that can be read; in the spreadsheet choose Save as, then CSV UTF-8, and send that file";
            Err(NoTable::new("not-text", detail))
        }
    }
}

/// A text as GB18030, which has every sign.
pub(crate) fn gb18030(text: &str) -> Cow<'_, [u8]> {
    GB18030.encode(text).0
}

/// Every sign must be one: a file that is something else is not half read.
fn strict<'b>(encoding: &'static encoding_rs::Encoding, bytes: &'b [u8]) -> Option<Cow<'b, str>> {
    encoding.decode_without_bom_handling_and_without_replacement(bytes)
}
