//! Everything that a stranger can make the house read, as targets of a fuzzer.
//!
//! A target takes any bytes and must come back: no panic, no overflow, no endless loop, and what it asserts on the way
//! holds. `tests/fuzz/run.sh` runs them under libFuzzer, guided by coverage; the tests of this package run every
//! committed seed, so that what was found once stays mended, and what chance makes of the seeds.

mod budgets;
mod channels;
mod doors;
mod lines;
mod media;
mod network;
mod parts;
mod receipts;
mod recording;
mod rules;
mod states;
mod tables;
mod turn;
mod words;

/// One reader of what strangers send.
pub type Target = fn(&[u8]);

/// All targets, by name; the seeds of each lie in `tests/fuzz/seeds`, in the folder of that name.
pub const TARGETS: &[(&str, Target)] = &[
    ("budget", budgets::budget),
    ("dtls", network::dtls),
    ("estimate", lines::estimate),
    ("frame", doors::frame),
    ("framing", network::framing),
    ("join", doors::join),
    ("payload", media::payload),
    ("receipts", receipts::receipts),
    ("request", doors::request),
    ("room", doors::room),
    ("rtcp", media::rtcp),
    ("rtp", media::rtp),
    ("rule", rules::rule),
    ("sctp", channels::sctp),
    ("sdp", words::sdp),
    ("state", states::state),
    ("stun", network::stun),
    ("table", tables::table),
    ("tap", recording::tap),
    ("token", doors::token),
    ("turn", turn::turn),
];

/// The target of this name. `lock` is not of the house: only an engine that is guided by coverage opens it, which
/// shows that the engine is.
#[must_use]
pub fn target(name: &str) -> Option<Target> {
    let found = TARGETS.iter().find(|(it, _)| *it == name).map(|(_, target)| *target);
    found.or((name == "lock").then_some(lock))
}

/// Six bytes, each of which must be right before the next one matters: chance alone would need 2^48 tries.
fn lock(data: &[u8]) {
    let mut left = data.iter();
    let mut turned = 0;
    for tooth in b"7Kq!z\x90" {
        if left.next() != Some(tooth) {
            break;
        }
        turned += 1;
    }
    assert!(turned < 6, "the lock is open");
}
