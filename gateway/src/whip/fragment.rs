//! What is read of an `application/trickle-ice-sdpfrag` (RFC 8840, section 9): the client's
//! credentials. Candidates are not: an ICE-lite agent answers where the checks come from.

use signalling::words::visit::Fragment;

/// Longest user fragment or password (RFC 8839, section 5.4).
const WORD_MAX: usize = 256;

/// Reads a fragment; `None` if it is none.
pub(crate) fn read(body: &str) -> Option<Fragment> {
    let mut found = Fragment::default();
    for line in body.lines().filter(|line| !line.is_empty()) {
        let (key, value) = line.split_once('=')?;
        if key.len() != 1 || line.chars().any(char::is_control) {
            return None;
        }
        match value.split_once(':') {
            Some(("ice-ufrag", value)) if key == "a" => found.ufrag = Some(word(value, 4)?),
            Some(("ice-pwd", value)) if key == "a" => found.pwd = Some(word(value, 22)?),
            _ => {}
        }
    }
    Some(found)
}

/// Ice-chars, in the number that RFC 8839, section 5.4, allows.
fn word(value: &str, least: usize) -> Option<String> {
    let value = value.trim();
    let fits = (least..=WORD_MAX).contains(&value.len());
    let chars =
        value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'));
    (fits && chars).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_read_and_candidates_are_skipped() {
        let body = "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n\
                    a=candidate:1 1 udp 1 192.0.2.1 61764 typ host\r\na=end-of-candidates\r\n";
        let read = read(body).unwrap();
        assert_eq!(read.ufrag.as_deref(), Some("EsAw"));
        assert_eq!(read.pwd.as_deref(), Some("P2uYro0UCOQ4zxjKXaWCBui1"));
    }

    #[test]
    fn what_is_no_fragment_is_refused() {
        for body in ["hello", "a=ice-ufrag:abc", "a=ice-ufrag:a b c", "ab=c", "a=ice-pwd:short"] {
            assert_eq!(read(body), None, "{body}");
        }
        assert_eq!(read(""), Some(Fragment::default()));
    }
}
