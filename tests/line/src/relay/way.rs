//! One way through the relay: a line, and those that it was before while something is on the way in them.

use line::{Line, Shape};

/// Lines that something is still on the way in, at most; older ones lose it.
const LINES_MAX: usize = 4;

#[derive(Debug)]
pub(crate) struct Way {
    /// The newest last.
    lines: Vec<Span>,
    seed: u64,
    shapes: u64,
    totals: Totals,
}

/// A line, and when its time began.
#[derive(Debug)]
struct Span {
    began_us: u64,
    line: Line<Vec<u8>>,
}

/// What went in and came out, since the beginning.
#[derive(Debug, Default)]
struct Totals {
    sent: u64,
    sent_bytes: u64,
    delivered: u64,
    delivered_bytes: u64,
    /// Time in the queue of those that were delivered.
    queued_us: u64,
    queued_max_us: u64,
    /// How much later than the line says they were sent on: this machine's part.
    late_us: u64,
    late_max_us: u64,
}

impl Way {
    pub(crate) fn new(shape: Shape, seed: u64) -> Self {
        let line = Line::new(shape, seed);
        let lines = vec![Span { began_us: 0, line }];
        Self { lines, seed, shapes: 0, totals: Totals::default() }
    }

    /// From now on the way is like this; what is on it goes on as it was.
    pub(crate) fn becomes(&mut self, now_us: u64, shape: Shape) {
        self.shapes += 1;
        let line = Line::new(shape, self.seed.wrapping_add(self.shapes));
        self.lines.retain(|it| it.line.next_us().is_some());
        if self.lines.len() == LINES_MAX {
            self.lines.remove(0);
        }
        self.lines.push(Span { began_us: now_us, line });
    }

    pub(crate) fn send(&mut self, now_us: u64, flow: u32, bytes: u32, datagram: Vec<u8>) {
        self.totals.sent += 1;
        self.totals.sent_bytes += u64::from(bytes);
        if let Some(Span { began_us, line }) = self.lines.last_mut() {
            line.send(now_us.saturating_sub(*began_us), flow, bytes, datagram);
        }
    }

    /// When something happens next.
    pub(crate) fn next_us(&self) -> Option<u64> {
        let next = |it: &Span| it.line.next_us().map(|at_us| at_us.saturating_add(it.began_us));
        self.lines.iter().filter_map(next).min()
    }

    /// The next datagram that is through by now, with its flow.
    pub(crate) fn take(&mut self, now_us: u64) -> Option<(u32, Vec<u8>)> {
        let taken = |it: &mut Span| {
            let arrival = it.line.take(now_us.saturating_sub(it.began_us))?;
            Some((it.began_us, arrival))
        };
        let (began_us, arrival) = self.lines.iter_mut().find_map(taken)?;
        let late_us = now_us.saturating_sub(began_us.saturating_add(arrival.at_us));
        self.totals.late_us += late_us;
        self.totals.late_max_us = self.totals.late_max_us.max(late_us);
        self.totals.delivered += 1;
        self.totals.delivered_bytes += u64::from(arrival.bytes);
        self.totals.queued_us += arrival.queued_us;
        self.totals.queued_max_us = self.totals.queued_max_us.max(arrival.queued_us);
        Some((arrival.flow, arrival.payload))
    }

    /// As JSON.
    pub(crate) fn counts(&self) -> String {
        let it = &self.totals;
        let told = [
            ("sent", it.sent),
            ("sent_bytes", it.sent_bytes),
            ("delivered", it.delivered),
            ("delivered_bytes", it.delivered_bytes),
            ("queued_us", it.queued_us),
            ("queued_max_us", it.queued_max_us),
            ("late_us", it.late_us),
            ("late_max_us", it.late_max_us),
        ];
        let told: Vec<String> =
            told.iter().map(|(name, count)| format!(r#""{name}":{count}"#)).collect();
        format!("{{{}}}", told.join(","))
    }
}
