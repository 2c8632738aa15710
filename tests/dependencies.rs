//! What the program is built from: the licence of every package, where it comes from, and the security advisories that
//! are known of it.
//!
//! Reads `Cargo.lock`, `cargo metadata --offline` and the checked-in `.ci/advisories.toml`, so it needs no network.
//! `Cargo.lock` covers every platform and the dev-dependencies; licences are those of the packages for this platform,
//! since cargo keeps no manifest of the others at hand.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use semver::{Version, VersionReq};
use serde::Deserialize;
use serde::de::DeserializeOwned;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// SPDX names that an Apache-2.0 program may be built from without further duties than to pass on the notices.
const ALLOWED: [&str; 13] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// The packages of this repository.
const OURS: [&str; 2] = [env!("CARGO_PKG_NAME"), "monthend-tests"];

const SNAPSHOT: &str = ".ci/advisories.toml";

#[test]
fn every_licence_is_allowed() -> Outcome {
    let packages = metadata()?;
    let count = packages.len();
    assert!(count > 50, "cargo metadata lists only {count} packages");
    let mut faults = Vec::new();
    for package in &packages {
        match package.license.as_deref().map(allows) {
            Some(Ok(())) => {}
            Some(Err(fault)) => faults.push(format!("{package}: {fault}")),
            None => faults.push(format!("{package}: has no licence expression")),
        }
    }
    assert_none("licences", &faults);
    Ok(())
}

#[test]
fn every_package_comes_from_the_registry_with_a_checksum() -> Outcome {
    let mut faults = Vec::new();
    let mut sources = BTreeSet::new();
    for package in lock()? {
        match (&package.source, &package.checksum) {
            (None, None) if OURS.contains(&package.name.as_str()) => {}
            (Some(source), Some(_)) => {
                sources.insert(source.clone());
            }
            (source, _) => faults.push(format!("{package}: source {source:?}")),
        }
    }
    let public = |source: &String| {
        source.starts_with("registry+https://") && source.ends_with("/rust-lang/crates.io-index")
    };
    if sources.len() != 1 || !sources.iter().all(public) {
        faults.push(format!("not the one public registry: {sources:?}"));
    }
    assert_none("sources", &faults);
    Ok(())
}

#[test]
fn no_package_has_a_known_advisory() -> Outcome {
    let Snapshot { advisory, ignore, .. } = snapshot()?;
    let packages = lock()?;
    let mut faults = Vec::new();
    let mut applied = BTreeSet::new();
    for package in &packages {
        for known in advisory.iter().filter(|known| known.name == package.name) {
            if !known.affects(&package.version)? {
                continue;
            }
            let waived = |entry: &&Ignore| entry.id == known.id && entry.name == known.name;
            match ignore.iter().find(waived) {
                Some(entry) => {
                    say(&format!("{package}: {known}: ignored: {}", entry.reason))?;
                    applied.insert(&entry.id);
                }
                None => faults.push(format!("{package}: {known}")),
            }
        }
    }
    for entry in &ignore {
        if entry.reason.trim().is_empty() {
            faults.push(format!("[[ignore]] {}: gives no reason", entry.id));
        }
        if !applied.contains(&entry.id) {
            faults.push(format!("[[ignore]] {}: applies no more", entry.id));
        }
    }
    assert_none("advisories", &faults);
    Ok(())
}

#[test]
fn every_package_has_been_looked_up() -> Outcome {
    let Snapshot { looked_up, not_looked_up, .. } = snapshot()?;
    let mut faults = Vec::new();
    for package in lock()?.iter().filter(|package| package.source.is_some()) {
        let lists = [&looked_up, &not_looked_up];
        match lists.iter().filter(|list| list.contains(&package.name)).count() {
            0 => faults
                .push(format!("{package}: new: look for its advisories and name it in {SNAPSHOT}")),
            1 => {}
            _ => faults.push(format!("{package}: in both lists of {SNAPSHOT}")),
        }
    }
    if !not_looked_up.is_empty() {
        say(&format!("nobody looked for advisories of {not_looked_up:?}"))?;
    }
    assert_none("packages", &faults);
    Ok(())
}

#[test]
fn licence_expressions_are_read_as_spdx_means_them() {
    let allowed = "MIT; MIT/Apache-2.0; MIT / GPL-3.0-only; GPL-3.0-only OR MIT; MIT AND ISC OR GPL-3.0-only; \
        GPL-3.0-only OR MIT AND ISC; (MIT OR GPL-3.0-only) AND Unicode-3.0; \
        Apache-2.0 WITH LLVM-exception OR GPL-3.0-only";
    for expression in allowed.split("; ") {
        assert_eq!(allows(expression), Ok(()), "{expression}");
    }
    let refused = "; GPL-3.0-only; MIT AND GPL-3.0-only; (MIT OR ISC) AND GPL-3.0-only; MIT WITH LLVM-exception; \
        GPL-3.0-only OR MIT AND GPL-2.0-only; MIT OR; (MIT; MIT); MIT ISC";
    for expression in refused.split("; ") {
        assert!(allows(expression).is_err(), "{expression}");
    }
}

