use http::{HeaderMap, header};

use crate::keys::Keys;
use crate::token::AccessToken;

/// The token of `Authorization: Bearer TOKEN` (RFC 6750, section 2.1), which may be empty; the scheme may be written in
/// any case (RFC 9110, section 11.1).
#[must_use]
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Whether a request brings a service token of this house, at so many seconds since 1970: the rooms among themselves do.
#[must_use]
pub fn is_service(headers: &HeaderMap, keys: &Keys, now_s: u64) -> bool {
    let token = AccessToken::read(bearer(headers).unwrap_or_default(), keys, now_s);
    token.is_ok_and(|it| it.is_service())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_is_read_in_any_case_and_nothing_else_is() {
        for (value, token) in [
            ("Bearer a.b.c", Some("a.b.c")),
            ("bearer  a.b.c ", Some("a.b.c")),
            ("Bearer ", Some("")),
            ("Bearer", None),
            ("Bearera.b.c", None),
            ("Basic YTpi", None),
            ("", None),
        ] {
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())]);
            assert_eq!(bearer(&headers), token, "{value}");
        }
        let not_text = http::HeaderValue::from_bytes(b"Bearer \xff").unwrap();
        assert_eq!(bearer(&HeaderMap::from_iter([(header::AUTHORIZATION, not_text)])), None);
        assert_eq!(bearer(&HeaderMap::new()), None);
    }
}
