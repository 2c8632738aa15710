//! What is found: a code for machines, a place, what is wrong there, and what should be.

use serde::Serialize;

use crate::base::error::Error;
use crate::base::named::named_enum;
use crate::tables::Table;

named_enum! {
    /// What kind of thing is wrong.
    pub enum FindingCode {
        /// A file or folder is there that belongs to no book.
        Stray = "stray",
        /// A file or folder of the book is not there.
        Missing = "missing",
        /// A folder or a link stands where a file should be, or the other way round.
        WrongKind = "wrong-kind",
        /// A file or folder cannot be read: whether it is sound is not known.
        Unreadable = "unreadable",
        /// The numbers of a month's revisions have a gap.
        RevisionGap = "revision-gap",
        /// `CURRENT` does not name the latest revision, or not in the form that a run writes.
        Current = "current",
        /// A file of `current` is not what is in force: a link that leads elsewhere, or a copy of
        /// something else.
        CurrentTables = "current-tables",
        /// A file is not what the manifest says: its size or digest differs.
        Digest = "digest",
        /// A file has other rows than the manifest says.
        Rows = "rows",
        /// The manifest cannot be read, or contradicts its place or itself.
        Manifest = "manifest",
        /// The manifest is not the one whose digest `run.json` holds.
        ManifestDigest = "manifest-digest",
        /// A sealed file was changed, or its seal is missing.
        Seal = "seal",
        /// The revision does not name the manifest of the one before it.
        Previous = "previous",
        /// A Parquet file is damaged, or holds what no run writes.
        Table = "table",
        /// A CSV file does not hold what its Parquet file holds.
        CsvDiffers = "csv-differs",
        /// The documents of a month are not numbered one after the other.
        DocumentNumber = "document-number",
        /// A document says what it cannot say.
        Document = "document",
        /// A note relates to no invoice of its account.
        RelatesTo = "relates-to",
        /// A document is not the sum of its lines.
        DocumentLines = "document-lines",
        /// A document or line of an earlier revision does not stand unchanged in a later one.
        History = "history",
        /// The month did not open with the state that the manifest names.
        Opening = "opening",
        /// Sums of the month do not agree (K1 to K5).
        Conservation = "conservation",
        /// An event is billed to two accounts.
        BilledTwice = "billed-twice",
        /// The journal and the revisions are not the same.
        Journal = "journal",
        /// What an earlier verification saw is there no more, or is another.
        Since = "since",
        /// An archived month is not as its record in the book says.
        Archive = "archive",
    }
}

/// Where something was found; every part but the month's may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct Place {
    /// The month, as its folder is named; `None` for the book as a whole.
    pub month: Option<String>,
    /// The revision.
    pub revision: Option<String>,
    /// The file or folder, below the month's or the revision's.
    pub file: Option<String>,
    /// The row of a table, from 1.
    pub row: Option<u64>,
    /// The column of a table.
    pub column: Option<&'static str>,
    /// The account.
    pub account: Option<String>,
    /// The document.
    pub document: Option<String>,
}

impl Place {
    /// In the book.
    pub fn book() -> Self {
        Place::default()
    }

    /// In a month.
    pub fn month(month: impl ToString) -> Self {
        Place { month: Some(month.to_string()), ..Place::default() }
    }

    /// In a revision of the month.
    pub fn revision(mut self, name: &str) -> Self {
        self.revision = Some(name.to_owned());
        self
    }

    /// In a file or folder, below the one that is named already.
    pub fn file(mut self, name: impl Into<String>) -> Self {
        let name = name.into();
        self.file = Some(match self.file {
            Some(folder) => format!("{folder}/{name}"),
            None => name,
        });
        self
    }

    /// In a table's Parquet file.
    pub fn table(self, table: Table) -> Self {
        self.file(format!("{}.parquet", table.name()))
    }

    /// In a row.
    pub fn row(mut self, row: u64) -> Self {
        self.row = Some(row).filter(|row| *row > 0);
        self
    }

    /// In a column.
    pub fn column(mut self, name: Option<&'static str>) -> Self {
        self.column = name;
        self
    }

    /// Of an account.
    pub fn account(mut self, id: &str) -> Self {
        self.account = Some(id.to_owned()).filter(|id| !id.is_empty());
        self
    }

    /// Of a document.
    pub fn document(mut self, id: &str) -> Self {
        self.document = Some(id.to_owned()).filter(|id| !id.is_empty());
        self
    }
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    /// Of what kind it is.
    pub code: FindingCode,
    /// Of [`FindingCode::Conservation`]: the rule's number.
    pub rule: Option<&'static str>,
    /// Where it is.
    #[serde(flatten)]
    pub place: Place,
    /// What is wrong there.
    pub what: String,
    /// What should be.
    pub expected: Option<String>,
}

/// Something that is no fault, and that an auditor should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Note {
    /// Of what kind it is.
    pub code: &'static str,
    /// The month.
    pub month: Option<String>,
    /// The revision.
    pub revision: Option<String>,
    /// What there is to know.
    pub what: String,
}

/// All that was found, in the order of the checks.
#[derive(Debug, Default)]
pub(super) struct Audit {
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// What should be known.
    pub notes: Vec<Note>,
    /// Whether some of it may be a run's that is about to put a revision in force and note it.
    pub is_underway: bool,
}

impl Audit {
    /// Adds a finding that says it all.
    pub fn add(&mut self, code: FindingCode, place: Place, what: impl Into<String>) {
        self.findings.push(Finding { code, rule: None, place, what: what.into(), expected: None });
    }

    /// Adds a failure to read: of this code, unless it is the machine that failed.
    pub fn add_failure(&mut self, code: FindingCode, place: Place, error: &Error) {
        let code = if error.kind().is_of_the_machine() { FindingCode::Unreadable } else { code };
        self.add(code, place, in_words(error));
    }

    /// Whether there are findings, and none but what could not be read: nothing is known of it.
    pub fn is_unfinished(&self) -> bool {
        let mut codes = self.findings.iter().map(|finding| finding.code);
        !self.findings.is_empty() && codes.all(|code| code == FindingCode::Unreadable)
    }

    /// Adds a finding with what should be.
    pub fn add_expected(
        &mut self,
        code: FindingCode,
        place: Place,
        what: impl Into<String>,
        expected: impl Into<String>,
    ) {
        let expected = Some(expected.into());
        self.findings.push(Finding { code, rule: None, place, what: what.into(), expected });
    }

    /// Adds a note.
    pub fn note(&mut self, code: &'static str, place: &Place, what: impl Into<String>) {
        let (month, revision) = (place.month.clone(), place.revision.clone());
        self.notes.push(Note { code, month, revision, what: what.into() });
    }

    /// The same, found in an archive.
    pub fn in_the_archive(mut self) -> Self {
        for finding in &mut self.findings {
            finding.what.insert_str(0, "in the archive, ");
        }
        self
    }

    /// Adds all that another check found.
    pub fn extend(&mut self, other: Audit) {
        self.findings.extend(other.findings);
        self.notes.extend(other.notes);
        self.is_underway |= other.is_underway;
    }
}

/// A failure as part of a finding: without its place, which the finding has, and without advice.
pub(super) fn in_words(error: &Error) -> String {
    let parts = error.to_json();
    let text = |key: &str| parts[key].as_str().unwrap_or_default().replace('\n', "; ");
    match text("cause") {
        cause if cause.is_empty() => text("message"),
        cause => format!("{}: {cause}", text("message")),
    }
}
