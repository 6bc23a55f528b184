//! The engine's program: `FUZZ_TARGET=stun fuzz CORPUS...` (libFuzzer's options follow).
#![no_main]

use std::sync::OnceLock;

use fuzz::{Target, target};

static CHOSEN: OnceLock<Target> = OnceLock::new();

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let chosen = CHOSEN.get_or_init(|| {
        let name = std::env::var_os("FUZZ_TARGET").unwrap_or_default();
        let found = name.to_str().and_then(target);
        assert!(found.is_some(), "FUZZ_TARGET names no target: {name:?}");
        found.unwrap_or(|_| {})
    });
    chosen(data);
});
