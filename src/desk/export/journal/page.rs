//! What is written in any form.

use std::collections::BTreeSet;

use super::accounts::{Account, AccountNames};
use super::entry::Entry;
use crate::base::calendar::Month;
use crate::base::money::Currency;

/// What is written in any form.
pub(super) struct Page<'a> {
    pub month: Month,
    pub currency: Currency,
    pub entries: &'a [Entry],
    pub names: &'a AccountNames,
}

impl Page<'_> {
    /// The accounts, each with its name; of those of one name the first.
    pub fn accounts(&self) -> impl Iterator<Item = (Account, &str)> {
        let mut declared = BTreeSet::new();
        let named = Account::ALL.into_iter().map(|account| (account, self.names.of(account)));
        named.filter(move |(_, name)| declared.insert(*name))
    }

    /// What every file of plain text says of itself first.
    pub fn about(&self) -> [String; 2] {
        let (month, version) = (self.month, env!("CARGO_PKG_VERSION"));
        [
            format!("{month} as journal entries, by monthend {version}."),
            "Every entry balances; of each document what is receivable is its total, and nothing stays \
             unbilled."
                .to_owned(),
        ]
    }
}
