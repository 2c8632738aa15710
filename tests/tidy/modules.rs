//! The modules of a crate as its sources declare them: what each defines, re-exports and names.
//!
//! Only what is built into the program counts: items below `#[cfg(test)]` are left out, and so are files that only they
//! declare.

use std::collections::{BTreeMap, BTreeSet};

use crate::tokens::{Kind, Token, tokens};

/// Names on the way to something, such as `crate`, `base`, `money`, `Money`.
pub type Path = Vec<String>;

/// A module: a file, or a part of one.
pub struct Module {
    /// The file that it stands in.
    pub file: String,
    pub parent: Option<usize>,
    /// The root of its crate.
    pub root: usize,
    pub children: BTreeMap<String, usize>,
    /// What its `use` declarations bring in, by the name that it has here.
    pub imported: BTreeMap<String, Path>,
    /// The modules of which it brings in everything.
    pub globs: Vec<Path>,
    pub defined: BTreeSet<String>,
}

/// All modules of the crate and of the program on top of it.
#[derive(Default)]
pub struct Modules {
    pub all: Vec<Module>,
    /// Each path that stands anywhere, with the module that it stands in.
    pub named: Vec<(usize, Path)>,
}

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    Module(usize),
    /// Something that a module defines.
    Item {
        module: usize,
        name: String,
    },
}

/// So many re-exports of re-exports are followed.
const DEEPEST: usize = 20;

impl Modules {
    /// Reads a crate's sources: text by path, such as `src/base/money.rs`. `lib.rs` is the crate; `main.rs`, if there
    /// is one, is the program, which knows the crate as `name`.
    pub fn read(name: &str, sources: &BTreeMap<String, String>) -> Result<Self, String> {
        let mut modules = Self::default();
        let lib = modules.add(None, "src/lib.rs");
        modules.read_file(lib, sources)?;
        if sources.contains_key("src/main.rs") {
            let main = modules.add(None, "src/main.rs");
            modules.all[main].children.insert(name.to_owned(), lib);
            modules.read_file(main, sources)?;
        }
        Ok(modules)
    }

    fn add(&mut self, parent: Option<usize>, file: &str) -> usize {
        let id = self.all.len();
        self.all.push(Module {
            file: file.to_owned(),
            parent,
            root: parent.map_or(id, |parent| self.all[parent].root),
            children: BTreeMap::new(),
            imported: BTreeMap::new(),
            globs: Vec::new(),
            defined: BTreeSet::new(),
        });
        id
    }

    fn read_file(&mut self, id: usize, sources: &BTreeMap<String, String>) -> Result<(), String> {
        let path = self.all[id].file.clone();
        let text = sources.get(&path).ok_or_else(|| format!("{path} is not there"))?;
        let stem = path.trim_end_matches(".rs");
        let (folder, last) = stem.rsplit_once('/').unwrap_or(("", stem));
        let within = if matches!(last, "lib" | "main" | "mod") { folder } else { stem };
        let tokens = tokens(text);
        let mut reader = Reader { modules: self, id, rest: &tokens, sources };
        reader.items(within).map_err(|fault| format!("{path}: {fault}"))
    }

    /// What a path leads to that stands in a module; nothing for what is no part of the crate.
    pub fn resolve(&self, from: usize, path: &[String]) -> Option<Found> {
        self.follow(from, path, 0)
    }

    fn follow(&self, from: usize, path: &[String], depth: usize) -> Option<Found> {
        if depth > DEEPEST {
            return None;
        }
        let (mut at, mut rest) = (from, path);
        let mut relative = true;
        while let Some((first, others)) = rest.split_first() {
            at = match first.as_str() {
                "crate" => self.all[at].root,
                "self" => at,
                "super" => self.all[at].parent?,
                _ => break,
            };
            (rest, relative) = (others, false);
        }
        while let Some((name, others)) = rest.split_first() {
            match self.look_up(at, name, others.is_empty(), depth) {
                Some(Found::Module(module)) => at = module,
                Some(item) => return Some(item),
                // A macro made it, or it is a name of another crate.
                None if relative => return None,
                None => return Some(Found::Item { module: at, name: name.clone() }),
            }
            (rest, relative) = (others, false);
        }
        Some(Found::Module(at))
    }

