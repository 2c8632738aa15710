//! Credits for an account, between runs: a change `grant` in a file of its own, which the next run of the
//! job reads. A file for each grant, so that no file that a month was billed from ever changes.

mod file;

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::base::answer::Answer;
use crate::base::calendar::{Instant, Month};
use crate::base::credits::Credits;
use crate::base::digest;
use crate::base::digits::quantity_of;
use crate::base::error::{Code, Error, Result};
use crate::base::money::Money;
use crate::base::scope::Scope;
use crate::book::Book;
use crate::catalog::GrantKind;
use crate::input::changes::{self, ChangeKind};
use crate::input::grant_request::{GrantRequest, WrittenLog};
use crate::input::logs::{self, would_find};
use crate::tables::{StateRow, no_such_account, records_of};
use file::Kept;

/// A grant, for machines in this order.
#[derive(Serialize)]
struct GrantResult<'a> {
    status: &'static str,
    exit_code: u8,
    account_id: &'a str,
    change_id: &'a str,
    at: Instant,
    grant: &'a str,
    name: &'a str,
    credits: Credits,
    expires_at: Option<Instant>,
    draws: &'static str,
    price: String,
    currency: &'static str,
    file: String,
}

/// Writes the grant, or tells what would be written, and what the customer gets.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`]: the account, the kind or the instant cannot be given credits, or
/// `changes` would not read the file; [`crate::base::error::Kind::Book`]: the book cannot be read;
/// [`crate::base::error::Kind::System`]: the file cannot be written.
pub fn run(book: &Book, request: &GrantRequest) -> Result<Answer> {
    check_is_open(book, request)?;
    let kind = kind(request)?;
    let id = id(request);
    let path = request.folder.join(format!("{}.ndjson", file_name(&id)));
    if !would_find(&request.log.paths, &path, &request.log.working) {
        return Err(Error::new(
            Code::GRANTS_UNREAD,
            format!("`changes` would not read {}", path.display()),
        )
        .expected("`grants` in the job file with a folder that `changes` searches")
        .hint("add the folder to `changes`, or name one below a folder that is there"));
    }
    // All that could be wrong with it is found before it is written.
    let credits = credits(request, kind)?;
    expires_at(request, kind, request.at)?;
    let row = row(request, &id);
    file::check(&row, &request.log.schema, &id)?;
    let kept = match request.dry_run {
        true => file::kept(&path, &request.log.schema)?,
        false => file::write(&path, &row, &request.log.schema)?,
    };
    if let Some(kept) = &kept {
        check_is_same(request, &id, kept)?;
    }
    let grant = Grant { kind, id: &id, credits, path, kept };
    answer(request, &grant)
}

/// A grant that is written, would be, or was before.
struct Grant<'a> {
    kind: &'a GrantKind,
    id: &'a str,
    credits: Credits,
    path: PathBuf,
    /// What the file had before.
    kept: Option<Kept>,
}

/// What is to be said of a grant.
fn answer(request: &GrantRequest, grant: &Grant<'_>) -> Result<Answer> {
    let Grant { kind, id, credits, path, kept } = grant;
    let at = kept.as_ref().map_or(request.at, |kept| kept.at);
    let expires_at = expires_at(request, kind, at)?;
    let currency = request.catalog.currency;
    let status = match (kept, request.dry_run) {
        (Some(_), _) => "unchanged",
        (None, true) => "would-grant",
        (None, false) => "granted",
    };
    let result = GrantResult {
        status,
        exit_code: 0,
        account_id: &request.account,
        change_id: id,
        at,
        grant: &kind.id,
        name: &kind.name,
        credits: *credits,
        expires_at,
        draws: kind.draws.name(),
        price: currency.plain(kind.price),
        currency: currency.code(),
        file: path.display().to_string(),
    };
    Ok(Answer::new(text(request, grant, at, expires_at), &result, 0))
}

