//! Random small populations: opening states, changes and usage, near the instants at which a rule turns.

use std::fmt;

use monthend::base::calendar::{Instant, Month};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::giving::{Giving, OpenGrantSeed, Recipient, Twin, giving, open_grants, twin};
use super::moments::{Moment, moment};
use super::terms::{CREDIT, DAY, Terms, decimal, terms};

/// A change, as the log has it. Instants are microseconds since 1970.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    // The order of the fields is the order of precedence among rows of one id.
    pub id: String,
    pub at: i64,
    pub account: String,
    pub change: &'static str,
    pub plan: String,
    /// The kind of a grant; of a void the grant's id.
    pub grant: String,
    /// Of a grant or a limit, in micro-credits.
    pub credits: Option<i64>,
    /// Of a grant.
    pub expires_at: Option<i64>,
}

/// A usage event, as the log has it. Credits are micro-credits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    // The order of the fields is the order of precedence among rows of one id.
    pub id: String,
    pub at: i64,
    pub account: String,
    pub credits: i64,
}

/// An adjustment, as the log has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Adjustment {
    // The order of the fields is the order of precedence among rows of one id.
    pub id: String,
    pub at: i64,
    pub account: String,
    /// In minor units.
    pub amount: i64,
    pub description: String,
}

/// An account in an opening state.
#[derive(Debug, Clone)]
pub struct State {
    pub account: String,
    pub plan: usize,
    pub overage_on: bool,
    pub signed_up_at: i64,
    pub first_paid_at: Option<i64>,
    /// The trial's end, and what is left of it.
    pub trial: Option<(i64, i64)>,
    /// Its own, in micro-credits (O6).
    pub overage_limit: Option<i64>,
    pub grants: Vec<OpenGrant>,
}

/// A grant that goes on into the month (G1). Credits are micro-credits.
#[derive(Debug, Clone)]
pub struct OpenGrant {
    pub id: String,
    /// Its place among the catalogue's kinds.
    pub kind: usize,
    pub granted: i64,
    pub left: i64,
    pub granted_at: i64,
    pub expires_at: Option<i64>,
    /// In minor units.
    pub price: i64,
}

/// A month's inputs.
#[derive(Clone)]
pub struct Population {
    pub month: Month,
    pub terms: Terms,
    /// `None`: genesis.
    pub states: Option<Vec<State>>,
    pub changes: Vec<Change>,
    pub usage: Vec<Event>,
    pub adjustments: Vec<Adjustment>,
}

/// Which populations are wanted.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// Whether ids may come again with other content.
    pub conflicts: bool,
    /// Whether a month may open with a file of states.
    pub states: bool,
    /// Whether accounts are given grants, limits and adjustments.
    pub giving: bool,
}

/// The most accounts.
pub const ACCOUNTS: [&str; 6] = ["ann", "=bob", "Cid, jr", "d\"e", "-", "zoë"];

/// A change, still to be placed.
#[derive(Debug, Clone)]
enum Ask {
    Plan(usize),
    Switch(bool),
    Signup,
    NoSuchPlan,
}

#[derive(Debug, Clone)]
struct Seed {
    state: Option<StateSeed>,
    /// When, and on which plan.
    signup: Option<(Moment, Option<usize>)>,
    /// What, when, and another change whose id it takes.
    changes: Vec<(Ask, Moment, Twin)>,
    giving: Giving,
    /// How much, when, and another event whose id it takes.
    usage: Vec<(i64, Moment, Twin)>,
}

#[derive(Debug, Clone)]
struct StateSeed {
    plan: usize,
    overage_on: bool,
    /// Microseconds before the month.
    age: i64,
    paid: Option<i64>,
    /// Microseconds into the month, and what is left.
    trial: Option<(i64, i64)>,
    overage_limit: Option<i64>,
    grants: Vec<OpenGrantSeed>,
}

fn credits() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => (0_i64..30).prop_map(|credits| credits * CREDIT),
        3 => 0..30 * CREDIT,
        2 => select(vec![1, 5 * CREDIT, 20 * CREDIT, 20 * CREDIT + 1, 60 * CREDIT]),
    ]
}

/// The limit of overage that an account brings along, if it has one.
fn own_limit() -> impl Strategy<Value = Option<i64>> {
    option::weighted(0.3, prop_oneof![Just(0), credits()])
}

