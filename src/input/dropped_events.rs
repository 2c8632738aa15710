//! Events to leave out of a month, each with its reason (`rerun --drop-events`).

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::base::error::{Code, Error, Result};
use crate::base::ids::EventId;
use crate::base::scope::Scope;
use crate::input::logs::{self, Batch, IdColumn, LogSchema, RowFault, Scan, Source, word};

/// A list of events to leave out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropList {
    /// The name that it was given by.
    pub name: String,
    /// The accounts that it is for: their events alone are left out.
    pub accounts: Scope,
    /// Events, and why they are left out.
    pub events: BTreeMap<EventId, String>,
}

/// The events that are left out, by all lists together. For an account, a list stands in the place
/// of older ones of the same name, and what it says of an event in the place of what older ones
/// say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DroppedEvents {
    /// Each event that any list names, once; in order.
    ids: Vec<EventId>,
    /// The entries of `ids[n]` are `first[n]..first[n + 1]`, from the newest list's on.
    first: Vec<usize>,
    entries: Vec<Entry>,
    /// Whom each list is for, from the newest on.
    lists: Vec<Addressees>,
}

/// What a list says of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    list: usize,
    reason: Box<str>,
}

/// Whom a list is for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Addressees {
    accounts: Scope,
    /// The newer lists of the same name.
    newer: Vec<usize>,
}

impl DroppedEvents {
    /// Nothing is left out.
    pub const NONE: &Self = &DroppedEvents {
        ids: Vec::new(),
        first: Vec::new(),
        entries: Vec::new(),
        lists: Vec::new(),
    };

    /// What lists leave out together, the newest first.
    pub fn of(lists: &[DropList]) -> Self {
        let mut by_event: BTreeMap<&EventId, Vec<Entry>> = BTreeMap::new();
        for (number, list) in lists.iter().enumerate() {
            for (event, reason) in &list.events {
                let entry = Entry { list: number, reason: reason.as_str().into() };
                by_event.entry(event).or_default().push(entry);
            }
        }
        let addressees = |(number, list): (usize, &DropList)| {
            let newer = (0..number).filter(|newer| lists[*newer].name == list.name).collect();
            Addressees { accounts: list.accounts.clone(), newer }
        };
        let lists = lists.iter().enumerate().map(addressees).collect();
        let mut all = DroppedEvents { lists, ..DroppedEvents::default() };
        for (event, entries) in by_event {
            all.ids.push(event.clone());
            all.first.push(all.entries.len());
            all.entries.extend(entries);
        }
        all
    }

    /// Whether nothing is left out.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// How many entries all lists have.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// The number of the entry by which an account's event is left out.
    pub fn find(&self, event: &str, account: &str) -> Option<usize> {
        let at = self.ids.binary_search_by(|id| id.as_str().cmp(event)).ok()?;
        self.decide(at, |list| self.lists[list].accounts.includes(account))
    }

    /// The number of the entry by which the event at a place is left out, of the lists that are for someone.
    fn decide(&self, at: usize, is_for: impl Fn(usize) -> bool) -> Option<usize> {
        self.entries_of(at).find(|&number| {
            let list = self.entries[number].list;
            is_for(list) && !self.lists[list].newer.iter().any(|&newer| is_for(newer))
        })
    }

    /// The numbers of the entries of the event at a place.
    fn entries_of(&self, at: usize) -> Range<usize> {
        let end = self.first.get(at + 1).copied().unwrap_or(self.entries.len());
        self.first[at]..end
    }

    /// Visits what becomes of each event, in order: the entry by which it is left out, if by any, for an account that
    /// differs from others, and for all others where it is.
    ///
    /// # Errors
    /// Those of `visit`.
    pub fn each_decision(
        &self,
        mut visit: impl FnMut(&str, Option<&str>, Option<usize>) -> Result<()>,
    ) -> Result<()> {
        for (at, event) in self.ids.iter().enumerate() {
            let of_others = self.decide(at, |list| self.lists[list].accounts.is_all());
            let lists = self.entries_of(at).map(|number| self.entries[number].list);
            let lists = lists.flat_map(|list| self.lists[list].newer.iter().copied().chain([list]));
            let named = lists.filter_map(|list| match &self.lists[list].accounts {
                Scope::Accounts(accounts) => Some(accounts),
                Scope::All | Scope::Part(_) => None,
            });
            let named: BTreeSet<_> = named.flatten().collect();
            for account in named {
                let entry = self.find(event, account);
                if entry != of_others {
                    visit(event, Some(account), entry)?;
                }
            }
            if of_others.is_some() {
                visit(event, None, of_others)?;
            }
        }
        Ok(())
    }

    /// Why an event is left out, by the number of the entry.
    pub fn reason(&self, number: usize) -> &str {
        &self.entries[number].reason
    }

