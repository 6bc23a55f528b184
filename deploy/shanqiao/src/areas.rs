//! `shanqiao areas import`: the areas of China come into the store.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};

use anyhow::{Context as _, Result};
use flate2::bufread::GzDecoder;

use crate::args::{ImportAreas, ServeArgs};
use crate::config::Config;

/// Loads the list and says what came of it.
pub(crate) fn import(asked: &ImportAreas) -> Result<String> {
    let place = ServeArgs {
        data: asked.data.clone(),
        config: asked.config.clone(),
        ..ServeArgs::default()
    };
    let config = Config::read(&place)?;
    let scheduler = config.for_scheduler(config.http);
    let file = File::open(&asked.file)
        .with_context(|| format!("cannot open the list {}", asked.file.display()))?;
    let list = unpacked(BufReader::new(file)).context("cannot read the list")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let loaded =
        runtime.block_on(scheduler::load_areas(&scheduler, list, asked.within.as_deref()))?;
    let scheduler::LoadedAreas { areas, put, gone } = loaded;
    Ok(format!("{areas} areas: {put} new or renamed, {gone} gone or renamed"))
}

/// The text of a list that may be packed with gzip.
fn unpacked(mut file: BufReader<File>) -> Result<Box<dyn BufRead + Send>> {
    let packed = file.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    let text: Box<dyn Read + Send> =
        if packed { Box::new(GzDecoder::new(file)) } else { Box::new(file) };
    Ok(Box::new(BufReader::new(text)))
}
