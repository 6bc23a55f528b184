//! Who writes, for mails of plain text that others put into the outbox.

use booking::UnixS;
use lettre::Address;

use super::message::{Addressed, plain};
use super::server::MailServer;

/// Who writes, and where our pages are.
#[derive(Debug, Clone)]
pub(crate) struct Letterhead {
    from: Address,
    from_name: String,
    own_url: String,
}

impl Letterhead {
    pub(crate) fn of(server: &MailServer) -> Self {
        Self {
            from: server.from.clone(),
            from_name: server.from_name.clone(),
            own_url: server.own_url.clone(),
        }
    }

    /// A mail of this text with the address of our pages below; the same `id` makes the same message id.
    ///
    /// # Errors
    /// Why the mail cannot be written, as where the address is none.
    pub(crate) fn plain(
        &self,
        (id, at): (&str, UnixS),
        to: (&str, &str),
        (subject, text): (&str, &str),
    ) -> Result<String, String> {
        let addressed = Addressed { id, at, from: (&self.from_name, &self.from), to };
        plain(&addressed, subject, &format!("{text}\n\n{}/#/home\n", self.own_url))
    }
}
