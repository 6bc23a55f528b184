//! Source files as tokens: what they name, and how long their parts are.

use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::Visit;

use super::plan;

/// One Rust file.
pub(crate) struct Source {
    /// Path from the folder that was read.
    pub(crate) path: String,
    text: String,
    tokens: Vec<TokenTree>,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let tokens: TokenStream = text.parse().unwrap_or_else(|it| panic!("{path}: {it}"));
        Self { path: path.to_owned(), text: text.to_owned(), tokens: product_tokens(tokens) }
    }

    /// Lines that hold product code, comments and blanks included, test modules not.
    pub(crate) fn product_lines(&self) -> usize {
        let file = syn::parse_file(&self.text).unwrap();
        let tests = file.items.iter().filter(|it| is_test(attributes(it)));
        let tested: usize = tests.map(|it| lines(it.span())).sum();
        self.text.lines().count() - tested
    }

    /// Name and length of each function, test modules not counted.
    pub(crate) fn functions(&self) -> Vec<(String, usize)> {
        let mut found = Functions::default();
        for item in syn::parse_file(&self.text).unwrap().items {
            if !is_test(attributes(&item)) {
                found.visit_item(&item);
            }
        }
        found.0
    }

    /// Names of the types and traits that it declares, in functions and inner modules too.
    pub(crate) fn types(&self) -> Vec<String> {
        let mut found = Types::default();
        found.visit_file(&self.syntax());
        found.0
    }

    /// The same without those of tests.
    pub(crate) fn product_types(&self) -> Vec<String> {
        let mut found = Types::default();
        let items = self.syntax().items;
        items.iter().filter(|it| !is_test(attributes(it))).for_each(|it| found.visit_item(it));
        found.0
    }

    /// Whether the file lies in a module of tests.
    pub(crate) fn is_test(&self) -> bool {
        let parts = Path::new(&self.path).with_extension("");
        parts.iter().any(|part| part == "tests" || part == "simulation")
    }

    /// Paths that begin with `crate`, `super` or `self`.
    pub(crate) fn paths(&self) -> Vec<String> {
        let mut found = Vec::new();
        walk(&self.tokens, &mut found);
        found
    }

    /// Its syntax tree.
    pub(crate) fn syntax(&self) -> syn::File {
        syn::parse_file(&self.text).unwrap_or_else(|it| panic!("{}: {it}", self.path))
    }

    /// Whether `library` is named in the code.
    pub(crate) fn names(&self, library: &str) -> bool {
        names(&self.tokens, library)
    }
}

/// All product files of the workspace, by their path from its root.
pub(crate) fn product() -> Vec<Source> {
    let root = plan::root();
    let files = plan::packages().into_iter().flat_map(|it| rust_files(&it.source));
    files.map(|it| read(&root, &it)).collect()
}

/// The files under one `src` folder, by their path from it.
pub(crate) fn of(folder: &Path) -> Vec<Source> {
    rust_files(folder).iter().map(|it| read(folder, it)).collect()
}

/// Paths in back-quotes that lie in one of the house's folders.
pub(crate) fn paths_named(page: &str) -> Vec<String> {
    let folders = ["gateway/", "recorder/", "scheduler/", "web-client/", "tests/", "deploy/"];
    let quoted = page.split('`').skip(1).step_by(2);
    quoted
        .filter(|it| folders.iter().any(|folder| it.starts_with(folder)))
        .filter(|it| !it.contains([' ', '*', '{', '<']))
        .map(|it| it.split_once(':').map_or(it, |(path, _)| path).to_owned())
        .collect()
}

/// Words in back-quotes that are written as types are.
pub(crate) fn types_named(page: &str) -> Vec<String> {
    let quoted = page.split('`').skip(1).step_by(2);
    let is_type = |it: &&str| {
        it.starts_with(|first: char| first.is_ascii_uppercase())
            && it.contains(|letter: char| letter.is_ascii_lowercase())
            && it.chars().all(|letter| letter.is_ascii_alphanumeric())
    };
    quoted.filter(is_type).map(str::to_owned).collect()
}

fn read(folder: &Path, file: &Path) -> Source {
    let path = file.strip_prefix(folder).unwrap().to_str().unwrap();
    Source::new(path, &std::fs::read_to_string(file).unwrap())
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|it| it.is_dir());
    let files = files.into_iter().filter(|it| it.extension().is_some_and(|it| it == "rs"));
    let mut found: Vec<_> = files.chain(folders.iter().flat_map(|it| rust_files(it))).collect();
    found.sort();
    found
}

