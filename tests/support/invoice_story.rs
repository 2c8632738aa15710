//! A month whose documents are hard to print: 200 lines on one, ids of 256 bytes, texts of many scripts.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::{Outcome, monthend, run};

/// The lines of the first document: a month's price, the upgrades, the overage.
pub const LINES: usize = 201;

/// Names that a page must hold as they are.
pub const NAMES: [&str; 6] = [
    "株式会社アン & Söhne",
    "آن للتجارة والخدمات",
    "Анна и Ко <b>",
    "ऐन प्राइवेट लिमिटेड",
    "บริษัท แอน จำกัด",
    "אן ושות׳ 👩\u{200d}💻",
];

/// What the seller's file says.
pub const SELLER: &str = r#"
name = "Acme & Söhne GmbH"
address = ["Hauptstraße 1", "10115 Berlin"]
tax_number = "DE123456789"
email = "billing@acme.example"
payment_terms = "Payable within 14 days.\nIBAN DE02 1203 0000 0000 2020 51"
logo = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="
"#;

/// The ids of the accounts, in the order of their documents.
pub fn accounts() -> [String; 3] {
    ["a".repeat(256), "\u{202e}<script>alert(1)</script>".to_owned(), "界".repeat(85)]
}

/// Publishes the month in `folder/book`, and exports it into `folder/pages`; gives the pages, by number.
///
/// # Errors
/// A command fails.
pub fn pages(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let plans = LINES - 1;
    let mut catalog =
        "name = \"Many\"\nin_force_from = 2025-01-01\ncurrency = \"USD\"\n".to_owned();
    for plan in 0..=plans {
        write!(
            catalog,
            "[[plan]]\nid = \"p{plan}\"\nname = \"Σχέδιο {plan} 計画 خطة\"\n\
             price = \"{plan}00000000.00\"\ncredits = {plan}\n"
        )?;
        if plan > 0 {
            catalog.push_str("overage_rate = \"0.0375\"\n");
        }
    }
    let mut changes = "change_id,account_id,at,change,plan\n".to_owned();
    let mut usage = "event_id,account_id,at,credits\n".to_owned();
    let mut buyers = "account_id,name,address,email\n".to_owned();
    for (number, account) in accounts().iter().enumerate() {
        writeln!(changes, "s{number},{account},2026-03-01T00:00:00Z,signup,p1")?;
        writeln!(changes, "o{number},{account},2026-03-01T00:00:01Z,overage_on,")?;
        writeln!(usage, "e{number},{account},2026-04-29T00:00:00Z,123456789.125")?;
        writeln!(
            buyers,
            "{account},\"{}\",\"{}\",{}",
            NAMES[2 * number],
            NAMES[2 * number + 1],
            "x".repeat(300)
        )?;
    }
    for plan in 2..=plans {
        let (day, hour) = (1 + plan / 8, 3 * (plan % 8));
        writeln!(
            changes,
            "u{plan},{},2026-04-{day:02}T{hour:02}:00:00Z,plan,p{plan}",
            accounts()[0]
        )?;
    }
    let path = |name: &str| folder.join(name);
    for (name, text) in [
        ("catalog.toml", catalog.as_str()),
        ("changes.csv", &changes),
        ("usage.csv", &usage),
        ("buyers.csv", &buyers),
        ("seller.toml", SELLER),
    ] {
        fs::write(path(name), text)?;
    }
    let mut bill = monthend(["run", "--month", "2026-04", "--opening", "genesis"]);
    bill.arg("--catalog").arg(path("catalog.toml")).arg("--changes").arg(path("changes.csv"));
    run(bill.arg("--usage").arg(path("usage.csv")).arg("--book").arg(path("book")), 0)?;
    let mut export = monthend(["export", "invoice", "--month", "2026-04"]);
    export.arg("--seller").arg(path("seller.toml")).arg("--buyers").arg(path("buyers.csv"));
    run(export.arg("--book").arg(path("book")).arg("--out").arg(path("pages")), 0)?;
    Ok((1..=3).map(|number| path("pages").join(format!("INV-2026-04-{number:08}.html"))).collect())
}
