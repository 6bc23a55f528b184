//! The state machine.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use crate::doctor::{Doctor, Invited};
use crate::step::{Actor, Refused, Step};
use crate::words::{ConsentPurpose, Invitation, Reply, State, StepKind, Verdict};

/// Most doctors who are invited at a time.
pub const INVITED_MAX: usize = 5;
/// Most versions of an opinion.
pub const OPINIONS_MAX: u32 = 20;

/// What the inviting side has decided of which version of the opinion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided {
    /// What is adopted.
    pub verdict: Verdict,
    /// From 1.
    pub opinion: u32,
}

/// A case as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// How far it is.
    pub state: State,
    /// Who asks for the consultation: exactly one side.
    pub inviting: Doctor,
    /// Who was invited last.
    pub invited: Vec<Invited>,
    /// The session that is booked for it.
    pub session: Option<String>,
    /// The session for which it was attested who the patient is.
    pub attested: Option<String>,
    /// The consents that are in force.
    pub consents: BTreeSet<ConsentPurpose>,
    /// How many versions of the opinion are signed.
    pub opinions: u32,
    /// The latest decision.
    pub decided: Option<Decided>,
}

/// What the session of a case may do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cleared {
    /// Whether sound and picture may be sent.
    pub media: bool,
    /// Whether it may be recorded.
    pub recording: bool,
}

/// A case: changed by its steps alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case(Kept);

impl Case {
    /// A new one.
    #[must_use]
    pub const fn requested(inviting: Doctor) -> Self {
        Self(Kept {
            state: State::Requested,
            inviting,
            invited: Vec::new(),
            session: None,
            attested: None,
            consents: BTreeSet::new(),
            opinions: 0,
            decided: None,
        })
    }

    /// The one that was kept.
    #[must_use]
    pub const fn restored(kept: Kept) -> Self {
        Self(kept)
    }

    /// What is to be kept of it.
    #[must_use]
    pub const fn kept(&self) -> &Kept {
        &self.0
    }

    /// What its session may do: nothing is sent before it was attested for this session who the patient is, and the patient has
    /// consented; nothing is recorded without a consent of its own.
    #[must_use]
    pub fn cleared(&self) -> Cleared {
        let Self(kept) = self;
        let attested = kept.session.is_some() && kept.attested == kept.session;
        let media = attested && kept.consents.contains(&ConsentPurpose::Consultation);
        Cleared { media, recording: media && kept.consents.contains(&ConsentPurpose::Recording) }
    }

    /// Whether this person cares for the patient: the inviting doctor, and invited ones who have not declined.
    #[must_use]
    pub fn cares(&self, person: &str) -> bool {
        let Self(kept) = self;
        let invited =
            |it: &Invited| it.doctor.person == person && it.invitation != Invitation::Declined;
        kept.inviting.person == person || kept.invited.iter().any(invited)
    }

    /// Whether this person may take such a step now, whatever it says.
    pub fn may(&self, actor: Actor<'_>, step: StepKind) -> Result<(), Refused> {
        let Self(kept) = self;
        let answer = |wanted: Invitation| {
            let is = |it: &Invited| it.doctor.person == actor.person && it.invitation == wanted;
            kept.invited.iter().any(is)
        };
        let inviting = kept.inviting.person == actor.person;
        let whose = match step {
            StepKind::Add | StepKind::Remove => self.cares(actor.person),
            StepKind::Triage | StepKind::Schedule => actor.schedules,
            StepKind::Accept | StepKind::Decline | StepKind::Redirect => answer(Invitation::Open),
            StepKind::Sign => answer(Invitation::Accepted),
            StepKind::CheckIn | StepKind::Consent => inviting,
            // It only ever takes rights away: the patient says so to whoever is there.
            StepKind::Withdraw => self.cares(actor.person) || actor.schedules,
            StepKind::Decide | StepKind::Close => inviting,
            StepKind::Cancel => inviting || actor.schedules,
        };
        if !whose {
            return Err(Refused::NotYours(step));
        }
        if kept.is_time_for(step) {
            return Ok(());
        }
        Err(Refused::NotNow { step, state: kept.state })
    }

    /// Whether this person may take out a material that `added_by` has added; `whole` if all of it has come.
    ///
    /// # Errors
    /// It is for who added it and for the inviting doctor, and only until an opinion is signed: that names what is whole.
    pub fn may_remove(&self, actor: Actor<'_>, added_by: &str, whole: bool) -> Result<(), Refused> {
        self.may(actor, if whole { StepKind::Remove } else { StepKind::Add })?;
        let own = [added_by, &self.0.inviting.person].contains(&actor.person);
        if own { Ok(()) } else { Err(Refused::OthersMaterial) }
    }

    /// Every step that this person may take now.
    pub fn open_to<'a>(&'a self, actor: Actor<'a>) -> impl Iterator<Item = StepKind> + 'a {
        StepKind::ALL.iter().copied().filter(move |step| self.may(actor, *step).is_ok())
    }

