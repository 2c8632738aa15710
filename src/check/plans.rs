//! The table `plans` is the catalogue that bills the month.

use std::path::Path;

use super::breaches::Breaches;
use super::inputs::Inputs;
use super::rows::{self, batches};
use crate::base::error::Result;
use crate::base::scope::Scope;
use crate::catalog::Plan;
use crate::tables::view;

view! {
    /// A plan.
    struct PlanOfTable of Plans.plans {
        plan, name, rank, price, credits, overage_rate, retired, currency,
    }
}

/// Checks the table, where the revision has it.
pub(super) fn check(inputs: &Inputs<'_>, folder: &Path, breaches: &mut Breaches) -> Result<()> {
    if !inputs.has_plans {
        return Ok(());
    }
    let mut due = (1..).zip(inputs.catalog.plans());
    let mut expect = breaches.of(None);
    let mut beyond = 0;
    for batch in batches(folder, PlanOfTable::TABLE, PlanOfTable::COLUMNS, &Scope::All)? {
        for row in rows::of(&batch?, PlanOfTable::rows)? {
            match due.next() {
                Some((rank, plan)) => {
                    let is_it = is(&row, rank, plan, inputs.catalog.currency.code());
                    let what = format!("row {rank} of plans is the catalogue's `{}`", plan.id);
                    expect.equal("K4", &what, is_it, 1);
                }
                None => beyond += 1,
            }
        }
    }
    let missing = due.count();
    expect.equal("K4", "plans of the catalogue that plans lacks", missing as u64, 0);
    expect.equal("K4", "rows of plans that are no plan of the catalogue", beyond, 0);
    Ok(())
}

/// Whether a row is a plan of the catalogue.
fn is(row: &PlanOfTable<'_>, rank: u64, plan: &Plan, currency: &str) -> bool {
    (row.plan, row.name, row.currency, row.rank) == (&plan.id, &plan.name, currency, rank)
        && (row.price, row.credits) == (plan.price, plan.credits)
        && (row.overage_rate, row.retired) == (plan.overage_rate, plan.retired)
}
