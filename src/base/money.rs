//! Money: integers of a currency's minor unit, rates, and the one place that rounds (F9).

use std::fmt;
use std::iter::Sum;
use std::ops::AddAssign;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize, Serializer};

use crate::base::credits::{Credits, MICROS};
use crate::base::digits::{decimal_with_thousands, plain_decimal};

/// Decimal places of rates and unit prices in the tables: DECIMAL(18,6).
pub const RATE_SCALE: u32 = 6;
const RATE_UNITS: i128 = 10_i128.pow(RATE_SCALE);

/// The largest absolute value that DECIMAL(18,·) holds.
const DECIMAL18_MAX: i128 = 999_999_999_999_999_999;

/// A currency of ISO 4217 and its number of decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Currency {
    code: iso_currency::Currency,
    decimals: u8,
}

impl Currency {
    /// The currency of a three-letter code, if ISO 4217 knows it and gives it a minor unit.
    pub fn parse(code: &str) -> Option<Self> {
        let code = iso_currency::Currency::from_code(code)?;
        let decimals = u8::try_from(code.exponent()?).ok()?;
        Some(Currency { code, decimals })
    }

    /// The three-letter code.
    pub fn code(self) -> &'static str {
        self.code.code()
    }

    /// Decimals of the minor unit: 2 for USD, 0 for JPY, 3 for KWD.
    pub fn decimals(self) -> u8 {
        self.decimals
    }

    /// Minor units in one unit: 100 for USD.
    pub fn minor_units(self) -> i128 {
        10_i128.pow(u32::from(self.decimals))
    }

    /// An amount of it, for people by `Display`.
    pub fn amount(self, money: impl Into<i128>) -> Amount {
        Amount { minor: money.into(), currency: self }
    }

    /// An amount of this currency in plain digits, such as `20.00`.
    pub fn plain(self, amount: Money) -> String {
        plain_decimal(i128::from(amount.0), u32::from(self.decimals))
    }
}

/// An amount in minor units of the catalogue's currency. Tables write DECIMAL(18, decimals).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i64);

/// Sums of the amounts of documents or of their lines, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amounts {
    /// Fees.
    #[serde(with = "crate::base::number_text")]
    pub subscription: i128,
    /// Grants that cost something (G4).
    #[serde(with = "crate::base::number_text")]
    pub grants: i128,
    /// Adjustments (A1).
    #[serde(with = "crate::base::number_text")]
    pub adjustments: i128,
    /// Overage.
    #[serde(with = "crate::base::number_text")]
    pub overage: i128,
    /// All together.
    #[serde(with = "crate::base::number_text")]
    pub total: i128,
}

impl AddAssign for Amounts {
    fn add_assign(&mut self, other: Self) {
        self.subscription += other.subscription;
        self.grants += other.grants;
        self.adjustments += other.adjustments;
        self.overage += other.overage;
        self.total += other.total;
    }
}

impl Sum for Amounts {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Amounts::default(), |mut sums, one| {
            sums += one;
            sums
        })
    }
}

/// An amount is larger than DECIMAL(18,·) holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLarge;

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("is too large for DECIMAL(18)")
    }
}

impl std::error::Error for TooLarge {}

impl Money {
    /// Nothing.
    pub const ZERO: Money = Money(0);

    /// An amount from minor units.
    ///
    /// # Errors
    /// [`TooLarge`], here and where amounts are worked out.
    pub fn from_minor(minor: i128) -> Result<Self, TooLarge> {
        let value = i64::try_from(minor).map_err(|_| TooLarge)?;
        if minor.abs() <= DECIMAL18_MAX { Ok(Money(value)) } else { Err(TooLarge) }
    }

    /// What a table says in minor units.
    pub fn of_table(minor: i64) -> Self {
        Money(minor)
    }

    /// Minor units.
    pub fn minor(self) -> i64 {
        self.0
    }

    /// The sum.
    ///
    /// # Errors
    /// [`TooLarge`]
    pub fn plus(self, other: Money) -> Result<Money, TooLarge> {
        Money::from_minor(i128::from(self.0) + i128::from(other.0))
    }

    /// The difference.
    ///
    /// # Errors
    /// [`TooLarge`]
    pub fn minus(self, other: Money) -> Result<Money, TooLarge> {
        Money::from_minor(i128::from(self.0) - i128::from(other.0))
    }

    /// The amount × `numerator` / `denominator`, rounded once (F9).
    ///
    /// # Errors
    /// [`TooLarge`]
    pub fn prorated(
        self,
        numerator: i64,
        denominator: i64,
        rounding: Rounding,
    ) -> Result<Money, TooLarge> {
        let product = i128::from(self.0).checked_mul(i128::from(numerator)).ok_or(TooLarge)?;
        Money::from_minor(rounding.divide(product, i128::from(denominator)))
    }

