//! Where rows end in a text that comes piece by piece, and what of CSV lies within quotes.
//!
//! The states are those of RFC 4180 as the `csv` crate reads it: `\n`, `\r` and `\r\n` end a
//! row, and empty lines are no rows. A line end within quotes does not end a row. But what that crate
//! passes over is a fault here: text behind a closing quote. Who writes so escapes quotes otherwise
//! than by doubling them, and rows would vanish in a cell. In NDJSON only `\n` ends a row, and a line
//! of white space is none.

use super::byte_masks::{Chunk, Mask, chunks};

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

/// White space between the values of NDJSON, and what else [`u8::is_ascii_whitespace`] holds.
const WHITE: [u8; 5] = [b' ', b'\t', b'\n', b'\r', b'\x0c'];

/// What a piece of text has of rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct RowEnds {
    /// Rows that end in it.
    pub rows: u64,
    /// Where the last line ends; 0 where none does.
    pub end: usize,
}

/// Text behind a quote that closes a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StrayText {
    /// Rows that end before it in the piece.
    pub rows: u64,
    /// Its place in the piece.
    pub place: usize,
}

/// Finds row ends, one piece of a text after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowSplitter {
    /// What stands between cells of CSV, where quoted cells may hold line ends.
    delimiter: Option<u8>,
    at: Position,
}

impl RowSplitter {
    /// At the start of a text: CSV, where a delimiter stands between cells; else NDJSON.
    pub fn new(delimiter: Option<u8>) -> Self {
        RowSplitter { delimiter, at: Position::RowStart }
    }

    /// Whether the text so far ends within a quoted cell.
    pub fn open_quote(self) -> bool {
        self.at == Position::Quoted
    }

    /// Finds the row ends in the next piece.
    pub fn feed(&mut self, piece: &[u8]) -> Result<RowEnds, StrayText> {
        let quick = match self.delimiter {
            Some(delimiter) => self.quick_csv(piece, delimiter),
            None => self.quick_ndjson(piece),
        };
        let (found, at) = quick.map_or_else(|| self.byte_by_byte(piece, false), Ok)?;
        self.at = at;
        Ok(found)
    }

    /// Where the first row of a CSV text ends, if it does.
    pub fn first_row(text: &[u8], delimiter: u8) -> Option<usize> {
        let found = RowSplitter::new(Some(delimiter)).byte_by_byte(text, true);
        found.ok().filter(|(found, _)| found.rows == 1).map(|(found, _)| found.end)
    }

    /// Quotes followed by their parity, where that tells.
    fn quick_csv(self, piece: &[u8], delimiter: u8) -> Option<(RowEnds, Position)> {
        let mut quotes = Quotes::new(self.at, delimiter);
        let mut found = RowEnds::default();
        let mut ended: Mask = (self.at == Position::RowStart).into();
        let regular = chunks(piece, |place, chunk| {
            let ends = chunk.is_any(*b"\n\r");
            let Some(outside) = quotes.outside(&chunk) else { return false };
            ended = found.take(place, ends & outside, ended);
            true
        });
        let at = match piece.last() {
            _ if quotes.within() => Position::Quoted,
            Some(b'"') => Position::QuoteInQuoted,
            Some(b'\n' | b'\r') => Position::RowStart,
            Some(&byte) if byte == delimiter => Position::CellStart,
            Some(_) => Position::Plain,
            None => self.at,
        };
        regular.then_some((found, at))
    }

    /// Lines counted, where none begins with white space: none of them is blank then.
    fn quick_ndjson(self, piece: &[u8]) -> Option<(RowEnds, Position)> {
        let mut found = RowEnds::default();
        let mut ended: Mask = (self.at == Position::RowStart).into();
        let regular = chunks(piece, |place, chunk| {
            let ends = chunk.is(b'\n');
            let starts = ends << 1 | ended;
            if starts != 0 && starts & chunk.is_any(WHITE) != 0 {
                return false;
            }
            ended = found.take(place, ends, ended);
            true
        });
        let at = match piece.last() {
            Some(b'\n') => Position::RowStart,
            Some(_) => Position::Plain,
            None => self.at,
        };
        regular.then_some((found, at))
    }

    fn byte_by_byte(self, piece: &[u8], one: bool) -> Result<(RowEnds, Position), StrayText> {
        let (mut found, mut at) = (RowEnds::default(), self.at);
        for (place, &byte) in piece.iter().enumerate() {
            let before = at;
            at = match self.delimiter {
                Some(delimiter) => after_csv(at, byte, delimiter),
                None => after_ndjson(at, byte),
            };
            if before == Position::QuoteInQuoted && at == Position::Plain {
                return Err(StrayText { rows: found.rows, place });
            }
            let is_csv = self.delimiter.is_some();
            let ends_line = at == Position::RowStart && (is_csv || byte == b'\n');
            if ends_line {
                found.end = place + 1;
                found.rows += u64::from(before != Position::RowStart);
                if one && found.rows == 1 {
                    break;
                }
            }
        }
        Ok((found, at))
    }
}

