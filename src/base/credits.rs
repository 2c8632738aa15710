//! Credits: exact integers of micro-credits (10⁻⁶), never a float; read exactly from text, decimals and doubles.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub};

use serde::{Serialize, Serializer};

use crate::base::digits::{plain_decimal, with_thousands};

/// Micro-credits in one credit.
pub const MICROS: i64 = 1_000_000;

/// A quantity of credits in micro-credits. Tables write it as DECIMAL(18,6).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Credits(i64);

impl Credits {
    /// No credits.
    pub const ZERO: Credits = Credits(0);
    /// One credit, or one piece where a quantity counts pieces.
    pub const ONE: Credits = Credits(MICROS);
    /// The most that DECIMAL(18,6) holds.
    pub const MAX: Credits = Credits(999_999_999_999_999_999);

    /// A quantity from micro-credits.
    ///
    /// # Errors
    /// Less than zero, or more than [`Credits::MAX`].
    pub fn from_micros(micros: i128) -> Result<Self, CreditsFault> {
        let value = i64::try_from(micros).ok().filter(|value| *value <= Credits::MAX.0);
        match value {
            _ if micros < 0 => Err(CreditsFault::Negative),
            None => Err(CreditsFault::Overflow),
            Some(value) => Ok(Credits(value)),
        }
    }

    /// What a table says in micro-credits: a note's quantity may be less than none, and a table
    /// that was changed may say anything.
    pub fn of_table(micros: i64) -> Self {
        Credits(micros)
    }

    /// Micro-credits.
    pub fn micros(self) -> i64 {
        self.0
    }

    /// The smaller of two quantities.
    pub fn min(self, other: Self) -> Self {
        Ord::min(self, other)
    }

    /// Whether there are none.
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl Sum<Credits> for i128 {
    /// A sum that may be larger than a table holds.
    fn sum<I: Iterator<Item = Credits>>(parts: I) -> i128 {
        parts.map(i128::from).sum()
    }
}

impl From<Credits> for i128 {
    /// Micro-credits.
    fn from(credits: Credits) -> i128 {
        credits.0.into()
    }
}

impl Add for Credits {
    type Output = Credits;
    fn add(self, other: Self) -> Self {
        Credits(self.0 + other.0)
    }
}

impl Sub for Credits {
    type Output = Credits;
    fn sub(self, other: Self) -> Self {
        Credits(self.0 - other.0)
    }
}

impl AddAssign for Credits {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sum for Credits {
    fn sum<I: Iterator<Item = Credits>>(parts: I) -> Self {
        parts.fold(Credits::ZERO, Add::add)
    }
}

impl Serialize for Credits {
    /// For machines: all six decimals, as text.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&plain_decimal(self.0.into(), 6))
    }
}

impl fmt::Display for Credits {
    /// For people: thousands separated, decimals only where there are any, such as `3,603.25`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0.unsigned_abs();
        let whole = with_thousands(micros / MICROS.unsigned_abs());
        let decimals = format!("{:06}", micros % MICROS.unsigned_abs());
        f.write_str(if self.0 < 0 { "-" } else { "" })?;
        match decimals.trim_end_matches('0') {
            "" => f.write_str(&whole),
            decimals => write!(f, "{whole}.{decimals}"),
        }
    }
}

/// Why a value is no quantity of credits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreditsFault {
    /// Not a decimal number.
    NotANumber,
    /// NaN or infinite.
    NotFinite,
    /// Less than zero.
    Negative,
    /// More than [`Credits::MAX`](Credits::MAX).
    Overflow,
}

impl fmt::Display for CreditsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CreditsFault::NotANumber => "is not a number; expected a decimal such as 6.70 or 1e-2",
            CreditsFault::NotFinite => "is not finite; expected a decimal of 0 or more",
            CreditsFault::Negative => "is negative; expected 0 or more",
            CreditsFault::Overflow => "is too large; expected less than 1,000,000,000,000 credits",
        })
    }
}

impl std::error::Error for CreditsFault {}

/// Credits as read, and by how much they were rounded to a micro-credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParsedCredits {
    /// The value, rounded half-even to a micro-credit.
    pub credits: Credits,
    /// Rounded value less exact value in units of 10⁻²⁴ credits (finer digits are dropped
    /// here, and only here); `None` where the value had no digits finer than a micro-credit.
    pub rounded_by: Option<i128>,
}

impl ParsedCredits {
    /// The credits, if no rounding was needed.
    #[inline]
    pub fn exact(self) -> Option<Credits> {
        Some(self.credits).filter(|_| self.rounded_by.is_none())
    }
}

