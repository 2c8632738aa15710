//! Inputs in object storage of a real server, SeaweedFS, which answers on loopback as S3 does.

use std::fs;
use std::path::{Path, PathBuf};

use monthend_tests::generator::{Format, Settings, generate};
use monthend_tests::{Outcome, monthend, run, tables};

use crate::cannot_run;
use crate::servers::Server;

fn make(folder: &Path, format: Format) -> Outcome {
    let usual = Settings::usual("2026-04", 100_000, 1_000).ok_or("no month")?;
    let settings =
        Settings { duplicates: 5, conflicts: 1, format, files: 3, row_group: 5_000, ..usual };
    generate(&settings, folder).map_err(|fault| fault.to_string())?;
    Ok(())
}

fn put_all(server: &Server, folder: &Path) -> Outcome {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let below = if name.starts_with("usage-") { "usage/month=2026-04/" } else { "" };
        server.put(&format!("{below}{name}"), &fs::read(&path)?)?;
    }
    Ok(())
}

/// What bills the month from a place, into a book of a name.
fn bill(folder: &Path, from: &str, usage: &str, book: &str) -> assert_cmd::Command {
    let mut command = monthend(["run", "--month", "2026-04", "--opening", "genesis"]);
    command.current_dir(folder).args(["--book", book, "--usage", &format!("{from}{usage}")]);
    command.args(["--catalog", &format!("{from}catalog.toml")]);
    command.args(["--changes", &format!("{from}changes*")]);
    command
}

pub fn check_is_built_in() -> Outcome {
    match cfg!(feature = "cloud") {
        true => Ok(()),
        false => cannot_run("this build knows no object storage: --features cloud"),
    }
}

pub fn seaweedfs_gives_the_same_bytes_as_the_disk() -> Outcome {
    check_is_built_in()?;
    for format in [Format::Parquet, Format::CsvZst, Format::Ndjson] {
        let server = Server::seaweedfs()?;
        let sandbox = tempfile::tempdir()?;
        make(sandbox.path(), format)?;
        put_all(&server, sandbox.path())?;
        run(&mut bill(sandbox.path(), "", "usage-*", "disk"), 3)?;
        let mut stored = bill(sandbox.path(), "s3://logs/", "usage", "stored");
        server.known_to(&mut stored);
        run(&mut stored, 3)?;
        let revision = |book: &str| -> PathBuf { sandbox.path().join(book).join("2026-04/r001") };
        assert!(tables(&revision("disk"))? == tables(&revision("stored"))?, "{format:?}");
    }
    Ok(())
}

pub fn seaweedfs_that_is_gone_is_waited_for_and_nothing_is_published() -> Outcome {
    check_is_built_in()?;
    let mut server = Server::seaweedfs()?;
    let sandbox = tempfile::tempdir()?;
    make(sandbox.path(), Format::Parquet)?;
    put_all(&server, sandbox.path())?;
    server.kill();
    let mut stored = bill(sandbox.path(), "s3://logs/", "usage", "stored");
    server.known_to(&mut stored);
    let output = run(&mut stored, 75)?;
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("s3://logs/") && told.contains("did not answer"), "{told}");
    assert!(!sandbox.path().join("stored/2026-04").exists(), "{told}");
    Ok(())
}
