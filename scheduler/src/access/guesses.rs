use booking::UnixS;

use super::tries::{Address, Counted};

/// Wrong digits from one address in a quarter of an hour after which there is rest for the remainder of it.
const ADDRESS_MAX: u32 = 5;
/// How much a day's wrong digits may add up to: each counts as many as there were tickets that they could have opened. One
/// in a million of this is the chance that somebody who guesses all day long, from however many addresses, opens one.
const DAY_MAX: u64 = 1_000;
const DAY_S: u64 = 24 * 3600;

/// What digits are not looked at for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// Too many wrong ones from the address.
    Address,
    /// Too many wrong ones in all.
    All,
}

/// Counts tries of digits, by address and in all. A try counts when it begins, so that many at once are not one; it is taken
/// back when the digits were right.
#[derive(Debug)]
pub(crate) struct Guesses {
    addresses: Counted<Address>,
    day: Option<Day>,
}

/// What was tried since the first try of a day.
#[derive(Debug, Clone, Copy)]
struct Day {
    began: UnixS,
    spent: u64,
}

impl Guesses {
    pub(crate) const fn new() -> Self {
        Self { addresses: Counted::new(ADDRESS_MAX), day: None }
    }

    /// Whether a try may begin that could open one of so many tickets; if not, what holds it and for how many seconds.
    pub(crate) fn begin(
        &mut self,
        address: Option<Address>,
        open: u64,
        now: UnixS,
    ) -> Result<(), (Stopped, u64)> {
        let lasts = |day: &Day| day.began <= now && now.since(day.began) < DAY_S;
        let day = self.day.filter(lasts).unwrap_or(Day { began: now, spent: 0 });
        if day.spent.saturating_add(open) > DAY_MAX {
            return Err((Stopped::All, DAY_S.saturating_sub(now.since(day.began)).max(1)));
        }
        if let Some(address) = address {
            self.addresses.begin(address, now).map_err(|wait_s| (Stopped::Address, wait_s))?;
        }
        self.day = Some(Day { spent: day.spent.saturating_add(open), ..day });
        Ok(())
    }

    /// The digits were right, or nobody could say: the try is taken back.
    pub(crate) fn right(&mut self, address: Option<Address>, open: u64) {
        if let Some(address) = address {
            self.addresses.take_back(address);
        }
        if let Some(day) = &mut self.day {
            day.spent = day.spent.saturating_sub(open);
        }
    }

    /// How many addresses were forgotten before their time since this was asked last.
    pub(crate) fn forgotten(&mut self) -> u64 {
        std::mem::take(&mut self.addresses.forgotten)
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    const NOW: UnixS = UnixS(1_795_392_000);

    fn address(nth: u32) -> Option<Address> {
        Some(IpAddr::from(nth.to_be_bytes()).into())
    }

    #[test]
    fn an_address_rests_after_five_wrong_and_right_ones_cost_nothing() {
        let mut guesses = Guesses::new();
        for _ in 0..100 {
            guesses.begin(address(1), 3, NOW).unwrap();
            guesses.right(address(1), 3);
        }
        for _ in 0..5 {
            guesses.begin(address(1), 3, NOW).unwrap();
        }
        assert_eq!(guesses.begin(address(1), 3, NOW.plus(60)), Err((Stopped::Address, 14 * 60)));
        assert_eq!(guesses.begin(address(2), 3, NOW.plus(60)), Ok(()));
        assert_eq!(guesses.begin(address(1), 3, NOW.plus(15 * 60)), Ok(()));
    }

    /// Whatever is done, and from however many addresses, a day's guesses open a ticket with a chance of one in a thousand.
    #[test]
    fn a_day_of_guessing_has_one_chance_in_a_thousand() {
        for open in [1, 7, 50, 999] {
            let mut guesses = Guesses::new();
            let mut chances = 0;
            let mut held = 0;
            for nth in 0..20_000_u32 {
                let now = NOW.plus(u64::from(nth) * 4);
                match guesses.begin(address(nth), open, now) {
                    Ok(()) => chances += open,
                    Err((Stopped::All, wait_s)) => {
                        assert_eq!(now.plus(wait_s), NOW.plus(DAY_S));
                        held += 1;
                    }
                    Err(other) => panic!("{other:?}"),
                }
            }
            assert!(chances <= 1_000 && chances + open > 1_000, "{open}: {chances}");
            assert!(held > 18_000);
            assert_eq!(guesses.begin(address(0), open, NOW.plus(DAY_S)), Ok(()), "the next day");
        }
    }

    #[test]
    fn more_open_tickets_than_a_day_may_have_leave_no_try() {
        assert_eq!(Guesses::new().begin(None, 1_001, NOW), Err((Stopped::All, DAY_S)));
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let mut guesses = Guesses::new();
        for nth in 0..1_000 {
            guesses.begin(address(nth), 1, NOW).unwrap();
        }
        assert!(guesses.begin(address(0), 1, NOW).is_err());
        assert_eq!(guesses.begin(address(0), 1, NOW.minus(3600)), Ok(()));
    }
}
