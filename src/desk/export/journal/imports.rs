//! The entries as QuickBooks Online and Xero import them: CSV files with the headings of their
//! templates.

use super::entry::Entry;
use super::page::Page;
use crate::base::error::{Code, Error, Result};

/// QuickBooks's headings. An entry's lines share the number.
const QUICKBOOKS: [&str; 7] =
    ["Journal No", "Journal Date", "Account Name", "Debits", "Credits", "Description", "Currency"];
/// Xero's. A journal's lines share narration and date.
const XERO: [&str; 6] =
    ["*Narration", "*Date", "Description", "*AccountCode", "*TaxRate", "*Amount"];
/// As many lines as Xero takes from a file.
const XERO_LINES: usize = 300;

/// The file for QuickBooks Online.
///
/// # Errors
/// Never, in memory.
pub(super) fn quickbooks(page: &Page<'_>) -> Result<String> {
    let mut rows = vec![QUICKBOOKS.map(str::to_owned)];
    for entry in page.entries {
        for (account, amount) in &entry.postings {
            let size = page.currency.amount(amount.abs()).plain();
            let (debit, credit) =
                if *amount > 0 { (size, String::new()) } else { (String::new(), size) };
            rows.push([
                entry.id.clone(),
                entry.date.format("%m/%d/%Y").to_string(),
                page.names.of(*account).to_owned(),
                debit,
                credit,
                entry.memo.clone(),
                page.currency.code().to_owned(),
            ]);
        }
    }
    csv(&rows)
}

/// The files for Xero, each with its name. No entry is in two of them.
///
/// # Errors
/// Never, in memory.
pub(super) fn xero(page: &Page<'_>) -> Result<Vec<(String, String)>> {
    let mut files: Vec<Vec<&Entry>> = vec![Vec::new()];
    let mut lines = 0;
    for entry in page.entries {
        lines += entry.postings.len();
        if lines > XERO_LINES {
            files.push(Vec::new());
            lines = entry.postings.len();
        }
        files.last_mut().into_iter().for_each(|file| file.push(entry));
    }
    let named = files.iter().enumerate().map(|(at, entries)| {
        let mut rows = vec![XERO.map(str::to_owned)];
        rows.extend(entries.iter().flat_map(|entry| xero_rows(page, entry)));
        Ok((xero_file(at + 1), csv(&rows)?))
    });
    named.collect()
}

/// The name of a file for Xero, by its number from 1.
pub(super) fn xero_file(number: usize) -> String {
    format!("xero-{number:03}.csv")
}

fn xero_rows(page: &Page<'_>, entry: &Entry) -> Vec<[String; 6]> {
    let row = |(account, amount): &(_, i128)| {
        [
            format!("{}: {}", entry.id, entry.memo),
            // Read the same where days come first and where months do.
            entry.date.format("%d %b %Y").to_string(),
            entry.memo.clone(),
            page.names.of(*account).to_owned(),
            page.names.xero_tax_rate.clone(),
            page.currency.amount(*amount).plain(),
        ]
    };
    entry.postings.iter().map(row).collect()
}

fn csv<const N: usize>(rows: &[[String; N]]) -> Result<String> {
    let impossible = || Error::new(Code::IMPOSSIBLE, "CSV cannot be written into memory");
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).map_err(|_| impossible())?;
    }
    let bytes = writer.into_inner().map_err(|_| impossible())?;
    String::from_utf8(bytes).map_err(|_| Error::new(Code::IMPOSSIBLE, "CSV of text is no text"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::calendar::Month;
    use crate::base::money::Currency;
    use crate::desk::export::journal::Detail;
    use crate::desk::export::journal::accounts::{Account, AccountNames};
    use crate::desk::export::journal::entry::{Kind, RevisionEntries, Subject};

    #[test]
    fn a_file_for_xero_has_300_lines_at_most_and_whole_entries() {
        let month = Month::parse("2026-04").unwrap();
        let mut made = RevisionEntries::new(month, "r001", Detail::Document);
        for number in 0..250 {
            let subject =
                Subject { account: Some(format!("a{number:03}").as_str().into()), document: None };
            let postings =
                [(Account::Unbilled, 9), (Account::Overage, -4), (Account::Subscription, -5)];
            let some = if number % 2 == 0 { 3 } else { 2 };
            let rest = if some == 2 { (Account::Overage, -5) } else { (Account::Unbilled, 0) };
            made.post(month.last_day(), Kind::Accrued, &subject, &postings[..some]);
            made.post(month.last_day(), Kind::Accrued, &subject, &[rest]);
        }
        let entries = made.finish(None);
        let page = Page {
            month,
            currency: Currency::parse("USD").unwrap(),
            entries: &entries,
            names: &AccountNames::default(),
        };
        let files = xero(&page).unwrap();
        let sizes: Vec<_> =
            files.iter().map(|(name, text)| (name.as_str(), text.lines().count() - 1)).collect();
        assert_eq!(sizes, [("xero-001.csv", 300), ("xero-002.csv", 300), ("xero-003.csv", 25)]);
        for (_, text) in files {
            let amounts = text.lines().skip(1).map(|line| line.rsplit(',').next().unwrap());
            let cents = amounts.map(|amount| amount.replace('.', "").parse::<i64>().unwrap());
            assert_eq!(cents.sum::<i64>(), 0);
        }
    }
}
