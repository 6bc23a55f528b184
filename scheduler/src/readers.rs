//! What another room may have sent, for the fuzz targets (`tests/fuzz`). No part of what the scheduler offers.

use crate::receipt::{Batch, ReceivedSums};
use crate::register::{Outcome, Register, Rules, plan, sheet};

/// Reads an answer of the gateway's outbox and sums it up, person by person as they come: how many receipts there are, and
/// whether the sums, which are kept as text, read as they were. `None` if it is no such answer.
#[must_use]
pub fn batch(bytes: &[u8]) -> Option<(usize, bool)> {
    let batch: Batch = serde_json::from_slice(bytes).ok()?;
    let mut sums = ReceivedSums::default();
    let mut same = true;
    let mut last = None;
    for (number, receipt) in batch.numbered() {
        same &= last.is_none_or(|last| last < number);
        last = Some(number);
        sums.add(receipt);
        let text = serde_json::to_string(&sums).ok()?;
        let read: Option<ReceivedSums> = serde_json::from_str(&text).ok();
        same &= read.as_ref() == Some(&sums);
        let told = [sums.loss_percent(), sums.opinion()];
        same &= told.into_iter().flatten().all(f64::is_finite);
    }
    Some((batch.receipts.len(), same))
}

/// Reads a table of the register and carries it out twice on an empty one: how many lines it has, and whether the second
/// time makes nothing. `None` if it is no table, or if a line of it is at fault.
#[must_use]
pub fn table(bytes: &[u8]) -> Option<(usize, bool)> {
    let rules = Rules { by: Some("a"), entries_max: 50 };
    let mut made = 0_u32;
    let mut new_id = || {
        made += 1;
        format!("made-{made}")
    };
    let mut register = Register::default();
    let first = plan(&register, sheet::read(bytes).ok()?.lines, rules, &mut new_id);
    if !first.is_good() {
        return None;
    }
    for entry in first.writes() {
        register.put(entry.clone());
    }
    let second = plan(&register, sheet::read(bytes).ok()?.lines, rules, &mut new_id);
    let again = second.lines.iter().any(|(_, outcome)| matches!(outcome, Outcome::Made(_)));
    Some((first.lines.len(), !again))
}
