//! `rollup request`: what an engine is to roll up for a month.

use std::path::Path;

use serde::Serialize;

use super::reading::Reading;
use super::request::Request;
use crate::base::answer::Answer;
use crate::base::calendar::Month;
use crate::base::digits::counted;
use crate::base::error::Result;
use crate::billing::rollup::elsewhere::{RollupRequest, write_request};

/// The answer for machines.
#[derive(Serialize)]
struct RequestResult {
    status: &'static str,
    exit_code: u8,
    month: Month,
    request: String,
    files: u64,
    rows: u64,
    accounts: u64,
    segments: u64,
}

/// Reads the opening state and the changes of a month, and writes what an engine is to roll up for it into a folder, or
/// below an address.
///
/// # Errors
/// An input cannot be read, or the usage log is none that engines read as this program does; or the request cannot be
/// written.
pub fn request_rollup(request: &Request, to: &Path) -> Result<Answer> {
    let reading = Reading::open(request)?;
    let timeline = reading.timeline()?.timeline;
    let boundaries = reading.boundaries(&timeline);
    write_request(&reading.usage(&boundaries, &|_| {}), to)?;
    let usage = &reading.logs.usage;
    let result = RequestResult {
        status: "requested",
        exit_code: 0,
        month: request.month,
        request: to.join(RollupRequest::FILE).display().to_string(),
        files: usage.len() as u64,
        rows: usage.iter().filter_map(|source| source.rows()).sum(),
        accounts: timeline.accounts.len() as u64,
        segments: timeline.segments.len() as u64,
    };
    let RequestResult { month, request, files, rows, accounts, segments, .. } = &result;
    let text = format!(
        "requested for {month}: {} with {}, {} in {}\n  {request}\n",
        counted(*files, "file"),
        counted(*rows, "row"),
        counted(*accounts, "account"),
        counted(*segments, "segment"),
    );
    Ok(Answer::new(text, &result, 0))
}
