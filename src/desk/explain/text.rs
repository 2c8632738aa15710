//! An account's month as text.

use super::Case;
use super::pool_draws::Stretch;
use super::published::Published;
use super::words::{
    asked, circumstances, counted, decimals, effects, end, moment, name, plan_name, pool_plan,
    quantity, standing, unbilled,
};
use super::{events, proof_text};
use crate::base::calendar::{Month, date_in_words};
use crate::base::credits::Credits;
use crate::base::digits::plain_decimal;
use crate::base::money::Currency;
use crate::base::text_table::{Column, TextTable};
use crate::billing::rollup::events::Fate;
use crate::billing::timeline::{Pool, Segment};
use crate::book::OpeningRecord;
use crate::catalog::Catalog;
use crate::tables::{DocumentRow, DocumentType, ExceptionRow, ExpiryReason, StateRow};

/// The whole text.
pub fn tell(case: &Case<'_>) -> String {
    let mut text = Text::default();
    text.lines.extend(header(case));
    text.section("Opening", opening(case));
    text.section("Changes", changes(case));
    text.section("Credits", credits(case));
    if case.request.events {
        text.section("Events", events::events(case));
    }
    text.section("Documents", documents(case.published, case.evidence.catalog.currency));
    text.section("Expired", expired(case));
    text.section("Closing", closing(case));
    text.section("Exceptions", exceptions(&case.published.exceptions, case.request.month));
    text.section("Check", proof_text::tell(case));
    text.finish()
}

/// Sections with a heading each.
#[derive(Default)]
pub struct Text {
    /// The lines so far.
    pub lines: Vec<String>,
}

