//! What the tables say of a month that is billed.

use monthend::base::calendar::Instant;

use super::account::{Billed, Pool, REASONS};
use super::grants::Grant;
use super::{Expected, LINE, bounds};
use crate::months::population::text_of;
use crate::months::revision::Row;
use crate::months::terms::{CREDIT, decimal};

impl Billed<'_> {
    /// Adds the account's rows to the tables.
    pub fn write(&self, expected: &mut Expected) {
        expected.statements.push(self.statement());
        expected.state.push(self.state());
        expected.grants.extend(self.carried().map(|grant| self.open_grant(grant)));
        expected.expired_credits.extend(self.expired());
        expected.lines.extend(self.lines());
        for (reason, amount) in REASONS.into_iter().zip(self.unbilled) {
            if amount > 0 {
                expected.unbilled.push((self.account(), reason.to_owned(), credits(amount)));
            }
        }
        let grants = &self.grants;
        let counts = [
            ("grant-history-unknown", grants.of_unknown_history),
            ("invalid-grant", grants.invalid),
        ];
        let counts = counts.into_iter().filter(|(_, count)| *count > 0);
        expected.of_grants.extend(counts.map(|(kind, count)| (self.account(), kind, count)));
    }

    fn account(&self) -> String {
        self.of.account.to_owned()
    }

    fn end(&self) -> i64 {
        bounds(self.of.month).1
    }

    fn money(&self, amount: i128) -> String {
        decimal(amount, self.of.terms.decimals)
    }

    fn plan(&self, rank: usize) -> String {
        self.of.terms.plans[rank].id.clone()
    }

    fn kind(&self, grant: &Grant<'_>) -> String {
        self.of.terms.grants[grant.kind].id.to_owned()
    }

    fn trial_carried(&self) -> i128 {
        if self.trial_end > self.end() { self.trial.left } else { 0 }
    }

    /// The grants that go on into the next month.
    fn carried(&self) -> impl Iterator<Item = &Grant<'_>> {
        let all = self.grants.all.iter();
        all.filter(|grant| !grant.has_ended(self.end()) && grant.left() > 0)
    }

    /// The grants that are bought in the month (G4).
    fn bought(&self) -> impl Iterator<Item = &Grant<'_>> {
        let (start, _) = bounds(self.of.month);
        self.grants.all.iter().filter(move |grant| grant.at >= start && grant.price > 0)
    }

    fn statement(&self) -> Row {
        let (terms, trial, carried) = (self.of.terms, &self.trial, self.trial_carried());
        let plans = |part: fn(&Pool) -> i128| {
            part(&self.main) + self.earlier.as_ref().map_or(0, |(pool, _)| part(pool))
        };
        let all = &self.grants.all;
        let granted: i128 = all.iter().map(|grant| i128::from(grant.opening)).sum();
        let drawn: i128 = all.iter().map(|grant| grant.drawn).sum();
        let go_on: i128 = self.carried().map(Grant::left).sum();
        let (fees, charge) = (self.fees(), self.charge());
        let bought = self.bought().map(|grant| i128::from(grant.price)).sum();
        let adjusted = self.of.life.adjustments.iter().map(|own| i128::from(own.amount)).sum();
        row([
            ("account_id", self.account()),
            ("month", self.of.month.to_string()),
            ("opening_plan", self.opening.map(|own| self.plan(own.plan)).unwrap_or_default()),
            ("billed_plan", self.plan(self.billed)),
            ("next_plan", self.plan(self.closing.plan)),
            ("events", self.events.to_string()),
            ("usage_credits", credits(self.usage)),
            ("trial_opening", credits(trial.granted)),
            ("trial_drawn", credits(trial.drawn())),
            ("trial_expired", credits(trial.left - carried)),
            ("trial_carried", credits(carried)),
            ("grants_opening", credits(granted)),
            ("grants_drawn", credits(drawn)),
            ("grants_expired", credits(granted - drawn - go_on)),
            ("grants_carried", credits(go_on)),
            ("plan_granted", credits(plans(|pool| pool.granted))),
            ("plan_drawn", credits(plans(Pool::drawn))),
            ("plan_expired", credits(plans(|pool| pool.left))),
            ("overage_credits", credits(self.overage)),
            ("unbilled_credits", credits(self.unbilled.iter().sum())),
            ("subscription_amount", self.money(fees)),
            ("grants_amount", self.money(bought)),
            ("adjustments_amount", self.money(adjusted)),
            ("overage_amount", self.money(charge)),
            ("total_amount", self.money(fees + bought + adjusted + charge)),
            ("currency", terms.currency.to_owned()),
        ])
    }

    fn state(&self) -> Row {
        let closing = self.closing;
        let trial_end = Some(self.trial_end).filter(|end| *end > self.end());
        let limit = closing.overage_limit.map(|limit| credits(limit.into()));
        row([
            ("account_id", self.account()),
            ("plan", self.plan(closing.plan)),
            ("overage_on", closing.overage_on.to_string()),
            ("signed_up_at", text_of(closing.signed_up_at)),
            ("first_paid_at", closing.paid_at.map(text_of).unwrap_or_default()),
            ("trial_ends_at", trial_end.map(text_of).unwrap_or_default()),
            ("trial_left", credits(self.trial_carried())),
            ("overage_limit", limit.unwrap_or_default()),
        ])
    }

    fn open_grant(&self, grant: &Grant<'_>) -> Row {
        row([
            ("account_id", self.account()),
            ("grant_id", grant.id.to_owned()),
            ("grant", self.kind(grant)),
            ("granted", credits(grant.granted.into())),
            ("left", credits(grant.left())),
            ("granted_at", text_of(grant.at)),
            ("expires_at", grant.expires_at.map(text_of).unwrap_or_default()),
            ("price", self.money(grant.price.into())),
        ])
    }

    /// In time order; at one instant the trial, grants as they were given, plans.
    fn expired(&self) -> Vec<Row> {
        let end = self.end();
        let pool = |pool: &Pool| [pool.granted, pool.drawn(), pool.left];
        let mut all: Vec<(i64, [String; 5], [i128; 3])> = Vec::new();
        if self.trial_end <= end {
            let own = ["trial", "", "", "", "trial-ended"].map(str::to_owned);
            all.push((self.trial_end, own, pool(&self.trial)));
        }
        for grant in self.grants.all.iter().filter(|grant| grant.has_ended(end)) {
            let reason = if grant.voided_at.is_some() { "grant-voided" } else { "grant-expired" };
            let kind = self.kind(grant);
            let own = ["grant", "", grant.id, &kind, reason].map(str::to_owned);
            let parts = [grant.opening.into(), grant.drawn, grant.left()];
            all.push((grant.ends_at().unwrap_or(end), own, parts));
        }
        if let Some((earlier, until)) = &self.earlier {
            let own = ["plan", &self.plan(0), "", "", "first-upgrade"].map(str::to_owned);
            all.push((*until, own, pool(earlier)));
        }
        let own = ["plan", &self.plan(self.billed), "", "", "month-ended"].map(str::to_owned);
        all.push((end, own, pool(&self.main)));
        all.retain(|(_, _, [_, _, left])| *left > 0);
        all.sort_by_key(|(at, _, _)| *at);
        let rows = all.into_iter().map(|(at, names, [granted, drawn, left])| {
            let [pool, plan, grant_id, grant, reason] = names;
            row([
                ("account_id", self.account()),
                ("month", self.of.month.to_string()),
                ("pool", pool),
                ("plan", plan),
                ("grant_id", grant_id),
                ("grant", grant),
                ("granted", credits(granted)),
                ("drawn", credits(drawn)),
                ("expired", credits(left)),
                ("expired_at", text_of(at)),
                ("reason", reason),
            ])
        });
        rows.collect()
    }

    /// Lines of grants and adjustments: by instant, grants in the order of their changes, then adjustments by their
    /// ids (F10).
    fn lines(&self) -> Vec<[String; LINE.len()]> {
        let mut lines = Vec::new();
        for grant in self.bought() {
            let (from, until) = (grant.at, grant.expires_at.unwrap_or(self.end()));
            let (quantity, amount) = (grant.granted, grant.price);
            let [line_type, kind] = ["grant".to_owned(), self.kind(grant)];
            let line = self.line([line_type, kind, String::new()], from, until, quantity, amount);
            lines.push(((from, false, grant.id), line));
        }
        for own in &self.of.life.adjustments {
            let what = ["adjustment", "", &own.id].map(str::to_owned);
            let line = self.line(what, own.at, self.end(), CREDIT, own.amount);
            lines.push(((own.at, true, own.id.as_str()), line));
        }
        lines.sort_by(|one, other| one.0.cmp(&other.0));
        lines.into_iter().map(|(_, line)| line).collect()
    }

    fn line(
        &self,
        [line_type, grant, adjustment]: [String; 3],
        from: i64,
        until: i64,
        quantity: i64,
        amount: i64,
    ) -> [String; LINE.len()] {
        let day = Instant::from_micros(from).map(|at| at.date().to_string()).unwrap_or_default();
        let (quantity, amount) = (credits(quantity.into()), self.money(amount.into()));
        let (from, until) = (text_of(from), text_of(until));
        [self.account(), line_type, grant, adjustment, day, from, until, quantity, amount]
    }
}

fn credits(credits: i128) -> String {
    decimal(credits, 6)
}

fn row<const N: usize>(cells: [(&str, String); N]) -> Row {
    cells.into_iter().map(|(column, cell)| (column.to_owned(), cell)).collect()
}
