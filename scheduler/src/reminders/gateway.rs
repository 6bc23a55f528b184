//! What takes messages over.

use std::future::Future;

use booking::UnixS;
use reminding::Channel;
use session::Language;

use crate::store::{Handing, StoreError};

/// One message to one person.
#[derive(Debug, Clone)]
pub(super) struct Message<'a> {
    /// The same message has the same key, however often it is handed over.
    pub(super) key: &'a str,
    pub(super) channel: Channel,
    pub(super) person_id: &'a str,
    /// What the person is called.
    pub(super) name: &'a str,
    /// A phone number, or a mail address.
    pub(super) to: &'a str,
    pub(super) language: Language,
    pub(super) subject: String,
    pub(super) text: String,
    /// When it may be sent.
    pub(super) not_before: UnixS,
    pub(super) not_after: UnixS,
}

/// What a gateway says to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Taken {
    /// It has it, and answers for it from now on.
    Accepted,
    /// It will never take it, as it says.
    Refused(String),
    /// It did not take it this time.
    NotNow(String),
}

/// Hands messages on: to a provider's program, to a mail server.
pub(super) trait MessageGateway {
    /// Takes a message over, within the change in which its step is marked. Handed over again under the same key it is the same
    /// message: it is accepted, and nothing more is sent.
    fn hand(
        &self,
        handing: &mut Handing,
        message: &Message<'_>,
    ) -> impl Future<Output = Result<Taken, StoreError>> + Send;
}
