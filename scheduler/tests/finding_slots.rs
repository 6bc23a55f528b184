//! Slots are found where hours, holidays, bookings and ways leave room, and what is in the way of a wish is told.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county;
use crate::county::{County, assert_problem, consultation, tomorrow};
use reqwest::{Method, StatusCode};
use scheduler::Config;
use serde_json::{Value, json};

const SEARCH: &str = "/api/v1/slots:search";

async fn put(county: &County, path: &str, body: &Value) -> (StatusCode, Value) {
    county::answer(county.by("scheduler", Method::PUT, path).json(body)).await
}

/// Sets when somebody or something can be used.
async fn set(county: &County, of: &str, body: &Value) {
    let (status, said) = put(county, &format!("/api/v1/availability/{of}"), body).await;
    assert_eq!(status, StatusCode::OK, "{said}");
}

async fn find(county: &County, body: &Value) -> Value {
    let (status, found) = county.post("scheduler", SEARCH, body).await;
    assert_eq!(status, StatusCode::OK, "{found}");
    found
}

fn any_of(ids: &[(&str, &str)]) -> Value {
    let ids: Vec<Value> = ids.iter().map(|(kind, id)| json!({ "kind": kind, "id": id })).collect();
    json!({ "anyOf": ids })
}

/// Dr Chen, or Dr Wang, with Dr Zhao, a room of the hospital and the clinic's.
fn consultation_needs() -> Value {
    json!([
        any_of(&[("person", "dr-chen"), ("person", "dr-wang")]),
        any_of(&[("person", "dr-zhao")]),
        any_of(&[("room", "hospital-2"), ("room", "hospital-1")]),
        any_of(&[("room", "clinic-b-1")]),
    ])
}

/// The starts of what was found, with who serves.
fn starts(found: &Value) -> Vec<(String, Vec<String>)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let slots = found["slots"].as_array().unwrap().iter();
    let by = |slot: &Value| {
        slot["servedBy"].as_array().unwrap().iter().map(|it| text(&it["id"])).collect()
    };
    slots.map(|slot| (text(&slot["startsAt"]), by(slot))).collect()
}

fn weekdays(from: &str, to: &str) -> Value {
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday"];
    json!([{ "days": days, "from": from, "to": to }])
}

#[tokio::test]
async fn the_earliest_slots_name_who_serves_and_leave_out_who_is_taken() {
    let county = County::start().await;
    set(&county, "person/dr-zhao", &json!({ "weekly": weekdays("08:30", "11:00") })).await;
    let booked = county.book(&consultation(&tomorrow(9, 0), &tomorrow(9, 30))).await;
    assert_eq!(booked.0, StatusCode::CREATED, "{}", booked.1);
    let asked = json!({ "needs": consultation_needs(), "minutes": 30, "stepMinutes": 30, "most": 3, "from": tomorrow(0, 0) });
    let found = find(&county, &asked).await;
    let served = ["dr-chen", "dr-zhao", "hospital-2", "clinic-b-1"].map(str::to_owned).to_vec();
    let expected =
        [(8, 30), (9, 30), (10, 0)].map(|(hour, minute)| (tomorrow(hour, minute), served.clone()));
    assert_eq!(starts(&found), expected);
    assert_eq!(found["timeZone"], "Asia/Shanghai");
    assert_eq!(found["slots"][0]["endsAt"], tomorrow(9, 0));
    assert_eq!(found["slots"][0]["servedBy"][0]["names"]["en"], "Dr Chen");
    assert_eq!((&found["wished"], &found["blocking"]), (&Value::Null, &json!([])));
    let again = json!({ "kind": "person", "id": "dr-chen" });
    let two =
        json!([any_of(&[("person", "dr-chen"), ("person", "dr-wang")]), { "anyOf": [again] }]);
    let found =
        find(&county, &json!({ "needs": two, "minutes": 30, "most": 1, "from": tomorrow(0, 0) }))
            .await;
    assert_eq!(
        starts(&found),
        [(tomorrow(0, 0), vec!["dr-wang".to_owned(), "dr-chen".to_owned()])]
    );
}