    /// The amount as a number of a unit price's scale (see [`RATE_SCALE`]).
    pub fn as_unit_price(self, currency: Currency) -> i128 {
        i128::from(self.0) * RATE_UNITS / currency.minor_units()
    }
}

/// An amount of a currency, or a sum that may be larger than a table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    /// Minor units.
    pub minor: i128,
    /// The currency.
    pub currency: Currency,
}

impl Amount {
    /// The amount of a currency that is written so, with all its decimals.
    pub fn parse(plain: &str, currency: Currency) -> Option<Self> {
        let minor = plain.replacen('.', "", 1).parse().ok()?;
        Some(Amount { minor, currency }).filter(|amount| amount.plain() == plain)
    }

    /// Plain digits, such as `20.00`.
    pub fn plain(self) -> String {
        plain_decimal(self.minor, u32::from(self.currency.decimals()))
    }

    /// What it adds to a sum, as people write it: ` + 5.00 grants`, ` - 20.00 adjustments`.
    pub fn as_term(self, what: &str) -> String {
        let sign = if self.minor < 0 { '-' } else { '+' };
        format!(" {sign} {} {what}", Amount { minor: self.minor.abs(), ..self })
    }

    /// As [`Amount::as_term`], and nothing where it is 0.
    pub fn as_term_if_any(self, what: &str) -> String {
        if self.minor == 0 { String::new() } else { self.as_term(what) }
    }
}

impl fmt::Display for Amount {
    /// For people: with commas between thousands.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&decimal_with_thousands(self.minor, u32::from(self.currency.decimals())))
    }
}

impl Serialize for Amount {
    /// For machines: plain digits, as text.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.plain())
    }
}

impl Serialize for Currency {
    /// The code.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.code())
    }
}

impl Sum<Money> for i128 {
    /// A sum that may be larger than a table holds.
    fn sum<I: Iterator<Item = Money>>(parts: I) -> i128 {
        parts.map(i128::from).sum()
    }
}

impl From<Money> for i128 {
    /// Minor units.
    fn from(amount: Money) -> i128 {
        amount.0.into()
    }
}

/// A price for one credit, exact to [`RATE_SCALE`] decimals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(i64);

impl Rate {
    /// What a table says in units of 10⁻⁶.
    pub fn of_table(scaled: i64) -> Self {
        Rate(scaled)
    }

    /// The rate in units of 10⁻⁶.
    pub fn scaled(self) -> i128 {
        i128::from(self.0)
    }

    /// What `credits` cost: credits × rate, rounded once to the minor unit (O4).
    ///
    /// # Errors
    /// [`TooLarge`]
    pub fn charge(
        self,
        credits: Credits,
        currency: Currency,
        rounding: Rounding,
    ) -> Result<Money, TooLarge> {
        let exact = i128::from(credits.micros()).checked_mul(i128::from(self.0));
        let numerator = exact.and_then(|exact| exact.checked_mul(currency.minor_units()));
        let numerator = numerator.ok_or(TooLarge)?;
        Money::from_minor(rounding.divide(numerator, i128::from(MICROS) * RATE_UNITS))
    }
}

impl fmt::Display for Rate {
    /// Without trailing zeros, but with two decimals at least: `0.04`, `0.0375`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = plain_decimal(i128::from(self.0), RATE_SCALE);
        let keep = text.len() - 4; // two of the six decimals
        f.write_str(&text[..keep])?;
        f.write_str(text[keep..].trim_end_matches('0'))
    }
}

/// How an exact amount becomes one of minor units (F9).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Rounding {
    /// Half away from zero.
    #[default]
    HalfUp,
    /// Half to the even neighbour.
    HalfEven,
}

impl Rounding {
    /// `numerator` / `denominator` as an integer; the denominator is positive.
    pub fn divide(self, numerator: i128, denominator: i128) -> i128 {
        let (quotient, rest) = (numerator / denominator, numerator % denominator);
        let away = match (rest.abs() * 2).cmp(&denominator) {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Greater => true,
            std::cmp::Ordering::Equal => self == Rounding::HalfUp || quotient % 2 != 0,
        };
        quotient + if away { numerator.signum() } else { 0 }
    }
}

/// Why a text is no price or rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoneyFault {
    /// Not plain decimal digits.
    NotANumber,
    /// Less than zero.
    Negative,
    /// More decimals than the given number.
    TooFine(u32),
    /// More than DECIMAL(18,·) holds.
    TooLarge,
}

