//! People and places have names in several languages: what is given is kept and told, in a form, in a table, and out of the
//! store of the version before.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county::database::{administrator, config_in, is_postgres, make, name_for, pool_in};
use crate::county::{self, County, answer, consultation, keys, tomorrow};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use reqwest::{Method, StatusCode};
use scheduler::{Config, Scheduler};
use serde_json::{Value, json};
use session::{AccessToken, Language, Names};
use sqlx::AnyPool;
use sqlx::migrate::Migrator;
use tempfile::TempDir;

/// The tables before names were one column.
const BEFORE: i64 = 27;

async fn put(county: &County, path: &str, body: &Value) -> (StatusCode, Value) {
    answer(county.by("scheduler", Method::PUT, path).json(body)).await
}

async fn import(county: &County, table: &str, dry_run: bool) -> Value {
    let path = format!("/api/v1/imports?dry-run={dry_run}");
    let request = county.by("scheduler", Method::POST, &path);
    let (status, report) =
        answer(request.header("content-type", "text/csv").body(table.to_owned())).await;
    assert_eq!(status, StatusCode::OK, "{report}");
    report
}

async fn names_of(county: &County, person: &str) -> Value {
    let (status, me) = county.get(person, "/api/v1/me").await;
    assert_eq!(status, StatusCode::OK, "{me}");
    me["person"]["names"].clone()
}

fn zhao(names: &Value) -> Value {
    json!({ "names": names, "organizationId": "clinic-b", "roles": ["village_doctor"] })
}

#[tokio::test]
async fn a_person_is_called_by_a_name_in_each_language_wherever_the_person_is_told_of() {
    let county = County::start().await;
    let path = "/api/v1/people/dr-zhao";
    let names = json!({ "zh": "赵医生", "en": "Dr Zhao", "bo": "ཀྲའོ་སྨན་པ།", "ug": "جاۋ دوختۇر" });
    let said = json!({ "zh": "赵医生", "bo": " ཀྲའོ་སྨན་པ། ", "ug": "جاۋ دوختۇر" });
    let (status, kept) = put(&county, path, &zhao(&said)).await;
    assert_eq!((status, &kept["names"]), (StatusCode::OK, &names), "English stays as it was");
    assert_eq!(names_of(&county, "dr-zhao").await, names);
    let (_, directory) = county.get("scheduler", "/api/v1/directory").await;
    let people = directory["people"].as_array().unwrap();
    assert!(people.iter().any(|it| it["names"] == names), "{people:?}");
    let (_, session) = county.book(&consultation(&tomorrow(9, 0), &tomorrow(9, 30))).await;
    let (_, session) = county
        .get("dr-chen", &format!("/api/v1/sessions/{}", session["id"].as_str().unwrap()))
        .await;
    assert_eq!(session["participants"][1]["names"], names, "{session}");
    // A name that is taken away, and one that is the Chinese name, are none.
    let said = json!({ "zh": "赵医生", "en": "赵医生", "ug": "" });
    let (_, kept) = put(&county, path, &zhao(&said)).await;
    assert_eq!(kept["names"], json!({ "zh": "赵医生", "bo": "ཀྲའོ་སྨན་པ།" }));
}

#[tokio::test]
async fn the_room_token_has_the_chinese_name_and_those_in_other_languages_beside_it() {
    let county = County::start().await;
    let (_, session) = county.book(&consultation(&tomorrow(9, 0), &tomorrow(9, 30))).await;
    county.set_clock(county::NOW_S + 25 * 3600);
    let path = format!("/api/v1/sessions/{}/join", session["id"].as_str().unwrap());
    let (status, pass) = county.post("dr-zhao", &path, &json!({})).await;
    assert_eq!(status, StatusCode::OK, "{pass}");
    let now_s = county::NOW_S + 25 * 3600;
    let token = AccessToken::read(pass["token"].as_str().unwrap(), &keys(), now_s).unwrap();
    assert_eq!(token.name, "赵医生");
    let told: Value = serde_json::from_str(&token.metadata).unwrap();
    let site = json!({ "zh": "林皋镇卫生院", "en": "Lingao Township Clinic" });
    assert_eq!(told, json!({ "names": { "zh": "赵医生", "en": "Dr Zhao" }, "siteNames": site }));
}

