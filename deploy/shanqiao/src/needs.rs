//! The system's programs that the rooms call; found out at the start, not in the middle of a lesson.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Result, bail};

/// Program, Debian package.
const PROGRAMS: &[(&str, &str)] =
    &[("pdfinfo", "poppler-utils"), ("pdftoppm", "poppler-utils"), ("cwebp", "webp")];

/// Refuses to go on when a program is missing, and says how to get it.
pub(crate) fn prove() -> Result<()> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    match missing(&path).as_slice() {
        [] => Ok(()),
        packages => bail!(
            "programs that slides need are missing on this machine: run `apt-get install {}` as root (or deploy/install.sh), then start again",
            packages.join(" ")
        ),
    }
}

/// The packages whose programs are not on `path`.
fn missing(path: &OsStr) -> Vec<&'static str> {
    let there = |name: &str| std::env::split_paths(path).any(|it| is_program(&it.join(name)));
    let mut packages: Vec<_> =
        PROGRAMS.iter().filter(|(name, _)| !there(name)).map(|(_, package)| *package).collect();
    packages.dedup();
    packages
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_named_by_its_package() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(missing(folder.path().as_os_str()), ["poppler-utils", "webp"]);
        for (name, mode) in [("pdfinfo", 0o755), ("pdftoppm", 0o755), ("cwebp", 0o644)] {
            let path = folder.path().join(name);
            std::fs::write(&path, "").unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        }
        assert_eq!(missing(folder.path().as_os_str()), ["webp"]);
    }
}
