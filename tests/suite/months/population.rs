//! Random small populations: opening states, changes and usage, near the instants at which a rule turns.

use std::fmt;

use monthend::base::calendar::{Instant, Month};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::terms::{CREDIT, DAY, Terms, decimal, terms};

/// A change, as the log has it. Instants are microseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    // The order of the fields is the order of precedence among rows of one id.
    pub id: String,
    pub at: i64,
    pub account: String,
    pub change: &'static str,
    pub plan: String,
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
}

/// Which populations are wanted.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// Whether ids may come again with other content.
    pub conflicts: bool,
    /// Whether a month may open with a file of states.
    pub states: bool,
}

/// The most accounts.
pub const ACCOUNTS: [&str; 6] = ["ann", "=bob", "Cid, jr", "d\"e", "-", "zoë"];

/// An instant, still to be found.
#[derive(Debug, Clone)]
enum Moment {
    /// At or beside an instant at which something happens to the account.
    Mark(usize, i64),
    /// Anywhere in the month.
    Within(i64),
    /// Anywhere from the month before to the month after.
    Around(i64),
}

impl Moment {
    fn find(&self, marks: &[i64], month: Month) -> i64 {
        let among = |from: Month, to: Month, place: i64| {
            let (from, to) = (from.start().micros(), to.end().micros());
            from + place.rem_euclid(to - from)
        };
        match *self {
            Moment::Mark(mark, nudge) => marks[mark % marks.len()] + nudge,
            Moment::Within(place) => among(month, month, place),
            Moment::Around(place) => among(month.previous(), month.next(), place),
        }
    }
}

fn moment() -> impl Strategy<Value = Moment> {
    let nudge = prop_oneof![8 => Just(0), 2 => Just(1), 2 => Just(-1), 1 => -DAY..DAY];
    let place = prop_oneof![(0_i64..31).prop_map(|day| day * DAY), 0..31 * DAY];
    prop_oneof![
        4 => (0_usize..12, nudge).prop_map(|(mark, nudge)| Moment::Mark(mark, nudge)),
        5 => place.prop_map(Moment::Within),
        1 => (0..93 * DAY).prop_map(Moment::Around),
    ]
}

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
    changes: Vec<(Ask, Moment, Option<usize>)>,
    /// How much, when, and another event whose id it takes.
    usage: Vec<(i64, Moment, Option<usize>)>,
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
}

fn credits() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => (0_i64..30).prop_map(|credits| credits * CREDIT),
        3 => 0..30 * CREDIT,
        2 => select(vec![1, 5 * CREDIT, 20 * CREDIT, 20 * CREDIT + 1, 60 * CREDIT]),
    ]
}

fn twin() -> impl Strategy<Value = Option<usize>> {
    prop_oneof![12 => Just(None), 1 => (0_usize..40).prop_map(Some)]
}

fn seed() -> impl Strategy<Value = Seed> {
    let trial_end = prop_oneof![Just(1), 1..70 * DAY, (1_i64..40).prop_map(|day| day * DAY)];
    let state = (
        0_usize..5,
        any::<bool>(),
        prop_oneof![Just(1), 1..400 * DAY],
        option::of(1..400 * DAY),
        option::of((trial_end, credits())),
    )
        .prop_map(|(plan, overage_on, age, paid, trial)| StateSeed {
            plan,
            overage_on,
            age,
            paid: paid.map(|paid| paid.min(age)),
            trial,
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
    (option::of(state), signup, changes, usage).prop_map(|(state, signup, changes, usage)| Seed {
        state,
        signup,
        changes,
        usage,
    })
}

/// Any population of a kind.
pub fn population(kind: Kind) -> BoxedStrategy<Population> {
    let months = select(vec!["2026-04", "2024-02", "2026-02", "2026-05", "2025-12", "2025-01"]);
    let month = months.prop_filter_map("a month", Month::parse);
    let accounts = vec(seed(), 1..=ACCOUNTS.len());
    let all = (month, terms(), any::<bool>(), accounts);
    all.prop_map(move |(month, terms, states, seeds)| {
        let states = (kind.states && states).then(Vec::new);
        let mut population =
            Population { month, terms, states, changes: Vec::new(), usage: Vec::new() };
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

        if let (Some(states), Some(seed)) = (&mut self.states, &seed.state) {
            let trial = seed.trial.map(|(end, left)| (start + end, left));
            marks.extend(trial.map(|(end, _)| end));
            states.push(State {
                account: account.to_owned(),
                plan: seed.plan % plans,
                overage_on: seed.overage_on,
                signed_up_at: start - seed.age,
                first_paid_at: seed.paid.map(|paid| start - paid),
                trial,
            });
        }
        if let Some((moment, plan)) = &seed.signup {
            let at = moment.find(&marks, month);
            let plan = plan.map(|plan| plan_id(&self.terms, plan)).unwrap_or_default();
            self.change(account, at, "signup", plan, None);
            marks.extend([at, at + length]);
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

    fn change(
        &mut self,
        account: &str,
        at: i64,
        change: &'static str,
        plan: String,
        twin: Option<usize>,
    ) {
        let own = self.changes.len();
        let id = format!("c{:02}", twin.map_or(own, |twin| twin % (own + 1)));
        self.changes.push(Change { id, at, account: account.to_owned(), change, plan });
    }

    /// The part of the population whose accounts `keep` takes.
    pub fn part(&self, keep: impl Fn(&str) -> bool) -> Self {
        let mut part = self.clone();
        if let Some(states) = &mut part.states {
            states.retain(|state| keep(&state.account));
        }
        part.changes.retain(|change| keep(&change.account));
        part.usage.retain(|event| keep(&event.account));
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
            let State { account, plan, overage_on, .. } = state;
            writeln!(
                f,
                "state  {account} on p{plan}, overage {overage_on}, signed up {signup}, paid \
                 {paid:?}, trial {trial:?}"
            )?;
        }
        for Change { id, at, account, change, plan } in &self.changes {
            writeln!(f, "change {id} {account} {} {change} {plan}", text_of(*at))?;
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
