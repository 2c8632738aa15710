//! Accounts given something by a rerun: what came of it, and what the customers see then.

use serde::Serialize;
use serde_json::Value;

use super::args::OutputOptions;
use super::bill::{self, Billed};
use crate::base::answer::Answer;
use crate::base::error::Result;
use crate::base::ids::AccountId;
use crate::book::{Book, OverWaived};
use crate::desk::explain::{Seen, seen};
use crate::input::waivers::Window;
use crate::job::{Given, Giving};
use crate::run::Reports;
use crate::run::recorded_run::published;
use crate::run::request::{Purpose, Request};

/// The result, for machines.
#[derive(Serialize)]
struct GivingResult<'a> {
    adjustments: Vec<AdjustmentResult<'a>>,
    nothing_for: &'a [AccountId],
    rerun: Reports<'a>,
    exit_code: u8,
}

/// An adjustment, and what its customer sees.
#[derive(Serialize)]
struct AdjustmentResult<'a> {
    account_id: &'a str,
    adjustment_id: &'a str,
    at: String,
    amount: String,
    description: &'a str,
    given_by: Option<&'a str>,
    documents: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    over_waived: Option<OverWaived>,
}

/// Gives the accounts what they are to be given, and tells what they see then.
pub(super) fn run(giving: Giving, output: OutputOptions) -> Result<u8> {
    let Giving { book, request, adjustments, nothing_for, currency, .. } = &giving;
    let Billed { reports, digest, exit_code } = bill::bill([Ok(request.clone())], None, output)?;
    let folder = tables(book, request)?;
    let (mut text, mut results) = (String::new(), Vec::new());
    for Given { adjustment, given_by } in adjustments {
        let Seen { lines, documents, over_waived } = seen(&folder, &adjustment.account, *currency)?;
        let amount = currency.amount(adjustment.amount);
        let (id, code) = (&adjustment.id, currency.code());
        let is_planned = request.purpose == Purpose::DryRun;
        let how = match (given_by, is_planned) {
            (Some(document), _) => format!("was given already by {document}; nothing is given now"),
            (None, true) => "would be given".to_owned(),
            (None, false) => "is given".to_owned(),
        };
        let account = &adjustment.account;
        text.push_str(&format!("{account}: {amount} {code} {how} ({id})\n"));
        if given_by.is_some() && id.starts_with("adjust-") {
            text.push_str("  to give it once more, on purpose: --id with an id of its own\n");
        }
        let over_waived = over_waived.filter(|_| Window::of_waiver(id).is_some());
        if let Some(over) = &over_waived {
            text.push_str(&format!("  {}\n", over.in_words()));
        }
        let sees = if is_planned && given_by.is_none() { "would see" } else { "sees" };
        text.push_str(&format!("  the customer {sees}\n"));
        lines.iter().for_each(|line| text.push_str(&format!("    {}\n", line.trim_end())));
        results.push(AdjustmentResult {
            account_id: account,
            adjustment_id: id,
            at: adjustment.at.to_string(),
            amount: currency.plain(adjustment.amount),
            description: &adjustment.description,
            given_by: given_by.as_deref(),
            documents,
            over_waived,
        });
    }
    for account in nothing_for {
        text.push_str(&format!("{account}: no overage of that time is left to give back\n"));
    }
    let rerun = Reports::of(&reports, digest);
    let result = GivingResult { adjustments: results, nothing_for, rerun, exit_code };
    output.give(&Answer::new(text, &result, exit_code))
}

/// Where the month's tables are now: those of a dry run, where it wrote any, else those in force.
fn tables(book: &Book, request: &Request) -> Result<std::path::PathBuf> {
    let planned = request.correction.out.as_ref().map(|out| out.join(request.month.to_string()));
    if let Some(planned) = planned.filter(|folder| folder.exists()) {
        return Ok(planned);
    }
    Ok(published(book, request.month)?.tables()?.to_owned())
}
