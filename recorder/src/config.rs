use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::path::PathBuf;

/// What a recorder can be told. Every field has a default; unknown ones are refused.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Folder of recordings (`recordings/`) and slide decks (`decks/`).
    pub data: PathBuf,
    /// The gateway's tap, `ws://HOST:PORT/tap`.
    pub tap_url: String,
    /// A journal segment is sealed at this size, 10⁶ bytes.
    pub segment_megabytes: u32,
    /// A journal segment is sealed at this age, seconds.
    pub segment_seconds: u32,
    /// Records wait at most this long for others to be written with, milliseconds.
    pub batch_milliseconds: u32,
    /// Written records wait at most this long for `fdatasync`, milliseconds.
    pub sync_milliseconds: u32,
    /// What waits for a disk that is slow or full, 10⁶ bytes; over three quarters of it pictures are dropped
    /// and counted, over all of it sound too.
    pub memory_megabytes: u32,
    /// After a restart of the recorder: how long a gateway is waited for to go on with a take, seconds.
    pub resume_seconds: u32,
    /// How long a take stays open without a gateway, seconds.
    pub gateway_gone_seconds: u32,
    /// An assembly that makes no progress for so long is given up, seconds.
    pub assembly_stall_seconds: u32,
    /// Address space of an assembly, 10⁶ bytes.
    pub assembly_megabytes: u32,
    /// An assembly may take so long, seconds, and four times the length of the take.
    pub assembly_seconds: u32,
    /// The program that assembles, and its arguments; empty: this program with `assemble`.
    #[serde(skip)]
    pub assembler: Vec<OsString>,
    /// Rate of the mixed voice, 10³ bits a second.
    pub voice_kilobits: u32,
    /// Slide decks.
    pub deck: DeckConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: PathBuf::from("data"),
            tap_url: "ws://127.0.0.1:8080/tap".to_owned(),
            segment_megabytes: 16,
            segment_seconds: 60,
            batch_milliseconds: 100,
            sync_milliseconds: 500,
            memory_megabytes: 64,
            resume_seconds: 15,
            gateway_gone_seconds: 60,
            assembly_stall_seconds: 60,
            assembly_megabytes: 4_000,
            assembly_seconds: 600,
            assembler: Vec::new(),
            voice_kilobits: 24,
            deck: DeckConfig::default(),
        }
    }
}

impl Config {
    pub(crate) fn recordings(&self) -> PathBuf {
        self.data.join("recordings")
    }

    /// Where deleted recordings lie until they are removed.
    pub(crate) fn deleted(&self) -> PathBuf {
        self.data.join("deleted")
    }

    pub(crate) fn decks(&self) -> PathBuf {
        self.data.join("decks")
    }
}

/// Limits for uploaded slides.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeckConfig {
    /// Largest PDF, 10⁶ bytes.
    pub megabytes: u32,
    /// Most pages.
    pub pages: u32,
    /// Longest work on one PDF, seconds.
    pub seconds: u32,
    /// Memory of each drawing child, 10⁶ bytes.
    pub memory_megabytes: u32,
    /// How long an upload waits for the one before it, seconds.
    pub waiting_seconds: u32,
    /// Width of a page's image, pixels.
    pub width: u32,
}

impl Default for DeckConfig {
    fn default() -> Self {
        Self {
            megabytes: 50,
            pages: 300,
            seconds: 60,
            memory_megabytes: 1_000,
            waiting_seconds: 20,
            width: 1_280,
        }
    }
}
