//! A time is held for whoever is about to book it: taken for everybody else until a second that is told, and not one longer.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county::database::pool_in;
use crate::county::{County, NOW_S, answer, assert_problem, consultation, tomorrow};
use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use scheduler::Config;
use serde_json::{Value, json};

const HOLDS: &str = "/api/v1/holds";
/// Books in all of the county beside the scheduler.
const OTHER: &str = "dr-wang";

/// A county with two who book.
async fn county_with(config: Config) -> County {
    let county = County::start_with(config).await;
    let pool = pool_in(county.folder.as_ref().unwrap().path()).await;
    let given = "INSERT INTO assignment (person_id, role, scope_kind, scope_id, given_by, given_s)
                 VALUES ($1, 'scheduler', 'county', '', 'test', 0)";
    sqlx::query(given).bind(OTHER).execute(&pool).await.unwrap();
    pool.close().await;
    county
}

async fn county() -> County {
    county_with(Config::default()).await
}

async fn count(county: &County, what: &str) -> i64 {
    let pool = pool_in(county.folder.as_ref().unwrap().path()).await;
    let text = format!("SELECT count(*) FROM {what}");
    let counted = sqlx::query_scalar(sqlx::AssertSqlSafe(text)).fetch_one(&pool).await.unwrap();
    pool.close().await;
    counted
}

/// What is to be held for this booking.
fn hold_of(wish: &Value, seconds: u32) -> Value {
    let mut hold = wish.clone();
    let members = hold.as_object_mut().unwrap();
    members.remove("title");
    members.remove("recording");
    members.insert("seconds".into(), json!(seconds));
    hold
}

fn half_past_nine() -> Value {
    consultation(&tomorrow(9, 0), &tomorrow(9, 30))
}

fn over(hold: &Value, wish: &Value) -> Value {
    let mut wish = wish.clone();
    wish["holdId"] = hold["id"].clone();
    wish
}

async fn hold(county: &County, wish: &Value, seconds: u32) -> Value {
    let (status, held) = county.post("scheduler", HOLDS, &hold_of(wish, seconds)).await;
    assert_eq!(status, StatusCode::CREATED, "{held}");
    held
}

async fn give_back(county: &County, by: &str, hold: &Value) -> StatusCode {
    let path = format!("{HOLDS}/{}", hold["id"].as_str().unwrap());
    county.by(by, Method::DELETE, &path).send().await.unwrap().status()
}

async fn extend(county: &County, by: &str, hold: &Value, body: &Value) -> (StatusCode, Value) {
    county.post(by, &format!("{HOLDS}/{}/extend", hold["id"].as_str().unwrap()), body).await
}

/// The time of a clock `seconds` after the start of the test, as the county writes it.
fn after(seconds: u64) -> String {
    let (minute, second) = (seconds / 60, seconds % 60);
    format!("2026-11-23T08:{minute:02}:{second:02}+08:00")
}

#[tokio::test]
async fn what_is_held_is_taken_for_others_to_the_second_and_nobody_has_to_sweep() {
    let county = county().await;
    let held = hold(&county, &half_past_nine(), 300).await;
    assert_eq!(
        (&held["startsAt"], &held["endsAt"]),
        (&json!(tomorrow(9, 0)), &json!(tomorrow(9, 30)))
    );
    assert_eq!(held["expiresAt"], after(300));
    for at in [NOW_S, NOW_S + 299] {
        county.set_clock(at);
        let (status, clash) = county.post(OTHER, "/api/v1/sessions", &half_past_nine()).await;
        assert_eq!(status, StatusCode::CONFLICT);
        assert_problem(&clash, "slot-taken", 409);
        assert_eq!(clash["heldUntil"], after(300));
        assert_eq!(
            (&clash["takenUntil"], &clash["nextFree"]),
            (&json!(tomorrow(9, 30)), &json!(tomorrow(9, 30)))
        );
        assert_eq!(clash["resource"]["id"], "dr-chen");
        let told = clash.to_string();
        assert!(
            !told.contains("周调度") && !told.contains("Zhou"),
            "nobody is told who holds: {told}"
        );
    }
    county.set_clock(NOW_S + 300);
    let (status, booked) = county.post(OTHER, "/api/v1/sessions", &half_past_nine()).await;
    assert_eq!(status, StatusCode::CREATED, "{booked}");
    assert_eq!(count(&county, "hold").await, 0, "who claims takes away what has run out");
}

