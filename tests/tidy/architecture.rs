//! The house: which rooms there are, who may know whom, and that no two files know each other.

use std::collections::BTreeSet;

use crate::graph::Graph;
use crate::{Outcome, assert_none, sources};

/// The rooms of `src` from downstream to upstream: a room may use those on lines below its own, and no others.
const ROOMS: &[&[&str]] = &[
    &["cli"],
    &["job"],
    &["desk", "run"],
    &["book", "check"],
    &["billing"],
    &["tables"],
    &["input"],
    &["catalog"],
    &["base"],
];

/// A room within the desk that the others there may know: what is paid is told by several.
const SHARED_AT_THE_DESK: &str = "payments";

/// Who must not know whom, though the rooms' order lets it: paths of files and of what they name, and why.
const STRANGERS: &[(&str, &[&str], &str)] = &[
    ("src/job/", &["src/desk/"], "a job is a month to bill, and the desk bills nothing"),
    (
        "src/check/",
        &["src/billing/rules/", "src/billing/replay"],
        "the second opinion derives again what it checks",
    ),
    ("src/billing/rules/", IMPURE, PURE),
    ("src/billing/replay", IMPURE, PURE),
];

const PURE: &str =
    "the rules are pure: the same account gives the same bill, whenever and wherever";

const IMPURE: &[&str] = &[
    "std::env",
    "std::fs",
    "std::io",
    "std::net",
    "std::process",
    "std::thread",
    "std::time",
    "chrono::Utc",
    "chrono::Local",
    "rayon",
    "tracing",
];

fn graph() -> Outcome<Graph> {
    let sources = sources(&["src"])?.into_iter().map(|source| (source.path, source.text));
    Ok(Graph::draw(env!("CARGO_PKG_NAME"), &sources.collect())?)
}

/// The room of a file: `base` for `src/base/money.rs`; for the roots of the crate and the program, none.
fn room(file: &str) -> Option<&str> {
    file.strip_prefix("src/")?.split_once('/').map(|(room, _)| room)
}

/// The room within the desk: `explain` for `src/desk/explain/proof.rs`.
fn desk(file: &str) -> Option<&str> {
    file.strip_prefix("src/desk/")?.split_once('/').map(|(room, _)| room)
}

fn level(room: &str) -> Option<usize> {
    ROOMS.iter().position(|rooms| rooms.contains(&room))
}

/// Why a file may not know another, if so.
fn forbidden(file: &str, other: &str) -> Option<String> {
    let from = room(file)?;
    let Some(to) = room(other) else { return Some("the crate's root defines nothing".to_owned()) };
    if let (Some(one), Some(other)) = (desk(file), desk(other)) {
        let may_know = one == other || other == SHARED_AT_THE_DESK;
        return (!may_know).then(|| "rooms of the desk do not know each other".to_owned());
    }
    if from != to && level(from) >= level(to) {
        return Some(format!("`{to}` is not below `{from}`"));
    }
    let strangers = STRANGERS.iter().find(|(knows, strangers, _)| {
        file.starts_with(knows) && strangers.iter().any(|stranger| other.starts_with(stranger))
    });
    strangers.map(|(.., reason)| (*reason).to_owned())
}

#[test]
fn no_two_files_know_each_other() -> Outcome {
    let graph = graph()?;
    let told =
        |circle: Vec<&str>| format!("a circle of {} files:\n{}", circle.len(), graph.told(&circle));
    let circles: Vec<String> = graph.circles().into_iter().map(told).collect();
    assert_none(
        &circles,
        "Move what both need into a file of its own, or hand it in as an argument. A `mod.rs` whose files use what it \
         defines is on a circle, too: let it only declare and re-export.",
    );
    Ok(())
}

#[test]
fn the_rooms_are_those_of_the_house() -> Outcome {
    let named: BTreeSet<&str> = ROOMS.iter().flat_map(|rooms| rooms.iter().copied()).collect();
    let sources = sources(&["src"])?;
    let (within, roots): (Vec<_>, Vec<_>) =
        sources.iter().map(|source| source.path.as_str()).partition(|path| room(path).is_some());
    let found: BTreeSet<&str> = within.into_iter().filter_map(room).collect();
    assert_eq!(found, named, "the folders of src, and ROOMS of tests/tidy/architecture.rs");
    assert_eq!(roots, ["src/lib.rs", "src/main.rs"], "the files of src outside of rooms");
    Ok(())
}

#[test]
fn imports_point_downwards() -> Outcome {
    let graph = graph()?;
    let mut faults = Vec::new();
    for (file, ties) in &graph.files {
        for (other, names) in ties {
            let Some(why) = forbidden(file, other) else { continue };
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            faults.push(format!("{file} names {} of {other}: {why}", names.join(", ")));
        }
    }
    for (file, names) in &graph.foreign {
        for name in names {
            let is = |other: &&str| name == other || name.starts_with(&format!("{other}::"));
            if is(&"clap") && room(file).is_some_and(|room| room != "cli") {
                faults.push(format!("{file} names {name}: only cli knows the command line"));
            }
            for (knows, strangers, why) in STRANGERS {
                if file.starts_with(knows) && strangers.iter().any(is) {
                    faults.push(format!("{file} names {name}: {why}"));
                }
            }
        }
    }
    assert_none(
        &faults,
        "Hand in what is needed from above as an argument, or move what both use to a room below both.",
    );
    Ok(())
}

#[test]
fn who_may_know_whom() {
    let allowed = [
        ("src/cli/run.rs", "src/desk/explain/mod.rs"),
        ("src/job/file.rs", "src/run/request.rs"),
        ("src/desk/diff/mod.rs", "src/desk/answer.rs"),
        ("src/check/mod.rs", "src/billing/documents.rs"),
        ("src/billing/rules/fees.rs", "src/base/money.rs"),
        ("src/main.rs", "src/cli/mod.rs"),
    ];
    for (file, other) in allowed {
        assert_eq!(forbidden(file, other), None, "{file} {other}");
    }
    let refused = [
        ("src/run/mod.rs", "src/desk/diff/mod.rs"),
        ("src/desk/diff/mod.rs", "src/run/mod.rs"),
        ("src/job/ask.rs", "src/desk/diff/mod.rs"),
        ("src/check/mod.rs", "src/billing/rules/fees.rs"),
        ("src/check/mod.rs", "src/book/mod.rs"),
        ("src/desk/diff/mod.rs", "src/desk/explain/mod.rs"),
        ("src/base/money.rs", "src/catalog/mod.rs"),
        ("src/base/money.rs", "src/lib.rs"),
    ];
    for (file, other) in refused {
        assert!(forbidden(file, other).is_some(), "{file} {other}");
    }
}
