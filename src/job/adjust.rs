//! What `adjust` means: an account is given one amount.

use super::giving::{self, Giving, Standing};
use super::settings::RerunSettings;
use crate::base::digest;
use crate::base::error::{Code, Error, Result};
use crate::base::ids::{AccountId, check_id};
use crate::input::adjustments::Adjustment;

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

const OTHERWISE: &str = "once its month is billed, adjustments are given so; until then, put a row of it \
     into the file that `adjustments` of the job file names";

/// The rerun that gives an account an amount.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`]: an option is wrong, or the id was given with another amount;
/// [`crate::base::error::Kind::Book`]: the month is not published.
pub fn adjusting(settings: AdjustSettings, on_completed: &mut dyn FnMut(u32)) -> Result<Giving> {
    let AdjustSettings { rerun, account, .. } = &settings;
    let standing = Standing::of(rerun, on_completed, OTHERWISE)?;
    let amount = giving::amount(&settings.amount, standing.currency)?;
    let (said, reason) = (&settings.description, &rerun.correction.reason);
    let (option, text) = match (said, reason) {
        (Some(text), _) => ("--description", text),
        (None, Some(text)) => ("--reason", text),
        (None, None) => {
            let message = "what the customer will read is not said";
            return Err(Error::new(Code::REASON_MISSING, message)
                .expected("--reason TEXT, or --description TEXT"));
        }
    };
    let description = giving::description(option, text)?;
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
