//! Rows of some accounts only.

use super::schema::LogSchema;
use crate::base::part::Part;
use crate::base::scope::Scope;

/// Which rows a scan hands out.
#[derive(Debug, Clone, Copy)]
pub(super) struct AccountFilter<'a> {
    scope: &'a Scope,
    /// The account's column among the schema's; a schema without one has no rows of any account.
    pub column: Option<usize>,
}

impl<'a> AccountFilter<'a> {
    /// The rows of the accounts in `scope`.
    pub fn of(scope: &'a Scope, schema: &LogSchema) -> Self {
        let column = schema.columns.iter().position(|column| column.name == "account_id");
        AccountFilter { scope, column }
    }

    /// Whether every row is wanted, those included that name no account.
    pub fn takes_all(self) -> bool {
        self.scope.is_all()
    }

    /// Whether rows of this account are. A cell without text names none.
    pub fn takes(self, account: &str) -> bool {
        match self.scope {
            Scope::All => true,
            Scope::Accounts(accounts) => !account.is_empty() && accounts.contains(account),
            Scope::Part(part) => part.includes(account),
        }
    }

    /// Whether rows are whose account cannot be read: of several parts the first has them.
    pub fn takes_unreadable(self) -> bool {
        self.scope.part().is_some_and(Part::is_first)
    }

    /// Whether a row's cells, in the schema's order, are wanted.
    pub fn takes_row(self, cells: &[impl AsRef<str>]) -> bool {
        let account = || self.column.and_then(|column| cells.get(column));
        self.takes_all() || account().is_some_and(|account| self.takes(account.as_ref()))
    }
}
