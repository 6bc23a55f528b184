//! The task that takes the steps that are due.

use std::sync::Arc;
use std::time::Duration;

use booking::UnixS;
use reminding::{Channel, Night, Zone};
use session::Language;

use super::gateway::{Message, MessageGateway as _, Taken};
use super::mail_gateway::MailGateway;
use super::spool::Spool;
use crate::api::App;
use crate::metrics::ReminderOutcome;
use crate::slips::{Slip, message, subject};
use crate::store::{DueReminder, Handing, StoreError, night_walls};

/// So soon before a night nothing that sounds is handed over that has time until the morning, seconds.
const NEAR_NIGHT_S: u64 = 15 * 60;

/// Steps that one look takes; the rest at the next one.
const STEPS_AT_ONCE_MAX: i64 = 200;
/// Steps that may fail in one look.
const FAILURES_MAX: u32 = 3;
/// After how long a message that a gateway did not take is handed over again, seconds.
const PAUSE_S: u64 = 300;
/// How often steps of old sessions are forgotten, seconds.
const FORGET_S: u64 = 3_600;

/// Who reminds.
pub(crate) struct Reminding {
    app: Arc<App>,
    sms: Spool,
    voice: Spool,
    /// None if this county sends no mails.
    mail: Option<MailGateway>,
    forgot: UnixS,
}

impl Reminding {
    pub(crate) fn new(app: Arc<App>, mail: Option<MailGateway>) -> Self {
        let spool = |channel: Channel| {
            let folder = app.config.data.join("spool").join(channel.as_str());
            Spool::new(folder, app.zone.clone())
        };
        let (sms, voice) = (spool(Channel::Sms), spool(Channel::Voice));
        Self { app, sms, voice, mail, forgot: UnixS(0) }
    }

    /// Runs until it is aborted: a step that was being handed over then waits on, and is the same message at the next start.
    pub(crate) async fn run(mut self) {
        let look = Duration::from_millis(self.app.config.reminder_look_ms.max(1));
        loop {
            tokio::time::sleep(look).await;
            if let Err(error) = self.look().await {
                tracing::warn!(%error, "reminders.store");
            }
        }
    }

    /// Takes what is due.
    async fn look(&mut self) -> Result<(), StoreError> {
        let now = self.app.now();
        if now.since(self.forgot) >= FORGET_S {
            self.app.store.forget_reminders(now).await?;
            self.forgot = now;
        }
        let sum = self.app.store.reminders_waiting(now).await?;
        self.app.metrics.reminders_waiting(sum.waiting);
        if !sum.due {
            return Ok(());
        }
        let mut failures = 0;
        for due in self.app.store.due_reminders(now, STEPS_AT_ONCE_MAX).await? {
            match self.hand(&due).await {
                Ok(()) => {}
                // One step that fails does not hold up the others; a store that is away does.
                Err(error) if failures < FAILURES_MAX => {
                    failures += 1;
                    tracing::warn!(%error, "reminders.step");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Takes one step, if it still waits.
    async fn hand(&self, due: &DueReminder) -> Result<(), StoreError> {
        let now = self.app.now();
        let handing = self.app.store.hand_reminder(&due.reminder.id, now).await?;
        let Some(handing) = handing else { return Ok(()) };
        let (channel, outcome) = (due.reminder.channel, self.take(handing, due, now).await?);
        self.app.metrics.reminder(channel.as_str(), outcome);
        Ok(())
    }

    /// Takes a step when it is its time.
    async fn take(
        &self,
        handing: Handing,
        due: &DueReminder,
        now: UnixS,
    ) -> Result<ReminderOutcome, StoreError> {
        let reminder = &due.reminder;
        let walls = night_walls(&self.app.zone, now, reminder.starts);
        let night = Night { zone: Zone(&walls), ..Night::default() };
        // A program that was not running takes its steps late.
        let kept = night.kept(reminder.channel, now.0, (now.0, reminder.starts.0));
        match kept {
            None => {
                handing.drop_for("too_late").await?;
                Ok(ReminderOutcome::TooLate)
            }
            Some(at_s) if at_s > now.0 => {
                handing.put_off(UnixS(at_s)).await?;
                Ok(ReminderOutcome::PutOff)
            }
            Some(_) => {
                let next_night =
                    if reminder.channel.sounds() { night.next_s(now.0) } else { u64::MAX };
                // Who takes it from here may need some time: what sounds is better sent in the morning than dropped at night.
                let later = night.kept(reminder.channel, next_night, (now.0, reminder.starts.0));
                if let Some(at_s) = later
                    && next_night.saturating_sub(now.0) < NEAR_NIGHT_S
                    && at_s > now.0
                {
                    handing.put_off(UnixS(at_s)).await?;
                    return Ok(ReminderOutcome::PutOff);
                }
                let not_after = UnixS(reminder.starts.0.min(next_night));
                self.give(handing, due, (now, not_after)).await
            }
        }
    }

    /// Gives the message of a step to its gateway; app, paper and booker are shown by the pages themselves.
    async fn give(
        &self,
        mut handing: Handing,
        due: &DueReminder,
        (now, not_after): (UnixS, UnixS),
    ) -> Result<ReminderOutcome, StoreError> {
        let reminder = &due.reminder;
        let language = due.language.parse().unwrap_or(Language::Chinese);
        let place = reminder.room_names.as_ref().unwrap_or(&reminder.site_names);
        let slip = Slip {
            name: reminder.names.in_language(language),
            kind: reminder.kind,
            starts: reminder.starts,
            place: place.in_language(language),
            language,
            zone: &self.app.zone,
        };
        let to = match reminder.channel {
            Channel::Mail => due.mail.as_deref(),
            _ => reminder.phone.as_deref(),
        };
        let message = Message {
            key: &reminder.id,
            channel: reminder.channel,
            person_id: &reminder.person_id,
            name: slip.name,
            to: to.unwrap_or_default(),
            language,
            subject: subject(&slip),
            text: message(&slip),
            not_before: now,
            not_after,
        };
        let nowhere = || Taken::Refused("there is no number or address any more".to_owned());
        let off = || Taken::Refused("this channel is switched off".to_owned());
        let taken = match (reminder.channel, &self.mail) {
            (Channel::App | Channel::Paper | Channel::Booker, _) => Taken::Accepted,
            (Channel::Sms, _) if !self.app.config.reminder_sms => off(),
            (Channel::Voice, _) if !self.app.config.reminder_voice => off(),
            _ if to.is_none() => nowhere(),
            (Channel::Sms, _) => self.sms.hand(&mut handing, &message).await?,
            (Channel::Voice, _) => self.voice.hand(&mut handing, &message).await?,
            (Channel::Mail, Some(mail)) => mail.hand(&mut handing, &message).await?,
            (Channel::Mail, None) => nowhere(),
        };
        match taken {
            Taken::Accepted => {
                handing.done().await?;
                Ok(ReminderOutcome::Handed)
            }
            Taken::Refused(why) => {
                tracing::debug!(why, "reminders.refused");
                handing.drop_for("refused").await?;
                Ok(ReminderOutcome::Refused)
            }
            Taken::NotNow(why) => {
                tracing::warn!(channel = reminder.channel.as_str(), why, "reminders.put_off");
                handing.put_off(now.plus(PAUSE_S)).await?;
                Ok(ReminderOutcome::PutOff)
            }
        }
    }
}
