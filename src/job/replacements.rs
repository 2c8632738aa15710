//! Inputs that are read instead of recorded ones (`--replace-usage`, `--replace-changes`).

use std::path::Path;

use crate::base::error::{Error, Result};
use crate::book::RecordedInput;
use crate::run::request::Replacement;

/// What pairs `OLD=NEW` mean for the month asked for. OLD is a path that its manifest records, or
/// the file name of just one; later months of a cascade are then asked for that very file. Paths
/// may hold `=`, so every one is tried. A pair that an earlier run has done already, so that NEW
/// is recorded by now, asks for nothing.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where a pair names no recorded file.
pub(super) fn resolve(
    option: &str,
    pairs: &[String],
    files: &[RecordedInput],
) -> Result<Vec<Replacement>> {
    let mut found = Vec::new();
    for pair in pairs {
        match replacement(pair, files) {
            Some(replacement) => found.push(replacement),
            None if is_done(pair, files) => {}
            None => return Err(no_replacement(option, pair, files)),
        }
    }
    Ok(found)
}

/// Every way to take a pair apart.
fn ways(pair: &str) -> impl Iterator<Item = (&str, &str)> {
    let ways = pair.match_indices('=').map(|(at, _)| (&pair[..at], &pair[at + 1..]));
    ways.filter(|(_, new)| !new.is_empty())
}

fn replacement(pair: &str, files: &[RecordedInput]) -> Option<Replacement> {
    ways(pair).find_map(|(old, new)| {
        let exact = files.iter().find(|file| file.input.file == old);
        let only = || {
            let named = |name: &str| Path::new(name).file_name() == Some(old.as_ref());
            let mut found = files.iter().filter(|file| named(&file.input.file));
            found.next().filter(|_| found.next().is_none())
        };
        let RecordedInput { input, path, .. } = exact.or_else(only)?;
        Some(Replacement { name: input.file.clone(), path: path.clone(), instead: new.into() })
    })
}

fn is_done(pair: &str, files: &[RecordedInput]) -> bool {
    ways(pair).any(|(_, new)| files.iter().any(|file| file.input.file == new))
}

fn no_replacement(option: &str, pair: &str, files: &[RecordedInput]) -> Error {
    let names: Vec<&str> = files.iter().map(|file| file.input.file.as_str()).collect();
    Error::usage(format!("{option} {pair} replaces no input that the manifest records"))
        .expected(format!("OLD=NEW, where OLD is one of {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::book::{InputFile, Role};
    use crate::run::request::Log;

    fn recorded(name: &str) -> RecordedInput {
        let (role, file, sha256) = (Role::Usage, name.to_owned(), String::new());
        RecordedInput::of(&InputFile { role, file, bytes: 0, sha256 }, &[])
    }

    /// The files of a later month that are left, and those that are read instead.
    fn later(pair: &str, first: &[&str], later: &[&str]) -> (Vec<String>, Vec<PathBuf>) {
        let files = |names: &[&str]| names.iter().map(|name| recorded(name)).collect::<Vec<_>>();
        let found = resolve("--replace-usage", &[pair.to_owned()], &files(first)).unwrap();
        let mut log = Log { recorded: files(later), ..Log::default() };
        log.replace(&found);
        (log.recorded.into_iter().map(|file| file.input.file).collect(), log.given)
    }

    #[test]
    fn a_file_name_stands_for_the_file_of_the_month_asked_for() {
        let april = ["april/usage.csv", "changes.csv"];
        let none = Vec::<PathBuf>::new();
        let own = ["may/usage.csv"];
        assert_eq!(later("usage.csv=new.csv", &april, &own), (vec![own[0].to_owned()], none));
        let both = ["april/usage.csv"];
        assert_eq!(later("usage.csv=new.csv", &april, &both), (vec![], vec!["new.csv".into()]));
    }

    #[test]
    fn paths_may_hold_equals_signs_and_done_is_done() {
        let april = ["a=b/1.csv"];
        assert_eq!(later("a=b/1.csv=c=d", &april, &april), (vec![], vec!["c=d".into()]));
        let done = later("old.csv=a=b/1.csv", &april, &april);
        assert_eq!(done, (vec!["a=b/1.csv".to_owned()], vec![]));
        for pair in ["1.csv", "1.csv=", "2.csv=3.csv", "csv=3.csv"] {
            let refused = resolve("--replace-usage", &[pair.to_owned()], &[recorded("a=b/1.csv")]);
            assert!(refused.unwrap_err().to_string().contains("replaces no input"), "{pair}");
        }
        let two = [recorded("a/1.csv"), recorded("b/1.csv")];
        assert!(resolve("--replace-usage", &["1.csv=2.csv".to_owned()], &two).is_err());
    }
}
