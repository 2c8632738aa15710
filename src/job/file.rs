//! The job file: any of the options, in TOML.

use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

use crate::base::calendar::Month;
use crate::base::error::{Error, Result};
use crate::input::logs::Mapping;
use crate::run::request::OpeningChoice;

/// A job file as read, with the folder that its paths are relative to.
#[derive(Debug, Default)]
pub(super) struct JobFile {
    folder: PathBuf,
    name: String,
    raw: Raw,
    pub month: Option<String>,
    pub map_usage: Mapping,
    pub map_changes: Mapping,
    pub no_event_ids: Option<bool>,
    pub max_reject_share: Option<String>,
    pub threads: Option<usize>,
    pub memory_budget: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    month: Option<String>,
    catalog: Option<String>,
    changes: Option<OneOrMany>,
    usage: Option<OneOrMany>,
    book: Option<String>,
    opening: Option<String>,
    #[serde(default)]
    map_usage: Mapping,
    #[serde(default)]
    map_changes: Mapping,
    no_event_ids: Option<bool>,
    max_reject_share: Option<toml::Value>,
    threads: Option<usize>,
    memory_budget: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, expecting = "is no path; expected a path, or a list of paths")]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl JobFile {
    /// Reads a job file.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .map_err(|e| Error::usage("the job file cannot be read").in_file(path).caused_by(e))
            .map_err(|e| e.hint("give --job a TOML file; monthend run --help shows one"))?;
        let mut raw: Raw = toml::from_str(&text).map_err(|e| {
            let message = e.message().trim().replace('\n', "; ");
            let message = message.replace("expected usize", "expected a whole number");
            let error = Error::usage(message).in_file(path);
            let Some(span) = e.span() else { return error };
            error.at_line(text[..span.start].matches('\n').count() as u64 + 1)
        })?;
        let share = raw.max_reject_share.take().map(|share| match share {
            toml::Value::String(text) => text,
            number => number.to_string(),
        });
        Ok(JobFile {
            folder: path.parent().map(Path::to_owned).unwrap_or_default(),
            name: path.display().to_string(),
            month: raw.month.clone(),
            map_usage: std::mem::take(&mut raw.map_usage),
            map_changes: std::mem::take(&mut raw.map_changes),
            no_event_ids: raw.no_event_ids,
            max_reject_share: share,
            threads: raw.threads,
            memory_budget: raw.memory_budget.take(),
            raw,
        })
    }

    /// The path under a key, if it is there.
    pub fn path(&self, key: &str, month: Option<Month>) -> Option<Result<PathBuf>> {
        let text = match key {
            "catalog" => self.raw.catalog.as_deref(),
            "book" => self.raw.book.as_deref(),
            _ => None,
        };
        text.map(|text| self.resolve(text, month))
    }

    /// The paths under a key; none if it is not there.
    pub fn paths(&self, key: &str, month: Month) -> Result<Vec<PathBuf>> {
        let paths = match key {
            "changes" => &self.raw.changes,
            _ => &self.raw.usage,
        };
        let texts: &[String] = match paths {
            None => &[],
            Some(OneOrMany::One(text)) => std::slice::from_ref(text),
            Some(OneOrMany::Many(texts)) => texts,
        };
        texts.iter().map(|text| self.resolve(text, Some(month))).collect()
    }

    /// What the month starts from.
    pub fn opening(&self, month: Month) -> Result<OpeningChoice> {
        match self.raw.opening.as_deref() {
            None | Some("book") => Ok(OpeningChoice::Book),
            Some("genesis") => Ok(OpeningChoice::Genesis),
            Some(path) => Ok(OpeningChoice::File(self.resolve(path, Some(month))?)),
        }
    }

    /// A path with its placeholders filled in, relative to the job file's folder.
    fn resolve(&self, text: &str, month: Option<Month>) -> Result<PathBuf> {
        let filled = match month.map(|month| month.to_string()) {
            Some(name) => text.replace("{month}", &name).replace("{year}", &name[..4]),
            None => text.to_owned(),
        };
        if filled.contains(['{', '}']) {
            return Err(Error::usage(format!("`{text}` has a placeholder that is not known"))
                .in_file(&self.name)
                .expected("{month} (2026-04) or {year} (2026)"));
        }
        Ok(below(&self.folder, &filled))
    }
}

/// `text` seen from `folder`, with leading `../` taken off where that is safe, so that paths
/// read well in messages and manifests.
fn below(folder: &Path, text: &str) -> PathBuf {
    let (mut folder, mut text) = (folder.to_owned(), text);
    while let Some(rest) = text.strip_prefix("../") {
        // The parent of a link's target is not the parent of the link.
        let plain = matches!(folder.components().next_back(), Some(Component::Normal(_)));
        if !plain || folder.is_symlink() || !folder.pop() {
            break;
        }
        text = rest;
    }
    folder.join(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_files_paths_are_seen_from_its_folder() {
        let of = |folder: &str, text: &str| below(Path::new(folder), text);
        assert_eq!(of("fixtures", "../book"), Path::new("book"));
        assert_eq!(of("", "../book"), Path::new("../book"));
        assert_eq!(of("/srv/jobs", "../../x"), Path::new("/x"));
        assert_eq!(of("jobs", "/srv/book"), Path::new("/srv/book"));
    }
}
