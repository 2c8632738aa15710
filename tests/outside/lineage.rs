//! Lineage as OpenLineage's own types read it.

use std::collections::BTreeMap;

use monthend_tests::{Outcome, april, may, monthend, root, run};

use crate::python;

pub fn openlineage_reads_its_run_events() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let (book, lineage) = (sandbox.path().join("book"), sandbox.path().join("lineage.ndjson"));
    let parent = "scheduler/billing.month/01939f2a-7c4e-7b6e-9d5b-0a4f3c2d1e0f";
    let mut first = april("run", &book);
    run(first.arg("--lineage-file").arg(&lineage).env("OPENLINEAGE_PARENT_ID", parent), 3)?;
    run(may("run", &book).arg("--lineage-file").arg(&lineage), 3)?;
    run(may("run", &book).args(["--usage", "none.csv", "--lineage-file"]).arg(&lineage), 1)?;
    let mut verify = monthend(["verify", "--book"]);
    run(verify.arg(&book).arg("--lineage-file").arg(&lineage), 0)?;
    let read = python::script("MONTHEND_PYTHON", |command| {
        command.arg(root().join("tests/lineage/read_events.py")).arg(&lineage);
    })?;
    assert!(read.status.success(), "{}", python::words_of(&read));
    let kinds: BTreeMap<String, u64> = serde_json::from_slice(&read.stdout)?;
    let expected = [("COMPLETE", 3), ("FAIL", 1), ("START", 4)];
    assert_eq!(kinds, expected.map(|(kind, count)| (kind.to_owned(), count)).into());
    Ok(())
}
