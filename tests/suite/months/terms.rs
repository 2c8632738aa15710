//! A random catalogue, in terms of its own: whole numbers, and no code of the program.

use std::fmt::Write as _;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::holding::Outcome;

/// Micro-credits in a credit.
pub const CREDIT: i64 = 1_000_000;
/// Microseconds in a day.
pub const DAY: i64 = 86_400_000_000;

/// What a catalogue says.
#[derive(Debug, Clone)]
pub struct Terms {
    pub currency: &'static str,
    pub decimals: u32,
    pub rounding: &'static str,
    pub proration: &'static str,
    /// Micro-credits, and the length in microseconds.
    pub trial: Option<(i64, i64)>,
    /// For all accounts, in micro-credits (O6).
    pub overage_limit: Option<i64>,
    /// The lowest first.
    pub plans: Vec<Plan>,
    /// Kinds of grants (G1).
    pub grants: Vec<GrantKind>,
}

/// A plan.
#[derive(Debug, Clone)]
pub struct Plan {
    pub id: String,
    /// In minor units.
    pub price: i64,
    /// In micro-credits.
    pub credits: i64,
    /// In millionths of a unit for a credit.
    pub rate: Option<i64>,
}

/// A kind of grants.
#[derive(Debug, Clone)]
pub struct GrantKind {
    pub id: &'static str,
    /// In micro-credits, where the change names none.
    pub credits: Option<i64>,
    /// In minor units.
    pub price: i64,
    /// Its place in the order of drawing (G2).
    pub after_plan: bool,
    /// In microseconds, where the change names no end; `None` for ever.
    pub length: Option<i64>,
}

impl Terms {
    /// The rank of a plan.
    pub fn rank(&self, id: &str) -> Option<usize> {
        self.plans.iter().position(|plan| plan.id == id)
    }

    /// Whether a plan offers overage.
    pub fn offers(&self, rank: usize) -> bool {
        self.plans[rank].rate.is_some()
    }

    /// A quotient of numbers that are not negative, rounded to a whole number (F9).
    pub fn round(&self, numerator: i128, denominator: i128) -> i128 {
        let (floor, rest) = (numerator / denominator, numerator % denominator);
        match (rest * 2).cmp(&denominator) {
            std::cmp::Ordering::Less => floor,
            std::cmp::Ordering::Equal if self.rounding == "half-even" => floor + floor % 2,
            _ => floor + 1,
        }
    }

    /// The catalogue file.
    pub fn toml(&self) -> Outcome<String> {
        let Terms { currency, rounding, proration, .. } = self;
        let mut text = format!(
            "in_force_from = 2000-01-01\ncurrency = \"{currency}\"\nrounding = \"{rounding}\"\n\
             proration = \"{proration}\"\n"
        );
        if let Some(limit) = self.overage_limit {
            writeln!(text, "overage_limit = \"{}\"", decimal(limit.into(), 6))?;
        }
        if let Some((credits, length)) = self.trial {
            let (credits, days) = (decimal(credits.into(), 6), length / DAY);
            write!(text, "\n[trial]\ncredits = \"{credits}\"\ndays = {days}\n")?;
        }
        for Plan { id, price, credits, rate } in &self.plans {
            let (price, credits) =
                (decimal((*price).into(), self.decimals), decimal((*credits).into(), 6));
            write!(
                text,
                "\n[[plan]]\nid = \"{id}\"\nprice = \"{price}\"\ncredits = \"{credits}\"\n"
            )?;
            if let Some(rate) = rate {
                writeln!(text, "overage_rate = \"{}\"", decimal((*rate).into(), 6))?;
            }
        }
        for kind in &self.grants {
            kind.write(self.decimals, &mut text)?;
        }
        Ok(text)
    }
}

