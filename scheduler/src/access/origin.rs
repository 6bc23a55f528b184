use axum::http::{HeaderMap, HeaderValue, header};

/// A page of another site, or nobody that can be told from one, made the browser send this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Foreign;

/// A header of ours that no form of another site can send; with it a request needs no JSON body.
const OWN_HEADER: &str = "x-requested-with";

/// Holds a request that changes something, for who is known by a cookie, against being made by another site's page:
/// * the browser says where it comes from (`Sec-Fetch-Site`; older ones, and all on plain http, `Origin`), and
/// * it has what a page of another site could only send after asking us, which we never allow: a JSON body or our header.
pub(crate) fn check_origin(headers: &HeaderMap) -> Result<(), Foreign> {
    if is_of_this_site(headers) && is_scripted(headers) { Ok(()) } else { Err(Foreign) }
}

fn is_of_this_site(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin";
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let origin = origin.to_str().ok().and_then(|it| it.split_once("://"));
    let Some((_, origin)) = origin else { return false };
    // A proxy in front may write its own name into `Host`, and the browser's into the other.
    let named = [headers.get(header::HOST), headers.get("x-forwarded-host")];
    named.into_iter().flatten().any(|host| host.as_bytes().eq_ignore_ascii_case(origin.as_bytes()))
}

fn is_scripted(headers: &HeaderMap) -> bool {
    let json = |value: &str| {
        let media = value.split(';').next().unwrap_or_default().trim();
        media.eq_ignore_ascii_case("application/json")
    };
    let content = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    headers.contains_key(OWN_HEADER) || content.is_some_and(json)
}

/// Where the page that asks is from (RFC 6454), as the browser says with whatever changes something. A program that is no
/// browser does not say so: what it asks for is this server by plain http.
pub(crate) fn origin_of(headers: &HeaderMap) -> String {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    match (text(header::ORIGIN), text(header::HOST)) {
        (Some(origin), _) => origin.to_owned(),
        (None, Some(host)) => format!("http://{host}"),
        (None, None) => String::new(),
    }
}

/// Whether the page that asks came by https, to us or to a proxy in front: the browser says so with whatever changes
/// something. Who claims it falsely has a cookie that its own browser does not send.
pub(crate) fn is_secure(headers: &HeaderMap) -> bool {
    let starts = |name: &str, with: &[u8]| {
        headers.get(name).is_some_and(|value| value.as_bytes().starts_with(with))
    };
    starts("origin", b"https://") || starts("x-forwarded-proto", b"https")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderName;

    fn with(headers: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), value.parse().unwrap())
        };
        headers.iter().map(pair).collect()
    }

    #[test]
    fn our_own_page_passes_and_others_do_not() {
        let json = ("content-type", "application/json; charset=utf-8");
        let own = ("x-requested-with", "shanqiao");
        let host = ("host", "a.example:8443");
        let at = |origin| ("origin", origin);
        for (headers, passes) in [
            (vec![json], true),
            (vec![own], true),
            (vec![], false),
            (vec![("content-type", "text/plain"), ("sec-fetch-site", "same-origin")], false),
            (vec![json, ("sec-fetch-site", "same-origin"), at("https://other"), host], true),
            (vec![json, ("sec-fetch-site", "same-site")], false),
            (vec![own, ("sec-fetch-site", "cross-site")], false),
            (vec![own, ("sec-fetch-site", "none")], false),
            (vec![own, at("https://a.example:8443"), host], true),
            (vec![own, at("http://A.example:8443"), host], true),
            (vec![own, at("https://a.example"), host], false),
            (vec![own, at("https://a.example:8443.evil"), host], false),
            (vec![own, at("null"), host], false),
            (vec![own, at("https://b.example"), host], false),
            (vec![own, at("https://b.example"), host, ("x-forwarded-host", "b.example")], true),
        ] {
            assert_eq!(check_origin(&with(&headers)).is_ok(), passes, "{headers:?}");
        }
    }

    #[test]
    fn the_origin_is_what_the_browser_says_or_else_this_host() {
        let host = ("host", "a.example:8080");
        assert_eq!(origin_of(&with(&[host, ("origin", "https://b.example")])), "https://b.example");
        assert_eq!(origin_of(&with(&[host])), "http://a.example:8080");
        assert_eq!(origin_of(&with(&[])), "");
    }

    #[test]
    fn https_is_known_by_what_the_browser_or_the_proxy_says() {
        assert!(is_secure(&with(&[("origin", "https://a")])));
        assert!(is_secure(&with(&[("x-forwarded-proto", "https"), ("origin", "http://a")])));
        assert!(!is_secure(&with(&[("origin", "http://a")])) && !is_secure(&with(&[])));
    }
}
