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

/// An integer with commas between thousands, for people.
pub fn with_thousands(value: i64) -> String {
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
    fn thousands_are_set_apart() {
        for (value, expected) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "-1,234,567")]
        {
            assert_eq!(with_thousands(value), expected);
        }
    }
}
