//! What the program says to the person who started it.

use std::io::{self, Write as _};

/// One line on standard output. A closed output stops nobody.
pub(crate) fn line(text: &str) {
    let mut out = io::stdout().lock();
    drop(writeln!(out, "{text}").and_then(|()| out.flush()));
}

/// Why the program cannot go on, on standard error.
pub(crate) fn fault(error: &anyhow::Error) {
    drop(writeln!(io::stderr(), "shanqiao: {error:#}"));
}