/// The tokens without `#[cfg(test)]` items.
fn product_tokens(tokens: TokenStream) -> Vec<TokenTree> {
    let mut kept: Vec<TokenTree> = Vec::new();
    let mut tokens = tokens.into_iter();
    while let Some(token) = tokens.next() {
        let test = matches!(&token, TokenTree::Group(it) if it.to_string() == "[cfg (test)]");
        let marked = matches!(kept.last(), Some(TokenTree::Punct(it)) if it.as_char() == '#');
        if !(test && marked) {
            kept.push(token);
            continue;
        }
        kept.pop();
        for skipped in tokens.by_ref() {
            match skipped {
                TokenTree::Group(it) if it.delimiter() == Delimiter::Brace => break,
                TokenTree::Punct(it) if it.as_char() == ';' => break,
                _ => {}
            }
        }
    }
    kept
}

fn names(tokens: &[TokenTree], library: &str) -> bool {
    tokens.iter().any(|token| match token {
        TokenTree::Ident(it) => *it == library,
        TokenTree::Group(it) => names(&it.stream().into_iter().collect::<Vec<_>>(), library),
        _ => false,
    })
}

fn walk(tokens: &[TokenTree], found: &mut Vec<String>) {
    let mut rest = tokens;
    while let Some((token, after)) = rest.split_first() {
        rest = after;
        match token {
            TokenTree::Ident(it)
                if ["crate", "super", "self"].contains(&it.to_string().as_str()) =>
            {
                rest = path(it.to_string(), after, found);
            }
            TokenTree::Group(it) => walk(&it.stream().into_iter().collect::<Vec<_>>(), found),
            _ => {}
        }
    }
}

/// Follows one path from its first word, into the groups of a `use`; returns what comes after it.
fn path<'a>(
    mut so_far: String,
    mut rest: &'a [TokenTree],
    found: &mut Vec<String>,
) -> &'a [TokenTree] {
    while let [TokenTree::Punct(a), TokenTree::Punct(b), next, after @ ..] = rest {
        if a.as_char() != ':' || b.as_char() != ':' {
            break;
        }
        match next {
            TokenTree::Ident(it) => so_far = format!("{so_far}::{it}"),
            TokenTree::Group(it) if it.delimiter() == Delimiter::Brace => {
                let inside: Vec<TokenTree> = it.stream().into_iter().collect();
                for part in
                    inside.split(|it| matches!(it, TokenTree::Punct(it) if it.as_char() == ','))
                {
                    if let Some((TokenTree::Ident(first), more)) = part.split_first() {
                        path(format!("{so_far}::{first}"), more, found);
                    }
                }
                return after;
            }
            _ => break,
        }
        rest = after;
    }
    if so_far.contains("::") {
        found.push(so_far);
    }
    rest
}

#[derive(Default)]
struct Functions(Vec<(String, usize)>);

impl Visit<'_> for Functions {
    fn visit_item_fn(&mut self, it: &syn::ItemFn) {
        self.0.push((it.sig.ident.to_string(), lines(it.block.span())));
        syn::visit::visit_item_fn(self, it);
    }

    fn visit_impl_item_fn(&mut self, it: &syn::ImplItemFn) {
        self.0.push((it.sig.ident.to_string(), lines(it.block.span())));
        syn::visit::visit_impl_item_fn(self, it);
    }
}

#[derive(Default)]
struct Types(Vec<String>);

impl Visit<'_> for Types {
    fn visit_item(&mut self, item: &syn::Item) {
        let name = match item {
            syn::Item::Struct(it) => Some(&it.ident),
            syn::Item::Enum(it) => Some(&it.ident),
            syn::Item::Trait(it) => Some(&it.ident),
            syn::Item::Type(it) => Some(&it.ident),
            _ => None,
        };
        self.0.extend(name.map(ToString::to_string));
        syn::visit::visit_item(self, item);
    }
}

fn lines(span: proc_macro2::Span) -> usize {
    span.end().line - span.start().line + 1
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Mod(it) => &it.attrs,
        syn::Item::Fn(it) => &it.attrs,
        syn::Item::Impl(it) => &it.attrs,
        _ => &[],
    }
}

pub(crate) fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|it| {
        it.path().is_ident("cfg") && it.parse_args::<syn::Ident>().is_ok_and(|it| it == "test")
    })
}
