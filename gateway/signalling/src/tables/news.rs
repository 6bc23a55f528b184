//! What the members of a room are to be told of each other, gathered: a school that comes in at once would fill
//! everybody's queue with one message for each pair of people.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::ids::ParticipantId;
use crate::words::participant::ParticipantInfo;

/// A room hears of its people so often at most.
pub(crate) const GATHER: Duration = Duration::from_millis(100);
/// So many pieces are told at once and not waited with: a message of some 40 kB.
const PIECES_MAX: usize = 64;

/// One piece of news.
#[derive(Debug)]
pub(crate) enum Piece {
    /// How somebody is now.
    Now(ParticipantId),
    /// Somebody has left.
    Gone(Box<ParticipantInfo>),
}

/// What waits to be told in one room, oldest first.
#[derive(Debug, Default)]
pub(crate) struct News {
    pieces: Vec<Piece>,
    /// Whose offers name tracks of people that they have not been told of.
    offers: BTreeSet<ParticipantId>,
    told: Option<Instant>,
}

impl News {
    /// Somebody has changed, and is described when the news is told.
    pub(crate) fn changed(&mut self, id: ParticipantId) {
        let known = |piece: &Piece| matches!(piece, Piece::Now(known) if *known == id);
        if !self.pieces.iter().any(known) {
            self.pieces.push(Piece::Now(id));
        }
    }

    /// Somebody has left.
    pub(crate) fn left(&mut self, id: ParticipantId, info: ParticipantInfo) {
        self.pieces.retain(|piece| !matches!(piece, Piece::Now(known) if *known == id));
        self.pieces.push(Piece::Gone(Box::new(info)));
    }

    /// Whether it is to be told now.
    pub(crate) fn due(&self, now: Instant) -> bool {
        let early = self.told.is_some_and(|at| now < at + GATHER);
        !self.pieces.is_empty() && (!early || self.pieces.len() >= PIECES_MAX)
    }

    /// Whether there is anything to be told.
    pub(crate) fn waits(&self) -> bool {
        !self.pieces.is_empty()
    }

    /// Keeps an offer to `id` back if there is something to be told before it.
    pub(crate) fn holds(&mut self, id: ParticipantId) -> bool {
        let holds = self.waits();
        if holds {
            self.offers.insert(id);
        }
        holds
    }

    /// What is to be told, and whose offers follow.
    pub(crate) fn tell(&mut self, now: Instant) -> (Vec<Piece>, BTreeSet<ParticipantId>) {
        self.told = Some(now);
        (std::mem::take(&mut self.pieces), std::mem::take(&mut self.offers))
    }
}
