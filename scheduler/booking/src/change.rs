//! What may be changed of a booking, by how far it has come.

use alloc::vec::Vec;

use crate::interval::{Interval, UnixS};
use crate::request::{Limits, Request, RequestError, check_start, check_with};

/// A booking as it stands before a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// When it is booked for.
    pub interval: Interval,
    /// Whether it is to be recorded.
    pub recording: bool,
    /// First second in which people may enter.
    pub opens: UnixS,
}

impl Standing {
    /// Whether its time is over at `now`: then nothing of it can be changed.
    #[must_use]
    pub fn is_over(&self, now: UnixS) -> bool {
        self.interval.end() <= now
    }

    /// The interval of a session that is to be as `request` and `recording` say from `now` on, or everything that is wrong
    /// with that (never empty). What has begun keeps its start; its end may come sooner or later, but is to come.
    pub fn check_change(
        &self,
        request: &Request<'_>,
        recording: bool,
        limits: &Limits,
        now: UnixS,
    ) -> Result<Interval, Vec<RequestError>> {
        check_with(request, limits, |wanted, errors| {
            let starts_anew = wanted.start() != self.interval.start();
            match self.interval.start() <= now {
                true if starts_anew => errors.push(RequestError::Begun),
                false if starts_anew => {
                    errors.extend(check_start(wanted.start(), limits, now).err())
                }
                _ => {}
            }
            if wanted.end() <= now {
                errors.push(RequestError::EndPast);
            }
            if recording != self.recording && self.opens <= now {
                errors.push(RequestError::RecordingTold);
            }
        })
    }
}
