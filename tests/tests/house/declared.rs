//! What the modules of one package declare: types with their fields and methods, functions, and what
//! each module brings into scope.

use std::collections::{BTreeMap, BTreeSet};

use syn::{Fields, Generics, ImplItem, Item, ReturnType, TraitItem, Type, TypeParamBound, UseTree};

/// A module, by its path from the root of its package.
pub(crate) type Module = Vec<String>;

/// A type or trait of the package: where it is declared, and its name.
pub(crate) type TypeId = (Module, String);

/// What is known of the type of a value: the types of the package that it may be (more than one
/// where a trait or a branch decides), and those that can be taken out of it (`Option`, `Vec`, ...).
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    pub(crate) direct: BTreeSet<TypeId>,
    pub(crate) inside: BTreeSet<TypeId>,
}

impl Known {
    pub(crate) fn one(id: TypeId) -> Self {
        Self { direct: BTreeSet::from([id]), inside: BTreeSet::new() }
    }

    /// What comes out of an `Option`, a list or a table.
    pub(crate) fn element(self) -> Self {
        if self.inside.is_empty() {
            return self;
        }
        Self { direct: self.inside.clone(), inside: self.inside }
    }

    /// A value that holds this one.
    pub(crate) fn held(self) -> Self {
        Self { direct: BTreeSet::new(), inside: &self.direct | &self.inside }
    }

    pub(crate) fn or(mut self, other: Self) -> Self {
        self.direct.extend(other.direct);
        self.inside.extend(other.inside);
        self
    }
}

/// A function with a body, or one that a trait asks for.
#[derive(Clone)]
pub(crate) struct Function {
    /// Where its body is.
    pub(crate) module: Module,
    pub(crate) returns: Known,
}

#[derive(Default)]
pub(crate) struct Declared {
    pub(crate) fields: BTreeMap<String, Known>,
    pub(crate) variants: BTreeMap<String, BTreeMap<String, Known>>,
    pub(crate) methods: BTreeMap<String, Vec<Function>>,
}

#[derive(Default)]
struct Scope {
    types: BTreeSet<String>,
    functions: BTreeMap<String, ReturnType>,
    values: BTreeMap<String, Type>,
    aliases: BTreeMap<String, Type>,
    uses: BTreeMap<String, Vec<String>>,
    globs: Vec<Vec<String>>,
}

/// What a path leads to.
#[derive(Clone)]
pub(crate) enum Found {
    Module(Module),
    Type(TypeId),
    Alias(Module, Box<Type>),
    Function(Function),
    Value(Module, Known),
}

/// All that one package declares, tests left out.
#[derive(Default)]
pub(crate) struct Declarations {
    scopes: BTreeMap<Module, Scope>,
    types: BTreeMap<TypeId, Declared>,
}

impl Declarations {
    /// Reads `files`, each with its module.
    pub(crate) fn read(files: &[(Module, syn::File)]) -> Self {
        let mut all = Self::default();
        for (module, file) in files {
            for folder in 0..=module.len() {
                all.scopes.entry(module[..folder].to_vec()).or_default();
            }
            all.name(module, &file.items);
        }
        for (module, file) in files {
            all.describe(module, &file.items);
        }
        all
    }

    pub(crate) fn declared(&self, id: &TypeId) -> Option<&Declared> {
        self.types.get(id)
    }

    /// Where the names are declared that `module` brings into scope with `use`.
    pub(crate) fn used(&self, module: &Module) -> BTreeSet<Module> {
        let uses = self.scopes.get(module).into_iter().flat_map(|it| it.uses.values());
        uses.filter_map(|path| match self.find(module, path)? {
            Found::Module(to) | Found::Type((to, _)) | Found::Alias(to, _) => Some(to),
            Found::Function(it) => Some(it.module),
            Found::Value(to, _) => Some(to),
        })
        .collect()
    }

    /// What `path` leads to when it is written in `module`.
    pub(crate) fn find(&self, module: &Module, path: &[String]) -> Option<Found> {
        self.follow(module, path, 0)
    }

    fn follow(&self, module: &Module, path: &[String], depth: u8) -> Option<Found> {
        let (first, rest) = path.split_first()?;
        if depth > 8 {
            return None;
        }
        let start = match first.as_str() {
            "crate" => Found::Module(Vec::new()),
            "self" => Found::Module(module.clone()),
            "super" => Found::Module(module.split_last()?.1.to_vec()),
            name => self.member(module, name, depth)?,
        };
        rest.iter().try_fold(start, |at, name| match at {
            Found::Module(at) if name == "super" => {
                Some(Found::Module(at.split_last()?.1.to_vec()))
            }
            Found::Module(at) => self.member(&at, name, depth),
            _ => None,
        })
    }

