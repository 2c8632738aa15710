//! The axis of amounts: round steps, and where an amount stands.

use crate::base::digits::short_with_thousands;

/// At most so many steps.
const STEPS: i128 = 4;

/// A scale from one round amount to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Axis {
    low: i128,
    high: i128,
    step: i128,
    /// The largest amount, whatever its sign.
    largest: i128,
}

impl Axis {
    /// A scale that all amounts lie on, and nothing, too.
    pub fn of(amounts: impl Iterator<Item = i128>) -> Self {
        let (low, high) = amounts
            .fold((0, 0), |(low, high): (i128, i128), amount| (low.min(amount), high.max(amount)));
        Self::between(low, high)
    }

    /// A scale that all amounts lie on; where they are far above nothing it begins a little below them, so that what
    /// differs can be seen.
    pub fn near(amounts: impl Iterator<Item = i128> + Clone) -> Self {
        let (low, high) = (amounts.clone().min().unwrap_or(0), amounts.clone().max().unwrap_or(0));
        let apart = high - low;
        if low <= 2 * apart {
            return Self::of(amounts);
        }
        Self::between(low - (apart / 4).max(high / 100), high)
    }

    fn between(low: i128, high: i128) -> Self {
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
        let low = if low < 0 && -low < step / 2 { low } else { low.div_euclid(step) * step };
        Axis { low, high: if high == low { low + step } else { high }, step, largest }
    }

    /// Where what stands on the scale begins: at nothing, or at the lowest amount above it.
    pub fn ground(self) -> i128 {
        self.low.max(0)
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
        in_short(amount, self.largest, decimals, 3)
    }
}

/// An amount of so many decimals in a few digits: `6.3 k`.
pub(super) fn figure(amount: i128, decimals: u32) -> String {
    in_short(amount, amount.abs(), decimals, 1)
}

/// An amount in thousands, millions or billions, as the largest beside it asks for, rounded to so many places.
fn in_short(amount: i128, largest: i128, decimals: u32, places: u32) -> String {
    let unit = 10_i128.pow(decimals);
    let sizes = [(1_000_000_000, " bn"), (1_000_000, " M"), (1_000, " k")];
    match sizes.into_iter().find(|(size, _)| largest / unit >= *size) {
        Some((size, word)) => {
            let twice = 2 * amount * 10_i128.pow(places) + amount.signum() * unit * size;
            format!("{}{word}", short_with_thousands(twice / (2 * unit * size), places))
        }
        None => short_with_thousands(amount, decimals),
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
    fn what_is_far_above_nothing_is_seen_from_near() {
        for (amounts, ground, ticks) in [
            (&[103_965_i128, 112_071][..], 100_000, &[100_000_i128, 105_000, 110_000, 115_000][..]),
            (&[20_000, 20_000], 19_800, &[19_800, 19_850, 19_900, 19_950, 20_000]),
            (&[4_000, 6_000], 0, &[0, 2_000, 4_000, 6_000]),
            (&[0, 6_000], 0, &[0, 2_000, 4_000, 6_000]),
            (&[-90, -80], 0, &[-100, -50, 0]),
            (&[], 0, &[0, 1]),
        ] {
            let axis = Axis::near(amounts.iter().copied());
            assert_eq!(axis.ticks().collect::<Vec<_>>(), ticks, "{amounts:?}");
            assert_eq!(axis.ground(), ground, "{amounts:?}");
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
        assert_eq!(figure(10_396_500, 2), "104 k");
        assert_eq!(figure(-258_500, 2), "-2.6 k");
        assert_eq!(figure(-23_400, 2), "-234");
    }
}
