//! What `rerun` and `diff --what-if` mean: a month's manifest, and where the request departs from it; also inputs that
//! are read instead of recorded ones (`--replace-usage`, `--replace-changes`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::environment::{self, Beginning};
use super::settings::{CorrectionSettings, RerunSettings, STALE_OK};
use super::values::{self, reject_share};
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::ids::AccountId;
use crate::base::path_names::PathNames;
use crate::base::scope::Scope;
use crate::book::{Book, Expectations, RecordedInput, Revision, Role, Whereabouts};
use crate::catalog;
use crate::run::complete;
use crate::run::recorded_run::{RecordedRun, Rerun, published};
use crate::run::request::{Corrections, OpeningChoice, Purpose, Reach, Replacement, Request};

/// Is told of a revision of a month that is put in force, since a crash had cut its publication short.
pub type OnCompleted = fn(&Book, Month, u32);

/// The request to bill a published month again. `on_completed` is told of a revision that is put in
/// force for it, since a crash had cut its publication short.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`]: an option is wrong, or names an input that the manifest does
/// not record; [`crate::base::error::Kind::Book`]: the month is not in the book.
pub fn rerun_request(settings: RerunSettings, on_completed: OnCompleted) -> Result<Request> {
    let began = Beginning::now();
    let RerunSettings { month, book, options } = &settings;
    let mut correction = options.correction.clone().resolve(began)?;
    correction.reach.through = through(&settings)?;
    let memory = environment::memory(options.memory_budget.as_deref())?;
    let machine = environment::machine(memory, environment::threads(options.threads)?);
    let process = began.process(machine, options.findings_exit_code)?;
    if options.purpose == Purpose::Publish
        && let Some(revision) = complete(book, *month, &process.holder)?
    {
        on_completed(book, *month, revision);
    }
    let revision = published(book, *month)?;
    let working = environment::working_folder()?;
    let corrections = corrections(&settings, &revision, &working, correction.reach)?;
    let rerun = Rerun { purpose: options.purpose, correction, corrections, process };
    let mut request = rerun.request(book, *month, &revision)?;
    if let Some(path) = &options.corrections.catalog {
        request.catalog = catalog::load(path, *month)?.named(&request.names);
    }
    match options.opening.as_deref() {
        None => {}
        Some("book") => request.opening = OpeningChoice::Book,
        Some("genesis") => request.opening = OpeningChoice::Genesis,
        Some(STALE_OK) => {
            request.stale_ok = true;
            request.keep_opening(&revision.manifest);
        }
        Some(path) => request.opening = OpeningChoice::File(path.into()),
    }
    if let Some(list) = &options.corrections.drop_events {
        let accounts = request.corrections.scope.clone();
        request.leave_out(list, &accounts);
    }
    if !request.corrections.scope.is_all() {
        on_the_same_terms(&settings, &request)?;
        request.narrow(&revision.manifest);
    }
    Ok(request)
}

/// The request to bill a published month under another catalogue, without publishing it; the tables
/// of what differs are written into the folder `differences`.
///
/// # Errors
/// As [`rerun_request`].
pub fn what_if_request(
    month: Month,
    book: &Book,
    whereabouts: Whereabouts,
    catalog: &Path,
    differences: Option<PathBuf>,
) -> Result<Request> {
    let began = Beginning::now();
    let correction = CorrectionSettings { differences, ..CorrectionSettings::default() };
    let machine = environment::machine(environment::memory(None)?, environment::threads(None)?);
    let rerun = Rerun {
        purpose: Purpose::DryRun,
        correction: correction.resolve(began)?,
        corrections: Corrections {
            whereabouts,
            working_folder: environment::working_folder()?,
            ..Corrections::default()
        },
        process: began.process(machine, values::findings_exit_code(None)?)?,
    };
    let revision = published(book, month)?;
    let mut request = rerun.request(book, month, &revision)?;
    request.catalog = catalog::load(catalog, month)?.named(&request.names);
    // Only the catalogue is to differ, and nothing is published.
    request.expect = Expectations::default();
    request.stale_ok = true;
    request.keep_opening(&revision.manifest);
    Ok(request)
}

/// The last of the months that are billed again: one that is published, and not before the first.
fn through(settings: &RerunSettings) -> Result<Option<Month>> {
    let Some(text) = settings.options.through.as_deref() else { return Ok(None) };
    let published = settings.book.months()?;
    let last = match text {
        "last" => published.last().copied(),
        text => published.iter().copied().find(|month| month.to_string() == text),
    };
    let last = last.filter(|last| *last >= settings.month);
    let (first, newest) = (settings.month, published.last());
    last.map(Some).ok_or_else(|| {
        let message = format!("--through {text} is no month of the book from {first} on");
        Error::new(Code::OPTION_VALUE, message).expected(match newest {
            Some(newest) => format!("a published month up to {newest}, or `last`"),
            None => "a published month, or `last`".to_owned(),
        })
    })
}

