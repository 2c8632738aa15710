//! A text file as blocks of whole rows, decompressed on the way.
//!
//! Any number of threads ask for blocks. Those of a plain file read a piece of it each, at the
//! same time; a compressed file is read by one at a time, while the others parse. Then, in the
//! order of the file, each piece is cut where a row ends: what is left goes before the next one.
//! Only there is known whether a piece begins within quotes, and how many rows come before.

use std::io::{Cursor, Read};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use super::pieces::{Piece, PieceReader, ROOM_BYTES, check_row_length, unpacked, unreadable};
use super::row_ends::RowSplitter;
use crate::base::error::{Code, Error, Result};
use crate::input::logs::content::check_text;
use crate::input::logs::log_file::{Compression, LogFile};

/// Bytes of a piece: few enough to stay in a core's own cache until they are parsed.
const PIECE_BYTES: usize = 512 << 10;
/// Bytes of a piece in which only the header is looked for.
const HEADER_BYTES: usize = 64 << 10;
/// What some programs put before UTF-8 text; it is no part of the first row.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Whole rows of a text file.
#[derive(Debug)]
pub(in crate::input::logs) struct Block<'b> {
    /// The number of the first row, from 1; a CSV file's header is row 0.
    pub first_row: u64,
    /// The rows' bytes.
    pub bytes: &'b [u8],
}

impl Block<'_> {
    /// The block without the header of CSV, if it has it.
    fn without_header(self, delimiter: Option<u8>) -> Self {
        let Some(delimiter) = delimiter.filter(|_| self.first_row == 0) else {
            return self;
        };
        match RowSplitter::first_row(self.bytes, delimiter) {
            Some(end) => Block { first_row: 1, bytes: &self.bytes[end..] },
            None => Block { first_row: 0, bytes: &[] },
        }
    }
}

/// Cuts a text file into [`Block`]s.
pub(in crate::input::logs) struct Blocks {
    file: LogFile,
    /// Where the text begins in a plain file: behind the byte order mark.
    begin: u64,
    passed: Arc<AtomicU64>,
    piece_bytes: usize,
    /// What stands between cells of CSV.
    delimiter: Option<u8>,
    state: Mutex<State>,
    turn: Condvar,
}

struct State {
    /// What is unpacked, one piece after the other; nothing where the file is plain.
    stream: Option<Box<dyn Read + Send>>,
    splitter: RowSplitter,
    /// Of what was read and cut: the start of a row whose end is still to come.
    rest: Vec<u8>,
    /// Whether all has been handed out, or something failed.
    done: bool,
    next_row: u64,
    /// Pieces of a plain file that are being read, or have been.
    taken: u64,
    /// Those of them that have been cut.
    cut: u64,
}

impl Blocks {
    /// Opens a text file: CSV, where a delimiter stands between cells; else NDJSON.
    pub fn open(file: &LogFile, delimiter: Option<u8>) -> Result<Self> {
        Blocks::open_for(file, delimiter, PIECE_BYTES)
    }

    fn open_for(file: &LogFile, delimiter: Option<u8>, piece_bytes: usize) -> Result<Self> {
        let passed = Arc::default();
        let mut text = unpacked(file, &passed)?;
        let next_row = u64::from(delimiter.is_none()); // the header of CSV is row 0
        // A stream is read in small steps at first, so that what is told of a damaged one is near
        // the damage.
        let mut start = Vec::new();
        for bytes in [BYTE_ORDER_MARK.len(), HEADER_BYTES] {
            text.by_ref().take(bytes as u64).read_to_end(&mut start).map_err(|cause| {
                let whole = RowSplitter::new(delimiter).feed(&start);
                let whole = whole.map_or_else(|stray| stray.rows, |found| found.rows);
                unreadable(file, next_row + whole, cause)
            })?;
        }
        let begin = if start.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        check_text(file, &start[begin..])?;
        let is_plain = file.compression == Compression::None;
        if is_plain {
            passed.store(begin as u64, Ordering::Relaxed); // the start is read again as a piece
        }
        let text = Cursor::new(start.split_off(begin)).chain(text);
        let state = State {
            stream: (!is_plain).then(|| Box::new(text) as Box<dyn Read + Send>),
            splitter: RowSplitter::new(delimiter),
            rest: Vec::new(),
            done: false,
            next_row,
            taken: 0,
            cut: 0,
        };
        Ok(Blocks {
            file: file.clone(),
            begin: begin as u64,
            passed,
            piece_bytes,
            delimiter,
            state: Mutex::new(state),
            turn: Condvar::new(),
        })
    }