/// For people: what the customer gets, and what it pays.
fn text(request: &GrantRequest, grant: &Grant<'_>, at: Instant, end: Option<Instant>) -> String {
    let Grant { kind, id, credits, path, kept } = grant;
    let (how, more) = match (kept, request.dry_run) {
        (Some(_), _) => ("was given", " already; nothing more is given now"),
        (None, true) => ("would be given", ""),
        (None, false) => ("is given", ""),
    };
    let (account, credits) = (&request.account, quantity_of(*credits, "credit"));
    let draws = kind.draws.in_words();
    let end = end.map_or("without end".to_owned(), |end| format!("until {end}"));
    let (currency, month) = (request.catalog.currency, Month::of(at).in_words());
    let price = match kind.price {
        Money::ZERO => "free of charge: no line on the invoice".to_owned(),
        price => {
            let (amount, code) = (currency.amount(price), currency.code());
            format!("{amount} {code} on the invoice of {month} (G4)")
        }
    };
    let mut text = format!("{account} {how} {credits} of {}{more} ({id})\n", kind.name);
    text.push_str(&format!(
        "  usage draws on it {draws}'s pool, from {at} {end} (G2)\n  {price}\n"
    ));
    text.push_str(&format!("  change log: {}\n", path.display()));
    if kept.is_some() && request.id.is_none() {
        text.push_str("  to give it once more, on purpose: --id with an id of its own\n");
    }
    text
}

/// Makes sure that the account is there, and that the grant lies in no month that is billed already.
fn check_is_open(book: &Book, request: &GrantRequest) -> Result<()> {
    let GrantRequest { account, at, .. } = request;
    let month = Month::of(*at);
    let newest = book.months()?.pop();
    let revision = newest.map(|newest| book.current(newest)).transpose()?.flatten();
    let (Some(newest), Some(revision)) = (newest, revision) else {
        return Err(Error::new(Code::NO_BOOK, "no month is published that would know the account")
            .in_file(book.folder())
            .hint("put the grant into the change log, or bill the first month"));
    };
    if month <= newest {
        return Err(Error::new(
            Code::GRANT_IN_PUBLISHED,
            format!("a grant at {at} would change {month}, which is published or before the book"),
        )
        .expected(format!("--at {} or later", newest.end()))
        .hint(format!(
            "for {month} itself: put the change into a file, and monthend rerun --month {month} \
             --accounts '{account}' --add-changes FILE --cascade --reason TEXT"
        )));
    }
    check_is_known(request, newest, revision.tables()?)
}

/// Makes sure that the account is among those of the newest month's `tables`, or has signed up since.
fn check_is_known(request: &GrantRequest, newest: Month, tables: &Path) -> Result<()> {
    let GrantRequest { account, at, .. } = request;
    if !records_of::<StateRow>(tables, account)?.is_empty() {
        return Ok(());
    }
    match signup(request) {
        // A signup that reached the log late is of no run to come.
        Ok(Some(signup)) if signup < newest.end() => {
            Err(no_such_account(tables, account, newest).hint(format!(
                "it signed up at {signup} by the change log, which came late: bill that month again by \
                 monthend rerun --add-changes FILE --cascade"
            )))
        }
        Ok(Some(signup)) if signup <= *at => Ok(()),
        Ok(Some(signup)) => {
            let message = format!("account `{account}` signs up at {signup}, after {at}");
            Err(Error::new(Code::ACCOUNT_OF_MONTH, message)
                .expected(format!("--at {signup} or later")))
        }
        Ok(None) => Err(no_such_account(tables, account, newest)
            .expected("an account that has signed up by then, or since by the change log")),
        Err(error) => Err(no_such_account(tables, account, newest)
            .expected("an account that has signed up by then: the change log since cannot be read")
            .caused_by(error.in_one_line())),
    }
}

/// When the account signs up, by the change log of the months since the newest one. It is read whole, for
/// an account that the book does not know.
fn signup(request: &GrantRequest) -> Result<Option<Instant>> {
    let GrantRequest { account, log, .. } = request;
    let files = logs::find(&log.since, "change log")?.files;
    let scope = Scope::of_account(account);
    let changes = changes::read(&logs::open(files, &log.schema)?, &log.schema, &scope, None)?;
    let mut signups = changes.changes.iter().filter(|change| change.kind == ChangeKind::Signup);
    Ok(signups.next().map(|change| change.at))
}

