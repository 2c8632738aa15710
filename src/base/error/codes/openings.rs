//! 04: what a month begins with.

codes! {
    401 NO_OPENING: Input, "The month has no opening state",
        "The month before is not in the book, and nothing else says what this one begins with.",
        "Run the month before first; for the first month of a book say `--opening genesis` or `--opening \
         FILE`.";
    402 OPENING_FORMAT: Usage, "An opening state is of no format that is read",
        "The file's name ends in none of `.parquet`, `.csv` and `.ndjson`.",
        "Name a file with the columns of the table `state`.";
    403 OPENING_STALE: Input, "An opening state is stale",
        "An earlier month was billed again and closes otherwise than the months after it began with.",
        "Bring the months up to date: `monthend rerun --month MONTH --cascade --reason TEXT`; or say \
         `--opening stale-ok`.";
    404 STATE_TWICE: Input, "An account stands in the opening state twice",
        "The file has two rows for one account.",
        "Keep one row for each account.";
    405 STATE_ROWS: Input, "Rows of the opening state cannot be read",
        "Cells are empty or of another kind, or do not fit the month: every account signed up before it.",
        "Correct the file; none of its rows may be lost.";
    406 STATE_LACKS_PLANS: Input, "The opening state has plans that the catalogue lacks",
        "Accounts stand on plans that are misspelt, or that the catalogue does not have any more.",
        "Correct the state; or keep the plans in the catalogue as retired, or under `formerly`.";
    411 IMPORT_TOO_LATE: Book, "A state cannot be imported for the month any more",
        "The month is published, or the month before is, with whose closing state it begins.",
        "Bill it with the state by `--opening FILE`, if that is what is meant.";
    412 IMPORT_OTHER: Book, "Another state was imported for the month",
        "The book has an imported opening of the month already, with other content.",
        "Say `--replace` to put this one in its place.";
    421 IMPORT_DAMAGED: Book, "An imported state is not as it was imported",
        "Files below `openings/` were changed, or some are missing.",
        "Restore the folder from a copy of the book, or import the state again with `--replace`.";
    422 OPENING_DAMAGED: Book, "The state that a month began with is not as it was",
        "The revision whose closing state it is was changed or removed, or the manifest does not name it \
         any more.",
        "Restore that revision from a copy of the book.";
}
