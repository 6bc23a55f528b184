//! A scheduler books; the day shows it to those it concerns; a clash names the way out.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county;
use crate::county::{County, TOMORROW_9, assert_problem, consultation, tomorrow};
use reqwest::StatusCode;
use serde_json::{Value, json};

#[tokio::test]
async fn a_booked_session_is_told_whole_with_its_place() {
    let county = County::start().await;
    let wish = consultation("2026-11-24T01:00:00Z", &tomorrow(9, 30));
    let request = county.by("scheduler", reqwest::Method::POST, "/api/v1/sessions").json(&wish);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::CREATED);
    assert_eq!(response.headers()["cache-control"], "no-store");
    let place = response.headers()["location"].to_str().unwrap().to_owned();
    let session: Value = response.json().await.unwrap();
    let id = session["id"].as_str().unwrap();
    assert_eq!(place, format!("/api/v1/sessions/{id}"));
    let expected = json!({
        "id": id, "kind": "consultation", "title": "皮肤科会诊", "startsAt": TOMORROW_9, "endsAt": tomorrow(9, 30),
        "state": "scheduled", "endedAt": null, "recording": true, "version": 1, "joinable": false,
        "organizationNames": { "zh": "白水县人民医院", "en": "Baishui County Hospital" }, "seriesId": null,
        "rooms": [
            { "id": "hospital-2", "names": { "zh": "远程会诊室二", "en": "Consultation room 2" }, "organizationId": "hospital" },
            { "id": "clinic-b-1", "names": { "zh": "林皋远程诊室", "en": "Lingao telemedicine room" }, "organizationId": "clinic-b" }
        ],
        "terminals": [],
        "participants": [
            { "personId": "dr-chen", "names": { "zh": "陈医生", "en": "Dr Chen" }, "role": "specialist",
              "organizationNames": { "zh": "白水县人民医院", "en": "Baishui County Hospital" }, "line": null },
            { "personId": "dr-zhao", "names": { "zh": "赵医生", "en": "Dr Zhao" }, "role": "village_doctor",
              "organizationNames": { "zh": "林皋镇卫生院", "en": "Lingao Township Clinic" }, "line": null }
        ]
    });
    assert_eq!(session, expected);
    for person in ["scheduler", "dr-chen", "dr-zhao"] {
        assert_eq!(
            county.get(person, &place).await,
            (StatusCode::OK, expected.clone()),
            "{person}"
        );
    }
    let (status, problem) = county.get("dr-li", &place).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_problem(&problem, "forbidden", 403);
}

#[tokio::test]
async fn the_day_shows_a_scheduler_everything_and_others_their_own() {
    let county = County::start().await;
    let (_, made) = county.book(&consultation(&tomorrow(9, 0), &tomorrow(9, 30))).await;
    let day = "/api/v1/sessions?day=2026-11-24";
    for (person, seen) in
        [("scheduler", 1), ("dr-chen", 1), ("dr-zhao", 1), ("dr-wang", 0), ("reader", 0)]
    {
        let (status, body) = county.get(person, day).await;
        assert_eq!(
            (status, &body["day"], &body["more"]),
            (StatusCode::OK, &json!("2026-11-24"), &json!(false))
        );
        let ids: Vec<&Value> =
            body["sessions"].as_array().unwrap().iter().map(|session| &session["id"]).collect();
        assert_eq!(ids, vec![&made["id"]; seen], "{person}");
    }
    let (_, before) = county.get("scheduler", "/api/v1/sessions?day=2026-11-25").await;
    assert_eq!(before["sessions"], json!([]));
    let (_, today) = county.get("scheduler", "/api/v1/sessions").await;
    assert_eq!(
        (&today["day"], today["sessions"].as_array().unwrap().len()),
        (&json!("2026-11-23"), 2)
    );
}

