//! What random accounts are given: grants and voids of them, limits of overage, adjustments. Most accounts that are
//! given something are given much of it, at few instants and until fewer.

use monthend::base::calendar::Month;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::moments::{Moment, moment};
use super::population::{Adjustment, Change, Kind, OpenGrant, Population};
use super::terms::{CREDIT, DAY};

/// The number of another row whose id a row takes, if there is such a row.
pub type Twin = Option<usize>;

/// Such a row for some.
pub fn twin() -> impl Strategy<Value = Twin> {
    prop_oneof![12 => Just(None), 1 => (0_usize..40).prop_map(Some)]
}

/// What an account is given, still to be placed.
#[derive(Debug, Clone, Default)]
pub struct Giving {
    grants: Vec<GrantSeed>,
    /// Instants at which several of them end.
    ends: Vec<Moment>,
    voids: Vec<VoidSeed>,
    /// Micro-credits, or none to go back to the catalogue's limit.
    limits: Vec<(Option<i64>, Moment, Twin)>,
    adjustments: Vec<AdjustmentSeed>,
}

#[derive(Debug, Clone)]
struct GrantSeed {
    /// Which kind; none for one that the catalogue lacks.
    kind: Option<usize>,
    /// In micro-credits, where they are not the kind's.
    credits: Option<i64>,
    at: Moment,
    /// Whether it may come before the signup.
    early: bool,
    end: End,
    twin: Twin,
}

#[derive(Debug, Clone)]
enum End {
    OfKind,
    Shared(usize),
    At(Moment),
    /// So many microseconds later.
    After(i64),
}

#[derive(Debug, Clone)]
struct VoidSeed {
    what: Voided,
    at: Moment,
    /// Whether it comes before all else of its instant.
    first: bool,
    twin: Twin,
}

#[derive(Debug, Clone)]
enum Voided {
    /// One of the account's grants.
    Own(usize),
    /// Any change, most often of another account.
    Other(usize),
    NoSuchGrant,
}

#[derive(Debug, Clone)]
struct AdjustmentSeed {
    amount: Amount,
    at: Moment,
    description: &'static str,
    twin: Twin,
}

#[derive(Debug, Clone)]
enum Amount {
    /// In minor units.
    Of(i64),
    /// As much as a plan costs is given back, so that a document may come to nothing.
    BackOf(usize),
}

/// A grant that an opening state has.
#[derive(Debug, Clone)]
pub struct OpenGrantSeed {
    kind: usize,
    /// In micro-credits.
    left: i64,
    drawn: i64,
    /// Microseconds before the month.
    age: i64,
    /// Microseconds into the month.
    end: Option<i64>,
    price: i64,
}

/// Credits of which usage soon has several.
fn few_credits() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => (1_i64..12).prop_map(|credits| credits * CREDIT),
        2 => 1..12 * CREDIT,
        1 => select(vec![1, 2, 60 * CREDIT]),
    ]
}

fn grant() -> impl Strategy<Value = GrantSeed> {
    let kind = prop_oneof![15 => (0_usize..4).prop_map(Some), 1 => Just(None)];
    let credits = prop_oneof![12 => few_credits(), 1 => Just(0)];
    let after = prop_oneof![
        3 => select(vec![-1, 0, 1, DAY - 1, DAY]),
        2 => 1..60 * DAY,
        1 => (1_i64..60).prop_map(|days| days * DAY),
    ];
    let end = prop_oneof![
        3 => Just(End::OfKind),
        6 => (0_usize..3).prop_map(End::Shared),
        1 => moment().prop_map(End::At),
        2 => after.prop_map(End::After),
    ];
    let early = prop_oneof![12 => Just(false), 1 => Just(true)];
    (kind, option::weighted(0.8, credits), moment(), early, end, twin()).prop_map(
        |(kind, credits, at, early, end, twin)| GrantSeed { kind, credits, at, early, end, twin },
    )
}

fn void() -> impl Strategy<Value = VoidSeed> {
    let what = prop_oneof![
        10 => (0_usize..16).prop_map(Voided::Own),
        1 => (0_usize..60).prop_map(Voided::Other),
        1 => Just(Voided::NoSuchGrant),
    ];
    (what, moment(), any::<bool>(), twin()).prop_map(|(what, at, first, twin)| VoidSeed {
        what,
        at,
        first,
        twin,
    })
}

fn limit() -> impl Strategy<Value = (Option<i64>, Moment, Twin)> {
    let credits = prop_oneof![
        2 => Just(None),
        2 => Just(Some(0)),
        5 => (1_i64..40).prop_map(|credits| Some(credits * CREDIT)),
        1 => select(vec![Some(1), Some(7 * CREDIT + 1)]),
    ];
    (credits, moment(), twin())
}

fn adjustment() -> impl Strategy<Value = AdjustmentSeed> {
    let amount = prop_oneof![
        3 => 1_i64..4_000,
        5 => -4_000_i64..0,
        1 => select(vec![1, -1, 5_000_000, -5_000_000]),
    ];
    let amount = prop_oneof![
        4 => amount.prop_map(Amount::Of),
        1 => (0_usize..5).prop_map(Amount::BackOf),
    ];
    let descriptions = vec!["goodwill", "=SUM(A1)", "late, by \"three\" days", "日本語", "-"];
    (amount, moment(), select(descriptions), twin()).prop_map(|(amount, at, description, twin)| {
        AdjustmentSeed { amount, at, description, twin }
    })
}

