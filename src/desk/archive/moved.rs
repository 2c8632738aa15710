//! What was moved, for people and for machines.

use serde::Serialize;

use crate::base::answer::Answer;
use crate::base::calendar::Month;
use crate::base::digits::counted;
use crate::book::{Book, Moved};

/// A month that was moved; for machines in this order.
#[derive(Debug, Serialize)]
pub(super) struct MovedMonth {
    pub month: Month,
    /// Its folder in the archive.
    folder: String,
    revisions: usize,
    files: usize,
    bytes: u64,
}

/// The answer for machines.
#[derive(Serialize)]
struct MovedResult<'a> {
    status: &'static str,
    exit_code: u8,
    book: String,
    months: &'a [MovedMonth],
}

/// Which way months went.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way {
    Archived,
    PutBack,
}

impl MovedMonth {
    pub fn of(month: Month, moved: &Moved) -> Self {
        let Moved { folder, revisions, files, bytes } = moved;
        let folder = folder.display().to_string();
        MovedMonth { month, folder, revisions: *revisions, files: *files, bytes: *bytes }
    }

    /// For people.
    pub fn in_words(&self, way: Way) -> String {
        let MovedMonth { month, folder, revisions, files, .. } = self;
        let way = match way {
            Way::Archived => format!("archived: {folder}"),
            Way::PutBack => format!("is back from {folder}"),
        };
        format!(
            "{month} {way} ({}, {})",
            counted(*revisions as u64, "revision"),
            counted(*files as u64, "file")
        )
    }
}

/// The answer on months that went one way.
pub(super) fn answer(book: &Book, way: Way, months: &[MovedMonth]) -> Answer {
    let book = book.folder().display().to_string();
    let mut text: String = months.iter().map(|month| month.in_words(way) + "\n").collect();
    let status = match way {
        Way::Archived => {
            text.push_str(&format!(
                "the book keeps their manifests, totals and closing states; to put one back:\n  \
                 monthend unarchive --month MONTH --book {book}\n"
            ));
            "archived"
        }
        Way::PutBack if months.is_empty() => {
            text.push_str("none of them is archived: nothing to put back\n");
            "unchanged"
        }
        Way::PutBack => {
            text.push_str("the archive keeps its copies, which the book needs no more\n");
            "put-back"
        }
    };
    Answer::new(text, &MovedResult { status, exit_code: 0, book, months }, 0)
}
