//! What is known of a month besides what its accounts come to, of a part of a month besides its tables, and what all
//! parts come to.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::input_files::KeptFile;
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::ids::AccountId;
use crate::base::money::Amounts;
use crate::base::part::Part;
use crate::billing::rollup::{Count, RolledUpBy, SHARING_NAMED, UsageControl};
use crate::billing::timeline::ChangeControl;
use crate::book::{InputFile, LateUsage, OpeningRecord};
use crate::check::RunSums;
use crate::input::adjustments::AdjustmentControl;
use crate::input::logs::PassedOver;
use crate::tables::RowsDigest;

/// What is known of a month besides what its accounts come to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MonthFacts {
    /// Where its opening came from.
    pub opening_record: OpeningRecord,
    /// Every file that went in.
    pub inputs: Vec<InputFile>,
    /// What of it is kept with the revision.
    #[serde(skip)]
    pub kept_inputs: Vec<KeptFile>,
    /// Whether the list of events that was given, if one was, names none of the month.
    pub is_list_idle: bool,
    /// Rows of earlier months that these were not billed from; they are exceptions, too.
    #[serde(skip)]
    pub late_usage: Vec<LateUsage>,
    /// How many rows cannot be read.
    pub rejects: u64,
    /// What became of every usage row.
    pub usage: UsageControl,
    /// What became of every change.
    pub changes: ChangeControl,
    /// What became of every adjustment.
    pub adjustments: AdjustmentControl,
    /// When each input had been changed last, as RFC 3339.
    pub times_of_change: BTreeMap<String, String>,
    /// What was come upon and not read.
    pub passed_over: Vec<PassedOver>,
    /// Accounts whose events share an id with another account's; `None` where that is not known.
    pub sharing_ids: Option<BTreeSet<AccountId>>,
    /// Who rolled up the usage, where it was not this run.
    pub rolled_up_by: Option<RolledUpBy>,
    /// Bytes of event ids that exceeded the memory budget, and went to the disk meanwhile.
    pub spilled: u64,
    /// Bytes that were read of logs and took room on the disk meanwhile, so as not to be read again.
    pub kept: u64,
}

/// What is known of a part of a month besides its tables: `part.json` beside them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct PartFacts {
    /// The month.
    pub month: Month,
    /// The part, such as `3/8`.
    pub part: Part,
    /// What it was billed by, digested: program, catalogue, options.
    pub settings: String,
    /// What it was billed from, digested: files, opening, rollup.
    pub basis: String,
    /// What its tables hold.
    pub rows: BTreeMap<String, RowsDigest>,
    /// What they add up to.
    pub totals: RunSums,
    /// Its accounts.
    pub accounts: u64,
    /// Its documents.
    pub documents: u64,
    /// What these come to.
    pub amounts: Amounts,
    /// What became of every usage row for all accounts, where an engine tells.
    pub whole_usage: Option<UsageControl>,
    /// What is known besides: of usage, changes and adjustments by what is known of its accounts, of files by the first
    /// part for all.
    pub of_month: MonthFacts,
}

/// What all parts of a month come to; late usage is not among it.
///
/// # Errors
/// [`Code::PARTS_DISAGREE`]: they contradict each other.
pub(super) fn together(parts: &[PartFacts]) -> Result<MonthFacts> {
    let disagree = |what: &str| {
        Error::new(Code::PARTS_DISAGREE, format!("the parts of the month disagree about {what}"))
            .hint("bill all parts again, from the same inputs")
    };
    let first = parts.first().filter(|first| first.part.is_first());
    let first = first.ok_or_else(|| disagree("what it was billed from"))?;
    let one_basis = parts.iter().all(|part| {
        (&part.basis, &part.settings) == (&first.basis, &first.settings)
            && part.of_month.rolled_up_by == first.of_month.rolled_up_by
            && part.whole_usage == first.whole_usage
    });
    if !one_basis {
        return Err(disagree("what it was billed from"));
    }
    let of_month: Vec<&MonthFacts> = parts.iter().map(|part| &part.of_month).collect();
    let usage = match &first.whole_usage {
        Some(whole) => Some(whole.clone()),
        None => usage(&of_month, first.month),
    };
    Ok(MonthFacts {
        usage: usage.ok_or_else(|| disagree("the usage that was read"))?,
        changes: changes(&of_month).ok_or_else(|| disagree("the changes that were read"))?,
        adjustments: adjustments(&of_month).ok_or_else(|| disagree("the adjustments"))?,
        sharing_ids: sharing_ids(&of_month),
        spilled: of_month.iter().map(|part| part.spilled).sum(),
        kept: of_month.iter().map(|part| part.kept).sum(),
        ..first.of_month.clone()
    })
}

