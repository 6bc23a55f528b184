//! The page about LiveKit's protocol names every message that the protocol has.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::path::Path;

use livekit_protocol::{SignalRequest, SignalResponse};
use prost::Message;

const STATES: [&str; 4] = ["done", "taken", "refused", "missing"];
const CALLS: [&str; 14] = [
    "CreateRoom",
    "ListRooms",
    "DeleteRoom",
    "ListParticipants",
    "GetParticipant",
    "RemoveParticipant",
    "MutePublishedTrack",
    "UpdateParticipant",
    "UpdateSubscriptions",
    "SendData",
    "UpdateRoomMetadata",
    "ForwardParticipant",
    "MoveParticipant",
    "PerformRpc",
];

/// Every variant of a message that is one of many: each field number is tried, as a message and as
/// a number.
fn variants<M: Message + Default, V: Debug>(of: impl Fn(M) -> Option<V>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for field in 1_u32..500 {
        for wire in [0, 2] {
            let mut bytes = vec![];
            prost::encoding::encode_varint(u64::from(field << 3 | wire), &mut bytes);
            bytes.push(0);
            let Some(variant) = M::decode(&bytes[..]).ok().and_then(&of) else { continue };
            let text = format!("{variant:?}");
            found.insert(text.split('(').next().unwrap().to_owned());
        }
    }
    found
}

/// The rows of each table: the name in the first column and the state behind it.
fn tables() -> Vec<BTreeMap<String, String>> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/livekit-protocol.md");
    let text = std::fs::read_to_string(page).unwrap();
    let rows = |section: &str| {
        let rows = section.lines().filter(|line| line.starts_with("| `"));
        let row = |line: &str| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let state = cells.iter().skip(1).find(|it| STATES.contains(it));
            let state = state.unwrap_or_else(|| panic!("no state: {line}"));
            assert!(*state == "done" || !cells.last().unwrap().is_empty(), "no reason: {line}");
            (cells.first().unwrap().trim_matches('`').to_owned(), (*state).to_owned())
        };
        rows.map(row).collect()
    };
    // A section without a table is prose.
    let tables = text.split("\n## ").skip(1).map(rows);
    tables.filter(|rows: &BTreeMap<_, _>| !rows.is_empty()).collect()
}

#[test]
fn every_message_and_call_is_named_once_and_no_other() {
    let requests = variants(|it: SignalRequest| it.message);
    let responses = variants(|it: SignalResponse| it.message);
    assert!(requests.contains("Ping") && requests.contains("Offer"), "{requests:?}");
    let calls = CALLS.map(str::to_owned).into();
    let named = tables().into_iter().map(|rows| rows.into_keys().collect());
    let named: Vec<BTreeSet<String>> = named.collect();
    assert_eq!(named, [requests, responses, calls]);
}
