//! What is known of a part of a month besides its tables, and what all parts come to.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::facts::MonthFacts;
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::ids::AccountId;
use crate::base::money::Amounts;
use crate::base::part::Part;
use crate::billing::rollup::{Count, RolledUpBy, SHARING_NAMED, UsageControl};
use crate::billing::timeline::ChangeControl;
use crate::book::{InputFile, OpeningRecord};
use crate::check::RunSums;
use crate::input::adjustments::AdjustmentControl;
use crate::input::logs::PassedOver;
use crate::tables::RowsDigest;

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
    /// What became of every usage row, by what is known of its accounts.
    pub usage: UsageControl,
    /// What became of every usage row for all accounts, where an engine tells.
    pub whole_usage: Option<UsageControl>,
    /// What became of every change.
    pub changes: ChangeControl,
    /// What became of every adjustment.
    pub adjustments: AdjustmentControl,
    /// Accounts that share ids with others, as far as it is known.
    pub sharing_ids: Option<BTreeSet<AccountId>>,
    /// Who rolled up the usage, where it was not this program.
    pub rolled_up_by: Option<RolledUpBy>,
    /// Bytes that went to the disk meanwhile.
    pub spilled: u64,
    /// Bytes that were kept there.
    pub kept: u64,
    /// What the first part knows for all.
    pub of_files: Option<OfFiles>,
}

/// What is the same for all accounts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct OfFiles {
    pub opening_record: OpeningRecord,
    pub inputs: Vec<InputFile>,
    pub rejects: u64,
    pub times_of_change: BTreeMap<String, String>,
    pub passed_over: Vec<PassedOver>,
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
    let first = parts.first().and_then(|part| Some((part, part.of_files.clone()?)));
    let (first, of_files) = first.ok_or_else(|| disagree("what it was billed from"))?;
    let one_basis = parts.iter().all(|part| {
        (&part.basis, &part.settings) == (&first.basis, &first.settings)
            && part.rolled_up_by == first.rolled_up_by
            && part.whole_usage == first.whole_usage
    });
    if !one_basis {
        return Err(disagree("what it was billed from"));
    }
    let usage = match &first.whole_usage {
        Some(whole) => whole.clone(),
        None => {
            let is_genesis = of_files.opening_record == OpeningRecord::Genesis;
            let usage = usage(parts, first.month, is_genesis);
            usage.ok_or_else(|| disagree("the usage that was read"))?
        }
    };
    let OfFiles { opening_record, inputs, rejects, times_of_change, passed_over } = of_files;
    Ok(MonthFacts {
        opening_record,
        inputs,
        kept_inputs: Vec::new(),
        is_list_idle: false,
        late_usage: Vec::new(),
        rejects,
        usage,
        changes: changes(parts).ok_or_else(|| disagree("the changes that were read"))?,
        adjustments: adjustments(parts).ok_or_else(|| disagree("the adjustments"))?,
        times_of_change,
        passed_over,
        sharing_ids: sharing_ids(parts),
        rolled_up_by: first.rolled_up_by.clone(),
        spilled: parts.iter().map(|part| part.spilled).sum(),
        kept: parts.iter().map(|part| part.kept).sum(),
    })
}

/// Whether something is the same in all parts.
fn is_one<T: PartialEq>(parts: &[PartFacts], of: impl Fn(&PartFacts) -> T) -> bool {
    parts.windows(2).all(|pair| of(&pair[0]) == of(&pair[1]))
}

/// What became of every row: each part has looked at all of them, and has counted those of all other accounts as
/// such. `None` where they have seen different rows.
fn usage(parts: &[PartFacts], month: Month, is_genesis: bool) -> Option<UsageControl> {
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
    if is_genesis {
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
fn changes(parts: &[PartFacts]) -> Option<ChangeControl> {
    let first = parts.first()?.changes;
    let seen = |part: &PartFacts| {
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
fn adjustments(parts: &[PartFacts]) -> Option<AdjustmentControl> {
    let first = parts.first()?.adjustments.clone();
    let seen = |part: &PartFacts| {
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
fn sharing_ids(parts: &[PartFacts]) -> Option<BTreeSet<AccountId>> {
    let mut all = BTreeSet::new();
    for part in parts {
        all.extend(part.sharing_ids.as_ref()?.iter().cloned());
    }
    Some(all).filter(|all| all.len() <= SHARING_NAMED)
}
