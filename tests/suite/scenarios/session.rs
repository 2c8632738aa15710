//! The folder that a scenario runs in, and its commands.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::show::show;
use crate::common::{Outcome, root, schemas};

/// A folder of its own for a scenario, with the catalogue of the fixtures in `catalogs`.
pub struct Session(tempfile::TempDir);

impl Session {
    pub fn begin() -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        fs::create_dir(folder.path().join("catalogs"))?;
        for entry in fs::read_dir(root().join("fixtures/catalogs"))? {
            let entry = entry?;
            fs::copy(entry.path(), folder.path().join("catalogs").join(entry.file_name()))?;
        }
        Ok(Session(folder))
    }

    /// Holds what its books say of themselves against the schemas.
    pub fn end(self) -> Outcome {
        let seen = schemas::of_books(self.0.path())?;
        assert!(seen > 0, "no month was ever published");
        Ok(())
    }

    /// Runs a command: all that it says, then its exit code where that is not 0.
    pub fn run(&self, command: &str) -> Outcome<Vec<String>> {
        let folder = self.0.path();
        if let Some(what) = command.strip_prefix("show ") {
            return show(folder, what);
        }
        let output = Command::new("sh")
            // Both streams go into one, as on a terminal. Nothing else of the machine gets in.
            .args(["-c", &format!("exec 2>&1\nmonthend() {{ \"$MONTHEND\" \"$@\"; }}\n{command}")])
            .env("MONTHEND", env!("CARGO_BIN_EXE_monthend"))
            .envs([("LC_ALL", "C"), ("TZ", "UTC"), ("COLUMNS", "100")])
            .current_dir(folder)
            .stdin(Stdio::null())
            .output()?;
        let text = String::from_utf8(output.stdout)?;
        schemas::of_printed(&text)?;
        let mut says: Vec<String> = text.lines().map(|line| settled(line, folder)).collect();
        match output.status.code() {
            Some(0) => {}
            Some(code) => says.push(format!("[{code}]")),
            None => says.push(format!("[{}]", output.status)),
        }
        Ok(says)
    }
}

/// A line without what the clock, the machine and the program's version put into it.
pub fn settled(line: &str, folder: &Path) -> String {
    let line = without_minutes(&line.replace(&folder.display().to_string(), "…"));
    let line = without_result(without_digests(&line));
    match line.split_once("  WARN ") {
        _ if line.starts_with("  time  ") => "  time        …".to_owned(),
        Some((_, warning)) => format!("WARN {warning}"),
        None => line.trim_end().to_owned(),
    }
}

/// A line with its points in time, such as `2026-06-01 02:03`, as a pattern of the same width.
fn without_minutes(line: &str) -> String {
    const PATTERN: &str = "yyyy-mm-dd hh:mm";
    let is_like = |text: &[u8]| {
        text.iter().zip(PATTERN.bytes()).all(|(byte, like)| match like {
            b'-' | b' ' | b':' => *byte == like,
            _ => byte.is_ascii_digit(),
        })
    };
    let mut line = line.to_owned();
    while let Some(at) = line.as_bytes().windows(PATTERN.len()).position(is_like) {
        line.replace_range(at..at + PATTERN.len(), PATTERN);
    }
    line
}

/// A line without the digest of a result, which changes with every column of any table.
fn without_result(line: String) -> String {
    const LABEL: &str = "  digest      ";
    let is_hex = |text: &&str| text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    match line.strip_prefix(LABEL).filter(is_hex) {
        Some(digest) => format!("{LABEL}{}", "x".repeat(digest.len())),
        None => line,
    }
}

/// A line with its shortened digests, such as `2fe9423204ae…`, as the same number of letters.
fn without_digests(line: &str) -> String {
    const LETTERS: usize = 12;
    let mut parts: Vec<String> = line.split('…').map(str::to_owned).collect();
    let last = parts.len() - 1;
    for part in &mut parts[..last] {
        let at = part.len().saturating_sub(LETTERS);
        let is_hex =
            |text: &str| text.len() == LETTERS && text.bytes().all(|b| b.is_ascii_hexdigit());
        if part.get(at..).is_some_and(is_hex) {
            part.replace_range(at.., "xxxxxxxxxxxx");
        }
    }
    parts.join("…")
}
