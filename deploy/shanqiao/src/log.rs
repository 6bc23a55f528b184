//! The log: what happened, for people or for machines. Names and addresses of people stay at `debug`.

use std::io::IsTerminal as _;

use anyhow::{Context as _, Result};
use tracing_subscriber::EnvFilter;

use crate::config::{Config, LogForm};

/// Starts the log on standard error.
pub(crate) fn start(config: &Config) -> Result<()> {
    let filter = EnvFilter::try_new(&config.log).with_context(|| {
        format!("log = \"{}\" is not a level or filter: use info or debug", config.log)
    })?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match config.log_form {
        LogForm::Text => log.with_target(true).init(),
        LogForm::Json => log.json().flatten_event(true).init(),
    }
    Ok(())
}

/// Starts the log of a child, whose lines go into the log of its parent.
pub(crate) fn start_within() {
    let log = tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false);
    log.without_time().with_target(false).init();
}
