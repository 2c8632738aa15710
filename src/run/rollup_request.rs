//! `rollup request`: what an engine is to roll up for a month.

use std::path::Path;

use serde_json::json;

use super::reading::Reading;
use super::request::Request;
use crate::base::answer::Answer;
use crate::base::digits::counted;
use crate::base::error::Result;
use crate::billing::rollup::elsewhere::{RollupRequest, write_request};

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
    let (month, path) = (request.month, to.join(RollupRequest::FILE).display().to_string());
    let (files, rows) = (usage.len() as u64, usage.iter().filter_map(|source| source.rows()).sum());
    let (accounts, segments) = (timeline.accounts.len() as u64, timeline.segments.len() as u64);
    let text = format!(
        "requested for {month}: {} with {}, {} in {}\n  {path}\n",
        counted(files, "file"),
        counted(rows, "row"),
        counted(accounts, "account"),
        counted(segments, "segment"),
    );
    let result = json!({
        "status": "requested", "exit_code": 0, "month": month, "request": path, "files": files, "rows": rows,
        "accounts": accounts, "segments": segments,
    });
    Ok(Answer::new(text, &result, 0))
}
