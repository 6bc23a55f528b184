//! The web client, inside the program.

use std::borrow::Cow;

use axum::extract::Request;
use axum::http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, ETAG, HOST, IF_NONE_MATCH, REFERRER_POLICY, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

/// The built client; a checkout that was built by cargo alone has none.
#[derive(RustEmbed)]
#[folder = "../../web-client/dist"]
#[allow_missing = true]
struct Dist;

const NOT_BUILT: &str =
    "The web client is not in this program. Run `make build`, then start it again.\n";

/// Pages of the client, which lie behind `#`: who types or cuts an address is brought there.
const PAGES: [&str; 9] =
    ["home", "join", "room", "book", "replay", "setup", "password", "account", "t"];

/// What a person sees at an address that nothing has; programs get the English sentence.
const NO_PAGE: &str = "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\">\
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>山桥 Shanqiao</title>\
<h1>没有这一页</h1><p>地址可能写错了。<a href=\"/\">回到首页</a></p>\
<h1 lang=\"en\">There is no such page</h1><p lang=\"en\">The address may have a mistake. <a href=\"/\">Go to the start page</a></p>";

/// Answers any path that no room has: a file of the client, the client itself at `/`, or 404.
pub(crate) async fn serve(request: Request) -> Response {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return (StatusCode::METHOD_NOT_ALLOWED, "This address can only be read.\n")
            .into_response();
    }
    let path = match request.uri().path().trim_start_matches('/') {
        "" => "index.html",
        path => path,
    };
    let Some(plain) = Dist::get(path) else {
        return match path {
            "index.html" => (StatusCode::SERVICE_UNAVAILABLE, NOT_BUILT).into_response(),
            path => no_such_file(path, request.headers()),
        };
    };
    answer(path, plain, request.headers())
}

/// Brings a person to the page that is meant, or says in both languages that there is none.
fn no_such_file(path: &str, asked: &HeaderMap) -> Response {
    let first = path.split('/').next().unwrap_or("");
    if PAGES.contains(&first)
        && path.bytes().all(|it| it.is_ascii_alphanumeric() || b"/-".contains(&it))
    {
        return Redirect::to(&format!("/#/{path}")).into_response();
    }
    let reads_pages = asked
        .get(ACCEPT)
        .and_then(|it| it.to_str().ok())
        .is_some_and(|it| it.contains("text/html"));
    if !reads_pages {
        return (StatusCode::NOT_FOUND, "There is no such page. The start page is /\n")
            .into_response();
    }
    let mut headers = HeaderMap::new();
    guard(&mut headers, asked);
    (StatusCode::NOT_FOUND, headers, Html(NO_PAGE)).into_response()
}

fn answer(path: &str, plain: EmbeddedFile, asked: &HeaderMap) -> Response {
    let tag = tag(&plain);
    let packed = PACKED
        .iter()
        .filter(|(encoding, _)| takes(encoding, asked))
        .find_map(|(encoding, ending)| Some((*encoding, Dist::get(&format!("{path}.{ending}"))?)));
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type(path)));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache(path)));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    headers.extend(tag.clone().map(|it| (ETAG, it)));
    guard(&mut headers, asked);
    if tag.is_some() && asked.get(IF_NONE_MATCH) == tag.as_ref() {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    let body: Cow<'static, [u8]> = match packed {
        Some((encoding, file)) => {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
            file.data
        }
        None => plain.data,
    };
    (headers, body).into_response()
}

/// Encodings that the build has packed files in, the smallest first, and how their names end.
const PACKED: [(&str, &str); 2] = [("br", "br"), ("gzip", "gz")];

fn takes(encoding: &str, asked: &HeaderMap) -> bool {
    let encodings = asked.get(ACCEPT_ENCODING).and_then(|it| it.to_str().ok()).unwrap_or("");
    encodings.split(',').any(|it| {
        let (name, weight) = it.split_once(';').unwrap_or((it, ""));
        name.trim() == encoding && weight.replace(' ', "") != "q=0"
    })
}

fn tag(file: &EmbeddedFile) -> Option<HeaderValue> {
    let hash = file.metadata.sha256_hash();
    let hash: String = hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    // Weak, because the packed forms and the plain form share it (RFC 9110, section 8.8.1).
    HeaderValue::from_str(&format!("W/\"{hash}\"")).ok()
}

