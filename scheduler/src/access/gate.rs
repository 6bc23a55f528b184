use std::sync::{Mutex, MutexGuard, PoisonError};

use booking::UnixS;

use super::guesses::{Guesses, Stopped};
use super::password::Passwords;
use super::tries::{Address, Held, Tries};

/// What stands between who comes and the accounts and tickets: the tries of names, addresses and digits, and the hashing of
/// passwords.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) passwords: Passwords,
    tries: Mutex<Tries>,
    guesses: Mutex<Guesses>,
}

impl Gate {
    pub(crate) fn new() -> Self {
        Self {
            passwords: Passwords::new(),
            tries: Mutex::new(Tries::new()),
            guesses: Mutex::new(Guesses::new()),
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
        self.tries().forgotten() + self.guesses().forgotten()
    }

    /// Whether a try of digits may begin that could open one of so many tickets; if not, what holds it and for how many
    /// seconds.
    pub(crate) fn begin_guess(
        &self,
        address: Option<Address>,
        open: u64,
        now: UnixS,
    ) -> Result<(), (Stopped, u64)> {
        self.guesses().begin(address, open, now)
    }

    /// The digits of a try were right, or nobody could say.
    pub(crate) fn right_guess(&self, address: Option<Address>, open: u64) {
        self.guesses().right(address, open);
    }

    fn guesses(&self) -> MutexGuard<'_, Guesses> {
        self.guesses.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tries(&self) -> MutexGuard<'_, Tries> {
        self.tries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
