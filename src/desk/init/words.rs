//! What words of a change log mean: of changes by what they are usually called, of plans by the
//! catalogue.

use std::collections::BTreeMap;

use super::columns::value_line;
use super::conclusion::{Conclusion, shown};
use super::request::Ask;
use super::wanted::is_among;
use crate::catalog::Catalog;
use crate::input::changes::ChangeKind;
use crate::input::logs::{Mapping, Sample};

/// What others call our changes, in small letters alone, some on a line.
const CHANGES: [(ChangeKind, &[&str]); 7] = [
    (
        ChangeKind::Signup,
        &[
            "signup signedup register registered registration subscribe subscribed",
            "subscriptioncreated subscriptionstarted accountcreated created create join joined new",
        ],
    ),
    (
        ChangeKind::Plan,
        &[
            "plan planchange planchanged changeplan changedplan switch switched switchplan upgrade",
            "upgraded downgrade downgraded subscriptionchanged",
        ],
    ),
    (ChangeKind::OverageOn, &["overageon overageenabled enableoverage overageenable overageoptin"]),
    (
        ChangeKind::OverageOff,
        &["overageoff overagedisabled disableoverage overagedisable overageoptout"],
    ),
    (
        ChangeKind::OverageLimit,
        &["overagelimit overagelimitset setoveragelimit spendinglimit spendlimit"],
    ),
    (
        ChangeKind::Grant,
        &[
            "grant granted creditgrant creditsgranted creditsadded addcredits addonpurchased",
            "packpurchased topup",
        ],
    ),
    (ChangeKind::GrantVoid, &["grantvoid grantvoided voidgrant grantrevoked revokegrant"]),
];

/// The kinds that the log's grants name, with the number of their rows. `meanings` are those of its words
/// of changes.
pub fn kinds<'a>(
    sample: &'a Sample,
    change: usize,
    grant: usize,
    meanings: &Mapping,
) -> BTreeMap<&'a str, usize> {
    let is_grant = |word: &str| {
        let word = meanings.get(word).map_or(word, String::as_str);
        ChangeKind::parse(word) == Some(ChangeKind::Grant)
    };
    let mut kinds = BTreeMap::new();
    for (word, kind) in sample.cells(change).zip(sample.cells(grant)) {
        if is_grant(word) && !kind.is_empty() {
            *kinds.entry(kind).or_insert(0) += 1;
        }
    }
    kinds
}

/// The words of a column, with the number of their rows.
fn counted(sample: &Sample, at: usize) -> BTreeMap<&str, usize> {
    let mut words = BTreeMap::new();
    for cell in sample.cells(at).filter(|cell| !cell.is_empty()) {
        *words.entry(cell).or_insert(0) += 1;
    }
    words
}

/// What words of changes mean.
pub fn changes(
    sample: &Sample,
    at: usize,
    ask: &mut Ask<'_>,
    told: &mut Vec<Conclusion>,
) -> Mapping {
    let mut meanings = Mapping::new();
    for (word, rows) in counted(sample, at) {
        let of = format!("in {rows} of {} rows", sample.rows.len());
        if ChangeKind::parse(word).is_some() {
            told.push(Conclusion::plain(word, of));
            continue;
        }
        let known = CHANGES.iter().find(|(_, lines)| is_among(lines, word));
        let kind = known.map(|(kind, _)| *kind).or_else(|| {
            let names = ChangeKind::ALL.map(|kind| kind.name().to_owned());
            let question = format!("What does the change {} of {} mean?", shown(word), sample.file);
            ask(&question, &names).map(|answer| ChangeKind::ALL[answer])
        });
        told.push(match kind {
            Some(kind) => {
                meanings.insert(word.to_owned(), kind.name().to_owned());
                Conclusion::line(word, value_line("change_values", word, kind.name()), of)
            }
            None => {
                let names = ChangeKind::ALL.map(ChangeKind::name).join(", ");
                let evidence = format!("{of}; which of {names}?");
                Conclusion::open(word, value_line("change_values", word, "…"), evidence)
            }
        });
    }
    meanings
}

/// Which plans of the catalogue the names of plans mean.
pub fn plans(
    sample: &Sample,
    at: usize,
    catalog: &Catalog,
    ask: &mut Ask<'_>,
    told: &mut Vec<Conclusion>,
) -> Mapping {
    let mut meanings = Mapping::new();
    let ids: Vec<String> = catalog.plans().iter().map(|plan| plan.id.clone()).collect();
    for (word, rows) in counted(sample, at) {
        let of = format!("in {rows} of {} rows", sample.rows.len());
        let is_former =
            catalog.plans().iter().any(|plan| plan.formerly.iter().any(|id| id == word));
        if is_former || ids.iter().any(|id| id == word) {
            told.push(Conclusion::plain(format!("plan {word}"), of));
            continue;
        }
        let asked = without_period(word);
        let mut known = catalog.plans().iter().filter(|plan| {
            [&plan.id, &plan.name].into_iter().any(|name| without_period(name) == asked)
        });
        let (first, second) = (known.next(), known.next());
        let plan = first.filter(|_| second.is_none()).map(|plan| plan.id.clone()).or_else(|| {
            let question = format!("Which plan is {} of {}?", shown(word), sample.file);
            ask(&question, &ids).map(|answer| ids[answer].clone())
        });
        let about = format!("plan {word}");
        told.push(match plan {
            Some(id) => {
                meanings.insert(word.to_owned(), id.clone());
                Conclusion::line(about, value_line("plan_values", word, &id), of)
            }
            None => {
                let evidence =
                    format!("{of}; which of {}? Or add it to the catalogue", ids.join(", "));
                Conclusion::open(about, value_line("plan_values", word, "…"), evidence)
            }
        });
    }
    meanings
}

/// A plan's name without what says no more than that it is one.
fn without_period(name: &str) -> String {
    let name = name.replace('+', " plus ");
    let words = name.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
    let says_nothing = |word: &String| {
        ["", "kiro", "monthly", "month", "plan", "tier", "subscription"].contains(&word.as_str())
    };
    words.filter(|word| !says_nothing(word)).collect()
}
