//! What a revision says of an account.

use super::request::Request;
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::book::{Book, Revision};
use crate::tables::{
    DocumentRow, ExceptionRow, ExpiredRow, GrantRow, LineRow, StateRow, StatementRow, Table,
    records_of,
};

/// An account's rows of a revision.
pub struct Published {
    /// The revision.
    pub revision: Revision,
    /// The revision whose inputs the account was billed from: an earlier one where this one
    /// billed other accounts only.
    pub billed: Revision,
    /// The revision that is in force instead, if this one is not.
    pub superseded_by: Option<String>,
    /// The statement; none where the account is not in the month.
    pub statement: Option<StatementRow>,
    /// Its documents, by number.
    pub documents: Vec<DocumentRow>,
    /// Their lines.
    pub lines: Vec<LineRow>,
    /// What expired, in time order.
    pub expired: Vec<ExpiredRow>,
    /// Its state at E.
    pub state: Option<StateRow>,
    /// The grants that go on from E.
    pub grants: Vec<GrantRow>,
    /// What could not be billed.
    pub exceptions: Vec<ExceptionRow>,
}

impl Published {
    /// Reads the rows of the account that is asked about.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the revision cannot be read,
    /// [`crate::base::error::Kind::Usage`] where it is not there.
    pub fn read(request: &Request) -> Result<Self> {
        let (book, month, account) = (&request.book, request.month, request.account.as_str());
        let current = book.current(month)?.ok_or_else(|| not_published(book, month))?;
        let in_force = current.name.clone();
        let revision = match &request.revision {
            Some(name) => book.revision(month, name)?,
            None => current,
        };
        let folder = revision.tables()?.to_owned();
        let has_grants = revision.manifest.has(Table::Grants);
        Ok(Published {
            billed: billed_by(book, month, &revision, account)?,
            superseded_by: Some(in_force).filter(|name| *name != revision.name),
            revision,
            statement: records_of::<StatementRow>(&folder, account)?.pop(),
            documents: records_of(&folder, account)?,
            lines: records_of(&folder, account)?,
            expired: records_of(&folder, account)?,
            state: records_of::<StateRow>(&folder, account)?.pop(),
            grants: if has_grants { records_of(&folder, account)? } else { Vec::new() },
            exceptions: records_of(&folder, account)?,
        })
    }

    /// Where the revision is, for people: `book/2026-04/r001`.
    pub fn place(&self) -> String {
        self.revision.folder().display().to_string()
    }

    /// How the revision relates to the month's others.
    pub fn about_revision(&self) -> Vec<String> {
        let (revision, billed) = (&self.revision, &self.billed);
        let mut lines = Vec::new();
        if let Some(reason) = &revision.manifest.reason {
            lines.push(format!("{} was published for this reason: {reason}", revision.name));
        }
        if billed.name != revision.name {
            let (this, that) = (&revision.name, &billed.name);
            lines
                .push(format!("{this} billed other accounts; this one stands as {that} billed it"));
        }
        if let Some(name) = &self.superseded_by {
            lines.push(format!("{} is no longer in force: {name} is", revision.name));
        }
        lines
    }

    /// Its documents.
    pub fn issued(&self) -> Issued<'_> {
        let Published { documents, lines, statement, .. } = self;
        Issued { documents, lines, statement: statement.as_ref() }
    }
}

/// The revision that billed an account: a rerun of some accounts carries all others over.
fn billed_by(book: &Book, month: Month, revision: &Revision, account: &str) -> Result<Revision> {
    let mut billed = revision.clone();
    while !billed.manifest.scope().includes(account)
        && let Some(previous) = &billed.manifest.previous
    {
        billed = book.revision(month, &previous.revision)?;
    }
    Ok(billed)
}

fn not_published(book: &Book, month: Month) -> Error {
    let error = Error::new(Code::MONTH_NOT_IN_BOOK, format!("{month} is not in the book"))
        .in_file(book.folder());
    let months = book.months().unwrap_or_default();
    match (months.first(), months.last()) {
        (Some(first), Some(last)) => error.expected(format!("a month from {first} to {last}")),
        _ => error.hint("check --book: no month is published there"),
    }
}

/// Documents of an account, with their lines, and the statement that they must come to.
pub struct Issued<'a> {
    /// The documents, by number.
    pub documents: &'a [DocumentRow],
    /// Their lines.
    pub lines: &'a [LineRow],
    /// The statement, where the account is in the month.
    pub statement: Option<&'a StatementRow>,
}

impl Issued<'_> {
    /// The lines of a document.
    pub fn lines_of(&self, document: &DocumentRow) -> impl Iterator<Item = &LineRow> {
        let id = document.document_id.clone();
        self.lines.iter().filter(move |line| line.document_id == id)
    }
}
