//! How long a search for slots takes in a county of 14 townships and 210 villages with a year of bookings.
//!
//! `slots [searches]`; prints Markdown. The whole way: HTTP on loopback, the scheduler, SQLite on disk. Seeded.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a bench may"
)]

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use scheduler::{Clock, Config, Scheduler};
use serde_json::{Value, json};
use session::{AccessToken, Keys};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

/// Monday 2026-01-05 00:00 in the county.
const NOW_S: u64 = 1_767_542_400;
const DAY_S: u64 = 86_400;
const TOWNSHIPS: u64 = 14;
const VILLAGES: u64 = 210;
const SPECIALISTS: u64 = 20;
const ROOMS: u64 = 20;
const INTERPRETERS: u64 = 8;
/// Half hours from 08:00 on that a specialist works, and of them those that are booked on average.
const HALF_HOURS: u64 = 16;
const BOOKED: u64 = 12;

/// Makes a search of its kind.
type Kind = fn(&mut Drawn) -> Value;

/// Numbers that look drawn, the same in each run (splitmix64).
struct Drawn(u64);

impl Drawn {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % most
    }
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
    let searches: usize = std::env::args().nth(1).map_or(1_000, |told| told.parse().unwrap());
    let folder = tempfile::TempDir::new().unwrap();
    let config = Config {
        data: folder.path().to_owned(),
        person_requests_per_s: 0,
        address_requests_per_s: 0,
        ..Config::default()
    };
    let keys = Keys::new("county", "k".repeat(32), "r".repeat(32)).unwrap();
    let clock = Clock::told(Arc::new(AtomicU64::new(NOW_S)));
    Scheduler::start_by(config.clone(), keys.clone(), clock.clone()).await.unwrap().stop().await;
    let began = Instant::now();
    let claims = fill(&folder.path().join("scheduler.sqlite3")).await;
    println!("A year of bookings: {claims} claims, written in {:.0?}.", began.elapsed());

    let scheduler = Scheduler::start_by(config, keys.clone(), clock).await.unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/api/v1", listener.local_addr().unwrap());
    let router = scheduler.router();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let token = AccessToken::for_person("scheduler", "", NOW_S, 3600).sign(&keys).unwrap();
    let client = Client { http: reqwest::Client::new(), base, token };
    client.set_hours().await;
    println!(
        "\n| search | searches | p50 ms | p99 ms | slowest ms | slots | blockers |\n|---|---|---|---|---|---|---|"
    );
    let kinds: [(&str, Kind); 3] =
        [("anybody", anybody), ("one specialist", one_specialist), ("a wish", a_wish)];
    let mut all = Vec::new();
    for (name, kind) in kinds {
        let mut drawn = Drawn(7);
        let mut took = Vec::new();
        let (mut slots, mut blockers) = (0, 0);
        for _ in 0..searches.div_ceil(kinds.len()) {
            let body = kind(&mut drawn);
            let began = Instant::now();
            let found = client.search(&body).await;
            took.push(began.elapsed());
            slots += found["slots"].as_array().unwrap().len();
            blockers += found["blocking"].as_array().unwrap().len();
        }
        row(name, &mut took, slots, blockers);
        all.extend(took);
    }
    row("all", &mut all, 0, 0);
    let bar = Duration::from_millis(50);
    let p99 = percentile(&all, 99);
    println!("\nBar: p99 under {bar:?}: {}", if p99 < bar { "held" } else { "MISSED" });
    scheduler.stop().await;
    if p99 < bar { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE }
}

fn row(name: &str, took: &mut [Duration], slots: usize, blockers: usize) {
    took.sort_unstable();
    let ms = |took: Duration| format!("{:.1}", took.as_secs_f64() * 1e3);
    let (half, most, last) = (percentile(took, 50), percentile(took, 99), took[took.len() - 1]);
    println!(
        "| {name} | {} | {} | {} | {} | {slots} | {blockers} |",
        took.len(),
        ms(half),
        ms(most),
        ms(last)
    );
}

fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}

struct Client {
    http: reqwest::Client,
    base: String,
    token: String,
}

