//! What another state at the beginning of the month explains of an account's month.

use crate::book::differences::account_month::Opening;
use crate::book::differences::aspects::Aspects;
use crate::book::differences::context::Ground;
use crate::book::differences::merge::Pair;
use crate::tables::{StateRow, StatementRow};

/// The aspects that the opening state moves in which the account differs; none where it is the
/// same. `by_catalogue` is what the catalogue explains already.
pub(super) fn explained(pair: &Pair, ground: &Ground, by_catalogue: Aspects) -> Aspects {
    if ground.same_opening {
        return Aspects::NONE;
    }
    match (&pair.before.opening, &pair.after.opening) {
        (Opening::Row(one), Opening::Row(other)) => of_rows(one, other),
        (Opening::Absent, Opening::Absent) => Aspects::NONE,
        (Opening::NotAtHand, _) | (_, Opening::NotAtHand) => {
            of_statements(pair, ground, by_catalogue)
        }
        _ => Aspects::ALL,
    }
}

fn of_rows(one: &StateRow, other: &StateRow) -> Aspects {
    let all_but_trial = Aspects::ALL.without(Aspects::SIGNUP | Aspects::TRIAL);
    let fees = Aspects::PLANS | Aspects::FEES | Aspects::POOLS;
    let same_trial = (one.trial_ends_at, one.trial_left) == (other.trial_ends_at, other.trial_left);
    all_but_trial.only_if(one.plan != other.plan)
        // Whether an upgrade is the first one depends on it (F2, C4).
        | fees.only_if(one.first_paid_at != other.first_paid_at)
        | (Aspects::SIGNUP | Aspects::TRIAL).only_if(one.signed_up_at != other.signed_up_at)
        | Aspects::TRIAL.only_if(!same_trial)
        | (Aspects::SWITCH | Aspects::SPLIT | Aspects::RATE)
            .only_if(one.overage_on != other.overage_on)
}

/// Without the states it is the statements that tell what they say of the opening. Where neither
/// month has one, its plans come from the change log.
fn of_statements(pair: &Pair, ground: &Ground, by_catalogue: Aspects) -> Aspects {
    let genesis = ground.genesis == [true, true];
    let existed = |row: &StatementRow| row.opening_plan.is_some();
    match (&pair.before.statement, &pair.after.statement) {
        (Some(one), Some(other)) => {
            let plan = one.opening_plan != other.opening_plan && !by_catalogue.has(Aspects::PLANS);
            let trial = existed(one)
                && existed(other)
                && one.trial_opening != other.trial_opening
                && !by_catalogue.has(Aspects::TRIAL)
                && !(genesis && signed_up_otherwise(pair));
            Aspects::ALL.only_if(plan && !genesis) | Aspects::TRIAL.only_if(trial)
        }
        (Some(row), None) => Aspects::ALL.only_if(existed(row) && !ground.genesis[0]),
        (None, Some(row)) => Aspects::ALL.only_if(existed(row) && !ground.genesis[1]),
        (None, None) => Aspects::NONE,
    }
}

/// Whether states that are not at hand may differ.
pub(super) fn is_unseen(pair: &Pair, ground: &Ground) -> bool {
    let at_hand = |opening: &Opening| *opening != Opening::NotAtHand;
    let both_at_hand = at_hand(&pair.before.opening) && at_hand(&pair.after.opening);
    !both_at_hand && !ground.same_opening && ground.genesis != [true, true]
}

fn signed_up_otherwise(pair: &Pair) -> bool {
    let at = |state: &Option<StateRow>| state.as_ref().map(|row| row.signed_up_at);
    at(&pair.before.state) != at(&pair.after.state)
}
