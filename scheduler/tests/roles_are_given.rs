//! Roles are given and taken, for a part of the county too, and each is asked for what it is asked for.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county::{County, answer, assert_problem, consultation, tomorrow};
use crate::visitor::with_account;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

async fn give(county: &County, person: &str, role: &str, scope: Value) -> (StatusCode, Value) {
    let path = format!("/api/v1/people/{person}/assignments");
    county
        .post("scheduler", &path, &json!({ "role": role, "scope": scope, "reason": "term" }))
        .await
}

async fn take(county: &County, person: &str, role: &str, scope: &str) -> (StatusCode, Value) {
    let path = format!("/api/v1/people/{person}/assignments?role={role}&{scope}");
    answer(county.by("scheduler", Method::DELETE, &path)).await
}

fn roles(assignments: &Value) -> Vec<String> {
    let list = assignments["assignments"].as_array().unwrap();
    let told = |it: &Value| {
        let (role, scope) = (it["role"].as_str().unwrap(), &it["scope"]);
        format!("{role} {} {}", scope["kind"].as_str().unwrap(), scope["id"].as_str().unwrap())
    };
    list.iter().map(told).collect()
}

#[tokio::test]
async fn a_role_is_given_told_and_taken_and_what_it_opens_opens_and_closes_with_it() {
    let county = County::start().await;
    let path = "/api/v1/people/dr-li/assignments";
    let (_, before) = county.get("scheduler", path).await;
    assert_eq!(roles(&before), ["village_doctor home "], "what the register says");
    assert_eq!(before["assignments"][0]["givenBy"], "register");
    let (status, _) = county.get("dr-li", "/api/v1/directory").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let whole = json!({ "kind": "county" });
    for _ in 0..2 {
        let (status, given) = give(&county, "dr-li", "scheduler", whole.clone()).await;
        assert_eq!(status, StatusCode::CREATED, "{given}");
        assert_eq!(roles(&given), ["scheduler county ", "village_doctor home "]);
        assert_eq!(given["assignments"][0]["givenBy"], "scheduler");
    }
    assert_eq!(county.get("dr-li", "/api/v1/directory").await.0, StatusCode::OK);
    let (_, me) = county.get("dr-li", "/api/v1/me").await;
    assert_eq!(
        me["can"],
        json!({ "book": true, "administer": false, "keepAccess": false, "audit": false, "keepCalls": true })
    );
    let wish = consultation(&tomorrow(9, 0), &tomorrow(9, 30));
    assert_eq!(county.post("dr-li", "/api/v1/sessions", &wish).await.0, StatusCode::CREATED);
    let (status, left) = take(&county, "dr-li", "scheduler", "scope-kind=county").await;
    assert_eq!((status, roles(&left)), (StatusCode::OK, vec!["village_doctor home ".to_owned()]));
    assert_eq!(county.get("dr-li", "/api/v1/directory").await.0, StatusCode::FORBIDDEN);
    let (status, _) = take(&county, "dr-li", "scheduler", "scope-kind=county").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_scheduler_of_one_site_sees_and_books_what_touches_it_and_nothing_else() {
    let county = County::start().await;
    let clinic = json!({ "kind": "site", "id": "clinic-b" });
    let (status, given) = give(&county, "reader", "scheduler", clinic).await;
    assert_eq!(status, StatusCode::CREATED, "{given}");
    assert_eq!(given["assignments"][0]["scopeNames"]["en"], "Lingao Township Clinic");
    let own = consultation(&tomorrow(9, 0), &tomorrow(9, 30));
    let (status, own) = county.post("reader", "/api/v1/sessions", &own).await;
    assert_eq!(status, StatusCode::CREATED, "{own}");
    let mut other = consultation(&tomorrow(10, 0), &tomorrow(10, 30));
    other["participants"][1]["personId"] = json!("dr-sun");
    other["roomIds"] = json!(["hospital-2", "clinic-c-1"]);
    let (status, problem) = county.post("reader", "/api/v1/sessions", &other).await;
    assert_eq!((status, &problem["rule"]), (StatusCode::FORBIDDEN, &json!("elsewhere")));
    let (status, other) = county.book(&other).await;
    assert_eq!(status, StatusCode::CREATED);
    let path = |session: &Value| format!("/api/v1/sessions/{}", session["id"].as_str().unwrap());
    assert_eq!(county.get("reader", &path(&own)).await.0, StatusCode::OK);
    assert_eq!(county.get("reader", &path(&other)).await.0, StatusCode::FORBIDDEN);
    let (_, day) = county.get("reader", "/api/v1/sessions?day=2026-11-24").await;
    let seen: Vec<&Value> =
        day["sessions"].as_array().unwrap().iter().map(|it| &it["id"]).collect();
    assert_eq!(seen, [&own["id"]]);
    let change = |session: &Value, people: &Value| {
        let people: Vec<Value> = people
            .as_array()
            .unwrap()
            .iter()
            .map(|it| json!({ "personId": it["personId"], "role": it["role"] }))
            .collect();
        let body = json!({ "title": "改", "participants": people });
        answer(
            county
                .by("reader", Method::PATCH, &path(session))
                .header("if-match", "\"1\"")
                .json(&body),
        )
    };
    assert_eq!(change(&own, &own["participants"]).await.0, StatusCode::OK);
    assert_eq!(change(&other, &other["participants"]).await.0, StatusCode::FORBIDDEN);
    assert_eq!(
        change(&other, &own["participants"]).await.0,
        StatusCode::FORBIDDEN,
        "not taken over"
    );
    assert_eq!(
        change(&own, &other["participants"]).await.0,
        StatusCode::FORBIDDEN,
        "not given away"
    );
    let cancel = |session: &Value| format!("{}/cancel", path(session));
    assert_eq!(county.post("reader", &cancel(&other), &json!({})).await.0, StatusCode::FORBIDDEN);
    assert_eq!(county.post("reader", &cancel(&own), &json!({})).await.0, StatusCode::OK);
    let (status, _) = county.post("reader", "/api/v1/organizations", &json!({})).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "the register is of the whole county");
}