/// Decimal places in which [`ParsedCredits::rounded_by`] is stated.
pub const ROUNDED_BY_SCALE: u32 = 24;

/// Micro-credits in the last digit, by the number of decimals.
const UNITS: [i64; 7] = [1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];

impl Credits {
    /// Reads decimal text with an optional exponent; no float takes part.
    #[inline]
    pub fn parse(text: &str) -> Result<ParsedCredits, CreditsFault> {
        match Credits::parse_usual(text.as_bytes()) {
            Some(credits) => Ok(ParsedCredits { credits, rounded_by: None }),
            None => Credits::parse_general(text.as_bytes()),
        }
    }

    /// Reads the form that nearly all logs use, such as `6.70`: digits without a sign, at most
    /// twelve before the point and six after it. All else is left to the general way.
    #[inline]
    fn parse_usual(text: &[u8]) -> Option<Self> {
        if let Some(credits) = Credits::parse_short(text) {
            return Some(credits);
        }
        let (mut digits, mut point) = (0_u64, text.len());
        if text.len() > 19 {
            return None;
        }
        for (at, byte) in text.iter().enumerate() {
            match byte {
                b'0'..=b'9' => digits = digits * 10 + u64::from(byte - b'0'),
                b'.' if point == text.len() => point = at,
                _ => return None,
            }
        }
        let decimals = text.len().saturating_sub(point + 1);
        let usual = point <= 12 && decimals <= 6 && point + decimals > 0;
        usual.then(|| Credits(digits.cast_signed() * UNITS[decimals]))
    }

    /// Reads four to eight such bytes at once, without a branch for each of them.
    #[inline]
    fn parse_short(text: &[u8]) -> Option<Self> {
        const EACH: u64 = 0x0101_0101_0101_0101;
        const ZEROS: u64 = EACH * 0x30;
        if text.len() > 8 {
            return None;
        }
        let (first, last) = (text.first_chunk::<4>()?, text.last_chunk::<4>()?);
        // The text, with zeros before it: the first byte is the lowest one.
        let missing = 8 * (8 - text.len());
        let text = u64::from(u32::from_le_bytes(*first)) << missing
            | u64::from(u32::from_le_bytes(*last)) << 32
            | ZEROS & !(u64::MAX << missing);
        // The first byte that is a point has its highest bit here, and none before it has.
        let other = text ^ (EACH * u64::from(b'.'));
        let point = (other.wrapping_sub(EACH) & !other & EACH << 7).trailing_zeros() / 8;
        let (digits, decimals) = match point {
            8 => (text, 0),
            _ => {
                let before = (1 << (8 * point)) - 1;
                let after = text & !before & !(0xff << (8 * point));
                (after | (text & before) << 8 | u64::from(b'0'), 7 - point)
            }
        };
        let values = digits ^ ZEROS;
        if (values | values.wrapping_add(EACH * 0x76)) & EACH << 7 != 0 {
            return None; // not all are digits
        }
        let pairs = values.wrapping_mul(10).wrapping_add(values >> 8) & 0x00ff_00ff_00ff_00ff;
        let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_ffff_0000_ffff;
        let whole = fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xffff_ffff;
        UNITS.get(decimals as usize).map(|unit| Credits(whole.cast_signed() * unit))
    }

    fn parse_general(bytes: &[u8]) -> Result<ParsedCredits, CreditsFault> {
        let (negative, unsigned) = match bytes.first() {
            Some(b'-') => (true, &bytes[1..]),
            Some(b'+') => (false, &bytes[1..]),
            _ => (false, bytes),
        };
        let lower = unsigned.to_ascii_lowercase();
        if matches!(lower.as_slice(), b"nan" | b"inf" | b"infinity") {
            return Err(CreditsFault::NotFinite);
        }
        let digits = Digits::scan(unsigned).ok_or(CreditsFault::NotANumber)?;
        if negative && !digits.is_zero() {
            return Err(CreditsFault::Negative);
        }
        digits.to_reading()
    }

    /// An exact decimal: `mantissa` × 10^−`scale`, as Parquet's DECIMAL and integers give it.
    pub fn from_decimal(mantissa: i128, scale: u32) -> Result<ParsedCredits, CreditsFault> {
        if mantissa < 0 {
            return Err(CreditsFault::Negative);
        }
        if scale <= 6 {
            let micros = mantissa.checked_mul(10_i128.pow(6 - scale));
            let credits = Credits::from_micros(micros.ok_or(CreditsFault::Overflow)?)?;
            return Ok(ParsedCredits { credits, rounded_by: None });
        }
        let unit = 10_i128.checked_pow(scale - 6);
        match unit.filter(|unit| mantissa % unit == 0) {
            Some(unit) => {
                let credits = Credits::from_micros(mantissa / unit)?;
                Ok(ParsedCredits { credits, rounded_by: None })
            }
            None => Credits::parse(&format!("{mantissa}e-{scale}")),
        }
    }

