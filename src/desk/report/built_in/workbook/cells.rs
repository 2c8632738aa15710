//! The cells of a workbook: what each kind is written as, and in which format.

use chrono::Datelike as _;
use rust_xlsxwriter::{ExcelDateTime, Format, FormatAlign, FormatBorder, Worksheet, XlsxError};

use super::super::model::{Cell, CellKind};
use crate::base::calendar::Month;
use crate::base::digits::{plain_decimal, short_decimal};
use crate::base::money::Currency;

/// The first number that has more digits than a spreadsheet keeps, which are 15.
const TOO_LONG: u128 = 10_u128.pow(15);

/// The format of text, `@`, by its number. Without it a cell that is edited, if only to be left again, is guessed anew.
const TEXT: u8 = 49;

/// A place: row and column from 0 on.
pub(super) type At = (u32, u16);

/// Writes a cell, unless there is nothing in it.
///
/// # Errors
/// The sheet has no such row, or the cell not as many characters.
pub(super) fn write(
    sheet: &mut Worksheet,
    at: At,
    cell: &Cell,
    kind: CellKind,
    currency: Currency,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty => Ok(()),
        Cell::Text(text) => write_text(sheet, at, text, &Format::new()),
        Cell::Month(month) => write_month(sheet, at, *month),
        Cell::Number(number) => match to_double(*number, kind.decimals(currency)) {
            Some(double) => {
                let format = Format::new().set_num_format(number_format(*number, kind, currency));
                sheet.write_number_with_format(at.0, at.1, double, &format).map(drop)
            }
            None => {
                let format = Format::new().set_align(FormatAlign::Right);
                write_text(sheet, at, &cell.plain(kind, currency), &format)
            }
        },
    }
}

/// Writes text that is nothing else, whatever it looks like.
///
/// # Errors
/// See [`write()`].
pub(super) fn write_text(
    sheet: &mut Worksheet,
    (row, column): At,
    text: &str,
    format: &Format,
) -> Result<(), XlsxError> {
    let format = format.clone().set_num_format_index(TEXT);
    // The library takes such a text for markup of its own, unless it makes the markup itself.
    if text.starts_with("<r>") && text.ends_with("</r>") {
        let whole = [(&Format::new(), text)];
        return sheet.write_rich_string_with_format(row, column, &whole, &format).map(drop);
    }
    sheet.write_string_with_format(row, column, text, &format).map(drop)
}

/// Writes a month: its first day, shown as the month.
///
/// # Errors
/// See [`write()`].
pub(super) fn write_month(sheet: &mut Worksheet, at: At, month: Month) -> Result<(), XlsxError> {
    let format = Format::new().set_num_format("yyyy-mm").set_align(FormatAlign::Left);
    match first_day(month) {
        Some(day) => sheet.write_datetime_with_format(at.0, at.1, &day, &format).map(drop),
        None => write_text(sheet, at, &month.to_string(), &Format::new()),
    }
}

/// The first day of a month as spreadsheets count days; none before 1901, since they count the days of 1900 in two
/// ways.
pub(super) fn first_day(month: Month) -> Option<ExcelDateTime> {
    let day = month.first_day();
    let (year, number) = (u16::try_from(day.year()).ok()?, u8::try_from(day.month()).ok()?);
    (year > 1900).then(|| ExcelDateTime::from_ymd(year, number, 1).ok()).flatten()
}

/// How a heading looks, which stands above its cells.
pub(super) fn heading_format(is_number: bool) -> Format {
    let align = if is_number { FormatAlign::Right } else { FormatAlign::Left };
    Format::new()
        .set_align(align)
        .set_bold()
        .set_background_color(0xE7_EC_F2)
        .set_border_bottom(FormatBorder::Thin)
}

/// Whether a cell's number has more digits than a spreadsheet keeps.
pub(super) fn is_too_long(cell: &Cell) -> bool {
    let significant = |number: i128| {
        let mut digits = number.unsigned_abs();
        while digits >= TOO_LONG && digits.is_multiple_of(10) {
            digits /= 10;
        }
        digits
    };
    cell.number().is_some_and(|number| significant(number) >= TOO_LONG)
}

