//! Runs the billing rules' case files, `tests/cases/<family>/<name>.case`; `tests/cases/README.md` teaches the format.

mod case_file;
mod run;

use std::fs;
use std::path::{Path, PathBuf};

use case_file::Case;
use run::{Outcome, cases, run_case, same};

/// One test for every family, which is a folder of `tests/cases/`.
macro_rules! families {
    ($($test:ident: $folder:literal),* $(,)?) => {
        const FAMILIES: &[&str] = &[$($folder),*];
        $(#[test] fn $test() -> Outcome<()> { run_family($folder) })*
    };
}

families! {
    adjustments: "adjustments",
    calendar: "calendar",
    currencies: "currencies",
    documents: "documents",
    downgrades: "downgrades",
    duplicates: "duplicates",
    exceptions: "exceptions",
    fees: "fees",
    genesis: "genesis",
    grants: "grants",
    ladders: "ladders",
    limits: "limits",
    lineage: "lineage",
    openings: "openings",
    overage: "overage",
    pools: "pools",
    retries: "retries",
    rounding: "rounding",
    switch: "switch",
    trial: "trial",
    upgrades: "upgrades",
    worked_examples: "worked-examples",
}

fn sorted(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Outcome<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

fn run_family(family: &str) -> Outcome<()> {
    let paths = sorted(&cases().join(family))?;
    assert!(!paths.is_empty(), "the family {family} has no cases");
    for path in &paths {
        let is_case = path.extension().is_some_and(|e| e == "case");
        assert!(is_case, "{} is no .case file", path.display());
    }
    let found: Vec<Vec<String>> = paths.iter().map(|path| run_case(path)).collect();
    let failed = found.iter().filter(|faults| !faults.is_empty()).count();
    let told = found.concat().join("\n\n");
    assert!(failed == 0, "{failed} of {} cases of {family} failed\n\n{told}\n", paths.len());
    Ok(())
}

#[test]
fn every_family_is_run() -> Outcome<()> {
    let folders = sorted(&cases())?.into_iter().filter(|path| path.is_dir());
    let names: Vec<String> = folders
        .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
        .filter(|name| name != "catalogues")
        .collect();
    assert_eq!(
        names, FAMILIES,
        "the folders of tests/cases and the families of tests/suite/cases.rs"
    );
    Ok(())
}

#[test]
fn the_example_of_the_readme_holds() -> Outcome<()> {
    let readme = fs::read_to_string(cases().join("README.md"))?;
    let example = readme.split("```\n").nth(1).ok_or("README.md has no example")?;
    let file = tempfile::NamedTempFile::new()?;
    fs::write(file.path(), example)?;
    assert_eq!(run_case(file.path()), [""; 0]);
    Ok(())
}

#[test]
fn a_fault_in_a_case_names_its_line() {
    let fault = |text: &str| Case::parse(text).map(|_| ()).expect_err("a fault");
    assert_eq!(fault("month 2026-04\n").0, 1);
    assert_eq!(
        fault("# T\nmonth 2026-04\n").1,
        "the case expects nothing: it needs a `month` and an `expect <table>:`"
    );
    assert_eq!(fault("# T\n  a | b\n"), (2, "a row without a table above it: a | b".to_owned()));
    assert_eq!(
        fault("# T\nusage:\n  at | account\n  x\n"),
        (4, "1 cells under a header of 2: x".to_owned())
    );
    assert_eq!(fault("# T\n\nusage:\n  at | who\n  x | y\n").0, 3);
    assert_eq!(
        fault("# T\nexpect state: none\n"),
        (2, "expected a `month` above, found `expect state: none`".to_owned())
    );
    assert_eq!(fault("# T\nmonth 2026-04\nexpect state:\n  plan\n").0, 3);
    assert_eq!(fault("# T\nmonths 2026-04\n").0, 2);
}

#[test]
fn cells_compare_as_text_or_as_plain_decimals() {
    let equal = |a: &str, b: &str| same(&vec![a.to_owned()], &vec![b.to_owned()]);
    assert!(
        equal("1000", "1000.000000")
            && equal("0.50", "0.5")
            && equal("-0", "0.00")
            && equal("*", "anything")
    );
    assert!(
        !equal("1000", "1000.000001")
            && !equal("-1", "1")
            && !equal("15/30", "1/2")
            && !equal("", "0")
    );
}
