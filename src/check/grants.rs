//! What must hold of an account's grants (K2, K5, G1, G4).

use std::collections::BTreeSet;

use super::account::{OneAccount, sum};
use super::breaches::Expected;
use super::rows::{Expired, OpenGrant};
use crate::base::calendar::Instant;
use crate::base::money::Amounts;
use crate::tables::PoolKind;
use crate::tables::opening::OpenGrant as GrantBefore;

impl OneAccount<'_, '_> {
    /// Each grant that came into the month goes on, has expired, or was drawn; what goes on besides was
    /// given in the month.
    pub(super) fn grants(&self, of_lines: Amounts, expect: &mut Expected<'_>) {
        let s = self.statement;
        let parts = [s.grants_drawn, s.grants_expired, s.grants_carried];
        let what = "grants = drawn + expired + carried, in micro-credits";
        expect.equal("K2", what, s.grants_opening, sum(&parts, |part| *part));
        let carried = sum(self.grants, |row| row.left);
        expect.equal("K2", "grants carried = what is left of them", s.grants_carried, carried);
        let before: &[GrantBefore] = self.opening.map_or(&[], |state| &state.grants);
        let known = before.iter().map(|grant| &*grant.id).collect::<BTreeSet<&str>>();
        let expired = self.expired.iter().filter(|row| row.pool == PoolKind::Grant);
        let (mut came_in, mut given) = (sum(before, |grant| grant.left), 0);
        for row in expired {
            let id = row.grant_id.unwrap_or_default();
            given += if known.contains(id) { 0 } else { i128::from(row.granted) };
        }
        let mut prices = 0;
        for row in self.grants {
            self.goes_on(row, expect);
            if !known.contains(row.grant_id) {
                let is_new = row.granted_at >= self.span.0;
                let may_be_older = self.opening.is_none() && !s.signed_up_within(); // genesis (G7)
                let what = "a grant that goes on came in, or was given in the month";
                expect.equal("K5", what, is_new || may_be_older, 1);
                given += i128::from(row.granted);
                prices += if is_new { i128::from(row.price) } else { 0 };
            }
        }
        before.iter().for_each(|grant| self.came_in(grant, expect));
        came_in += given;
        // Those that were given and drawn whole within the month are in no table but the statement.
        let opening = i128::from(s.grants_opening);
        expect.equal("K2", "grants hold at least those known", opening.max(came_in), opening);
        expect.equal("K4", "grants = their lines", s.grants_amount, of_lines.grants);
        let paid = i128::from(s.grants_amount);
        expect.equal("G4", "grants cost at least what goes on", paid.max(prices), paid);
    }

    /// A grant goes on only beyond E, with something left, and no more than was granted.
    fn goes_on(&self, row: &OpenGrant<'_>, expect: &mut Expected<'_>) {
        let [left, granted] = [row.left, row.granted].map(i128::from);
        expect.equal(
            "K2",
            "left of a grant is more than 0, at most all",
            left.clamp(1, granted.max(1)),
            left,
        );
        let end = self.span.1;
        let is_over = row.expires_at.is_some_and(|at| at <= end);
        expect.equal("G1", "a grant that goes on has expired", is_over, 0);
    }

    /// What came in of a grant is what expires or goes on, less what was drawn.
    fn came_in(&self, before: &GrantBefore, expect: &mut Expected<'_>) {
        let on: Vec<_> = self.grants.iter().filter(|row| row.grant_id == &*before.id).collect();
        let is_it = |row: &&Expired<'_>| row.grant_id == Some(&before.id);
        let over: Vec<_> = self.expired.iter().filter(is_it).collect();
        let (rows, at_most) = (on.len() + over.len(), (on.len() + over.len()).min(1));
        expect.equal("K2", "a grant goes on or expires, once", rows as i128, at_most as i128);
        for row in over {
            expect.equal(
                "K5",
                "granted to an expired grant = what came in",
                row.granted,
                before.left,
            );
        }
        for row in on {
            let [left, came_in] = [row.left, before.left].map(i128::from);
            expect.equal("K2", "left of a grant is at most what came in", left.min(came_in), left);
            expect.equal("K5", "granted = the opening state's", row.granted, before.granted);
            expect.equal("K5", "price of a grant = the opening state's", row.price, before.price);
            let kind = &self.inputs.catalog.grant_kind(before.kind).id;
            expect.equal("K5", "kind of a grant = the opening state's", row.grant == kind, 1);
            let micros = |at: Option<Instant>| at.map_or(-1, Instant::micros);
            let [is, was] = [Some(row.granted_at), Some(before.granted_at)].map(micros);
            expect.equal("K5", "a grant was given when the opening state says", is, was);
            let [is, was] = [row.expires_at, before.expires_at].map(micros);
            expect.equal("K5", "end of a grant = the opening state's", is, was);
        }
    }
}
