//! What `adjust` and `waive` mean: a rerun of the accounts, which is given adjustments of its own making.

use std::collections::BTreeSet;

use super::environment;
use super::rerun::rerun_request;
use super::settings::RerunSettings;
use crate::base::calendar::{Instant, Month};
use crate::base::digest;
use crate::base::error::{Code, Error, Result};
use crate::base::ids::AccountId;
use crate::base::money::{Currency, Money};
use crate::base::scratch::ScratchFolder;
use crate::book::{Book, Revision};
use crate::input::adjustments::{self, Adjustment};
use crate::run::complete;
use crate::run::request::{Purpose, Request};
use crate::tables::{LineRow, StatementRow, no_such_account, records, records_of};

/// A rerun that is given adjustments.
pub struct Giving {
    /// The book.
    pub book: Book,
    /// The request.
    pub request: Request,
    /// What the accounts are given, or were given before.
    pub adjustments: Vec<Given>,
    /// Accounts that are given nothing, though they were asked for.
    pub nothing_for: Vec<AccountId>,
    /// The currency of the month.
    pub currency: Currency,
    /// Where the file of adjustments lies meanwhile, and the tables of a dry run.
    _scratch: ScratchFolder,
}

/// An adjustment that is given.
pub struct Given {
    /// What it is.
    pub adjustment: Adjustment,
    /// The document that has it already, where it is not given now.
    pub given_by: Option<String>,
}

/// A month's revision in force, from which accounts are given something.
pub(super) struct Standing {
    pub revision: Revision,
    pub month: Month,
    pub currency: Currency,
}

impl Standing {
    /// Of the month that the settings name, once what a crash left of it is completed. `otherwise` is what to
    /// do where the month is not published.
    pub fn of(
        settings: &RerunSettings,
        on_completed: &mut dyn FnMut(u32),
        otherwise: &str,
    ) -> Result<Self> {
        let RerunSettings { book, month, purpose, .. } = settings;
        if *purpose == Purpose::Publish && settings.correction.reason.is_none() {
            let message = format!("a further revision of {month} needs a reason");
            return Err(Error::new(Code::REASON_MISSING, message)
                .expected("--reason TEXT, which its notes will carry; or --dry-run"));
        }
        if *purpose == Purpose::Publish
            && let Some(revision) = complete(book, *month, &environment::holder())?
        {
            on_completed(revision);
        }
        book.not_archived(*month)?;
        let revision = book.current(*month)?.ok_or_else(|| {
            Error::new(Code::NOT_PUBLISHED, format!("{month} is not in the book yet"))
                .in_file(book.folder())
                .hint(otherwise.to_owned())
        })?;
        let currency = revision.catalog()?.currency;
        Ok(Standing { revision, month: *month, currency })
    }

    /// The account's statement.
    pub fn statement(&self, account: &AccountId) -> Result<StatementRow> {
        let tables = self.revision.tables()?;
        let statement = records_of::<StatementRow>(tables, account)?.pop();
        statement.ok_or_else(|| no_such_account(tables, account, self.month))
    }

    /// The lines of the account's documents.
    pub fn lines(&self, account: &AccountId) -> Result<Vec<LineRow>> {
        records_of(self.revision.tables()?, account)
    }

    /// An instant within the month.
    pub fn instant(&self, option: &str, text: &str) -> Result<Instant> {
        let refused = |why: String| {
            Error::new(Code::OPTION_VALUE, format!("{option} {text} {why}")).expected(format!(
                "an instant of {}, such as {}",
                self.month,
                self.month.start()
            ))
        };
        let at = Instant::parse(text).map_err(|e| refused(e.to_string()))?;
        let is_within = self.month.contains(at) || (option == "--until" && at == self.month.end());
        is_within.then_some(at).ok_or_else(|| refused(format!("does not lie in {}", self.month)))
    }

    /// The month's last instant.
    pub fn last_instant(&self) -> Instant {
        self.month.end().plus_micros(-1)
    }