fn seed(kind: Kind) -> impl Strategy<Value = Seed> {
    let (giving, open_grants, own_limit) = match kind.giving {
        true => (giving().boxed(), open_grants().boxed(), own_limit().boxed()),
        false => (Just(Giving::default()).boxed(), Just(Vec::new()).boxed(), Just(None).boxed()),
    };
    let trial_end = prop_oneof![Just(1), 1..70 * DAY, (1_i64..40).prop_map(|day| day * DAY)];
    let state = (
        0_usize..5,
        any::<bool>(),
        prop_oneof![Just(1), 1..400 * DAY],
        option::of(1..400 * DAY),
        option::of((trial_end, credits())),
        own_limit,
        open_grants,
    )
        .prop_map(|(plan, overage_on, age, paid, trial, overage_limit, grants)| StateSeed {
            plan,
            overage_on,
            age,
            paid: paid.map(|paid| paid.min(age)),
            trial,
            overage_limit,
            grants,
        });
    let signup = prop_oneof![
        3 => (0..92 * DAY).prop_map(Moment::Around),
        1 => (-400 * DAY..0).prop_map(|before| Moment::Mark(0, before)),
        2 => moment(),
    ];
    let ask = prop_oneof![
        8 => (0_usize..5).prop_map(Ask::Plan),
        5 => any::<bool>().prop_map(Ask::Switch),
        1 => Just(Ask::Signup),
        1 => Just(Ask::NoSuchPlan),
    ];
    let signup = prop_oneof![
        9 => (signup, option::of(0_usize..5)).prop_map(Some),
        1 => Just(None),
    ];
    let changes = vec((ask, moment(), twin()), 0..7);
    let usage = vec((credits(), moment(), twin()), 0..14);
    (option::of(state), signup, changes, giving, usage).prop_map(
        |(state, signup, changes, giving, usage)| Seed { state, signup, changes, giving, usage },
    )
}

/// Any population of a kind.
pub fn population(kind: Kind) -> BoxedStrategy<Population> {
    let months = select(vec!["2026-04", "2024-02", "2026-02", "2026-05", "2025-12", "2025-01"]);
    let month = months.prop_filter_map("a month", Month::parse);
    let accounts = vec(seed(kind), 1..=ACCOUNTS.len());
    let all = (month, terms(), any::<bool>(), accounts);
    all.prop_map(move |(month, terms, states, seeds)| {
        let states = (kind.states && states).then(Vec::new);
        let (changes, usage, adjustments) = (Vec::new(), Vec::new(), Vec::new());
        let mut population = Population { month, terms, states, changes, usage, adjustments };
        for (account, seed) in ACCOUNTS.iter().zip(&seeds) {
            population.add(account, seed, kind);
        }
        population
    })
    .boxed()
}

impl Population {
    fn add(&mut self, account: &str, seed: &Seed, kind: Kind) {
        let month = self.month;
        let (start, end) = (month.start().micros(), month.end().micros());
        let length = self.terms.trial.map_or(30 * DAY, |(_, length)| length);
        let mut marks = vec![start, end, start - length, end - length];
        let plans = self.terms.plans.len();
        let plan_id = |terms: &Terms, plan: usize| terms.plans[plan % plans].id.clone();

        let mut own = Recipient { account, since: i64::MIN, grants: Vec::new() };
        if let Some(seed) = seed.state.as_ref().filter(|_| self.states.is_some()) {
            let state = self.state(account, seed);
            marks.extend(state.trial.map(|(end, _)| end));
            marks.extend(state.grants.iter().filter_map(|grant| grant.expires_at));
            own.since = start;
            own.grants.extend(state.grants.iter().map(|grant| grant.id.clone()));
            self.states.get_or_insert_default().push(state);
        }
        if let Some((moment, plan)) = &seed.signup {
            let at = moment.find(&marks, month);
            let plan = plan.map(|plan| plan_id(&self.terms, plan)).unwrap_or_default();
            self.change(account, at, "signup", plan, None);
            marks.extend([at, at + length]);
            own.since = own.since.max(at);
        }
        for (ask, moment, twin) in &seed.changes {
            let at = moment.find(&marks, month);
            let (change, plan) = match ask {
                Ask::Plan(plan) => ("plan", plan_id(&self.terms, *plan)),
                Ask::Switch(true) => ("overage_on", String::new()),
                Ask::Switch(false) => ("overage_off", String::new()),
                Ask::Signup => ("signup", String::new()),
                Ask::NoSuchPlan => ("plan", "no such plan".to_owned()),
            };
            self.change(account, at, change, plan, twin.filter(|_| kind.conflicts));
            marks.push(at);
        }
        seed.giving.add(self, own, &mut marks, kind);
        for (credits, moment, twin) in &seed.usage {
            let own = self.usage.len();
            let twin = twin.filter(|_| kind.conflicts).map_or(own, |twin| twin % (own + 1));
            self.usage.push(Event {
                id: format!("e{twin:02}"),
                at: moment.find(&marks, month),
                account: account.to_owned(),
                credits: *credits,
            });
        }
    }

