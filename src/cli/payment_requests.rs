//! Arguments → requests of what holds payments against documents: `reconcile`, and `report` where there are some.

use super::args::{PaymentArgs, ReconcileArgs, ReportArgs};
use super::requests::{job_file, read};
use crate::base::calendar::{Month, MonthRange};
use crate::base::error::{Code, Error, Result};
use crate::book::Book;
use crate::desk::{payments, reconcile, report};
use crate::job::{self, CsvSettings, JobFile, PaymentSettings};

/// What `reconcile` asks.
pub fn reconcile(args: ReconcileArgs) -> Result<reconcile::Request> {
    let job_file = job_file(&args.book.at.job)?;
    let book = read(args.book)?;
    let months = match (args.month, args.from) {
        (_, Some(from)) => span(&from, args.through.as_deref(), &book)?,
        (month, None) => {
            let month = job::published_month(month.as_deref().unwrap_or(job::LATEST), &book)?;
            MonthRange::only_of(month)
        }
    };
    let asked =
        asked(args.payments, &job_file, &months.all().collect::<Vec<_>>())?.ok_or_else(|| {
            Error::new(Code::OPTION_MISSING, "--payments is missing")
                .expected("the payments: files, folders or globs")
                .hint("give --payments PATH, or `paths` in [payments] of the job file")
        })?;
    Ok(reconcile::Request { book, months, asked, out: args.out })
}

/// The months of a span of published ones.
fn span(from: &str, through: Option<&str>, book: &Book) -> Result<MonthRange> {
    let last = job::published_month(through.unwrap_or(job::LATEST), book)?;
    let first = job::month(from)?;
    MonthRange::of(first, last).ok_or_else(|| {
        Error::new(Code::MONTH_RANGE, format!("--from {first}: {last} comes before it"))
            .expected("the first month of the span, and its last one")
    })
}

/// The payments that are asked for, or that the job file names; nothing where there are none.
fn asked(
    args: PaymentArgs,
    job_file: &JobFile,
    months: &[Month],
) -> Result<Option<payments::Asked>> {
    let typed = PaymentSettings {
        paths: args.payments,
        map: job::mapping(&args.map, "--map")?,
        csv: CsvSettings { delimiter: args.csv_delimiter, decimal: args.csv_decimal },
        kinds: args.kinds,
        refund_kinds: args.refund_kinds,
        other_kinds: args.other_kinds,
        payout_kinds: args.payout_kinds,
        minor_units: args.minor_units,
        tolerance: args.tolerance,
    };
    let job::Payments { said, csv } = job::payments(typed, job_file, months)?;
    if said.paths.is_empty() {
        return Ok(None);
    }
    let words = payments::KindWords {
        kinds: said.kinds,
        refund_kinds: said.refund_kinds,
        other_kinds: said.other_kinds,
        payout_kinds: said.payout_kinds,
    };
    Ok(Some(payments::Asked {
        payments: said.paths,
        map: said.map,
        csv,
        kinds: payments::Kinds::of(&words)?,
        minor_units: said.minor_units,
        tolerance: said.tolerance,
        as_of: args.as_of.as_deref().map(|day| job::date("--as-of", day)).transpose()?,
    }))
}

/// What `report` asks.
pub fn report(args: ReportArgs) -> Result<report::Request> {
    let job_file = job_file(&args.ask.book.at.job)?;
    let book = read(args.ask.book)?;
    let asked = match args.from {
        None => report::Asked::Month(job::published_month(
            args.month.as_deref().unwrap_or(job::LATEST),
            &book,
        )?),
        Some(from) => report::Asked::Span(span(&from, args.through.as_deref(), &book)?),
    };
    let mut months = book.months()?;
    months.retain(|month| asked.months().contains(*month));
    let payments = self::asked(args.payments, &job_file, &months)?;
    let (out, xlsx, parquet) = (args.out, args.xlsx, args.parquet);
    Ok(report::Request { asked, payments, out, xlsx, parquet, book })
}
