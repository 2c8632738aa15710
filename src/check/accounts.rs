//! One walk through the tables, all of which are sorted by account.
//!
//! It is not [`ByAccount`](crate::tables::ByAccount)'s, which gives each account's rows as records
//! of their own and refuses rows that are out of order: here rows are looked at in their columns,
//! nothing is allocated for an account (200,000 of them take 0.09 s), and rows that belong to none
//! are counted as breaches.

use std::cmp::Ordering;
use std::iter::Peekable;
use std::ops::Range;
use std::path::Path;

use rayon::prelude::*;

use super::account::OneAccount;
use super::breaches::Breaches;
use super::inputs::Inputs;
use super::revision_before::NEW_LINE;
use super::rows::{
    self, Charge, ClosingState, Document, Exception, Expired, Line, OpenGrant, Statement,
    TableBatch,
};
use super::totals::{RunSums, STRAYS};
use super::window::{DOCUMENTS, Window, Windows};
use crate::base::accounts::{Accounts, partition_point};
use crate::base::error::Result;
use crate::base::exceptions::ExceptionKind;
use crate::base::number::number;
use crate::billing::timeline::Opening;
use crate::tables::opening::State;
use crate::tables::{DocumentNumbers, OfAccount, Table};

/// Statements that are checked in one go.
const AT_ONCE: usize = 4_096;

/// Checks every account that was billed, and adds up; where documents are `numbered`, that they are so in
/// their order. A window is read while the one before it is checked.
pub(super) fn check(
    inputs: &Inputs<'_>,
    folder: &Path,
    numbered: bool,
    breaches: &mut Breaches,
) -> Result<RunSums> {
    let mut windows =
        Windows::open(folder, inputs.scope, |table| inputs.has_grants || table != Table::Grants)?;
    let of_billed: Vec<State>;
    let openings = match inputs.opening {
        Opening::Genesis => &[][..],
        Opening::States(states) if inputs.scope.accounts().is_none() => states.as_slice(),
        Opening::States(states) => {
            let own = states.iter().filter(|state| inputs.scope.includes(&state.account));
            of_billed = own.cloned().collect();
            &of_billed
        }
    };
    let numbered = numbered.then_some(1);
    let mut left = Left { accounts: inputs.accounts, from: 0, openings, numbered };
    let mut sums = RunSums::default();
    let mut window = windows.next()?;
    while let Some(own) = window {
        let shares: Vec<Share<'_>> =
            own.cut(AT_ONCE)?.into_iter().map(|window| left.share(window)).collect();
        let kept = breaches.kept;
        let (checked, next) = rayon::join(
            || {
                let checked = shares.into_par_iter().map(|share| share.check(inputs, kept));
                checked.collect::<Result<Vec<_>>>()
            },
            || windows.next(),
        );
        for (found, of_share) in checked? {
            breaches.merge(found);
            sums.add(&of_share);
        }
        window = next?;
    }
    for (what, rows) in STRAYS.iter().zip(sums.strays) {
        breaches.of(None).equal("K5", what, rows, 0);
    }
    Ok(sums)
}

/// The accounts and openings that no window has had yet.
struct Left<'a> {
    accounts: &'a Accounts,
    from: u32,
    openings: &'a [State],
    /// The number of the next document, where they are numbered in their order.
    numbered: Option<u64>,
}

impl<'a> Left<'a> {
    /// Gives a window its accounts and openings.
    fn share(&mut self, window: Window) -> Share<'a> {
        let (mut to, mut openings) = (number(self.accounts.len()), self.openings.len());
        if let Some(until) = window.until.as_deref() {
            let is_before = |at: usize| self.accounts.id(number(at)) < until;
            to = number(partition_point(self.from as usize..to as usize, is_before));
            openings = self.openings.partition_point(|state| state.account.as_str() < until);
        }
        let (own, rest) = self.openings.split_at(openings);
        let accounts = self.from..to;
        (self.from, self.openings) = (to, rest);
        let documents: usize = window.tables[DOCUMENTS].iter().map(TableBatch::len).sum();
        let numbered = self.numbered;
        self.numbered = numbered.map(|next| next + documents as u64);
        Share { window, accounts, openings: own, numbered }
    }
}

/// Some accounts with their rows in all tables.
struct Share<'a> {
    window: Window,
    /// The accounts that exist in the month.
    accounts: Range<u32>,
    openings: &'a [State],
    /// The number of the first document, where they are numbered in their order.
    numbered: Option<u64>,
}