#[tokio::test]
async fn a_booking_over_its_hold_takes_its_place_and_is_made_once() {
    let county = county().await;
    let held = hold(&county, &half_past_nine(), 300).await;
    assert_eq!(
        county.book(&half_past_nine()).await.0,
        StatusCode::CONFLICT,
        "without the hold it is in the way"
    );
    let send = async || {
        let request = county.by("scheduler", Method::POST, "/api/v1/sessions");
        answer(request.header("Idempotency-Key", "a").json(&over(&held, &half_past_nine()))).await
    };
    let (status, booked) = send().await;
    assert_eq!(status, StatusCode::CREATED, "{booked}");
    assert_eq!(send().await, (StatusCode::CREATED, booked));
    assert_eq!(count(&county, "hold").await, 0);
    assert_eq!(count(&county, "claim WHERE state = 'held'").await, 0);
    let (status, gone) = county.book(&over(&held, &half_past_nine())).await;
    assert_eq!(status, StatusCode::GONE);
    assert_problem(&gone, "hold-over", 410);
}

#[tokio::test]
async fn a_booking_may_differ_from_its_hold_where_that_is_free() {
    let county = county().await;
    let held = hold(&county, &half_past_nine(), 300).await;
    let longer = consultation(&tomorrow(9, 0), &tomorrow(10, 0));
    let (status, booked) = county.book(&over(&held, &longer)).await;
    assert_eq!(status, StatusCode::CREATED, "{booked}");
    assert_eq!(booked["endsAt"], tomorrow(10, 0));
}

#[tokio::test]
async fn a_hold_that_has_run_out_books_nothing_and_says_what_to_do() {
    let county = county().await;
    let held = hold(&county, &half_past_nine(), 60).await;
    county.set_clock(NOW_S + 60);
    let (status, gone) = county.book(&over(&held, &half_past_nine())).await;
    assert_eq!(status, StatusCode::GONE);
    assert_problem(&gone, "hold-over", 410);
    assert!(gone["detail"].as_str().unwrap().contains("without `holdId`"), "{gone}");
    assert_eq!(count(&county, "session WHERE booked_by <> 'demo'").await, 0);
    assert!(county.scheduler.metrics().contains("bookings_total{outcome=\"HoldOver\"} 1"));
    // Who was faster meanwhile does not hide that.
    county.post(OTHER, "/api/v1/sessions", &half_past_nine()).await;
    assert_eq!(county.book(&over(&held, &half_past_nine())).await.0, StatusCode::GONE);
    assert_eq!(extend(&county, "scheduler", &held, &json!({})).await.0, StatusCode::GONE);
}

#[tokio::test]
async fn another_persons_hold_is_neither_used_nor_extended_nor_given_back() {
    let county = county().await;
    let held = hold(&county, &half_past_nine(), 300).await;
    let (status, problem) =
        county.post(OTHER, "/api/v1/sessions", &over(&held, &half_past_nine())).await;
    assert_eq!(
        (status, &problem["rule"]),
        (StatusCode::FORBIDDEN, &json!("hold-of-other")),
        "{problem}"
    );
    assert_eq!(extend(&county, OTHER, &held, &json!({})).await.0, StatusCode::FORBIDDEN);
    assert_eq!(give_back(&county, OTHER, &held).await, StatusCode::FORBIDDEN);
    assert_eq!(
        give_back(&county, "dr-li", &held).await,
        StatusCode::FORBIDDEN,
        "who does not book"
    );
    assert_eq!(
        county.book(&over(&held, &half_past_nine())).await.0,
        StatusCode::CREATED,
        "it is still held"
    );
}

