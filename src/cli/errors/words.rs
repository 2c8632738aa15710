//! The words by which findings are told apart, with what to do about each.

use crate::base::exceptions::ExceptionKind;
use crate::base::named::{Meaning, Word};
use crate::desk::payments::BreakCode;
use crate::desk::status::FindingCode as StatusCode;
use crate::desk::verify::FindingCode as VerifyCode;

/// The words that one command, or one table, uses.
pub(super) struct Words {
    /// Where they stand.
    pub title: &'static str,
    /// What they are.
    pub about: &'static str,
    pub words: Vec<Word>,
}

/// All words, by where they stand.
pub(super) fn all() -> [Words; 6] {
    [
        Words {
            title: "Findings of a month",
            about: "`run`, `check` and `rerun` count them in their result, by these words; rows stand in the tables \
                    `exceptions` and `rejects`. Exit code 3, but for `dropped-usage`, `overage-unavailable` and \
                    `unbilled-usage`, which are no findings.",
            words: of(ExceptionKind::ALL, of_exception).chain(OF_A_MONTH).collect(),
        },
        Words {
            title: "Findings of `status`",
            about: "Exit code 3 where one deserves a look; `passed-over`, `imported-opening` and `left-behind` alone \
                    do not.",
            words: of(StatusCode::ALL, of_status).collect(),
        },
        Words {
            title: "Findings of `verify`",
            about: "Exit code 4; 1 where there is `unreadable` alone.",
            words: of(VerifyCode::ALL, of_verify).collect(),
        },
        Words {
            title: "Notes of `verify`",
            about: "What is no fault, and good to know.",
            words: NOTES.to_vec(),
        },
        Words {
            title: "Breaks of `reconcile`",
            about: "Exit code 4.",
            words: of(BreakCode::ALL, of_break).collect(),
        },
        Words {
            title: "Payouts of `reconcile`",
            about: "Exit code 4.",
            words: vec![Word {
                word: "payout-difference",
                meaning: "A payout is not what its rows come to, less the fees.",
                remedy: "Look for rows of it in another export: one that begins or ends within it lacks some. Else ask \
                         the provider.",
            }],
        },
    ]
}

fn of<T: Meaning, const N: usize>(
    all: [T; N],
    remedy: fn(T) -> &'static str,
) -> impl Iterator<Item = Word> {
    all.into_iter().map(move |one| Word {
        word: one.word(),
        meaning: one.meaning(),
        remedy: remedy(one),
    })
}

const OF_A_MONTH: [Word; 2] = [
    Word {
        word: "rejects",
        meaning: "Rows that cannot be read, and are billed nowhere.",
        remedy: "Correct them in the log and read it in place of the old one: `monthend rerun \
                 --replace-usage OLD=NEW`.",
    },
    Word {
        word: "passed-over",
        meaning: "Files of a folder or glob that are of no format that is read.",
        remedy: "Move them elsewhere, or give them the ending of their format and run again.",
    },
];

const NOTES: [Word; 12] = [
    Word {
        word: "archived",
        meaning: "A month lies in an archive that is not there now: the book's record of it was verified alone.",
        remedy: "Say `--archive DIR` to verify its tables, too.",
    },
    Word {
        word: "archive-unfinished",
        meaning: "Archiving a month, or putting it back, was cut short.",
        remedy: "Run the same `archive` or `unarchive` again.",
    },
    Word {
        word: "began-anew",
        meaning: "A month began with something else than how the one before it closed.",
        remedy: "See that this was meant; else bill it again with `--opening book`.",
    },
    Word {
        word: "changing",
        meaning: "The book changed while it was verified.",
        remedy: "Verify again when no run goes on.",
    },
    Word {
        word: "left-behind",
        meaning: "Objects in storage belong to no revision: a run that was cut short left them, or is at it.",
        remedy: "The month's next run clears what is older than a week; nobody reads it.",
    },
    Word {
        word: "month-missing",
        meaning: "Months between published ones are not there.",
        remedy: "Bill them, or restore them from a copy of the book.",
    },
    Word {
        word: "no-current-tables",
        meaning: "The book has no folder `current`.",
        remedy: "Any run makes it.",
    },
    Word {
        word: "opening-elsewhere",
        meaning: "The file that a month began with is not there, so that the opening was not followed.",
        remedy: "Say where it is: `--moved OLD=NEW`.",
    },
    Word {
        word: "stale",
        meaning: "A month rests on a revision that is no longer in force.",
        remedy: "`monthend rerun --month MONTH --cascade --reason TEXT`.",
    },
    Word {
        word: "torn",
        meaning: "The last line of the journal was cut short.",
        remedy: "The month's next run adds what it lacks.",
    },
    Word {
        word: "unsealed",
        meaning: "Version 0.1.0 sealed nothing: whether its manifest was changed cannot be told.",
        remedy: "Nothing: it is verified by all else.",
    },
    Word {
        word: "usage-elsewhere",
        meaning: "Usage that months were billed from is not there, so that events billed twice were not looked for.",
        remedy: "Say where it is: `--moved OLD=NEW`.",
    },
];

