//! Late usage (L2) of a run: rows of earlier months among its inputs.

use std::path::Path;

use super::request::Request;
use crate::base::error::Result;
use crate::base::exceptions::{Exception, ExceptionKind};
use crate::book::{BilledUsage, InputFile, LateUsage, months_in};
use crate::tables::{ExceptionRow, records};

/// Rows of earlier months that stand in the month's inputs, and that these were not billed from.
/// What cannot be told, for a damaged month, keeps no other month from being billed: it is a
/// warning.
pub(super) fn late_usage(request: &Request, inputs: &[InputFile]) -> Vec<LateUsage> {
    let Some(book) = &request.book else { return Vec::new() };
    let mut billed = BilledUsage::of(book);
    let earlier = months_in(inputs).into_iter().filter(|month| *month < request.month);
    let found = earlier.map(|month| {
        let late = billed.late(month, inputs, Some(request.names.folder()));
        late.unwrap_or_else(|error| {
            tracing::warn!("late usage of {month} cannot be told: {}", error.in_one_line());
            Vec::new()
        })
    });
    let (working, folder) = (request.names.working(), request.names.folder());
    found.flatten().map(|late| late.seen_from(working, Some(folder))).collect()
}

/// The group of exceptions that late usage is.
pub(super) fn exception(late: &LateUsage) -> Exception {
    Exception {
        account: "".into(),
        kind: ExceptionKind::LateUsage,
        detail: format!("{}: {}", late.month, late.file),
        rows: Some(late.rows),
        credits: None,
        first_at: None,
        last_at: None,
        sample_id: String::new(),
    }
}

/// Whether two tables of exceptions are the same but for late usage, which follows from how other
/// months stand.
pub(super) fn differ_by_late_usage_alone(before: &Path, after: &Path) -> Result<bool> {
    let rows = |folder| -> Result<_> {
        let rows = records::<ExceptionRow>(folder)?;
        Ok(rows.filter(|row| !row.as_ref().is_ok_and(|row| row.kind == ExceptionKind::LateUsage)))
    };
    let (mut before, mut after) = (rows(before)?, rows(after)?);
    loop {
        match (before.next().transpose()?, after.next().transpose()?) {
            (None, None) => return Ok(true),
            (before, after) if before != after => return Ok(false),
            _ => {}
        }
    }
}
