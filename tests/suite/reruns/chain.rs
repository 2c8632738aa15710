//! Months in a book, and what each of them was made of: a model of the inputs that the manifests must record.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use monthend::base::calendar::{Instant, Month};
use monthend::book::{Book, Relocation, Whereabouts};
use monthend::desk::verify;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::ids::UNREADABLE;
use super::story::{LogFile, Story};
use crate::common::copy_folder;
use crate::months::files::{Format, states};
use crate::months::holding::Outcome;
use crate::months::population::{Change, Event};
use crate::months::revision::Revision;
use crate::months::terms::Terms;

/// A log file that was written.
#[derive(Debug, Clone)]
pub struct File<T> {
    pub path: PathBuf,
    pub format: Format,
    pub late: bool,
    pub rows: Vec<T>,
}

/// A list of events to leave out: ids and reasons.
#[derive(Debug, Clone)]
pub struct List {
    pub path: PathBuf,
    pub entries: BTreeMap<String, String>,
}

/// A list as it was given to a rerun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    pub list: usize,
    pub entries: BTreeMap<String, String>,
    /// The accounts that it is for; all where none are named.
    pub accounts: Vec<&'static str>,
}

impl Given {
    fn is_for(&self, account: &str) -> bool {
        self.accounts.is_empty() || self.accounts.contains(&account)
    }
}

/// What a month is made of: numbers of files, lists and catalogues.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inputs {
    pub usage: BTreeSet<usize>,
    pub changes: BTreeSet<usize>,
    /// The lists that were given, in order.
    pub lists: Vec<Given>,
    pub terms: usize,
    /// The accounts that its last revision was billed for, where not all.
    pub only: Vec<&'static str>,
}

impl Inputs {
    /// Why an event is left out, if it is: by the newest list for its account that names it. A list
    /// that was given again is only what it was at last, for the accounts that it was given for.
    pub fn left_out(&self, event: &Event) -> Option<&str> {
        let newest = self.lists.iter().enumerate().rev();
        let own = newest.filter(|(_, given)| given.is_for(&event.account));
        let current = own.filter(|(at, given)| {
            let later = &self.lists[at + 1..];
            !later.iter().any(|l| l.list == given.list && l.is_for(&event.account))
        });
        current.filter_map(|(_, given)| given.entries.get(&event.id)).next().map(String::as_str)
    }
}

/// How a story is played, which must not matter.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    pub book: &'static str,
    pub threads: usize,
    /// Files and accounts are named in the opposite order.
    pub reversed: bool,
    /// The first logs are moved after the first billing.
    pub moved: bool,
}

/// The usual way.
pub const PLAINLY: Manner = Manner { book: "book", threads: 2, reversed: false, moved: false };

/// Months in a book.
#[derive(Clone)]
pub struct Chain {
    pub root: PathBuf,
    pub book: Book,
    pub manner: Manner,
    pub months: Vec<Month>,
    /// What the first month starts from: `genesis`, or a file of states.
    pub opening: String,
    /// Whether that file is imported into the book.
    pub imported: bool,
    pub terms: Vec<Terms>,
    pub usage: Vec<File<Event>>,
    pub changes: Vec<File<Change>>,
    pub lists: Vec<List>,
    pub inputs: Vec<Inputs>,
    /// What each month's revisions were made of, in order.
    pub history: Vec<Vec<Inputs>>,
    /// What was done, for whoever has to find out what went wrong.
    pub transcript: String,
}

