//! Webhooks: where messages may go, how they are signed (Standard Webhooks 1.0), when one is tried again, and one try.

mod addresses;
mod backoff;
mod counters;
mod names;
mod secret;
mod sender;
mod target;

pub(crate) use backoff::{GIVE_UP_S, wait_s};
pub(crate) use counters::Counters;
pub(crate) use names::Lookup;
pub(crate) use secret::SigningSecret;
pub(crate) use sender::{Failure, Message, SendSettings, Sender, Tried, Turn};
pub(crate) use target::{BadTarget, URL_BYTES_MAX};