    /// A binary double, taken as the shortest decimal that reads back as it: 6.7 means 6.7.
    /// The one door through which a float comes in; only its digits go on.
    #[expect(clippy::disallowed_types, reason = "a DOUBLE column's value, turned into digits")]
    pub fn from_double(value: f64) -> Result<ParsedCredits, CreditsFault> {
        if !value.is_finite() {
            return Err(CreditsFault::NotFinite);
        }
        Credits::parse(ryu::Buffer::new().format_finite(value))
    }
}

/// The decimal digits of an unsigned number and the place of its point.
struct Digits {
    /// Significant digits 0 to 9, without leading zeros.
    digits: Vec<u8>,
    /// The value is 0.DIGITS × 10^`point`.
    point: i64,
}

impl Digits {
    fn scan(text: &[u8]) -> Option<Self> {
        let (number, exponent) = match text.iter().position(|b| matches!(b, b'e' | b'E')) {
            Some(at) => (&text[..at], parse_exponent(&text[at + 1..])?),
            None => (text, 0),
        };
        let dot = number.iter().position(|&b| b == b'.').unwrap_or(number.len());
        let (whole, fraction) = (&number[..dot], number.get(dot + 1..).unwrap_or_default());
        let all_digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
        if !all_digits(whole) || !all_digits(fraction) || whole.len() + fraction.len() == 0 {
            return None;
        }
        let mut digits: Vec<u8> = whole.iter().chain(fraction).map(|b| b - b'0').collect();
        let zeros = digits.iter().take_while(|&&d| d == 0).count();
        digits.drain(..zeros);
        while digits.last() == Some(&0) {
            digits.pop();
        }
        let whole = i64::try_from(whole.len()).ok()? - i64::try_from(zeros).ok()?;
        Some(Digits { digits, point: whole + exponent })
    }

    fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// The digits from decimal place `from` (1 is the first after the point) for `count`
    /// places, as a number.
    fn places(&self, from: i64, count: i64) -> i128 {
        (from..from + count).fold(0, |value, place| {
            let at = place - 1 + self.point;
            let digit = usize::try_from(at).ok().and_then(|at| self.digits.get(at)).copied();
            value * 10 + i128::from(digit.unwrap_or(0))
        })
    }

    fn to_reading(&self) -> Result<ParsedCredits, CreditsFault> {
        if self.is_zero() {
            return Ok(ParsedCredits { credits: Credits::ZERO, rounded_by: None });
        }
        if self.point > 12 {
            return Err(CreditsFault::Overflow);
        }
        let micros = self.places(-11, 18); // twelve places before the point, six after
        let digits = i64::try_from(self.digits.len()).map_err(|_| CreditsFault::Overflow)?;
        let last = digits - self.point; // decimal place of the last digit
        if last <= 6 {
            let credits = Credits::from_micros(micros)?;
            return Ok(ParsedCredits { credits, rounded_by: None });
        }
        const UNITS: i128 = 1_000_000_000_000_000_000; // of 10⁻²⁴ in a micro-credit
        let finer = self.places(7, 18);
        let more = last > i64::from(ROUNDED_BY_SCALE);
        let up = match (finer * 2).cmp(&UNITS) {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Equal => more || micros % 2 == 1,
            std::cmp::Ordering::Greater => true,
        };
        let rounded = micros + i128::from(up);
        let credits = Credits::from_micros(rounded)?;
        Ok(ParsedCredits { credits, rounded_by: Some(if up { UNITS - finer } else { -finer }) })
    }
}

