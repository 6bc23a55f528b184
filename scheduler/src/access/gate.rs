use std::sync::{Mutex, MutexGuard, PoisonError};

use booking::UnixS;

use super::password::Passwords;
use super::tries::{Address, Held, Tries};

/// What stands between who comes and the accounts: the tries of names and addresses, and the hashing of passwords.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) passwords: Passwords,
    tries: Mutex<Tries>,
}

impl Gate {
    pub(crate) fn new() -> Self {
        Self { passwords: Passwords::new(), tries: Mutex::new(Tries::new()) }
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
        self.tries().forgotten()
    }

    fn tries(&self) -> MutexGuard<'_, Tries> {
        self.tries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
