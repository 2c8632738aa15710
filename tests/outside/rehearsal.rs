//! Populations that live through two years, by `tests/reference/rehearsal.py`: months, late files,
//! retries, disputes and corrections in random order come to what the reference bills once on
//! everything that is known. First the reference is held against the worked examples of the rules.

use monthend_tests::{Outcome, program, root};

use crate::python;

pub fn the_reference_knows_the_worked_examples() -> Outcome {
    let check = python::script("MONTHEND_PYTHON", |command| {
        command.arg(root().join("tests/reference/test_reference.py"));
    })?;
    assert!(check.status.success(), "{}", python::words_of(&check));
    Ok(())
}

pub fn years_come_to_what_the_reference_bills_once() -> Outcome {
    let check = python::script("MONTHEND_PYTHON", |command| {
        command
            .arg(root().join("tests/reference/rehearsal.py"))
            .arg("--binary")
            .arg(program())
            .args(["--seeds", "1..4"]); // one log, a folder, a file a month
    })?;
    assert!(check.status.success(), "{}", python::words_of(&check));
    Ok(())
}
