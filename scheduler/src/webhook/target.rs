use std::fmt;
use std::net::IpAddr;

use reqwest::Url;

use super::addresses::Reach;

/// Longest address of a receiver, bytes.
pub(crate) const URL_BYTES_MAX: usize = 500;

/// Why nothing is sent to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadTarget {
    /// Not an address, or over 500 bytes.
    #[error("not an address")]
    Unreadable,
    /// Not https; http is for a receiver on this machine, where the operator allows that.
    #[error("not https")]
    NotHttps,
    /// A user name or a password stands in it.
    #[error("a user stands in it")]
    HasUser,
    /// Neither 443 (80 for http) nor 1024 to 65535.
    #[error("not a port of receivers")]
    Port,
    /// It leads to this machine, into a private network, or where no receiver is.
    #[error("it leads where nothing is sent")]
    Forbidden,
}

/// The address of a receiver that may be sent to, as far as the address itself says it. Where a name leads is looked at when it
/// is looked up. `Debug` shows the host alone: what follows may be secret.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Target(Url);

impl Target {
    /// Reads and checks an address; `private` says that the operator allows the county's own networks.
    pub(crate) fn read(text: &str, private: bool) -> Result<Self, BadTarget> {
        // What a reader of addresses would drop or turn round in silence is no address.
        let odd = |sign: char| sign.is_control() || sign.is_whitespace() || sign == '\\';
        if text.len() > URL_BYTES_MAX || text.contains(odd) {
            return Err(BadTarget::Unreadable);
        }
        let mut url = Url::parse(text).map_err(|_| BadTarget::Unreadable)?;
        let after = text.split_once("//").map_or("", |(_, after)| after);
        let authority = after.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') || !url.username().is_empty() || url.password().is_some() {
            return Err(BadTarget::HasUser);
        }
        // Numbers of all spellings are plain addresses by now (WHATWG URL, "host parsing").
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(BadTarget::Unreadable)?;
        let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
        let reach = address.map(Reach::of);
        match url.scheme() {
            "https" => {}
            "http" if private && reach == Some(Reach::Loopback) => {}
            _ => return Err(BadTarget::NotHttps),
        }
        let open = match reach {
            Some(reach) => reach.is_open(private),
            None => private || is_worldly(host),
        };
        if !open {
            return Err(BadTarget::Forbidden);
        }
        match url.port() {
            None | Some(1024..) => {}
            Some(_) => return Err(BadTarget::Port),
        }
        url.set_fragment(None);
        Ok(Self(url))
    }

    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str()
    }

    pub(super) fn url(&self) -> Url {
        self.0.clone()
    }

    /// The name of its host; none if it is an address of numbers.
    pub(super) fn name(&self) -> Option<&str> {
        let host = self.0.host_str()?;
        host.trim_matches(['[', ']']).parse::<IpAddr>().is_err().then_some(host)
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Target").field(&self.0.host_str()).finish()
    }
}

