//! How a command went, for those who watch over many: metrics in a file beside the book.
//!
//! It is the process's, since whatever ends it must be told: an answer, a failure, or a signal. That a
//! file cannot be written is a warning, and changes nothing else.

mod figures;
mod prometheus;
mod text_file;

use std::sync::{Mutex, MutexGuard, PoisonError};

use figures::{Figures, seconds};
use prometheus::{Metric, Samples};

use super::args::Command;
use crate::base::answer::Answer;
use crate::base::error::{Error, Kind, Result};
use crate::base::process_memory;
use crate::book::Book;
use crate::job::{self, Beginning, JobFile, SideFiles};
use crate::run::Report;

/// A command that is watched, and what is known of it by now.
struct Monitor {
    command: &'static str,
    began: Beginning,
    files: SideFiles,
    figures: Figures,
    /// The exit code that was told last.
    told: Option<u8>,
}

static MONITOR: Mutex<Option<Monitor>> = Mutex::new(None);

fn monitor() -> MutexGuard<'static, Option<Monitor>> {
    MONITOR.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on it is known what becomes of a command, if it is one that is watched.
///
/// # Errors
/// [`Kind::Usage`]: the job file names a file for each month.
pub(super) fn begin(command: &Command) -> Result<()> {
    let Some(watched) = command.watched() else { return Ok(()) };
    let began = Beginning::now();
    let metrics = watched.files.metrics_file.clone();
    let job_file = JobFile::of(watched.job.job.clone(), watched.job.no_job)?;
    let files = job::side_files(watched.book.cloned(), metrics, job_file.path())?;
    let (command, figures) = (watched.name, Figures::default());
    *monitor() = Some(Monitor { command, began, files, figures, told: None });
    Ok(())
}

/// Takes in what a month came to.
pub(super) fn note_month(report: &Report) {
    if let Some(monitor) = monitor().as_mut() {
        monitor.figures.add_month(report);
    }
}

/// Takes in what an answer has found.
pub(super) fn note_answer(answer: &Answer) {
    if let Some(monitor) = monitor().as_mut() {
        let findings = answer.findings.iter();
        findings.for_each(|&(kind, count)| monitor.figures.add_findings(kind, count));
    }
}

/// The command leaves with an exit code; gives what cannot be written of that.
pub(super) fn end(exit_code: u8) -> Option<Error> {
    let mut monitor = monitor();
    let monitor = monitor.as_mut().filter(|monitor| monitor.told != Some(exit_code))?;
    monitor.told = Some(exit_code);
    let fault = monitor.write_metrics(exit_code).err()?;
    tracing::warn!("{}", fault.in_one_line());
    Some(fault)
}

impl Monitor {
    fn write_metrics(&self, exit_code: u8) -> Result<()> {
        let Some(path) = &self.files.metrics else { return Ok(()) };
        let before = text_file::read(path).map_err(|fault| {
            let fault =
                Error::system("the metrics cannot be written").in_file(path).caused_by(fault);
            fault.expected("a file of metrics that monthend has written, or none")
        })?;
        let mut samples = self.samples(exit_code);
        samples.take_over(&before, self.command);
        text_file::replace(path, &samples.text()).map_err(|fault| {
            let fault =
                Error::system("the metrics cannot be written").in_file(path).caused_by(fault);
            fault.hint("check that its folder is there, and that this user may write in it")
        })
    }

    fn samples(&self, exit_code: u8) -> Samples {
        let mut samples = Samples::default();
        let command = ("command", self.command);
        let now = self.began.instant().timestamp();
        samples.add(Metric::Info, &[command, ("version", env!("CARGO_PKG_VERSION"))], 1);
        samples.add(Metric::LastRun, &[command], now);
        if is_success(exit_code) {
            samples.add(Metric::LastSuccess, &[command], now);
        }
        samples.add(Metric::ExitCode, &[command], exit_code);
        if let Some(until) = self.files.book.as_ref().and_then(billed_until) {
            samples.add(Metric::BilledUntil, &[], until);
        }
        self.figures.tell(command, &mut samples);
        samples.add(Metric::RunSeconds, &[command], seconds(self.began.elapsed()));
        if let Some(peak) = process_memory::peak() {
            samples.add(Metric::PeakMemory, &[command], peak);
        }
        samples
    }
}

/// Whether a command has done what it was asked: no failure leaves with the code of findings.
fn is_success(exit_code: u8) -> bool {
    let failures = [Kind::Input, Kind::Usage, Kind::Conservation, Kind::Locked];
    exit_code < 128 && failures.iter().all(|kind| kind.exit_code() != exit_code)
}

/// The end of the newest month in force, in seconds since 1970; `None` where the book has none, or
/// cannot be read.
fn billed_until(book: &Book) -> Option<i64> {
    let months = book.months().ok()?;
    let in_force = |month: &&_| book.current(**month).is_ok_and(|revision| revision.is_some());
    let newest = months.iter().rev().find(in_force)?;
    Some(newest.end().micros() / 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_a_success_and_failures_are_none() {
        assert!([0, 3, 5, 74, 76, 125].into_iter().all(is_success));
        assert!(![1, 2, 4, 75, 130, 143].into_iter().any(is_success));
    }
}
