//! The boundaries that were requested for all accounts, where only a part of them is billed: its own are held against
//! those that are known here.

use std::path::Path;

use super::finished::disagrees;
use super::requested_tables::{BoundaryRows, RequestedTable};
use super::tables::{self, Row};
use crate::base::calendar::Instant;
use crate::base::error::Result;
use crate::base::number::number;
use crate::base::part::Part;
use crate::billing::rollup::boundaries::Boundaries;

/// Makes sure that the boundaries below a folder are those of a part's accounts, as far as they are its own; gives what
/// was requested of all accounts, by its rows.
///
/// # Errors
/// [`crate::base::error::Code::ROLLUP_DISAGREES`]: a boundary is another one, or one is missing.
pub(super) fn check(own: &Boundaries<'_>, part: Part, folder: &Path) -> Result<RequestedTable> {
    let known = 0..number(own.accounts.len());
    let mut known = known.flat_map(|account| {
        let segments = (0..).zip(own.segments_of(account));
        segments.map(move |(segment, (from, until))| (account, segment, from, until))
    });
    let place = BoundaryRows::file(folder);
    let mut all = BoundaryRows::begin(None)?;
    tables::each_row_of(&place, &tables::BOUNDARIES, |row| {
        let (account, segment, from, until) = boundary(row)?;
        all.add(account, segment, (from, until))?;
        if !part.includes(account) {
            return Ok(());
        }
        let is_known = known.next().is_some_and(|(of, number, since, end)| {
            (own.accounts.id(of), number, since, end) == (account, segment, from, until)
        });
        match is_known {
            true => Ok(()),
            false => Err(row.wrong(0, "the account's segments of now").with_value(account)),
        }
    })?;
    match known.next() {
        None => all.finish(),
        Some((account, ..)) => Err(disagrees("lacks an account's segments")
            .in_file(place)
            .with_value(own.accounts.id(account))),
    }
}

type Boundary<'a> = (&'a str, u32, Instant, Instant);

fn boundary<'a>(row: &Row<'a>) -> Result<Boundary<'a>> {
    let segment = row.integer(1).and_then(|segment| u32::try_from(segment).ok());
    Ok((
        row.must(row.text(0), 0)?,
        row.must(segment, 1)?,
        row.must(row.instant(2), 2)?,
        row.must(row.instant(3), 3)?,
    ))
}
