//! What an engine is asked to roll up: the month, the files and what they hold, and the tables beside it.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::requested_tables::{self, RequestedTable};
use crate::base::calendar::{Instant, Month};
use crate::base::error::{Code, Error, Faults, Result};
use crate::base::files::replace_whole;
use crate::base::storage::{self, is_address};
use crate::billing::rollup::UsageInput;
use crate::input::logs::{Source, engine_types};

/// `request.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollupRequest {
    /// The contract's version.
    version: u32,
    /// The month.
    month: Month,
    /// Its first instant.
    start: String,
    /// The first after it.
    end: String,
    /// Whether usage before it is of interest.
    genesis: bool,
    /// Whether usage has event ids.
    pub(super) event_ids: bool,
    /// Ids of the usage that is billed from here on are kept (L1); none where there is no such instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    keep_from: Option<String>,
    /// Our columns, and what the files call them.
    columns: BTreeMap<String, String>,
    /// What integers are as instants, where that is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    instants: Option<String>,
    /// The usage log.
    files: Vec<RequestedFile>,
    /// Where the segments begin and end.
    pub(super) boundaries: RequestedTable,
    /// What the month before has billed in its last hours (L1).
    billed_before: RequestedTable,
    /// Events that are left out.
    dropped: RequestedTable,
}

/// A file of the usage log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct RequestedFile {
    /// Its number, from 0.
    file: usize,
    /// Its name in the manifest.
    name: String,
    /// Where it is.
    path: String,
    /// Its size.
    bytes: u64,
    /// Its rows, by its footer.
    rows: u64,
    /// What names its content: a tag, or when it was changed last.
    version: Option<String>,
    /// The types of our columns.
    types: BTreeMap<String, String>,
}

/// Writes what an engine is to roll up into a folder, or below an address: the request last.
///
/// # Errors
/// [`crate::base::error::Kind::Input`]: the log cannot be rolled up elsewhere;
/// [`crate::base::error::Kind::Book`]: the folder cannot be written.
pub fn write_request(input: &UsageInput<'_>, to: &Path) -> Result<RollupRequest> {
    let request = RollupRequest::of(input, Some(to))?;
    let text = serde_json::to_vec_pretty(&request)
        .map_err(|e| Error::new(Code::IMPOSSIBLE, "request.json cannot be written").caused_by(e))?;
    let file = to.join(RollupRequest::FILE);
    let written = match is_address(to) {
        true => storage::put(&file, text),
        false => replace_whole(&file, text),
    };
    written.map_err(|e| requested_tables::unwritable(&file, e)).map(|()| request)
}

impl RollupRequest {
    /// The name of the file.
    pub const FILE: &'static str = "request.json";
    /// The contract's version.
    pub(super) const VERSION: u32 = 1;

    /// What is asked of an engine now; its tables are written into `to`, if that is a place.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Input`]: the log has files that engines do not read as this program does, or a
    /// table cannot be written.
    pub fn of(input: &UsageInput<'_>, to: Option<&Path>) -> Result<Self> {
        let UsageInput { sources, table, boundaries, retries, .. } = *input;
        let mut faults = Faults::default();
        let files = (0..).zip(sources).filter_map(|(file, source)| {
            let types = faults.take(engine_types(source, table))?;
            let names = table.columns.iter().map(|column| column.name.to_owned());
            Some(RequestedFile {
                file,
                name: source.file.name.clone(),
                path: where_it_is(source),
                bytes: source.bytes(),
                rows: source.rows().unwrap_or_default(),
                version: source.version(),
                types: names.zip(types).collect(),
            })
        });
        let files: Vec<RequestedFile> = files.collect();
        faults.check("logs that cannot be rolled up elsewhere")?;
        let month = boundaries.billed_month();
        let event_ids = input.has_ids();
        let keeps = event_ids && retries.keep_from < month.end();
        let columns = table.columns.iter();
        Ok(RollupRequest {
            version: RollupRequest::VERSION,
            month,
            start: month.start().to_string(),
            end: month.end().to_string(),
            genesis: boundaries.reads_before,
            event_ids,
            keep_from: keeps.then(|| retries.keep_from.to_string()),
            columns: columns.map(|c| (c.name.to_owned(), c.in_file.clone())).collect(),
            instants: table.dialect.instants.map(|unit| unit.to_string()),
            files,
            boundaries: requested_tables::boundaries(boundaries, to)?,
            billed_before: requested_tables::billed_before(retries.billed_before, to)?,
            dropped: requested_tables::dropped(boundaries.selection.drops, to)?,
        })
    }

    /// Makes sure that a request which was rolled up is this one. Where files lie may differ.
    ///
    /// # Errors
    /// [`Code::ROLLUP_OF_ANOTHER_JOB`], with what differs.
    pub(super) fn check_is_same(&self, rolled_up: &RollupRequest, place: &Path) -> Result<()> {
        let Some(what) = self.difference(rolled_up) else { return Ok(()) };
        Err(Error::new(Code::ROLLUP_OF_ANOTHER_JOB, format!("is of another job: {what}"))
            .in_file(place)
            .hint("request it again with what the run has now, and have it rolled up again"))
    }

    fn difference(&self, other: &RollupRequest) -> Option<String> {
        let differs = |what: &str, own: &dyn std::fmt::Debug, other: &dyn std::fmt::Debug| {
            let (own, other) = (format!("{own:?}"), format!("{other:?}"));
            (own != other).then(|| format!("{what} was {other}, and is {own}"))
        };
        let of_files = || {
            let numbered = self.files.iter().zip(&other.files);
            let mut differing = numbered.filter_map(|(own, other)| {
                let at_own = RequestedFile { path: own.path.clone(), ..other.clone() };
                differs(&format!("`{}`", own.name), own, &at_own)
            });
            differs("the number of files", &self.files.len(), &other.files.len())
                .or_else(|| differing.next())
        };
        differs("the contract's version", &self.version, &other.version)
            .or_else(|| differs("the month", &self.month.to_string(), &other.month.to_string()))
            .or_else(|| differs("genesis", &self.genesis, &other.genesis))
            .or_else(|| differs("event_ids", &self.event_ids, &other.event_ids))
            .or_else(|| differs("keep_from", &self.keep_from, &other.keep_from))
            .or_else(|| differs("columns", &self.columns, &other.columns))
            .or_else(|| differs("instants", &self.instants, &other.instants))
            .or_else(of_files)
            .or_else(|| differs("boundaries", &self.boundaries, &other.boundaries))
            .or_else(|| differs("billed_before", &self.billed_before, &other.billed_before))
            .or_else(|| differs("dropped", &self.dropped, &other.dropped))
    }

    /// The instant from which ids are kept; E where none are.
    pub(super) fn keep_from(&self) -> Instant {
        let from = self.keep_from.as_deref().and_then(|from| Instant::parse(from).ok());
        from.unwrap_or_else(|| self.month.end())
    }
}

/// The path of a file for whoever does not run here: an address, or from the root on.
fn where_it_is(source: &Source) -> String {
    let path = &source.file.path;
    match is_address(path) {
        true => path.display().to_string(),
        false => std::path::absolute(path).unwrap_or_else(|_| path.clone()).display().to_string(),
    }
}
