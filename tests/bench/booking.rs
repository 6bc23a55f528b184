//! The table of racing bookings: processes that book at random over 50 resources, through the store as it is and by
//! check-then-insert on the same tables without the rule, on SQLite and on PostgreSQL (`booking.sh` starts it).
//!
//! `booking [--attempts N] [--processes N] [--days N]`; prints Markdown, and fails if the store let two overlap or was slower
//! than check-then-insert in the same run.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench may"
)]

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::str::FromStr as _;
use std::time::Instant;

use booking::{Interval, UnixS};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use scheduler::DatabaseUrl;
use scheduler::races::Racer;
use sqlx::any::AnyPoolOptions;
use sqlx::{AnyPool, Executor as _};

/// 20 specialists, 20 village doctors, 10 rooms.
const OF_EACH: usize = 20;
const ROOMS: usize = 10;
const SLOT_S: u64 = 20 * 60;
/// Of a working day of eight hours.
const SLOTS_A_DAY: u64 = 24;
const CHECKED: &str = "check-then-insert";
/// As the API books: whoever is refused is told what is in the way, and when all are free.
const TOLD: &str = "ours, told why";
/// 2027-01-04 00:00 UTC.
const BEGIN_S: u64 = 1_799_020_800;

const OVERLAPS: &str =
    "SELECT count(*) FROM claim a JOIN claim b ON a.id < b.id AND a.resource_kind = b.resource_kind
       AND a.resource_id = b.resource_id AND a.starts_s < b.ends_s AND b.starts_s < a.ends_s
     WHERE a.state = 'confirmed' AND b.state = 'confirmed'";

#[derive(Clone, Copy)]
struct Race {
    attempts: usize,
    processes: usize,
    days: u64,
}

/// What one process or all of them did.
#[derive(Default)]
struct Outcome {
    booked: usize,
    refused: usize,
    /// Attempts that were neither: the database was busy.
    failed: usize,
    times_us: Vec<u64>,
}

/// Where a race takes place.
#[derive(Clone)]
struct Place {
    folder: String,
    /// Empty: the file in the folder.
    url: String,
}

impl Place {
    fn database(&self) -> DatabaseUrl {
        self.url.clone().into()
    }

