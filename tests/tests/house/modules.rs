//! Which module of a package uses which.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::sources::Source;

/// The edges between modules: for each folder of modules, which child uses which of its siblings.
pub(crate) struct Modules {
    uses: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
}

impl Modules {
    /// Reads the edges from the files of one package.
    pub(crate) fn read(_folder: &Path, files: &[Source]) -> Self {
        let names: BTreeMap<Vec<String>, &Source> =
            files.iter().map(|it| (module(&it.path), it)).collect();
        let mut modules = Self { uses: BTreeMap::new() };
        for (from, source) in &names {
            for named in source.paths() {
                if let Some(to) = resolve(from, &named, &names) {
                    modules.add(from, &to);
                }
            }
        }
        modules
    }

    /// One sentence for each sibling that reaches itself.
    pub(crate) fn cycles(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (parent, uses) in &self.uses {
            let mut named = BTreeSet::new();
            for start in uses.keys() {
                if let Some(through) = way_back(uses, start)
                    && named.is_disjoint(&through)
                {
                    found.push(format!(
                        "a cycle in {parent}: {}",
                        Vec::from_iter(&through)
                            .iter()
                            .map(|it| it.as_str())
                            .collect::<Vec<_>>()
                            .join(", ")
                    ));
                    named.extend(through);
                }
            }
        }
        found
    }

    fn add(&mut self, from: &[String], to: &[String]) {
        let shared = from.iter().zip(to).take_while(|(a, b)| a == b).count();
        if let (Some(user), Some(used)) = (from.get(shared), to.get(shared)) {
            let siblings =
                self.uses.entry(format!("crate::{}", from[..shared].join("::"))).or_default();
            siblings.entry(user.clone()).or_default().insert(used.clone());
        }
    }
}

/// `a/b.rs` is `[a, b]`, `a/mod.rs` is `[a]`, the root is `[]`.
fn module(path: &str) -> Vec<String> {
    let parts = Path::new(path).with_extension("");
    let parts = parts.iter().map(|it| it.to_str().unwrap().to_owned());
    parts.filter(|it| !["lib", "main", "mod"].contains(&it.as_str())).collect()
}

/// The longest module that the path names, if it is another one.
fn resolve(
    from: &[String],
    named: &str,
    names: &BTreeMap<Vec<String>, &Source>,
) -> Option<Vec<String>> {
    let mut to = match named.split("::").next()? {
        "crate" => Vec::new(),
        _ => from.to_vec(),
    };
    for part in named.split("::") {
        match part {
            "crate" | "self" => {}
            "super" => drop(to.pop()),
            name => {
                to.push(name.to_owned());
                if !names.keys().any(|it| it.starts_with(&to)) {
                    to.pop();
                    break;
                }
            }
        }
    }
    (to != from).then_some(to)
}

/// The siblings on the way from `start` back to itself.
fn way_back(uses: &BTreeMap<String, BTreeSet<String>>, start: &str) -> Option<BTreeSet<String>> {
    let reached = reach(uses, start);
    if !reached.contains(start) {
        return None;
    }
    Some(reached.into_iter().filter(|it| reach(uses, it).contains(start)).collect())
}

fn reach(uses: &BTreeMap<String, BTreeSet<String>>, from: &str) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut open = vec![from.to_owned()];
    while let Some(module) = open.pop() {
        for next in uses.get(&module).into_iter().flatten() {
            if seen.insert(next.clone()) {
                open.push(next.clone());
            }
        }
    }
    seen
}
