//! A book of April and May whose accounts and plans have names that a spreadsheet takes for something else, and a
//! figure that is longer than one that a spreadsheet keeps.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::{Outcome, monthend, run};

/// Ids of accounts, all of which are charged overage in April.
pub const IDS: [&str; 10] = [
    "5/30",
    "000123",
    "1e5",
    "=1+1",
    "12345678901234567890",
    "2026-04",
    "<r>a & b</r>",
    "_x0041_",
    "TRUE",
    "'quoted",
];

/// What the last of them uses in April: 16 digits.
const TOO_LONG: &str = "1234567890.123456";

/// Bills the two months in a currency, whose decimals are those of `price`. Gives the book.
///
/// # Errors
/// The command fails.
pub fn bill(folder: &Path, currency: &str, price: &str) -> Outcome<PathBuf> {
    let mut changes = "change_id,account_id,at,change,plan\n".to_owned();
    let mut usage = "event_id,account_id,at,credits\n".to_owned();
    for (number, id) in IDS.iter().enumerate() {
        writeln!(changes, "c{number},{id},2026-01-05T00:00:00Z,signup,3/4")?;
        writeln!(changes, "o{number},{id},2026-01-05T00:00:00Z,overage_on,")?;
        let credits = format!("100.{number}00001");
        let credits = if number + 1 == IDS.len() { TOO_LONG } else { &credits };
        writeln!(usage, "e{number},{id},2026-04-02T00:00:00Z,{credits}")?;
    }
    // In May three are charged the same: shares with a fraction.
    for (number, id) in IDS.iter().take(3).enumerate() {
        writeln!(usage, "m{number},{id},2026-05-02T00:00:00Z,150")?;
    }
    let catalogue = format!(
        "name = \"=2+2\"\nin_force_from = 2025-01-01\ncurrency = \"{currency}\"\n\
         [[plan]]\nid = \"free\"\nname = \"Free\"\nprice = \"0\"\ncredits = 10\n\
         [[plan]]\nid = \"3/4\"\nname = \"=3+3\"\nprice = \"{price}\"\ncredits = 50\noverage_rate = \"0.04\"\n"
    );
    let path = |name: &str| folder.join(name);
    for (name, text) in
        [("changes.csv", changes), ("usage.csv", usage), ("catalog.toml", catalogue)]
    {
        fs::write(path(name), text)?;
    }
    let mut bill =
        monthend(["run", "--month", "2026-04..2026-05", "--opening", "genesis", "--quiet"]);
    bill.arg("--catalog").arg(path("catalog.toml")).arg("--changes").arg(path("changes.csv"));
    bill.arg("--usage").arg(path("usage.csv")).arg("--book").arg(path("book"));
    run(&mut bill, 0)?;
    Ok(path("book"))
}

/// Whether a figure has more digits than a spreadsheet keeps.
pub fn is_too_long(plain: &str) -> bool {
    let digits: String = plain.chars().filter(char::is_ascii_digit).collect();
    digits.trim_matches('0').len() > 15
}