impl Chain {
    /// Writes the logs of a story, nothing billed yet.
    pub fn written(root: &Path, story: &Story, manner: Manner) -> Outcome<Self> {
        for folder in ["logs", "late", "archive"] {
            if root.join(folder).exists() {
                fs::remove_dir_all(root.join(folder))?;
            }
        }
        fs::create_dir_all(root.join("logs"))?;
        fs::create_dir_all(root.join("late"))?;
        let population = &story.population;
        let opening = match &population.states {
            None => "genesis".to_owned(),
            Some(all) => {
                let path = root.join("opening.csv");
                states(&path, all, &population.terms)?;
                path.display().to_string()
            }
        };
        let first = Inputs {
            usage: at_first(&story.usage),
            changes: at_first(&story.changes),
            ..Inputs::default()
        };
        let mut chain = Chain {
            root: root.to_owned(),
            book: Book::at(&root.join(manner.book)),
            manner,
            months: story.months.clone(),
            opening,
            imported: story.imported,
            terms: Vec::new(),
            usage: Vec::new(),
            changes: Vec::new(),
            lists: Vec::new(),
            history: vec![vec![first.clone()]; story.months.len()],
            inputs: vec![first; story.months.len()],
            transcript: String::new(),
        };
        for terms in std::iter::once(&population.terms).chain(&story.others) {
            chain.terms.push(terms.clone());
            fs::write(chain.catalog(chain.terms.len() - 1), terms.toml()?)?;
        }
        for file in &story.usage {
            chain.add_usage_file(file.clone())?;
        }
        for file in &story.changes {
            chain.add_change_file(file.clone())?;
        }
        Ok(chain)
    }

    /// The path of a catalogue.
    pub fn catalog(&self, number: usize) -> PathBuf {
        self.root.join(format!("catalog-{number}.toml"))
    }

    fn folder(&self, late: bool) -> PathBuf {
        self.root.join(if late { "late" } else { "logs" })
    }

    /// Writes a usage file, and gives its number.
    pub fn add_usage_file(&mut self, file: LogFile<Event>) -> Outcome<usize> {
        let (number, folder) = (self.usage.len(), self.folder(file.late));
        let (LogFile { format, late, rows }, name) = (file, format!("u{number}"));
        format.usage(&folder, &name, &rows)?;
        self.usage.push(File { path: format.path(&folder, &name), format, late, rows });
        Ok(number)
    }

    /// Writes a change log, and gives its number.
    pub fn add_change_file(&mut self, file: LogFile<Change>) -> Outcome<usize> {
        let (number, folder) = (self.changes.len(), self.folder(file.late));
        let (LogFile { format, late, rows }, name) = (file, format!("c{number}"));
        format.changes(&folder, &name, &rows)?;
        self.changes.push(File { path: format.path(&folder, &name), format, late, rows });
        Ok(number)
    }

    /// Adds a list of events to leave out, still empty and not written, and gives its number.
    pub fn add_list(&mut self) -> usize {
        let number = self.lists.len();
        let path = self.root.join("late").join(format!("drops-{number}.csv"));
        self.lists.push(List { path, entries: BTreeMap::new() });
        number
    }

    /// Writes a list of events to leave out.
    pub fn write_list(&mut self, number: usize, entries: BTreeMap<String, String>) -> Outcome<()> {
        let list = &mut self.lists[number];
        let mut writer = csv::Writer::from_path(&list.path)?;
        writer.write_record(["event_id", "reason"])?;
        for (id, reason) in &entries {
            writer.write_record([id, reason])?;
        }
        writer.flush()?;
        list.entries = entries;
        Ok(())
    }

    /// Whether a month begins with nothing but logs.
    pub fn is_genesis(&self, month: usize) -> bool {
        month == 0 && self.opening == "genesis"
    }

    /// Whether an event can be billed in a month, or reduce a trial there.
    pub fn concerns(&self, month: usize, event: &Event) -> bool {
        let Some(this) = self.months.get(month) else { return false };
        let from = if self.is_genesis(month) { i64::MIN } else { this.start().micros() };
        event.credits != UNREADABLE && from <= event.at && event.at < this.end().micros()
    }

    /// The events of some files that can be billed in a month.
    pub fn events(&self, month: usize, files: &BTreeSet<usize>) -> Vec<&Event> {
        let rows = files.iter().flat_map(|&file| &self.usage[file].rows);
        rows.filter(|event| self.concerns(month, event)).collect()
    }

