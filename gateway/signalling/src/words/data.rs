//! Data packets between participants.

/// What the core must know of a data packet; the caller keeps the rest of it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct DataPacket {
    /// The sender's number of it; 0 = it does not number.
    pub sequence: u32,
    /// Identities that it is meant for; empty = everybody, unless `to_sids` names some.
    pub to: Vec<String>,
    /// Stays that it is meant for, as older clients name people.
    pub to_sids: Vec<String>,
    /// What a person or an application says, if it is that.
    pub user: Option<UserData>,
    /// Only servers say such things.
    pub servers_only: bool,
    /// What it carries is not to be read here, and may be a picture.
    pub opaque: bool,
}

/// The part of a packet that applications read.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct UserData {
    /// What it is about.
    pub topic: Option<String>,
    /// The bytes.
    pub payload: Vec<u8>,
}

/// Under whose name a packet goes out: empty for one who hides, and for a server.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Signature {
    /// The sender's identity.
    pub identity: String,
    /// The sender's stay.
    pub sid: String,
}
