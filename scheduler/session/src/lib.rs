//! The words of people and time: what the rooms say to each other about who may do what, and what happened.
//!
//! * [`AccessToken`]: a signed pass in the form of LiveKit's JWT, so that any stock client SDK carries it. Two kinds by
//!   grant: a **room token** opens one room ([`AccessToken::room`]), a **person token** says who is asking
//!   ([`AccessToken::person`]). A third, the **service token**, is one room of the house talking to another.
//! * [`Keys`]: the API key, which LiveKit's server SDKs are given and which signs room tokens, and a key of its own for each
//!   other [`Purpose`], which nobody is given.
//! * [`Ticket`]: a signed permission for one thing that the recorder keeps, valid for minutes.
//! * [`Own`]: the one claim that is ours, `shanqiao`.
//! * [`Mode`] and [`DataBudget`]: how much of a session its bearer is sent, and how much data that may take.
//! * [`Clearance`]: what the session of a case may do now, before and after its patient has consented.
//! * [`Names`]: what a person or a place is called, in one [`Language`] or more.
//! * [`TraceId`]: how every log names a person in a room, without saying who it is.
//! * [`bearer`]: where the doors find a token or a ticket in a request, and [`is_service`] whether it is of another room.
//!
//! Nothing here asks for the time: it is told.

mod bearer;
mod claims;
mod clearance;
mod data_budget;
mod generation;
mod grant;
mod key;
mod keys;
mod language_pair;
mod names;
mod signed;
mod ticket;
mod token;
mod trace;
mod words;

pub use bearer::{bearer, is_service};
pub use clearance::Clearance;
pub use data_budget::{DataBudget, Megabytes};
pub use grant::{Own, VideoGrant};
pub use key::{Key, Purpose, WeakKey};
pub use keys::{EARLIER_MAX, Fresh, Keys, NotRotated, Told};
pub use language_pair::{LanguagePair, NoLanguagePair};
pub use names::{NAME_CHARS_MAX, Names, NoNames};
pub use signed::{MAX_TOKEN_BYTES, Refused, SignError};
pub use ticket::{Opens, Ticket};
pub use token::{AccessToken, LEEWAY_S};
pub use trace::TraceId;
pub use words::{Kind, Language, Mode, Role, UnknownWord};
