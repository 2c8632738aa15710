//! What a month comes to: sums over the tables of a revision.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize, Serializer};

use super::manifest::Manifest;
use super::revision::Revision;
use crate::base::error::{Code, Error, Result};
use crate::base::exceptions::ExceptionKind;
use crate::base::money::{Amount, Currency};
use crate::base::scope::Scope;
use crate::tables::{DocumentType, Table, Value, Word, batches, column, view};

view! {
    /// What documents don't tell by themselves: the statements have that of all of them (K4).
    struct OtherAmounts of Statements.statements { grants_amount, adjustments_amount }
}

view! {
    /// What was issued, and when.
    struct Issued of Documents.documents {
        document_type, issued_on, subscription_amount, overage_amount, total_amount,
    }
}

/// What a month comes to, as a revision has it; for machines with these names and in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct MonthTotals {
    /// The first day on which any document was issued.
    #[serde(serialize_with = "as_text")]
    pub issued_first: Option<NaiveDate>,
    /// The last day.
    #[serde(serialize_with = "as_text")]
    pub issued_last: Option<NaiveDate>,
    /// The rows of `statements`.
    pub accounts: u64,
    /// How many documents there are of each type.
    pub documents: BTreeMap<DocumentType, u64>,
    /// The currency of the amounts.
    pub currency: Currency,
    /// Fees of all documents.
    pub subscription_amount: Amount,
    /// Grants of all documents.
    pub grants_amount: Amount,
    /// Adjustments of all documents.
    pub adjustments_amount: Amount,
    /// Overage of all documents.
    pub overage_amount: Amount,
    /// All together.
    pub total_amount: Amount,
    /// Groups by kind.
    pub exceptions: BTreeMap<Word<ExceptionKind>, u64>,
    /// Groups of exceptions that someone should look at, late usage not counted.
    pub to_look_at: u64,
    /// The rows of `rejects`.
    pub rejects: u64,
}

/// Totals as they were written.
#[derive(Deserialize)]
struct Written {
    issued_first: Option<String>,
    issued_last: Option<String>,
    accounts: u64,
    documents: BTreeMap<DocumentType, u64>,
    currency: String,
    subscription_amount: String,
    /// Not there in records of before there were grants and adjustments.
    grants_amount: Option<String>,
    adjustments_amount: Option<String>,
    overage_amount: String,
    total_amount: String,
    exceptions: BTreeMap<Word<ExceptionKind>, u64>,
    to_look_at: u64,
    rejects: u64,
}

impl TryFrom<Written> for MonthTotals {
    type Error = String;

    fn try_from(written: Written) -> std::result::Result<Self, String> {
        let currency = Currency::parse(&written.currency)
            .ok_or_else(|| format!("`{}` is no currency", written.currency))?;
        let amount = |text: &str| {
            Amount::parse(text, currency).ok_or_else(|| format!("`{text}` is no amount"))
        };
        let nothing = Amount { minor: 0, currency };
        let if_any = |text: Option<String>| text.map_or(Ok(nothing), |text| amount(&text));
        let day = |text: Option<String>| {
            let day = |text: String| text.parse().map_err(|e| format!("`{text}` is no day: {e}"));
            text.map(day).transpose()
        };
        Ok(MonthTotals {
            issued_first: day(written.issued_first)?,
            issued_last: day(written.issued_last)?,
            accounts: written.accounts,
            documents: written.documents,
            currency,
            subscription_amount: amount(&written.subscription_amount)?,
            grants_amount: if_any(written.grants_amount)?,
            adjustments_amount: if_any(written.adjustments_amount)?,
            overage_amount: amount(&written.overage_amount)?,
            total_amount: amount(&written.total_amount)?,
            exceptions: written.exceptions,
            to_look_at: written.to_look_at,
            rejects: written.rejects,
        })
    }
}

