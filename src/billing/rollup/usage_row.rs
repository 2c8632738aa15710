//! A row of the usage log, and its bytes where it is set down for later.

use super::boundaries::Span;
use crate::base::calendar::Instant;
use crate::base::credits::Credits;
use crate::base::error::Result;
use crate::base::number::id_bytes;
use crate::base::sorted_runs::Record;
use crate::base::spill_file::damaged;

/// Where a row stands in the usage log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, as an index into the sources.
    pub source: usize,
    /// The row's number in it, from 1.
    pub row: u64,
}

impl Place {
    /// The place of what marks an id.
    const OF_MARK: Place = Place { source: usize::MAX, row: 0 };
}

/// A row of the run's concern, read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct UsageRow<'a> {
    // The order of the fields is the order of precedence: of one id in one span, the first by
    // (`at`, `account_id`, `credits`) is used (X3).
    pub span: Span,
    /// Empty where the log has no event ids.
    pub event: &'a str,
    pub at: Instant,
    pub account: &'a str,
    pub credits: Credits,
    /// Of equal rows, it does not matter which one is dropped.
    pub place: Place,
}

impl<'a> UsageRow<'a> {
    /// What marks an id as one that was billed in the month before (L1): it comes before all rows
    /// of the month that bear the id.
    pub fn mark(event: &'a str) -> Self {
        let (at, account, credits) = (Instant::FIRST, "", Credits::ZERO);
        UsageRow { span: Span::Within, event, at, account, credits, place: Place::OF_MARK }
    }

    /// Whether it is no row, but what marks an id.
    pub fn is_mark(&self) -> bool {
        self.place == Place::OF_MARK
    }

    /// Whether another row bears the same id in the same span.
    pub fn same_event(&self, other: &UsageRow<'_>) -> bool {
        (self.span, self.event) == (other.span, other.event)
    }

    /// Whether another row says the same of an event.
    pub fn same_content(&self, other: &UsageRow<'_>) -> bool {
        (self.at, self.account, self.credits) == (other.at, other.account, other.credits)
    }
}

/// Writes an id, which has 256 bytes at most.
pub(super) fn put_text(text: &str, record: &mut Vec<u8>) {
    record.extend(id_bytes(text).to_le_bytes());
    record.extend(text.as_bytes());
}

/// Takes an id off bytes.
pub(super) fn take_text<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let bytes = u16::from_le_bytes(take(rest)?);
    let (text, after) = rest.split_at_checked(bytes.into())?;
    *rest = after;
    std::str::from_utf8(text).ok()
}

/// Takes so many bytes off.
pub(super) fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*taken)
}

/// The records that a chunk of bytes holds.
pub(super) fn records<R: Record>(chunk: &[u8]) -> impl Iterator<Item = Result<R::Read<'_>>> {
    let mut rest = chunk;
    std::iter::from_fn(move || (!rest.is_empty()).then(|| R::take(&mut rest).ok_or_else(damaged)))
}

/// The records that chunks of bytes hold.
pub(super) fn records_of<R: Record>(chunks: &[impl AsRef<[u8]>]) -> Result<Vec<R::Read<'_>>> {
    chunks.iter().flat_map(|chunk| records::<R>(chunk.as_ref())).collect()
}

/// Rows as they are set down.
pub(super) struct UsageRows;

impl Record for UsageRows {
    type Read<'a> = UsageRow<'a>;

    fn put(row: &UsageRow<'_>, to: &mut Vec<u8>) {
        to.push(u8::from(row.span == Span::Before));
        to.extend(row.at.micros().to_le_bytes());
        to.extend(row.credits.micros().to_le_bytes());
        to.extend((row.place.source as u64).to_le_bytes());
        to.extend(row.place.row.to_le_bytes());
        put_text(row.event, to);
        put_text(row.account, to);
    }

    fn take<'a>(rest: &mut &'a [u8]) -> Option<UsageRow<'a>> {
        let span = match take(rest)? {
            [0] => Span::Within,
            [1] => Span::Before,
            _ => return None,
        };
        let at = Instant::from_micros(i64::from_le_bytes(take(rest)?))?;
        let credits = Credits::from_micros(i64::from_le_bytes(take(rest)?).into()).ok()?;
        let source = usize::try_from(u64::from_le_bytes(take(rest)?)).ok()?;
        let place = Place { source, row: u64::from_le_bytes(take(rest)?) };
        let (event, account) = (take_text(rest)?, take_text(rest)?);
        Some(UsageRow { span, event, at, account, credits, place })
    }
}
