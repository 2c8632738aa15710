//! What is typed is done, and the model follows.

use std::fs;

use clap::Parser;
use monthend::base::error::{Code, Error, Kind};
use monthend::base::progress::Progress;
use monthend::cli::{Cli, Command, StateCommand};
use monthend::cli::{requests, run_requests};
use monthend::desk::state;
use monthend::run::{Report, Status, run_all};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::chain::{Chain, Inputs};
use super::rerun::{Rerun, Typed};
use crate::months::holding::Outcome;

/// What became of a rerun.
#[derive(Debug)]
pub enum Done {
    /// It was refused, as it must be.
    Refused,
    /// Each month that was billed, in order.
    Told(Vec<Told>),
}

/// A month that was billed.
#[derive(Debug)]
pub struct Told {
    pub month: usize,
    pub status: Status,
    /// The later months that are said to be stale.
    pub stale_after: Vec<String>,
}

impl Done {
    /// The months that were published.
    pub fn published(&self) -> Vec<usize> {
        let Done::Told(told) = self else { return Vec::new() };
        let published = told.iter().filter(|t| matches!(t.status, Status::Published { .. }));
        published.map(|told| told.month).collect()
    }
}

impl Chain {
    /// The opening of the first month, as it is typed.
    pub fn first_opening(&self) -> String {
        if self.imported { "book".to_owned() } else { self.opening.clone() }
    }

    fn import(&mut self) -> Outcome<()> {
        let mut typed = Typed { chain: self, words: Vec::new() };
        typed.words.extend(["monthend", "state", "import"].map(str::to_owned));
        typed.words.push(self.opening.clone());
        typed.pair("--month", &self.months[0].to_string());
        typed.pair("--book", &self.book.folder().display().to_string());
        typed.pair("--catalog", &self.catalog(0).display().to_string());
        let words = typed.words;
        self.transcript.push_str(&format!("$ {}\n", words.join(" ")));
        let Command::State(StateCommand::Import(args)) = Cli::try_parse_from(words)?.command else {
            return Err(TestCaseError::fail("is no import"));
        };
        state::import(&requests::state_import(args)?)?;
        Ok(())
    }

    /// Bills all months for the first time.
    pub fn bill(&mut self) -> Outcome<()> {
        if self.imported {
            self.import()?;
        }
        for month in 0..self.months.len() {
            let mut typed = Typed::new(self, "run");
            typed.pair("--month", &self.months[month].to_string());
            typed.pair("--book", &self.book.folder().display().to_string());
            typed.inputs(&self.inputs[month]);
            if month == 0 {
                typed.pair("--opening", &self.first_opening());
            }
            let words = typed.words;
            self.typed(&words)?.map_err(|e| TestCaseError::fail(e.to_string()))?;
        }
        if self.manner.moved {
            fs::rename(self.root.join("logs"), self.root.join("archive"))?;
        }
        Ok(())
    }

    /// Types a command, and notes what came of it.
    pub fn typed(&mut self, words: &[String]) -> Outcome<Result<Vec<Report>, Error>> {
        self.watched(words, &|_| {})
    }

    /// Types a command, and watches it.
    pub fn watched(
        &mut self,
        words: &[String],
        progress: Progress<'_>,
    ) -> Outcome<Result<Vec<Report>, Error>> {
        let root = format!("{}/", self.root.display());
        self.transcript.push_str(&format!("$ {}\n", words.join(" ").replace(&root, "")));
        let done = execute(words, progress)?.map(|(reports, _)| reports);
        let said = match &done {
            Ok(reports) => format!("{:?}", reports.iter().map(|r| &r.status).collect::<Vec<_>>()),
            Err(error) => error.to_string().replace(&root, ""),
        };
        self.transcript.push_str(&format!("  {said}\n"));
        Ok(done)
    }

    /// Does a rerun. One that must be refused is refused, any other one works.
    pub fn act(&mut self, rerun: &Rerun) -> Outcome<Done> {
        let refused = self.must_be_refused(rerun)?;
        self.hand_over(rerun)?;
        let done = match (self.typed(&rerun.arguments(self)?)?, refused) {
            (Ok(reports), false) => Done::Told(self.told(&reports)?),
            (Err(error), true) if error.kind() == Kind::Input => Done::Refused,
            (Err(error), false) if is_no_dispute(&error, rerun) => Done::Refused,
            (Ok(_), true) => return Err(TestCaseError::fail("rests on a stale state, silently")),
            (Err(error), _) => return Err(TestCaseError::fail(error.to_string())),
        };
        self.follow(rerun, &done.published())?;
        self.take_back(rerun)?;
        Ok(done)
    }

    /// The model follows what a rerun has published.
    pub fn follow(&mut self, rerun: &Rerun, published: &[usize]) -> Outcome<()> {
        for &month in published {
            self.inputs[month] = rerun.inputs(&self.inputs[month], month == rerun.month);
            // A later month is billed again as a whole, or for the same accounts.
            if month != rerun.month && self.is_of_some_accounts(month)? {
                self.inputs[month].only.clone_from(&rerun.accounts);
            }
            self.history[month].push(self.inputs[month].clone());
        }
        Ok(())
    }

