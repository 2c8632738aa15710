//! More rows than may be cannot be read: all that is wrong with them is told together.

use rust_decimal::{Decimal, RoundingStrategy};

use super::inputs::Logs;
use super::request::{OpeningChoice, Request};
use crate::base::calendar::{Instant, Month};
use crate::base::digits::quantity_of;
use crate::base::error::{Code, Error, Faults, Result};
use crate::input::adjustments;
use crate::input::changes;
use crate::input::logs::{LogSchema, RowCheck, Scan, Source, Survey, Surveyed};

/// A log whose rows are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum CountedLog {
    Changes,
    Adjustments,
    Usage,
}

/// Whether so many rows cannot be read that nothing is published.
fn are_too_many(request: &Request, rejected: u64, rows: u64) -> bool {
    let allowed = request.inputs.max_reject_share.checked_mul(Decimal::from(rows));
    rejected > 0 && allowed.is_none_or(|allowed| Decimal::from(rejected) > allowed)
}

/// Stops the run where so many of a log's rows were rejected that nothing is published. The log, and
/// what is read after it, is looked through for all that is wrong.
///
/// # Errors
/// [`crate::base::error::Kind::Input`]: there are too many.
pub(super) fn check(
    request: &Request,
    logs: &Logs,
    log: CountedLog,
    rejected: u64,
    rows: u64,
) -> Result<()> {
    if !are_too_many(request, rejected, rows) {
        return Ok(());
    }
    let mut faults = Faults::default();
    for other in CountedLog::ALL.into_iter().filter(|other| *other >= log) {
        let (sources, table) = other.of(logs);
        let mut found = other.survey(request, sources, table)?;
        if other == log {
            // A dispute holds its own against the rows of all.
            (found.rows, found.unreadable) = (rows, rejected);
        }
        if other == log || are_too_many(request, found.unreadable, found.rows) {
            faults.add(other.fault(request, found, sources, table));
        }
    }
    faults.check("logs cannot be read")
}

/// Stops the run where most of a log's rows lie in 1970, and not the month itself: their instants
/// are numbers of another unit than they were read in.
///
/// # Errors
/// [`crate::base::error::Kind::Input`]: most do.
pub(super) fn check_years(month: Month, log: &LogSchema, of_1970: u64, rows: u64) -> Result<()> {
    if of_1970 <= rows / 2 || month.start().is_of_1970() {
        return Ok(());
    }
    let message = format!("{of_1970} of {rows} rows of the {} lie in 1970", log.name);
    Err(Error::new(Code::INSTANTS_OF_1970, message)
        .expected(format!("instants in {month}, or near it"))
        .hint(
            "their unit seems to be another than they were read in, such as seconds read as \
             milliseconds: correct `instants` (--instants), or the type of the column of TIMESTAMP",
        ))
}

impl CountedLog {
    /// All, in the order in which they are read.
    const ALL: [CountedLog; 3] = [CountedLog::Changes, CountedLog::Adjustments, CountedLog::Usage];

    fn of(self, logs: &Logs) -> (&[Source], &LogSchema) {
        match self {
            CountedLog::Changes => (&logs.changes, &logs.changes_table),
            CountedLog::Adjustments => (&logs.adjustments, &logs.adjustments_table),
            CountedLog::Usage => (&logs.usage, &logs.usage_table),
        }
    }

    fn survey(self, request: &Request, sources: &[Source], table: &LogSchema) -> Result<Surveyed> {
        let is_genesis = request.opening == OpeningChoice::Genesis;
        let month = |at: Instant| Month::of(at);
        let concerns = |at: Instant| match self {
            CountedLog::Changes | CountedLog::Adjustments => true,
            CountedLog::Usage if is_genesis => month(at) <= request.month,
            CountedLog::Usage => month(at) == request.month,
        };
        let scan = Scan {
            is_skipped: &|span| {
                [span.start(), span.end()].iter().all(|at| !concerns(**at))
                    && month(*span.start()) == month(*span.end())
            },
            scope: &request.scope,
            ..Scan::whole(sources, table)
        };
        let currency = request.catalog.catalog.currency;
        let check: &RowCheck = match self {
            CountedLog::Usage => &|_, _| None,
            CountedLog::Changes => &|batch, row| changes::row_fault(batch, table, row),
            CountedLog::Adjustments => &|batch, row| adjustments::row_fault(batch, currency, row),
        };
        // The rows of adjustments are checked whole.
        let reads_cells = self != CountedLog::Adjustments;
        Survey { scan, concerns: &concerns, reads_cells, check }.run()
    }

    fn fault(
        self,
        request: &Request,
        found: Surveyed,
        sources: &[Source],
        table: &LogSchema,
    ) -> Error {
        let (rows, unreadable) = (found.rows, found.unreadable);
        let share = request.inputs.max_reject_share;
        let message = format!(
            "{unreadable} of {rows} rows of the {} cannot be read, more than --max-reject-share {share}",
            table.name
        );
        let hint = match self.without(unreadable, rows).filter(|_| !found.has_negative_credits()) {
            Some(without) => format!("correct the log; or {without}"),
            None => "correct the log, or say how it is written".to_owned(),
        };
        Error::new(Code::TOO_MANY_REJECTS, message)
            .with_faults(found.into_faults(sources, table))
            .hint(hint)
    }

    /// How to publish without the rows that cannot be read, and what that means; nothing where they
    /// are more than a few.
    fn without(self, unreadable: u64, rows: u64) -> Option<String> {
        const FEW: Decimal = Decimal::from_parts(5, 0, 0, false, 2);
        let share = Decimal::from(unreadable).checked_div(Decimal::from(rows))?;
        let share = share.round_dp_with_strategy(6, RoundingStrategy::AwayFromZero).normalize();
        let (what, fate) = match self {
            CountedLog::Usage => ("event", "billed nowhere"),
            CountedLog::Changes => ("change", "not applied"),
            CountedLog::Adjustments => ("amount", "not billed"),
        };
        let (are, stand) = if unreadable == 1 { ("is", "stands") } else { ("are", "stand") };
        let rows = quantity_of(unreadable, what);
        (share < FEW).then(|| {
            format!(
                "publish without these rows by --max-reject-share {share}: {rows} {are} then {fate}, \
                 and {stand} in the table `rejects` alone"
            )
        })
    }
}
