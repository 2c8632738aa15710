//! Payments held against the documents in force: one account's month case by case, properties on random months, and
//! exports through the binary on the book of `fixtures/`.

mod ageing;
mod bench;
mod case;
mod cases;
mod exports;
mod faults;
mod notes;
mod payouts;
mod properties;
mod providers;
mod spans;
mod stripe;
