//! What carries datagrams to a client, and what that adds to each of them on the wire.

use std::net::IpAddr;

use transport::framing::Framing;

/// IPv4 (RFC 791) and IPv6 (RFC 8200), UDP (RFC 768) and TCP (RFC 9293), all without options.
const IPV4: usize = 20;
const IPV6: usize = 40;
const UDP: usize = 8;
const TCP: usize = 20;
/// A TLS 1.3 record: its header, the type of its content and the tag (RFC 8446, section 5.2).
const TLS: usize = 5 + 1 + 16;
/// The length before each datagram (RFC 4571, section 2), and the header of ChannelData (RFC 8656, section 12.4).
const LENGTH: usize = 2;
const CHANNEL: usize = 4;

/// What became of datagrams that were to be sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum SendOutcome {
    /// They are on their way.
    Taken,
    /// The system did not take them.
    Refused,
    /// A slow or ended link left them out, and has counted them.
    LeftOut,
}

/// What headers and framing add to each datagram that is sent this way.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Overhead {
    /// Bytes added to each, IP header included.
    added: usize,
    /// Each is filled up to whole words of 32 bits.
    whole_words: bool,
}

impl Overhead {
    /// Straight by UDP.
    pub(crate) const fn udp(client: IpAddr) -> Self {
        Self { added: ip(client) + UDP, whole_words: false }
    }

    /// By a TCP connection. Each datagram is taken for a segment and a TLS record of its own: what leaves together
    /// takes less.
    pub(crate) const fn tcp(client: IpAddr, tls: bool, framing: Framing) -> Self {
        let headers = segment(client, tls);
        match framing {
            Framing::Length => Self { added: headers + LENGTH, whole_words: false },
            // Clients bind a channel before media flows; an indication would be 32 bytes longer.
            Framing::Turn => Self { added: headers + CHANNEL, whole_words: true },
        }
    }

    /// In messages of TURN by UDP, which add so many bytes to datagrams that may be filled up to whole words.
    pub(crate) const fn turn(client: IpAddr, (added, whole_words): (usize, bool)) -> Self {
        Self { added: ip(client) + UDP + added, whole_words }
    }

    /// What a datagram of so many bytes takes on the wire.
    pub(crate) const fn bytes(self, datagram: usize) -> usize {
        let datagram = if self.whole_words { datagram.next_multiple_of(4) } else { datagram };
        self.added + datagram
    }
}

/// What a TCP segment takes beside its contents.
pub(crate) const fn segment(client: IpAddr, tls: bool) -> usize {
    ip(client) + TCP + if tls { TLS } else { 0 }
}

const fn ip(client: IpAddr) -> usize {
    match client {
        IpAddr::V4(_) => IPV4,
        // An IPv4 client of a socket that is bound for both.
        IpAddr::V6(ip) if ip.to_ipv4_mapped().is_some() => IPV4,
        IpAddr::V6(_) => IPV6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::BytesMut;

    #[test]
    fn headers_are_those_of_the_clients_family() {
        let bytes = |ip: &str| Overhead::udp(ip.parse().unwrap()).bytes(100);
        assert_eq!([bytes("192.0.2.1"), bytes("::ffff:192.0.2.1")], [128, 128]);
        assert_eq!(bytes("2001:db8::1"), 148);
    }

    #[test]
    fn framing_is_counted_as_it_is_written() {
        let ip: IpAddr = "192.0.2.1".parse().unwrap();
        for len in 1..20 {
            let (mut framed, datagram) = (BytesMut::new(), vec![7; len]);
            Framing::Length.put(&datagram, &mut framed);
            assert_eq!(Overhead::tcp(ip, false, Framing::Length).bytes(len), 40 + framed.len());
            assert_eq!(Overhead::tcp(ip, true, Framing::Length).bytes(len), 62 + framed.len());
            let (mut framed, channel) = (BytesMut::new(), vec![7; 4 + len]);
            Framing::Turn.put(&channel, &mut framed);
            assert_eq!(Overhead::tcp(ip, false, Framing::Turn).bytes(len), 40 + framed.len());
        }
        assert_eq!(Overhead::turn(ip, (36, true)).bytes(5), 28 + 36 + 8);
    }
}
