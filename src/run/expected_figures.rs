//! A month's figures (events, total, accounts) held against the bounds that its job sets, and against the
//! month before.

use std::path::Path;

use rust_decimal::Decimal;

use super::request::Request;
use crate::base::calendar::Month;
use crate::base::digits::{digits_with_thousands, quantity_of};
use crate::base::error::{Code, Error, Result};
use crate::base::money::Currency;
use crate::base::scope::Scope;
use crate::book::{ArchiveRecord, Bounds, ComparedMonth, Expectations, Revision, Unmet};
use crate::tables::{batches, view};

view! {
    /// What is summed of a statement.
    struct Billed of Statements.statements { events, total_amount }
}

/// What is counted of a month's statements.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Figures {
    pub events: u64,
    accounts: u64,
    /// Minor units.
    total: i128,
}

impl Figures {
    fn of(revision: &Path) -> Result<Self> {
        let mut figures = Figures::default();
        for batch in batches(revision, Billed::TABLE, Billed::COLUMNS, &Scope::All)? {
            for row in Billed::rows(&batch?)? {
                figures.accounts += 1;
                figures.events += row.events;
                figures.total += i128::from(row.total_amount);
            }
        }
        Ok(figures)
    }
}

/// The month before, as it is in force.
pub(super) struct Before {
    month: Month,
    revision: Revision,
    /// What is recorded of it, if it is archived.
    archived: Option<ArchiveRecord>,
}

impl Before {
    /// None where the book has none.
    pub fn of(request: &Request) -> Result<Option<Self>> {
        let Some(book) = &request.book else { return Ok(None) };
        let month = request.month.previous();
        let Some(revision) = book.current(month)? else { return Ok(None) };
        Ok(Some(Before { month, revision, archived: book.archived(month)? }))
    }

    pub fn name(&self) -> ComparedMonth {
        ComparedMonth { month: self.month, revision: self.revision.name.clone() }
    }

    pub fn figures(&self) -> Result<Figures> {
        match &self.archived {
            None => Figures::of(self.revision.tables()?),
            Some(ArchiveRecord { events, totals, .. }) => Ok(Figures {
                events: *events,
                accounts: totals.accounts,
                total: totals.total_amount.minor,
            }),
        }
    }
}

/// A figure of the month, and what is expected of it.
struct Measure<'a> {
    /// The job file's key.
    key: &'static str,
    bounds: &'a Bounds,
    now: Decimal,
    /// In the month before, where that is in the book.
    before: Option<(Decimal, &'a ComparedMonth)>,
    unit: Unit,
}

/// What a figure is of.
enum Unit {
    /// Things that are counted, by their name in the singular.
    Count(&'static str),
    Money(Currency),
}

/// The figures that lie outside of their bounds.
pub(super) fn out_of_bounds(
    expect: &Expectations,
    folder: &Path,
    currency: Currency,
    before: Option<Before>,
) -> Result<Vec<Unmet>> {
    let Expectations { events, total, accounts, .. } = expect;
    let all = [events, total, accounts];
    if all.iter().all(|bounds| bounds.is_open()) {
        return Ok(Vec::new());
    }
    let compared = before.filter(|_| all.iter().any(|bounds| bounds.change.is_some()));
    let compared = compared.map(|before| {
        let same_currency = before.revision.manifest.catalogue.currency() == Some(currency);
        Ok((before.figures()?, before.name(), same_currency))
    });
    let compared = compared.transpose()?;
    let now = Figures::of(folder)?;
    let amount = |minor: i128| {
        Decimal::try_from_i128_with_scale(minor, currency.decimals().into())
            .map_err(|_| too_large())
    };
    let before = |of: &dyn Fn(&Figures) -> Result<Decimal>| {
        compared.as_ref().map(|(figures, name, _)| Ok((of(figures)?, name))).transpose()
    };
    let is_comparable = compared.as_ref().is_none_or(|(_, _, same_currency)| *same_currency);
    let measures = [
        Measure {
            key: "events",
            bounds: events,
            now: now.events.into(),
            before: before(&|figures| Ok(figures.events.into()))?,
            unit: Unit::Count("event"),
        },
        Measure {
            key: "total",
            bounds: total,
            now: amount(now.total)?,
            before: before(&|figures| amount(figures.total))?.filter(|_| is_comparable),
            unit: Unit::Money(currency),
        },
        Measure {
            key: "accounts",
            bounds: accounts,
            now: now.accounts.into(),
            before: before(&|figures| Ok(figures.accounts.into()))?,
            unit: Unit::Count("account"),
        },
    ];
    let mut found = Vec::new();
    for measure in &measures {
        measure.judge(&mut found)?;
    }
    Ok(found)
}

impl Measure<'_> {
    fn judge(&self, found: &mut Vec<Unmet>) -> Result<()> {
        let Bounds { min, max, change } = *self.bounds;
        if let Some(min) = min.filter(|min| self.now < *min) {
            found.push(self.unmet("min", format!("at least {}", self.told(min)), None));
        }
        if let Some(max) = max.filter(|max| self.now > *max) {
            found.push(self.unmet("max", format!("at most {}", self.told(max)), None));
        }
        let Some(change) = change else { return Ok(()) };
        let Some((before, month)) = self.before else {
            tracing::info!(
                "expect.{}.change is not judged: the book has no month before in the same currency",
                self.key
            );
            return Ok(());
        };
        let by = before.abs().checked_mul(change).ok_or_else(too_large)?;
        let least = before.checked_sub(by).ok_or_else(too_large)?;
        let most = before.checked_add(by).ok_or_else(too_large)?;
        if !(least..=most).contains(&self.now) {
            let expected = format!(
                "{} to {}: at most {change} more or less than the {} of {month}",
                self.number(least),
                self.told(most),
                self.number(before)
            );
            found.push(self.unmet("change", expected, Some(month.clone())));
        }
        Ok(())
    }

