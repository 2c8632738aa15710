//! Inputs that are read instead of recorded ones (`--replace-usage`, `--replace-changes`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::base::error::{Code, Error, Result};
use crate::base::path_names::PathNames;
use crate::book::RecordedInput;
use crate::run::request::Replacement;

/// What the month asked for was billed from, and how its paths are named.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub files: &'a [RecordedInput],
    pub names: &'a PathNames,
}

/// What pairs `OLD=NEW` mean for the month asked for. OLD is a path that its manifest records, or
/// the file name of just one; later months of a cascade are then asked for that very file. Paths
/// may hold `=`, so every one is tried. A pair that an earlier run has done already, so that NEW
/// is recorded by now, asks nothing of this month; later ones may record OLD still, since a cascade
/// that fails half-way is done again. OLD is then looked for in what the month's revisions recorded
/// before, the latest first. What this month has nothing to do with is asked of the `later` ones in
/// reach, if they know it.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where a pair names no recorded file, or NEW is recorded by
/// now, and has other content; those of `before` and `later`.
pub(super) fn resolve(
    option: &str,
    pairs: &[String],
    known: Known<'_>,
    before: impl Fn() -> Result<Vec<Vec<RecordedInput>>>,
    later: impl Fn() -> Result<Vec<RecordedInput>>,
) -> Result<Vec<Replacement>> {
    let Known { files, names } = known;
    let mut found = Vec::new();
    for pair in pairs {
        let now = replacement(pair, files, names);
        match done(pair, files, names) {
            None if now.is_none() => found.extend(of_later(option, pair, known, &later()?)?),
            // Where OLD is but a file name, NEW may have it, too.
            Some((recorded, old, new))
                if now.as_ref().is_none_or(|now| now.name == recorded.input.file) =>
            {
                if now.is_none() {
                    check_done(option, recorded, new)?;
                }
                let then = before()?.iter().find_map(|files| {
                    let then = replacement(pair, files, names)?;
                    (then.name != recorded.input.file).then_some(then)
                });
                let as_typed = || Replacement {
                    name: names.name(old),
                    path: old.to_owned(),
                    instead: new.to_owned(),
                };
                found.push(then.unwrap_or_else(as_typed));
            }
            _ => {}
        }
        found.extend(now);
    }
    Ok(found)
}

/// What a pair asks of later months alone; nothing, where an earlier run has done it in all of them.
fn of_later(
    option: &str,
    pair: &str,
    known: Known<'_>,
    later: &[RecordedInput],
) -> Result<Option<Replacement>> {
    let by_name = later.iter().map(|file| (&file.input.file, file)).collect::<BTreeMap<_, _>>();
    let later: Vec<RecordedInput> = by_name.into_values().cloned().collect();
    match (replacement(pair, &later, known.names), done(pair, &later, known.names)) {
        (None, Some((recorded, _, new))) => check_done(option, recorded, new).map(|()| None),
        (None, None) => Err(no_replacement(option, pair, &[known.files, &later].concat())),
        (found, _) => Ok(found),
    }
}

/// Every way to take a pair apart.
fn ways(pair: &str) -> impl Iterator<Item = (&str, &str)> {
    let ways = pair.match_indices('=').map(|(at, _)| (&pair[..at], &pair[at + 1..]));
    ways.filter(|(_, new)| !new.is_empty())
}

fn replacement(pair: &str, files: &[RecordedInput], names: &PathNames) -> Option<Replacement> {
    ways(pair).find_map(|(old, new)| {
        let exact = find(old, files, names);
        let only = || {
            let named = |name: &str| Path::new(name).file_name() == Some(old.as_ref());
            let mut found = files.iter().filter(|file| named(&file.input.file));
            found.next().filter(|_| found.next().is_none())
        };
        let RecordedInput { input, path, .. } = exact.or_else(only)?;
        Some(Replacement { name: input.file.clone(), path: path.clone(), instead: new.into() })
    })
}

/// The recorded file that a path names: as it is recorded, or as it is typed here.
fn find<'a>(
    path: &str,
    files: &'a [RecordedInput],
    names: &PathNames,
) -> Option<&'a RecordedInput> {
    let is = |name: &str| files.iter().find(|file| file.input.file == name);
    is(path).or_else(|| is(&names.name(Path::new(path))))
}

/// The recorded file that a pair asks for, where an earlier run has done what it says.
fn done<'a, 'p>(
    pair: &'p str,
    files: &'a [RecordedInput],
    names: &PathNames,
) -> Option<(&'a RecordedInput, &'p Path, &'p Path)> {
    ways(pair)
        .find_map(|(old, new)| Some((find(new, files, names)?, Path::new(old), Path::new(new))))
}

