//! The grants of an account in a month (G1 to G7).

use super::{Life, bounds};
use crate::months::population::{Change, OpenGrant};
use crate::months::terms::Terms;
use monthend::base::calendar::Month;

/// A grant that is open at S or given in the month.
pub struct Grant<'a> {
    pub id: &'a str,
    /// Its place among the catalogue's kinds.
    pub kind: usize,
    after_plan: bool,
    /// When it was given.
    pub granted: i64,
    /// At S, or when it was given.
    pub opening: i64,
    pub drawn: i128,
    pub at: i64,
    pub expires_at: Option<i64>,
    pub voided_at: Option<i64>,
    /// In minor units.
    pub price: i64,
}

impl Grant<'_> {
    pub fn ends_at(&self) -> Option<i64> {
        self.voided_at.or(self.expires_at)
    }

    pub fn left(&self) -> i128 {
        i128::from(self.opening) - self.drawn
    }

    /// Whether it has ended by an instant.
    pub fn has_ended(&self, at: i64) -> bool {
        self.ends_at().is_some_and(|end| end <= at)
    }

    /// G2, but for its place before the plan or after it: what has the least is drawn first.
    fn turn(&self) -> (i64, i64, &str) {
        (self.expires_at.unwrap_or(i64::MAX), self.at, self.id)
    }
}

/// All grants of an account, in the order in which they were given.
#[derive(Default)]
pub struct Grants<'a> {
    pub all: Vec<Grant<'a>>,
    /// How many changes have no effect (G6).
    pub invalid: usize,
    /// How many come from before the first month (G7).
    pub of_unknown_history: usize,
}

impl<'a> Grants<'a> {
    /// What the changes of a life up to E make of them.
    pub fn of(life: &Life<'a>, terms: &Terms, month: Month) -> Self {
        let (start, end) = bounds(month);
        let mut grants = Grants::default();
        let mut brought: Vec<&OpenGrant> = life.state.iter().flat_map(|own| &own.grants).collect();
        brought.sort_by_key(|grant| (grant.granted_at, &grant.id));
        grants.all.extend(brought.into_iter().map(|grant| Grant::brought(grant, terms)));
        let (before, within) =
            life.changes[..life.changes_before(end)].split_at(life.changes_before(start));
        let mut exists = life.state.is_some();
        for change in before {
            grants.apply(change, &mut exists, terms);
        }
        grants.all.retain(|grant| !grant.has_ended(start));
        grants.of_unknown_history = if life.state.is_none() { grants.all.len() } else { 0 };
        for change in within {
            grants.apply(change, &mut exists, terms);
        }
        grants
    }

    fn apply(&mut self, change: &'a Change, exists: &mut bool, terms: &Terms) {
        let has_effect = match change.change {
            "signup" => {
                *exists = true;
                return;
            }
            "grant" if *exists => self.give(change, terms),
            "grant_void" if *exists => self.void(change),
            _ => return,
        };
        self.invalid += usize::from(has_effect.is_none()); // G6
    }

    fn give(&mut self, change: &'a Change, terms: &Terms) -> Option<()> {
        let kind = terms.grants.iter().position(|kind| kind.id == change.grant)?;
        let Change { at, .. } = *change;
        let of_kind = &terms.grants[kind];
        let granted = change.credits.or(of_kind.credits).filter(|credits| *credits > 0)?;
        let expires_at = change.expires_at.or(of_kind.length.map(|length| at + length));
        if expires_at.is_some_and(|end| end <= at) {
            return None;
        }
        self.all.push(Grant {
            id: &change.id,
            kind,
            after_plan: of_kind.after_plan,
            granted,
            opening: granted,
            drawn: 0,
            at,
            expires_at,
            voided_at: None,
            price: of_kind.price,
        });
        Some(())
    }

    /// G5.
    fn void(&mut self, change: &Change) -> Option<()> {
        let mut own = self.all.iter_mut().filter(|grant| grant.id == change.grant);
        let grant = own.next().filter(|grant| !grant.has_ended(change.at))?;
        grant.voided_at = Some(change.at);
        Some(())
    }

    /// Draws at an instant on those before the plan, or on those after it (G2).
    pub fn draw(&mut self, after_plan: bool, at: i64, wanted: &mut i128) {
        let open = |grant: &&mut Grant<'_>| grant.at <= at && !grant.has_ended(at);
        let own = self.all.iter_mut().filter(|grant| grant.after_plan == after_plan);
        let mut own: Vec<&mut Grant<'_>> = own.filter(open).collect();
        own.sort_by(|one, other| one.turn().cmp(&other.turn()));
        for grant in own {
            let taken = grant.left().min(*wanted);
            grant.drawn += taken;
            *wanted -= taken;
        }
    }
}

impl<'a> Grant<'a> {
    fn brought(grant: &'a OpenGrant, terms: &Terms) -> Self {
        Grant {
            id: &grant.id,
            kind: grant.kind,
            after_plan: terms.grants[grant.kind].after_plan,
            granted: grant.granted,
            opening: grant.left,
            drawn: 0,
            at: grant.granted_at,
            expires_at: grant.expires_at,
            voided_at: None,
            price: grant.price,
        }
    }
}
