//! What an access link's listeners are given.

#![expect(clippy::indexing_slicing, reason = "a test that is wrong panics")]

mod lines;
mod properties;
mod rules;
mod site;
