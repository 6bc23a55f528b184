//! The store: the only place with SQL. SQLite in one file of the data folder, or PostgreSQL; one text of SQL for both.
//!
//! Every commit is on the disk before it is answered ([`durable`]). All changes of all programs on one store go one after the other
//! ([`Engine::begin`]), but for bookings that take nothing of each other ([`beside`]): what a change reads stays true until it commits.
//! Readers never wait for them.
//!
//! # A new file of the store
//! * Tables: the same number and name in `migrations/sqlite` and `migrations/postgres`; never changed once it was released.
//!   SQLite: `STRICT`, `INTEGER`, `REAL`, `TEXT`, `BLOB`. PostgreSQL: `BIGINT` (also for 0 and 1), `DOUBLE PRECISION`,
//!   `TEXT COLLATE "C"`, `BYTEA`; `id INTEGER PRIMARY KEY` is `id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY`.
//! * Reading: `impl Store` with `.fetch_…(&self.readers)`.
//! * Writing: `let mut change = self.change().await?;`, `.execute(&mut *change)`, `change.commit().await?`. A function that
//!   works within it takes `change: &mut Connection`. One statement alone goes by `self.once(…)`.
//! * After a statement that failed nothing more can be asked within that change (PostgreSQL): roll it back.
//! * Placeholders are `$1`, `$2`. Bind `i64`, `f64`, `&str`, `&[u8]` and `Option`s of them; read `i64`, `f64`, `String`, `Vec<u8>`.
//!   No `bool` and no unsigned: `i64::from(it)`, and `it != 0`.
//! * A truth is a number: `CASE WHEN EXISTS (…) THEN 1 ELSE 0 END`. A sum is `CAST(sum(…) AS BIGINT)`. A select in `FROM` has a
//!   name (`AS …`). A list in one text is `string_agg(it, ',' ORDER BY it)`; a list that is asked for is [`texts::placeholders`].
//! * No `json_…`, `group_concat`, `strftime`, `INSERT OR …`, `rowid`, `LIMIT -1`; `ON CONFLICT … DO …` is in both.
//! * The tests of the API run on both: `cargo test -p scheduler`, and again with `SHANQIAO_TEST_STORE=postgres`.

mod accounts;
mod agreements;
mod areas;
mod assignments;
mod audit;
mod availability;
mod beside;
mod book_error;
mod booked_ahead;
mod bookings;
mod candidates;
mod case_events;
mod case_queue;
mod case_steps;
mod cases;
mod changes;
mod claims;
mod clashes;
mod class_attendance;
mod class_places;
mod class_receipts;
mod consents;
mod county_steps;
mod covering;
mod devices;
mod directory;
mod durable;
mod endings;
mod engine;
mod error;
mod events;
mod explaining;
mod feeds;
mod guests;
mod headcounts;
mod hold_rows;
mod holds;
mod idempotency;
mod identities;
mod interpreters;
mod learning_groups;
mod line_claims;
mod line_times;
mod lines;
mod links;
mod logins;
mod made;
mod mail_outbox;
mod mail_queue;
mod mail_wishes;
mod material_pieces;
mod materials;
mod minors;
mod names;
mod opening;
mod opinions;
mod overrides;
mod pairings;
mod part;
mod people;
mod receipt_watch;
mod receipts;
mod receptions;
mod recordings;
mod register;
mod register_events;
mod reminder_answers;
mod reminder_ladders;
mod reminder_wishes;
mod reminders;
mod rows;
mod series;
mod series_changes;
mod series_rows;
mod sessions;
mod site_lines;
mod texts;
mod wanted;
mod webhook_tries;
mod webhooks;
mod weeks;

use std::path::Path;

use sqlx::AnyPool;
use sqlx::any::{Any, AnyArguments};
use sqlx::query::Query;

use crate::config::DatabaseUrl;
use durable::{Change, Durable, Ticket};
use engine::{Connection, Engine};

