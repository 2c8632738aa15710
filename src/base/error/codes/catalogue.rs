//! 02: the catalogue.

codes! {
    201 CATALOGUE_UNREADABLE: Usage, "The catalogue cannot be read",
        "It is not there, is not UTF-8 text, or this user may not read it.",
        "Give `--catalog` a TOML file, or a folder of dated ones.";
    202 CATALOGUE_FOLDER: Usage, "The folder holds no catalogue",
        "No file of the folder ends in `.toml`.",
        "Name the folder with the catalogues, or the file itself.";
    203 CATALOGUE_NOT_IN_FORCE: Usage, "No catalogue is in force in the month",
        "Every version comes into force after the month's first day.",
        "Add the version that was in force then, or correct the month.";
    204 CATALOGUES_OF_ONE_DAY: Usage, "Two catalogues come into force on the same day",
        "Which of them bills the month cannot be told.",
        "Keep one of the two.";
    211 CATALOGUE_SYNTAX: Usage, "The catalogue is not understood",
        "It is no TOML, lacks a key or has an unknown one, or a value is of another type: money is text, \
         dates have no quotes.",
        "Correct the line that the message names; `docs/FILES.md` has an example.";
    212 CATALOGUE_TERMS: Usage, "The terms of the catalogue cannot be billed",
        "A currency, a way to round or to prorate, or the trial is none that the rules know.",
        "Correct the entry as the message says.";
    213 CATALOGUE_PLAN: Usage, "A plan of the catalogue cannot be billed",
        "An id is empty or not unique, or a price, rate or number of credits is negative, too fine or too \
         large.",
        "Correct the plan's entry.";
    214 CATALOGUE_LADDER: Usage, "The plans of the catalogue are no ladder",
        "There is no plan, all are retired, the lowest is not free, or prices do not rise with the ranks.",
        "Write the plans in rank order, the lowest and free one first.";
    215 CATALOGUE_GRANT: Usage, "A kind of grant of the catalogue cannot be given",
        "An id is empty or not unique, or a price, a number of credits or of days is none that can be billed.",
        "Correct the kind's entry.";
    221 CATALOGUE_LACKS_PLANS: Usage, "The catalogue lacks plans that accounts are on",
        "Accounts go on from the month before in plans that the catalogue does not have any more.",
        "Keep them as retired plans, or name the old id in `formerly` of the plan that follows it.";
    222 CATALOGUE_OTHER_CURRENCY: Usage, "The catalogue is in another currency than the month's invoices",
        "A month's notes cannot be in another currency than its invoices.",
        "Bill the month with a catalogue in the currency of its documents.";
    223 CATALOGUE_LACKS_GRANTS: Usage, "The catalogue lacks kinds of grants that accounts still have",
        "Grants go on from the month before whose kind the catalogue does not have any more.",
        "Keep each kind in the catalogue until no account has a grant of it.";
}