#[tokio::test]
async fn a_table_has_a_column_for_each_language_and_may_leave_them_out() {
    let county = County::start().await;
    let table = "table,id,name,name_en,藏文名,name_ug\n\
        person,dr-zhao,赵医生,,ཀྲའོ་སྨན་པ།,جاۋ دوختۇر\n\
        organization,clinic-b,林皋镇卫生院,Lingao Clinic,,\n";
    let before = names_of(&county, "dr-zhao").await;
    let report = import(&county, table, true).await;
    assert_eq!(report["ignored"], json!([]));
    assert_eq!(report["lines"][0]["changes"], json!(["name_bo", "name_ug"]), "{report}");
    assert_eq!(report["lines"][1]["changes"], json!(["name_en"]));
    assert_eq!(names_of(&county, "dr-zhao").await, before, "a dry run changes nothing");
    import(&county, table, false).await;
    let names = json!({ "zh": "赵医生", "en": "Dr Zhao", "bo": "ཀྲའོ་སྨན་པ།", "ug": "جاۋ دوختۇر" });
    assert_eq!(names_of(&county, "dr-zhao").await, names);
    let again = import(&county, table, false).await;
    assert_eq!(again["counts"]["unchanged"], 2, "{again}");
    let fewer = import(&county, "table,id,name\nperson,dr-zhao,赵大夫\n", false).await;
    assert_eq!(fewer["lines"][0]["changes"], json!(["name"]));
    assert_eq!(
        names_of(&county, "dr-zhao").await["bo"],
        "ཀྲའོ་སྨན་པ།",
        "what a table does not say stays"
    );
}

#[tokio::test]
async fn whatever_names_are_given_are_told_again() {
    let county = County::start().await;
    let mut drawn = TestRunner::deterministic();
    let name = "[^\\p{C}\\s]([^\\p{C}]{0,20}[^\\p{C}\\s])?";
    let names = (
        name,
        proptest::collection::btree_map(
            proptest::sample::select(["en", "bo", "ug"].as_slice()),
            name,
            0..4,
        ),
    );
    for _ in 0..40 {
        let (zh, others) = names.new_tree(&mut drawn).unwrap().current();
        let wanted = others.iter().filter(|(_, name)| **name != zh);
        let mut wanted: Value = wanted
            .map(|(language, name)| ((*language).to_owned(), json!(name)))
            .collect::<serde_json::Map<_, _>>()
            .into();
        wanted["zh"] = json!(zh);
        let mut said = json!({ "zh": zh, "en": "", "bo": "", "ug": "" });
        others.iter().for_each(|(language, name)| said[*language] = json!(name));
        let (status, kept) = put(&county, "/api/v1/people/dr-zhao", &zhao(&said)).await;
        assert_eq!((status, &kept["names"]), (StatusCode::OK, &wanted), "{kept}");
        assert_eq!(names_of(&county, "dr-zhao").await, wanted);
    }
    let pool = pool_in(county.folder.as_ref().unwrap().path()).await;
    let kept: Vec<String> =
        sqlx::query_scalar("SELECT names FROM person ORDER BY id").fetch_all(&pool).await.unwrap();
    for text in kept {
        assert_eq!(text.parse::<Names>().unwrap().to_json(), text, "compact, Chinese first");
    }
}

