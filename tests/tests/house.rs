//! What the house must be. A rule that is not checked here is a wish.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod house {
    pub(crate) mod calls;
    pub(crate) mod declared;
    pub(crate) mod modules;
    pub(crate) mod plan;
    pub(crate) mod sources;
}

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use house::modules::Modules;
use house::plan::{self, FLOORS, FOREIGN_MODULES, FOREIGN_PACKAGES, SHARED_TYPES, STD_BELOW};
use house::sources::{self, Source};

/// Longest product file and function, in lines, tests at the foot not counted.
const FILE_LINES: usize = 400;
const FUNCTION_LINES: usize = 70;

/// What the signalling core may not name: it is told the time, and what comes of anything is for its caller to do.
const NOT_IN_SIGNALLING: &[&str] = &[
    "tokio",
    "mio",
    "mpsc",
    "thread",
    "net",
    "fs",
    "env",
    "process",
    "SystemTime",
    "Mutex",
    "RwLock",
    "Condvar",
    "OsRng",
    "livekit_protocol",
    "tracing",
];

#[test]
fn dependencies_only_go_down() {
    let floors: BTreeMap<&str, u8> = FLOORS.iter().copied().collect();
    for package in plan::packages() {
        let floor = floors
            .get(package.name.as_str())
            .unwrap_or_else(|| panic!("give the package {} a floor", package.name));
        for dependency in &package.dependencies {
            let Some(below) = floors.get(dependency.name.as_str()) else { continue };
            assert!(below < floor, "{} may not use {}", package.name, dependency.name);
        }
    }
}

#[test]
fn the_lower_floors_know_no_clock_socket_or_thread() {
    for package in plan::packages() {
        let low = FLOORS.iter().any(|(name, floor)| *name == package.name && *floor < 2);
        if low && !STD_BELOW.contains(&package.name.as_str()) {
            let root = std::fs::read_to_string(package.source.join("lib.rs")).unwrap();
            assert!(root.contains("#![no_std]"), "{} must be no_std", package.name);
        }
    }
}

#[test]
fn every_package_opens_with_what_it_is_for() {
    for package in plan::packages() {
        let root = ["lib.rs", "main.rs"].map(|it| package.source.join(it));
        let root = root.iter().find(|it| it.exists()).expect("a package has a root");
        let text = std::fs::read_to_string(root).unwrap();
        assert!(text.starts_with("//! "), "{} must open with its purpose", root.display());
    }
}

