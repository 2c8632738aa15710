//! What a failure can be looked up by: a number that never changes, with its kind, cause and remedy. And the kinds of
//! failures, with the exit codes that belong to them.

use std::fmt;
use std::ops::Deref;

use serde::{Serialize, Serializer};

/// The code of a failure, such as `ME0301`. It decides the kind, and so the exit code.
#[derive(Clone, Copy)]
pub struct Code(pub(super) &'static Entry);

/// What there is to say of a code.
#[derive(Debug)]
pub struct Entry {
    /// What the program's own code calls it.
    pub name: &'static str,
    /// Its number: hundreds stand for what it is about.
    pub number: u16,
    /// The kind of failure.
    pub kind: Kind,
    /// What is wrong, in a line.
    pub title: &'static str,
    /// How it comes to that.
    pub cause: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
}

impl Code {
    /// The kind of failure.
    pub const fn kind(self) -> Kind {
        self.0.kind
    }
}

impl Deref for Code {
    type Target = Entry;

    fn deref(&self) -> &Entry {
        self.0
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.0.number == other.0.number
    }
}

impl Eq for Code {}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ME{:04}", self.0.number)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} {}", self.0.name)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// The kind of a failure: it alone decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The command line, the job file or the catalogue is wrong.
    Usage,
    /// An input log or the opening state cannot be used.
    Input,
    /// The book cannot be read or written, or forbids the publication.
    Book,
    /// The conservation check found sums that do not agree (K1 to K5).
    Conservation,
    /// The month does not meet what is expected of it (L4).
    Expectation,
    /// The result is not the one that was approved.
    Approval,
    /// Another run holds the month's lock.
    Locked,
    /// The machine or its storage did not answer, and may answer later.
    Unavailable,
    /// The machine failed: the disk, the limit on open files or on threads, standard output.
    System,
    /// The program failed: something that it takes for impossible has happened.
    Bug,
    /// A signal ended the run; its number.
    Interrupted(u8),
}

impl Kind {
    /// All but the signals.
    const FAILURES: [Kind; 10] = [
        Kind::Usage,
        Kind::Input,
        Kind::Book,
        Kind::Conservation,
        Kind::Expectation,
        Kind::Approval,
        Kind::Locked,
        Kind::Unavailable,
        Kind::System,
        Kind::Bug,
    ];

    /// Whether an exit code says that a command has failed, or that a signal has ended it.
    pub fn is_told_by(exit_code: u8) -> bool {
        let is_of = |kind: &Kind| kind.exit_code() == exit_code;
        exit_code >= Kind::Interrupted(0).exit_code() || Kind::FAILURES.iter().any(is_of)
    }

    /// The process exit code that belongs to this kind of failure.
    pub const fn exit_code(self) -> u8 {
        match self {
            Kind::Input | Kind::Book | Kind::System | Kind::Bug => 1,
            Kind::Usage => 2,
            Kind::Conservation | Kind::Expectation | Kind::Approval => 4,
            Kind::Locked | Kind::Unavailable => 75,
            Kind::Interrupted(signal) => 128_u8.saturating_add(signal),
        }
    }

    /// The kind as one word, for logs and `--json`.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Usage => "usage",
            Kind::Input => "input",
            Kind::Book => "book",
            Kind::Conservation => "conservation",
            Kind::Expectation => "expectation",
            Kind::Approval => "approval",
            Kind::Locked => "locked",
            Kind::Unavailable => "unavailable",
            Kind::System => "system",
            Kind::Bug => "bug",
            Kind::Interrupted(_) => "interrupted",
        }
    }

    /// Whether it is the machine that failed: nothing is known then of what the files hold.
    pub const fn is_of_the_machine(self) -> bool {
        matches!(self, Kind::System | Kind::Unavailable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_documented_exit_code() {
        let kinds = [
            Kind::Input,
            Kind::Book,
            Kind::System,
            Kind::Bug,
            Kind::Usage,
            Kind::Conservation,
            Kind::Expectation,
            Kind::Approval,
            Kind::Locked,
            Kind::Unavailable,
            Kind::Interrupted(15),
        ];
        assert_eq!(kinds.map(Kind::exit_code), [1, 1, 1, 1, 2, 4, 4, 4, 75, 75, 143]);
    }
}
