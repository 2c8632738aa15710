//! The accounts of the ledger that are posted to, and their names in the company's.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::request::Face;
use crate::base::error::{Code, Error, Result};
use crate::base::named::named_enum;
use crate::base::{storage, toml_fault};

/// The accounts of beancount under which all others are.
const ROOTS: [&str; 5] = ["Assets", "Liabilities", "Equity", "Income", "Expenses"];

named_enum! {
    /// An account of the ledger, in the order of an entry's lines; its name here is its key in the file of names.
    pub(super) enum Account {
        /// What customers owe by documents.
        Receivable = "receivable",
        /// What they owe, and no document says yet.
        Unbilled = "unbilled",
        /// What bought grants owe.
        Grants = "grants",
        /// Fees.
        Subscription = "subscription",
        /// Overage.
        Overage = "overage",
        /// Bought grants, as far as they were used.
        GrantsDrawn = "grants_drawn",
        /// Bought grants that expired.
        Breakage = "breakage",
        /// Adjustments.
        Adjustments = "adjustments",
        /// What later revisions corrected.
        Corrections = "corrections",
    }
}

/// What an account is in a balance sheet or an income statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AccountType {
    Asset,
    Liability,
    Revenue,
}

impl Account {
    pub fn account_type(self) -> AccountType {
        match self {
            Account::Receivable | Account::Unbilled => AccountType::Asset,
            Account::Grants => AccountType::Liability,
            _ => AccountType::Revenue,
        }
    }
}

/// The names of accounts, as a TOML file says them; what it does not say is named as here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct AccountNames {
    receivable: String,
    unbilled: String,
    grants: String,
    subscription: String,
    overage: String,
    grants_drawn: String,
    breakage: String,
    adjustments: String,
    corrections: String,
    /// What Xero calls the tax rate of lines: tax is none of these entries'.
    pub xero_tax_rate: String,
}

impl Default for AccountNames {
    fn default() -> Self {
        AccountNames {
            receivable: "Assets:Receivable".to_owned(),
            unbilled: "Assets:Receivable:Unbilled".to_owned(),
            grants: "Liabilities:Contract:Grants".to_owned(),
            subscription: "Income:Subscription".to_owned(),
            overage: "Income:Overage".to_owned(),
            grants_drawn: "Income:Grants".to_owned(),
            breakage: "Income:Breakage".to_owned(),
            adjustments: "Income:Adjustments".to_owned(),
            corrections: "Income:Corrections".to_owned(),
            xero_tax_rate: "Tax Exempt".to_owned(),
        }
    }
}

impl AccountNames {
    /// Reads a file; without one, the program's own names.
    ///
    /// # Errors
    /// [`Code::ACCOUNT_NAMES`]: it cannot be read, is not understood, or has a name that one of the
    /// faces cannot write.
    pub fn read(file: Option<&Path>, faces: &[Face]) -> Result<Self> {
        let Some(file) = file else { return Ok(AccountNames::default()) };
        let text = storage::read_to_string(file).map_err(|e| {
            Error::new(Code::ACCOUNT_NAMES, "the names of accounts cannot be read")
                .in_file(file)
                .caused_by(e)
                .expected("a TOML file with `receivable`, `subscription` and the like")
        })?;
        let names: AccountNames = toml::from_str(&text)
            .map_err(|e| toml_fault::error(Code::ACCOUNT_NAMES, &text, file, &e))?;
        names.check(faces).map_err(|(key, error)| {
            let error = error.in_file(file);
            match toml_fault::line_of_key(&text, key) {
                Some(line) => error.at_line(line),
                None => error,
            }
        })?;
        Ok(names)
    }

    /// The name of an account.
    pub fn of(&self, account: Account) -> &str {
        match account {
            Account::Receivable => &self.receivable,
            Account::Unbilled => &self.unbilled,
            Account::Grants => &self.grants,
            Account::Subscription => &self.subscription,
            Account::Overage => &self.overage,
            Account::GrantsDrawn => &self.grants_drawn,
            Account::Breakage => &self.breakage,
            Account::Adjustments => &self.adjustments,
            Account::Corrections => &self.corrections,
        }
    }

    /// Checks all names; gives the key that is at fault, too.
    fn check(&self, faces: &[Face]) -> std::result::Result<(), (&'static str, Error)> {
        let accounts = Account::ALL.map(|account| (account.name(), self.of(account)));
        for (key, name) in accounts.into_iter().chain([("xero_tax_rate", &*self.xero_tax_rate)]) {
            let unfit = |what: &str, expected: &str| {
                let error = Error::new(Code::ACCOUNT_NAMES, format!("`{key}` is no name {what}"));
                Err((key, error.with_value(name).expected(expected)))
            };
            if !is_plain(name) {
                let expected =
                    "a name that begins with a letter or digit, without `;`, `\"` or two blanks";
                return unfit("that every file can hold", expected);
            }
            if key != "xero_tax_rate" && faces.contains(&Face::Beancount) && !is_beancounts(name) {
                let expected =
                    "one such as `Assets:Receivable`; or leave beancount out of --format";
                return unfit("of an account of beancount", expected);
            }
        }
        Ok(())
    }
}

/// Whether a name can stand in every kind of file: letters, digits and signs in single blanks, that no
/// ledger or spreadsheet takes for something else.
fn is_plain(name: &str) -> bool {
    let begins_well = name.starts_with(|c: char| c.is_alphanumeric());
    begins_well
        && name.trim() == name
        && !name.contains("  ")
        && !name.contains(|c: char| c.is_control() || c == ';' || c == '"')
}

/// Whether a name is one of beancount's: under one of its roots, each part with a capital or a digit
/// first, of letters, digits and dashes.
fn is_beancounts(name: &str) -> bool {
    let mut parts = name.split(':');
    let mut below = 0;
    parts.next().is_some_and(|root| ROOTS.contains(&root))
        && parts.all(|part| {
            below += 1;
            part.starts_with(|c: char| c.is_ascii_uppercase() || c.is_ascii_digit())
                && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        })
        && below > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_a_file_cannot_hold_are_refused_with_their_key() {
        let with = |unbilled: &str| AccountNames {
            unbilled: unbilled.to_owned(),
            ..AccountNames::default()
        };
        for name in ["", " a", "a  b", "a;b", "=1+1", "(a)", "a\tb"] {
            let (key, error) = with(name).check(&[]).unwrap_err();
            assert_eq!((key, error.kind().exit_code()), ("unbilled", 2), "{name}");
        }
        for name in ["1200", "Assets:receivable", "Assets", "Receivable:Open", "Assets:A b"] {
            let others = [Face::Ledger, Face::QuickBooks, Face::Xero];
            assert!(with(name).check(&others).is_ok(), "{name}");
            assert!(with(name).check(&[Face::Beancount]).is_err(), "{name}");
        }
        assert!(AccountNames::default().check(&Face::ALL).is_ok());
    }
}
