//! Which months are stale, found from the tables alone.

use std::fs;
use std::path::Path;

use monthend::book::Manifest;
use monthend_tests::copy_folder;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use serde_json::Value;

use super::act::{Done, Told};
use super::afresh::{comes_to_the_same, text};
use super::chain::{Chain, Inputs};
use super::rerun::Rerun;
use crate::months::holding::Outcome;

/// The ids that a month hands to the next one (L1), by the digest of its rows.
fn recent_ids(revision: &Path) -> Outcome<Option<String>> {
    let manifest = Manifest::read(revision)?;
    Ok(manifest.output("recent_ids.parquet").and_then(|output| output.rows_sha256.clone()))
}

impl Chain {
    /// Whether a month rests on a closing state that is another one by now.
    fn rests_on_another_state(&self, month: usize) -> Outcome<bool> {
        let folder = self.in_force(month)?;
        let manifest: Value = serde_json::from_slice(&fs::read(folder.join(Manifest::FILE))?)?;
        let Some(revision) = manifest["opening"]["revision"].as_str() else { return Ok(false) };
        let opened_with = self.book.month_folder(self.months[month - 1]).join(revision);
        let in_force = self.in_force(month - 1)?;
        let same = text(&opened_with, "state")? == text(&in_force, "state")?
            && recent_ids(&opened_with)? == recent_ids(&in_force)?;
        Ok(!same || self.rests_on_another_state(month - 1)?)
    }

    /// Months are told to be stale where they are: by the book, and by the rerun that made them so.
    pub fn stale_months_are_told(&self, rerun: &Rerun, done: &Done) -> Outcome<()> {
        let (mut stale, chain) = (Vec::new(), self.book.chain()?);
        prop_assert_eq!(chain.len(), self.months.len());
        for ((number, month), link) in self.months.iter().enumerate().zip(&chain) {
            let is_stale = self.rests_on_another_state(number)?;
            prop_assert_eq!(self.is_stale(number)?, is_stale, "{} is stale", month);
            let told = link.stale.as_ref().is_ok_and(|stale| stale.is_some());
            prop_assert_eq!(told, is_stale, "{} is stale in the chain", month);
            if is_stale && number > rerun.month {
                stale.push(month.to_string());
            }
        }
        if let Done::Told(told) = done
            && !rerun.cascade
        {
            let after: Vec<&Vec<String>> = told.iter().map(|told| &told.stale_after).collect();
            prop_assert_eq!(after, [&stale], "told to be stale");
        }
        Ok(())
    }

    /// After a cascade of whole months, all later months come to what they do with the same corrections when each is
    /// billed once, whether it was billed again or not. `before` is what the months were made of until then.
    pub fn is_corrected_throughout(&self, rerun: &Rerun, before: &[Inputs]) -> Outcome<()> {
        let mut corrected = self.clone();
        for (month, before) in before.iter().enumerate().skip(rerun.month) {
            corrected.inputs[month] = rerun.inputs(before, month == rerun.month);
        }
        let fresh = corrected.afresh()?;
        for (month, name) in self.months.iter().enumerate() {
            let opening = if month == 0 { &self.opening } else { "book" };
            let once = fresh.first_of(month, opening)?;
            if month > rerun.month {
                comes_to_the_same(&self.in_force(month)?, &once, *name)?;
            }
        }
        Ok(())
    }

    /// After a cascade no later month is stale, unless the first was to stay so; and each that was billed again is what
    /// it comes to with the opening that is in force.
    pub fn has_cascaded(&self, rerun: &Rerun, told: &[Told]) -> Outcome<()> {
        for month in rerun.month + 1..self.months.len() {
            let is_stale = self.is_stale(month)?;
            prop_assert!(rerun.stale_ok || !is_stale, "{} is stale", self.months[month]);
        }
        let is_whole = |told: &&Told| self.inputs[told.month].only.is_empty();
        for told in told.iter().filter(|told| told.month > rerun.month).filter(is_whole) {
            let fresh = self.afresh()?;
            // The month before as it is: a file of its state alone would not have the ids that it billed last (L1).
            let [of_book, of_fresh] = [&self.book, &fresh.book]
                .map(|book| book.month_folder(self.months[told.month - 1]));
            copy_folder(&of_book, &of_fresh).map_err(|e| TestCaseError::fail(e.to_string()))?;
            self.is_as_billed_once(told.month, &fresh, "book")?;
        }
        Ok(())
    }
}
