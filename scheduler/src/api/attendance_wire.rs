//! The forms of the attendance of a class, camelCase JSON.

use serde::{Deserialize, Serialize};
use session::Names;
use teaching::Attendance;
use utoipa::ToSchema;
use utoipa::openapi::schema::Object;

use super::App;
use super::names_wire::NamesSchema;
use super::word_schemas::words;
use crate::store::{self, PlaceAttendance};

/// How many pupils somebody counted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HeadcountForm {
    /// 0 to 200.
    pub(super) count: u32,
}

/// Which learning groups of a place attend a class.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RosterForm {
    /// Ids of groups of the place; a class has at most 20 over all its places. None takes those of the place away.
    pub(super) group_ids: Vec<String>,
    /// Whether they attend the later classes of its series at the place as well, those that have not begun; false if absent.
    #[serde(default)]
    pub(super) later: bool,
}

/// A headcount of a place.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Headcount {
    count: u32,
    /// RFC 3339 in the county's zone.
    at: String,
    by_id: String,
    #[schema(value_type = NamesSchema)]
    by_names: Names,
    /// Whether more were counted than the groups of the place have pupils; false if it has no groups.
    above_roster: bool,
}

impl Headcount {
    fn new(app: &App, of: store::Headcount, pupils: Option<u32>) -> Self {
        let store::Headcount { pupils: count, at, by_id, by_names, .. } = of;
        let above_roster = pupils.is_some_and(|pupils| count > pupils);
        Self { count, at: app.zone.print(at), by_id, by_names, above_roster }
    }
}

/// A learning group in a class, as it was when the class began.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RosterGroup)]
pub(super) struct RosterGroupTold {
    group_id: String,
    name: String,
    pupils: u32,
    teacher_id: String,
    #[schema(value_type = NamesSchema)]
    teacher_names: Names,
}

impl From<store::RosterGroup> for RosterGroupTold {
    fn from(of: store::RosterGroup) -> Self {
        let store::RosterGroup { group_id, name, pupils, teacher_id, teacher_names, .. } = of;
        Self { group_id, name, pupils, teacher_id, teacher_names }
    }
}

/// Who gives a class, or sits with the pupils.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Teacher)]
pub(super) struct TeacherTold {
    person_id: String,
    #[schema(value_type = NamesSchema)]
    names: Names,
}

impl From<(String, Names)> for TeacherTold {
    fn from((person_id, names): (String, Names)) -> Self {
        Self { person_id, names }
    }
}

/// What one place was in a class.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PlaceAttendance)]
pub(super) struct PlaceAttendanceTold {
    /// Id of the organization.
    site_id: String,
    #[schema(value_type = NamesSchema)]
    names: Names,
    /// Who is the classroom there in the class: the local teachers beside those of the groups.
    classrooms: Vec<TeacherTold>,
    /// `present`: it received at least 60 % of the planned time; `partial`: less, and at least 30 seconds; `absent`: it is known
    /// that it received less than that; `unknown`: what is known does not decide, which all of a class is before its end.
    #[schema(schema_with = attendance_schema)]
    attendance: &'static str,
    /// How long sound was received there within the planned time while the lead teacher was in the room, seconds.
    received_s: u64,
    /// Of how long of the planned time nothing is known, seconds; with `receivedS` at most `plannedS`.
    unknown_s: u64,
    planned_s: u64,
    /// The groups that attend there, as they were when the class began.
    groups: Vec<RosterGroupTold>,
    /// The pupils of these groups; null if there are none.
    #[schema(required = true)]
    pupils: Option<u32>,
    /// The last headcount; null if nobody has counted.
    #[schema(required = true)]
    headcount: Option<Headcount>,
    /// Whether the person who asks may count there now.
    can_count: bool,
    /// Whether the person who asks may say now which groups attend there.
    can_name: bool,
}

pub(super) fn attendance_schema() -> Object {
    words(Attendance::ALL)
}

/// What somebody may do at a place now.
#[derive(Debug, Clone, Copy)]
pub(super) struct CanAtPlace {
    pub(super) count: bool,
    pub(super) name: bool,
}

impl PlaceAttendanceTold {
    pub(super) fn new(
        app: &App,
        place: store::ClassPlace,
        of: PlaceAttendance,
        (groups, headcount): (Vec<store::RosterGroup>, Option<store::Headcount>),
        can: CanAtPlace,
    ) -> Self {
        let all = groups.iter().fold(0_u32, |all, group| all.saturating_add(group.pupils));
        let pupils = (!groups.is_empty()).then_some(all);
        Self {
            site_id: place.site_id,
            names: place.names,
            classrooms: place.classrooms.into_iter().map(TeacherTold::from).collect(),
            attendance: of.attendance.as_str(),
            received_s: of.received_ms / 1_000,
            unknown_s: of.unknown_ms / 1_000,
            planned_s: of.planned_ms / 1_000,
            groups: groups.into_iter().map(RosterGroupTold::from).collect(),
            pupils,
            headcount: headcount.map(|it| Headcount::new(app, it, pupils)),
            can_count: can.count,
            can_name: can.name,
        }
    }
}

/// What came of a class at its places.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClassAttendance {
    pub(super) session_id: String,
    pub(super) title: String,
    /// RFC 3339 in the county's zone.
    pub(super) starts_at: String,
    pub(super) ends_at: String,
    pub(super) cancelled: bool,
    /// The series that the class stands in, if any.
    #[schema(required = true)]
    pub(super) series_id: Option<String>,
    /// When counting begins and when it ends, RFC 3339.
    pub(super) counted_from: String,
    pub(super) counted_until: String,
    #[schema(required = true)]
    pub(super) lead: Option<TeacherTold>,
    /// Of a local teacher the own place alone; in the order of the participants, at most 50.
    pub(super) places: Vec<PlaceAttendanceTold>,
}
