//! The line of a site is booked like a room, but by what it carries: quoted before, refused with what would fit, held by the
//! store whoever writes, and carried to the gateway by the token.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county;
use crate::county::{County, NOW_S, answer, assert_problem, consultation, keys, tomorrow};
use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use session::{AccessToken, Megabytes, Mode, Own};
use sqlx::AnyPool;

/// Where dr-zhao sits.
const LINE: &str = "/api/v1/organizations/clinic-b/line";
const RECEPTION: &str = "/api/v1/organizations/clinic-b/reception";
const QUOTE: &str = "/api/v1/sessions/quote";

async fn put(county: &County, path: &str, body: &Value) -> (StatusCode, Value) {
    answer(county.by("scheduler", Method::PUT, path).json(body)).await
}

async fn set_line(county: &County, down_kbps: u32, up_kbps: u32) {
    let line = json!({
        "downKbps": down_kbps, "upKbps": up_kbps,
        "tariff": [{ "from": "07:00", "hundredthFenPerMb": 30 }, { "from": "23:00", "hundredthFenPerMb": 0 }]
    });
    assert_eq!(put(county, LINE, &line).await, (StatusCode::OK, line.clone()));
    assert_eq!(county.get("scheduler", LINE).await, (StatusCode::OK, line));
}

/// A consultation of the clinic with a specialist, in no room.
fn wish(specialist: &str, starts_at: &str, ends_at: &str) -> Value {
    let mut wish = consultation(starts_at, ends_at);
    wish["participants"][0]["personId"] = json!(specialist);
    wish["roomIds"] = json!([]);
    wish
}

/// Tomorrow from nine to ten.
fn an_hour() -> Value {
    wish("dr-chen", &tomorrow(9, 0), &tomorrow(10, 0))
}

fn clinic(sites: &Value) -> &Value {
    let found = sites.as_array().unwrap().iter().find(|it| it["organizationId"] == "clinic-b");
    found.unwrap_or_else(|| panic!("{sites}"))
}

fn in_mode(mut wish: Value, mode: &str) -> Value {
    wish["sites"] = json!([{ "organizationId": "clinic-b", "mode": mode }]);
    wish
}

/// What the token of a person of a session says, at its start.
async fn own(county: &County, session: &Value, person: &str) -> Own {
    county.set_clock(NOW_S + 25 * 3600);
    let join = format!("/api/v1/sessions/{}/join", session["id"].as_str().unwrap());
    let (status, pass) = county.post(person, &join, &json!({})).await;
    assert_eq!(status, StatusCode::OK, "{pass}");
    let text = pass["token"].as_str().unwrap();
    AccessToken::read(text, &keys(), NOW_S + 25 * 3600).unwrap().own.unwrap()
}

fn session_bytes(own: &Own) -> Option<u64> {
    own.data_budget.as_ref().and_then(|budget| budget.session).map(Megabytes::bytes)
}

