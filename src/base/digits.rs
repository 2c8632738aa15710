//! Numbers as digits, for tables and for people.

use std::fmt::Display;

/// A scaled integer as plain digits: `plain_decimal(-5, 2)` is `-0.05`.
pub fn plain_decimal(value: i128, scale: u32) -> String {
    if scale == 0 {
        return value.to_string();
    }
    let sign = if value < 0 { "-" } else { "" };
    let (size, unit) = (value.unsigned_abs(), 10_u128.pow(scale));
    format!("{sign}{}.{:0width$}", size / unit, size % unit, width = scale as usize)
}

/// A scaled integer as plain digits, without zeros after the last decimal: `3603.25`.
pub fn short_decimal(value: i128, scale: u32) -> String {
    without_last_zeros(&plain_decimal(value, scale)).to_owned()
}

/// Plain digits without zeros after the last decimal.
pub fn without_last_zeros(digits: &str) -> &str {
    match digits.contains('.') {
        true => digits.trim_end_matches('0').trim_end_matches('.'),
        false => digits,
    }
}

/// Adds the first of some bytes: all of them are added and the rest cut off, since a length that is
/// known beforehand takes no call.
#[inline]
pub fn push_first<const N: usize>(out: &mut Vec<u8>, bytes: &[u8; N], length: usize) {
    let end = out.len() + length.min(N);
    out.extend_from_slice(bytes);
    out.truncate(end);
}

/// A number's digits, with zeros before them; it has no more than `N`.
#[inline]
pub fn padded<const N: usize>(mut number: u32) -> [u8; N] {
    let mut digits = [b'0'; N];
    for digit in digits.iter_mut().rev() {
        *digit += (number % 10) as u8;
        number /= 10;
    }
    digits
}

/// Adds a number's digits.
#[inline]
fn push_digits(out: &mut Vec<u8>, mut number: u64) {
    let count = number.checked_ilog10().map_or(1, |power| power as usize + 1);
    let mut digits = [b'0'; 20];
    for digit in digits[..count].iter_mut().rev() {
        *digit += (number % 10) as u8;
        number /= 10;
    }
    push_first(out, &digits, count);
}

/// Adds an integer's digits.
#[inline]
pub fn push_integer(out: &mut Vec<u8>, value: i64) {
    if value < 0 {
        out.push(b'-');
    }
    push_digits(out, value.unsigned_abs());
}

/// Adds a scaled integer as [`plain_decimal`] writes it, but many times as fast where it has as many
/// decimals as amounts or credits.
#[inline]
pub fn push_decimal(out: &mut Vec<u8>, value: i128, scale: u32) {
    let Ok(size) = u64::try_from(value.unsigned_abs()) else {
        return out.extend_from_slice(plain_decimal(value, scale).as_bytes());
    };
    if size == 0 && scale <= 6 && scale > 0 {
        return push_first(out, b"0.000000", 2 + scale as usize); // which every other cell is
    }
    if value < 0 {
        out.push(b'-');
    }
    match scale {
        0 => push_digits(out, size),
        2 => push_parts::<2>(out, size / 100, size % 100),
        6 => push_parts::<6>(out, size / 1_000_000, size % 1_000_000),
        _ => out.extend_from_slice(plain_decimal(size.into(), scale).as_bytes()),
    }
}

/// Adds whole units, and decimals of which there are `N`.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "decimals are fewer than a million")]
fn push_parts<const N: usize>(out: &mut Vec<u8>, whole: u64, decimals: u64) {
    push_digits(out, whole);
    out.push(b'.');
    out.extend_from_slice(&padded::<N>(decimals as u32));
}

