//! Faults, each planted by itself into all that is known before a month of the fixtures is written.

use std::ops::{AddAssign, Deref, DerefMut};

use monthend::base::calendar::{DAY_MICROS, Instant};
use monthend::base::credits::Credits;
use monthend::base::exceptions::{Exception, ExceptionKind};
use monthend::base::money::Money;
use monthend::billing::replay::AccountReplay;
use monthend::billing::timeline::AccountMonth;
use monthend::run::{AccountMonths, MonthFacts};

use super::Outcome;

/// All that is known before a month is written, with what each account's month comes to.
pub struct Planted {
    pub facts: MonthFacts,
    pub months: AccountMonths,
    pub outcomes: Vec<AccountReplay>,
}

impl Deref for Planted {
    type Target = AccountMonths;

    fn deref(&self) -> &AccountMonths {
        &self.months
    }
}

impl DerefMut for Planted {
    fn deref_mut(&mut self) -> &mut AccountMonths {
        &mut self.months
    }
}

/// A fault, and what the check must say of it: the rule, whose sum, and the sums.
pub struct Plant {
    pub name: &'static str,
    pub fault: fn(&mut Planted) -> Outcome,
    pub told: &'static str,
}

/// A fault.
pub const fn plant(
    name: &'static str,
    fault: fn(&mut Planted) -> Outcome,
    told: &'static str,
) -> Plant {
    Plant { name, fault, told }
}

/// All that is known of an account.
pub fn of<'a>(
    prepared: &'a mut Planted,
    account: &str,
) -> Outcome<(&'a mut AccountReplay, &'a mut AccountMonth)> {
    let number = prepared.timeline.accounts.find(account);
    let number = number.ok_or_else(|| format!("{account} is no account"))?;
    let Planted { months, outcomes, .. } = prepared;
    let outcome = outcomes.iter_mut().find(|outcome| outcome.account == number);
    let month = &mut months.timeline.months[number as usize];
    Ok((outcome.ok_or_else(|| format!("{account} has no outcome"))?, month))
}

/// One minor unit more.
pub fn more(amount: &mut Money) -> Outcome {
    *amount = Money::from_minor(i128::from(amount.minor()) + 1)?;
    Ok(())
}

/// One micro-credit more.
pub fn more_of(credits: &mut Credits) -> Outcome {
    *credits = Credits::from_micros(i128::from(credits.micros()) + 1)?;
    Ok(())
}

/// A day later.
pub fn later(at: &mut Instant) -> Outcome {
    set(at, at.plus_micros(DAY_MICROS))
}

/// Another value.
pub fn set<T>(place: &mut T, value: T) -> Outcome {
    *place = value;
    Ok(())
}

/// A larger number.
pub fn add<T: AddAssign>(place: &mut T, more: T) -> Outcome {
    *place += more;
    Ok(())
}

/// Forgets an account's outcome.
pub fn remove_outcome(prepared: &mut Planted, account: &str) -> Outcome {
    let number = of(prepared, account)?.0.account;
    prepared.outcomes.retain(|outcome| outcome.account != number);
    Ok(())
}

/// An account's exception of a kind.
pub fn exception<'a>(
    prepared: &'a mut Planted,
    kind: ExceptionKind,
    account: &str,
) -> Outcome<&'a mut Exception> {
    let mut exceptions = prepared.exceptions.iter_mut();
    let found = exceptions.find(|e| e.kind == kind && e.account == account);
    Ok(found.ok_or_else(|| format!("no such exception of {account}"))?)
}
