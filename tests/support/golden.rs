//! What tests with goldens share: whether to write them anew, pages that are made, and the commands of a transcript.

use std::fmt::Write as _;
use std::fs;

use crate::{Outcome, root};

/// Whether goldens are to be written anew.
#[expect(
    clippy::disallowed_methods,
    reason = "a test may ask whether goldens are to be written anew"
)]
pub fn wants_update() -> bool {
    std::env::var_os("UPDATE_GOLDENS").is_some_and(|value| value == "1")
}

/// Holds a page of the repository against what it is made from, or writes it anew. `source` is what says
/// something else, `advice` what a difference means.
pub fn check_page(name: &str, page: &str, source: &str, advice: &str) -> Outcome {
    let path = root().join(name);
    if wants_update() {
        fs::write(&path, page)?;
    }
    let kept = fs::read_to_string(&path)?;
    let lines = kept.lines().zip(page.lines()).find(|(kept, now)| kept != now);
    assert!(
        kept == page,
        "{name} is not what {source}: {lines:?}. {advice}; to write the page anew: UPDATE_GOLDENS=1 cargo test --test \
         suite contract::"
    );
    Ok(())
}

/// A line of `status` with the instant of a publication, and the day of its notes, put out of sight.
pub fn without_clock(line: &str) -> String {
    let mut line = line.to_owned();
    if let Some(at) = line.find(':').filter(|at| line.starts_with("  20") && *at > 13) {
        line.replace_range(at - 13..at + 3, "ON A DAY, AT TEN");
    }
    line
}

/// The commands of a golden as they stand there, line ends included; a `\` at the end goes on with the next line.
pub fn commands(golden: &str) -> Outcome<Vec<String>> {
    let mut commands: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in golden.lines() {
        if line.starts_with("$ monthend") {
            commands.push(String::new());
        } else if !goes_on {
            continue;
        }
        goes_on = line.ends_with('\\');
        if let Some(command) = commands.last_mut() {
            writeln!(command, "{line}")?;
        }
    }
    if commands.is_empty() || !golden.starts_with('$') {
        return Err("a golden begins with a command: $ monthend …".into());
    }
    Ok(commands)
}
