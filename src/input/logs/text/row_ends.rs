//! Where rows end in a text that comes piece by piece.
//!
//! The states are those of RFC 4180 as the `csv` crate reads it: `\n`, `\r` and `\r\n` end a
//! row, and empty lines are no rows. A line end within quotes does not end a row. In NDJSON only
//! `\n` ends a row, and a line of white space is none.

use super::byte_masks::{Mask, chunks};
use super::quotes::{Position, Quotes};

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

/// Finds row ends, one piece of a text after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowSplitter {
    /// Whether quoted cells may hold line ends (CSV).
    quotes: bool,
    at: Position,
}

impl RowSplitter {
    /// At the start of a text; `quotes` where quoted cells may hold line ends (CSV).
    pub fn new(quotes: bool) -> Self {
        RowSplitter { quotes, at: Position::RowStart }
    }

    /// Whether the text so far ends within a quoted cell.
    pub fn open_quote(self) -> bool {
        self.at == Position::Quoted
    }

    /// Finds the row ends in the next piece.
    pub fn feed(&mut self, piece: &[u8]) -> RowEnds {
        let quick = if self.quotes { self.quick_csv(piece) } else { self.quick_ndjson(piece) };
        let (found, at) = quick.unwrap_or_else(|| self.byte_by_byte(piece, false));
        self.at = at;
        found
    }

    /// Where the first row of a CSV text ends, if it does.
    pub fn first_row(text: &[u8]) -> Option<usize> {
        let (found, _) = RowSplitter::new(true).byte_by_byte(text, true);
        (found.rows == 1).then_some(found.end)
    }

    /// Quotes followed by their parity, where that tells.
    fn quick_csv(self, piece: &[u8]) -> Option<(RowEnds, Position)> {
        let mut quotes = Quotes::new(self.at);
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
            Some(b',') => Position::CellStart,
            Some(b'\n' | b'\r') => Position::RowStart,
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

    fn byte_by_byte(self, piece: &[u8], one: bool) -> (RowEnds, Position) {
        let (mut found, mut at) = (RowEnds::default(), self.at);
        for (place, &byte) in piece.iter().enumerate() {
            let before = at;
            at = if self.quotes { after_csv(at, byte) } else { after_ndjson(at, byte) };
            let ends_line = at == Position::RowStart && (self.quotes || byte == b'\n');
            if ends_line {
                found.end = place + 1;
                found.rows += u64::from(before != Position::RowStart);
                if one && found.rows == 1 {
                    break;
                }
            }
        }
        (found, at)
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

fn after_csv(at: Position, byte: u8) -> Position {
    match (at, byte) {
        (Position::RowStart | Position::CellStart | Position::QuoteInQuoted, b'"') => {
            Position::Quoted
        }
        (Position::Quoted, b'"') => Position::QuoteInQuoted,
        (Position::Quoted, _) => Position::Quoted,
        (_, b',') => Position::CellStart,
        (_, b'\n' | b'\r') => Position::RowStart,
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

    fn rows(text: &[u8], quotes: bool) -> (u64, usize, bool) {
        let mut splitter = RowSplitter::new(quotes);
        let found = splitter.feed(text);
        (found.rows, found.end, splitter.open_quote())
    }

    #[test]
    fn rows_end_at_line_ends_outside_quotes() {
        let text = b"a,\"x\ny\"\r\n\r\nb,\"\"\"\n\"\nc,d\"e\nrest";
        assert_eq!(rows(text, true), (3, text.len() - 4, false));
        assert_eq!(RowSplitter::first_row(text), Some(8));
        assert_eq!(rows(b"a\n\n  \nb\n", false).0, 2);
        assert_eq!(rows(b"", true), (0, 0, false));
        assert_eq!(rows(b"a\n\"b\nc", true), (1, 2, true));
    }

    #[test]
    fn splitting_agrees_with_the_csv_reader() {
        let text = b"a,b\n\"q\n\",2\r\r\n\nx\"y,3\n\"\",4\n";
        let mut reader =
            ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&text[..]);
        assert_eq!(rows(text, true).0, reader.byte_records().count() as u64);
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
            let (expected, at) = RowSplitter::new(quotes).byte_by_byte(&text, false);
            let mut splitter = RowSplitter::new(quotes);
            prop_assert_eq!(splitter.feed(&text), expected);
            prop_assert_eq!(splitter.at, at);

            let cut = cut.index(text.len() + 1);
            let mut splitter = RowSplitter::new(quotes);
            let (first, second) = (splitter.feed(&text[..cut]), splitter.feed(&text[cut..]));
            let end = if second.end > 0 { cut + second.end } else { first.end };
            prop_assert_eq!(RowEnds { rows: first.rows + second.rows, end }, expected);
            prop_assert_eq!(splitter.at, at);
        }
    }
}
