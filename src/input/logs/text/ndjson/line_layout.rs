//! How an object of NDJSON is written, but for its values: rows that are written alike need no
//! parser. And how long values are, at the start of a text.
//!
//! A layout is made from a line that the parser has taken. It is the line without its values: all
//! keys, punctuation and white space, byte by byte. Another line that has the same there, and
//! values of the same kinds, is as sound as the first, and means the same but for the values. Whether
//! a column may hold a value depends on its kind alone.

use serde_json::value::RawValue;

use crate::input::logs::schema::LogSchema;
use crate::input::logs::text::byte_masks::{is_digit, is_special};

/// A line without its values.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LineLayout {
    values: Vec<Value>,
    end: Literal,
    columns: usize,
}

/// A value, and what stands before it.
#[derive(Debug, PartialEq, Eq)]
struct Value {
    before: Literal,
    kind: ValueKind,
    /// The column that it belongs to, if any.
    column: Option<usize>,
}

/// Text that all lines of a layout have.
#[derive(Debug, PartialEq, Eq)]
struct Literal {
    text: Box<[u8]>,
    /// Its first bytes, as many as fit, and all bits of each of them.
    start: u128,
    of_start: u128,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ValueKind {
    /// Text without escapes, between quotes that belong to the literals around it.
    Text,
    Number,
    /// A number that stands for its digits.
    Integer,
    Null,
    /// True or false.
    Flag,
}

impl Literal {
    fn of(text: &[u8]) -> Self {
        let (mut start, mut of_start) = ([0; START], [0; START]);
        for ((start, of_start), byte) in start.iter_mut().zip(&mut of_start).zip(text) {
            (*start, *of_start) = (*byte, u8::MAX);
        }
        let [start, of_start] = [start, of_start].map(u128::from_le_bytes);
        Literal { text: text.into(), start, of_start }
    }

    /// Where it ends in a line, if it stands at a place there.
    #[inline]
    fn follow(&self, line: &[u8], place: usize) -> Option<usize> {
        let rest = line.get(place..)?;
        let same = match rest.first_chunk() {
            // Without a call, since literals are short.
            Some(begin) => {
                (u128::from_le_bytes(*begin) ^ self.start) & self.of_start == 0
                    && (self.text.len() <= START || rest[START..].starts_with(&self.text[START..]))
            }
            None => rest.starts_with(&self.text),
        };
        same.then_some(place + self.text.len())
    }
}

/// Bytes of a literal that are compared at once.
const START: usize = size_of::<u128>();

impl LineLayout {
    /// The layout of a line without fault; `values` are what the parser found for the schema's
    /// columns in it. `None` where one of them is no text, number or word.
    pub fn of(line: &str, values: &[Option<&RawValue>], schema: &LogSchema) -> Option<Self> {
        let place = |raw: &RawValue| raw.get().as_ptr().addr() - line.as_ptr().addr();
        let mut left: Vec<(usize, usize)> = Vec::new();
        for (column, value) in values.iter().enumerate() {
            left.extend(value.map(|raw| (place(raw), column)));
        }
        let mut found = Vec::new();
        let mut rest = 0;
        for (from, to, kind) in scalars(line.as_bytes()) {
            // Where the parser saw the value: at its opening quote, for a text.
            let seen = if kind == ValueKind::Text { from - 1 } else { from };
            let known = left.iter().position(|(place, _)| *place == seen);
            let column = known.map(|at| left.swap_remove(at).1);
            let is_name = column.is_some_and(|column| schema.columns[column].kind.is_name());
            let kind = match kind {
                ValueKind::Number if is_name => ValueKind::Integer,
                kind => kind,
            };
            found.push(Value { before: Literal::of(&line.as_bytes()[rest..from]), kind, column });
            rest = to;
        }
        let end = Literal::of(&line.as_bytes()[rest..]);
        left.is_empty().then_some(LineLayout { values: found, end, columns: values.len() })
    }

    /// Adds the cells of the line that begins at `start` to those of lines before, if it is of this
    /// layout; gives the place of its end.
    #[inline]
    pub fn add_cells<'t>(
        &self,
        text: &'t str,
        start: usize,
        cells: &mut Vec<&'t str>,
    ) -> Option<usize> {
        let before = cells.len();
        cells.resize(before + self.columns, "");
        let end = self.put_cells(text, start, &mut cells[before..]);
        if end.is_none() {
            cells.truncate(before);
        }
        end
    }

    #[inline]
    fn put_cells<'t>(&self, lines: &'t str, start: usize, cells: &mut [&'t str]) -> Option<usize> {
        let bytes = lines.as_bytes();
        let mut place = start;
        for Value { before, kind, column } in &self.values {
            place = before.follow(bytes, place)?;
            let rest = &bytes[place..];
            let length = match kind {
                // What ends it is the quote that the next literal begins with, or the layout does
                // not fit.
                ValueKind::Text => text(rest),
                ValueKind::Number => number(rest)?,
                ValueKind::Integer => {
                    number(rest).filter(|&length| is_integer(&lines[place..place + length]))?
                }
                ValueKind::Null => word(rest, &["null"])?,
                ValueKind::Flag => word(rest, &["true", "false"])?,
            };
            if let (Some(column), true) = (column, *kind != ValueKind::Null) {
                cells[*column] = lines.get(place..place + length)?;
            }
            place += length;
        }
        place = self.end.follow(bytes, place)?;
        matches!(bytes.get(place), None | Some(b'\n')).then_some(place)
    }
}

/// All scalar values of a sound line that are no keys, with their places; a text's are within its
/// quotes.
fn scalars(line: &[u8]) -> Vec<(usize, usize, ValueKind)> {
    let mut found = Vec::new();
    let mut place = 0;
    while let Some(&byte) = line.get(place) {
        let (from, to, kind) = match byte {
            b'"' => {
                let (from, mut to) = (place + 1, place + 1);
                while !matches!(line.get(to), None | Some(b'"')) {
                    to += if line[to] == b'\\' { 2 } else { 1 };
                }
                place = to + 1;
                if line[place.min(line.len())..].trim_ascii_start().starts_with(b":") {
                    continue; // a key
                }
                (from, to.min(line.len()), ValueKind::Text)
            }
            b'-' | b'0'..=b'9' | b'a'..=b'z' => {
                let is_of_it = |b: &u8| b.is_ascii_alphanumeric() || b"+-.".contains(b);
                let from = place;
                place += line[place..].iter().take_while(|b| is_of_it(b)).count();
                let kind = match byte {
                    b'n' => ValueKind::Null,
                    b't' | b'f' => ValueKind::Flag,
                    _ => ValueKind::Number,
                };
                (from, place, kind)
            }
            _ => {
                place += 1;
                continue;
            }
        };
        found.push((from, to, kind));
    }
    found
}

/// Whether a number of JSON is written as an integer.
pub(super) fn is_integer(number: &str) -> bool {
    let digits = number.strip_prefix('-').unwrap_or(number);
    digits.bytes().all(|byte| byte.is_ascii_digit())
}

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
