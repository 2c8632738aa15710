//! Pages as files: each written aside and renamed; what is there already and says something else is left alone. And
//! what became of them all.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde::Serialize;

use super::issued::Selection;
use crate::base::answer::Answer;
use crate::base::calendar::Month;
use crate::base::digits::{counted, with_thousands};
use crate::base::error::Result;
use crate::base::ids::AccountId;
use crate::base::text_table::TextTable;
use crate::desk::export::whole_file::{self, unwritable};

/// What became of a document's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// There was none.
    Written,
    /// It is there and says the same.
    Unchanged,
    /// Another one was there, and was to be replaced.
    Replaced,
    /// Another one is there, and stays.
    Differs,
}

/// Writes a document's page into a folder.
///
/// # Errors
/// [`crate::base::error::Kind::System`] where it cannot be written.
pub(super) fn write(folder: &Path, id: &str, page: &str, replace: bool) -> Result<Outcome> {
    let path = folder.join(format!("{id}.html"));
    let outcome = match fs::read(&path) {
        Err(e) if e.kind() == ErrorKind::NotFound => Outcome::Written,
        Err(e) => return Err(unwritable(&path, "what is there cannot be read", e)),
        Ok(there) if there == page.as_bytes() => return Ok(Outcome::Unchanged),
        Ok(_) if replace => Outcome::Replaced,
        Ok(_) => return Ok(Outcome::Differs),
    };
    whole_file::write(&path, page)?;
    Ok(outcome)
}

/// The exit code where files that say something else were left as they are.
const DIFFERING: u8 = 3;

/// How many of a list are told to people.
const TOLD: usize = 3;

/// What became of the documents.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub written: u64,
    pub unchanged: u64,
    pub replaced: u64,
    /// Documents whose files say something else and were left as they are.
    pub differing: Vec<String>,
    /// The accounts of the documents.
    pub accounts: BTreeSet<AccountId>,
    /// Those of whom the buyers' file says no name.
    pub unnamed: BTreeSet<AccountId>,
}

/// The result for machines.
#[derive(Debug, Serialize)]
struct InvoiceResult<'a> {
    month: Month,
    folder: String,
    documents: u64,
    written: u64,
    unchanged: u64,
    replaced: u64,
    differing: &'a [String],
    accounts_without_name: &'a BTreeSet<AccountId>,
    accounts_without_document: BTreeSet<&'a AccountId>,
    exit_code: u8,
}

impl Tally {
    /// Counts a document.
    pub fn add(&mut self, document: &str, account: &AccountId, named: bool, outcome: Outcome) {
        match outcome {
            Outcome::Written => self.written += 1,
            Outcome::Unchanged => self.unchanged += 1,
            Outcome::Replaced => self.replaced += 1,
            Outcome::Differs => self.differing.push(document.to_owned()),
        }
        self.accounts.insert(account.clone());
        if !named {
            self.unnamed.insert(account.clone());
        }
    }

    /// The answer for people and for machines.
    pub fn answer(&self, selection: &Selection, out: &Path) -> Answer {
        let asked = selection.scope.accounts().into_iter().flatten();
        let result = InvoiceResult {
            month: selection.month,
            folder: out.display().to_string(),
            documents: self.documents(),
            written: self.written,
            unchanged: self.unchanged,
            replaced: self.replaced,
            differing: &self.differing,
            accounts_without_name: &self.unnamed,
            accounts_without_document: asked.filter(|id| !self.accounts.contains(*id)).collect(),
            exit_code: if self.differing.is_empty() { 0 } else { DIFFERING },
        };
        Answer::new(result.text(self.accounts.len()), &result, result.exit_code)
    }

    fn documents(&self) -> u64 {
        self.written + self.unchanged + self.replaced + self.differing.len() as u64
    }
}

impl InvoiceResult<'_> {
    fn text(&self, accounts: usize) -> String {
        let documents = counted(self.documents, "document");
        let mut table = TextTable::labelled(11);
        for (label, count) in
            [("written", self.written), ("unchanged", self.unchanged), ("replaced", self.replaced)]
        {
            if count > 0 {
                table.entry(label, with_thousands(count));
            }
        }
        let listed = |ids: Vec<&str>| {
            let more = ids.len().saturating_sub(TOLD);
            let told = ids[..ids.len() - more].join(", ");
            let more = if more > 0 {
                format!(" and {} more", with_thousands(more as u64))
            } else {
                String::new()
            };
            format!("{}: {told}{more}", with_thousands(ids.len() as u64))
        };
        if !self.differing.is_empty() {
            let ids = listed(self.differing.iter().map(String::as_str).collect());
            table.entry("left alone", format!("{ids}; their files say something else (--replace)"));
        }
        if !self.accounts_without_name.is_empty() {
            let ids = listed(self.accounts_without_name.iter().map(AccountId::as_str).collect());
            let of = counted(accounts as u64, "account");
            table.entry("no name", format!("{ids}; of {of}, billed under their ids"));
        }
        if !self.accounts_without_document.is_empty() {
            let ids = self.accounts_without_document.iter().map(|id| id.as_str());
            table.entry(
                "no document",
                format!("{}; they have none of the month", listed(ids.collect())),
            );
        }
        format!("{documents} of {} in {}\n{}", self.month, self.folder, table.text("  "))
    }
}
