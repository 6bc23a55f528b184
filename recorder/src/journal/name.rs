use super::open::session_of;
use archive::tap::RoomOpened;

/// The most takes of one session.
const MOST_TAKES: u32 = 10_000;

/// The ids that takes of a room's session have, one after another.
pub(super) fn ids_of(room: &RoomOpened) -> impl Iterator<Item = String> + use<> {
    let session = safe(session_of(room));
    (1..=MOST_TAKES).map(move |take| format!("{session}-{take}"))
}

/// A session's id as part of a folder's name; what has other letters is named by its hash.
fn safe(session: &str) -> String {
    let plain = |it: u8| it.is_ascii_alphanumeric() || it == b'-' || it == b'_';
    if (1..=64).contains(&session.len()) && session.bytes().all(plain) {
        return session.to_owned();
    }
    let mut sealer = archive::journal::Sealer::default();
    sealer.update(session.as_bytes());
    let hash = sealer.seal(0, "").sha256;
    format!("room-{}", hash.get(..16).unwrap_or_default())
}