    /// What `name` is in `module`, through its `use` as well.
    fn member(&self, module: &Module, name: &str, depth: u8) -> Option<Found> {
        let scope = self.scopes.get(module)?;
        if scope.types.contains(name) {
            return Some(Found::Type((module.clone(), name.to_owned())));
        }
        if let Some(returns) = scope.functions.get(name) {
            let returns = self.returned(module, returns, None);
            return Some(Found::Function(Function { module: module.clone(), returns }));
        }
        if let Some(is) = scope.aliases.get(name) {
            return Some(Found::Alias(module.clone(), Box::new(is.clone())));
        }
        if let Some(of) = scope.values.get(name) {
            return Some(Found::Value(module.clone(), self.known(module, of, None)));
        }
        let mut child = module.clone();
        child.push(name.to_owned());
        if self.scopes.contains_key(&child) {
            return Some(Found::Module(child));
        }
        if let Some(path) = scope.uses.get(name)
            && path.as_slice() != [name]
        {
            return self.follow(module, path, depth + 1);
        }
        scope.globs.iter().find_map(|glob| match self.follow(module, glob, depth + 1)? {
            Found::Module(of) if of != *module => self.member(&of, name, depth + 1),
            _ => None,
        })
    }

    /// What is known of a value of this type; `own` is what `Self` stands for.
    pub(crate) fn known(&self, module: &Module, of: &Type, own: Option<&TypeId>) -> Known {
        match of {
            Type::Reference(it) => self.known(module, &it.elem, own),
            Type::Paren(it) => self.known(module, &it.elem, own),
            Type::Group(it) => self.known(module, &it.elem, own),
            Type::Slice(it) => self.known(module, &it.elem, own).held(),
            Type::Array(it) => self.known(module, &it.elem, own).held(),
            Type::Tuple(it) => it
                .elems
                .iter()
                .map(|it| self.known(module, it, own).held())
                .fold(Known::default(), Known::or),
            Type::ImplTrait(it) => self.bounds(module, it.bounds.iter(), own),
            Type::TraitObject(it) => self.bounds(module, it.bounds.iter(), own),
            Type::Path(it) => self.known_path(module, &it.path, own),
            _ => Known::default(),
        }
    }

    fn known_path(&self, module: &Module, path: &syn::Path, own: Option<&TypeId>) -> Known {
        let names: Vec<String> = path.segments.iter().map(|it| it.ident.to_string()).collect();
        if names == ["Self"] {
            return own.cloned().map(Known::one).unwrap_or_default();
        }
        let Some(last) = path.segments.last() else { return Known::default() };
        let of = arguments(&last.arguments)
            .into_iter()
            .map(|it| self.known(module, it, own))
            .fold(Known::default(), Known::or);
        match self.find(module, &names) {
            Some(Found::Type(id)) => Known::one(id).or(of.held()),
            Some(Found::Alias(at, is)) => self.known(&at, &is, None).or(of.held()),
            _ if ["Box", "Arc", "Rc", "Pin", "Cow"].contains(&last.ident.to_string().as_str()) => {
                of
            }
            _ => of.held(),
        }
    }

