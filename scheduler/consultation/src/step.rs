//! What can be done with a case, by whom, and why not.

use alloc::string::String;
use alloc::vec::Vec;

use crate::doctor::Doctor;
use crate::words::{ConsentPurpose, Reply, State, StepKind, Verdict};

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor<'a> {
    /// Person id.
    pub person: &'a str,
    /// Whether the person schedules for the inviting side.
    pub schedules: bool,
}

/// What is to be done, with what the rules of a case need of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// To add a material.
    Add,
    /// To invite these doctors, instead of those who were invited before.
    Triage {
        /// At least one.
        invited: Vec<Doctor>,
    },
    /// To answer an invitation.
    Answer(Reply),
    /// To have a session for it.
    Schedule {
        /// Id of a consultation that is booked.
        session: String,
        /// Person ids of those who take part in it.
        people: Vec<String>,
    },
    /// To attest who the patient is.
    CheckIn,
    /// To note a consent.
    Consent(ConsentPurpose),
    /// To note that a consent is withdrawn.
    Withdraw(ConsentPurpose),
    /// To sign an opinion.
    Sign,
    /// To say what is adopted of the latest opinion.
    Decide(Verdict),
    /// To close the case.
    Close,
    /// To give it up.
    Cancel,
}

impl Step {
    /// Its word.
    #[must_use]
    pub const fn kind(&self) -> StepKind {
        match self {
            Self::Add => StepKind::Add,
            Self::Triage { .. } => StepKind::Triage,
            Self::Answer(Reply::Accept) => StepKind::Accept,
            Self::Answer(Reply::Decline) => StepKind::Decline,
            Self::Answer(Reply::Redirect) => StepKind::Redirect,
            Self::Schedule { .. } => StepKind::Schedule,
            Self::CheckIn => StepKind::CheckIn,
            Self::Consent(_) => StepKind::Consent,
            Self::Withdraw(_) => StepKind::Withdraw,
            Self::Sign => StepKind::Sign,
            Self::Decide(_) => StepKind::Decide,
            Self::Close => StepKind::Close,
            Self::Cancel => StepKind::Cancel,
        }
    }
}

/// Why a step is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is for somebody else.
    #[error("the step `{0}` is for another person of the case")]
    NotYours(StepKind),
    /// The case has not come so far, or is further.
    #[error("the step `{step}` cannot be taken of a case that is {state}")]
    NotNow {
        /// Which.
        step: StepKind,
        /// How far the case is.
        state: State,
    },
    /// Nobody is invited.
    #[error("invite at least one doctor")]
    NobodyInvited,
    /// More are invited than may be.
    #[error("invite at most {most} doctors")]
    TooManyInvited {
        /// Most.
        most: usize,
    },
    /// Somebody is invited twice.
    #[error("the doctor {0} is invited twice")]
    InvitedTwice(String),
    /// Somebody of the inviting organization is invited.
    #[error("the doctor {0} is of the inviting organization; invite one of another")]
    OwnSide(String),
    /// Somebody else has added the material.
    #[error(
        "the material was added by another doctor; ask that one, or the inviting doctor, to take it out"
    )]
    OthersMaterial,
    /// The inviting doctor, or every doctor who accepted, is not in the session.
    #[error("the session needs the inviting doctor and one who accepted")]
    OthersSession,
    /// Nobody has consented to it, or the consent is withdrawn already.
    #[error("no consent to the {0} is in force")]
    NoConsent(ConsentPurpose),
    /// As many opinions are signed as may be.
    #[error("at most {most} versions of an opinion are signed")]
    TooManyOpinions {
        /// Most.
        most: u32,
    },
}

impl Refused {
    /// The word by which a program knows this refusal; it never changes.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotYours(_) => "not-yours",
            Self::NotNow { .. } => "not-now",
            Self::NobodyInvited => "nobody-invited",
            Self::TooManyInvited { .. } => "too-many-invited",
            Self::InvitedTwice(_) => "invited-twice",
            Self::OwnSide(_) => "own-side",
            Self::OthersMaterial => "others-material",
            Self::OthersSession => "others-session",
            Self::NoConsent(_) => "no-consent",
            Self::TooManyOpinions { .. } => "too-many-opinions",
        }
    }
}
