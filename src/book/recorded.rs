//! Where the inputs that a manifest records are now.

use std::path::{Path, PathBuf};

use super::InputFile;

/// Recorded paths below `old` are now below `new`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relocation {
    /// The beginning of the recorded paths.
    pub old: PathBuf,
    /// Where that is now.
    pub new: PathBuf,
}

/// Where a recorded input is now: the first relocation that its path begins with counts.
pub fn locate(input: &InputFile, moved: &[Relocation]) -> PathBuf {
    let recorded = Path::new(&input.file);
    let found = moved.iter().find_map(|Relocation { old, new }| {
        let rest = recorded.strip_prefix(old).ok()?;
        Some(if rest.as_os_str().is_empty() { new.clone() } else { new.join(rest) })
    });
    found.unwrap_or_else(|| recorded.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::Role;

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
            let (role, file, sha256) = (Role::Usage, recorded.to_owned(), String::new());
            let input = InputFile { role, file, bytes: 0, sha256 };
            assert_eq!(locate(&input, &moved), Path::new(now));
            assert_eq!(locate(&input, &[]), Path::new(recorded));
        }
    }
}