#[tokio::test]
async fn what_is_given_back_is_free_at_once_and_twice_is_the_same() {
    let county = county().await;
    let held = hold(&county, &half_past_nine(), 900).await;
    assert_eq!(give_back(&county, "scheduler", &held).await, StatusCode::NO_CONTENT);
    assert_eq!(
        county.post(OTHER, "/api/v1/sessions", &half_past_nine()).await.0,
        StatusCode::CREATED
    );
    assert_eq!(give_back(&county, "scheduler", &held).await, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_hold_is_extended_up_to_half_an_hour_in_all() {
    let county = county().await;
    let held = hold(&county, &half_past_nine(), 300).await;
    assert_eq!(held["expiresLatest"], after(1_800));
    let (status, same) = extend(&county, "scheduler", &held, &json!({ "seconds": 60 })).await;
    assert_eq!((status, &same["expiresAt"]), (StatusCode::OK, &json!(after(300))), "never shorter");
    for (at, until) in [(299, 1_199), (1_198, 1_800), (1_799, 1_800)] {
        county.set_clock(NOW_S + at);
        let (status, later) = extend(&county, "scheduler", &held, &json!({ "seconds": 900 })).await;
        assert_eq!((status, &later["expiresAt"]), (StatusCode::OK, &json!(after(until))));
        assert_eq!(
            county.post(OTHER, HOLDS, &hold_of(&half_past_nine(), 60)).await.0,
            StatusCode::CONFLICT
        );
    }
    county.set_clock(NOW_S + 1_800);
    assert_eq!(
        county.post(OTHER, HOLDS, &hold_of(&half_past_nine(), 60)).await.0,
        StatusCode::CREATED
    );
    for seconds in [0, 59, 901] {
        let (status, problem) =
            county.post("scheduler", HOLDS, &hold_of(&half_past_nine(), seconds)).await;
        assert_eq!(
            (status, &problem["errors"][0]["field"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("seconds"))
        );
    }
}

/// Tomorrow's consultation in the `n`th half of an hour from eight on.
fn nth(n: u32) -> Value {
    consultation(&tomorrow(8 + n / 2, n % 2 * 30), &tomorrow(8 + n.div_ceil(2), (n + 1) % 2 * 30))
}

#[tokio::test]
async fn one_person_and_the_county_hold_so_many_and_no_more() {
    let county = county_with(Config { holds_max: 7, ..Config::default() }).await;
    for n in 0..5 {
        hold(&county, &nth(n), 60 + n).await;
    }
    let (status, many) = county.post("scheduler", HOLDS, &hold_of(&nth(5), 60)).await;
    assert_eq!((status, &many["most"]), (StatusCode::TOO_MANY_REQUESTS, &json!(5)));
    assert_problem(&many, "too-many-holds", 429);
    for n in 5..7 {
        assert_eq!(county.post(OTHER, HOLDS, &hold_of(&nth(n), 60)).await.0, StatusCode::CREATED);
    }
    let (status, many) = county.post(OTHER, HOLDS, &hold_of(&nth(7), 60)).await;
    assert_eq!((status, &many["most"]), (StatusCode::TOO_MANY_REQUESTS, &json!(7)));
    let metrics = county.scheduler.metrics();
    assert!(metrics.contains("holds_total{outcome=\"TooMany\"} 2"), "{metrics}");
    assert!(metrics.contains("problems_total{kind=\"too-many-holds\"} 2"), "{metrics}");
    // The first of each has run out.
    county.set_clock(NOW_S + 60);
    hold(&county, &nth(7), 60).await;
    assert_eq!(county.post(OTHER, HOLDS, &hold_of(&nth(8), 60)).await.0, StatusCode::CREATED);
    assert!(count(&county, "hold").await <= 7);
}

#[tokio::test]
async fn the_same_request_with_its_key_holds_once() {
    let county = county().await;
    let send = async |seconds| {
        let request = county.by("scheduler", Method::POST, HOLDS);
        let request =
            request.header("Idempotency-Key", "a").json(&hold_of(&half_past_nine(), seconds));
        let response = request.send().await.unwrap();
        let replayed = response.headers().contains_key("idempotency-replayed");
        (response.status(), replayed, response.json::<Value>().await.unwrap())
    };
    let (status, replayed, first) = send(300).await;
    assert_eq!((status, replayed), (StatusCode::CREATED, false));
    assert_eq!(send(300).await, (StatusCode::CREATED, true, first));
    assert_eq!(send(301).await.0, StatusCode::UNPROCESSABLE_ENTITY, "another request");
    // The key of a booking is another one.
    let request = county.by("scheduler", Method::POST, "/api/v1/sessions");
    let later = consultation(&tomorrow(12, 0), &tomorrow(12, 30));
    let (status, _) = answer(request.header("Idempotency-Key", "a").json(&later)).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(count(&county, "hold").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sixteen_who_hold_one_time_one_wins() {
    let county = county_with(Config { holds_of_person_max: 100, ..Config::default() }).await;
    for n in 0..6 {
        let wish = hold_of(&nth(n), 300);
        let by = |n| if n % 2 == 0 { "scheduler" } else { OTHER };
        let answers = join_all((0..16).map(|n| county.post(by(n), HOLDS, &wish))).await;
        let won = answers.iter().filter(|it| it.0 == StatusCode::CREATED).count();
        let lost = answers.iter().filter(|it| it.0 == StatusCode::CONFLICT).count();
        assert_eq!((won, lost), (1, 15), "{answers:?}");
    }
    assert_eq!(count(&county, "hold").await, 6);
    assert_eq!(count(&county, "claim WHERE state = 'held'").await, 24);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_holds_and_bookings_of_one_time_one_wins() {
    let county = county_with(Config { holds_of_person_max: 100, ..Config::default() }).await;
    for n in 0..6 {
        let (wish, held) = (nth(n), hold_of(&nth(n), 300));
        let holds = join_all((0..8).map(|_| county.post("scheduler", HOLDS, &held)));
        let books = join_all((0..8).map(|_| county.post(OTHER, "/api/v1/sessions", &wish)));
        let (holds, books) = tokio::join!(holds, books);
        let won = holds.iter().chain(&books).filter(|it| it.0 == StatusCode::CREATED).count();
        let lost = holds.iter().chain(&books).filter(|it| it.0 == StatusCode::CONFLICT).count();
        assert_eq!((won, lost), (1, 15), "{holds:?} {books:?}");
    }
}

#[tokio::test]
async fn a_refused_booking_leaves_its_hold_as_it_was() {
    let county = county().await;
    let held = hold(&county, &half_past_nine(), 300).await;
    let mut unknown = half_past_nine();
    unknown["participants"][1]["personId"] = json!("nobody");
    for wish in [unknown, consultation(&tomorrow(9, 30), &tomorrow(9, 0))] {
        let (status, problem) = county.book(&over(&held, &wish)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    }
    assert_eq!(
        county.post(OTHER, "/api/v1/sessions", &half_past_nine()).await.0,
        StatusCode::CONFLICT
    );
    assert_eq!(county.book(&over(&held, &half_past_nine())).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn a_search_takes_the_holds_of_others_for_taken_and_ones_own_for_free() {
    let county = county().await;
    hold(&county, &half_past_nine(), 300).await;
    let one = |id: &str| json!({ "anyOf": [{ "kind": "person", "id": id }] });
    let search = json!({
        "needs": [one("dr-chen"), one("dr-zhao")], "minutes": 30, "most": 1,
        "from": tomorrow(0, 0), "startsAt": tomorrow(9, 0)
    });
    let found = async |by: &str| {
        let (status, found) = county.post(by, "/api/v1/slots:search", &search).await;
        assert_eq!(status, StatusCode::OK, "{found}");
        found
    };
    let own = found("scheduler").await;
    assert_eq!(
        (&own["wished"]["startsAt"], &own["blocking"]),
        (&json!(tomorrow(9, 0)), &json!([]))
    );
    let others = found(OTHER).await;
    assert_eq!(
        (&others["wished"], &others["slots"][0]["startsAt"]),
        (&Value::Null, &json!(tomorrow(9, 30)))
    );
    assert_eq!(others["blocking"].as_array().unwrap().len(), 2);
    for blocker in others["blocking"].as_array().unwrap() {
        assert_eq!(
            (&blocker["cause"], &blocker["heldUntil"]),
            (&json!("taken"), &json!(after(300)))
        );
    }
    county.set_clock(NOW_S + 300);
    assert_eq!(found(OTHER).await["wished"]["startsAt"], tomorrow(9, 0));
}

#[tokio::test]
async fn a_hold_keeps_what_its_booking_would_take_of_a_line() {
    let county = county().await;
    let line = json!({ "downKbps": 100, "upKbps": 100, "tariff": [] });
    let put =
        county.by("scheduler", Method::PUT, "/api/v1/organizations/hospital/line").json(&line);
    assert_eq!(answer(put).await.0, StatusCode::OK);
    // Voices of two specialists of one hospital, with two clinics: the line is all that they share.
    let voice = |specialist: &str, doctor: &str| {
        let mut wish = half_past_nine();
        wish["participants"][0]["personId"] = json!(specialist);
        wish["participants"][1]["personId"] = json!(doctor);
        wish["roomIds"] = json!([]);
        wish["sites"] = json!([{ "organizationId": "hospital", "mode": "slides" }]);
        wish
    };
    let (mine, theirs) = (voice("dr-chen", "dr-zhao"), voice("dr-wang", "dr-sun"));
    let held = hold(&county, &mine, 300).await;
    for path in ["/api/v1/sessions", HOLDS] {
        let body = if path == HOLDS { hold_of(&theirs, 60) } else { theirs.clone() };
        let (status, full) = county.post(OTHER, path, &body).await;
        assert_eq!(status, StatusCode::CONFLICT);
        assert_problem(&full, "line-full", 409);
        assert_eq!(full["nextFit"], tomorrow(9, 30));
    }
    assert_eq!(
        county.book(&over(&held, &mine)).await.0,
        StatusCode::CREATED,
        "it is not in its own way"
    );
    let (status, _) = county.post(OTHER, "/api/v1/sessions", &theirs).await;
    assert_eq!(status, StatusCode::CONFLICT, "now the session is in the way");
}

#[tokio::test]
async fn a_line_is_free_again_from_the_second_at_which_its_hold_runs_out() {
    let county = county().await;
    let line = json!({ "downKbps": 100, "upKbps": 100, "tariff": [] });
    let put = async |body: &Value| {
        let put = county.by("scheduler", Method::PUT, "/api/v1/organizations/hospital/line");
        answer(put.json(body)).await.0
    };
    assert_eq!(put(&line).await, StatusCode::OK);
    let mut wish = half_past_nine();
    wish["roomIds"] = json!([]);
    wish["sites"] = json!([{ "organizationId": "hospital", "mode": "slides" }]);
    hold(&county, &wish, 60).await;
    let less = json!({ "downKbps": 20, "upKbps": 20, "tariff": [] });
    assert_eq!(put(&less).await, StatusCode::CONFLICT);
    county.set_clock(NOW_S + 60);
    assert_eq!(put(&less).await, StatusCode::OK);
    assert_eq!(put(&line).await, StatusCode::OK);
    let (status, booked) = county.post(OTHER, "/api/v1/sessions", &wish).await;
    assert_eq!(status, StatusCode::CREATED, "{booked}");
}

#[tokio::test]
async fn everything_that_becomes_of_a_hold_is_told() {
    let county = county().await;
    let first = hold(&county, &nth(0), 60).await;
    extend(&county, "scheduler", &first, &json!({ "seconds": 120 })).await;
    give_back(&county, "scheduler", &first).await;
    let second = hold(&county, &nth(1), 60).await;
    let (_, booked) = county.book(&over(&second, &nth(1))).await;
    hold(&county, &nth(2), 60).await;
    county.set_clock(NOW_S + 500);
    hold(&county, &nth(3), 60).await;
    let pool = pool_in(county.folder.as_ref().unwrap().path()).await;
    let told: Vec<(String, String, i64, String)> = sqlx::query_as(
        "SELECT act, by_id, at_s, details FROM register_event WHERE kind = 'hold' ORDER BY number",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    let acts: Vec<(&str, &str)> = told.iter().map(|it| (it.0.as_str(), it.1.as_str())).collect();
    let own = |act| (act, "scheduler");
    let expected = [
        own("made"),
        own("extended"),
        own("released"),
        own("made"),
        own("booked"),
        own("made"),
        ("expired", "holds"),
        own("made"),
    ];
    assert_eq!(acts, expected);
    let details = |n: usize| serde_json::from_str::<Value>(&told[n].3).unwrap();
    assert_eq!(details(0)["personIds"], json!(["dr-chen", "dr-zhao"]));
    assert_eq!(details(1)["untilS"], NOW_S + 120);
    assert_eq!(details(4)["sessionId"], booked["id"]);
    assert_eq!(
        told[6].2,
        i64::try_from(NOW_S + 60).unwrap(),
        "when it ran out, not when that was seen"
    );
    assert_eq!(details(6)["heldBy"], "scheduler");
}

#[tokio::test]
async fn the_store_itself_refuses_a_claim_over_a_hold() {
    let county = county().await;
    hold(&county, &half_past_nine(), 300).await;
    let (_, other) = county.book(&nth(5)).await;
    let pool = pool_in(county.folder.as_ref().unwrap().path()).await;
    let moved =
        "UPDATE claim SET starts_s = starts_s - 5400, ends_s = ends_s - 5400 WHERE session_id = $1";
    let refused = sqlx::query(moved).bind(other["id"].as_str().unwrap()).execute(&pool).await;
    let told = refused.unwrap_err().to_string();
    assert!(["slot-taken", "claim_no_overlap"].iter().any(|word| told.contains(word)), "{told}");
    pool.close().await;
}