impl Text {
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

fn header(case: &Case<'_>) -> Vec<String> {
    let (catalog, statement) = (&case.evidence.catalog, case.statement);
    let (account, month) = (&case.request.account, case.request.month.in_words());
    let mut lines = vec![format!(
        "{account}, {month} ({}, billed with \"{}\" in force from {})",
        case.published.place(),
        catalog.name,
        catalog.in_force_from
    )];
    let amount = |amount| catalog.currency.plain(amount);
    lines.push(format!(
        "{}: {} subscription and upgrades + {} overage = {} {}; instants are in UTC",
        plan_name(catalog, &statement.billed_plan),
        amount(statement.subscription_amount),
        amount(statement.overage_amount),
        amount(statement.total_amount),
        catalog.currency.code()
    ));
    lines.extend(about_revision(case.published));
    lines
}

/// Where the revision stands among the month's.
pub fn about_revision(published: &Published) -> Vec<String> {
    let (revision, billed) = (&published.revision, &published.billed);
    let mut lines = Vec::new();
    if let Some(reason) = &revision.manifest.reason {
        lines.push(format!("{} was published for this reason: {reason}", revision.name));
    }
    if billed.name != revision.name {
        let (this, that) = (&revision.name, &billed.name);
        lines.push(format!("{this} billed other accounts; this one stands as {that} billed it"));
    }
    if let Some(name) = &published.overtaken {
        lines.push(format!("{} is no longer in force: {name} is", revision.name));
    }
    lines
}

fn opening(case: &Case<'_>) -> Vec<String> {
    let evidence = case.evidence;
    let from = match &evidence.opening {
        OpeningRecord::Genesis => "from all changes before the month".to_owned(),
        OpeningRecord::Book { month, revision, .. } => format!("from {month} {revision}"),
        OpeningRecord::Imported { .. } => "from the state that was imported".to_owned(),
        OpeningRecord::File { file, .. } => format!("from {file}"),
    };
    let mut lines = match &evidence.effects.opening {
        Some(state) => vec![format!("{from}: {}", standing(state, &evidence.catalog))],
        None => vec!["none: the account signed up within the month (T3)".to_owned()],
    };
    let before = case.evidence.segments().iter().zip(&case.draws.stretches);
    lines.extend(before.filter(|(segment, _)| segment.pool == Pool::BeforeMonth).map(
        |(_, used)| {
            let left = used.after.trial.unwrap_or_default();
            format!("of the trial, {} were used before the month: {left} are left", used.draw.trial)
        },
    ));
    lines.extend(case.stale.as_ref().map(|stale| format!("stale: {}", stale.in_words())));
    lines
}

fn changes(case: &Case<'_>) -> Vec<String> {
    let mut table = TextTable::new([Column::text("").optional(); 5]);
    for change in &case.evidence.effects.changes {
        let (word, plan) = asked(change);
        table.row([
            moment(change.at, case.request.month),
            change.id.to_string(),
            word.to_owned(),
            plan.to_owned(),
            effects(&change.effects, case.evidence),
        ]);
    }
    table.lines()
}

/// Each segment with what was drawn on which pool.
fn credits(case: &Case<'_>) -> Vec<String> {
    let (segments, stretches) = (case.evidence.segments(), &case.draws.stretches);
    let digits = digits(case);
    let mut table = TextTable::new([
        Column::text(""),
        Column::numbers("before").optional(),
        Column::numbers("used"),
        Column::numbers("after").optional(),
    ]);
    for (at, (segment, stretch)) in segments.iter().zip(stretches).enumerate() {
        table.line(format!(
            "{}, {}: {}, {} credits",
            segment_heading(case, at),
            end(segment, segments.get(at + 1)),
            counted(stretch.events, "event"),
            stretch.credits
        ));
        for row in pool_rows(case, segment, stretch) {
            let [before, used, after] = row.1;
            let told = |credits: Option<Credits>| {
                credits.map_or(String::new(), |c| quantity(c.micros().into(), digits))
            };
            table.row([format!("    {}", row.0), told(before), told(used), told(after)]);
        }
    }
    let mut lines = Vec::from_iter(rated_under(case));
    lines.extend(table.lines());
    lines.push(in_all(case));
    lines
}

/// Why a segment may draw on the pool of a plan that was not in force then.
fn rated_under(case: &Case<'_>) -> Option<String> {
    let month = case.evidence.month();
    let plan = name(&case.evidence.catalog, month.billed_plan);
    match (month.first_upgrade_at(), month.upgrades.is_empty()) {
        (_, true) => None,
        (Some(_), false) => {
            Some(format!("from the first upgrade on, all usage is rated under {plan} (C3, C4)"))
        }
        (None, false) => Some(format!("the whole month is rated under {plan} (C3)")),
    }
}

/// The segments' numbers: from 1 within the month; what lies before it has 0.
pub fn numbers(segments: &[Segment]) -> Vec<usize> {
    let before = segments.iter().filter(|segment| segment.pool == Pool::BeforeMonth).count();
    (1..=segments.len()).map(|number| number.saturating_sub(before)).collect()
}

/// The segment of an index: its number, when it is, and what holds then.
pub fn segment_heading(case: &Case<'_>, at: usize) -> String {
    let (segments, month) = (case.evidence.segments(), case.request.month);
    let segment = &segments[at];
    format!(
        "{}  {} – {}, {}",
        numbers(segments)[at],
        moment(segment.from, month),
        moment(segment.until, month),
        circumstances(segment)
    )
}

/// A pool, or what lies beyond it; before, used, after.
type PoolRow = (String, [Option<Credits>; 3]);

fn pool_rows(case: &Case<'_>, segment: &Segment, stretch: &Stretch) -> Vec<PoolRow> {
    let mut rows = Vec::new();
    if let (Some(before), Some(after)) = (stretch.before.trial, stretch.after.trial) {
        rows.push(("trial".to_owned(), [Some(before), Some(stretch.draw.trial), Some(after)]));
    }
    if let Some(plan) = pool_plan(case.evidence, segment) {
        let pool = format!("{}'s pool", name(&case.evidence.catalog, plan));
        let (before, after) = (stretch.before.plan, stretch.after.plan);
        rows.push((pool, [before, Some(stretch.draw.plan), after]));
    }
    let over = match stretch.unbilled {
        None => "over the cap: billed as overage (O1)".to_owned(),
        Some(reason) => format!("over the cap: unbilled, {}", unbilled(reason)),
    };
    if !stretch.draw.over.is_zero() {
        rows.push((over, [None, Some(stretch.draw.over), None]));
    }
    rows
}

/// The decimals that all quantities of the month need.
pub fn digits(case: &Case<'_>) -> u32 {
    let steps = case.draws.steps.iter().flat_map(|step| {
        let balances = [step.left.trial, step.left.plan].into_iter().flatten();
        [step.credits, step.draw.trial, step.draw.plan, step.draw.over].into_iter().chain(balances)
    });
    let stretches = case
        .draws
        .stretches
        .iter()
        .flat_map(|stretch| [stretch.before.trial, stretch.before.plan].into_iter().flatten());
    decimals(steps.chain(stretches).map(|credits| credits.micros().into()))
}

fn in_all(case: &Case<'_>) -> String {
    let statement = case.statement;
    let not_used =
        case.evidence.events().filter(|event| !matches!(event.fate, Fate::Used(_) | Fate::Nowhere));
    let not_used = match not_used.count() + case.evidence.rejects().len() {
        0 => String::new(),
        rows => format!("; {} not counted", counted(rows as u64, "row")),
    };
    format!(
        "in all {}, {} credits: {} from the trial, {} from plans, {} overage, {} unbilled{not_used}",
        counted(statement.events, "event"),
        exact(statement.usage_credits),
        exact(statement.trial_drawn),
        exact(statement.plan_drawn),
        exact(statement.overage_credits),
        exact(statement.unbilled_credits)
    )
}

/// The documents with their lines, and their sum.
pub fn documents(published: &Published, currency: Currency) -> Vec<String> {
    let mut table = TextTable::new([
        Column::text(""),
        Column::text(""),
        Column::text(""),
        Column::numbers(""),
        Column::text(""),
    ]);
    for document in &published.documents {
        table.line(document_line(document, &currency.plain(document.total_amount)));
        for line in published.lines_of(document) {
            table.row([
                format!("    {}", line.line_number),
                line.line_type.name().replace('_', " "),
                date_in_words(line.charged_on),
                currency.plain(line.amount),
                line.explanation.clone(),
            ]);
        }
    }
    let mut lines = table.lines();
    let total: i128 = published.documents.iter().map(|document| document.total_amount).sum();
    lines.push(match published.documents.len() {
        0 => "none: nothing was due".to_owned(),
        _ => format!(
            "in all {} {}",
            plain_decimal(total, u32::from(currency.decimals())),
            currency.code()
        ),
    });
    if let (Some(statement), Some(last)) = (&published.statement, lines.last_mut()) {
        let due = currency.plain(statement.total_amount);
        last.push_str(&format!("; the statement's total is {due} {}", currency.code()));
    }
    lines
}

fn document_line(document: &DocumentRow, total: &str) -> String {
    let DocumentRow { document_id, relates_to, reason, revision, currency, .. } = document;
    let issued_on = date_in_words(document.issued_on);
    let relates_to = relates_to.as_deref().unwrap_or_default();
    let what = match document.document_type.known() {
        Some(DocumentType::Invoice) => "invoice".to_owned(),
        Some(DocumentType::CreditNote) => format!("credit note on {relates_to}"),
        Some(DocumentType::DebitNote) => format!("debit note on {relates_to}"),
        None => document.document_type.to_string(),
    };
    let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    format!("{document_id}, {what}, issued {issued_on} by {revision}, {total} {currency}{reason}")
}

fn expired(case: &Case<'_>) -> Vec<String> {
    let catalog = &case.evidence.catalog;
    let mut table = TextTable::new([Column::text(""), Column::numbers(""), Column::text("")]);
    for row in &case.published.expired {
        let pool = row.plan.as_deref().map_or("the trial", |plan| plan_name(catalog, plan));
        let why = match row.reason.known() {
            Some(ExpiryReason::TrialEnded) => "when it ended (C2)",
            Some(ExpiryReason::FirstUpgrade) => "with the first upgrade (C4, C5)",
            Some(ExpiryReason::MonthEnded) => "with the month (C5)",
            None => row.reason.name(),
        };
        table.row([
            moment(row.expired_at, case.request.month),
            exact(row.expired),
            format!("of {pool}'s {}, {why}", exact(row.granted)),
        ]);
    }
    table.lines()
}

fn closing(case: &Case<'_>) -> Vec<String> {
    let state = case.published.state.as_ref().and_then(|row| state(row, &case.evidence.catalog));
    let next = date_in_words(case.request.month.next().first_day());
    state
        .map(|state| format!("from {next}: {}", standing(&state, &case.evidence.catalog)))
        .into_iter()
        .collect()
}

/// A published state.
fn state(row: &StateRow, catalog: &Catalog) -> Option<crate::input::opening::State> {
    let left = row.trial_left;
    Some(crate::input::opening::State {
        account: row.account_id.as_str().to_owned(),
        plan: catalog.rank(&row.plan)?,
        overage_on: row.overage_on,
        signed_up_at: row.signed_up_at,
        first_paid_at: row.first_paid_at,
        trial: row.trial_ends_at.map(|ends_at| crate::input::opening::TrialLeft { ends_at, left }),
    })
}

/// Credits with all their decimals.
fn exact(credits: Credits) -> String {
    let micros = i128::from(credits);
    quantity(micros, decimals([micros].into_iter()))
}

/// What could not be billed.
pub fn exceptions(rows: &[ExceptionRow], month: Month) -> Vec<String> {
    rows.iter().map(|row| exception(row, month)).collect()
}

/// A group of rows that could not be billed, in one line.
pub fn exception(row: &ExceptionRow, month: Month) -> String {
    let mut parts = vec![row.detail.clone()];
    parts.extend(row.rows.map(|rows| counted(rows, "row")));
    parts.extend(row.credits.map(|credits| format!("{} credits", exact(credits))));
    parts.extend(match (row.first_at, row.last_at) {
        (Some(first), Some(last)) if first != last => {
            Some(format!("{} to {}", moment(first, month), moment(last, month)))
        }
        (first, _) => first.map(|first| moment(first, month)),
    });
    parts.extend(row.sample_id.as_ref().map(|id| format!("such as {id}")));
    format!("{}: {}", row.kind, parts.join(", "))
}