#[test]
fn an_advisory_affects_what_is_neither_patched_nor_unaffected() -> Outcome {
    let advisory: Advisory = toml::from_str(
        "id = 'X'\ncrate = 'x'\ndate = 2026-01-01\ntitle = 't'
         patched = ['>=1.2.3, <2.0.0', '>=2.1.0']\nunaffected = ['<1.0.0']",
    )?;
    for affected in ["1.0.0", "1.2.2", "2.0.5"] {
        assert!(advisory.affects(affected)?, "{affected}");
    }
    for fine in ["0.9.9", "1.2.3", "2.1.0", "3.0.0+meta"] {
        assert!(!advisory.affects(fine)?, "{fine}");
    }
    Ok(())
}

/// A package as `Cargo.lock` and `cargo metadata` both have it.
#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    source: Option<String>,
    checksum: Option<String>,
    license: Option<String>,
}

#[derive(Deserialize)]
struct Lock {
    package: Vec<Package>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

/// [`SNAPSHOT`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Snapshot {
    looked_up: Vec<String>,
    not_looked_up: Vec<String>,
    advisory: Vec<Advisory>,
    #[serde(default)]
    ignore: Vec<Ignore>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advisory {
    id: String,
    #[serde(rename = "crate")]
    name: String,
    date: toml::value::Datetime,
    title: String,
    patched: Vec<String>,
    unaffected: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ignore {
    id: String,
    #[serde(rename = "crate")]
    name: String,
    reason: String,
}

impl fmt::Display for Package {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.name, self.version)
    }
}

impl fmt::Display for Advisory {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, date, title, patched, .. } = self;
        write!(out, "{id} of {date}: {title}; patched in {patched:?}")
    }
}

impl Advisory {
    fn affects(&self, version: &str) -> Outcome<bool> {
        let version = Version::parse(version)?;
        for requirement in self.patched.iter().chain(&self.unaffected) {
            if VersionReq::parse(requirement)?.matches(&version) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn snapshot() -> Outcome<Snapshot> {
    read_toml(SNAPSHOT)
}

fn lock() -> Outcome<Vec<Package>> {
    Ok(read_toml::<Lock>("Cargo.lock")?.package)
}

fn read_toml<T: DeserializeOwned>(path: &str) -> Outcome<T> {
    let text =
        std::fs::read_to_string(root().join(path)).map_err(|error| format!("{path}: {error}"))?;
    Ok(toml::from_str(&text).map_err(|error| format!("{path}: {error}"))?)
}

/// The packages that cargo builds for this platform, dev-dependencies included.
fn metadata() -> Outcome<Vec<Package>> {
    let version = cargo("-vV")?;
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .ok_or("cargo -vV names no host")?;
    let json =
        cargo(&format!("metadata --locked --offline --format-version 1 --filter-platform {host}"))?;
    Ok(serde_json::from_str::<Metadata>(&json)?.packages)
}

fn cargo(arguments: &str) -> Outcome<String> {
    let output = Command::new(env!("CARGO"))
        .args(arguments.split_whitespace())
        .current_dir(root())
        .output()?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr);
        return Err(format!("cargo {arguments}: {message}").into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Writes past the test harness, which would keep the words of a test that passes to itself.
fn say(message: &str) -> Outcome {
    Ok(writeln!(std::io::stderr(), "{message}")?)
}

fn assert_none(what: &str, faults: &[String]) {
    assert!(faults.is_empty(), "{what}:\n  {}", faults.join("\n  "));
}

/// Whether a licence expression can be met with [`ALLOWED`] licences alone; else why not.
fn allows(expression: &str) -> Result<(), String> {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut terms = Terms { words: spaced.split_whitespace().collect(), next: 0 };
    let met = terms.alternatives()?;
    match terms.peek() {
        Some(word) => Err(format!("cannot read {expression:?} from {word:?} on")),
        None if met => Ok(()),
        None => Err(format!("{expression:?} is not allowed")),
    }
}

/// The words of a licence expression. `WITH` binds closest, then `AND`, then `OR`.
struct Terms<'a> {
    words: Vec<&'a str>,
    next: usize,
}

impl<'a> Terms<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.words.get(self.next).copied()
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.peek() == Some(word);
        self.next += usize::from(found);
        found
    }

    fn name(&mut self) -> Result<&'a str, String> {
        match self.peek() {
            None | Some("OR" | "AND" | "WITH" | "(" | ")") => {
                Err(format!("a licence is missing in {:?}", self.words))
            }
            Some(name) => {
                self.next += 1;
                Ok(name)
            }
        }
    }

    fn alternatives(&mut self) -> Result<bool, String> {
        let mut met = self.conjunction()?;
        while self.take("OR") {
            met |= self.conjunction()?;
        }
        Ok(met)
    }

    fn conjunction(&mut self) -> Result<bool, String> {
        let mut met = self.licence()?;
        while self.take("AND") {
            met &= self.licence()?;
        }
        Ok(met)
    }

    fn licence(&mut self) -> Result<bool, String> {
        if self.take("(") {
            let met = self.alternatives()?;
            if !self.take(")") {
                return Err(format!("a bracket stays open in {:?}", self.words));
            }
            return Ok(met);
        }
        let name = self.name()?;
        let full = if self.take("WITH") {
            format!("{name} WITH {}", self.name()?)
        } else {
            name.to_owned()
        };
        Ok(ALLOWED.contains(&full.as_str()))
    }
}
