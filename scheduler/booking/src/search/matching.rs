//! Who serves which need, when no resource serves two.

use alloc::vec;
use alloc::vec::Vec;

/// For each need the choice that serves it, so that as many as can be are served: earlier needs first, and each by the
/// first of its choices that leaves the earlier ones served. By augmenting paths (Kuhn).
pub(super) fn serve(needs: &[Vec<usize>], free: impl Fn(usize) -> bool) -> Vec<Option<usize>> {
    let free: Vec<Vec<usize>> = needs
        .iter()
        .map(|choices| choices.iter().copied().filter(|choice| free(*choice)).collect())
        .collect();
    let mut served = vec![None; needs.len()];
    for need in 0..needs.len() {
        take(need, &free, &mut served, &mut Vec::new());
    }
    served
}

/// Finds a resource for `need`, moving others who can be moved; no deeper than there are needs.
fn take(
    need: usize,
    free: &[Vec<usize>],
    served: &mut [Option<usize>],
    tried: &mut Vec<usize>,
) -> bool {
    for choice in free.get(need).into_iter().flatten() {
        if tried.contains(choice) {
            continue;
        }
        tried.push(*choice);
        let holder = served.iter().position(|by| *by == Some(*choice));
        if holder.is_none_or(|holder| take(holder, free, served, tried)) {
            if let Some(by) = served.get_mut(need) {
                *by = Some(*choice);
            }
            return true;
        }
    }
    false
}
