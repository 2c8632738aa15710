//! What the commands mean that ask something of a book.

use super::file::JobFile;
use super::missing;
use crate::base::calendar::Month;
use crate::base::error::{Error, Result};
use crate::book::{Book, Holder, Relocation};
use crate::cli::{
    BookArgs, DiffArgs, ExplainArgs, FocusArgs, ReconcileArgs, StateImportArgs, StateShowArgs,
    StatusArgs, VerifyArgs,
};
use crate::desk::diff;
use crate::desk::explain;
use crate::desk::export::focus;
use crate::desk::reconcile;
use crate::desk::state;
use crate::desk::status;
use crate::desk::verify;

/// The book that a command is about.
pub(super) fn book(args: &BookArgs) -> Result<Book> {
    let file = args.job.as_deref().map(JobFile::read).transpose()?.unwrap_or_default();
    let book = args.book.clone().map(Ok).or(file.path("book", None)).transpose()?;
    let book = book.ok_or_else(|| missing("book", "the folder that months are published in"))?;
    Ok(Book::at(&book))
}

/// A month by its name.
pub(super) fn month(text: &str) -> Result<Month> {
    Month::parse(text).ok_or_else(|| {
        Error::usage(format!("--month {text} is no month")).expected("a month such as 2026-04")
    })
}

/// Where recorded inputs went.
pub(super) fn moved(pairs: &[String]) -> Result<Vec<Relocation>> {
    let relocation = |pair: &String| {
        let (old, new) = pair.split_once('=').ok_or_else(|| {
            Error::usage(format!("--moved {pair} names no two paths"))
                .expected("OLD=NEW, such as --moved logs=/archive/logs")
        })?;
        Ok(Relocation { old: old.into(), new: new.into() })
    };
    pairs.iter().map(relocation).collect()
}

/// Who is about to write to the book.
#[expect(clippy::disallowed_methods, reason = "the edge: the clock and the machine are read here")]
fn holder() -> Holder {
    let since = chrono::Utc::now().format("%Y-%m-%dT%H:%M:%SZ").to_string();
    Holder { host: super::host_name(), pid: std::process::id(), since }
}

/// What `status` is asked.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where an option is missing or wrong; so with all of these.
pub fn status(args: &StatusArgs) -> Result<status::Request> {
    Ok(status::Request { book: book(&args.book)?, inputs: args.inputs, moved: moved(&args.moved)? })
}

/// What `verify` is asked.
pub fn verify(args: &VerifyArgs) -> Result<verify::Request> {
    Ok(verify::Request { book: book(&args.book)?, since: args.since.clone() })
}

/// What `diff` is asked about two published revisions.
pub fn diff(args: &DiffArgs) -> Result<diff::Request> {
    Ok(diff::Request {
        book: book(&args.book)?,
        month: month(&args.month)?,
        revisions: args.revisions.first().cloned().zip(args.revisions.get(1).cloned()),
        out: args.out.clone(),
    })
}

/// What `explain` is asked.
pub fn explain(args: &ExplainArgs) -> Result<explain::Request> {
    Ok(explain::Request {
        book: book(&args.book)?,
        month: month(&args.month)?,
        account: args.account.clone(),
        revision: args.revision.clone(),
        events: args.events,
        moved: moved(&args.moved)?,
    })
}

/// What `reconcile` is asked.
pub fn reconcile(args: &ReconcileArgs) -> Result<reconcile::Request> {
    Ok(reconcile::Request {
        book: book(&args.book)?,
        month: month(&args.month)?,
        payments: args.payments.clone(),
        map: super::mapping(&args.map, &Default::default(), "--map")?,
        kinds: reconcile::kinds::Kinds::of(&args.kinds),
        minor_units: args.minor_units,
        tolerance: args.tolerance.clone(),
        out: args.out.clone(),
    })
}

/// What `export focus` is asked.
pub fn focus(args: &FocusArgs) -> Result<focus::Request> {
    Ok(focus::Request {
        book: book(&args.book)?,
        month: month(&args.month)?,
        out: args.out.clone(),
        provider: provider(args.provider.as_deref())?,
        service_category: focus::service_category(&args.service_category)?,
    })
}

/// A name that stands in every row of an export.
fn provider(name: Option<&str>) -> Result<Option<String>> {
    match name.map(str::trim) {
        Some(name) if name.is_empty() || name.contains(char::is_control) => {
            Err(Error::usage("--provider is empty or holds control characters")
                .expected("a name such as --provider 'Acme Inc.'"))
        }
        name => Ok(name.map(str::to_owned)),
    }
}

/// What `state import` is asked.
pub fn state_import(args: &StateImportArgs) -> Result<state::ImportRequest> {
    let month = month(&args.month)?;
    let file = args.book.job.as_deref().map(JobFile::read).transpose()?.unwrap_or_default();
    let catalog = args.catalog.clone().map(Ok).or(file.path("catalog", Some(month))).transpose()?;
    let catalog = catalog.ok_or_else(|| missing("catalog", "a TOML file or a folder of them"))?;
    Ok(state::ImportRequest {
        book: book(&args.book)?,
        month,
        path: args.path.clone(),
        catalog: crate::catalog::load(&catalog, month)?.catalog,
        replace: args.replace,
        holder: holder(),
    })
}

/// What `state show` is asked.
pub fn state_show(args: &StateShowArgs) -> Result<state::ShowRequest> {
    Ok(state::ShowRequest {
        book: book(&args.book)?,
        month: month(&args.month)?,
        account: args.account.clone(),
    })
}
