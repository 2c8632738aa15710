//! Entries: what is posted, grouped, numbered and held against what must hold.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;

use super::accounts::Account;
use super::grants::Movement;
use super::request::Detail;
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::ids::AccountId;
use crate::base::money::Currency;
use crate::book::FIRST_REVISION;

/// What an entry is about, in the order of entries of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// Fees and overage of the month.
    Accrued,
    /// Grants that were bought (G4).
    GrantsSold,
    /// Adjustments (A1).
    Adjusted,
    /// Documents of the first revision.
    Issued,
    /// Credit notes of a later revision.
    CreditNotes,
    /// Debit notes and first documents of a later revision.
    DebitNotes,
    /// Credits of bought grants that were used.
    GrantsDrawn,
    /// Credits of bought grants that expired or were voided (G5).
    GrantsLapsed,
}

impl Kind {
    /// What it is, for people and memos.
    pub fn in_words(self) -> &'static str {
        match self {
            Kind::Accrued => "Fees and overage",
            Kind::GrantsSold => "Grants sold",
            Kind::Adjusted => "Adjustments",
            Kind::Issued => "Documents issued",
            Kind::CreditNotes => "Credit notes",
            Kind::DebitNotes => "Debit notes and late invoices",
            Kind::GrantsDrawn => "Bought grants drawn",
            Kind::GrantsLapsed => "Bought grants expired or voided",
        }
    }
}

/// Whom an entry is of: nobody where it sums up.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Subject {
    pub account: Option<AccountId>,
    pub document: Option<String>,
}

/// What is posted to an account of the ledger: a debit above zero, a credit below, in minor units.
pub(super) type Posting = (Account, i128);

/// An entry.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub id: String,
    pub date: NaiveDate,
    pub kind: Kind,
    pub subject: Subject,
    pub revision: String,
    pub memo: String,
    /// Debits first; none is zero.
    pub postings: Vec<Posting>,
}

/// What a month's revisions come to as entries.
#[derive(Debug)]
pub(super) struct Journal {
    /// By date, then by revision and number.
    pub entries: Vec<Entry>,
    pub currency: Currency,
    /// Those that were looked at, in order.
    pub revisions: Vec<String>,
    /// What bought grants owed before and after the month, by the last of the revisions.
    pub owed: Movement,
}

/// A revision's entries in the making.
#[derive(Debug)]
pub(super) struct RevisionEntries {
    month: Month,
    revision: String,
    detail: Detail,
    sums: BTreeMap<(NaiveDate, Kind, Subject), BTreeMap<Account, i128>>,
}

impl RevisionEntries {
    pub fn new(month: Month, revision: &str, detail: Detail) -> Self {
        RevisionEntries { month, revision: revision.to_owned(), detail, sums: BTreeMap::new() }
    }

    /// Adds what is posted of a kind on a day.
    pub fn post(&mut self, date: NaiveDate, kind: Kind, subject: &Subject, postings: &[Posting]) {
        let subject = match self.detail {
            Detail::Summary => Subject::default(),
            Detail::Document => subject.clone(),
        };
        let sums = self.sums.entry((date, kind, subject)).or_default();
        for &(account, amount) in postings {
            *sums.entry(account).or_default() += amount;
        }
    }

    /// The entries, numbered; what comes to nothing is none. A later revision's are not dated before
    /// `open_from`, which changes no number.
    pub fn finish(self, open_from: Option<NaiveDate>) -> Vec<Entry> {
        let is_first = self.revision == FIRST_REVISION;
        let of_revision = if is_first { String::new() } else { format!("{}-", self.revision) };
        let mut entries: Vec<Entry> = Vec::new();
        for ((date, kind, subject), sums) in self.sums {
            let mut postings: Vec<Posting> =
                sums.into_iter().filter(|(_, amount)| *amount != 0).collect();
            if postings.is_empty() {
                continue;
            }
            postings.sort_by_key(|(account, amount)| (*amount < 0, *account));
            let number = entries.len() + 1;
            entries.push(Entry {
                id: format!("ME-{}-{of_revision}{number}", self.month),
                date: open_from.filter(|_| !is_first).map_or(date, |open| open.max(date)),
                memo: memo(self.month, &self.revision, kind, &subject),
                kind,
                subject,
                revision: self.revision.clone(),
                postings,
            });
        }
        entries
    }
}

