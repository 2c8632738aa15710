//! Refusals that name the catalogue's file and, where it is a file of its own, the line.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use crate::base::error::{Code, Error};
use crate::base::toml_fault::{self, line};

/// Makes refusals of a catalogue.
pub(super) struct Refusal<'a> {
    /// The file that the catalogue is in.
    pub file: &'a str,
    /// The text of a catalogue file; a manifest's catalogue has no lines of its own.
    pub text: Option<&'a str>,
}

/// Where an entry stands in a catalogue file.
#[derive(Debug, Clone, Copy)]
pub(super) enum Entry<'a> {
    /// At the top.
    Top(&'a str),
    /// In `[trial]`.
    Trial(&'a str),
    /// In the table of the plan with this rank.
    Plan(usize, &'a str),
    /// In the table of the kind of grant at this place.
    Grant(usize, &'a str),
    /// The price of the plan with this rank, as it stands among the others.
    Price(usize),
}

impl Refusal<'_> {
    pub fn error(&self, code: Code, message: impl Into<String>) -> Error {
        Error::new(code, message).in_file(self.file)
    }

    /// Of the entry `at`.
    pub fn at(&self, at: Entry<'_>, message: impl Into<String>) -> Error {
        let error = self.error(at.code(), message);
        match self.text.and_then(|text| Some((text, at.span(text)?))) {
            Some((text, span)) => error.at_line(line(text, span.start)),
            None => error,
        }
    }

    /// What TOML says of a text that is no catalogue.
    pub fn of_toml(&self, text: &str, error: &toml::de::Error) -> Error {
        let refused = toml_fault::error(Code::CATALOGUE_SYNTAX, text, self.file.as_ref(), error);
        if error.message().contains("floating point") {
            return refused.hint("write money as text, such as price = \"20.00\"");
        }
        if error.message().contains("TOML datetime") {
            return refused.hint("write the date without quotes: in_force_from = 2025-11-15");
        }
        refused
    }
}

impl Entry<'_> {
    /// What is wrong where an entry is.
    fn code(self) -> Code {
        match self {
            Entry::Top(_) | Entry::Trial(_) => Code::CATALOGUE_TERMS,
            Entry::Plan(..) => Code::CATALOGUE_PLAN,
            Entry::Grant(..) => Code::CATALOGUE_GRANT,
            Entry::Price(_) => Code::CATALOGUE_LADDER,
        }
    }

    /// The place of the entry's value; the text has been parsed before.
    fn span(self, text: &str) -> Option<Range<usize>> {
        let top = DeTable::parse(text).ok()?.into_inner();
        let within = |value: &DeValue<'_>, key: &str| Some(value.as_table()?.get(key)?.span());
        let listed = |list: &str, at: usize, key: &str| {
            within(top.get(list)?.get_ref().as_array()?.get(at)?.get_ref(), key)
        };
        match self {
            Entry::Top(key) => Some(top.get(key)?.span()),
            Entry::Trial(key) => within(top.get("trial")?.get_ref(), key),
            Entry::Price(rank) => Entry::Plan(rank, "price").span(text),
            Entry::Plan(rank, key) => listed("plan", rank, key),
            Entry::Grant(place, key) => listed("grant", place, key),
        }
    }
}
