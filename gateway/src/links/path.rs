//! Addresses that stand for ways to a client which are no UDP addresses.

use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6};

/// The discard prefix (RFC 6666): no packet on any network comes from there.
const PREFIX: [u16; 4] = [0x0100, 0, 0, 0];
/// Ports below are for services.
const FIRST_PORT: u64 = 1_024;

/// One way to a client: a link, and the address of ours that the client speaks to on it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Path {
    /// The link; numbers are given once, of 48 bits.
    pub(crate) link: u64,
    /// Which of the gateway's addresses, in the order of the configuration.
    pub(crate) peer: u16,
}

impl Path {
    /// The address by which tables know the path.
    pub(crate) fn address(self) -> SocketAddr {
        let [a, b, c, d] = PREFIX;
        let word = |shift: u32| (self.link >> shift) as u16;
        let ip = Ipv6Addr::new(a, b, c, d, word(32), word(16), word(0), self.peer);
        SocketAddr::V6(SocketAddrV6::new(ip, self.port(), 0, 0))
    }

    /// A port that differs for links at the same time, as far as ports can.
    pub(crate) fn port(self) -> u16 {
        let spread = u64::from(u16::MAX) - FIRST_PORT + 1;
        u16::try_from(FIRST_PORT + self.link % spread).unwrap_or(u16::MAX)
    }

    /// The path that an address stands for, `None` for an address of a network.
    pub(crate) fn of(address: SocketAddr) -> Option<Self> {
        let IpAddr::V6(ip) = address.ip() else { return None };
        match ip.segments() {
            [a, b, c, d, high, middle, low, peer] if [a, b, c, d] == PREFIX => {
                let words = [high, middle, low].map(u64::from);
                Some(Self { link: words.iter().fold(0, |link, word| link << 16 | word), peer })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_address_stands_for_its_path(link in 0u64..1 << 48, peer in any::<u16>()) {
            let path = Path { link, peer };
            prop_assert_eq!(Path::of(path.address()), Some(path));
            prop_assert!(path.address().port() >= 1_024);
        }
    }

    #[test]
    fn addresses_of_networks_are_no_paths() {
        for address in ["192.0.2.1:9", "[::ffff:192.0.2.1]:9", "[2001:db8::1]:9", "[100:0:0:1::]:9"]
        {
            assert_eq!(Path::of(address.parse().unwrap()), None, "{address}");
        }
    }
}
