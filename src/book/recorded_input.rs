//! The inputs that a manifest records, where they are now.

use std::path::{Path, PathBuf};

use super::manifest::InputFile;
use crate::base::error::{Error, Result};
use crate::input::logs::LogFile;

/// Recorded paths below `old` are now below `new`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relocation {
    /// The beginning of the recorded paths.
    pub old: PathBuf,
    /// Where that is now.
    pub new: PathBuf,
}

/// An input that a manifest records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedInput {
    /// As it was recorded: under the path that messages, rejects and later manifests repeat.
    pub input: InputFile,
    /// Where the file is now.
    pub path: PathBuf,
    /// When it had been changed last as it was read then, if that was noted.
    pub modified: Option<String>,
}

impl RecordedInput {
    /// Where an input is now: the first relocation that its path begins with counts.
    pub fn of(input: &InputFile, moved: &[Relocation]) -> Self {
        let file = Path::new(&input.file);
        let found = moved.iter().find_map(|Relocation { old, new }| {
            let rest = file.strip_prefix(old).ok()?;
            Some(if rest.as_os_str().is_empty() { new.clone() } else { new.join(rest) })
        });
        let path = found.unwrap_or_else(|| file.to_owned());
        RecordedInput { input: input.clone(), path, modified: None }
    }

    /// The file's size now.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Input`] where it is not there.
    pub fn size(&self) -> Result<u64> {
        let about = std::fs::metadata(&self.path).map_err(|e| {
            Error::input("is among the recorded inputs, and is not there")
                .in_file(&self.path)
                .caused_by(e)
                .hint("restore it; or say where it is now: --moved OLD=NEW")
        })?;
        Ok(about.len())
    }

    /// The file, to be read under its recorded name.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Input`] where its name is of no format.
    pub fn log(&self) -> Result<LogFile> {
        let file = LogFile::of(&self.path).ok_or_else(|| {
            Error::input("is of no format that is read").in_file(&self.path).expected(format!(
                "a name that ends as that of {}, which the manifest records",
                self.input.file
            ))
        })?;
        Ok(file.named(&self.input.file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::manifest::Role;

    #[test]
    fn recorded_paths_are_found_where_they_went() {
        let moved = [
            Relocation { old: "logs/usage".into(), new: "/archive/u".into() },
            Relocation { old: "".into(), new: "/srv".into() },
        ];
        for (recorded, now) in [
            ("logs/usage/a.csv", "/archive/u/a.csv"),
            ("logs/usage", "/archive/u"),
            ("logs/usages/a.csv", "/srv/logs/usages/a.csv"),
        ] {
            let (file, sha256) = (recorded.to_owned(), String::new());
            let input = InputFile { role: Role::Usage, file, bytes: 0, sha256 };
            assert_eq!(RecordedInput::of(&input, &moved).path, Path::new(now));
            assert_eq!(RecordedInput::of(&input, &[]).path, Path::new(recorded));
        }
    }
}
