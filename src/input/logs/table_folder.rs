//! Tables of Delta Lake, Iceberg and Hudi: folders whose files alone do not say which rows are in
//! force, since rows that were deleted or replaced are in them still.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::base::error::{Code, Error, Result};

/// A format of tables.
struct TableFormat {
    name: &'static str,
    /// Whether a folder is the root of such a table.
    is_root: fn(&Path) -> bool,
    /// How DuckDB names its rows.
    rows: &'static str,
}

const FORMATS: [TableFormat; 3] = [
    TableFormat {
        name: "Delta Lake",
        is_root: |folder| folder.join("_delta_log").is_dir(),
        rows: "delta_scan('TABLE')",
    },
    TableFormat { name: "Iceberg", is_root: is_iceberg, rows: "iceberg_scan('TABLE')" },
    TableFormat {
        name: "Hudi",
        is_root: |folder| folder.join(".hoodie").is_dir(),
        rows: "hudi_scan('TABLE')",
    },
];

fn is_iceberg(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder.join("metadata")).into_iter().flatten().flatten();
    let mut names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.any(|name| name.ends_with(".metadata.json") || name == "version-hint.text")
}

/// Makes sure that a folder, which is `itself`, is no part of a table; `plain` are folders that
/// are known to be none.
///
/// # Errors
/// [`crate::base::error::Kind::Input`], which says how to hand over the rows in force.
pub(super) fn check(folder: &Path, itself: &Path, plain: &mut BTreeSet<PathBuf>) -> Result<()> {
    let mut at = Some(itself);
    while let Some(root) = at.filter(|root| !plain.contains(*root)) {
        if let Some(format) = FORMATS.iter().find(|format| (format.is_root)(root)) {
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
