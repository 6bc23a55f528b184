//! A mail as bytes: text, HTML and calendar part as alternatives (RFC 2046, RFC 6047).

use std::time::{Duration, UNIX_EPOCH};

use booking::UnixS;
use calendar::Method;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder, MultiPart, SinglePart};
use lettre::{Address, Message};

use super::words::Letter;

/// Who writes and to whom.
#[derive(Debug, Clone, Copy)]
pub(super) struct Addressed<'a> {
    /// Of the entry of the outbox: every try is the same message.
    pub(super) id: &'a str,
    pub(super) at: UnixS,
    pub(super) from: (&'a str, &'a Address),
    pub(super) to: (&'a str, &'a str),
}

/// A text of a header in which nothing looks like an encoded word (RFC 2047), which readers would take for another text.
fn unencoded(text: &str) -> String {
    text.replace("=?", "= ?")
}

/// The whole message, ASCII.
pub(super) fn message(
    addressed: &Addressed<'_>,
    letter: &Letter,
    (method, calendar): (Method, String),
) -> Result<String, String> {
    let to: Address = addressed.to.1.parse().map_err(|_| "the address is no mail address")?;
    let kind =
        format!("text/calendar; charset=utf-8; method={}; component=VEVENT", method.as_str());
    let kind = ContentType::parse(&kind).map_err(|error| error.to_string())?;
    let part = |kind: ContentType, body: String| SinglePart::builder().header(kind).body(body);
    let parts = MultiPart::alternative()
        .singlepart(part(ContentType::TEXT_PLAIN, letter.plain.clone()))
        .singlepart(part(ContentType::TEXT_HTML, letter.html.clone()))
        .singlepart(part(kind, calendar));
    whole(headed(addressed, to, &letter.subject).multipart(parts))
}

/// A message of plain text alone, ASCII.
pub(super) fn plain(
    addressed: &Addressed<'_>,
    subject: &str,
    text: &str,
) -> Result<String, String> {
    let to: Address = addressed.to.1.parse().map_err(|_| "the address is no mail address")?;
    let part = SinglePart::builder().header(ContentType::TEXT_PLAIN).body(text.to_owned());
    whole(headed(addressed, to, subject).singlepart(part))
}

/// The headers of a message.
fn headed(addressed: &Addressed<'_>, to: Address, subject: &str) -> MessageBuilder {
    let mailbox = |name: &str, address: Address| {
        let name: String = unencoded(name).chars().filter(|sign| !sign.is_control()).collect();
        Mailbox::new(Some(name).filter(|name| !name.is_empty()), address)
    };
    let (name, from) = addressed.from;
    // No answer of a machine is wanted, and none comes to one (RFC 3834).
    let automatic = HeaderValue::new(
        HeaderName::new_from_ascii_str("Auto-Submitted"),
        "auto-generated".to_owned(),
    );
    Message::builder()
        .message_id(Some(format!("<{}@{}>", addressed.id, from.domain())))
        .date(UNIX_EPOCH + Duration::from_secs(addressed.at.0))
        .from(mailbox(name, from.clone()))
        .to(mailbox(addressed.to.0, to))
        .subject(unencoded(subject))
        .raw_header(automatic)
}

fn whole(message: Result<Message, lettre::error::Error>) -> Result<String, String> {
    let message = message.map_err(|error| error.to_string())?;
    let text = String::from_utf8(message.formatted()).map_err(|error| error.to_string())?;
    if text.is_ascii() { Ok(text) } else { Err("the message is not ASCII".to_owned()) }
}
