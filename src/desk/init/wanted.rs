//! The columns that a log of ours has: what others call them, and what their cells are.

use std::collections::BTreeSet;

use super::conclusion::shown;
use crate::base::calendar::{EpochUnit, Instant, InstantForms};
use crate::base::credits::Credits;
use crate::base::ids::check_id;
use crate::input::logs::Sample;

/// A column of ours, and what others call it.
pub struct Wanted {
    /// Our name.
    pub name: &'static str,
    holds: Holds,
    /// Other names, in small letters and digits alone, some on a line.
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
    "account accountid accountnumber customer customerid customernumber user userid tenant",
    "tenantid org orgid organization organizationid organisation organisationid workspace",
    "workspaceid subscriber subscriberid client clientid team teamid member memberid",
];
const INSTANTS: &[&str] = &[
    "at time timestamp ts datetime date when created createdat eventtime eventtimestamp occurredat",
    "loggedat usedat recordedat changedat effectiveat effectivefrom happenedat",
];

/// The columns of the usage log.
pub const USAGE: &[Wanted] = &[
    Wanted {
        name: "event_id",
        holds: Holds::OwnIds,
        others: &[
            "event eventid eventuuid id uuid requestid messageid usageid recordid idempotencykey",
            "transactionid",
        ],
    },
    Wanted { name: "account_id", holds: Holds::Ids, others: ACCOUNTS },
    Wanted { name: "at", holds: Holds::Instants, others: INSTANTS },
    Wanted {
        name: "credits",
        holds: Holds::Credits,
        others: &[
            "credit creditsused credits cost amount quantity qty units usage consumed consumption",
            "value tokens",
        ],
    },
];

/// The columns of the change log.
pub const CHANGES: &[Wanted] = &[
    Wanted {
        name: "change_id",
        holds: Holds::OwnIds,
        others: &["change changeid id uuid eventid recordid transactionid"],
    },
    Wanted { name: "account_id", holds: Holds::Ids, others: ACCOUNTS },
    Wanted { name: "at", holds: Holds::Instants, others: INSTANTS },
    Wanted {
        name: "change",
        holds: Holds::Words,
        others: &["type event eventtype eventname action kind changetype operation"],
    },
    Wanted {
        name: "plan",
        holds: Holds::Texts,
        others: &[
            "planid planname newplan toplan tier product productname package subscription sku",
        ],
    },
];

/// Further columns of the change log, which one without grants and limits lacks.
pub const GRANTS: &[Wanted] = &[
    Wanted {
        name: "grant",
        holds: Holds::Texts,
        others: &["grantid grantkind granttype grantname pack packid addon"],
    },
    Wanted {
        name: "credits",
        holds: Holds::Credits,
        others: &["credit creditsgranted grantedcredits grantcredits creditlimit"],
    },
    Wanted {
        name: "expires_at",
        holds: Holds::Instants,
        others: &[
            "expires expiresat expireson expiry expirydate expiration expirationdate validuntil",
        ],
    },
];

/// The rows of which at least so many in a hundred must fit, for a column to be taken for ours.
const FITTING: usize = 99;
/// As many words as a column of words may have.
const WORDS: usize = 40;

impl Wanted {
    /// Whether a column of others is called as ours usually is.
    pub fn is_called(&self, theirs: &str) -> bool {
        is_among(self.others, theirs)
    }

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

    /// Whether all but a few cells of a column are what ours holds; of one that is optional, those that are filled.
    pub fn fits(&self, sample: &Sample, at: usize, is_optional: bool) -> bool {
        let cells = cells(sample, at, is_optional);
        let (of, fitting) = (cells.len(), cells.iter().filter(|cell| self.holds(cell)).count());
        let distinct = || cells.iter().collect::<BTreeSet<_>>().len();
        (of > 0 || is_optional)
            && fitting * 100 >= of * FITTING
            && match self.holds {
                // An id that many rows share would drop all but one of them.
                Holds::OwnIds => distinct() * 10 >= of * 9,
                Holds::Words => distinct() <= WORDS,
                _ => true,
            }
    }

    /// What the cells of a column come to; of one that is optional, those that are filled.
    pub fn evidence(&self, sample: &Sample, at: usize, is_optional: bool) -> String {
        let cells = cells(sample, at, is_optional);
        if cells.is_empty() && is_optional {
            return "empty in all rows".to_owned();
        }
        let first = cells.iter().find(|cell| !cell.is_empty()).copied().unwrap_or_default();
        let (of, fitting) = (cells.len(), cells.iter().filter(|cell| self.holds(cell)).count());
        let which = if is_optional { " that have one" } else { "" };
        let distinct = match self.holds {
            Holds::OwnIds | Holds::Ids | Holds::Words => {
                format!(", {} different", cells.iter().collect::<BTreeSet<_>>().len())
            }
            _ => String::new(),
        };
        let what = self.what();
        format!("such as {}: {fitting} of {of} rows{which} are {what}{distinct}", shown(first))
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

/// The cells of a column; of one that is optional, those that are filled.
fn cells(sample: &Sample, at: usize, is_optional: bool) -> Vec<&str> {
    sample.cells(at).filter(|cell| !is_optional || !cell.is_empty()).collect()
}

/// Whether a name, in small letters and digits alone, is one of those that stand on some lines.
pub fn is_among(lines: &[&str], name: &str) -> bool {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    let name: String = letters.flat_map(char::to_lowercase).collect();
    lines.iter().any(|line| line.split(' ').any(|known| known == name))
}
