//! Who calls whom in one package, methods too: the type of a value is followed from what is declared.

use std::collections::BTreeMap;

use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Expr, FnArg, ImplItem, Item, Pat, Signature, TraitItem};

use super::declared::{Declarations, Found, Known, Module, TypeId, is_test};

/// One function that calls another.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Call {
    pub(crate) from: Module,
    pub(crate) to: Module,
    pub(crate) caller: String,
    pub(crate) called: String,
}

/// All calls between the modules of one package.
pub(crate) fn calls(declared: &Declarations, files: &[(Module, syn::File)]) -> Vec<Call> {
    let mut reader = Reader {
        declared,
        module: Vec::new(),
        own: None,
        caller: String::new(),
        generics: BTreeMap::new(),
        variables: Vec::new(),
        found: Vec::new(),
    };
    for (module, file) in files {
        reader.module.clone_from(module);
        reader.items(&file.items);
    }
    reader.found.sort();
    reader.found.dedup();
    reader.found
}

struct Reader<'a> {
    declared: &'a Declarations,
    module: Module,
    /// What `Self` stands for.
    own: Option<TypeId>,
    caller: String,
    generics: BTreeMap<String, Known>,
    variables: Vec<(String, Known)>,
    found: Vec<Call>,
}

impl Reader<'_> {
    fn items(&mut self, items: &[Item]) {
        for item in items.iter().filter(|it| !is_test(it)) {
            match item {
                Item::Fn(it) => self.function(&it.sig, &it.block),
                Item::Mod(it) => {
                    if let Some((_, items)) = &it.content {
                        self.items(items);
                    }
                }
                Item::Impl(it) => {
                    self.own = self.declared.target(&self.module, it);
                    self.generics = self.declared.parameters(&self.module, &it.generics);
                    it.items.iter().for_each(|it| self.method(it));
                    (self.own, self.generics) = (None, BTreeMap::new());
                }
                Item::Trait(it) => {
                    self.own = Some((self.module.clone(), it.ident.to_string()));
                    it.items.iter().for_each(|it| self.provided(it));
                    self.own = None;
                }
                _ => {}
            }
        }
    }

    fn method(&mut self, item: &ImplItem) {
        if let ImplItem::Fn(it) = item
            && !super::sources::is_test(&it.attrs)
        {
            self.function(&it.sig, &it.block);
        }
    }

    /// A method that a trait brings itself.
    fn provided(&mut self, item: &TraitItem) {
        if let TraitItem::Fn(it) = item
            && let Some(block) = &it.default
        {
            self.function(&it.sig, block);
        }
    }

    fn function(&mut self, signature: &Signature, block: &syn::Block) {
        let outer = (self.generics.clone(), std::mem::take(&mut self.variables));
        let own = self.own.as_ref().map_or(String::new(), |(_, name)| format!("{name}::"));
        let outer_caller = std::mem::replace(&mut self.caller, format!("{own}{}", signature.ident));
        self.generics.extend(self.declared.parameters(&self.module, &signature.generics));
        for argument in &signature.inputs {
            match argument {
                FnArg::Receiver(_) => {
                    let own = self.own.clone().map(Known::one).unwrap_or_default();
                    self.variables.push(("self".to_owned(), own));
                }
                FnArg::Typed(it) => {
                    let known = self.known(&it.ty);
                    self.bind(&it.pat, &known);
                }
            }
        }
        self.block(block);
        (self.generics, self.variables) = outer;
        self.caller = outer_caller;
    }

    fn known(&self, of: &syn::Type) -> Known {
        let mut of = of;
        while let syn::Type::Reference(it) = of {
            of = &it.elem;
        }
        if let syn::Type::Path(it) = of
            && let Some(name) = it.path.get_ident()
            && let Some(known) = self.generics.get(&name.to_string())
        {
            return known.clone();
        }
        self.declared.known(&self.module, of, self.own.as_ref())
    }

    /// Reads a block and tells what is known of its value.
    fn block(&mut self, block: &syn::Block) -> Known {
        let depth = self.variables.len();
        let mut last = Known::default();
        for statement in &block.stmts {
            last = Known::default();
            match statement {
                syn::Stmt::Local(it) => self.local(it),
                syn::Stmt::Item(it) => self.items(std::slice::from_ref(it)),
                syn::Stmt::Expr(it, _) => last = self.value(it),
                syn::Stmt::Macro(it) => last = self.expand(&it.mac),
            }
        }
        self.variables.truncate(depth);
        last
    }

    fn local(&mut self, local: &syn::Local) {
        let mut known = Known::default();
        if let Some(init) = &local.init {
            if let (Pat::Tuple(names), Expr::Tuple(values)) = (&local.pat, &*init.expr) {
                let values: Vec<_> = values.elems.iter().map(|it| self.value(it)).collect();
                for (name, value) in names.elems.iter().zip(&values) {
                    self.bind(name, value);
                }
                return;
            }
            known = self.value(&init.expr);
            if let Some((_, other)) = &init.diverge {
                self.value(other);
            }
        }
        self.bind(&local.pat, &known);
    }

    /// Gives the names of a pattern what is known of the value that it takes apart.
    fn bind(&mut self, pattern: &Pat, known: &Known) {
        match pattern {
            Pat::Ident(it) => {
                self.variables.push((it.ident.to_string(), known.clone()));
                if let Some((_, inner)) = &it.subpat {
                    self.bind(inner, known);
                }
            }
            Pat::Type(it) => {
                let told = self.known(&it.ty);
                let told = if told.direct.is_empty() && told.inside.is_empty() {
                    known.clone()
                } else {
                    told
                };
                self.bind(&it.pat, &told);
            }
            Pat::Reference(it) => self.bind(&it.pat, known),
            Pat::Paren(it) => self.bind(&it.pat, known),
            Pat::Or(it) => it.cases.iter().for_each(|it| self.bind(it, known)),
            Pat::Tuple(it) => {
                let part = known.clone().element();
                it.elems.iter().for_each(|it| self.bind(it, &part));
            }
            Pat::Slice(it) => {
                let part = known.clone().element();
                it.elems.iter().for_each(|it| self.bind(it, &part));
            }
            Pat::TupleStruct(it) => {
                let fields = self.shape(&it.path);
                for (at, inner) in it.elems.iter().enumerate() {
                    let field = fields.as_ref().and_then(|it| it.get(&at.to_string())).cloned();
                    let field = field.unwrap_or_else(|| known.clone().element());
                    self.bind(inner, &field);
                }
            }
            Pat::Struct(it) => {
                let fields = self.shape(&it.path).unwrap_or_default();
                for field in &it.fields {
                    let syn::Member::Named(name) = &field.member else { continue };
                    let known = fields.get(&name.to_string()).cloned().unwrap_or_default();
                    self.bind(&field.pat, &known);
                }
            }
            _ => {}
        }
    }

    /// Fields of the type or the variant that a pattern names.
    fn shape(&self, path: &syn::Path) -> Option<BTreeMap<String, Known>> {
        let names = names(path);
        if let Some(id) = self.type_of(&names) {
            return Some(self.declared.declared(&id)?.fields.clone());
        }
        let (variant, of) = names.split_last()?;
        let id = self.type_of(of)?;
        self.declared.declared(&id)?.variants.get(variant).cloned()
    }

    fn type_of(&self, names: &[String]) -> Option<TypeId> {
        if names == ["Self"] {
            return self.own.clone();
        }
        match self.declared.find(&self.module, names)? {
            Found::Type(id) => Some(id),
            Found::Alias(at, is) => self.declared.known(&at, &is, None).direct.into_iter().next(),
            _ => None,
        }
    }

    /// Reads an expression, notes its calls, and tells what is known of its value.
    fn value(&mut self, value: &Expr) -> Known {
        match value {
            Expr::Path(it) => self.named(&it.path),
            Expr::Field(it) => self.field(it),
            Expr::MethodCall(it) => self.method_call(it),
            Expr::Call(it) => self.call(it),
            Expr::Reference(it) => self.value(&it.expr),
            Expr::Unary(it) => self.value(&it.expr),
            Expr::Paren(it) => self.value(&it.expr),
            Expr::Group(it) => self.value(&it.expr),
            Expr::Await(it) => self.value(&it.base),
            Expr::Try(it) => self.value(&it.expr).element(),
            Expr::Index(it) => {
                self.value(&it.index);
                self.value(&it.expr).element()
            }
            Expr::Block(it) => self.block(&it.block),
            Expr::Async(it) => self.block(&it.block),
            Expr::Unsafe(it) => self.block(&it.block),
            Expr::Loop(it) => self.block(&it.body),
            Expr::While(it) => self.scoped(|reader| {
                reader.value(&it.cond);
                reader.block(&it.body)
            }),
            Expr::ForLoop(it) => self.scoped(|reader| {
                let part = reader.value(&it.expr).element();
                reader.bind(&it.pat, &part);
                reader.block(&it.body)
            }),
            Expr::If(it) => {
                let then = self.scoped(|reader| {
                    reader.value(&it.cond);
                    reader.block(&it.then_branch)
                });
                let other = it.else_branch.as_ref().map(|(_, it)| self.value(it));
                then.or(other.unwrap_or_default())
            }
            Expr::Let(it) => {
                let known = self.value(&it.expr);
                self.bind(&it.pat, &known);
                Known::default()
            }
            Expr::Match(it) => self.arms(it),
            Expr::Closure(it) => self.closure(it, &Known::default()),
            Expr::Struct(it) => self.literal(it),
            Expr::Tuple(it) => self.parts(it.elems.iter()),
            Expr::Array(it) => self.parts(it.elems.iter()),
            Expr::Macro(it) => self.expand(&it.mac),
            other => {
                visit::visit_expr(self, other);
                Known::default()
            }
        }
    }

    fn scoped(&mut self, read: impl FnOnce(&mut Self) -> Known) -> Known {
        let depth = self.variables.len();
        let known = read(self);
        self.variables.truncate(depth);
        known
    }

    fn parts<'e>(&mut self, parts: impl Iterator<Item = &'e Expr>) -> Known {
        parts.map(|it| self.value(it).held()).fold(Known::default(), Known::or)
    }

    fn arms(&mut self, of: &syn::ExprMatch) -> Known {
        let known = self.value(&of.expr);
        let mut result = Known::default();
        for arm in &of.arms {
            let of = self.scoped(|reader| {
                reader.bind(&arm.pat, &known);
                if let Some((_, guard)) = &arm.guard {
                    reader.value(guard);
                }
                reader.value(&arm.body)
            });
            result = result.or(of);
        }
        result
    }

    fn closure(&mut self, of: &syn::ExprClosure, argument: &Known) -> Known {
        self.scoped(|reader| {
            of.inputs.iter().for_each(|it| reader.bind(it, argument));
            reader.value(&of.body)
        })
    }

    fn literal(&mut self, of: &syn::ExprStruct) -> Known {
        for field in &of.fields {
            self.value(&field.expr);
        }
        if let Some(rest) = &of.rest {
            self.value(rest);
        }
        let names = names(&of.path);
        let id = self.type_of(&names).or_else(|| self.type_of(names.split_last()?.1));
        id.map(Known::one).unwrap_or_default()
    }

    fn named(&self, path: &syn::Path) -> Known {
        let names = names(path);
        if let [name] = names.as_slice()
            && let Some((_, known)) = self.variables.iter().rev().find(|(it, _)| it == name)
        {
            return known.clone();
        }
        match self.declared.find(&self.module, &names) {
            Some(Found::Value(_, known)) => known,
            Some(Found::Type(id)) => Known::one(id),
            _ => names
                .split_last()
                .and_then(|(_, of)| self.type_of(of))
                .map_or_else(Known::default, Known::one),
        }
    }

    fn field(&mut self, of: &syn::ExprField) -> Known {
        let base = self.value(&of.base);
        let name = match &of.member {
            syn::Member::Named(it) => it.to_string(),
            syn::Member::Unnamed(it) => it.index.to_string(),
        };
        let declared = base.direct.iter().filter_map(|it| self.declared.declared(it));
        let fields: Vec<_> = declared.filter_map(|it| it.fields.get(&name)).cloned().collect();
        if fields.is_empty() {
            return base.element();
        }
        fields.into_iter().fold(Known::default(), Known::or)
    }

    fn method_call(&mut self, of: &syn::ExprMethodCall) -> Known {
        let receiver = self.value(&of.receiver);
        let name = of.method.to_string();
        let found = self.note(&receiver, &name);
        let argument = receiver.clone().element();
        let mut given = Known::default();
        for value in &of.args {
            given = given.or(match value {
                Expr::Closure(it) => self.closure(it, &argument),
                // A method that is handed over by its name, as in `map(Take::run)`.
                Expr::Path(it) => {
                    self.handed_over(&it.path).unwrap_or_else(|| self.named(&it.path))
                }
                other => self.value(other),
            });
        }
        if let Some(returns) = found {
            return returns;
        }
        match name.as_str() {
            "unwrap" | "expect" | "unwrap_or" | "unwrap_or_default" | "unwrap_or_else" => {
                receiver.element().or(given)
            }
            "map_or" | "map_or_else" | "fold" | "is_some_and" | "is_none_or" => given,
            "map" | "and_then" | "filter_map" | "flat_map" | "find_map" | "zip" | "chain" => {
                given.held().or(receiver.held())
            }
            _ => receiver,
        }
    }

    /// Notes a call of `name` on a value; what it gives if a type of the package has it.
    fn note(&mut self, receiver: &Known, name: &str) -> Option<Known> {
        let mut returns: Option<Known> = None;
        for id in &receiver.direct {
            let declared = self.declared.declared(id);
            for function in declared.and_then(|it| it.methods.get(name)).into_iter().flatten() {
                self.found.push(Call {
                    from: self.module.clone(),
                    to: function.module.clone(),
                    caller: self.caller.clone(),
                    called: format!("{}::{name}", id.1),
                });
                returns = Some(returns.unwrap_or_default().or(function.returns.clone()));
            }
        }
        returns
    }

    fn call(&mut self, of: &syn::ExprCall) -> Known {
        let given: Vec<Known> = of.args.iter().map(|it| self.value(it)).collect();
        let Expr::Path(path) = &*of.func else { return self.value(&of.func) };
        if let Some(returns) = self.handed_over(&path.path) {
            return returns;
        }
        let names = names(&path.path);
        if let Some(id) = self.type_of(&names) {
            return Known::one(id);
        }
        let of = |given: Vec<Known>| given.into_iter().fold(Known::default(), Known::or);
        match names.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["Some" | "Ok" | "Err"] => of(given).held(),
            [.., "Box" | "Arc" | "Rc", "new" | "clone"] | [.., "mem", "take" | "replace"] => {
                of(given)
            }
            [of @ .., _variant] => self
                .type_of(&of.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>())
                .map_or_else(Known::default, Known::one),
            [] => Known::default(),
        }
    }

    /// Notes a call of the function or method that a path names.
    fn handed_over(&mut self, path: &syn::Path) -> Option<Known> {
        let names = names(path);
        if let [name] = names.as_slice()
            && self.variables.iter().any(|(it, _)| it == name)
        {
            return None;
        }
        if let Some(Found::Function(it)) = self.declared.find(&self.module, &names) {
            self.found.push(Call {
                from: self.module.clone(),
                to: it.module.clone(),
                caller: self.caller.clone(),
                called: names.join("::"),
            });
            return Some(it.returns);
        }
        let (name, of) = names.split_last()?;
        let generic = of.first().and_then(|it| self.generics.get(it)).cloned();
        let receiver = generic.or_else(|| Some(Known::one(self.type_of(of)?)))?;
        self.note(&receiver, name)
    }

    /// Reads what a macro is given, as far as it is made of expressions or blocks.
    fn expand(&mut self, of: &syn::Macro) -> Known {
        let list = Punctuated::<Expr, syn::Token![,]>::parse_terminated;
        if let Ok(values) = of.parse_body_with(list) {
            return self.parts(values.iter());
        }
        let first = |input: syn::parse::ParseStream<'_>| {
            let value: Expr = input.parse()?;
            input.parse::<proc_macro2::TokenStream>().map(|rest| (value, rest))
        };
        if let Ok((value, rest)) = of.parse_body_with(first) {
            self.value(&value);
            self.groups(rest);
        } else {
            self.groups(of.tokens.clone());
        }
        Known::default()
    }

    /// Reads `a = b.c() => { ... }` and its like piece by piece.
    fn groups(&mut self, tokens: proc_macro2::TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let is_end = |it: &proc_macro2::TokenTree| matches!(it, proc_macro2::TokenTree::Punct(it) if ['=', '>', ','].contains(&it.as_char()));
        for piece in tokens.split(is_end) {
            let piece: proc_macro2::TokenStream = piece.iter().cloned().collect();
            if let Ok(value) = syn::parse2::<Expr>(piece.clone()) {
                self.value(&value);
            } else if let Ok(block) = syn::parse2::<syn::Block>(piece) {
                self.block(&block);
            }
        }
    }
}

impl Visit<'_> for Reader<'_> {
    fn visit_expr(&mut self, value: &Expr) {
        self.value(value);
    }

    fn visit_item(&mut self, item: &Item) {
        self.items(std::slice::from_ref(item));
    }
}

fn names(path: &syn::Path) -> Vec<String> {
    path.segments.iter().map(|it| it.ident.to_string()).collect()
}
