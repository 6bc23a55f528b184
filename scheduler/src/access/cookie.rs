use axum::http::{HeaderMap, header};

use super::secret::Secret;

/// Which login a browser has.
const COOKIE: &str = "shanqiao_login";
/// Which browser it is in which guests came in; it says nothing else.
const GUEST_COOKIE: &str = "shanqiao_guest";
/// Which device of a terminal it is.
const DEVICE_COOKIE: &str = "shanqiao_device";
/// No script reads them, no other site's page has them sent along with what changes anything.
const ALWAYS: &str = "HttpOnly; SameSite=Lax";
/// A guest's browser keeps it for a day: no session is longer.
const GUEST_LIFE_S: u64 = 24 * 3600;

/// The value of `Set-Cookie` for a login that lasts so long; `secure` where the page came by https.
pub(crate) fn set_cookie(login: &Secret, life_s: u64, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{COOKIE}={}; Max-Age={life_s}; {ALWAYS}; Path=/api{secure}", login.as_str())
}

/// The value of `Set-Cookie` for a browser in which a guest comes in; `secure` where the page came by https. Only what is
/// for guests sees it.
pub(crate) fn set_guest_cookie(browser: &Secret, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    let path = "Path=/api/v1/guest";
    format!("{GUEST_COOKIE}={}; Max-Age={GUEST_LIFE_S}; {ALWAYS}; {path}{secure}", browser.as_str())
}

/// The value of `Set-Cookie` for a device that shows its key again after so long; `secure` where the page came by https.
/// Only what is for devices sees it.
pub(crate) fn set_device_cookie(login: &Secret, life_s: u64, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    let path = "Path=/api/v1/device";
    format!("{DEVICE_COOKIE}={}; Max-Age={life_s}; {ALWAYS}; {path}{secure}", login.as_str())
}

/// The value of `Set-Cookie` that makes a browser forget.
pub(crate) fn clear_cookie(secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{COOKIE}=; Max-Age=0; {ALWAYS}; Path=/api{secure}")
}

/// The secret of the login that a request brings; the first that has the form of one.
pub(crate) fn cookie_secret(headers: &HeaderMap) -> Option<Secret> {
    named(COOKIE, headers)
}

/// The secret of the guest's browser that a request comes from.
pub(crate) fn guest_cookie_secret(headers: &HeaderMap) -> Option<Secret> {
    named(GUEST_COOKIE, headers)
}

/// The secret that a device came in with.
pub(crate) fn device_cookie_secret(headers: &HeaderMap) -> Option<Secret> {
    named(DEVICE_COOKIE, headers)
}

/// The value of a cookie of this name (RFC 6265, section 4.2.1).
fn named(cookie: &str, headers: &HeaderMap) -> Option<Secret> {
    let lists = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let pairs = lists.flat_map(|list| list.split(';')).filter_map(|pair| pair.split_once('='));
    pairs
        .filter(|(name, _)| name.trim() == cookie)
        .find_map(|(_, value)| Secret::read(value.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(cookies: &[&str]) -> HeaderMap {
        let value = |it: &&str| (header::COOKIE, it.parse().unwrap());
        cookies.iter().map(value).collect()
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let secret = Secret::random();
        let own = format!("{COOKIE}={}", secret.as_str());
        for cookies in [
            vec![own.as_str()],
            vec!["a=b; c", own.as_str()],
            vec![&format!("a=b;{own} ; {COOKIE}=x")],
            vec![&format!("{COOKIE}=; x{own}; {own}")],
        ] {
            assert_eq!(cookie_secret(&sent(&cookies)), Some(secret.clone()), "{cookies:?}");
        }
        for cookies in [vec![], vec!["", ";;=;"], vec![COOKIE], vec![&format!("x{own}")]] {
            assert_eq!(cookie_secret(&sent(&cookies)), None, "{cookies:?}");
        }
    }

    #[test]
    fn it_is_hidden_from_scripts_other_sites_and_other_paths_and_from_plain_http_behind_tls() {
        let secret = Secret::random();
        let plain = set_cookie(&secret, 60, false);
        let expected =
            format!("{COOKIE}={}; Max-Age=60; HttpOnly; SameSite=Lax; Path=/api", secret.as_str());
        assert_eq!(plain, expected);
        assert_eq!(set_cookie(&secret, 60, true), format!("{plain}; Secure"));
        let guest = set_guest_cookie(&secret, true);
        assert!(
            guest.ends_with("; Max-Age=86400; HttpOnly; SameSite=Lax; Path=/api/v1/guest; Secure")
        );
        let device = set_device_cookie(&secret, 60, true);
        assert!(device.starts_with("shanqiao_device=") && device.contains("Max-Age=60; HttpOnly"));
        assert!(device.ends_with("; SameSite=Lax; Path=/api/v1/device; Secure"));
        assert!(clear_cookie(true).starts_with(&format!("{COOKIE}=; Max-Age=0; HttpOnly")));
    }
}
