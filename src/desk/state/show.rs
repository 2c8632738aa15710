//! `state show`: how an account stands at the beginning and at the end of a month.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::opening::{self, Beginning};
use super::{ShowRequest, words};
use crate::base::answer::Answer;
use crate::base::calendar::Instant;
use crate::base::credits::Credits;
use crate::base::digits::plain_decimal;
use crate::base::error::Result;
use crate::base::text_table::{Column, TextTable};
use crate::book::{Revision, Stale};
use crate::tables::StateRow;

/// How an account stands at an instant, as far as the book tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing {
    pub plan: String,
    /// `None` where it is not recorded.
    pub overage_on: Option<bool>,
    pub signed_up_at: Instant,
    pub first_paid_at: Option<Instant>,
    pub trial_ends_at: Option<Instant>,
    pub trial_left: Credits,
}

impl From<StateRow> for Standing {
    fn from(row: StateRow) -> Self {
        Standing {
            plan: row.plan,
            overage_on: Some(row.overage_on),
            signed_up_at: row.signed_up_at,
            first_paid_at: row.first_paid_at,
            trial_ends_at: row.trial_ends_at,
            trial_left: row.trial_left,
        }
    }
}

/// Shows an account's state.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where the account or the month is not known,
/// [`crate::base::error::Kind::Book`] where the book cannot be understood.
pub fn show(request: &ShowRequest) -> Result<Answer> {
    let ShowRequest { book, month, account } = request;
    let revision = book.current(*month)?;
    let closing = match &revision {
        Some(revision) => Some(opening::find(&revision.folder, *month, account)?),
        None => None,
    };
    let beginning = opening::of(request, revision.as_ref().zip(closing.as_ref()))?;
    let stale = match (&revision, &beginning.month) {
        (Some(_), _) => book.stale(*month)?,
        // What a run would begin with now may be stale itself.
        (None, Some(before)) => book.stale(*before)?,
        (None, None) => None,
    };
    let text = text(request, revision.as_ref(), &beginning, closing.as_ref(), stale.as_ref());
    let opening = json!({
        "from": beginning.record,
        "state": beginning.standing.as_ref().map(to_json),
    });
    let result = json!({
        "account_id": account,
        "month": month.to_string(),
        "revision": revision.map(|revision| revision.name),
        "opening": opening,
        "closing": closing.as_ref().map(|row| to_json(&row.clone().into())),
        "stale": stale,
        "exit_code": 0,
    });
    Ok(Answer { text, result, exit_code: 0 })
}

fn to_json(standing: &Standing) -> Value {
    json!({
        "plan": standing.plan,
        "overage_on": standing.overage_on,
        "signed_up_at": standing.signed_up_at.to_string(),
        "first_paid_at": standing.first_paid_at.map(|at| at.to_string()),
        "trial_ends_at": standing.trial_ends_at.map(|at| at.to_string()),
        "trial_left": plain_decimal(standing.trial_left.into(), 6),
    })
}

fn text(
    request: &ShowRequest,
    revision: Option<&Revision>,
    beginning: &Beginning,
    closing: Option<&StateRow>,
    stale: Option<&Stale>,
) -> String {
    let ShowRequest { month, account, .. } = request;
    let opening = beginning.standing.as_ref().map(cells);
    let closing = closing.map(|row| cells(&row.clone().into()));
    let (title, place) = match revision {
        Some(revision) => ("at the end", format!("{month} {}", revision.name)),
        None => ("not billed yet", String::new()),
    };
    let mut table = TextTable::new([
        Column::text("").at_least(13),
        Column::text("at the beginning"),
        Column::text(title),
    ]);
    table.row(["from".to_owned(), beginning.whence(), place]);
    for (at, label) in LABELS.iter().enumerate() {
        let cell = |cells: &Option<[String; 5]>| cells.as_ref().map(|cells| cells[at].clone());
        let missing = if at == 0 { "not signed up yet" } else { "" };
        let one = cell(&opening).unwrap_or_else(|| missing.to_owned());
        table.row([(*label).to_owned(), one, cell(&closing).unwrap_or_default()]);
    }
    let mut text = format!("{account} in {month}\n{}", table.text("  "));
    if let Some(stale) = stale {
        // Writing to a String does not fail.
        let _ = writeln!(text, "The beginning is stale: {}.", stale.in_words());
    }
    text
}

const LABELS: [&str; 5] = ["plan", "overage", "signed up", "first payment", "trial"];

/// The cells below [`LABELS`].
fn cells(standing: &Standing) -> [String; 5] {
    [
        standing.plan.clone(),
        words::switch(standing.overage_on).to_owned(),
        standing.signed_up_at.to_string(),
        words::instant(standing.first_paid_at),
        words::trial(standing.trial_left, standing.trial_ends_at),
    ]
}