    /// The header of a CSV file, with the line ends before it; `None` where the file is empty.
    ///
    /// # Errors
    /// The file cannot be read as far as that.
    pub fn header(file: &LogFile, delimiter: u8) -> Result<Option<Vec<u8>>> {
        let blocks = Blocks::open_for(file, Some(delimiter), HEADER_BYTES)?;
        let (mut reader, mut header) = (PieceReader::of(HEADER_BYTES), Vec::new());
        while let Some(block) = blocks.next(&mut reader)? {
            match RowSplitter::first_row(block.bytes, delimiter) {
                None => header.extend(block.bytes),
                Some(end) => {
                    header.extend(&block.bytes[..end]);
                    break;
                }
            }
        }
        Ok(Some(header).filter(|header| !header.is_empty()))
    }

    /// Hands blocks to `work` until there are no more. Any number of threads may do so at once,
    /// each with blocks of its own.
    ///
    /// # Errors
    /// The first fault of the file, or of `work`: then nobody is handed more.
    pub fn each(&self, mut work: impl FnMut(Block<'_>) -> Result<()>) -> Result<()> {
        let mut reader = PieceReader::of(self.piece_bytes);
        let mut each = || {
            while let Some(block) = self.next(&mut reader)? {
                work(block.without_header(self.delimiter))?;
            }
            Ok(())
        };
        each().inspect_err(|_| {
            self.state().done = true;
            self.turn.notify_all();
        })
    }

    /// How many bytes of the file were read since this was asked last.
    pub fn take_passed(&self) -> u64 {
        self.passed.swap(0, Ordering::Relaxed)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn next<'b>(&self, reader: &'b mut PieceReader) -> Result<Option<Block<'b>>> {
        loop {
            let mut state = self.state();
            if state.done {
                return Ok(None);
            }
            let piece = match &mut state.stream {
                Some(stream) => reader.read_on(stream),
                None => {
                    let turn = state.taken;
                    state.taken += 1;
                    drop(state);
                    let place = self.begin + turn * self.piece_bytes as u64;
                    let piece = reader.read_at(&self.file, place)?;
                    let early = |state: &mut State| !state.done && state.cut < turn;
                    let waited = self.turn.wait_while(self.state(), early);
                    state = waited.unwrap_or_else(|e| e.into_inner());
                    if state.done {
                        return Ok(None);
                    }
                    state.cut += 1;
                    self.passed.fetch_add(piece.bytes as u64, Ordering::Relaxed);
                    piece
                }
            };
            let rows = state.cut(&self.file, piece, &mut reader.buffer);
            state.done |= rows.is_err();
            drop(state);
            self.turn.notify_all();
            if let Some((first_row, place)) = rows? {
                return Ok(Some(Block { first_row, bytes: &reader.buffer[place] }));
            }
        }
    }
}

