//! `shanqiao check`: what would run, and what is missing on this machine.

use anyhow::Result;

use crate::config::Config;
use crate::folder::Folder;
use crate::needs;

/// The effective configuration as TOML that can be used again as a file; the key's secret is not shown.
pub(crate) fn report(config: &Config) -> Result<String> {
    let folder = Folder::open(&config.data)?;
    let keys = folder.keys()?;
    let told = Config {
        media_ip: config.media_addresses()?,
        gateway: config.for_gateway()?,
        scheduler: config.for_scheduler(config.http),
        recorder: config.for_recorder(config.http),
        ..config.clone()
    };
    let lacking = match needs::prove() {
        Ok(()) => String::new(),
        Err(why) => format!("# Missing: {why}\n"),
    };
    Ok(format!(
        "# Effective configuration\n{lacking}# Key: name = \"{}\", secret = \"***\"\n{}",
        keys.name(),
        toml::to_string(&told)?.trim_end()
    ))
}
