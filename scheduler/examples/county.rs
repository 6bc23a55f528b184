//! The demo county alone, on a free port of this machine, until standard input ends: for programs that hold its answers
//! against its description (`tests/api/run.sh`). Prints its address and a token of its scheduler, who is administrator too.

use std::error::Error;
use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use scheduler::{Config, Scheduler};
use session::{AccessToken, Keys};

/// How long the token is valid, seconds.
const TOKEN_LIFE_S: u64 = 86_400;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let secret = "0123456789abcdef0123456789abcdef";
    let keys = Keys::new("county", secret, "a root for one run of the county alone")?;
    let data = folder.path().to_owned();
    // Who tries everything at once is no hurried person.
    let any = Config { person_requests_per_s: 0, address_requests_per_s: 0, ..Config::default() };
    let config = Config { data, demo: true, ..any };
    let scheduler = Scheduler::start(config, keys.clone()).await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    #[expect(clippy::disallowed_methods, reason = "a program of its own: nobody tells it the time")]
    let now_s = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let token = AccessToken::for_person("scheduler", "", now_s, TOKEN_LIFE_S).sign(&keys)?;
    let mut out = std::io::stdout();
    writeln!(out, "http://{} {token}", listener.local_addr()?)?;
    out.flush()?;
    let router = scheduler.router().into_make_service_with_connect_info::<SocketAddr>();
    let over = async {
        let read = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
        let _ = read.await;
    };
    axum::serve(listener, router).with_graceful_shutdown(over).await?;
    scheduler.stop().await;
    Ok(())
}
