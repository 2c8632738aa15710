//! Payments held against the documents in force: one account's month case by case, properties on random months, and
//! exports through the binary on the book of `fixtures/`.

#[path = "reconcile/bench.rs"]
mod bench;
#[path = "reconcile/case.rs"]
mod case;
#[path = "reconcile/cases.rs"]
mod cases;
mod common;
#[path = "reconcile/exports.rs"]
mod exports;
#[path = "reconcile/faults.rs"]
mod faults;
#[path = "reconcile/notes.rs"]
mod notes;
#[path = "reconcile/properties.rs"]
mod properties;
#[path = "reconcile/stripe.rs"]
mod stripe;
