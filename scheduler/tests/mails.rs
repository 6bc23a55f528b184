//! Who is booked is told by mail, in a way that calendar programs understand, and nobody is told twice or not at all. The
//! mail server and the reader of calendars are of other makes.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county::{County, NOW_S, consultation, tomorrow};
use crate::post::{Post, change, county_in, mailing, put};
use crate::{county, killed, post};
use reqwest::StatusCode;
use scheduler::{Config, MailConfig};
use serde_json::{Value, json};

/// How long mails wait for further changes.
const DELAY_S: u64 = 60;
const DAY_S: u64 = 86_400;

async fn booked(county: &County) -> Value {
    let (status, session) = county.book(&consultation(&tomorrow(9, 0), &tomorrow(9, 30))).await;
    assert_eq!(status, StatusCode::CREATED, "{session}");
    session
}

async fn cancel(county: &County, session: &Value, reason: &str) {
    let path = format!("/api/v1/sessions/{}/cancel", session["id"].as_str().unwrap());
    let (status, done) = county.post("scheduler", &path, &json!({ "reason": reason })).await;
    assert_eq!(status, StatusCode::OK, "{done}");
}

/// What the county tells a scheduler of the mails of a session, by person.
async fn fates(county: &County, session: &Value) -> Vec<(String, String)> {
    let path = format!("/api/v1/sessions/{}/mails", session["id"].as_str().unwrap());
    let (status, told) = county.get("scheduler", &path).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let people = told["people"].as_array().unwrap().iter();
    people.map(|it| (text(&it["personId"]), text(&it["fate"]))).collect()
}