impl Share<'_> {
    /// Checks the accounts, keeping so many breaches, and adds up.
    fn check(&self, inputs: &Inputs<'_>, kept: usize) -> Result<(Breaches, RunSums)> {
        let [statements, states, documents, lines, charges, expired, grants, exceptions] =
            &self.window.tables;
        let (mut breaches, mut sums) = (Breaches::keeping(kept), RunSums::default());
        let mut accounts = self.accounts.clone();
        let mut openings = self.openings.iter().peekable();
        let mut closings = rows(states, ClosingState::rows)?.peekable();
        let mut documents = rows(documents, Document::rows)?.peekable();
        let mut lines = rows(lines, Line::rows)?.peekable();
        let mut charges = rows(charges, Charge::rows)?.peekable();
        let mut expired = rows(expired, Expired::rows)?.peekable();
        let mut grants = rows(grants, OpenGrant::rows)?.peekable();
        let unbilled = rows(exceptions, Exception::rows)?;
        let mut unbilled =
            unbilled.filter(|row| row.kind == ExceptionKind::UnbilledUsage).peekable();
        let (mut own_documents, mut own_lines) = (Vec::new(), Vec::new());
        let (mut own_charges, mut own_expired, mut own_unbilled) =
            (Vec::new(), Vec::new(), Vec::new());
        let mut own_grants = Vec::new();
        let span = (inputs.month.start(), inputs.month.end());
        let mut numbers = Numbers { of: DocumentNumbers::of(inputs.month), next: self.numbered };
        // Faster than a loop: batch by batch, without a look at each row for the next batch.
        rows(statements, Statement::rows)?.for_each(|statement| {
            let account = statement.account_id;
            pass(&mut accounts, Some(account), inputs, &mut breaches);
            let gone = vanished(&mut documents, Some(account), inputs, &mut breaches);
            sums.documents += gone.amount;
            numbers.pass(gone.documents);
            sums.lines += before(&mut lines, Some(account), &numbers, &mut breaches);
            let strays = &mut sums.strays;
            let opening = next_of(&mut openings, account, |s| &s.account, &mut strays[0]);
            let closing = next_of(&mut closings, account, |c| c.account_id, &mut strays[1]);
            take(&mut documents, account, &mut own_documents);
            take(&mut lines, account, &mut own_lines);
            strays[2] += take(&mut charges, account, &mut own_charges);
            strays[3] += take(&mut expired, account, &mut own_expired);
            strays[4] += take(&mut unbilled, account, &mut own_unbilled);
            strays[5] += take(&mut grants, account, &mut own_grants);
            numbers.check(account, &own_documents, &own_lines, &mut breaches);
            let one = OneAccount {
                inputs,
                span,
                opening,
                closing,
                documents: &own_documents,
                lines: &own_lines,
                charges: &own_charges,
                expired: &own_expired,
                grants: &own_grants,
                unbilled: &own_unbilled,
                statement: &statement,
            };
            one.check(&mut breaches, &mut sums);
        });
        pass(&mut accounts, None, inputs, &mut breaches);
        sums.documents += vanished(&mut documents, None, inputs, &mut breaches).amount;
        sums.lines += before(&mut lines, None, &numbers, &mut breaches);
        let left = [
            openings.count(),
            closings.count(),
            charges.count(),
            expired.count(),
            unbilled.count(),
            grants.count(),
        ];
        sums.strays.iter_mut().zip(left).for_each(|(strays, left)| *strays += left as i128);
        Ok((breaches, sums))
    }
}

/// The rows of batches, one after the other.
fn rows<'a, I: Iterator>(
    batches: &'a [TableBatch],
    of: impl Fn(&'a TableBatch) -> Result<I>,
) -> Result<impl Iterator<Item = I::Item>> {
    let batches = batches.iter().map(|batch| rows::of(batch, &of));
    Ok(batches.collect::<Result<Vec<I>>>()?.into_iter().flatten())
}

/// The next thing, if it is the account's; those of accounts before it are strays.
fn next_of<'a, T, I: Iterator<Item = T>>(
    things: &mut Peekable<I>,
    account: &str,
    whose: impl Fn(&T) -> &'a str,
    strays: &mut i128,
) -> Option<T> {
    while let Some(next) = things.peek() {
        match whose(next).cmp(account) {
            Ordering::Less => *strays += 1,
            Ordering::Equal => return things.next(),
            Ordering::Greater => return None,
        }
        things.next();
    }
    None
}

