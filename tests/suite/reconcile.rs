//! Payments held against the documents in force: one account's month case by case, properties on random months, and
//! exports through the binary on the book of `fixtures/`.

mod bench;
mod case;
mod cases;
mod exports;
mod faults;
mod notes;
mod properties;
mod providers;
mod stripe;
