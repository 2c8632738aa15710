//! Numbers as digits, for tables and for people.

/// A scaled integer as plain digits: `plain_decimal(-5, 2)` is `-0.05`.
pub fn plain_decimal(value: i128, scale: u32) -> String {
    if scale == 0 {
        return value.to_string();
    }
    let sign = if value < 0 { "-" } else { "" };
    let (size, unit) = (value.unsigned_abs(), 10_u128.pow(scale));
    format!("{sign}{}.{:0width$}", size / unit, size % unit, width = scale as usize)
}

/// Two digits each of 0 to 99.
const PAIRS: &[u8; 200] = b"\
    0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
    5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

/// Digits that are put down from the last to the first.
struct Backwards {
    text: [u8; 40],
    first: usize,
}

impl Backwards {
    fn new() -> Self {
        Backwards { text: [0; 40], first: 40 }
    }

    fn put(&mut self, byte: u8) {
        self.first -= 1;
        self.text[self.first] = byte;
    }

    /// Two digits of a number below 100.
    fn put_pair(&mut self, number: u64) {
        let pair = 2 * number as usize;
        self.first -= 2;
        self.text[self.first..self.first + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
    }

    /// The last `count` digits of a number; gives what is before them.
    fn put_last(&mut self, mut number: u64, count: u32) -> u64 {
        for _ in 0..count / 2 {
            self.put_pair(number % 100);
            number /= 100;
        }
        if count % 2 == 1 {
            self.put(b'0' + (number % 10) as u8);
            number /= 10;
        }
        number
    }

    /// All digits of a number, at least one.
    fn put_all(&mut self, mut number: u64) {
        while number >= 100 {
            self.put_pair(number % 100);
            number /= 100;
        }
        if number >= 10 {
            self.put_pair(number);
        } else {
            self.put(b'0' + number as u8);
        }
    }

    fn add_to(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.text[self.first..]);
    }
}

/// Adds an integer's digits.
pub fn push_integer(out: &mut Vec<u8>, value: i64) {
    if value < 0 {
        out.push(b'-');
    }
    let mut digits = Backwards::new();
    digits.put_all(value.unsigned_abs());
    digits.add_to(out);
}

/// Adds a scaled integer as [`plain_decimal`] writes it; many times as fast for all that 64 bits
/// hold.
pub fn push_decimal(out: &mut Vec<u8>, value: i128, scale: u32) {
    let (Ok(size), 0..=18) = (u64::try_from(value.unsigned_abs()), scale) else {
        return out.extend_from_slice(plain_decimal(value, scale).as_bytes());
    };
    if value < 0 {
        out.push(b'-');
    }
    let mut digits = Backwards::new();
    let whole = digits.put_last(size, scale);
    if scale > 0 {
        digits.put(b'.');
    }
    digits.put_all(whole);
    digits.add_to(out);
}

/// Adds a date such as `2026-04-15`, given the days since 1970-01-01, if it lies within the years
/// 1 to 9999; says whether it does.
pub fn push_date(out: &mut Vec<u8>, days: i64) -> bool {
    const FIRST: i64 = -719_162; // 0001-01-01
    const END: i64 = 2_932_897; // 10000-01-01
    if !(FIRST..END).contains(&days) {
        return false;
    }
    let mut date = Backwards::new();
    put_date(&mut date, days);
    date.add_to(out);
    true
}

/// Adds an instant in UTC, given the microseconds since 1970-01-01T00:00:00Z: with six decimals
/// where there is a fraction, else none. It lies within the years 1 to 9999; says whether it does.
pub fn push_instant(out: &mut Vec<u8>, micros: i64) -> bool {
    let (seconds, fraction) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400) as u64);
    if !push_date(out, days) {
        return false;
    }
    let mut time = Backwards::new();
    time.put(b'Z');
    if fraction > 0 {
        time.put_last(fraction as u64, 6);
        time.put(b'.');
    }
    time.put_pair(second % 60);
    time.put(b':');
    time.put_pair(second / 60 % 60);
    time.put(b':');
    time.put_pair(second / 3600);
    time.put(b'T');
    time.add_to(out);
    true
}

/// Puts down a date of the years 1 to 9999: day and month by the day of a year that begins in
/// March, so that February's end is the year's.
fn put_date(text: &mut Backwards, days: i64) {
    const DAYS_OF_400_YEARS: i64 = 146_097;
    let since_march_of_0 = days + 719_468;
    let (era, day) = (
        since_march_of_0.div_euclid(DAYS_OF_400_YEARS),
        since_march_of_0.rem_euclid(DAYS_OF_400_YEARS),
    );
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let (month, next_year) = match month_from_march {
        0..=9 => (month_from_march + 3, 0),
        _ => (month_from_march - 9, 1),
    };
    text.put_pair(day_of_month as u64);
    text.put(b'-');
    text.put_pair(month as u64);
    text.put(b'-');
    text.put_last((year + era * 400 + next_year) as u64, 4);
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

/// A scaled integer with commas between thousands, for people: `-1,234.50`.
pub fn decimal_with_thousands(value: i128, scale: u32) -> String {
    let plain = plain_decimal(value, scale);
    let (whole, decimals) = plain.split_at(plain.find('.').unwrap_or(plain.len()));
    let (sign, whole) = whole.split_at(usize::from(value < 0));
    let whole = whole.parse::<i128>().map_or_else(|_| whole.to_owned(), with_thousands);
    format!("{sign}{whole}{decimals}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaled_integers_keep_their_sign_and_zeros() {
        for (value, scale, expected) in
            [(-5, 2, "-0.05"), (2000, 2, "20.00"), (20, 0, "20"), (0, 6, "0.000000")]
        {
            assert_eq!(plain_decimal(value, scale), expected);
        }
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
    fn every_date_and_instant_is_that_of_the_calendar() {
        let mut date = chrono::NaiveDate::from_ymd_opt(1, 1, 1).unwrap();
        let mut text = Vec::new();
        for days in -719_162_i64..2_932_897 {
            text.clear();
            // A second more each day, and a fraction on some.
            let micros = days * 86_400_000_000 + days.rem_euclid(86_400) * 1_000_000;
            let fraction = if days % 7 == 0 { 0 } else { days.rem_euclid(1_000_000) };
            assert!(push_date(&mut text, days));
            if days % 5 == 0 {
                assert_eq!(String::from_utf8(text.clone()).unwrap(), date.to_string());
            }
            if days % 101 == 0 {
                text.clear();
                assert!(push_instant(&mut text, micros + fraction));
                let expected =
                    crate::base::calendar::Instant::from_micros(micros + fraction).unwrap();
                assert_eq!(String::from_utf8(text.clone()).unwrap(), expected.to_string());
            }
            date = date.succ_opt().unwrap();
        }
        assert!(!push_date(&mut text, -719_163) && !push_date(&mut text, 2_932_897));
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
