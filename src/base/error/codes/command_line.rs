//! 01: what was typed, and the job file.

codes! {
    101 COMMAND_LINE: Usage, "The command line is not understood",
        "A command or an option is not known, its value is missing or of another kind, or two options \
         exclude each other.",
        "Compare it with `monthend COMMAND --help`, which has examples.";
    102 OPTION_MISSING: Usage, "An option is missing",
        "Neither the command line nor the job file says something that the command needs.",
        "Say it on the command line, or put it into the job file under the option's name.";
    103 OPTION_VALUE: Usage, "The value of an option cannot be used",
        "The value is out of bounds, empty, or not of the form that the option takes.",
        "Correct it as the message says; a value of the job file is corrected there.";
    104 MONTH_NAME: Usage, "What is given for a month is none",
        "A month is written as `2026-04`, or `previous` or `latest` where the option knows them; years are \
         those from 0001 to 9998.",
        "Correct the month.";
    105 MONTH_RANGE: Usage, "A range of months cannot be followed",
        "The range ends before it begins, or its last month is said twice, by `--month` and by `--through`.",
        "Write the earlier month first, as in `--month 2026-04..2026-06`, and say the last one once.";
    106 OPTIONS_TOGETHER: Usage, "Two options do not go together",
        "An option that is of one month, or of all accounts, is said of several months, or of some accounts.",
        "Leave one of the two out, or run the months or accounts one by one.";
    107 DIALECT: Usage, "How a log is written cannot be as it is said",
        "The unit of instants, the delimiter or the decimal sign is none that the program knows, or \
         `--assume-utc` names no log.",
        "Take one of those that the message lists; they are said by options or in the job file.";
    108 COLUMN_MAP: Usage, "A mapping of columns cannot be used",
        "A pair is not of the form OURS=THEIRS, names a column that the log does not have in the program's \
         terms, or two are read from one.",
        "Correct the pair: on the left the program's column, on the right the file's.";
    109 REPLACEMENT: Usage, "A replacement replaces no input of the month",
        "The old name of OLD=NEW is none that the month's manifest records, or the new one is recorded \
         already with other content.",
        "Take the old name from the message, written as the manifest has it.";
    111 ACCOUNT_LIST: Usage, "A list of accounts cannot be used",
        "`--accounts` names none, or the file of `@FILE` cannot be read as UTF-8 text.",
        "Give ids, or a file with one id a line.";
    112 ACCOUNT_OF_MONTH: Usage, "An account does not exist in the month",
        "The id is misspelt, or the account has not signed up by the month's end.",
        "Compare the id with the table `state` or `statements`, to the letter.";
    113 EVENTS_WITHOUT_IDS: Usage, "A list of events needs event ids",
        "`--drop-events` names events by their ids, and the month's usage log says that it has none.",
        "Correct the log and read it in place of the old one, by `--replace-usage`.";
    114 REASON_MISSING: Usage, "A reason is missing",
        "The command may publish further revisions of later months, whose notes carry a reason.",
        "Say `--reason TEXT`.";
    115 ISSUED_BEFORE: Usage, "A document would be issued before one with a lower number",
        "`--issued-on` is earlier than the date of a document that the month has already: numbers rise with \
         the days.",
        "Say that day or a later one, or leave the option out.";
    116 OUT_FOLDER: Usage, "The folder for results is not empty",
        "`--out` names a folder with files in it, or something that is no folder.",
        "Name a folder that is empty or not there yet.";
    117 ADJUSTMENT_GIVEN: Usage, "An adjustment of this id was given already, otherwise",
        "The month's documents have a line of the id, of another amount or another account: what was given \
         stands.",
        "Give the difference by an adjustment of its own, or say another `--id`.";
    118 NOTHING_TO_WAIVE: Usage, "There is no overage to waive",
        "The accounts were charged no overage for what lies between `--from` and `--until`, or it was given \
         back already.",
        "Compare the window with what `monthend explain ACCOUNT --month MONTH --events` lists.";
    119 GRANT_GIVEN: Usage, "A change of this id was written already, and gives something else",
        "Grants are known by the ids of their changes, and one that was written stands.",
        "Say another `--id`; to take the grant back, write a change `grant_void`.";
    121 MONTH_NOT_IN_BOOK: Usage, "A month that is asked about is not in the book",
        "The month is not published in the book that `--book` or the job file names, or it is another book.",
        "See which months there are by `monthend status`, and correct `--month` or `--book`.";
    122 REVISION_UNKNOWN: Usage, "A month has no such revision",
        "The revision that is named was never published.",
        "Take one of those that the message lists.";
    123 NOTHING_TO_COMPARE: Usage, "Two revisions cannot be compared",
        "There is one revision only, or the two are of different months or currencies.",
        "Name two revisions of one month; what a rerun would change is shown by `monthend rerun --dry-run`.";
    124 NO_BOOK: Usage, "There is no book",
        "The folder that `--book` or the job file names is not there, or nothing was published in it yet.",
        "Correct `--book`; the first `monthend run` makes a book.";
    125 FIRST_MONTH_UNKNOWN: Usage, "Which month is due first cannot be told",
        "The book is empty, so that no month says which one follows it.",
        "Name the first month and what it begins with, once: `--month FIRST..LAST --opening genesis`, or \
         import a state.";
    126 GRANT_IN_PUBLISHED: Usage, "A grant would change a month that is published",
        "`--at`, or today, lies in a month that is in the book, or before its first one.",
        "Say an instant of a later month; or put the change into a file, and bill the month again by \
         `rerun --add-changes`.";
    131 JOB_FILE_UNREADABLE: Usage, "The job file cannot be read",
        "It is not there, is no file, or is not UTF-8 text, or this user may not read it.",
        "Correct `--job`, or the file's rights.";
    132 JOB_FILE_INVALID: Usage, "The job file is not understood",
        "It is no TOML, or a key is unknown, misspelt, or has a value of another type.",
        "Correct the line that the message names; the keys are in `docs/FILES.md`.";
    133 PLACEHOLDER: Usage, "A path of the job file has an unknown placeholder",
        "Only `{month}` and `{year}` are put in, and only where one month is billed.",
        "Correct the path.";
    134 OPENING_IN_JOB_FILE: Usage, "The job file says what a later month begins with",
        "`opening` in a job file holds for the first month of a book; later ones begin with how the month \
         before closes.",
        "Take the key out of the job file once the first month is published.";
    135 EXPECTATION_SETTING: Usage, "An expectation of the job file cannot be used",
        "A bound under `[expect]` is no number, is out of its range, or says the opposite of another; or \
         the key is unknown.",
        "Correct it as the message says.";
    136 EARLIER_VERIFICATION: Usage, "What is given as an earlier verification is none",
        "`--since` takes the JSON that `monthend verify --json` printed.",
        "Name the file that the earlier verification was kept in.";
    137 GRANTS_UNREAD: Usage, "The job would not read a grant",
        "`grants` of the job file is no folder that `changes` searches, or words and columns of the change \
         log are mapped so that a grant cannot be written.",
        "Correct `grants`, `changes` or the mappings in the job file.";
    141 ARCHIVE_PLACE: Usage, "A month cannot be archived to that place",
        "The folder of `--to` lies in a book or is one, or where it lies cannot be told.",
        "Name a folder outside of any book.";
    142 NOTHING_TO_ARCHIVE: Usage, "There is nothing to archive, or all of it",
        "No month of the book lies before the one that `--before` names, or none would stay.",
        "Name a month of the book that stays, with those after it.";
    143 NOT_ARCHIVED: Usage, "A month is not archived",
        "The month that is to be put back lies in the book.",
        "See which months are archived by `monthend status`.";
    145 SELLER_FILE: Usage, "The seller's file is not understood",
        "It cannot be read, is no TOML, lacks `name`, has an unknown key, or a logo that is no `data:image/…`.",
        "Correct the line that the message names; the keys are in `docs/INVOICES.md`.";
    146 TEMPLATE: Usage, "The template of invoices cannot be used",
        "It cannot be read, its tags do not close, or it asks for something that a template is not given.",
        "Correct the line that the message names; `monthend export invoice --print-template` prints one that works.";
    147 NOT_BUILT_IN: Usage, "The program was built without the command",
        "What reports need takes as long to build as all the rest, and a plain `cargo build` leaves it out.",
        "Take a released package, or build with `cargo build --release --features desk`.";
    148 ACCOUNT_NAMES: Usage, "The names of accounts are not understood",
        "The file of `--account-names` cannot be read, is no TOML, has an unknown key, or a name that one of \
         the files to be written cannot hold.",
        "Correct the line that the message names; the keys are in `docs/JOURNAL.md`.";
    151 WORKING_FOLDER: Usage, "The working folder cannot be found",
        "It was removed, or this user may not enter it.",
        "Go to another folder and start the command there.";
}