    /// The case after this step.
    ///
    /// # Errors
    /// [`Refused`] says why the step is not taken; the case is then as it was.
    pub fn take(&self, actor: Actor<'_>, step: Step) -> Result<Self, Refused> {
        self.may(actor, step.kind())?;
        let mut kept = self.0.clone();
        match step {
            Step::Add => {}
            Step::Triage { invited } => kept.invite(invited)?,
            Step::Answer(reply) => kept.answer(actor.person, reply),
            Step::Schedule { session, people } => kept.schedule(session, &people)?,
            Step::CheckIn => kept.attested.clone_from(&kept.session),
            Step::Consent(purpose) => {
                kept.consents.insert(purpose);
            }
            Step::Withdraw(purpose) => kept.withdraw(purpose)?,
            Step::Sign => kept.sign()?,
            Step::Decide(verdict) => {
                kept.decided = Some(Decided { verdict, opinion: kept.opinions });
            }
            Step::Close => kept.state = State::Closed,
            Step::Cancel => kept.state = State::Cancelled,
        }
        Ok(Self(kept))
    }
}

impl Kept {
    fn is_decided(&self) -> bool {
        self.decided.is_some_and(|decided| decided.opinion == self.opinions)
    }

    fn is_time_for(&self, step: StepKind) -> bool {
        let state = self.state;
        let before = matches!(
            state,
            State::Requested | State::Triaged | State::Declined | State::Redirected
        );
        let under_way = matches!(state, State::Accepted | State::Scheduled);
        match step {
            StepKind::Add => before || under_way || state == State::Documented,
            // What was there when an opinion was signed is named in it.
            StepKind::Remove => self.opinions == 0 && (before || under_way),
            StepKind::Triage => before,
            StepKind::Accept | StepKind::Decline => state == State::Triaged || under_way,
            StepKind::Redirect => state == State::Triaged,
            StepKind::Schedule => under_way,
            StepKind::CheckIn => {
                self.session.is_some() && matches!(state, State::Scheduled | State::Documented)
            }
            StepKind::Consent => before || under_way || state == State::Documented,
            // Whoever has consented may go back on it at any time.
            StepKind::Withdraw => !self.consents.is_empty(),
            StepKind::Sign => under_way || state == State::Documented,
            StepKind::Decide => state == State::Documented && !self.is_decided(),
            StepKind::Close => state == State::Documented && self.is_decided(),
            StepKind::Cancel => before || under_way,
        }
    }

    fn invite(&mut self, doctors: Vec<Doctor>) -> Result<(), Refused> {
        if doctors.is_empty() {
            return Err(Refused::NobodyInvited);
        }
        if doctors.len() > INVITED_MAX {
            return Err(Refused::TooManyInvited { most: INVITED_MAX });
        }
        let mut seen = BTreeSet::new();
        for doctor in &doctors {
            if !seen.insert(&doctor.person) {
                return Err(Refused::InvitedTwice(doctor.person.clone()));
            }
            if doctor.organization == self.inviting.organization {
                return Err(Refused::OwnSide(doctor.person.clone()));
            }
        }
        let open = |doctor| Invited { doctor, invitation: Invitation::Open };
        self.invited = doctors.into_iter().map(open).collect();
        self.state = State::Triaged;
        Ok(())
    }

    fn answer(&mut self, person: &str, reply: Reply) {
        let invitation = match reply {
            Reply::Accept => Invitation::Accepted,
            Reply::Decline | Reply::Redirect => Invitation::Declined,
        };
        for it in self.invited.iter_mut().filter(|it| it.doctor.person == person) {
            it.invitation = invitation;
        }
        let nobody = self.invited.iter().all(|it| it.invitation == Invitation::Declined);
        match reply {
            Reply::Accept if self.state == State::Triaged => self.state = State::Accepted,
            Reply::Redirect => self.state = State::Redirected,
            Reply::Decline if nobody => self.state = State::Declined,
            Reply::Accept | Reply::Decline => {}
        }
    }

    fn schedule(&mut self, session: String, people: &[String]) -> Result<(), Refused> {
        let takes_part = |doctor: &Doctor| people.contains(&doctor.person);
        let mut accepted = self.invited.iter().filter(|it| it.invitation == Invitation::Accepted);
        if !takes_part(&self.inviting) || !accepted.any(|it| takes_part(&it.doctor)) {
            return Err(Refused::OthersSession);
        }
        self.session = Some(session);
        self.state = State::Scheduled;
        Ok(())
    }

    fn withdraw(&mut self, purpose: ConsentPurpose) -> Result<(), Refused> {
        if self.consents.remove(&purpose) { Ok(()) } else { Err(Refused::NoConsent(purpose)) }
    }

    fn sign(&mut self) -> Result<(), Refused> {
        if self.opinions >= OPINIONS_MAX {
            return Err(Refused::TooManyOpinions { most: OPINIONS_MAX });
        }
        self.opinions = self.opinions.saturating_add(1);
        self.state = State::Documented;
        Ok(())
    }
}
