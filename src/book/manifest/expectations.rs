//! What a sound month looks like, as a job says, and what of it someone accepted unmet.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::base::calendar::{Month, TimeSpan};

/// What a job expects of a month beyond what holds without a word (L4).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Expectations {
    /// The month's last event lies within this span before E.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub complete_until: Option<TimeSpan>,
    /// How many events it bills.
    #[serde(skip_serializing_if = "Bounds::is_open")]
    pub events: Bounds,
    /// What the statements come to, in units of the currency.
    #[serde(skip_serializing_if = "Bounds::is_open")]
    pub total: Bounds,
    /// How many accounts there are.
    #[serde(skip_serializing_if = "Bounds::is_open")]
    pub accounts: Bounds,
}

impl Expectations {
    /// Whether nothing is expected.
    pub fn are_none(&self) -> bool {
        *self == Expectations::default()
    }
}

/// Between which bounds a figure lies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Bounds {
    /// At least this.
    #[serde(with = "rust_decimal::serde::str_option", skip_serializing_if = "Option::is_none")]
    pub min: Option<Decimal>,
    /// At most this.
    #[serde(with = "rust_decimal::serde::str_option", skip_serializing_if = "Option::is_none")]
    pub max: Option<Decimal>,
    /// At most this share of the figure of the month before more or less than it: 0.5 for half
    /// as many.
    #[serde(with = "rust_decimal::serde::str_option", skip_serializing_if = "Option::is_none")]
    pub change: Option<Decimal>,
}

impl Bounds {
    /// Whether any figure will do.
    pub fn is_open(&self) -> bool {
        *self == Bounds::default()
    }
}

/// An expectation that a month does not meet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unmet {
    /// The job file's key, such as `events.change`; or `month-over` or `log-not-empty`, which are
    /// expected without a word.
    pub expectation: String,
    /// What the month comes to, in words; none of what depends on the clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figure: Option<String>,
    /// What was expected, in words.
    pub expected: String,
    /// The month that it was compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compared_with: Option<ComparedMonth>,
}

impl Unmet {
    /// What is wrong, on a line.
    pub fn fault(&self) -> String {
        match &self.figure {
            Some(figure) => format!("{}: {figure}", self.expectation),
            None => self.expectation.clone(),
        }
    }

    /// What is wrong, and what was expected.
    pub fn in_words(&self) -> String {
        format!("{}; expected: {}", self.fault(), self.expected)
    }
}

/// A published month that another one is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparedMonth {
    /// The month.
    pub month: Month,
    /// Its revision in force.
    pub revision: String,
}

impl fmt::Display for ComparedMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.month, self.revision)
    }
}

/// That a month was published though it did not meet what was expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// Why.
    pub text: String,
    /// What was not met.
    pub findings: Vec<Unmet>,
}

impl Accepted {
    /// Whether all this was accepted, at the same figures.
    pub fn covers(&self, unmet: &[Unmet]) -> bool {
        let is_same = |one: &Unmet, other: &Unmet| {
            (&one.expectation, &one.figure) == (&other.expectation, &other.figure)
        };
        unmet.iter().all(|unmet| self.findings.iter().any(|finding| is_same(finding, unmet)))
    }

    /// Why, and what.
    pub fn in_words(&self) -> String {
        let findings: Vec<String> = self.findings.iter().map(Unmet::fault).collect();
        format!("`{}`; not met: {}", self.text, findings.join("; "))
    }
}
