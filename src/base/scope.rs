//! Which accounts something is about.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::ids::AccountId;
use super::part::Part;

/// All accounts of a month, or some of them. As JSON null, or a list of ids.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scope {
    /// All accounts.
    #[default]
    All,
    /// These accounts alone: a dispute bills them anew and carries all others over.
    Accounts(BTreeSet<AccountId>),
    /// A part of a month that is billed in parts, and then put together: no scope of a revision.
    #[serde(skip)]
    Part(Part),
}

impl Scope {
    /// One account alone.
    pub fn of_account(account: &str) -> Self {
        Scope::Accounts(BTreeSet::from([account.into()]))
    }

    /// Whether an account is in it.
    pub fn includes(&self, account: &str) -> bool {
        match self {
            Scope::All => true,
            Scope::Accounts(accounts) => accounts.contains(account),
            Scope::Part(part) => part.includes(account),
        }
    }

    /// The part, where it is one.
    pub fn part(&self) -> Option<Part> {
        match self {
            Scope::Part(part) => Some(*part),
            Scope::All | Scope::Accounts(_) => None,
        }
    }

    /// Whether what is of files, and no account's, is its own to tell: of several parts it is the first one's.
    pub fn is_of_files(&self) -> bool {
        self.part().is_none_or(Part::is_first)
    }

    /// Whose rows of the tables are made anew, where it is not of all accounts: theirs, and those
    /// that are no account's (late usage, L2).
    pub fn made_anew(&self) -> Option<BTreeSet<AccountId>> {
        let no_account = AccountId::from("");
        self.accounts().map(|accounts| accounts.iter().cloned().chain([no_account]).collect())
    }

    /// Whether every account of another one is in it.
    pub fn covers(&self, other: &Scope) -> bool {
        match (self, other) {
            (Scope::All, _) => true,
            (Scope::Accounts(mine), Scope::Accounts(theirs)) => theirs.is_subset(mine),
            (mine, theirs) => mine == theirs,
        }
    }

    /// Whether it is of all accounts.
    pub fn is_all(&self) -> bool {
        matches!(self, Scope::All)
    }

    /// The accounts, where it is not of all.
    pub fn accounts(&self) -> Option<&BTreeSet<AccountId>> {
        match self {
            Scope::All | Scope::Part(_) => None,
            Scope::Accounts(accounts) => Some(accounts),
        }
    }
}