impl MonthTotals {
    /// What the month of a revision comes to: sums over a few columns of its tables.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where they cannot be read, or their rows are not in the
    /// manifest.
    pub fn of(revision: &Revision) -> Result<Self> {
        let (folder, manifest) = (revision.tables()?, &revision.manifest);
        let damaged = |key: &str| {
            Error::new(Code::MANIFEST_UNREADABLE, format!("does not tell its {key}"))
                .in_file(folder.join(Manifest::FILE))
                .changed_by_hand()
        };
        let rows = |table: Table| {
            let output = manifest.output(&format!("{}.parquet", table.name()));
            output.map(|output| output.rows).ok_or_else(|| damaged(table.name()))
        };
        let currency = manifest.catalogue.currency().ok_or_else(|| damaged("currency"))?;
        let exceptions = exceptions(folder)?;
        // Late usage is told as it is now, and not as it was when the month was published (L2).
        let is_harmless =
            |kind: ExceptionKind| kind == ExceptionKind::LateUsage || !kind.needs_a_look();
        let harmless = |kind: &Word<ExceptionKind>| kind.known().is_some_and(is_harmless);
        let to_look_at = exceptions.iter().filter(|(kind, _)| !harmless(kind));
        let nothing = Amount { minor: 0, currency };
        let mut totals = MonthTotals {
            issued_first: None,
            issued_last: None,
            accounts: rows(Table::Statements)?,
            documents: DocumentType::ALL.map(|document_type| (document_type, 0)).into(),
            currency,
            subscription_amount: nothing,
            grants_amount: nothing,
            adjustments_amount: nothing,
            overage_amount: nothing,
            total_amount: nothing,
            to_look_at: to_look_at.map(|(_, groups)| groups).sum(),
            exceptions,
            rejects: rows(Table::Rejects)?,
        };
        totals.add_amounts(folder)?;
        Ok(totals)
    }

    fn add_amounts(&mut self, folder: &Path) -> Result<()> {
        for batch in batches(folder, Issued::TABLE, Issued::COLUMNS, &Scope::All)? {
            for row in Issued::rows(&batch?)? {
                let day = row.issued_on;
                self.issued_first = Some(self.issued_first.map_or(day, |first| first.min(day)));
                self.issued_last = Some(self.issued_last.map_or(day, |last| last.max(day)));
                if let Some(document_type) = row.document_type.known() {
                    *self.documents.entry(document_type).or_insert(0) += 1;
                }
                self.subscription_amount.minor += i128::from(row.subscription_amount);
                self.overage_amount.minor += i128::from(row.overage_amount);
                self.total_amount.minor += i128::from(row.total_amount);
            }
        }
        for batch in batches(folder, OtherAmounts::TABLE, OtherAmounts::COLUMNS, &Scope::All)? {
            for row in OtherAmounts::rows(&batch?)? {
                self.grants_amount.minor += i128::from(row.grants_amount);
                self.adjustments_amount.minor += i128::from(row.adjustments_amount);
            }
        }
        Ok(())
    }

    /// How many documents there are of all types.
    pub fn count_all(&self) -> u64 {
        self.documents.values().sum()
    }

    /// How many documents there are of some types.
    pub fn count(&self, of: &[DocumentType]) -> u64 {
        of.iter().filter_map(|of| self.documents.get(of)).sum()
    }
}

fn exceptions(folder: &Path) -> Result<BTreeMap<Word<ExceptionKind>, u64>> {
    let mut groups = BTreeMap::new();
    for batch in batches(folder, Table::Exceptions, &[column::exceptions::kind.name], &Scope::All)?
    {
        let batch = batch?;
        for kind in (0..batch.len()).map(batch.column(column::exceptions::kind)?) {
            *groups.entry(Value::owned(kind)).or_insert(0) += 1;
        }
    }
    Ok(groups)
}

fn as_text<S: Serializer>(date: &Option<NaiveDate>, to: S) -> std::result::Result<S::Ok, S::Error> {
    date.map(|date| date.to_string()).serialize(to)
}
