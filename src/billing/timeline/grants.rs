//! The grants of an account under the changes that give and void them (G1, G5, G6).

use std::collections::BTreeMap;

use super::month::MonthGrant;
use crate::base::calendar::Instant;
use crate::catalog::Catalog;
use crate::input::changes::Change;
use crate::tables::opening::OpenGrant;

/// An account's grants between two changes.
#[derive(Debug, Default)]
pub(super) struct Grants {
    /// In the order in which they were given.
    pub all: Vec<MonthGrant>,
    /// Their places, by id.
    places: BTreeMap<Box<str>, usize>,
}

impl Grants {
    /// What an opening state has.
    pub fn carried(open: &[OpenGrant]) -> Self {
        let mut grants = Grants::default();
        open.iter().for_each(|grant| grants.push(grant.clone(), 0));
        grants
    }

    fn push(&mut self, grant: OpenGrant, upgrades_before: usize) {
        self.places.insert(grant.id.clone(), self.all.len());
        self.all.push(MonthGrant { grant, voided_at: None, upgrades_before });
    }

    /// Gives a grant (G1), so many upgrades of the month coming before it; or says why it cannot take effect, as the
    /// table `exceptions` does in `detail` (G6).
    pub fn give(
        &mut self,
        change: &Change<'_>,
        catalog: &Catalog,
        upgrades_before: usize,
    ) -> Result<(), String> {
        let Some(place) = change.grant.and_then(|id| catalog.grant_place(id)) else {
            let named = change.grant.unwrap_or_default();
            return Err(format!("the catalogue lacks grant {named}"));
        };
        let kind = catalog.grant_kind(place);
        let credits = change.credits.or(kind.credits).filter(|credits| !credits.is_zero());
        let credits = credits.ok_or("a grant without credits")?;
        let expires_at = kind.expires_at(change.at, change.expires_at);
        if expires_at.is_some_and(|end| end <= change.at) {
            return Err("a grant that has expired by then".to_owned());
        }
        let grant = OpenGrant {
            id: change.id.into(),
            kind: place,
            granted: credits,
            left: credits,
            granted_at: change.at,
            expires_at,
            price: kind.price,
        };
        self.push(grant, upgrades_before);
        Ok(())
    }

    /// Ends a grant at once (G5); or says why it cannot, as with [`Grants::give`].
    pub fn void(&mut self, change: &Change<'_>) -> Result<(), String> {
        let place = change.grant.and_then(|id| self.places.get(id));
        let place = *place.ok_or("a void of no grant of the account")?;
        let grant = &mut self.all[place];
        if grant.ends_at().is_some_and(|end| end <= change.at) {
            return Err("a void of a grant that has ended by then".to_owned());
        }
        grant.voided_at = Some(change.at);
        Ok(())
    }

    /// Leaves those that have not ended at an instant; as they were given.
    pub fn open_at(self, at: Instant) -> Vec<OpenGrant> {
        let all = self.all.into_iter();
        all.filter(|own| own.ends_at().is_none_or(|end| end > at)).map(|own| own.grant).collect()
    }
}

impl MonthGrant {
    /// The first instant at which it cannot be drawn any more; `None` for never.
    pub fn ends_at(&self) -> Option<Instant> {
        let MonthGrant { voided_at, grant, .. } = self;
        voided_at.or(grant.expires_at) // a void comes before the end, or is none
    }
}
