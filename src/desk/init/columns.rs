//! Which columns of a log are ours: by their names, as far as their values fit.

use std::collections::{BTreeMap, BTreeSet};

use super::conclusion::{Conclusion, key, quoted, shown};
use super::request::Ask;
use crate::base::calendar::{EpochUnit, Instant, InstantForms};
use crate::base::credits::Credits;
use crate::base::ids::check_id;
use crate::input::logs::{Mapping, Sample};

/// A column of ours, and what others call it.
pub struct Wanted {
    /// Our name.
    pub name: &'static str,
    holds: Holds,
    /// Other names, in small letters and digits alone.
    others: &'static [&'static str],
}

/// What its cells are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    Ids,
    /// Ids of which each stands there once, but for duplicates.
    OwnIds,
    Instants,
    Credits,
    /// A few words.
    Words,
    Texts,
}

const ACCOUNTS: &[&str] = &[
    "account",
    "accountid",
    "accountnumber",
    "customer",
    "customerid",
    "customernumber",
    "user",
    "userid",
    "tenant",
    "tenantid",
    "org",
    "orgid",
    "organization",
    "organizationid",
    "organisation",
    "organisationid",
    "workspace",
    "workspaceid",
    "subscriber",
    "subscriberid",
    "client",
    "clientid",
    "team",
    "teamid",
    "member",
    "memberid",
];
const INSTANTS: &[&str] = &[
    "at",
    "time",
    "timestamp",
    "ts",
    "datetime",
    "date",
    "when",
    "created",
    "createdat",
    "eventtime",
    "eventtimestamp",
    "occurredat",
    "loggedat",
    "usedat",
    "recordedat",
    "changedat",
    "effectiveat",
    "effectivefrom",
    "happenedat",
];

/// The columns of the usage log.
pub const USAGE: &[Wanted] = &[
    Wanted {
        name: "event_id",
        holds: Holds::OwnIds,
        others: &[
            "event",
            "eventid",
            "eventuuid",
            "id",
            "uuid",
            "requestid",
            "messageid",
            "usageid",
            "recordid",
            "idempotencykey",
            "transactionid",
        ],
    },
    Wanted { name: "account_id", holds: Holds::Ids, others: ACCOUNTS },
    Wanted { name: "at", holds: Holds::Instants, others: INSTANTS },
    Wanted {
        name: "credits",
        holds: Holds::Credits,
        others: &[
            "credit",
            "creditsused",
            "credits",
            "cost",
            "amount",
            "quantity",
            "qty",
            "units",
            "usage",
            "consumed",
            "consumption",
            "value",
            "tokens",
        ],
    },
];

/// The columns of the change log.
pub const CHANGES: &[Wanted] = &[
    Wanted {
        name: "change_id",
        holds: Holds::OwnIds,
        others: &["change", "changeid", "id", "uuid", "eventid", "recordid", "transactionid"],
    },
    Wanted { name: "account_id", holds: Holds::Ids, others: ACCOUNTS },
    Wanted { name: "at", holds: Holds::Instants, others: INSTANTS },
    Wanted {
        name: "change",
        holds: Holds::Words,
        others: &[
            "type",
            "event",
            "eventtype",
            "eventname",
            "action",
            "kind",
            "changetype",
            "operation",
        ],
    },
    Wanted {
        name: "plan",
        holds: Holds::Texts,
        others: &[
            "planid",
            "planname",
            "newplan",
            "toplan",
            "tier",
            "product",
            "productname",
            "package",
            "subscription",
            "sku",
        ],
    },
];

/// The rows of which at least so many in a hundred must fit, for a column to be taken for ours.
const FITTING: usize = 99;
/// As many words as a column of words may have.
const WORDS: usize = 40;

/// Which columns of a log are ours, by our names.
#[derive(Debug, Default)]
pub struct Columns {
    /// Places in the sample.
    pub places: BTreeMap<&'static str, usize>,
    /// The names that differ.
    pub mapping: Mapping,
}

