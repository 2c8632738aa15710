//! What other programs make of a revision: `tests/readers/check_tables.py` opens its tables with pyarrow, DuckDB and
//! pandas, `tests/spark/check_tables.py` with Spark. Both hold what they see against the contract.

use monthend_tests::{Outcome, april, root, run};

use crate::python;

pub fn other_readers_see_the_contract_in_every_table() -> Outcome {
    let book = tempfile::tempdir()?;
    run(&mut april("run", book.path()), 3)?;
    let check = python::script("MONTHEND_PYTHON", |command| {
        command
            .arg(root().join("tests/readers/check_tables.py"))
            .arg(book.path().join("2026-04/r001"))
            .args(["--month", "2026-04", "--revision", "r001"])
            .args(["--version", env!("CARGO_PKG_VERSION")]);
    })?;
    assert!(check.status.success(), "{}", python::words_of(&check));
    Ok(())
}

pub fn spark_sees_the_contract_in_every_table() -> Outcome {
    let folder = tempfile::tempdir()?;
    let book = folder.path().join("book");
    run(&mut april("run", &book), 3)?;
    let check = python::script("MONTHEND_SPARK_PYTHON", |command| {
        command.arg(root().join("tests/spark/check_tables.py"));
        command.arg(book.join("2026-04/r001")).arg(folder.path().join("scratch"));
    })?;
    assert!(check.status.success(), "{}", python::words_of(&check));
    Ok(())
}
