//! What is concluded of a log, with the evidence, as the job file and the answer tell it.

use serde::Serialize;

use super::request::Ask;
use crate::base::text_table::TextTable;
use crate::input::logs::{Dialect, Sample};

/// A log that is looked at.
pub struct Looking<'a> {
    /// The rows that are looked at.
    pub sample: Sample,
    /// The ending of the job file's keys that are about the log.
    pub log: &'static str,
    /// How it is written, as far as that is concluded.
    pub dialect: Dialect,
    /// What is concluded.
    pub told: Vec<Conclusion>,
    /// Who may know what a sample does not show.
    pub ask: &'a mut Ask<'a>,
}

/// Something that is concluded of a log, or left open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conclusion {
    /// What it is about, in a word or two.
    pub about: String,
    /// The line of the job file; nothing where none is needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// What speaks for it.
    pub evidence: String,
    /// Whether someone has to settle it.
    pub is_open: bool,
}

impl Conclusion {
    /// Something that needs no line of the job file.
    pub fn plain(about: impl Into<String>, evidence: impl Into<String>) -> Self {
        let (about, evidence) = (about.into(), evidence.into());
        Conclusion { about, line: None, evidence, is_open: false }
    }

    /// Something that a line of the job file says.
    pub fn line(about: impl Into<String>, line: String, evidence: impl Into<String>) -> Self {
        Conclusion { line: Some(line), ..Conclusion::plain(about, evidence) }
    }

    /// Something that cannot be told: the line that would say it, with a blank to fill in.
    pub fn open(about: impl Into<String>, line: String, evidence: impl Into<String>) -> Self {
        Conclusion { is_open: true, ..Conclusion::line(about, line, evidence) }
    }

    /// As a line of the job file.
    pub fn in_job_file(&self) -> Option<String> {
        let line = self.line.as_ref()?;
        let mark = if self.is_open { "# " } else { "" };
        Some(format!("{mark}{line}   # {}\n", self.evidence))
    }

    /// As a row of the answer.
    pub fn tell(&self, table: &mut TextTable<2>) {
        let open = if self.is_open { "OPEN: " } else { "" };
        let line = self.line.as_ref().map(|line| format!("{line}: ")).unwrap_or_default();
        let line = if self.is_open { String::new() } else { line };
        table.entry(&self.about, format!("{open}{line}{}", self.evidence));
    }
}

/// A text as TOML writes it.
pub fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A text as a key of TOML.
pub fn key(text: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    match !text.is_empty() && text.bytes().all(is_bare) {
        true => text.to_owned(),
        false => quoted(text),
    }
}

/// A cell for people: on one line, and short.
pub fn shown(cell: &str) -> String {
    const MOST: usize = 40;
    let plain: String = cell.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match plain.chars().count() {
        0 => "nothing".to_owned(),
        n if n > MOST => format!("`{}…`", plain.chars().take(MOST).collect::<String>()),
        _ => format!("`{plain}`"),
    }
}
