//! The axis of amounts: round steps, and where an amount stands.

use crate::base::digits::short_with_thousands;

/// At most so many steps.
const STEPS: i128 = 4;

/// A scale from one round amount to another, nothing included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Axis {
    low: i128,
    high: i128,
    step: i128,
    /// The largest amount, whatever its sign.
    largest: i128,
}

impl Axis {
    /// A scale that all amounts lie on.
    pub fn of(amounts: impl Iterator<Item = i128>) -> Self {
        let (low, high) = amounts
            .fold((0, 0), |(low, high): (i128, i128), amount| (low.min(amount), high.max(amount)));
        let mut step = 1;
        // 1, 2, 5, 10, 20, 50 and so on: the first with which there are few enough.
        'found: loop {
            for round in [step, 2 * step, 5 * step] {
                if steps(low, high, round) <= STEPS {
                    step = round;
                    break 'found;
                }
            }
            step *= 10;
        }
        let largest = high.max(-low);
        let high = -(-high).div_euclid(step) * step;
        // A little below nothing takes no whole step.
        let low = if -low < step / 2 { low } else { low.div_euclid(step) * step };
        Axis { low, high: if high == low { low + step } else { high }, step, largest }
    }

    /// The round amounts, from the lowest.
    pub fn ticks(self) -> impl Iterator<Item = i128> {
        let lowest = -(-self.low).div_euclid(self.step) * self.step;
        (0..).map(move |at| lowest + at * self.step).take_while(move |tick| *tick <= self.high)
    }

    /// How far an amount is from the top, where the whole scale is so long.
    pub fn below_top(self, amount: i128, length: i64) -> i64 {
        let far = (self.high - amount) * i128::from(length) / (self.high - self.low);
        i64::try_from(far).unwrap_or(length)
    }

    /// What stands beside a round amount of so many decimals: `1.5 k`, `20 M`.
    pub fn label(self, amount: i128, decimals: u32) -> String {
        let unit = 10_i128.pow(decimals);
        let largest = self.largest / unit;
        let sizes = [(1_000_000_000, " bn"), (1_000_000, " M"), (1_000, " k")];
        match sizes.into_iter().find(|(size, _)| largest >= *size) {
            Some((size, word)) => {
                format!("{}{word}", short_with_thousands(amount * 1000 / (unit * size), 3))
            }
            None => short_with_thousands(amount, decimals),
        }
    }
}

fn steps(low: i128, high: i128, step: i128) -> i128 {
    -(-high).div_euclid(step) - low.div_euclid(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_hold_all_amounts() {
        for (amounts, ticks) in [
            (&[0_i128, 93_000][..], &[0_i128, 50_000, 100_000][..]),
            (&[88_600, 53_490, 98_839], &[0, 50_000, 100_000]),
            (&[-3_333, 7_333], &[-5_000, 0, 5_000, 10_000]),
            (&[-250, 98_839], &[0, 50_000, 100_000]),
            (&[-3], &[-3, -2, -1, 0]),
            (&[], &[0, 1]),
            (&[0], &[0, 1]),
            (&[i128::from(i64::MAX)], &[0, 5_000_000_000_000_000_000, 10_000_000_000_000_000_000]),
        ] {
            let axis = Axis::of(amounts.iter().copied());
            assert_eq!(axis.ticks().collect::<Vec<_>>(), ticks, "{amounts:?}");
            for amount in amounts {
                assert!((0..=1000).contains(&axis.below_top(*amount, 1000)), "{amount}");
            }
        }
    }

    #[test]
    fn labels_are_short() {
        let label = |high, amount, decimals| Axis::of([high].into_iter()).label(amount, decimals);
        assert_eq!(label(93_000, 50_000, 2), "500");
        assert_eq!(label(9_300_000, 5_000_000, 2), "50 k");
        assert_eq!(label(600_000, 150_000, 2), "1.5 k");
        assert_eq!(label(-250_000_000, -250_000_000, 2), "-2.5 M");
        assert_eq!(label(40, 40, 0), "40");
        assert_eq!(label(50, 25, 2), "0.25");
    }
}