fn of_exception(kind: ExceptionKind) -> &'static str {
    match kind {
        ExceptionKind::BeforeSignup | ExceptionKind::UnknownAccount => {
            "Find out whose usage it is: an account's signup is missing in the change log, or late in it. Add the \
             change and bill the month again: `monthend rerun --add-changes FILE --reason TEXT`."
        }
        ExceptionKind::BilledBefore => {
            "Nothing, if it is a retry; else the exporter gives an id twice."
        }
        ExceptionKind::ConflictingDuplicate => {
            "Ask the log's writer which of the rows is right; leave the wrong event out by `rerun --drop-events`, or \
             replace the file."
        }
        ExceptionKind::DroppedUsage => "Nothing: it was asked for.",
        ExceptionKind::DuplicateSignup => {
            "Nothing is billed by it; mend what writes the change log."
        }
        ExceptionKind::GrantHistoryUnknown => {
            "See whether the grant was drawn on before: what was is given again. Begin with a state that says what is \
             left of it: `monthend state import --grants FILE`."
        }
        ExceptionKind::InvalidGrant => {
            "Correct the change (`detail` says what is wrong with it), or add the kind of grant to the catalogue, and \
             bill the month again."
        }
        ExceptionKind::LateUsage => {
            "Bill it by the command that `monthend status` says: `monthend rerun --add-usage FILE --reason TEXT`."
        }
        ExceptionKind::OverageUnavailable => {
            "Nothing, if the plan is to have no overage; else correct the catalogue or the change."
        }
        ExceptionKind::RetiredPlan => {
            "Correct the change, or let the plan be entered in the catalogue."
        }
        ExceptionKind::UnbilledUsage => {
            "Nothing: the rules charge nothing for it. `detail` has the reason."
        }
        ExceptionKind::UnknownPlan => {
            "Correct the plan's id in the change, or add the plan to the catalogue, and bill the month again."
        }
    }
}

fn of_status(code: StatusCode) -> &'static str {
    match code {
        StatusCode::MissingMonth => "Bill it: the finding has the command.",
        StatusCode::LostMonth | StatusCode::LostRevision => "Restore it from a copy of the book.",
        StatusCode::DamagedMonth => {
            "See what `monthend verify` says; restore the month from a copy of the book."
        }
        StatusCode::UnfinishedPublication => "Run the month again: that puts it in force.",
        StatusCode::ForeignOpening => {
            "See that this was meant; else bill it again with `--opening book`."
        }
        StatusCode::StaleOpening => "`monthend rerun --month MONTH --cascade --reason TEXT`.",
        StatusCode::OpeningUnknown => "Restore what it rests on from a copy of the book.",
        StatusCode::ChangedInput => {
            "Restore the input; or bill the month with it as it is now, by `rerun --replace-usage` or its like."
        }
        StatusCode::MissingInput => "Restore it, or say where it is: `--moved OLD=NEW`.",
        StatusCode::UnreadableInput => "See the cause: rights, or the disk.",
        StatusCode::GrownInput => {
            "Nothing: what was billed is still its beginning. See `late-usage`."
        }
        StatusCode::PassedOver => {
            "See whether the files hold usage; give them the ending of their format then."
        }
        StatusCode::LeftBehind => {
            "Nothing: nobody reads them, and the month's next run clears what is older than a week."
        }
        StatusCode::ImportedOpening => "Bill the month.",
        StatusCode::DamagedImport => "Import the state again, with `--replace`.",
        StatusCode::LateUsage => "Bill it: the finding has the command.",
    }
}

fn of_verify(code: VerifyCode) -> &'static str {
    match code {
        VerifyCode::Stray => "Move it out of the book, if nothing of the book's own is missing.",
        VerifyCode::CurrentTables => "Any run makes `current` anew.",
        VerifyCode::Unreadable => {
            "See that the disk answers and that this user may read; then verify again."
        }
        VerifyCode::BilledTwice => {
            "Bill one of the accounts again without the event: `rerun --drop-events`."
        }
        VerifyCode::Since => "Find out who changed the book; restore it from a copy.",
        VerifyCode::Archive => "Restore the archive, or the month's folder, from a copy.",
        VerifyCode::Conservation | VerifyCode::DocumentLines | VerifyCode::CsvDiffers => {
            "Restore the revision from a copy of the book; if the copy says the same, report it: it is a fault of the \
             program."
        }
        _ => "Restore the revision, or the month's folder, from a copy of the book.",
    }
}

fn of_break(code: BreakCode) -> &'static str {
    match code {
        BreakCode::MissingPayment => "Ask for the payment, or find it in another export.",
        BreakCode::ShortPayment => "Ask for the rest.",
        BreakCode::OverPayment => "Give it back, or keep it for a later document.",
        BreakCode::DuplicatePayment => "Give it back, if it was paid twice.",
        BreakCode::UnknownDocument => {
            "Correct the document's id in the export, or look for it in another book."
        }
        BreakCode::UnknownAccount => "Correct the account's id in the export.",
        BreakCode::WrongCurrency => "See which currency the customer was charged in.",
        BreakCode::RefundWithoutNote => {
            "Bill the month again with what the refund was for, so that there is a note."
        }
        BreakCode::NoteWithoutRefund => "Give the note's amount back.",
    }
}
