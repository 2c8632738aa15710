//! A file of which ranges are read: Parquet, whose footer says where what is.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use bytes::{Buf, Bytes};
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};

use super::about::About;
use super::address::is_address;
use super::object::{self, Object};
use super::plain_file;

/// A file, or an object of which only the ranges travel that are asked for.
#[derive(Debug)]
pub enum RangedFile {
    /// A file of this machine.
    File(File),
    /// An object, and what was fetched of it already: ranges by where they begin.
    Object(Arc<Object>, Vec<(u64, Bytes)>),
}

/// So much is fetched first where a reader does not say how far it will read: it looks at the header of a page, and
/// mostly no further. The second time it is four times as much, and so on.
const FIRST_STEP: u64 = 4 << 10;
/// So much at the most.
const LAST_STEP: u64 = 1 << 20;

impl RangedFile {
    /// Opens what lies at a path.
    ///
    /// # Errors
    /// It cannot be opened, or is no plain file.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(match is_address(path) {
            true => RangedFile::Object(object::pinned(path)?, Vec::new()),
            false => RangedFile::File(plain_file::open(path)?),
        })
    }

    /// The same, with ranges of it that were fetched already, each with where it begins.
    #[must_use]
    pub fn with(self, fetched: &[(u64, Bytes)]) -> Self {
        match self {
            RangedFile::Object(object, _) => RangedFile::Object(object, fetched.to_vec()),
            file @ RangedFile::File(_) => file,
        }
    }

    /// What is known of it, as it was opened.
    ///
    /// # Errors
    /// The system cannot tell.
    pub fn about(&self) -> io::Result<About> {
        match self {
            RangedFile::File(file) => file.metadata().map(|metadata| About::of(&metadata)),
            RangedFile::Object(object, _) => Ok(object.about().clone()),
        }
    }

    /// Its first bytes, at most so many of them.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn start(&self, bytes: u64) -> io::Result<Vec<u8>> {
        let mut start = Vec::new();
        match self {
            RangedFile::File(file) => file.take(bytes).read_to_end(&mut start)?,
            RangedFile::Object(object, _) => {
                start.extend(object.range(0..bytes.min(object.about().bytes))?);
                start.len()
            }
        };
        Ok(start)
    }
}

/// Bytes of an object, of what is at hand or fetched.
fn range_of(object: &Object, at_hand: &[(u64, Bytes)], range: Range<u64>) -> io::Result<Bytes> {
    let covers = |(start, bytes): &&(u64, Bytes)| {
        *start <= range.start && range.end <= start + bytes.len() as u64
    };
    match at_hand.iter().find(covers) {
        None => object.range(range),
        Some((start, bytes)) => {
            let place = |at: u64| usize::try_from(at - start).unwrap_or(usize::MAX);
            Ok(bytes.slice(place(range.start)..place(range.end)))
        }
    }
}

impl Length for RangedFile {
    fn len(&self) -> u64 {
        match self {
            RangedFile::File(file) => Length::len(file),
            RangedFile::Object(object, _) => object.about().bytes,
        }
    }
}

impl ChunkReader for RangedFile {
    type T = Box<dyn Read>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        Ok(match self {
            RangedFile::File(file) => Box::new(file.get_read(start)?),
            RangedFile::Object(object, at_hand) => Box::new(ObjectReader {
                object: Arc::clone(object),
                at_hand: at_hand.clone(),
                place: start,
                step: FIRST_STEP,
                read: Bytes::new(),
            }),
        })
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        match self {
            RangedFile::File(file) => file.get_bytes(start, length),
            RangedFile::Object(object, at_hand) => {
                let end = start.saturating_add(length as u64);
                if end > object.about().bytes {
                    return Err(ParquetError::EOF("a range goes beyond the file's end".to_owned()));
                }
                range_of(object, at_hand, start..end).map_err(|e| ParquetError::External(e.into()))
            }
        }
    }
}

/// Reads an object from a place on.
struct ObjectReader {
    object: Arc<Object>,
    at_hand: Vec<(u64, Bytes)>,
    /// What comes next is from here.
    place: u64,
    /// So much of it is fetched.
    step: u64,
    /// What was fetched and not read yet.
    read: Bytes,
}

impl Read for ObjectReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read.is_empty() {
            let ends = self.at_hand.iter().map(|(start, bytes)| *start..start + bytes.len() as u64);
            let end = ends.into_iter().find(|part| part.contains(&self.place)).map(|part| part.end);
            let end = end.unwrap_or(self.place + self.step).min(self.object.about().bytes);
            if self.place >= end {
                return Ok(0);
            }
            self.read = range_of(&self.object, &self.at_hand, self.place..end)?;
            self.place = end;
            self.step = (4 * self.step).min(LAST_STEP);
        }
        let bytes = buffer.len().min(self.read.len());
        self.read.copy_to_slice(&mut buffer[..bytes]);
        Ok(bytes)
    }
}