/// Takes the rows of `account` from a sorted stream; gives the number of rows before them.
fn take<R: OfAccount, I: Iterator<Item = R>>(
    rows: &mut Peekable<I>,
    account: &str,
    taken: &mut Vec<R>,
) -> i128 {
    taken.clear();
    let mut before = 0;
    while let Some(next) = rows.peek() {
        match next.account().cmp(account) {
            Ordering::Less => {
                before += 1;
                rows.next();
            }
            Ordering::Equal => taken.extend(rows.next()),
            Ordering::Greater => break,
        }
    }
    before
}

/// Passes over the lines of accounts before this one, or over all that are left, and adds up. Where
/// documents are numbered, none of them has such lines.
fn before<'a>(
    lines: &mut Peekable<impl Iterator<Item = Line<'a>>>,
    to: Option<&str>,
    numbers: &Numbers,
    breaches: &mut Breaches,
) -> i128 {
    let mut sum = 0;
    while let Some(line) = lines.peek().filter(|line| to.is_none_or(|to| line.account_id < to)) {
        sum += i128::from(line.amount);
        breaches.of(Some(line.account_id)).equal("K4", NEW_LINE, numbers.next.is_none(), 1);
        lines.next();
    }
    sum
}

/// The numbers of documents.
struct Numbers {
    of: DocumentNumbers,
    /// The next one, where they follow the order of the documents.
    next: Option<u64>,
}

impl Numbers {
    /// Goes past documents that are breaches already.
    fn pass(&mut self, documents: u64) {
        self.next = self.next.map(|next| next + documents);
    }

    /// An account's documents have the next numbers, and each of its lines is of one of them, in their
    /// order.
    fn check(
        &mut self,
        account: &str,
        documents: &[Document<'_>],
        lines: &[Line<'_>],
        breaches: &mut Breaches,
    ) {
        let Some(mut next) = self.next else { return };
        let mut expect = breaches.of(Some(account));
        for document in documents {
            if self.of.number(document.document_id) != Some(next) {
                let what = format!("the next number is {}", self.of.id(next));
                expect.equal("K4", &what, 0, 1);
            }
            next += 1;
        }
        let mut lines = lines.iter().peekable();
        for document in documents {
            while lines.next_if(|line| line.document_id == document.document_id).is_some() {}
        }
        lines.for_each(|_| expect.equal("K4", NEW_LINE, 0, 1));
        self.next = Some(next);
    }
}

/// Documents of accounts that have no statement.
#[derive(Default)]
struct Vanished {
    documents: u64,
    amount: i128,
}

/// Takes the documents of accounts that have no statement, up to that of a statement or to the
/// end. Only a later revision may have them: of accounts that were billed before and are no more;
/// their documents and lines add up to nothing.
fn vanished<'a>(
    documents: &mut Peekable<impl Iterator<Item = Document<'a>>>,
    to: Option<&str>,
    inputs: &Inputs<'_>,
    breaches: &mut Breaches,
) -> Vanished {
    let mut all = Vanished::default();
    while documents.peek().is_some_and(|row| to.is_none_or(|to| row.account_id < to)) {
        let Some(first) = documents.next() else { break };
        let account = first.account_id;
        let (mut sum, mut count) = (i128::from(first.total_amount), 1);
        while let Some(row) = documents.next_if(|row| row.account_id == account) {
            sum += i128::from(row.total_amount);
            count += 1;
        }
        all.amount += sum;
        all.documents += count;
        let mut expect = breaches.of(Some(account));
        expect.equal("K4", "documents without a statement come to", sum, 0);
        let allowed = inputs.before.is_some();
        expect.equal("K5", "a statement for the documents' account", allowed, 1);
    }
    all
}

/// Goes on to the account of a statement, or to the end: every account has one statement, in the
/// order of the ids.
fn pass(accounts: &mut Range<u32>, to: Option<&str>, inputs: &Inputs<'_>, breaches: &mut Breaches) {
    let mut statements = |account: &str, found: i128| {
        breaches.of(Some(account)).equal("K5", "statements of the account", found, 1);
    };
    while accounts.start < accounts.end {
        let next = inputs.accounts.id(accounts.start);
        match to.map_or(Ordering::Less, |to| next.cmp(to)) {
            Ordering::Less => statements(next, 0),
            Ordering::Equal => {
                accounts.start += 1;
                return;
            }
            Ordering::Greater => break,
        }
        accounts.start += 1;
    }
    if let Some(to) = to {
        statements(to, 2); // a second one, or one too many
    }
}
