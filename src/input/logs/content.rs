//! What a file holds, by its first bytes, where that is something else than its name says.

use super::log_file::{Compression, Format, LogFile};
use crate::base::error::{Code, Error, Result};

/// Bytes that are looked at.
const START_BYTES: u64 = 512;

/// What files begin with, what they are then, and what to do.
const KNOWN: [(&[u8], &str, &str); 16] = [
    (b"PAR1", "Parquet", "let its name end with .parquet"),
    (b"PARE", "encrypted Parquet", "write it without encryption"),
    (b"\x1f\x8b", "gzip", "let its name end with .gz behind the format, such as .csv.gz"),
    (b"\x28\xb5\x2f\xfd", "zstd", "let its name end with .zst behind the format, such as .csv.zst"),
    (b"BZh", "bzip2", "unpack it, or pack it as .gz or .zst"),
    (b"\xfd7zXZ\0", "xz", "unpack it, or pack it as .gz or .zst"),
    (
        b"PK\x03\x04",
        "a ZIP archive or a workbook of Excel",
        "unpack it; save a workbook as CSV UTF-8",
    ),
    (b"\xd0\xcf\x11\xe0", "an old workbook of Excel", "save it as CSV UTF-8"),
    (b"ARROW1", "Arrow IPC (Feather)", "write it as Parquet"),
    (b"ORC", "ORC", "write it as Parquet"),
    (b"Obj\x01", "Avro", "write it as Parquet"),
    (b"SQLite format 3\0", "an SQLite database", "export its table as CSV"),
    (b"\xff\xfe", "text in UTF-16", "export it as UTF-8"),
    (b"\xfe\xff", "text in UTF-16", "export it as UTF-8"),
    (b"<!DOCTYPE", "HTML", "look into it: a download may have failed"),
    (b"<?xml", "XML", "look into it: a download may have failed"),
];

/// Makes sure that a file is packed, or Parquet, as its name says.
///
/// # Errors
/// [`crate::base::error::Kind::Input`]: it holds something else that is known, or cannot be read.
pub(super) fn check_file(file: &LogFile) -> Result<()> {
    let start = file.open()?.start(START_BYTES).map_err(|e| {
        Error::new(Code::INPUT_UNREADABLE, "cannot be read")
            .in_file(&file.name)
            .caused_by(e)
            .hint_of_damage("the disk or the connection may have failed; fetch the file again")
    })?;
    let (said, begins_with) = match (file.compression, file.format) {
        (Compression::Gzip, _) => ("gzip", &b"\x1f\x8b"[..]),
        (Compression::Zstd, _) => ("zstd", &b"\x28\xb5\x2f\xfd"[..]),
        (Compression::None, Format::Parquet) => ("Parquet", &b"PAR1"[..]),
        // Of Brotli nothing tells; what text is, is looked at where it is unpacked.
        (Compression::Brotli, _) | (Compression::None, Format::Csv | Format::Ndjson) => {
            return Ok(());
        }
    };
    // A zstd file may begin with a frame that is skipped: what nobody knows is left to the decoder.
    match what_begins_with(&start) {
        _ if start.is_empty() || start.starts_with(begins_with) => Ok(()),
        Some((holds, remedy)) => Err(other(file, holds, said, remedy)),
        None if is_text(&start) => {
            let remedy = match file.format {
                Format::Parquet => "let its name end with .csv or .ndjson, as it is",
                _ => "take the last ending off its name",
            };
            Err(other(file, "plain text", said, remedy))
        }
        None => Ok(()),
    }
}

/// Makes sure that a text, given its first bytes, is what the file's name says.
///
/// # Errors
/// [`crate::base::error::Kind::Input`]: it is something else that is known.
pub(super) fn check_text(file: &LogFile, start: &[u8]) -> Result<()> {
    let said = if file.format == Format::Csv { "CSV" } else { "NDJSON" };
    if let Some((holds, remedy)) = what_begins_with(start) {
        return Err(other(file, holds, said, remedy));
    }
    let text = start.trim_ascii_start();
    let line = text.split(|&byte| byte == b'\n').next().unwrap_or_default().trim_ascii();
    match (file.format, line) {
        (Format::Csv, [b'{', .., b'}']) => {
            Err(other(file, "JSON objects", said, "let its name end with .ndjson"))
        }
        (Format::Ndjson, [b'[', ..]) if text.len() > line.len() || !line.ends_with(b"]") => {
            let remedy = "write one object a line: jq -c '.[]' does so";
            Err(other(file, "one JSON array", said, remedy))
        }
        (Format::Ndjson, b"{") => {
            let remedy = "write each object on a line of its own: jq -c . does so";
            Err(other(file, "objects over several lines", said, remedy))
        }
        _ => Ok(()),
    }
}

fn other(file: &LogFile, holds: &str, said: &str, remedy: &str) -> Error {
    Error::new(Code::FORMAT_OTHER, format!("holds {holds}, though its name says {said}"))
        .in_file(&file.name)
        .hint(remedy)
}

fn what_begins_with(start: &[u8]) -> Option<(&'static str, &'static str)> {
    // Text may begin with the letters of another format.
    let may_be = |begins: &[u8]| begins.starts_with(b"<") || !is_text(start);
    let known = KNOWN.iter().find(|(begins, ..)| start.starts_with(begins) && may_be(begins));
    known.map(|(_, holds, remedy)| (*holds, *remedy))
}

/// Whether bytes are text, though the last character may be cut.
fn is_text(start: &[u8]) -> bool {
    let whole = match std::str::from_utf8(start) {
        Ok(_) => start.len(),
        Err(e) if e.error_len().is_none() => e.valid_up_to(),
        Err(_) => return false,
    };
    !start[..whole].iter().any(|&byte| byte < b' ' && !b"\t\n\r".contains(&byte))
}