#[tokio::test]
async fn a_day_of_many_sessions_comes_in_parts_of_which_none_is_lost_or_told_twice() {
    let county = County::start().await;
    let mut made = Vec::new();
    for nth in 0..503_u32 {
        let at = |minute: u32| tomorrow(minute / 60, minute % 60);
        let teacher = if nth % 2 == 0 { "teacher-wu" } else { "teacher-zhang" };
        let body = json!({
            "kind": "training", "title": "x", "startsAt": at(2 * (nth / 2)), "endsAt": at(2 * (nth / 2) + 2), "recording": false,
            "participants": [{ "personId": teacher, "role": "lead_teacher" }]
        });
        let (status, session) = county.book(&body).await;
        assert_eq!(status, StatusCode::CREATED, "{session}");
        made.push((session["startsAt"].clone(), session["id"].clone()));
    }
    made.sort_by_key(|(start, id)| (start.to_string(), id.to_string()));
    let (mut told, mut path) = (Vec::new(), "/api/v1/sessions?day=2026-11-24".to_owned());
    let mut sizes = Vec::new();
    loop {
        let (status, body) = county.get("scheduler", &path).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        let sessions = body["sessions"].as_array().unwrap();
        sizes.push(sessions.len());
        told.extend(sessions.iter().map(|it| (it["startsAt"].clone(), it["id"].clone())));
        assert_eq!(body["more"], !body["next"].is_null());
        let Some(next) = body["next"].as_str() else { break };
        path = format!("/api/v1/sessions?day=2026-11-24&after={next}");
    }
    assert_eq!((sizes, told), (vec![500, 3], made));
    let (status, problem) = county.get("scheduler", "/api/v1/sessions?after=x").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_problem(&problem, "bad-parameter", 400);
}

#[tokio::test]
async fn a_session_over_midnight_is_on_both_days() {
    let county = County::start().await;
    county.book(&consultation(&tomorrow(23, 30), "2026-11-25T00:30:00+08:00")).await;
    for (day, seen) in [("2026-11-24", 1), ("2026-11-25", 1), ("2026-11-26", 0)] {
        let (_, body) = county.get("dr-chen", &format!("/api/v1/sessions?day={day}")).await;
        assert_eq!(body["sessions"].as_array().unwrap().len(), seen, "{day}");
    }
}

#[tokio::test]
async fn the_home_page_is_one_answer() {
    let county = County::start().await;
    let (status, me) = county.get("dr-li", "/api/v1/me").await;
    assert_eq!(status, StatusCode::OK);
    let person = json!({
        "id": "dr-li", "names": { "zh": "李医生", "en": "Dr Li" }, "roles": ["village_doctor"], "site": "云台镇卫生院",
        "organization": { "id": "clinic-a", "names": { "zh": "云台镇卫生院", "en": "Yuntai Township Clinic" }, "kind": "health" }
    });
    assert_eq!(
        (&me["person"], &me["can"]),
        (
            &person,
            &json!({ "book": false, "administer": false, "keepAccess": false, "audit": false, "keepCalls": true })
        )
    );
    assert_eq!(me["now"], "2026-11-23T08:00:00+08:00");
    assert_eq!(me["timeZone"], "Asia/Shanghai");
    assert_eq!(me["today"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&me["today"][0]["kind"], &me["today"][0]["joinable"]),
        (&json!("consultation"), &json!(true))
    );
    let (_, me) = county.get("scheduler", "/api/v1/me").await;
    assert_eq!(
        (&me["can"], me["today"].as_array().unwrap().len()),
        (
            &json!({ "book": true, "administer": true, "keepAccess": true, "audit": false, "keepCalls": false }),
            2
        )
    );
    assert_eq!(
        me["today"][0]["joinable"], false,
        "a scheduler who takes no part has nothing to join"
    );
}