    fn state(&self, account: &str, seed: &StateSeed) -> State {
        let start = self.month.start().micros();
        let grants = seed.grants.iter().enumerate();
        State {
            account: account.to_owned(),
            plan: seed.plan % self.terms.plans.len(),
            overage_on: seed.overage_on,
            signed_up_at: start - seed.age,
            first_paid_at: seed.paid.map(|paid| start - paid),
            trial: seed.trial.map(|(end, left)| (start + end, left)),
            overage_limit: seed.overage_limit,
            grants: grants.map(|(before, grant)| grant.place(before, self)).collect(),
        }
    }

    fn change(&mut self, account: &str, at: i64, change: &'static str, plan: String, twin: Twin) {
        let account = account.to_owned();
        self.add_change("c", Change { at, account, change, plan, ..Change::default() }, twin);
    }

    /// Adds a change, whose id begins with `prefix`, and gives its id. One that takes the id of another row is, by the
    /// number, of the same account and instant, too.
    pub fn add_change(&mut self, prefix: &str, change: Change, twin: Twin) -> String {
        let twin = twin.and_then(|twin| Some((self.changes.get(twin)?, twin % 2 == 0)));
        let added = match twin {
            Some((Change { id, at, account, .. }, true)) => {
                Change { id: id.clone(), at: *at, account: account.clone(), ..change }
            }
            Some((Change { id, .. }, false)) => Change { id: id.clone(), ..change },
            None => Change { id: format!("{prefix}{:02}", self.changes.len()), ..change },
        };
        let id = added.id.clone();
        self.changes.push(added);
        id
    }

    /// The part of the population whose accounts `keep` takes.
    pub fn part(&self, keep: impl Fn(&str) -> bool) -> Self {
        let mut part = self.clone();
        if let Some(states) = &mut part.states {
            states.retain(|state| keep(&state.account));
        }
        part.changes.retain(|change| keep(&change.account));
        part.usage.retain(|event| keep(&event.account));
        part.adjustments.retain(|adjustment| keep(&adjustment.account));
        part
    }
}

/// An instant as text.
pub fn text_of(at: i64) -> String {
    Instant::from_micros(at).map_or_else(|| at.to_string(), |at| at.to_string())
}

impl fmt::Debug for Population {
    /// What the files hold, for whoever has to find out what went wrong.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "month {}\n{}", self.month, self.terms.toml().unwrap_or_default())?;
        for state in self.states.iter().flatten() {
            let (signup, paid) = (text_of(state.signed_up_at), state.first_paid_at.map(text_of));
            let trial = state.trial.map(|(end, left)| (text_of(end), decimal(left.into(), 6)));
            let limit = state.overage_limit.map(|limit| decimal(limit.into(), 6));
            let State { account, plan, overage_on, .. } = state;
            writeln!(
                f,
                "state  {account} on p{plan}, overage {overage_on}, limit {limit:?}, signed up \
                 {signup}, paid {paid:?}, trial {trial:?}"
            )?;
            for OpenGrant { id, kind, granted, left, granted_at, expires_at, .. } in &state.grants {
                let [granted, left] = [granted, left].map(|own| decimal((*own).into(), 6));
                let (at, end) = (text_of(*granted_at), expires_at.map(text_of));
                writeln!(
                    f,
                    "       grant {id} of kind {kind}: {left} of {granted}, {at} to {end:?}"
                )?;
            }
        }
        for Change { id, at, account, change, plan, grant, credits, expires_at } in &self.changes {
            let credits = credits.map(|credits| decimal(credits.into(), 6)).unwrap_or_default();
            let (at, end) = (text_of(*at), expires_at.map(text_of).unwrap_or_default());
            writeln!(f, "change {id} {account} {at} {change} {plan}{grant} {credits} {end}")?;
        }
        for Adjustment { id, at, account, amount, description } in &self.adjustments {
            writeln!(f, "adjust {id} {account} {} {amount} {description}", text_of(*at))?;
        }
        for Event { id, at, account, credits } in &self.usage {
            let credits = decimal((*credits).into(), 6);
            writeln!(f, "usage  {id} {account} {} {credits}", text_of(*at))?;
        }
        match self.states {
            Some(_) => Ok(()),
            None => writeln!(f, "genesis"),
        }
    }
}
