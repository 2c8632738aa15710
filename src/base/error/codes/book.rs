//! 05: the book and its archives.

codes! {
    501 BOOK_UNREADABLE: Book, "Something in the book cannot be read",
        "A file or folder is gone, is of another kind, or this user may not read it.",
        "Look at the cause that the message names; restore what is gone from a copy of the book.";
    502 BOOK_UNWRITABLE: Book, "The book cannot be written",
        "This user may not write there, the disk is full or read-only, or something is in the way.",
        "Look at the cause that the message names, and run again: what was begun is taken up or cleared.";
    503 BOOK_LINK: Book, "A folder of the book is a link",
        "The program clears folders of its own, and would clear what the link leads to.",
        "Remove the link: a run makes the folder anew.";
    504 NOT_FLUSHED: Book, "The disk has not confirmed what was written",
        "Flushing a file or folder failed, so that a loss of power may undo it.",
        "See that the disk is well, and run again; copy the book.";
    505 NOT_IN_FORCE: Book, "A revision is whole, but not in force",
        "It lies in the book, and `CURRENT` could not be made to name it.",
        "Run the month again: the next run completes the publication.";
    506 CURRENT_TABLES: Book, "`current/` could not be renewed",
        "The publication stands; the links for readers of all months may show earlier revisions.",
        "See that this user may write there; any later run makes `current/` anew.";
    507 TABLE_UNWRITABLE: Book, "A table cannot be written",
        "The disk is full, or this user may not write to the folder of the table.",
        "Look at the cause that the message names, and run again.";
    508 NOT_KNOWN: Unavailable, "It is not known whether a revision is in force",
        "The storage took the write that puts it in force, and did not answer what came of it.",
        "Run again when the storage answers: it is seen then, and nothing is published twice.";
    509 UNCONDITIONAL: Book, "The storage does not heed conditions",
        "Of two runs that publish a month at once one must be refused, which this storage does not do: it \
         ignores `If-None-Match` or `If-Match`.",
        "Keep the book on a disk, or in storage that heeds them: docs/OPERATIONS.md names some.";
    511 MANIFEST_UNREADABLE: Book, "A manifest cannot be read",
        "`manifest.json` is gone, cut short, or was changed.",
        "Restore the revision from a copy of the book.";
    512 MANIFEST_NEWER: Book, "A manifest is of a later version of the program",
        "The book was written by a version that this one does not know.",
        "Use that version or a later one.";
    513 REVISION_DAMAGED: Book, "A revision is not as a run leaves it",
        "A table or a record of the revision is gone or damaged, or holds what no run writes.",
        "See what `monthend verify` says, and restore the revision from a copy of the book.";
    514 REVISION_CHANGED: Book, "A file of a revision is not what its manifest says",
        "It was changed after it was published.",
        "Restore the revision from a copy of the book.";
    515 POINTER_DAMAGED: Book, "`CURRENT` names no revision of the month",
        "The file was changed, or the revision was removed.",
        "Restore the month's folder from a copy of the book.";
    516 CHAIN_BROKEN: Book, "What a month rests on is not in the book",
        "The revision of the month before that it began with is gone, or it names another month.",
        "Restore that month from a copy of the book.";
    517 REVISION_NOT_WHOLE: Book, "A revision lies in the book that no run left there",
        "A folder with the next revision's name is there, and is not whole.",
        "See what `monthend verify` says; restore the month from a copy of the book, or remove what was put \
         there.";
    518 KEPT_INPUT_DAMAGED: Book, "A correction that a revision keeps is not as it was given",
        "A file below the revision's `inputs/` is gone or was changed.",
        "Restore the revision from a copy of the book.";
    521 NOT_PUBLISHED: Book, "A month that must be published is not",
        "What is asked for works on a published month.",
        "Publish it first by `monthend run`, or correct `--month` or `--book`.";
    522 HOLDS_NO_MONTH: Book, "The folder holds no month",
        "It is no book, or its months were removed.",
        "Give `--book` the folder that months are published in.";
    523 ANOTHER_RESULT: Book, "The month is published with another result",
        "The inputs, the catalogue or the opening are otherwise than those that it was billed from.",
        "Say `--reason TEXT` to publish the difference as a further revision; `--differences DIR` shows it \
         beforehand.";
    524 PARTS_MISSING: Unavailable, "Not all parts of a month are there",
        "`publish` was run before every part of the month was billed by `run --part`, or a part failed.",
        "Bill the parts that the message names, and publish again.";
    525 PARTS_DISAGREE: Book, "Parts of a month do not belong together",
        "They were billed from other inputs, catalogues or openings, by another version, or are damaged.",
        "Bill all parts of the month again.";
    531 MONTH_ARCHIVED: Book, "An archived month is not billed",
        "Its tables lie in an archive, and the book keeps its record only.",
        "Put it back first: `monthend unarchive --month MONTH`.";
    532 ARCHIVE_MISSING: Book, "The archive of a month is not there",
        "The folder that the book records was moved, or holds another revision.",
        "Say where the archive is now, by `--archive DIR` or `--from DIR`.";
    533 ARCHIVE_RECORD: Book, "The record of an archived month is damaged",
        "`ARCHIVED` was changed, or does not fit the manifests that it names.",
        "Restore the month's folder from a copy of the book.";
    534 ARCHIVE_STALE: Book, "A stale month is not archived",
        "An earlier month closes otherwise than this one began with.",
        "Bring it up to date first: `monthend rerun --month MONTH --cascade --reason TEXT`.";
    535 ARCHIVE_DIFFERS: Conservation, "A copy of a month is not what the book records",
        "A file of the archive or of the copy has other content, or is none of the month.",
        "Name the archive that the month was moved to, or a folder that has none yet; compare the disks.";
    536 NOT_SOUND: Conservation, "Months that are not sound are not archived",
        "`verify` has findings in them.",
        "See what `monthend verify` says, and mend that first; nothing was moved.";
    537 NOT_VERIFIED: System, "Months that could not be verified are not archived",
        "The machine kept `verify` from reading some files.",
        "See that the disk answers, and run again; nothing was moved.";
    538 ANOTHER_BOOK: Book, "The place of a copy holds another book",
        "A month there has a revision that the book to be copied has not, or one of another manifest.",
        "Copy to a place that is empty, or that holds an earlier copy of the same book.";
}
