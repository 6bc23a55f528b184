//! Datagrams that look like something, the same in every run.

/// STUN's constants (RFC 8489, section 5).
const COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];
const FINGERPRINT_XOR: u32 = 0x5354_554e;

pub(crate) struct Hostile {
    state: u64,
    ufrag: String,
    number: u64,
}

impl Hostile {
    /// `ufrag` is one that the gateway knows.
    pub(crate) fn new(seed: u64, ufrag: &str) -> Self {
        Self { state: seed, ufrag: ufrag.to_owned(), number: 0 }
    }

    fn random(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.random() % bound as u64) as usize
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.random() as u8).collect()
    }

    /// The next datagram, at least one byte.
    pub(crate) fn next(&mut self) -> Vec<u8> {
        self.number += 1;
        let mut datagram = match self.number % 8 {
            0 => self.check(true),
            1 => self.check(false),
            2 | 3 => self.client_hello(),
            4 | 5 => self.rtp(),
            6 => self.rtcp(),
            _ => {
                let len = 1 + self.below(1_400);
                self.bytes(len)
            }
        };
        // Every third one is cut.
        if self.number.is_multiple_of(3) {
            let len = 1 + self.below(datagram.len());
            datagram.truncate(len);
        }
        datagram
    }

    /// A check with everything right except the password.
    fn check(&mut self, known: bool) -> Vec<u8> {
        let ufrag = if known { self.ufrag.clone() } else { format!("u{}", self.random() % 1_000) };
        let name = format!("{ufrag}:mine");
        let mut body = vec![0, 6];
        body.extend_from_slice(&(name.len() as u16).to_be_bytes());
        body.extend_from_slice(name.as_bytes());
        body.resize(body.len().next_multiple_of(4), 0);
        body.extend_from_slice(&[0, 0x25, 0, 0, 0, 8, 0, 20]);
        body.extend(self.bytes(20));
        let mut datagram = vec![0, 1];
        datagram.extend_from_slice(&(body.len() as u16 + 8).to_be_bytes());
        datagram.extend_from_slice(&COOKIE);
        datagram.extend(self.bytes(12));
        datagram.extend(body);
        let sum = crc32(&datagram) ^ FINGERPRINT_XOR;
        datagram.extend_from_slice(&[0x80, 0x28, 0, 4]);
        datagram.extend_from_slice(&sum.to_be_bytes());
        datagram
    }

    /// A hello with a cookie, two suites and extensions (RFC 6347, section 4.2.1).
    fn client_hello(&mut self) -> Vec<u8> {
        let mut body = vec![254, 253];
        body.extend(self.bytes(32));
        body.extend_from_slice(&[0, 20]);
        body.extend(self.bytes(20));
        body.extend_from_slice(&[0, 4, 0xc0, 0x2b, 0xc0, 0x2f, 1, 0]);
        let extensions = self.below(300);
        body.extend_from_slice(&(extensions as u16).to_be_bytes());
        body.extend(self.bytes(extensions));
        let [_, a, b, c] = (body.len() as u32).to_be_bytes();
        let handshake = [&[1, a, b, c, 0, 0, 0, 0, 0, a, b, c][..], &body].concat();
        let mut record = vec![22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0];
        record.extend_from_slice(&(handshake.len() as u16).to_be_bytes());
        record.extend(handshake);
        record
    }

    fn rtp(&mut self) -> Vec<u8> {
        let mut packet = vec![0x80 | self.random() as u8 & 0x3f, 96 + self.random() as u8 % 32];
        let len = 10 + self.below(1_200);
        packet.extend(self.bytes(len));
        packet
    }

    fn rtcp(&mut self) -> Vec<u8> {
        let mut packet = vec![0x80 | self.random() as u8 & 0x3f, 200 + self.random() as u8 % 8];
        let words = 1 + self.below(60);
        packet.extend_from_slice(&(words as u16).to_be_bytes());
        packet.extend(self.bytes(4 * words));
        packet
    }
}

/// The check sum of FINGERPRINT (ITU V.42).
fn crc32(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
        }
    }
    !sum
}
