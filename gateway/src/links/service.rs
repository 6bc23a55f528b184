//! The TURN service: what all its clients share, and what clients are told of it.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use session::{Keys, Purpose};
use transport::dtls::Identity;
use transport::turn::{self, At, Outcome, Secret, Terms};

use super::path::Path;
use super::permits::{Permit, Permits};
use crate::clock::unix_s;
use crate::config::Config;
use crate::metrics::Metrics;

/// Addresses of ours of which clients are told the TURN service; each costs every client a try.
const TOLD: usize = 2;

/// One client's allocation, which holds a place of its user.
pub(crate) type TurnAllocation = turn::Relay<Permit<String>>;

/// A TURN server as one participant is told of it, with credentials of its own.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct IceServer {
    /// Where it is (RFC 7065).
    pub(crate) urls: Vec<String>,
    pub(crate) username: String,
    pub(crate) credential: String,
}

/// What all clients of the TURN service share.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) terms: Terms,
    permits: Arc<Permits<String>>,
    metrics: Metrics,
    urls: Vec<String>,
    credentials_s: u64,
    last: AtomicU64,
}

impl Service {
    /// For a media port that clients are told by this number.
    pub(crate) fn new(
        config: &Config,
        port: u16,
        keys: &Keys,
        identity: Arc<Identity>,
        metrics: Metrics,
    ) -> Self {
        let peers = config.media_ip.iter().map(|ip| SocketAddr::new(*ip, port)).collect();
        let (all, each) = (config.relays_max, config.relays_per_participant_max);
        Self {
            terms: Terms {
                secret: Secret::derive(keys.key(Purpose::Turn).secret()),
                peers,
                identity,
            },
            permits: Permits::new(all, each, metrics.relays.clone()),
            metrics,
            urls: urls(config, port),
            credentials_s: config.turn_credentials_s,
            last: AtomicU64::new(0),
        }
    }

    /// A number for a link, given once.
    pub(crate) fn number(&self) -> u64 {
        self.last.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Takes one message of a client, whose link has this number, and counts what is not done.
    pub(crate) fn handle(
        &self,
        client: &mut TurnAllocation,
        number: u64,
        (now, from): (Instant, SocketAddr),
        bytes: &[u8],
    ) -> Outcome {
        let port = Path { link: number, peer: 0 }.port();
        let at = At { now, unix_s: unix_s(), client: from, port };
        // A user is a participant, however often it was given credentials.
        let who = |user: &str| user.split_once(':').map_or(user, |(_, who)| who).to_owned();
        let outcome = client.handle(&self.terms, &at, bytes, |user| self.permits.take(who(user)));
        match &outcome {
            Outcome::Dropped => self.metrics.drop_one("turn_unreadable"),
            Outcome::Refused(why, _) => self.count(why.0),
            Outcome::Reply(_) | Outcome::Datagram(..) => {}
        }
        outcome
    }

    fn count(&self, code: u16) {
        self.metrics.drop_one(match code {
            // How every conversation begins, and how it goes on after a while.
            401 | 438 => "turn_challenged",
            403 => "turn_forbidden",
            486 => "turn_quota",
            _ => "turn_refused",
        });
    }

    /// A datagram for a client was left out: it may not be sent there.
    pub(crate) fn unpermitted(&self) {
        self.metrics.drop_one("turn_unpermitted");
    }

    /// More challenges were asked for than are given.
    pub(crate) fn too_many(&self) {
        self.metrics.drop_one("turn_pace");
    }

    /// The service as a participant is told of it, with credentials of its own.
    pub(crate) fn told(&self, who: &str) -> Vec<IceServer> {
        let login = self.terms.secret.mint(who, unix_s().saturating_add(self.credentials_s));
        let (username, credential) = (login.username, login.password);
        vec![IceServer { urls: self.urls.clone(), username, credential }]
    }
}

/// RFC 7065. UDP first: clients try them all, and take the best that works. By UDP it is never at the media port:
/// see `relays`.
fn urls(config: &Config, port: u16) -> Vec<String> {
    let host = |ip: &IpAddr| match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    };
    let plain = |port: u16, carrier: &str| -> Vec<String> {
        let hosts = config.media_ip.iter().take(TOLD).map(host);
        hosts.map(|host| format!("turn:{host}:{port}?transport={carrier}")).collect()
    };
    let secure = config.edge_port.map(|port| {
        let named = config.edge_name.clone();
        let host = named.or_else(|| config.media_ip.first().map(host)).unwrap_or_default();
        format!("turns:{host}:{port}?transport=tcp")
    });
    let mut urls = config.edge_port.map(|edge| plain(edge, "udp")).unwrap_or_default();
    urls.extend(plain(port, "tcp"));
    urls.extend(secure);
    urls
}
