//! Every committed seed goes through its target: what was found once stays mended.

use std::path::Path;

use fuzz::{TARGETS, target};

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds")
}

#[test]
fn every_seed_is_taken() {
    for (name, target) in TARGETS {
        let mut seeds = 0;
        for file in std::fs::read_dir(folder().join(name)).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            assert!(bytes.len() <= 16_384, "seeds are small");
            target(&bytes);
            seeds += 1;
        }
        assert!(seeds > 0, "{name} has no seeds");
        target(&[]);
    }
}

#[test]
fn every_folder_of_seeds_has_a_target() {
    for found in std::fs::read_dir(folder()).unwrap() {
        let name = found.unwrap().file_name();
        assert!(name.to_str().and_then(target).is_some(), "{name:?}");
    }
}
