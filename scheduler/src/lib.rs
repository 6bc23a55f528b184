//! The scheduler: people, bookings, room tokens. HTTP API and store.
//!
//! * [`Scheduler::start`] opens the store, in the data folder or in PostgreSQL, and gives a [`router`](Scheduler::router).
//! * A person token (see [`session::AccessToken::for_person`]) says who asks; `POST /api/v1/sessions/{id}/join` trades it
//!   for a room token, within the time of a session and for its participants only.
//! * A booking that is cancelled, or whose time is over, closes its room: the scheduler tells the gateway, at once and again
//!   and again (`closing`).
//! * What participants really received the gateway writes down; the scheduler takes it from there, keeps it and shows it
//!   (`collecting`).
//! * That nobody and nothing is booked twice is a rule of the store itself (`0001_bookings.sql` in `migrations/sqlite` and `migrations/postgres`).
//! * Who comes in by login name and password has a login, which a cookie names; the first administrator comes in by a link that
//!   is printed at the start ([`Scheduler::setup_link`]).
//!
//! Modules, lowest first: `clock`, `config`, `civil` (time zone), `access` (secrets, passwords, cookie), `almanac`
//! (holidays, other reckonings), `opinion` (what specialists sign), `metrics`, `problem` (RFC 9457), `receipt` (what the
//! gateway tells), `register` (organizations, rooms, people, and tables of them), `webhook` (where messages may go, signed, one try), `slips` (what a reminder says), `store` (all the SQL), `gateway` (calls
//! forward), `api` (HTTP), `audit_files` (old entries of the log of reads), `closing` (bookings reach the rooms), `collecting` (receipts come here), `delivering` (events reach webhooks), `mails` (invitations by mail), `reminders` (who is booked is reminded), `demo` (a county to
//! try), `room` (start and stop).

mod access;
mod almanac;
mod api;
mod areas;
mod audit_files;
mod civil;
mod clock;
mod closing;
mod collecting;
mod config;
mod delivering;
mod demo;
mod gateway;
mod hexadecimal;
mod kept_names;
mod loading;
mod mails;
mod metrics;
mod opinion;
mod problem;
#[cfg(feature = "races")]
#[doc(hidden)]
pub mod races;
#[cfg(feature = "readers")]
#[doc(hidden)]
pub mod readers;
mod receipt;
mod register;
mod reminders;
mod room;
mod slips;
mod store;
mod webhook;

pub use api::description;
pub use clock::Clock;
pub use config::{Config, DatabaseUrl, MailConfig, MailPassword, OpenIdConfig, SameName};
pub use demo::DemoLink;
pub use loading::{LoadError, LoadedAreas, load_areas};
pub use room::{Scheduler, StartError};
