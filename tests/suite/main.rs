//! All tests that go through the binary or the library, in one program: the library is linked once.
//!
//! One part of it: `cargo test --test suite reruns::`. What the parts are for is in `docs/ARCHITECTURE.md`. Their
//! goldens and other files lie beside this folder, in one of the part's name.

mod fixtures_job;
mod months;

mod account_filter;
mod approval;
mod book;
mod cases;
mod contract;
mod copy;
mod damage;
mod diff;
mod disputes;
mod earlier_versions;
mod end_to_end;
mod errors;
#[cfg(unix)]
mod examples;
mod expectations;
mod explain;
mod export_account;
mod focus;
mod fuzz;
mod generated;
mod help;
mod init;
#[cfg(unix)]
mod interrupt;
mod invoice;
mod jobs;
mod journal;
mod late_usage;
#[cfg(unix)]
mod monitoring;
mod packed;
mod parquet_types;
mod parts;
#[cfg(unix)]
mod planted;
mod properties;
mod publication;
mod reconcile;
mod report;
mod reruns;
mod revisions;
mod rollup;
#[cfg(unix)]
mod scenarios;
mod schemas;
mod spill;
mod stages;
mod state;
mod status;
mod storage;
mod verify;
mod year;

use monthend_tests as common;
