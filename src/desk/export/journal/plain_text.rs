//! The entries as plain text: as hledger and ledger read them, from one file; and as beancount does, with what opens
//! the accounts in a file of its own, since that may be said once only.

use std::fmt::Write as _;

use super::accounts::AccountType;
use super::page::Page;

/// Blanks before an amount: two at least, or it would be taken for a part of the name.
const BEFORE_AMOUNT: &str = "  ";

/// The file. Whatever strict checks ask for is declared: the tag, the commodity and the accounts.
pub(super) fn ledger(page: &Page<'_>) -> String {
    let mut text = page.about().map(|line| format!("; {line}\n")).concat();
    let code = page.currency.code();
    // hledger wants a decimal mark in a format, whether or not decimals follow.
    let sample = page.currency.amount(1000 * page.currency.minor_units()).plain();
    let mark = if sample.contains('.') { "" } else { "." };
    let _ = write!(text, "\ntag UUID\n\ncommodity {code}\n    format {code} {sample}{mark}\n\n");
    for (account, name) in page.accounts() {
        let letter = letter(account.account_type());
        let _ = write!(text, "account {name}\n    ; type: {letter}\n\n");
    }
    for entry in page.entries {
        // ledger passes over an entry whose UUID it has read already.
        let _ = write!(
            text,
            "{} ({}) {}\n    ; UUID: {}\n",
            entry.date, entry.id, entry.memo, entry.id
        );
        for (account, amount) in &entry.postings {
            let (name, amount) = (page.names.of(*account), page.currency.amount(*amount).plain());
            let _ = writeln!(text, "    {name}{BEFORE_AMOUNT}{code} {amount}");
        }
        text.push('\n');
    }
    text
}

/// How hledger writes the type of an account.
fn letter(account_type: AccountType) -> char {
    match account_type {
        AccountType::Asset => 'A',
        AccountType::Liability => 'L',
        AccountType::Revenue => 'R',
    }
}

/// Before any entry.
const OPENED: &str = "1970-01-01";

/// The accounts that are posted to.
pub(super) fn beancount_accounts(page: &Page<'_>) -> String {
    let code = page.currency.code();
    let mut text =
        "; The accounts of journal.beancount: include it once, beside the months.\n\n".to_owned();
    let _ = writeln!(text, "{OPENED} commodity {code}");
    for (_, name) in page.accounts() {
        let _ = writeln!(text, "{OPENED} open {name}");
    }
    text
}

/// The entries.
pub(super) fn beancount(page: &Page<'_>) -> String {
    let mut text = page.about().map(|line| format!("; {line}\n")).concat();
    for entry in page.entries {
        // Neither memo nor id holds a quotation mark.
        let _ = write!(text, "\n{} * \"{}\" ^{}\n", entry.date, entry.memo, entry.id);
        let _ = writeln!(text, "  revision: \"{}\"", entry.revision);
        for (account, amount) in &entry.postings {
            let (name, amount) = (page.names.of(*account), page.currency.amount(*amount).plain());
            let _ = writeln!(text, "  {name}  {amount} {}", page.currency.code());
        }
    }
    text
}
