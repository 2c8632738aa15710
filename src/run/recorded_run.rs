//! A published month billed again: a request that is made of what its manifest records.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::request::{
    Correction, Corrections, DroppedEvents, Inputs, Log, OpeningChoice, Process, Purpose,
    RECENT_HOURS, RecordedOpening, Request,
};
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::path_names::PathNames;
use crate::base::scope::Scope;
use crate::base::storage;
use crate::book::{
    Book, InputFile, InputPlaces, Manifest, OpeningRecord, RecordedInput, Revision, Role,
    Whereabouts,
};
use crate::catalog::{self, Content, Version};

/// What all months of a rerun share.
#[derive(Debug, Clone)]
pub struct Rerun {
    /// What becomes of the result.
    pub purpose: Purpose,
    /// How the revisions are published.
    pub correction: Correction,
    /// Corrections of the logs.
    pub corrections: Corrections,
    /// The process that runs it.
    pub process: Process,
}

impl Rerun {
    /// The request that bills `month` as `revision` was billed, but for the corrections.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the manifest does not say how that was.
    pub fn request(self, book: &Book, month: Month, revision: &Revision) -> Result<Request> {
        let corrections = &self.corrections;
        let recorded = RecordedRun::of(revision, &corrections.whereabouts);
        let options = &revision.manifest.options;
        let log = |role, given: &[PathBuf]| {
            let (recorded, given) = (recorded.files(role), given.to_vec());
            Log { recorded, given, ..Log::default() }
        };
        let mut usage = Log {
            columns: options.map_usage.clone(),
            dialect: options.dialect_usage,
            ..log(Role::Usage, &corrections.add_usage)
        };
        let mut changes = Log {
            columns: options.map_changes.clone(),
            dialect: options.dialect_changes,
            words: options.words.clone(),
            ..log(Role::Changes, &corrections.add_changes)
        };
        let names = recorded.names(&corrections.working_folder, corrections.paths());
        usage.replace(&corrections.replace_usage);
        changes.replace(&corrections.replace_changes);
        Ok(Request {
            purpose: self.purpose,
            month,
            book: Some(book.clone()),
            catalog: recorded.catalogue()?,
            names: names.with_own(corrections.written.as_deref()),
            inputs: Inputs {
                usage,
                changes,
                adjustments: log(Role::Adjustments, &corrections.add_adjustments),
                dropped: DroppedEvents {
                    recorded: recorded.files(Role::DropEvents),
                    ..DroppedEvents::default()
                },
                event_ids: options.event_ids,
                max_reject_share: corrections.max_reject_share.unwrap_or(options.max_reject_share),
                recent_hours: options.recent_hours.unwrap_or(RECENT_HOURS),
                passed_over: revision.manifest.passed_over.clone(),
            },
            payment_term: options.payment_term,
            rollup: None,
            puts_together: false,
            repeated_changes: Arc::default(),
            opening: recorded.opening()?,
            stale_ok: false,
            scope: Scope::All,
            expect: options.expect.clone(),
            correction: self.correction,
            based_on: Some(revision.name.clone()),
            corrections: self.corrections.clone(),
            plan: None,
            expected: None,
            process: self.process,
        })
    }
}

impl Request {
    /// The request that bills a later month again, from what its manifest records, with the
    /// corrections and the reason of this one: as a whole, since its opening state may have changed.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the month is not in the book, or its manifest does
    /// not say how it was billed.
    pub fn of_later_month(&self, month: Month) -> Result<Request> {
        let book = self
            .book
            .as_ref()
            .ok_or_else(|| Error::new(Code::NO_BOOK, "there is no book to publish in"))?;
        let mut correction = self.correction.clone();
        correction.differences =
            correction.differences.map(|folder| folder.join(month.to_string()));
        let rerun = Rerun {
            purpose: self.purpose,
            correction,
            corrections: self.corrections.clone(),
            process: self.process.clone(),
        };
        let mut later = rerun.request(book, month, &published(book, month)?)?;
        let Corrections { drop_events, catalog, scope, .. } = &self.corrections;
        if let Some(path) = catalog.as_ref().filter(|_| self.correction.reach.includes(month)) {
            later.catalog = catalog::load(path, month)?.named(&later.names);
        }
        if let Some(list) = drop_events.as_ref().filter(|_| !self.correction.reach.is_one_month()) {
            later.leave_out(list, scope);
        }
        // Where the first month may rest on a stale state, those that rest on it may.
        Ok(Request { stale_ok: self.stale_ok, plan: self.plan.clone(), ..later })
    }

