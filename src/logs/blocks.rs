//! A text file as blocks of whole rows, decompressed on the way.
//!
//! One reader cuts; the blocks are parsed in parallel. A cut lies only where a row ends, and a
//! line end within quotes does not end a row. The states are those of RFC 4180 as the `csv`
//! crate reads it: `\n`, `\r` and `\r\n` end a row, and empty lines are no rows.

use std::io::Read;

use super::{Compression, LogFile};
use crate::error::{Error, Result};

/// Bytes of a block, more or less.
const BLOCK_BYTES: usize = 4 << 20;
/// What some programs put before UTF-8 text; it is no part of the first row.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// A row longer than this is taken for a quote that is not closed.
const ROW_BYTES_MAX: usize = 64 << 20;

/// Whole rows of a text file.
#[derive(Debug)]
pub struct Block {
    /// The number of the first row, from 1.
    pub first_row: u64,
    /// The rows' bytes.
    pub bytes: Vec<u8>,
}

/// Cuts a text file into [`Block`]s.
pub struct Blocks {
    input: Box<dyn Read + Send>,
    file: LogFile,
    quotes: bool,
    /// Whether the header is still ahead.
    header: bool,
    /// Bytes read, but not handed out yet.
    rest: Vec<u8>,
    ended: bool,
    next_row: u64,
}

impl Blocks {
    /// Opens a text file; `quotes` where quoted cells may hold line ends (CSV).
    pub fn open(file: &LogFile, quotes: bool) -> Result<Self> {
        let raw = file.open()?;
        let input: Box<dyn Read + Send> = match file.compression {
            Compression::None => Box::new(raw),
            Compression::Gzip => Box::new(flate2::read::MultiGzDecoder::new(
                std::io::BufReader::with_capacity(1 << 20, raw),
            )),
            Compression::Zstd => Box::new(
                zstd::Decoder::new(raw).map_err(|e| unreadable("cannot be read", file, e))?,
            ),
        };
        let file = file.clone();
        let (rest, header) = (Vec::new(), quotes);
        let mut blocks = Blocks { input, file, quotes, header, rest, ended: false, next_row: 1 };
        blocks.fill(BYTE_ORDER_MARK.len())?;
        if blocks.rest.starts_with(BYTE_ORDER_MARK) {
            blocks.rest.clear();
        }
        Ok(blocks)
    }

    /// Takes the first row, as the header; `None` where the file is empty.
    pub fn take_header(&mut self) -> Result<Option<Vec<u8>>> {
        loop {
            self.fill(self.rest.len() + BLOCK_BYTES)?;
            let found = rows_in(&self.rest, self.quotes, 1);
            let end = if found.rows == 1 { found.end } else { self.rest.len() };
            if found.rows == 1 || self.ended {
                self.check_quotes(&found)?;
                self.header = false;
                let rest = self.rest.split_off(end);
                let header = std::mem::replace(&mut self.rest, rest);
                return Ok(Some(header).filter(|h| !h.is_empty()));
            }
            self.check_row_length()?;
        }
    }

    fn fill(&mut self, target: usize) -> Result<()> {
        if self.ended || self.rest.len() >= target {
            return Ok(());
        }
        let want = (target - self.rest.len()) as u64;
        let read = self.input.by_ref().take(want).read_to_end(&mut self.rest);
        let read = read.map_err(|e| {
            let whole = rows_in(&self.rest, self.quotes, u64::MAX).rows;
            match (self.next_row + whole).saturating_sub(u64::from(self.header)) {
                0 => unreadable("cannot be read", &self.file, e),
                row => unreadable("cannot be read from here on", &self.file, e).at_row(row),
            }
        })?;
        self.ended = (read as u64) < want;
        Ok(())
    }

    /// At the end of the file no cell may be open: the rows after a stray quote would all seem
    /// to be one cell.
    fn check_quotes(&self, found: &Found) -> Result<()> {
        if !self.ended || !found.open_quote {
            return Ok(());
        }
        let error = |message: &str| {
            Error::input(message)
                .in_file(&self.file.name)
                .hint("the file may be truncated; else look for a stray quote there")
        };
        if self.header {
            return Err(error("a quote in the header is not closed by the end of the file"));
        }
        let row = self.next_row + found.rows;
        Err(error("a quote is not closed by the end of the file").at_row(row))
    }

    fn check_row_length(&self) -> Result<()> {
        if self.rest.len() <= ROW_BYTES_MAX {
            return Ok(());
        }
        Err(Error::input("a row is longer than 64 MiB")
            .in_file(&self.file.name)
            .at_row(self.next_row)
            .hint("look for a quote that is not closed near that row"))
    }

