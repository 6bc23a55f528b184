//! What a search found, as it is told.

use booking::{Cause, Interval, UnixS, Why};

use super::App;
use super::slots_field::Field;
use super::slots_wire::{Blocker, Bookable, CauseWord, Slot};
use crate::store::{Blocked, BlockedOf, Closed};

/// What was found, as it is told.
pub(super) struct Told<'a> {
    pub(super) app: &'a App,
    pub(super) field: &'a Field,
    /// The start that is wanted, if there is one.
    pub(super) at: Option<UnixS>,
}

impl Told<'_> {
    pub(super) fn slot(&self, slot: &booking::Slot) -> Slot {
        Slot {
            starts_at: self.app.zone.print(slot.interval.start()),
            ends_at: self.app.zone.print(slot.interval.end()),
            served_by: slot.served_by.iter().filter_map(|by| self.bookable(*by)).collect(),
        }
    }

    fn bookable(&self, place: usize) -> Option<Bookable> {
        let (keeper, bookable) = self.field.named.get(place)?;
        let crate::store::Bookable { names, .. } = bookable.clone();
        Some(Bookable { kind: keeper.kind(), id: keeper.id().to_owned(), names })
    }

    pub(super) fn blocker(&self, blocker: &booking::Blocker) -> Option<Blocker> {
        let print = |point: UnixS| self.app.zone.print(point);
        let (cause, of, name, when) = match blocker.cause {
            Cause::Shut { opening, why, shut } => {
                let keeper = self.field.keepers.get(blocker.resource)?.get(opening).copied()?;
                let name = self.name(keeper, why, shut);
                (word(why), self.bookable(keeper), name, Some(shut))
            }
            Cause::Taken(full) if self.field.is_line(blocker.resource) => {
                (CauseWord::Full, None, None, Some(full))
            }
            Cause::Taken(claim) => (CauseWord::Taken, None, None, Some(claim)),
            Cause::Travel(claim) => (CauseWord::Travel, None, None, Some(claim)),
            Cause::Shared => (CauseWord::Shared, None, None, None),
        };
        let held_until = match blocker.cause {
            Cause::Taken(claim) => self.field.held_until(blocker.resource, claim),
            Cause::Shut { .. } | Cause::Travel(_) | Cause::Shared => None,
        };
        Some(Blocker {
            need: blocker.need,
            resource: self.bookable(blocker.resource)?,
            cause,
            of,
            name,
            from: when.map(|when| print(when.start())),
            to: when.map(|when| print(when.end())),
            until: blocker.until.map(print),
            nearest: blocker.nearest.map(print),
            held_until: held_until.map(print),
        })
    }

    /// The same as the store keeps it of an occurrence of a series, if somebody or something is closed then or has no time for
    /// the way; `next` is when everybody and everything is open and free.
    pub(super) fn kept(&self, blocker: &booking::Blocker, next: Option<UnixS>) -> Option<Blocked> {
        let (cause, of, what, when) = match blocker.cause {
            Cause::Shut { opening, why, shut } => {
                let keeper = self.field.keepers.get(blocker.resource)?.get(opening).copied()?;
                (word(why), self.of(keeper), self.name(keeper, why, shut), shut)
            }
            Cause::Travel(claim) => (CauseWord::Travel, None, None, claim),
            Cause::Taken(_) | Cause::Shared => return None,
        };
        let BlockedOf { kind, id, names } = self.of(blocker.resource)?;
        let (from_s, to_s) = (when.start().0, when.end().0);
        let closed = Closed { cause: cause.as_str().to_owned(), of, what, from_s, to_s };
        Some(Blocked {
            kind,
            id,
            names,
            taken_until_s: blocker.until.map(|until| until.0),
            next_free_s: next.map(|next| next.0),
            closed: Some(closed),
        })
    }

    fn of(&self, place: usize) -> Option<BlockedOf> {
        let Bookable { kind, id, names } = self.bookable(place)?;
        Some(BlockedOf { kind: kind.to_owned(), id, names })
    }

    /// What people call the overlay or the holiday.
    fn name(&self, keeper: usize, why: Why, shut: Interval) -> Option<String> {
        match why {
            Why::Hours | Why::Exception => None,
            Why::Holiday => {
                let first = self.at.map_or(shut.start(), |start| start.max(shut.start()));
                let day = self.app.zone.day_at(first);
                self.field.holidays.holiday(day).map(|holiday| holiday.names.zh().to_owned())
            }
            Why::Overlay(place) => self.field.rules(keeper)?.names.get(place).cloned(),
        }
    }
}

const fn word(why: Why) -> CauseWord {
    match why {
        Why::Hours => CauseWord::Hours,
        Why::Exception => CauseWord::Exception,
        Why::Holiday => CauseWord::Holiday,
        Why::Overlay(_) => CauseWord::Overlay,
    }
}