#[tokio::test]
async fn all_that_is_in_the_way_of_a_wish_is_told_with_the_nearest_fix() {
    let county = County::start().await;
    set(
        &county,
        "person/dr-zhao",
        &json!({ "weekly": weekdays("08:30", "11:00"), "beforeMinutes": 20, "afterMinutes": 10 }),
    )
    .await;
    let power =
        json!([{ "name": "停电", "effect": "closed", "hours": weekdays("09:45", "10:15") }]);
    set(&county, "organization/clinic-b", &json!({ "overlays": power })).await;
    county.book(&consultation(&tomorrow(9, 0), &tomorrow(9, 30))).await;
    let wish = |hour, minute| {
        json!({ "needs": consultation_needs(), "minutes": 30, "stepMinutes": 15, "most": 1,
        "from": tomorrow(0, 0), "startsAt": tomorrow(hour, minute) })
    };
    let found = find(&county, &wish(9, 30)).await;
    assert_eq!(found["wished"], Value::Null);
    let blocking = found["blocking"].as_array().unwrap();
    let told: Vec<_> = blocking
        .iter()
        .map(|it| (it["need"].clone(), it["resource"]["id"].clone(), it["cause"].clone()))
        .collect();
    let clinic = [
        (json!(1), json!("dr-zhao"), json!("overlay")),
        (json!(1), json!("dr-zhao"), json!("travel")),
        (json!(3), json!("clinic-b-1"), json!("overlay")),
    ];
    assert_eq!(told, clinic);
    assert_eq!(
        (&blocking[0]["name"], &blocking[0]["of"]["id"]),
        (&json!("停电"), &json!("clinic-b"))
    );
    assert_eq!(
        (&blocking[0]["from"], &blocking[0]["to"]),
        (&json!(tomorrow(9, 45)), &json!(tomorrow(10, 15)))
    );
    assert_eq!(blocking[1]["until"], tomorrow(10, 0));
    assert_eq!(blocking[1]["nearest"], tomorrow(10, 15));
    assert_eq!(blocking[2]["nearest"], tomorrow(10, 15));
    assert_eq!(starts(&found)[0].0, tomorrow(10, 15));
    let found = find(&county, &wish(10, 15)).await;
    assert_eq!(
        (&found["wished"]["startsAt"], &found["blocking"]),
        (&json!(tomorrow(10, 15)), &json!([]))
    );
    let found = find(&county, &wish(12, 0)).await;
    assert_eq!(found["blocking"][0]["cause"], "hours");
    assert_eq!(found["blocking"][0]["of"]["id"], "dr-zhao");
    assert_eq!(found["blocking"][0]["until"], "2026-11-25T08:30:00+08:00");
    assert_eq!(found["blocking"][0]["nearest"], tomorrow(10, 30));
}

