//! The sections of a report, in their order.

use super::super::frames::Frame;
use super::super::model::{Report, ReportedMonth, Section};
use super::super::span::Span;
use super::source::Source;
use super::{
    credits, exceptions, grants_owed, headline, movements, overage, payments, revenue, worth,
};
use crate::base::error::Result;
use crate::desk::payments::Reconciled;
use crate::desk::report::Request;
use crate::tables::Table;

/// Works out the sections of a report.
///
/// # Errors
/// See [`super::super::run`].
pub(in super::super) fn report(request: &Request) -> Result<Report> {
    let source = Source::read(Span::of(request)?)?;
    let mut sections = sections(&source)?;
    let span = &source.span;
    if let Some(asked) = &request.payments {
        let revisions = span.revisions[span.before..].to_vec();
        let reconciled = Reconciled::of(&request.book, revisions, asked)?;
        sections.extend(payments::sections(&reconciled));
    }
    let newest = source.newest()?;
    let revisions = span.revisions[span.before..].iter();
    let months = revisions.map(|revision| ReportedMonth {
        month: revision.manifest.month,
        revision: revision.name.clone(),
    });
    Ok(Report {
        product: newest.name.clone(),
        currency: newest.currency,
        months: months.collect(),
        sections,
    })
}

fn sections(source: &Source) -> Result<Vec<Section>> {
    let expired_pools = worth::expired(source)?;
    let columns = "account_id kind detail rows credits";
    let all_exceptions = Frame::read(&source.span.revisions, Table::Exceptions, columns)?;
    let [concentration, largest] = overage::sections(source)?;
    Ok(vec![
        headline::section(source)?,
        revenue::section(source)?,
        movements::section(source)?,
        movements::plans(source)?,
        credits::section(source)?,
        credits::expired(source, &expired_pools)?,
        concentration,
        largest,
        exceptions::leakage(source, &all_exceptions)?,
        revenue::notes(source)?,
        grants_owed::section(source, &expired_pools)?,
        exceptions::findings(source, &all_exceptions)?,
    ])
}
