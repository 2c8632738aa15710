//! Tables of Delta Lake, Iceberg and Hudi: folders whose files alone do not say which rows are in
//! force, since rows that were deleted or replaced are in them still.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::base::error::{Code, Error, Result};
use crate::base::storage::{self, Entry, EntryKind};

/// A format of tables.
struct TableFormat {
    name: &'static str,
    /// The folder that tells of such a table, in its root.
    mark: &'static str,
    /// How DuckDB names its rows.
    rows: &'static str,
}

const FORMATS: [TableFormat; 3] = [
    TableFormat { name: "Delta Lake", mark: "_delta_log", rows: "delta_scan('TABLE')" },
    TableFormat { name: "Iceberg", mark: ICEBERGS, rows: "iceberg_scan('TABLE')" },
    TableFormat { name: "Hudi", mark: ".hoodie", rows: "hudi_scan('TABLE')" },
];

/// A folder of any name but this one tells by itself.
const ICEBERGS: &str = "metadata";

fn is_icebergs(metadata: &[Entry]) -> bool {
    let mut names = metadata.iter().map(|entry| entry.name.to_string_lossy());
    names.any(|name| name.ends_with(".metadata.json") || name == "version-hint.text")
}

/// The format of the table whose root a folder is, if it is one. What this user may not list is taken for none.
fn format_of(root: &Path) -> Result<Option<&'static TableFormat>> {
    let entries = |folder: &Path| match storage::entries_of(folder) {
        // It is nobody's fault but the storage's, and may be a table's.
        Err(e) if e.kind() == ErrorKind::TimedOut => {
            Err(Error::new(Code::INPUT_UNREADABLE, "cannot be looked through for what tables have")
                .in_file(folder)
                .caused_by(e))
        }
        entries => Ok(entries.unwrap_or_default()),
    };
    // In object storage a listing costs less than a look for each mark, on a disk more.
    let inside = if storage::is_address(root) { Some(entries(root)?) } else { None };
    for format in &FORMATS {
        let mark = root.join(format.mark);
        let has_mark = match &inside {
            Some(inside) => inside
                .iter()
                .any(|entry| entry.name == format.mark && entry.kind == Some(EntryKind::Folder)),
            None => mark.is_dir(),
        };
        if has_mark {
            let inside = entries(&mark)?;
            if format.mark != ICEBERGS || is_icebergs(&inside) {
                return Ok(Some(format));
            }
        }
    }
    Ok(None)
}

/// Makes sure that a folder, which is `itself`, is no part of a table; `plain` are folders that
/// are known to be none.
///
/// # Errors
/// [`crate::base::error::Kind::Input`], which says how to hand over the rows in force.
pub(super) fn check(folder: &Path, itself: &Path, plain: &mut BTreeSet<PathBuf>) -> Result<()> {
    let mut at = Some(itself);
    while let Some(root) = at.filter(|root| !plain.contains(*root)) {
        if let Some(format) = format_of(root)? {
            return Err(refusal(folder, format));
        }
        // Below a table's root there are folders of partitions, and Iceberg's of data.
        let name = root.file_name().unwrap_or_default().as_encoded_bytes();
        at = root.parent().filter(|_| name.contains(&b'=') || name == b"data");
    }
    plain.insert(itself.to_owned());
    Ok(())
}

fn refusal(folder: &Path, format: &TableFormat) -> Error {
    let TableFormat { name, rows, .. } = format;
    Error::new(
        Code::TABLE_FORMAT,
        format!("is part of a table of {name}, whose files hold rows that count no more"),
    )
    .in_file(folder)
    .expected("files of which every row counts")
    .hint(format!(
        "write a snapshot of the table out and give that, such as with DuckDB: COPY (SELECT * \
             FROM {rows}) TO 'usage.parquet'"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of a file beside another one; nothing where it may be read.
    fn refusal_of(made: &str, given: &str) -> String {
        let dir = tempfile::tempdir().unwrap();
        for file in [made, given] {
            let file = dir.path().join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, "").unwrap();
        }
        let folder = dir.path().join(given).parent().unwrap().canonicalize().unwrap();
        let checked = check(&folder, &folder, &mut BTreeSet::new());
        checked.map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn a_table_is_refused_at_its_root_and_below() {
        for (made, given, name) in [
            ("t/_delta_log/0.json", "t/a.parquet", "Delta Lake"),
            ("t/_delta_log/0.json", "t/month=2026-04/day=1/a.parquet", "Delta Lake"),
            ("t/metadata/v1.metadata.json", "t/data/month=2026-04/a.parquet", "Iceberg"),
            ("t/metadata/version-hint.text", "t/data/a.parquet", "Iceberg"),
            ("t/.hoodie/hoodie.properties", "t/a.parquet", "Hudi"),
        ] {
            let refusal = refusal_of(made, given);
            assert!(refusal.contains(name) && refusal.contains("COPY"), "{made}: {refusal}");
        }
        for (made, given) in [
            ("t/metadata/notes.json", "t/a.parquet"),
            ("t/_delta_log/0.json", "t/logs/a.parquet"),
            ("t/a.csv", "t/month=2026-04/a.parquet"),
        ] {
            assert_eq!(refusal_of(made, given), "", "{made}");
        }
    }
}
