//! Who takes part in a case.

use alloc::string::String;

use crate::words::Invitation;

/// A doctor, and the organization for which the doctor acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doctor {
    /// Person id.
    pub person: String,
    /// Organization id.
    pub organization: String,
}

/// A doctor who is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    /// Who.
    pub doctor: Doctor,
    /// What became of it.
    pub invitation: Invitation,
}
