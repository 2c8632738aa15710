//! What `waive` means: accounts are given back what the overage of a window came to.

use std::collections::BTreeSet;

use super::giving::{self, Giving, Standing};
use super::rerun;
use super::settings::RerunSettings;
use crate::base::calendar::Instant;
use crate::base::error::{Code, Error, Result};
use crate::base::ids::AccountId;
use crate::input::adjustments::Adjustment;
use crate::tables::{LineRow, StatementRow};

/// What can be said of waivers.
pub struct WaiveSettings {
    /// The rerun that they come to; it names the accounts.
    pub rerun: RerunSettings,
    /// The first instant; the month's where it is not said.
    pub from: Option<String>,
    /// The first instant after it; the month's end where it is not said.
    pub until: Option<String>,
    /// What the customers read.
    pub description: Option<String>,
}

/// Waivers before it is known what they come to.
pub struct Waiving {
    /// The rerun.
    pub rerun: RerunSettings,
    /// The accounts.
    pub accounts: BTreeSet<AccountId>,
    /// The first instant.
    pub from: Instant,
    /// The first instant after it.
    pub until: Instant,
    /// What the customers read, where it is said.
    pub description: Option<Box<str>>,
    standing: Standing,
}

const OTHERWISE: &str =
    "overage is given back once it is billed: publish the month first, by monthend run";

/// What waivers are about.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`]: an option is wrong; [`crate::base::error::Kind::Book`]: the month is
/// not published.
pub fn waiving(settings: WaiveSettings, on_completed: &mut dyn FnMut(u32)) -> Result<Waiving> {
    let WaiveSettings { rerun, from, until, description } = settings;
    let standing = Standing::of(&rerun, on_completed, OTHERWISE)?;
    let instant =
        |option, text: Option<String>| text.map(|text| standing.instant(option, &text)).transpose();
    let from = instant("--from", from)?.unwrap_or(rerun.month.start());
    let until = instant("--until", until)?.unwrap_or(rerun.month.end());
    if from >= until {
        let message = format!("--until {until} does not come after --from {from}");
        return Err(Error::new(Code::OPTION_VALUE, message).expected("the first instant after it"));
    }
    let description = description.map(|text| giving::description("--description", &text));
    Ok(Waiving {
        accounts: rerun::accounts(&rerun.accounts)?.accounts().cloned().unwrap_or_default(),
        description: description.transpose()?,
        rerun,
        from,
        until,
        standing,
    })
}

impl Waiving {
    /// When the adjustments fall due.
    pub fn at(&self) -> Instant {
        self.standing.last_instant()
    }

    /// The account's statement, and the lines of its documents.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Usage`]: it is no account of the month.
    pub fn rows(&self, account: &AccountId) -> Result<(StatementRow, Vec<LineRow>)> {
        Ok((self.standing.statement(account)?, self.standing.lines(account)?))
    }

    /// The rerun that gives the accounts what they are given back.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Usage`]: one was given otherwise before; those of a rerun.
    pub fn giving(
        self,
        adjustments: Vec<Adjustment>,
        nothing_for: Vec<AccountId>,
        on_completed: &mut dyn FnMut(u32),
    ) -> Result<Giving> {
        let given = adjustments.into_iter().map(|adjustment| {
            let lines = self.standing.lines(&adjustment.account)?;
            self.standing.given(adjustment, &lines)
        });
        let given = given.collect::<Result<Vec<_>>>()?;
        self.standing.giving(self.rerun, given, nothing_for, on_completed)
    }
}
