//! A month in a book: there whole, or not at all.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::json as value;
use sha2::{Digest as _, Sha256};

use crate::{FIXTURES, Outcome, april, json, root, run, tables, tree};

/// April of the fixtures as a process that can be watched and killed; `before` are words before the program's.
pub fn process(before: &[&str], book: &Path) -> Command {
    let path = crate::program();
    let mut words = before.iter().map(OsStr::new).collect::<Vec<_>>();
    words.push(path.as_os_str());
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).args(["run", "--month", "2026-04", "--opening", "genesis"]);
    command.args(FIXTURES).args(["--usage", "fixtures/usage/2026-04*", "--book"]).arg(book);
    command.current_dir(root()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Checks that a published month is whole: `CURRENT` names its revision, the manifest every file of it, to the byte.
pub fn assert_whole(month: &Path) -> Outcome {
    assert_eq!(fs::read_to_string(month.join("CURRENT"))?, "r001\n");
    let revision = month.join("r001");
    let manifest = json(&revision.join("manifest.json"))?;
    let outputs = manifest["outputs"].as_array().ok_or("no outputs")?;
    let files = tables(&revision)?;
    assert_eq!(outputs.len(), files.len());
    for output in outputs {
        let bytes = &files[Path::new(output["file"].as_str().ok_or("no file")?)];
        let digest: String =
            Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            (&output["bytes"], &output["sha256"]),
            (&value!(bytes.len()), &value!(digest)),
            "{output}"
        );
    }
    assert!(json(&revision.join("run.json"))?["pid"].is_u64());
    Ok(())
}

/// Checks that nothing of a month is in the book, nor anything in the making, and that the next run publishes it.
pub fn assert_absent_then_published(book: &Path) -> Outcome {
    let left = tree(book)?.into_keys().filter(|path| !path.starts_with(".lock"));
    let mut left: Vec<PathBuf> = left.filter(|path| path != Path::new(".staging")).collect();
    // The journal was opened, and nothing noted.
    left.retain(|path| {
        path != Path::new(".journal")
            || fs::read(book.join(path)).is_ok_and(|text| !text.is_empty())
    });
    assert!(left.is_empty(), "left behind: {left:?}");
    run(&mut april("run", book), 3)?;
    assert_whole(&book.join("2026-04"))
}