/// A store of the version before, in which everything is called this in Chinese and this in English.
async fn before(folder: &TempDir, called: &[(&str, &str)]) -> AnyPool {
    let migrations = if is_postgres() {
        let mut server = administrator("postgres").await;
        make(&mut server, &name_for(folder.path()), "template0").await;
        sqlx::migrate!("./migrations/postgres")
    } else {
        std::fs::write(folder.path().join("scheduler.sqlite3"), "").unwrap();
        sqlx::migrate!("./migrations/sqlite")
    };
    let pool = pool_in(folder.path()).await;
    let released = migrations.iter().filter(|it| it.version <= BEFORE).cloned().collect();
    Migrator::with_migrations(released).run(&pool).await.unwrap();
    for (n, (name, name_en)) in called.iter().enumerate() {
        for insert in [
            "INSERT INTO organization (id, name, name_en, kind) VALUES ($1, $2, $3, 'health')",
            "INSERT INTO person (id, name, name_en, organization_id) VALUES ($1, $2, $3, $1)",
            "INSERT INTO room (id, name, name_en, organization_id) VALUES ($1, $2, $3, $1)",
            "INSERT INTO terminal (id, name, name_en, room_id, kind) VALUES ($1, $2, $3, $1, 'screen')",
        ] {
            let insert = sqlx::query(insert).bind(format!("n{n}")).bind(*name).bind(*name_en);
            insert.execute(&pool).await.unwrap();
        }
    }
    pool
}

#[tokio::test]
async fn names_of_the_version_before_stand_in_one_column_to_the_letter() {
    let folder = TempDir::new().unwrap();
    let called = [
        ("王", "Wang"),
        ("王", "王"),
        ("王", ""),
        ("“王”\"医生\"", "Dr \"Wang\" 'W'"),
        ("a\\b\\\"", "\\"),
        ("一\t二\n三\u{1}\u{1f}\u{7f}", "one\ttwo\r\n\u{8}\u{c}"),
        ("ཝང་\u{2028}🩺", "</script>{\"zh\":1}"),
    ];
    let pool = before(&folder, &called).await;
    let county = "INSERT INTO county (id, name, name_en) VALUES (1, '县\"', 'County\\')";
    sqlx::query(county).execute(&pool).await.unwrap();
    let event = "INSERT INTO register_event (number, at_s, by_id, kind, act, subject_id, details)
                 VALUES (1, 5, 'register', 'person', 'changed', 'n0', $1)";
    let details = json!({
        "was": { "name": "汪", "nameEn": "Wang", "retired": false, "what": {} },
        "became": { "name": "王", "nameEn": "王", "retired": false, "what": {} },
    });
    sqlx::query(event).bind(details.to_string()).execute(&pool).await.unwrap();
    pool.close().await;

    let config = config_in(folder.path(), Config::default()).await;
    Scheduler::start(config.clone(), keys()).await.unwrap().stop().await;
    let pool = pool_in(folder.path()).await;
    for table in ["organization", "person", "room", "terminal"] {
        let text = format!("SELECT names FROM {table} ORDER BY id");
        let kept: Vec<String> =
            sqlx::query_scalar(sqlx::AssertSqlSafe(text)).fetch_all(&pool).await.unwrap();
        let expected: Vec<Names> = called.iter().map(|(zh, en)| names(zh, en)).collect();
        let read: Vec<Names> = kept.iter().map(|text| text.parse().unwrap()).collect();
        assert_eq!(read, expected, "{table}");
        assert!(kept.iter().all(|text| text.starts_with("{\"zh\":\"")), "{kept:?}");
        assert_eq!(kept[0], "{\"zh\":\"王\",\"en\":\"Wang\"}");
        assert_eq!(kept[1], "{\"zh\":\"王\"}");
    }
    let county: String =
        sqlx::query_scalar("SELECT names FROM county").fetch_one(&pool).await.unwrap();
    assert_eq!(county.parse(), Ok(names("县\"", "County\\")));
    pool.close().await;

    // The program reads them, and tells the old event as it tells new ones.
    let county = County::start_by(Config { demo: true, ..config }).await;
    let (_, me) = county.get("n5", "/api/v1/me").await;
    assert_eq!(me["person"]["names"], json!(names(called[5].0, called[5].1)));
    let (_, list) = county.get("scheduler", "/api/v1/register/events").await;
    let told = &list["events"][0]["details"];
    assert_eq!(told["was"]["names"], json!({ "zh": "汪", "en": "Wang" }), "{told}");
    assert_eq!(told["became"], json!({ "names": { "zh": "王" }, "retired": false, "what": {} }));
}

fn names(zh: &str, en: &str) -> Names {
    let names = Names::new(zh).unwrap();
    if en.is_empty() { names } else { names.with(Language::English, en).unwrap() }
}
