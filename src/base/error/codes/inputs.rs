//! 03: logs, lists and other inputs.

codes! {
    301 INPUT_NOT_FOUND: Input, "No input is there",
        "The path, or the glob, leads to no file of a format that is read.",
        "Correct the path; a log without rows still needs a file.";
    302 INPUT_UNREADABLE: Input, "An input cannot be read",
        "It is not there any more, or this user may not read it.",
        "Look at the cause that the message names, and at the file's rights.";
    303 GLOB: Usage, "A path is not there, nor is it a glob",
        "The brackets or stars in the path are no pattern that can be understood.",
        "Put the glob in quotes, so that the shell leaves it alone, and close its brackets.";
    304 INPUT_NAME: Input, "The name of an input is not UTF-8",
        "The path holds bytes that are no text, so that it could not be recorded.",
        "Rename the file or the folder.";
    305 NO_PLAIN_FILE: Input, "An input is no plain file",
        "It is a pipe, a socket or a device, and logs are read more than once.",
        "Write it to a file first.";
    306 FORMAT_UNKNOWN: Input, "An input is of no format that is read",
        "The end of a file's name tells its format, and this one is not known.",
        "Rename the file if its name misleads; else write it as Parquet, CSV or NDJSON.";
    307 FORMAT_OTHER: Input, "An input is not of the format that its name says",
        "The first bytes are those of another format or compression, or of text that is not UTF-8.",
        "Rename the file, or export it again.";
    308 TABLE_FORMAT: Input, "An input is part of a Delta or Iceberg table",
        "The files of such a table hold rows that count no more; which ones cannot be told from the files \
         alone.",
        "Write a snapshot of the table out, and give that.";
    309 INPUT_CHANGING: Input, "An input was changed while it was read",
        "Something still writes to the file.",
        "Run again when the file is complete.";
    311 INPUT_DAMAGED: Input, "An input is damaged or not whole",
        "The file was cut short, its compression or its pages cannot be undone, or its rows cannot be taken \
         apart.",
        "Fetch or export the file again.";
    312 HEADER: Input, "An input has no header that can be read",
        "The file is empty, or its first row is no list of columns in UTF-8.",
        "Export it with a header; a log without rows needs one, too.";
    313 COLUMN_MISSING: Input, "A column is missing",
        "The file has no column of that name.",
        "Name the column that holds it, by `--map-usage`, `--map-changes` or `--map`, or export the file \
         with it.";
    314 COLUMN_TWICE: Input, "A column stands in the header twice",
        "Which of the two is meant cannot be told.",
        "Rename one of them in the export.";
    315 COLUMN_TYPE: Input, "A column is of a type that is not read",
        "A Parquet file has the column as another type than the table needs.",
        "Write it as one of the types that the message lists.";
    316 QUOTES: Input, "The quotes of a CSV file do not close",
        "A quote within a cell is not doubled, there is text behind a closing one, or one is open at the \
         file's end.",
        "Have the writer double quotes within cells, as RFC 4180 says.";
    317 ROW_TOO_LONG: Input, "A row is longer than 64 MiB",
        "A quote that is not closed makes one row of many, or the objects of a file are not on lines of \
         their own.",
        "Look for the quote near that row, or write one object a line.";
    321 ROW_UNREADABLE: Input, "A row cannot be read",
        "A cell is empty, or holds no id, instant, number or word of the kind that its column has; no row \
         may be lost there.",
        "Correct the row.";
    322 TOO_MANY_REJECTS: Input, "Too many rows cannot be read",
        "More rows than `--max-reject-share` allows are rejects: mostly one fault in many rows, such as a \
         column that is written otherwise.",
        "Correct the log, or say how it is written; or allow a larger share, knowing that these rows are \
         billed nowhere.";
    323 INSTANTS_OF_1970: Input, "Most instants lie in 1970",
        "Numbers were read in another unit than they were written in.",
        "Correct `--instants`, or the type of the column.";
    324 EVENT_LIST: Input, "A list of events cannot be followed",
        "It names events that the month's usage does not have, or gives two reasons for one.",
        "Correct the list; events of other accounts belong in a list of their own.";
    325 PAYMENT_TWICE: Input, "A payment's id stands on two rows that differ",
        "Two payments share an id, so that one of them would be lost.",
        "Give each its own id, or map the column that has one.";
    326 FIGURE_TOO_LARGE: Input, "A figure is larger than a table holds",
        "Sums of credits or money exceed DECIMAL(18), which no sound month comes to, or texts exceed what a \
         column takes.",
        "Look for wrong credits or prices in the inputs that the message names.";
    331 INPUT_CHANGED: Input, "An input has changed since the month was billed",
        "The file is not the one that the manifest records, so that the month would come out otherwise \
         without a word.",
        "Restore it; or bill the month with it as it is now, by the option that the message names.";
    332 INPUT_GONE: Input, "An input that a month was billed from is not there",
        "The file was moved or removed, or is not what it was.",
        "Restore it, or say where it is now: `--moved OLD=NEW`.";
    333 NAMESAKE: Input, "An added file has the name of a recorded input",
        "A file of this name is among the month's inputs already, with other content.",
        "Rename it; or read it in place of the other, by `--replace-usage` or `--replace-changes`.";
    334 EVENT_OF_TWO: Input, "An event would be billed to two accounts",
        "Accounts that are billed anew share an event's id with one that is carried over.",
        "Bill both accounts anew, or the whole month.";
    335 NOT_ASKED_ABOUT: Input, "An account or a document is in no such month",
        "The id is misspelt, or the account had not signed up by the month's end.",
        "Compare the id with the table `statements` or `documents`; see the hints of the message.";
    336 ROLLUP_UNFINISHED: Input, "A rollup made elsewhere is not finished",
        "There is no `rollup.json`, which an engine writes last, or a file that it names is gone.",
        "Wait until the engine is done, or have it roll up again.";
    337 ROLLUP_OF_ANOTHER_JOB: Input, "A rollup made elsewhere is of another job",
        "It was requested of other files, boundaries or options than the run has now, or of another month.",
        "Request it again by `monthend rollup request`, and have it rolled up again.";
    338 ROLLUP_UNREADABLE: Input, "A rollup made elsewhere cannot be read",
        "A file of it is damaged, or is not as docs/ROLLUP.md says.",
        "Have it rolled up again by an engine that keeps to docs/ROLLUP.md.";
    339 NOT_FOR_ENGINES: Input, "A log cannot be rolled up elsewhere",
        "It is text, or has a column of a type that engines read otherwise than this program, or not at all.",
        "Write it as Parquet of the types that docs/ROLLUP.md names; or bill the month without `--rollup`.";
    341 BUYER_TWICE: Input, "The list of buyers has two rows for one account",
        "They say something else, so that which name and address an invoice bears cannot be told.",
        "Keep one row for each account.";
}
