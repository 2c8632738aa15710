//! Instants near which a rule turns, still to be found.

use monthend::base::calendar::Month;
use proptest::prelude::*;

use super::terms::DAY;

/// An instant, still to be found.
#[derive(Debug, Clone)]
pub enum Moment {
    /// At or beside an instant at which something happens to the account.
    Mark(usize, i64),
    /// Anywhere in the month.
    Within(i64),
    /// Anywhere from the month before to the month after.
    Around(i64),
}

impl Moment {
    /// The instant, in microseconds since 1970.
    pub fn find(&self, marks: &[i64], month: Month) -> i64 {
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

/// Any moment.
pub fn moment() -> impl Strategy<Value = Moment> {
    let nudge = prop_oneof![8 => Just(0), 2 => Just(1), 2 => Just(-1), 1 => -DAY..DAY];
    let place = prop_oneof![(0_i64..31).prop_map(|day| day * DAY), 0..31 * DAY];
    prop_oneof![
        4 => (0_usize..36, nudge).prop_map(|(mark, nudge)| Moment::Mark(mark, nudge)),
        5 => place.prop_map(Moment::Within),
        1 => (0..93 * DAY).prop_map(Moment::Around),
    ]
}
