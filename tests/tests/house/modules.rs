//! Which module of a package uses or calls which.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use super::calls::calls;
use super::declared::{Declarations, Module};
use super::sources::Source;

/// How the file of a folder itself (`mod.rs`, `lib.rs`) is named among the modules in the folder.
const OWN_FILE: &str = "its own file";

/// Who uses whom among the modules of one folder, each with an example.
type Edges = BTreeMap<String, BTreeMap<String, String>>;

/// The edges between modules: for each folder, which of its modules uses or calls which other.
pub(crate) struct Modules {
    folders: BTreeMap<Module, Edges>,
}

impl Modules {
    /// Reads the edges from the files of one package: what is named by a path, and what is called,
    /// methods too.
    pub(crate) fn read(files: &[Source]) -> Self {
        let parsed: Vec<(Module, syn::File)> =
            files.iter().map(|it| (module(&it.path), it.syntax())).collect();
        let names: BTreeSet<&Module> = parsed.iter().map(|(module, _)| module).collect();
        let declared = Declarations::read(&parsed);
        let mut modules = Self { folders: BTreeMap::new() };
        for (source, (from, _)) in files.iter().zip(&parsed) {
            for named in source.paths() {
                let to = resolve(from, &named, &names);
                modules.add(from, &to, false, &format!("names {named}"));
            }
            for to in declared.used(from) {
                modules.add(from, &to, false, &format!("uses {}", to.join("::")));
            }
        }
        for call in calls(&declared, &parsed) {
            let example = format!("{} calls {}", call.caller, call.called);
            modules.add(&call.from, &call.to, true, &example);
        }
        modules
    }

    /// For each folder whose modules go in a circle, the folder and one way around.
    pub(crate) fn cycles(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for (folder, edges) in &self.folders {
            let mut told = BTreeSet::new();
            for start in edges.keys() {
                let Some(around) = way_around(edges, start) else { continue };
                if around.iter().any(|it| told.contains(it)) {
                    continue;
                }
                let mut steps = Vec::new();
                for (at, from) in around.iter().enumerate() {
                    let to = &around[(at + 1) % around.len()];
                    steps.push(format!("\n    {from} -> {to}: {}", edges[from][to]));
                }
                found.push((folder.join("::"), steps.concat()));
                told.extend(around);
            }
        }
        found
    }

    /// A call between a folder's own file and a module in it counts; a `use` does not, for what all
    /// modules of a folder need is declared there.
    fn add(&mut self, from: &Module, to: &Module, call: bool, example: &str) {
        let shared = from.iter().zip(to).take_while(|(a, b)| a == b).count();
        let (user, used) = (from.get(shared), to.get(shared));
        if user == used || (!call && (user.is_none() || used.is_none())) {
            return;
        }
        let name = |it: Option<&String>| it.map_or(OWN_FILE, String::as_str).to_owned();
        let edges = self.folders.entry(from[..shared].to_vec()).or_default();
        let edges = edges.entry(name(user)).or_default();
        edges.entry(name(used)).or_insert_with(|| example.to_owned());
    }
}

/// `a/b.rs` is `[a, b]`, `a/mod.rs` is `[a]`, the root is `[]`.
fn module(path: &str) -> Module {
    let parts = Path::new(path).with_extension("");
    let parts = parts.iter().map(|it| it.to_str().unwrap().to_owned());
    parts.filter(|it| !["lib", "main", "mod"].contains(&it.as_str())).collect()
}

/// The longest module that the path names.
fn resolve(from: &Module, named: &str, names: &BTreeSet<&Module>) -> Module {
    let mut to = if named.starts_with("crate") { Module::new() } else { from.clone() };
    for part in named.split("::") {
        match part {
            "crate" | "self" => {}
            "super" => drop(to.pop()),
            name => {
                to.push(name.to_owned());
                if !names.iter().any(|it| it.starts_with(&to)) {
                    to.pop();
                    break;
                }
            }
        }
    }
    to
}

/// The shortest way from `start` back to itself.
fn way_around(edges: &Edges, start: &str) -> Option<Vec<String>> {
    let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
    let mut open = VecDeque::from([start]);
    while let Some(at) = open.pop_front() {
        for next in edges.get(at).into_iter().flat_map(BTreeMap::keys) {
            if next == start {
                let mut way = vec![at.to_owned()];
                let mut last = at;
                while last != start {
                    last = came_from[last];
                    way.push(last.to_owned());
                }
                way.reverse();
                return Some(way);
            }
            if !came_from.contains_key(next.as_str()) {
                came_from.insert(next, at);
                open.push_back(next);
            }
        }
    }
    None
}
