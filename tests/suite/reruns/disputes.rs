//! A dispute against the same rerun of the whole month.

use std::collections::BTreeSet;
use std::path::Path;

use monthend::tables::Table;
use proptest::prelude::*;

use super::act::Done;
use super::afresh::{charges, text};
use super::chain::Chain;
use super::rerun::Rerun;
use crate::months::holding::Outcome;
use crate::months::population::Event;
use crate::months::revision::{Revision, Row};

/// A table's rows as they are written, each with its account.
fn lines(folder: &Path, table: &str) -> Outcome<Vec<(String, String)>> {
    let text = text(folder, table)?;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let account = reader.headers()?.iter().position(|column| column == "account_id");
    let mut record = csv::StringRecord::new();
    let (mut rows, mut from) = (Vec::new(), reader.position().byte() as usize);
    while reader.read_record(&mut record)? {
        let to = reader.position().byte() as usize;
        let of = account.and_then(|column| record.get(column)).unwrap_or_default();
        let of = of.strip_prefix('\'').unwrap_or(of);
        rows.push((of.to_owned(), text[from..to].to_owned()));
        from = to;
    }
    Ok(rows)
}

/// What a month's revision says of some accounts, but for the numbers of its documents.
fn said_of(folder: &Path, accounts: &[&str]) -> Outcome<Vec<(&'static str, Vec<Row>)>> {
    let revision = Revision::at(folder);
    let mut said = Vec::new();
    for table in Table::ALL.iter().filter(|table| table.is_of_accounts()) {
        let mut rows = match table {
            Table::OverageCharges => charges(&revision)?,
            _ => revision.table(table.name())?,
        };
        rows.retain(|row| accounts.contains(&row["account_id"].as_str()));
        rows.iter_mut().for_each(|row| drop(row.remove("document_id")));
        said.push((table.name(), rows));
    }
    Ok(said)
}

impl Chain {
    /// Does a dispute here, and the same rerun for all accounts in a copy of the book: the accounts come to the same,
    /// and all others stay as they are, to the byte.
    pub fn dispute(&mut self, rerun: &Rerun) -> Outcome<()> {
        let dispute = Rerun { cascade: false, ..rerun.clone() };
        let of_all = Rerun { accounts: Vec::new(), ..dispute.clone() };
        let before = self.in_force(rerun.month)?;
        let is_alike = !self.takes_back_others(&dispute, &of_all);
        let mut whole = self.copied("whole")?;
        whole.act(&of_all)?;
        if matches!(self.act(&dispute)?, Done::Refused) {
            return Ok(());
        }
        let (after, whole) = (self.in_force(rerun.month)?, whole.in_force(rerun.month)?);
        // Late usage is nobody's: it follows from other months, and is told as it is by now (L2).
        let is_other = |account: &str| !account.is_empty() && !rerun.accounts.contains(&account);
        for table in Table::ALL.iter().filter(|table| table.is_of_accounts()) {
            let [before, after] = [&before, &after].map(|folder| {
                let mut rows = lines(folder, table.name())?;
                rows.retain(|(account, _)| is_other(account));
                Outcome::Ok(rows)
            });
            prop_assert_eq!(before?, after?, "{}: others' rows", table.name());
        }
        if !is_alike {
            return Ok(());
        }
        let [own, all] = [&after, &whole].map(|folder| said_of(folder, &rerun.accounts));
        prop_assert_eq!(own?, all?, "the accounts of the dispute");
        for table in Table::ALL.iter().filter(|table| !table.is_of_accounts()) {
            let name = table.name();
            prop_assert_eq!(text(&after, name)?, text(&whole, name)?, "{}", name);
        }
        Ok(())
    }

    /// Whether the rerun of all accounts bills an event of another account again, which a list left out and the dispute
    /// leaves out still, and whose id is that of an event of the dispute: the two conflict in the whole month alone.
    fn takes_back_others(&self, dispute: &Rerun, of_all: &Rerun) -> bool {
        let before = &self.inputs[dispute.month];
        let [after, after_all] = [dispute, of_all].map(|rerun| rerun.inputs(before, true));
        let events = self.events(dispute.month, &after.usage);
        let is_own = |event: &Event| dispute.accounts.contains(&event.account.as_str());
        let billed = events.iter().filter(|event| is_own(event) && after.left_out(event).is_none());
        let billed: BTreeSet<&str> = billed.map(|event| event.id.as_str()).collect();
        let mut others = events.iter().filter(|event| billed.contains(event.id.as_str()));
        others.any(|event| after.left_out(event).is_some() && after_all.left_out(event).is_none())
    }
}
