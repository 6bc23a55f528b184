//! Terminals and interpreters are booked, held, searched for and told as people and rooms are; an interpreter is a person.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county::database::pool_in;
use crate::county::{County, NOW_S, answer, assert_problem, consultation, tomorrow};
use crate::paired;
use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const SEARCH: &str = "/api/v1/slots:search";

/// Two terminals, two who interpret Tibetan, of whom one is a village doctor as well, and one who signs.
const TABLE: &str = "类别,编号,名称,终端类型,所属机构,房间,角色,翻译语种\n\
    终端,screen-b,诊室大屏,大屏,,clinic-b-1,,\n\
    终端,tablet-b,诊室平板,平板,,clinic-b-1,,\n\
    人员,tashi,扎西,,hospital,,,藏汉；zh-bo\n\
    人员,dolma,卓玛,,clinic-c,,村医,藏汉\n\
    人员,signer,林手语,,hospital,,翻译,手语\n";

async fn import(county: &County, query: &str, table: &str) -> (StatusCode, Value) {
    let request = county.by("scheduler", Method::POST, &format!("/api/v1/imports{query}"));
    answer(request.header("content-type", "text/csv").body(table.to_owned())).await
}

async fn staffed() -> County {
    let county = County::start().await;
    let (status, report) = import(&county, "", TABLE).await;
    assert_eq!((status, &report["counts"]["made"]), (StatusCode::OK, &json!(5)), "{report}");
    county
}

/// Dr Chen and Dr Zhao tomorrow from nine to half past, with this terminal and this interpreter.
fn wish(terminals: &[&str], interpreter: Option<&str>) -> Value {
    let mut wish = consultation(&tomorrow(9, 0), &tomorrow(9, 30));
    (wish["roomIds"], wish["terminalIds"]) = (json!([]), json!(terminals));
    if let Some(id) = interpreter {
        let people = wish["participants"].as_array_mut().unwrap();
        people.push(json!({ "personId": id, "role": "interpreter" }));
    }
    wish
}

/// The same time, but for the terminals and the interpreter other people.
fn beside(terminals: &[&str], interpreter: Option<&str>) -> Value {
    let mut wish = wish(terminals, interpreter);
    wish["participants"][0]["personId"] = json!("dr-wang");
    wish["participants"][1]["personId"] = json!("dr-li");
    wish
}

async fn booked(county: &County, wish: &Value) -> Value {
    let (status, session) = county.book(wish).await;
    assert_eq!(status, StatusCode::CREATED, "{session}");
    session
}

async fn refused(county: &County, wish: &Value) -> Value {
    let (status, problem) = county.book(wish).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert_problem(&problem, "slot-taken", 409);
    problem
}

