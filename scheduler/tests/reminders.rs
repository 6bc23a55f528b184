//! Who is booked is reminded until somebody has answered, in time and never at night, and the booker hears of it when nobody does.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use std::path::PathBuf;

use crate::county::database::pool_in;
use crate::county::{County, NOW_S, assert_problem, consultation, tomorrow};
use crate::post::{Post, change, county_in, mailing, put};
use reqwest::{Method, StatusCode};
use scheduler::Config;
use serde_json::{Value, json};

const HOUR_S: u64 = 3_600;
/// The whole day of the booking, in the county.
const MIDNIGHT_S: u64 = NOW_S + 16 * HOUR_S;

fn reminding() -> Config {
    Config { reminder_sms: true, reminder_voice: true, reminder_look_ms: 20, ..Config::default() }
}

async fn booked(county: &County, hour: u32) -> String {
    let (status, session) =
        county.book(&consultation(&tomorrow(hour, 0), &tomorrow(hour, 30))).await;
    assert_eq!(status, StatusCode::CREATED, "{session}");
    session["id"].as_str().unwrap().to_owned()
}

async fn has_phone(county: &County, person: &str, phone: &str) {
    let wish = json!({ "app": true, "phone": phone, "sms": true, "voice": true });
    let path = format!("/api/v1/people/{person}/reminders");
    let (status, told) = put(county, person, &path, &wish).await;
    assert_eq!((status, &told), (StatusCode::OK, &wish));
}

async fn acknowledge(
    county: &County,
    by: &str,
    session: &str,
    said: &Value,
) -> (StatusCode, Value) {
    county.post(by, &format!("/api/v1/sessions/{session}/acknowledgement"), said).await
}

async fn calls(county: &County, by: &str, site: &str) -> Vec<Value> {
    let (status, list) = county.get(by, &format!("/api/v1/reminders?site={site}")).await;
    assert_eq!(status, StatusCode::OK, "{list}");
    assert_eq!((&list["siteId"], &list["complete"]), (&json!(site), &json!(true)));
    list["lines"].as_array().unwrap().clone()
}

/// `channel state` of each step of the only line of a call list.
fn steps(lines: &[Value]) -> Vec<String> {
    assert_eq!(lines.len(), 1, "{lines:?}");
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let steps = lines[0]["steps"].as_array().unwrap().iter();
    steps.map(|step| format!("{} {}", word(&step["channel"]), word(&step["state"]))).collect()
}