    /// The adjustment, and the document that has it already, if one has.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Usage`]: its id was given with another amount.
    pub fn given(&self, adjustment: Adjustment, lines: &[LineRow]) -> Result<Given> {
        let own = |line: &&LineRow| line.adjustment_id.as_deref() == Some(&adjustment.id);
        let sum: i128 = lines.iter().filter(own).map(|line| i128::from(line.amount)).sum();
        let given_by = lines.iter().find(own).filter(|_| sum != 0);
        if let Some(line) = given_by.filter(|_| sum != i128::from(adjustment.amount)) {
            let amount = |amount: i128| self.currency.amount(amount);
            let (id, was) = (&adjustment.id, amount(sum));
            return Err(Error::new(
                Code::ADJUSTMENT_GIVEN,
                format!(
                    "adjustment `{id}` was given already by {} as {was} {}, and not as {}",
                    line.document_id,
                    self.currency.code(),
                    amount(adjustment.amount.into())
                ),
            )
            .hint(
                "what was given stands: give the difference by `monthend adjust`, under another id",
            ));
        }
        Ok(Given { given_by: given_by.map(|line| line.document_id.clone()), adjustment })
    }

    /// Makes sure that no other account's adjustment of the month has an id: of two, only one would count
    /// (X3).
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Usage`]: one has.
    pub fn check_free(&self, id: &str, account: &AccountId) -> Result<()> {
        for row in records::<LineRow>(self.revision.tables()?)? {
            let LineRow { adjustment_id, account_id, document_id, .. } = row?;
            if adjustment_id.as_deref() == Some(id) && account_id != *account {
                let message =
                    format!("adjustment `{id}` was given to `{account_id}`, by {document_id}");
                return Err(Error::new(Code::ADJUSTMENT_GIVEN, message)
                    .expected("an id that no other account's adjustment of the month has"));
            }
        }
        Ok(())
    }

    /// The rerun of all these accounts, which is given what they were not given before.
    pub fn giving(
        &self,
        mut settings: RerunSettings,
        adjustments: Vec<Given>,
        nothing_for: Vec<AccountId>,
        on_completed: &mut dyn FnMut(u32),
    ) -> Result<Giving> {
        let scratch = ScratchFolder::make(None).map_err(|e| {
            Error::new(Code::TEMPORARY_FOLDER, "no temporary folder can be made")
                .caused_by(e)
                .hint("set TMPDIR to a folder with free space")
        })?;
        let accounts: BTreeSet<&AccountId> =
            adjustments.iter().map(|given| &given.adjustment.account).collect();
        settings.accounts = accounts.into_iter().map(ToString::to_string).collect();
        let new = adjustments.iter().filter(|given| given.given_by.is_none());
        let new: Vec<Adjustment> = new.map(|given| given.adjustment.clone()).collect();
        if !new.is_empty() {
            let text = adjustments::text(&new, self.currency)?;
            // Named by its content, so that the same is known again.
            let name = format!("adjustments-{}.csv", &digest::of_bytes(&text)[..12]);
            let path = scratch.path().join(name);
            std::fs::write(&path, text).map_err(|e| {
                Error::new(Code::TEMPORARY_FOLDER, "the adjustments cannot be written")
                    .in_file(&path)
                    .caused_by(e)
            })?;
            settings.add_adjustments = vec![path];
            settings.written = Some(scratch.path().to_owned());
        }
        if settings.purpose == Purpose::DryRun && settings.correction.out.is_none() {
            settings.correction.out = Some(scratch.path().join("tables"));
        }
        let book = settings.book.clone();
        let request = rerun_request(settings, on_completed)?;
        let currency = self.currency;
        Ok(Giving { book, request, adjustments, nothing_for, currency, _scratch: scratch })
    }
}

/// An amount of an adjustment.
pub(super) fn amount(text: &str, currency: Currency) -> Result<Money> {
    let refused = |why: String| {
        Error::new(Code::OPTION_VALUE, format!("--amount {text} {why}"))
            .expected(format!("an amount of {} other than 0, such as -5", currency.code()))
    };
    let amount = crate::base::money::parse_signed(text, u32::from(currency.decimals()));
    match amount.map_err(|e| refused(e.to_string()))? {
        Money::ZERO => Err(refused("is nothing".to_owned())),
        amount => Ok(amount),
    }
}

/// What the customer reads.
pub(super) fn description(option: &str, text: &str) -> Result<Box<str>> {
    match adjustments::is_description(text) {
        true => Ok(text.into()),
        false => Err(Error::new(
            Code::OPTION_VALUE,
            format!("{option} is no description of a line that the customer reads"),
        )
        .expected("a line of 1 to 200 characters")
        .hint("--description TEXT says it otherwise than the reason")),
    }
}
