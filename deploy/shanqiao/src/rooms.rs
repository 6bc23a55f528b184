//! The rooms of one process: started in order, asked how they are, stopped so that nothing is lost.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};

use anyhow::{Context as _, Result};
use axum::Router;
use gateway::Gateway;
use recorder::Recorder;
use scheduler::Scheduler;
use session::Keys;
use tokio::sync::watch;

use crate::config::Config;

/// The running rooms.
#[derive(Debug)]
pub(crate) struct Rooms {
    gateway: Gateway,
    recorder: Recorder,
    scheduler: Scheduler,
}

/// The rooms as the doors see them: there until they are taken to be stopped.
#[derive(Clone, Debug)]
pub(crate) struct Open(Arc<RwLock<Option<Rooms>>>);

impl Rooms {
    /// Starts every room; `keys` are those of now, and `http` is where this process listens.
    pub(crate) async fn start(
        config: &Config,
        keys: watch::Receiver<Keys>,
        http: SocketAddr,
    ) -> Result<Self> {
        let near = near(http);
        tracing::info!("scheduler.starting");
        let system = scheduler::Clock::system();
        let started = Scheduler::start_following(config.for_scheduler(near), keys.clone(), system);
        let scheduler = started.await.context("the scheduler cannot start")?;
        tracing::info!("gateway.starting");
        let gateway = Gateway::start_following(config.for_gateway()?, keys.clone())
            .await
            .context("the gateway cannot start")?;
        tracing::info!("recorder.starting");
        let recorder = Recorder::start_following(config.for_recorder(near), keys)
            .await
            .context("the recorder cannot start")?;
        Ok(Self { gateway, recorder, scheduler })
    }

    /// The routes of all rooms.
    pub(crate) fn router(&self) -> Router {
        self.gateway.router().merge(self.recorder.router()).merge(self.scheduler.router())
    }

    /// The port that media goes to, UDP and TCP.
    pub(crate) fn media_port(&self) -> u16 {
        self.gateway.media_port()
    }

    /// Where connections that carry media are brought.
    pub(crate) fn link_door(&self) -> gateway::LinkDoor {
        self.gateway.link_door()
    }

    /// The links to click in the demo county.
    pub(crate) fn demo_links(&self, base_url: &str) -> Vec<scheduler::DemoLink> {
        self.scheduler.demo_links(base_url)
    }

    /// The link to set the county up, while nobody is its administrator.
    pub(crate) fn setup_link(&self, base_url: &str) -> Option<String> {
        self.scheduler.setup_link(base_url)
    }

    /// Ends the sessions first, then the recorder once it has heard of that.
    pub(crate) async fn stop_media(self) -> Scheduler {
        self.gateway.stop().await;
        tracing::info!("gateway.stopped");
        self.recorder.stop().await;
        tracing::info!("recorder.stopped");
        self.scheduler
    }
}

impl Open {
    pub(crate) fn new(rooms: Rooms) -> Self {
        Self(Arc::new(RwLock::new(Some(rooms))))
    }

    /// Takes the rooms to stop them; the doors then answer that the program stops.
    pub(crate) fn take(&self) -> Option<Rooms> {
        self.0.write().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Whether every room can serve; if not, a line for each that cannot.
    pub(crate) fn ready(&self) -> Result<(), String> {
        let open = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let Some(rooms) = open.as_ref() else { return Err("stopping\n".to_owned()) };
        let mut faults = String::new();
        for (name, state) in [
            ("gateway", rooms.gateway.ready()),
            ("recorder", rooms.recorder.ready()),
            ("scheduler", rooms.scheduler.ready()),
        ] {
            if let Err(why) = state {
                // Writing to a String does not fail.
                let _ = writeln!(faults, "{name}: {why}");
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    /// The counters of every room and `own` in Prometheus' text form, one document.
    pub(crate) fn metrics(&self, own: &str) -> String {
        let open = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let Some(rooms) = open.as_ref() else { return one_document(&[own.to_owned()]) };
        one_document(&[
            own.to_owned(),
            rooms.gateway.metrics(),
            rooms.recorder.metrics(),
            rooms.scheduler.metrics(),
        ])
    }
}

/// Joins OpenMetrics texts: a document has one end mark.
fn one_document(texts: &[String]) -> String {
    let lines = texts.iter().flat_map(|it| it.lines()).filter(|it| *it != "# EOF");
    lines.chain(["# EOF"]).flat_map(|it| [it, "\n"]).collect()
}

/// Where a room of this process reaches the others: an address that stands for all is no place to connect to.
fn near(http: SocketAddr) -> SocketAddr {
    match http {
        SocketAddr::V4(it) if it.ip().is_unspecified() => {
            SocketAddr::from(([127, 0, 0, 1], it.port()))
        }
        SocketAddr::V6(it) if it.ip().is_unspecified() => {
            SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], it.port()))
        }
        named => named,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_meet_at_an_address_that_can_be_connected_to() {
        for (listening, reached) in [
            ("0.0.0.0:80", "127.0.0.1:80"),
            ("[::]:80", "[::1]:80"),
            ("192.0.2.1:80", "192.0.2.1:80"),
        ] {
            let reached: SocketAddr = reached.parse().unwrap();
            assert_eq!(near(listening.parse().unwrap()), reached);
        }
    }

    #[test]
    fn metrics_of_many_rooms_have_one_end() {
        let texts = ["a 1\n# EOF\n".to_owned(), "b 2\n".to_owned()];
        assert_eq!(one_document(&texts), "a 1\nb 2\n# EOF\n");
    }
}