async fn until_steps(county: &County, site: &str, wanted: &[&str]) {
    let mut found = vec![];
    for _ in 0..300 {
        found = steps(&calls(county, "scheduler", site).await);
        if found == wanted {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(found, wanted);
}

async fn until_counted(county: &County, labels: &str, wanted: u64) {
    until_told(county, &format!("reminders_total{{{labels}}}"), wanted).await;
}

async fn until_told(county: &County, metric: &str, wanted: u64) {
    let name = format!("shanqiao_scheduler_{metric} ");
    let mut found = 0;
    for _ in 0..300 {
        let text = county.scheduler.metrics();
        let line = text.lines().find_map(|line| line.strip_prefix(&name));
        found = line.map_or(0, |value| value.parse().unwrap());
        if found == wanted {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(found, wanted, "{name}");
}

fn spool(county: &County, channel: &str) -> PathBuf {
    county.folder.as_ref().unwrap().path().join("spool").join(channel)
}

/// The messages that wait in a spool.
fn spooled(county: &County, channel: &str) -> Vec<Value> {
    let Ok(files) = std::fs::read_dir(spool(county, channel)) else { return vec![] };
    let paths = files.map(|file| file.unwrap().path()).filter(|path| path.is_file());
    paths.map(|path| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()).collect()
}

async fn mine(county: &County, person: &str) -> (Vec<Value>, Vec<Value>) {
    let (status, told) = county.get(person, "/api/v1/me/reminders").await;
    assert_eq!(status, StatusCode::OK, "{told}");
    let list = |name: &str| told[name].as_array().unwrap().clone();
    (list("notices"), list("unanswered"))
}

#[tokio::test]
async fn one_channel_after_the_other_reminds_until_the_booker_hears_that_nobody_answered() {
    let county = County::start_with(reminding()).await;
    has_phone(&county, "dr-zhao", "+8613800000001").await;
    let id = booked(&county, 15).await;
    let waiting = ["app waiting", "sms waiting", "voice waiting", "booker waiting"];
    until_steps(&county, "clinic-b", &waiting).await;
    let line = &calls(&county, "dr-zhao", "clinic-b").await[0];
    assert_eq!(line["place"], json!({ "zh": "林皋远程诊室", "en": "Lingao telemedicine room" }));
    assert_eq!((&line["phone"], &line["answer"]), (&json!("+8613800000001"), &Value::Null));
    let due: Vec<&Value> =
        line["steps"].as_array().unwrap().iter().map(|it| &it["dueAt"]).collect();
    let wanted = [
        "2026-11-23T15:00:00+08:00",
        "2026-11-23T19:00:00+08:00",
        "2026-11-24T07:30:00+08:00",
        "2026-11-24T11:00:00+08:00",
    ];
    assert_eq!(due, wanted);
    county.set_clock(NOW_S + 7 * HOUR_S);
    until_steps(&county, "clinic-b", &["app handed", waiting[1], waiting[2], waiting[3]]).await;
    let reminded = async |person| county.get(person, "/api/v1/me").await.1["reminded"].clone();
    assert_eq!(
        (reminded("dr-zhao").await, reminded("scheduler").await),
        (json!(true), json!(false))
    );
    let (notices, _) = mine(&county, "dr-zhao").await;
    assert_eq!((notices.len(), &notices[0]["sessionId"]), (1, &json!(id)));
    county.set_clock(NOW_S + 11 * HOUR_S);
    until_steps(&county, "clinic-b", &["app handed", "sms handed", waiting[2], waiting[3]]).await;
    let messages = spooled(&county, "sms");
    assert_eq!(messages.len(), 1);
    let wanted = json!({
        "version": 1, "key": messages[0]["key"], "channel": "sms", "to": "+8613800000001", "language": "zh",
        "text": "赵医生，您好：您的远程会诊在11月24日 星期二 15:00开始，地点：林皋远程诊室。请按时到场。",
        "notBefore": "2026-11-23T19:00:00+08:00", "notAfter": "2026-11-23T21:00:00+08:00",
    });
    assert_eq!(messages[0], wanted);
    // Nothing sounds in the night.
    county.set_clock(MIDNIGHT_S + 7 * HOUR_S);
    assert!(spooled(&county, "voice").is_empty());
    county.set_clock(MIDNIGHT_S + 7 * HOUR_S + 1_800);
    until_steps(&county, "clinic-b", &["app handed", "sms handed", "voice handed", waiting[3]])
        .await;
    assert_eq!(spooled(&county, "voice")[0]["notAfter"], "2026-11-24T15:00:00+08:00");
    assert!(mine(&county, "scheduler").await.1.is_empty());
    county.set_clock(MIDNIGHT_S + 11 * HOUR_S);
    let all = ["app handed", "sms handed", "voice handed", "booker handed"];
    until_steps(&county, "clinic-b", &all).await;
    until_steps(&county, "hospital", &["app handed", "paper handed", "booker handed"]).await;
    let silent = mine(&county, "scheduler").await.1;
    let silent: Vec<&Value> = silent.iter().map(|it| &it["personId"]).collect();
    assert_eq!(silent, ["dr-chen", "dr-zhao"]);
    let (status, done) = acknowledge(&county, "dr-zhao", &id, &json!({})).await;
    assert_eq!((status, &done["personId"]), (StatusCode::OK, &json!("dr-zhao")));
    assert_eq!(mine(&county, "scheduler").await.1[0]["personId"], "dr-chen");
    assert!(mine(&county, "dr-zhao").await.0.is_empty());
    assert_eq!(
        (reminded("dr-zhao").await, reminded("scheduler").await),
        (json!(false), json!(true))
    );
    let line = &calls(&county, "dr-zhao", "clinic-b").await[0];
    assert_eq!((&line["answer"]["how"], &line["unanswered"]), (&json!("self"), &json!(false)));
}

#[tokio::test]
async fn nobody_is_reminded_after_an_answer_or_of_what_was_moved_or_cancelled() {
    let county = County::start_with(reminding()).await;
    has_phone(&county, "dr-zhao", "13800000001").await;
    has_phone(&county, "dr-chen", "13800000002").await;
    let id = booked(&county, 15).await;
    assert_eq!(acknowledge(&county, "dr-zhao", &id, &json!({})).await.0, StatusCode::OK);
    assert_eq!(acknowledge(&county, "dr-zhao", &id, &json!({})).await.0, StatusCode::OK, "twice");
    county.set_clock(NOW_S + 11 * HOUR_S);
    until_counted(&county, "channel=\"sms\",outcome=\"Handed\"", 1).await;
    let to: Vec<Value> = spooled(&county, "sms").into_iter().map(|it| it["to"].clone()).collect();
    assert_eq!(to, ["13800000002"], "dr-zhao has answered");
    // Moved by an hour: everybody is asked anew, by what is due now.
    let session = json!({ "id": id, "version": 1 });
    let wish = json!({ "startsAt": tomorrow(16, 0), "endsAt": tomorrow(16, 30) });
    change(&county, &session, &wish).await;
    assert_eq!(calls(&county, "scheduler", "clinic-b").await[0]["answer"], Value::Null);
    until_counted(&county, "channel=\"sms\",outcome=\"Handed\"", 1).await;
    county.set_clock(NOW_S + 12 * HOUR_S + 1_800);
    until_counted(&county, "channel=\"app\",outcome=\"Handed\"", 3).await;
    // dr-zhao is taken out; then it is cancelled.
    let (_, session) = county.get("scheduler", &format!("/api/v1/sessions/{id}")).await;
    let others = json!([{ "personId": "dr-chen", "role": "specialist" }, { "personId": "dr-li", "role": "village_doctor" }]);
    let wish = json!({ "participants": others, "roomIds": ["hospital-2", "clinic-b-1"] });
    change(&county, &session, &wish).await;
    assert!(calls(&county, "scheduler", "clinic-b").await.is_empty());
    let of_li = steps(&calls(&county, "scheduler", "clinic-a").await);
    assert_eq!(of_li.last().unwrap(), "booker waiting");
    let path = format!("/api/v1/sessions/{id}/cancel");
    assert_eq!(county.post("scheduler", &path, &json!({})).await.0, StatusCode::OK);
    for site in ["clinic-a", "clinic-b", "hospital"] {
        assert!(calls(&county, "scheduler", site).await.is_empty(), "{site}");
    }
    let late = booked(&county, 12).await;
    county.set_clock(MIDNIGHT_S + 7 * HOUR_S + 1_800);
    // Of the one that is booked now, and none of those before.
    until_counted(&county, "channel=\"voice\",outcome=\"Handed\"", 2).await;
    let (status, over) = acknowledge(&county, "dr-zhao", &id, &json!({})).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{over}");
    let (status, over) = acknowledge(&county, "dr-chen", &id, &json!({})).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_problem(&over, "cancelled", 409);
    county.set_clock(MIDNIGHT_S + 12 * HOUR_S);
    let (status, over) = acknowledge(&county, "dr-chen", &late, &json!({})).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_problem(&over, "too-late", 409);
}

#[tokio::test]
async fn a_guest_is_told_on_paper_by_who_keeps_the_list_of_the_site() {
    let county = County::start_with(reminding()).await;
    let id = booked(&county, 15).await;
    let path = format!("/api/v1/sessions/{id}/guests");
    let guest = json!({ "name": "王大爷", "role": "patient" });
    let (status, made) = county.post("dr-zhao", &path, &guest).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let lines = calls(&county, "dr-zhao", "clinic-b").await;
    let line = lines.iter().find(|it| it["names"]["zh"] == "王大爷").unwrap();
    let who = line["personId"].as_str().unwrap();
    assert_eq!(steps(std::slice::from_ref(line)), ["paper waiting", "booker waiting"]);
    let slips = || async {
        let path = "/api/v1/reminders/slips?site=clinic-b";
        let response = county.by("dr-zhao", Method::GET, path).send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "application/octet-stream");
        response.bytes().await.unwrap().to_vec()
    };
    // 王大爷 and 林皋远程诊室 in GB18030.
    let (name, place) = (b"\xcd\xf5\xb4\xf3\xd2\xaf\n", b"\xc1\xd6\xb8\xde\xd4\xb6");
    let holds = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).any(|it| it == part);
    let printed = slips().await;
    assert!(holds(&printed, name) && holds(&printed, place), "{printed:x?}");
    // Nobody of another site is told of the guest, or tells for it.
    for (person, wanted) in [("dr-li", StatusCode::FORBIDDEN), ("dr-chen", StatusCode::FORBIDDEN)] {
        let (status, refused) = county.get(person, "/api/v1/reminders?site=clinic-b").await;
        assert_eq!(status, wanted, "{person}: {refused}");
        let said = json!({ "personId": who, "how": "by_phone" });
        assert_eq!(acknowledge(&county, person, &id, &said).await.0, wanted, "{person}");
        let (status, _) = county.get(person, "/api/v1/people/dr-zhao/reminders").await;
        assert_eq!(status, wanted, "{person}");
    }
    let said = json!({ "personId": who, "how": "by_phone" });
    assert_eq!(acknowledge(&county, "dr-zhao", &id, &said).await.0, StatusCode::OK);
    let lines = calls(&county, "scheduler", "clinic-b").await;
    let line = lines.iter().find(|it| it["personId"] == who).unwrap();
    assert_eq!(
        (&line["answer"]["how"], &line["answer"]["byId"]),
        (&json!("by_phone"), &json!("dr-zhao"))
    );
    assert!(!holds(&slips().await, name));
    let said = json!({ "personId": "guest-nobody" });
    assert_eq!(acknowledge(&county, "dr-zhao", &id, &said).await.0, StatusCode::NOT_FOUND);
    // A moved session asks the guest again; a revoked one is told nothing.
    let session = json!({ "id": id, "version": 1 });
    let wish = json!({ "startsAt": tomorrow(16, 0), "endsAt": tomorrow(16, 30) });
    change(&county, &session, &wish).await;
    assert!(holds(&slips().await, name));
    let guest = who.strip_prefix("guest-").unwrap();
    let path = format!("/api/v1/sessions/{id}/guests/{guest}");
    let revoked = county.by("dr-zhao", Method::DELETE, &path);
    let revoked = revoked.header("x-requested-with", "test").send().await.unwrap();
    assert_eq!(revoked.status(), StatusCode::OK);
    assert!(!holds(&slips().await, name));
}

#[tokio::test]
async fn who_gets_a_phone_is_reminded_by_it_of_what_is_booked_already() {
    let county = County::start_with(reminding()).await;
    let id = booked(&county, 15).await;
    until_steps(&county, "clinic-b", &["app waiting", "paper waiting", "booker waiting"]).await;
    county.set_clock(NOW_S + 7 * HOUR_S);
    until_steps(&county, "clinic-b", &["app handed", "paper waiting", "booker waiting"]).await;
    // The health worker of the site writes the number down; what was shown already stays.
    let wish = json!({ "app": true, "phone": "13800000001", "sms": true, "voice": true });
    let (status, _) = put(&county, "dr-zhao", "/api/v1/people/dr-zhao/reminders", &wish).await;
    assert_eq!(status, StatusCode::OK);
    let waiting = ["app handed", "sms waiting", "voice waiting", "booker waiting"];
    until_steps(&county, "clinic-b", &waiting).await;
    county.set_clock(NOW_S + 11 * HOUR_S);
    until_counted(&county, "channel=\"sms\",outcome=\"Handed\"", 1).await;
    assert_eq!(spooled(&county, "sms").len(), 1);
    until_counted(&county, "channel=\"app\",outcome=\"Handed\"", 2).await;
    // Who has answered is not asked again by another channel.
    assert_eq!(acknowledge(&county, "dr-zhao", &id, &json!({})).await.0, StatusCode::OK);
    let (status, _) = put(&county, "dr-zhao", "/api/v1/people/dr-zhao/reminders", &wish).await;
    assert_eq!(status, StatusCode::OK);
    let done =
        ["app acknowledged", "sms acknowledged", "voice acknowledged", "booker acknowledged"];
    until_steps(&county, "clinic-b", &done).await;
}

#[tokio::test]
async fn a_village_leader_keeps_the_list_of_the_own_village_and_writes_down_who_has_no_page() {
    let county = County::start_with(reminding()).await;
    let class = json!({
        "kind": "class", "title": "三年级科学", "startsAt": tomorrow(15, 0), "endsAt": tomorrow(15, 40),
        "participants": [{ "personId": "teacher-zhang", "role": "lead_teacher" }, { "personId": "class-a", "role": "classroom" }],
    });
    let (status, session) = county.book(&class).await;
    assert_eq!(status, StatusCode::CREATED, "{session}");
    let path = "/api/v1/reminders?site=village-a";
    assert_eq!(county.get("reader", path).await.0, StatusCode::FORBIDDEN);
    let (_, me) = county.get("reader", "/api/v1/me").await;
    assert_eq!(me["can"]["keepCalls"], false);
    let role = json!({ "role": "village_leader", "scope": { "kind": "home" }, "reason": "term" });
    let (status, given) =
        county.post("scheduler", "/api/v1/people/reader/assignments", &role).await;
    assert_eq!(status, StatusCode::CREATED, "{given}");
    let (_, me) = county.get("reader", "/api/v1/me").await;
    assert_eq!(me["can"]["keepCalls"], true);
    // The teacher at the village reads no page: paper alone.
    let wish = json!({ "app": false, "phone": null, "sms": true, "voice": true });
    let (status, _) = put(&county, "reader", "/api/v1/people/class-a/reminders", &wish).await;
    assert_eq!(status, StatusCode::OK);
    let lines = calls(&county, "reader", "village-a").await;
    assert_eq!(steps(&lines), ["paper waiting", "booker waiting"]);
    assert_eq!(lines[0]["place"]["zh"], "北塬村教学点", "no room is booked there: the site");
    let other = county.get("reader", "/api/v1/reminders?site=village-b").await;
    assert_eq!(other.0, StatusCode::FORBIDDEN);
    let other = put(&county, "reader", "/api/v1/people/class-b/reminders", &wish).await;
    assert_eq!(other.0, StatusCode::FORBIDDEN);
    let said = json!({ "personId": "class-a", "how": "in_person" });
    let id = session["id"].as_str().unwrap();
    assert_eq!(acknowledge(&county, "reader", id, &said).await.0, StatusCode::OK);
    let lines = calls(&county, "class-a", "village-a").await;
    assert_eq!(lines[0]["answer"]["byId"], "reader");
}

#[tokio::test]
async fn what_was_booked_before_there_were_reminders_has_its_steps_at_the_first_start() {
    let folder = tempfile::TempDir::new().unwrap();
    let county = County::start_in(folder.path(), reminding()).await;
    let id = booked(&county, 15).await;
    let wanted = ["app waiting", "paper waiting", "booker waiting"];
    until_steps(&county, "clinic-b", &wanted).await;
    county.stop().await;
    // As a store of an earlier version is brought up to date: sessions, and no steps.
    let pool = pool_in(folder.path()).await;
    for text in ["DELETE FROM reminder", "UPDATE reminder_rules SET filled = 0"] {
        sqlx::query(text).execute(&pool).await.unwrap();
    }
    pool.close().await;
    let county = County::start_in(folder.path(), reminding()).await;
    until_steps(&county, "clinic-b", &wanted).await;
    assert_eq!(acknowledge(&county, "dr-zhao", &id, &json!({})).await.0, StatusCode::OK);
    county.stop().await;
    // Once: a later start changes nothing.
    let county = County::start_in(folder.path(), reminding()).await;
    let done = ["app acknowledged", "paper acknowledged", "booker acknowledged"];
    until_steps(&county, "clinic-b", &done).await;
}

#[tokio::test]
async fn what_is_no_phone_or_no_site_is_refused_with_what_is_wrong() {
    let county = County::start_with(reminding()).await;
    let path = "/api/v1/people/dr-zhao/reminders";
    let (_, usual) = county.get("dr-zhao", path).await;
    assert_eq!(usual, json!({ "app": true, "phone": null, "sms": true, "voice": true }));
    for phone in ["", "12", "1380000 0001", "+", "1234567890123456", "一二三四五六"] {
        let wish = json!({ "app": true, "phone": phone, "sms": true, "voice": true });
        let (status, refused) = put(&county, "dr-zhao", path, &wish).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{phone}");
        assert_eq!(refused["errors"][0]["field"], "phone", "{refused}");
    }
    let unsaid = json!({ "app": true, "sms": true, "voice": true });
    let (status, refused) = put(&county, "dr-zhao", path, &unsaid).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{refused}");
    let (status, _) = county.get("scheduler", "/api/v1/people/nobody/reminders").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, _) = county.get("dr-chen", "/api/v1/people/nobody/reminders").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(county.get("scheduler", "/api/v1/reminders").await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_mail_reminds_through_the_outbox_and_a_county_without_programs_spools_nothing() {
    let mut post = Post::start().await;
    let folder = tempfile::TempDir::new().unwrap();
    let config = Config { reminder_look_ms: 20, ..mailing(post.port) };
    let mut county = county_in(folder.path(), config).await;
    county.folder = Some(folder);
    has_phone(&county, "dr-zhao", "13800000001").await;
    booked(&county, 15).await;
    county.set_clock(NOW_S + 60);
    assert_eq!(post.mails(2).await.len(), 2, "the invitations");
    county.set_clock(NOW_S + 12 * HOUR_S);
    until_counted(&county, "channel=\"mail\",outcome=\"Handed\"", 2).await;
    let mails = post.mails(2).await;
    let subjects: Vec<&Value> = mails.iter().map(|it| &it["headers"]["subject"]).collect();
    assert_eq!(subjects, ["提醒：远程会诊（11月24日 星期二 15:00）"; 2]);
    let plain = mails[1]["plain"].as_str().unwrap();
    assert!(plain.contains("赵医生，您好：您的远程会诊在11月24日 星期二 15:00开始"), "{plain}");
    assert!(plain.contains("https://county.example.org/#/home"), "{plain}");
    post.nothing();
    county.set_clock(MIDNIGHT_S + 11 * HOUR_S);
    until_counted(&county, "channel=\"booker\",outcome=\"Handed\"", 2).await;
    assert!(!spool(&county, "sms").exists() && !spool(&county, "voice").exists());
}

#[tokio::test]
async fn a_mail_that_the_server_does_not_want_yet_comes_later_as_it_was() {
    let mut post = Post::start().await;
    let folder = tempfile::TempDir::new().unwrap();
    let config = Config { reminder_look_ms: 20, ..mailing(post.port) };
    let mut county = county_in(folder.path(), config).await;
    county.folder = Some(folder);
    booked(&county, 15).await;
    county.set_clock(NOW_S + 60);
    assert_eq!(post.mails(2).await.len(), 2, "the invitations");
    post.say("zhao@example.org", "451 4.3.0 come back later").await;
    county.set_clock(NOW_S + 12 * HOUR_S);
    until_counted(&county, "channel=\"mail\",outcome=\"Handed\"", 2).await;
    assert_eq!(post.mails(2).await.len(), 2, "one of which was not taken");
    until_told(&county, "mails_total{outcome=\"PutOff\"}", 1).await;
    post.say("zhao@example.org", "250 2.0.0 welcome").await;
    county.set_clock(NOW_S + 13 * HOUR_S);
    let again = post.next().await;
    assert_eq!(again["headers"]["subject"], "提醒：远程会诊（11月24日 星期二 15:00）");
}

#[tokio::test]
async fn what_is_due_shortly_before_the_night_waits_for_the_morning() {
    let county = County::start_with(reminding()).await;
    has_phone(&county, "dr-zhao", "13800000001").await;
    let (status, session) = county.book(&consultation(&tomorrow(16, 55), &tomorrow(17, 25))).await;
    assert_eq!(status, StatusCode::CREATED, "{session}");
    county.set_clock(NOW_S + 12 * HOUR_S + 56 * 60);
    until_counted(&county, "channel=\"sms\",outcome=\"PutOff\"", 1).await;
    county.set_clock(NOW_S + 15 * HOUR_S);
    until_steps(
        &county,
        "clinic-b",
        &["app handed", "sms waiting", "voice waiting", "booker waiting"],
    )
    .await;
    assert!(spooled(&county, "sms").is_empty(), "nothing sounds at night");
    county.set_clock(MIDNIGHT_S + 7 * HOUR_S);
    until_counted(&county, "channel=\"sms\",outcome=\"Handed\"", 1).await;
    assert_eq!(spooled(&county, "sms")[0]["notBefore"], "2026-11-24T07:00:00+08:00");
}

#[tokio::test]
async fn who_has_answered_and_comes_back_with_a_phone_is_not_asked_again() {
    let county = County::start_with(reminding()).await;
    has_phone(&county, "dr-chen", "13800000002").await;
    let id = booked(&county, 15).await;
    assert_eq!(acknowledge(&county, "dr-zhao", &id, &json!({})).await.0, StatusCode::OK);
    let parts = |doctor: &str| json!({ "participants": [{ "personId": "dr-chen", "role": "specialist" }, { "personId": doctor, "role": "village_doctor" }] });
    for doctor in ["dr-li", "dr-zhao"] {
        let (_, session) = county.get("scheduler", &format!("/api/v1/sessions/{id}")).await;
        change(&county, &session, &parts(doctor)).await;
        has_phone(&county, "dr-zhao", "13800000001").await;
    }
    county.set_clock(NOW_S + 11 * HOUR_S);
    until_counted(&county, "channel=\"sms\",outcome=\"Handed\"", 1).await;
    county.set_clock(MIDNIGHT_S + 7 * HOUR_S + 1_800);
    until_counted(&county, "channel=\"voice\",outcome=\"Handed\"", 1).await;
    for channel in ["sms", "voice"] {
        let to: Vec<Value> = spooled(&county, channel).iter().map(|it| it["to"].clone()).collect();
        assert_eq!(to, ["13800000002"], "dr-zhao has answered");
    }
}

#[tokio::test]
async fn a_step_that_comes_too_late_is_counted_and_sends_nothing() {
    let county = County::start_with(reminding()).await;
    has_phone(&county, "dr-zhao", "13800000001").await;
    booked(&county, 9).await;
    county.set_clock(MIDNIGHT_S + 9 * HOUR_S);
    until_counted(&county, "channel=\"sms\",outcome=\"TooLate\"", 1).await;
    until_counted(&county, "channel=\"voice\",outcome=\"TooLate\"", 1).await;
    assert!(spooled(&county, "sms").is_empty() && spooled(&county, "voice").is_empty());
}
