//! The windows of all connections of each participant, put together.

use std::collections::BTreeMap;

use signalling::ids::ParticipantId;

use super::flow::WINDOW_US;
use super::receipt::{LineFigures, Owner, Receipt};
use super::window::{TOLD_US, Window};

/// Windows that wait for those of other connections of their participants.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    waiting: BTreeMap<(u64, ParticipantId), LedgerEntry>,
}

/// A window of a connection that is not complete, whose it is, and what is known of the line.
pub(crate) type OpenWindow = ((ParticipantId, Owner), Window, Option<LineFigures>);

#[derive(Clone, Debug)]
struct LedgerEntry {
    owner: Owner,
    window: Window,
    line: Option<LineFigures>,
}

impl Ledger {
    /// A window of a connection of this participant, and the figures of its line if they are known.
    pub(crate) fn add(
        &mut self,
        (id, owner): (ParticipantId, &Owner),
        window: Window,
        line: Option<LineFigures>,
    ) {
        match self.waiting.get_mut(&(window.number, id)) {
            Some(entry) => {
                entry.window.join(&window);
                entry.line = entry.line.or(line);
            }
            None => {
                let entry = LedgerEntry { owner: owner.clone(), window, line };
                self.waiting.insert((entry.window.number, id), entry);
            }
        }
    }

    /// The receipts of windows to which nothing can be added any more. `epoch_us` is when the shard began, in microseconds
    /// since 1970.
    pub(crate) fn complete(&mut self, now_us: u64, epoch_us: u64) -> Vec<Receipt> {
        let passed = now_us.saturating_sub(TOLD_US) / WINDOW_US;
        let open = self.waiting.split_off(&(passed, ParticipantId(0)));
        let done = std::mem::replace(&mut self.waiting, open);
        receipts(done, epoch_us)
    }

    /// The receipts of all windows that are not complete, if the gateway were killed now: those that wait here, and those of
    /// connections, `open`, with the owners and the figures of their lines.
    pub(crate) fn open(
        &self,
        open: impl Iterator<Item = OpenWindow>,
        epoch_us: u64,
    ) -> Vec<Receipt> {
        let mut all = self.clone();
        open.for_each(|((id, owner), window, line)| all.add((id, &owner), window, line));
        all.end(epoch_us).into_iter().map(Receipt::interrupted).collect()
    }

    /// All that is left: the shard ends.
    pub(crate) fn end(&mut self, epoch_us: u64) -> Vec<Receipt> {
        receipts(std::mem::take(&mut self.waiting), epoch_us)
    }
}

fn receipts(done: BTreeMap<(u64, ParticipantId), LedgerEntry>, epoch_us: u64) -> Vec<Receipt> {
    let receipt =
        |entry: LedgerEntry| Receipt::of(entry.owner, &entry.window, epoch_us, entry.line);
    done.into_values().map(receipt).collect()
}

#[cfg(test)]
mod tests {
    use session::Mode;

    use super::*;
    use crate::receipts::flow::Medium;
    use crate::receipts::window::{FromClient, Offer, Received};

    const S: u64 = 1_000_000;

    fn owner(number: u64) -> (ParticipantId, Owner) {
        let (room, site) =
            ("01a225fc-02d6-725e-88a6-5c05cd65a090".to_owned(), "a clinic".to_owned());
        (ParticipantId(number), Owner { room, identity: format!("person-{number}"), site })
    }

    /// What a connection received that was there for these seconds, a packet of sound and one of a picture in each.
    fn connection(seconds: std::ops::Range<u64>) -> Received {
        let mut it = Received::default();
        for second in seconds {
            let us = second * S;
            let offers =
                [Medium::Sound, Medium::Picture].map(|medium| Offer { medium, ..Offer::default() });
            it.look(us, (Mode::Full, &offers), FromClient::default());
            it.told(us, Some(120));
            it.wire(1_400);
            it.sent(us, Medium::Sound, true);
            it.sent(us, Medium::Picture, true);
            it.came(us, Medium::Sound, 0, 123);
            it.came(us, Medium::Picture, 2, 1_234);
        }
        it
    }

    fn json(receipt: &Receipt) -> serde_json::Value {
        serde_json::from_str(&serde_json::to_string(receipt).unwrap()).unwrap()
    }

    #[test]
    fn connections_of_one_participant_make_one_receipt_of_each_window() {
        let mut ledger = Ledger::default();
        let (id, own) = owner(7);
        // A path that was given up, the one after it, and one on which the participant only sends.
        connection(3..5).end(5 * S).for_each(|it| ledger.add((id, &own), it, None));
        connection(6..14).end(14 * S).for_each(|it| ledger.add((id, &own), it, None));
        let mut sends = Received::default();
        let look =
            |sends: &mut Received, us| sends.look(us, (Mode::Full, &[]), FromClient::default());
        (1..14).for_each(|second| look(&mut sends, second * S));
        sends.end(14 * S).for_each(|it| ledger.add((id, &own), it, None));
        assert_eq!(ledger.complete(14 * S - 1, 0), []);
        let first = ledger.complete(14 * S, 1_700_000_000 * S);
        let [first] = &first[..] else { panic!("{first:?}") };
        let first = json(first);
        assert_eq!(
            (&first["fromMs"], &first["toMs"]),
            (&1_700_000_001_000_u64.into(), &1_700_000_010_000_u64.into())
        );
        assert_eq!(
            (&first["sound"]["receivedS"], &first["sound"]["packets"]),
            (&6.into(), &6.into()),
            "{first}"
        );
        assert_eq!(first["picture"]["layerBytes"], serde_json::json!([0, 0, 6 * 1_234]));
        assert_eq!(ledger.end(0).len(), 1);
        assert!(ledger.waiting.is_empty());
    }

    #[test]
    fn a_receipt_takes_less_than_a_kilobyte() {
        let mut ledger = Ledger::default();
        let line =
            LineFigures { bits_per_second: 123_456_789, loss_percent: 12.34, round_trip_ms: 1_234 };
        for number in 0..1_000 {
            let (id, own) = owner(number);
            connection(0..10).end(10 * S).for_each(|it| ledger.add((id, &own), it, Some(line)));
        }
        let receipts = ledger.complete(14 * S, u64::MAX / 2);
        let bytes: usize = receipts.iter().map(|it| serde_json::to_string(it).unwrap().len()).sum();
        assert_eq!(receipts.len(), 1_000);
        assert!((300..600).contains(&(bytes / 1_000)), "{} bytes each", bytes / 1_000);
    }
}
