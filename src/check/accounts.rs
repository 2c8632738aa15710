//! One walk through the tables, all of which are sorted by account.

use std::iter::Peekable;
use std::ops::Range;
use std::path::Path;

use rayon::prelude::*;

use super::account::OneAccount;
use super::rows::{CHARGES, DOCUMENTS, EXPIRED, LINES, Part, parts, statements, states, unbilled};
use super::window::{Window, Windows};
use super::{Breaches, Inputs};
use crate::base::accounts::{Accounts, partition_point};
use crate::base::error::Result;
use crate::billing::timeline::Opening;
use crate::input::opening::State;

/// The sums over all accounts.
#[derive(Debug, Default)]
pub(super) struct Totals {
    pub events: i128,
    pub usage: i128,
    pub statements: i128,
    pub documents: i128,
    pub lines: i128,
    /// Rows without a statement, by what they are.
    strays: [i128; STRAYS.len()],
}

/// What has no statement, though it should.
const STRAYS: [&str; 5] = [
    "openings without a statement",
    "states without a statement",
    "overage charges without a statement",
    "expired credits without a statement",
    "unbilled usage without a statement",
];

impl Totals {
    fn add(&mut self, other: &Totals) {
        self.events += other.events;
        self.usage += other.usage;
        self.statements += other.statements;
        self.documents += other.documents;
        self.lines += other.lines;
        self.strays.iter_mut().zip(other.strays).for_each(|(sum, own)| *sum += own);
    }
}

/// Statements that are checked in one go.
const AT_ONCE: usize = 4_096;

/// Checks every account that was billed, and adds up. A window is read while the one before it is
/// checked.
pub(super) fn check(inputs: &Inputs<'_>, folder: &Path, breaches: &mut Breaches) -> Result<Totals> {
    let mut windows = Windows::open(folder, inputs.only)?;
    let of_billed: Vec<State>;
    let openings = match (inputs.opening, inputs.only) {
        (Opening::Genesis, _) => &[][..],
        (Opening::States(states), None) => states.as_slice(),
        (Opening::States(states), Some(only)) => {
            let own = states.iter().filter(|state| only.contains(&state.account));
            of_billed = own.cloned().collect();
            &of_billed
        }
    };
    let mut left = Left { accounts: inputs.accounts, from: 0, openings };
    let mut totals = Totals::default();
    let mut window = windows.next()?;
    while let Some(own) = window {
        let shares: Vec<Share<'_>> =
            own.cut(AT_ONCE).into_iter().map(|window| left.share(window)).collect();
        let kept = breaches.kept;
        let (checked, next) = rayon::join(
            || shares.into_par_iter().map(|share| share.check(inputs, kept)).collect::<Vec<_>>(),
            || windows.next(),
        );
        for (found, sums) in checked {
            breaches.merge(found);
            totals.add(&sums);
        }
        window = next?;
    }
    for (what, rows) in STRAYS.iter().zip(totals.strays) {
        breaches.expect("K5", None, what, rows, 0);
    }
    Ok(totals)
}

/// The accounts and openings that no window has had yet.
struct Left<'a> {
    accounts: &'a Accounts,
    from: u32,
    openings: &'a [State],
}

impl<'a> Left<'a> {
    /// Gives a window its accounts and openings.
    fn share(&mut self, window: Window) -> Share<'a> {
        let (mut to, mut openings) = (self.accounts.len() as u32, self.openings.len());
        if let Some(until) = window.until.as_deref() {
            let is_before = |number: usize| self.accounts.id(number as u32) < until;
            to = partition_point(self.from as usize..to as usize, is_before) as u32;
            openings = self.openings.partition_point(|state| state.account.as_str() < until);
        }
        let (own, rest) = self.openings.split_at(openings);
        let accounts = self.from..to;
        (self.from, self.openings) = (to, rest);
        Share { window, accounts, openings: own }
    }
}

/// Some accounts with their rows in all tables.
struct Share<'a> {
    window: Window,
    /// The accounts that exist in the month.
    accounts: Range<u32>,
    openings: &'a [State],
}

