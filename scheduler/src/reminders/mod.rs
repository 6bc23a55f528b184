//! Who is booked is reminded, one step of a ladder after the other, until somebody has answered.
//!
//! The steps wait in the store, written by the booking itself (`store::reminder_ladders`). [`Reminding`] takes those that are due:
//! within one change of the store a step is marked as handed over, and its message is given to the gateway of its channel
//! ([`gateway::MessageGateway`]) under the key of the step; what waits for that change is decided before or after it. A crash
//! between the two leaves the step waiting, and the same key is the same message: exactly one leaves.
//!
//! Modules, lowest first: `gateway` (the trait), `spool` (a folder for short messages and calls), `mail_gateway` (the outbox of
//! mails), `sender` (the task).

mod gateway;
mod mail_gateway;
mod sender;
mod spool;

pub(crate) use mail_gateway::MailGateway;
pub(crate) use sender::Reminding;
