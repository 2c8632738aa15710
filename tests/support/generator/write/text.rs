//! CSV and NDJSON, plain or packed into one stream.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::Range;
use std::path::Path;

use flate2::write::GzEncoder;

use super::super::Outcome;
use super::super::month::{DAY_MICROS, instant};
use super::{Changes, Usage, create, in_turn, uuid_text, words};

/// Rows of a part, and parts at once for each thread.
const PART: u64 = 16_384;
const PARTS: usize = 8;

/// How a row is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Cells between commas, below a header.
    Csv,
    /// An object a line.
    Ndjson,
}

/// How the text is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// Not at all.
    Plain,
    /// As one member.
    Gzip,
    /// As one frame.
    Zstd,
}

/// How text is written.
#[derive(Debug, Clone, Copy)]
pub struct Text {
    /// How a row is written.
    pub shape: Shape,
    /// How the text is packed.
    pub packing: Packing,
}

impl Text {
    /// Writes a usage file of some steps of the sequence, and gives its number of rows.
    pub fn usage(self, usage: &Usage<'_>, steps: Range<u64>, path: &Path) -> Outcome<u64> {
        let head = match self.shape {
            Shape::Csv => "event_id,account_id,at,credits\n",
            Shape::Ndjson => "",
        };
        let marks: [&[u8]; 5] = match self.shape {
            Shape::Csv => [b"", b",", b",", b",", b"\n"],
            Shape::Ndjson => [
                br#"{"event_id":""#,
                br#"","account_id":""#,
                br#"","at":""#,
                br#"","credits":"#,
                b"}\n",
            ],
        };
        self.write(head, steps, path, &|steps| {
            let mut rows = 0;
            let mut text = Vec::with_capacity((steps.end - steps.start) as usize * 160);
            let mut clock = Clock::default();
            for event in usage.sequence.content(steps) {
                text.extend_from_slice(marks[0]);
                uuid_text(event.id, &mut text);
                text.extend_from_slice(marks[1]);
                uuid_text(usage.population.id(event.account), &mut text);
                text.extend_from_slice(marks[2]);
                clock.write(event.at, &mut text)?;
                text.extend_from_slice(marks[3]);
                decimal(event.credits, &mut text);
                text.extend_from_slice(marks[4]);
                rows += 1;
            }
            Ok(Part { rows, text })
        })
    }

    /// Writes the change file, as plain CSV, and gives its number of rows.
    pub fn changes(changes: &Changes<'_>, path: &Path) -> Outcome<u64> {
        let plain = Text { shape: Shape::Csv, packing: Packing::Plain };
        let all = 0..changes.changes.len() as u64;
        plain.write("change_id,account_id,at,change,plan\n", all, path, &|rows| {
            let rows = &changes.changes[rows.start as usize..rows.end as usize];
            let mut text = Vec::new();
            for change in rows {
                uuid_text(changes.id(change), &mut text);
                text.push(b',');
                uuid_text(changes.account(change), &mut text);
                let at = instant(change.at * 1_000_000).ok_or("no instant")?;
                let at = at.format("%Y-%m-%dT%H:%M:%SZ");
                let (kind, plan) = words(change);
                writeln!(text, ",{at},{kind},{}", plan.unwrap_or_default())?;
            }
            Ok(Part { rows: rows.len() as u64, text })
        })
    }

    fn write(
        self,
        head: &str,
        rows: Range<u64>,
        path: &Path,
        part: &(dyn Fn(Range<u64>) -> Outcome<Part> + Sync),
    ) -> Outcome<u64> {
        let mut to = To::new(self.packing, BufWriter::with_capacity(1 << 20, create(path)?))?;
        to.write_all(head.as_bytes())?;
        let at_once = rayon::current_num_threads() * PARTS;
        let mut written = 0;
        in_turn(rows, (PART, at_once), part, |part| {
            written += part.rows;
            Ok(to.write_all(&part.text)?)
        })?;
        to.finish()?;
        Ok(written)
    }
}

/// Some rows.
struct Part {
    rows: u64,
    text: Vec<u8>,
}

/// Where text goes.
enum To {
    Plain(BufWriter<File>),
    Gzip(GzEncoder<BufWriter<File>>),
    Zstd(zstd::Encoder<'static, BufWriter<File>>),
}

impl To {
    fn new(packing: Packing, file: BufWriter<File>) -> Outcome<Self> {
        Ok(match packing {
            Packing::Plain => To::Plain(file),
            Packing::Gzip => To::Gzip(GzEncoder::new(file, flate2::Compression::fast())),
            Packing::Zstd => To::Zstd(zstd::Encoder::new(file, 0)?),
        })
    }

    fn write_all(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        match self {
            To::Plain(to) => to.write_all(bytes),
            To::Gzip(to) => to.write_all(bytes),
            To::Zstd(to) => to.write_all(bytes),
        }
    }

    fn finish(self) -> Outcome {
        let mut file = match self {
            To::Plain(file) => file,
            To::Gzip(to) => to.finish()?,
            To::Zstd(to) => to.finish()?,
        };
        Ok(file.flush()?)
    }
}

/// Writes instants, with the date at hand while it stays the same.
#[derive(Default)]
struct Clock {
    day: Option<i64>,
    date: String,
}

impl Clock {
    /// Writes an instant of microseconds since 1970 with six decimals.
    fn write(&mut self, at: i64, to: &mut Vec<u8>) -> Outcome {
        let day = at.div_euclid(DAY_MICROS);
        if self.day != Some(day) {
            let start = instant(day * DAY_MICROS).ok_or("no instant")?;
            (self.day, self.date) = (Some(day), start.date_naive().to_string());
        }
        let mut text = *b"T00:00:00.000000Z";
        let micros = at.rem_euclid(DAY_MICROS);
        let seconds = micros / 1_000_000;
        digits(seconds / 3600, &mut text[1..3]);
        digits(seconds / 60 % 60, &mut text[4..6]);
        digits(seconds % 60, &mut text[7..9]);
        digits(micros % 1_000_000, &mut text[10..16]);
        to.extend_from_slice(self.date.as_bytes());
        to.extend_from_slice(&text);
        Ok(())
    }
}

/// Fills `places` with the last digits of a number.
fn digits(mut number: i64, places: &mut [u8]) {
    for place in places.iter_mut().rev() {
        *place = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// Writes micro-credits as a decimal: two decimals, or six where they are needed.
fn decimal(micros: i64, to: &mut Vec<u8>) {
    let mut text = *b"0000000000000.000000";
    digits(micros / 1_000_000, &mut text[..13]);
    digits(micros % 1_000_000, &mut text[14..]);
    let from = text[..12].iter().take_while(|&&digit| digit == b'0').count();
    let end = if micros % 10_000 == 0 { 16 } else { 20 };
    to.extend_from_slice(&text[from..end]);
}
