//! The links that estimators are tried on.

use crate::Shape;

/// A link: what the way down is like, and its round trip without a queue.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// The way down, as text.
    pub text: String,
    /// Both ways together.
    pub round_trip_ms: u64,
}

impl Link {
    /// A link whose way down is `text`, with half of the round trip each way.
    #[must_use]
    pub fn new(text: &str, round_trip_ms: u64) -> Self {
        Self { text: text.to_owned(), round_trip_ms }
    }

    /// The way down.
    ///
    /// # Errors
    /// If the text is no shape.
    pub fn down(&self) -> Result<Shape, crate::ShapeError> {
        let mut shape: Shape = self.text.parse()?;
        shape.delay_us = self.round_trip_ms * 500;
        Ok(shape)
    }

    /// The way up: the same delay.
    #[must_use]
    pub fn up(&self) -> Shape {
        Shape { delay_us: self.round_trip_ms * 500, ..Shape::default() }
    }
}

/// Links that stay as they are, with a queue of 400 ms: five rates, five losses, three round trips.
#[must_use]
pub fn constant() -> Vec<Link> {
    let mut links = Vec::new();
    for rate in ["50k", "150k", "300k", "1M", "3M"] {
        for loss in [0, 1, 5, 10, 20] {
            for trip_ms in [60, 300, 600] {
                links.push(Link::new(&format!("rate={rate},loss={loss}%,queue=400ms"), trip_ms));
            }
        }
    }
    links
}

/// Links with a queue that is very short or very long, or none: a policer.
#[must_use]
pub fn queues() -> Vec<Link> {
    let texts = [
        ("rate=1M,queue=8p", 60),
        ("rate=1M,queue=8p,loss=5%", 60),
        ("rate=1M,queue=8p", 300),
        ("rate=3M,queue=8p", 60),
        ("rate=1M,queue=1s", 60),
        ("rate=300k,queue=1s,loss=5%", 300),
        ("policer=500k/8kB", 60),
        ("policer=1M/8kB", 300),
        ("policer=500k/8kB,loss=5%", 60),
        ("policer=150k/4kB", 60),
    ];
    texts.map(|(text, trip_ms)| Link::new(text, trip_ms)).to_vec()
}

/// Links that change in the middle of a minute, at 20 s.
#[must_use]
pub fn steps() -> Vec<Link> {
    let texts = [
        ("rate=600k,rate@20s=3M,queue=400ms", 60),
        ("rate=150k,rate@20s=1M,queue=400ms", 600),
        ("rate=3M,rate@20s=600k,queue=2s", 60),
        ("rate=1M,rate@20s=300k,queue=2s", 300),
    ];
    texts.map(|(text, trip_ms)| Link::new(text, trip_ms)).to_vec()
}
