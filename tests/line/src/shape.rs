//! What a line is like.

/// One direction of an access link. Parsed from text; see [`crate::ShapeError`] for the words.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shape {
    /// What the server of the queue carries; `None`: nothing ever waits.
    pub bits_per_second: Option<u64>,
    /// How much may wait.
    pub queue: Queue,
    /// Drops what is over a rate, before the queue.
    pub policer: Option<Policer>,
    /// Flight time.
    pub delay_us: u64,
    /// Each packet flies up to this longer, by chance; the order stays.
    pub jitter_us: u64,
    /// Probability that a packet is lost.
    pub loss: f64,
    /// Losses that come together.
    pub burst: Option<Burst>,
    /// Probability that a packet is overtaken by those sent in the next 20 ms.
    pub reorder: f64,
    /// Probability that a packet comes twice.
    pub duplicate: f64,
    /// When nothing passes.
    pub outages: Vec<Outage>,
    /// What is different from a time on.
    pub changes: Vec<Change>,
    /// Other traffic in the same queue.
    pub cross: Vec<Cross>,
}

/// How much may wait for the server: what is over any of these is dropped. One packet may always wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queue {
    /// Bytes that wait.
    pub bytes: u64,
    /// How long the last one waits.
    pub wait_us: u64,
    /// Packets that wait.
    pub packets: u64,
}

impl Default for Queue {
    /// No limit that a test meets, but for the memory of this machine.
    fn default() -> Self {
        Self { bytes: 16 << 20, wait_us: u64::MAX, packets: u64::MAX }
    }
}

/// A token bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policer {
    /// What it lets through in the long run.
    pub bits_per_second: u64,
    /// What it lets through at once.
    pub burst_bytes: u64,
}

/// Losses that come together: Gilbert's and Elliott's two states, drawn at each packet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Burst {
    /// Probability that a burst begins.
    pub enter: f64,
    /// Probability that it ends.
    pub leave: f64,
    /// Probability that a packet in it is lost.
    pub loss: f64,
}

/// A time in which nothing passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outage {
    /// When it begins.
    pub at_us: u64,
    /// How long it is.
    pub length_us: u64,
    /// Whether the queue holds what is sent meanwhile (a radio that stalls), or it is lost (a wire that is cut).
    pub holds: bool,
}

impl Outage {
    pub(crate) const fn covers(&self, now_us: u64) -> bool {
        self.at_us <= now_us && now_us < self.end_us()
    }

    pub(crate) const fn end_us(&self) -> u64 {
        self.at_us.saturating_add(self.length_us)
    }
}

/// Something that is different from a time on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// From when.
    pub at_us: u64,
    /// What is.
    pub setting: Setting,
}

/// One word of a shape; each stands for the field of its name.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(missing_docs, reason = "the fields of the shape say it")]
pub enum Setting {
    Rate(Option<u64>),
    Queue(Queue),
    Policer(Option<Policer>),
    Delay(u64),
    Jitter(u64),
    Loss(f64),
    Burst(Option<Burst>),
    Reorder(f64),
    Duplicate(f64),
}

/// Other traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cross {
    /// What sends.
    pub traffic: Traffic,
    /// When it begins.
    pub at_us: u64,
    /// How long it sends.
    pub length_us: u64,
}

/// What sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Traffic {
    /// Packets of 1200 bytes at this rate, whatever becomes of them.
    Constant {
        /// The rate.
        bits_per_second: u64,
    },
    /// A download without an end, by TCP with CUBIC's window; its acknowledgements are never lost.
    Greedy,
}

impl Shape {
    /// Changes one thing now.
    pub const fn set(&mut self, setting: Setting) {
        match setting {
            Setting::Rate(it) => self.bits_per_second = it,
            Setting::Queue(it) => self.queue = it,
            Setting::Policer(it) => self.policer = it,
            Setting::Delay(it) => self.delay_us = it,
            Setting::Jitter(it) => self.jitter_us = it,
            Setting::Loss(it) => self.loss = it,
            Setting::Burst(it) => self.burst = it,
            Setting::Reorder(it) => self.reorder = it,
            Setting::Duplicate(it) => self.duplicate = it,
        }
    }
}