    /// Where the recorded inputs are by now.
    pub fn whereabouts(&self) -> Whereabouts {
        let [old, new] = ["logs", "archive"].map(|name| self.root.join(name));
        let moved = if self.manner.moved { vec![Relocation { old, new }] } else { Vec::new() };
        Whereabouts { moved, job_folder: None }
    }

    /// An auditor finds nothing amiss.
    pub fn is_sound(&self) -> Outcome<()> {
        let (book, whereabouts) = (self.book.clone(), self.whereabouts());
        let verified =
            verify::run(&verify::Request { book, whereabouts, since: None, before: None })?;
        prop_assert_eq!(verified.exit_code, 0, "{}", verified.text);
        prop_assert!(!verified.text.contains("cannot be told"), "{}", verified.text);
        Ok(())
    }

    /// No event of a month is billed to two accounts: each stands as the last revision billed it that was for it, and
    /// of the rows with one id, the first by instant, account and credits is billed, among those that this revision
    /// read and did not leave out.
    pub fn bills_every_event_once(&self, month: usize) -> Outcome<()> {
        let state = Revision::at(&self.in_force(month)?).table("state")?;
        let exists = |event: &Event| {
            let row = state.iter().find(|row| row["account_id"] == event.account);
            let signup = row.and_then(|row| Instant::parse(&row["signed_up_at"]).ok());
            signup.is_some_and(|signup| signup.micros() <= event.at)
        };
        let mut billed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut settled: BTreeSet<&str> = BTreeSet::new();
        for inputs in self.history[month].iter().rev() {
            let mut first: BTreeMap<&str, &Event> = BTreeMap::new();
            for event in self.events(month, &inputs.usage) {
                let is_read = event.credits != UNREADABLE && inputs.left_out(event).is_none();
                let is_in = event.at >= self.months[month].start().micros();
                if is_read && is_in {
                    let order = |e: &Event| (e.at, e.account.clone(), e.credits);
                    let kept = first.entry(&event.id).or_insert(event);
                    if order(event) < order(kept) {
                        *kept = event;
                    }
                }
            }
            let is_of = |account: &str| inputs.only.is_empty() || inputs.only.contains(&account);
            for (id, event) in first {
                if is_of(&event.account) && !settled.contains(&*event.account) && exists(event) {
                    billed.entry(id.to_owned()).or_default().insert(event.account.clone());
                }
            }
            match inputs.only.is_empty() {
                true => break,
                false => settled.extend(&inputs.only),
            }
        }
        billed.retain(|_, accounts| accounts.len() > 1);
        prop_assert!(billed.is_empty(), "{}: billed twice: {:?}", self.months[month], billed);
        Ok(())
    }

    /// Whether a month is stale.
    pub fn is_stale(&self, month: usize) -> Outcome<bool> {
        Ok(self.book.stale(self.months[month])?.is_some())
    }

    /// The number of a month.
    pub fn number_of(&self, month: &str) -> Outcome<usize> {
        let found = self.months.iter().position(|own| own.to_string() == month);
        found.ok_or_else(|| TestCaseError::fail(format!("{month} is no month of the story")))
    }

    /// The folder of a month's revision in force.
    pub fn in_force(&self, month: usize) -> Outcome<PathBuf> {
        let revision = self.book.current(self.months[month])?;
        revision
            .map(|revision| revision.folder().to_owned())
            .ok_or_else(|| TestCaseError::fail("not published"))
    }

    /// The same months in a copy of the book.
    pub fn copied(&self, book: &'static str) -> Outcome<Self> {
        let target = self.root.join(book);
        if target.exists() {
            fs::remove_dir_all(&target)?;
        }
        let copied = copy_folder(self.book.folder(), &target);
        copied.map_err(|e| TestCaseError::fail(e.to_string()))?;
        let manner = Manner { book, ..self.manner };
        Ok(Chain { book: Book::at(&target), manner, ..self.clone() })
    }
}

fn at_first<T>(files: &[LogFile<T>]) -> BTreeSet<usize> {
    (0..files.len()).filter(|&number| !files[number].late).collect()
}
