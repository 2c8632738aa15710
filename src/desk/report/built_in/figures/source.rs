//! What the figures are worked out from: the tables of the months, read once.

use std::collections::BTreeMap;

use super::super::frames::{Frame, MONTH};
use super::super::span::Span;
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::catalog::{Catalog, Plan, PlanRank};
use crate::tables::Table;

/// The tables of a report's months, and of the month before them, where the book has it.
#[derive(Debug)]
pub(super) struct Source {
    pub span: Span,
    /// A row for each account and month.
    pub statements: Frame,
    /// A row for each document.
    pub documents: Frame,
    /// A row for each line of a document.
    pub lines: Frame,
    /// Recurring revenue: `amount` is the price of an account's billed plan, by the month's plans; nothing for who does
    /// not pay. What a first upgrade pays within its month is less (F2): that is in the statements.
    pub recurring: Frame,
    /// The same beside what it was in the month before, whose columns end in `_right`.
    pub moved: Frame,
    /// A row for each grant that goes on from a month.
    pub grants: Frame,
}

impl Source {
    /// Reads the tables.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: one cannot be read.
    pub fn read(span: Span) -> Result<Self> {
        let revisions = &span.revisions;
        let statements = "account_id opening_plan billed_plan usage_credits \
            trial_opening trial_drawn trial_expired trial_carried \
            grants_opening grants_drawn grants_expired grants_carried \
            plan_granted plan_drawn plan_expired \
            subscription_amount grants_amount adjustments_amount overage_amount total_amount";
        let statements = Frame::read(revisions, Table::Statements, statements)?;
        let documents = "document_type reason total_amount";
        let documents = Frame::read(revisions, Table::Documents, documents)?;
        let lines = "account_id line_type plan grant quantity amount";
        let lines = Frame::read(revisions, Table::InvoiceLines, lines)?;
        let grants = "account_id grant_id granted left granted_at price";
        let grants = Frame::read(revisions, Table::Grants, grants)?;
        let recurring = recurring(&span, &statements, "billed_plan")?;
        let moved =
            recurring.beside(&before(&span, &statements, &recurring)?, &[MONTH, "account_id"])?;
        Ok(Source { span, statements, documents, lines, recurring, moved, grants })
    }

    /// The catalogue of the newest month.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Bug`]: there is no month.
    pub fn newest(&self) -> Result<&Catalog> {
        let newest = self.span.catalogs.last();
        newest.ok_or_else(|| Error::new(Code::IMPOSSIBLE, "a report is of no month"))
    }

    /// The months that the report tells of, in order.
    pub fn months(&self) -> impl Iterator<Item = Month> {
        self.all_months().skip(self.span.before)
    }

    /// The same, and the one before them, if it is known.
    pub fn all_months(&self) -> impl Iterator<Item = Month> {
        self.span.months()
    }

    /// A plan of a month that a table writes so.
    pub fn plan(&self, month: &str, plan: &str) -> Option<&Plan> {
        plan_of(self.catalog(Month::parse(month)?)?, plan)
    }

    /// The month that a table writes so, if the report tells of it.
    pub fn shown(&self, month: &str) -> Option<Month> {
        Month::parse(month).filter(|month| self.months().any(|shown| shown == *month))
    }

    /// The rank of a plan in a month's catalogue; none of a plan that it lacks.
    pub fn rank(&self, month: Month, plan: &str) -> Option<PlanRank> {
        self.catalog(month)?.rank(plan)
    }

    /// A plan of the month before, by the id that it has in a month.
    pub fn plan_before(&self, month: Month, plan: &str) -> Option<&Plan> {
        let at = self.all_months().position(|known| known == month)?.checked_sub(1)?;
        plan_of(&self.span.catalogs[at], plan)
    }

    fn catalog(&self, month: Month) -> Option<&Catalog> {
        let at = self.all_months().position(|known| known == month)?;
        self.span.catalogs.get(at)
    }
}

fn plan_of<'c>(catalog: &'c Catalog, id: &str) -> Option<&'c Plan> {
    catalog.plans().iter().find(|plan| plan.id == id)
}

fn recurring(span: &Span, statements: &Frame, plan: &str) -> Result<Frame> {
    let catalogs = span
        .revisions
        .iter()
        .map(|revision| revision.manifest.month.to_string())
        .zip(&span.catalogs);
    let catalogs: BTreeMap<String, &Catalog> = catalogs.collect();
    let price = |(month, plan): (Option<&str>, Option<&str>)| {
        Some(i128::from(plan_of(catalogs.get(month?)?, plan?)?.price))
    };
    let accounts = statements.only(&[MONTH, "account_id", plan])?.named(plan, "plan")?;
    let prices: Vec<Option<i128>> =
        accounts.texts(MONTH)?.zip(accounts.texts("plan")?).map(price).collect();
    let priced = accounts.with_numbers("amount", prices.iter().copied())?;
    priced.kept(prices.iter().map(Option::is_some))
}

/// Recurring revenue of the month before, by the month that it is before. Nobody knows what came before the book's
/// first
/// month: there it is the plan that an account was brought in with, at the first month's price.
fn before(span: &Span, statements: &Frame, recurring: &Frame) -> Result<Frame> {
    let next: BTreeMap<String, String> = span.months_and_next().collect();
    let months = recurring.texts(MONTH)?;
    let later: Vec<Option<&str>> =
        months.map(|month| next.get(month?).map(String::as_str)).collect();
    let before = recurring.clone().with_texts(MONTH, later.iter().copied())?;
    let before = before.kept(later.iter().map(Option::is_some))?;
    if !span.is_from_the_first {
        return Ok(before);
    }
    let first = span.months().next().map(|month| month.to_string());
    let brought = self::recurring(span, statements, "opening_plan")?;
    let is_of_first: Vec<bool> =
        brought.texts(MONTH)?.map(|month| month == first.as_deref()).collect();
    before.above(&brought.kept(is_of_first.into_iter())?)
}
