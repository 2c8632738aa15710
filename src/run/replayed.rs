//! Every account replayed once: what the months come to in all, and who has an invoice.

use rayon::prelude::*;

use crate::base::accounts::Accounts;
use crate::base::error::Result;
use crate::base::exceptions::{Exception, ExceptionKind};
use crate::billing::replay::{AccountReplay, AccountReplays};

/// What is kept of all accounts' months.
#[derive(Debug, Default)]
pub struct Replayed {
    /// The accounts with at least one line, in order.
    pub with_lines: Vec<u32>,
    /// Their fees, their overage, and both.
    pub amounts: [i128; 3],
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
    pub fn of(outcomes: &dyn AccountReplays, accounts: &Accounts) -> Result<Self> {
        let end = outcomes.count();
        let parts = (0..end.div_ceil(AT_ONCE)).into_par_iter().map(|part| {
            let from = part * AT_ONCE;
            let mut replayed = Replayed::default();
            for place in from..end.min(from + AT_ONCE) {
                replayed.add(&outcomes.at(place)?, accounts);
            }
            Ok(replayed)
        });
        let mut whole = Replayed::default();
        for part in parts.collect::<Result<Vec<_>>>()? {
            whole.with_lines.extend(part.with_lines);
            whole.unbilled.extend(part.unbilled);
            whole.amounts.iter_mut().zip(part.amounts).for_each(|(sum, own)| *sum += own);
        }
        Ok(whole)
    }

    fn add(&mut self, outcome: &AccountReplay, accounts: &Accounts) {
        if outcome.lines().next().is_some() {
            self.with_lines.push(outcome.account);
            let AccountReplay { subscription_amount, overage_amount, total_amount, .. } = outcome;
            let amounts = [subscription_amount, overage_amount, total_amount];
            let amounts = amounts.map(|amount| i128::from(amount.minor()));
            self.amounts.iter_mut().zip(amounts).for_each(|(sum, own)| *sum += own);
        }
        self.unbilled.extend(outcome.over_cap.reasons().map(|(reason, credits)| Exception {
            account: accounts.id(outcome.account).to_owned(),
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
