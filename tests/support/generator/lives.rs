//! The accounts' lives, as the change log tells them: signups, plans taken and left, overage switched on and off.

use rayon::prelude::*;

use super::draw::{Draws, Of, Row};
use super::month::Month;
use super::population::{Class, Origin, Population};

/// The catalogue's plans, lowest first.
pub const PLANS: [&str; 4] = ["free", "pro", "pro-plus", "power"];

/// A day in seconds.
const DAY: i64 = 86_400;

/// The change log was taken so long after the month's end.
const TAKEN_AFTER: i64 = 5 * DAY;

/// What changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A signup, maybe on a plan: its place in [`PLANS`].
    Signup(Option<u8>),
    /// A plan is asked for.
    Plan(u8),
    /// Overage is switched on.
    OverageOn,
    /// Overage is switched off.
    OverageOff,
}

/// A row of the change log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// Seconds since 1970.
    pub at: i64,
    /// The account's number.
    pub account: u32,
    /// Which of the account's changes.
    pub nth: u16,
    /// What changes.
    pub kind: Kind,
}

/// All changes in the order of their instants. One in about 500 comes twice.
pub fn changes(seed: u64, month: Month, population: &Population) -> Vec<Change> {
    let draws = Draws::new(seed, Of::Life);
    let mut changes: Vec<Change> = (0..population.len())
        .into_par_iter()
        .flat_map_iter(|number| Life::of(number, month, population, draws.row(number)))
        .collect();
    changes.par_sort_unstable();
    changes
}

/// One account's life while it is told.
struct Life {
    account: u32,
    draws: Row,
    /// The month's start and end, in seconds.
    month: (i64, i64),
    /// Before this instant nothing happens any more.
    now: i64,
    plan: u8,
    changes: Vec<Change>,
}

impl Life {
    fn of(number: u64, month: Month, population: &Population, draws: Row) -> Vec<Change> {
        let month = (month.start() / 1_000_000, month.end() / 1_000_000);
        let mut life =
            Life { account: number as u32, draws, month, now: 0, plan: 0, changes: Vec::new() };
        life.now = match population.origin(number) {
            Origin::Unknown => return Vec::new(),
            Origin::Established => month.0 - life.span(1, 730 * DAY),
            Origin::Newcomer(day) => life.joins_on(day),
            Origin::Later => month.1 + life.span(0, TAKEN_AFTER),
        };
        let class = population.class(number);
        life.grow_up(class);
        life.now = life.now.max(month.0);
        if life.now < month.1 {
            life.go_through_the_month();
        }
        life.changes.retain(|change| change.at < month.1 + TAKEN_AFTER);
        life.changes
    }

    /// A span from `least` to below `most`, in seconds.
    fn span(&mut self, least: i64, most: i64) -> i64 {
        least + self.draws.below((most - least).unsigned_abs()) as i64
    }

    /// The instant at which a newcomer signs up. Few do so only after their first usage.
    fn joins_on(&mut self, day: u64) -> i64 {
        let late = if self.draws.per_mille(50) { 2 * DAY } else { 0 };
        let at = self.month.0 + day as i64 * DAY + self.span(0, DAY) + late;
        at.min(self.month.1 - 1)
    }

    /// Something changes, some time after what came before.
    fn change(&mut self, after: i64, kind: Kind) {
        self.now += after;
        if let Kind::Signup(Some(plan)) | Kind::Plan(plan) = kind {
            self.plan = plan;
        }
        let nth = self.changes.len() as u16;
        let change = Change { at: self.now, account: self.account, nth, kind };
        self.changes.push(change);
        if self.draws.per_mille(2) {
            self.changes.push(change);
        }
    }

    /// The plan that an account of a class comes to, and in how many of 1,000 cases it switches overage on.
    fn aims_at(&mut self, class: Class) -> (u8, u64) {
        let (free, pro, plus, overage) = match class {
            Class::Idle | Class::Light => (700, 250, 40, 100),
            Class::Regular => (250, 550, 180, 200),
            Class::Busy => (30, 450, 400, 500),
            Class::Heavy => (20, 0, 200, 800),
            Class::Giant => (0, 0, 0, 800),
        };
        let plan = match self.draws.below(1000) {
            drawn if drawn < free => 0,
            drawn if drawn < free + pro => 1,
            drawn if drawn < free + pro + plus => 2,
            _ => 3,
        };
        (plan, overage)
    }

    /// From the signup to the plan aimed at, at once or by steps; some leave it again, and some of them come back.
    fn grow_up(&mut self, class: Class) {
        let (aim, overage) = self.aims_at(class);
        let at_once = aim > 0 && self.draws.per_mille(125);
        self.change(0, Kind::Signup(at_once.then_some(aim)));
        if aim > 1 && !at_once && self.draws.per_mille(300) {
            let after = self.span(0, 45 * DAY);
            self.change(after, Kind::Plan(aim - 1));
        }
        if self.plan < aim {
            let after = self.span(0, 45 * DAY);
            self.change(after, Kind::Plan(aim));
        }
        if aim > 0 && self.draws.per_mille(overage) {
            let after = self.span(0, 20 * DAY);
            self.change(after, Kind::OverageOn);
        }
        if aim > 0 && self.draws.per_mille(60) {
            let after = self.span(30 * DAY, 300 * DAY);
            self.change(after, Kind::Plan(0));
            if self.draws.per_mille(500) {
                let after = self.span(35 * DAY, 100 * DAY);
                self.change(after, Kind::Plan(aim));
            }
        }
        if self.draws.below(10_000) == 0 {
            let after = self.span(0, 100 * DAY);
            self.change(after, Kind::Signup(None));
        }
    }

    /// Of 100 accounts, about seven change something in the month; of the free ones, some change for the first time.
    fn go_through_the_month(&mut self) {
        let plan = self.plan;
        match self.draws.below(1000) {
            0..30 if plan < 3 => {
                self.soon(Kind::Plan(plan + 1));
                if plan < 2 && self.draws.per_mille(300) {
                    self.soon(Kind::Plan(plan + 2));
                }
            }
            30..50 if plan > 0 => {
                self.soon(Kind::Plan(plan - 1));
                match self.draws.below(4) {
                    0 => self.soon(Kind::Plan(plan)),
                    1 => self.soon(Kind::Plan(0)),
                    _ => {}
                }
            }
            50..65 if plan > 0 => self.soon(Kind::OverageOn),
            65..75 if plan > 0 => self.soon(Kind::OverageOff),
            75..80 if plan > 0 => {
                self.soon(Kind::OverageOn);
                self.soon(Kind::OverageOff);
                self.soon(Kind::OverageOn);
            }
            80..82 if plan == 0 => self.soon(Kind::OverageOn),
            _ => {}
        }
    }

    /// Something changes in what is left of the month.
    fn soon(&mut self, kind: Kind) {
        let left = self.month.1 - self.now;
        if left > 0 {
            let after = self.span(0, left);
            self.change(after, kind);
        }
    }
}
