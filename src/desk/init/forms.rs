//! How a log writes what it could write in several ways: instants, delimiter, decimals.

use std::collections::BTreeMap;

use super::conclusion::{Conclusion, Looking, quoted, shown};
use crate::base::calendar::{EpochUnit, Instant, InstantFault, InstantForms, Month};
use crate::base::credits::Credits;
use crate::input::logs::{CsvDialect, Format};

/// What stands between the cells, as a conclusion.
pub fn delimiter(look: &mut Looking<'_>) {
    let Looking { sample, log, dialect, told, .. } = look;
    let Some(delimiter) = sample.delimiter.filter(|&delimiter| delimiter != b',') else { return };
    dialect.csv.delimiter = delimiter;
    let sign =
        if delimiter == b'\t' { "tab".to_owned() } else { char::from(delimiter).to_string() };
    let evidence = format!("{} columns in the header", sample.names.len());
    let line = format!("csv.{log}.delimiter = {}", quoted(&sign));
    told.push(Conclusion::line("delimiter", line, evidence));
}

/// What the instants of a column are.
pub fn instants(look: &mut Looking<'_>, at: usize) {
    let Looking { sample, log, dialect, told, ask } = look;
    let (mut naive, mut first_naive, mut units) = (0, "", BTreeMap::<&str, (usize, &str)>::new());
    for cell in sample.cells(at) {
        match Instant::parse(cell) {
            Err(InstantFault::NoOffset) => {
                naive += 1;
                first_naive = if first_naive.is_empty() { cell } else { first_naive };
            }
            Err(InstantFault::Number) => {
                let unit = EpochUnit::likely(cell).map_or("of no unit", EpochUnit::name);
                units.entry(unit).or_insert((0, cell)).0 += 1;
            }
            _ => {}
        }
    }
    let of = sample.rows.len();
    let unit = units.iter().max_by_key(|(_, (rows, _))| *rows);
    if let Some((name, (rows, first))) = unit {
        let line = format!("instants.{log} = {}", quoted(name));
        let evidence = format!("{rows} of {of} rows are such numbers, such as {}", shown(first));
        match name.parse::<EpochUnit>() {
            Ok(unit) if units.len() == 1 => {
                dialect.instants = Some(unit);
                told.push(Conclusion::line("instants", line, evidence));
            }
            _ => {
                let line = format!("instants.{log} = \"…\"");
                let evidence = format!("numbers of several units, such as {}", shown(first));
                told.push(Conclusion::open("instants", line, evidence));
            }
        }
    }
    if naive > 0 {
        let line = format!("assume_utc.{log} = true");
        let evidence = format!(
            "{naive} of {of} rows have no offset, such as {}: taken to be in UTC, since nothing says \
             otherwise; local times would fall into the wrong month",
            shown(first_naive)
        );
        let options = ["yes".to_owned(), "no, or I do not know".to_owned()];
        let question =
            format!("Are times such as {} of {} in UTC?", shown(first_naive), sample.file);
        match ask(&question, &options) {
            Some(1) => {
                told.push(Conclusion::open("instants", line, "times without an offset: in UTC?"))
            }
            _ => {
                dialect.assume_utc = true;
                told.push(Conclusion::line("instants", line, evidence));
            }
        }
    }
}

/// What stands before the decimals of a column of CSV.
pub fn decimals(look: &mut Looking<'_>, at: usize) {
    let Looking { sample, dialect, told, ask, .. } = look;
    if sample.format != Format::Csv {
        return;
    }
    let with = |sign: char| -> Vec<&str> {
        sample.cells(at).filter(|cell| cell.matches(sign).count() == 1).collect()
    };
    let (commas, points, of) = (with(','), with('.'), sample.rows.len());
    let left_open = |evidence: String| {
        Conclusion::open("decimals", "csv.usage.decimal = \"…\"".to_owned(), evidence)
    };
    let (cells, sign) = match (commas.first(), points.first()) {
        (Some(_), None) => (&commas, ','),
        // A point is read as it is, unless the file may be of those that put it between thousands.
        (None, Some(_)) if dialect.csv.delimiter == b';' => (&points, '.'),
        (Some(comma), Some(point)) => {
            let (point, comma) = (shown(point), shown(comma));
            let evidence = format!("numbers have points and commas, such as {point} and {comma}");
            return told.push(left_open(evidence));
        }
        _ => return,
    };
    let (first, rows) = (shown(cells[0]), cells.len());
    if cells.iter().all(|cell| may_be_thousands(cell, sign)) {
        let question = format!("In {first} of {}, what does {sign} stand before?", sample.file);
        let options = ["decimals".to_owned(), "thousands".to_owned()];
        match ask(&question, &options) {
            Some(0) => {}
            Some(_) => {
                return told.push(left_open(format!(
                    "numbers such as {first} have signs between thousands: export the log without them"
                )));
            }
            None => {
                return told.push(left_open(format!(
                    "`{sign}` stands before three digits in all of {rows} rows, such as {first}: \
                     before decimals, or before thousands?"
                )));
            }
        }
    }
    if sign == ',' && cells.iter().all(|cell| Credits::parse(&cell.replace(',', ".")).is_ok()) {
        dialect.csv = CsvDialect { decimal: b',', ..dialect.csv };
        let evidence =
            format!("{rows} of {of} rows have one, such as {first}, and none has a point");
        let line = "csv.usage.decimal = \",\"".to_owned();
        told.push(Conclusion::line("decimals", line, evidence));
    }
}

/// Whether a sign in a number may stand between thousands: before three digits, and not after a zero.
fn may_be_thousands(cell: &str, sign: char) -> bool {
    cell.split_once(sign).is_some_and(|(whole, rest)| {
        rest.len() == 3 && (1..=3).contains(&whole.len()) && !whole.starts_with('0')
    })
}

/// The first month of a column of instants.
pub fn first_month(Looking { sample, dialect, .. }: &Looking<'_>, at: usize) -> Option<Month> {
    let forms = InstantForms { assume_utc: dialect.assume_utc, numbers: dialect.instants };
    let instants = sample.cells(at).filter_map(|cell| Instant::parse_as(cell, forms).ok());
    instants.min().map(Month::of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_not_taken_for_decimals() {
        for (cell, may_be) in [
            ("1,234", true),
            ("12,500", true),
            ("0,500", false),
            ("1,5", false),
            ("1234,500", false),
        ] {
            assert_eq!(may_be_thousands(cell, ','), may_be, "{cell}");
        }
    }
}
