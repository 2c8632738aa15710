//! Every command and the options that its `--help` has: what completions and manual pages are held against.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Outcome, monthend};

/// The options of commands, by the words that call them: `["monthend", "state", "show"]`.
pub type Options = BTreeMap<Vec<String>, BTreeSet<String>>;

/// The options of all commands, as `--help` shows them.
///
/// # Errors
/// A help text cannot be had.
pub fn options_in_help() -> Outcome<Options> {
    let mut options = Options::new();
    add(&[], &mut options)?;
    Ok(options)
}

fn add(words: &[&str], options: &mut Options) -> Outcome {
    let output = monthend(words.iter().copied().chain(["--help"])).output()?;
    assert!(output.status.success(), "monthend {words:?} --help: {}", output.status);
    let help = String::from_utf8(output.stdout)?;
    let called = ["monthend"].iter().chain(words).map(|&word| word.to_owned()).collect();
    options.insert(called, help.lines().flat_map(options_of).map(str::to_owned).collect());
    let below = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    for line in below.take_while(|line| line.starts_with("  ")) {
        // What is further in goes on with the line before.
        let name = line.strip_prefix("  ").filter(|line| !line.starts_with(' '));
        match name.and_then(|line| line.split(' ').next()) {
            Some("help") | None => {}
            Some(name) => add(&[words, &[name]].concat(), options)?,
        }
    }
    Ok(())
}

/// The options that a line of a help text introduces: `  -v, --verbose`, `      --book <DIR>`.
fn options_of(line: &str) -> impl Iterator<Item = &str> {
    let text = line.trim_start();
    let introduces = line.len() - text.len() <= 6 && text.starts_with('-');
    let words = text.split([' ', ',', '[']).filter(|word| !word.is_empty());
    words.take_while(move |word| introduces && word.starts_with('-'))
}