/// Files under `assets/` carry a hash of their content in the name; all others are asked for again.
fn cache(path: &str) -> &'static str {
    if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" }
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or("") {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "webmanifest" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// The page may use its own origin and nothing else; camera and microphone are its own as well.
fn guard(headers: &mut HeaderMap, asked: &HeaderMap) {
    // Chromium 72 to 80 do not read 'self' as covering WebSockets, so they are named by this host.
    let host = asked.get(HOST).and_then(|it| it.to_str().ok()).unwrap_or("");
    let plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '-' | ':' | '[' | ']');
    let sockets = match host {
        host if !host.is_empty() && host.chars().all(plain) => format!(" ws://{host} wss://{host}"),
        _ => String::new(),
    };
    let policy = format!(
        "default-src 'self'; connect-src 'self'{sockets}; img-src 'self' data: blob:; \
         media-src 'self' blob: mediastream:; object-src 'none'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'"
    );
    headers.extend(HeaderValue::from_str(&policy).ok().map(|it| (CONTENT_SECURITY_POLICY, it)));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(self), microphone=(self), geolocation=()"),
    );
    headers.insert(
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let named = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        pairs.iter().map(named).collect()
    }

    #[test]
    fn files_are_packed_as_the_browser_takes_them() {
        for (encodings, brotli, gzip) in [
            ("gzip, deflate, br", true, true),
            ("br;q=1.0", true, false),
            ("br; q=0", false, false),
            ("gzip, deflate", false, true),
            ("brotli", false, false),
        ] {
            let asked: HeaderMap = asked(&[("accept-encoding", encodings)]);
            assert_eq!(takes("br", &asked), brotli, "{encodings}");
            assert_eq!(takes("gzip", &asked), gzip, "{encodings}");
        }
    }

    #[test]
    fn hashed_names_are_kept_and_the_page_is_asked_for_again() {
        assert!(cache("assets/index-1a2b.js").contains("immutable"));
        assert_eq!(cache("index.html"), "no-cache");
    }

    #[test]
    fn a_strange_host_does_not_enter_the_policy() {
        let policy = |host: &'static str| {
            let mut headers = HeaderMap::new();
            guard(&mut headers, &asked(&[("host", host)]));
            headers.get(CONTENT_SECURITY_POLICY).unwrap().to_str().unwrap().to_owned()
        };
        assert!(policy("127.0.0.1:8080").contains("ws://127.0.0.1:8080"));
        assert!(!policy("a; script-src *").contains("script-src"));
    }

    #[tokio::test]
    async fn only_reading_is_answered() {
        let request = |method: Method, path: &str| {
            Request::builder().method(method).uri(path).body(axum::body::Body::empty()).unwrap()
        };
        assert_eq!(
            serve(request(Method::POST, "/")).await.status(),
            StatusCode::METHOD_NOT_ALLOWED
        );
        assert_eq!(serve(request(Method::GET, "/nothing")).await.status(), StatusCode::NOT_FOUND);
        let found = serve(request(Method::GET, "/join/0199-a?x=%22")).await;
        assert_eq!(
            (found.status(), &found.headers()["location"]),
            (StatusCode::SEE_OTHER, &HeaderValue::from_static("/#/join/0199-a"))
        );
        for strange in ["/home/%2e%2e//evil", "/homes", "/room/<b>"] {
            let Ok(request) = Request::get(strange).body(axum::body::Body::empty()) else {
                continue;
            };
            assert_eq!(serve(request).await.status(), StatusCode::NOT_FOUND, "{strange}");
        }
        let person = Request::get("/nothing").header(ACCEPT, "text/html,*/*;q=0.8");
        let page = serve(person.body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!(page.status(), StatusCode::NOT_FOUND);
        let text = axum::body::to_bytes(page.into_body(), 4096).await.unwrap();
        let text = String::from_utf8(text.to_vec()).unwrap();
        assert!(text.contains("没有这一页") && text.contains("no such page"), "{text}");
        assert_eq!(
            serve(request(Method::GET, "/../Cargo.toml")).await.status(),
            StatusCode::NOT_FOUND
        );
    }
}
