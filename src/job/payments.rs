//! Where payments are and how they are read, as it was typed or as the job file says.

use super::dialects::{CsvSettings, csv_dialect};
use super::job_file::{JobFile, Layers};
use super::settings::{PaymentSettings, Settings};
use crate::base::calendar::Month;
use crate::base::error::Result;
use crate::input::logs::CsvDialect;

/// What is said of payments, and how their CSV is written.
#[derive(Debug, Clone)]
pub struct Payments {
    /// All that is said.
    pub said: PaymentSettings,
    /// What it says of CSV, understood.
    pub csv: CsvDialect,
}

/// What was typed of payments, and what the job file says where nothing was. A path with
/// `{month}` is one for each of the months that are asked for.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where the job file cannot be understood.
pub fn payments(typed: PaymentSettings, job_file: &JobFile, months: &[Month]) -> Result<Payments> {
    let typed = Settings { payments: typed, ..Settings::default() };
    let said = Layers::read(&typed, job_file.path())?;
    let (typed, file) = (&typed.payments, &said.file.payments);
    let mut paths = Vec::new();
    for month in months {
        for path in said.paths(|settings| &settings.payments.paths, Some(*month))? {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
    }
    let words = |of: fn(&PaymentSettings) -> &Vec<String>| match of(typed).is_empty() {
        true => of(file).clone(),
        false => of(typed).clone(),
    };
    let delimiter = typed.csv.delimiter.as_ref().or(file.csv.delimiter.as_ref());
    let decimal = typed.csv.decimal.as_ref().or(file.csv.decimal.as_ref());
    let was_typed = typed.csv.delimiter.is_some() || typed.csv.decimal.is_some();
    let dialect = csv_dialect(delimiter.map(String::as_str), decimal.map(String::as_str))
        .map_err(|error| said.blame(error, was_typed, "payments.csv"))?;
    let csv = CsvSettings { delimiter: delimiter.cloned(), decimal: decimal.cloned() };
    let said = PaymentSettings {
        paths,
        map: said.mapping(|settings| &settings.payments.map),
        csv,
        kinds: words(|said| &said.kinds),
        refund_kinds: words(|said| &said.refund_kinds),
        other_kinds: words(|said| &said.other_kinds),
        payout_kinds: words(|said| &said.payout_kinds),
        minor_units: typed.minor_units || file.minor_units,
        tolerance: typed.tolerance.clone().or_else(|| file.tolerance.clone()),
    };
    Ok(Payments { said, csv: dialect })
}
