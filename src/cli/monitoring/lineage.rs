//! What was made of what: the runs of a command as events of OpenLineage, one JSON object a line, added
//! to the end of a file as they happen.
//!
//! A run is a month that is billed, or a command that bills none. Each has a START, and then a COMPLETE
//! or a FAIL; a START alone is a process that was killed.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use uuid::Builder;
use xxhash_rust::xxh3::xxh3_128;

use super::openlineage::{self, Dataset, Event, RunOf};
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::storage::{is_folder, leads_from};
use crate::book::{Book, OpeningRecord};
use crate::job::{Beginning, LineageSettings};
use crate::run::{Report, Status};

/// The events of a command, as far as they are told.
pub(super) struct Lineage {
    command: &'static str,
    began: Beginning,
    settings: LineageSettings,
    /// The book, if there is one.
    book: Option<Book>,
    /// How many runs have begun.
    runs: u32,
    /// The run that goes on.
    open: Option<(String, Option<Month>)>,
    /// What went wrong first.
    fault: Option<Error>,
}

impl Lineage {
    pub fn of(
        command: &'static str,
        began: Beginning,
        settings: LineageSettings,
        book: Option<&Book>,
    ) -> Self {
        Lineage { command, began, settings, book: book.cloned(), runs: 0, open: None, fault: None }
    }

    /// A run begins, of a month if it bills one.
    pub fn begin(&mut self, month: Option<Month>) {
        self.runs += 1;
        self.open = Some((self.id(), month));
        self.tell(&Event::Start);
    }

    /// A month is done; the later months of a cascade begin as the one before them is done.
    pub fn month_is_done(&mut self, report: &Report) {
        if !matches!(self.open, Some((_, Some(month))) if month == report.month) {
            self.begin(Some(report.month));
        }
        let inputs = openlineage::inputs(report, self.closed_before(report).as_deref());
        if !report.unmet.is_empty() {
            let unmet: Vec<String> = report.unmet.iter().map(|unmet| unmet.in_words()).collect();
            return self.end(&Event::Fail { message: &unmet.join("; "), inputs: &inputs });
        }
        let outputs = match (&report.status, &report.revision_folder) {
            (Status::Published { .. }, Some(folder)) => {
                let folder = leads_from(&self.settings.working, Path::new(folder));
                openlineage::outputs(report, &folder)
            }
            _ => Vec::new(),
        };
        self.end(&Event::Complete { inputs: &inputs, outputs: &outputs });
    }

    /// The command is at its end; gives what could not be written. `failure` says what went wrong, if
    /// it did.
    pub fn finish(&mut self, failure: Option<&str>, files: &[String]) -> Option<Error> {
        if self.open.is_none() && (self.runs == 0 || failure.is_some()) {
            self.begin(None);
        }
        let mut inputs: Vec<Dataset> = files
            .iter()
            .map(|file| leads_from(&self.settings.working, Path::new(file)))
            .map(|path| openlineage::dataset(&path))
            .collect();
        if let Some(book) = &self.book {
            let folder = leads_from(&self.settings.working, book.folder());
            inputs.extend(is_folder(&folder).then(|| openlineage::dataset(&folder)));
        }
        match failure {
            _ if self.open.is_none() => {}
            Some(message) => self.end(&Event::Fail { message, inputs: &[] }),
            None => self.end(&Event::Complete { inputs: &inputs, outputs: &[] }),
        }
        self.fault.take()
    }

    /// The folder of the revision that closed the month before, if the month began with it.
    fn closed_before(&self, report: &Report) -> Option<PathBuf> {
        let OpeningRecord::Book { month, revision, .. } = &report.manifest.opening else {
            return None;
        };
        let book = self.book.as_ref()?;
        book.look_afresh(); // this run may have published it
        let folder = book.revision_folder(*month, revision).ok()?;
        Some(leads_from(&self.settings.working, &folder))
    }

    fn end(&mut self, event: &Event<'_>) {
        self.tell(event);
        self.open = None;
    }

    /// A new UUID of version 7: no two processes, and no two runs of one, have the same.
    fn id(&self) -> String {
        let now = self.began.instant();
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or_default();
        let own = format!("{}, {}, {now:?}", self.settings.process, self.runs);
        let [random @ .., _, _, _, _, _, _] = xxh3_128(own.as_bytes()).to_be_bytes();
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid().to_string()
    }

    fn tell(&mut self, event: &Event<'_>) {
        let Some((id, month)) = &self.open else { return };
        let LineageSettings { namespace, parent, .. } = &self.settings;
        let (command, parent) = (self.command, parent.as_ref());
        let run = RunOf { id, namespace, command, month: *month, parent };
        let at = self.began.instant().format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
        if let Err(fault) = append(&self.settings.file, &format!("{}\n", run.event(event, &at))) {
            self.fault.get_or_insert(fault);
        }
    }
}

/// Adds a line to the end of a file, in one go.
fn append(path: &Path, line: &str) -> Result<()> {
    let file = OpenOptions::new().append(true).create(true).open(path);
    file.and_then(|mut file| file.write_all(line.as_bytes())).map_err(|fault| {
        let error = Error::new(Code::OUTPUT_UNWRITABLE, "the lineage cannot be written")
            .in_file(path)
            .caused_by(fault);
        error.hint("check that its folder is there, and that this user may write in it")
    })
}
