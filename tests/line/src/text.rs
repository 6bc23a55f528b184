//! A shape as text.

use core::str::FromStr;

use crate::shape::{Burst, Change, Cross, Outage, Policer, Queue, Setting, Shape, Traffic};

/// A shape that cannot be read: what is wrong, in which word, and how it is written.
///
/// Words stand between commas, each `name=value`, or `name@time=value` for what is different from a time on:
///
/// | word | what it is |
/// |---|---|
/// | `rate=600k` | bits a second: a number, `k` or `M` behind it, or `none` |
/// | `queue=400ms`, `queue=30kB`, `queue=8p` | what may wait: time, bytes, packets; may be said several times |
/// | `policer=500k/20kB` | rate, and bytes at once, or `none` |
/// | `delay=75ms`, `jitter=10ms` | `us`, `ms` or `s` behind a number |
/// | `loss=5%`, `reorder=1%`, `dup=1%` | probability in percent |
/// | `burst=1%/30%/80%` | enter, leave, loss inside (Gilbert-Elliott), or `none` |
/// | `outage=20s+3s`, `stall=20s+3s` | when, and how long; what is sent is lost, or waits |
/// | `cross=200k`, `cross=tcp`, `cross=tcp@10s+30s` | other traffic: a steady stream or a download; when, and how long |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShapeError {
    word: String,
    wants: &'static str,
}

impl std::fmt::Display for ShapeError {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "`{}` is no part of a line: write {}", self.word, self.wants)
    }
}

impl std::error::Error for ShapeError {}

impl FromStr for Shape {
    type Err = ShapeError;

    fn from_str(text: &str) -> Result<Self, ShapeError> {
        let mut shape = Self::default();
        for word in text.split(',').map(str::trim).filter(|it| !it.is_empty()) {
            take(&mut shape, word).map_err(|wants| ShapeError { word: word.to_owned(), wants })?;
        }
        Ok(shape)
    }
}

/// What was wanted instead.
type Wants = &'static str;

fn take(shape: &mut Shape, word: &str) -> Result<(), Wants> {
    let (name, value) = word.split_once('=').ok_or("name=value, such as delay=75ms")?;
    let (name, at) = name.split_once('@').map_or((name, None), |(name, at)| (name, Some(at)));
    match (name, at) {
        ("outage" | "stall", None) => {
            let (at_us, length_us) = span(value)?;
            shape.outages.push(Outage { at_us, length_us, holds: name == "stall" });
        }
        ("cross", None) => shape.cross.push(cross(value)?),
        (_, None) => {
            let setting = setting(name, value, shape.queue)?;
            shape.set(setting);
        }
        (_, Some(at)) => {
            let setting = setting(name, value, Queue::default())?;
            shape.changes.push(Change { at_us: time_us(at)?, setting });
        }
    }
    Ok(())
}

fn setting(name: &str, value: &str, so_far: Queue) -> Result<Setting, Wants> {
    let some = Some(value).filter(|it| *it != "none");
    Ok(match name {
        "rate" => Setting::Rate(some.map(rate).transpose()?),
        "queue" => Setting::Queue(queue(value, so_far)?),
        "policer" => Setting::Policer(some.map(policer).transpose()?),
        "delay" => Setting::Delay(time_us(value)?),
        "jitter" => Setting::Jitter(time_us(value)?),
        "loss" => Setting::Loss(percent(value)?),
        "burst" => Setting::Burst(some.map(burst).transpose()?),
        "reorder" => Setting::Reorder(percent(value)?),
        "dup" => Setting::Duplicate(percent(value)?),
        _ => {
            return Err(
                "rate, queue, policer, delay, jitter, loss, burst, reorder, dup, outage, stall or cross",
            );
        }
    })
}

fn rate(text: &str) -> Result<u64, Wants> {
    let wants = "bits a second, such as 600k or 1.5M";
    let (digits, unit) = match (text.strip_suffix('k'), text.strip_suffix('M')) {
        (Some(digits), _) => (digits, 1e3),
        (_, Some(digits)) => (digits, 1e6),
        _ => (text, 1.0),
    };
    scaled(digits, unit).ok_or(wants)
}

fn time_us(text: &str) -> Result<u64, Wants> {
    let units = [("us", 1.0), ("ms", 1e3), ("s", 1e6)];
    let read = |(unit, us)| text.strip_suffix(unit).and_then(|digits| scaled(digits, us));
    units.into_iter().find_map(read).ok_or("a time, such as 75ms or 3s")
}

fn bytes(text: &str) -> Result<u64, Wants> {
    let units = [("kB", 1e3), ("MB", 1e6), ("B", 1.0)];
    let read = |(unit, bytes)| text.strip_suffix(unit).and_then(|digits| scaled(digits, bytes));
    units.into_iter().find_map(read).ok_or("bytes, such as 30kB")
}

fn percent(text: &str) -> Result<f64, Wants> {
    let digits = text.strip_suffix('%').and_then(|it| it.parse::<f64>().ok());
    let within = digits.filter(|it| (0.0..=100.0).contains(it));
    within.map(|it| it / 100.0).ok_or("a probability, such as 5%")
}

fn queue(text: &str, so_far: Queue) -> Result<Queue, Wants> {
    if let Some(packets) = text.strip_suffix('p').and_then(|it| it.parse().ok()) {
        return Ok(Queue { packets, ..so_far });
    }
    let timed = time_us(text).map(|wait_us| Queue { wait_us, ..so_far });
    timed
        .or_else(|_| bytes(text).map(|bytes| Queue { bytes, ..so_far }))
        .map_err(|_| "a time, bytes or packets, such as 400ms, 30kB or 8p")
}

fn policer(text: &str) -> Result<Policer, Wants> {
    let (rated, burst) = text.split_once('/').ok_or("a rate and bytes, such as 500k/20kB")?;
    Ok(Policer { bits_per_second: rate(rated)?, burst_bytes: bytes(burst)? })
}

fn burst(text: &str) -> Result<Burst, Wants> {
    let mut parts = text.split('/').map(percent);
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(enter), Some(leave), Some(loss), None) => {
            Ok(Burst { enter: enter?, leave: leave?, loss: loss? })
        }
        _ => Err("three probabilities: enter, leave, loss inside, such as 1%/30%/80%"),
    }
}

fn span(text: &str) -> Result<(u64, u64), Wants> {
    let (at, length) = text.split_once('+').ok_or("when and how long, such as 20s+3s")?;
    Ok((time_us(at)?, time_us(length)?))
}

fn cross(text: &str) -> Result<Cross, Wants> {
    let (what, when) = text.split_once('@').map_or((text, None), |(what, at)| (what, Some(at)));
    let traffic = match what {
        "tcp" => Traffic::Greedy,
        _ => Traffic::Constant { bits_per_second: rate(what)? },
    };
    let (at_us, length_us) = match when {
        None => (0, u64::MAX),
        Some(when) if when.contains('+') => span(when)?,
        Some(when) => (time_us(when)?, u64::MAX),
    };
    Ok(Cross { traffic, at_us, length_us })
}

/// A number of `unit`s, up to a million million.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within its bounds")]
fn scaled(digits: &str, unit: f64) -> Option<u64> {
    let scaled = digits.parse::<f64>().ok()? * unit;
    (0.0..=1e12).contains(&scaled).then_some(scaled as u64)
}
