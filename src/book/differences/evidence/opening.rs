//! What another state at the beginning of the month explains of an account's month.

use crate::book::differences::account_month::OpeningRow;
use crate::book::differences::account_pairs::AccountPair;
use crate::book::differences::areas::Areas;
use crate::book::differences::context::RunContext;
use crate::tables::{StateRow, StatementRow};

/// The areas that the opening state moves in which the account differs; none where it is the
/// same. `by_catalogue` is what the catalogue explains already.
pub(super) fn explained(pair: &AccountPair, context: &RunContext, by_catalogue: Areas) -> Areas {
    let by_grants = Areas::GRANTS.only_if(!context.same_grants);
    if context.same_opening {
        return by_grants;
    }
    by_grants
        | match (&pair.before.opening, &pair.after.opening) {
            (OpeningRow::Row(one), OpeningRow::Row(other)) => of_rows(one, other),
            (OpeningRow::Absent, OpeningRow::Absent) => Areas::NONE,
            (OpeningRow::NotAtHand, _) | (_, OpeningRow::NotAtHand) => {
                of_statements(pair, context, by_catalogue)
            }
            _ => Areas::ALL,
        }
}

fn of_rows(one: &StateRow, other: &StateRow) -> Areas {
    let all_but_trial = Areas::ALL.without(Areas::SIGNUP | Areas::TRIAL);
    let fees = Areas::PLANS | Areas::FEES | Areas::POOLS;
    let same_trial = (one.trial_ends_at, one.trial_left) == (other.trial_ends_at, other.trial_left);
    all_but_trial.only_if(one.plan != other.plan)
        // Whether an upgrade is the first one depends on it (F2, C4).
        | fees.only_if(one.first_paid_at != other.first_paid_at)
        | (Areas::SIGNUP | Areas::TRIAL).only_if(one.signed_up_at != other.signed_up_at)
        | Areas::TRIAL.only_if(!same_trial)
        | (Areas::LIMIT | Areas::SPLIT).only_if(one.overage_limit != other.overage_limit)
        | (Areas::SWITCH | Areas::SPLIT | Areas::RATE)
            .only_if(one.overage_on != other.overage_on)
}

/// Without the states it is the statements that tell what they say of the opening. Where neither
/// month has one, its plans come from the change log.
fn of_statements(pair: &AccountPair, context: &RunContext, by_catalogue: Areas) -> Areas {
    let genesis = context.genesis == [true, true];
    let existed = |row: &StatementRow| row.opening_plan.is_some();
    match (&pair.before.statement, &pair.after.statement) {
        (Some(one), Some(other)) => {
            let plan = one.opening_plan != other.opening_plan && !by_catalogue.has(Areas::PLANS);
            let trial = existed(one)
                && existed(other)
                && one.trial_opening != other.trial_opening
                && !by_catalogue.has(Areas::TRIAL)
                && !(genesis && signed_up_otherwise(pair));
            Areas::ALL.only_if(plan && !genesis) | Areas::TRIAL.only_if(trial)
        }
        (Some(row), None) => Areas::ALL.only_if(existed(row) && !context.genesis[0]),
        (None, Some(row)) => Areas::ALL.only_if(existed(row) && !context.genesis[1]),
        (None, None) => Areas::NONE,
    }
}

/// Whether states that are not at hand may differ.
pub(super) fn is_unseen(pair: &AccountPair, context: &RunContext) -> bool {
    let at_hand = |opening: &OpeningRow| *opening != OpeningRow::NotAtHand;
    let both_at_hand = at_hand(&pair.before.opening) && at_hand(&pair.after.opening);
    !both_at_hand && !context.same_opening && context.genesis != [true, true]
}

fn signed_up_otherwise(pair: &AccountPair) -> bool {
    let at = |state: &Option<StateRow>| state.as_ref().map(|row| row.signed_up_at);
    at(&pair.before.state) != at(&pair.after.state)
}