/// The number that a spreadsheet has: the one door through which a float goes out. Of as many digits as it keeps, the
/// nearest double is told as those very digits again.
#[expect(clippy::disallowed_types, reason = "numbers of a workbook are doubles; none is added up")]
fn to_double(number: i128, decimals: u32) -> Option<f64> {
    match is_too_long(&Cell::Number(number)) {
        true => None,
        false => plain_decimal(number, decimals).parse().ok(),
    }
}

/// How a number is shown: amounts with their currency, negative ones in red, and credits with the decimals that they
/// have.
fn number_format(number: i128, kind: CellKind, currency: Currency) -> String {
    let digits = |decimals: usize| match decimals {
        0 => "#,##0".to_owned(),
        _ => format!("#,##0.{}", "0".repeat(decimals)),
    };
    match kind {
        CellKind::Money => {
            let amount = format!("[${}] {}", currency.code(), digits(currency.decimals().into()));
            format!("{amount};[Red]-{amount}")
        }
        CellKind::Credits => {
            let told = short_decimal(number, kind.decimals(currency));
            digits(told.split_once('.').map_or(0, |(_, decimals)| decimals.len()))
        }
        CellKind::Share => "0.0%".to_owned(),
        CellKind::Integer | CellKind::Text | CellKind::Id | CellKind::Month => digits(0),
    }
}

/// How wide a cell is, in characters, with some room on either side.
pub(super) fn width(cell: &Cell, kind: CellKind, currency: Currency) -> usize {
    let code = if kind == CellKind::Money { currency.code().len() + 1 } else { 0 };
    cell.told(kind, currency).chars().count() + code + 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_doubles_of_the_same_digits_or_none() {
        let most = 999_999_999_999_999;
        for number in [0, 1, 10, 123_456, most, most - 1, 700_000_000_000_001, 123_456_789_012_345]
        {
            for decimals in [0, 2, 3, 6] {
                for number in [number, -number] {
                    let told = to_double(number, decimals).unwrap().to_string();
                    assert_eq!(told, short_decimal(number, decimals));
                }
            }
        }
        // A zero at the end is no digit that must be kept.
        assert_eq!(to_double(9_999_999_999_999_990, 6).unwrap().to_string(), "9999999999.99999");
        for number in [most + 2, 9_999_999_999_999_991, -1_000_000_000_000_001, i128::MAX] {
            assert_eq!(to_double(number, 6), None, "{number}");
            assert!(is_too_long(&Cell::Number(number)));
        }
    }

    #[test]
    fn formats_follow_the_currency_and_the_decimals() {
        let [usd, jpy, bhd] = ["USD", "JPY", "BHD"].map(|code| Currency::parse(code).unwrap());
        for (number, kind, currency, format) in [
            (5, CellKind::Money, usd, "[$USD] #,##0.00;[Red]-[$USD] #,##0.00"),
            (5, CellKind::Money, jpy, "[$JPY] #,##0;[Red]-[$JPY] #,##0"),
            (5, CellKind::Money, bhd, "[$BHD] #,##0.000;[Red]-[$BHD] #,##0.000"),
            (5, CellKind::Integer, usd, "#,##0"),
            (5_000_000, CellKind::Credits, usd, "#,##0"),
            (5_250_000, CellKind::Credits, usd, "#,##0.00"),
            (1, CellKind::Credits, usd, "#,##0.000000"),
            (500_000, CellKind::Share, usd, "0.0%"),
        ] {
            assert_eq!(number_format(number, kind, currency), format);
        }
    }

    #[test]
    fn months_are_days_where_spreadsheets_agree_on_them() {
        let is_day = |text| first_day(Month::parse(text).unwrap()).is_some();
        assert!(is_day("2026-04") && is_day("1901-01") && is_day("9999-12"));
        assert!(!is_day("1900-12") && !is_day("0001-01"));
    }
}
