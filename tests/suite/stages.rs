//! April of the fixtures, stage by stage: what each stage makes of what the one before it made, as text to read.
//!
//! `tests/stages/april.<stage>.txt` is what the stage should come to. The stages are compared in their order, so the
//! first one named in a failure is the guilty one: all that it was given is as it was.
//!
//! `UPDATE_GOLDENS=1 cargo test --test suite stages::` writes the texts anew. Read what has changed before you commit
//! it.

mod render_inputs;
mod render_results;
mod walk;

use std::fs;
use std::path::{Path, PathBuf};

use walk::April;

use crate::common::Outcome;
use crate::common::golden::wants_update;

/// What a stage comes to, as text.
type Render = fn(&April) -> Outcome<String>;

/// The stages in their order.
const STAGES: [(&str, Render); 5] = [
    ("timeline", render_inputs::timeline),
    ("rollup", render_inputs::rollup),
    ("replay", render_results::replay),
    ("documents", render_results::documents),
    ("tables", render_results::tables),
];

#[test]
fn april_stage_by_stage() -> Outcome {
    let april = April::walk()?;
    let mut differ = Vec::new();
    for (stage, render) in STAGES {
        differ.extend(compare(stage, &render(&april)?)?);
    }
    let told = match &differ[..] {
        [] => return Ok(()),
        [guilty] => guilty.clone(),
        [guilty, after @ ..] => {
            let names = after.iter().filter_map(|told| told.split('`').nth(1));
            let names = names.collect::<Vec<_>>().join(", ");
            format!("{guilty}\n\nAfter it, and maybe because of it: {names}.")
        }
    };
    assert!(told.is_empty(), "{told}");
    Ok(())
}

/// How a stage's text differs from its golden, if it does.
fn compare(stage: &str, text: &str) -> Outcome<Option<String>> {
    let path = golden(stage);
    if wants_update() {
        fs::write(path, text)?;
        return Ok(None);
    }
    let golden = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    if golden == text {
        return Ok(None);
    }
    let diff = difference(&golden, text);
    Ok(Some(format!(
        "the stage `{stage}` is guilty: what it was given is as it was, what it made is not\n\
         tests/stages/april.{stage}.txt (-) and what it makes now (+):\n{diff}"
    )))
}

fn golden(stage: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stages");
    folder.join(format!("april.{stage}.txt"))
}

/// At most this many lines of a difference are shown.
const SHOWN: usize = 40;

/// The lines that differ, each block of them below the last unindented line before it.
fn difference(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let mut shown: Vec<String> = Vec::new();
    let mut head = "";
    let (mut o, mut n) = (0, 0);
    while o < old.len() || n < new.len() {
        if old.get(o) == new.get(n) {
            head = old.get(o).filter(|line| !line.starts_with(' ')).unwrap_or(&head);
            (o, n) = (o + 1, n + 1);
            continue;
        }
        if !head.is_empty() {
            shown.push(format!("  {head}"));
            head = "";
        }
        // The nearest line that both have again.
        let (mut skip_old, mut skip_new) = resume(&old[o..], &new[n..]);
        while skip_old > 0 && skip_new > 0 && old[o + skip_old - 1] == new[n + skip_new - 1] {
            (skip_old, skip_new) = (skip_old - 1, skip_new - 1); // a blank line of both
        }
        shown.extend(old[o..o + skip_old].iter().map(|line| format!("- {line}")));
        shown.extend(new[n..n + skip_new].iter().map(|line| format!("+ {line}")));
        (o, n) = (o + skip_old, n + skip_new);
    }
    let more = shown.len().saturating_sub(SHOWN);
    shown.truncate(SHOWN);
    if more > 0 {
        shown.push(format!("… and {more} lines more"));
    }
    shown.join("\n")
}

/// How many lines to pass over on each side until the two agree again.
fn resume(old: &[&str], new: &[&str]) -> (usize, usize) {
    for distance in 1..=old.len() + new.len() {
        for skip_old in 0..=distance.min(old.len()) {
            let skip_new = distance - skip_old;
            let agree = match (old.get(skip_old), new.get(skip_new)) {
                (Some(a), Some(b)) => a == b && !a.is_empty(),
                (None, None) => skip_old == old.len() && skip_new == new.len(),
                _ => false,
            };
            if skip_new <= new.len() && agree {
                return (skip_old, skip_new);
            }
        }
    }
    (old.len(), new.len())
}

#[test]
fn a_difference_shows_what_changed_and_where() {
    let old = "ann\n  one\n  two\n\nbob\n  three\n";
    let new = "ann\n  one\n  2\n  more\n\nbob\n  three\n";
    assert_eq!(difference(old, new), "  ann\n-   two\n+   2\n+   more");
    assert_eq!(difference("a\nb\n", "b\n"), "- a");
    assert_eq!(difference("a\n", "a\nb\n"), "  a\n+ b");
}
