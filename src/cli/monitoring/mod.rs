//! How a command went, for those who watch over many: metrics and lineage in files beside the book.
//!
//! It is the process's, since whatever ends it must be told: an answer, a failure, or a signal. That a
//! file cannot be written is a warning, and changes nothing else.

mod lineage;
mod prometheus;

use std::sync::{Mutex, MutexGuard, PoisonError};

use lineage::Lineage;
use prometheus::{Figures, Metric, Samples, seconds};

use super::args::{Command, MonitoringArgs};
use crate::base::answer::Answer;
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Kind, Result};
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
    lineage: Option<Lineage>,
    /// Files that an answer was made from.
    files_read: Vec<String>,
    /// What went wrong.
    failure: Option<String>,
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
    let MonitoringArgs { metrics_file, lineage_file } = watched.files.clone();
    let job_file = JobFile::of(watched.job.job.clone(), watched.job.no_job)?;
    let book = watched.book.cloned();
    let files = job::side_files(book, metrics_file, lineage_file, job_file.path())?;
    let command = watched.name;
    let lineage = |settings| Lineage::of(command, began, settings, files.book.as_ref());
    let mut lineage = files.lineage.clone().map(lineage);
    if let Some(lineage) = lineage.as_mut().filter(|_| !watched.bills) {
        lineage.begin(None);
    }
    *monitor() = Some(Monitor {
        command,
        began,
        files,
        figures: Figures::default(),
        lineage,
        files_read: Vec::new(),
        failure: None,
        told: None,
    });
    Ok(())
}

/// A month is about to be billed.
pub(super) fn begin_month(month: Month) {
    if let Some(lineage) = monitor().as_mut().and_then(|monitor| monitor.lineage.as_mut()) {
        lineage.begin(Some(month));
    }
}

/// Takes in what a month came to.
pub(super) fn note_month(report: &Report) {
    let mut monitor = monitor();
    let Some(monitor) = monitor.as_mut() else { return };
    monitor.figures.add_month(report);
    if let Some(lineage) = &mut monitor.lineage {
        lineage.month_is_done(report);
    }
}

/// Takes in what has gone wrong.
pub(super) fn note_failure(error: &Error) {
    if let Some(monitor) = monitor().as_mut() {
        monitor.failure = Some(error.in_one_line());
    }
}

/// Takes in what an answer has found.
pub(super) fn note_answer(answer: &Answer) {
    if let Some(monitor) = monitor().as_mut() {
        let findings = answer.findings.iter();
        findings.for_each(|&(kind, count)| monitor.figures.add_findings(kind, count));
        let files = answer.result["files"].as_array().into_iter().flatten();
        monitor.files_read.extend(files.filter_map(|file| Some(file.as_str()?.to_owned())));
        if !is_success(answer.exit_code) {
            monitor.failure = answer.text.lines().next().map(str::to_owned);
        }
    }
}

/// The command leaves with an exit code; gives what cannot be written of that.
pub(super) fn end(exit_code: u8) -> Vec<String> {
    let mut monitor = monitor();
    let monitor = monitor.as_mut().filter(|monitor| monitor.told != Some(exit_code));
    let Some(monitor) = monitor else { return Vec::new() };
    monitor.told = Some(exit_code);
    let metrics = monitor.write_metrics(exit_code).err();
    let lineage = monitor.lineage.as_mut();
    let lineage = lineage.and_then(|it| it.finish(monitor.failure.as_deref(), &monitor.files_read));
    let faults: Vec<String> = [metrics, lineage].iter().flatten().map(Error::in_one_line).collect();
    faults.iter().for_each(|fault| tracing::warn!("{fault}"));
    faults
}

impl Monitor {
    fn write_metrics(&self, exit_code: u8) -> Result<()> {
        let Some(path) = &self.files.metrics else { return Ok(()) };
        let failed = |cause| {
            Error::new(Code::OUTPUT_UNWRITABLE, "the metrics cannot be written")
                .in_file(path)
                .caused_by(cause)
        };
        let before = prometheus::read_file(path).map_err(|cause| {
            failed(cause).expected("a file of metrics that monthend has written, or none")
        })?;
        let mut samples = self.samples(exit_code);
        samples.take_over(&before, self.command);
        prometheus::replace_file(path, &samples.text()).map_err(|cause| {
            failed(cause).hint("check that its folder is there, and that this user may write in it")
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
    !Kind::is_told_by(exit_code)
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
