//! The parts of a month put together, and published.

use std::path::PathBuf;

use crate::base::error::Result;
use crate::run::billed_parts::BilledParts;
use crate::run::draft::BilledAccounts;
use crate::run::facts::MonthFacts;
use crate::run::late_usage;
use crate::run::opening::recent_ids_before;
use crate::run::part_facts::PartFacts;
use crate::run::publish::publish;
use crate::run::report::Report;
use crate::run::request::Request;
use crate::run::stages::Stages;

/// Puts all parts of a month together, given their folders and what they come to in all, and publishes the month where
/// that is the purpose.
///
/// # Errors
/// As of [`publish`].
pub(super) fn put_together(
    request: &Request,
    mut facts: MonthFacts,
    parts: Vec<(PathBuf, PartFacts)>,
    stages: &mut Stages<'_>,
) -> Result<(Report, MonthFacts)> {
    facts.late_usage = late_usage::late_usage(request, &facts.inputs);
    let parts = BilledParts::of(parts, &facts.opening_record, recent_ids_before(request)?);
    let report = publish(request, &facts, BilledAccounts::InParts(&parts), stages)?;
    Ok((report, facts))
}
