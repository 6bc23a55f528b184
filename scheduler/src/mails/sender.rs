//! The task that sends what the outbox holds.

use std::sync::Arc;
use std::time::Duration;

use booking::UnixS;
use calendar::Party;
use lettre::transport::smtp::client::SmtpConnection;
use session::Language;

use super::agreed::{Standing, Telling};
use super::calendar_part::{Around, calendar_part};
use super::message::{Addressed, message};
use super::server::{MailServer, NotConnected, Said, leave};
use super::words::{Setting, letter};
use crate::api::App;
use crate::metrics::MailOutcome;
use crate::store::{DueMail, MailFacts, MailSubject, SettledMail, StoreError};

/// How often the outbox is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// Mails that one look sends; the rest at the next one.
const MAILS_AT_ONCE_MAX: usize = 200;
/// For how long one of several schedulers is the one who sends, seconds: longer than a mail may take.
const HELD_S: u64 = 300;
/// The first pause after a mail was not taken or the server was away, doubled each time up to the longest, seconds.
const PAUSE_S: u64 = 60;
const PAUSE_S_MAX: u64 = 3_600;
/// After so long a mail that was not taken is given up, seconds.
const GIVEN_UP_S: u64 = 2 * 86_400;

/// Who sends mails.
pub(crate) struct Sender {
    app: Arc<App>,
    server: MailServer,
    /// Who of several schedulers this one is.
    holder: String,
    /// How often in a row the server was away, and until when it is left alone.
    away: u32,
    not_before: UnixS,
}

impl Sender {
    pub(crate) fn new(app: Arc<App>, server: MailServer) -> Self {
        let holder = uuid::Uuid::now_v7().to_string();
        Self { app, server, holder, away: 0, not_before: UnixS(0) }
    }

    /// Runs until it is aborted: what was being sent then is sent again at the next start, as the same message.
    pub(crate) async fn run(mut self) {
        loop {
            tokio::time::sleep(LOOK).await;
            if let Err(error) = self.look().await {
                tracing::warn!(%error, "mails.store");
            }
        }
    }

    /// Sends what is due, if no other scheduler does.
    async fn look(&mut self) -> Result<(), StoreError> {
        let now = self.app.now();
        let (waiting, due, dropped) = self.app.store.mails_waiting(now).await?;
        self.app.metrics.mails_waiting(waiting, dropped);
        if !due || now < self.not_before || !self.hold().await? {
            return Ok(());
        }
        let mut connection = None;
        for _ in 0..MAILS_AT_ONCE_MAX {
            let Some(due) = self.app.store.due_mail(self.app.now()).await? else { break };
            if !self.hold().await? || !self.handle(&due, &mut connection).await? {
                break;
            }
        }
        if let Some(connection) = connection {
            leave(connection).await;
        }
        self.app.store.release_mails(&self.holder).await
    }

    async fn hold(&self) -> Result<bool, StoreError> {
        let now = self.app.now();
        self.app.store.hold_mails(&self.holder, now, now.plus(HELD_S)).await
    }

    /// Does what is to be done for one entry; `false` if the server is away.
    async fn handle(
        &mut self,
        due: &DueMail,
        connection: &mut Option<SmtpConnection>,
    ) -> Result<bool, StoreError> {
        let now = self.app.now();
        if now.since(due.queued) > GIVEN_UP_S && due.tries > 0 {
            let why = "the mail server did not take it for two days";
            self.app.store.mail_failed(&due.id, ("given_up", why), now).await?;
            self.app.metrics.mail(MailOutcome::GivenUp);
            return Ok(true);
        }
        let telling = match due.settled {
            Some(_) => None,
            None => match self.telling(due, now).await? {
                Some(telling) if due.recipient.mail.is_some() => Some(telling),
                _ => {
                    self.app.store.forget_mail(due).await?;
                    self.app.metrics.mail(MailOutcome::Nothing);
                    return Ok(true);
                }
            },
        };
        // What is not settled yet goes on gathering changes while the server is away.
        if connection.is_none() {
            *connection = self.connect(now).await;
        }
        if connection.is_none() {
            return Ok(false);
        }
        let mail = match (&due.settled, telling) {
            (Some(mail), _) => mail.clone(),
            (None, Some(telling)) => match self.settle(due, &telling, now).await? {
                Some(mail) => mail,
                None => return Ok(true),
            },
            (None, None) => return Ok(true),
        };
        let Some(open) = connection.take() else { return Ok(false) };
        let (said, open) = self.server.send(open, &mail).await;
        *connection = open;
        let answers = !matches!(said, Said::Unknown(_));
        self.note(due, said).await?;
        // A server that falls silent over one mail would over the next ones.
        if !answers {
            self.leave_alone(now);
        }
        Ok(answers)
    }

    /// What there is to tell, as things stand now.
    async fn telling(&self, due: &DueMail, now: UnixS) -> Result<Option<Telling>, StoreError> {
        let person_id = &due.recipient.id;
        let standing = match &due.subject {
            MailSubject::Session(id) => {
                let found = self.app.store.session(id).await?;
                found.map(|session| Standing::of_session(&session, person_id))
            }
            MailSubject::Series(id) => {
                let found = self.app.store.series_with_sessions(id).await?;
                found.map(|(series, sessions)| Standing::of_series(&series, &sessions, person_id))
            }
        };
        standing.map_or(Ok(None), |standing| standing.telling(due, now))
    }

