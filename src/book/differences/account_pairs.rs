//! Two revisions side by side, account by account: a merge of tables that are all sorted by
//! account, so that no more than an account's rows is held.

use std::collections::BTreeSet;
use std::iter::Peekable;
use std::path::{Path, PathBuf};

use super::account_month::{AccountMonth, OpeningRow, line_sums};
use super::side::Side;
use crate::base::error::{Error, Result};
use crate::base::ids::AccountId;
use crate::tables::{
    ChargeRow, ExceptionRow, ExpiredRow, LineRow, OfAccount, Record, StateRow, StatementRow,
    records, records_of_all,
};

/// An account in both revisions.
#[derive(Debug, Default)]
pub(super) struct AccountPair {
    pub account: AccountId,
    pub before: AccountMonth,
    pub after: AccountMonth,
}

/// Goes through all accounts of two revisions, or through some, in the order of their ids. The
/// states that opened them are read where `openings` says so.
pub(super) fn walk(
    [before, after]: [&Side<'_>; 2],
    openings: bool,
    only: Option<&BTreeSet<String>>,
    mut visit: impl FnMut(AccountPair) -> Result<()>,
) -> Result<()> {
    let mut before = Revision::open(before, openings, only)?;
    let mut after = Revision::open(after, openings, only)?;
    loop {
        let accounts = [before.next_account()?, after.next_account()?];
        let Some(account) = accounts.into_iter().flatten().min().map(AccountId::from) else {
            return Ok(());
        };
        let (before, after) = (before.take(&account)?, after.take(&account)?);
        visit(AccountPair { account, before, after })?;
    }
}

/// The tables of a revision, all at the same account.
struct Revision {
    statements: Rows<StatementRow>,
    states: Rows<StateRow>,
    expired: Rows<ExpiredRow>,
    exceptions: Rows<ExceptionRow>,
    charges: Rows<ChargeRow>,
    lines: Rows<LineRow>,
    openings: Option<Rows<StateRow>>,
}

impl Revision {
    fn open(side: &Side<'_>, openings: bool, only: Option<&BTreeSet<String>>) -> Result<Self> {
        let opening = side.openings.as_deref().filter(|_| openings);
        Ok(Revision {
            statements: Rows::open(side.folder, only)?,
            states: Rows::open(side.folder, only)?,
            expired: Rows::open(side.folder, only)?,
            exceptions: Rows::open(side.folder, only)?,
            charges: Rows::open(side.folder, only)?,
            lines: Rows::open(side.folder, only)?,
            openings: opening.map(|folder| Rows::open(folder, only)).transpose()?,
        })
    }

    /// The account that comes next in any of the tables.
    fn next_account(&mut self) -> Result<Option<&str>> {
        let openings = self.openings.as_mut().map(Rows::next_account).transpose()?.flatten();
        let next = [
            self.statements.next_account()?,
            self.states.next_account()?,
            self.expired.next_account()?,
            self.exceptions.next_account()?,
            self.charges.next_account()?,
            self.lines.next_account()?,
            openings,
        ];
        Ok(next.into_iter().flatten().min())
    }

    fn take(&mut self, account: &str) -> Result<AccountMonth> {
        let opening = match &mut self.openings {
            None => OpeningRow::NotAtHand,
            Some(rows) => rows.take_one(account)?.map_or(OpeningRow::Absent, OpeningRow::Row),
        };
        Ok(AccountMonth {
            statement: self.statements.take_one(account)?,
            state: self.states.take_one(account)?,
            opening,
            exceptions: self.exceptions.take(account)?,
            expired: self.expired.take(account)?,
            charges: self.charges.take(account)?,
            lines: line_sums(&self.lines.take(account)?),
        })
    }
}

/// A table's rows, taken account by account.
struct Rows<R> {
    rows: Peekable<Box<dyn Iterator<Item = Result<R>>>>,
    file: PathBuf,
}

impl<R: Record + OfAccount> Rows<R> {
    fn open(folder: &Path, only: Option<&BTreeSet<String>>) -> Result<Self> {
        let rows: Box<dyn Iterator<Item = Result<R>>> = match only {
            Some(only) => Box::new(records_of_all::<R>(folder, only)?.into_iter().map(Ok)),
            None => Box::new(records::<R>(folder)?),
        };
        let file = folder.join(format!("{}.parquet", R::TABLE.name()));
        Ok(Rows { rows: rows.peekable(), file })
    }

    /// The account of the next row; `None` at the end.
    fn next_account(&mut self) -> Result<Option<&str>> {
        if let Some(Err(error)) = self.rows.next_if(Result::is_err) {
            return Err(error);
        }
        Ok(self.rows.peek().and_then(|row| row.as_ref().ok()).map(R::account))
    }

    /// The next rows, if they are the account's.
    fn take(&mut self, account: &str) -> Result<Vec<R>> {
        let mut taken = Vec::new();
        let is_wanted = |row: &Result<R>| row.as_ref().map_or(true, |row| row.account() == account);
        while let Some(row) = self.rows.next_if(is_wanted) {
            taken.push(row?);
        }
        // A table that is not sorted would be merged wrongly, in silence.
        match self.next_account()?.filter(|next| *next < account).map(str::to_owned) {
            Some(next) => Err(self.damaged("its accounts are not in order", &next)),
            None => Ok(taken),
        }
    }

    /// The next row, if it is the account's, which has one at most.
    fn take_one(&mut self, account: &str) -> Result<Option<R>> {
        let mut rows = self.take(account)?.into_iter();
        match (rows.next(), rows.next()) {
            (_, Some(_)) => Err(self.damaged("it has two rows of an account", account)),
            (row, None) => Ok(row),
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