    fn next_block(&mut self) -> Result<Option<Block>> {
        loop {
            self.fill(BLOCK_BYTES)?;
            if self.rest.is_empty() {
                return Ok(None);
            }
            let found = rows_in(&self.rest, self.quotes, u64::MAX);
            let first_row = self.next_row;
            if self.ended {
                self.check_quotes(&found)?;
                return Ok(Some(Block { first_row, bytes: std::mem::take(&mut self.rest) }));
            }
            if found.rows > 0 {
                self.next_row += found.rows;
                let rest = self.rest.split_off(found.end);
                let bytes = std::mem::replace(&mut self.rest, rest);
                return Ok(Some(Block { first_row, bytes }));
            }
            self.check_row_length()?;
            self.fill(self.rest.len() * 2)?;
        }
    }
}

impl Iterator for Blocks {
    type Item = Result<Block>;

    fn next(&mut self) -> Option<Self::Item> {
        let block = self.next_block().transpose();
        if matches!(block, Some(Err(_))) {
            // After a fault nothing more is read.
            self.ended = true;
            self.rest.clear();
        }
        block
    }
}

fn unreadable(message: &str, file: &LogFile, cause: std::io::Error) -> Error {
    let error = Error::input(message).in_file(&file.name).caused_by(cause);
    error.hint(match file.compression {
        Compression::None => "the disk or the connection may have failed; fetch the file again",
        _ => {
            "the file may be truncated, damaged, or not compressed as its name says; fetch or \
             export it again"
        }
    })
}

/// Whole rows at the start of a text.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    rows: u64,
    /// Where the last of them ends.
    end: usize,
    /// Whether what follows is within a quoted cell at its end.
    open_quote: bool,
}

/// Counts up to `most` whole rows.
fn rows_in(bytes: &[u8], quotes: bool, most: u64) -> Found {
    if quotes && memchr::memchr(b'"', bytes).is_some() {
        return rows_with_quotes(bytes, most);
    }
    let mut found = Found { rows: 0, end: 0, open_quote: false };
    let mut start = 0;
    // In NDJSON a carriage return is white space, and a line of white space is no row.
    let (other_end, blank): (u8, fn(&[u8]) -> bool) = match quotes {
        true => (b'\r', <[u8]>::is_empty),
        false => (b'\n', |line| line.trim_ascii().is_empty()),
    };
    for end in memchr::memchr2_iter(b'\n', other_end, bytes) {
        if !blank(&bytes[start..end]) {
            found = Found { rows: found.rows + 1, end: end + 1, open_quote: false };
            if found.rows == most {
                break;
            }
        }
        start = end + 1;
    }
    found
}

fn rows_with_quotes(bytes: &[u8], most: u64) -> Found {
    #[derive(PartialEq)]
    enum At {
        CellStart,
        Plain,
        Quoted,
        QuoteInQuoted,
    }
    let mut found = Found { rows: 0, end: 0, open_quote: false };
    let (mut at, mut row_is_empty) = (At::CellStart, true);
    for (place, &byte) in bytes.iter().enumerate() {
        at = match (at, byte) {
            (At::CellStart | At::QuoteInQuoted, b'"') => At::Quoted,
            (At::Quoted, b'"') => At::QuoteInQuoted,
            (At::Quoted, _) => At::Quoted,
            (_, b',') => At::CellStart,
            (_, b'\n' | b'\r') => {
                if !row_is_empty {
                    found = Found { rows: found.rows + 1, end: place + 1, open_quote: false };
                    if found.rows == most {
                        return found;
                    }
                }
                row_is_empty = true;
                at = At::CellStart;
                continue;
            }
            _ => At::Plain,
        };
        row_is_empty = false;
    }
    found.open_quote = at == At::Quoted;
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_end_at_line_ends_outside_quotes() {
        let text = b"a,\"x\ny\"\r\n\r\nb,\"\"\"\n\"\nc,d\"e\nrest";
        let found = rows_in(text, true, u64::MAX);
        assert_eq!(found, Found { rows: 3, end: text.len() - 4, open_quote: false });
        assert_eq!(rows_in(text, true, 1).end, 8);
        assert_eq!(rows_in(b"a\n\n  \nb\n", false, u64::MAX).rows, 2);
        assert_eq!(rows_in(b"", true, u64::MAX), Found { rows: 0, end: 0, open_quote: false });
        let open = b"a\n\"b\nc";
        assert_eq!(rows_in(open, true, u64::MAX), Found { rows: 1, end: 2, open_quote: true });
    }

    #[test]
    fn cutting_agrees_with_the_csv_reader() {
        let text = b"a,b\n\"q\n\",2\r\r\n\nx\"y,3\n\"\",4\n";
        let mut reader =
            ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&text[..]);
        assert_eq!(rows_in(text, true, u64::MAX).rows, reader.byte_records().count() as u64);
    }
}
