//! Being told to stop: by Ctrl-C, by SIGTERM, and by impatience.

use std::process;

use anyhow::Result;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a shell says of a program that SIGINT ended.
const INTERRUPTED: i32 = 130;

/// Ctrl-C and SIGTERM.
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// From here on the signals are ours.
    pub(crate) fn take() -> Result<Self> {
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { interrupt, terminate: signal(SignalKind::terminate())? })
    }

    /// The next one.
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    /// A further signal ends the process at once; the journal is made to survive that.
    pub(crate) fn end_at_the_next(mut self) {
        tokio::spawn(async move {
            self.next().await;
            process::exit(INTERRUPTED);
        });
    }
}