/// Finds the columns in a sample: `log` is the ending of the key that maps them.
pub fn find(
    sample: &Sample,
    log: &str,
    wanted: &[Wanted],
    ask: &mut Ask<'_>,
    told: &mut Vec<Conclusion>,
) -> Columns {
    let mut columns = Columns::default();
    // What bears our name is ours.
    for ours in wanted {
        if let Some(at) = sample.names.iter().position(|name| name == ours.name) {
            columns.places.insert(ours.name, at);
        }
    }
    for ours in wanted {
        let name = ours.name;
        if let Some(&at) = columns.places.get(name) {
            let evidence = format!("column `{name}`, {}", ours.evidence(sample, at));
            told.push(Conclusion::plain(name, evidence));
            continue;
        }
        let taken: BTreeSet<usize> = columns.places.values().copied().collect();
        let free =
            || (0..sample.names.len()).filter(|at| !taken.contains(at) && ours.fits(sample, *at));
        let by_name = |at: &usize| ours.others.contains(&plain(&sample.names[*at]).as_str());
        let mut candidates: Vec<usize> = free().filter(by_name).collect();
        let is_by_name = !candidates.is_empty();
        if !is_by_name {
            candidates = free().collect();
        }
        let chosen = match candidates.as_slice() {
            [one] if is_by_name => Some(*one),
            [] => None,
            several => {
                let options: Vec<String> = several
                    .iter()
                    .map(|&at| format!("{}, {}", sample.names[at], ours.evidence(sample, at)))
                    .collect();
                let question = format!("Which column of {} is {name}?", sample.file);
                ask(&question, &options).map(|answer| several[answer])
            }
        };
        told.push(match chosen {
            Some(at) => {
                let theirs = sample.names[at].clone();
                let line = map_line(log, name, &theirs);
                columns.places.insert(name, at);
                columns.mapping.insert(name.to_owned(), theirs);
                Conclusion::line(name, line, ours.evidence(sample, at))
            }
            None if name == "event_id" && !is_by_name => Conclusion::line(
                name,
                "no_event_ids = true".to_owned(),
                "no column looks like ids of events: duplicates cannot be found",
            ),
            None => left_open(sample, log, name, &candidates),
        });
    }
    columns
}

fn map_line(log: &str, name: &str, theirs: &str) -> String {
    format!("map_{log}.{name} = {}", quoted(theirs))
}

/// That it cannot be told which of several columns is ours, or that none fits.
fn left_open(sample: &Sample, log: &str, name: &str, candidates: &[usize]) -> Conclusion {
    let names: Vec<&str> = candidates.iter().map(|at| sample.names[*at].as_str()).collect();
    let evidence = match names.as_slice() {
        [] => format!("no column fits; the file has {}", sample.names.join(", ")),
        names => format!("which of {}?", names.join(", ")),
    };
    Conclusion::open(name, map_line(log, name, "…"), evidence)
}

impl Wanted {
    fn holds(&self, cell: &str) -> bool {
        match self.holds {
            Holds::Ids | Holds::OwnIds | Holds::Words => check_id(cell).is_ok(),
            Holds::Instants => {
                let forms = InstantForms { assume_utc: true, numbers: EpochUnit::likely(cell) };
                Instant::parse_as(cell, forms).is_ok()
            }
            Holds::Credits => {
                Credits::parse(cell).is_ok() || Credits::parse(&cell.replacen(',', ".", 1)).is_ok()
            }
            Holds::Texts => cell.is_empty() || check_id(cell).is_ok(),
        }
    }

    /// How many cells of a column are what ours holds.
    fn fitting(&self, sample: &Sample, at: usize) -> usize {
        sample.cells(at).filter(|cell| self.holds(cell)).count()
    }

    fn fits(&self, sample: &Sample, at: usize) -> bool {
        let (of, fitting) = (sample.rows.len(), self.fitting(sample, at));
        let distinct = || sample.cells(at).collect::<BTreeSet<_>>().len();
        of > 0
            && fitting * 100 >= of * FITTING
            && match self.holds {
                // An id that many rows share would drop all but one of them.
                Holds::OwnIds => distinct() * 10 >= of * 9,
                Holds::Words => distinct() <= WORDS,
                _ => true,
            }
    }

    /// What the cells of a column come to.
    fn evidence(&self, sample: &Sample, at: usize) -> String {
        let (of, what, fitting) = (sample.rows.len(), self.what(), self.fitting(sample, at));
        let first = sample.cells(at).find(|cell| !cell.is_empty()).unwrap_or_default();
        let distinct = match self.holds {
            Holds::OwnIds | Holds::Ids | Holds::Words => {
                let distinct: BTreeSet<&str> = sample.cells(at).collect();
                format!(", {} different", distinct.len())
            }
            _ => String::new(),
        };
        format!("such as {}: {fitting} of {of} rows are {what}{distinct}", shown(first))
    }

    fn what(&self) -> &'static str {
        match self.holds {
            Holds::Ids | Holds::OwnIds => "ids",
            Holds::Instants => "instants",
            Holds::Credits => "quantities",
            Holds::Words => "words",
            Holds::Texts => "plans, or empty",
        }
    }
}

/// A name in small letters and digits alone.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The line of the job file that says what a word of theirs means.
pub fn value_line(table: &str, theirs: &str, ours: &str) -> String {
    format!("{table}.{} = {}", key(theirs), quoted(ours))
}
