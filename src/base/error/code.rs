//! What a failure can be looked up by: a number that never changes, with its kind, cause and remedy.

use std::fmt;

use serde::{Serialize, Serializer};

use super::kind::Kind;

/// The code of a failure, such as `ME0301`. It decides the kind, and so the exit code.
#[derive(Clone, Copy)]
pub struct Code(pub(super) &'static Entry);

/// What there is to say of a code.
#[derive(Debug)]
pub(super) struct Entry {
    pub name: &'static str,
    pub number: u16,
    pub kind: Kind,
    pub title: &'static str,
    pub cause: &'static str,
    pub remedy: &'static str,
}

impl Code {
    /// The kind of failure.
    pub const fn kind(self) -> Kind {
        self.0.kind
    }

    /// Its number: hundreds stand for what it is about.
    pub const fn number(self) -> u16 {
        self.0.number
    }

    /// What the program's own code calls it.
    pub const fn name(self) -> &'static str {
        self.0.name
    }

    /// What is wrong, in a line.
    pub const fn title(self) -> &'static str {
        self.0.title
    }

    /// How it comes to that.
    pub const fn cause(self) -> &'static str {
        self.0.cause
    }

    /// What to do about it.
    pub const fn remedy(self) -> &'static str {
        self.0.remedy
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