impl GrantKind {
    /// Its entry in the catalogue file, where what goes without saying is left out.
    fn write(&self, decimals: u32, text: &mut String) -> Outcome<()> {
        writeln!(text, "\n[[grant]]\nid = \"{}\"", self.id)?;
        if let Some(credits) = self.credits {
            writeln!(text, "credits = \"{}\"", decimal(credits.into(), 6))?;
        }
        if self.price > 0 {
            writeln!(text, "price = \"{}\"", decimal(self.price.into(), decimals))?;
        }
        if self.after_plan {
            writeln!(text, "draws = \"after-plan\"")?;
        }
        if let Some(length) = self.length {
            writeln!(text, "expires_after_days = {}", length / DAY)?;
        }
        Ok(())
    }
}

/// A scaled whole number as the tables write it.
pub fn decimal(value: i128, scale: u32) -> String {
    let (unit, width) = (10_u128.pow(scale), scale as usize);
    let (sign, value) = (if value < 0 { "-" } else { "" }, value.unsigned_abs());
    match scale {
        0 => format!("{sign}{value}"),
        _ => format!("{sign}{}.{:0width$}", value / unit, value % unit),
    }
}

fn credits() -> impl Strategy<Value = i64> {
    select(vec![5 * CREDIT, 20 * CREDIT, 20 * CREDIT + CREDIT / 2, 60 * CREDIT, 1, 0])
}

fn rate() -> impl Strategy<Value = Option<i64>> {
    option::of(select(vec![40_000, 500_000, 37_500, 1_005_000, 1]))
}

/// Ids of kinds of grants, some of which look like formulas or are quoted.
const KINDS: [&str; 4] = ["pack", "=promo", "good, will", "@kind"];

/// Two to four kinds of grants, most of them with credits and a length of their own.
fn kinds() -> impl Strategy<Value = Vec<GrantKind>> {
    let credits = select(vec![1, 3 * CREDIT, 8 * CREDIT + CREDIT / 3, 25 * CREDIT]);
    let price = prop_oneof![Just(0), 1_i64..2_000];
    let days = prop_oneof![Just(1_i64), 1_i64..60];
    let kind = (option::weighted(0.8, credits), price, any::<bool>(), option::of(days));
    vec(kind, 2..=KINDS.len()).prop_map(|kinds| {
        let of = |(id, (credits, price, after_plan, days)): (_, (_, _, _, Option<i64>))| {
            let length = days.map(|days| days * DAY);
            GrantKind { id, credits, price, after_plan, length }
        };
        KINDS.into_iter().zip(kinds).map(of).collect()
    })
}

/// Any catalogue: one to five plans, with overage wherever chance puts it.
pub fn terms() -> impl Strategy<Value = Terms> {
    let currency = select(vec![("USD", 2), ("JPY", 0), ("KWD", 3)]);
    let rounding = select(vec!["half-up", "half-even"]);
    let proration = select(vec!["days-after", "days-inclusive", "seconds"]);
    let trial = option::of((credits(), prop_oneof![Just(30), 1_i64..70]));
    let lowest = (credits(), rate());
    let above = vec((1_i64..4_000, credits(), rate()), 0..=4);
    let limit = option::weighted(0.2, select(vec![0, 1, 5 * CREDIT, 40 * CREDIT]));
    (currency, rounding, proration, trial, (lowest, above), limit, kinds()).prop_map(
        |((currency, decimals), rounding, proration, trial, (lowest, above), limit, grants)| {
            let (credits, rate) = lowest;
            let mut plans = vec![Plan { id: "p0".to_owned(), price: 0, credits, rate }];
            for (step, credits, rate) in above {
                let price = plans.last().map_or(0, |below| below.price) + step;
                plans.push(Plan { id: format!("p{}", plans.len()), price, credits, rate });
            }
            let trial = trial.map(|(credits, days)| (credits, days * DAY));
            let overage_limit = limit;
            Terms { currency, decimals, rounding, proration, trial, overage_limit, plans, grants }
        },
    )
}
