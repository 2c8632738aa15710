//! The figures of a report. Each section comes to the same rows as the question of its name in `jobs/sql`, without the
//! column `currency`: a report has one.

mod credits;
mod exceptions;
mod grants_owed;
mod headline;
mod movements;
mod overage;
mod payments;
mod report;
mod revenue;
mod source;
mod worth;

pub(super) use headline::HEADLINE;
pub(super) use report::report;
