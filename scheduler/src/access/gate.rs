use std::sync::{Mutex, MutexGuard, PoisonError};

use booking::UnixS;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::counters::DigitsOf;
use super::guesses::{Guesses, Stopped};
use super::pace::{Allowed, Hurried, Pace};
use super::password::Passwords;
use super::tries::{Address, Held, Tries};

/// Most devices that wait at a time to be told what changes; others are answered at once.
const WAITING_MAX: usize = 1_000;

/// What stands between who comes and the accounts, tickets and devices: the tries of names, addresses and digits, how many
/// requests come, the hashing of passwords, and who waits.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) passwords: Passwords,
    tries: Mutex<Tries>,
    guesses: Mutex<Guesses>,
    pace: Mutex<Pace>,
    /// Of digits that pair devices: who tries them does not stop the digits of guests.
    pairings: Mutex<Guesses>,
    /// Devices that wait to be told what changes.
    waiting: Semaphore,
}

impl Gate {
    /// How many requests a person and an address may send.
    pub(crate) fn new(person: Allowed, address: Allowed) -> Self {
        Self {
            passwords: Passwords::new(),
            tries: Mutex::new(Tries::new()),
            guesses: Mutex::new(Guesses::new()),
            pace: Mutex::new(Pace::new(person, address)),
            pairings: Mutex::new(Guesses::new()),
            waiting: Semaphore::new(WAITING_MAX),
        }
    }

    /// Whether a try may begin; if not, what holds it and for how many seconds.
    pub(crate) fn begin(
        &self,
        name: &str,
        address: Option<Address>,
        now: UnixS,
    ) -> Result<(), (Held, u64)> {
        self.tries().begin(name, address, now)
    }

    /// The password of a try was right.
    pub(crate) fn right(&self, name: &str, address: Option<Address>) {
        self.tries().right(name, address);
    }

    /// Nobody could say whether the password of a try was right.
    pub(crate) fn unanswered(&self, name: &str, address: Option<Address>) {
        self.tries().unanswered(name, address);
    }

    /// A password was set: the name's tries begin anew.
    pub(crate) fn forgive(&self, name: &str) {
        self.tries().forgive(name);
    }

    /// How many names and addresses were forgotten before their time since this was asked last.
    pub(crate) fn forgotten(&self) -> u64 {
        let [guests, devices] =
            [DigitsOf::Guest, DigitsOf::Device].map(|of| self.guesses(of).forgotten());
        self.tries().forgotten() + guests + devices + self.pace().forgotten()
    }

    /// Whether the person may send a request; if not, in how many seconds.
    pub(crate) fn person_asks(&self, id: &str, now: UnixS) -> Result<(), (Hurried, u64)> {
        self.pace().person(id, now)
    }

    /// Whether a request may come from the address; if not, in how many seconds.
    pub(crate) fn address_asks(&self, address: Address, now: UnixS) -> Result<(), (Hurried, u64)> {
        self.pace().address(address, now)
    }

    /// Whether a try of digits may begin that could open one of so many tickets or codes; if not, what holds it and for how
    /// many seconds.
    pub(crate) fn begin_guess(
        &self,
        of: DigitsOf,
        (address, open): (Option<Address>, u64),
        now: UnixS,
    ) -> Result<(), (Stopped, u64)> {
        self.guesses(of).begin(address, open, now)
    }

    /// The digits of a try were right, or nobody could say.
    pub(crate) fn right_guess(&self, of: DigitsOf, (address, open): (Option<Address>, u64)) {
        self.guesses(of).right(address, open);
    }

    /// A place among the devices that wait to be told what changes; none if there are too many.
    pub(crate) fn wait(&self) -> Option<SemaphorePermit<'_>> {
        self.waiting.try_acquire().ok()
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn guesses(&self, of: DigitsOf) -> MutexGuard<'_, Guesses> {
        let of = match of {
            DigitsOf::Guest => &self.guesses,
            DigitsOf::Device => &self.pairings,
        };
        of.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tries(&self) -> MutexGuard<'_, Tries> {
        self.tries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