fn kind(request: &GrantRequest) -> Result<&GrantKind> {
    let GrantRequest { catalog, kind, .. } = request;
    catalog.grant_place(kind).map(|place| catalog.grant_kind(place)).ok_or_else(|| {
        let known: Vec<&str> = catalog.grant_kinds().iter().map(|kind| kind.id.as_str()).collect();
        let message = format!("--kind {kind}: the catalogue \"{}\" lacks it", catalog.name);
        Error::new(Code::OPTION_VALUE, message).expected(match known.is_empty() {
            true => "a catalogue with kinds of grants: [[grant]]".to_owned(),
            false => known.join(", "),
        })
    })
}

fn credits(request: &GrantRequest, kind: &GrantKind) -> Result<Credits> {
    request.credits.or(kind.credits).ok_or_else(|| {
        let message = format!("grant `{}` has no credits of its own", kind.id);
        Error::new(Code::OPTION_MISSING, message).expected("--credits NUMBER")
    })
}

fn expires_at(request: &GrantRequest, kind: &GrantKind, at: Instant) -> Result<Option<Instant>> {
    let end = kind.expires_at(at, request.expires_at);
    match end.filter(|end| *end <= at) {
        None => Ok(end),
        Some(end) => {
            Err(Error::new(Code::OPTION_VALUE, format!("--expires {end} is not after {at}"))
                .expected("an end after the beginning"))
        }
    }
}

/// The change's id: as said, or made of what is asked, so that the same command gives nothing twice.
fn id(request: &GrantRequest) -> String {
    let GrantRequest { account, kind, credits, expires_at, at, is_at_said, reason, .. } = request;
    request.id.clone().unwrap_or_else(|| {
        let at = is_at_said.then_some(at);
        let of = serde_json::json!([account, kind, credits, expires_at, at, reason]).to_string();
        format!("grant-{}", &digest::of_bytes(of.as_bytes())[..16])
    })
}

/// A file's name for an id: the id itself, or a digest of one that is no name.
fn file_name(id: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let is_name = id.len() <= 100 && id.starts_with(|c: char| c.is_ascii_alphanumeric());
    match is_name && id.chars().all(is_plain) {
        true => id.to_owned(),
        false => format!("grant-{}", &digest::of_bytes(id.as_bytes())[..16]),
    }
}

/// The change as the job's change log has it.
fn row(request: &GrantRequest, id: &str) -> Map<String, Value> {
    let WrittenLog { columns, words, .. } = &request.log;
    let words = &words.change_values;
    // A word that means something else here: another one stands for it.
    let other =
        words.iter().find(|(_, meaning)| *meaning == "grant").map(|(word, _)| word.as_str());
    let grant = other.filter(|_| words.contains_key("grant")).unwrap_or("grant");
    let mut row = Map::new();
    let mut put = |name: &str, value: Value| {
        let name = columns.get(name).map_or(name, String::as_str);
        row.insert(name.to_owned(), value);
    };
    put("change_id", id.into());
    put("account_id", request.account.as_str().into());
    put("at", request.at.to_string().into());
    put("change", grant.into());
    put("plan", "".into());
    put("grant", request.kind.as_str().into());
    put("credits", request.credits.map(|credits| credits.to_string()).unwrap_or_default().into());
    put("expires_at", request.expires_at.map(|end| end.to_string()).unwrap_or_default().into());
    if !row.contains_key("reason") {
        row.insert("reason".to_owned(), request.reason.as_str().into());
    }
    row
}

/// Makes sure that what was written under an id before is what is asked now.
fn check_is_same(request: &GrantRequest, id: &str, kept: &Kept) -> Result<()> {
    let is_same = kept.id == id
        && kept.account == request.account.as_str()
        && kept.grant == request.kind
        && kept.credits == request.credits
        && kept.expires_at == request.expires_at
        && (!request.is_at_said || kept.at == request.at);
    match is_same {
        true => Ok(()),
        false => Err(Error::new(
            Code::GRANT_GIVEN,
            format!("change `{id}` was written already, and gives something else"),
        )
        .in_file(&kept.path)
        .hint("say another --id; what was given is taken back by a change `grant_void`")),
    }
}
