//! The documents that are asked for, each with what its page tells: lines, the account's statement
//! as the revision had it that issued the document, and the account's documents before it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use super::request::{Asked, Request};
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::ids::AccountId;
use crate::base::scope::Scope;
use crate::book::{Book, Revision};
use crate::catalog::Catalog;
use crate::desk::document;
use crate::desk::months::not_in_book;
use crate::tables::{
    ByAccount, DocumentNumbers, DocumentRow, LineRow, StatementRow, TableRows, did_you_mean,
};

/// A document, and what there is to tell of it.
#[derive(Debug)]
pub(super) struct Issued {
    pub document: DocumentRow,
    pub lines: Vec<LineRow>,
    /// As of the revision that issued the document, so that a later one changes nothing of its page; none where
    /// that revision does not know the account any more.
    pub statement: Option<StatementRow>,
    /// The account's documents of the month before this one.
    pub before: Vec<DocumentRow>,
    /// The catalogue that billed it.
    pub catalog: Arc<Catalog>,
}

/// Documents that are rendered at once.
const AT_ONCE: usize = 512;

/// Which documents are asked for.
#[derive(Debug, Clone)]
pub(super) struct Selection {
    pub month: Month,
    pub scope: Scope,
    /// One alone.
    pub document: Option<String>,
}

impl Selection {
    /// What is asked for; a document's id finds its month and account.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Input`] where the book has no such document.
    pub fn of(Request { book, asked, .. }: &Request) -> Result<Self> {
        match asked {
            Asked::Month(month, scope) => {
                Ok(Selection { month: *month, scope: scope.clone(), document: None })
            }
            Asked::Document(id) => {
                let (month, account) =
                    document::find(book, id)?.ok_or_else(|| unknown(book, id))?;
                let scope = Scope::of_account(&account);
                Ok(Selection { month, scope, document: Some(id.clone()) })
            }
        }
    }
}

/// Hands out the documents by account and number, some at a time.
///
/// # Errors
/// [`crate::base::error::Kind::Book`] where the month cannot be read, or those of `visit`.
pub(super) fn each(
    book: &Book,
    selection: &Selection,
    visit: &mut dyn FnMut(Vec<Issued>) -> Result<()>,
) -> Result<()> {
    let Selection { month, scope, document } = selection;
    let in_force = book.current(*month)?.ok_or_else(|| not_in_book(book, *month))?;
    let folder = in_force.tables()?;
    let mut documents = ByAccount::<TableRows<DocumentRow>>::open(folder, scope)?;
    let mut lines = ByAccount::<TableRows<LineRow>>::open(folder, scope)?;
    let mut issuers = Issuers { book, selection, open: BTreeMap::new() };
    let mut waiting = Vec::new();
    while let Some(account) = documents.next_account()?.map(AccountId::from) {
        let (of_account, mut lines) = (documents.take(&account)?, lines.take(&account)?);
        for (at, row) in of_account.iter().enumerate() {
            let (own, others) =
                lines.into_iter().partition(|line| line.document_id == row.document_id);
            lines = others;
            if document.as_ref().is_some_and(|id| *id != row.document_id) {
                continue;
            }
            check_id(row, *month, &in_force)?;
            let issuer = issuers.issuer(&row.revision)?;
            waiting.push(Issued {
                statement: issuer.statement(&account)?,
                catalog: Arc::clone(&issuer.catalog),
                before: of_account[..at].to_vec(),
                document: row.clone(),
                lines: own,
            });
        }
        if waiting.len() >= AT_ONCE {
            visit(std::mem::take(&mut waiting))?;
        }
    }
    if waiting.is_empty() { Ok(()) } else { visit(waiting) }
}

/// The revisions of a month that issued documents.
struct Issuers<'a> {
    book: &'a Book,
    selection: &'a Selection,
    open: BTreeMap<String, Issuer>,
}

/// A revision, read along with the documents.
struct Issuer {
    catalog: Arc<Catalog>,
    statements: ByAccount<TableRows<StatementRow>>,
    /// The statement that was read last: an account may have several documents of a revision.
    last: Option<StatementRow>,
}

impl Issuers<'_> {
    fn issuer(&mut self, name: &str) -> Result<&mut Issuer> {
        let issuer = match self.open.entry(name.to_owned()) {
            Entry::Occupied(open) => return Ok(open.into_mut()),
            Entry::Vacant(issuer) => issuer,
        };
        let revision = self.book.revision(self.selection.month, name)?;
        let statements = ByAccount::open(revision.tables()?, &self.selection.scope)?;
        let catalog = Arc::new(revision.catalog()?);
        Ok(issuer.insert(Issuer { catalog, statements, last: None }))
    }
}

impl Issuer {
    /// The statement of an account that comes in order.
    fn statement(&mut self, account: &str) -> Result<Option<StatementRow>> {
        let passed = self.statements.take_up_to(account)?;
        self.last = passed.into_iter().next_back().or(self.last.take());
        Ok(self.last.clone().filter(|row| row.account_id == *account))
    }
}

/// A document's id is a file's name: it must be one that a run gives.
fn check_id(row: &DocumentRow, month: Month, revision: &Revision) -> Result<()> {
    if DocumentNumbers::of(month).number(&row.document_id).is_some() {
        return Ok(());
    }
    Err(Error::new(Code::REVISION_DAMAGED, "a document has an id that no run gives")
        .in_file(revision.folder())
        .in_column("document_id")
        .with_value(&row.document_id)
        .changed_by_hand())
}

fn unknown(book: &Book, id: &str) -> Error {
    let error = Error::new(Code::NOT_ASKED_ABOUT, format!("the book has no document `{id}`"))
        .in_file(book.folder())
        .expected("the id of a document, such as INV-2026-04-00000001");
    // Only a hint: perhaps it is an account.
    let latest = || {
        let months = book.months().ok()?;
        let month = *months.last()?;
        let revision = book.current(month).ok()??;
        let folder = revision.tables().ok()?;
        let is_account = did_you_mean(folder, id).ok()?.is_some();
        is_account.then(|| format!("of an account: --month {month} --accounts ID"))
    };
    error.hint(
        latest()
            .unwrap_or_else(|| "monthend explain ACCOUNT lists an account's documents".to_owned()),
    )
}
