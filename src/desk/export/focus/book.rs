//! Which of a book's rows belong to a billing period.
//!
//! The month itself as its first revision published it; and of every later revision, of this
//! month or of an earlier one, what is dated in the period. A later revision's usage goes with
//! the account's new document, or with the revision's last document where the account has none.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::purchases::purchases;
use super::row::{RevisionBasis, Row};
use super::usage::usage;
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::ids::AccountId;
use crate::base::money::Currency;
use crate::base::scope::Scope;
use crate::book::{Book, FIRST_REVISION, Revision};
use crate::book::{revision_name, revision_number};
use crate::tables::{ByAccount, DocumentRow, StatementRow, TableRows, first_account, records};

/// What an export holds.
#[derive(Debug, Default)]
pub(super) struct Export {
    /// The currency with the finest minor unit among those of the rows; `None` where the book has
    /// nothing for the month.
    pub finest: Option<Currency>,
    /// By account, then by month and revision.
    pub rows: Vec<Row>,
    /// Whether the month is published; else there are only corrections.
    pub published: bool,
    /// The documents that the rows are lines of.
    pub documents: u64,
    /// Later documents of this month that are in other months' exports, by those months.
    pub elsewhere: BTreeMap<Month, u64>,
}

/// The rows of a billing period.
///
/// # Errors
/// [`crate::base::error::Kind::Book`] where the book cannot be read.
pub(super) fn gather(book: &Book, period: Month) -> Result<Export> {
    let mut export = Export::default();
    for month in book.months()?.into_iter().filter(|month| *month <= period) {
        let Some(in_force) = book.current(month)? else { continue };
        if month == period {
            export.published = true;
            export.first(book, month)?;
        }
        let last = revision_number(&in_force.name)
            .ok_or_else(|| damaged(book, month, format!("`{}` is no revision", in_force.name)))?;
        for number in 2..=last {
            if month < period && is_over(book, month, number, period)? {
                continue;
            }
            export.later(book, month, number, period)?;
        }
    }
    export.rows.sort_by(|one, other| one.order().cmp(&other.order()));
    Ok(export)
}

/// Whether a later revision of an archived month corrected nothing in the period, by what the book
/// keeps of it.
fn is_over(book: &Book, month: Month, number: u32, period: Month) -> Result<bool> {
    let Some(record) = book.archived(month)? else { return Ok(false) };
    let made = Month::of(revision(book, month, &revision_name(number))?.made()?);
    Ok(made < period && record.totals.issued_last.is_none_or(|last| Month::of_date(last) < period))
}

impl Export {
    /// A month as its first revision published it.
    fn first(&mut self, book: &Book, month: Month) -> Result<()> {
        let revision = revision(book, month, FIRST_REVISION)?;
        let basis = self.basis(&revision, month, false)?;
        let documents: Vec<DocumentRow> = records(revision.tables()?)?.collect::<Result<_>>()?;
        self.add_documents(&documents, revision.tables()?, &basis)?;
        let rounding = basis.catalog.rounding;
        for statement in records::<StatementRow>(revision.tables()?)? {
            self.rows.extend(usage(None, Some((&statement?, rounding)), &basis));
        }
        Ok(())
    }

    /// What a month's `number`th revision corrected in the period.
    fn later(&mut self, book: &Book, month: Month, number: u32, period: Month) -> Result<()> {
        let revision = revision(book, month, &revision_name(number))?;
        let dates = CorrectionDates::read(&revision, month)?;
        if month == period {
            for (at, _) in dates.documents.values().filter(|(at, _)| *at != period) {
                *self.elsewhere.entry(*at).or_default() += 1;
            }
        }
        if !dates.touch(period) {
            return Ok(());
        }
        let before = self::revision(book, month, &revision_name(number - 1))?;
        let rounding_before = before.catalog()?.rounding;
        let basis = self.basis(&revision, month, true)?;
        let documents = dates.documents(period);
        self.add_documents(&documents, revision.tables()?, &basis)?;
        let rounding = basis.catalog.rounding;
        let mut was = ByAccount::<TableRows<StatementRow>>::open(before.tables()?, &Scope::All)?;
        let mut is = ByAccount::<TableRows<StatementRow>>::open(revision.tables()?, &Scope::All)?;
        while let Some(account) = first_account([was.next_account()?, is.next_account()?]) {
            let (was, is) = (was.take_one(&account)?, is.take_one(&account)?);
            if dates.of_account(&account) == period {
                let was = was.as_ref().map(|statement| (statement, rounding_before));
                let is = is.as_ref().map(|statement| (statement, rounding));
                self.rows.extend(usage(was, is, &basis));
            }
        }
        Ok(())
    }

    fn basis(
        &mut self,
        revision: &Revision,
        month: Month,
        correction: bool,
    ) -> Result<Arc<RevisionBasis>> {
        let catalog = revision.catalog()?;
        let both = self.finest.into_iter().chain([catalog.currency]);
        self.finest = both.max_by_key(|currency| currency.decimals());
        Ok(Arc::new(RevisionBasis { month, revision: revision.name.clone(), correction, catalog }))
    }

    fn add_documents(
        &mut self,
        documents: &[DocumentRow],
        folder: &Path,
        basis: &Arc<RevisionBasis>,
    ) -> Result<()> {
        self.documents += documents.len() as u64;
        self.rows.extend(purchases(documents, records(folder)?, basis)?);
        Ok(())
    }
}

/// The billing periods of what a later revision adds.
struct CorrectionDates {
    /// Each account's new document, with its period.
    documents: BTreeMap<AccountId, (Month, DocumentRow)>,
    /// That of accounts without one.
    others: Month,
}

impl CorrectionDates {
    fn read(revision: &Revision, month: Month) -> Result<Self> {
        let mut documents = BTreeMap::new();
        for document in records::<DocumentRow>(revision.tables()?)? {
            let document = document?;
            if document.revision == revision.name {
                // A month cannot be corrected before it was billed.
                let period = Month::of_date(document.issued_on).max(month);
                documents.insert(document.account_id.clone(), (period, document));
            }
        }
        let others = match documents.values().map(|(period, _)| *period).max() {
            Some(last) => last,
            None => Month::of(revision.made()?).max(month),
        };
        Ok(CorrectionDates { documents, others })
    }

    fn of_account(&self, account: &str) -> Month {
        self.documents.get(account).map_or(self.others, |(period, _)| *period)
    }

    fn touch(&self, period: Month) -> bool {
        self.others == period || self.documents.values().any(|(at, _)| *at == period)
    }

    fn documents(&self, period: Month) -> Vec<DocumentRow> {
        let dated = self.documents.values().filter(|(at, _)| *at == period);
        dated.map(|(_, document)| document.clone()).collect()
    }
}

/// A revision that must be there: earlier ones are never removed.
fn revision(book: &Book, month: Month, name: &str) -> Result<Revision> {
    if book.revisions(month)?.iter().any(|known| known == name) {
        return book.revision(month, name);
    }
    Err(damaged(book, month, format!("has no {name}")))
}

fn damaged(book: &Book, month: Month, message: String) -> Error {
    Error::new(Code::REVISION_DAMAGED, message).in_file(book.month_folder(month)).changed_by_hand()
}
