//! Prints what the API takes and answers (OpenAPI 3.1), for the types of the web client (`tests/api/types.sh`).

use std::io::Write as _;

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(scheduler::description().as_bytes())?;
    out.write_all(b"\n")
}