impl State {
    /// Cuts the next piece of the file, which stands in `buffer` behind the room: gives the number of the
    /// first row that is whole, and where they all stand in the buffer; `None` where no row ends in it.
    fn cut(
        &mut self,
        file: &LogFile,
        piece: Piece,
        buffer: &mut Vec<u8>,
    ) -> Result<Option<(u64, Range<usize>)>> {
        let text = ROOM_BYTES..ROOM_BYTES + piece.bytes;
        let found = self.splitter.feed(&buffer[text.clone()]).map_err(|stray| {
            let before = [&self.rest, &buffer[text.start..text.start + stray.place]].concat();
            let after = &buffer[text.start + stray.place..text.end];
            stray_text(file, self.next_row + stray.rows, &before, after)
        })?;
        let row = self.next_row + found.rows;
        if let Some(cause) = piece.failed {
            return Err(unreadable(file, row, cause));
        }
        if piece.last {
            // Threads that wait for their turn have read nothing.
            self.done = true;
            self.check_quotes(file, row)?;
        } else if found.end == 0 {
            self.rest.extend(&buffer[text]);
            check_row_length(file, row, &self.rest)?;
            return Ok(None);
        }
        let end = if piece.last { text.end } else { text.start + found.end };
        let rest = std::mem::replace(&mut self.rest, buffer[end..text.end].to_vec());
        let first_row = std::mem::replace(&mut self.next_row, row);
        let more = rest.len().saturating_sub(ROOM_BYTES); // what a long row needs beyond the room
        buffer.splice(..0, std::iter::repeat_n(0, more));
        let rows = ROOM_BYTES + more;
        buffer[rows - rest.len()..rows].copy_from_slice(&rest);
        Ok(Some((first_row, rows - rest.len()..end + more)))
    }

    /// At the end of the file no cell may be open: the rows after a stray quote would all seem
    /// to be one cell.
    fn check_quotes(&self, file: &LogFile, row: u64) -> Result<()> {
        if !self.splitter.open_quote() {
            return Ok(());
        }
        let error = match row {
            0 => Error::new(
                Code::QUOTES,
                "a quote in the header is not closed by the end of the file",
            ),
            _ => {
                Error::new(Code::QUOTES, "a quote is not closed by the end of the file").at_row(row)
            }
        };
        Err(error.in_file(&file.name).hint(format!(
            "the file may be truncated; else look for a stray quote there: {DOUBLED}"
        )))
    }
}

/// What to do about quotes that are not doubled.
pub(super) const DOUBLED: &str = "quotes within a quoted cell must be doubled, and a writer that puts a backslash \
                       before them has a setting for that (Spark: option escape = \"\\\"\")";

