//! What is changed in a log file that replaces another one.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::months::population::{ACCOUNTS, Change, Event};
use crate::months::terms::{CREDIT, DAY};

/// What becomes of an event, chosen by its number.
#[derive(Debug, Clone)]
pub enum EventEdit {
    Remove(usize),
    Credits(usize, i64),
    Account(usize, usize),
    At(usize, i64),
    /// It takes the id of another event.
    Id(usize, usize),
    /// It is there twice.
    Twice(usize),
}

/// What becomes of a change, chosen by its number.
#[derive(Debug, Clone)]
pub enum ChangeEdit {
    Remove(usize),
    /// All changes of its account go.
    Strike(usize),
    Account(usize, usize),
    At(usize, i64),
    Plan(usize, usize),
}

fn nudge() -> impl Strategy<Value = i64> {
    prop_oneof![Just(1), Just(-1), Just(DAY), -40 * DAY..40 * DAY]
}

/// Edits of a usage file.
pub fn event_edits() -> impl Strategy<Value = Vec<EventEdit>> {
    let row = 0_usize..60;
    let edit = prop_oneof![
        4 => row.clone().prop_map(EventEdit::Remove),
        3 => (row.clone(), 0..60 * CREDIT).prop_map(|(row, credits)| EventEdit::Credits(row, credits)),
        2 => (row.clone(), 0..ACCOUNTS.len()).prop_map(|(row, account)| EventEdit::Account(row, account)),
        2 => (row.clone(), nudge()).prop_map(|(row, nudge)| EventEdit::At(row, nudge)),
        3 => (row.clone(), row.clone()).prop_map(|(row, other)| EventEdit::Id(row, other)),
        1 => row.prop_map(EventEdit::Twice),
    ];
    vec(edit, 0..4)
}

/// Edits of a change log.
pub fn change_edits() -> impl Strategy<Value = Vec<ChangeEdit>> {
    let row = 0_usize..30;
    let edit = prop_oneof![
        3 => row.clone().prop_map(ChangeEdit::Remove),
        6 => row.clone().prop_map(ChangeEdit::Strike),
        1 => (row.clone(), 0..ACCOUNTS.len()).prop_map(|(row, account)| ChangeEdit::Account(row, account)),
        2 => (row.clone(), nudge()).prop_map(|(row, nudge)| ChangeEdit::At(row, nudge)),
        3 => (row, 0_usize..5).prop_map(|(row, plan)| ChangeEdit::Plan(row, plan)),
    ];
    vec(edit, 0..4)
}

/// The events of a file that was edited.
pub fn edited_events(rows: &[Event], edits: &[EventEdit]) -> Vec<Event> {
    let mut rows = rows.to_vec();
    for edit in edits {
        let count = rows.len();
        if count == 0 {
            break;
        }
        match *edit {
            EventEdit::Remove(row) => drop(rows.remove(row % count)),
            EventEdit::Credits(row, credits) => rows[row % count].credits = credits,
            EventEdit::Account(row, account) => {
                ACCOUNTS[account].clone_into(&mut rows[row % count].account);
            }
            EventEdit::At(row, nudge) => rows[row % count].at += nudge,
            EventEdit::Id(row, other) => rows[row % count].id = rows[other % count].id.clone(),
            EventEdit::Twice(row) => rows.push(rows[row % count].clone()),
        }
    }
    rows
}

/// The changes of a file that was edited.
pub fn edited_changes(rows: &[Change], edits: &[ChangeEdit], plans: usize) -> Vec<Change> {
    let mut rows = rows.to_vec();
    for edit in edits {
        let count = rows.len();
        if count == 0 {
            break;
        }
        match *edit {
            ChangeEdit::Remove(row) => drop(rows.remove(row % count)),
            ChangeEdit::Strike(row) => {
                let account = rows[row % count].account.clone();
                rows.retain(|row| row.account != account);
            }
            ChangeEdit::Account(row, account) => {
                ACCOUNTS[account].clone_into(&mut rows[row % count].account);
            }
            ChangeEdit::At(row, nudge) => rows[row % count].at += nudge,
            ChangeEdit::Plan(row, plan) => {
                let row = &mut rows[row % count];
                if matches!(row.change, "plan" | "signup") {
                    row.plan = format!("p{}", plan % plans);
                }
            }
        }
    }
    rows
}
