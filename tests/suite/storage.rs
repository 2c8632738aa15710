//! Inputs in object storage: the same tables as from the disk, whatever the storage does meanwhile.

#[cfg(feature = "cloud")]
mod bucket;

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

#[test]
fn what_is_written_is_written_to_a_folder() -> Outcome {
    let folder = tempfile::tempdir()?;
    let run =
        ["run", "--month", "2026-04", "--opening", "genesis", "--usage", "u.csv", "--changes"];
    let rerun =
        ["rerun", "--month", "2026-04", "--dry-run", "--book", "book", "--out", "az://c/out"];
    let archive = ["archive", "--before", "2026-04", "--book", "book", "--to", "gs://b/archive"];
    let commands = [
        [&run[..], &["c.csv", "--catalog", "t.toml", "--book", "s3://b/book"]].concat(),
        vec!["status", "--book", "s3://b/book"],
        vec!["verify", "--book", "s3://b/book"],
        vec!["run", "--through", "2026-04", "--book", "s3://b/book"],
        rerun.to_vec(),
        archive.to_vec(),
    ];
    for words_typed in commands {
        let output = monthend(words_typed.clone()).current_dir(folder.path()).output()?;
        let told = words(&output);
        assert_eq!(code(&output)?, 2, "{words_typed:?}: {told}");
        assert!(told.contains("a folder of this machine"), "{words_typed:?}: {told}");
        assert_eq!(std::fs::read_dir(folder.path())?.count(), 0, "{words_typed:?}");
    }
    Ok(())
}