impl Share<'_> {
    /// Checks the accounts, keeping so many breaches, and adds up.
    fn check(&self, inputs: &Inputs<'_>, kept: usize) -> (Breaches, Totals) {
        let window = &self.window;
        let mut found = (Breaches::keeping(kept), Totals::default());
        let mut accounts = self.accounts.clone();
        let mut openings = self.openings.iter().peekable();
        let mut closings = window.states.iter().flat_map(states).peekable();
        let of = |columns| move |batch| parts(batch, columns);
        let mut documents = window.documents.iter().flat_map(of(&DOCUMENTS)).peekable();
        let mut lines = window.lines.iter().flat_map(of(&LINES)).peekable();
        let mut charges = window.charges.iter().flat_map(of(&CHARGES)).peekable();
        let mut expired = window.expired.iter().flat_map(of(&EXPIRED)).peekable();
        let mut unbilled = window.exceptions.iter().flat_map(unbilled).peekable();
        let [mut own_documents, mut own_lines] = [Vec::new(), Vec::new()];
        let [mut own_charges, mut own_expired, mut own_unbilled] = [const { Vec::new() }; 3];
        for statement in window.statements.iter().flat_map(statements) {
            let account = statement.account;
            let (breaches, totals) = &mut found;
            pass(&mut accounts, Some(account), inputs, breaches);
            vanished((&mut documents, &mut lines), Some(account), inputs, (breaches, totals));
            let strays = &mut totals.strays;
            let opening = next_of(&mut openings, account, |s| &s.account, &mut strays[0]);
            let closing = next_of(&mut closings, account, |c| c.account, &mut strays[1]);
            take(&mut documents, account, &mut own_documents);
            take(&mut lines, account, &mut own_lines);
            strays[2] += take(&mut charges, account, &mut own_charges);
            strays[3] += take(&mut expired, account, &mut own_expired);
            strays[4] += take(&mut unbilled, account, &mut own_unbilled);
            let one = OneAccount {
                inputs,
                opening,
                closing,
                documents: &own_documents,
                lines: &own_lines,
                charges: &own_charges,
                expired: &own_expired,
                unbilled: &own_unbilled,
                statement: &statement,
            };
            one.check(breaches, totals);
        }
        let (breaches, totals) = &mut found;
        pass(&mut accounts, None, inputs, breaches);
        vanished((&mut documents, &mut lines), None, inputs, (breaches, totals));
        let left = [
            openings.count(),
            closings.count(),
            charges.count(),
            expired.count(),
            unbilled.count(),
        ];
        totals.strays.iter_mut().zip(left).for_each(|(strays, left)| *strays += left as i128);
        found
    }
}

/// The next thing, if it is the account's; those of accounts before it are strays.
fn next_of<'a, T, I: Iterator<Item = T>>(
    things: &mut Peekable<I>,
    account: &str,
    whose: impl Fn(&T) -> &'a str,
    strays: &mut i128,
) -> Option<T> {
    while things.next_if(|thing| whose(thing) < account).is_some() {
        *strays += 1;
    }
    things.next_if(|thing| whose(thing) == account)
}

/// Takes the rows of `account` from a sorted stream; gives the number of rows before them.
fn take<'a, I: Iterator<Item = Part<'a>>>(
    rows: &mut Peekable<I>,
    account: &str,
    taken: &mut Vec<Part<'a>>,
) -> i128 {
    taken.clear();
    let mut before = 0;
    while let Some(row) = rows.next_if(|row| row.account <= account) {
        match row.account == account {
            true => taken.push(row),
            false => before += 1,
        }
    }
    before
}

/// Takes the documents and lines of accounts that have no statement, up to that of a statement or
/// to the end. Only a later revision may have them: of accounts that were billed before and are
/// no more; their documents and lines add up to nothing.
fn vanished<'a, D, L>(
    (documents, lines): (&mut Peekable<D>, &mut Peekable<L>),
    to: Option<&str>,
    inputs: &Inputs<'_>,
    (breaches, totals): (&mut Breaches, &mut Totals),
) where
    D: Iterator<Item = Part<'a>>,
    L: Iterator<Item = Part<'a>>,
{
    let before = |row: &Part<'_>| to.is_none_or(|to| row.account < to);
    while let Some(first) = documents.next_if(before) {
        let account = Some(first.account);
        let mut sum = first.values[2];
        while let Some(row) = documents.next_if(|row| row.account == first.account) {
            sum += row.values[2];
        }
        totals.documents += sum;
        breaches.expect("K4", account, "documents without a statement come to", sum, 0);
        let allowed = i128::from(inputs.before.is_some());
        breaches.expect("K5", account, "a statement for the documents' account", allowed, 1);
    }
    while let Some(line) = lines.next_if(before) {
        totals.lines += line.values[0];
    }
}

/// Goes on to the account of a statement, or to the end: every account has one statement, in the
/// order of the ids.
fn pass(accounts: &mut Range<u32>, to: Option<&str>, inputs: &Inputs<'_>, breaches: &mut Breaches) {
    let mut statements = |account: &str, found: i128| {
        breaches.expect("K5", Some(account), "statements of the account", found, 1);
    };
    let id = |number: u32| inputs.accounts.id(number);
    while accounts.start < accounts.end && to.is_none_or(|to| id(accounts.start) < to) {
        statements(id(accounts.start), 0);
        accounts.start += 1;
    }
    match to {
        Some(to) if accounts.start < accounts.end && id(accounts.start) == to => {
            accounts.start += 1;
        }
        Some(to) => statements(to, 2), // a second one, or one too many
        None => {}
    }
}