    /// Whether the revision in force was billed for some accounts alone.
    fn is_of_some_accounts(&self, month: usize) -> Outcome<bool> {
        let revision = self.book.current(self.months[month])?;
        Ok(revision.is_some_and(|revision| !revision.manifest.scope().is_all()))
    }

    /// Writes the list that a rerun is given.
    pub fn hand_over(&mut self, rerun: &Rerun) -> Outcome<()> {
        let Some((list, entries)) = rerun.list.clone() else { return Ok(()) };
        let said: Vec<String> = entries.iter().map(|(id, why)| format!("{id} {why}")).collect();
        self.transcript.push_str(&format!("  drops-{list}.csv: {}\n", said.join(", ")));
        self.write_list(list, entries)
    }

    /// Makes the list that a rerun was given useless: the revision has kept a copy.
    fn take_back(&self, rerun: &Rerun) -> Outcome<()> {
        match &rerun.list {
            Some((list, _)) => Ok(fs::write(&self.lists[*list].path, "of another ticket\n")?),
            None => Ok(()),
        }
    }

    /// What a dry run says of a rerun; `None` where it is refused.
    pub fn foretell(&mut self, rerun: &Rerun) -> Outcome<Option<Status>> {
        self.hand_over(rerun)?;
        let mut words = rerun.arguments(self)?;
        words.push("--dry-run".to_owned());
        let told = self.typed(&words)?;
        self.take_back(rerun)?;
        Ok(told.ok().and_then(|reports| reports.first().map(|report| report.status.clone())))
    }

    /// Whether a rerun rests on a stale state without being told to.
    pub fn must_be_refused(&self, rerun: &Rerun) -> Outcome<bool> {
        match (rerun.stale_ok, rerun.month, rerun.accounts.is_empty()) {
            (true, _, _) | (_, 0, true) => Ok(false),
            (_, month, true) => self.is_stale(month - 1),
            (_, month, false) => self.is_stale(month),
        }
    }

    pub fn told(&self, reports: &[Report]) -> Outcome<Vec<Told>> {
        let told = reports.iter().map(|report| {
            Ok(Told {
                month: self.number_of(&report.month.to_string())?,
                status: report.status.clone(),
                stale_after: report.stale_after.iter().map(ToString::to_string).collect(),
            })
        });
        told.collect()
    }

    /// Bills every month again as a whole, in order, so that all rests on what is in force. Where a month was whole
    /// and is not stale, nothing may change.
    pub fn settle(&mut self) -> Outcome<()> {
        for month in 0..self.months.len() {
            let is_settled = self.inputs[month].only.is_empty() && !self.is_stale(month)?;
            let published = self.act(&Rerun::of(month))?.published();
            prop_assert!(!is_settled || published.is_empty(), "{} changed", self.months[month]);
            prop_assert!(!self.is_stale(month)?, "{} is stale", self.months[month]);
            self.inputs[month].only.clear();
        }
        Ok(())
    }

    /// Bills a month for the first time in another book, from its inputs as they are now.
    pub fn bill_afresh(&self, month: usize, inputs: &Inputs, opening: &str) -> Outcome<()> {
        let mut typed = Typed::new(self, "run");
        typed.pair("--month", &self.months[month].to_string());
        typed.pair("--book", &self.book.folder().display().to_string());
        typed.inputs(inputs);
        typed.pair("--opening", opening);
        execute(&typed.words, &|_| {})?.map_err(|e| TestCaseError::fail(e.to_string()))?;
        Ok(())
    }

    /// An outcome, with what was done where it is a failure.
    pub fn explained<T>(&self, outcome: Outcome<T>) -> Outcome<T> {
        outcome.map_err(|error| match error {
            TestCaseError::Fail(why) => {
                TestCaseError::fail(format!("{why}\n\n{}", self.transcript))
            }
            other => other,
        })
    }
}

/// A dispute of an account that might have signed up and did not (its signup is no row that stands), or of one whose
/// event would displace another account's.
pub fn is_no_dispute(error: &Error, rerun: &Rerun) -> bool {
    let message = error.to_string();
    let is_stranger = |account: &&str| {
        message.contains(&format!("--accounts names `{account}`, which does not exist"))
    };
    match error.kind() {
        Kind::Usage => rerun.accounts.iter().any(is_stranger),
        Kind::Input => {
            !rerun.accounts.is_empty() && message.contains("would have to give way to it")
        }
        _ => false,
    }
}

/// The reports of the months, and the digest of the result, where that is told.
pub type Billed = (Vec<Report>, Option<String>);

/// The command that the words mean, done through the library.
pub fn execute(words: &[String], progress: Progress<'_>) -> Outcome<Result<Billed, Error>> {
    let job = match Cli::try_parse_from(words)?.command {
        Command::Run(args) => {
            let request = run_requests::run(args).map(|runs| runs.requests().next());
            request.and_then(|request| {
                request.ok_or_else(|| Error::new(Code::NOT_PUBLISHED, "no month"))?
            })
        }
        Command::Rerun(args) => requests::rerun(args),
        other => return Err(TestCaseError::fail(format!("{other:?}"))),
    };
    let mut reports = Vec::new();
    let done =
        job.and_then(|job| run_all(&job, progress, &mut |report| reports.push(report.clone())));
    Ok(done.map(|digest| (reports, digest)))
}