impl fmt::Display for MoneyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MoneyFault::NotANumber => f.write_str("is not a decimal number such as 20.00"),
            MoneyFault::Negative => f.write_str("is negative"),
            MoneyFault::TooFine(decimals) => write!(f, "has more than {decimals} decimals"),
            MoneyFault::TooLarge => f.write_str("is too large for DECIMAL(18)"),
        }
    }
}

/// Reads an amount of a currency from plain digits.
pub fn parse_amount(text: &str, currency: Currency) -> Result<Money, MoneyFault> {
    parse_scaled(text, u32::from(currency.decimals)).map(Money)
}

/// Reads an amount that may be negative, of at most `decimals` decimals, as an integer of the last
/// of them: with 2, `20.00` is 2000; with 0, whole numbers are what they are.
///
/// # Errors
/// Why it is no such amount.
pub fn parse_signed(text: &str, decimals: u32) -> Result<Money, MoneyFault> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.starts_with('-') {
        return Err(MoneyFault::NotANumber);
    }
    let size = parse_scaled(digits, decimals)?;
    Ok(Money(if digits.len() < text.len() { -size } else { size }))
}

/// Reads a rate from plain digits; at most [`RATE_SCALE`] decimals, since tables hold no more.
pub fn parse_rate(text: &str) -> Result<Rate, MoneyFault> {
    parse_scaled(text, RATE_SCALE).map(Rate)
}

fn parse_scaled(text: &str, scale: u32) -> Result<i64, MoneyFault> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'));
    let value = Decimal::from_str_exact(text).ok().filter(|_| plain);
    let value = value.ok_or(MoneyFault::NotANumber)?.normalize();
    if value.is_sign_negative() && !value.is_zero() {
        return Err(MoneyFault::Negative);
    }
    if value.scale() > scale {
        return Err(MoneyFault::TooFine(scale));
    }
    let scaled = value.mantissa().checked_mul(10_i128.pow(scale - value.scale()));
    let scaled = scaled.filter(|&s| s <= DECIMAL18_MAX).ok_or(MoneyFault::TooLarge)?;
    i64::try_from(scaled).map_err(|_| MoneyFault::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd() -> Currency {
        Currency::parse("USD").unwrap()
    }

    #[test]
    fn both_roundings_differ_only_on_ties() {
        for (numerator, up, even) in [(5, 3, 2), (15, 8, 8), (-5, -3, -2), (4, 2, 2), (7, 4, 4)] {
            assert_eq!(Rounding::HalfUp.divide(numerator, 2), up, "{numerator}/2");
            assert_eq!(Rounding::HalfEven.divide(numerator, 2), even, "{numerator}/2");
        }
        assert_eq!(Rounding::HalfUp.divide(1, 3), 0);
        assert_eq!(Rounding::HalfUp.divide(-2, 3), -1);
    }

    #[test]
    fn overage_is_charged_exactly() {
        let rate = parse_rate("0.04").unwrap();
        let over = Credits::parse("3603.25").unwrap().credits;
        assert_eq!(usd().plain(rate.charge(over, usd(), Rounding::HalfUp).unwrap()), "144.13");
        assert_eq!(rate.to_string(), "0.04");
        assert_eq!(parse_rate("0.0375").unwrap().to_string(), "0.0375");
    }

    #[test]
    fn amounts_are_refused_with_their_reason() {
        let fault = |text| parse_amount(text, usd()).unwrap_err();
        assert_eq!(parse_amount("20.00", usd()).unwrap().minor(), 2000);
        assert_eq!(parse_amount("20.0000", usd()).unwrap().minor(), 2000);
        assert_eq!(fault("20.001"), MoneyFault::TooFine(2));
        assert_eq!(fault("-1"), MoneyFault::Negative);
        assert!(parse_amount("9999999999999999.99", usd()).is_ok());
        assert_eq!(fault("10000000000000000.00"), MoneyFault::TooLarge);
        for text in ["", "1e3", "1,000", "$5", "1_000", " 1", "0.1.2"] {
            assert_eq!(fault(text), MoneyFault::NotANumber, "{text}");
        }
        let yen = Currency::parse("JPY").unwrap();
        assert_eq!(parse_signed("-20.5", 2).map(Money::minor), Ok(-2050));
        assert_eq!(parse_signed("-2050.0", 0).map(Money::minor), Ok(-2050));
        assert_eq!(parse_signed("--1", 2), Err(MoneyFault::NotANumber));
        assert_eq!(parse_amount("20.5", yen), Err(MoneyFault::TooFine(0)));
        assert_eq!(Currency::parse("XYZ"), None);
    }
}
