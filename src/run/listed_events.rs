//! The events of a list that are to be left out of several months: which month has which.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::inputs::{files, schema};
use super::request::Request;
use crate::base::error::{Code, Error, Result};
use crate::base::ids::EventId;
use crate::base::scope::Scope;
use crate::book::Role;
use crate::input::dropped_events;
use crate::input::logs::usage_columns::{ACCOUNT, AT, EVENT};
use crate::input::logs::{self, IdColumn, LogSchema, Scan};

/// The events that a list names.
///
/// # Errors
/// [`crate::base::error::Kind::Input`]: it cannot be read.
pub(super) fn listed(list: &PathBuf) -> Result<BTreeSet<EventId>> {
    let found = logs::find(std::slice::from_ref(list), "list of events")?.files;
    let sources = logs::open(found, &LogSchema::dropped_events())?;
    let lists = sources.iter().map(dropped_events::read).collect::<Result<Vec<_>>>()?;
    Ok(lists.into_iter().flat_map(|list| list.into_keys()).collect())
}

/// Those of the events that a month's usage has, of these accounts.
///
/// # Errors
/// [`crate::base::error::Kind::Input`]: a file cannot be read to its end;
/// [`crate::base::error::Kind::Usage`]: the month's usage has no event ids.
pub(super) fn of_month(
    request: &Request,
    listed: &BTreeSet<EventId>,
    accounts: &Scope,
) -> Result<BTreeSet<EventId>> {
    let month = request.month;
    if !request.inputs.event_ids {
        let message = format!("--drop-events needs event ids, and the log of {month} has none");
        return Err(Error::new(Code::EVENTS_WITHOUT_IDS, message));
    }
    let (usage, schema) = (&request.inputs.usage, schema(request, Role::Usage)?);
    let found = files(&usage.recorded, &usage.given, Role::Usage, &request.names)?.files;
    let sources = logs::open(found, &schema)?;
    let scan = Scan {
        is_skipped: &|span| *span.end() < month.start() || month.end() <= *span.start(),
        scope: accounts,
        only_columns: Some(&[ACCOUNT, AT, EVENT]),
        ..Scan::whole(&sources, &schema)
    };
    let has = logs::collect(&scan, &|batch| {
        let [account, event] = [ACCOUNT, EVENT].map(|column| IdColumn::of(&batch.columns[column]));
        let instants = batch.instants(AT);
        let (mut of_account, mut of_event) = ([0; 36], [0; 36]);
        let mut has = Vec::new();
        for row in 0..batch.len {
            let (Ok(id), Ok(account)) =
                (event.get(row, &mut of_event), account.get(row, &mut of_account))
            else {
                continue;
            };
            let is_wanted = listed.contains(id) && accounts.includes(account);
            if is_wanted && instants.get(row).is_ok_and(|at| month.contains(at)) {
                has.push(EventId::from(id));
            }
        }
        Ok(has)
    })?;
    Ok(has.into_iter().collect())
}
