//! 06: what a month comes to: expectations, approval, conservation.

codes! {
    601 NOT_AS_EXPECTED: Expectation, "The month is not what is expected",
        "Something that holds of a sound month, or that the job file expects under `[expect]`, does not \
         hold; each is told with a code of its own.",
        "See whether all files of the month are there, and no other month's; `--accept TEXT` publishes all \
         the same and records why.";
    602 MONTH_NOT_OVER: Expectation, "The month is not over (L4)",
        "The run began before the month's end, so that usage is still to come.",
        "Wait until the month is over; a dry run is possible at any time.";
    603 LOG_EMPTY: Expectation, "There is no usage of the month (L4)",
        "The logs hold rows of other months alone, or none though the month before had events.",
        "Look for the month's files; `--accept TEXT` if nothing was used.";
    604 LOG_INCOMPLETE: Expectation, "The usage ends too early",
        "The last event lies further before the month's end than `complete_until` allows.",
        "Wait for the last files, or run again with them.";
    605 EVENTS_UNEXPECTED: Expectation, "The number of events is not as expected",
        "It lies outside of `expect.events`, by itself or against the month before.",
        "Look for files that are missing or given twice; `--accept TEXT` if it is right.";
    606 TOTAL_UNEXPECTED: Expectation, "The month's total is not as expected",
        "It lies outside of `expect.total`, by itself or against the month before.",
        "Look at prices, plans and usage; `--accept TEXT` if it is right.";
    607 ACCOUNTS_UNEXPECTED: Expectation, "The number of accounts is not as expected",
        "It lies outside of `expect.accounts`, by itself or against the month before.",
        "Look at the change log; `--accept TEXT` if it is right.";
    611 NOT_APPROVED: Approval, "The result is not the one that was approved",
        "The digest of the result is another than `--only-if` names: an input has changed since.",
        "See what it comes to by now, by `--dry-run`, and have that approved.";
    621 CONSERVATION: Conservation, "Sums of the month do not agree (K1 to K5)",
        "The finished tables, read back, do not come to what went in: a fault of the program or of the \
         disk, not of the logs.",
        "Nothing was published. Keep the inputs, look at the disk and the memory, and report it.";
    622 NOT_READ_BACK: Conservation, "A finished table cannot be read back",
        "What was written to the disk a moment ago is not what comes back.",
        "Nothing was published. Look at the disk, and run again.";
    623 DOCUMENTS_DISAGREE: Conservation, "Documents and statements of the book do not agree",
        "The sums of documents, of their lines and of statements differ, so that an export would be wrong.",
        "See what `monthend verify` says of the book.";
    624 RECONCILIATION: Conservation, "The reconciliation does not account for everything",
        "A document or payment was counted twice or not at all: a fault of the program.",
        "Keep the payments and report it.";
    625 INPUTS_DENY_STATEMENT: Conservation, "The inputs do not know an account that has a statement",
        "An input was changed since the month was billed.",
        "Restore the input, or explain from the tables alone.";
    626 JOURNAL_UNBALANCED: Conservation, "A journal entry does not balance",
        "Debits and credits of an entry differ: a fault of the program.",
        "Nothing was written. Keep the book and report it.";
    627 ROLLUP_DISAGREES: Conservation, "A rollup made elsewhere does not add up",
        "Its tables do not come to what the engine has read of each file, or contradict the request.",
        "Nothing was published. Have it rolled up again; if it is the same then, keep it and report it.";
}
