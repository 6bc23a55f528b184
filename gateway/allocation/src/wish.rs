//! What is asked of one access link, and what it is given.

use media::{ListenerId, Target, TrackId};

/// A part of a track that can be sent, and what that takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Part {
    /// Which part, as `sfu` names it in its rates.
    pub target: Target,
    /// Bits a second on the wire, headers and seal included, repair not.
    pub bits_per_second: u64,
    /// The publisher has stopped sending this encoding. A source that only stands still, as a shared screen does, has
    /// not stopped.
    pub silent: bool,
}

/// What a track is for its listener. What stands first is fed first; sound is never cut.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Purpose {
    /// Any sound.
    Sound,
    /// A shared screen: slides, an X-ray.
    Screen,
    /// The picture of who speaks, or the one that the listener looks at.
    Speaker,
    /// Anybody else's picture.
    Picture,
}

/// What one listener asks for of one track. Tracks that are muted by their publisher or by a server are left out.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// The connection.
    pub listener: ListenerId,
    /// The track.
    pub track: TrackId,
    /// What it is for this listener.
    pub purpose: Purpose,
    /// Which of its own tracks of one purpose the listener wants first: 1 the most, 0 = not said and after all others
    /// (as `UpdateTrackSettings` of LiveKit). It never weighs against another listener's.
    pub priority: u8,
    /// What the track has, the smallest first; empty = not measured yet. At most [`PARTS_MAX`] are read.
    pub parts: &'a [Part],
    /// The best part that the client has a use for, by size of its view and frame rate; `None` = it has paused the track.
    pub top: Option<Target>,
}

/// More parts than a track of 4 spatial layers and 8 temporal ones has.
pub const PARTS_MAX: usize = 32;

impl Wish<'_> {
    /// Order among the wishes of one listener for one purpose; independent of the order in which they are given.
    pub(crate) fn urgency(&self) -> (bool, u8, TrackId) {
        (self.priority == 0, self.priority, self.track)
    }

    /// The parts that are read.
    pub(crate) fn known(&self) -> &[Part] {
        self.parts.get(..PARTS_MAX).unwrap_or(self.parts)
    }
}

/// What an access link carries to all its listeners.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Budget {
    /// All that it carries, in bits a second on the wire.
    pub bits_per_second: u64,
    /// How much of that is kept for repair.
    pub repair_bits_per_second: u64,
    /// The figure is to be trusted. While it is not, nobody begins above the smallest part, or climbs.
    pub settled: bool,
    /// No end of the line was seen so far: the figure rose as fast as it can be seen to, until no more was wanted. While the line
    /// never gave way, who has no picture need not wait for its smallest part until the line has carried that for a while.
    pub rising: bool,
    /// Nothing comes through at present, and the figure is what may be sent meanwhile. For some seconds everybody keeps
    /// what they have: nothing is learned of the line, and it is as it was once it is back.
    pub away: bool,
}

/// Why a listener is sent what it is sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Why {
    /// It is all that it asks for.
    Whole,
    /// The line carries no more, or has not for long enough.
    LineTooThin,
    /// What the line carries, or what the track takes, is not known yet.
    Starting,
    /// The client has paused the track.
    NotAsked,
    /// The publisher sends nothing of it.
    NotSent,
}

/// What one listener is sent of one track.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Grant {
    /// The connection.
    pub listener: ListenerId,
    /// The track.
    pub track: TrackId,
    /// The best part that it is sent; `None` = nothing, the line (or the client) has paused it.
    pub allow: Option<Target>,
    /// Why it is no more.
    pub why: Why,
    /// What is kept for it, in bits a second; at least what its part was measured to take. Something is kept for one that
    /// is paused as well, if it has come and gone of late: it comes again soon, and nobody else in its place.
    pub bits_per_second: u64,
}

/// How much is asked of the link, in bits a second, repair included.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Demand {
    /// What the grants take.
    pub granted: u64,
    /// What the link must carry for the next better part to be granted: worth probing for. `None` = all have all, or the
    /// line shows so much already and only has to show it for longer.
    pub next: Option<u64>,
    /// What it must carry for everybody to have all.
    pub whole: u64,
}