/// Whether a name is one of the internet's, and not of a machine or a network (RFC 6761, RFC 6762, RFC 8375, ICANN's `internal`).
fn is_worldly(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let last = host.rsplit_once('.').map(|(_, last)| last);
    let own = ["localhost", "local", "internal", "lan", "home", "corp", "intranet"];
    !host.ends_with(".home.arpa") && last.is_some_and(|last| !own.contains(&last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_judged_in_whatever_spelling() {
        use BadTarget::{Forbidden, HasUser, NotHttps, Port, Unreadable};
        for (text, refused) in [
            ("https://hooks.example.org/a?b=c", None),
            ("https://hooks.example.org:8443/", None),
            ("https://8.8.8.8/", None),
            ("https://[2400:3200::1]/", None),
            ("https://例子.中国/钩", None),
            ("http://hooks.example.org/", Some(NotHttps)),
            ("ftp://hooks.example.org/", Some(NotHttps)),
            ("file:///etc/passwd", Some(Unreadable)),
            ("gopher://127.0.0.1:70/", Some(NotHttps)),
            ("javascript:alert(1)", Some(Unreadable)),
            ("hooks.example.org", Some(Unreadable)),
            ("", Some(Unreadable)),
            ("https://", Some(Unreadable)),
            ("https://hooks.example.org/a b", Some(Unreadable)),
            ("https://hooks.exam\tple.org/", Some(Unreadable)),
            ("https://hooks.example.org\\@127.0.0.1/", Some(Unreadable)),
            ("https://a:b@hooks.example.org/", Some(HasUser)),
            ("https://@hooks.example.org/", Some(HasUser)),
            ("https://hooks.example.org@127.0.0.1/", Some(HasUser)),
            ("https://hooks.example.org:22/", Some(Port)),
            ("https://hooks.example.org:0/", Some(Port)),
            ("https://hooks.example.org:443/", None),
            ("https://hooks.example.org:99999/", Some(Unreadable)),
            ("https://127.0.0.1/", Some(Forbidden)),
            ("https://127.1/", Some(Forbidden)),
            ("https://2130706433/", Some(Forbidden)),
            ("https://0x7f000001/", Some(Forbidden)),
            ("https://0x7f.0.0.1/", Some(Forbidden)),
            ("https://0177.0.0.1/", Some(Forbidden)),
            ("https://017700000001/", Some(Forbidden)),
            ("https://127.0.0.1./", Some(Forbidden)),
            ("https://１２７.０.０.１/", Some(Forbidden)),
            ("https://①②⑦.0.0.1/", Some(Forbidden)),
            ("https://127。0。0。1/", Some(Forbidden)),
            ("https://%31%32%37.0.0.1/", Some(Forbidden)),
            ("https://0/", Some(Forbidden)),
            ("https://10.0.0.1/", Some(Forbidden)),
            ("https://100.64.0.1/", Some(Forbidden)),
            ("https://169.254.169.254/latest/meta-data/", Some(Forbidden)),
            ("https://0xa9fea9fe/", Some(Forbidden)),
            ("https://[::1]/", Some(Forbidden)),
            ("https://[0:0:0:0:0:0:0:1]/", Some(Forbidden)),
            ("https://[::ffff:127.0.0.1]/", Some(Forbidden)),
            ("https://[::ffff:7f00:1]/", Some(Forbidden)),
            ("https://[::127.0.0.1]/", Some(Forbidden)),
            ("https://[64:ff9b::7f00:1]/", Some(Forbidden)),
            ("https://[2002:7f00:1::]/", Some(Forbidden)),
            ("https://[fe80::1]/", Some(Forbidden)),
            ("https://[fe80::1%25eth0]/", Some(Unreadable)),
            ("https://[fd00:ec2::254]/", Some(Forbidden)),
            ("https://localhost/", Some(Forbidden)),
            ("https://LOCALHOST./", Some(Forbidden)),
            ("https://a.localhost/", Some(Forbidden)),
            ("https://printer.local/", Some(Forbidden)),
            ("https://metadata.google.internal/", Some(Forbidden)),
            ("https://router.home.arpa/", Some(Forbidden)),
            ("https://intranet/", Some(Forbidden)),
        ] {
            assert_eq!(Target::read(text, false).err(), refused, "{text}");
        }
        let long = format!("https://a.example.org/{}", "a".repeat(URL_BYTES_MAX));
        assert_eq!(Target::read(&long, false), Err(Unreadable));
    }

    #[test]
    fn no_spelling_of_an_address_is_judged_otherwise() {
        let mut state = 7_u32;
        let mut next = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.rotate_right(11)
        };
        let firsts = [10, 100, 127, 169, 172, 192, 198, 203, 224, 8, 0];
        let mut counts = [0, 0];
        for round in 0..4000 {
            let [_, mut second, third, fourth] = next().to_be_bytes();
            let first = firsts[round % firsts.len()];
            if round % 3 == 0 {
                second = [168, 254, 16, 64, 18][round % 5];
            }
            let address = std::net::Ipv4Addr::new(first, second, third, fourth);
            let number = u32::from(address);
            let low = number & 0xff_ffff;
            let wide: String = address
                .to_string()
                .chars()
                .map(|sign| match sign {
                    '.' => '\u{3002}',
                    digit => char::from_u32(u32::from(digit) - 0x30 + 0xff10).unwrap(),
                })
                .collect();
            let good = Reach::of(address.into()).is_open(false);
            counts[usize::from(good)] += 1;
            for host in [
                format!("{address}"),
                format!("{address}."),
                format!("{number}"),
                format!("0x{number:X}"),
                format!("0{number:o}"),
                format!("{first}.{low}"),
                format!("0x{first:x}.0{second:o}.{third}.0x{fourth:x}"),
                format!("{first}.{second}.{}", number & 0xffff),
                format!("[::ffff:{address}]"),
                format!("[0:0:0:0:0:FFFF:{:x}:{:x}]", number >> 16, number & 0xffff),
                format!("[64:ff9b::{address}]"),
                format!("[2002:{:x}:{:x}::1]", number >> 16, number & 0xffff),
                wide,
            ] {
                let read = Target::read(&format!("https://{host}/"), false);
                assert_eq!(read.is_ok(), good, "{host}: {read:?}");
            }
        }
        assert!(counts.iter().all(|count| *count > 500), "{counts:?}");
    }

    #[test]
    fn with_private_targets_http_goes_to_this_machine_alone() {
        use BadTarget::{Forbidden, NotHttps, Port};
        for (text, refused) in [
            ("http://127.0.0.1:9000/", None),
            ("http://[::1]:9000/", None),
            ("http://2130706433:9000/", None),
            ("http://10.0.0.1:9000/", Some(NotHttps)),
            ("http://localhost:9000/", Some(NotHttps)),
            ("https://10.0.0.1/", None),
            ("https://his/", None),
            ("https://localhost:8443/", None),
            ("https://[::ffff:10.0.0.1]/", None),
            ("https://169.254.169.254/", Some(Forbidden)),
            ("https://100.100.100.200/", Some(Forbidden)),
            ("https://[64:ff9b::a00:1]/", Some(Forbidden)),
            ("https://10.0.0.1:25/", Some(Port)),
        ] {
            assert_eq!(Target::read(text, true).err(), refused, "{text}");
        }
        let target = Target::read("https://hooks.example.org/secret#part", false).unwrap();
        assert_eq!(target.as_str(), "https://hooks.example.org/secret");
        assert_eq!(target.name(), Some("hooks.example.org"));
        assert!(!format!("{target:?}").contains("secret"));
    }
}
