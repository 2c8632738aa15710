//! How long the values of JSON are, at the start of a text.

use crate::input::logs::text::byte_masks::{is_digit, is_special};

/// The length of a text's plain part: up to a quote, a backslash or a control character.
#[inline]
pub(super) fn text(bytes: &[u8]) -> usize {
    let mut length = 0;
    while let Some(part) = bytes[length..].first_chunk() {
        let special = is_special(*part);
        if special != 0 {
            return length + special.trailing_zeros() as usize;
        }
        length += part.len();
    }
    let rest = &bytes[length..];
    length + rest.iter().position(|b| matches!(b, b'"' | b'\\' | ..=0x1f)).unwrap_or(rest.len())
}

/// The length of a number.
#[inline]
pub(super) fn number(bytes: &[u8]) -> Option<usize> {
    bytes.first_chunk().and_then(short_number).or_else(|| any_number(bytes))
}

/// The length of a number that has no sign and no exponent, and ends among these bytes.
#[inline]
fn short_number(bytes: &[u8; 16]) -> Option<usize> {
    let digits = is_digit(*bytes);
    let whole = digits.trailing_ones();
    let is_whole = whole == 1 || (whole > 1 && bytes[0] != b'0');
    let fraction = (digits >> whole >> 1).trailing_ones();
    let end = match bytes.get(whole as usize)? {
        b'.' if fraction > 0 => whole + 1 + fraction,
        b'.' => return None,
        _ => whole,
    } as usize;
    let is_end = !matches!(bytes.get(end)?, b'e' | b'E');
    (is_whole && is_end).then_some(end)
}

fn any_number(bytes: &[u8]) -> Option<usize> {
    let digits =
        |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let sign = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(sign);
    if whole == 0 || (whole > 1 && bytes[sign] == b'0') {
        return None;
    }
    let mut end = sign + whole;
    if bytes.get(end) == Some(&b'.') {
        let fraction = digits(end + 1);
        if fraction == 0 {
            return None;
        }
        end += 1 + fraction;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(end + 1 + sign);
        if exponent == 0 {
            return None;
        }
        end += 1 + sign + exponent;
    }
    Some(end)
}

/// The length of a word, if it is one of `words`.
pub(super) fn word(bytes: &[u8], words: &[&str]) -> Option<usize> {
    words.iter().find(|word| bytes.starts_with(word.as_bytes())).map(|word| word.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_ends_at_the_first_special_byte() {
        for length in 0..70 {
            for special in ["\"", "\\", "\u{1f}", "\n", ""] {
                let whole = format!("{}{special}{}", "\u{7f}".repeat(length), "x\"".repeat(9));
                let expected = if special.is_empty() { length + 1 } else { length };
                assert_eq!(text(whole.as_bytes()), expected, "{whole:?}");
            }
            assert_eq!(text("z".repeat(length).as_bytes()), length);
        }
    }

    #[test]
    fn a_short_number_is_as_long_as_any_other() {
        let parts = ["", "0", "1", "12", "007", "1234567", ".", "-", "e", "E+", "e5", " ", "}"];
        for one in parts {
            for two in parts {
                for three in parts {
                    for four in ["", ",", "0123456789", ".5", "e1", "\n"] {
                        let bytes = [one, two, three, four, "                "].concat();
                        let (short, any) = (number(bytes.as_bytes()), any_number(bytes.as_bytes()));
                        assert_eq!(short, any, "{bytes}");
                        assert_eq!(number(bytes.trim_end().as_bytes()), any, "{bytes}");
                    }
                }
            }
        }
        assert_eq!(short_number(b"123.4567890,    "), Some(11));
        assert_eq!(short_number(b"0}              "), Some(1));
    }
}
