//! What of a CSV text lies within quotes.

use super::byte_masks::{Chunk, Mask};

/// What ends a cell of CSV outside quotes, where this stands between cells.
pub(super) const fn separators(delimiter: u8) -> [u8; 3] {
    [delimiter, b'\n', b'\r']
}

/// Where in a row a piece of text ends, and the next one goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    /// At its start; in NDJSON, after nothing but white space.
    RowStart,
    /// At the start of a later cell.
    CellStart,
    /// In a plain cell, or anywhere in a row of NDJSON.
    Plain,
    /// Within quotes.
    Quoted,
    /// Behind a quote that ends a quoted cell, if none follows.
    QuoteInQuoted,
}

/// Follows quotes through CSV by their parity, chunk by chunk.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quotes {
    separators: [u8; 3],
    met: Mask,
    doubled: Mask,
    /// All bits where the next chunk begins within quotes.
    within: Mask,
    /// The lowest bit where the next chunk begins behind a separator, or at the text's start.
    after_separator: Mask,
    /// The lowest bit where the next chunk begins behind a closing quote.
    after_closing: Mask,
}

impl Quotes {
    /// Of a text that goes on at a position.
    pub fn new(at: Position, delimiter: u8) -> Self {
        Quotes {
            separators: separators(delimiter),
            met: 0,
            doubled: 0,
            within: if at == Position::Quoted { Mask::MAX } else { 0 },
            after_separator: matches!(at, Position::RowStart | Position::CellStart).into(),
            after_closing: (at == Position::QuoteInQuoted).into(),
        }
    }

    /// Whether what comes next is within quotes.
    pub fn within(self) -> bool {
        self.within != 0
    }

    /// Whether there were any quotes.
    pub fn met(self) -> bool {
        self.met != 0
    }

    /// Whether there were two quotes for one in a quoted cell. Where there were none, a cell has
    /// two quotes at most: the one that it begins with, and the one that closes it.
    pub fn doubled(self) -> bool {
        self.doubled != 0
    }

    /// The bytes outside quotes; opening quotes are within, closing ones are not.
    ///
    /// `None` where parity says nothing: a quote within a plain cell is a character like others.
    /// One opens a cell only after a separator; and after a closing quote, since two of them are
    /// one in a quoted cell, which goes on. `None` also where something else follows a closing
    /// quote, which is a fault.
    #[inline]
    pub fn outside(&mut self, chunk: &Chunk<'_>) -> Option<Mask> {
        let quotes = chunk.is(b'"');
        if quotes | self.within | self.after_closing == 0 {
            self.after_separator = self.separators.contains(&chunk.last()).into();
            return Some(Mask::MAX);
        }
        self.outside_of(quotes, chunk)
    }

    /// The bytes outside these quotes. Apart, so that what has none is gone through without a call.
    fn outside_of(&mut self, quotes: Mask, chunk: &Chunk<'_>) -> Option<Mask> {
        self.met |= quotes;
        let within = parity(quotes) ^ self.within;
        let (opening, closing) = (quotes & within, quotes & !within);
        let separators = chunk.is_any(self.separators) & !within;
        let after_closing = closing << 1 | self.after_closing;
        let other = opening & !(separators << 1 | self.after_separator);
        self.doubled |= other;
        if other & !after_closing != 0 || after_closing & !(quotes | separators) != 0 {
            return None;
        }
        self.within = if within >> 63 == 1 { Mask::MAX } else { 0 };
        (self.after_separator, self.after_closing) = (separators >> 63, closing >> 63);
        Some(!within)
    }
}

/// For each bit, whether the number of bits up to it is odd.
#[inline]
fn parity(mut mask: Mask) -> Mask {
    for shift in [1, 2, 4, 8, 16, 32] {
        mask ^= mask << shift;
    }
    mask
}

#[cfg(test)]
mod tests {
    use super::super::byte_masks::{CHUNK, chunks};
    use super::*;

    #[test]
    fn parity_finds_what_is_quoted_or_gives_up() {
        let outside = |text: &str| {
            let mut quotes = Quotes::new(Position::RowStart, b',');
            let mut found = String::new();
            let whole = chunks(text.as_bytes(), |place, chunk| {
                let Some(outside) = quotes.outside(&chunk) else { return false };
                let here = text[place..].chars().take(CHUNK).enumerate();
                found.extend(here.filter(|(at, _)| outside >> at & 1 == 1).map(|(_, c)| c));
                true
            });
            whole.then_some((found, quotes.within()))
        };
        let is = |found: &str, within| Some((found.to_owned(), within));
        assert_eq!(outside("a,\"b,c\",d"), is("a,\",d", false));
        assert_eq!(outside("\"b\"\"c\",\"\",\"\"\"\"\n\"d"), is("\"\",\",\"\"\n", true));
        let long = format!("{},\"{}\n\"\n", "a".repeat(62), "b".repeat(100));
        assert_eq!(outside(&long), is(&format!("{},\"\n", "a".repeat(62)), false));
        assert_eq!(outside("a\"b\",c"), None);
        for stray in ["\"a\" \"b\"", "\"a\"b,c", "\"a\"\"\"b"] {
            assert_eq!(outside(stray), None);
            for before in 0..130 {
                assert_eq!(outside(&format!("{}\n{stray}", "x".repeat(before))), None);
            }
        }
        assert_eq!(outside(&format!("{}\"", "a".repeat(64))), None);
        assert!(outside(&format!("{},\"", "a".repeat(63))).is_some());
    }
}
