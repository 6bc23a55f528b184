//! What the whole house must do, and what the house must be.
//!
//! `tests/house.rs` holds the house to its plan, `browser/` drives the program with real browsers and native clients,
//! `material/` makes the speech, pictures and slides that go through it.
