//! Receipts: what each participant really received, every ten seconds, for the scheduler.
//!
//! `flow` and `window` hold what one connection was sent and what its client told to have got (egress and reports write
//! them), `ledger` puts the connections of a participant together, `quality` estimates how its voice was, `receipt` is the
//! event. `outbox` keeps events on disk until the scheduler has them, `snapshot` what would be lost by a sudden end,
//! `spendings` what people have used of their budgets, and `door` is where the scheduler takes events.

mod door;
mod flow;
mod gaps;
mod ledger;
mod outbox;
mod quality;
mod queue;
mod receipt;
mod segment;
mod snapshot;
mod spendings;
#[cfg(feature = "readers")]
mod stage;
mod window;

pub(crate) use door::router;
pub(crate) use flow::{Medium, PacketCount};
pub(crate) use gaps::Gaps;
pub(crate) use ledger::Ledger;
pub(crate) use queue::{Account, Opened, ReceiptSender, ReceiptStore, open};
pub(crate) use receipt::{LineFigures, Owner, Receipt};
#[cfg(feature = "readers")]
pub(crate) use stage::{accounts, file, folder};
pub(crate) use window::{FromClient, Offer, Received};