impl RowEnds {
    /// Takes in the line ends of a chunk; an end right behind another ends no row. `ended` has
    /// its lowest bit where the chunk begins behind an end, and so has what is given back.
    #[inline]
    fn take(&mut self, place: usize, ends: Mask, ended: Mask) -> Mask {
        if ends == 0 {
            return 0;
        }
        self.rows += u64::from((ends & !(ends << 1 | ended)).count_ones());
        self.end = place + 64 - ends.leading_zeros() as usize;
        ends >> 63
    }
}

fn after_csv(at: Position, byte: u8, delimiter: u8) -> Position {
    match (at, byte) {
        (Position::RowStart | Position::CellStart | Position::QuoteInQuoted, b'"') => {
            Position::Quoted
        }
        (Position::Quoted, b'"') => Position::QuoteInQuoted,
        (Position::Quoted, _) => Position::Quoted,
        (_, b'\n' | b'\r') => Position::RowStart,
        (_, byte) if byte == delimiter => Position::CellStart,
        _ => Position::Plain,
    }
}

fn after_ndjson(at: Position, byte: u8) -> Position {
    match byte {
        b'\n' => Position::RowStart,
        _ if at == Position::RowStart && byte.is_ascii_whitespace() => Position::RowStart,
        _ => Position::Plain,
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    const CSV: Option<u8> = Some(b',');

    fn rows(text: &[u8], delimiter: Option<u8>) -> (u64, usize, bool) {
        let mut splitter = RowSplitter::new(delimiter);
        let found = splitter.feed(text).unwrap();
        (found.rows, found.end, splitter.open_quote())
    }

    #[test]
    fn rows_end_at_line_ends_outside_quotes() {
        let text = b"a,\"x\ny\"\r\n\r\nb,\"\"\"\n\"\nc,d\"e\nrest";
        assert_eq!(rows(text, CSV), (3, text.len() - 4, false));
        assert_eq!(RowSplitter::first_row(text, b','), Some(8));
        assert_eq!(rows(b"a\n\n  \nb\n", None).0, 2);
        assert_eq!(rows(b"", CSV), (0, 0, false));
        assert_eq!(rows(b"a\n\"b\nc", CSV), (1, 2, true));
        assert_eq!(rows(b"a;\"b\"\n;\"\n\"\n", Some(b';')), (2, 11, false));
    }

    #[test]
    fn text_behind_a_closing_quote_is_found() {
        let fed = |text: &str| RowSplitter::new(CSV).feed(text.as_bytes());
        for (text, rows, place) in [
            ("\"a\"b", 0, 3),
            ("x,y\n\"a\" \n", 1, 7),
            // As writers do that put a backslash before a quote.
            ("e,\"27\\\"\"\nf,1\ng,\"27\\\"\"\n", 0, 16),
        ] {
            let long = format!("{}\n{text}", "x".repeat(99));
            assert_eq!(fed(text), Err(StrayText { rows, place }), "{text}");
            assert_eq!(fed(&long), Err(StrayText { rows: rows + 1, place: place + 100 }), "{text}");
        }
        for text in ["a\"b\"c,d", "\"\"\"\"", "\"a\"\r\n", "\"a\",", "\"a\""] {
            assert!(fed(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn splitting_agrees_with_the_csv_reader() {
        let text = b"a,b\n\"q\n\",2\r\r\n\nx\"y,3\n\"\",4\n";
        let mut reader =
            ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&text[..]);
        assert_eq!(rows(text, CSV).0, reader.byte_records().count() as u64);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_quick_way_and_pieces_find_the_same(
            words in vec(select(&["a", ",", "\"", "\"\"", "\n", "\r", "\r\n", ",\"x\",", " ", "{}",
                "0123456789012345678901234567890123456789"][..]), 0..60),
            quotes in any::<bool>(),
            cut in any::<prop::sample::Index>(),
        ) {
            let text = words.concat().into_bytes();
            let delimiter = quotes.then_some(b',');
            let whole = RowSplitter::new(delimiter).byte_by_byte(&text, false);
            let mut splitter = RowSplitter::new(delimiter);
            prop_assert_eq!(splitter.feed(&text), whole.map(|(found, _)| found));
            prop_assert!(whole.is_err() || whole == Ok((whole.unwrap().0, splitter.at)));

            let cut = cut.index(text.len() + 1);
            let mut splitter = RowSplitter::new(delimiter);
            let first = splitter.feed(&text[..cut]);
            let second = first.and_then(|_| splitter.feed(&text[cut..]));
            let Ok((expected, at)) = whole else {
                prop_assert!(second.is_err());
                return Ok(());
            };
            let (first, second) = (first.unwrap(), second.unwrap());
            let end = if second.end > 0 { cut + second.end } else { first.end };
            prop_assert_eq!(RowEnds { rows: first.rows + second.rows, end }, expected);
            prop_assert_eq!(splitter.at, at);
        }
    }
}

#[cfg(test)]
mod quotes_tests {
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
