use aws_lc_rs::hkdf;
use std::fmt;

/// Bytes of an id: so few that a line of a log stays short, so many that no two people of a county share one.
const BYTES: usize = 8;

/// One person in one room, as logs name both: scheduler, gateway and recorder make the same id from the room's name and the
/// person's identity. Without the house's root nobody can find out whose it is, and two rooms give one person two ids.
/// Written as 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct TraceId(u64);

impl TraceId {
    /// Derives the id from what was extracted from the root.
    pub(crate) fn derive(root: &hkdf::Prk, room: &str, identity: &str) -> Option<Self> {
        struct Length;
        impl hkdf::KeyType for Length {
            fn len(&self) -> usize {
                BYTES
            }
        }
        // The length of the name keeps "a" in room "bc" and "ab" in room "c" apart.
        let length = u64::try_from(room.len()).ok()?.to_be_bytes();
        let info = [b"trace ", length.as_slice(), room.as_bytes(), identity.as_bytes()];
        let mut bytes = [0; BYTES];
        root.expand(&info, Length).ok()?.fill(&mut bytes).ok()?;
        Some(Self(u64::from_be_bytes(bytes)))
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
