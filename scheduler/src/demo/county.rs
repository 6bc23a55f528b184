//! A small county to try: made-up people in made-up places of a real kind.

use session::{Kind, Role};

use crate::store::{Directory, Organization, Person, Room, SCHEDULER};

/// Everybody and everything of the demo county.
pub(super) fn directory() -> Directory {
    let people = PEOPLE.iter().filter_map(|(id, name, name_en, organization_id, roles)| {
        Some(Person {
            id: (*id).into(),
            name: (*name).into(),
            name_en: (*name_en).into(),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            organization: organizations()
                .find(|organization| organization.id == *organization_id)?,
        })
    });
    let rooms = ROOMS.iter().map(|(id, name, name_en, organization_id)| Room {
        id: (*id).into(),
        name: (*name).into(),
        name_en: (*name_en).into(),
        organization_id: (*organization_id).into(),
    });
    Directory {
        organizations: organizations().collect(),
        people: people.collect(),
        rooms: rooms.collect(),
    }
}

fn organizations() -> impl Iterator<Item = Organization> {
    ORGANIZATIONS.iter().map(|(id, name, name_en, kind)| Organization {
        id: (*id).into(),
        name: (*name).into(),
        name_en: (*name_en).into(),
        kind: (*kind).into(),
    })
}

const ORGANIZATIONS: &[(&str, &str, &str, &str)] = &[
    ("hospital", "白水县人民医院", "Baishui County Hospital", "health"),
    ("school", "城关第一小学", "Chengguan First Primary School", "education"),
    ("clinic-a", "云台镇卫生院", "Yuntai Township Clinic", "health"),
    ("clinic-b", "林皋镇卫生院", "Lingao Township Clinic", "health"),
    ("clinic-c", "尧禾镇卫生院", "Yaohe Township Clinic", "health"),
    ("village-a", "北塬村教学点", "Beiyuan Village Classroom", "education"),
    ("village-b", "石泉村教学点", "Shiquan Village Classroom", "education"),
];

type PersonRow = (&'static str, &'static str, &'static str, &'static str, &'static [&'static str]);

const PEOPLE: &[PersonRow] = &[
    ("scheduler", "周调度", "Scheduler Zhou", "hospital", &[SCHEDULER]),
    ("dr-wang", "王主任", "Dr Wang", "hospital", &["specialist"]),
    ("dr-chen", "陈医生", "Dr Chen", "hospital", &["specialist"]),
    ("dr-li", "李医生", "Dr Li", "clinic-a", &["village_doctor"]),
    ("dr-zhao", "赵医生", "Dr Zhao", "clinic-b", &["village_doctor"]),
    ("dr-sun", "孙医生", "Dr Sun", "clinic-c", &["village_doctor"]),
    ("teacher-zhang", "张老师", "Teacher Zhang", "school", &["lead_teacher"]),
    ("teacher-wu", "吴老师", "Teacher Wu", "school", &["lead_teacher"]),
    (
        "class-a",
        "北塬村教室（刘老师）",
        "Beiyuan classroom (Teacher Liu)",
        "village-a",
        &["classroom"],
    ),
    (
        "class-b",
        "石泉村教室（马老师）",
        "Shiquan classroom (Teacher Ma)",
        "village-b",
        &["classroom"],
    ),
    ("reader", "北塬村书屋", "Beiyuan village reading room", "village-a", &[]),
];

const ROOMS: &[(&str, &str, &str, &str)] = &[
    ("hospital-1", "远程会诊室一", "Consultation room 1", "hospital"),
    ("hospital-2", "远程会诊室二", "Consultation room 2", "hospital"),
    ("school-1", "录播教室", "Recording classroom", "school"),
    ("clinic-a-1", "云台远程诊室", "Yuntai telemedicine room", "clinic-a"),
    ("clinic-b-1", "林皋远程诊室", "Lingao telemedicine room", "clinic-b"),
    ("clinic-c-1", "尧禾远程诊室", "Yaohe telemedicine room", "clinic-c"),
    ("village-a-1", "北塬村教室", "Beiyuan classroom", "village-a"),
    ("village-b-1", "石泉村教室", "Shiquan classroom", "village-b"),
];

/// A session that is open the whole day.
pub(super) struct Standing {
    pub(super) kind: Kind,
    pub(super) title: &'static str,
    pub(super) rooms: &'static [&'static str],
    pub(super) participants: &'static [(&'static str, Role)],
}

pub(super) const STANDING: &[Standing] = &[
    Standing {
        kind: Kind::Consultation,
        title: "高血压患者远程会诊",
        rooms: &["hospital-1", "clinic-a-1"],
        participants: &[("dr-wang", Role::Specialist), ("dr-li", Role::VillageDoctor)],
    },
    Standing {
        kind: Kind::Class,
        title: "三年级科学：水的循环",
        rooms: &["school-1", "village-a-1", "village-b-1"],
        participants: &[
            ("teacher-zhang", Role::LeadTeacher),
            ("class-a", Role::Classroom),
            ("class-b", Role::Classroom),
        ],
    },
];

/// Whose links are printed: person id, role word, who it is, the page it opens.
pub(super) const LINKS: &[(&str, &str, &str, &str, &str)] = &[
    (
        "dr-wang",
        "specialist",
        "会诊专家（王主任，县医院）",
        "Specialist (Dr Wang, county hospital)",
        "home",
    ),
    (
        "dr-li",
        "village_doctor",
        "乡村医生（李医生，云台镇卫生院）",
        "Village doctor (Dr Li, Yuntai clinic)",
        "home",
    ),
    (
        "teacher-zhang",
        "lead_teacher",
        "主讲教师（张老师，城关第一小学）",
        "Lead teacher (Teacher Zhang, town school)",
        "home",
    ),
    (
        "class-a",
        "classroom",
        "村教室一（北塬村，刘老师）",
        "Village classroom 1 (Beiyuan, Teacher Liu)",
        "home",
    ),
    (
        "class-b",
        "classroom",
        "村教室二（石泉村，马老师）",
        "Village classroom 2 (Shiquan, Teacher Ma)",
        "home",
    ),
    ("scheduler", "scheduler", "调度员（周调度）", "Scheduler (Zhou)", "home"),
    ("reader", "replay", "回放库（村民书屋）", "Replay library (village reading room)", "replay"),
];
