//! Cells of an export of payments: amounts, instants and currencies, as providers write them.

use crate::base::calendar::{EpochUnit, Instant, InstantFault, InstantForms};
use crate::base::money::{Currency, Money, MoneyFault, parse_signed};

/// Why a cell cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// What is wrong.
    pub reason: String,
    /// What should be there.
    pub expected: String,
    /// What to do about it.
    pub remedy: &'static str,
}

/// A cell that cannot be read: what is wrong, what should be there, what to do about it.
pub fn unreadable(reason: &str, expected: &str, remedy: &'static str) -> Unreadable {
    Unreadable { reason: reason.to_owned(), expected: expected.to_owned(), remedy }
}

/// An amount in digits, thousands set off by commas or not; of minor units where `minor_units`
/// says so. Negative is given back.
///
/// # Errors
/// It is no amount of the currency.
pub fn amount(text: &str, currency: Currency, minor_units: bool) -> Result<Money, Unreadable> {
    const PLAIN: &str = "write amounts in plain digits, without signs of currency";
    let decimals = if minor_units { 0 } else { u32::from(currency.decimals()) };
    let expected = match minor_units {
        true => "minor units as a whole number: 2000 is 20.00 where there are two decimals",
        false => "an amount in plain digits, such as 20.00 or -20.00",
    };
    let grouped = if minor_units { None } else { without_thousands(text) };
    parse_signed(grouped.as_deref().unwrap_or(text), decimals).map_err(|fault| match fault {
        _ if text.is_empty() => unreadable("is empty", expected, "fill in the amount"),
        MoneyFault::TooFine(_) if minor_units => {
            unreadable("is no whole number", expected, "leave out --minor-units for such an export")
        }
        MoneyFault::TooFine(_) => {
            let reason = format!("is finer than a minor unit of {}", currency.code());
            unreadable(&reason, expected, "export amounts as they were charged")
        }
        MoneyFault::TooLarge => unreadable("is too large", expected, "look for a wrong amount"),
        MoneyFault::NotANumber | MoneyFault::Negative => {
            unreadable("is no amount", expected, PLAIN)
        }
    })
}

/// `1,234.56` as `1234.56`, as PayPal writes it; nothing where it could be read in another way, as
/// `1,234` could.
fn without_thousands(text: &str) -> Option<String> {
    let (whole, fraction) = text.split_once('.')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let mut groups = whole.strip_prefix('-').unwrap_or(whole).split(',');
    let first = groups.next().is_some_and(|first| digits(first) && first.len() <= 3);
    let rest = groups.all(|group| digits(group) && group.len() == 3);
    (first && rest && digits(fraction)).then(|| text.replace(',', ""))
}

/// An instant as logs write it; a date and time without an offset, or a date, in UTC; or seconds
/// since 1970-01-01T00:00:00Z.
///
/// # Errors
/// It is none of these.
pub fn moment(text: &str) -> Result<Instant, Unreadable> {
    let expected = "2026-05-01T03:12:00Z, 2026-05-01 03:12 (UTC), or whole seconds since 1970";
    let fault = |reason: &str| {
        unreadable(
            reason,
            expected,
            "export times in one of these forms, or read none with --map at=",
        )
    };
    let forms = InstantForms { assume_utc: true, numbers: Some(EpochUnit::Seconds) };
    match Instant::parse_as(text, forms) {
        _ if text.is_empty() => Err(fault("is empty")),
        Ok(instant) if !text.starts_with('-') => Ok(instant),
        Err(InstantFault::TooFine) => Err(fault("is finer than a microsecond")),
        Err(InstantFault::OutOfRange) => Err(fault("is a leap second or out of range")),
        Ok(_) | Err(_) => Err(fault("is no instant")),
    }
}

/// The currency of a code in any case; the book's where there is none.
///
/// # Errors
/// ISO 4217 does not know it.
pub fn currency(code: &str, of_book: Currency) -> Result<Currency, Unreadable> {
    if code.is_empty() {
        return Ok(of_book);
    }
    Currency::parse(&code.to_ascii_uppercase()).ok_or_else(|| {
        let expected = "a code of ISO 4217, such as USD or usd";
        unreadable("is no currency", expected, "correct the code, or map the right column")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd() -> Currency {
        Currency::parse("USD").unwrap()
    }

    #[test]
    fn times_read_as_stripe_and_others_write_them() {
        let same = [
            "2026-05-01T03:12:00Z",
            "2026-05-01T05:12:00+02:00",
            "2026-05-01 03:12",
            "2026-05-01 03:12:00",
            "2026-05-01 03:12:00.000",
            "2026-05-01 03:12:00 UTC",
            "2026-05-01T03:12",
            "1777605120",
        ];
        for text in same {
            assert_eq!(moment(text).map(|at| at.to_string()), Ok(same[0].to_owned()), "{text}");
        }
        assert_eq!(moment("2026-05-01").unwrap().to_string(), "2026-05-01T00:00:00Z");
        for bad in ["", "5/1/2026 3:12", "2026-05-01x03:12", "1777605120000000", "-5", "2026-05-1é"]
        {
            assert!(moment(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn amounts_read_exactly_or_not_at_all() {
        let minor = |text, minor_units| amount(text, usd(), minor_units).map(Money::minor).ok();
        for (text, plain, cents) in [
            ("20.00", Some(2000), Some(20)),
            ("20", Some(2000), Some(20)),
            ("-20.5", Some(-2050), None),
            ("-2000", Some(-200_000), Some(-2000)),
            ("20.0", Some(2000), Some(20)),
            ("20.001", None, None),
            ("1,000.00", Some(100_000), None),
            ("-1,234,567.8", Some(-123_456_780), None),
            ("1,000", None, None),
            ("1,0000.00", None, None),
            ("1000,000.00", None, None),
            (",100.00", None, None),
            ("1.000,00", None, None),
            ("20,00", None, None),
            ("$5", None, None),
            ("(5.00)", None, None),
            ("1e3", None, None),
            ("", None, None),
        ] {
            assert_eq!((minor(text, false), minor(text, true)), (plain, cents), "{text}");
        }
    }

    #[test]
    fn currencies_read_in_any_case() {
        let eur = Currency::parse("EUR").unwrap();
        assert_eq!(currency("eur", usd()), Ok(eur));
        assert_eq!(currency("", usd()), Ok(usd()));
        assert!(currency("usdc", usd()).is_err());
    }
}
