//! The decks on disk, and in which rooms each was shown.
//!
//! `DATA/decks/<deck>/<page>.webp`, `deck.json`, and `rooms/<hash of the room's name>` for every room that it was
//! uploaded in: who is in such a room may see it, and it stays as long as one of them is remembered.

use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The folder of all decks. A clone is the same shelf.
#[derive(Clone, Debug)]
pub(crate) struct Shelf {
    folder: PathBuf,
    /// Held while a deck gets a room or goes away, so that none goes as it is shown anew.
    turn: Arc<Mutex<()>>,
}

impl Shelf {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, turn: Arc::default() }
    }

    /// The folder of all.
    pub(super) fn root(&self) -> &Path {
        &self.folder
    }

    pub(super) fn deck(&self, deck: &str) -> PathBuf {
        self.folder.join(deck)
    }

    /// The image of a page, from 1.
    pub(super) fn page(&self, deck: &str, page: u32) -> PathBuf {
        self.deck(deck).join(format!("{page}.webp"))
    }

    fn room(&self, deck: &str, room: &str) -> PathBuf {
        let hash = Sha256::digest(room.as_bytes());
        let name: String = hash.iter().take(16).map(|it| format!("{it:02x}")).collect();
        self.deck(deck).join("rooms").join(name)
    }

    /// Remembers that a deck is shown in a room; `false` if there is no such deck.
    pub(super) fn show(&self, deck: &str, room: &str) -> io::Result<bool> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.deck(deck).join("deck.json").exists() {
            return Ok(false);
        }
        let mark = self.room(deck, room);
        mark.parent().map_or(Ok(()), std::fs::create_dir_all)?;
        std::fs::write(mark, b"")?;
        Ok(true)
    }

    /// Whether a deck was uploaded in a room.
    pub(crate) fn is_shown_in(&self, deck: &str, room: &str) -> bool {
        self.room(deck, room).exists()
    }

    /// The decks that were uploaded in a room.
    pub(crate) fn shown_in(&self, room: &str) -> io::Result<BTreeSet<String>> {
        let mut found = BTreeSet::new();
        for entry in std::fs::read_dir(&self.folder)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if archive::plan::is_deck_id(&name) && self.is_shown_in(&name, room) {
                found.insert(name);
            }
        }
        Ok(found)
    }

    /// Forgets that a deck was shown in a room. If no other room is remembered, it is moved to `to` in one step; the
    /// answer is whether it was.
    pub(crate) fn release(&self, deck: &str, room: &str, to: &Path) -> io::Result<bool> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        missing_is_fine(std::fs::remove_file(self.room(deck, room)))?;
        let rooms = std::fs::read_dir(self.deck(deck).join("rooms"));
        if rooms.is_ok_and(|mut it| it.next().is_some()) {
            return Ok(false);
        }
        match std::fs::rename(self.deck(deck), to) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// How many bytes these pages are, each counted once; what is not there counts nothing.
    pub(crate) fn bytes(&self, pages: &BTreeSet<(String, u32)>) -> u64 {
        let length = |(deck, page): &(String, u32)| {
            std::fs::metadata(self.page(deck, *page)).map_or(0, |it| it.len())
        };
        pages.iter().map(length).sum()
    }
}

fn missing_is_fine(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::Shelf;

    #[test]
    fn a_deck_stays_as_long_as_a_room_shows_it() {
        let data = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(data.path().join("decks"));
        let deck = "0123456789abcdef";
        assert!(!shelf.show(deck, "a").unwrap(), "there is none yet");
        std::fs::create_dir_all(shelf.deck(deck)).unwrap();
        std::fs::write(shelf.deck(deck).join("deck.json"), b"{}").unwrap();
        std::fs::write(shelf.page(deck, 1), b"12345").unwrap();
        assert!(shelf.show(deck, "a").unwrap() && shelf.show(deck, "../b").unwrap());
        assert!(shelf.is_shown_in(deck, "a") && !shelf.is_shown_in(deck, "c"));
        assert_eq!(shelf.shown_in("../b").unwrap().len(), 1);
        let pages = [(deck.to_owned(), 1), (deck.to_owned(), 2)].into();
        assert_eq!(shelf.bytes(&pages), 5);
        let bin = data.path().join("bin");
        assert!(!shelf.release(deck, "a", &bin).unwrap());
        assert!(!shelf.is_shown_in(deck, "a") && shelf.page(deck, 1).exists());
        assert!(shelf.release(deck, "../b", &bin).unwrap());
        assert!(!shelf.page(deck, 1).exists() && bin.join("1.webp").exists());
        assert!(!shelf.release(deck, "a", &bin).unwrap(), "gone before");
    }
}