pub(crate) use accounts::{Account, Kept, MadeAccount, SetUp, SetUpDone, Switched};
pub(crate) use agreements::{
    AGREEMENT_CHANGES_MAX, AGREEMENTS_MAX, AgreementChange, AgreementTerms, ChangedAgreement,
    KeptAgreement,
};
pub(crate) use areas::FoundArea;
pub(crate) use assignments::{ASSIGNMENTS_MAX, Given, Held, Taken, scope_words};
pub(crate) use audit::{AuditEntry, Chain, Read};
pub(crate) use availability::Bookable;
pub(crate) use book_error::BookError;
pub(crate) use booked_ahead::BookedAhead;
pub(crate) use bookings::{Booked, Cancelled};
pub(crate) use candidates::Candidate;
pub(crate) use case_events::CASE_STEPS_MAX;
pub(crate) use case_steps::{NewCase, OPEN_CASES_MAX, RequestedCase, Said, SteppedCase};
pub(crate) use cases::{CareCase, CaseDoctor, CaseEvent, CaseText, WhichCases};
pub(crate) use changes::{ChangeError, Revision};
pub(crate) use clashes::Clash;
pub(crate) use class_attendance::PlaceAttendance;
pub(crate) use class_places::{ClassPlace, ClassPlaces};
pub(crate) use consents::{ConsentGiven, ConsentLine};
pub(crate) use county_steps::{Step, StepCount};
pub(crate) use covering::Cover;
pub(crate) use devices::{Device, DeviceBy, Terminal};
pub(crate) use directory::{Directory, DirectoryPart, DirectoryPlace};
pub(crate) use endings::Ended;
pub(crate) use error::StoreError;
pub(crate) use events::{Act, Event, EventKind, Terms, Which};
pub(crate) use feeds::{FeedOwner, StandsFor};
pub(crate) use guests::{Guest, GuestBy, MadeGuest, NewGuest};
pub(crate) use headcounts::{Counted, Headcount, PLACE_COUNTS_MAX};
pub(crate) use hold_rows::{Hold, HoldRefused};
pub(crate) use holds::{HeldClaim, HoldBounds};
pub(crate) use idempotency::{Bounds, Key};
pub(crate) use identities::{Connected, Owner};
pub(crate) use learning_groups::{
    ChangedGroup, GROUP_CHANGES_MAX, GroupTerms, LearningGroup, NamedGroups, RosterGroup,
    SITE_GROUPS_MAX,
};
pub(crate) use line_claims::{LineRefused, SiteMisfit, SiteOutlook};
pub(crate) use lines::{BookableLine, BookedLine, LinePut};
pub(crate) use links::{Link, LinkPurpose, LinkState, NewLink};
pub(crate) use logins::NewLogin;
pub(crate) use mail_outbox::{DueMail, MailFacts, MailRules, MailSubject, MailTold, SettledMail};
pub(crate) use mail_wishes::{MailState, MailWish};
pub(crate) use material_pieces::{FilePlace, MaterialBytes, TakenPiece};
pub(crate) use materials::{
    AddedMaterial, Material, NamedMaterial, RemovedMaterial, ShownMaterial,
};
pub(crate) use minors::{GUARDIANS_MAX, Minor, MinorPut};
pub(crate) use opening::OpenError;
pub(crate) use opinions::SignedOpinion;
pub(crate) use pairings::{CameIn, DeviceBounds, NewDevice, NewPairing, PairingBy, SignedIn};
pub(crate) use part::Part;
pub(crate) use receptions::Reception;
pub(crate) use recordings::Recorded;
pub(crate) use register_events::RegisterEvent;
pub(crate) use reminder_answers::{Acknowledged, Answered, HowTold};
pub(crate) use reminder_ladders::night_walls;
pub(crate) use reminder_wishes::{ReachWish, ReminderRules};
pub(crate) use reminders::{DueReminder, Handing, REMINDERS_LISTED_MAX, Reminder, WhichReminders};
pub(crate) use rows::{
    ADMINISTRATOR, Attendee, BookableTerminal, Keeper, LineTerms, NewSession, Organization,
    Override, Person, Resource, Room, SCHEDULER, SECURITY_ADMINISTRATOR, Session, SiteLine,
};
pub(crate) use series::SeriesError;
pub(crate) use series_changes::{
    PartRevision, PartStep, SeriesCancelled, SeriesChangeError, SeriesRevision,
};
pub(crate) use series_rows::{
    Blocked, BlockedOf, Closed, NewSeries, Occurrence, Outcome, Series, SeriesHours, Template,
};
pub(crate) use webhook_tries::{AfterTry, WebhookTry};
pub(crate) use webhooks::{PausedWhy, Webhook, WebhookTerms};
pub(crate) use weeks::{After, Whose};

/// The open store; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    engine: Engine,
    writer: AnyPool,
    readers: AnyPool,
    durable: Durable,
}

impl Store {
    /// Opens or makes the store: in `database`, or if that is empty in `folder`. Brings its form up to date and checks that
    /// it is whole.
    pub(crate) async fn open(folder: &Path, database: &DatabaseUrl) -> Result<Self, OpenError> {
        sqlx::any::install_default_drivers();
        let opened = match database.is_empty() {
            true => opening::sqlite(folder).await?,
            false => opening::postgres(database).await?,
        };
        let opening::Pools { engine, writer, readers, durable } = opened;
        Ok(Self { engine, writer, readers, durable })
    }

    /// Begins a change: until it is committed or dropped nobody else changes anything.
    async fn change(&self) -> Result<Change, StoreError> {
        Ok(self.engine.begin(&self.writer, &self.durable).await?)
    }

    /// A change of one statement; how many rows it changed.
    async fn once(&self, statement: Query<'_, Any, AnyArguments>) -> Result<u64, StoreError> {
        let ticket = self.durable.ticket().await?;
        let done = statement.execute(&self.writer).await?;
        self.durable.force(ticket).await?;
        Ok(done.rows_affected())
    }

    /// Other programs go on from the number of the last event that they were told of, so none of these may be lost after that.
    async fn keep_told(&self, ticket: Ticket) -> Result<(), StoreError> {
        Ok(self.durable.force(ticket).await?)
    }

    /// Whether the store can be read and its write lock be taken.
    pub(crate) async fn probe(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT id FROM organization LIMIT 1").fetch_optional(&self.readers).await?;
        Ok(self.change().await?.rollback().await?)
    }

    /// Closes every connection; the write-ahead log is folded into the file.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}
