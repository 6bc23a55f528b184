//! What a session may be at a site, by what the site's line has left.

use alloc::vec::Vec;

use session::Mode;

use super::capacity::{Excess, LineClaim, first_excess};
use super::load::{Capacity, Load};
use super::taken::{Listener, bound_mb, taken};
use crate::interval::Interval;

/// The people of one site in a session, and what the line of the site has left.
#[derive(Debug, Clone, Copy)]
pub struct LineSite<'a> {
    /// Everybody of the site who takes part.
    pub people: &'a [Listener],
    /// What the line carries at once.
    pub capacity: Capacity,
    /// What other sessions have booked on it.
    pub claims: &'a [LineClaim],
    /// Megabytes (10^6 bytes) that are left of the month in which the session begins; `None` = no bound.
    pub month_left_mb: Option<u32>,
}

/// A mode in which a site could take part, and what that takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// The mode of all its people.
    pub mode: Mode,
    /// What they take at once.
    pub load: Load,
    /// The most that they may use in all, both ways, megabytes (10^6 bytes).
    pub megabytes: u32,
    /// Why it cannot be; `None` where it can.
    pub misfit: Option<Misfit>,
}

/// Why a site cannot take part in a mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misfit {
    /// The line would carry more than it can; this is the first stretch of that.
    Line(Excess),
    /// The month has too little left.
    Month {
        /// Megabytes that are left of it.
        left_mb: u32,
    },
}

impl LineSite<'_> {
    /// What a session takes in this mode, and whether it fits.
    #[must_use]
    pub fn offer(&self, mode: Mode, interval: Interval) -> Offer {
        let (mut load, mut megabytes) = (Load::default(), 0u32);
        for person in self.people {
            let one = taken(mode, *person);
            load = load.plus(one);
            megabytes = megabytes.saturating_add(bound_mb(one, interval.seconds()));
        }
        let over = first_excess(self.claims, LineClaim { interval, load }, self.capacity);
        let month = self.month_left_mb.filter(|left_mb| megabytes > *left_mb);
        let misfit = over.map(Misfit::Line).or(month.map(|left_mb| Misfit::Month { left_mb }));
        Offer { mode, load, megabytes, misfit }
    }

    /// What a session takes in each mode from `most` on, the greatest first: the first one that fits is the best to be had.
    #[must_use]
    pub fn offers(&self, most: Mode, interval: Interval) -> Vec<Offer> {
        let modes = Mode::ALL.iter().copied().filter(|mode| *mode >= most);
        modes.map(|mode| self.offer(mode, interval)).collect()
    }
}
