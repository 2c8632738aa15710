//! An account's month as text.

use super::explanation::Explanation;
use super::proof::Difference;
use super::published::{Issued, Published};
use super::request::{AskedDocument, Request};
use super::words::{grant_in_words, moment, plan_name, state_in_words};
use super::{changes, segments};
use crate::base::calendar::{Month, date_in_words};
use crate::base::digits::{counted, quantity_of};
use crate::base::money::{Currency, Money};
use crate::base::text_table::{Column, TextTable};
use crate::billing::account_rows::{grant_cells, state_cells};
use crate::book::OpeningRecord;
use crate::catalog::Catalog;
use crate::tables::{DocumentRow, DocumentType, ExceptionRow, ExpiryReason, StatementRow};

/// What is told of whom, be it followed or not.
pub struct Told<'a> {
    /// What was asked.
    pub request: &'a Request,
    /// The published rows.
    pub published: &'a Published,
    /// The statement among them.
    pub statement: &'a StatementRow,
    /// The catalogue that billed them.
    pub catalog: &'a Catalog,
}

/// The whole text.
pub fn text(explanation: &Explanation<'_>) -> String {
    let Explanation { request, published, statement, evidence, .. } = explanation;
    let told = &Told { request, published, statement, catalog: &evidence.catalog };
    let mut text = Sections::default();
    text.lines.extend(header(told));
    text.section("Opening", opening(explanation));
    text.section("Changes", changes::lines(explanation));
    text.section("Credits", segments::lines(explanation));
    if request.events {
        text.section("Events", segments::events(explanation));
    }
    text.section("Documents", documents(&published.issued(), evidence.catalog.currency));
    text.section("Expired", expired(told));
    text.section("Closing", closing(told));
    text.section("Exceptions", exceptions(&published.exceptions, request.month));
    text.section("Check", check(explanation));
    text.finish()
}

/// Who is told of, and what the month comes to.
pub fn header(told: &Told<'_>) -> Vec<String> {
    let Told { request, published, statement, catalog } = told;
    let (account, month) = (&request.account, request.month.in_words());
    let mut lines = vec![format!(
        "{account}, {month} ({}, billed with \"{}\" in force from {})",
        published.place(),
        catalog.name,
        catalog.in_force_from
    )];
    let amount = |money| catalog.currency.amount(money);
    lines.push(format!(
        "{}: {} subscription and upgrades{}{}{} = {} {}; instants are in UTC",
        plan_name(catalog, &statement.billed_plan),
        amount(statement.subscription_amount),
        amount(statement.grants_amount).as_term_if_any("grants"),
        amount(statement.adjustments_amount).as_term_if_any("adjustments"),
        amount(statement.overage_amount).as_term("overage"),
        amount(statement.total_amount),
        catalog.currency.code()
    ));
    lines.extend(asked_for(request, published));
    lines.extend(published.about_revision());
    lines
}

/// The document that the account was asked for by.
pub fn asked_for(request: &Request, published: &Published) -> Option<String> {
    let AskedDocument { id, month } = request.document.as_ref()?;
    let document = published.documents.iter().find(|document| document.document_id == *id);
    Some(match document {
        Some(document) => format!("asked for by {}", what_it_is(document)),
        None if *month == request.month => {
            format!("asked for by {id}, which a later revision issued")
        }
        None => format!("asked for by {id}, a document of {month}"),
    })
}

/// Where the opening state is from.
pub fn opened_from(opening: &OpeningRecord) -> String {
    match opening {
        OpeningRecord::Genesis => "from all changes before the month".to_owned(),
        OpeningRecord::Book { month, revision, .. } => format!("from {month} {revision}"),
        OpeningRecord::Imported { .. } => "from the state that was imported".to_owned(),
        OpeningRecord::File { file, .. } => format!("from {file}"),
    }
}

fn opening(explanation: &Explanation<'_>) -> Vec<String> {
    let evidence = explanation.evidence;
    let from = opened_from(&evidence.opening);
    let catalog = &evidence.catalog;
    let mut lines = match &evidence.effects.opening {
        Some(state) => {
            let words = state_in_words(&state_cells(state, catalog), catalog);
            let grants = state
                .grants
                .iter()
                .map(|grant| grant_in_words(&grant_cells(&state.account, grant, catalog), catalog));
            words.map(|words| format!("{from}: {words}")).into_iter().chain(grants).collect()
        }
        None => vec!["none: the account signed up within the month (T3)".to_owned()],
    };
    let before = explanation.draws.segments.iter().filter(|segment| segment.before_month);
    lines.extend(before.filter_map(|segment| {
        let (used, left) = (segment.trial_drawn, segment.trial_after?);
        Some(format!("of the trial, {used} were used before the month: {left} are left"))
    }));
    lines.extend(explanation.stale.as_ref().map(|stale| format!("stale: {}", stale.in_words())));
    lines
}

/// What expired.
pub fn expired(told: &Told<'_>) -> Vec<String> {
    let catalog = told.catalog;
    let mut table = TextTable::new([Column::text(""), Column::numbers(""), Column::text("")]);
    for row in &told.published.expired {
        let pool = match (&row.plan, &row.grant_id) {
            (Some(plan), _) => plan_name(catalog, plan).to_owned(),
            (None, Some(grant)) => format!("grant {grant}"),
            (None, None) => "the trial".to_owned(),
        };
        let why = match row.reason.known() {
            Some(ExpiryReason::TrialEnded) => "when it ended (C2)",
            Some(ExpiryReason::GrantExpired) => "when its end had come (G5)",
            Some(ExpiryReason::GrantVoided) => "when it was voided (G5)",
            Some(ExpiryReason::FirstUpgrade) => "with the first upgrade (C4, C5)",
            Some(ExpiryReason::MonthEnded) => "with the month (C5)",
            None => row.reason.name(),
        };
        table.row([
            moment(row.expired_at, told.request.month),
            row.expired.to_string(),
            format!("of {pool}'s {}, {why}", row.granted),
        ]);
    }
    table.lines()
}

