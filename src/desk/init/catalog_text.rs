//! The catalogue, as it is written: the starter's plans, those that were asked for, or a copy.

use std::path::Path;

use chrono::NaiveDate;

use super::conclusion::quoted;
use super::request::Request;
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::money::Currency;
use crate::base::storage;
use crate::catalog::{self, Catalog};

/// The catalogue's text, what it says, and the name of its file.
pub struct CatalogText {
    /// As it is written.
    pub text: String,
    /// What it says.
    pub catalog: Catalog,
    /// Whether its prices are made up.
    pub is_starter: bool,
}

impl CatalogText {
    /// What was asked for, in force from the month on.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Usage`]: it is no catalogue.
    pub fn of(request: &Request, month: Month) -> Result<Self> {
        let (text, name) = match &request.catalog {
            Some(path) => (copied(path)?, path.display().to_string()),
            None => (made(request, month.first_day())?, "--plan".to_owned()),
        };
        let catalog = catalog::parse(&text, &name)?;
        let is_starter = request.catalog.is_none() && request.plans.is_empty();
        Ok(CatalogText { text, catalog, is_starter })
    }

    /// Takes in kinds of grants that a change log names, where the catalogue is no copy: their terms are for
    /// someone to say.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Usage`]: an id of a kind is none.
    pub fn add_kinds(&mut self, kinds: &[String]) -> Result<()> {
        for kind in kinds {
            let kind = quoted(kind);
            self.text += &format!("\n[[grant]]\nid = {kind}\nname = {kind}\n{TERMS}");
        }
        self.catalog = catalog::parse(&self.text, "the kinds of grants")?;
        Ok(())
    }

    /// Its file in the folder of catalogues.
    pub fn file(&self) -> String {
        format!("{}.toml", self.catalog.in_force_from)
    }
}

/// What there is to say of a kind of grant.
const TERMS: &str = "\
# credits = 125              # where the change names none
# price = \"5.00\"            # charged when it is granted; as it stands here, it is free of charge
# draws = \"after-plan\"      # drawn on once the plan's pool is used up; as it stands here, before it
# expires_after_days = 365   # where the change names no end; as it stands here, never
";

fn copied(path: &Path) -> Result<String> {
    storage::read_to_string(path).map_err(|e| {
        Error::new(Code::CATALOGUE_UNREADABLE, "the catalogue cannot be read")
            .in_file(path)
            .caused_by(e)
            .hint("give --catalog a TOML file")
    })
}

/// The plans of the starter, lowest first.
const STARTER: [(&str, &str, &str); 4] = [
    ("free", "Free", "0:50"),
    ("pro", "Pro", "20:1000:0.04"),
    ("pro-plus", "Pro+", "40:2000:0.04"),
    ("power", "Power", "200:10000:0.04"),
];

fn made(request: &Request, from: NaiveDate) -> Result<String> {
    let currency = &request.currency;
    if Currency::parse(currency).is_none() {
        return Err(Error::new(
            Code::OPTION_VALUE,
            format!("--currency {currency} is no currency of ISO 4217"),
        )
        .expected("a code such as USD"));
    }
    let is_starter = request.plans.is_empty();
    let note = if is_starter { "# The prices are made up: write your own.\n" } else { "" };
    let mut text = format!(
        "# What a month costs. Money is text, so that no binary fraction ever touches it.\n{note}\n\
         name = \"Plans from {from}\"\nin_force_from = {from}\ncurrency = {}\n\
         rounding = \"half-up\"         # or \"half-even\"\n\
         proration = \"days-after\"     # or \"days-inclusive\", \"seconds\"\n",
        quoted(currency)
    );
    if is_starter {
        text += "\n# Every new account gets these once; leave it out where there is no trial.\n\
                 [trial]\ncredits = 500\ndays = 30\n";
    }
    text += "\n# The plans, lowest first. A plan without overage_rate stops at its credits.\n";
    if is_starter {
        for (id, name, terms) in STARTER {
            text += &plan(id, name, terms)?;
        }
    }
    for said in &request.plans {
        let (id, terms) = said.split_once(':').ok_or_else(|| no_plan(said))?;
        text += &plan(id.trim(), id.trim(), terms).map_err(|_| no_plan(said))?;
    }
    Ok(text)
}

/// A plan, by what its price, credits and rate of overage are.
fn plan(id: &str, name: &str, terms: &str) -> Result<String> {
    let terms: Vec<&str> = terms.split(':').map(str::trim).collect();
    let (price, credits, rate) = match terms.as_slice() {
        [price, credits] => (price, credits, None),
        [price, credits, rate] => (price, credits, Some(rate)),
        _ => return Err(no_plan(id)),
    };
    let rate = rate.map(|rate| format!("overage_rate = {}\n", quoted(rate))).unwrap_or_default();
    // Credits with decimals are text.
    let credits =
        if credits.parse::<u32>().is_ok() { (*credits).to_owned() } else { quoted(credits) };
    Ok(format!(
        "\n[[plan]]\nid = {}\nname = {}\nprice = {}\ncredits = {credits}\n{rate}",
        quoted(id),
        quoted(name),
        quoted(price)
    ))
}

fn no_plan(said: &str) -> Error {
    Error::new(Code::OPTION_VALUE, format!("--plan {said} is no plan"))
        .expected("ID:PRICE:CREDITS, or ID:PRICE:CREDITS:OVERAGE_RATE, such as pro:20.00:1000:0.04")
}