    /// The events that the newest list names, each with the number of its entry.
    pub fn of_newest(&self) -> impl Iterator<Item = (&str, usize)> {
        let newest = |(_, first): &(&EventId, &usize)| self.entries[**first].list == 0;
        self.ids.iter().zip(&self.first).filter(newest).map(|(id, first)| (id.as_str(), *first))
    }
}

/// Reads a list of events. The same event may be listed again with the same reason.
///
/// # Errors
/// [`crate::base::error::Kind::Input`]: the file cannot be read, a row has no event id or no reason,
/// or an event is listed with two reasons.
pub fn read(source: &Source) -> Result<BTreeMap<EventId, String>> {
    let (schema, sources) = (LogSchema::dropped_events(), std::slice::from_ref(source));
    let mut rows = logs::collect(&Scan::whole(sources, &schema), &|batch| {
        read_batch(batch, &schema, sources)
    })?;
    rows.sort();
    let mut reasons = BTreeMap::new();
    for Listed { event, row, reason } in rows {
        let first = reasons.entry(event.clone()).or_insert_with(|| reason.clone());
        if *first != reason {
            return Err(Error::new(
                Code::EVENT_LIST,
                format!("gives another reason for event `{event}`"),
            )
            .in_file(&source.file.name)
            .at_row(row)
            .in_column("reason")
            .with_value(reason)
            .expected(format!("the reason given before: {first}"))
            .hint("list each event once"));
        }
    }
    Ok(reasons)
}

/// A row of a list.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Listed {
    event: EventId,
    row: u64,
    reason: String,
}

fn read_batch(mut batch: Batch, schema: &LogSchema, sources: &[Source]) -> Result<Vec<Listed>> {
    const EVENT: usize = 0;
    const REASON: usize = 1;
    let failed = |fault: RowFault| {
        let error = fault.into_reject(sources).into_error();
        error.hint("correct the list; every event needs its id and a reason")
    };
    if let Some(fault) = batch.faults.drain(..).next() {
        return Err(failed(fault));
    }
    let mut buffer = [0; 36];
    let mut rows = Vec::with_capacity(batch.len);
    for at in 0..batch.len {
        let fault = |column: usize, why: String| failed(batch.fault(schema, column, at, why));
        let ids = IdColumn::of(&batch.columns[EVENT]);
        let event = ids.get(at, &mut buffer).map_err(|f| fault(EVENT, f.to_string()))?;
        let event = event.trim_end().into(); // as any editor writes it
        let reason = word(&batch.columns[REASON], at).trim().to_owned();
        if reason.is_empty() || reason.contains(char::is_control) {
            return Err(fault(REASON, "is no reason; expected a line of text".to_owned()));
        }
        rows.push(Listed { event, row: batch.rows.number(at), reason });
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(name: &str, accounts: &[&str], events: &[(&str, &str)]) -> DropList {
        let of_all = accounts.is_empty();
        let accounts = accounts.iter().map(|account| (*account).into()).collect();
        DropList {
            name: name.to_owned(),
            accounts: if of_all { Scope::All } else { Scope::Accounts(accounts) },
            events: events.iter().map(|(id, why)| ((*id).into(), (*why).to_owned())).collect(),
        }
    }

    #[test]
    fn a_list_is_for_its_accounts_and_replaces_older_ones() {
        let newest = [
            list("ticket-3", &["ann"], &[("e-1", "third")]),
            list("ticket-1", &["bob"], &[("e-2", "again")]),
            list("ticket-2", &["cy"], &[("e-1", "second"), ("e-4", "second")]),
            list("ticket-1", &[], &[("e-1", "first"), ("e-2", "first")]),
        ];
        let dropped = DroppedEvents::of(&newest);
        let why = |event: &str, account: &str| {
            dropped.find(event, account).map(|number| dropped.reason(number))
        };
        // What a newer list says of an event stands, where it is for the account.
        assert_eq!((why("e-1", "ann"), why("e-2", "ann")), (Some("third"), Some("first")));
        assert_eq!((why("e-1", "cy"), why("e-4", "cy")), (Some("second"), Some("second")));
        assert_eq!(why("e-4", "ann"), None);
        // A newer list of the same name stands in the place of the whole list.
        assert_eq!((why("e-1", "bob"), why("e-2", "bob")), (None, Some("again")));
        assert_eq!((why("e-1", "dan"), why("e-3", "dan")), (Some("first"), None));
        let of_newest: Vec<_> = dropped.of_newest().collect();
        assert_eq!(of_newest, [("e-1", 0)]);
        assert_eq!(dropped.reason(0), "third");
        assert!(DroppedEvents::default().is_empty() && !dropped.is_empty());
    }
}