#[tokio::test]
async fn the_home_page_tells_ones_own_sessions_of_the_week_to_come() {
    let county = County::start().await;
    county.book(&consultation(&tomorrow(9, 0), &tomorrow(9, 30))).await;
    let (_, cancelled) = county.book(&consultation(&tomorrow(10, 0), &tomorrow(10, 30))).await;
    let path = format!("/api/v1/sessions/{}/cancel", cancelled["id"].as_str().unwrap());
    county.post("scheduler", &path, &json!({})).await;
    county.book(&consultation("2026-12-01T09:00:00+08:00", "2026-12-01T09:30:00+08:00")).await;
    let soon = async |person: &str| county.get(person, "/api/v1/me").await.1["soon"].clone();
    let starts: Vec<_> =
        soon("dr-chen").await.as_array().unwrap().iter().map(|it| it["startsAt"].clone()).collect();
    assert_eq!(starts, [json!(TOMORROW_9)], "neither a cancelled one nor one after the week");
    assert_eq!(soon("dr-li").await, json!([]), "nor one of others");
    assert_eq!(soon("scheduler").await, json!([]), "also for a scheduler");
}

#[tokio::test]
async fn the_directory_is_for_schedulers() {
    let county = County::start().await;
    let (status, directory) = county.get("scheduler", "/api/v1/directory").await;
    assert_eq!(status, StatusCode::OK);
    let count = |member: &str| directory[member].as_array().unwrap().len();
    assert_eq!((count("organizations"), count("people"), count("rooms")), (7, 11, 8));
    let wang = json!({ "id": "dr-wang", "names": { "zh": "王主任", "en": "Dr Wang" }, "roles": ["specialist"], "organizationId": "hospital", "interprets": [] });
    assert!(directory["people"].as_array().unwrap().contains(&wang));
    let (status, problem) = county.get("dr-wang", "/api/v1/directory").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_problem(&problem, "forbidden", 403);
}

#[tokio::test]
async fn a_clash_names_who_is_taken_until_when_and_when_all_are_free() {
    let county = County::start().await;
    assert_eq!(
        county.book(&consultation(&tomorrow(9, 0), &tomorrow(9, 30))).await.0,
        StatusCode::CREATED
    );
    // The village doctor alone is taken right after; so both are free only from 10:00.
    let mut other = consultation(&tomorrow(9, 30), &tomorrow(10, 0));
    other["participants"][0]["personId"] = json!("dr-wang");
    other["roomIds"] = json!([]);
    assert_eq!(county.book(&other).await.0, StatusCode::CREATED);
    let (status, problem) = county.book(&consultation(&tomorrow(9, 15), &tomorrow(9, 45))).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_problem(&problem, "slot-taken", 409);
    assert_eq!(
        problem["resource"],
        json!({ "kind": "person", "id": "dr-chen", "names": { "zh": "陈医生", "en": "Dr Chen" } })
    );
    assert_eq!(
        (&problem["takenUntil"], &problem["nextFree"]),
        (&json!(tomorrow(9, 30)), &json!(tomorrow(10, 0)))
    );
    assert!(problem["detail"].as_str().unwrap().contains("陈医生"));
    let again = consultation(problem["nextFree"].as_str().unwrap(), &tomorrow(10, 30));
    assert_eq!(
        county.book(&again).await.0,
        StatusCode::CREATED,
        "the next free time can be booked"
    );
}

#[tokio::test]
async fn a_taken_room_is_named_as_a_room() {
    let county = County::start().await;
    county.book(&consultation(&tomorrow(9, 0), &tomorrow(9, 30))).await;
    let mut wish = consultation(&tomorrow(9, 29), &tomorrow(9, 40));
    wish["participants"] = json!([{ "personId": "dr-wang", "role": "specialist" }, { "personId": "dr-li", "role": "village_doctor" }]);
    wish["roomIds"] = json!(["clinic-b-1"]);
    let (_, problem) = county.book(&wish).await;
    assert_problem(&problem, "slot-taken", 409);
    assert_eq!(
        problem["resource"],
        json!({ "kind": "room", "id": "clinic-b-1", "names": { "zh": "林皋远程诊室", "en": "Lingao telemedicine room" } })
    );
}

