//! By what somebody is reminded.

use alloc::string::String;

/// By what a step of a ladder reaches somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// A notice on the person's page.
    App,
    /// A mail.
    Mail,
    /// A short message to a phone.
    Sms,
    /// A call that reads the message out.
    Voice,
    /// A slip of paper, or somebody who comes by: the call list of the site.
    Paper,
    /// Who booked the session is told that the person has not answered.
    Booker,
}

/// A word that names no channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownChannel(pub String);

impl Channel {
    /// All of them, in the order of a ladder.
    pub const ALL: [Self; 6] =
        [Self::App, Self::Mail, Self::Sms, Self::Voice, Self::Paper, Self::Booker];

    /// The word as it stands in JSON and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Mail => "mail",
            Self::Sms => "sms",
            Self::Voice => "voice",
            Self::Paper => "paper",
            Self::Booker => "booker",
        }
    }

    /// Whether it makes a sound where somebody may sleep.
    #[must_use]
    pub const fn sounds(self) -> bool {
        matches!(self, Self::Sms | Self::Voice)
    }
}

impl core::str::FromStr for Channel {
    type Err = UnknownChannel;

    fn from_str(word: &str) -> Result<Self, UnknownChannel> {
        let found = Self::ALL.into_iter().find(|channel| channel.as_str() == word);
        found.ok_or_else(|| UnknownChannel(word.into()))
    }
}

/// Which channels reach one person. Who has no phone is told on paper.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each channel is there or not, by itself")]
pub struct Reach {
    /// Reads the own page.
    pub app: bool,
    /// Has an address, and wants mails.
    pub mail: bool,
    /// Has a phone for short messages.
    pub sms: bool,
    /// Has a phone that is called.
    pub voice: bool,
}

impl Reach {
    /// Whether a step by this channel reaches the person.
    pub(crate) const fn has(self, channel: Channel) -> bool {
        match channel {
            Channel::App => self.app,
            Channel::Mail => self.mail,
            Channel::Sms => self.sms,
            Channel::Voice => self.voice,
            Channel::Paper => !self.sms && !self.voice,
            Channel::Booker => false,
        }
    }
}
