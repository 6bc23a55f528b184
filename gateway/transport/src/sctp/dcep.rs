//! Data Channel Establishment Protocol (RFC 8832): two messages.

/// How a channel delivers (RFC 8832, section 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reliability {
    Full,
    Retransmits(u32),
    Lifetime(u32),
}

/// DATA_CHANNEL_OPEN, without priority and protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ChannelOpen {
    pub(super) unordered: bool,
    pub(super) reliability: Reliability,
    pub(super) label: String,
}

const ACK: u8 = 2;
const OPEN: u8 = 3;
/// DATA_CHANNEL_ACK.
pub(super) const ACK_MESSAGE: [u8; 1] = [ACK];

/// Is this a DATA_CHANNEL_ACK?
pub(super) fn is_ack(b: &[u8]) -> bool {
    b.first() == Some(&ACK)
}

impl ChannelOpen {
    pub(super) fn read(b: &[u8]) -> Option<Self> {
        let (&[OPEN, kind, _, _, r0, r1, r2, r3, l0, l1, _, _], rest) =
            b.split_first_chunk::<12>()?
        else {
            return None;
        };
        let label = rest.get(..usize::from(u16::from_be_bytes([l0, l1])))?;
        let parameter = u32::from_be_bytes([r0, r1, r2, r3]);
        let reliability = match kind & 0x7f {
            0 => Reliability::Full,
            1 => Reliability::Retransmits(parameter),
            2 => Reliability::Lifetime(parameter),
            _ => return None,
        };
        Some(Self {
            unordered: kind & 0x80 != 0,
            reliability,
            label: String::from_utf8_lossy(label).into_owned(),
        })
    }

    /// The message; a label is cut to 65,535 bytes.
    pub(super) fn write(&self) -> Vec<u8> {
        let (kind, parameter) = match self.reliability {
            Reliability::Full => (0, 0),
            Reliability::Retransmits(n) => (1, n),
            Reliability::Lifetime(ms) => (2, ms),
        };
        let label = self.label.as_bytes();
        let len = u16::try_from(label.len()).unwrap_or(u16::MAX);
        let mut b = vec![OPEN, kind | u8::from(self.unordered) << 7, 0, 0];
        b.extend_from_slice(&parameter.to_be_bytes());
        b.extend_from_slice(&len.to_be_bytes());
        b.extend_from_slice(&[0, 0]);
        b.extend(label.iter().take(usize::from(len)));
        b
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(unordered: bool, kind in 0..3, n: u32, label in ".{0,40}") {
            let reliability = match kind {
                0 => Reliability::Full,
                1 => Reliability::Retransmits(n),
                _ => Reliability::Lifetime(n),
            };
            let open = ChannelOpen { unordered, reliability, label };
            prop_assert_eq!(ChannelOpen::read(&open.write()), Some(open));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let _ = ChannelOpen::read(&bytes);
            let _ = is_ack(&bytes);
        }
    }
}
