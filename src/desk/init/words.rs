//! What words of a change log mean: of changes by what they are usually called, of plans by the
//! catalogue.

use std::collections::BTreeMap;

use super::columns::value_line;
use super::conclusion::{Conclusion, Looking, shown};
use super::wanted::is_among;
use crate::catalog::{Catalog, Plan};
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

/// What words may mean.
struct Meanings<'a> {
    /// The key of the job file that says it.
    key: &'static str,
    /// What stands before a word where it is told of.
    before: &'static str,
    /// The words of ours.
    ours: Vec<String>,
    /// Whether a word needs no meaning.
    is_ours: &'a dyn Fn(&str) -> bool,
    /// Which of ours a word means, where it can be told.
    known: &'a dyn Fn(&str) -> Option<usize>,
    /// What is asked of a word of a file, where it cannot.
    question: &'a dyn Fn(&str, &str) -> String,
    /// What else there is to do, where nobody knows.
    otherwise: &'static str,
}

impl Meanings<'_> {
    /// What the words of a column mean.
    fn of(&self, look: &mut Looking<'_>, at: usize) -> Mapping {
        let (sample, ours) = (&look.sample, &self.ours);
        let mut meanings = Mapping::new();
        for (word, rows) in counted(sample, at) {
            let of = format!("in {rows} of {} rows", sample.rows.len());
            let about = format!("{}{word}", self.before);
            if (self.is_ours)(word) {
                look.told.push(Conclusion::plain(about, of));
                continue;
            }
            let question = || (self.question)(&shown(word), &sample.file);
            let place = (self.known)(word).or_else(|| (look.ask)(&question(), ours));
            look.told.push(match place.map(|place| &ours[place]) {
                Some(meaning) => {
                    meanings.insert(word.to_owned(), meaning.clone());
                    Conclusion::line(about, value_line(self.key, word, meaning), of)
                }
                None => {
                    let evidence = format!("{of}; which of {}?{}", ours.join(", "), self.otherwise);
                    Conclusion::open(about, value_line(self.key, word, "…"), evidence)
                }
            });
        }
        meanings
    }
}

/// What words of changes mean.
pub fn changes(look: &mut Looking<'_>, at: usize) -> Mapping {
    let place = |kind: ChangeKind| ChangeKind::ALL.iter().position(|other| *other == kind);
    let meanings = Meanings {
        key: "change_values",
        before: "",
        ours: ChangeKind::ALL.map(|kind| kind.name().to_owned()).to_vec(),
        is_ours: &|word| ChangeKind::parse(word).is_some(),
        known: &|word| {
            let known = CHANGES.iter().find(|(_, lines)| is_among(lines, word));
            known.and_then(|(kind, _)| place(*kind))
        },
        question: &|word, file| format!("What does the change {word} of {file} mean?"),
        otherwise: "",
    };
    meanings.of(look, at)
}

/// Which plans of the catalogue the names of plans mean.
pub fn plans(look: &mut Looking<'_>, at: usize, catalog: &Catalog) -> Mapping {
    let plans = catalog.plans();
    let meanings = Meanings {
        key: "plan_values",
        before: "plan ",
        ours: plans.iter().map(|plan| plan.id.clone()).collect(),
        is_ours: &|word| {
            plans.iter().any(|plan| plan.id == word || plan.formerly.iter().any(|id| id == word))
        },
        known: &|word| {
            let asked = without_period(word);
            let is_it =
                |plan: &Plan| [&plan.id, &plan.name].map(|n| without_period(n)).contains(&asked);
            let place = plans.iter().position(is_it)?;
            (!plans[place + 1..].iter().any(is_it)).then_some(place)
        },
        question: &|word, file| format!("Which plan is {word} of {file}?"),
        otherwise: " Or add it to the catalogue",
    };
    meanings.of(look, at)
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
