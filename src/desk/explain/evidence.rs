//! What an account was billed from: of the inputs that the manifest records, what concerns it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::inputs::{ChangedInput, RecordedInputs};
use super::published::Published;
use super::request::Request;
use crate::base::calendar::Month;
use crate::base::credits::Credits;
use crate::base::error::{Code, Error, Result};
use crate::base::ids::{AccountId, EventId};
use crate::base::scope::Scope;
use crate::billing::rollup::events::{
    self, Event, EventOutcome, EventQuery, Events, Place, Wanted,
};
use crate::billing::rollup::{BilledBefore, Boundaries, Selection, Sum};
use crate::billing::timeline::{self, AccountMonth, ChangeEffects, Opening, Segment, Timeline};
use crate::book::{OpeningRecord, OpeningSource, Role};
use crate::catalog::Catalog;
use crate::input::adjustments;
use crate::input::changes;
use crate::input::dropped_events::DroppedEvents;
use crate::input::logs::{self, LogSchema, Source};
use crate::tables::opening::{self, Blame, OpeningFiles};

/// An account's month as its inputs say it.
pub struct Evidence {
    /// The catalogue that billed it.
    pub catalog: Catalog,
    /// Where the opening state came from.
    pub opening: OpeningRecord,
    /// Its state at S, and what its changes did.
    pub effects: ChangeEffects,
    /// Its month, all alone.
    pub timeline: Timeline,
    /// Inputs that are not as the manifest records them.
    pub changed: Vec<ChangedInput>,
    /// Whether usage has event ids.
    pub event_ids: bool,
    /// What was found in the usage: rows with the account's ids, which may be another's, and the account's rows that
    /// cannot be read.
    pub found: Events,
    usage: Vec<Source>,
    table: LogSchema,
    account: AccountId,
    drops: DroppedEvents,
    /// The folder with the ids that the month before keeps, where they are known.
    recent_ids: Option<PathBuf>,
}

impl Evidence {
    /// Reads what concerns the account.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Input`] where an input is not there or cannot be read,
    /// [`crate::base::error::Kind::Conservation`] where the inputs do not know the account any more.
    pub fn gather(request: &Request, published: &Published) -> Result<Self> {
        let (month, account) = (request.month, &request.account);
        let manifest = &published.billed.manifest;
        let catalog = published.billed.catalog()?;
        let mut inputs = RecordedInputs::of(&published.billed, &request.whereabouts);
        let event_ids = manifest.options.event_ids;
        let options = &manifest.options;
        let table = LogSchema::usage(&options.map_usage, event_ids)?.written(options.dialect_usage);
        let usage = logs::open(inputs.logs(Role::Usage)?, &table)?;
        let (opening, recent_ids) = opening(request, &mut inputs, manifest, &catalog)?;

        let changes_table = LogSchema::changes(&options.map_changes)?;
        let changes_table = changes_table.written(options.dialect_changes).in_words(&options.words);
        let files = logs::open(inputs.logs(Role::Changes)?, &changes_table)?;
        let mut log = changes::read(&files, &changes_table, &Scope::of_account(account), None)?;
        let effects = timeline::change_effects(account, &opening, &log.changes, &catalog, month);
        let mut timeline = timeline::build(&opening, &mut log, &catalog, month);
        let schema = LogSchema::adjustments();
        let files = logs::open(inputs.logs(Role::Adjustments)?, &schema)?;
        let own = Scope::of_account(account);
        timeline.adjust(adjustments::read(&files, &schema, catalog.currency, month, &own, None)?);
        if timeline.accounts.is_empty() {
            return Err(unknown_account(account, month, &inputs));
        }
        let mut evidence = Evidence {
            catalog,
            opening: manifest.opening.clone(),
            effects,
            timeline,
            drops: inputs.drops()?,
            changed: inputs.changed,
            event_ids,
            found: Events::default(),
            usage,
            table,
            account: account.clone(),
            recent_ids,
        };
        evidence.found = evidence.find(Wanted::Account(account))?;
        Ok(evidence)
    }