/// Whatever an account may be given.
pub fn giving() -> impl Strategy<Value = Giving> {
    let grants =
        prop_oneof![3 => vec(grant(), 0..2), 5 => vec(grant(), 2..6), 2 => vec(grant(), 6..14)];
    let limits = prop_oneof![2 => Just(Vec::new()), 3 => vec(limit(), 1..4)];
    let (voids, adjustments) = (vec(void(), 0..4), vec(adjustment(), 0..4));
    (grants, vec(moment(), 3), voids, limits, adjustments).prop_map(
        |(grants, ends, voids, limits, adjustments)| Giving {
            grants,
            ends,
            voids,
            limits,
            adjustments,
        },
    )
}

/// Grants that an account brings along.
pub fn open_grants() -> impl Strategy<Value = Vec<OpenGrantSeed>> {
    let drawn = prop_oneof![Just(0), 1..9 * CREDIT];
    let age = prop_oneof![Just(1), 1..400 * DAY];
    let end = prop_oneof![
        Just(1),
        1..70 * DAY,
        select(vec![9 * DAY, 30 * DAY, 31 * DAY]), // so that several end at once
    ];
    let price = prop_oneof![Just(0), 1_i64..2_000];
    let grant = (0_usize..4, few_credits(), drawn, age, option::weighted(0.8, end), price)
        .prop_map(|(kind, left, drawn, age, end, price)| OpenGrantSeed {
            kind,
            left,
            drawn,
            age,
            end,
            price,
        });
    vec(grant, 0..5)
}

impl OpenGrantSeed {
    /// The grant, of an account that has so many before it.
    pub fn place(&self, before: usize, population: &Population) -> OpenGrant {
        let (start, kinds) = (population.month.start().micros(), &population.terms.grants);
        OpenGrant {
            id: format!("=o{before}"),
            kind: self.kind % kinds.len(),
            granted: self.left + self.drawn,
            left: self.left,
            granted_at: start - self.age,
            expires_at: self.end.map(|end| start + end),
            price: self.price,
        }
    }
}

/// Whose changes they are.
pub struct Recipient<'a> {
    pub account: &'a str,
    /// Before this instant nothing can be given to it.
    pub since: i64,
    /// The grants that it brings along.
    pub grants: Vec<String>,
}

impl Giving {
    /// Adds all of it to a population; its instants become marks.
    pub fn add(&self, to: &mut Population, of: Recipient<'_>, marks: &mut Vec<i64>, kind: Kind) {
        let month = to.month;
        let Recipient { account, since, grants: mut own } = of;
        let twin = |twin: Twin| twin.filter(|_| kind.conflicts);
        let change =
            |change, at| Change { at, account: account.to_owned(), change, ..Change::default() };
        let ends: Vec<i64> = self.ends.iter().map(|end| end.find(marks, month)).collect();
        for grant in &self.grants {
            let at = grant.at.find(marks, month);
            let at = if grant.early { at } else { at.max(since) };
            let expires_at = grant.end.find(at, &ends, marks, month);
            marks.push(at);
            marks.extend(expires_at);
            let given = Change {
                grant: grant.kind_id(to),
                credits: grant.credits,
                expires_at,
                ..change("grant", at)
            };
            own.push(to.add_change("c", given, twin(grant.twin)));
        }
        for void in &self.voids {
            let at = void.at.find(marks, month).max(since);
            let grant = void.what.id(&own, to);
            let voided = Change { grant, ..change("grant_void", at) };
            // Of one instant, what has the lower id comes first (T2).
            to.add_change(if void.first { "b" } else { "c" }, voided, twin(void.twin));
            marks.push(at);
        }
        for (credits, at, own) in &self.limits {
            let at = at.find(marks, month).max(since);
            let limited = Change { credits: *credits, ..change("overage_limit", at) };
            to.add_change("c", limited, twin(*own));
            marks.push(at);
        }
        for adjustment in &self.adjustments {
            let at = adjustment.at.find(marks, month);
            adjustment.add(to, account, at, twin(adjustment.twin));
        }
    }
}

impl GrantSeed {
    fn kind_id(&self, population: &Population) -> String {
        let kinds = &population.terms.grants;
        self.kind.map_or("no such kind", |kind| kinds[kind % kinds.len()].id).to_owned()
    }
}

impl End {
    /// The end of a grant that is given at an instant; `None` where its kind says when.
    fn find(&self, at: i64, shared: &[i64], marks: &[i64], month: Month) -> Option<i64> {
        match self {
            End::OfKind => None,
            End::Shared(place) => Some(shared[*place]),
            End::At(moment) => Some(moment.find(marks, month)),
            End::After(micros) => Some(at + micros),
        }
    }
}

impl Voided {
    fn id(&self, own: &[String], population: &Population) -> String {
        let changes = &population.changes;
        match *self {
            Voided::Own(place) if !own.is_empty() => own[place % own.len()].clone(),
            Voided::Other(place) if !changes.is_empty() => {
                changes[place % changes.len()].id.clone()
            }
            _ => "no such grant".to_owned(),
        }
    }
}

impl AdjustmentSeed {
    fn add(&self, to: &mut Population, account: &str, at: i64, twin: Twin) {
        let plans = &to.terms.plans;
        let amount = match self.amount {
            Amount::Of(amount) => amount,
            // The lowest plan is free of charge, and no adjustment is of nothing.
            Amount::BackOf(plan) => -plans[plan % plans.len()].price.max(1),
        };
        let twin = twin.and_then(|twin| Some((to.adjustments.get(twin)?, twin % 2 == 0)));
        let (id, at, account) = match twin {
            Some((Adjustment { id, at, account, .. }, true)) => (id.clone(), *at, account.clone()),
            Some((Adjustment { id, .. }, false)) => (id.clone(), at, account.to_owned()),
            None => (format!("+a{:02}", to.adjustments.len()), at, account.to_owned()),
        };
        let description = self.description.to_owned();
        to.adjustments.push(Adjustment { id, at, account, amount, description });
    }
}
