//! Readers on damaged files: small files that are right, changed at random. Whatever is in a file, a reader neither
//! panics nor hangs; it refuses the file by the right kind of error, which says where, or accounts for every row.
//!
//! `cargo test --test suite fuzz::` tries some dozens or hundreds of cases of each; `MONTHEND_FUZZ_SECONDS=60` as many
//! as go into a minute, as `.ci/fuzz` does. What was found is in `tests/fuzz/<reader>` and tried first. A failure
//! leaves its input in `target/tmp/fuzz/<reader>/found.*`; with the fault mended, copy it there.

mod bytes;
mod hold;
mod readers;
mod tokens;

use readers::{
    CATALOGUE, CHANGES_CSV, JOB_FILE, MANIFEST, OPENING_STATE, PAYMENTS, USAGE_CSV, USAGE_NDJSON,
    USAGE_PARQUET,
};

use crate::common::Outcome;

/// One test for every reader.
macro_rules! readers {
    ($($test:ident: $reader:ident),+ $(,)?) => {
        $(#[test] fn $test() -> Outcome { hold::holds(&$reader) })+

        #[test]
        fn every_finding_is_of_a_reader() -> Outcome {
            hold::findings_are_of(&[$($reader.name),+])
        }
    };
}

readers! {
    a_catalogue: CATALOGUE,
    a_change_log: CHANGES_CSV,
    a_job_file: JOB_FILE,
    a_manifest: MANIFEST,
    an_opening_state: OPENING_STATE,
    payments: PAYMENTS,
    usage_as_csv: USAGE_CSV,
    usage_as_ndjson: USAGE_NDJSON,
    usage_as_parquet: USAGE_PARQUET,
}