fn memo(month: Month, revision: &str, kind: Kind, subject: &Subject) -> String {
    let mut memo = format!("{} of {month}", kind.in_words());
    if revision != FIRST_REVISION {
        memo.push_str(&format!(" by {revision}"));
    }
    // A document's id is enough, and of plain letters; an account's may hold anything.
    if let Some(about) = subject.document.as_deref().or(subject.account.as_deref()) {
        let is_plain = |c: char| c.is_alphanumeric() || "-_.@+/#".contains(c);
        let plain: String = about.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
        memo.push_str(&format!(", {plain}"));
    }
    memo
}

/// Checks that every entry balances.
///
/// # Errors
/// [`Code::JOURNAL_UNBALANCED`]
pub(super) fn balanced(entries: &[Entry], currency: Currency) -> Result<()> {
    for entry in entries {
        let sum: i128 = entry.postings.iter().map(|(_, amount)| amount).sum();
        if sum != 0 {
            let (sum, code) = (currency.amount(sum), currency.code());
            let message = format!("entry {} does not balance: {sum} {code} is over", entry.id);
            return Err(Error::new(Code::JOURNAL_UNBALANCED, message));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(detail: Detail, revision: &str, open_from: Option<NaiveDate>) -> Vec<Entry> {
        let month = Month::parse("2026-04").unwrap();
        let mut made = RevisionEntries::new(month, revision, detail);
        for (account, amount) in [("a b", 5), ("c;", -5), ("d", 7)] {
            let subject = Subject { account: Some(account.into()), document: None };
            let postings = [(Account::Unbilled, amount), (Account::Adjustments, -amount)];
            made.post(month.last_day(), Kind::Adjusted, &subject, &postings);
        }
        made.finish(open_from)
    }

    #[test]
    fn summed_up_or_one_by_one_they_come_to_the_same() {
        let summary = entries(Detail::Summary, "r001", None);
        assert_eq!(summary.len(), 1);
        assert_eq!(summary[0].postings, [(Account::Unbilled, 7), (Account::Adjustments, -7)]);
        assert_eq!(
            (&*summary[0].id, &*summary[0].memo),
            ("ME-2026-04-1", "Adjustments of 2026-04")
        );
        let each = entries(Detail::Document, "r002", None);
        assert_eq!(each.len(), 3);
        assert_eq!(each[1].id, "ME-2026-04-r002-2");
        assert_eq!(each[1].memo, "Adjustments of 2026-04 by r002, c_");
        assert_eq!(each[1].postings, [(Account::Adjustments, 5), (Account::Unbilled, -5)]);
    }

    #[test]
    fn only_corrections_are_put_off_to_the_open_period() {
        let open = NaiveDate::from_ymd_opt(2026, 6, 1);
        assert_eq!(entries(Detail::Summary, "r001", open)[0].date.to_string(), "2026-04-30");
        assert_eq!(entries(Detail::Summary, "r002", open)[0].date.to_string(), "2026-06-01");
    }

    #[test]
    fn an_entry_that_does_not_balance_is_found() {
        let currency = Currency::parse("USD").unwrap();
        let mut entries = entries(Detail::Summary, "r001", None);
        assert!(balanced(&entries, currency).is_ok());
        entries[0].postings[0].1 += 1;
        let error = balanced(&entries, currency).unwrap_err();
        assert_eq!(error.kind().exit_code(), 4);
        assert!(error.to_string().contains("0.01 USD is over"), "{error}");
    }
}