/// Whether something is the same in all parts.
fn is_one<T: PartialEq>(parts: &[&MonthFacts], of: impl Fn(&MonthFacts) -> T) -> bool {
    parts.windows(2).all(|pair| of(pair[0]) == of(pair[1]))
}

/// What became of every row: each part has looked at all of them, and has counted those of all other accounts as
/// such. `None` where they have seen different rows.
fn usage(parts: &[&MonthFacts], month: Month) -> Option<UsageControl> {
    let first = &parts.first()?.usage;
    let of_others =
        |outside: &BTreeMap<Month, u64>| outside.range(month..).map(|(m, n)| (*m, *n)).collect();
    let is_same = is_one(parts, |part| {
        let usage = &part.usage;
        let later: BTreeMap<Month, u64> = of_others(&usage.outside);
        (usage.read.rows, usage.rejected, usage.passed_over, later)
    });
    if !is_same {
        return None;
    }
    let sum = |of: fn(&UsageControl) -> Count| {
        let mut sum = Count::default();
        parts.iter().for_each(|part| sum.merge(of(&part.usage)));
        sum
    };
    let (own, others) = (sum(|usage| usage.read), sum(|usage| usage.other_accounts));
    let rejected = first.rejected;
    // What cannot be read is counted by each.
    let more = i128::try_from(parts.len()).ok()? - 1;
    let read = Count {
        rows: first.read.rows,
        credits: own.credits - others.credits - more * rejected.credits,
    };
    // Of a first month each part has looked at its own rows before it; of any other nobody has.
    let mut outside = first.outside.clone();
    if parts.first()?.opening_record == OpeningRecord::Genesis {
        outside = of_others(&first.outside);
        for (of, rows) in parts.iter().flat_map(|part| part.usage.outside.range(..month)) {
            *outside.entry(*of).or_default() += rows;
        }
    }
    Some(UsageControl {
        read,
        used: sum(|usage| usage.used),
        duplicates: sum(|usage| usage.duplicates),
        rejected,
        excepted: sum(|usage| usage.excepted),
        other_accounts: Count::default(),
        outside,
        passed_over: first.passed_over,
        before_in_trial: sum(|usage| usage.before_in_trial),
        last_used: parts.iter().map(|part| part.usage.last_used).max().flatten(),
        of_concern: parts.iter().map(|part| part.usage.of_concern).sum(),
        rounded_rows: parts.iter().map(|part| part.usage.rounded_rows).sum(),
        rounding_moved: parts.iter().map(|part| part.usage.rounding_moved).sum(),
    })
}

/// What became of every change, likewise.
fn changes(parts: &[&MonthFacts]) -> Option<ChangeControl> {
    let first = parts.first()?.changes;
    let seen = |part: &MonthFacts| {
        let ChangeControl { read, duplicates, rejected, rounded, .. } = part.changes;
        (read, duplicates, rejected, rounded)
    };
    let sum = |of: fn(&ChangeControl) -> u64| parts.iter().map(|part| of(&part.changes)).sum();
    is_one(parts, seen).then(|| ChangeControl {
        applied: sum(|changes| changes.applied),
        excepted: sum(|changes| changes.excepted),
        outside: sum(|changes| changes.outside),
        other_accounts: 0,
        ..first
    })
}

/// What became of every adjustment, likewise.
fn adjustments(parts: &[&MonthFacts]) -> Option<AdjustmentControl> {
    let first = parts.first()?.adjustments.clone();
    let seen = |part: &MonthFacts| {
        let AdjustmentControl { read, duplicates, rejected, outside, .. } = &part.adjustments;
        (*read, *duplicates, *rejected, outside.clone())
    };
    let all = || parts.iter().map(|part| &part.adjustments);
    is_one(parts, seen).then(|| AdjustmentControl {
        used: all().map(|own| own.used).sum(),
        amount: all().map(|own| own.amount).sum(),
        excepted: all().map(|own| own.excepted).sum(),
        other_accounts: 0,
        ..first
    })
}

/// The accounts that share ids; `None` where they are too many to be named.
fn sharing_ids(parts: &[&MonthFacts]) -> Option<BTreeSet<AccountId>> {
    let mut all = BTreeSet::new();
    for part in parts {
        all.extend(part.sharing_ids.as_ref()?.iter().cloned());
    }
    Some(all).filter(|all| all.len() <= SHARING_NAMED)
}