    async fn pool(&self) -> AnyPool {
        sqlx::any::install_default_drivers();
        let (url, set) = match self.url.as_str() {
            "" => {
                (format!("sqlite://{}/scheduler.sqlite3", self.folder), "PRAGMA synchronous = FULL")
            }
            url => (url.to_owned(), "SET synchronous_commit = on"),
        };
        // As the store does, a connection that is in use all the time is not asked first whether it is still there.
        let told = AnyPoolOptions::new()
            .max_connections(1)
            .test_before_acquire(false)
            .after_connect(move |it, _| Box::pin(async move { it.execute(set).await.map(drop) }));
        told.connect(&url).await.unwrap()
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    if arguments.first().is_some_and(|it| it == "worker") {
        runtime.block_on(work(&arguments[1..]));
        return ExitCode::SUCCESS;
    }
    let option = |name: &str, unset: usize| {
        let mut given = arguments.iter().skip_while(|it| *it != name).skip(1);
        given.next().map_or(unset, |it| it.parse().unwrap())
    };
    let race = Race {
        attempts: option("--attempts", 100_000),
        processes: option("--processes", 16),
        days: u64::try_from(option("--days", 10)).unwrap(),
    };
    println!(
        "{} processes, {} attempts, each for 3 of {} resources within {} days\n",
        race.processes,
        race.attempts,
        2 * OF_EACH + ROOMS,
        race.days
    );
    println!(
        "| store | way | attempts/s | p50 ms | p99 ms | booked | refused | failed | overlaps |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    let mut holds = true;
    for store in ["SQLite", "PostgreSQL"] {
        let (checked, _) = runtime.block_on(run(store, CHECKED, race));
        let (ours, overlaps) = runtime.block_on(run(store, "ours", race));
        let (_, overlaps_told) = runtime.block_on(run(store, TOLD, race));
        holds &= overlaps + overlaps_told == 0 && ours >= checked;
    }
    println!(
        "\nbar: no overlap, and at least as many attempts/s as check-then-insert: {}",
        if holds { "held" } else { "MISSED" }
    );
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// One race: attempts a second, and overlapping pairs of claims afterwards.
async fn run(store: &str, way: &str, race: Race) -> (f64, i64) {
    let folder = tempfile::tempdir().unwrap();
    let place = Place {
        folder: folder.path().display().to_string(),
        url: if store == "SQLite" { String::new() } else { new_database(way).await },
    };
    let racer = Racer::open(Path::new(&place.folder), &place.database()).await.unwrap();
    racer.close().await;
    fill(&place).await;
    if way == CHECKED {
        drop_rule(&place).await;
    }
    let mut workers: Vec<Child> =
        (0..race.processes).map(|n| start(n, way, &place, race)).collect();
    for worker in &mut workers {
        // Who has opened the store waits for the others.
        assert_eq!(worker.stdout.as_mut().unwrap().read(&mut [0]).unwrap(), 1);
    }
    let began = now();
    for worker in &mut workers {
        drop(worker.stdin.take());
    }
    let mut all = Outcome::default();
    for worker in workers {
        let told = tokio::task::spawn_blocking(move || worker.wait_with_output().unwrap());
        let told = told.await.unwrap();
        assert!(told.status.success(), "a process of the race ended: its words are above");
        read(&String::from_utf8(told.stdout).unwrap(), &mut all);
    }
    let seconds = began.elapsed().as_secs_f64();
    let pool = place.pool().await;
    let overlaps: i64 = sqlx::query_scalar(OVERLAPS).fetch_one(&pool).await.unwrap();
    let sessions: i64 =
        sqlx::query_scalar("SELECT count(*) FROM session").fetch_one(&pool).await.unwrap();
    assert_eq!(usize::try_from(sessions).unwrap(), all.booked, "no half booking");
    pool.close().await;
    all.times_us.sort_unstable();
    let at = |part: usize| all.times_us[(all.times_us.len() - 1) * part / 100] as f64 / 1e3;
    let pace = all.times_us.len() as f64 / seconds;
    println!(
        "| {store} | {way} | {pace:.0} | {:.2} | {:.2} | {} | {} | {} | {overlaps} |",
        at(50),
        at(99),
        all.booked,
        all.refused,
        all.failed
    );
    (pace, overlaps)
}

#[expect(clippy::disallowed_methods, reason = "the outermost loop of a bench reads the clock")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "where booking.sh has started the server")]
fn server() -> String {
    std::env::var("SHANQIAO_TEST_POSTGRES").unwrap()
}

async fn new_database(way: &str) -> String {
    sqlx::any::install_default_drivers();
    let url = |name: &str| format!("postgres:///{name}?host={}&user=shanqiao", server());
    let name = match way {
        CHECKED => "checked",
        TOLD => "told",
        _ => "ours",
    };
    let pool = AnyPool::connect(&url("postgres")).await.unwrap();
    let make = format!("CREATE DATABASE {name} TEMPLATE template0");
    pool.execute(sqlx::AssertSqlSafe(make)).await.unwrap();
    pool.close().await;
    url(name)
}

/// Makes 50 who and what can be booked.
async fn fill(place: &Place) {
    let pool = place.pool().await;
    let hospital = "INSERT INTO organization (id, names, kind) VALUES ('hospital', '{\"zh\":\"医院\"}', 'health')";
    pool.execute(hospital).await.unwrap();
    let people = [("specialist", "specialist"), ("doctor", "village_doctor")];
    let people = people.into_iter().flat_map(|who| (0..OF_EACH).map(move |n| (who, n)));
    for ((word, role), n) in people {
        let person = "INSERT INTO person (id, names, organization_id) VALUES ($1, '{\"zh\":\"' || $1 || '\"}', 'hospital')";
        let id = format!("{word}-{n}");
        sqlx::query(person).bind(&id).execute(&pool).await.unwrap();
        let holds = "INSERT INTO assignment (person_id, role, scope_kind, scope_id, given_by, given_s) VALUES ($1, $2, 'home', '', 'bench', 0)";
        sqlx::query(holds).bind(&id).bind(role).execute(&pool).await.unwrap();
    }
    let room = "INSERT INTO room (id, names, organization_id) VALUES ($1, '{\"zh\":\"' || $1 || '\"}', 'hospital')";
    for n in 0..ROOMS {
        sqlx::query(room).bind(format!("room-{n}")).execute(&pool).await.unwrap();
    }
    pool.close().await;
}

/// Takes the rule away, for those who check before they insert.
async fn drop_rule(place: &Place) {
    let pool = place.pool().await;
    let drop = match place.url.as_str() {
        "" => "DROP TRIGGER claim_insert_no_overlap; DROP TRIGGER claim_update_no_overlap",
        _ => "ALTER TABLE claim DROP CONSTRAINT claim_no_overlap",
    };
    pool.execute(drop).await.unwrap();
    pool.close().await;
}

fn start(n: usize, way: &str, place: &Place, race: Race) -> Child {
    let part = race.attempts / race.processes + usize::from(n < race.attempts % race.processes);
    Command::new(std::env::current_exe().unwrap())
        .args(["worker", &n.to_string(), &part.to_string(), &race.days.to_string(), way])
        .args([&place.folder, &place.url])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// One process: its attempts one after the other; prints what came of them.
async fn work(told: &[String]) {
    let number = |n: usize| u64::from_str(&told[n]).unwrap();
    let (seed, attempts, days) = (number(0), number(1), number(2));
    let place = Place { folder: told[4].clone(), url: told[5].clone() };
    let mut way = match told[3].as_str() {
        CHECKED => Way::Checked(place.pool().await, place.url.is_empty()),
        way => {
            let racer = Racer::open(Path::new(&place.folder), &place.database()).await.unwrap();
            Way::Ours(racer, way == TOLD)
        }
    };
    // Opened; the end of the input is the start of the race.
    print!("!");
    std::io::stdout().flush().unwrap();
    std::io::stdin().read(&mut [0]).unwrap();
    let mut chance = StdRng::seed_from_u64(seed);
    let mut outcome = Outcome::default();
    for _ in 0..attempts {
        let who = (
            chance.random_range(0..OF_EACH),
            chance.random_range(0..OF_EACH),
            chance.random_range(0..ROOMS),
        );
        let day = chance.random_range(0..days);
        let slot = chance.random_range(0..SLOTS_A_DAY);
        let start = UnixS(BEGIN_S + day * 86_400 + 8 * 3600 + slot * SLOT_S);
        let interval = Interval::new(start, start.plus(SLOT_S)).unwrap();
        let began = now();
        match way.book(who, interval).await {
            Ok(true) => outcome.booked += 1,
            Ok(false) => outcome.refused += 1,
            Err(_) => outcome.failed += 1,
        }
        outcome.times_us.push(u64::try_from(began.elapsed().as_micros()).unwrap());
    }
    let times: Vec<String> = outcome.times_us.iter().map(u64::to_string).collect();
    println!("{} {} {}\n{}", outcome.booked, outcome.refused, outcome.failed, times.join(" "));
}

fn read(told: &str, all: &mut Outcome) {
    let (counts, times) = told.split_once('\n').unwrap();
    let counts: Vec<usize> = counts.split(' ').map(|it| it.parse().unwrap()).collect();
    all.booked += counts[0];
    all.refused += counts[1];
    all.failed += counts[2];
    all.times_us.extend(times.split_whitespace().map(|it| u64::from_str(it).unwrap()));
}

enum Way {
    /// Whether who is refused is told why.
    Ours(Racer, bool),
    /// Whether on SQLite, where a writer says at once that it will write, as all who care do.
    Checked(AnyPool, bool),
}

impl Way {
    async fn book(
        &mut self,
        who: (usize, usize, usize),
        interval: Interval,
    ) -> Result<bool, String> {
        match self {
            Self::Ours(racer, told) => racer.book(who, interval, *told).await,
            Self::Checked(pool, is_sqlite) => check_then_insert(pool, *is_sqlite, who, interval)
                .await
                .map_err(|it| it.to_string()),
        }
    }
}

/// What a handler does that trusts what it has just read: looks whether everybody is known and free, then writes.
async fn check_then_insert(
    pool: &AnyPool,
    is_sqlite: bool,
    (specialist, doctor, room): (usize, usize, usize),
    interval: Interval,
) -> Result<bool, sqlx::Error> {
    let starts_s = i64::try_from(interval.start().0).unwrap();
    let ends_s = i64::try_from(interval.end().0).unwrap();
    let people = [
        (format!("specialist-{specialist}"), "specialist"),
        (format!("doctor-{doctor}"), "village_doctor"),
    ];
    let room = format!("room-{room}");
    let wanted = [("person", &people[0].0), ("person", &people[1].0), ("room", &room)];
    for (kind, id) in wanted {
        let taken: Option<i64> = sqlx::query_scalar(
            "SELECT id FROM claim WHERE resource_kind = $1 AND resource_id = $2 AND state = 'confirmed'
               AND starts_s > $3 - 43200 AND starts_s < $4 AND ends_s > $3 LIMIT 1",
        )
        .bind(kind)
        .bind(id)
        .bind(starts_s)
        .bind(ends_s)
        .fetch_optional(pool)
        .await?;
        if taken.is_some() {
            return Ok(false);
        }
    }
    let begin = if is_sqlite { "BEGIN IMMEDIATE" } else { "BEGIN" };
    let mut change = pool.begin_with(begin).await?;
    for (id, role) in &people {
        sqlx::query("SELECT 1 FROM person_role WHERE person_id = $1 AND role = $2")
            .bind(id)
            .bind(*role)
            .fetch_one(&mut *change)
            .await?;
    }
    let session = uuid::Uuid::now_v7().to_string();
    sqlx::query(
        "INSERT INTO session (id, kind, title, starts_s, ends_s, state, recording, booked_by, booked_s)
         VALUES ($1, 'consultation', '会诊', $2, $3, 'scheduled', 0, 'racer', 0)",
    )
    .bind(&session)
    .bind(starts_s)
    .bind(ends_s)
    .execute(&mut *change)
    .await?;
    for (position, (id, role)) in (0_i64..).zip(&people) {
        sqlx::query("INSERT INTO participant (session_id, person_id, role, position) VALUES ($1, $2, $3, $4)")
            .bind(&session)
            .bind(id)
            .bind(*role)
            .bind(position)
            .execute(&mut *change)
            .await?;
    }
    for (kind, id) in wanted {
        sqlx::query(
            "INSERT INTO claim (session_id, resource_kind, resource_id, starts_s, ends_s, state)
             VALUES ($1, $2, $3, $4, $5, 'confirmed')",
        )
        .bind(&session)
        .bind(kind)
        .bind(id)
        .bind(starts_s)
        .bind(ends_s)
        .execute(&mut *change)
        .await?;
    }
    change.commit().await?;
    Ok(true)
}
