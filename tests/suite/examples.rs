//! The examples of `--help` do as they are printed, in a folder that has the files that they name.

use std::fs;
use std::path::Path;

use assert_cmd::Command;

use crate::common::{Outcome, code, monthend, program, root, run, words};

/// The commands of an example, each whole, as `--help` prints them. Those with an ellipsis are parts.
fn examples(command: &[&str]) -> Outcome<Vec<String>> {
    let mut help = monthend(command.iter().copied());
    let output = run(help.arg("--help"), 0)?;
    let text = String::from_utf8(output.stdout)?.replace("\\\n", " ");
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| line.starts_with("monthend ") && !line.contains('…'));
    Ok(lines.map(str::to_owned).collect())
}

/// Does a line of an example in a folder; gives exit code and words.
fn done(line: &str, folder: &Path) -> Outcome<(i32, String)> {
    let program = program();
    let line = line.replacen("monthend", program.to_str().ok_or("no text")?, 1);
    let output = Command::new("sh").args(["-c", &line]).current_dir(folder).output()?;
    Ok((code(&output)?, words(&output)))
}

/// Each does as it says: with 0, or with 3 where there is something to look at. The digest of a
/// result is the one that was said last.
fn all_do(command: &[&str], folder: &Path) -> Outcome {
    let examples = examples(command)?;
    assert!(!examples.is_empty(), "{command:?} has no examples");
    let mut digest = String::new();
    for line in examples {
        let line = line.replace("DIGEST", &digest);
        let (code, words) = done(&line, folder)?;
        assert!(matches!(code, 0 | 3), "{line}: exit code {code}\n{words}");
        if let Some((_, said)) = words.rsplit_once("  digest ") {
            digest = said.split_whitespace().next().unwrap_or_default().to_owned();
        }
    }
    Ok(())
}

const CHANGES: &str = "change_id,account_id,at,change,plan\n\
    c-1,ann,2026-01-10T09:00:00Z,signup,pro\n\
    c-2,bob,2026-01-10T09:00:00Z,signup,\n";

/// A folder with the catalogues, the change log, and events by the names of their files.
fn folder(usage: &[(&str, &[&str])]) -> Outcome<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    fs::create_dir(folder.path().join("catalogs"))?;
    let catalogue = "kiro-2025-11-15.toml";
    fs::copy(
        root().join("fixtures/catalogs").join(catalogue),
        folder.path().join("catalogs").join(catalogue),
    )?;
    fs::write(folder.path().join("changes.csv"), CHANGES)?;
    for (name, events) in usage {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().ok_or("no folder")?)?;
        let rows: String = events.iter().map(|event| format!("{event}\n")).collect();
        fs::write(path, format!("event_id,account_id,at,credits\n{rows}"))?;
    }
    Ok(folder)
}

#[test]
fn of_rerun() -> Outcome {
    const APRIL: &str = "e-1,ann,2026-04-12T09:00:00Z,1100";
    const MAY: &str = "e-2,ann,2026-05-12T09:00:00Z,1200";
    let folder = folder(&[
        ("usage.csv", &[APRIL, MAY]),
        ("late.csv", &["e-3,ann,2026-04-13T09:00:00Z,7"]),
        ("corrected.csv", &["e-2,ann,2026-05-12T09:00:00Z,1150"]),
    ])?;
    fs::write(folder.path().join("disputed.csv"), "event_id,reason\ne-2,not ours\n")?;
    let catalogue = fs::read_to_string(folder.path().join("catalogs/kiro-2025-11-15.toml"))?;
    let corrected = catalogue.replacen("\"20.00\"", "\"19.00\"", 1);
    assert_ne!(catalogue, corrected);
    fs::write(folder.path().join("corrected.toml"), corrected)?;
    let run = "--catalog catalogs --changes changes.csv --usage usage.csv --book book";
    for month in ["2026-04 --opening genesis", "2026-05"] {
        let (code, words) = done(&format!("monthend run --month {month} {run}"), folder.path())?;
        assert_eq!(code, 0, "{words}");
    }
    all_do(&["rerun"], folder.path())
}
