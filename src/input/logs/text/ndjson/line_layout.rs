//! How an object of NDJSON is written, but for its values: rows that are written alike need no
//! parser.
//!
//! A layout is made from a line that the parser has taken. It is the line without its values: all
//! keys, punctuation and white space, byte by byte. Another line that has the same there, and
//! values of the same kinds, is as sound as the first, and means the same but for the values. Whether
//! a column may hold a value depends on its kind alone.

use serde_json::value::RawValue;

use crate::input::logs::schema::LogSchema;
use crate::input::logs::text::byte_masks::{chunks, push_places};

/// Marks the special bytes: what may end a text value, or makes it unusual: quotes, backslashes, control characters.
/// Line ends are among them.
pub(super) fn mark_special(bytes: &[u8], marks: &mut Vec<u32>) {
    chunks(bytes, |place, chunk| {
        push_places(marks, place, chunk.is_any(*b"\"\\") | chunk.is_at_most(0x1f));
        true
    });
}

fn is_special(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | ..=0x1f)
}

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
    /// How many of its bytes are marked.
    marks: usize,
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

/// The end of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LineEnd {
    /// Its place.
    pub place: usize,
    /// How many marks the line has, its end included.
    pub marks: usize,
}

impl Literal {
    fn of(text: &[u8]) -> Self {
        let marks = text.iter().filter(|byte| is_special(**byte)).count();
        Literal { text: text.into(), marks }
    }
}

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

    /// The cells of the line that begins at `start`, if it is of this layout. `marks` are all that
    /// are marked from there on.
    #[inline]
    pub fn cells<'t>(
        &self,
        text: &'t str,
        start: usize,
        marks: &[u32],
        cells: &mut Vec<&'t str>,
    ) -> Option<LineEnd> {
        cells.clear();
        cells.resize(self.columns, "");
        let bytes = text.as_bytes();
        let (mut place, mut passed) = (start, 0);
        for Value { before, kind, column } in &self.values {
            (place, passed) = before.follow(bytes, place, passed)?;
            let end = match kind {
                // The next mark is the quote that the next literal begins with, or the layout does
                // not fit.
                ValueKind::Text => *marks.get(passed)? as usize,
                ValueKind::Number => place + number(&bytes[place..])?,
                ValueKind::Integer => {
                    let end = place + number(&bytes[place..])?;
                    is_integer(text.get(place..end)?).then_some(end)?
                }
                ValueKind::Null => place + word(&bytes[place..], &["null"])?,
                ValueKind::Flag => place + word(&bytes[place..], &["true", "false"])?,
            };
            if let (Some(column), true) = (column, *kind != ValueKind::Null) {
                cells[*column] = text.get(place..end)?;
            }
            place = end;
        }
        (place, passed) = self.end.follow(bytes, place, passed)?;
        match bytes.get(place) {
            None => Some(LineEnd { place, marks: passed }),
            Some(b'\n') => Some(LineEnd { place, marks: passed + 1 }),
            Some(_) => None,
        }
    }
}

impl Literal {
    #[inline]
    fn follow(&self, bytes: &[u8], place: usize, passed: usize) -> Option<(usize, usize)> {
        let same = bytes.get(place..)?.starts_with(&self.text);
        same.then_some((place + self.text.len(), passed + self.marks))
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

/// The length of the number at the start of a text.
#[inline]
fn number(text: &[u8]) -> Option<usize> {
    let digits = |from: usize| text[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let sign = usize::from(text.first() == Some(&b'-'));
    let whole = digits(sign);
    if whole == 0 || (whole > 1 && text[sign] == b'0') {
        return None;
    }
    let mut end = sign + whole;
    if text.get(end) == Some(&b'.') {
        let fraction = digits(end + 1);
        if fraction == 0 {
            return None;
        }
        end += 1 + fraction;
    }
    if matches!(text.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(end + 1 + sign);
        if exponent == 0 {
            return None;
        }
        end += 1 + sign + exponent;
    }
    Some(end)
}

/// The length of the word at the start of a text, if it is one of `words`.
fn word(text: &[u8], words: &[&str]) -> Option<usize> {
    words.iter().find(|word| text.starts_with(word.as_bytes())).map(|word| word.len())
}