/// Makes sure that a file which was read instead of another one already is still what was read:
/// the revision keeps a copy, from which it would be read again.
fn check_done(option: &str, recorded: &RecordedInput, new: &Path) -> Result<()> {
    let RecordedInput { input, .. } = recorded;
    match input.digest.is_of_file(new) {
        Ok(false) if input.kept.is_some() => {
            let new = new.display();
            let message = format!("{option}: {new} is recorded already, with other content");
            Err(Error::new(Code::REPLACEMENT, message)
                .hint(format!("to read it as it is now, say {option} '{}={new}'", input.file)))
        }
        _ => Ok(()),
    }
}

fn no_replacement(option: &str, pair: &str, files: &[RecordedInput]) -> Error {
    let names: BTreeSet<&str> = files.iter().map(|file| file.input.file.as_str()).collect();
    let names = names.into_iter().collect::<Vec<_>>().join(", ");
    let message = format!("{option} {pair} replaces no input that the manifest records");
    Error::new(Code::REPLACEMENT, message)
        .expected(format!("OLD=NEW, where OLD is one of {names}"))
        .hint("--cascade and --through ask later months, too, which may record other files")
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::base::file_digest::Algorithm;
    use crate::book::{InputFile, Role};
    use crate::run::request::Log;

    fn names() -> PathNames {
        PathNames::from(Path::new(""), Path::new("/srv"), [])
    }

    fn recorded(name: &str) -> RecordedInput {
        let (path, digest) = (PathBuf::from(name), Algorithm::Blake3.of_bytes(b""));
        let input = InputFile::of(Role::Usage, name.to_owned(), 0, digest);
        RecordedInput { input, path, modified: None }
    }

    fn resolved(
        pair: &str,
        first: &[RecordedInput],
        before: &[RecordedInput],
        later: &[RecordedInput],
    ) -> Result<Vec<Replacement>> {
        let known = Known { files: first, names: &names() };
        let (before, later) = (|| Ok(vec![before.to_vec()]), || Ok(later.to_vec()));
        resolve("--replace-usage", &[pair.to_owned()], known, before, later)
    }

    /// The files of a later month that are left, and those that are read instead.
    fn later_after(
        pair: &str,
        before: &[&str],
        first: &[&str],
        later: &[&str],
    ) -> (Vec<String>, Vec<PathBuf>) {
        let files = |names: &[&str]| names.iter().map(|name| recorded(name)).collect::<Vec<_>>();
        let found = resolved(pair, &files(first), &files(before), &files(later)).unwrap();
        let mut log = Log { recorded: files(later), ..Log::default() };
        log.replace(&found);
        (log.recorded.into_iter().map(|file| file.input.file).collect(), log.given)
    }

    fn later(pair: &str, first: &[&str], later: &[&str]) -> (Vec<String>, Vec<PathBuf>) {
        later_after(pair, &[], first, later)
    }

    #[test]
    fn what_is_done_in_the_first_month_is_still_asked_of_later_ones() {
        let (old, all) = (["logs/usage.csv"], (Vec::new(), vec![PathBuf::from("late/usage.csv")]));
        let new = ["late/usage.csv"];
        for typed in ["logs/usage.csv", "usage.csv"] {
            let pair = format!("{typed}=late/usage.csv");
            assert_eq!(later_after(&pair, &old, &new, &old), all, "{typed}");
        }
        // Nor need the month itself ever have been billed with it.
        assert_eq!(later("logs/usage.csv=late/usage.csv", &new, &old), all);
        let other = later_after("usage.csv=late/usage.csv", &old, &new, &["may/usage.csv"]);
        assert_eq!(other, (vec!["may/usage.csv".to_owned()], vec![]));
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
            let refused = resolved(pair, &[recorded("a=b/1.csv")], &[], &[]);
            assert!(refused.unwrap_err().to_string().contains("replaces no input"), "{pair}");
        }
        let two = [recorded("a/1.csv"), recorded("b/1.csv")];
        assert!(resolved("1.csv=2.csv", &two, &[], &[]).is_err());
        assert!(resolved("1.csv=2.csv", &[], &[], &two).is_err());
    }

    #[test]
    fn a_file_of_later_months_alone_is_replaced_there() {
        let none = Vec::<PathBuf>::new();
        let (april, may) = (["april.csv"], ["logs/may.csv"]);
        for typed in ["logs/may.csv", "may.csv"] {
            let replaced = later(&format!("{typed}=new.csv"), &april, &may);
            assert_eq!(replaced, (vec![], vec!["new.csv".into()]), "{typed}");
        }
        // Two months may record the same file; what is done in all of them asks nothing.
        let twice = [recorded("logs/may.csv"), recorded("logs/may.csv")];
        let found = resolved("may.csv=new.csv", &[], &[], &twice).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(later("may.csv=logs/may.csv", &april, &may).1.len(), 1, "as it is now");
        assert_eq!(later("old.csv=logs/may.csv", &april, &may), (vec![may[0].to_owned()], none));
    }
}
