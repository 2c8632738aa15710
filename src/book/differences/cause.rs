//! Why an account's month differs.

use std::fmt;

use crate::base::named::named_enum;
use crate::tables::LinePart;

named_enum! {
    /// A cause; the order is that in which several are told.
    pub enum Cause {
        /// The catalogue's terms that this account is billed by.
        Catalogue = "catalogue",
        /// How the account stood at the beginning of the month.
        OpeningState = "opening state",
        /// Its signup, its plans, or when they changed.
        PlanChange = "plan change",
        /// When its overage switch was on.
        Switch = "switch",
        /// Grants that were given, or voided.
        Grant = "grant",
        /// The limit of its overage.
        OverageLimit = "overage limit",
        /// Amounts that were adjusted by hand.
        Adjustment = "adjustment",
        /// Usage that was not there before.
        LateUsage = "late usage",
        /// Usage that was taken out, or left out.
        DroppedUsage = "dropped usage",
        /// Usage that was there twice.
        DuplicateRemoved = "duplicate removed",
        /// As many events as before, with other credits or at other instants.
        CorrectedUsage = "corrected usage",
        /// The program's version, and nothing else.
        RuleVersion = "rule version",
        /// The revisions do not tell.
        Unexplained = "unexplained",
    }
}

/// Causes that come together; told in their order, between semicolons.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Causes(u16);

impl Causes {
    /// The same causes and one more.
    #[must_use]
    pub fn and(self, cause: Cause) -> Self {
        Causes(self.0 | 1 << cause as u16)
    }

    /// The same causes, and one more if that is so.
    #[must_use]
    pub(super) fn and_if(self, so: bool, cause: Cause) -> Self {
        if so { self.and(cause) } else { self }
    }

    /// The same causes and others.
    #[must_use]
    pub(super) fn and_all(self, others: Causes) -> Self {
        Causes(self.0 | others.0)
    }

    /// The causes that can have moved a line: neither usage nor the switch moves a fee.
    #[must_use]
    pub(super) fn of_line(self, part: LinePart) -> Self {
        const OF_USAGE: [Cause; 6] = [
            Cause::Switch,
            Cause::OverageLimit,
            Cause::LateUsage,
            Cause::DroppedUsage,
            Cause::DuplicateRemoved,
            Cause::CorrectedUsage,
        ];
        match part {
            LinePart::Overage => self.without(&[Cause::Adjustment]),
            LinePart::Subscription => {
                self.without(&OF_USAGE).without(&[Cause::Grant, Cause::Adjustment])
            }
            LinePart::Grants => {
                self.without(&OF_USAGE).without(&[Cause::PlanChange, Cause::Adjustment])
            }
            LinePart::Adjustments => {
                Causes::default().and_if(self.contains(Cause::Adjustment), Cause::Adjustment)
            }
        }
    }

    /// The causes but for some.
    #[must_use]
    fn without(self, some: &[Cause]) -> Self {
        let some = some.iter().fold(Causes::default(), |some, &cause| some.and(cause));
        Causes(self.0 & !some.0)
    }

    /// Whether a cause is among them.
    pub fn contains(self, cause: Cause) -> bool {
        self.0 & (1 << cause as u16) != 0
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The causes, in order.
    pub fn iter(self) -> impl Iterator<Item = Cause> {
        Cause::ALL.into_iter().filter(move |&cause| self.contains(cause))
    }
}

impl fmt::Display for Causes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, cause) in self.iter().enumerate() {
            let separator = if place == 0 { "" } else { "; " };
            write!(f, "{separator}{}", cause.name())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_told_in_their_order_once_each() {
        let causes = [Cause::LateUsage, Cause::Catalogue, Cause::LateUsage];
        let causes = causes.into_iter().fold(Causes::default(), Causes::and);
        assert_eq!(causes.to_string(), "catalogue; late usage");
        assert_eq!(causes.without(&[Cause::Catalogue]).to_string(), "late usage");
        assert!(Causes::default().is_empty() && !causes.is_empty());
        assert!(Cause::ALL.is_sorted());
    }
}
