use axum::http::{HeaderMap, header};

/// The cookie of a browser that is at the provider.
const COOKIE: &str = "shanqiao_provider";
/// `Lax`: the provider sends the browser back by a link, with which such a cookie comes along.
const ALWAYS: &str = "HttpOnly; SameSite=Lax; Path=/api/v1/login/provider";
/// How long a person may take at the provider, seconds.
const TRIP_S: u64 = 600;
/// Longest part that is read.
const PART_BYTES_MAX: usize = 128;

/// What somebody is at the provider for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To come in.
    Login,
    /// To have the account that one is in connected with one's identity there.
    Connect,
}

/// What a browser keeps while its person is at the provider. Nobody else can bring a code back in its stead (`state`), use a
/// code that was seen on the way (`verifier`), or pass off another answer (`nonce`).
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Trip {
    pub(crate) purpose: Purpose,
    pub(crate) state: String,
    pub(crate) nonce: String,
    pub(crate) verifier: String,
}

impl std::fmt::Debug for Trip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trip").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

impl Trip {
    /// The value of `Set-Cookie` for a trip that begins.
    pub(crate) fn set_cookie(&self, secure: bool) -> String {
        let purpose = match self.purpose {
            Purpose::Login => "login",
            Purpose::Connect => "connect",
        };
        let value = [purpose, &self.state, &self.nonce, &self.verifier].join(".");
        format!("{COOKIE}={value}; Max-Age={TRIP_S}; {ALWAYS}{}", suffix(secure))
    }

    /// The value of `Set-Cookie` that makes a browser forget.
    pub(crate) fn clear_cookie(secure: bool) -> String {
        format!("{COOKIE}=; Max-Age=0; {ALWAYS}{}", suffix(secure))
    }

    /// The trip that a request brings; the first that has the form of one.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let lists =
            headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
        let pairs = lists.flat_map(|list| list.split(';')).filter_map(|pair| pair.split_once('='));
        pairs
            .filter(|(name, _)| name.trim() == COOKIE)
            .find_map(|(_, value)| Self::read(value.trim()))
    }

    fn read(value: &str) -> Option<Self> {
        let mut parts = value.split('.');
        let purpose = match parts.next()? {
            "login" => Purpose::Login,
            "connect" => Purpose::Connect,
            _ => return None,
        };
        let mut part = || {
            let text = parts.next().filter(|text| (1..=PART_BYTES_MAX).contains(&text.len()))?;
            let plain =
                |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~');
            text.bytes().all(plain).then(|| text.to_owned())
        };
        let (state, nonce, verifier) = (part()?, part()?, part()?);
        parts.next().is_none().then_some(Self { purpose, state, nonce, verifier })
    }
}

const fn suffix(secure: bool) -> &'static str {
    if secure { "; Secure" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(cookie: &str) -> HeaderMap {
        [(header::COOKIE, cookie.parse().unwrap())].into_iter().collect()
    }

    #[test]
    fn a_trip_is_read_as_it_was_kept_and_nothing_else_is_one() {
        let part = |text: &str| text.to_owned();
        let (state, nonce, verifier) = (part("s-t_A0"), part("n"), part("v~"));
        for purpose in [Purpose::Login, Purpose::Connect] {
            let trip = Trip {
                purpose,
                state: state.clone(),
                nonce: nonce.clone(),
                verifier: verifier.clone(),
            };
            let kept = trip.set_cookie(true);
            assert!(kept.contains("HttpOnly; SameSite=Lax") && kept.ends_with("; Secure"));
            let sent = kept.split(';').next().unwrap();
            assert_eq!(Trip::of(&with(&format!("a=b; {sent}"))), Some(trip.clone()));
            assert!(!format!("{trip:?}").contains("s-t_A0"));
        }
        let long = format!("{COOKIE}=login.{}.n.v", "s".repeat(PART_BYTES_MAX + 1));
        for wrong in ["", "other=login.s.n.v", &long] {
            assert_eq!(Trip::of(&with(wrong)), None, "{wrong}");
        }
        for wrong in
            ["", "login", "login.s.n", "login..n.v", "login.s.n.v.x", "in.s.n.v", "login.s.n.\"v\""]
        {
            assert_eq!(Trip::of(&with(&format!("{COOKIE}={wrong}"))), None, "{wrong}");
        }
        assert!(Trip::clear_cookie(false).contains("Max-Age=0"));
    }
}
