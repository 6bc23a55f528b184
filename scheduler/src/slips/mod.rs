//! What somebody is told of a session that is to come: in a message, read out, or on a slip of paper.
//!
//! Neither names the title, which may say what a patient has: a phone and a slip pass through other hands.
//!
//! Modules, lowest first: `words` (zh, en), `receipt_printer` (the bytes of slips for an ESC/POS printer).

mod receipt_printer;
mod words;

pub(crate) use receipt_printer::printed;
pub(crate) use words::{Slip, message, subject};
