//! The revisions of a month, and what each of them posts.

use chrono::NaiveDate;

use super::accounts::Account;
use super::documents::{self, correction_date};
use super::entry::{Journal, Kind, RevisionEntries, Subject};
use super::grants::{GrantMovements, Movement};
use super::request::Request;
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::money::Currency;
use crate::base::scope::Scope;
use crate::book::{Book, FIRST_REVISION, Revision, revision_name, revision_number};
use crate::desk::document::disagree;
use crate::desk::months::not_in_book;
use crate::tables::{
    ByAccount, DocumentRow, LineRow, LineType, StatementRow, TableRows, first_account, records,
};

/// The entries of a month.
///
/// # Errors
/// As [`super::run`], but for files.
pub(super) fn gather(request: &Request) -> Result<Journal> {
    let names = asked(request)?;
    let (mut entries, mut currency, mut owed) = (Vec::new(), None, Movement::default());
    for name in &names {
        let mut poster = Poster::open(request, name)?;
        let own = *currency.get_or_insert(poster.currency);
        if own != poster.currency {
            return Err(two_currencies(request.month, name));
        }
        poster.documents()?;
        owed = poster.grants(&request.book)?;
        entries.extend(poster.entries.finish(request.open_from));
    }
    let currency = currency
        .ok_or_else(|| Error::new(Code::IMPOSSIBLE, "a month that is published has no revision"))?;
    // By revision and number already.
    entries.sort_by_key(|entry| entry.date);
    Ok(Journal { entries, currency, revisions: names, owed })
}

/// The names of the revisions that are asked for, in order. What `CURRENT` does not name yet is not
/// published.
fn asked(request: &Request) -> Result<Vec<String>> {
    let Request { book, month, revision, .. } = request;
    let in_force = book.current(*month)?.ok_or_else(|| not_in_book(book, *month))?;
    let last = revision_number(&in_force.name);
    let known: Vec<String> = (1..=last.unwrap_or(0)).map(revision_name).collect();
    match revision {
        None => Ok(known),
        Some(name) if known.contains(name) => Ok(vec![name.clone()]),
        Some(name) => {
            Err(Error::new(Code::REVISION_UNKNOWN, format!("{month} has no revision `{name}`"))
                .expected(format!("one of those in the book: {}", known.join(", "))))
        }
    }
}

fn two_currencies(month: Month, name: &str) -> Error {
    Error::new(
        Code::NOTHING_TO_COMPARE,
        format!("{month} {name} is in another currency than the revision before it"),
    )
    .hint("a journal is of one currency: export such revisions one by one, and book what they correct by hand")
}

/// A revision that is posted, and the one before it.
struct Poster {
    revision: Revision,
    before: Option<Revision>,
    currency: Currency,
    entries: RevisionEntries,
    /// The day of what is no document's.
    date: NaiveDate,
}

impl Poster {
    fn open(request: &Request, name: &str) -> Result<Self> {
        let Request { book, month, detail, .. } = request;
        let revision = book.revision(*month, name)?;
        let number = revision_number(name).unwrap_or(1);
        let before = match name == FIRST_REVISION {
            true => None,
            false => Some(book.revision(*month, &revision_name(number - 1))?),
        };
        Ok(Poster {
            currency: revision.catalog()?.currency,
            entries: RevisionEntries::new(*month, name, *detail),
            date: date(&revision, *month)?,
            revision,
            before,
        })
    }

    /// Posts the documents that the revision issued, and holds all of the month against the statements.
    fn documents(&mut self) -> Result<()> {
        let folder = self.revision.tables()?;
        let mut documents = ByAccount::<TableRows<DocumentRow>>::open(folder, &Scope::All)?;
        let mut lines = ByAccount::<TableRows<LineRow>>::open(folder, &Scope::All)?;
        let (mut total, mut grants) = (0, 0);
        while let Some(account) = first_account([documents.next_account()?, lines.next_account()?])
        {
            let mut lines = lines.take(&account)?;
            let is_grant = |line: &&LineRow| line.line_type.known() == Some(LineType::Grant);
            grants += lines.iter().filter(is_grant).map(|line| line.amount).sum::<i128>();
            for document in documents.take(&account)? {
                total += i128::from(document.total_amount);
                let (own, others) = lines
                    .into_iter()
                    .partition::<Vec<_>, _>(|line| line.document_id == document.document_id);
                lines = others;
                if document.revision == self.revision.name {
                    documents::post(&document, &own, &mut self.entries)?;
                }
            }
        }
        let (mut due, mut due_of_grants) = (0, 0);
        for statement in records::<StatementRow>(folder)? {
            let statement = statement?;
            due += i128::from(statement.total_amount);
            due_of_grants += i128::from(statement.grants_amount);
        }
        if (total, grants) == (due, due_of_grants) {
            return Ok(());
        }
        let (month, name) = (self.revision.manifest.month, &self.revision.name);
        let shown = |minor: i128| self.currency.amount(minor);
        let message = format!(
            "{month} {name}: its documents come to {}, {} of it grants, its statements to {} and {}",
            shown(total),
            shown(grants),
            shown(due),
            shown(due_of_grants)
        );
        Err(disagree(message))
    }

    /// Posts what was drawn of bought grants and what expired: of a later revision what is more or
    /// less than the one before it posted.
    fn grants(&mut self, book: &Book) -> Result<Movement> {
        let mut is = GrantMovements::open(book, &self.revision)?;
        let before = self.before.as_ref();
        let mut was = before.map(|before| GrantMovements::open(book, before)).transpose()?;
        let mut owed = Movement::default();
        loop {
            let next_before = was.as_mut().map(GrantMovements::next_account).transpose()?.flatten();
            let next = is.next_account()?;
            let Some(account) = first_account([next.as_deref(), next_before.as_deref()]) else {
                return Ok(owed);
            };
            let now = is.take(&account)?;
            let then = was.as_mut().map(|was| was.take(&account)).transpose()?.unwrap_or_default();
            owed += now;
            let subject = Subject { account: Some(account.as_str().into()), document: None };
            for (kind, revenue, amount) in [
                (Kind::GrantsDrawn, Account::GrantsDrawn, now.drawn - then.drawn),
                (Kind::GrantsLapsed, Account::Breakage, now.lapsed - then.lapsed),
            ] {
                if amount != 0 {
                    let postings = [(Account::Grants, amount), (revenue, -amount)];
                    self.entries.post(self.date, kind, &subject, &postings);
                }
            }
        }
    }
}

/// The day of what a revision posts beside its documents: the month's last; of a later one that of
/// its last document, or on which it was made where it issued none.
fn date(revision: &Revision, month: Month) -> Result<NaiveDate> {
    if revision.name == FIRST_REVISION {
        return Ok(month.last_day());
    }
    let mut last = None;
    for document in records::<DocumentRow>(revision.tables()?)? {
        let document = document?;
        if document.revision == revision.name {
            last = last.max(Some(document.issued_on));
        }
    }
    let date = match last {
        Some(last) => last,
        None => revision.made()?.date(),
    };
    Ok(correction_date(month, date))
}
