//! Whose case is triaged next: urgent ones by age, then the sites by turns, for who books and without anything of patients.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::asked::{Care, put_clinic_into, request};
use crate::county::County;
use crate::county::database::pool_in;
use reqwest::StatusCode;
use serde_json::{Value, json};

const QUEUE: &str = "/api/v1/cases/queue";
const AREA: &str = "610527102";

/// The id of a case that this person requests.
async fn asks(county: &County, person: &str, urgency: &str) -> String {
    let mut form = request();
    form["urgency"] = json!(urgency);
    let (status, case) = county.post(person, "/api/v1/cases", &form).await;
    assert_eq!(status, StatusCode::CREATED, "{case}");
    case["id"].as_str().unwrap().to_owned()
}

/// Ids in their order with the turns of their site, and how many wait.
async fn told(county: &County, person: &str) -> (Vec<(String, u64)>, u64) {
    let (status, queue) = county.get(person, QUEUE).await;
    assert_eq!(status, StatusCode::OK, "{queue}");
    let cases = queue["cases"].as_array().unwrap().iter();
    let one =
        |it: &Value| (it["case"]["id"].as_str().unwrap().to_owned(), it["turns"].as_u64().unwrap());
    (cases.map(one).collect(), queue["waiting"].as_u64().unwrap())
}

#[tokio::test]
async fn a_site_that_asks_much_leaves_room_for_one_that_asks_little() {
    let county = County::start().await;
    let mut busy = Vec::new();
    for _ in 0..3 {
        busy.push(asks(&county, "dr-zhao", "routine").await);
    }
    let quiet = asks(&county, "dr-li", "routine").await;
    let of = |order: &[(&String, u64)]| {
        order.iter().map(|(id, turns)| ((*id).clone(), *turns)).collect::<Vec<_>>()
    };
    let in_turns = of(&[(&busy[0], 0), (&quiet, 0), (&busy[1], 0), (&busy[2], 0)]);
    assert_eq!(told(&county, "scheduler").await, (in_turns.clone(), 4));
    let urgent = asks(&county, "dr-zhao", "urgent").await;
    assert_eq!(told(&county, "scheduler").await.0[0], (urgent.clone(), 0));
    // What cannot wait is at no site's expense; a turn is.
    let triage = json!({ "invitedIds": ["dr-chen"] });
    let care = Care { county, id: urgent };
    care.takes("scheduler", "triage", triage.clone()).await;
    let care = Care { county: care.county, id: busy[0].clone() };
    assert_eq!(told(&care.county, "scheduler").await.0, in_turns);
    care.takes("scheduler", "triage", triage.clone()).await;
    let after = of(&[(&quiet, 0), (&busy[1], 1), (&busy[2], 1)]);
    assert_eq!(told(&care.county, "scheduler").await, (after.clone(), 3));
    // One that is given back waits again, and has had no turn.
    care.takes("dr-chen", "answer", json!({ "reply": "decline", "reason": "出差" })).await;
    assert_eq!(told(&care.county, "scheduler").await, (in_turns, 4));
    care.takes("scheduler", "triage", triage).await;
    let (_, now) = care.county.get("scheduler", "/api/v1/me").await;
    let now: jiff::Timestamp = now["now"].as_str().unwrap().parse().unwrap();
    care.county.set_clock(u64::try_from(now.as_second()).unwrap() + 7 * 86_400 + 1);
    let forgotten = of(&[(&busy[1], 0), (&quiet, 0), (&busy[2], 0)]);
    assert_eq!(told(&care.county, "scheduler").await, (forgotten, 3), "a week later");
}

#[tokio::test]
async fn of_more_than_can_be_put_in_order_the_oldest_are() {
    let county = County::start().await;
    let last = asks(&county, "dr-zhao", "routine").await;
    let pool = pool_in(county.folder.as_ref().unwrap().path()).await;
    let older = "INSERT INTO care_case (id, version, state, inviting_id, organization_id, urgency, specialty, title, wished_s,
                               session_id, opinions, verdict, decided_opinion, requested_s, changed_s)
        WITH RECURSIVE number(at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM number WHERE at < 2000)
        SELECT 'older-' || at, version, state, inviting_id, organization_id, urgency, specialty, title, wished_s, session_id,
               opinions, verdict, decided_opinion, requested_s - at, changed_s
        FROM care_case, number WHERE id = $1";
    sqlx::query(older).bind(&last).execute(&pool).await.unwrap();
    let (shown, waiting) = told(&county, "scheduler").await;
    assert_eq!((shown.len(), waiting), (20, 2_000));
    assert_eq!(shown[0], ("older-2000".to_owned(), 0));
    sqlx::query("DELETE FROM care_case WHERE id LIKE 'older-%' AND id <> 'older-7'")
        .execute(&pool)
        .await
        .unwrap();
    assert_eq!(told(&county, "scheduler").await.0[1].0, last, "it comes in as those are gone");
}

#[tokio::test]
async fn who_books_sees_the_queue_of_their_sites_and_nothing_of_patients() {
    let county = County::start().await;
    let there = asks(&county, "dr-zhao", "soon").await;
    asks(&county, "dr-li", "soon").await;
    for person in ["dr-zhao", "dr-chen", "teacher-zhang", "reader"] {
        let (status, problem) = county.get(person, QUEUE).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{person}: {problem}");
    }
    put_clinic_into(&county, AREA).await;
    let scope = json!({ "role": "scheduler", "scope": { "kind": "area", "id": AREA } });
    let (status, given) =
        county.post("scheduler", "/api/v1/people/reader/assignments", &scope).await;
    assert_eq!(status, StatusCode::CREATED, "{given}");
    assert_eq!(told(&county, "reader").await, (vec![(there, 0)], 1));
    let (_, queue) = county.get("scheduler", QUEUE).await;
    let asked = request();
    for secret in [&asked["patient"]["name"], &asked["summary"], &asked["reason"]] {
        assert!(!queue.to_string().contains(secret.as_str().unwrap()), "{secret}");
    }
}