    /// A path of another crate in full: what its first name was imported as stands for it.
    pub fn spelled_out(&self, module: usize, path: &[String]) -> Path {
        match path.split_first() {
            Some((first, rest)) => match self.all[module].imported.get(first) {
                Some(whole) if whole.len() > 1 => [&whole[..], rest].concat(),
                _ => path.to_vec(),
            },
            None => Path::new(),
        }
    }

    /// What a name means in a module. At the end of a path an item goes before a module of its name.
    fn look_up(&self, at: usize, name: &str, last: bool, depth: usize) -> Option<Found> {
        let module = &self.all[at];
        let child = module.children.get(name).map(|&child| Found::Module(child));
        if child.is_some() && !last {
            return child;
        }
        if module.defined.contains(name) {
            return Some(Found::Item { module: at, name: name.to_owned() });
        }
        if let Some(path) = module.imported.get(name) {
            // `use table;` makes a path of a macro that is known by its place in the file.
            return match &path[..] {
                [only] if only == name => Some(Found::Item { module: at, name: name.to_owned() }),
                _ => self.follow(at, path, depth + 1).or(child),
            };
        }
        child.or_else(|| {
            module.globs.iter().find_map(|glob| match self.follow(at, glob, depth + 1)? {
                Found::Module(module) => self.look_up(module, name, last, depth + 1),
                Found::Item { .. } => None,
            })
        })
    }
}

/// Walks through the tokens of a file.
struct Reader<'a> {
    modules: &'a mut Modules,
    /// The module whose items are read.
    id: usize,
    rest: &'a [Token<'a>],
    sources: &'a BTreeMap<String, String>,
}

