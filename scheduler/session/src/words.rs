//! The closed lists of words: kinds of session, roles in one, modes of receiving, and languages of names.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A word that is in none of the lists.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a word of this list")]
pub struct UnknownWord(pub String);

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$item_doc:meta])* $item:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$item_doc])* #[serde(rename = $word)] $item,)*
        }

        impl $name {
            /// Every word of the list, in its order.
            pub const ALL: &'static [Self] = &[$(Self::$item),*];

            /// The word as it stands in JSON and in the store.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$item => $word,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                match word {
                    $($word => Ok(Self::$item),)*
                    other => Err(UnknownWord(other.to_owned())),
                }
            }
        }
    };
}

words! {
    /// What a session is for. One life cycle, four bundles of rules.
    Kind {
        /// A village doctor asks, a specialist answers, the patient is present.
        Consultation = "consultation",
        /// A lead teacher and one or more village classrooms.
        Class = "class",
        /// Cadres, leaders or households learn; attendance earns a certificate.
        Training = "training",
        /// A village fair or announcement with viewers.
        Broadcast = "broadcast",
    }
}

words! {
    /// A language in which people and places have names, by its code of ISO 639. Another one is another entry here.
    Language {
        /// The one that everybody has a name in.
        Chinese = "zh",
        /// In Latin letters.
        English = "en",
        /// In Tibetan letters.
        Tibetan = "bo",
        /// In Arabic letters, from right to left.
        Uyghur = "ug",
    }
}

words! {
    /// What a person is in one session; a person may be something else in the next.
    Role {
        /// The invited doctor, who may also run the room.
        Specialist = "specialist",
        /// The inviting doctor, beside the patient.
        VillageDoctor = "village_doctor",
        /// The teacher who gives the class and runs the room.
        LeadTeacher = "lead_teacher",
        /// A village classroom with its local teacher, one screen for all pupils.
        Classroom = "classroom",
        /// Sees and hears, publishes nothing.
        Observer = "observer",
        /// The one who is treated: a guest, who has no login.
        Patient = "patient",
        /// A child who learns from elsewhere than a classroom: a guest, who has no login.
        Pupil = "pupil",
        /// Says in another language what the others say; also one who signs.
        Interpreter = "interpreter",
    }
}

impl Role {
    /// Whether this role may send sound and picture.
    #[must_use]
    pub const fn publishes(self) -> bool {
        !matches!(self, Self::Observer)
    }

    /// Whether it is a guest's, who comes in by a ticket and is in no directory.
    #[must_use]
    pub const fn is_guest(self) -> bool {
        matches!(self, Self::Patient | Self::Pupil)
    }

    /// Whether this role is at the side of those who come as guests, and may ask them in.
    #[must_use]
    pub const fn asks_guests(self) -> bool {
        matches!(self, Self::VillageDoctor | Self::LeadTeacher | Self::Classroom)
    }

    /// Whether this role may mute others and end the session (`roomAdmin`).
    #[must_use]
    pub const fn runs_the_room(self) -> bool {
        matches!(self, Self::Specialist | Self::LeadTeacher)
    }
}

words! {
    /// How much of a session its bearer is sent; each word after the first is less than the one before it.
    Mode {
        /// Everything: sound, pictures, screens.
        Full = "full",
        /// Sound, screens, and one picture in its smallest size.
        Small = "small",
        /// Sound and screens.
        Slides = "slides",
        /// Sound alone.
        Voice = "voice",
        /// No sound either: text, and the pages of slides as still images.
        Stills = "stills",
    }
}

#[expect(clippy::derivable_impls, reason = "the list derives none")]
impl Default for Mode {
    fn default() -> Self {
        Self::Full
    }
}

impl Mode {
    /// The lesser of two.
    #[must_use]
    pub fn within(self, other: Self) -> Self {
        self.max(other)
    }

    /// Whether sound is sent.
    #[must_use]
    pub const fn has_sound(self) -> bool {
        !matches!(self, Self::Stills)
    }
}