#[tokio::test]
async fn a_quote_says_what_each_mode_takes_and_costs_and_books_nothing() {
    let county = County::start().await;
    let (_, before) = county.post("scheduler", QUOTE, &an_hour()).await;
    let unknown = clinic(&before["sites"]);
    assert_eq!((&unknown["line"], &unknown["modes"][0]["fen"]), (&json!(null), &json!(null)));
    assert_eq!(unknown["modes"][0]["megabytes"], 702);
    set_line(&county, 400, 400).await;
    let reception =
        json!({ "mode": "full", "modeMost": "full", "sessionMb": null, "monthMb": 150 });
    assert_eq!(put(&county, RECEPTION, &reception).await.0, StatusCode::OK);
    let mut draft = an_hour();
    draft["title"] = json!("");
    let (status, quote) = county.post("scheduler", QUOTE, &draft).await;
    assert_eq!(status, StatusCode::OK, "{quote}");
    let site = clinic(&quote["sites"]);
    assert_eq!((&site["people"], &site["mode"]), (&json!(1), &json!("full")));
    assert_eq!((&site["monthMb"], &site["monthLeftMb"]), (&json!(150), &json!(150)));
    let modes: Vec<_> = site["modes"].as_array().unwrap().iter().collect();
    let column = |name: &str| modes.iter().map(|it| it[name].clone()).collect::<Vec<_>>();
    assert_eq!(column("mode"), ["full", "small", "slides", "voice", "stills"]);
    assert_eq!(column("downKbps"), [562, 192, 66, 42, 19]);
    assert_eq!(column("upKbps"), [685, 195, 45, 45, 15]);
    assert_eq!(column("megabytes"), [702, 218, 63, 49, 20]);
    assert_eq!(
        column("fen"),
        [211, 66, 19, 15, 6],
        "30 hundredths of a fen a megabyte, rounded up"
    );
    let misfit = |at: usize| modes[at]["misfit"].clone();
    let line = json!({
        "reason": "line", "from": tomorrow(9, 0), "until": tomorrow(10, 0), "overDownKbps": 162, "overUpKbps": 285
    });
    assert_eq!(misfit(0), line);
    assert_eq!((misfit(1)["reason"].clone(), misfit(2)), (json!("month"), json!(null)));
    assert_eq!(quote["nextFit"], json!(null), "a picture in full size never fits this line");
    let day = county.get("scheduler", "/api/v1/sessions?day=2026-11-24").await.1;
    assert_eq!(day["sessions"], json!([]));
}

