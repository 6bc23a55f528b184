//! Reminders by mail: they wait in the outbox of mails like any other, written in the change that marks the step.

use booking::UnixS;

use super::gateway::{Message, MessageGateway, Taken};
use crate::mails::Letterhead;
use crate::store::{Handing, SettledMail, StoreError};

/// Puts reminders into the outbox.
#[derive(Debug)]
pub(crate) struct MailGateway {
    letterhead: Letterhead,
}

impl MailGateway {
    pub(crate) const fn new(letterhead: Letterhead) -> Self {
        Self { letterhead }
    }

    fn mail(&self, message: &Message<'_>, now: UnixS) -> Result<SettledMail, String> {
        let to = (message.name, message.to);
        let text = self.letterhead.plain((message.key, now), to, (&message.subject, &message.text));
        Ok(SettledMail { recipient: message.to.to_owned(), message: text? })
    }
}

impl MessageGateway for MailGateway {
    async fn hand(
        &self,
        handing: &mut Handing,
        message: &Message<'_>,
    ) -> Result<Taken, StoreError> {
        let now = message.not_before;
        let mail = match self.mail(message, now) {
            Ok(mail) => mail,
            Err(why) => return Ok(Taken::Refused(why)),
        };
        let queued = handing.queue_mail(message.person_id, &mail, now).await?;
        Ok(match queued {
            true => Taken::Accepted,
            false => Taken::NotNow("as many mails wait as may".to_owned()),
        })
    }
}
