//! Agreements between an inviting side and an invited organization: from when to when, and how often a month (管理规范 2018:
//! 邀请方与受邀方签订合作协议).

use crate::words::{AgreementState, AgreementStep};

/// A civil day: how many days it lies after 1970-01-01.
pub type Day = u32;

/// What is agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreement {
    /// How far it has come.
    pub state: AgreementState,
    /// First day on which it holds.
    pub from: Day,
    /// Last day on which it holds.
    pub until: Day,
    /// Most consultations in a calendar month; none: as many as are asked for.
    pub month_max: Option<u32>,
}

/// Why a consultation is not covered. The later ones are nearer to being covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum NotCovered {
    /// Nothing is agreed.
    #[error("there is no agreement between these organizations")]
    Nothing,
    /// What was agreed is over on that day.
    #[error("the agreement of these organizations is over by then")]
    Over,
    /// It holds from a later day on.
    #[error("the agreement of these organizations holds from a later day on")]
    NotYet,
    /// It is not signed yet.
    #[error("the agreement of these organizations is not signed yet")]
    Draft,
    /// It is suspended.
    #[error("the agreement of these organizations is suspended")]
    Suspended,
    /// As many consultations are booked in that month as were agreed.
    #[error("{month_max} consultations are agreed for a month, and as many are booked in that one")]
    Used {
        /// Most.
        month_max: u32,
    },
}

impl NotCovered {
    /// The word by which a program knows it; it never changes.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Nothing => "agreement-missing",
            Self::Over => "agreement-over",
            Self::NotYet => "agreement-not-yet",
            Self::Draft => "agreement-draft",
            Self::Suspended => "agreement-suspended",
            Self::Used { .. } => "agreement-used",
        }
    }
}

/// A step that cannot be taken in this state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the step `{step}` cannot be taken of an agreement that is {state}")]
pub struct NotThatStep {
    /// Which.
    pub step: AgreementStep,
    /// How far it has come.
    pub state: AgreementState,
}

impl Agreement {
    /// Whether it covers one more consultation on this day, of whose month `booked` are there already.
    ///
    /// # Errors
    /// Why it does not.
    pub fn covers(&self, day: Day, booked: u32) -> Result<(), NotCovered> {
        match self.state {
            AgreementState::Ended => return Err(NotCovered::Over),
            _ if day > self.until => return Err(NotCovered::Over),
            AgreementState::Draft => return Err(NotCovered::Draft),
            AgreementState::Suspended => return Err(NotCovered::Suspended),
            AgreementState::Signed => {}
        }
        if day < self.from {
            return Err(NotCovered::NotYet);
        }
        match self.month_max {
            Some(month_max) if booked >= month_max => Err(NotCovered::Used { month_max }),
            _ => Ok(()),
        }
    }

    /// The state after this step.
    ///
    /// # Errors
    /// The step is none of this state; an end is an end.
    pub const fn take(&self, step: AgreementStep) -> Result<AgreementState, NotThatStep> {
        Ok(match (self.state, step) {
            (AgreementState::Draft, AgreementStep::Sign)
            | (AgreementState::Suspended, AgreementStep::Resume) => AgreementState::Signed,
            (AgreementState::Signed, AgreementStep::Suspend) => AgreementState::Suspended,
            (
                AgreementState::Draft | AgreementState::Signed | AgreementState::Suspended,
                AgreementStep::End,
            ) => AgreementState::Ended,
            (state, step) => return Err(NotThatStep { step, state }),
        })
    }
}

/// Which of several agreements covers one more consultation on this day, each with how many of its month are booked: its place.
///
/// # Errors
/// What is nearest to covering it.
pub fn covering(agreements: &[(Agreement, u32)], day: Day) -> Result<usize, NotCovered> {
    let mut nearest = NotCovered::Nothing;
    for (at, (agreement, booked)) in agreements.iter().enumerate() {
        match agreement.covers(day, *booked) {
            Ok(()) => return Ok(at),
            Err(why) => nearest = nearest.max(why),
        }
    }
    Err(nearest)
}