/// How the account stands at the month's end.
pub fn closing(told: &Told<'_>) -> Vec<String> {
    let state = told.published.state.as_ref();
    let state = state.and_then(|row| state_in_words(&row.cells(), told.catalog));
    let next = date_in_words(told.request.month.next().first_day());
    let grants = told.published.grants.iter();
    let grants = grants.map(|row| grant_in_words(&row.cells(), told.catalog));
    state.map(|state| format!("from {next}: {state}")).into_iter().chain(grants).collect()
}

/// Sections with a heading each.
#[derive(Default)]
pub struct Sections {
    /// The lines so far.
    pub lines: Vec<String>,
}

impl Sections {
    /// Adds a section, if it has anything to say.
    pub fn section(&mut self, heading: &str, lines: Vec<String>) {
        if lines.is_empty() {
            return;
        }
        self.lines.push(String::new());
        self.lines.push(heading.to_owned());
        self.lines.extend(lines.into_iter().map(|line| format!("  {line}")));
    }

    /// The text; it ends with a line break.
    pub fn finish(self) -> String {
        self.lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
    }
}

/// The documents, and their sum.
pub fn documents(issued: &Issued<'_>, currency: Currency) -> Vec<String> {
    let text = Column::text("");
    let mut table = TextTable::new([text, text, text, Column::numbers(""), text]);
    for document in issued.documents {
        let DocumentRow { reason, currency: code, total_amount, .. } = document;
        let (what, total) = (what_it_is(document), currency.amount(*total_amount));
        let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        table.line(format!("{what}, {total} {code}{reason}"));
        for line in issued.lines_of(document) {
            table.row([
                format!("    {}", line.line_number),
                line.line_type.name().replace('_', " "),
                date_in_words(line.charged_on),
                currency.amount(line.amount).to_string(),
                line.explanation.clone(),
            ]);
        }
    }
    let mut lines = table.lines();
    let total: i128 = issued.documents.iter().map(|document| document.total_amount).sum();
    lines.push(match issued.documents.len() {
        0 => "none: nothing was due".to_owned(),
        _ => format!("in all {} {}", currency.amount(total), currency.code()),
    });
    if let (Some(statement), Some(last)) = (issued.statement, lines.last_mut()) {
        let due = currency.amount(statement.total_amount);
        last.push_str(&format!("; the statement's total is {due} {}", currency.code()));
    }
    lines
}

/// A document's id, its type, and when it was issued.
fn what_it_is(document: &DocumentRow) -> String {
    let DocumentRow { document_id, relates_to, revision, .. } = document;
    let issued_on = date_in_words(document.issued_on);
    // A first document that comes to less than 0 relates to none (A2).
    let on = relates_to.as_ref().map(|invoice| format!(" on {invoice}")).unwrap_or_default();
    let what = match document.document_type.known() {
        Some(DocumentType::Invoice) => "invoice".to_owned(),
        Some(DocumentType::CreditNote) => format!("credit note{on}"),
        Some(DocumentType::DebitNote) => format!("debit note{on}"),
        None => document.document_type.to_string(),
    };
    let due = document.due_on.filter(|_| document.total_amount > Money::ZERO).map(date_in_words);
    let due = due.map(|day| format!(", due {day}")).unwrap_or_default();
    format!("{document_id}, {what}, issued {issued_on} by {revision}{due}")
}

/// What could not be billed.
pub fn exceptions(rows: &[ExceptionRow], month: Month) -> Vec<String> {
    rows.iter().map(|row| exception(row, month)).collect()
}

/// A group of rows that could not be billed, in one line.
fn exception(row: &ExceptionRow, month: Month) -> String {
    let mut parts = vec![row.detail.clone()];
    parts.extend(row.rows.map(|rows| counted(rows, "row")));
    parts.extend(row.credits.map(|credits| quantity_of(credits, "credit")));
    parts.extend(match (row.first_at, row.last_at) {
        (Some(first), Some(last)) if first != last => {
            Some(format!("{} to {}", moment(first, month), moment(last, month)))
        }
        (first, _) => first.map(|first| moment(first, month)),
    });
    parts.extend(row.sample_id.as_ref().map(|id| format!("such as {id}")));
    format!("{}: {}", row.kind, parts.join(", "))
}

/// Whether they agree, for people.
fn check(explanation: &Explanation<'_>) -> Vec<String> {
    let (said, so) = match explanation.differences.is_empty() {
        true => (
            "events, credits, draws, lines, documents and states agree with the published tables",
            "; what concerns this account has not changed",
        ),
        false => ("what the inputs come to now is not what was published:", ", which may be why"),
    };
    let changed = explanation.evidence.changed.iter().map(|input| format!("{input}{so}"));
    let differences = differences(explanation.differences);
    std::iter::once(said.to_owned()).chain(differences).chain(changed).collect()
}

/// The sums that differ.
pub fn differences(differences: &[Difference]) -> Vec<String> {
    let mut table =
        TextTable::new([Column::text("sum"), Column::text("now"), Column::text("published")]);
    let some = |text: &str| if text.is_empty() { "–".to_owned() } else { text.to_owned() };
    for Difference { sum, now, published } in differences {
        table.row([format!("  {sum}"), some(now), some(published)]);
    }
    table.lines()
}
