//! `shanqiao all`: every room in one process, from the first check to the last flush.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::Result;
use session::Language;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::certificate::{self, Certificate, Renewal};
use crate::config::Config;
use crate::doors::Refusals;
use crate::edge::Edge;
use crate::folder::Folder;
use crate::keys::Followed;
use crate::limiter::ConnectionLimiter;
use crate::rooms::{Open, Rooms};
use crate::signals::Signals;
use crate::{doors, listener, needs, say};

/// All must be on disk and at rest this long after the first Ctrl-C.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// What plain http on an address of the network means for those who open it.
const NO_CAMERAS: &str = "\
注意：http 网址只能看回放和预约，浏览器不给摄像头和麦克风。请加 --edge 0.0.0.0:8443（自带证书的 https）或放在 https 代理后面。
Note: on another computer browsers give no camera and no microphone to an http address.
Add --edge 0.0.0.0:8443 (https with a certificate of its own), or put an https proxy in front.";

/// Before the link by which the county is set up.
const FIRST_START: &str = "
  第一次使用：请打开这个链接，给本县命名，建立管理员。链接只能用一次，24 小时内有效；重新启动会换一个新的。
  First start: open this link to name the county and make its administrator. It works once, within 24 hours; the next start
  prints a new one.";

/// Runs until it is told to stop.
pub(crate) fn run(config: &Config) -> Result<()> {
    needs::prove()?;
    let folder = Folder::open(&config.data)?;
    let held = folder.hold()?;
    let (keys, followed) = Followed::new(folder)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ran = runtime.block_on(async {
        let mut signals = Signals::take()?;
        let listener = listener::bind(config.http, "--http").await?;
        let http = listener.local_addr()?;
        let mut config = config.clone();
        let edge = open_edge(&mut config).await?;
        let metrics = open_metrics(config.metrics).await?;
        config.metrics = Some(metrics.local_addr()?);
        let rooms = tokio::select! {
            started = Rooms::start(&config, keys, http) => started?,
            () = signals.next() => return Ok(()),
        };
        greet(&rooms, http, &config);
        tokio::spawn(followed.follow());
        let doors = Doors { listener, edge, metrics, each_max: config.connections_per_address_max };
        serve(doors, rooms, signals).await;
        Ok(())
    });
    // Work that is still under way can be begun again at the next start: nobody waits for it.
    runtime.shutdown_background();
    drop(held);
    ran
}

/// The one port, and its TLS.
type OnePort = (TcpListener, watch::Receiver<TlsAcceptor>);

/// Opens the one port, if there shall be one; what the rooms are told has its number.
async fn open_edge(config: &mut Config) -> Result<Option<OnePort>> {
    let Some(address) = config.edge else { return Ok(None) };
    let names = certificate::names(config.edge_name.as_deref(), &config.media_addresses()?);
    let (tls, renewal) = Renewal::new(Certificate::find(config, names)?)?;
    let listener = listener::bind(address, "--edge").await?;
    config.edge = Some(listener.local_addr()?);
    tokio::spawn(renewal.follow());
    Ok(Some((listener, tls)))
}

/// Where the counters are when nobody says where: the port of OpenTelemetry's exporter for Prometheus.
const METRICS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9464);

/// Opens the listener of the counters. One that nobody asked for stops nobody: a second program on this machine has
/// another port.
async fn open_metrics(asked: Option<SocketAddr>) -> Result<TcpListener> {
    if let Some(address) = asked {
        return listener::bind(address, "--metrics").await;
    }
    match listener::bind(METRICS, "--metrics").await {
        Ok(listener) => Ok(listener),
        Err(_) => listener::bind(SocketAddr::new(METRICS.ip(), 0), "--metrics").await,
    }
}

/// All HTTP listeners.
struct Doors {
    listener: TcpListener,
    edge: Option<OnePort>,
    metrics: TcpListener,
    each_max: usize,
}

async fn serve(all: Doors, rooms: Rooms, mut signals: Signals) {
    let Doors { listener, edge, metrics, each_max } = all;
    let (routes, links) = (rooms.router(), rooms.link_door());
    let open = Open::new(rooms);
    let (stop, stopping) = watch::channel(false);
    let refusals = Refusals::default();
    let limiter = || ConnectionLimiter::new(each_max, refusals.by_address.clone());
    let counters = doors::metrics(open.clone(), refusals.clone());
    // A limiter of its own: the counters can be read when everything else is full.
    tokio::spawn(listener::serve(metrics, counters, None, limiter(), stopping.clone()));
    let limiter = limiter();
    let router = doors::router(routes, open.clone());
    let edge = edge.map(|(listener, tls)| {
        let edge = Some(Edge { tls, links });
        tokio::spawn(listener::serve(
            listener,
            router.clone(),
            edge,
            limiter.clone(),
            stopping.clone(),
        ))
    });
    let served = tokio::spawn(listener::serve(listener, router, None, limiter.clone(), stopping));
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
        if let Some(edge) = edge {
            let _ = edge.await;
        }
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
fn greet(rooms: &Rooms, http: SocketAddr, config: &Config) {
    let media = rooms.media_port();
    let origin = origin(http, config);
    let links = rooms.demo_links(&origin);
    if links.is_empty() {
        say::line(&format!("山桥 Shanqiao is running: {origin}/ (media on port {media})"));
    } else {
        say::line("\n山桥 Shanqiao · 点击链接进入 · click a link to come in\n");
        for link in &links {
            let (zh, en) = (link.who.zh(), link.who.in_language(Language::English));
            say::line(&format!("  {zh} · {en}\n    {}", link.url));
        }
        say::line("\n  停止请按 Ctrl-C · Ctrl-C stops\n");
    }
    if let Some(link) = rooms.setup_link(&origin) {
        say::line(&format!("{FIRST_START}\n    {link}\n"));
    }
    if config.edge.is_none() && !http.ip().is_loopback() {
        say::line(NO_CAMERAS);
    }
    let edge = config.edge.map(|it| format!(" edge={it}")).unwrap_or_default();
    let metrics = config.metrics.map(|it| format!(" metrics={it}")).unwrap_or_default();
    say::line(&format!("READY http={http} media={media}{edge}{metrics}"));
    tracing::info!(http.port = http.port(), media.port = media, "ready");
}

/// Where people find the pages: at the one port if there is one, for cameras are for secure pages.
fn origin(http: SocketAddr, config: &Config) -> String {
    let media = config.media_addresses().ok().and_then(|it| it.first().copied());
    let near = media.unwrap_or(Ipv4Addr::LOCALHOST.into());
    let reached = |address: SocketAddr| match address.ip().is_unspecified() {
        true => SocketAddr::new(near, address.port()),
        false => address,
    };
    match (config.edge, &config.edge_name) {
        (Some(edge), Some(name)) => format!("https://{name}:{}", edge.port()),
        (Some(edge), None) => format!("https://{}", reached(edge)),
        (None, _) => format!("http://{}", reached(http)),
    }
}
