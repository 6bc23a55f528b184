//! The tables of the rooms of one shard. A participant is a key into them, not an object: who is
//! there (`roster`), what servers decided about them (`decisions`), what they are told of each other
//! (`news`), on what terms (`terms`), what they send (`publications`), which section of an offer
//! brings it (`claims`), what their listening connection carries (`sections`) and over what it
//! comes (`carriers`), who speaks (`speakers`), how good the lines are (`quality`) and whether
//! anything is heard (`pulse`), which layers are the larger ones (`encodings`) and which anybody
//! uses (`uses`), which device a person chose last (`choices`).

pub(crate) mod audience;
pub(crate) mod carriers;
pub(crate) mod choices;
pub(crate) mod claims;
pub(crate) mod closing;
pub(crate) mod decisions;
pub(crate) mod encodings;
pub(crate) mod news;
pub(crate) mod publications;
pub(crate) mod pulse;
pub(crate) mod quality;
pub(crate) mod roster;
pub(crate) mod scaling;
pub(crate) mod seats;
pub(crate) mod sections;
pub(crate) mod speakers;
pub(crate) mod terms;
pub(crate) mod uses;
pub(crate) mod visits;
