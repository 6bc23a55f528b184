use super::open::OpenTake;
use std::sync::{Mutex, PoisonError};

/// Takes that are synced at a time.
pub(super) const SYNCS: usize = 16;

/// Does something to many takes at a time, so that they wait for the disk together and not one
/// after another; which failed.
pub(super) fn together<'a>(
    takes: impl Iterator<Item = &'a mut OpenTake> + Send,
    act: impl Fn(&mut OpenTake) -> std::io::Result<()> + Sync,
) -> Vec<(String, std::io::Error)> {
    let takes: Vec<_> = takes.collect();
    let threads = takes.len().min(SYNCS);
    let (takes, failed) = (Mutex::new(takes.into_iter()), Mutex::new(Vec::new()));
    let next = || takes.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        while let Some(take) = next() {
            let span = take.span.clone();
            if let Err(error) = span.in_scope(|| act(take)) {
                let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                failed.push((take.id.clone(), error));
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            // One thread less is slower and no more.
            drop(std::thread::Builder::new().spawn_scoped(scope, work));
        }
        work();
    });
    failed.into_inner().unwrap_or_else(PoisonError::into_inner)
}
