//! A rerun as it is typed.

use std::collections::BTreeMap;
use std::path::Path;

use super::chain::{Chain, Given, Inputs};
use crate::months::holding::Outcome;

/// A rerun of a month, or a run of it with all inputs typed.
#[derive(Debug, Clone, Default)]
pub struct Rerun {
    pub month: usize,
    pub add_usage: Vec<usize>,
    pub add_changes: Vec<usize>,
    pub replace_usage: Vec<(usize, usize)>,
    pub replace_changes: Vec<(usize, usize)>,
    /// A list of events to leave out, and what it says.
    pub list: Option<(usize, BTreeMap<String, String>)>,
    pub terms: Option<usize>,
    pub accounts: Vec<&'static str>,
    pub cascade: bool,
    pub typed: bool,
    pub stale_ok: bool,
}

/// Why there is another revision.
pub const REASON: &str = "as told by the story";
/// The day of its notes and invoices.
pub const ISSUED_ON: &str = "2026-08-01";
/// The payment term, which a rerun takes from the manifest, and the day that it comes to.
const TERM_DAYS: &str = "31";
pub const DUE_ON: &str = "2026-09-01";

impl Rerun {
    /// A whole month again, without corrections.
    pub fn of(month: usize) -> Self {
        Rerun { month, ..Rerun::default() }
    }

    /// What a month is made of after the rerun, if that is published as a whole: of the month asked for, or of a later
    /// one to which it cascades.
    pub fn inputs(&self, before: &Inputs, first: bool) -> Inputs {
        let mut after = Inputs { only: Vec::new(), ..before.clone() };
        if self.typed && !first {
            return after; // only `rerun` takes its corrections along
        }
        after.usage.extend(&self.add_usage);
        after.changes.extend(&self.add_changes);
        for (files, pairs) in
            [(&mut after.usage, &self.replace_usage), (&mut after.changes, &self.replace_changes)]
        {
            for (old, new) in pairs {
                if files.remove(old) {
                    files.insert(*new);
                }
            }
        }
        if first {
            after.only.clone_from(&self.accounts);
            after.terms = self.terms.unwrap_or(after.terms);
        }
        match self.typed {
            true => after.lists.clear(),
            false => after.lists.extend(self.list.iter().map(|(list, entries)| Given {
                list: *list,
                entries: entries.clone(),
                accounts: self.accounts.clone(),
            })),
        }
        after
    }

    /// What is typed.
    pub fn arguments(&self, chain: &Chain) -> Outcome<Vec<String>> {
        let mut typed = Typed::new(chain, if self.typed { "run" } else { "rerun" });
        typed.pair("--month", &chain.months[self.month].to_string());
        typed.pair("--book", &chain.book.folder().display().to_string());
        typed.pair("--reason", REASON);
        match self.typed {
            true => self.run(&mut typed),
            false => self.rerun(&mut typed)?,
        }
        if self.cascade {
            typed.words.push("--cascade".to_owned());
        }
        Ok(typed.words)
    }

    fn run(&self, typed: &mut Typed<'_>) {
        let chain = typed.chain;
        let inputs = self.inputs(&chain.inputs[self.month], true);
        typed.inputs(&inputs);
        match (self.month, self.stale_ok) {
            (0, _) => typed.pair("--opening", &chain.first_opening()),
            (_, true) => typed.pair("--opening", "stale-ok"),
            (_, false) => {}
        }
    }

    fn rerun(&self, typed: &mut Typed<'_>) -> Outcome<()> {
        let chain = typed.chain;
        typed.files(
            "--add-usage",
            self.add_usage.iter().map(|&file| chain.usage[file].path.as_path()),
        );
        typed.files(
            "--add-changes",
            self.add_changes.iter().map(|&file| chain.changes[file].path.as_path()),
        );
        for (old, new) in typed.ordered(&self.replace_usage) {
            let paths = (&chain.usage[old].path, &chain.usage[new].path);
            typed.pair("--replace-usage", &replacement(old, paths.0, paths.1));
        }
        for (old, new) in typed.ordered(&self.replace_changes) {
            let paths = (&chain.changes[old].path, &chain.changes[new].path);
            typed.pair("--replace-changes", &replacement(old, paths.0, paths.1));
        }
        if let Some((list, _)) = self.list {
            typed.pair("--drop-events", &chain.lists[list].path.display().to_string());
        }
        if let Some(terms) = self.terms {
            typed.pair("--catalog", &chain.catalog(terms).display().to_string());
        }
        if self.stale_ok {
            typed.pair("--opening", "stale-ok");
        }
        if chain.manner.moved {
            let [old, new] = ["logs", "archive"].map(|name| chain.root.join(name));
            typed.pair("--moved", &format!("{}={}", old.display(), new.display()));
        }
        self.accounts(typed)
    }

    fn accounts(&self, typed: &mut Typed<'_>) -> Outcome<()> {
        let accounts = typed.ordered(&self.accounts);
        if accounts.iter().any(|account| account.contains(',')) {
            let path = typed.chain.root.join("accounts.txt");
            std::fs::write(&path, accounts.join("\n"))?;
            typed.words.push(format!("--accounts=@{}", path.display()));
        } else if !accounts.is_empty() {
            typed.words.push(format!("--accounts={}", accounts.join(",")));
        }
        Ok(())
    }
}

/// OLD=NEW, where the file name of OLD is enough.
fn replacement(number: usize, old: &Path, new: &Path) -> String {
    let name = old.file_name().unwrap_or_default();
    match number % 2 {
        0 => format!("{}={}", old.display(), new.display()),
        _ => format!("{}={}", name.display(), new.display()),
    }
}

/// A command line in the making.
pub struct Typed<'a> {
    pub chain: &'a Chain,
    pub words: Vec<String>,
}

impl<'a> Typed<'a> {
    /// What all commands have in common.
    pub fn new(chain: &'a Chain, command: &str) -> Self {
        let mut typed = Typed { chain, words: vec!["monthend".to_owned(), command.to_owned()] };
        typed.pair("--threads", &chain.manner.threads.to_string());
        typed.pair("--max-reject-share", "1");
        typed.pair("--issued-on", ISSUED_ON);
        typed.pair("--accept", "a random month"); // which may be without usage
        typed
    }

    /// An option and its value.
    pub fn pair(&mut self, option: &str, value: &str) {
        self.words.push(format!("{option}={value}"));
    }

    /// An option and paths.
    pub fn files<'p>(&mut self, option: &str, paths: impl Iterator<Item = &'p Path>) {
        let paths: Vec<String> = paths.map(|path| path.display().to_string()).collect();
        if !paths.is_empty() {
            self.words.push(option.to_owned());
            self.words.extend(self.ordered(&paths));
        }
    }

    /// The inputs of a month, for `run`.
    pub fn inputs(&mut self, inputs: &Inputs) {
        let chain = self.chain;
        self.pair("--payment-term-days", TERM_DAYS);
        self.pair("--catalog", &chain.catalog(inputs.terms).display().to_string());
        self.files("--usage", inputs.usage.iter().map(|&file| chain.usage[file].path.as_path()));
        self.files(
            "--changes",
            inputs.changes.iter().map(|&file| chain.changes[file].path.as_path()),
        );
    }

    /// In the order in which the chain's manner names things.
    fn ordered<T: Clone>(&self, all: &[T]) -> Vec<T> {
        let mut all = all.to_vec();
        if self.chain.manner.reversed {
            all.reverse();
        }
        all
    }
}