/// Corrections of the logs, as the manifests of the month and of the later ones in reach understand
/// them.
fn corrections(
    settings: &RerunSettings,
    revision: &Revision,
    working: &Path,
    reach: Reach,
) -> Result<Corrections> {
    let RerunSettings { book, month, options } = settings;
    let whereabouts = &options.corrections.whereabouts;
    let recorded = RecordedRun::of(revision, whereabouts);
    let names = recorded.names(working, []);
    let resolve = |option: &str, pairs: &[String], role: Role| {
        let files = |revision: &Revision| RecordedRun::of(revision, whereabouts).files(role);
        let before = || {
            let before = book.revisions(*month)?.into_iter().rev();
            let before = before.skip_while(|name| *name != revision.name).skip(1);
            before.map(|name| Ok(files(&book.revision(*month, &name)?))).collect()
        };
        let later = || {
            let later = reach.later_months(book, *month)?.into_iter();
            let later = later.map(|month| Ok(files(&published(book, month)?)));
            later.collect::<Result<Vec<_>>>().map(|months| months.concat())
        };
        replacements(option, pairs, &recorded.files(role), &names, before, later)
    };
    Ok(Corrections {
        replace_usage: resolve("--replace-usage", &options.replace_usage, Role::Usage)?,
        replace_changes: resolve("--replace-changes", &options.replace_changes, Role::Changes)?,
        working_folder: working.to_owned(),
        scope: accounts(&options.accounts)?,
        max_reject_share: options.max_reject_share.as_deref().map(reject_share).transpose()?,
        ..options.corrections.clone()
    })
}

/// A dispute: makes sure that what all accounts share stays as it is, since all others are carried over.
fn on_the_same_terms(settings: &RerunSettings, request: &Request) -> Result<()> {
    let opening = settings.options.opening.as_deref().filter(|opening| *opening != STALE_OK);
    if settings.options.corrections.catalog.is_some() || opening.is_some() {
        let message = "--accounts bills some accounts anew, on the same terms as all";
        return Err(Error::new(Code::OPTIONS_TOGETHER, message)
            .expected("no --catalog, and no --opening but stale-ok")
            .hint("bill the whole month again: leave --accounts out"));
    }
    if !request.stale_ok && settings.book.stale(request.month)?.is_some() {
        let message = format!("{} rests on a stale opening state", request.month);
        return Err(Error::new(Code::OPENING_STALE, message)
            .hint("bill the whole month again first; or say --opening stale-ok"));
    }
    Ok(())
}

/// The accounts that are named: ids, or `@FILE` with one id a line; all where none are.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`]: a list cannot be read, or names none.
pub fn accounts(given: &[String]) -> Result<Scope> {
    let mut accounts = BTreeSet::new();
    for one in given {
        match one.strip_prefix('@') {
            None => drop(accounts.insert(one.as_str().into())),
            Some(path) => accounts.extend(list(Path::new(path))?),
        }
    }
    if !given.is_empty() && accounts.is_empty() {
        return Err(Error::new(Code::ACCOUNT_LIST, "--accounts names no account")
            .expected("ids, or @FILE with one id a line"));
    }
    Ok(if given.is_empty() { Scope::All } else { Scope::Accounts(accounts) })
}

/// The ids in a file, one a line, as any editor writes them: with a byte order mark, with either
/// line end, with blanks at a line's end.
fn list(path: &Path) -> Result<Vec<AccountId>> {
    let text = std::fs::read_to_string(path).map_err(|e| {
        Error::new(Code::ACCOUNT_LIST, "the list of accounts cannot be read")
            .in_file(path)
            .caused_by(e)
            .expected("UTF-8 text with one account id a line")
    })?;
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim_end);
    Ok(lines.filter(|line| !line.is_empty()).map(Into::into).collect())
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
fn replacements(
    option: &str,
    pairs: &[String],
    files: &[RecordedInput],
    names: &PathNames,
    before: impl Fn() -> Result<Vec<Vec<RecordedInput>>>,
    later: impl Fn() -> Result<Vec<RecordedInput>>,
) -> Result<Vec<Replacement>> {
    let mut found = Vec::new();
    for pair in pairs {
        let now = replacement(pair, files, names);
        match done(pair, files, names) {
            None if now.is_none() => found.extend(of_later(option, pair, files, names, &later()?)?),
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
    files: &[RecordedInput],
    names: &PathNames,
    later: &[RecordedInput],
) -> Result<Option<Replacement>> {
    let by_name = later.iter().map(|file| (&file.input.file, file)).collect::<BTreeMap<_, _>>();
    let later: Vec<RecordedInput> = by_name.into_values().cloned().collect();
    match (replacement(pair, &later, names), done(pair, &later, names)) {
        (None, Some((recorded, _, new))) => check_done(option, recorded, new).map(|()| None),
        (None, None) => Err(no_replacement(option, pair, &[files, &later].concat())),
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
        let exact = recorded_as(old, files, names);
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
fn recorded_as<'a>(
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
    ways(pair).find_map(|(old, new)| {
        Some((recorded_as(new, files, names)?, Path::new(old), Path::new(new)))
    })
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
        let (before, later) = (|| Ok(vec![before.to_vec()]), || Ok(later.to_vec()));
        replacements("--replace-usage", &[pair.to_owned()], first, &names(), before, later)
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
