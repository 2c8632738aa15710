//! The entries as beancount reads them: what opens the accounts in a file of its own, since that may
//! be said once only.

use std::fmt::Write as _;

use super::page::Page;

/// Before any entry.
const OPENED: &str = "1970-01-01";

/// The accounts that are posted to.
pub(super) fn accounts(page: &Page<'_>) -> String {
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
pub(super) fn text(page: &Page<'_>) -> String {
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
