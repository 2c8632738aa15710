//! A rerun that is planned, approved, and then published.

use monthend::base::error::Kind;
use monthend::run::{Report, Status};
use monthend::tables::Table;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::act::{Billed, Done, execute};
use super::afresh::text;
use super::chain::Chain;
use super::ledger::files;
use super::rerun::Rerun;
use crate::months::holding::Outcome;

impl Chain {
    /// A rerun is published as it was planned, by the digest that approves it, and by no other.
    pub fn is_published_as_planned(&mut self, rerun: &Rerun) -> Outcome<()> {
        let book = files(&self.book)?;
        let out = self.root.join("plan");
        if out.exists() {
            std::fs::remove_dir_all(&out)?;
        }
        let planned = self.foretold(rerun, &["--dry-run", &format!("--out={}", out.display())])?;
        prop_assert!(files(&self.book)? == book, "a plan has touched the book");
        let Some((planned, Some(digest))) = planned else {
            prop_assert!(!out.exists(), "a refused plan leaves a folder");
            self.act(rerun)?;
            return Ok(());
        };
        let refused = self.watched_with(rerun, &format!("--only-if={}", "0".repeat(64)))?;
        let refused = refused.err().map(|error| error.kind());
        prop_assert_eq!(refused, Some(Kind::Approval));
        prop_assert!(files(&self.book)? == book, "what nobody approved is published");

        let done = self.watched_with(rerun, &format!("--only-if={digest}"))?;
        let (reports, same) = done.map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert_eq!(same.as_ref(), Some(&digest));
        let done = Done::Told(self.told(&reports)?);
        let would_be = planned.iter().filter(|report| !is_unchanged(report));
        let would_be: Vec<String> = would_be.map(|report| report.month.to_string()).collect();
        let published = done.published();
        let names: Vec<String> = published.iter().map(|&m| self.months[m].to_string()).collect();
        prop_assert_eq!(&names, &would_be, "published, and planned");
        for &month in &published {
            let (planned, own) = (out.join(self.months[month].to_string()), self.in_force(month)?);
            for table in Table::ALL.iter().map(|table| table.name()) {
                if own.join(format!("{table}.csv")).exists() {
                    prop_assert_eq!(text(&planned, table)?, text(&own, table)?, "{}", table);
                }
            }
        }
        self.follow(rerun, &published)
    }

    /// What a rerun with more words comes to; `None` where it is refused.
    fn foretold(&mut self, rerun: &Rerun, more: &[&str]) -> Outcome<Option<Billed>> {
        self.hand_over(rerun)?;
        let mut words = rerun.arguments(self)?;
        words.extend(more.iter().map(|&word| word.to_owned()));
        Ok(execute(&words, &|_| {})?.ok())
    }

    fn watched_with(
        &mut self,
        rerun: &Rerun,
        more: &str,
    ) -> Outcome<Result<Billed, monthend::base::error::Error>> {
        let mut words = rerun.arguments(self)?;
        words.push(more.to_owned());
        self.transcript.push_str(&format!("$ {}\n", words.join(" ")));
        execute(&words, &|_| {})
    }
}

fn is_unchanged(report: &Report) -> bool {
    matches!(report.status, Status::Unchanged { .. })
}
