//! Which file knows which: drawn from the modules, and its circles.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;

use crate::modules::{Found, Modules};

/// The names that tie one file to another.
pub type Names = BTreeSet<String>;

/// The files, and the other files that each one names something of.
pub struct Graph {
    pub files: BTreeMap<String, BTreeMap<String, Names>>,
    /// What each file names of other crates: `std::fs`, `rayon`.
    pub foreign: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    /// Draws the graph of a crate's sources, text by path. A re-export leads to the file that defines what it names;
    /// naming a module alone is no tie, naming something in it is.
    pub fn draw(name: &str, sources: &BTreeMap<String, String>) -> Result<Self, String> {
        let modules = Modules::read(name, sources)?;
        let mut files: BTreeMap<String, BTreeMap<String, Names>> =
            modules.all.iter().map(|module| (module.file.clone(), BTreeMap::new())).collect();
        let mut foreign: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (module, path) in &modules.named {
            let file = &modules.all[*module].file;
            match modules.resolve(*module, path) {
                Some(Found::Item { module, name }) => {
                    let other = &modules.all[module].file;
                    if other != file {
                        let ties = files.entry(file.clone()).or_default();
                        ties.entry(other.clone()).or_default().insert(name);
                    }
                }
                Some(Found::Module(_)) => {}
                None => {
                    let path = modules.spelled_out(*module, path).join("::");
                    foreign.entry(file.clone()).or_default().insert(path);
                }
            }
        }
        Ok(Self { files, foreign })
    }

