//! The peers of the comparison bill as we do: `benches/compare/check_peers.py` runs their programs on April of the
//! fixtures and on a few random months, and holds every table against ours. Polars takes part where it is installed.

use monthend_tests::{Outcome, program, root};

use crate::python;

pub fn peers_bill_as_we_do() -> Outcome {
    let check = python::script("MONTHEND_PYTHON", |command| {
        command
            .arg(root().join("benches/compare/check_peers.py"))
            .arg("--binary")
            .arg(program())
            .args(["--fixtures", "--seeds", "0..2"]);
    })?;
    assert!(check.status.success(), "{}", python::words_of(&check));
    Ok(())
}
