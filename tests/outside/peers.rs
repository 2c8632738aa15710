//! The peers of the comparison bill as we do: `benches/compare/check_peers.py` runs their programs on April of the
//! fixtures and on a few random months, and holds every table against ours.
//!
//! The Python is that of `MONTHEND_PYTHON`, else `python3`. Without DuckDB the test says so and passes, unless
//! `MONTHEND_PYTHON` is set. Polars takes part where it is installed.

use crate::common::{Outcome, python, root};

#[test]
fn peers_bill_as_we_do() -> Outcome {
    let check = python::script("MONTHEND_PYTHON", "the peers of the comparison", |command| {
        command.arg(root().join("benches/compare/check_peers.py")).args([
            "--binary",
            env!("CARGO_BIN_EXE_monthend"),
            "--fixtures",
            "--seeds",
            "0..2",
        ]);
    })?;
    if let Some(check) = check {
        assert!(check.status.success(), "{}", python::words_of(&check));
    }
    Ok(())
}