#[tokio::test]
async fn the_last_of_many_is_found_to_be_taken() {
    let county = County::start().await;
    let mut other = consultation(&tomorrow(9, 0), &tomorrow(9, 30));
    other["roomIds"] = json!(["village-b-1"]);
    assert_eq!(county.book(&other).await.0, StatusCode::CREATED);
    let mut wish = consultation(&tomorrow(9, 0), &tomorrow(9, 30));
    wish["participants"] = json!([{ "personId": "dr-wang", "role": "specialist" }, { "personId": "dr-li", "role": "village_doctor" }]);
    let rooms = ["hospital-1", "hospital-2", "clinic-a-1", "clinic-b-1", "clinic-c-1", "school-1"];
    wish["roomIds"] = json!([&rooms[..], &["village-b-1"]].concat());
    let (_, problem) = county.book(&wish).await;
    assert_problem(&problem, "slot-taken", 409);
    assert_eq!(problem["resource"]["id"], "village-b-1");
    wish["startsAt"] = problem["nextFree"].clone();
    wish["endsAt"] = json!(tomorrow(10, 0));
    assert_eq!(county.book(&wish).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn a_refused_booking_takes_nothing() {
    let county = County::start().await;
    county.book(&consultation(&tomorrow(9, 0), &tomorrow(9, 30))).await;
    let mut wish = consultation(&tomorrow(9, 0), &tomorrow(9, 30));
    wish["participants"] = json!([{ "personId": "dr-wang", "role": "specialist" }, { "personId": "dr-zhao", "role": "village_doctor" }]);
    wish["roomIds"] = json!([]);
    assert_eq!(county.book(&wish).await.0, StatusCode::CONFLICT);
    wish["participants"][1]["personId"] = json!("dr-sun");
    assert_eq!(
        county.book(&wish).await.0,
        StatusCode::CREATED,
        "dr-wang was not taken by the refused one"
    );
}

#[tokio::test]
async fn back_to_back_sessions_do_not_clash() {
    let county = County::start().await;
    for hour in 9..12 {
        let (status, _) =
            county.book(&consultation(&tomorrow(hour, 0), &tomorrow(hour + 1, 0))).await;
        assert_eq!(status, StatusCode::CREATED);
    }
}

#[tokio::test]
async fn cancelling_frees_everybody_and_twice_is_the_same_as_once() {
    let county = County::start().await;
    let wish = consultation(&tomorrow(9, 0), &tomorrow(9, 30));
    let (_, made) = county.book(&wish).await;
    let cancel = format!("/api/v1/sessions/{}/cancel", made["id"].as_str().unwrap());
    assert_eq!(county.post("dr-chen", &cancel, &json!({})).await.0, StatusCode::FORBIDDEN);
    assert_eq!(county.book(&wish).await.0, StatusCode::CONFLICT);
    for _ in 0..2 {
        let (status, session) = county.post("scheduler", &cancel, &json!({})).await;
        assert_eq!((status, &session["state"]), (StatusCode::OK, &json!("cancelled")));
        assert_eq!(session["rooms"], made["rooms"], "where it was to be is still told");
    }
    assert_eq!(county.book(&wish).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn a_session_that_is_over_cannot_be_cancelled() {
    let county = County::start().await;
    let (_, made) = county.book(&consultation(&tomorrow(9, 0), &tomorrow(9, 30))).await;
    county.set_clock(county::NOW_S + 2 * 86_400);
    let (status, problem) = county
        .post(
            "scheduler",
            &format!("/api/v1/sessions/{}/cancel", made["id"].as_str().unwrap()),
            &json!({}),
        )
        .await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_problem(&problem, "too-late", 409);
}

#[tokio::test]
async fn bookings_outlive_a_restart() {
    let county = County::start().await;
    let (_, made) = county.book(&consultation(&tomorrow(9, 0), &tomorrow(9, 30))).await;
    let folder = county.stop().await.unwrap();
    let county = County::start_in(folder.path(), scheduler::Config::default()).await;
    let (_, day) = county.get("dr-chen", "/api/v1/sessions?day=2026-11-24").await;
    assert_eq!(day["sessions"], json!([made]));
}