/// Until the county tells this of the mails of a session: the server answers before the county writes it down.
async fn until_fates(county: &County, session: &Value, wanted: &[(&str, &str)]) {
    let wanted: Vec<(String, String)> =
        wanted.iter().map(|(id, fate)| ((*id).to_owned(), (*fate).to_owned())).collect();
    let mut found = fates(county, session).await;
    for _ in 0..300 {
        if found == wanted {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        found = fates(county, session).await;
    }
    assert_eq!(found, wanted);
}

fn counted(county: &County, name: &str) -> u64 {
    let text = county.scheduler.metrics();
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
    line.map_or(0, |value| value.parse().unwrap())
}

/// A mail is counted after the store knows what became of it.
async fn until_counted(county: &County, name: &str, wanted: u64) {
    for _ in 0..300 {
        if counted(county, name) == wanted {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(counted(county, name), wanted);
}

fn event(mail: &Value) -> &Value {
    assert_eq!(mail["calendar"]["events"].as_array().unwrap().len(), 1, "{mail}");
    &mail["calendar"]["events"][0]
}

/// The mail to the specialist of a consultation that was just booked.
fn is_an_invitation(mail: &Value, id: &str) {
    assert_eq!(
        (&mail["from"], &mail["to"]),
        (&json!("county@example.org"), &json!(["chen@example.org"]))
    );
    let headers = &mail["headers"];
    assert_eq!(headers["subject"], "邀请：皮肤科会诊（2026年11月24日 星期二 09:00–09:30）");
    assert_eq!(headers["to"], "陈医生 <chen@example.org>");
    assert_eq!(headers["auto-submitted"], "auto-generated");
    assert_eq!(headers["date"], "Mon, 23 Nov 2026 00:01:00 +0000");
    assert_eq!(mail["kind"], "multipart/alternative");
    assert_eq!(mail["kinds"], json!(["text/plain", "text/html", "text/calendar"]));
    assert_eq!((&mail["method"], &mail["charset"]), (&json!("REQUEST"), &json!("utf-8")));
    let plain = mail["plain"].as_str().unwrap();
    let link = format!("https://county.example.org/#/join/{id}");
    for wanted in
        ["星期二 09:00–09:30（北京时间）", "远程会诊室二、林皋远程诊室", "陈医生、赵医生", &link]
    {
        assert!(
            plain.contains(wanted) && mail["html"].as_str().unwrap().contains(wanted),
            "{plain}"
        );
    }
    assert!(!mail["raw"].as_str().unwrap().contains("token"), "no way in without a login");
    assert_eq!(mail["calendar"]["method"], "REQUEST");
    let told = event(mail);
    assert_eq!(told["uid"], format!("{id}@shanqiao"));
    assert_eq!((&told["sequence"], &told["status"]), (&json!(0), &json!("CONFIRMED")));
    assert_eq!(
        (&told["start"], &told["end"]),
        (&json!("2026-11-24T01:00:00Z"), &json!("2026-11-24T01:30:00Z"))
    );
    assert_eq!((&told["summary"], &told["class"]), (&json!("皮肤科会诊"), &json!("PRIVATE")));
    assert_eq!(
        (&told["location"], &told["url"]),
        (&json!("远程会诊室二、林皋远程诊室"), &json!(link))
    );
    assert_eq!(told["stamp"], "2026-11-23T00:01:00Z");
    assert_eq!(told["organizer"], json!(["mailto:county@example.org", "山桥 Shanqiao"]));
    let chen = json!([["mailto:chen@example.org", "陈医生", "REQ-PARTICIPANT", "NEEDS-ACTION"]]);
    assert_eq!(told["attendees"], chen, "nobody is told the address of another");
}

#[tokio::test]
async fn who_is_booked_is_invited_and_told_of_changes_and_of_the_end() {
    let mut post = Post::start().await;
    let county = post::county(mailing(post.port)).await;
    let session = booked(&county).await;
    let id = session["id"].as_str().unwrap();
    assert_eq!(fates(&county, &session).await.len(), 2);
    county.set_clock(NOW_S + DELAY_S);
    let mails = post.mails(2).await;
    is_an_invitation(&mails[0], id);
    until_fates(&county, &session, &[("dr-chen", "sent"), ("dr-zhao", "sent")]).await;
    // Moved, with a reason.
    let wish = json!({ "startsAt": tomorrow(15, 0), "endsAt": tomorrow(15, 30), "reason": "门诊改到下午" });
    change(&county, &session, &wish).await;
    county.set_clock(NOW_S + 2 * DELAY_S);
    let mails = post.mails(2).await;
    let told = event(&mails[0]);
    assert_eq!((&told["sequence"], &told["start"]), (&json!(1), &json!("2026-11-24T07:00:00Z")));
    let plain = mails[0]["plain"].as_str().unwrap();
    for wanted in ["15:00–15:30", "原来：2026年11月24日 星期二 09:00–09:30", "原因：门诊改到下午"]
    {
        assert!(plain.contains(wanted), "{plain}");
    }
    until_fates(&county, &session, &[("dr-chen", "sent"), ("dr-zhao", "sent")]).await;
    // Taken out: the end for one, a change for the other.
    let others = json!([{ "personId": "dr-wang", "role": "specialist" }, { "personId": "dr-zhao", "role": "village_doctor" }]);
    change(&county, &session, &json!({ "participants": others })).await;
    county.set_clock(NOW_S + 3 * DELAY_S);
    let mails = post.mails(2).await;
    assert_eq!((&mails[0]["method"], &mails[1]["method"]), (&json!("CANCEL"), &json!("REQUEST")));
    let told = event(&mails[0]);
    assert_eq!((&told["sequence"], &told["status"]), (&json!(2), &json!("CANCELLED")));
    assert_eq!(told["start"], "2026-11-24T07:00:00Z");
    assert_eq!(event(&mails[1])["sequence"], 2);
    assert!(mails[1]["plain"].as_str().unwrap().contains("王主任"));
    until_fates(
        &county,
        &session,
        &[("dr-chen", "sent"), ("dr-wang", "no_address"), ("dr-zhao", "sent")],
    )
    .await;
    // Nothing that people would see in their calendars: nothing is sent. Then it is cancelled.
    change(&county, &session, &json!({ "recording": false })).await;
    cancel(&county, &session, "医生出差").await;
    county.set_clock(NOW_S + 4 * DELAY_S);
    let mail = post.next().await;
    assert_eq!((&mail["to"], &mail["method"]), (&json!(["zhao@example.org"]), &json!("CANCEL")));
    assert_eq!(event(&mail)["sequence"], 4);
    assert!(mail["plain"].as_str().unwrap().contains("原因：医生出差"), "{}", mail["plain"]);
    until_fates(
        &county,
        &session,
        &[("dr-chen", "sent"), ("dr-wang", "no_address"), ("dr-zhao", "sent")],
    )
    .await;
    post.nothing();
    until_counted(&county, "shanqiao_scheduler_mails_total{outcome=\"Sent\"}", 7).await;
}

#[tokio::test]
async fn changes_in_quick_succession_make_one_mail_and_what_was_never_told_is_not_ended() {
    let mut post = Post::start().await;
    let county = post::county(mailing(post.port)).await;
    let session = booked(&county).await;
    for (hour, title) in [(10, "一"), (11, "二"), (12, "三")] {
        let wish =
            json!({ "startsAt": tomorrow(hour, 0), "endsAt": tomorrow(hour, 30), "title": title });
        change(&county, &session, &wish).await;
    }
    let (status, never) = county.book(&consultation(&tomorrow(16, 0), &tomorrow(16, 30))).await;
    assert_eq!(status, StatusCode::CREATED);
    cancel(&county, &never, "").await;
    county.set_clock(NOW_S + DELAY_S);
    let mails = post.mails(2).await;
    for mail in &mails {
        assert_eq!((&event(mail)["sequence"], &event(mail)["summary"]), (&json!(3), &json!("三")));
        assert_eq!(mail["method"], "REQUEST");
    }
    until_fates(&county, &session, &[("dr-chen", "sent"), ("dr-zhao", "sent")]).await;
    until_fates(&county, &never, &[("dr-chen", "none"), ("dr-zhao", "none")]).await;
    post.nothing();
    until_counted(&county, "shanqiao_scheduler_mails_total{outcome=\"Nothing\"}", 2).await;
}

#[tokio::test]
async fn a_person_says_whether_and_in_which_language_and_another_zone_has_its_own_times() {
    let mut post = Post::start().await;
    let config = Config { time_zone: "Asia/Urumqi".to_owned(), ..mailing(post.port) };
    let county = post::county(config).await;
    let (_, own) = county.get("dr-chen", "/api/v1/me/mails").await;
    assert_eq!(
        own,
        json!({ "sending": true, "address": "chen@example.org", "wanted": true, "language": "zh" })
    );
    let wish = json!({ "wanted": true, "language": "en" });
    assert_eq!(put(&county, "dr-chen", "/api/v1/me/mails", &wish).await.1["language"], "en");
    let wish = json!({ "wanted": false, "language": "zh" });
    assert_eq!(put(&county, "dr-zhao", "/api/v1/me/mails", &wish).await.1["wanted"], false);
    let (status, refused) =
        put(&county, "dr-zhao", "/api/v1/me/mails", &json!({ "wanted": true, "language": "fr" }))
            .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{refused}");
    let session = booked(&county).await;
    county.set_clock(NOW_S + DELAY_S);
    let mail = post.next().await;
    assert_eq!(mail["to"], json!(["chen@example.org"]));
    assert_eq!(mail["headers"]["subject"], "Invitation: 皮肤科会诊, Tue 24 Nov 2026, 07:00–07:30");
    let plain = mail["plain"].as_str().unwrap();
    for wanted in
        ["Dr Chen,", "07:00–07:30 (Asia/Urumqi)", "Consultation room 2", "Dr Chen, Dr Zhao"]
    {
        assert!(plain.contains(wanted), "{plain}");
    }
    assert_eq!(event(&mail)["start"], "2026-11-24T01:00:00Z");
    assert_eq!(event(&mail)["attendees"][0][1], "Dr Chen");
    until_fates(&county, &session, &[("dr-chen", "sent"), ("dr-zhao", "unwanted")]).await;
    post.nothing();
    let (status, refused) = county
        .get("dr-chen", &format!("/api/v1/sessions/{}/mails", session["id"].as_str().unwrap()))
        .await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{refused}");
}

#[tokio::test]
async fn a_series_is_one_mail_a_change_and_a_calendar_finds_every_time_of_it() {
    let mut post = Post::start().await;
    let county = post::county(mailing(post.port)).await;
    let booking = consultation(&tomorrow(9, 0), &tomorrow(9, 30));
    let wish = json!({ "booking": booking, "rule": "FREQ=WEEKLY;COUNT=5" });
    let (status, made) = county.post("scheduler", "/api/v1/series", &wish).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let path = format!("/api/v1/series/{}", made["id"].as_str().unwrap());
    county.set_clock(NOW_S + DELAY_S);
    let mails = post.mails(2).await;
    let told = event(&mails[0]);
    assert_eq!(told["uid"], format!("{}@shanqiao", made["id"].as_str().unwrap()));
    assert_eq!(told["rule"], "FREQ=WEEKLY;COUNT=5");
    let first_sequence = told["sequence"].as_u64().unwrap();
    let days = ["11-24", "12-01", "12-08", "12-15", "12-22"];
    let all = days.map(|day| {
        json!([format!("2026-{day}T01:00:00Z"), format!("2026-{day}T01:30:00Z"), "皮肤科会诊"])
    });
    assert_eq!(mails[0]["calendar"]["occurrences"], json!(all));
    assert!(mails[0]["plain"].as_str().unwrap().contains("共 5 次"), "{}", mails[0]["plain"]);
    let session = json!({ "id": made["occurrences"][0]["session"]["id"] });
    until_fates(&county, &session, &[("dr-chen", "sent"), ("dr-zhao", "sent")]).await;
    // One of its sessions is moved, one is cancelled: the series is told of again, once.
    let moved = &made["occurrences"][1]["session"];
    let wish =
        json!({ "startsAt": "2026-12-02T14:00:00+08:00", "endsAt": "2026-12-02T14:30:00+08:00" });
    change(&county, moved, &wish).await;
    cancel(&county, &made["occurrences"][3]["session"], "").await;
    county.set_clock(NOW_S + 2 * DELAY_S);
    let mails = post.mails(2).await;
    let mut stands = all.to_vec();
    stands.remove(3);
    stands[1] = json!(["2026-12-02T06:00:00Z", "2026-12-02T06:30:00Z", "皮肤科会诊"]);
    assert_eq!(mails[0]["calendar"]["occurrences"], json!(stands));
    let events = mails[0]["calendar"]["events"].as_array().unwrap();
    assert_eq!(events[1]["recurrenceId"], "2026-12-01T01:00:00Z");
    assert_eq!(events[0]["uid"], events[1]["uid"], "one UID in one request (RFC 5546)");
    assert!(events.iter().all(|it| it["sequence"].as_u64().unwrap() > first_sequence));
    until_fates(&county, &session, &[("dr-chen", "sent"), ("dr-zhao", "sent")]).await;
    // From the third on it is at another hour: the rule alone does not say that any more.
    let (_, now) = county.get("scheduler", &path).await;
    let request = county.by("scheduler", reqwest::Method::PATCH, &path);
    let request = request.header("If-Match", format!("\"{}\"", now["version"]));
    let wish = json!({ "from": 3, "startTime": "16:00", "title": "下午会诊" });
    let (status, changed) = county::answer(request.json(&wish)).await;
    assert_eq!(status, StatusCode::OK, "{changed}");
    county.set_clock(NOW_S + 3 * DELAY_S);
    let mails = post.mails(2).await;
    for (place, day) in [(2, "12-08"), (3, "12-22")] {
        stands[place] =
            json!([format!("2026-{day}T08:00:00Z"), format!("2026-{day}T08:30:00Z"), "下午会诊"]);
    }
    assert_eq!(mails[0]["calendar"]["occurrences"], json!(stands));
    until_fates(&county, &session, &[("dr-chen", "sent"), ("dr-zhao", "sent")]).await;
    // The end of all of it is one mail.
    let (_, now) = county.get("scheduler", &path).await;
    let request = county.by("scheduler", reqwest::Method::POST, &format!("{path}/cancel"));
    let request = request.header("If-Match", format!("\"{}\"", now["version"]));
    let (status, done) = county::answer(request.json(&json!({}))).await;
    assert_eq!(status, StatusCode::OK, "{done}");
    county.set_clock(NOW_S + 4 * DELAY_S);
    let mails = post.mails(2).await;
    assert_eq!(mails[0]["method"], "CANCEL");
    assert_eq!(event(&mails[0])["uid"], format!("{}@shanqiao", made["id"].as_str().unwrap()));
    until_fates(&county, &session, &[("dr-chen", "sent"), ("dr-zhao", "sent")]).await;
    post.nothing();
}

#[tokio::test]
async fn a_calendar_that_has_the_mails_and_the_feed_shows_each_session_once() {
    let mut post = Post::start().await;
    let county = post::county(mailing(post.port)).await;
    put(&county, "dr-zhao", "/api/v1/me/mails", &json!({ "wanted": false, "language": "zh" }))
        .await;
    let (_, address) = county.post("dr-chen", "/api/v1/calendar", &json!({})).await;
    let feed = async || {
        let path = address["path"].as_str().unwrap();
        let text = county.bare(reqwest::Method::GET, path).send().await.unwrap();
        text.text().await.unwrap()
    };
    let booking = consultation(&tomorrow(9, 0), &tomorrow(9, 30));
    let wish = json!({ "booking": booking, "rule": "FREQ=WEEKLY;COUNT=4" });
    let (_, made) = county.post("scheduler", "/api/v1/series", &wish).await;
    let alone = consultation(&tomorrow(15, 0), &tomorrow(15, 30));
    assert_eq!(county.book(&alone).await.0, StatusCode::CREATED);
    county.set_clock(NOW_S + DELAY_S);
    let mut mails = vec![post.next().await, post.next().await];
    let session = json!({ "id": made["occurrences"][0]["session"]["id"] });
    until_fates(&county, &session, &[("dr-chen", "sent"), ("dr-zhao", "unwanted")]).await;
    // One is moved, one is cancelled and made up, one is cancelled.
    let at =
        json!({ "startsAt": "2026-12-02T14:00:00+08:00", "endsAt": "2026-12-02T14:30:00+08:00" });
    change(&county, &made["occurrences"][1]["session"], &at).await;
    for number in [2, 3] {
        cancel(&county, &made["occurrences"][number]["session"], "").await;
    }
    let make_up = format!("/api/v1/series/{}/occurrences/3/make-up", made["id"].as_str().unwrap());
    let at = json!({ "startsAt": "2026-12-09T15:00:00+08:00" });
    let (status, done) = county.post("scheduler", &make_up, &at).await;
    assert_eq!(status, StatusCode::OK, "{done}");
    county.set_clock(NOW_S + 2 * DELAY_S);
    mails.push(post.next().await);
    until_fates(&county, &session, &[("dr-chen", "sent"), ("dr-zhao", "unwanted")]).await;
    let shows = ["11-24T01:00", "11-24T07:00", "12-02T06:00", "12-09T07:00"];
    let told: Vec<&str> = mails.iter().map(|it| it["invitation"].as_str().unwrap()).collect();
    let feed = feed().await;
    for texts in [
        vec![feed.as_str()],
        told.clone(),
        [told.as_slice(), &[&feed]].concat(),
        [&[feed.as_str()], told.as_slice()].concat(),
    ] {
        let found = post.read(&texts).await;
        let starts = found.as_array().unwrap().iter().map(|it| it[0].as_str().unwrap());
        let starts: Vec<&str> = starts.map(|start| start.get(5..16).unwrap()).collect();
        assert_eq!(starts, shows, "{found}");
    }
    post.nothing();
}

#[tokio::test]
async fn what_is_added_to_a_series_or_made_up_is_told_with_the_series_and_not_beside_it() {
    let mut post = Post::start().await;
    let county = post::county(mailing(post.port)).await;
    put(&county, "dr-zhao", "/api/v1/me/mails", &json!({ "wanted": false, "language": "zh" }))
        .await;
    let booking = consultation(&tomorrow(9, 0), &tomorrow(9, 30));
    let wish = json!({ "booking": booking, "rule": "FREQ=WEEKLY;COUNT=2" });
    let (_, made) = county.post("scheduler", "/api/v1/series", &wish).await;
    let path = format!("/api/v1/series/{}", made["id"].as_str().unwrap());
    let starts = |mail: &Value| {
        let times = mail["calendar"]["occurrences"].as_array().unwrap().iter();
        times.map(|it| it[0].as_str().unwrap().get(5..16).unwrap().to_owned()).collect::<Vec<_>>()
    };
    county.set_clock(NOW_S + DELAY_S);
    assert_eq!(starts(&post.next().await), ["11-24T01:00", "12-01T01:00"]);
    let session = json!({ "id": made["occurrences"][0]["session"]["id"] });
    until_fates(&county, &session, &[("dr-chen", "sent"), ("dr-zhao", "unwanted")]).await;
    cancel(&county, &made["occurrences"][1]["session"], "").await;
    let at = json!({ "startsAt": "2026-12-02T15:00:00+08:00" });
    let make_up = format!("{path}/occurrences/2/make-up");
    let (status, done) = county.post("scheduler", &make_up, &at).await;
    assert_eq!(status, StatusCode::OK, "{done}");
    let (_, now) = county.get("scheduler", &path).await;
    let request = county.by("scheduler", reqwest::Method::PATCH, &path);
    let request = request.header("If-Match", format!("\"{}\"", now["version"]));
    let wish = json!({ "from": 1, "rule": "FREQ=WEEKLY;COUNT=4" });
    let (status, changed) = county::answer(request.json(&wish)).await;
    assert_eq!(status, StatusCode::OK, "{changed}");
    county.set_clock(NOW_S + 2 * DELAY_S);
    let mail = post.next().await;
    assert_eq!(starts(&mail), ["11-24T01:00", "12-02T07:00", "12-08T01:00", "12-15T01:00"]);
    until_fates(&county, &session, &[("dr-chen", "sent"), ("dr-zhao", "unwanted")]).await;
    post.nothing();
}

#[tokio::test]
async fn a_server_that_is_down_or_busy_is_tried_again_and_one_that_refuses_is_not() {
    // A port that nobody listens on.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let county = post::county(mailing(port)).await;
    let session = booked(&county).await;
    county.set_clock(NOW_S + DELAY_S);
    let away = "shanqiao_scheduler_mail_server_away_total";
    while counted(&county, away) == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    // What is changed while the server is away goes out in its last state.
    change(&county, &session, &json!({ "title": "复诊" })).await;
    let mut post = Post::start_with(&["--port", &port.to_string()]).await;
    post.say("chen@example.org", "451 4.3.0 come back later").await;
    post.say("zhao@example.org", "550 5.1.1 no such\tmailbox").await;
    county.set_clock(NOW_S + DELAY_S + 75);
    let mails = post.mails(2).await;
    assert!(mails.iter().all(|mail| event(mail)["summary"] == "复诊"));
    until_fates(&county, &session, &[("dr-chen", "waiting"), ("dr-zhao", "refused")]).await;
    let path = format!("/api/v1/sessions/{}/mails", session["id"].as_str().unwrap());
    let (_, told) = county.get("scheduler", &path).await;
    let reply = told["people"][1]["reply"].as_str().unwrap();
    assert!(reply.contains("550") && reply.contains("no such mailbox"), "{reply}");
    // Not before its time, and then as the same message; what was refused is not sent again.
    county.set_clock(NOW_S + DELAY_S + 75 + 59);
    tokio::time::sleep(std::time::Duration::from_millis(2_500)).await;
    post.nothing();
    post.say("chen@example.org", "250 2.0.0 taken").await;
    county.set_clock(NOW_S + DELAY_S + 75 + 76);
    let again = post.next().await;
    assert_eq!(again["headers"]["message-id"], mails[0]["headers"]["message-id"]);
    until_fates(&county, &session, &[("dr-chen", "sent"), ("dr-zhao", "refused")]).await;
    // The next change is tried again for everybody.
    post.say("zhao@example.org", "250 2.0.0 taken").await;
    change(&county, &session, &json!({ "title": "第三次" })).await;
    county.set_clock(NOW_S + 10 * DELAY_S);
    assert_eq!(post.mails(2).await.len(), 2);
    until_fates(&county, &session, &[("dr-chen", "sent"), ("dr-zhao", "sent")]).await;
    // What is not taken for two days is given up, and the scheduler is told.
    post.say("*", "451 4.3.0 not today").await;
    post.say("chen@example.org", "451 4.3.0 not today").await;
    let far =
        json!({ "startsAt": "2026-12-20T09:00:00+08:00", "endsAt": "2026-12-20T09:30:00+08:00" });
    change(&county, &session, &far).await;
    county.set_clock(NOW_S + 20 * DELAY_S);
    assert_eq!(post.mails(2).await.len(), 2);
    until_fates(&county, &session, &[("dr-chen", "waiting"), ("dr-zhao", "sent")]).await;
    county.set_clock(NOW_S + 3 * DAY_S);
    until_fates(&county, &session, &[("dr-chen", "given_up"), ("dr-zhao", "sent")]).await;
    post.nothing();
}

/// Not a test of its own: the process that is killed.
#[tokio::test(flavor = "multi_thread")]
async fn the_one_that_is_killed() {
    let Some(told) = killed::told() else { return };
    let (port, folder) = told.split_once(' ').unwrap();
    let county = County::start_in(folder.as_ref(), mailing(port.parse().unwrap())).await;
    county.set_clock(NOW_S + DELAY_S);
    std::future::pending().await
}

/// A mail that was handed over and of which the server has not said yet that it has it, when its sender was killed.
async fn killed_while_sending(folder: &std::path::Path, post: &mut Post) -> Value {
    post.say("*", "hang").await;
    let mut other = killed::other_process("mails", &format!("{} {}", post.port, folder.display()));
    let mail = post.next().await;
    other.kill().unwrap();
    other.wait().unwrap();
    mail
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_that_is_killed_sends_the_same_message_again_and_what_changed_since_as_another() {
    let mut post = Post::start().await;
    let folder = tempfile::TempDir::new().unwrap();
    let county = county_in(folder.path(), mailing(post.port)).await;
    let wish = json!({ "wanted": false, "language": "zh" });
    put(&county, "dr-zhao", "/api/v1/me/mails", &wish).await;
    let session = booked(&county).await;
    county.stop().await;
    let old = killed_while_sending(folder.path(), &mut post).await;
    post.say("*", "250 2.0.0 taken").await;
    let county = County::start_in(folder.path(), mailing(post.port)).await;
    until_fates(&county, &session, &[("dr-chen", "waiting"), ("dr-zhao", "unwanted")]).await;
    change(&county, &session, &json!({ "title": "复诊" })).await;
    // Who was killed held the right to send.
    county.set_clock(NOW_S + DELAY_S + 300);
    let again = post.next().await;
    assert_eq!(again["raw"], old["raw"], "the same to the last byte");
    let news = post.next().await;
    assert_ne!(news["headers"]["message-id"], old["headers"]["message-id"]);
    assert_eq!((&event(&news)["sequence"], &event(&news)["summary"]), (&json!(1), &json!("复诊")));
    until_fates(&county, &session, &[("dr-chen", "sent"), ("dr-zhao", "unwanted")]).await;
    post.nothing();
}

#[tokio::test]
async fn a_line_that_breaks_before_the_answer_is_no_answer() {
    let mut post = Post::start().await;
    let county = post::county(mailing(post.port)).await;
    let wish = json!({ "wanted": false, "language": "zh" });
    put(&county, "dr-zhao", "/api/v1/me/mails", &wish).await;
    post.say("*", "drop").await;
    let session = booked(&county).await;
    county.set_clock(NOW_S + DELAY_S);
    let old = post.next().await;
    until_fates(&county, &session, &[("dr-chen", "waiting"), ("dr-zhao", "unwanted")]).await;
    post.say("*", "250 2.0.0 taken").await;
    county.set_clock(NOW_S + 3 * DELAY_S);
    assert_eq!(post.next().await["raw"], old["raw"]);
    until_fates(&county, &session, &[("dr-chen", "sent"), ("dr-zhao", "unwanted")]).await;
}

#[tokio::test]
async fn a_full_outbox_holds_up_no_booking_and_is_counted_and_two_schedulers_send_each_mail_once() {
    let mut post = Post::start().await;
    let folder = tempfile::TempDir::new().unwrap();
    let mut config = mailing(post.port);
    config.mail.as_mut().unwrap().waiting_max = 3;
    let county = county_in(folder.path(), config.clone()).await;
    let session = booked(&county).await;
    let (status, other) = county.book(&consultation(&tomorrow(16, 0), &tomorrow(16, 30))).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(fates(&county, &other).await[1].1, "none");
    let second = County::start_in(folder.path(), config).await;
    for one in [&county, &second] {
        one.set_clock(NOW_S + DELAY_S);
    }
    let mails = post.mails(3).await;
    assert_ne!(mails[0]["headers"]["message-id"], mails[1]["headers"]["message-id"]);
    until_fates(&county, &session, &[("dr-chen", "sent"), ("dr-zhao", "sent")]).await;
    until_fates(&county, &other, &[("dr-chen", "sent"), ("dr-zhao", "none")]).await;
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    post.nothing();
    assert_eq!(counted(&county, "shanqiao_scheduler_mails_dropped"), 1);
}

#[tokio::test]
async fn no_name_or_title_adds_a_line_to_a_mail() {
    let mut post = Post::start().await;
    let mut config = mailing(post.port);
    config.mail.as_mut().unwrap().from_name = "山桥\r\nBcc: other@example.org".to_owned();
    let county = post::county(config).await;
    let title = format!(
        "{} =?utf-8?q?x?= <b>\"; ATTENDEE:mailto:a@example.org",
        "远程皮肤科会诊，".repeat(6)
    );
    let wish = json!({ "names": { "zh": "陈\" <x@example.org>, y" }, "organizationId": "hospital", "roles": ["specialist"] });
    assert_eq!(put(&county, "scheduler", "/api/v1/people/dr-chen", &wish).await.0, StatusCode::OK);
    let mut booking = consultation(&tomorrow(9, 0), &tomorrow(9, 30));
    booking["title"] = json!(title);
    let (status, made) = county.book(&booking).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    for bad in ["a\r\nBcc: other@example.org", "a\nb", "a\rb"] {
        booking["title"] = json!(bad);
        assert_eq!(county.book(&booking).await.0, StatusCode::UNPROCESSABLE_ENTITY, "{bad:?}");
        let wish = json!({ "names": { "zh": bad }, "organizationId": "hospital", "roles": ["specialist"] });
        let refused = put(&county, "scheduler", "/api/v1/people/dr-chen", &wish).await;
        assert_eq!(refused.0, StatusCode::UNPROCESSABLE_ENTITY, "{bad:?}");
    }
    let wish = json!({ "names": { "zh": "陈" }, "organizationId": "hospital", "mail": "chen@example.org\r\nBcc: x@example.org" });
    let (status, refused) = put(&county, "scheduler", "/api/v1/people/dr-chen", &wish).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        (&refused["errors"][0]["field"], &refused["errors"][0]["code"]),
        (&json!("mail"), &json!("mail-malformed"))
    );
    county.set_clock(NOW_S + DELAY_S);
    let mail = &post.mails(2).await[0];
    let names = [
        "message-id",
        "date",
        "from",
        "to",
        "subject",
        "auto-submitted",
        "mime-version",
        "content-type",
    ];
    let mut found: Vec<&str> =
        mail["names"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    found.sort_unstable();
    let mut wanted = names;
    wanted.sort_unstable();
    assert_eq!(found, wanted);
    let shown = format!("邀请：{}（", title.replace("=?", "= ?"));
    assert!(
        mail["headers"]["subject"].as_str().unwrap().starts_with(&shown),
        "{}",
        mail["headers"]
    );
    assert_eq!(event(mail)["summary"], title);
    assert_eq!(event(mail)["attendees"].as_array().unwrap().len(), 1);
    assert_eq!(mail["to"], json!(["chen@example.org"]));
    assert!(
        mail["html"].as_str().unwrap().contains("&lt;b&gt;&quot;; ATTENDEE"),
        "{}",
        mail["html"]
    );
}

#[tokio::test]
async fn a_table_brings_addresses_and_says_which_of_them_are_none() {
    let county = County::start().await;
    let import = async |table: &str| {
        let request = county.by("scheduler", reqwest::Method::POST, "/api/v1/imports");
        let request = request.header("content-type", "text/csv");
        county::answer(request.body(table.to_owned())).await
    };
    let (status, report) =
        import("类别,编号,姓名,邮箱\nperson,dr-chen,陈医生,chen＠医院\nperson,dr-wang,王主任,wang@example.org\n").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{report}");
    let fault = &report["report"]["lines"][0]["faults"][0];
    assert_eq!((&fault["column"], &fault["header"]), (&json!("mail"), &json!("邮箱")));
    assert_eq!(fault["code"], "mail-malformed");
    let (_, report) = import("table,id,name,mail\nperson,dr-wang,王主任,wang@example.org\n").await;
    assert_eq!(
        (&report["applied"], &report["lines"][0]["changes"]),
        (&json!(true), &json!(["mail"]))
    );
    // A table without the column, or with an empty cell, and a form that says nothing of it, leave it.
    let (_, report) = import("table,id,name,mail\nperson,dr-wang,王主任,\n").await;
    assert_eq!(report["lines"][0]["outcome"], "unchanged", "{report}");
    let form = json!({ "names": { "zh": "王主任" }, "organizationId": "hospital", "roles": ["specialist"] });
    let wang = put(&county, "scheduler", "/api/v1/people/dr-wang", &form).await.1;
    assert_eq!(wang["mail"], "wang@example.org");
    let form = json!({ "names": { "zh": "王主任" }, "organizationId": "hospital", "roles": ["specialist"], "mail": "" });
    let wang = put(&county, "scheduler", "/api/v1/people/dr-wang", &form).await.1;
    assert!(wang["mail"].is_null(), "{wang}");
}

#[tokio::test]
async fn without_a_mail_server_nothing_waits_and_that_is_told() {
    let county = post::county(Config::default()).await;
    let session = booked(&county).await;
    let (_, own) = county.get("dr-chen", "/api/v1/me/mails").await;
    assert_eq!(own["sending"], false);
    let path = format!("/api/v1/sessions/{}/mails", session["id"].as_str().unwrap());
    let (_, told) = county.get("scheduler", &path).await;
    assert_eq!((&told["sending"], &told["people"][0]["fate"]), (&json!(false), &json!("none")));
}

#[tokio::test]
async fn with_tls_and_a_login_mails_arrive_and_without_the_right_ones_none_is_refused_for_it() {
    let folder = tempfile::TempDir::new().unwrap();
    let (certificate, key) = certificate(folder.path(), "localhost");
    let options = ["--tls", &certificate, &key, "--user", "county@example.org", "right one"];
    let mut post = Post::start_with(&options).await;
    let mail = |password: &str| MailConfig {
        server: format!("smtps://county%40example.org@localhost:{}", post.port),
        password: password.to_owned().into(),
        ca_file: Some(certificate.clone().into()),
        ..mailing(0).mail.unwrap()
    };
    let (wrong, right) = (mail("wrong"), mail("right one"));
    let place = tempfile::TempDir::new().unwrap();
    let county = county_in(place.path(), Config { mail: Some(wrong), ..Config::default() }).await;
    let session = booked(&county).await;
    county.set_clock(NOW_S + DELAY_S);
    while counted(&county, "shanqiao_scheduler_mail_server_away_total") == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    until_fates(&county, &session, &[("dr-chen", "waiting"), ("dr-zhao", "waiting")]).await;
    county.stop().await;
    let county =
        County::start_in(place.path(), Config { mail: Some(right), ..Config::default() }).await;
    // The one before held the right to send when it ended.
    county.set_clock(NOW_S + DELAY_S + 300);
    let mails = post.mails(2).await;
    assert!(mails.iter().all(|mail| mail["tls"] == true));
    until_fates(&county, &session, &[("dr-chen", "sent"), ("dr-zhao", "sent")]).await;
}

/// The paths of a certificate for this name that vouches for itself, and of its key.
fn certificate(folder: &std::path::Path, name: &str) -> (String, String) {
    let at = |file: &str| folder.join(format!("{name}-{file}.pem")).display().to_string();
    let (certificate, key) = (at("cert"), at("key"));
    let (subject, names) = (format!("/CN={name}"), format!("subjectAltName=DNS:{name}"));
    let made = std::process::Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
        ])
        .args(["-days", "3650", "-subj", &subject, "-addext", &names])
        .args([
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-keyout",
            &key,
            "-out",
            &certificate,
        ])
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    (certificate, key)
}

/// Mails to this port of this machine, by STARTTLS alone.
fn by_starttls(port: u16, authority: Option<&str>) -> Config {
    let mail = MailConfig {
        server: format!("smtp://county%40example.org@localhost:{port}"),
        starttls: true,
        password: "right one".to_owned().into(),
        ca_file: authority.map(Into::into),
        ..mailing(0).mail.unwrap()
    };
    Config { mail: Some(mail), ..Config::default() }
}

/// Until the mail server was found to be one to which nothing is sent, so often.
async fn until_untrusted(county: &County, times: u64) {
    while counted(county, "shanqiao_scheduler_mail_server_untrusted_total") < times {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn by_starttls_mails_wait_for_a_certificate_that_is_vouched_for_and_then_arrive() {
    let folder = tempfile::TempDir::new().unwrap();
    let (good, key) = certificate(folder.path(), "localhost");
    let (other, _) = certificate(folder.path(), "other.example.org");
    let options = ["--starttls", &good, &key, "--user", "county@example.org", "right one"];
    let mut post = Post::start_with(&options).await;
    let place = tempfile::TempDir::new().unwrap();
    let county = county_in(place.path(), by_starttls(post.port, Some(&other))).await;
    let session = booked(&county).await;
    county.set_clock(NOW_S + DELAY_S);
    until_untrusted(&county, 1).await;
    assert_eq!(counted(&county, "shanqiao_scheduler_mail_server_away_total"), 1);
    // It is tried again after a while, and nothing is lost or refused for it.
    county.set_clock(NOW_S + DELAY_S + 76);
    until_untrusted(&county, 2).await;
    until_fates(&county, &session, &[("dr-chen", "waiting"), ("dr-zhao", "waiting")]).await;
    post.nothing();
    county.stop().await;
    let county = County::start_in(place.path(), by_starttls(post.port, Some(&good))).await;
    // The one before held the right to send when it ended.
    county.set_clock(NOW_S + DELAY_S + 400);
    let mails = post.mails(2).await;
    assert!(mails.iter().all(|mail| mail["tls"] == true), "{mails:?}");
    until_fates(&county, &session, &[("dr-chen", "sent"), ("dr-zhao", "sent")]).await;
    assert_eq!(counted(&county, "shanqiao_scheduler_mail_server_untrusted_total"), 0);
}

#[tokio::test]
async fn a_certificate_for_another_name_is_none_and_without_starttls_nothing_is_sent() {
    let folder = tempfile::TempDir::new().unwrap();
    let (other, key) = certificate(folder.path(), "other.example.org");
    let mut misnamed = Post::start_with(&["--starttls", &other, &key]).await;
    let mut plain = Post::start().await;
    for (post, authority) in [(&mut misnamed, Some(other.as_str())), (&mut plain, None)] {
        let county = post::county(by_starttls(post.port, authority)).await;
        let session = booked(&county).await;
        county.set_clock(NOW_S + DELAY_S);
        until_untrusted(&county, 1).await;
        until_fates(&county, &session, &[("dr-chen", "waiting"), ("dr-zhao", "waiting")]).await;
        post.nothing();
    }
}
