//! Mishaps: a book that is damaged while a rerun goes on, or from the start, and is put right afterwards.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use monthend::base::error::{Error, Kind};
use monthend::base::progress::Step;
use monthend::book::RUN_FILE;
use monthend::run::Report;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::act::{Done, is_no_dispute};
use super::chain::Chain;
use super::corners::{Tally, met};
use super::ledger::{Files, files, stands};
use super::rerun::Rerun;
use crate::months::holding::Outcome;

/// What is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// A month's `CURRENT` names no revision.
    Current,
    /// A month's invoice lines, which only the month's next revision reads, are no table.
    Lines,
    /// The journal cannot be opened.
    Journal,
}

/// A damage that a rerun meets.
#[derive(Debug, Clone, Copy)]
pub struct Mishap {
    damage: Damage,
    /// Which month is damaged, from the rerun's own on.
    month: usize,
    /// Whether it happens once a revision is in force, and not before the rerun.
    late: bool,
}

/// Any mishap.
pub fn mishap() -> impl Strategy<Value = Mishap> {
    let damage = prop_oneof![Just(Damage::Current), Just(Damage::Lines), Just(Damage::Journal)];
    let month = prop_oneof![1 => Just(0_usize), 3 => Just(1), 2 => Just(2)];
    (damage, month, any::<bool>()).prop_map(|(damage, month, late)| Mishap { damage, month, late })
}

/// Something of the book that lies aside, while something else is in its place.
struct Damaged {
    place: PathBuf,
    aside: PathBuf,
}

impl Damaged {
    fn by(damage: Damage, month: &Path, aside: PathBuf) -> Outcome<Self> {
        let current = month.join("CURRENT");
        let place = match damage {
            Damage::Current => current,
            Damage::Lines => {
                month.join(fs::read_to_string(current)?.trim()).join("invoice_lines.parquet")
            }
            Damage::Journal => month.with_file_name(".journal"),
        };
        fs::rename(&place, &aside)?;
        match damage {
            Damage::Current => fs::write(&place, "r999\n")?,
            Damage::Lines => fs::write(&place, "PAR1, but no table")?,
            Damage::Journal => fs::create_dir(&place)?,
        }
        Ok(Damaged { place, aside })
    }

    fn put_right(&self) -> Outcome<()> {
        match self.place.is_dir() {
            true => fs::remove_dir(&self.place)?,
            false => fs::remove_file(&self.place)?,
        }
        Ok(fs::rename(&self.aside, &self.place)?)
    }
}

/// What a rerun came to that met a mishap.
struct Met<'a> {
    rerun: &'a Rerun,
    damage: Damage,
    /// What was damaged, if it came to that.
    damaged: Option<Damaged>,
    /// Whether it is in the way of the first month, so that nothing may be published.
    prevents: bool,
    /// Whether the rerun is refused for another reason.
    refused: bool,
    /// The months that were told to be published.
    published: Vec<usize>,
}

impl Met<'_> {
    /// All went well, or did once it was published: it is a warning then that later months could not be looked at.
    fn well(&self, chain: &Chain, reports: &[Report]) -> Outcome<bool> {
        prop_assert!(!self.prevents && !self.refused, "nothing was said of what is in the way");
        let told = Done::Told(chain.told(reports)?).published();
        prop_assert_eq!(&told, &self.published, "reported to be published");
        let looks = !self.rerun.cascade && self.rerun.month + 1 < chain.months.len();
        let warns = looks && self.damage == Damage::Current && self.damaged.is_some();
        let warnings: Vec<&String> = reports.iter().flat_map(|report| &report.warnings).collect();
        prop_assert_eq!(warnings.len(), usize::from(warns), "{:?}", warnings);
        let is_told = |warning: &&String| {
            warning.contains("later months could not be looked at") && warning.contains("/CURRENT")
        };
        prop_assert!(warnings.iter().all(is_told), "{:?}", warnings);
        Ok(warns)
    }

    /// It failed: before anything was published, or at a later month of a cascade. What is damaged is named.
    fn badly(&self, error: &Error) -> Outcome<()> {
        let is_first = self.published.is_empty();
        let as_ever =
            self.refused && error.kind() == Kind::Input || is_no_dispute(error, self.rerun);
        if as_ever && is_first {
            return Ok(());
        }
        let may_fail = if self.prevents { is_first } else { self.rerun.cascade };
        prop_assert!(may_fail, "{:?} published, and it fails: {}", self.published, error);
        let place = self.damaged.as_ref().and_then(|damaged| damaged.place.file_name());
        let place = place.unwrap_or_default().to_string_lossy();
        let is_named = !place.is_empty() && error.to_string().contains(&*place);
        prop_assert!(is_named && error.kind() == Kind::Book, "`{}` is not in: {}", place, error);
        Ok(())
    }
}