/// Words before the name of something that a module defines.
const DEFINING: [&str; 8] = ["const", "enum", "fn", "static", "struct", "trait", "type", "union"];

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<Token<'a>> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn next_is(&self, sign: char) -> bool {
        self.rest.first().is_some_and(|token| token.is(sign))
    }

    fn next_word(&self) -> Option<&'a str> {
        self.rest.first().and_then(Token::word)
    }

    fn module(&mut self) -> &mut Module {
        &mut self.modules.all[self.id]
    }

    fn name(&mut self, path: Path) {
        self.modules.named.push((self.id, path));
    }

    /// Reads the items of a module to its end, which is the file's or a `}`; `within` is the folder of its children.
    fn items(&mut self, within: &str) -> Result<(), String> {
        let mut depth = 0;
        while let Some(token) = self.next() {
            match token.kind {
                Kind::Sign('{') => depth += 1,
                Kind::Sign('}') if depth == 0 => return Ok(()),
                Kind::Sign('}') => depth -= 1,
                Kind::Sign('#') => self.attribute(),
                Kind::Word("use") => self.import(&Path::new()),
                Kind::Word("mod") if depth == 0 => self.child(within)?,
                Kind::Word("macro_rules") => self.macro_rules(),
                Kind::Word(word) => {
                    if DEFINING.contains(&word)
                        && depth == 0
                        && let Some(name) = self.next_word()
                    {
                        self.module().defined.insert(name.to_owned());
                    }
                    self.path(word);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// `mod name;` or `mod name { … }`, from the name on.
    fn child(&mut self, within: &str) -> Result<(), String> {
        let Some(name) = self.next().and_then(|token| token.word()) else { return Ok(()) };
        let folder = format!("{within}/{name}");
        let inline = self.next().is_some_and(|token| token.is('{'));
        let paths = [format!("{folder}.rs"), format!("{folder}/mod.rs")];
        let file = match paths.into_iter().find(|path| self.sources.contains_key(path)) {
            _ if inline => self.module().file.clone(),
            Some(path) => path,
            None => return Err(format!("`mod {name};` has no file")),
        };
        let child = self.modules.add(Some(self.id), &file);
        self.module().children.insert(name.to_owned(), child);
        if !inline {
            return self.modules.read_file(child, self.sources);
        }
        let outer = std::mem::replace(&mut self.id, child);
        let read = self.items(&folder);
        self.id = outer;
        read
    }

    /// A macro, from the `!` on. Of what it makes only `$crate::…` means the same wherever it is used.
    fn macro_rules(&mut self) {
        self.next();
        if let Some(name) = self.next().and_then(|token| token.word()) {
            self.module().defined.insert(name.to_owned());
        }
        let (within, rest) = self.rest.split_at(group(self.rest));
        self.rest = within;
        while let Some(token) = self.next() {
            if token.is('$') && self.next_word() == Some("crate") {
                self.next();
                self.path("crate");
            }
        }
        self.rest = rest;
    }

    /// An attribute, from the bracket on; with it what is for tests alone.
    fn attribute(&mut self) {
        let whole = self.rest;
        let length = group(whole);
        let (within, rest) = whole.split_at(length);
        self.rest = rest;
        if is_for_tests(within) {
            self.rest = &rest[item(rest)..];
            return;
        }
        for token in within {
            if let Kind::Text(text) = token.kind
                && text.contains("::")
            {
                self.name(text.split("::").map(str::to_owned).collect());
            }
        }
        let rest = std::mem::replace(&mut self.rest, within);
        while let Some(token) = self.next() {
            token.word().into_iter().for_each(|word| self.path(word));
        }
        self.rest = rest;
    }

    /// A path, from its second name on.
    fn path(&mut self, first: &str) {
        let mut path = vec![first.to_owned()];
        while self.next_is(':')
            && self.rest.get(1).is_some_and(|token| token.is(':'))
            && let Some(word) = self.rest.get(2).and_then(Token::word)
        {
            path.push(word.to_owned());
            self.rest = &self.rest[3..];
        }
        if path.len() > 1 {
            self.name(path);
        }
    }

    /// What a `use` brings in, from behind the word or from a branch of its tree.
    fn import(&mut self, before: &Path) {
        let mut path = before.clone();
        loop {
            let Some(token) = self.next() else { return };
            match token.kind {
                Kind::Sign(':') => continue,
                Kind::Sign('{') => {
                    while !self.next_is('}') && !self.rest.is_empty() {
                        self.import(&path);
                        if self.next_is(',') {
                            self.next();
                        }
                    }
                    self.next();
                    return;
                }
                Kind::Sign('*') => {
                    self.module().globs.push(path.clone());
                    path.push("*".to_owned());
                    return self.name(path);
                }
                Kind::Word("self") if !path.is_empty() => {}
                Kind::Word(word) => path.push(word.to_owned()),
                _ => return, // `use<'a>` of a type
            }
            if self.next_is(':') {
                continue;
            }
            let mut known_as = path.last().cloned();
            if self.next_word() == Some("as") {
                self.next();
                known_as = self.next().and_then(|token| token.word()).map(str::to_owned);
            }
            if let Some(name) = known_as {
                self.module().imported.insert(name, path.clone());
            }
            return self.name(path);
        }
    }
}

/// How many tokens a bracketed group has that stands first, with its brackets.
pub fn group(tokens: &[Token]) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Sign('(' | '[' | '{') => depth += 1,
            Kind::Sign(')' | ']' | '}') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    tokens.len()
}

/// How many tokens an item has, further attributes included: up to a `;`, or a `}` of its own.
pub fn item(tokens: &[Token]) -> usize {
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token.kind {
            Kind::Sign(';') => return at + 1,
            Kind::Sign('{') => return at + group(&tokens[at..]),
            Kind::Sign('(' | '[') => at += group(&tokens[at..]),
            _ => at += 1,
        }
    }
    at
}

/// Whether an attribute, given from its bracket on, says that its item is built for tests alone.
pub fn is_for_tests(attribute: &[Token]) -> bool {
    let words: Vec<&str> = attribute.iter().filter_map(Token::word).collect();
    words == ["test"] || words == ["cfg", "test"]
}
