//! The comparison of two revisions.

use super::context::RunContext;
use super::outcome::{Differences, Totals};
use super::run_differences::RunDifferences;
use super::side::Side;
use super::{account, account_pairs};
use crate::base::error::{Code, Error, Result};
use crate::base::scope::Scope;

/// What differs between two revisions of a month.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where they are of two months or in two currencies,
/// [`crate::base::error::Kind::Book`] where a table or a manifest cannot be read.
pub fn compare(before: &Side<'_>, after: &Side<'_>) -> Result<Differences> {
    let context = RunContext::of(before, after)?;
    check_comparable(before, after, &context)?;
    let sums = rayon::join(|| Totals::of(before.folder), || Totals::of(after.folder));
    let mut found = Differences {
        month: after.manifest.month,
        from_revision: before.name.to_owned(),
        to_revision: after.name.to_owned(),
        currency: context.after.currency,
        accounts: Vec::new(),
        lines: Vec::new(),
        before: sums.0?,
        after: sums.1?,
        runs: RunDifferences::of(before, after)?,
    };
    account_pairs::walk([before, after], !context.same_opening, scope(before, after), |pair| {
        if pair.before.is_unknown() && pair.after.is_unknown() {
            found.runs.note(&pair);
        } else if let Some((account, lines)) = account::difference(&pair, &context) {
            found.accounts.push(account);
            found.lines.extend(lines);
        }
        Ok(())
    })?;
    Ok(found)
}

/// The accounts that may differ: those that the second revision billed anew, where it carried all
/// others over from the first. Their rows are the same, which was checked before it was published.
fn scope<'a>(before: &Side<'_>, after: &Side<'a>) -> &'a Scope {
    match &after.manifest.previous {
        Some(previous) if previous.revision == before.name => after.manifest.scope(),
        _ => &Scope::All,
    }
}

fn check_comparable(before: &Side<'_>, after: &Side<'_>, context: &RunContext) -> Result<()> {
    let (one, other) = (&before.manifest.month, &after.manifest.month);
    if one != other {
        return Err(Error::new(
            Code::NOTHING_TO_COMPARE,
            format!("{one} cannot be compared with {other}"),
        )
        .expected("two revisions of one month"));
    }
    let (one, other) = (context.before.currency, context.after.currency);
    if one != other {
        let (one, other) = (one.code(), other.code());
        return Err(Error::new(
            Code::NOTHING_TO_COMPARE,
            format!(
                "{} is billed in {one} and {} in {other}: their amounts cannot be compared",
                before.name, after.name
            ),
        )
        .expected("two revisions in one currency"));
    }
    Ok(())
}