#[tokio::test]
async fn holidays_close_make_up_workdays_open_and_an_unpublished_year_is_said_to_be_one() {
    let county = County::start().await;
    let hours = json!({ "weekly": weekdays("08:00", "09:00"), "keepsHolidays": true });
    set(&county, "organization/hospital", &hours).await;
    let needs = json!([any_of(&[("room", "hospital-1")])]);
    let search = |from: &str, until: &str| json!({ "needs": needs, "minutes": 60, "from": from, "until": until });
    let days = |found: &Value| {
        starts(found)
            .iter()
            .map(|(start, _)| start.get(5..10).unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let over_new_year = search("2026-12-30T00:00:00+08:00", "2027-01-05T00:00:00+08:00");
    let found = find(&county, &over_new_year).await;
    assert_eq!(days(&found), ["12-30", "12-31", "01-01", "01-04"]);
    assert_eq!(found["notPublished"], json!([2027]));
    let (_, year) = county.get("scheduler", "/api/v1/holidays/2027").await;
    assert_eq!(
        year,
        json!({ "year": 2027, "published": false, "source": null, "holidays": [], "workdays": [] })
    );
    let said = json!({ "holidays": [{ "from": "2027-01-01", "to": "2027-01-03", "names": { "zh": "元旦", "en": "New Year's Day" } }],
        "workdays": ["2027-01-09", "2027-01-10"] });
    let (status, kept) = put(&county, "/api/v1/holidays/2027", &said).await;
    assert_eq!((status, &kept["source"]), (StatusCode::OK, &json!("county")));
    let found = find(&county, &over_new_year).await;
    assert_eq!(
        (days(&found), &found["notPublished"]),
        (vec!["12-30".into(), "12-31".into(), "01-04".into()], &json!([]))
    );
    let made_up = search("2027-01-08T00:00:00+08:00", "2027-01-12T00:00:00+08:00");
    assert_eq!(days(&find(&county, &made_up).await), ["01-08", "01-09", "01-10", "01-11"]);
    let mut wish = over_new_year.clone();
    wish["startsAt"] = json!("2027-01-01T08:00:00+08:00");
    let found = find(&county, &wish).await;
    assert_eq!(
        (&found["blocking"][0]["cause"], &found["blocking"][0]["name"]),
        (&json!("holiday"), &json!("元旦"))
    );
    let (_, years) = county.get("scheduler", "/api/v1/holidays").await;
    assert_eq!(years["published"].as_array().unwrap().last(), Some(&json!(2027)));
    let (_, shipped) = county.get("scheduler", "/api/v1/holidays/2026").await;
    assert_eq!(shipped["source"], "npm chinese-days 1.5.7");
    assert_eq!(shipped["workdays"].as_array().unwrap().len(), 6);
}

/// 2026-11-23 is the 15th of the 10th lunar month, 2027-02-07 the Tibetan new year.
#[tokio::test]
async fn market_days_and_festivals_are_those_of_their_reckoning() {
    let county = County::start().await;
    let overlays = json!([
        { "name": "赶集", "effect": "only", "monthDays": { "reckoning": "lunar", "digits": [3, 6, 9] } },
        { "name": "洛萨", "effect": "closed", "yearly": { "reckoning": "tibetan", "month": 1, "from": 1, "to": 3 } },
    ]);
    set(&county, "room/clinic-a-1", &json!({ "weekly": [{ "days": ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
        "from": "08:00", "to": "09:00" }], "overlays": overlays })).await;
    let needs = json!([any_of(&[("room", "clinic-a-1")])]);
    let search = |from: &str, until: &str| json!({ "needs": needs, "minutes": 60, "from": from, "until": until });
    let days = |found: &Value| {
        starts(found)
            .iter()
            .map(|(start, _)| start.get(5..10).unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let found =
        find(&county, &search("2026-11-23T08:00:00+08:00", "2026-12-05T00:00:00+08:00")).await;
    assert_eq!(days(&found), ["11-24", "11-27", "12-01", "12-04"]);
    let found =
        find(&county, &search("2027-02-07T00:00:00+08:00", "2027-02-16T00:00:00+08:00")).await;
    assert_eq!(days(&found), ["02-11", "02-14"]);
    let wish = json!({ "needs": needs, "minutes": 60, "from": "2027-02-07T00:00:00+08:00", "startsAt": "2027-02-08T08:00:00+08:00" });
    let found = find(&county, &wish).await;
    assert_eq!(found["blocking"][0]["name"], "洛萨");
}

#[tokio::test]
async fn what_was_said_of_availability_is_told_again_and_stays_when_a_faulty_one_comes() {
    let county = County::start().await;
    let path = "/api/v1/availability/room/school-1";
    let (status, whole) = county.get("scheduler", path).await;
    assert_eq!(
        (status, &whole["weekly"], &whole["keepsHolidays"]),
        (StatusCode::OK, &Value::Null, &json!(false))
    );
    let said = json!({
        "weekly": weekdays("08:00", "24:00"),
        "exceptions": [{ "day": "2026-12-24", "windows": [] }], "workdays": [{ "day": "2026-12-26", "like": "friday" }],
        "keepsHolidays": true,
        "overlays": [{ "name": "期末考试", "effect": "closed", "days": [{ "from": "2027-01-11", "to": "2027-01-15" }] }],
        "beforeMinutes": 10, "afterMinutes": 0,
    });
    assert_eq!(put(&county, path, &said).await, (StatusCode::OK, said.clone()));
    assert_eq!(county.get("scheduler", path).await, (StatusCode::OK, said.clone()));
    let faulty = json!({ "beforeMinutes": 721 });
    assert_eq!(put(&county, path, &faulty).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(county.get("scheduler", path).await.1, said, "a refused one changes nothing");
    for path in ["person/nobody", "room/nothing", "bus/1"] {
        let path = format!("/api/v1/availability/{path}");
        assert_eq!(put(&county, &path, &json!({})).await.0, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(county.get("scheduler", &path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
}

/// Bodies that are refused, with the member and the word that are told.
fn refused() -> Vec<(Value, &'static str, &'static str)> {
    let overlay = |more: Value| {
        let mut overlay = json!({ "name": "x", "effect": "closed" });
        overlay.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "overlays": [overlay] })
    };
    vec![
        (
            json!({ "weekly": [{ "days": ["monday"], "from": "8:00", "to": "12:00" }] }),
            "weekly[0].from",
            "not-a-time-of-day",
        ),
        (
            json!({ "weekly": [{ "days": ["monday"], "from": "08:00", "to": "24:01" }] }),
            "weekly[0].to",
            "not-a-time-of-day",
        ),
        (
            json!({ "weekly": [{ "days": ["monday"], "from": "22:00", "to": "06:00" }] }),
            "weekly[0].to",
            "end-before-start",
        ),
        (
            json!({ "weekly": [{ "days": [], "from": "08:00", "to": "12:00" }] }),
            "weekly[0].days",
            "not-weekdays",
        ),
        (json!({ "exceptions": [{ "day": "2026-02-30" }] }), "exceptions[0].day", "not-a-day"),
        (
            json!({ "exceptions": [{ "day": "2026-12-24" }, { "day": "2026-12-24" }] }),
            "exceptions[1].day",
            "day-twice",
        ),
        (json!({ "beforeMinutes": 721 }), "beforeMinutes", "too-large"),
        (overlay(json!({})), "overlays[0]", "not-one-time"),
        (overlay(json!({ "days": [], "hours": [] })), "overlays[0]", "not-one-time"),
        (
            overlay(json!({ "days": [{ "from": "2027-01-15", "to": "2027-01-11" }] })),
            "overlays[0].days[0].to",
            "end-before-start",
        ),
        (
            overlay(json!({ "monthDays": { "reckoning": "lunar", "digits": [10] } })),
            "overlays[0].monthDays.digits",
            "not-digits",
        ),
        (
            overlay(json!({ "yearly": { "reckoning": "hijri", "month": 13, "from": 1, "to": 2 } })),
            "overlays[0].yearly",
            "not-days-of-a-month",
        ),
        (overlay(json!({ "name": " ", "days": [] })), "overlays[0].name", "not-a-name"),
        (
            json!({ "overlays": vec![json!({ "name": "x", "effect": "only", "days": [] }); 21] }),
            "overlays",
            "too-many",
        ),
    ]
}

#[tokio::test]
async fn what_is_wrong_with_availability_is_told_at_its_member() {
    let county = County::start().await;
    let path = "/api/v1/availability/room/school-1";
    for (body, field, code) in refused() {
        let (status, problem) = put(&county, path, &body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert_problem(&problem, "invalid", 422);
        assert_eq!(
            (&problem["errors"][0]["field"], &problem["errors"][0]["code"]),
            (&json!(field), &json!(code)),
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_faulty_search_says_what_to_change() {
    let county = County::start().await;
    let good = json!({ "needs": [any_of(&[("person", "dr-chen")])], "minutes": 30 });
    let with = |member: &str, value: Value| {
        let mut body = good.clone();
        body[member] = value;
        body
    };
    let many: Vec<Value> =
        (0..65).map(|place| json!({ "kind": "room", "id": format!("r{place}") })).collect();
    let cases = [
        (with("minutes", json!(0)), "minutes", "out-of-range"),
        (with("minutes", json!(721)), "minutes", "out-of-range"),
        (with("stepMinutes", json!(7)), "stepMinutes", "not-a-step"),
        (with("most", json!(51)), "most", "out-of-range"),
        (with("from", json!("soon")), "from", "not-a-time"),
        (with("until", json!("2026-11-23T07:00:00+08:00")), "until", "end-before-start"),
        (with("until", json!("2026-12-25T08:00:00+08:00")), "until", "too-long"),
        (with("startsAt", json!("2026-11-22T08:00:00+08:00")), "startsAt", "outside-of-search"),
        (with("needs", json!([])), "needs", "nothing-needed"),
        (with("needs", json!(vec![any_of(&[("person", "dr-chen")]); 9])), "needs", "too-many"),
        (with("needs", json!([{ "anyOf": [] }])), "needs[0].anyOf", "nothing-needed"),
        (with("needs", json!([{ "anyOf": many }])), "needs[0].anyOf", "too-many"),
        (
            with("needs", json!([any_of(&[("room", "school-1"), ("room", "school-1")])])),
            "needs[0].anyOf",
            "named-twice",
        ),
        (
            with(
                "needs",
                json!([
                    any_of(&[("person", "dr-chen")]),
                    any_of(&[("room", "hospital-1"), ("room", "dr-chen")])
                ]),
            ),
            "needs[1].anyOf[1]",
            "room-unknown",
        ),
        (
            with("needs", json!([any_of(&[("person", "nobody")])])),
            "needs[0].anyOf[0]",
            "person-unknown",
        ),
    ];
    for (body, field, code) in cases {
        let (status, problem) = county.post("scheduler", SEARCH, &body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}: {problem}");
        assert_problem(&problem, "invalid", 422);
        assert_eq!(
            (&problem["errors"][0]["field"], &problem["errors"][0]["code"]),
            (&json!(field), &json!(code)),
            "{body}"
        );
    }
    let (status, problem) = county.post("dr-chen", SEARCH, &good).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_problem(&problem, "forbidden", 403);
}

#[tokio::test]
async fn a_retired_room_serves_nobody() {
    let county = County::start().await;
    let room = json!({ "names": { "zh": "诊室", "en": "Room" }, "organizationId": "hospital", "retired": true });
    let (status, said) = put(&county, "/api/v1/rooms/hospital-2", &room).await;
    assert_eq!(status, StatusCode::OK, "{said}");
    let body = json!({ "needs": consultation_needs(), "minutes": 30 });
    let (status, problem) = county.post("scheduler", SEARCH, &body).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    assert_eq!(problem["errors"][0]["field"], "needs[2].anyOf[0]");
}

/// What a consultation in full size takes of the clinic's line.
fn on_the_line(down_kbps: u32) -> Value {
    json!([{ "organizationId": "clinic-b", "downKbps": down_kbps, "upKbps": 100 }])
}

#[tokio::test]
async fn a_line_is_a_need_by_what_it_carries_beside_what_is_booked_on_it() {
    let county = County::start().await;
    let line = json!({ "downKbps": 1_000, "upKbps": 1_000, "tariff": [] });
    let path = "/api/v1/organizations/clinic-b/line";
    assert_eq!(put(&county, path, &line).await.0, StatusCode::OK);
    let (status, booked) = county.book(&consultation(&tomorrow(9, 0), &tomorrow(10, 0))).await;
    assert_eq!(status, StatusCode::CREATED, "{booked}");
    // Dr Wang is free all day: what is in the way is the line that Dr Zhao's session is on.
    let needs = json!([any_of(&[("person", "dr-wang")])]);
    let search = |down_kbps: u32| {
        json!({ "needs": needs, "lines": on_the_line(down_kbps), "minutes": 30, "stepMinutes": 30, "most": 1,
                "from": tomorrow(9, 0), "until": tomorrow(18, 0), "startsAt": tomorrow(9, 0) })
    };
    let found = find(&county, &search(400)).await;
    assert_eq!(found["slots"][0]["startsAt"], tomorrow(9, 0));
    assert_eq!(found["slots"][0]["servedBy"][1]["kind"], "line");
    let found = find(&county, &search(500)).await;
    assert_eq!(found["slots"][0]["startsAt"], tomorrow(10, 0));
    let blocker = &found["blocking"][0];
    assert_eq!(
        (&blocker["need"], &blocker["cause"], &blocker["resource"]["id"]),
        (&json!(1), &json!("full"), &json!("clinic-b"))
    );
    assert_eq!(
        (&blocker["until"], &blocker["nearest"]),
        (&json!(tomorrow(10, 0)), &json!(tomorrow(10, 0)))
    );
    // The session that is to be moved is in nobody's way; what no line carries has no slot.
    let mut moved = search(500);
    moved["butSession"] = booked["id"].clone();
    assert_eq!(find(&county, &moved).await["slots"][0]["startsAt"], tomorrow(9, 0));
    let never = find(&county, &search(1_001)).await;
    assert_eq!((&never["slots"], &never["blocking"][0]["nearest"]), (&json!([]), &json!(null)));
    // A site whose line nobody knows has room for all.
    let mut unknown = search(1_001);
    unknown["lines"][0]["organizationId"] = json!("clinic-c");
    assert_eq!(find(&county, &unknown).await["slots"][0]["startsAt"], tomorrow(9, 0));
}

#[tokio::test]
async fn lines_that_cannot_be_asked_for_are_refused_at_their_member() {
    let county = County::start().await;
    let line = |id: &str, down_kbps: u32| json!({ "organizationId": id, "downKbps": down_kbps, "upKbps": 1 });
    for (lines, field, code) in [
        (json!([line("nowhere", 1)]), "lines[0].organizationId", "organization-unknown"),
        (json!([line("clinic-b", 10_000_001)]), "lines[0].downKbps", "out-of-range"),
        (
            json!([line("clinic-b", 1), line("clinic-b", 2)]),
            "lines[1].organizationId",
            "named-twice",
        ),
        (json!(vec![line("clinic-b", 1); 9]), "lines", "too-many"),
    ] {
        let needs = json!([any_of(&[("person", "dr-wang")])]);
        let body = json!({ "needs": needs, "lines": lines, "minutes": 30 });
        let (status, problem) = county.post("scheduler", SEARCH, &body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        let fault = &problem["errors"][0];
        assert_eq!((&fault["field"], &fault["code"]), (&json!(field), &json!(code)), "{problem}");
    }
}

#[tokio::test]
async fn a_search_through_too_many_bookings_is_refused_and_a_smaller_one_is_not() {
    let county = County::start_with(Config { slot_claims_max: 2, ..Config::default() }).await;
    for hour in [9, 10, 11] {
        county.book(&consultation(&tomorrow(hour, 0), &tomorrow(hour, 30))).await;
    }
    let search = |from: String, until: String, most: u32| json!({ "needs": [any_of(&[("person", "dr-chen")])], "minutes": 30, "most": most, "from": from, "until": until });
    let (status, problem) =
        county.post("scheduler", SEARCH, &search(tomorrow(0, 0), tomorrow(23, 0), 50)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    assert_eq!(problem["errors"][0]["code"], "too-much-to-search");
    let later = |day: u32| format!("2026-11-{day}T12:00:00+08:00");
    for (from, until, most) in [(later(26), later(27), 50), (tomorrow(0, 0), tomorrow(23, 0), 5)] {
        let found = find(&county, &search(from, until, most)).await;
        assert_eq!(found["slots"].as_array().unwrap().len(), most as usize);
    }
}
