//! `shanqiao all`: every room in one process, from the first check to the last flush.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Result;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::config::Config;
use crate::folder::Folder;
use crate::rooms::{Open, Rooms};
use crate::signals::Signals;
use crate::{doors, listener, needs, say};

/// All must be on disk and at rest this long after the first Ctrl-C.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// Runs until it is told to stop.
pub(crate) fn run(config: &Config) -> Result<()> {
    needs::prove()?;
    let folder = Folder::open(&config.data)?;
    let held = folder.hold()?;
    let keys = folder.keys()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ran = runtime.block_on(async {
        let mut signals = Signals::take()?;
        let listener = listener::bind(config.http).await?;
        let http = listener.local_addr()?;
        let rooms = tokio::select! {
            started = Rooms::start(config, &keys, http) => started?,
            () = signals.next() => return Ok(()),
        };
        greet(&rooms, http);
        serve(listener, rooms, signals).await;
        Ok(())
    });
    // Work that is still under way can be begun again at the next start: nobody waits for it.
    runtime.shutdown_background();
    drop(held);
    ran
}

async fn serve(listener: TcpListener, rooms: Rooms, mut signals: Signals) {
    let routes = rooms.router();
    let open = Open::new(rooms);
    let (stop, stopping) = watch::channel(false);
    let served =
        tokio::spawn(listener::serve(listener, doors::router(routes, open.clone()), stopping));
    signals.next().await;
    say::line(
        "Stopping: sessions are closed and recordings put on disk. Ctrl-C again ends at once.",
    );
    signals.end_at_the_next();
    let stopped = tokio::time::timeout(STOP_WITHIN, async {
        // The listener stays open until the recorder, which is one of its clients, has heard the last of the gateway.
        let scheduler = match open.take() {
            Some(rooms) => Some(rooms.stop_media().await),
            None => None,
        };
        stop.send_replace(true);
        let _ = served.await;
        if let Some(scheduler) = scheduler {
            scheduler.stop().await;
        }
    });
    match stopped.await {
        Ok(()) => say::line("Stopped."),
        Err(_) => tracing::warn!("stop.cut_off: recordings are completed at the next start"),
    }
}

/// Tells people where to click, and programs where to connect.
fn greet(rooms: &Rooms, http: SocketAddr) {
    let media = rooms.media_port();
    let shown = match http.ip().is_unspecified() {
        true => SocketAddr::from(([127, 0, 0, 1], http.port())),
        false => http,
    };
    let links = rooms.demo_links(&format!("http://{shown}"));
    if links.is_empty() {
        say::line(&format!(
            "山桥 Shanqiao is running: http://{shown}/ (media on UDP port {media})"
        ));
    } else {
        say::line("\n山桥 Shanqiao · 点击链接进入 · click a link to come in\n");
        for link in &links {
            say::line(&format!("  {} · {}\n    {}", link.who, link.who_en, link.url));
        }
        say::line("\n  停止请按 Ctrl-C · Ctrl-C stops\n");
    }
    say::line(&format!("READY http={http} media={media}"));
    tracing::info!(http.port = http.port(), media.port = media, "ready");
}
