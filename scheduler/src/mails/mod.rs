//! Invitations by mail: who is booked is told by iTIP (RFC 5546, 6047), and again when that changes or ends.
//!
//! What is to be told waits in the outbox of the store, written by the change itself (`store::mail_queue`). [`Sender`] takes
//! what is due, one scheduler of several at a time: it reads how things stand now, so that changes in quick succession make
//! one mail; settles the mail byte by byte in the store before it goes out, so that a repeat after a crash is the same mail;
//! and writes down what the server said.
//!
//! Modules, lowest first: `server` (SMTP), `agreed` (what a person is told, and whether that is new), `calendar_part`,
//! `words` (zh, en), `message` (MIME), `letterhead` (a mail of plain text), `sender`.

mod agreed;
mod calendar_part;
mod letterhead;
mod message;
mod sender;
mod server;
mod words;

pub(crate) use letterhead::Letterhead;
pub(crate) use sender::Sender;
pub(crate) use server::MailServer;