    fn next<'a>(&'a self, file: &str) -> impl Iterator<Item = &'a str> {
        self.files.get(file).into_iter().flat_map(|ties| ties.keys().map(String::as_str))
    }

    /// The shortest circle through a file, if there is one: files that each name the next, the last one the first.
    fn circle_through<'a>(&'a self, start: &'a str) -> Option<Vec<&'a str>> {
        let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
        let mut open = VecDeque::from([start]);
        while let Some(file) = open.pop_front() {
            for next in self.next(file) {
                if next == start {
                    let mut circle = vec![file];
                    while let Some(&before) = circle.last().and_then(|last| came_from.get(last)) {
                        circle.push(before);
                    }
                    circle.reverse();
                    return Some(circle);
                }
                if !came_from.contains_key(next) {
                    came_from.insert(next, file);
                    open.push_back(next);
                }
            }
        }
        None
    }

    /// The circles: for each file that lies on one, a shortest one, each circle once.
    pub fn circles(&self) -> Vec<Vec<&str>> {
        let mut found: BTreeMap<BTreeSet<&str>, Vec<&str>> = BTreeMap::new();
        for file in self.files.keys() {
            if let Some(circle) = self.circle_through(file) {
                found.entry(circle.iter().copied().collect()).or_insert(circle);
            }
        }
        found.into_values().collect()
    }

    /// A circle in words, a line for each of its files.
    pub fn told(&self, circle: &[&str]) -> String {
        let mut text = String::new();
        for (at, file) in circle.iter().enumerate() {
            let next = circle[(at + 1) % circle.len()];
            let names: Vec<&str> = self.files[*file][next].iter().map(String::as_str).collect();
            let _ = writeln!(text, "  {file} names {} of {next}", names.join(", "));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(sources: &[(&str, &str)]) -> Graph {
        let sources = sources.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
        Graph::draw("demo", &sources.collect()).expect("sources")
    }

    fn ties(graph: &Graph) -> Vec<String> {
        let of = |(file, ties): (&String, &BTreeMap<String, Names>)| {
            let file = file.clone();
            let tie = move |(other, names): (&String, &Names)| {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                format!("{file} -> {other}: {}", names.join(" "))
            };
            ties.iter().map(tie).collect::<Vec<_>>()
        };
        graph.files.iter().flat_map(of).collect()
    }

    #[test]
    fn two_files_that_name_each_other_are_a_circle() {
        let graph = graph(&[
            ("src/lib.rs", "pub mod a;\npub mod b;"),
            ("src/a.rs", "use crate::b::B;\npub struct A(B);"),
            ("src/b.rs", "pub struct B;\nfn f() { crate::a::A::g(); }"),
        ]);
        assert_eq!(ties(&graph), ["src/a.rs -> src/b.rs: B", "src/b.rs -> src/a.rs: A"]);
        assert_eq!(graph.circles(), [["src/a.rs", "src/b.rs"]]);
        assert_eq!(
            graph.told(&graph.circles()[0]),
            "  src/a.rs names B of src/b.rs\n  src/b.rs names A of src/a.rs\n"
        );
    }

    #[test]
    fn a_circle_by_a_detour_is_found() {
        let graph = graph(&[
            ("src/lib.rs", "mod a;\nmod b;\nmod c;\nmod d;"),
            ("src/a.rs", "use crate::{b::B, d::D};"),
            ("src/b.rs", "pub struct B;\nuse super::c::{self, C};"),
            ("src/c.rs", "pub struct C;\npub(crate) fn f() -> crate::a::A {}"),
            ("src/d.rs", "pub struct D;"),
        ]);
        assert_eq!(graph.circles(), [["src/a.rs", "src/b.rs", "src/c.rs"]]);
    }

    #[test]
    fn a_child_that_uses_what_its_parent_defines_and_re_exports_from_it() {
        let circle = graph(&[
            ("src/lib.rs", "mod room;"),
            ("src/room/mod.rs", "mod child;\npub use child::Child;\npub struct Shared;"),
            ("src/room/child.rs", "use super::Shared;\npub struct Child(Shared);"),
        ]);
        assert_eq!(circle.circles().len(), 1);
        let leaf = graph(&[
            ("src/lib.rs", "mod room;"),
            (
                "src/room/mod.rs",
                "mod child;\nmod shared;\npub use self::{child::Child, shared::Shared};",
            ),
            ("src/room/child.rs", "use super::Shared;\npub struct Child(Shared);"),
            ("src/room/shared.rs", "pub struct Shared;"),
        ]);
        assert!(leaf.circles().is_empty(), "{:?}", leaf.circles());
        assert!(
            ties(&leaf).contains(&"src/room/child.rs -> src/room/shared.rs: Shared".to_owned())
        );
    }

    #[test]
    fn re_exports_lead_to_where_a_name_is_defined() {
        let graph = graph(&[
            ("src/lib.rs", "mod outer;\nmod user;\npub use outer::*;"),
            ("src/outer/mod.rs", "mod inner;\npub use inner::{Deep as Renamed, deeper};"),
            ("src/outer/inner/mod.rs", "pub mod deeper;\npub use deeper::Deep;"),
            ("src/outer/inner/deeper.rs", "pub enum Deep { A }\npub fn f() {}\ntables! { Made }"),
            (
                "src/user.rs",
                "use crate::outer::{deeper, Renamed};\nuse crate::outer::deeper::Made;\n\
                 fn g() { deeper::f(); Renamed::A; assert!(crate::Renamed::A == x.y::<Vec<u8>>()); }",
            ),
        ]);
        let of_user = ties(&graph).into_iter().filter(|tie| tie.starts_with("src/user"));
        assert_eq!(
            of_user.collect::<Vec<_>>(),
            ["src/user.rs -> src/outer/inner/deeper.rs: Deep Made f"]
        );
    }

    #[test]
    fn what_is_for_tests_alone_ties_nothing() {
        let graph = graph(&[
            ("src/lib.rs", "mod a;\nmod b;\n#[cfg(test)]\nmod not_there;"),
            ("src/a.rs", "pub struct A;\n#[cfg(test)]\nmod tests { use crate::b::B; }"),
            ("src/b.rs", "pub struct B(super::a::A);\n#[cfg(test)]\nuse crate::x::X;"),
        ]);
        assert_eq!(ties(&graph), ["src/b.rs -> src/a.rs: A"]);
    }

    #[test]
    fn attributes_and_macros_are_looked_into() {
        let graph = graph(&[
            ("src/lib.rs", "mod a;\nmod b;\nmod c;"),
            ("src/a.rs", "#[serde(with = \"crate::b::text\")]\npub struct A;"),
            (
                "src/b.rs",
                "pub mod text { pub fn f() {} }\nfn g() { write!(out, \"{}\", crate::c::h()); }",
            ),
            (
                "src/c.rs",
                "macro_rules! m { () => { use super::super::*; $crate::a::A } }\npub(crate) use m;\nfn h() {}",
            ),
        ]);
        assert_eq!(
            ties(&graph),
            ["src/b.rs -> src/c.rs: h", "src/c.rs -> src/a.rs: A"],
            "a module alone is no tie"
        );
    }

    #[test]
    fn other_crates_are_told_apart_and_spelled_out() {
        let graph = graph(&[
            ("src/lib.rs", "pub mod a;"),
            (
                "src/a.rs",
                "use std::{fs, collections::BTreeMap as Map};\nfn f() { fs::read(); Map::new(); }",
            ),
            ("src/main.rs", "use demo::a;\nfn main() { a::f(); demo::a::f() }"),
        ]);
        let foreign = &graph.foreign["src/a.rs"];
        for path in ["std::fs", "std::fs::read", "std::collections::BTreeMap::new"] {
            assert!(foreign.contains(path), "{path} is not in {foreign:?}");
        }
        assert_eq!(ties(&graph), ["src/main.rs -> src/a.rs: f"]);
    }
}