#[tokio::test]
async fn a_terminal_is_in_one_session_at_a_time_and_who_comes_second_is_told_which_and_until_when()
{
    let county = staffed().await;
    let made = booked(&county, &wish(&["screen-b"], None)).await;
    let screen = json!({ "id": "screen-b", "names": { "zh": "诊室大屏" }, "kind": "screen", "roomId": "clinic-b-1" });
    assert_eq!(made["terminals"], json!([screen]));
    let problem = refused(&county, &beside(&["tablet-b", "screen-b"], None)).await;
    let resource = json!({ "kind": "terminal", "id": "screen-b", "names": { "zh": "诊室大屏" } });
    assert_eq!(problem["resource"], resource);
    assert_eq!(
        (&problem["takenUntil"], &problem["nextFree"]),
        (&json!(tomorrow(9, 30)), &json!(tomorrow(9, 30)))
    );
    booked(&county, &beside(&["tablet-b"], None)).await;
    let form = json!({ "names": { "zh": "诊室大屏" }, "roomId": "clinic-b-1", "kind": "screen", "retired": true });
    let put = county.by("scheduler", Method::PUT, "/api/v1/terminals/screen-b").json(&form);
    let (status, problem) = answer(put).await;
    assert_eq!(
        (status, &problem["errors"][0]["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("still-booked"))
    );
    let path = format!("/api/v1/sessions/{}/cancel", made["id"].as_str().unwrap());
    county.post("scheduler", &path, &json!({})).await;
    let mut later = wish(&["screen-b"], None);
    later["participants"][1]["personId"] = json!("dr-sun");
    booked(&county, &later).await;
}

#[tokio::test]
async fn what_a_booking_answers_is_what_is_read_later() {
    let county = staffed().await;
    let mut wish = wish(&["tablet-b", "screen-b"], None);
    wish["roomIds"] = json!(["hospital-2", "clinic-b-1"]);
    let part = json!({ "personId": "tashi", "role": "interpreter", "interprets": "bo-zh" });
    wish["participants"].as_array_mut().unwrap().push(part);
    let made = booked(&county, &wish).await;
    let path = format!("/api/v1/sessions/{}", made["id"].as_str().unwrap());
    let (_, read) = county.get("scheduler", &path).await;
    assert_eq!(made, read);
    assert_eq!(made["participants"][2]["interprets"], "bo-zh", "{made}");
    assert_eq!((&made["rooms"][0]["id"], &made["version"]), (&json!("hospital-2"), &json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_for_one_terminal_one_wins_and_the_store_itself_takes_no_second() {
    let county = staffed().await;
    let people =
        ["dr-wang", "dr-chen", "dr-li", "dr-zhao", "dr-sun", "teacher-zhang", "teacher-wu"];
    let roles = [
        "specialist",
        "specialist",
        "village_doctor",
        "village_doctor",
        "village_doctor",
        "lead_teacher",
        "lead_teacher",
    ];
    let wishes: Vec<Value> = people.iter().zip(roles).map(|(id, role)| {
        json!({ "kind": "training", "title": "培训", "startsAt": tomorrow(9, 0), "endsAt": tomorrow(9, 30),
            "terminalIds": ["screen-b"], "participants": [{ "personId": id, "role": role }] })
    }).collect();
    let answers = join_all(wishes.iter().map(|wish| county.book(wish))).await;
    let made = answers.iter().filter(|(status, _)| *status == StatusCode::CREATED).count();
    assert_eq!(made, 1, "{answers:?}");
    let pool = pool_in(county.folder.as_ref().unwrap().path()).await;
    let again = sqlx::query(
        "INSERT INTO claim (session_id, resource_kind, resource_id, starts_s, ends_s, state)
         SELECT (SELECT id FROM session WHERE id <> claim.session_id ORDER BY id LIMIT 1), resource_kind, resource_id,
                starts_s + 60, ends_s + 60, 'confirmed' FROM claim WHERE resource_kind = 'terminal'",
    );
    let refused = again.execute(&pool).await.unwrap_err().to_string();
    assert!(refused.contains("slot-taken") || refused.contains("claim_no_overlap"), "{refused}");
    pool.close().await;
}

#[tokio::test]
async fn who_interprets_is_one_human_and_cannot_be_a_doctor_elsewhere_meanwhile() {
    let county = staffed().await;
    let made = booked(&county, &wish(&[], Some("dolma"))).await;
    let part = &made["participants"][2];
    assert_eq!((&part["personId"], &part["role"]), (&json!("dolma"), &json!("interpreter")));
    let problem = refused(&county, &beside(&[], Some("dolma"))).await;
    let resource = json!({ "kind": "interpreter", "id": "dolma", "names": { "zh": "卓玛" } });
    assert_eq!(
        (&problem["resource"], &problem["takenUntil"]),
        (&resource, &json!(tomorrow(9, 30)))
    );
    let mut doctor = beside(&[], None);
    doctor["participants"][1]["personId"] = json!("dolma");
    let problem = refused(&county, &doctor).await;
    assert_eq!(problem["resource"]["kind"], "person");
    let mut both = beside(&[], Some("dolma"));
    both["participants"][1]["personId"] = json!("dolma");
    let (status, problem) = county.book(&both).await;
    assert_eq!(
        (status, &problem["errors"][0]["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("person-twice"))
    );
    let (status, problem) = county.book(&beside(&[], Some("dr-sun"))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        problem["errors"][0]["code"], "role-not-held",
        "who interprets nothing is no interpreter"
    );
}

#[tokio::test]
async fn who_interprets_is_booked_for_one_of_its_pairs_of_languages_and_that_is_told() {
    let county = staffed().await;
    let mut asked = wish(&[], Some("tashi"));
    asked["participants"][2]["interprets"] = json!("zh-bo");
    let made = booked(&county, &asked).await;
    assert_eq!(made["participants"][2]["interprets"], "bo-zh", "{made}");
    assert_eq!(made["participants"][0].get("interprets"), None);
    let path = format!("/api/v1/sessions/{}", made["id"].as_str().unwrap());
    assert_eq!(county.get("scheduler", &path).await.1["participants"], made["participants"]);
    let (_, told) = county.get("scheduler", &format!("{path}/events")).await;
    assert_eq!(told["events"][0]["after"]["participants"][2]["interprets"], "bo-zh", "{told}");
    // A pair of others, and a pair for who is no interpreter in it.
    for (id, role, pair) in [("signer", "interpreter", "bo-zh"), ("dolma", "observer", "bo-zh")] {
        let mut other = beside(&[], None);
        let people = other["participants"].as_array_mut().unwrap();
        people.push(json!({ "personId": id, "role": role, "interprets": pair }));
        let (status, problem) = county.book(&other).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        let fault = &problem["errors"][0];
        assert_eq!(
            (&fault["field"], &fault["code"]),
            (&json!("participants"), &json!("languages-not-held"))
        );
        assert_eq!(
            (&fault["params"]["id"], &fault["params"]["pair"]),
            (&json!(id), &json!(pair)),
            "{problem}"
        );
    }
    let mut bad = asked.clone();
    bad["participants"][2]["interprets"] = json!("藏汉");
    assert_ne!(county.book(&bad).await.0, StatusCode::CREATED);
    // What is changed beside it leaves it, and another pair is a change that is held against the register.
    let patch = async |version: u32, body: Value| {
        let request = county.by("scheduler", Method::PATCH, &path);
        answer(request.header("If-Match", format!("\"{version}\"")).json(&body)).await
    };
    let (status, renamed) = patch(1, json!({ "title": "改名" })).await;
    assert_eq!((status, &renamed["participants"]), (StatusCode::OK, &made["participants"]));
    let mut people = asked["participants"].clone();
    people[2]["interprets"] = json!("ug-zh");
    let (status, problem) = patch(2, json!({ "participants": people })).await;
    assert_eq!(
        (status, &problem["errors"][0]["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("languages-not-held"))
    );
    people[2].as_object_mut().unwrap().remove("interprets");
    let (status, changed) = patch(2, json!({ "participants": people })).await;
    assert_eq!(
        (status, changed["participants"][2].get("interprets")),
        (StatusCode::OK, None),
        "{changed}"
    );
}

#[tokio::test]
async fn a_series_keeps_for_which_languages_somebody_interprets_in_each_of_its_sessions() {
    let county = staffed().await;
    let mut booking = wish(&[], Some("tashi"));
    booking["participants"][2]["interprets"] = json!("bo-zh");
    let wish = json!({ "booking": booking, "rule": "FREQ=DAILY;COUNT=2" });
    let (status, series) = county.post("scheduler", "/api/v1/series", &wish).await;
    assert_eq!(status, StatusCode::CREATED, "{series}");
    assert_eq!(series["participants"][2]["interprets"], "bo-zh", "{series}");
    for occurrence in series["occurrences"].as_array().unwrap() {
        let path = format!("/api/v1/sessions/{}", occurrence["session"]["id"].as_str().unwrap());
        let (_, session) = county.get("scheduler", &path).await;
        assert_eq!(session["participants"][2]["interprets"], "bo-zh", "{session}");
    }
}

#[tokio::test]
async fn a_hold_keeps_terminal_and_interpreter_and_a_booking_over_it_has_them() {
    let county = staffed().await;
    let mut hold = wish(&["screen-b"], Some("tashi"));
    let members = hold.as_object_mut().unwrap();
    members.remove("title");
    members.remove("recording");
    let (status, held) = county.post("scheduler", "/api/v1/holds", &hold).await;
    assert_eq!(status, StatusCode::CREATED, "{held}");
    let mut over = wish(&["screen-b"], Some("tashi"));
    over["holdId"] = held["id"].clone();
    // A program books for itself what another one holds.
    for (other, kind) in
        [(beside(&["screen-b"], None), "terminal"), (beside(&[], Some("tashi")), "interpreter")]
    {
        let problem = refused(&county, &other).await;
        assert_eq!(problem["resource"]["kind"], kind);
        assert_eq!(problem["heldUntil"], held["expiresAt"]);
    }
    let made = booked(&county, &over).await;
    assert_eq!(made["terminals"][0]["id"], "screen-b");
}

/// Dr Chen, Dr Zhao, the screen and whoever interprets these languages, tomorrow from eight on.
fn search(languages: &str) -> Value {
    json!({
        "needs": [
            { "anyOf": [{ "kind": "person", "id": "dr-chen" }] },
            { "anyOf": [{ "kind": "terminal", "id": "screen-b" }, { "kind": "terminal", "id": "tablet-b" }] },
            { "interpreterOf": languages },
        ],
        "minutes": 30, "from": tomorrow(8, 0), "until": tomorrow(18, 0), "startsAt": tomorrow(9, 0), "most": 2,
    })
}

async fn found(county: &County, search: &Value) -> Value {
    let (status, found) = county.post("scheduler", SEARCH, search).await;
    assert_eq!(status, StatusCode::OK, "{found}");
    found
}

fn served_by(slot: &Value) -> Vec<(&str, &str)> {
    let by = slot["servedBy"].as_array().unwrap().iter();
    by.map(|it| (it["kind"].as_str().unwrap(), it["id"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn a_search_finds_a_terminal_and_whoever_interprets_and_says_who_is_in_the_way() {
    let county = staffed().await;
    let all_free = found(&county, &search("zh-bo")).await;
    let first = [("person", "dr-chen"), ("terminal", "screen-b"), ("interpreter", "dolma")];
    assert_eq!(served_by(&all_free["wished"]), first, "{all_free}");
    booked(&county, &beside(&["screen-b"], Some("dolma"))).await;
    let others = found(&county, &search("bo-zh")).await;
    let second = [("person", "dr-chen"), ("terminal", "tablet-b"), ("interpreter", "tashi")];
    assert_eq!(served_by(&others["wished"]), second, "{others}");
    let mut third = wish(&["tablet-b"], Some("tashi"));
    third["participants"][0]["personId"] = json!("teacher-zhang");
    third["participants"] = json!([{ "personId": "teacher-zhang", "role": "lead_teacher" },
        { "personId": "class-a", "role": "classroom" }, { "personId": "tashi", "role": "interpreter" }]);
    third["kind"] = json!("class");
    booked(&county, &third).await;
    let none = found(&county, &search("bo-zh")).await;
    assert_eq!(none["wished"], Value::Null);
    let blocked: Vec<(&Value, &Value, &Value)> = none["blocking"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (&it["resource"]["kind"], &it["resource"]["id"], &it["until"]))
        .collect();
    let at = json!(tomorrow(9, 30));
    let (terminal, interpreter) = (json!("terminal"), json!("interpreter"));
    assert_eq!(
        blocked,
        [
            (&terminal, &json!("screen-b"), &at),
            (&terminal, &json!("tablet-b"), &at),
            (&interpreter, &json!("dolma"), &at),
            (&interpreter, &json!("tashi"), &at)
        ]
    );
    assert_eq!(none["slots"][0]["startsAt"], tomorrow(9, 30));
}

#[tokio::test]
async fn a_search_for_an_interpreter_is_refused_where_nobody_is_and_serves_no_two_needs_by_one() {
    let county = staffed().await;
    let (status, problem) = county.post("scheduler", SEARCH, &search("ug-zh")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let error = &problem["errors"][0];
    assert_eq!(
        (&error["field"], &error["code"]),
        (&json!("needs[2].interpreterOf"), &json!("nobody-interprets"))
    );
    for bad in ["zh", "zh-zh", "藏汉"] {
        let (status, _) = county.post("scheduler", SEARCH, &search(bad)).await;
        assert!(status.is_client_error(), "{bad}: {status}");
    }
    for need in [
        json!({}),
        json!({ "anyOf": [{ "kind": "room", "id": "clinic-b-1" }], "interpreterOf": "bo-zh" }),
    ] {
        let mut wrong = search("bo-zh");
        wrong["needs"][2] = need;
        let (status, problem) = county.post("scheduler", SEARCH, &wrong).await;
        assert_eq!(
            (status, &problem["errors"][0]["code"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("nothing-needed"))
        );
    }
    // Dolma is needed as the doctor, and Tashi is away: nobody is left who interprets.
    let mut doctor = search("bo-zh");
    doctor["needs"][0] = json!({ "anyOf": [{ "kind": "person", "id": "dolma" }] });
    booked(&county, &beside(&[], Some("tashi"))).await;
    let found = found(&county, &doctor).await;
    assert_eq!(found["wished"], Value::Null, "{found}");
    assert_eq!(found["slots"][0]["startsAt"], tomorrow(9, 30));
}

#[tokio::test]
async fn a_change_of_terminals_is_made_and_told_and_faults_stand_at_their_member() {
    let county = staffed().await;
    let made = booked(&county, &wish(&["screen-b"], None)).await;
    let path = format!("/api/v1/sessions/{}", made["id"].as_str().unwrap());
    let change = json!({ "terminalIds": ["tablet-b"] });
    let patch =
        county.by("scheduler", Method::PATCH, &path).header("if-match", "\"1\"").json(&change);
    let (status, after) = answer(patch).await;
    assert_eq!(
        (status, &after["terminals"][0]["id"]),
        (StatusCode::OK, &json!("tablet-b")),
        "{after}"
    );
    let (_, told) = county.get("scheduler", "/api/v1/changes?since=0").await;
    let last = told["events"].as_array().unwrap().last().unwrap();
    assert_eq!(last["before"], json!({ "terminalIds": ["screen-b"] }));
    assert_eq!(last["after"], json!({ "terminalIds": ["tablet-b"] }));
    booked(&county, &beside(&["screen-b"], None)).await;
    let many: Vec<String> = (0..21).map(|n| format!("screen-{n}")).collect();
    for (terminals, code) in [
        (json!(["nowhere"]), "terminal-unknown"),
        (json!(["tablet-b", "tablet-b"]), "terminal-twice"),
        (json!(many), "too-many-terminals"),
    ] {
        let mut wrong = consultation(&tomorrow(11, 0), &tomorrow(11, 30));
        wrong["terminalIds"] = terminals;
        let (status, problem) = county.book(&wrong).await;
        let error = &problem["errors"][0];
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert_eq!((&error["field"], &error["code"]), (&json!("terminalIds"), &json!(code)));
    }
}

#[tokio::test]
async fn a_series_takes_its_terminal_each_time_and_gives_it_back() {
    let county = staffed().await;
    let booking = wish(&["screen-b"], Some("tashi"));
    let series = json!({ "booking": booking, "rule": "FREQ=DAILY;COUNT=2" });
    let (status, made) = county.post("scheduler", "/api/v1/series", &series).await;
    assert_eq!(
        (status, &made["terminalIds"]),
        (StatusCode::CREATED, &json!(["screen-b"])),
        "{made}"
    );
    assert_eq!(
        refused(&county, &beside(&["screen-b"], None)).await["resource"]["kind"],
        "terminal"
    );
    let path = format!("/api/v1/series/{}", made["id"].as_str().unwrap());
    let change = json!({ "terminalIds": [] });
    let tag = format!("\"{}\"", made["version"]);
    let patch = county.by("scheduler", Method::PATCH, &path).header("if-match", tag).json(&change);
    let (status, changed) = answer(patch).await;
    assert_eq!(
        (status, &changed["series"]["terminalIds"]),
        (StatusCode::OK, &json!([])),
        "{changed}"
    );
    booked(&county, &beside(&["screen-b"], None)).await;
}

#[tokio::test]
async fn the_register_knows_who_interprets_and_the_directory_tells() {
    let county = staffed().await;
    let (_, directory) = county.get("scheduler", "/api/v1/directory").await;
    let of = |id: &str| {
        directory["people"].as_array().unwrap().iter().find(|it| it["id"] == id).unwrap().clone()
    };
    assert_eq!(of("tashi")["interprets"], json!(["bo-zh"]));
    assert_eq!(
        of("dolma")["roles"],
        json!(["interpreter", "village_doctor"]),
        "who interprets is an interpreter"
    );
    assert_eq!(of("signer")["interprets"], json!(["csl-zh"]));
    assert_eq!(of("dr-chen")["interprets"], json!([]));
    assert_eq!(directory["terminals"][0]["roomId"], "clinic-b-1");
    let (_, report) = import(&county, "", TABLE).await;
    assert_eq!(report["counts"]["unchanged"], 5, "{report}");
    let (status, report) =
        import(&county, "?dry-run=true", "table,id,name,interprets\nperson,tashi,扎西,tibetan\n")
            .await;
    let fault = &report["lines"][0]["faults"][0];
    assert_eq!(
        (status, &fault["column"], &fault["code"]),
        (StatusCode::OK, &json!("interprets"), &json!("languages-malformed"))
    );
    let form = json!({ "names": { "zh": "扎西" }, "organizationId": "hospital", "roles": [], "interprets": ["ug-zh", "zh-bo"] });
    let (status, put) =
        answer(county.by("scheduler", Method::PUT, "/api/v1/people/tashi").json(&form)).await;
    assert_eq!((status, &put["interprets"]), (StatusCode::OK, &json!(["bo-zh", "ug-zh"])), "{put}");
    assert_eq!(put["roles"], json!(["interpreter"]));
    let none = json!({ "names": { "zh": "扎西" }, "organizationId": "hospital", "roles": [], "interprets": [] });
    let (_, put) =
        answer(county.by("scheduler", Method::PUT, "/api/v1/people/tashi").json(&none)).await;
    assert_eq!((&put["interprets"], &put["roles"]), (&json!([]), &json!([])));
}

#[tokio::test]
async fn a_device_joins_the_class_that_its_terminal_is_booked_for_in_whatever_room() {
    let county = staffed().await;
    let mut device = paired::paired(&county, "screen-b").await;
    let class = json!({ "kind": "class", "title": "水的循环", "startsAt": tomorrow(9, 0), "endsAt": tomorrow(9, 30),
        "terminalIds": ["screen-b"], "recording": true,
        "participants": [{ "personId": "teacher-wu", "role": "lead_teacher" }, { "personId": "class-b", "role": "classroom" }] });
    let session = booked(&county, &class).await;
    county.set_clock(NOW_S + 25 * 3600 - 15 * 60);
    device.log_in(&county).await;
    let (_, day) = device.day(&county).await;
    assert_eq!(
        (&day["sessions"][0]["id"], &day["sessions"][0]["joins"]),
        (&session["id"], &json!(true)),
        "{day}"
    );
    let (status, pass) = device.join(&county, session["id"].as_str().unwrap()).await;
    assert_eq!(status, StatusCode::OK, "{pass}");
}
