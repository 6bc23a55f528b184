//! The store under a test: the file in its folder, or with `SHANQIAO_TEST_STORE=postgres` a database of its own on a
//! PostgreSQL server that is started for this program, or that `SHANQIAO_TEST_POSTGRES` names the socket's folder of.
#![allow(dead_code, reason = "every test file uses a part of it")]

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use scheduler::{Config, DatabaseUrl, Scheduler};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AnyPool, ConnectOptions, Connection, Executor};

/// The variable by which other processes of a test find the server of the first.
pub(crate) const SERVER: &str = "SHANQIAO_TEST_POSTGRES";
/// A database with the tables of this version, from which those of tests are copied.
const TEMPLATE: &str = "of_this_version";

#[expect(clippy::disallowed_methods, reason = "how a test is told where it runs")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Whether tests that name no store run on PostgreSQL.
pub(crate) fn is_postgres() -> bool {
    let named = variable("SHANQIAO_TEST_STORE");
    let named = named.as_deref().unwrap_or("sqlite");
    assert!(["sqlite", "postgres"].contains(&named), "SHANQIAO_TEST_STORE: sqlite or postgres");
    named == "postgres"
}

/// A server that ends when the program that holds its input does, however that ends.
pub(crate) struct Server {
    /// The folder of its socket.
    pub(crate) socket: String,
    _child: Option<Child>,
}

impl Server {
    /// Starts one.
    pub(crate) fn start() -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/postgres.sh");
        let mut child =
            Command::new(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut socket = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut socket).unwrap();
        assert!(!socket.is_empty(), "PostgreSQL did not start; its words are above");
        Self { socket: socket.trim().into(), _child: Some(child) }
    }
}

/// The folder of the server's socket; the server is started at the first call.
pub(crate) fn server() -> &'static str {
    static SERVER_HERE: OnceLock<Server> = OnceLock::new();
    let started = || match variable(SERVER) {
        Some(socket) => Server { socket, _child: None },
        None => Server::start(),
    };
    &SERVER_HERE.get_or_init(started).socket
}

/// The address of a database on the server.
pub(crate) fn url_of(name: &str) -> DatabaseUrl {
    format!("postgres:///{name}?host={}&user=shanqiao", server()).into()
}

/// A connection to a database on the server, as its administrator.
pub(crate) async fn administrator(name: &str) -> PgConnection {
    let options = PgConnectOptions::new_without_pgpass();
    options.socket(server()).username("shanqiao").database(name).connect().await.unwrap()
}

/// The name of the database of a test's folder.
pub(crate) fn name_for(folder: &Path) -> String {
    let mut hasher = DefaultHasher::new();
    folder.hash(&mut hasher);
    format!("t{:016x}", hasher.finish())
}

/// The database of a test's folder, made as a copy of one with all tables if it is not there.
pub(crate) async fn postgres_in(folder: &Path) -> DatabaseUrl {
    let name = name_for(folder);
    let mut administrator = administrator("postgres").await;
    // One at a time: many tests begin at once.
    administrator.execute("SELECT pg_advisory_lock(1)").await.unwrap();
    if !exists(&mut administrator, TEMPLATE).await {
        make(&mut administrator, TEMPLATE, "template0").await;
        let config = Config { database: url_of(TEMPLATE), ..Config::default() };
        Scheduler::start(config, super::keys()).await.unwrap().stop().await;
    }
    if !exists(&mut administrator, &name).await {
        make(&mut administrator, &name, TEMPLATE).await;
    }
    administrator.close().await.unwrap();
    url_of(&name)
}

async fn exists(administrator: &mut PgConnection, name: &str) -> bool {
    let there = sqlx::query_scalar("SELECT count(*) FROM pg_database WHERE datname = $1");
    there.bind(name).fetch_one(administrator).await.unwrap_or(0_i64) > 0
}

/// Makes a database as a copy of another.
pub(crate) async fn make(administrator: &mut PgConnection, name: &str, template: &str) {
    let make = format!("CREATE DATABASE {name} TEMPLATE {template}");
    administrator.execute(sqlx::AssertSqlSafe(make)).await.unwrap();
}

/// Settings for the store of this folder.
pub(crate) async fn config_in(folder: &Path, config: Config) -> Config {
    let named = config.database != DatabaseUrl::default();
    let database = match is_postgres() && !named {
        true => postgres_in(folder).await,
        false => config.database,
    };
    Config { data: folder.to_owned(), database, ..config }
}

/// What stands in the store of this folder, to be looked at beside the scheduler.
pub(crate) async fn pool_in(folder: &Path) -> AnyPool {
    sqlx::any::install_default_drivers();
    let url = match is_postgres() {
        true => format!("postgres:///{}?host={}&user=shanqiao", name_for(folder), server()),
        false => format!("sqlite://{}", folder.join("scheduler.sqlite3").display()),
    };
    AnyPool::connect(&url).await.unwrap()
}