    /// Leaves out what the list names as well, of these accounts. For them, it stands in the place
    /// of one of its name that was given before; where an earlier version did not keep that, it is
    /// read as it is now.
    pub fn leave_out(&mut self, list: &Path, accounts: &Scope) {
        let name = self.names.name(list);
        let is_same = |recorded: &RecordedInput| {
            recorded.input.file == name
                || storage::identity(&recorded.path)
                    .is_ok_and(|path| storage::identity(list).ok() == Some(path))
        };
        let is_replaced = |recorded: &RecordedInput| {
            is_same(recorded)
                && (recorded.input.kept.is_none() || accounts.covers(&recorded.input.accounts))
        };
        let dropped = &mut self.inputs.dropped;
        dropped.replaces_recorded = dropped.recorded.iter().any(is_same);
        dropped.recorded.retain(|recorded| !is_replaced(recorded));
        dropped.given = Some(list.to_owned());
        dropped.accounts = accounts.clone();
    }

    /// Bills the accounts alone that are to be billed anew, on the recorded opening.
    pub fn narrow(&mut self, manifest: &Manifest) {
        self.scope = self.corrections.scope.clone();
        if !self.scope.is_all() {
            self.keep_opening(manifest);
        }
    }

    /// Keeps to the recorded opening, though another one may be in force by now.
    pub fn keep_opening(&mut self, manifest: &Manifest) {
        if let OpeningRecord::Book { revision, .. } = &manifest.opening {
            self.opening = OpeningChoice::Revision(revision.clone());
        }
    }
}

/// The revision of a month that is in force.
///
/// # Errors
/// [`crate::base::error::Kind::Book`] where there is none, or the month is archived.
pub fn published(book: &Book, month: Month) -> Result<Revision> {
    book.not_archived(month)?;
    book.current(month)?.ok_or_else(|| {
        let message = format!("{month} is not in the book, so there is nothing to bill again");
        Error::new(Code::NOT_PUBLISHED, message)
            .in_file(book.folder())
            .hint(format!("publish it first: monthend run --month {month} …"))
    })
}

/// How a month was billed, by its manifest.
pub struct RecordedRun<'a> {
    manifest: &'a Manifest,
    /// Where the manifest is.
    file: PathBuf,
    /// Where recorded inputs are now.
    places: InputPlaces<'a>,
    said: &'a Whereabouts,
}

impl<'a> RecordedRun<'a> {
    /// How the month of `revision` was billed, with inputs that may be elsewhere by now.
    pub fn of(revision: &'a Revision, said: &'a Whereabouts) -> Self {
        RecordedRun {
            manifest: &revision.manifest,
            file: revision.folder().join(Manifest::FILE),
            places: InputPlaces::of(revision.folder(), said),
            said,
        }
    }

    /// How further inputs are named: beside the recorded ones, from where these were found. `given`
    /// are paths as they were said.
    pub fn names<'p>(
        &self,
        working: &Path,
        given: impl IntoIterator<Item = &'p PathBuf>,
    ) -> PathNames {
        let found = self.manifest.inputs.iter().find_map(|input| self.places.folder_of(input));
        let folder = found.or_else(|| self.said.job_folder.clone()).unwrap_or_default();
        PathNames::from(&folder, working, given)
    }

    /// The recorded files of a role, where they are now.
    pub fn files(&self, role: Role) -> Vec<RecordedInput> {
        self.manifest.inputs_of(role).map(|input| self.places.locate(input)).collect()
    }

    /// The only file of a role.
    fn only_file(&self, role: Role) -> Result<&InputFile> {
        self.manifest.inputs_of(role).next().ok_or_else(|| {
            let message = "the manifest does not say how the month was billed";
            Error::new(Code::MANIFEST_UNREADABLE, message)
                .in_file(&self.file)
                .in_column("inputs")
                .changed_by_hand()
        })
    }

    /// The catalogue as the manifest holds it in full: the file is not needed.
    fn catalogue(&self) -> Result<Version> {
        let catalog = self.manifest.catalogue.read(&self.file.display().to_string())?;
        let InputFile { file, bytes, digest, .. } = self.only_file(Role::Catalogue)?.clone();
        Ok(Version { file, content: Content::Recorded { bytes, digest }, catalog })
    }

    fn opening(&self) -> Result<OpeningChoice> {
        Ok(match &self.manifest.opening {
            OpeningRecord::Genesis => OpeningChoice::Genesis,
            OpeningRecord::Book { .. } => OpeningChoice::Book,
            OpeningRecord::Imported { sha256, .. } => OpeningChoice::Imported(sha256.clone()),
            OpeningRecord::File { .. } => {
                let grants = self.manifest.inputs_of(Role::OpeningGrants).next();
                let grants = grants.map(|file| self.places.locate(file));
                let state = self.places.locate(self.only_file(Role::Opening)?);
                OpeningChoice::Recorded(RecordedOpening { state, grants }.into())
            }
        })
    }
}