    /// Writes down what is sent for an entry; none if it changed meanwhile.
    async fn settle(
        &self,
        due: &DueMail,
        telling: &Telling,
        now: UnixS,
    ) -> Result<Option<SettledMail>, StoreError> {
        let recipient = due.recipient.mail.clone().unwrap_or_default();
        let facts = MailFacts {
            method: telling.method_word(),
            sequence: telling.sequence,
            terms: telling.terms()?,
        };
        let message = match self.written(due, telling, (&recipient, now)) {
            Ok(message) => message,
            Err(why) => {
                self.app.store.mail_failed(&due.id, ("refused", &why), now).await?;
                self.app.metrics.mail(MailOutcome::Refused);
                return Ok(None);
            }
        };
        let mail = SettledMail { recipient, message };
        let settled = self.app.store.settle_mail(due, (&mail, &facts), (&self.holder, now)).await?;
        Ok(settled.then_some(mail))
    }

    fn written(
        &self,
        due: &DueMail,
        telling: &Telling,
        (recipient, now): (&str, UnixS),
    ) -> Result<String, String> {
        let own = &self.server.own_url;
        let language = due.recipient.language.parse().unwrap_or(Language::Chinese);
        let name = due.recipient.names.in_language(language);
        let url = match &telling.session_id {
            Some(id) => format!("{own}/#/join/{id}"),
            None => format!("{own}/#/home"),
        };
        let setting = Setting {
            zone: &self.app.zone,
            language,
            name,
            reason: due.reason.as_deref(),
            url: &url,
            account_url: &format!("{own}/#/account"),
            now,
        };
        let letter = letter(telling, &setting);
        let from = self.server.from.to_string();
        let around = Around {
            made: now,
            organizer: Party { name: &self.server.from_name, mail: &from },
            attendee: Party { name, mail: recipient },
            url: &url,
            description: &letter.description,
            language,
        };
        let addressed = Addressed {
            id: &due.id,
            at: now,
            from: (&self.server.from_name, &self.server.from),
            to: (name, recipient),
        };
        message(&addressed, &letter, (telling.method, calendar_part(telling, &around)))
    }

    async fn connect(&mut self, now: UnixS) -> Option<SmtpConnection> {
        match self.server.connect().await {
            Ok(connection) => {
                if self.away > 0 {
                    tracing::info!("mails.server_back");
                }
                self.away = 0;
                Some(connection)
            }
            Err(NotConnected { why, is_untrusted }) => {
                if is_untrusted {
                    self.app.metrics.mail_server_untrusted.inc();
                }
                if self.away == 0 && is_untrusted {
                    tracing::warn!(
                        why,
                        "mails.server_untrusted: nothing is sent; it is tried again"
                    );
                } else if self.away == 0 {
                    tracing::warn!(why, "mails.server_away: it is tried again");
                }
                self.leave_alone(now);
                None
            }
        }
    }

    /// The server is away: it is tried again after a while.
    fn leave_alone(&mut self, now: UnixS) {
        self.app.metrics.mail_server_away.inc();
        self.not_before = now.plus(pause_s(self.away));
        self.away = self.away.saturating_add(1);
    }

    /// Writes down what the server said to an entry.
    async fn note(&self, due: &DueMail, said: Said) -> Result<(), StoreError> {
        let (store, now) = (&self.app.store, self.app.now());
        let again = now.plus(pause_s(due.tries));
        let outcome = match said {
            Said::Taken => {
                store.mail_sent(&due.id, now).await?;
                MailOutcome::Sent
            }
            Said::Refused(reply) => {
                store.mail_failed(&due.id, ("refused", &reply), now).await?;
                MailOutcome::Refused
            }
            Said::NotNow(reply) => {
                tracing::debug!(reply, "mails.put_off");
                store.put_off_mail(&due.id, again, true).await?;
                MailOutcome::PutOff
            }
            Said::Unknown(why) => {
                tracing::debug!(why, "mails.unknown");
                store.put_off_mail(&due.id, again, false).await?;
                MailOutcome::PutOff
            }
        };
        self.app.metrics.mail(outcome);
        Ok(())
    }
}

/// How long to wait after so many tries: doubled each time, and up to a quarter longer, so that many do not come at once.
fn pause_s(tries: u32) -> u64 {
    let doubled = PAUSE_S.saturating_mul(2_u64.saturating_pow(tries.min(16)));
    let pause = doubled.min(PAUSE_S_MAX);
    pause + rand::random_range(0..=pause / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour_and_a_quarter() {
        for (tries, least) in [(0, 60), (1, 120), (5, 1_920), (6, 3_600), (u32::MAX, 3_600)] {
            let pause = pause_s(tries);
            assert!((least..=least + least / 4).contains(&pause), "{tries}: {pause}");
        }
    }
}
