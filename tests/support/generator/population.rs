//! The accounts: how many there are, when they sign up, and how much each uses.
//!
//! Accounts are numbered by when they sign up, so that those there on a given day are the first so many: unknown ones
//! (nobody signed them up), then established ones, the month's newcomers day by day, and some of the month after.

use rayon::prelude::*;

use super::draw::{Draws, Of, below};
use super::month::{DAY_MICROS, Month};

/// How much an account uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Nothing.
    Idle,
    /// A little.
    Light,
    /// What most plans are made for.
    Regular,
    /// About what the larger plans hold.
    Busy,
    /// More than any plan holds, often.
    Heavy,
    /// As much as thousands of others.
    Giant,
}

/// The classes: accounts of it in 10,000, and its accounts' weights, from and to. An account's share of the events is
/// its weight's share of all weights: 0.02 % of the accounts make about a quarter of the events.
const CLASSES: [(Class, u64, u64, u64); 6] = [
    (Class::Idle, 2500, 0, 0),
    (Class::Light, 5000, 1, 8),
    (Class::Regular, 1998, 10, 60),
    (Class::Busy, 450, 100, 500),
    (Class::Heavy, 50, 1000, 5000),
    (Class::Giant, 2, 20_000, 100_000),
];

/// Where an account comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The change log does not know it.
    Unknown,
    /// Signed up before the month.
    Established,
    /// Signs up on this day of the month, the first being 0.
    Newcomer(u64),
    /// Signs up after the month.
    Later,
}

/// All accounts.
pub struct Population {
    ids: Draws,
    classes: Draws,
    unknown: u64,
    established: u64,
    newcomers: u64,
    days: u64,
    /// The weights of all accounts before each, and of all.
    before: Vec<u64>,
    /// For every 2^`shift` of weight, the account there: where to begin to look.
    coarse: Vec<u32>,
    shift: u32,
}

impl Population {
    /// The accounts of a change log of `accounts` accounts.
    pub fn new(seed: u64, month: Month, accounts: u64) -> Self {
        let (newcomers, later) = (accounts * 6 / 100, accounts / 200);
        let mut population = Population {
            ids: Draws::new(seed, Of::AccountId),
            classes: Draws::new(seed, Of::Class),
            unknown: 1 + accounts / 500,
            established: accounts - newcomers - later,
            newcomers,
            days: (month.end() - month.start()).unsigned_abs() / DAY_MICROS.unsigned_abs(),
            before: Vec::new(),
            coarse: Vec::new(),
            shift: 0,
        };
        let all = population.unknown + accounts;
        let mut weights: Vec<u64> =
            (0..all).into_par_iter().map(|number| population.class_and_weight(number).1).collect();
        let mut sum = 0;
        for weight in &mut weights {
            sum += *weight;
            *weight = sum - *weight;
        }
        weights.push(sum);
        population.before = weights;
        population.shift = (sum / (all * 4)).max(1).ilog2();
        population.coarse = population.coarse(sum);
        population
    }

    fn coarse(&self, sum: u64) -> Vec<u32> {
        let mut number = 0;
        let steps = 0..=(sum >> self.shift);
        steps
            .map(|step| {
                while self.before[number + 1] <= step << self.shift
                    && number + 2 < self.before.len()
                {
                    number += 1;
                }
                number as u32
            })
            .collect()
    }

    /// The number of accounts, unknown ones included.
    pub fn len(&self) -> u64 {
        self.before.len() as u64 - 1
    }

    /// The number of days of the month.
    pub fn days(&self) -> u64 {
        self.days
    }

    /// How many accounts are there as a day of the month begins, the first being 0; they are the first ones.
    pub fn there_on(&self, day: u64) -> u64 {
        self.unknown + self.established + self.newcomers * day / self.days
    }

    /// The weights of the accounts before this one.
    pub fn weight_before(&self, number: u64) -> u64 {
        self.before[number as usize]
    }

    /// The account that has a unit of weight, counted from 0 through all accounts.
    pub fn with_weight(&self, unit: u64) -> u64 {
        let mut number = self.coarse[(unit >> self.shift) as usize] as usize;
        while self.before[number + 1] <= unit {
            number += 1;
        }
        number as u64
    }

    /// The account's id.
    pub fn id(&self, number: u64) -> u128 {
        self.ids.uuid(number)
    }

    /// Where the account comes from.
    pub fn origin(&self, number: u64) -> Origin {
        let known = self.unknown + self.established;
        match number {
            _ if number < self.unknown => Origin::Unknown,
            _ if number < known => Origin::Established,
            _ if number < known + self.newcomers => {
                Origin::Newcomer(((number - known + 1) * self.days - 1) / self.newcomers)
            }
            _ => Origin::Later,
        }
    }

    /// How much the account uses.
    pub fn class(&self, number: u64) -> Class {
        self.class_and_weight(number).0
    }

    fn class_and_weight(&self, number: u64) -> (Class, u64) {
        let drawn = self.classes.wide(number);
        let (of_class, of_weight) = (drawn as u64, (drawn >> 64) as u64);
        match number {
            _ if number < self.unknown => return (Class::Light, 4),
            _ if number == self.unknown => return (Class::Regular, 30), // so that somebody uses something
            _ => {}
        }
        let mut left = below(of_class, 10_000);
        for (class, share, from, to) in CLASSES {
            if left < share {
                return (class, from + below(of_weight, to - from + 1));
            }
            left -= share;
        }
        (Class::Idle, 0)
    }
}
