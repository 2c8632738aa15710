//! Sums that do not agree.

use crate::base::error::{Code, Error, Result};

/// A sum that does not agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// The rule's number.
    pub rule: &'static str,
    /// Whose sum it is; `None` for the run's.
    pub account: Option<String>,
    /// What should be equal.
    pub what: String,
    /// The first of the two sums, in micro-credits, minor units, microseconds or pieces.
    pub left: i128,
    /// The other one.
    pub right: i128,
}

/// Collects the sums that do not agree.
pub(super) struct Breaches {
    pub first: Vec<Breach>,
    count: u64,
    /// How many are kept; more are counted.
    pub kept: usize,
}

impl Breaches {
    pub fn keeping(kept: usize) -> Self {
        Breaches { first: Vec::new(), count: 0, kept }
    }

    #[cold]
    fn note(
        &mut self,
        rule: &'static str,
        account: Option<&str>,
        what: &str,
        left: i128,
        right: i128,
    ) {
        self.count += 1;
        if self.first.len() < self.kept {
            let (account, what) = (account.map(str::to_owned), what.to_owned());
            self.first.push(Breach { rule, account, what, left, right });
        }
    }

    /// Adds breaches that were found after those so far.
    pub fn merge(&mut self, later: Breaches) {
        self.count += later.count;
        let room = self.kept - self.first.len();
        self.first.extend(later.first.into_iter().take(room));
    }

    /// The sums of an account, or of the run, that should be equal.
    pub fn of<'a>(&'a mut self, account: Option<&'a str>) -> Expected<'a> {
        Expected { breaches: self, account }
    }

    pub fn into_result(self) -> Result<()> {
        if self.count == 0 {
            return Ok(());
        }
        let lines: Vec<String> = self.first.iter().map(Breach::to_string).collect();
        let more = match self.count - self.first.len() as u64 {
            0 => String::new(),
            more => format!("\n  … and {more} more"),
        };
        let message = format!(
            "the conservation check failed, nothing was published:\n  {}{more}",
            lines.join("\n  ")
        );
        Err(Error::new(Code::CONSERVATION, message)
            .hint("this is a fault of the program or of the disk, not of the logs: keep the inputs and report it"))
    }
}

impl std::fmt::Display for Breach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Breach { rule, what, left, right, .. } = self;
        match &self.account {
            Some(account) => write!(f, "{rule}, account {account}: ")?,
            None => write!(f, "{rule}, the run: ")?,
        }
        write!(f, "{what}: {left} is not {right}")
    }
}

/// What should be equal for an account, or for the run.
pub(super) struct Expected<'a> {
    breaches: &'a mut Breaches,
    account: Option<&'a str>,
}

impl Expected<'_> {
    /// Notes a breach where the two sums differ.
    #[inline]
    pub fn equal(
        &mut self,
        rule: &'static str,
        what: &str,
        left: impl Into<i128>,
        right: impl Into<i128>,
    ) {
        let (left, right) = (left.into(), right.into());
        if left != right {
            self.breaches.note(rule, self.account, what, left, right);
        }
    }
}
