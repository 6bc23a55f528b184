//! Takes the tap, keeps the journal, assembles and serves the replay; keeps slide decks.
