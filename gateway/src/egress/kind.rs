//! What a datagram is sent for, and counts by it.

use std::fmt;

use media::Layer;
use transport::peer::Carries;

/// What a datagram is sent for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum TrafficKind {
    /// A packet of sound, copies of those before it included.
    Sound,
    /// A packet of a picture, by the layer that it was published in; those from the fourth on count as the fourth.
    Picture(Layer),
    /// A packet that is sent again.
    Repair,
    /// A packet without payload, for its number alone.
    Padding,
    /// Pieces of messages of data channels.
    Data,
    /// STUN, DTLS, RTCP, SCTP without data, answers of TURN.
    Control,
}

/// How many kinds are told apart.
pub(crate) const KINDS: usize = 9;

/// Their names, in the order of [`TrafficKind::place`].
pub(crate) const NAMES: [&str; KINDS] = [
    "sound",
    "picture_0",
    "picture_1",
    "picture_2",
    "picture_3",
    "repair",
    "padding",
    "data",
    "control",
];

impl TrafficKind {
    const fn place(self) -> usize {
        match self {
            Self::Sound => 0,
            Self::Picture(Layer(0)) => 1,
            Self::Picture(Layer(1)) => 2,
            Self::Picture(Layer(2)) => 3,
            Self::Picture(Layer(_)) => 4,
            Self::Repair => 5,
            Self::Padding => 6,
            Self::Data => 7,
            Self::Control => 8,
        }
    }
}

impl From<Carries> for TrafficKind {
    fn from(carries: Carries) -> Self {
        match carries {
            Carries::Control => Self::Control,
            Carries::Data => Self::Data,
        }
    }
}

/// Datagrams, and the bytes that they take on the wire: IP, UDP or TCP headers and framing included.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct WireCount {
    pub(crate) datagrams: u64,
    pub(crate) bytes: u64,
}

impl WireCount {
    const fn add(&mut self, datagrams: u64, bytes: u64) {
        self.datagrams = self.datagrams.wrapping_add(datagrams);
        self.bytes = self.bytes.wrapping_add(bytes);
    }

    const fn take_back(&mut self, bytes: u64) {
        self.datagrams = self.datagrams.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes);
    }
}

/// A count for each kind.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Counts([WireCount; KINDS]);

impl Counts {
    /// A datagram of so many bytes on the wire leaves.
    pub(super) fn add(&mut self, kind: TrafficKind, bytes: u64) {
        self.add_all(kind, 1, bytes);
    }

    /// So many datagrams leave that take so many bytes together.
    pub(super) fn add_all(&mut self, kind: TrafficKind, datagrams: u64, bytes: u64) {
        self.0.get_mut(kind.place()).into_iter().for_each(|count| count.add(datagrams, bytes));
    }

    /// It did not leave after all.
    pub(super) fn take_back(&mut self, kind: TrafficKind, bytes: u64) {
        self.0.get_mut(kind.place()).into_iter().for_each(|count| count.take_back(bytes));
    }

    /// In the order of [`NAMES`].
    pub(super) const fn all(&self) -> &[WireCount; KINDS] {
        &self.0
    }

    /// Bytes of all kinds.
    pub(crate) fn bytes(&self) -> u64 {
        self.0.iter().fold(0, |all, count| all.wrapping_add(count.bytes))
    }

    /// What left of one kind.
    pub(crate) fn of(&self, kind: TrafficKind) -> WireCount {
        self.0.get(kind.place()).copied().unwrap_or_default()
    }
}

impl fmt::Display for Counts {
    /// Of each kind that there was: its name, datagrams and bytes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut said = NAMES.iter().zip(&self.0).filter(|(_, count)| count.datagrams > 0);
        said.try_for_each(|(name, count)| write!(f, "{name} {} {} ", count.datagrams, count.bytes))
    }
}
