use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// From where an address can be reached, by the special-purpose registries of IANA (RFC 6890 and its successors).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// From anywhere.
    Public,
    /// From this machine alone.
    Loopback,
    /// From the county's own networks.
    Private,
    /// No receiver has it: link-local, multicast, documentation, metadata of clouds, and what is not given to anybody.
    Never,
}

/// Where clouds tell a machine who it is and give it credentials, beside link-local 169.254.169.254: Alibaba, Azure.
const METADATA_V4: [Ipv4Addr; 2] =
    [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(168, 63, 129, 16)];
/// The same of Amazon and Google.
const METADATA_V6: [Ipv6Addr; 2] = [
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
];

impl Reach {
    pub(crate) fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => of_v4(address),
            IpAddr::V6(address) => of_v6(address),
        }
    }

    /// Whether a message may go there; `private` says that the operator allows the county's own networks.
    pub(crate) const fn is_open(self, private: bool) -> bool {
        match self {
            Self::Public => true,
            Self::Loopback | Self::Private => private,
            Self::Never => false,
        }
    }
}

fn of_v4(address: Ipv4Addr) -> Reach {
    if METADATA_V4.contains(&address) {
        return Reach::Never;
    }
    match address.octets() {
        [127, ..] => Reach::Loopback,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => Reach::Private,
        // This network, link-local, protocol assignments, documentation, 6to4 relays, benchmarks, multicast, reserved.
        [0, ..]
        | [169, 254, ..]
        | [192, 0, 0 | 2, _]
        | [192, 88, 99, _]
        | [198, 18..=19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _]
        | [224..=255, ..] => Reach::Never,
        _ => Reach::Public,
    }
}

fn of_v6(address: Ipv6Addr) -> Reach {
    if METADATA_V6.contains(&address) {
        return Reach::Never;
    }
    let inner = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        of_v4(Ipv4Addr::new(a, b, c, d))
    };
    // What leads to an IPv4 address over a translator or a tunnel goes nowhere but where the public can.
    let through = |high: u16, low: u16| match inner(high, low) {
        Reach::Public => Reach::Public,
        _ => Reach::Never,
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] => Reach::Loopback,
        // The same socket as the IPv4 address.
        [0, 0, 0, 0, 0, 0xffff, high, low] => inner(high, low),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => through(high, low),
        // ISATAP: an IPv4 address behind a mark in the interface's part (RFC 5214).
        [_, _, _, _, 0 | 0x200, 0x5efe, high, low] if through(high, low) == Reach::Never => {
            Reach::Never
        }
        [0xfc00..=0xfdff, ..] => Reach::Private,
        // Teredo and other assignments of protocols, documentation.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Reach::Never,
        [0x2000..=0x3fff, ..] => Reach::Public,
        // Unspecified, IPv4-compatible, local NAT64, discard, link-local, site-local, multicast, and what nobody has.
        _ => Reach::Never,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Addresses, plain and wrapped, with how far each reaches.
    const REACHES: &[(&str, Reach)] = &[
        ("8.8.8.8", Reach::Public),
        ("1.1.1.1", Reach::Public),
        ("223.255.255.255", Reach::Public),
        ("127.0.0.1", Reach::Loopback),
        ("127.255.255.254", Reach::Loopback),
        ("10.0.0.1", Reach::Private),
        ("172.15.255.255", Reach::Public),
        ("172.16.0.1", Reach::Private),
        ("172.31.255.255", Reach::Private),
        ("172.32.0.0", Reach::Public),
        ("192.168.1.1", Reach::Private),
        ("100.63.255.255", Reach::Public),
        ("100.64.0.1", Reach::Private),
        ("100.127.255.255", Reach::Private),
        ("100.128.0.0", Reach::Public),
        ("100.100.100.200", Reach::Never),
        ("168.63.129.16", Reach::Never),
        ("0.0.0.0", Reach::Never),
        ("0.1.2.3", Reach::Never),
        ("169.254.169.254", Reach::Never),
        ("192.0.0.192", Reach::Never),
        ("192.0.2.1", Reach::Never),
        ("192.88.99.1", Reach::Never),
        ("198.18.0.1", Reach::Never),
        ("198.19.255.255", Reach::Never),
        ("198.51.100.7", Reach::Never),
        ("203.0.113.7", Reach::Never),
        ("224.0.0.1", Reach::Never),
        ("239.255.255.255", Reach::Never),
        ("240.0.0.1", Reach::Never),
        ("255.255.255.255", Reach::Never),
        ("::", Reach::Never),
        ("::1", Reach::Loopback),
        ("::ffff:127.0.0.1", Reach::Loopback),
        ("::ffff:10.1.2.3", Reach::Private),
        ("::ffff:169.254.169.254", Reach::Never),
        ("::ffff:8.8.8.8", Reach::Public),
        ("::127.0.0.1", Reach::Never),
        ("::8.8.8.8", Reach::Never),
        ("::ffff:0:127.0.0.1", Reach::Never),
        ("64:ff9b::7f00:1", Reach::Never),
        ("64:ff9b::a00:1", Reach::Never),
        ("64:ff9b::a9fe:a9fe", Reach::Never),
        ("64:ff9b::808:808", Reach::Public),
        ("64:ff9b:1::808:808", Reach::Never),
        ("2002:7f00:1::", Reach::Never),
        ("2002:a00:1::1", Reach::Never),
        ("2002:808:808::1", Reach::Public),
        ("2001:db8::1", Reach::Never),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", Reach::Never),
        ("2001:20::1", Reach::Never),
        ("2001:4860:4860::8888", Reach::Public),
        ("2400:3200::1", Reach::Public),
        ("2400:3200::5efe:10.0.0.1", Reach::Never),
        ("2400:3200::5efe:8.8.8.8", Reach::Public),
        ("::5efe:8.8.8.8", Reach::Never),
        ("2400:3200::200:5efe:127.0.0.1", Reach::Never),
        ("3fff::1", Reach::Never),
        ("3fff:1000::1", Reach::Public),
        ("fc00::1", Reach::Private),
        ("fd12:3456::1", Reach::Private),
        ("fd00:ec2::254", Reach::Never),
        ("fd20:ce::254", Reach::Never),
        ("fe80::1", Reach::Never),
        ("fec0::1", Reach::Never),
        ("ff02::1", Reach::Never),
        ("100::1", Reach::Never),
        ("4000::1", Reach::Never),
        ("5f00::1", Reach::Never),
    ];

    #[test]
    fn addresses_are_known_however_they_are_wrapped() {
        for (address, reach) in REACHES {
            assert_eq!(Reach::of(address.parse().unwrap()), *reach, "{address}");
        }
    }

    #[test]
    fn the_operator_opens_the_own_networks_and_nothing_else() {
        let all = [Reach::Public, Reach::Loopback, Reach::Private, Reach::Never];
        assert_eq!(all.map(|reach| reach.is_open(false)), [true, false, false, false]);
        assert_eq!(all.map(|reach| reach.is_open(true)), [true, true, true, false]);
    }
}
