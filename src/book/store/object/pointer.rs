//! `CURRENT` of a month in object storage: its revisions, and below which prefixes they lie.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::super::super::revision::{revision_name, revision_number};
use crate::base::digest;
use crate::base::storage::Version;

/// A revision that was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its name, such as `r002`.
    pub name: String,
    /// The folder that it lies in, beside `CURRENT`: its name, a hyphen, and what no other run's has.
    pub prefix: String,
    /// The SHA-256 of its `manifest.json`.
    pub manifest_sha256: String,
}

/// The line of a month that is archived, before those of its revisions.
const ARCHIVED: &str = "archived\n";

/// What `CURRENT` says: a line for each revision, the latest first, which is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointer {
    /// In order of their numbers, from `r001` on, without a gap; there is one.
    revisions: Vec<Named>,
    /// Whether the month's tables went to an archive.
    pub is_archived: bool,
    /// Which version of `CURRENT` says so.
    pub version: Version,
}

impl Pointer {
    /// What a text says; `None` where no run writes it.
    pub fn parse(text: &str, version: Version) -> Option<Self> {
        let own = text.strip_prefix(ARCHIVED);
        let is_archived = own.is_some();
        let mut revisions =
            own.unwrap_or(text).lines().map(Named::parse).collect::<Option<Vec<_>>>()?;
        revisions.reverse();
        let in_order =
            revisions.iter().zip(1..).all(|(one, number)| one.name == revision_name(number));
        let pointer = Pointer { revisions, is_archived, version };
        (in_order && !pointer.revisions.is_empty() && pointer.text() == text).then_some(pointer)
    }

    /// The text of a month's `CURRENT` once a revision is published that follows these.
    pub fn text_with(before: Option<&Pointer>, next: &Named) -> String {
        let before = before.map(Pointer::text).unwrap_or_default();
        format!("{}\n{before}", next.line())
    }

    /// The text that says so.
    pub fn text(&self) -> String {
        let begin = if self.is_archived { ARCHIVED } else { "" };
        self.revisions.iter().rev().fold(begin.to_owned(), |mut text, one| {
            let _ = writeln!(text, "{}", one.line()); // a String takes it
            text
        })
    }

    /// The one in force.
    pub fn in_force(&self) -> Option<&Named> {
        self.revisions.last()
    }

    /// All revisions, in order.
    pub fn revisions(&self) -> &[Named] {
        &self.revisions
    }

    /// The folder of a revision, of a month's.
    pub fn folder_of(&self, month: &Path, name: &str) -> Option<PathBuf> {
        let named = self.revisions.iter().find(|one| one.name == name)?;
        Some(month.join(&named.prefix))
    }
}

impl Named {
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ').map(str::to_owned);
        let (name, prefix, manifest_sha256) = (words.next()?, words.next()?, words.next()?);
        let named = Named { name, prefix, manifest_sha256 };
        let is_one = revision_of(&named.prefix) == Some(&named.name)
            && digest::is_sha256(&named.manifest_sha256)
            && words.next().is_none();
        is_one.then_some(named)
    }

    fn line(&self) -> String {
        format!("{} {} {}", self.name, self.prefix, self.manifest_sha256)
    }
}

/// Whether a revision may lie below a prefix of a month in object storage.
pub fn is_prefix(name: &str) -> bool {
    revision_of(name).is_some()
}

/// The name of the revision that lies below a prefix, if any may.
fn revision_of(prefix: &str) -> Option<&str> {
    let (name, own) = prefix.split_once('-')?;
    let is_own = !own.is_empty() && own.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_own && revision_number(name).is_some()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::storage::Version;

    #[test]
    fn a_pointer_says_all_revisions_the_latest_first() {
        let version = Version::default();
        let named = |name: &str| Named {
            name: name.to_owned(),
            prefix: format!("{name}-aB3"),
            manifest_sha256: digest::of_bytes(name.as_bytes()),
        };
        let first = Pointer::text_with(None, &named("r001"));
        let first = Pointer::parse(&first, version.clone()).unwrap();
        let text = Pointer::text_with(Some(&first), &named("r002"));
        let both = Pointer::parse(&text, version.clone()).unwrap();
        assert_eq!(both.in_force(), Some(&named("r002")));
        assert_eq!(both.revisions(), [named("r001"), named("r002")]);
        let folder = both.folder_of(Path::new("s3://b/2026-04"), "r001");
        assert_eq!(folder.unwrap().to_str(), Some("s3://b/2026-04/r001-aB3"));
        let archived = Pointer { is_archived: true, ..both.clone() };
        assert_eq!(archived.text(), format!("archived\n{text}"));
        assert_eq!(Pointer::parse(&archived.text(), version.clone()), Some(archived));
        let lines: Vec<&str> = text.lines().collect();
        for wrong in [
            "",
            "r001\n",
            lines[0],                                    // r002 without r001
            &format!("{}\n{}\n", lines[1], lines[0]),    // the other way round
            &format!("{}\n", text.trim_end()).repeat(2), // twice
            &text.replace("r002-", "r003-"),
            &text.replace("-aB3", "-a/3"),
            &text.replace('\n', " \n"),
            text.trim_end(),
            "archived\n",
            &format!("{text}archived\n"),
            &format!("archived\narchived\n{text}"),
        ] {
            assert_eq!(Pointer::parse(wrong, version.clone()), None, "{wrong:?}");
        }
    }
}
