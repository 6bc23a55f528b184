//! Which connections are behind one access line.

use std::net::{IpAddr, SocketAddr};

use crate::ids::ConnectionId;
use crate::links::path::Path;

/// What connections behind one line have in common.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) enum LineName {
    /// The site that their tokens name.
    Site(String),
    /// The public address that they come from: what one router stands before.
    Address(IpAddr),
    /// Nothing with any other: this connection alone.
    Alone(ConnectionId),
}

impl LineName {
    /// Of a connection whose token names `site` (empty: none), and which is sent to `address`.
    pub(crate) fn of(id: ConnectionId, site: &str, address: Option<SocketAddr>) -> Self {
        if !site.is_empty() {
            return Self::Site(site.to_owned());
        }
        // A client that comes by TCP or a relay has an address that stands for a path and not for a network.
        let network = address.filter(|address| Path::of(*address).is_none());
        match network.map(|address| address.ip()).filter(public) {
            Some(ip) => Self::Address(ip),
            None => Self::Alone(id),
        }
    }

    /// Whether it names the same line again another day.
    pub(crate) const fn lasts(&self) -> bool {
        !matches!(self, Self::Alone(_))
    }
}

/// Whether an address is given once in the internet: many lines have the same private one.
fn public(ip: &IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let shared = matches!(ip.octets(), [100, 64..=127, ..]);
            !(ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_unspecified()
                || shared)
        }
        IpAddr::V6(ip) => {
            let [first, ..] = ip.segments();
            // Unique local and link-local (RFC 4193, RFC 4291).
            let local = first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfe80;
            !(local || ip.is_loopback() || ip.is_unspecified())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_goes_before_an_address_and_only_public_ones_are_shared() {
        let (first, second) = (ConnectionId(1), ConnectionId(2));
        let at = |ip: &str| Some(SocketAddr::new(ip.parse().unwrap(), 4_000));
        let shares = |site: &str, ip: &str| {
            LineName::of(first, site, at(ip)) == LineName::of(second, site, at(ip))
        };
        assert!(
            shares("clinic", "10.0.0.1") && shares("", "203.0.113.7") && shares("", "2001:db8::1")
        );
        for ip in [
            "127.0.0.1",
            "10.1.1.1",
            "192.168.1.5",
            "172.20.0.1",
            "100.80.1.1",
            "fd00::1",
            "fe80::1",
            "::1",
        ] {
            assert!(!shares("", ip), "{ip}");
        }
        let path = Path { link: 7, peer: 0 }.address();
        assert_eq!(LineName::of(first, "", Some(path)), LineName::Alone(first));
        assert!(!LineName::Alone(first).lasts() && LineName::Site("clinic".to_owned()).lasts());
    }
}
