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
    /// The lowest first.
    pub plans: Vec<Plan>,
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
        Ok(text)
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

/// Any catalogue: one to five plans, with overage wherever chance puts it.
pub fn terms() -> impl Strategy<Value = Terms> {
    let currency = select(vec![("USD", 2), ("JPY", 0), ("KWD", 3)]);
    let rounding = select(vec!["half-up", "half-even"]);
    let proration = select(vec!["days-after", "days-inclusive", "seconds"]);
    let trial = option::of((credits(), prop_oneof![Just(30), 1_i64..70]));
    let lowest = (credits(), rate());
    let above = vec((1_i64..4_000, credits(), rate()), 0..=4);
    (currency, rounding, proration, trial, lowest, above).prop_map(
        |((currency, decimals), rounding, proration, trial, (credits, rate), above)| {
            let mut plans = vec![Plan { id: "p0".to_owned(), price: 0, credits, rate }];
            for (step, credits, rate) in above {
                let price = plans.last().map_or(0, |below| below.price) + step;
                plans.push(Plan { id: format!("p{}", plans.len()), price, credits, rate });
            }
            let trial = trial.map(|(credits, days)| (credits, days * DAY));
            Terms { currency, decimals, rounding, proration, trial, plans }
        },
    )
}
