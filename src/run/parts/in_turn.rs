//! The parts of a month one after the other, in one process.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::bill::bill;
use super::put_together::put_together;
use crate::base::error::{Code, Error, Result};
use crate::base::files::make_folder;
use crate::base::part::Part;
use crate::base::progress::{Pass, Step};
use crate::base::scratch::ScratchFolder;
use crate::run::facts::MonthFacts;
use crate::run::part_facts;
use crate::run::report::Report;
use crate::run::request::{Machine, Process, Purpose, Request};
use crate::run::stages::Stages;

/// Bills a month that has no revision yet in so many parts, and publishes what they come to where that is the purpose.
///
/// # Errors
/// As a run's.
pub fn bill_in_turn(
    request: &Request,
    parts: u32,
    stages: &mut Stages<'_>,
) -> Result<(Report, MonthFacts)> {
    tracing::info!(parts, "the accounts exceed the memory budget: billing them in parts");
    let scratch = scratch(request)?;
    let machine = &request.process.machine;
    let machine = Machine { memory: machine.memory / 2, ..machine.clone() };
    let of_part = Request {
        process: Process { machine, ..request.process.clone() },
        repeated_changes: Arc::default(), // of this month's log
        ..request.clone()
    };
    let (mut folders, mut billed) = (Vec::new(), Vec::new());
    for part in Part::all(parts) {
        let folder = scratch.path().join(part.number().to_string());
        fs::create_dir(&folder).map_err(|e| {
            Error::new(Code::BOOK_UNWRITABLE, "cannot be made").in_file(&folder).caused_by(e)
        })?;
        let progress = stages.progress();
        let told = |step| progress(of_all(step, part));
        let mut own_stages = Stages::start(&request.process, &told);
        let facts = bill(&of_part, part, &folder, &mut own_stages)?;
        stages.take(own_stages);
        tracing::info!(%part, accounts = facts.accounts, "a part is billed");
        folders.push(folder);
        billed.push(facts);
    }
    let facts = part_facts::together(&billed)?;
    let parts = folders.into_iter().zip(billed).collect();
    let (report, facts) = put_together(request, facts, parts, stages)?;
    drop(scratch);
    if let Some(folder) = folder_in_book(request) {
        // It is empty now; what cannot be removed is cleared by the next run.
        drop(fs::remove_dir(folder));
    }
    Ok((report, facts))
}

/// A step of a part, among those of all parts.
fn of_all(step: Step, part: Part) -> Step {
    match step {
        Step::Pass(pass) => Step::Pass(Pass {
            number: pass.number + (part.number() - 1) * pass.of,
            of: pass.of * part.of(),
            share: pass.share / u64::from(part.of()),
            ..pass
        }),
        other => other,
    }
}

/// Where the parts lie meanwhile. What a run left there that was killed is cleared: this one holds the month's lock.
fn scratch(request: &Request) -> Result<ScratchFolder> {
    let failed = |folder: &Path, e: std::io::Error| {
        Error::new(Code::TEMPORARY_FOLDER, "no temporary folder can be made")
            .in_file(folder)
            .caused_by(e)
    };
    let Some(folder) = folder_in_book(request) else {
        let folder = request.spill_folder();
        return ScratchFolder::make(Some(folder)).map_err(|e| failed(folder, e));
    };
    match fs::remove_dir_all(&folder) {
        Err(e) if e.kind() != ErrorKind::NotFound => return Err(failed(&folder, e)),
        _ => make_folder(&folder).map_err(|e| failed(&folder, e))?,
    }
    ScratchFolder::make(Some(&folder)).map_err(|e| failed(&folder, e))
}

/// The folder of a book on this machine that the month is published in.
fn folder_in_book(request: &Request) -> Option<PathBuf> {
    let is_published = request.purpose == Purpose::Publish && request.plan.is_none();
    let book = request.book.as_ref().filter(|_| is_published)?;
    book.folder_of_own_parts(request.month)
}