#[tokio::test]
async fn a_scheduler_of_a_township_books_for_the_sites_that_lie_in_it() {
    let county = County::start().await;
    let put = async |path: &str, body: &Value| {
        answer(county.by("scheduler", Method::PUT, path).json(body)).await
    };
    for (code, name) in
        [("61", "陕西省"), ("6105", "渭南市"), ("610527", "白水县"), ("610527102", "林皋镇")]
    {
        let (status, area) = put(&format!("/api/v1/areas/{code}"), &json!({ "name": name })).await;
        assert_eq!(status, StatusCode::OK, "{area}");
    }
    let township = json!({ "kind": "area", "id": "610527102" });
    let (status, given) = give(&county, "reader", "scheduler", township).await;
    assert_eq!(status, StatusCode::CREATED, "{given}");
    assert_eq!(given["assignments"][0]["scopeNames"], json!({ "zh": "林皋镇" }));
    let wish = consultation(&tomorrow(9, 0), &tomorrow(9, 30));
    let (status, _) = county.post("reader", "/api/v1/sessions", &wish).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "nobody said where the clinic is");
    let site =
        json!({ "names": { "zh": "林皋镇卫生院" }, "kind": "health", "areaCode": "610527102" });
    let (status, site) = put("/api/v1/organizations/clinic-b", &site).await;
    assert_eq!(status, StatusCode::OK, "{site}");
    let (status, booked) = county.post("reader", "/api/v1/sessions", &wish).await;
    assert_eq!(status, StatusCode::CREATED, "{booked}");
    // On the level of a township a doctor treats and a specialist does not; and a village is no level of a scheduler.
    let village = json!({ "kind": "area", "id": "610527102201" });
    let (status, problem) = give(&county, "reader", "scheduler", village).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["errors"][0]["code"], "role-without-rights");
}

