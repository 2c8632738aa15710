//! What `adjust` and `waive` mean: a rerun of the accounts, which is given adjustments of its own making.

use std::collections::BTreeSet;

use super::environment;
use super::rerun::{OnCompleted, accounts, rerun_request};
use super::settings::RerunSettings;
use crate::base::calendar::{Instant, Month};
use crate::base::digest;
use crate::base::error::{Code, Error, Result};
use crate::base::ids::{AccountId, check_id};
use crate::base::money::{Currency, Money, parse_signed};
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
struct Standing {
    revision: Revision,
    month: Month,
    currency: Currency,
}

impl Standing {
    /// Of the month that the settings name, once what a crash left of it is completed. `otherwise` is what to
    /// do where the month is not published.
    fn of(settings: &RerunSettings, on_completed: OnCompleted, otherwise: &str) -> Result<Self> {
        let RerunSettings { book, month, options } = settings;
        let publishes = options.purpose == Purpose::Publish;
        if publishes && options.correction.reason.is_none() {
            let message = format!("a further revision of {month} needs a reason");
            return Err(Error::new(Code::REASON_MISSING, message)
                .expected("--reason TEXT, which its notes will carry; or --dry-run"));
        }
        if publishes && let Some(revision) = complete(book, *month, &environment::holder())? {
            on_completed(book, *month, revision);
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
    fn statement(&self, account: &AccountId) -> Result<StatementRow> {
        let tables = self.revision.tables()?;
        let statement = records_of::<StatementRow>(tables, account)?.pop();
        statement.ok_or_else(|| no_such_account(tables, account, self.month))
    }

    /// The lines of the account's documents.
    fn lines(&self, account: &AccountId) -> Result<Vec<LineRow>> {
        records_of(self.revision.tables()?, account)
    }

    /// An instant within the month.
    fn instant(&self, option: &str, text: &str) -> Result<Instant> {
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
    fn last_instant(&self) -> Instant {
        self.month.end().plus_micros(-1)
    }

    /// The adjustment, and the document that has it already, if one has.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Usage`]: its id was given with another amount.
    fn given(&self, adjustment: Adjustment, lines: &[LineRow]) -> Result<Given> {
        let own = |line: &&LineRow| line.adjustment_id.as_deref() == Some(&adjustment.id);
        let sum: i128 = lines.iter().filter(own).map(|line| i128::from(line.amount)).sum();
        let given_by = lines.iter().find(own).filter(|_| sum != 0);
        if let Some(line) = given_by.filter(|_| sum != i128::from(adjustment.amount)) {
            let amount = |amount: i128| self.currency.amount(amount);
            let (id, was) = (&adjustment.id, amount(sum));
            let message = format!(
                "adjustment `{id}` was given already by {} as {was} {}, and not as {}",
                line.document_id,
                self.currency.code(),
                amount(adjustment.amount.into())
            );
            return Err(Error::new(Code::ADJUSTMENT_GIVEN, message).hint(
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
    fn check_free(&self, id: &str, account: &AccountId) -> Result<()> {
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
    fn giving(
        &self,
        mut settings: RerunSettings,
        adjustments: Vec<Given>,
        nothing_for: Vec<AccountId>,
        on_completed: OnCompleted,
    ) -> Result<Giving> {
        let scratch = ScratchFolder::make(None).map_err(|e| {
            Error::new(Code::TEMPORARY_FOLDER, "no temporary folder can be made")
                .caused_by(e)
                .hint("set TMPDIR to a folder with free space")
        })?;
        let accounts: BTreeSet<&AccountId> =
            adjustments.iter().map(|given| &given.adjustment.account).collect();
        let options = &mut settings.options;
        options.accounts = accounts.into_iter().map(ToString::to_string).collect();
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
            options.corrections.add_adjustments = vec![path];
            options.corrections.written = Some(scratch.path().to_owned());
        }
        if options.purpose == Purpose::DryRun && options.correction.out.is_none() {
            options.correction.out = Some(scratch.path().join("tables"));
        }
        let book = settings.book.clone();
        let request = rerun_request(settings, on_completed)?;
        let currency = self.currency;
        Ok(Giving { book, request, adjustments, nothing_for, currency, _scratch: scratch })
    }
}

/// What can be said of an adjustment.
pub struct AdjustSettings {
    /// The rerun that it comes to.
    pub rerun: RerunSettings,
    /// The account.
    pub account: AccountId,
    /// What is charged.
    pub amount: String,
    /// What the customer reads; the reason where it is not said.
    pub description: Option<String>,
    /// When it falls due; at the month's end where it is not said.
    pub at: Option<String>,
    /// Its id.
    pub id: Option<String>,
}

/// What to do where a month is not published that an account is to be given something in.
const ADJUST_LATER: &str = "once its month is billed, adjustments are given so; until then, put a row of it \
     into the file that `adjustments` of the job file names";

/// The rerun that gives an account an amount.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`]: an option is wrong, or the id was given with another amount;
/// [`crate::base::error::Kind::Book`]: the month is not published.
pub fn adjusting(settings: AdjustSettings, on_completed: OnCompleted) -> Result<Giving> {
    let AdjustSettings { rerun, account, .. } = &settings;
    let standing = Standing::of(rerun, on_completed, ADJUST_LATER)?;
    let amount = amount(&settings.amount, standing.currency)?;
    let (said, reason) = (&settings.description, &rerun.options.correction.reason);
    let (option, text) = match (said, reason) {
        (Some(text), _) => ("--description", text),
        (None, Some(text)) => ("--reason", text),
        (None, None) => {
            let message = "what the customer will read is not said";
            return Err(Error::new(Code::REASON_MISSING, message)
                .expected("--reason TEXT, or --description TEXT"));
        }
    };
    let description = description(option, text)?;
    let at = settings.at.as_deref().map(|text| standing.instant("--at", text)).transpose()?;
    standing.statement(account)?; // it is an account of the month
    let id = match &settings.id {
        Some(id) => {
            check_id(id).map_err(|e| Error::new(Code::OPTION_VALUE, format!("--id {e}")))?;
            standing.check_free(id, account)?;
            id.clone()
        }
        None => {
            let month = standing.month.to_string();
            let plain = standing.currency.plain(amount);
            let of = serde_json::json!([account.as_str(), month, plain, &description]);
            format!("adjust-{}", &digest::of_bytes(of.to_string().as_bytes())[..16])
        }
    };
    let adjustment = Adjustment {
        at: at.unwrap_or(standing.last_instant()),
        id: id.into(),
        account: account.clone(),
        amount,
        description,
    };
    let given = standing.given(adjustment, &standing.lines(account)?)?;
    standing.giving(settings.rerun, vec![given], Vec::new(), on_completed)
}

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

/// The same of waivers.
const WAIVE_LATER: &str =
    "overage is given back once it is billed: publish the month first, by monthend run";

/// What waivers are about.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`]: an option is wrong; [`crate::base::error::Kind::Book`]: the month is
/// not published.
pub fn waiving(settings: WaiveSettings, on_completed: OnCompleted) -> Result<Waiving> {
    let WaiveSettings { rerun, from, until, description } = settings;
    let standing = Standing::of(&rerun, on_completed, WAIVE_LATER)?;
    let instant =
        |option, text: Option<String>| text.map(|text| standing.instant(option, &text)).transpose();
    let from = instant("--from", from)?.unwrap_or(rerun.month.start());
    let until = instant("--until", until)?.unwrap_or(rerun.month.end());
    if from >= until {
        let message = format!("--until {until} does not come after --from {from}");
        return Err(Error::new(Code::OPTION_VALUE, message).expected("the first instant after it"));
    }
    let description = description.map(|text| self::description("--description", &text));
    Ok(Waiving {
        accounts: accounts(&rerun.options.accounts)?.accounts().cloned().unwrap_or_default(),
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
        on_completed: OnCompleted,
    ) -> Result<Giving> {
        let given = adjustments.into_iter().map(|adjustment| {
            let lines = self.standing.lines(&adjustment.account)?;
            self.standing.given(adjustment, &lines)
        });
        let given = given.collect::<Result<Vec<_>>>()?;
        self.standing.giving(self.rerun, given, nothing_for, on_completed)
    }
}

/// An amount of an adjustment.
fn amount(text: &str, currency: Currency) -> Result<Money> {
    let refused = |why: String| {
        Error::new(Code::OPTION_VALUE, format!("--amount {text} {why}"))
            .expected(format!("an amount of {} other than 0, such as -5", currency.code()))
    };
    let amount = parse_signed(text, u32::from(currency.decimals()));
    match amount.map_err(|e| refused(e.to_string()))? {
        Money::ZERO => Err(refused("is nothing".to_owned())),
        amount => Ok(amount),
    }
}

/// What the customer reads.
fn description(option: &str, text: &str) -> Result<Box<str>> {
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