impl Client {
    async fn search(&self, body: &Value) -> Value {
        let asked = self.http.post(format!("{}/slots:search", self.base)).bearer_auth(&self.token);
        let answer = asked.json(body).send().await.unwrap();
        let status = answer.status();
        let found: Value = answer.json().await.unwrap();
        assert!(status.is_success(), "{found}");
        found
    }

    async fn put(&self, path: String, body: &Value) {
        let asked = self.http.put(format!("{}/availability/{path}", self.base));
        let answer = asked.bearer_auth(&self.token).json(body).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }

    /// The hospital keeps holidays, townships have market days of the lunar month, villages power for some hours, and
    /// everybody has a way to go.
    async fn set_hours(&self) {
        let week = ["monday", "tuesday", "wednesday", "thursday", "friday"];
        let hours = |from: &str, to: &str| json!({ "days": week, "from": from, "to": to });
        let weekly = [hours("08:00", "12:00"), hours("13:30", "17:30")];
        self.put(
            "organization/hospital".into(),
            &json!({ "weekly": weekly, "keepsHolidays": true }),
        )
        .await;
        for number in 0..SPECIALISTS {
            let exceptions =
                [json!({ "day": format!("2026-0{}-1{}", 1 + number % 9, number % 10) })];
            let said = json!({ "weekly": [hours("08:00", "17:00")], "exceptions": exceptions, "keepsHolidays": true, "afterMinutes": 5 });
            self.put(format!("person/specialist-{number}"), &said).await;
        }
        for number in 0..TOWNSHIPS {
            let digits = [number % 5, number % 5 + 5];
            let market = json!({ "name": "赶集", "effect": "closed", "monthDays": { "reckoning": "lunar", "digits": digits } });
            self.put(
                format!("organization/township-{number}"),
                &json!({ "weekly": weekly, "overlays": [market] }),
            )
            .await;
        }
        for number in 0..VILLAGES {
            let from = format!("{:02}:00", 7 + number % 3);
            let power =
                json!({ "name": "供电", "effect": "only", "hours": [hours(&from, "18:00")] });
            self.put(format!("organization/village-{number}"), &json!({ "overlays": [power] }))
                .await;
            self.put(
                format!("person/doctor-{number}"),
                &json!({ "beforeMinutes": 10, "afterMinutes": 10 }),
            )
            .await;
        }
    }
}

fn any_of(kind: &str, name: &str, numbers: impl Iterator<Item = u64>) -> Value {
    let ids = numbers.map(|number| json!({ "kind": kind, "id": format!("{name}-{number}") }));
    json!({ "anyOf": ids.collect::<Vec<_>>() })
}

fn from(drawn: &mut Drawn) -> String {
    let day = drawn.below(330);
    let date =
        jiff::civil::date(2026, 1, 5).saturating_add(jiff::Span::new().days(day.cast_signed()));
    format!("{date}T08:00:00+08:00")
}

/// Any specialist, any room of the hospital, a village's doctor and room, any interpreter.
fn anybody(drawn: &mut Drawn) -> Value {
    let village = drawn.below(VILLAGES);
    json!({ "minutes": 30, "from": from(drawn), "needs": [
        any_of("person", "specialist", 0..SPECIALISTS), any_of("room", "hospital-room", 0..ROOMS),
        any_of("person", "doctor", village..=village), any_of("room", "village-room", village..=village),
        any_of("person", "interpreter", 0..INTERPRETERS),
    ] })
}

/// One specialist for an hour and a half, who is seldom free so long.
fn one_specialist(drawn: &mut Drawn) -> Value {
    let one = drawn.below(SPECIALISTS);
    let mut asked = anybody(drawn);
    asked["minutes"] = 90.into();
    asked["needs"][0] = any_of("person", "specialist", one..=one);
    asked
}

/// A wish at ten of that first day, which hardly ever fits.
fn a_wish(drawn: &mut Drawn) -> Value {
    let mut asked = one_specialist(drawn);
    asked["startsAt"] = asked["from"].as_str().unwrap().replace("T08", "T10").into();
    asked
}