#[tokio::test]
async fn what_a_line_cannot_carry_is_refused_with_what_fits_and_when() {
    let county = County::start().await;
    set_line(&county, 800, 800).await;
    // Two rooms of the clinic's, two doctors: the line is what they share.
    let beside = json!({
        "kind": "training", "title": "x", "startsAt": tomorrow(9, 30), "endsAt": tomorrow(10, 30), "recording": false,
        "participants": [{ "personId": "teacher-wu", "role": "lead_teacher" }, { "personId": "dr-zhao", "role": "observer" }]
    });
    let (status, booked) = county.book(&beside).await;
    assert_eq!(status, StatusCode::CREATED, "{booked}");
    let mut wish = an_hour();
    wish["participants"][1] = json!({ "personId": "nurse", "role": "village_doctor" });
    second_doctor(&county).await;
    let (status, problem) = county.book(&wish).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert_problem(&problem, "line-full", 409);
    let site = clinic(&problem["sites"]);
    assert_eq!(
        (&site["mode"], &site["reason"], &site["from"], &site["until"]),
        (&json!("full"), &json!("line"), &json!(tomorrow(9, 30)), &json!(tomorrow(10, 0)))
    );
    assert_eq!((&site["overDownKbps"], &site["overUpKbps"]), (&json!(324), &json!(0)));
    assert_eq!(site["fits"], json!(["small", "slides", "voice", "stills"]));
    assert_eq!(problem["nextFit"], json!(tomorrow(10, 30)));
    let (status, session) = county.book(&in_mode(wish.clone(), "small")).await;
    assert_eq!(status, StatusCode::CREATED, "{session}");
    let metrics = county.scheduler.metrics();
    assert!(metrics.contains(r#"bookings_total{outcome="LineFull"} 1"#), "{metrics}");
    // At the time that was named the mode that was wanted fits.
    wish["startsAt"] = problem["nextFit"].clone();
    wish["endsAt"] = json!(tomorrow(11, 30));
    assert_eq!(county.book(&wish).await.0, StatusCode::CREATED);
}

/// A second doctor of the clinic, who can be booked beside the first.
async fn second_doctor(county: &County) {
    let pool = database(county).await;
    for statement in [
        "INSERT INTO person (id, names, organization_id) VALUES ('nurse', '{\"zh\":\"护士\"}', 'clinic-b')",
        "INSERT INTO assignment (person_id, role, scope_kind, scope_id, given_by, given_s) VALUES ('nurse', 'village_doctor', 'home', '', 'test', 0)",
    ] {
        sqlx::query(statement).execute(&pool).await.unwrap();
    }
    pool.close().await;
}

async fn database(county: &County) -> AnyPool {
    county::database::pool_in(county.folder.as_ref().unwrap().path()).await
}

#[tokio::test]
async fn the_token_carries_what_was_booked_and_the_other_sites_are_as_before() {
    let county = County::start().await;
    set_line(&county, 400, 400).await;
    let (status, session) = county.book(&in_mode(an_hour(), "voice")).await;
    assert_eq!(status, StatusCode::CREATED, "{session}");
    let doctor = own(&county, &session, "dr-zhao").await;
    assert_eq!((doctor.mode, doctor.mode_most), (Some(Mode::Voice), Some(Mode::Voice)));
    assert_eq!(session_bytes(&doctor), Some(49_000_000), "the megabytes that the quote named");
    let specialist = own(&county, &session, "dr-chen").await;
    assert_eq!((specialist.mode, specialist.mode_most, specialist.data_budget), (None, None, None));
}

#[tokio::test]
async fn a_lesser_mode_is_booked_for_a_site_whose_line_nobody_knows() {
    let county = County::start().await;
    let (_, session) = county.book(&in_mode(an_hour(), "small")).await;
    let doctor = own(&county, &session, "dr-zhao").await;
    assert_eq!((doctor.mode, doctor.mode_most), (Some(Mode::Small), Some(Mode::Small)));
    assert_eq!(session_bytes(&doctor), Some(218_000_000));
}

#[tokio::test]
async fn a_cancellation_gives_the_line_and_the_month_back() {
    let county = County::start().await;
    set_line(&county, 900, 900).await;
    let reception =
        json!({ "mode": "full", "modeMost": "full", "sessionMb": null, "monthMb": 1000 });
    assert_eq!(put(&county, RECEPTION, &reception).await.0, StatusCode::OK);
    second_doctor(&county).await;
    let (_, session) = county.book(&an_hour()).await;
    let mut other = wish("dr-wang", &tomorrow(9, 30), &tomorrow(10, 30));
    other["participants"][1]["personId"] = json!("nurse");
    let (status, problem) = county.book(&other).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(clinic(&problem["sites"])["reason"], "line");
    // Later the same day the line is free, but 702 MB of the month are promised.
    other["startsAt"] = json!(tomorrow(15, 0));
    other["endsAt"] = json!(tomorrow(16, 0));
    let (_, problem) = county.book(&other).await;
    assert_problem(&problem, "line-full", 409);
    let site = clinic(&problem["sites"]);
    assert_eq!((&site["reason"], &site["fits"][0]), (&json!("month"), &json!("small")));
    let cancel = format!("/api/v1/sessions/{}/cancel", session["id"].as_str().unwrap());
    assert_eq!(county.post("scheduler", &cancel, &json!({})).await.0, StatusCode::OK);
    assert_eq!(county.book(&other).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn a_line_is_not_set_to_less_than_is_booked_on_it() {
    let county = County::start().await;
    set_line(&county, 900, 900).await;
    assert_eq!(county.book(&an_hour()).await.0, StatusCode::CREATED);
    let less = json!({ "downKbps": 500, "upKbps": null, "tariff": [] });
    let (status, problem) = put(&county, LINE, &less).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_problem(&problem, "line-booked", 409);
    assert_eq!(
        (&problem["from"], &problem["until"], &problem["overDownKbps"]),
        (&json!(tomorrow(9, 0)), &json!(tomorrow(10, 0)), &json!(62))
    );
    assert_eq!(county.get("scheduler", LINE).await.1["downKbps"], 900, "nothing was changed");
    let enough = json!({ "downKbps": 562, "upKbps": null, "tariff": [] });
    assert_eq!(put(&county, LINE, &enough).await.0, StatusCode::OK);
    county.set_clock(NOW_S + 26 * 3600);
    assert_eq!(put(&county, LINE, &less).await.0, StatusCode::OK, "what is over binds nobody");
    let forget = json!({ "downKbps": null, "upKbps": null, "tariff": [] });
    assert_eq!(put(&county, LINE, &forget).await, (StatusCode::OK, forget));
}

#[tokio::test]
async fn the_store_itself_holds_the_capacity_whoever_writes() {
    let county = County::start().await;
    set_line(&county, 1000, 1000).await;
    let (_, session) = county.book(&an_hour()).await;
    let (_, other) = county.book(&wish("dr-chen", &tomorrow(12, 0), &tomorrow(13, 0))).await;
    let pool = database(&county).await;
    let run = |statement: String| {
        let pool = pool.clone();
        async move { sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&pool).await }
    };
    let (first, second) = (session["id"].as_str().unwrap(), other["id"].as_str().unwrap());
    let moved = format!(
        "UPDATE line_claim SET starts_s = starts_s - 9000, ends_s = ends_s - 9000 WHERE session_id = '{second}'"
    );
    let thinner = "UPDATE line SET down_kbps = 561".to_owned();
    let beside = |kbps: u32| {
        format!(
            "INSERT INTO line_claim SELECT '{first}', 'hospital', starts_s, ends_s, mode, {kbps}, 0, 1, state
             FROM line_claim WHERE session_id = '{first}'
             UNION ALL SELECT '{second}', 'school', starts_s, ends_s, mode, 0, 0, 1, state
             FROM line_claim WHERE session_id = '{second}'"
        )
    };
    for statement in [moved, thinner] {
        let refused = run(statement.clone()).await.unwrap_err().to_string();
        assert!(refused.contains("line-full"), "{statement}: {refused}");
    }
    run(beside(5000)).await.unwrap();
    let hospital =
        "INSERT INTO line (organization_id, down_kbps, since_s) VALUES ('hospital', 4999, 0)";
    let refused = run(hospital.to_owned()).await.unwrap_err().to_string();
    assert!(
        refused.contains("line-full"),
        "what is booked counts when a line is written: {refused}"
    );
    let released = format!("UPDATE line_claim SET state = 'released' WHERE session_id = '{first}'");
    run(released).await.unwrap();
    run(hospital.to_owned()).await.unwrap();
    let again = format!("UPDATE line_claim SET state = 'confirmed' WHERE session_id = '{first}'");
    assert!(run(again).await.unwrap_err().to_string().contains("line-full"));
    pool.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_no_more_win_than_the_line_carries() {
    let county = County::start().await;
    // Three voices fit: 42 kbit/s to the clinic and 45 from it each.
    set_line(&county, 200, 140).await;
    let pool = database(&county).await;
    for n in 0..24 {
        for statement in [
            format!(
                "INSERT INTO person (id, names, organization_id) VALUES ('v{n}', '{{\"zh\":\"v\"}}', 'clinic-b'), ('s{n}', '{{\"zh\":\"s\"}}', 'hospital')"
            ),
            format!(
                "INSERT INTO assignment (person_id, role, scope_kind, scope_id, given_by, given_s)
                 VALUES ('v{n}', 'village_doctor', 'home', '', 'test', 0), ('s{n}', 'specialist', 'home', '', 'test', 0)"
            ),
        ] {
            sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&pool).await.unwrap();
        }
    }
    let wishes: Vec<Value> = (0..24)
        .map(|n: u32| {
            let mut wish =
                in_mode(wish(&format!("s{n}"), &tomorrow(9, n), &tomorrow(10, n)), "voice");
            wish["participants"][1]["personId"] = json!(format!("v{n}"));
            wish
        })
        .collect();
    let answers = join_all(wishes.iter().map(|wish| county.book(wish))).await;
    let booked = answers.iter().filter(|(status, _)| *status == StatusCode::CREATED).count();
    assert_eq!(booked, 3, "{answers:?}");
    let over: i64 =
        sqlx::query_scalar("SELECT count(*) FROM line_over").fetch_one(&pool).await.unwrap();
    assert_eq!(over, 0);
    pool.close().await;
}

#[tokio::test]
async fn what_is_no_line_and_no_mode_is_refused_with_its_member() {
    let county = County::start().await;
    let good = json!({ "downKbps": 900, "upKbps": null, "tariff": [] });
    assert_eq!(put(&county, LINE, &good).await.0, StatusCode::OK);
    let band = |from: &str, price: i64| json!([{ "from": from, "hundredthFenPerMb": price }]);
    for (member, value, code) in [
        ("downKbps", json!(0), "not-a-capacity"),
        ("upKbps", json!(10_000_001), "not-a-capacity"),
        ("tariff", band("24:00", 1), "not-a-time-of-day"),
        ("tariff", band("7:00", 1), "not-a-time-of-day"),
        ("tariff", band("07:00", 1_000_001), "too-dear"),
        ("tariff", json!([band("07:00", 1)[0], band("07:00", 2)[0]]), "bands-out-of-order"),
    ] {
        let mut body = good.clone();
        body[member] = value;
        let (status, problem) = put(&county, LINE, &body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert_problem(&problem, "invalid", 422);
        assert_eq!(
            (&problem["errors"][0]["field"], &problem["errors"][0]["code"]),
            (&json!(member), &json!(code))
        );
    }
    for body in [json!({ "downKbps": -1, "upKbps": null }), json!({ "other": 1 })] {
        assert_eq!(put(&county, LINE, &body).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let nowhere = LINE.replace("clinic-b", "nowhere");
    assert_eq!(put(&county, &nowhere, &good).await.0, StatusCode::NOT_FOUND);
    let reception =
        json!({ "mode": "voice", "modeMost": "small", "sessionMb": null, "monthMb": null });
    assert_eq!(put(&county, RECEPTION, &reception).await.0, StatusCode::OK);
    let site = |id: &str, mode: &str| json!({ "organizationId": id, "mode": mode });
    for (sites, code) in [
        (json!([site("clinic-b", "full")]), "mode-above-most"),
        (json!([site("clinic-a", "voice")]), "site-not-in-session"),
        (json!([site("clinic-b", "voice"), site("clinic-b", "small")]), "site-twice"),
    ] {
        let mut wish = an_hour();
        wish["sites"] = sites;
        for path in ["/api/v1/sessions", QUOTE] {
            let (status, problem) = county.post("scheduler", path, &wish).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
            assert_eq!(
                (&problem["errors"][0]["field"], &problem["errors"][0]["code"]),
                (&json!("sites"), &json!(code))
            );
        }
    }
    let mut ghost = an_hour();
    ghost["participants"][0]["personId"] = json!("ghost");
    let (_, problem) = county.post("scheduler", QUOTE, &ghost).await;
    assert_eq!(problem["errors"][0]["code"], "person-unknown");
    for (method, path) in [(Method::GET, LINE), (Method::PUT, LINE), (Method::POST, QUOTE)] {
        let (status, _) = answer(county.by("dr-chen", method, path).json(&good)).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "only who books");
    }
}

#[tokio::test]
async fn a_series_that_the_line_carries_at_no_time_is_refused_with_the_site() {
    let county = County::start().await;
    set_line(&county, 30, 30).await;
    let series = json!({ "booking": an_hour(), "rule": "FREQ=DAILY;COUNT=2" });
    for if_blocked in ["skip", "refuse"] {
        let mut series = series.clone();
        series["ifBlocked"] = json!(if_blocked);
        let (status, problem) = county.post("scheduler", "/api/v1/series", &series).await;
        assert_eq!(status, StatusCode::CONFLICT, "{problem}");
        assert_problem(&problem, "line-full", 409);
        assert_eq!(problem["sites"][0]["organizationId"], "clinic-b", "{problem}");
        assert_eq!(problem["occurrence"], 1);
    }
}
