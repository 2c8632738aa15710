//! Two revisions side by side, account by account: a merge of tables that are all sorted by
//! account, so that no more than an account's rows is held.

use super::account_month::{AccountMonth, OpeningRow, line_sums};
use super::side::Side;
use crate::base::error::Result;
use crate::base::ids::AccountId;
use crate::base::scope::Scope;
use crate::tables::{
    ByAccount, ChargeRow, ExceptionRow, ExpiredRow, GrantRow, LineRow, StateRow, StatementRow,
    Table, TableRows,
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
    scope: &Scope,
    mut visit: impl FnMut(AccountPair) -> Result<()>,
) -> Result<()> {
    let mut before = Revision::open(before, openings, scope)?;
    let mut after = Revision::open(after, openings, scope)?;
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
    statements: ByAccount<TableRows<StatementRow>>,
    states: ByAccount<TableRows<StateRow>>,
    expired: ByAccount<TableRows<ExpiredRow>>,
    exceptions: ByAccount<TableRows<ExceptionRow>>,
    charges: ByAccount<TableRows<ChargeRow>>,
    lines: ByAccount<TableRows<LineRow>>,
    grants: Option<ByAccount<TableRows<GrantRow>>>,
    openings: Option<ByAccount<TableRows<StateRow>>>,
}

impl Revision {
    fn open(side: &Side<'_>, openings: bool, scope: &Scope) -> Result<Self> {
        let opening = side.openings.as_deref().filter(|_| openings);
        Ok(Revision {
            statements: ByAccount::open(side.folder, scope)?,
            states: ByAccount::open(side.folder, scope)?,
            expired: ByAccount::open(side.folder, scope)?,
            exceptions: ByAccount::open(side.folder, scope)?,
            charges: ByAccount::open(side.folder, scope)?,
            lines: ByAccount::open(side.folder, scope)?,
            grants: side
                .manifest
                .has(Table::Grants)
                .then(|| ByAccount::open(side.folder, scope))
                .transpose()?,
            openings: opening.map(|folder| ByAccount::open(folder, scope)).transpose()?,
        })
    }

    /// The account that comes next in any of the tables.
    fn next_account(&mut self) -> Result<Option<&str>> {
        let openings = self.openings.as_mut().map(ByAccount::next_account).transpose()?.flatten();
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
            grants: match &mut self.grants {
                Some(rows) => rows.take(account)?,
                None => Vec::new(),
            },
        })
    }
}
