//! What `grant` means: credits for an account, as a change in a file of its own.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::dialects::LogName;
use super::environment::{self, Beginning};
use super::job_file::JobFile;
use super::job_file::{self, Layers};
use super::month::log;
use super::settings::Settings;
use super::values::{line, missing_catalog, on_this_machine};
use crate::base::calendar::{Instant, Month};
use crate::base::credits::Credits;
use crate::base::error::{Code, Error, Result};
use crate::base::ids::check_id;
use crate::book::Book;
use crate::catalog;
use crate::input::grant_request::{GrantRequest, WrittenLog};
use crate::input::logs::LogSchema;

/// What can be said of a grant.
pub struct GrantSettings {
    /// The book's folder.
    pub book: Option<PathBuf>,
    /// The account.
    pub account: String,
    /// The kind.
    pub kind: String,
    /// Credits; those of the kind where they are not said.
    pub credits: Option<String>,
    /// When they expire: an instant, or a day for its first instant.
    pub expires: Option<String>,
    /// When they are given; now where it is not said.
    pub at: Option<String>,
    /// Why.
    pub reason: String,
    /// The change's id.
    pub id: Option<String>,
    /// Whether nothing is written.
    pub dry_run: bool,
}

/// What a grant is meant to be, and the book of the account.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`]: an option is wrong, or the job file does not say where grants go.
pub fn grant_request(settings: GrantSettings, job_file: &JobFile) -> Result<(Book, GrantRequest)> {
    let typed = Settings { book: settings.book.clone(), ..Settings::default() };
    let said = Layers::read(&typed, job_file.path())?;
    let at = match settings.at.as_deref() {
        Some(text) => instant("--at", text)?,
        None => now()?,
    };
    let month = Month::of(at);
    let said_folder = said.paths(|s| s.grants.as_slice(), None)?.pop();
    let folder = said_folder.map(|folder| on_this_machine("grants", folder)).transpose()?;
    let folder = folder.ok_or_else(|| {
        Error::new(Code::OPTION_MISSING, "the job file does not say where grants are written")
            .expected("`grants = \"changes/grants\"`: a folder that `changes` reads")
    })?;
    let catalog = said.paths(|s| s.catalog.as_slice(), Some(month))?.pop();
    let changes = log(&said, said.paths(|s| &s.changes, Some(month))?, LogName::Changes)?;
    let book = job_file::book(settings.book, job_file)?;
    let since = changes_since(&said, &book, month)?;
    let schema = LogSchema::changes(&changes.columns)?;
    let credits = settings.credits.as_deref().map(credits).transpose()?;
    let expires_at =
        settings.expires.as_deref().map(|text| instant("--expires", text)).transpose()?;
    if let Some(id) = &settings.id {
        check_id(id).map_err(|e| Error::new(Code::OPTION_VALUE, format!("--id {e}")))?;
    }
    check_id(&settings.account)
        .map_err(|e| Error::new(Code::OPTION_VALUE, format!("the account's id {e}")))?;
    let reason = line("--reason", Some(&settings.reason), "which the change will carry")?;
    let request = GrantRequest {
        catalog: catalog::load(&catalog.ok_or_else(missing_catalog)?, month)?.catalog,
        account: settings.account.as_str().into(),
        kind: settings.kind,
        credits,
        expires_at,
        at,
        is_at_said: settings.at.is_some(),
        reason: reason.unwrap_or_default(),
        id: settings.id,
        dry_run: settings.dry_run,
        folder,
        log: WrittenLog {
            schema: schema.written(changes.dialect).in_words(&changes.words),
            columns: changes.columns,
            words: changes.words,
            paths: changes.given,
            since,
            working: environment::working_folder()?,
        },
    };
    Ok((book, request))
}

/// Where the changes stand of the months after the last one in the book, up to `last`.
fn changes_since(said: &Layers<'_>, book: &Book, last: Month) -> Result<Vec<PathBuf>> {
    let newest = book.months()?.pop();
    let mut month = newest.map_or(last, Month::next);
    let mut paths = BTreeSet::new();
    while month <= last {
        paths.extend(said.paths(|s| &s.changes, Some(month))?);
        month = month.next();
    }
    Ok(paths.into_iter().collect())
}

/// The second that it is now.
fn now() -> Result<Instant> {
    let now = Beginning::now().at;
    now.timestamp().checked_mul(1_000_000).and_then(Instant::from_micros).ok_or_else(|| {
        Error::new(Code::CLOCK, format!("the clock says {now}"))
            .expected("a day of the years 1 to 9999")
    })
}

/// An instant, or a day for its first instant.
fn instant(option: &str, text: &str) -> Result<Instant> {
    let day = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    match (Instant::parse(text), day) {
        (_, Some(day)) => Ok(Instant::start_of(day)),
        (Ok(at), None) => Ok(at),
        (Err(e), None) => Err(Error::new(Code::OPTION_VALUE, format!("{option} {text} {e}"))
            .expected("an instant, or a day for its first instant in UTC, such as 2026-07-01")),
    }
}

fn credits(text: &str) -> Result<Credits> {
    let refused = |why: String| {
        Error::new(Code::OPTION_VALUE, format!("--credits {text} {why}"))
            .expected("credits of more than 0, with six decimals at most")
    };
    let parsed = Credits::parse(text).map_err(|e| refused(e.to_string()))?;
    match parsed.rounded_by.is_some() || parsed.credits.is_zero() {
        true => Err(refused("is none that can be given".to_owned())),
        false => Ok(parsed.credits),
    }
}