    fn find(&self, wanted: Wanted<'_>) -> Result<Events> {
        let genesis = self.opening == OpeningRecord::Genesis;
        let selection = Selection { drops: &self.drops, ..Selection::default() };
        let boundaries = &Boundaries::of(&self.timeline, genesis, selection);
        let (sources, table) = (self.usage.as_slice(), &self.table);
        let billed_before = BilledBefore { folder: self.recent_ids.as_deref() };
        events::find(&EventQuery { sources, table, boundaries, billed_before, wanted })
    }

    /// Looks through the whole log for rows that bear the ids of the account's events: where one
    /// of another account came first, the account's own does not count (X3).
    ///
    /// # Errors
    /// A file cannot be read to its end.
    pub fn look_wider(&mut self) -> Result<()> {
        let ids: BTreeSet<EventId> = self.events().map(|event| event.id.clone()).collect();
        if self.event_ids && !ids.is_empty() {
            self.found.events = self.find(Wanted::Ids(&ids))?.events;
        }
        Ok(())
    }

    /// The account's events, in the order in which they draw.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.found.events.iter().filter(|event| self.account == event.account)
    }

    /// The events that count, each with its segment's index among the account's.
    pub fn used(&self) -> Vec<(usize, Credits)> {
        let used = self.events().filter_map(|event| match event.outcome {
            EventOutcome::Used(segment) => Some((segment, event.credits)),
            _ => None,
        });
        used.collect()
    }

    /// The events that count, by segment.
    pub fn sums(&self) -> Vec<Sum> {
        let mut sums = vec![Sum::default(); self.timeline.segments.len()];
        for (segment, credits) in self.used() {
            sums[segment].rows += 1;
            sums[segment].credits += i128::from(credits.micros());
        }
        sums
    }

    /// The event at a place; another account's, where the account's own came after it.
    pub fn event_at(&self, place: Place) -> Option<&Event> {
        self.found.events.iter().find(|event| event.place == place)
    }

    /// The file of a place, as the manifest names it.
    pub fn file(&self, place: Place) -> &str {
        &self.usage[place.source].file.name
    }

    /// The account's month.
    pub fn month(&self) -> &AccountMonth {
        &self.timeline.months[0]
    }

    /// Its segments.
    pub fn segments(&self) -> &[Segment] {
        self.timeline.segments_of(self.month())
    }
}

/// The account's state at S, wherever the manifest says that it is; and the folder with the ids that
/// were billed before, where they are known.
fn opening(
    request: &Request,
    inputs: &mut RecordedInputs<'_>,
    manifest: &crate::book::Manifest,
    catalog: &Catalog,
) -> Result<(Opening, Option<PathBuf>)> {
    let (file, recent_ids) = match request.book.opening_of(manifest, &inputs.places)? {
        OpeningSource::Genesis => return Ok((Opening::Genesis, None)),
        OpeningSource::InBook(state) => (state.files()?, state.recent_ids()?.map(Path::to_owned)),
        OpeningSource::File(file) => {
            let grants = manifest.inputs_of(Role::OpeningGrants).next();
            let grants = grants.map(|input| inputs.log(input)).transpose()?;
            (OpeningFiles { state: inputs.log(&file.input)?, grants }, None)
        }
    };
    let scope = Scope::of_account(&request.account);
    let states = opening::read(file, catalog, request.month, &scope, Blame::Either)?;
    Ok((Opening::States(states), recent_ids))
}

fn unknown_account(account: &str, month: Month, inputs: &RecordedInputs<'_>) -> Error {
    let message = format!("`{account}` has a statement, but the inputs of {month} do not know it");
    let error = Error::new(Code::INPUTS_DENY_STATEMENT, message);
    match inputs.changed.first() {
        Some(input) => error.hint(input.to_string()),
        None => error.hint("an input may have been changed since the month was billed"),
    }
}
