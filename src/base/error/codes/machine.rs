//! 07: the machine, and other runs.

codes! {
    701 LOCKED: Locked, "Another run holds the month",
        "One run a month at a time works on a book.",
        "Try again when that run has ended; a lock of a run that died is no hindrance.";
    702 OUTRUN: Locked, "The month was published anew meanwhile",
        "Another run put a revision in force while this one waited, so that its basis is not the one in \
         force.",
        "Run again, from what that revision records.";
    711 OPEN_FILES: System, "Too many files are open",
        "The limit on open files is lower than the month needs.",
        "Raise it (`ulimit -n`), or say fewer `--threads`.";
    712 DISK_FULL: System, "The disk has no space left",
        "The disk is full, or this user's quota is used up.",
        "Free space, and run again: what was begun is cleared.";
    713 OUT_OF_MEMORY: System, "The machine has no memory left",
        "The system refused memory.",
        "Run again when it has more, or say fewer `--threads` or a smaller `--memory-budget`.";
    714 DISK_FAILED: System, "The disk, or the way to it, failed",
        "The system could not read or write, whatever the file holds.",
        "See that the disk answers, and run again.";
    715 NO_ANSWER: Unavailable, "The storage or the machine did not answer",
        "A network file system, a connection or the system itself answered that it cannot for now.",
        "Try again later: schedulers may retry at exit code 75.";
    716 THREADS: System, "No threads can be started",
        "The limit on processes is reached.",
        "Say fewer `--threads`, or raise the limit (`ulimit -u`).";
    717 CLOCK: System, "The clock cannot be right",
        "The machine's clock says a year before 1 or after 9999.",
        "Set the clock.";
    718 NO_OBJECT_STORAGE: Usage, "This build knows no object storage",
        "An address such as `s3://bucket/usage` was given to a program that was built without the feature \
         `cloud`.",
        "Take a released package, or build with `cargo build --release --features cloud`.";
    721 STANDARD_OUTPUT: System, "The result cannot be written to standard output",
        "Standard output is a full disk or a closed file; the message says what was published all the same.",
        "See where the output goes, and ask again: `monthend status` knows what was published.";
    722 OUTPUT_UNWRITABLE: System, "Results beside the book cannot be written",
        "The folder of `--out`, `--differences` or a report cannot be made or written.",
        "Choose a folder that this user may write to, with free space.";
    723 TEMPORARY_FOLDER: System, "No temporary folder can be made",
        "The folder for temporary files is full, or this user may not write to it.",
        "Set `TMPDIR` to a folder with free space.";
    724 SPILL_UNWRITABLE: System, "What exceeds the memory budget cannot be kept on the disk",
        "The folder for it is full, or this user may not write to it.",
        "Free space there, or raise `--memory-budget`.";
    725 SPILL_DAMAGED: System, "What was put aside on the disk came back damaged",
        "The disk gave back other bytes than were written.",
        "Check the disk; nothing was published.";
    731 INTERRUPTED: Interrupted(2), "The run was stopped by hand",
        "Ctrl-C, or SIGINT from elsewhere. What the message lists as published stands.",
        "Run again: what was begun is taken up or cleared.";
    732 TERMINATED: Interrupted(15), "The run was stopped by the system",
        "SIGTERM: a scheduler's time limit, a restart, a shutdown. What the message lists as published \
         stands.",
        "Run again; give the job more time if that is why.";
}