fn parse_exponent(text: &[u8]) -> Option<i64> {
    let digits = text.strip_prefix(b"-").or(text.strip_prefix(b"+")).unwrap_or(text);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    // Beyond a billion the exact exponent no longer matters: the value overflows or vanishes.
    let size = digits.iter().fold(0_i64, |n, b| (n * 10 + i64::from(b - b'0')).min(1_000_000_000));
    Some(if text.starts_with(b"-") { -size } else { size })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn micros(text: &str) -> i64 {
        Credits::parse(text).unwrap().credits.micros()
    }

    #[test]
    fn text_is_read_exactly() {
        let cases = [
            ("6.70", 6_700_000),
            ("1e-2", 10_000),
            ("0", 0),
            ("-0", 0),
            (".5", 500_000),
            ("5.", 5_000_000),
        ];
        for (text, expected) in cases {
            assert_eq!(micros(text), expected, "{text}");
        }
        assert_eq!(micros("999999999999.999999"), Credits::MAX.micros());
        assert_eq!(micros("0.0000000000000000000000000000000000000000000001e46"), MICROS);
        assert_eq!(micros("1e-999999999999999999999"), 0);
    }

    #[test]
    fn the_usual_form_reads_like_any_other() {
        let of = ["", "0", ".", "5", "00", "999999999999", "1234567", "-", "+", "e1", " ", "\u{0}"];
        let texts = of
            .iter()
            .flat_map(|one| of.map(|two| [*one, two]))
            .flat_map(|[one, two]| of.map(|three| format!("{one}{two}{three}")));
        for text in texts.chain(["9".repeat(18), "9".repeat(19), "9".repeat(20)]) {
            let general = Credits::parse_general(text.as_bytes());
            assert_eq!(Credits::parse(&text), general, "{text}");
        }
        let of = ["0", "9", ".", "/", ":", "1"];
        for n in 0..of.len().pow(5) {
            for length in 3..=9 {
                let text: String =
                    (0..length).map(|at| of[n / of.len().pow(at % 5) % of.len()]).collect();
                let general = Credits::parse_general(text.as_bytes());
                assert_eq!(Credits::parse(&text), general, "{text}");
                let short = Credits::parse_short(text.as_bytes());
                assert!(short.is_none_or(|short| Ok(short) == general.map(|read| read.credits)));
            }
        }
        for short in ["6.70", "0001", ".500", "123.", "12345678", "1.123456", "00000000"] {
            assert!(Credits::parse_short(short.as_bytes()).is_some(), "{short}");
        }
        for usual in ["6.70", "0", ".5", "5.", "999999999999.999999", "000000000001.000000"] {
            assert!(Credits::parse_usual(usual.as_bytes()).is_some(), "{usual}");
        }
        for unusual in ["", ".", "-0", "1e2", "1.0000000", "0000000000001"] {
            assert!(Credits::parse_usual(unusual.as_bytes()).is_none(), "{unusual}");
        }
    }

    #[test]
    fn finer_digits_round_half_even_and_say_by_how_much() {
        let unit = 10_i128.pow(18);
        for (text, expected, rounded_by) in [
            ("0.0000005", 0, -unit / 2),
            ("0.0000015", 2, unit / 2),
            ("0.0000025", 2, -unit / 2),
            ("0.00000250000000000000000000000001", 3, unit / 2),
            ("1.25287549", 1_252_875, -49 * unit / 100),
        ] {
            let reading = Credits::parse(text).unwrap();
            assert_eq!(
                (reading.credits.micros(), reading.rounded_by),
                (expected, Some(rounded_by)),
                "{text}"
            );
        }
        assert_eq!(Credits::parse("1.2500000000").unwrap().rounded_by, None);
    }

    #[test]
    fn what_is_no_quantity_is_refused_with_its_reason() {
        use CreditsFault::*;
        for (text, fault) in [
            ("", NotANumber),
            ("six", NotANumber),
            ("1,5", NotANumber),
            ("1.2.3", NotANumber),
            (" 1", NotANumber),
            ("1e", NotANumber),
            (".", NotANumber),
            ("0x10", NotANumber),
            ("NaN", NotFinite),
            ("-inf", NotFinite),
            ("-1", Negative),
            ("-1e-30", Negative),
            ("1e12", Overflow),
            ("1e400", Overflow),
            ("999999999999.9999999", Overflow),
        ] {
            assert_eq!(Credits::parse(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn decimals_and_doubles_are_read_like_their_text() {
        assert_eq!(Credits::from_decimal(670, 2), Credits::parse("6.70"));
        assert_eq!(Credits::from_decimal(6_700_000_000, 9), Credits::parse("6.70"));
        assert_eq!(Credits::from_decimal(0, 76), Credits::parse("0"));
        assert_eq!(Credits::from_decimal(15, 7), Credits::parse("0.0000015"));
        assert_eq!(Credits::from_double(6.7), Credits::parse("6.7"));
        assert_eq!(Credits::from_double("NaN".parse().unwrap()), Err(CreditsFault::NotFinite));
        assert_eq!(Credits::from_double(-0.0).unwrap().credits, Credits::ZERO);
    }
}
