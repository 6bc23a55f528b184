//! The tables of the rooms of one shard. A participant is a key into them, not an object: who is
//! there (`roster`), what they send (`publications`), what their listening connection carries
//! (`sections`).

pub(crate) mod publications;
pub(crate) mod roster;
pub(crate) mod sections;
pub(crate) mod visits;