#[test]
fn files_and_functions_are_small() {
    let mut long = Vec::new();
    for source in sources::product() {
        if source.product_lines() > FILE_LINES {
            long.push(format!("{} has {} lines", source.path, source.product_lines()));
        }
        for (name, lines) in source.functions() {
            if lines > FUNCTION_LINES {
                long.push(format!("{}: {name} has {lines} lines", source.path));
            }
        }
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn modules_are_named_by_what_they_hold() {
    for source in sources::product() {
        for part in Path::new(&source.path).with_extension("").iter() {
            let name = part.to_string_lossy();
            let vague = ["util", "utils", "helper", "helpers", "manager", "common", "misc"];
            assert!(!vague.contains(&name.as_ref()), "{}: {name} says nothing", source.path);
        }
    }
}

/// Of several types of one name a reader must guess which one is meant.
#[test]
fn a_type_of_the_gateway_has_a_name_of_its_own() {
    let mut homes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in gateway() {
        for name in source.product_types() {
            homes.entry(name).or_default().push(source.path.clone());
        }
    }
    assert!(homes.len() > 200, "{} types", homes.len());
    for (name, paths) in &homes {
        let packages: BTreeSet<_> = paths.iter().filter_map(|it| it.split_once("src/")).collect();
        let packages: BTreeSet<&str> = packages.iter().map(|(package, _)| *package).collect();
        let shared = SHARED_TYPES.iter().any(|(it, _)| it == name);
        assert!(paths.len() == 1 || shared, "{name} is declared in {paths:?}");
        assert_eq!(paths.len(), packages.len(), "{name} is declared twice in a package: {paths:?}");
        assert!(paths.len() > 1 || !shared, "{name} is not shared: take it off the list");
    }
}

/// Arguments of closures say what they are.
#[test]
fn nothing_in_the_gateway_is_called_it() {
    for source in gateway() {
        assert!(!source.names("it"), "{}: give what is called `it` a name", source.path);
    }
}

/// The product files of all packages of the gateway.
fn gateway() -> impl Iterator<Item = Source> {
    let sources = sources::product().into_iter();
    sources.filter(|it| it.path.starts_with("gateway/") && !it.is_test())
}

/// By name and by call, methods too: `impl` blocks of one type in several modules call each other as functions do.
#[test]
fn modules_use_and_call_each_other_in_one_direction() {
    let mut cycles = Vec::new();
    for package in plan::packages() {
        for (folder, around) in Modules::read(&sources::of(&package.source)).cycles() {
            cycles.push(format!("a cycle in {}::{folder}:{around}", package.name));
        }
    }
    assert!(cycles.is_empty(), "{}", cycles.join("\n"));
}

#[test]
fn the_signalling_core_asks_for_nothing_itself() {
    let sources = sources::product();
    let core: Vec<&Source> =
        sources.iter().filter(|it| it.path.starts_with("gateway/signalling/src")).collect();
    assert!(core.len() > 20, "{} files", core.len());
    for source in core {
        for name in NOT_IN_SIGNALLING {
            assert!(!source.names(name), "{} may not name {name}", source.path);
        }
    }
}

#[test]
fn each_foreign_library_has_one_home() {
    for package in plan::packages() {
        for dependency in &package.dependencies {
            for (library, homes) in FOREIGN_PACKAGES {
                let named = dependency.name == *library
                    || library.strip_suffix('*').is_some_and(|it| dependency.name.starts_with(it));
                let home = homes.contains(&package.name.as_str());
                assert!(!named || home, "{} belongs in {homes:?}", dependency.name);
            }
        }
    }
    for source in sources::product() {
        for (library, home) in FOREIGN_MODULES {
            let home = source.path.starts_with(home);
            assert!(home || !source.names(library), "{} may not name {library}", source.path);
        }
    }
}

/// The depacketizers of webrtc-rs panic on hostile input, and its interceptors rest on them: no packet of a stranger
/// may reach one.
#[test]
fn no_depacketizer_of_others_is_shipped() {
    let shipped = plan::shipped("shanqiao");
    assert!(shipped.contains("rtc-dtls") && shipped.contains("gateway"), "{shipped:?}");
    for library in
        ["rtc-rtp", "rtc-rtcp", "rtc-media", "rtc-interceptor", "rtc-srtp", "rtc-sdp", "str0m"]
    {
        assert!(!shipped.contains(library), "{library} is built into the program");
    }
}

/// What only the fuzz targets go through stands behind a feature, and the program is built without it.
#[test]
fn no_door_of_tests_is_shipped() {
    let feature = "readers".to_owned();
    for room in ["gateway", "scheduler"] {
        assert!(plan::features("fuzz", room).contains(&feature), "the fuzz targets need it");
        assert!(!plan::features("shanqiao", room).contains(&feature), "the program has it");
    }
    let gate = format!("#[cfg(feature = \"{feature}\")]");
    let mut gated = 0;
    for source in sources::product() {
        let path = plan::root().join(&source.path);
        let text = std::fs::read_to_string(&path).unwrap();
        let head: String = text.lines().take_while(|line| line.starts_with("//!")).collect();
        if head.contains("for the fuzz targets") {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let parent = ["mod.rs", "lib.rs"].map(|it| path.with_file_name(it));
            let parent = parent.iter().find(|it| it.exists()).unwrap();
            let parent = std::fs::read_to_string(parent).unwrap();
            let lines: Vec<&str> = parent.lines().filter(|it| *it != "#[doc(hidden)]").collect();
            let at = lines.iter().position(|it| it.ends_with(&format!("mod {name};"))).unwrap();
            assert_eq!(lines[at - 1], gate, "{}", source.path);
            gated += 1;
        }
    }
    assert_eq!(gated, 4, "readers, and the shard and the receipts that they play on");
}

#[test]
fn every_dependency_has_its_reason() {
    let manifest = std::fs::read_to_string(plan::root().join("Cargo.toml")).unwrap();
    let section = manifest.split("[workspace.dependencies]").nth(1).unwrap();
    let section = section.split("\n[").next().unwrap();
    let mut reasoned = false;
    for line in section.lines() {
        match line.trim() {
            "" => reasoned = false,
            comment if comment.starts_with('#') => reasoned = comment.len() > 8,
            dependency => assert!(reasoned, "say why above: {dependency}"),
        }
    }
}

#[test]
fn packages_take_versions_and_lints_from_the_root() {
    for package in plan::packages() {
        let text = std::fs::read_to_string(&package.manifest).unwrap();
        let manifest: toml::Table = toml::from_str(&text).unwrap();
        assert_eq!(manifest["lints"]["workspace"].as_bool(), Some(true), "{}", package.name);
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(named) = manifest.get(kind).and_then(toml::Value::as_table) else { continue };
            for (name, value) in named {
                let inherited = value.get("workspace").and_then(toml::Value::as_bool);
                assert_eq!(inherited, Some(true), "{}: {name}", package.name);
            }
        }
    }
}

#[test]
fn the_maps_name_real_places() {
    for page in ["ARCHITECTURE.md", "README.md", "CONTRIBUTING.md", "deploy/limits.md"] {
        let text = std::fs::read_to_string(plan::root().join(page))
            .unwrap_or_else(|_| panic!("{page} must exist"));
        for named in sources::paths_named(&text) {
            assert!(plan::root().join(&named).exists(), "{page} names {named}");
        }
    }
}

/// Types of ours, and the messages of LiveKit's that its rows name as such.
#[test]
fn the_glossary_names_types_that_exist() {
    let text = std::fs::read_to_string(plan::root().join("ARCHITECTURE.md")).unwrap();
    let glossary = text.split("## Glossary").nth(1).expect("the glossary has a heading");
    let glossary = glossary.split("\n## ").next().unwrap();
    let declared: BTreeSet<String> = sources::product().iter().flat_map(Source::types).collect();
    let rows = glossary.lines().filter(|line| !line.contains("LiveKit's `"));
    let named: Vec<String> = rows.flat_map(sources::types_named).collect();
    assert!(named.len() > 20, "{named:?}");
    for name in named {
        assert!(declared.contains(&name), "the glossary names {name}");
    }
}

#[test]
fn the_rules_bite() {
    let text = "use crate::b::X;\nfn f() { crate::c::g(super::d::h) }\n\
                #[cfg(test)]\nmod tests { use crate::e::Y; }";
    let source = Source::new("a.rs", text);
    let mut named = source.paths();
    named.sort();
    assert_eq!(named, ["crate::b::X", "crate::c::g", "super::d::h"]);
    assert_eq!(source.product_lines(), 2);
    let typed =
        Source::new("a.rs", "struct A; mod b { enum B {} } fn f() { trait C {} type D = u8; }");
    assert_eq!(typed.types(), ["A", "B", "C", "D"]);
    let tested = Source::new("a/b.rs", "struct A; #[cfg(test)] mod tests { struct B; }");
    assert_eq!((tested.types().len(), tested.product_types()), (2, vec!["A".to_owned()]));
    let tests = ["a/tests.rs", "a/tests/b.rs", "a/simulation/b.rs", "a/b.rs"];
    assert_eq!(tests.map(|it| Source::new(it, "").is_test()), [true, true, true, false]);
    let named = Source::new("a.rs", "fn f() { g(|it| it) } #[cfg(test)] mod tests { fn it() {} }");
    assert!(named.names("it"));
    assert!(!Source::new("a.rs", "#[cfg(test)] mod tests { fn it() {} }").names("it"));
    assert_eq!(sources::types_named("`Track`, `gateway/src`, `RTP`, `a`, `Vec<u8>`"), ["Track"]);
}

#[test]
fn a_cycle_of_modules_is_seen_however_it_calls() {
    let cycles = |files: &[(&str, &str)]| {
        let files: Vec<_> = files.iter().map(|(path, text)| Source::new(path, text)).collect();
        Modules::read(&files).cycles().len()
    };
    let uses = [("a.rs", "use crate::b::X;"), ("b.rs", "use crate::{c, a::Y};")];
    assert_eq!(cycles(&uses), 1);
    let nested = [("m/a.rs", "use super::b::X;"), ("m/b.rs", "use crate::m::a;")];
    assert_eq!(cycles(&nested), 1);
    let root = (
        "lib.rs",
        "mod a; mod b; struct Room { list: Vec<Seat>, seat: Option<Seat> } struct Seat;",
    );
    let first =
        |body: &str| format!("use super::*; impl Room {{ fn first(&mut self) {{ {body} }} }}");
    let second = "use super::*; impl Seat { fn sit(&self, room: &mut Room) { room.first() } fn rise(&self) {} }
        impl Room { fn second(&mut self) -> Option<Seat> { self.first(); None } fn third(&self) {} }";
    for body in [
        "self.second();",
        "Self::second(self);",
        "let own = self; own.third();",
        "if let Some(seat) = &self.seat { seat.rise() }",
        "for seat in &self.list { seat.rise() }",
        "self.list.iter().filter(|it| true).for_each(|it| it.rise());",
        "self.list.iter().for_each(Seat::rise);",
        "self.list[0].rise();",
        "match self.seat.as_ref() { Some(it) if true => it.rise(), _ => {} }",
        "drop(format!(\"{}\", self.third()));",
    ] {
        assert_eq!(cycles(&[root, ("a.rs", &first(body)), ("b.rs", second)]), 1, "{body}");
    }
    for body in ["", "self.list.len();", "Other::second();", "let list = 1; list.rise();"] {
        assert_eq!(cycles(&[root, ("a.rs", &first(body)), ("b.rs", second)]), 0, "{body}");
    }
    let own_file =
        "mod a; struct Room; impl Room { fn open(&self) { self.close() } fn end(&self) {} }";
    let child = |body: &str| format!("impl crate::Room {{ fn close(&self) {{ {body} }} }}");
    assert_eq!(cycles(&[("lib.rs", own_file), ("a.rs", &child("self.end()"))]), 1);
    assert_eq!(cycles(&[("lib.rs", own_file), ("a.rs", &child(""))]), 0);
}