    fn bounds<'a>(
        &self,
        module: &Module,
        bounds: impl Iterator<Item = &'a TypeParamBound>,
        own: Option<&TypeId>,
    ) -> Known {
        let traits = bounds.filter_map(|it| match it {
            TypeParamBound::Trait(it) => Some(self.known_path(module, &it.path, own)),
            _ => None,
        });
        traits.fold(Known::default(), Known::or)
    }

    /// What the type parameters of a function or an `impl` stand for, by their bounds.
    pub(crate) fn parameters(&self, module: &Module, of: &Generics) -> BTreeMap<String, Known> {
        let parameters = of.type_params();
        parameters
            .map(|it| (it.ident.to_string(), self.bounds(module, it.bounds.iter(), None)))
            .collect()
    }

    fn returned(&self, module: &Module, returns: &ReturnType, own: Option<&TypeId>) -> Known {
        match returns {
            ReturnType::Default => Known::default(),
            ReturnType::Type(_, of) => self.known(module, of, own),
        }
    }

    /// The type that an `impl` is for, if it is one of the package.
    pub(crate) fn target(&self, module: &Module, of: &syn::ItemImpl) -> Option<TypeId> {
        self.known(module, &of.self_ty, None).direct.into_iter().next()
    }

    fn name(&mut self, module: &Module, items: &[Item]) {
        for item in items.iter().filter(|it| !is_test(it)) {
            if let Item::Mod(inner) = item
                && let Some((_, items)) = &inner.content
            {
                self.name(module, items);
            }
            let scope = self.scopes.entry(module.clone()).or_default();
            match item {
                Item::Struct(it) => drop(scope.types.insert(it.ident.to_string())),
                Item::Enum(it) => drop(scope.types.insert(it.ident.to_string())),
                Item::Trait(it) => drop(scope.types.insert(it.ident.to_string())),
                Item::Fn(it) => {
                    scope.functions.insert(it.sig.ident.to_string(), it.sig.output.clone());
                }
                Item::Type(it) => {
                    scope.aliases.insert(it.ident.to_string(), (*it.ty).clone());
                }
                Item::Const(it) => {
                    scope.values.insert(it.ident.to_string(), (*it.ty).clone());
                }
                Item::Static(it) => {
                    scope.values.insert(it.ident.to_string(), (*it.ty).clone());
                }
                Item::Use(it) => scope.bring(Vec::new(), &it.tree),
                _ => {}
            }
        }
    }

    fn describe(&mut self, module: &Module, items: &[Item]) {
        for item in items.iter().filter(|it| !is_test(it)) {
            match item {
                Item::Mod(inner) => {
                    if let Some((_, items)) = &inner.content {
                        self.describe(module, items);
                    }
                }
                Item::Struct(it) => {
                    let fields = self.fields(module, &it.fields);
                    self.of(module, &it.ident).fields = fields;
                }
                Item::Enum(it) => {
                    for variant in &it.variants {
                        let fields = self.fields(module, &variant.fields);
                        let name = variant.ident.to_string();
                        self.of(module, &it.ident).variants.insert(name, fields);
                    }
                }
                Item::Trait(it) => {
                    let own = (module.clone(), it.ident.to_string());
                    let functions = it.items.iter().filter_map(|it| match it {
                        TraitItem::Fn(it) => Some(&it.sig),
                        _ => None,
                    });
                    functions.for_each(|it| self.method(module, &own, it));
                }
                Item::Impl(it) => {
                    let Some(own) = self.target(module, it) else { continue };
                    let functions = it.items.iter().filter_map(|it| match it {
                        ImplItem::Fn(it) => Some(&it.sig),
                        _ => None,
                    });
                    functions.for_each(|it| self.method(module, &own, it));
                }
                _ => {}
            }
        }
    }

    fn method(&mut self, module: &Module, own: &TypeId, signature: &syn::Signature) {
        let returns = self.returned(module, &signature.output, Some(own));
        let methods = &mut self.types.entry(own.clone()).or_default().methods;
        let function = Function { module: module.clone(), returns };
        methods.entry(signature.ident.to_string()).or_default().push(function);
    }

    fn of(&mut self, module: &Module, name: &syn::Ident) -> &mut Declared {
        self.types.entry((module.clone(), name.to_string())).or_default()
    }

    fn fields(&self, module: &Module, fields: &Fields) -> BTreeMap<String, Known> {
        let named = fields.iter().enumerate().map(|(at, it)| {
            let name = it.ident.as_ref().map_or_else(|| at.to_string(), ToString::to_string);
            (name, self.known(module, &it.ty, None))
        });
        named.collect()
    }
}

impl Scope {
    fn bring(&mut self, mut path: Vec<String>, tree: &UseTree) {
        match tree {
            UseTree::Path(it) => {
                path.push(it.ident.to_string());
                self.bring(path, &it.tree);
            }
            UseTree::Name(it) if it.ident == "self" => {
                let name = path.last().cloned().unwrap_or_default();
                self.uses.insert(name, path);
            }
            UseTree::Name(it) => {
                path.push(it.ident.to_string());
                self.uses.insert(it.ident.to_string(), path);
            }
            UseTree::Rename(it) => {
                path.push(it.ident.to_string());
                self.uses.insert(it.rename.to_string(), path);
            }
            UseTree::Glob(_) => self.globs.push(path),
            UseTree::Group(it) => {
                for tree in &it.items {
                    self.bring(path.clone(), tree);
                }
            }
        }
    }
}

/// Types between angle brackets, `Item = T` as well.
fn arguments(of: &syn::PathArguments) -> Vec<&Type> {
    let syn::PathArguments::AngleBracketed(of) = of else { return Vec::new() };
    let types = of.args.iter().filter_map(|it| match it {
        syn::GenericArgument::Type(it) => Some(it),
        syn::GenericArgument::AssocType(it) => Some(&it.ty),
        _ => None,
    });
    types.collect()
}

/// Whether an item is built for tests alone.
pub(crate) fn is_test(item: &Item) -> bool {
    let attributes = match item {
        Item::Mod(it) => &it.attrs,
        Item::Fn(it) => &it.attrs,
        Item::Impl(it) => &it.attrs,
        Item::Use(it) => &it.attrs,
        Item::Struct(it) => &it.attrs,
        Item::Const(it) => &it.attrs,
        _ => return false,
    };
    super::sources::is_test(attributes)
}