#[tokio::test]
async fn what_is_no_role_or_no_place_is_told_at_its_member() {
    let county = County::start().await;
    for (role, scope, field, code) in [
        ("king", json!({ "kind": "county" }), "role", "role-unknown"),
        ("scheduler", json!({ "kind": "moon" }), "scope", "scope-unknown"),
        ("scheduler", json!({ "kind": "county", "id": "61" }), "scope", "scope-unknown"),
        ("scheduler", json!({ "kind": "area", "id": "61052" }), "scope", "scope-unknown"),
        ("scheduler", json!({ "kind": "site", "id": "nowhere" }), "scope", "scope-unknown"),
        ("scheduler", json!({ "kind": "area", "id": "61" }), "scope", "role-without-rights"),
        ("villager", json!({ "kind": "county" }), "scope", "role-without-rights"),
    ] {
        let (status, problem) = give(&county, "dr-li", role, scope.clone()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{role} {scope} {problem}");
        let fault = &problem["errors"][0];
        assert_eq!((&fault["field"], &fault["code"]), (&json!(field), &json!(code)), "{scope}");
    }
    let (status, _) = give(&county, "nobody", "scheduler", json!({ "kind": "county" })).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (_, table) = county.get("dr-li", "/api/v1/roles").await;
    assert_eq!(table["roles"].as_array().unwrap().len(), 14);
    let scheduler = table["roles"].as_array().unwrap().iter().find(|it| it["role"] == "scheduler");
    let township = json!({ "level": "township", "of_scope": ["read-schedule", "book", "pair-devices"], "of_own": [] });
    assert_eq!(scheduler.unwrap()["levels"][3], township);
}

#[tokio::test]
async fn only_who_gives_roles_gives_them_and_the_last_such_person_keeps_it() {
    let county = County::start().await;
    with_account(&county, "scheduler").await;
    let body = json!({ "role": "scheduler", "scope": { "kind": "county" } });
    for person in ["dr-li", "teacher-zhang"] {
        let (status, problem) =
            county.post(person, "/api/v1/people/dr-li/assignments", &body).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert_problem(&problem, "forbidden", 403);
    }
    // Who keeps the places gives no roles, and who gives roles keeps no places.
    assert_eq!(
        give(&county, "dr-wang", "administrator", json!({ "kind": "county" })).await.0,
        StatusCode::CREATED
    );
    let (status, _) = county.post("dr-wang", "/api/v1/people/dr-li/assignments", &body).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(county.get("dr-wang", "/api/v1/people").await.0, StatusCode::OK);
    assert_eq!(county.get("dr-wang", "/api/v1/accounts").await.0, StatusCode::FORBIDDEN);
    assert_eq!(
        take(&county, "scheduler", "administrator", "scope-kind=county").await.0,
        StatusCode::OK
    );
    assert_eq!(county.get("scheduler", "/api/v1/people").await.0, StatusCode::FORBIDDEN);
    assert_eq!(county.get("scheduler", "/api/v1/accounts").await.0, StatusCode::OK);
    let (status, problem) =
        take(&county, "scheduler", "security_administrator", "scope-kind=county").await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_problem(&problem, "last-administrator", 409);
    assert_eq!(
        county.get("scheduler", "/api/v1/accounts").await.0,
        StatusCode::OK,
        "nothing was taken"
    );
}

#[tokio::test]
async fn what_is_done_to_roles_and_accounts_is_told_with_who_when_and_why() {
    let county = County::start().await;
    give(&county, "dr-li", "scheduler", json!({ "kind": "site", "id": "clinic-a" })).await;
    give(&county, "dr-li", "scheduler", json!({ "kind": "site", "id": "clinic-a" })).await;
    take(&county, "dr-li", "scheduler", "scope-kind=site&scope-id=clinic-a&reason=left").await;
    with_account(&county, "dr-wang").await;
    for enabled in [false, true] {
        let body = json!({ "enabled": enabled });
        let put = county.by("scheduler", Method::PUT, "/api/v1/accounts/dr-wang").json(&body);
        assert_eq!(answer(put).await.0, StatusCode::OK);
    }
    let (status, list) = county.get("scheduler", "/api/v1/register/events").await;
    assert_eq!(status, StatusCode::OK, "{list}");
    // What came of the demo's own table stands before.
    let events = list["events"].as_array().unwrap().iter();
    let events: Vec<&Value> = events.filter(|it| it["byId"] != "demo").collect();
    let told: Vec<(&Value, &Value, &Value, &Value)> = events
        .iter()
        .map(|it| (&it["kind"], &it["act"], &it["subjectId"], &it["reason"]))
        .collect();
    let expected = [
        (json!("role"), json!("given"), json!("dr-li"), json!("term")),
        (json!("role"), json!("taken"), json!("dr-li"), json!("left")),
        (json!("account"), json!("made"), json!("dr-wang"), Value::Null),
        (json!("account"), json!("disabled"), json!("dr-wang"), Value::Null),
        (json!("account"), json!("enabled"), json!("dr-wang"), Value::Null),
    ];
    let expected: Vec<_> = expected.iter().map(|(a, b, c, d)| (a, b, c, d)).collect();
    assert_eq!(told, expected, "given twice it was given once");
    assert_eq!(
        (&events[0]["byNames"]["en"], &events[0]["at"]),
        (&json!("Scheduler Zhou"), &json!("2026-11-23T08:00:00+08:00"))
    );
    assert_eq!(
        events[0]["details"],
        json!({ "role": "scheduler", "scope": { "kind": "site", "id": "clinic-a" } })
    );
    let last = events[4]["number"].as_i64().unwrap();
    assert_eq!((&list["next"], &list["more"]), (&json!(last.to_string()), &json!(false)));
    let since = format!("/api/v1/register/events?since={}", last - 1);
    let (_, rest) = county.get("scheduler", &since).await;
    assert_eq!(rest["events"], json!([events[4]]));
    assert_eq!(county.get("dr-li", "/api/v1/register/events").await.0, StatusCode::FORBIDDEN);
    let (status, _) = county.get("scheduler", "/api/v1/register/events?since=-1").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn roles_outlive_a_new_start_and_a_form_of_the_register() {
    let county = County::start().await;
    give(&county, "dr-li", "scheduler", json!({ "kind": "site", "id": "clinic-a" })).await;
    give(&county, "dr-li", "volunteer", json!({ "kind": "county" })).await;
    let form = json!({ "names": { "zh": "李医生" }, "organizationId": "clinic-a", "roles": ["scheduler", "village_doctor"] });
    let put = county.by("scheduler", Method::PUT, "/api/v1/people/dr-li").json(&form);
    let (status, entry) = answer(put).await;
    assert_eq!(status, StatusCode::OK, "{entry}");
    assert_eq!(entry["roles"], json!(["scheduler", "village_doctor", "volunteer"]));
    let folder = county.stop().await.unwrap();
    let county = County::start_in(folder.path(), scheduler::Config::default()).await;
    let (_, held) = county.get("scheduler", "/api/v1/people/dr-li/assignments").await;
    assert_eq!(
        roles(&held),
        ["scheduler site clinic-a", "village_doctor home ", "volunteer county "],
        "the form gives a role that is held somewhere no wider scope"
    );
}