/// An integer with commas between thousands, for people.
pub fn with_thousands(value: impl Into<i128>) -> String {
    let value = value.into();
    let digits = value.unsigned_abs().to_string();
    let mut text = String::from(if value < 0 { "-" } else { "" });
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How many of something, for people: `1 event`, `2 events`, `1,000 events`.
pub fn counted(number: u64, what: &str) -> String {
    quantity_of(with_thousands(number), what)
}

/// A quantity of something, by its digits for people: `1 credit`, `0.5 credits`.
pub fn quantity_of(digits: impl Display, what: &str) -> String {
    let digits = digits.to_string();
    let plural = if digits == "1" { "" } else { "s" };
    format!("{digits} {what}{plural}")
}

/// A scaled integer for people: commas between thousands, and no zeros after the last decimal.
pub fn short_with_thousands(value: i128, scale: u32) -> String {
    without_last_zeros(&decimal_with_thousands(value, scale)).to_owned()
}

/// A scaled integer with commas between thousands, for people: `-1,234.50`.
pub fn decimal_with_thousands(value: i128, scale: u32) -> String {
    digits_with_thousands(&plain_decimal(value, scale))
}

/// Plain digits with commas between thousands, for people; what is no number stays as it is.
pub fn digits_with_thousands(plain: &str) -> String {
    let (whole, decimals) = plain.split_at(plain.find('.').unwrap_or(plain.len()));
    let (sign, whole) = whole.split_at(usize::from(whole.starts_with('-')));
    let whole = whole.parse::<i128>().map_or_else(|_| whole.to_owned(), with_thousands);
    format!("{sign}{whole}{decimals}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_alone_is_told_without_an_s() {
        assert_eq!(counted(1, "event"), "1 event");
        assert_eq!(counted(1_000, "row"), "1,000 rows");
        assert_eq!(quantity_of(short_with_thousands(1_000_000, 6), "credit"), "1 credit");
        assert_eq!(
            quantity_of(short_with_thousands(1_234_500_000, 6), "credit"),
            "1,234.5 credits"
        );
        assert_eq!(quantity_of(short_with_thousands(-1_000_000, 6), "credit"), "-1 credits");
    }

    #[test]
    fn scaled_integers_keep_their_sign_and_zeros() {
        for (value, scale, expected) in
            [(-5, 2, "-0.05"), (2000, 2, "20.00"), (20, 0, "20"), (0, 6, "0.000000")]
        {
            assert_eq!(plain_decimal(value, scale), expected);
        }
        for (micros, expected) in
            [(0, "0"), (500_000_000, "500"), (1_250_000, "1.25"), (1, "0.000001")]
        {
            assert_eq!(short_decimal(micros, 6), expected);
        }
        assert_eq!(short_decimal(500, 0), "500");
    }

    #[test]
    fn what_is_added_reads_like_what_is_made() {
        let values = [0, 1, 9, 10, 99, 100, 12_345, 999_999, 1_000_000, 44_010_000_000_000];
        let large = [10_i128.pow(30) + 1, i128::from(u64::MAX), i128::from(u64::MAX) + 1];
        for value in values.into_iter().chain(large).flat_map(|value| [value, -value]) {
            for scale in [0, 1, 2, 3, 6, 12, 18, 19, 30] {
                let mut text = Vec::new();
                push_decimal(&mut text, value, scale);
                assert_eq!(String::from_utf8(text).unwrap(), plain_decimal(value, scale));
            }
        }
        for value in [0, 7, 10, -99, 100, i64::MAX, i64::MIN] {
            let mut text = Vec::new();
            push_integer(&mut text, value);
            assert_eq!(String::from_utf8(text).unwrap(), value.to_string());
        }
    }

    #[test]
    fn thousands_are_set_apart() {
        for (value, expected) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "-1,234,567")]
        {
            assert_eq!(with_thousands(value), expected);
        }
        for (value, scale, expected) in
            [(-123_450, 2, "-1,234.50"), (-5, 2, "-0.05"), (1_000, 0, "1,000"), (0, 3, "0.000")]
        {
            assert_eq!(decimal_with_thousands(value, scale), expected);
        }
    }
}
