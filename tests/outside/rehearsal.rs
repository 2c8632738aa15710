//! The reference is held against the worked examples of the rules.

use monthend_tests::{Outcome, program, root};

use crate::python;

pub fn the_reference_knows_the_worked_examples() -> Outcome {
    let check = python::script("MONTHEND_PYTHON", |command| {
        command.arg(root().join("tests/reference/test_reference.py"));
    })?;
    assert!(check.status.success(), "{}", python::words_of(&check));
    Ok(())
}