/// The statements that write everybody and every room.
fn directory() -> Vec<String> {
    let mut rows = Vec::new();
    let mut organization = |id: String| {
        rows.push(format!("INSERT INTO organization (id, names, kind) VALUES ('{id}', '{{\"zh\":\"{id}\"}}', 'health')"));
    };
    organization("hospital".into());
    (0..TOWNSHIPS).for_each(|number| organization(format!("township-{number}")));
    (0..VILLAGES).for_each(|number| organization(format!("village-{number}")));
    let mut of = |table: &str, id: String, organization: &str| {
        rows.push(format!("INSERT INTO {table} (id, names, organization_id) VALUES ('{id}', '{{\"zh\":\"{id}\"}}', '{organization}')"));
    };
    of("person", "scheduler".into(), "hospital");
    (0..SPECIALISTS).for_each(|number| of("person", format!("specialist-{number}"), "hospital"));
    (0..ROOMS).for_each(|number| of("room", format!("hospital-room-{number}"), "hospital"));
    (0..INTERPRETERS).for_each(|number| of("person", format!("interpreter-{number}"), "hospital"));
    for number in 0..VILLAGES {
        of("person", format!("doctor-{number}"), &format!("village-{number}"));
        of("room", format!("village-room-{number}"), &format!("village-{number}"));
    }
    rows.push("INSERT INTO assignment (person_id, role, scope_kind, scope_id, given_by, given_s) VALUES ('scheduler', 'scheduler', 'county', '', 'bench', 0)".into());
    rows
}

/// Writes the county and its bookings past the scheduler: how many claims.
async fn fill(file: &std::path::Path) -> usize {
    let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(file)).await.unwrap();
    let mut change = pool.begin().await.unwrap();
    for row in directory() {
        sqlx::query(sqlx::AssertSqlSafe(row)).execute(&mut *change).await.unwrap();
    }
    let mut drawn = Drawn(3);
    let mut claims = 0;
    for day in (0..365).filter(|day| day % 7 < 5) {
        for half_hour in 0..HALF_HOURS {
            let start = NOW_S + day * DAY_S + 8 * 3600 + half_hour * 1800;
            let mut villages: Vec<u64> = (0..VILLAGES).collect();
            for specialist in
                (0..SPECIALISTS).filter(|_| drawn.below(HALF_HOURS) < BOOKED).collect::<Vec<_>>()
            {
                let village = villages
                    .swap_remove(usize::try_from(drawn.below(villages.len() as u64)).unwrap());
                let id = format!("session-{day}-{half_hour}-{specialist}");
                let mut resources = vec![
                    ("person", format!("specialist-{specialist}")),
                    ("room", format!("hospital-room-{specialist}")),
                    ("person", format!("doctor-{village}")),
                    ("room", format!("village-room-{village}")),
                ];
                if specialist < INTERPRETERS && drawn.below(2) == 0 {
                    resources.push(("person", format!("interpreter-{specialist}")));
                }
                let session = "INSERT INTO session (id, kind, title, starts_s, ends_s, state, recording, booked_by, booked_s)
                    VALUES ($1, 'consultation', 'x', $2, $3, 'scheduled', 0, 'bench', $4)";
                let [start, end, now] = [start, start + 1800, NOW_S].map(u64::cast_signed);
                sqlx::query(session)
                    .bind(&id)
                    .bind(start)
                    .bind(end)
                    .bind(now)
                    .execute(&mut *change)
                    .await
                    .unwrap();
                for (kind, resource) in &resources {
                    let claim = "INSERT INTO claim (session_id, resource_kind, resource_id, starts_s, ends_s, state)
                        VALUES ($1, $2, $3, $4, $5, 'confirmed')";
                    let asked = sqlx::query(claim)
                        .bind(&id)
                        .bind(*kind)
                        .bind(resource)
                        .bind(start)
                        .bind(end);
                    asked.execute(&mut *change).await.unwrap();
                }
                claims += resources.len();
            }
        }
    }
    change.commit().await.unwrap();
    pool.close().await;
    claims
}
