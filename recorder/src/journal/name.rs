use super::folder::is_of;
use super::open::session_of;
use archive::tap::RoomOpened;
use std::path::Path;

/// The most takes of one session.
const MOST_TAKES: u32 = 10_000;

/// The ids that takes of a room's session have, one after another.
pub(super) fn ids_of(room: &RoomOpened) -> impl Iterator<Item = String> + use<> {
    let session = safe(session_of(room));
    (1..=MOST_TAKES).map(move |take| format!("{session}-{take}"))
}

/// Whether a recording in `root` begins with this room of its run of the gateway, by the numbers that the room and the
/// record have there.
pub(super) fn has_take(root: &Path, (number, seq): (u32, u64), room: &RoomOpened) -> bool {
    let Ok(entries) = std::fs::read_dir(root) else { return false };
    let is_id = is_id_of(room);
    let takes = entries.flatten().filter(|it| it.file_name().to_str().is_some_and(&is_id));
    takes.map(|it| it.path()).any(|it| is_of(&it, &room.run, (number, seq)))
}

/// Whether a name is one of [`ids_of`] a room's session.
fn is_id_of(room: &RoomOpened) -> impl Fn(&str) -> bool + use<> {
    let session = safe(session_of(room));
    move |name| {
        let number = name.strip_prefix(&session).and_then(|it| it.strip_prefix('-'));
        let take = number.and_then(|it| it.parse().ok()).filter(|it| (1..=MOST_TAKES).contains(it));
        take.is_some_and(|take: u32| number == Some(take.to_string().as_str()))
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_an_id_if_it_is_one_of_those_that_are_given() {
        let room = RoomOpened { session: "a-1".to_owned(), ..RoomOpened::default() };
        let is_id = is_id_of(&room);
        assert!(ids_of(&room).all(|id| is_id(&id)));
        for other in ["a-1", "a-1-", "a-1-0", "a-1-01", "a-1-+1", "a-1-10001", "a-11-1", "b-1-1"] {
            assert!(!is_id(other), "{other}");
        }
    }
}
