//! The plan of the house, and the packages as cargo sees them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Floor of each package: words, trades, a room's core, rooms, house. A package uses only lower floors.
pub(crate) const FLOORS: &[(&str, u8)] = &[
    ("media", 0),
    ("session", 0),
    ("problems", 0),
    ("sfu", 1),
    ("allocation", 1),
    ("estimate", 1),
    ("transport", 1),
    ("archive", 1),
    ("booking", 1),
    ("calendar", 1),
    ("consultation", 1),
    ("policy", 1),
    ("teaching", 1),
    ("reminding", 1),
    ("signalling", 2),
    ("gateway", 3),
    ("recorder", 3),
    ("scheduler", 3),
    ("shanqiao", 4),
    ("tests", 4),
    ("fuzz", 4),
    ("line", 4),
];

/// Packages of the lower floors that rest on std libraries: signing, answers of HTTP, and the WebRTC parts.
pub(crate) const STD_BELOW: &[&str] = &["session", "problems", "transport"];

/// Which packages may depend on a library; `*` stands for any ending.
pub(crate) const FOREIGN_PACKAGES: &[(&str, &[&str])] = &[
    ("sqlx", &["scheduler"]),
    ("csv", &["scheduler"]),
    ("encoding_rs", &["scheduler"]),
    ("gstreamer*", &["recorder"]),
    ("rtc-*", &["transport"]),
    ("livekit-protocol", &["gateway", "tests"]),
    ("lettre", &["scheduler"]),
    ("tyme4rs", &["scheduler"]),
    ("rust-embed", &["shanqiao"]),
    ("clap", &["shanqiao"]),
    ("tokio-rustls", &["shanqiao"]),
    ("rcgen", &["shanqiao"]),
    ("libfuzzer-sys", &["fuzz"]),
];

/// Where in the tree a library may be named.
pub(crate) const FOREIGN_MODULES: &[(&str, &str)] = &[
    ("sqlx", "scheduler/src/store"),
    ("csv", "scheduler/src/register/sheet"),
    ("encoding_rs", "scheduler/src/register/sheet"),
    ("gstreamer", "recorder/src/assemble"),
    ("gstreamer_app", "recorder/src/assemble"),
    ("lettre", "scheduler/src/mails"),
    ("tyme4rs", "scheduler/src/almanac"),
    ("rust_embed", "deploy/shanqiao/src/web"),
];

/// Type names that several packages of the gateway have, each for its own part of one thing, and what that is. Within a
/// package, and for anything else, a name is given once.
pub(crate) const SHARED_TYPES: &[(&str, &str)] = &[
    ("Input", "what a core is told"),
    ("Output", "what a core asks for"),
    ("Room", "people and their tracks"),
    ("Track", "what a client sends in one m-section"),
    ("Listener", "a connection that is sent tracks"),
    ("Subscription", "one listener of one track"),
    ("Subscribe", "a subscription that begins"),
    ("Connection", "one peer connection"),
    ("Connections", "all peer connections"),
    ("Section", "one m-section (RFC 8866)"),
];

/// A workspace member.
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) manifest: PathBuf,
    pub(crate) source: PathBuf,
    pub(crate) dependencies: Vec<Dependency>,
}

/// What a package says that it uses.
pub(crate) struct Dependency {
    pub(crate) name: String,
}

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The workspace members, from `cargo metadata`; what only tests use is not counted.
pub(crate) fn packages() -> Vec<Package> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version=1", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().iter().map(package).collect()
}

/// Names of all packages, foreign ones too, that are built into `program`: what tests alone use is not.
pub(crate) fn shipped(program: &str) -> BTreeSet<String> {
    // What other systems need is not on this machine.
    let platform = format!("--filter-platform={}-unknown-linux-gnu", std::env::consts::ARCH);
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--offline", "--locked", &platform])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let list = |value: &serde_json::Value| value.as_array().unwrap().clone();
    let names: BTreeMap<String, String> = list(&metadata["packages"])
        .iter()
        .map(|it| (it["id"].to_string(), it["name"].as_str().unwrap().to_owned()))
        .collect();
    let nodes: BTreeMap<String, Vec<serde_json::Value>> = list(&metadata["resolve"]["nodes"])
        .iter()
        .map(|it| (it["id"].to_string(), list(&it["deps"])))
        .collect();
    let mut open: Vec<String> =
        names.iter().filter(|(_, name)| *name == program).map(|(id, _)| id.clone()).collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        if seen.insert(id.clone()) {
            let built = |it: &&serde_json::Value| {
                list(&it["dep_kinds"]).iter().any(|kind| kind["kind"].as_str() != Some("dev"))
            };
            open.extend(nodes[&id].iter().filter(built).map(|it| it["pkg"].to_string()));
        }
    }
    seen.iter().map(|id| names[id].clone()).collect()
}

/// Features of `package` as it is built into `program`.
pub(crate) fn features(program: &str, package: &str) -> Vec<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "-e", "normal", "--prefix", "none"])
        .args(["-f", "{p}\t{f}", "-p", program])
        .current_dir(root())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let built = text.lines().filter_map(|line| line.split_once('\t'));
    let mut named = built.filter(|(name, _)| name.split(' ').next() == Some(package));
    let (_, features) = named.next().unwrap_or_else(|| panic!("{program} without {package}"));
    features.split(',').filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

fn package(found: &serde_json::Value) -> Package {
    let manifest = PathBuf::from(found["manifest_path"].as_str().unwrap());
    let product = found["dependencies"].as_array().unwrap().iter().filter(|it| it["kind"] != "dev");
    Package {
        name: found["name"].as_str().unwrap().to_owned(),
        source: manifest.with_file_name("src"),
        dependencies: product
            .map(|it| Dependency { name: it["name"].as_str().unwrap().to_owned() })
            .collect(),
        manifest,
    }
}