impl Chain {
    /// Does a rerun that meets a mishap, puts the book right, and does it again: it ends as if nothing had happened,
    /// and nothing was told wrongly meanwhile.
    pub fn act_amid(&mut self, rerun: &Rerun, mishap: Mishap, tally: &mut Tally) -> Outcome<()> {
        let mut calm = self.copied("calm")?;
        let undisturbed = calm.act(rerun);
        calm.explained(undisturbed)?;

        let (before, in_force) = (files(&self.book)?, self.all_in_force()?);
        let (met_it, done) = self.meets(rerun, mishap)?;
        let (after, published) = (files(&self.book)?, met_it.published.clone());
        let now = self.all_in_force()?;
        let changed = (0..now.len()).filter(|&month| in_force[month] != now[month]);
        prop_assert_eq!(&published, &changed.collect::<Vec<_>>(), "told to be published");
        stands(&before, &after)?;
        prop_assert!(!published.is_empty() || before == after, "something was published");
        let warned = match &done {
            Ok(reports) => met_it.well(self, reports)?,
            Err(error) => met_it.badly(error).map(|()| false)?,
        };
        self.follow(rerun, &published)?;

        let again = self.act(rerun)?.published();
        let twice = again.iter().any(|month| published.contains(month));
        prop_assert!(!twice, "{:?} after {:?}", again, published);
        prop_assert!(again.is_empty() || done.is_err(), "{:?} were to come, silently", again);
        let [own, calm] = [files(&self.book)?, files(&calm.book)?].map(without_facts);
        let not_in = |one: &Files, other: &Files| -> Vec<PathBuf> {
            one.keys().filter(|path| !other.contains_key(*path)).cloned().collect()
        };
        let (more, fewer) = (not_in(&own, &calm), not_in(&calm, &own));
        prop_assert!(more.is_empty() && fewer.is_empty(), "more {more:?}, fewer {fewer:?}");
        for (path, bytes) in &own {
            let [own, calm] = [bytes, &calm[path]].map(|bytes| String::from_utf8_lossy(bytes));
            prop_assert!(own == calm, "{}:\n{own}\n{calm}", path.display());
        }

        let dispute = !rerun.accounts.is_empty();
        let fails_first = met_it.prevents && !met_it.refused;
        met(tally, "a mishap before anything is published", fails_first);
        met(tally, "a mishap told as a warning", warned && !published.is_empty());
        met(tally, "a mishap told as a warning of a dispute", warned && dispute);
        let cut_short = done.is_err() && !published.is_empty();
        for (damage, corner) in [
            (Damage::Current, "a cascade cut short by `CURRENT`"),
            (Damage::Lines, "a cascade cut short by a table"),
            (Damage::Journal, "a cascade cut short by the journal"),
        ] {
            met(tally, corner, cut_short && damage == mishap.damage);
        }
        met(tally, "a cascade completed after a mishap", cut_short && !again.is_empty());
        Ok(())
    }

    /// Types a rerun that meets a mishap, and puts the book right.
    fn meets<'a>(
        &mut self,
        rerun: &'a Rerun,
        Mishap { damage, month, late }: Mishap,
    ) -> Outcome<(Met<'a>, Result<Vec<Report>, Error>)> {
        let month = rerun.month + month % (self.months.len() - rerun.month);
        let name = self.months[month];
        self.transcript.push_str(&format!("  {damage:?} of {name} damaged, late {late}:\n"));
        let stands_first = damage == Damage::Journal || month == rerun.month;
        let prevents = !late && (stands_first || damage == Damage::Current && rerun.cascade);
        let refused = self.must_be_refused(rerun)?;
        self.hand_over(rerun)?;
        let words = rerun.arguments(self)?;

        let (folder, aside) = (self.book.month_folder(name), self.root.join("aside"));
        let strike = || Damaged::by(damage, &folder, aside.clone());
        let damaged = Mutex::new((!late).then(strike));
        let told = Mutex::new(Vec::new());
        let done = self.watched(&words, &|step| {
            if let (Step::Published { month, .. }, Ok(mut told), Ok(mut damaged)) =
                (step, told.lock(), damaged.lock())
            {
                told.push(month);
                damaged.get_or_insert_with(strike);
            }
        })?;
        let poisoned = "a thread has panicked";
        let damaged = damaged.into_inner().map_err(|_| TestCaseError::fail(poisoned))?;
        let damaged = damaged.transpose()?;
        damaged.as_ref().map_or(Ok(()), Damaged::put_right)?;
        let told = told.into_inner().map_err(|_| TestCaseError::fail(poisoned))?;
        let published =
            told.iter().map(|month| self.number_of(&month.to_string())).collect::<Outcome<_>>()?;
        Ok((Met { rerun, damage, damaged, prevents, refused, published }, done))
    }
}

/// Without what tells of the process.
fn without_facts(files: Files) -> BTreeMap<PathBuf, Vec<u8>> {
    files.into_iter().filter(|(path, _)| !path.ends_with(RUN_FILE)).collect()
}
