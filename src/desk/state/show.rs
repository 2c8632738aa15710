//! `state show`: an account's state at the beginning and at the end of a month.

use serde::Serialize;

use super::opening::{self, AccountOpening, AccountState, OpenGrant};
use super::request::ShowRequest;
use crate::base::answer::Answer;
use crate::base::calendar::Month;
use crate::base::error::Result;
use crate::base::text_table::{Column, TextTable};
use crate::book::{OpeningRecord, Stale, StateInBook};

/// The answer, and what its text is made of.
#[derive(Serialize)]
struct ShowResult<'a> {
    account_id: &'a str,
    month: Month,
    /// The revision in force, if the month is published.
    revision: Option<&'a str>,
    opening: OpeningResult<'a>,
    closing: Option<&'a AccountState>,
    /// Those that go on from the end.
    grants: Option<&'a [OpenGrant]>,
    stale: Option<Stale>,
    exit_code: u8,
}

#[derive(Serialize)]
struct OpeningResult<'a> {
    from: &'a OpeningRecord,
    state: Option<&'a AccountState>,
    grants: Option<&'a [OpenGrant]>,
}

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
    let result = ShowResult {
        account_id: account,
        month: *month,
        revision: revision.as_ref().map(|revision| revision.name.as_str()),
        opening: OpeningResult {
            from: &opening.record,
            state: opening.state.as_ref(),
            grants: grants(opening.state.as_ref()),
        },
        closing: closing.as_ref(),
        grants: grants(closing.as_ref()),
        stale,
        exit_code: 0,
    };
    Ok(Answer::new(text(&result, &opening), &result, 0))
}

fn text(result: &ShowResult<'_>, opening: &AccountOpening) -> String {
    let ShowResult { account_id, month, .. } = result;
    let (title, place) = match result.revision {
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
    let end = result.closing.map(AccountState::in_words).unwrap_or_default();
    for (label, (beginning, end)) in
        AccountState::LABELS.into_iter().zip(beginning.into_iter().zip(end))
    {
        table.row([label.to_owned(), beginning, end]);
    }
    let [beginning, end] =
        [opening.state.as_ref(), result.closing].map(|s| grants(s).unwrap_or(&[]));
    for at in 0..beginning.len().max(end.len()) {
        let label = if at == 0 { "grants" } else { "" };
        let [beginning, end] = [beginning, end]
            .map(|grants| grants.get(at).map(OpenGrant::in_words).unwrap_or_default());
        table.row([label.to_owned(), beginning, end]);
    }
    let stale = result.stale.as_ref();
    let stale = stale.map(|stale| format!("The beginning is stale: {}.\n", stale.in_words()));
    format!("{account_id} in {month}\n{}{}", table.text("  "), stale.unwrap_or_default())
}
