//! A text file read piece by piece, into memory that is used again.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::brotli::BrotliReader;
use crate::base::error::{Code, Error, Result};
use crate::base::files::read_some;
use crate::base::storage::WholeFile;
use crate::input::logs::log_file::{Compression, Format, LogFile};

/// Room before a piece for what is left of the one before.
pub(super) const ROOM_BYTES: usize = 4 << 10;
/// A row longer than this is taken for a quote that is not closed, or for no rows at all.
const ROW_BYTES_MAX: usize = 64 << 20;

/// A file from its start, unpacked; `passed` counts the bytes of the file itself.
pub(in crate::input::logs) fn unpacked(
    file: &LogFile,
    passed: &Arc<AtomicU64>,
) -> Result<Box<dyn Read + Send>> {
    let raw = Counted { file: file.open_whole()?, passed: Arc::clone(passed) };
    Ok(match file.compression {
        Compression::None => Box::new(raw),
        Compression::Gzip => {
            let raw = io::BufReader::with_capacity(1 << 20, raw);
            Box::new(flate2::read::MultiGzDecoder::new(raw))
        }
        Compression::Brotli => {
            let raw = io::BufReader::with_capacity(1 << 20, raw);
            Box::new(BrotliReader::new(raw))
        }
        Compression::Zstd => {
            let unpacked = zstd::Decoder::new(raw);
            Box::new(unpacked.map_err(|e| unreadable(file, 0, e))?)
        }
    })
}

/// A file whose bytes are counted when they are read.
struct Counted {
    file: WholeFile,
    passed: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = read_some(&mut self.file, buffer)?;
        self.passed.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// What one thread reads with.
pub(super) struct PieceReader {
    piece_bytes: usize,
    /// Room, and a piece of the file behind it.
    pub buffer: Vec<u8>,
    /// The plain file.
    plain: Option<WholeFile>,
}

impl PieceReader {
    /// A reader of pieces of that size.
    pub fn of(piece_bytes: usize) -> Self {
        PieceReader { piece_bytes, buffer: Vec::new(), plain: None }
    }

    /// The next piece of a stream.
    pub fn read_on(&mut self, input: &mut impl Read) -> Piece {
        let piece = self.make_room();
        Piece::read(input, piece)
    }

    /// The piece of a plain file at a place.
    pub fn read_at(&mut self, file: &LogFile, place: u64) -> Result<Piece> {
        let mut plain = match self.plain.take() {
            Some(plain) => plain,
            None => file.open_whole()?,
        };
        let piece = self.make_room();
        let read = match plain.seek(SeekFrom::Start(place)) {
            Ok(_) => Piece::read(&mut plain, piece),
            Err(e) => Piece { bytes: 0, last: false, failed: Some(e) },
        };
        self.plain = Some(plain);
        Ok(read)
    }

    /// The part of the buffer that a piece goes to.
    fn make_room(&mut self) -> &mut [u8] {
        let bytes = ROOM_BYTES + self.piece_bytes;
        if self.buffer.capacity() < bytes {
            self.buffer = vec![0; bytes];
        }
        self.buffer.resize(bytes, 0);
        &mut self.buffer[ROOM_BYTES..]
    }
}

/// What was read of a file at once.
pub(super) struct Piece {
    pub bytes: usize,
    /// Whether the file ends with it.
    pub last: bool,
    /// Why it is not whole.
    pub failed: Option<io::Error>,
}

impl Piece {
    /// Fills `buffer`, unless the input ends.
    fn read(input: &mut impl Read, buffer: &mut [u8]) -> Self {
        let mut bytes = 0;
        let mut failed = None;
        while bytes < buffer.len() && failed.is_none() {
            match read_some(input, &mut buffer[bytes..]) {
                Ok(0) => return Piece { bytes, last: true, failed },
                Ok(read) => bytes += read,
                Err(e) => failed = Some(e),
            }
        }
        Piece { bytes, last: false, failed }
    }
}

/// A text file cannot be read from a row on; not at all if that is the header, row 0.
pub(super) fn unreadable(file: &LogFile, row: u64, cause: io::Error) -> Error {
    let error = match row {
        0 => Error::new(Code::INPUT_DAMAGED, "cannot be read"),
        row => Error::new(Code::INPUT_DAMAGED, "cannot be read from here on").at_row(row),
    };
    error.in_file(&file.name).caused_by(cause).hint(match file.compression {
        Compression::None => "the disk or the connection may have failed; fetch the file again",
        _ => {
            "the file may be truncated, damaged, or not compressed as its name says; fetch or \
             export it again"
        }
    })
}

/// Makes sure that the start of a row, whose end has not been found, is not too long.
pub(super) fn check_row_length(file: &LogFile, row: u64, text: &[u8]) -> Result<()> {
    if text.len() <= ROW_BYTES_MAX {
        return Ok(());
    }
    Err(Error::new(Code::ROW_TOO_LONG, "a row is longer than 64 MiB")
        .in_file(&file.name)
        .at_row(row.max(1)) // the header counts as row 1 here
        .hint(match file.format {
            Format::Ndjson => "write one object a line",
            _ => "look for a quote that is not closed near that row",
        }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_text_is_unpacked_whole_or_said_to_be_damaged() {
        let text = "a,b\n1,2\n3,4\n";
        let mut gzip = Vec::new();
        let packer = flate2::read::GzEncoder::new(text.as_bytes(), flate2::Compression::fast());
        { packer }.read_to_end(&mut gzip).unwrap();
        let zstd = zstd::encode_all(text.as_bytes(), 0).unwrap();
        let brotli = b"\x8b\x05\x80a,b\n1,2\n3,4\n\x03".to_vec();
        let folder = tempfile::tempdir().unwrap();
        for (name, packed, goes_on) in
            [("t.csv.gz", gzip, true), ("t.csv.zst", zstd, true), ("t.csv.br", brotli, false)]
        {
            let path = folder.path().join(name);
            let read = |bytes: &[u8]| {
                std::fs::write(&path, bytes).unwrap();
                let mut found = String::new();
                let file = LogFile::of(&path).unwrap();
                let unpacked = unpacked(&file, &Arc::default());
                unpacked.ok()?.read_to_string(&mut found).ok().map(|_| found)
            };
            assert_eq!(read(&packed).as_deref(), Some(text), "{name}");
            for length in 1..packed.len() {
                assert_eq!(read(&packed[..length]), None, "{name} cut at {length}");
            }
            assert_eq!(read(&[&packed[..], b"more"].concat()), None, "{name}");
            // Brotli has no way to tell where another stream begins.
            let twice = read(&[&packed[..], &packed].concat());
            assert_eq!(twice.is_some_and(|found| found == text.repeat(2)), goes_on, "{name}");
            assert_eq!(read(text.as_bytes()), None, "{name}");
        }
    }
}
