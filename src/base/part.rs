//! A month's accounts in parts, of which each is billed by itself.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How many buckets accounts fall into. A part has whole ones.
pub const BUCKETS: usize = 4096;

/// The bucket of an account: the CRC-32 of its id, modulo [`BUCKETS`].
pub fn bucket(account: &str) -> usize {
    crc32fast::hash(account.as_bytes()) as usize % BUCKETS
}

/// One of several parts of a month's accounts: those of some buckets. Written as `3/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Part {
    /// From 1.
    number: u32,
    of: u32,
}

impl Part {
    /// The most parts that there may be.
    pub const MOST: u32 = 1024;

    /// All parts of so many, at least one and at most [`Part::MOST`].
    pub fn all(of: u32) -> impl Iterator<Item = Part> {
        let of = of.clamp(1, Part::MOST);
        (1..=of).map(move |number| Part { number, of })
    }

    /// Its number, from 1.
    pub fn number(self) -> u32 {
        self.number
    }

    /// How many parts there are.
    pub fn of(self) -> u32 {
        self.of
    }

    /// Whether it has the rows that are no account's: of files, of other months.
    pub fn is_first(self) -> bool {
        self.number == 1
    }

    /// Whether it has the accounts of a bucket.
    pub fn has_bucket(self, bucket: usize) -> bool {
        (bucket * self.of as usize) / BUCKETS + 1 == self.number as usize
    }

    /// Whether it has an account.
    pub fn includes(self, account: &str) -> bool {
        self.has_bucket(bucket(account))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl From<Part> for String {
    fn from(part: Part) -> Self {
        part.to_string()
    }
}

impl FromStr for Part {
    type Err = &'static str;

    /// `3/8`. Who counts from 0 may say `0/8` for the eighth.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "a part of at most 1024, such as 3/8; 0/8 is 8/8";
        let (number, of) = text.split_once('/').ok_or(EXPECTED)?;
        let parse = |text: &str| text.parse::<u32>().map_err(|_| EXPECTED);
        let (number, of) = (parse(number)?, parse(of)?);
        let number = if number == 0 { of } else { number };
        let is_one = (1..=Part::MOST).contains(&of) && number <= of;
        is_one.then_some(Part { number, of }).ok_or(EXPECTED)
    }
}

impl TryFrom<String> for Part {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_account_is_in_one_part() {
        for of in [1, 2, 3, 8, 17, 1024] {
            let mut accounts = vec![0; of as usize];
            for account in (0..20_000).map(|number| format!("acct-{number}")) {
                let own: Vec<Part> = Part::all(of).filter(|part| part.includes(&account)).collect();
                assert_eq!(own.len(), 1, "{account} of {of}");
                accounts[own[0].number() as usize - 1] += 1;
            }
            let (least, most) = (accounts.iter().min(), accounts.iter().max());
            assert!(of > 100 || most < least.map(|least| least * 5 / 4).as_ref(), "{accounts:?}");
        }
        assert!(Part::all(8).next().is_some_and(|first| first.includes("")));
    }

    #[test]
    fn parts_are_written_as_they_are_said() {
        for (said, part) in [("3/8", "3/8"), ("8/8", "8/8"), ("0/8", "8/8"), ("1/1", "1/1")] {
            assert_eq!(said.parse::<Part>().map(|part| part.to_string()).as_deref(), Ok(part));
        }
        for wrong in ["", "3", "9/8", "-1/8", "3/0", "3/1025", "3/8/2", "a/8", " 3/8"] {
            assert!(wrong.parse::<Part>().is_err(), "{wrong}");
        }
    }
}