    fn unmet(&self, bound: &str, expected: String, compared_with: Option<ComparedMonth>) -> Unmet {
        Unmet {
            expectation: format!("{}.{bound}", self.key),
            figure: Some(self.told(self.now)),
            expected,
            compared_with,
        }
    }

    /// A figure for people, with its unit.
    fn told(&self, figure: Decimal) -> String {
        let number = self.number(figure);
        match self.unit {
            Unit::Count(what) => quantity_of(number, what),
            Unit::Money(currency) => format!("{number} {}", currency.code()),
        }
    }

    /// A figure for people; of an amount, all decimals of its currency.
    fn number(&self, figure: Decimal) -> String {
        let decimals = match self.unit {
            Unit::Count(_) => 0,
            Unit::Money(currency) => currency.decimals().into(),
        };
        let mut figure = figure.normalize();
        figure.rescale(figure.scale().max(decimals));
        digits_with_thousands(&figure.to_string())
    }
}

fn too_large() -> Error {
    Error::new(
        Code::FIGURE_TOO_LARGE,
        "a figure of the month is too large to be compared with what is expected",
    )
    .expected("figures of at most 28 digits")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may() -> Month {
        Month::parse("2026-05").unwrap()
    }

    /// The findings of a figure.
    fn found(bounds: Bounds, now: &str, before: Option<&str>) -> Vec<String> {
        let number = |text: &str| Decimal::from_str_exact(text).unwrap();
        let april = ComparedMonth { month: may().previous(), revision: "r001".to_owned() };
        let measure = Measure {
            key: "total",
            bounds: &bounds,
            now: number(now),
            before: before.map(|figure| (number(figure), &april)),
            unit: Unit::Money(Currency::parse("USD").unwrap()),
        };
        let mut found = Vec::new();
        measure.judge(&mut found).unwrap();
        found.iter().map(Unmet::in_words).collect()
    }

    #[test]
    fn a_change_is_judged_exactly() {
        let change = |share: &str| Bounds {
            change: Some(Decimal::from_str_exact(share).unwrap()),
            ..Bounds::default()
        };
        assert!(found(change("0.3"), "130.00", Some("100.00")).is_empty());
        assert!(found(change("0.3"), "70.00", Some("100.00")).is_empty());
        assert_eq!(
            found(change("0.3"), "1300.01", Some("1000.00")),
            ["total.change: 1,300.01 USD; expected: 700.00 to 1,300.00 USD: at most 0.3 more or \
              less than the 1,000.00 of 2026-04 r001"]
        );
        assert_eq!(found(change("0.3"), "69.99", Some("100.00")).len(), 1);
        // A third of a cent counts, too.
        assert_eq!(found(change("0.333333"), "0.04", Some("0.03")).len(), 1);
        assert!(found(change("0.333334"), "0.04", Some("0.03")).is_empty());
        assert_eq!(found(change("0"), "0.01", Some("0.00")).len(), 1);
        assert!(found(change("0"), "0.00", Some("0.00")).is_empty());
        assert_eq!(found(change("0.5"), "1.00", Some("-1.00")).len(), 1);
        assert!(found(change("0"), "5.00", None).is_empty(), "there is no month before");
    }

    #[test]
    fn bounds_are_part_of_what_is_allowed() {
        let bounds = Bounds { min: Some(2.into()), max: Some(3.into()), change: None };
        assert!(found(bounds, "2.00", None).is_empty() && found(bounds, "3.00", None).is_empty());
        assert_eq!(
            found(bounds, "1.99", None),
            ["total.min: 1.99 USD; expected: at least 2.00 USD"]
        );
        assert_eq!(
            found(bounds, "3.01", None),
            ["total.max: 3.01 USD; expected: at most 3.00 USD"]
        );
    }
}
