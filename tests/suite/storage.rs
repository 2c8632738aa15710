//! Inputs and books in object storage: the same tables as on the disk, whatever the storage does meanwhile.

#[cfg(feature = "cloud")]
mod archive;
#[cfg(feature = "cloud")]
mod book;
#[cfg(feature = "cloud")]
mod bucket;
#[cfg(feature = "cloud")]
mod rollup;

#[cfg(not(feature = "cloud"))]
use crate::common::root;
use crate::common::{Outcome, code, monthend, words};

#[cfg(not(feature = "cloud"))]
#[test]
fn a_build_that_reads_no_object_storage_says_so_and_what_to_do() -> Outcome {
    for option in ["--usage", "--changes", "--catalog"] {
        let folder = tempfile::tempdir()?;
        let header = "event_id,account_id,at,credits,change_id,change,plan\n";
        std::fs::write(folder.path().join("x.csv"), header)?;
        let mut command = monthend(["run", "--month", "2026-04", "--opening", "genesis"]);
        command.current_dir(folder.path()).args(["--book", "book"]);
        let catalog = root().join("fixtures/catalogs").display().to_string();
        let local = [("--usage", "x.csv"), ("--changes", "x.csv"), ("--catalog", &catalog)];
        for (name, local) in local {
            command.args([name, if name == option { "s3://logs/x.csv" } else { local }]);
        }
        let output = command.output()?;
        let told = words(&output);
        assert_eq!(code(&output)?, 2, "{option}: {told}");
        assert!(told.contains("s3://logs/x.csv") && told.contains("--features cloud"), "{told}");
    }
    Ok(())
}

#[cfg(not(feature = "cloud"))]
#[test]
fn a_build_that_knows_no_object_storage_says_so_of_a_book_there() -> Outcome {
    for typed in ["status", "verify", "diff --month 2026-04", "explain ann --month 2026-04"] {
        let output = monthend(typed.split(' ')).args(["--book", "s3://b/book"]).output()?;
        let told = words(&output);
        assert_eq!(code(&output)?, 2, "{typed}: {told}");
        assert!(told.contains("s3://b/book") && told.contains("--features cloud"), "{told}");
    }
    Ok(())
}

#[test]
fn what_no_book_is_of_is_written_to_a_folder() -> Outcome {
    let folder = tempfile::tempdir()?;
    for typed in [
        "rerun --month 2026-04 --dry-run --book book --out az://c/out",
        "archive --before 2026-04 --book book --to https://host/archive",
        "status --book https://host/book",
    ] {
        let output = monthend(typed.split(' ')).current_dir(folder.path()).output()?;
        let told = words(&output);
        assert_eq!(code(&output)?, 2, "{typed}: {told}");
        let is_told = ["a folder of this machine", "a web server holds no book"];
        assert!(is_told.iter().any(|words| told.contains(words)), "{typed}: {told}");
        assert_eq!(std::fs::read_dir(folder.path())?.count(), 0, "{typed}");
    }
    Ok(())
}
