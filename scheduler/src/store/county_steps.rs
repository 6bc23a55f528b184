//! How far the county is set up.

use super::{Store, StoreError};

/// What a county is made of, in the order in which it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Areas,
    Sites,
    Rooms,
    Terminals,
    People,
    Logins,
    Lines,
    Sessions,
}

/// How much there is of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StepCount {
    pub(crate) step: Step,
    pub(crate) count: u64,
    /// How many of the step before that it rests on have none of it: sites without an area, without a room, without a line;
    /// rooms without a terminal, people without a login.
    pub(crate) without: u64,
}

/// Of each step what is counted, and what is there and lacks it.
const COUNTS: [(Step, &str, &str); 8] = [
    (Step::Areas, "SELECT count(*) FROM area", "SELECT CAST(0 AS BIGINT)"),
    (
        Step::Sites,
        "SELECT count(*) FROM organization WHERE retired_s IS NULL",
        "SELECT count(*) FROM organization WHERE retired_s IS NULL AND area_code IS NULL",
    ),
    (
        Step::Rooms,
        "SELECT count(*) FROM room WHERE retired_s IS NULL",
        "SELECT count(*) FROM organization WHERE retired_s IS NULL AND NOT EXISTS
            (SELECT 1 FROM room WHERE organization_id = organization.id AND room.retired_s IS NULL)",
    ),
    (
        Step::Terminals,
        "SELECT count(*) FROM terminal WHERE retired_s IS NULL",
        "SELECT count(*) FROM room WHERE retired_s IS NULL AND NOT EXISTS
            (SELECT 1 FROM terminal WHERE room_id = room.id AND terminal.retired_s IS NULL)",
    ),
    (
        Step::People,
        "SELECT count(*) FROM person WHERE retired_s IS NULL AND EXISTS (SELECT 1 FROM person_role
            WHERE person_id = person.id AND role IN ('specialist', 'village_doctor', 'lead_teacher', 'classroom'))",
        "SELECT CAST(0 AS BIGINT)",
    ),
    (
        Step::Logins,
        "SELECT count(*) FROM person WHERE retired_s IS NULL AND EXISTS (SELECT 1 FROM person_role
            WHERE person_id = person.id AND role IN ('specialist', 'village_doctor', 'lead_teacher', 'classroom'))
         AND EXISTS (SELECT 1 FROM account WHERE account.person_id = person.id AND enabled = 1)",
        "SELECT count(*) FROM person WHERE retired_s IS NULL AND EXISTS (SELECT 1 FROM person_role
            WHERE person_id = person.id AND role IN ('specialist', 'village_doctor', 'lead_teacher', 'classroom'))
         AND NOT EXISTS (SELECT 1 FROM account WHERE account.person_id = person.id AND enabled = 1)",
    ),
    (
        Step::Lines,
        "SELECT count(*) FROM line",
        "SELECT count(*) FROM organization WHERE retired_s IS NULL AND NOT EXISTS
            (SELECT 1 FROM line WHERE organization_id = organization.id)",
    ),
    (Step::Sessions, "SELECT count(*) FROM session", "SELECT CAST(0 AS BIGINT)"),
];

impl Store {
    /// How much there is of each step, in their order.
    pub(crate) async fn county_steps(&self) -> Result<Vec<StepCount>, StoreError> {
        let mut look = self.readers.begin().await?;
        let mut steps = Vec::with_capacity(COUNTS.len());
        for (step, there, lacking) in COUNTS {
            let count: i64 = sqlx::query_scalar(there).fetch_one(&mut *look).await?;
            let without: i64 = sqlx::query_scalar(lacking).fetch_one(&mut *look).await?;
            let number = |it: i64| u64::try_from(it).unwrap_or(0);
            steps.push(StepCount { step, count: number(count), without: number(without) });
        }
        Ok(steps)
    }
}
