//! The job file, as it is written.

use super::conclusion::{Conclusion, quoted};
use super::look::Looked;

/// The job file.
pub fn job_text(usage: &Looked, changes: &Looked) -> String {
    let mut text = HEAD.to_owned();
    for (name, log, usual, note) in [
        ("changes", changes, "changes.csv", "the change log holds all history"),
        ("usage", usage, "usage/{month}*", "the usage log; other months in it are passed over"),
    ] {
        let given: Vec<String> = log.paths.iter().map(|path| quoted(path)).collect();
        let given = if given.is_empty() { vec![quoted(usual)] } else { given };
        text += &format!("{name} = [{}]   # {note}\n", given.join(", "));
    }
    text += "book = \"book\"   # months are published in this folder\n";
    for (title, log) in [("usage", usage), ("change", changes)] {
        let lines: String = log.told.iter().filter_map(Conclusion::in_job_file).collect();
        if !lines.is_empty() {
            text +=
                &format!("\n# How the {title} log is written, and what was seen of it.\n{lines}");
        }
    }
    if usage.told.is_empty() || changes.told.is_empty() {
        text += FORMS;
    }
    text + FOOT
}

const HEAD: &str = "\
# The month-end job. Paths lead from this file's folder; {month} stands for the month that is billed,
# such as 2026-04, {year} for its year. Every key is an option of `monthend run`, too, which wins.

catalog = \"catalogs\"   # the newest version in force on the month's first day bills it
";

const FORMS: &str = "
# What may have to be said of logs; monthend init --usage SAMPLE --changes SAMPLE finds it out.
# map_usage.at = \"timestamp\"               # a column of another name: event_id, account_id, at, credits
# map_changes.plan = \"tier\"                # … change_id, account_id, at, change, plan, grant, credits, expires_at
# no_event_ids = true                      # no duplicates can be found then
# assume_utc.usage = true                  # times without an offset are in UTC
# instants.usage = \"epoch-ms\"              # numbers are milliseconds since 1970
# csv.changes.delimiter = \";\"
# csv.usage.decimal = \",\"
# change_values.subscribe = \"signup\"       # the change log's word for one of ours
# plan_values.\"Pro Monthly\" = \"pro\"        # … and its name for a plan of the catalogue
";

const FOOT: &str = "
# max_reject_share = 0.001   # more rows than this share that cannot be read stop a month

# A month that is otherwise is not published.
# [expect]
# complete_until = \"6h\"          # its last event lies within six hours before its end
# events = { change = 0.5 }      # at most half as many more or less than in the month before
";
