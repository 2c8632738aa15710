//! `state show`: an account's state at the beginning and at the end of a month.

use serde_json::json;

use super::opening::{self, AccountOpening, AccountState, OpenGrant};
use super::request::ShowRequest;
use crate::base::answer::Answer;
use crate::base::error::Result;
use crate::base::text_table::{Column, TextTable};
use crate::book::StateInBook;

/// The open grants of a state, where they are recorded.
fn grants(state: Option<&AccountState>) -> Option<&[OpenGrant]> {
    state?.grants.as_deref()
}

/// Shows an account's state.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where the account or the month is not known,
/// [`crate::base::error::Kind::Book`] where the book cannot be understood.
pub fn show(request: &ShowRequest) -> Result<Answer> {
    let ShowRequest { book, month, account, .. } = request;
    let revision = book.current(*month)?;
    let (opening, closing, stale) = match &revision {
        Some(revision) => {
            let closing = opening::state_of(revision.in_book(), *month, account)?;
            let opening = AccountOpening::of_revision(request, revision, &closing)?;
            let closing = AccountState::in_book(&StateInBook::closing(revision)?, closing)?;
            (opening, Some(closing), book.stale(*month)?)
        }
        None => {
            let opening = AccountOpening::of_the_next_run(request)?;
            // What a run would begin with now may be stale itself.
            let stale = match opening.closed {
                Some(before) => book.stale(before)?,
                None => None,
            };
            (opening, None, stale)
        }
    };
    let revision = revision.map(|revision| revision.name);
    let [began, closed] = [opening.state.as_ref(), closing.as_ref()];
    let result = json!({
        "account_id": account,
        "month": month,
        "revision": revision,
        "opening": { "from": opening.record, "state": began, "grants": grants(began) },
        "closing": closed,
        "grants": grants(closed),
        "stale": stale,
        "exit_code": 0,
    });
    let text = text(request, revision.as_deref(), &opening, closed);
    let stale = stale.map(|stale| format!("The beginning is stale: {}.\n", stale.in_words()));
    Ok(Answer::new(text + &stale.unwrap_or_default(), &result, 0))
}

fn text(
    ShowRequest { account, month, .. }: &ShowRequest,
    revision: Option<&str>,
    opening: &AccountOpening,
    closing: Option<&AccountState>,
) -> String {
    let (title, place) = match revision {
        Some(revision) => ("at the end", format!("{month} {revision}")),
        None => ("not billed yet", String::new()),
    };
    let mut table = TextTable::new([
        Column::text("").at_least(13),
        Column::text("at the beginning"),
        Column::text(title),
    ]);
    table.row(["from".to_owned(), opening.source(), place]);
    let nothing = match opening.is_away {
        true => "archived: --archive DIR",
        false => "not signed up yet",
    };
    let beginning = opening
        .state
        .as_ref()
        .map_or_else(|| [nothing, "", "", "", ""].map(str::to_owned), AccountState::in_words);
    let end = closing.map(AccountState::in_words).unwrap_or_default();
    for (label, (beginning, end)) in
        AccountState::LABELS.into_iter().zip(beginning.into_iter().zip(end))
    {
        table.row([label.to_owned(), beginning, end]);
    }
    let [beginning, end] = [opening.state.as_ref(), closing].map(|s| grants(s).unwrap_or(&[]));
    for at in 0..beginning.len().max(end.len()) {
        let label = if at == 0 { "grants" } else { "" };
        let [beginning, end] = [beginning, end]
            .map(|grants| grants.get(at).map(OpenGrant::in_words).unwrap_or_default());
        table.row([label.to_owned(), beginning, end]);
    }
    format!("{account} in {month}\n{}", table.text("  "))
}
