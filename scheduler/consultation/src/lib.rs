//! The case of a consultation, from the request to the decision of the inviting side. Pure: told who asks, what and when.
//!
//! A village doctor requests a consultation for a patient ([`check`]); a scheduler triages the case and invites doctors; they
//! accept, decline or redirect it; a session may be booked for it, which has sound and picture once the patient is known and has consented ([`Case::cleared`]); an invited doctor signs an opinion; the inviting doctor
//! decides what is adopted of it, and closes the case. Whose case is triaged next goes by [`turns`]. Photos and documents stand beside the text ([`check_material`]).
//! [`Case::take`] is the one place that says who may take which [`Step`] in which [`State`].
//!
//! ```
//! use consultation::{Actor, Case, Doctor, Reply, State, Step};
//!
//! let doctor = |person: &str, organization: &str| Doctor { person: person.into(), organization: organization.into() };
//! let case = Case::requested(doctor("dr-li", "clinic"));
//! let scheduler = Actor { person: "zhou", schedules: true };
//! let invited = vec![doctor("dr-wang", "hospital")];
//! let case = case.take(scheduler, Step::Triage { invited }).unwrap();
//! let specialist = Actor { person: "dr-wang", schedules: false };
//! let case = case.take(specialist, Step::Answer(Reply::Accept)).unwrap();
//! assert_eq!(case.kept().state, State::Accepted);
//! assert!(case.take(scheduler, Step::Sign).is_err());
//! ```
#![no_std]

extern crate alloc;

mod agreement;
mod case;
mod consent;
mod doctor;
mod fault;
mod material;
mod queue;
mod request;
mod retention;
mod step;
mod words;

pub use agreement::{Agreement, Day, NotCovered, NotThatStep, covering};
pub use case::{Case, Cleared, Decided, INVITED_MAX, Kept, OPINIONS_MAX};
pub use consent::{ConsentText, NewConsent, check_consent, consent_text};
pub use doctor::{Doctor, Invited};
pub use fault::Fault;
pub use material::{MaterialFile, MaterialLimits, NewMaterial, check_material};
pub use queue::{Served, Waiting, turns};
pub use request::{Card, Limits, Patient, Request, check, check_line, check_text};
pub use retention::{recording_retained_until_s, retained_until_s};
pub use step::{Actor, Refused, Step};
pub use words::{
    AgreementState, AgreementStep, ConsentForm, ConsentGiver, ConsentPurpose, Invitation,
    MaterialKind, MaterialPart, MediaType, Reply, Sex, Specialty, State, StepKind, Title,
    UnknownWord, Urgency, Verdict,
};