/// Text stands behind a closing quote: before it `before`, of the row at least.
fn stray_text(file: &LogFile, row: u64, before: &[u8], after: &[u8]) -> Error {
    const SHOWN: usize = 40;
    let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let start = before.iter().rposition(is_end).map_or(0, |end| end + 1);
    let start = start.max(before.len().saturating_sub(SHOWN));
    let end = after.iter().position(is_end).unwrap_or(after.len()).min(SHOWN);
    let shown = [&before[start..], &after[..end]].concat();
    let error = match row {
        0 => Error::new(Code::QUOTES, "has text behind a closing quote in the header"),
        row => Error::new(Code::QUOTES, "has text behind a closing quote").at_row(row),
    };
    error
        .in_file(&file.name)
        .with_value(String::from_utf8_lossy(&shown))
        .expected("a separator or the row's end behind it")
        .hint(format!("{DOUBLED}; what follows would be lost in a cell"))
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    /// All blocks by their first row, as three threads find them.
    fn blocks(file: &LogFile, quotes: bool, piece_bytes: usize) -> Result<Vec<(u64, Vec<u8>)>> {
        let blocks = Blocks::open_for(file, quotes.then_some(b','), piece_bytes)?;
        let found = Mutex::new(Vec::new());
        let work = || {
            blocks.each(|block| {
                found
                    .lock()
                    .unwrap_or_else(|e| e.into_inner())
                    .push((block.first_row, block.bytes.to_owned()));
                Ok(())
            })
        };
        let outcomes: Vec<_> = std::thread::scope(|scope| {
            let threads = [(); 3].map(|()| scope.spawn(work));
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| panic!())).collect()
        });
        outcomes.into_iter().collect::<Result<()>>()?;
        let mut found = found.into_inner().unwrap_or_else(|e| e.into_inner());
        found.retain(|(_, bytes)| rows(bytes, quotes) > 0);
        found.sort();
        Ok(found)
    }

    fn rows(text: &[u8], quotes: bool) -> u64 {
        match quotes {
            true => {
                let mut reader = ::csv::ReaderBuilder::new();
                let reader = reader.has_headers(false).flexible(true).from_reader(text);
                reader.into_byte_records().count() as u64
            }
            false => {
                text.split(|&b| b == b'\n').filter(|l| !l.trim_ascii().is_empty()).count() as u64
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn blocks_are_whole_rows_whatever_the_pieces(
            words in vec(select(&["a", ",", ",\"b\"", "\"\"", "\n", "\n", "\r\n", "\"\n\"", " ", "long"][..]), 0..40),
            quotes in any::<bool>(),
            name in select(&["t.csv", "t.csv.gz", "t.csv.zst"][..]),
            piece_bytes in select(&[1, 7, 64, 100_000][..]),
        ) {
            let text = words.concat().replace("long", &"long ".repeat(2_000));
            let whole = if quotes { format!("\u{feff}head,er\n{text}") } else { text.clone() };
            let folder = tempfile::tempdir()?;
            let path = folder.path().join(name);
            std::fs::write(&path, packed(name, whole.as_bytes()))?;
            let file = LogFile::of(&path).unwrap();
            let found = match blocks(&file, quotes, piece_bytes) {
                Err(error) => {
                    let mut splitter = RowSplitter::new(quotes.then_some(b','));
                    let stray = splitter.feed(text.as_bytes()).is_err();
                    prop_assert!(stray || splitter.open_quote(), "{error}");
                    return Ok(());
                }
                Ok(found) => found,
            };
            let mut row = 1;
            let mut rest = text.as_bytes();
            for (first_row, bytes) in found {
                prop_assert_eq!(first_row, row);
                row += rows(&bytes, quotes);
                let at = rest.windows(bytes.len()).position(|part| part == bytes).unwrap();
                prop_assert_eq!(rows(&rest[..at], quotes), 0);
                rest = &rest[at + bytes.len()..];
            }
            prop_assert_eq!(rows(rest, quotes), 0);
            prop_assert_eq!(row - 1, rows(text.as_bytes(), quotes));
        }
    }

    fn packed(name: &str, text: &[u8]) -> Vec<u8> {
        if name.ends_with(".gz") {
            let mut bytes = Vec::new();
            let mut packed = flate2::read::GzEncoder::new(text, flate2::Compression::fast());
            packed.read_to_end(&mut bytes).unwrap();
            return bytes;
        }
        if name.ends_with(".zst") { zstd::encode_all(text, 0).unwrap() } else { text.to_vec() }
    }

    #[test]
    fn pieces_are_cut_in_the_order_of_the_file() {
        let text: String = (0..60_000).map(|row| format!("{row}\n")).collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        std::fs::write(&path, format!("head\n{text}")).unwrap();
        let file = LogFile::of(&path).unwrap();
        for piece_bytes in [16, 50, 1_000] {
            let found = blocks(&file, true, piece_bytes).unwrap();
            let whole: Vec<u8> = found.into_iter().flat_map(|(_, bytes)| bytes).collect();
            assert!(whole == text.as_bytes(), "pieces of {piece_bytes} bytes");
        }
    }

    #[test]
    fn nobody_waits_for_a_thread_that_failed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        std::fs::write(&path, "h\n".repeat(100_000)).unwrap();
        let blocks = Blocks::open_for(&LogFile::of(&path).unwrap(), Some(b','), 64).unwrap();
        let work = || blocks.each(|_| Err(Error::new(Code::INPUT_DAMAGED, "no")));
        let failed = std::thread::scope(|scope| {
            let threads = [(); 4].map(|()| scope.spawn(work));
            threads.into_iter().all(|thread| thread.join().is_ok())
        });
        assert!(failed);
    }
}
