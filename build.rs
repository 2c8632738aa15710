//! What `--version` says beside the version: the commit and the time of the build. A development build looks at
//! neither, so that no commit makes it compile anew.

#![expect(clippy::disallowed_methods, reason = "a build script asks environment and clock")]

use std::env;
use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

/// What the program is made of.
const SOURCES: [&str; 4] = ["build.rs", "src", "Cargo.toml", "Cargo.lock"];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    // A package build knows the commit though it has no repository.
    let commit = given("MONTHEND_COMMIT").or_else(|| release.then(commit).flatten());
    let seconds = given("SOURCE_DATE_EPOCH").or_else(|| release.then(now).flatten());
    tell("MONTHEND_BUILT_OF", commit);
    tell("MONTHEND_BUILT_AT", seconds);
    tell("MONTHEND_BUILT_FOR", env::var("TARGET").ok());
}

/// What the environment says.
fn given(name: &str) -> Option<String> {
    println!("cargo::rerun-if-env-changed={name}");
    env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// Hands on to the program what is known.
fn tell(name: &str, value: Option<String>) {
    if let Some(value) = value {
        println!("cargo::rustc-env={name}={}", value.trim());
    }
}

/// The commit of this repository, and whether the sources differ from it; nothing where there is no repository, or one
/// that these sources merely lie in.
fn commit() -> Option<String> {
    let top = git(&["rev-parse", "--show-toplevel"])?;
    let here = env::var("CARGO_MANIFEST_DIR").ok()?;
    if Path::new(&top).canonicalize().ok()? != Path::new(&here).canonicalize().ok()? {
        return None;
    }
    for name in ["HEAD", "logs/HEAD"] {
        let file = git(&["rev-parse", "--path-format=absolute", "--git-path", name])?;
        if Path::new(&file).exists() {
            println!("cargo::rerun-if-changed={file}");
        }
    }
    SOURCES.iter().for_each(|source| println!("cargo::rerun-if-changed={source}"));
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    let status = [&["status", "--porcelain", "--"][..], &SOURCES].concat();
    let changed = !git(&status)?.is_empty();
    Some(if changed { format!("{commit} with changes") } else { commit })
}

/// What git says.
fn git(words: &[&str]) -> Option<String> {
    let said =
        Command::new("git").args(words).output().ok().filter(|said| said.status.success())?;
    Some(String::from_utf8(said.stdout).ok()?.trim().to_owned())
}

fn now() -> Option<String> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    Some(since.as_secs().to_string())
}
