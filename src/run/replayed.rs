//! Every account replayed once: what the months come to in all, and who has an invoice.

use rayon::prelude::*;

use crate::base::accounts::Accounts;
use crate::base::error::Result;
use crate::base::exceptions::{Exception, ExceptionKind};
use crate::base::money::Amounts;
use crate::billing::replay::{AccountReplay, AccountReplays};

/// What is kept of all accounts' months.
#[derive(Debug, Default)]
pub struct Replayed {
    /// The accounts with at least one line, in order.
    pub with_lines: Vec<u32>,
    /// What their documents come to.
    pub amounts: Amounts,
    /// Usage over the cap that is charged nothing: one group for each account and reason (O5).
    pub unbilled: Vec<Exception>,
}

/// Accounts that are replayed in one go.
const AT_ONCE: u32 = 4096;

impl Replayed {
    /// Replays all accounts.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Input`]: an account's credits or amounts exceed DECIMAL(18).
    pub fn of(replays: &dyn AccountReplays, accounts: &Accounts) -> Result<Self> {
        let end = replays.count();
        let parts = (0..end.div_ceil(AT_ONCE)).into_par_iter().map(|part| {
            let from = part * AT_ONCE;
            let mut replayed = Replayed::default();
            for place in from..end.min(from + AT_ONCE) {
                replayed.add(&replays.at(place)?, accounts);
            }
            Ok(replayed)
        });
        let mut whole = Replayed::default();
        for part in parts.collect::<Result<Vec<_>>>()? {
            whole.with_lines.extend(part.with_lines);
            whole.unbilled.extend(part.unbilled);
            whole.amounts += part.amounts;
        }
        Ok(whole)
    }

    fn add(&mut self, outcome: &AccountReplay, accounts: &Accounts) {
        if outcome.lines().next().is_some() {
            self.with_lines.push(outcome.account);
            self.amounts += Amounts {
                subscription: outcome.subscription_amount.minor().into(),
                grants: outcome.grants_amount.minor().into(),
                adjustments: outcome.adjustments_amount.minor().into(),
                overage: outcome.overage_amount.minor().into(),
                total: outcome.total_amount.minor().into(),
            };
        }
        self.unbilled.extend(outcome.over_cap.reasons().map(|(reason, credits)| Exception {
            account: accounts.id(outcome.account).into(),
            kind: ExceptionKind::UnbilledUsage,
            detail: reason.name().to_owned(),
            rows: None,
            credits: Some(credits.micros().into()),
            first_at: None,
            last_at: None,
            sample_id: String::new(),
        }));
    }
}
