//! The list of areas comes into the store, part by part, while the scheduler goes on.

use std::io::BufRead;

use crate::areas::{Area, above, level};
use crate::config::Config;
use crate::store::{OpenError, Store, StoreError};

/// Areas that are written at a time: bookings wait no longer than for these, and what comes together into the index of words
/// goes into fewer pages of it.
const PART: usize = 10_000;
/// Most lines of a list; all of China has 665,276.
const LINES_MAX: u64 = 2_000_000;

/// What was loaded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LoadedAreas {
    /// Areas that the store holds now.
    pub areas: u64,
    /// Those of them that are new or are called otherwise than before.
    pub put: u64,
    /// Those that are not in the list, or are called otherwise now.
    pub gone: u64,
}

/// Why areas were not loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The store cannot be opened.
    #[error("cannot open the store: {0}")]
    Open(String),
    /// The store failed half way; what was loaded stays.
    #[error("the store failed: {0}. Load the list again: it goes on where it ended")]
    Store(String),
    /// The list cannot be read.
    #[error("line {line}: {why}")]
    List {
        /// The line, the first is 1.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
    /// Not a code.
    #[error("`{0}` is no code of an area: 2, 4, 6, 9 or 12 digits")]
    Within(String),
}

impl From<OpenError> for LoadError {
    fn from(error: OpenError) -> Self {
        Self::Open(error.to_string())
    }
}

impl From<StoreError> for LoadError {
    fn from(error: StoreError) -> Self {
        Self::Store(error.to_string())
    }
}

/// Makes the areas of the store be those of the list (`deploy/areas/make.mjs`) that lie in `within`, with those that it lies in;
/// without it all of them. The scheduler may run meanwhile. Loading the same list again writes nothing.
///
/// # Errors
/// A list that is faulty or not in the order of its codes is told before anything behind that line is written.
pub async fn load_areas(
    config: &Config,
    list: impl BufRead + Send,
    within: Option<&str>,
) -> Result<LoadedAreas, LoadError> {
    let within = within.unwrap_or_default();
    if !within.is_empty() && level(within).is_none() {
        return Err(LoadError::Within(within.to_owned()));
    }
    let store = Store::open(&config.data, &config.database).await?;
    let mut loader = Loader {
        store: &store,
        part: Vec::new(),
        last: String::new(),
        loaded: LoadedAreas::default(),
    };
    let mut before = String::new();
    for (nth, line) in (1_u64..).zip(list.lines()) {
        let fault = |why: &str| LoadError::List { line: nth, why: why.to_owned() };
        let line = line.map_err(|error| fault(&error.to_string()))?;
        let area = Area::read(&line).ok_or_else(|| {
            fault("this is no code, tab and name; make the list with deploy/areas/make.mjs")
        })?;
        if area.code <= before {
            return Err(fault("the list is not in the order of its codes; make it anew"));
        }
        if nth > LINES_MAX {
            return Err(fault("the list is too long"));
        }
        before.clone_from(&area.code);
        if area.code.starts_with(within) || above(within).any(|code| code == area.code) {
            loader.take(area).await?;
        }
    }
    loader.write(true).await?;
    let loaded = loader.loaded;
    store.close().await;
    Ok(loaded)
}

struct Loader<'a> {
    store: &'a Store,
    part: Vec<Area>,
    /// The last code that was written.
    last: String,
    loaded: LoadedAreas,
}

impl Loader<'_> {
    async fn take(&mut self, area: Area) -> Result<(), StoreError> {
        self.part.push(area);
        if self.part.len() < PART { Ok(()) } else { self.write(false).await }
    }

    async fn write(&mut self, is_last: bool) -> Result<(), StoreError> {
        let until = self.part.last().map(|area| area.code.clone());
        let bound = until.as_deref().filter(|_| !is_last);
        let changes = self.store.put_areas(&self.last, bound, &self.part).await?;
        self.loaded.areas += u64::try_from(self.part.len()).unwrap_or(u64::MAX);
        self.loaded.put += changes.put;
        self.loaded.gone += changes.gone;
        self.last = until.unwrap_or_default();
        self.part.clear();
        Ok(())
    }
}
