//! A series gets another rule: which occurrence becomes which.

use alloc::vec;
use alloc::vec::Vec;

/// For each of `old`, in order, the place in `new` that it takes, none if it is dropped. Both are days, in order. Who
/// keeps its day keeps it; the rest move on in their order, so that a lesson that goes from Tuesday to Thursday is moved and not cancelled and
/// booked anew. What of `new` nobody takes is added.
///
/// ```
/// // Mondays and Wednesdays become Mondays and Thursdays.
/// assert_eq!(booking::pair_days(&[0, 2, 7, 9], &[0, 3, 7, 10]), [Some(0), Some(1), Some(2), Some(3)]);
/// // And Mondays alone.
/// assert_eq!(booking::pair_days(&[0, 2, 7, 9], &[0, 7]), [Some(0), None, Some(1), None]);
/// ```
#[must_use]
pub fn pair_days(old: &[i32], new: &[i32]) -> Vec<Option<usize>> {
    let mut places = vec![None; old.len()];
    let mut taken = vec![false; new.len()];
    for (place, day) in places.iter_mut().zip(old) {
        let mut free = new.iter().zip(taken.iter_mut()).enumerate();
        let same = free.find(|(_, (wanted, is_taken))| *wanted == day && !**is_taken);
        if let Some((at, (_, is_taken))) = same {
            *is_taken = true;
            *place = Some(at);
        }
    }
    let left = taken.iter().enumerate().filter(|(_, is_taken)| !**is_taken).map(|(at, _)| at);
    for (place, at) in places.iter_mut().filter(|place| place.is_none()).zip(left) {
        *place = Some(at);
    }
    places
}
