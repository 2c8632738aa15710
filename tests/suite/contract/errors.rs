//! The codes of failures: their page, that each is used, and that none is used again.

use std::fs;
use std::path::{Path, PathBuf};

use monthend::base::error::codes;
use monthend::cli::errors::page;

use crate::common::golden::check_page;
use crate::common::{Outcome, monthend, root, words};

/// Numbers that meant something in an earlier version, and mean nothing now.
const GONE: &[u16] = &[];

#[test]
fn the_page_is_made_from_the_tables() -> Outcome {
    let advice = "A code that comes to mean something else misleads whoever looks it up";
    check_page("docs/ERRORS.md", &page(), "the tables say", advice)
}

#[test]
fn every_code_is_used_and_no_number_twice() -> Outcome {
    let mut text = String::new();
    for path in sources(&root().join("src"))? {
        if !path.components().any(|part| part.as_os_str() == "codes") {
            text.push_str(&fs::read_to_string(path)?);
        }
    }
    let is_used = |name: &str| {
        text.match_indices(&format!("Code::{name}")).any(|(at, found)| {
            !text[at + found.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        })
    };
    let unused: Vec<_> = codes::all().filter(|code| !is_used(code.name)).collect();
    assert!(
        unused.is_empty(),
        "no failure has the codes {unused:?}: use them, or note their numbers as GONE"
    );
    let again: Vec<_> = codes::all().filter(|code| GONE.contains(&code.number)).collect();
    assert!(again.is_empty(), "{again:?} have numbers that meant something else: take others");
    Ok(())
}

fn sources(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        match path.is_dir() {
            true => found.extend(sources(&path)?),
            false => found.push(path),
        }
    }
    Ok(found)
}

#[test]
fn failures_are_coloured_where_that_is_wanted() -> Outcome {
    let said = |args: &[&str], set: &[(&str, &str)]| -> Outcome<String> {
        let mut command = monthend(args.iter().copied());
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
            command.env_remove(name);
        }
        Ok(words(&command.envs(set.iter().copied()).output()?))
    };
    let red = "\u{1b}[1m\u{1b}[31m";
    for (args, code) in [(["errors", "ME9999"], "ME0103"), (["errors", "--wrong"], "ME0101")] {
        let plain = said(&args, &[])?;
        assert!(
            plain.starts_with(&format!("error[{code}]: ")) && !plain.contains('\u{1b}'),
            "{plain}"
        );
        let coloured = said(&args, &[("CLICOLOR_FORCE", "1")])?;
        assert!(coloured.starts_with(&format!("{red}error[{code}]:\u{1b}[0m ")), "{coloured:?}");
        let none = said(&args, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")])?;
        assert_eq!(none, plain, "NO_COLOR wins");
    }
    Ok(())
}
