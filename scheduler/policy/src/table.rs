//! What each standing role may do on each level of area.

use crate::area::Level;
use crate::words::{Permission, StandingRole};

/// How far a grant reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// All that lies in the scope of the assignment.
    Scope,
    /// What one takes part in, or what is one's own.
    Own,
}

/// One thing that a role may do on a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// What.
    pub permission: Permission,
    /// Of what.
    pub reach: Reach,
}

const fn all(permission: Permission) -> Grant {
    Grant { permission, reach: Reach::Scope }
}

const fn own(permission: Permission) -> Grant {
    Grant { permission, reach: Reach::Own }
}

type Cell = &'static [Grant];

const NONE: Cell = &[];
const SUMS: Cell = &[all(Permission::ReadSums)];
const SUMS_AND_SCHEDULE: Cell = &[all(Permission::ReadSums), all(Permission::ReadSchedule)];
const CONFIGURES: Cell =
    &[all(Permission::ReadSchedule), all(Permission::Configure), all(Permission::PairDevices)];
const KEEPS_NODE: Cell =
    &[all(Permission::ReadSchedule), all(Permission::KeepNode), all(Permission::PairDevices)];
const KEYS: Cell = &[all(Permission::KeepKeys), all(Permission::GiveRoles)];
const AUDITS: Cell = &[all(Permission::ReadSums), all(Permission::ReadAudit)];
const BOOKS: Cell =
    &[all(Permission::ReadSchedule), all(Permission::Book), all(Permission::PairDevices)];
const TREATS: Cell = &[own(Permission::ReadClinical), own(Permission::WriteClinical)];
const TREATS_AND_CALLS: Cell =
    &[own(Permission::ReadClinical), own(Permission::WriteClinical), all(Permission::KeepCallList)];
const TEACHES: Cell = &[own(Permission::Teach)];
const TEACHES_AND_CALLS: Cell = &[own(Permission::Teach), all(Permission::KeepCallList)];
const CALLS: Cell = &[all(Permission::ReadSchedule), all(Permission::KeepCallList)];
const OWN: Cell =
    &[own(Permission::ReadOwnRecord), own(Permission::Consent), own(Permission::UseTicket)];
const INTERPRETS: Cell = &[own(Permission::Interpret)];
const PLEDGES: Cell = &[own(Permission::Pledge)];

/// What a role may do where its scope is of this level.
#[must_use]
pub const fn cell(role: StandingRole, level: Level) -> Cell {
    let [province, city, county, township, village] = row(role);
    match level {
        Level::Province => province,
        Level::City => city,
        Level::County => county,
        Level::Township => township,
        Level::Village => village,
    }
}

/// The levels from province to village.
#[rustfmt::skip]
const fn row(role: StandingRole) -> [Cell; 5] {
    match role {
        StandingRole::Administrator         => [SUMS,   SUMS,   CONFIGURES,        KEEPS_NODE, NONE],
        StandingRole::SecurityAdministrator => [KEYS,   KEYS,   KEYS,              NONE,       NONE],
        StandingRole::Auditor               => [AUDITS, AUDITS, AUDITS,            NONE,       NONE],
        StandingRole::HealthSupervisor      => [SUMS,   SUMS,   SUMS_AND_SCHEDULE, NONE,       NONE],
        StandingRole::EducationSupervisor   => [SUMS,   SUMS,   SUMS_AND_SCHEDULE, NONE,       NONE],
        StandingRole::Scheduler             => [NONE,   NONE,   BOOKS,             BOOKS,      NONE],
        StandingRole::Specialist            => [NONE,   NONE,   TREATS,            NONE,       NONE],
        StandingRole::VillageDoctor         => [NONE,   NONE,   NONE,              TREATS_AND_CALLS, TREATS_AND_CALLS],
        StandingRole::LeadTeacher           => [NONE,   NONE,   TEACHES,           TEACHES,    TEACHES],
        StandingRole::Classroom             => [NONE,   NONE,   TEACHES,           TEACHES_AND_CALLS, TEACHES_AND_CALLS],
        StandingRole::VillageLeader         => [NONE,   NONE,   NONE,              NONE,       CALLS],
        StandingRole::Villager              => [NONE,   NONE,   NONE,              NONE,       OWN],
        StandingRole::Interpreter           => [NONE,   NONE,   INTERPRETS,        INTERPRETS, INTERPRETS],
        StandingRole::Volunteer             => [NONE,   NONE,   PLEDGES,           NONE,       NONE],
    }
}

/// The level of a site of which nobody has said where it is: the narrowest on which the role may do anything, so that an
/// unknown place never gives more than a known one.
pub(crate) fn level_of_unknown(role: StandingRole) -> Level {
    let narrow_first = Level::ALL.into_iter().rev();
    let mut levels = narrow_first.filter(|level| !cell(role, *level).is_empty());
    levels.next().unwrap_or(Level::Village)
}
