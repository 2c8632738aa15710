//! Rows that are sorted by account, taken account by account: so several tables, or several
//! revisions' tables, are walked side by side, and no more than an account's rows is held.

use std::iter::Peekable;
use std::path::{Path, PathBuf};

use super::account_rows::records_in;
use super::definitions::{OfAccount, Record};
use super::read::path_of;
use crate::base::error::{Error, Result};
use crate::base::scope::Scope;

/// Rows in the order of their accounts.
pub struct ByAccount<I: Iterator> {
    rows: Peekable<I>,
    /// Where they are from.
    file: PathBuf,
}

/// The rows of a table, one after the other.
pub type TableRows<R> = Box<dyn Iterator<Item = Result<R>>>;

impl<R: Record + OfAccount> ByAccount<TableRows<R>> {
    /// The rows of a table in the revision at `folder`, of all accounts or of some.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: the file is not there, is damaged, or has other columns.
    pub fn open(folder: &Path, scope: &Scope) -> Result<Self> {
        let rows: TableRows<R> = Box::new(records_in(folder, scope)?);
        Ok(ByAccount { rows: rows.peekable(), file: path_of(folder, R::TABLE) })
    }
}

impl<R: OfAccount, I: Iterator<Item = Result<R>>> ByAccount<I> {
    /// Rows from `file` that are in the order of their accounts.
    pub fn of(rows: I, file: PathBuf) -> Self {
        ByAccount { rows: rows.peekable(), file }
    }

    /// The account of the next row; `None` at the end.
    ///
    /// # Errors
    /// The next row cannot be read.
    pub fn next_account<'s>(&'s mut self) -> Result<Option<&'s str>>
    where
        R: 's,
    {
        if let Some(Err(error)) = self.rows.next_if(Result::is_err) {
            return Err(error);
        }
        Ok(self.rows.peek().and_then(|row| row.as_ref().ok()).map(R::account))
    }

    /// The next rows, as long as they are of the account or of one before it.
    ///
    /// # Errors
    /// A row cannot be read.
    pub fn take_up_to(&mut self, account: &str) -> Result<Vec<R>> {
        let is_wanted = |row: &Result<R>| row.as_ref().map_or(true, |row| row.account() <= account);
        let mut taken = Vec::new();
        while let Some(row) = self.rows.next_if(is_wanted) {
            taken.push(row?);
        }
        Ok(taken)
    }

    /// The next rows, as long as they are the account's, and none of its own comes before them.
    ///
    /// # Errors
    /// A row cannot be read, or the rows are not in the order of their accounts: they would be
    /// merged wrongly, in silence.
    pub fn take(&mut self, account: &str) -> Result<Vec<R>> {
        let taken = self.take_up_to(account)?;
        match taken.iter().find(|row| row.account() != account) {
            Some(other) => Err(self.damaged("its accounts are not in order", other.account())),
            None => Ok(taken),
        }
    }

    /// The next row, if it is the account's, which has one at most.
    ///
    /// # Errors
    /// As with [`ByAccount::take`], or the account has two rows.
    pub fn take_one(&mut self, account: &str) -> Result<Option<R>> {
        let mut rows = self.take(account)?;
        match rows.len() {
            0 | 1 => Ok(rows.pop()),
            _ => Err(self.damaged("it has two rows of an account", account)),
        }
    }

    fn damaged(&self, fault: &str, account: &str) -> Error {
        Error::book(format!("a table of the revision cannot be compared: {fault}"))
            .in_file(&self.file)
            .in_column("account_id")
            .with_value(account)
            .hint("the book may have been changed by hand; restore it from a copy")
    }
}

/// The first of the accounts that come next in several tables; `None` where all have ended.
pub fn first_account<const N: usize>(next: [Option<&str>; N]) -> Option<String> {
    next.into_iter().flatten().min().map(str::to_owned)
}
