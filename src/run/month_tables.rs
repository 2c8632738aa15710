//! What a month comes to → the rows of its tables, piece by piece: pieces can be made side by side.

use std::borrow::Cow;
use std::path::Path;

use crate::base::credits::Credits;
use crate::base::error::Result;
use crate::base::exceptions::Exception;
use crate::base::rejects::Reject;
use crate::billing::documents::{Document, Invoices};
use crate::billing::replay::{AccountReplay, AccountReplays};
use crate::billing::rules::pools::PoolUse;
use crate::billing::timeline::Timeline;
use crate::catalog::{Catalog, PlanRank};
use crate::tables::{
    self, BATCH_ROWS, BatchBuilder, CarriedOver, Cell, DocumentRow, LineRow, Outputs,
    RevisionTables, Table, TableGroup, arrow_schema,
};

/// The documents of a revision.
#[derive(Debug, Clone, Copy)]
pub enum Documents<'a> {
    /// A first revision's, by account.
    First(&'a Invoices),
    /// A later revision's: the earlier ones and what it adds; where only some accounts are billed
    /// anew, theirs.
    Later {
        /// By account, then by number.
        documents: &'a [DocumentRow],
        /// By account, then by document and line.
        lines: &'a [LineRow],
    },
}

/// All that a revision's tables are made of.
pub struct MonthResult<'a> {
    /// The month, as columns of that name have it.
    pub month: &'a str,
    /// The catalogue that the month is billed with.
    pub catalog: &'a Catalog,
    /// The accounts and their months.
    pub timeline: &'a Timeline,
    /// What each account's month comes to.
    pub outcomes: &'a dyn AccountReplays,
    /// The documents.
    pub documents: Documents<'a>,
    /// Rows that cannot be billed, by account.
    pub exceptions: &'a [Exception],
    /// Rows that cannot be read, by file.
    pub rejects: &'a [Reject],
    /// The revision's name, such as `r001`.
    pub revision: &'a str,
    /// Where the rows of accounts come from that are not billed anew, if there are such.
    pub carried_over: Option<CarriedOver<'a>>,
}

impl MonthResult<'_> {
    fn account(&self, number: u32) -> Cell<'_> {
        self.timeline.accounts.id(number).into()
    }

    fn plan(&self, rank: PlanRank) -> Cell<'_> {
        self.catalog.plan(rank).id.as_str().into()
    }

    fn currency(&self) -> Cell<'_> {
        self.catalog.currency.code().into()
    }

    fn document(&self, document: &Document<'_>, to: &mut BatchBuilder) -> Result<()> {
        let account = &self.timeline.months[document.account as usize];
        to.push([
            document.id.as_str().into(),
            "invoice".into(),
            self.revision.into(),
            self.account(document.account),
            self.month.into(),
            Cell::Date(document.issued_on),
            self.currency(),
            self.plan(account.billed_plan),
            document.subscription_amount.into(),
            document.overage_amount.into(),
            document.total_amount.into(),
            Cell::Integer(document.lines.len() as u64),
            Cell::Null,
            Cell::Null,
        ])
    }

    fn invoice_lines(&self, document: &Document<'_>, to: &mut BatchBuilder) -> Result<()> {
        for (line, number) in document.lines.iter().zip(1..) {
            let proration = line.proration.map(|fraction| fraction.to_string());
            to.push([
                document.id.as_str().into(),
                Cell::Integer(number),
                self.account(document.account),
                line.line_type.name().into(),
                self.plan(line.plan),
                line.from_plan.map(|plan| self.plan(plan)).unwrap_or(Cell::Null),
                Cell::Date(line.charged_on),
                line.service_start.into(),
                line.service_end.into(),
                line.quantity.into(),
                Cell::Decimal(line.unit_price),
                proration.as_deref().into(),
                line.amount.into(),
                line.explanation(self.catalog, self.timeline.month).as_str().into(),
            ])?;
        }
        Ok(())
    }

    /// The account's first document of the month, which all later ones relate to.
    fn first_document(&self, account: u32) -> Option<Cow<'_, str>> {
        let id = self.timeline.accounts.id(account);
        match self.documents {
            Documents::First(invoices) => invoices.id(account).map(Cow::Owned),
            Documents::Later { documents, .. } => {
                let at = documents.partition_point(|row| row.account_id.as_str() < id);
                let first = documents.get(at).filter(|row| row.account_id == id);
                first.map(|row| Cow::Borrowed(row.document_id.as_str()))
            }
        }
    }

    fn overage_charge(&self, outcome: &AccountReplay, to: &mut BatchBuilder) -> Result<()> {
        let Some(line) = &outcome.overage else {
            return Ok(());
        };
        to.push([
            self.account(outcome.account),
            self.month.into(),
            self.plan(line.plan),
            line.quantity.into(),
            Cell::Decimal(line.unit_price),
            line.amount.into(),
            self.currency(),
            Cell::Date(line.charged_on),
            self.first_document(outcome.account).as_deref().into(),
        ])
    }

    fn expired_credits(&self, outcome: &AccountReplay, to: &mut BatchBuilder) -> Result<()> {
        for expired in &outcome.expired {
            to.push([
                self.account(outcome.account),
                self.month.into(),
                if expired.plan.is_some() { "plan".into() } else { "trial".into() },
                expired.plan.map(|plan| self.plan(plan)).unwrap_or(Cell::Null),
                expired.granted.into(),
                expired.drawn.into(),
                expired.expired.into(),
                expired.at.into(),
                expired.reason.name().into(),
            ])?;
        }
        Ok(())
    }

    fn statement(&self, outcome: &AccountReplay, to: &mut BatchBuilder) -> Result<()> {
        let account = &self.timeline.months[outcome.account as usize];
        let earlier = outcome.pools.earlier.map(|(_, pool)| pool);
        let plan = |part: fn(PoolUse) -> Credits| {
            part(outcome.pools.main) + earlier.map_or(Credits::ZERO, part)
        };
        let trial = |part: fn(PoolUse) -> Credits| outcome.pools.trial.map_or(Credits::ZERO, part);
        let carried = outcome.trial_carried.map_or(Credits::ZERO, |trial| trial.left);
        to.push([
            self.account(outcome.account),
            self.month.into(),
            account.opening_plan.map(|plan| self.plan(plan)).unwrap_or(Cell::Null),
            self.plan(account.billed_plan),
            self.plan(account.next_plan),
            Cell::Integer(outcome.events),
            outcome.usage.into(),
            trial(|pool| pool.granted).into(),
            trial(|pool| pool.drawn).into(),
            (trial(PoolUse::left) - carried).into(),
            carried.into(),
            plan(|pool| pool.granted).into(),
            plan(|pool| pool.drawn).into(),
            plan(PoolUse::left).into(),
            outcome.over_cap.overage.into(),
            outcome.over_cap.unbilled().into(),
            outcome.subscription_amount.into(),
            outcome.overage_amount.into(),
            outcome.total_amount.into(),
            self.currency(),
        ])
    }

    fn state(&self, outcome: &AccountReplay, to: &mut BatchBuilder) -> Result<()> {
        let account = &self.timeline.months[outcome.account as usize];
        let trial = outcome.trial_carried;
        to.push([
            self.account(outcome.account),
            self.plan(account.next_plan),
            Cell::Flag(account.overage_on),
            account.signed_up_at.into(),
            account.first_paid_at.into(),
            trial.map(|trial| trial.ends_at).into(),
            trial.map_or(Credits::ZERO, |trial| trial.left).into(),
        ])
    }

    fn exception(&self, exception: &Exception, to: &mut BatchBuilder) -> Result<()> {
        let sample = Some(exception.sample_id.as_str()).filter(|id| !id.is_empty());
        to.push([
            exception.kind.name().into(),
            exception.account.as_str().into(),
            self.month.into(),
            exception.rows.map_or(Cell::Null, Cell::Integer),
            exception.credits.map_or(Cell::Null, Cell::Decimal),
            exception.first_at.into(),
            exception.last_at.into(),
            sample.into(),
            exception.detail.as_str().into(),
        ])
    }

    fn reject(&self, reject: &Reject, to: &mut BatchBuilder) -> Result<()> {
        to.push([
            reject.file.as_str().into(),
            Cell::Integer(reject.row),
            Some(reject.column.as_str()).filter(|column| !column.is_empty()).into(),
            Some(reject.value.as_str()).filter(|value| !value.is_empty()).into(),
            reject.reason.as_str().into(),
        ])
    }
}

/// Tables with rows of what each account's month comes to.
const OF_OUTCOMES: [Table; 4] =
    [Table::OverageCharges, Table::ExpiredCredits, Table::Statements, Table::State];

impl MonthResult<'_> {
    /// Writes every table into `folder`, and begins to flush it to the disk.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: the disk is full, or the folder cannot be written.
    pub fn write(&self, folder: &Path) -> Result<Outputs> {
        let revision = RevisionTables {
            month: self.month,
            revision: self.revision,
            currency: self.catalog.currency,
            groups: self.groups(),
            carried_over: self.carried_over,
        };
        tables::write_all(revision, folder)
    }

    /// All tables, without the rows that are carried over.
    fn groups(&self) -> Vec<TableGroup<'_>> {
        let mut groups = self.documents();
        groups.extend([
            self.outcomes(),
            self.of_list(Table::Exceptions, self.exceptions, Self::exception),
            self.of_list(Table::Rejects, self.rejects, Self::reject),
        ]);
        groups
    }

    /// Documents and their lines; those of a first revision are made together.
    fn documents(&self) -> Vec<TableGroup<'_>> {
        let invoices = match self.documents {
            Documents::First(invoices) => invoices,
            Documents::Later { documents, lines } => {
                return vec![
                    self.of_list(Table::Documents, documents, |_, row, batch| row.push(batch)),
                    self.of_list(Table::InvoiceLines, lines, |_, row, batch| row.push(batch)),
                ];
            }
        };
        let accounts = invoices.accounts();
        let make = move |piece: usize| {
            let from = piece * BATCH_ROWS;
            let own = &accounts[from..accounts.len().min(from + BATCH_ROWS)];
            let [mut documents, mut lines] =
                [Table::Documents, Table::InvoiceLines].map(|table| self.batch(table, own.len()));
            for (at, &account) in (from..).zip(own) {
                let outcome = self.outcomes.at(self.outcomes.place(account))?;
                let document = invoices.document(at, &outcome);
                self.document(&document, &mut documents)?;
                self.invoice_lines(&document, &mut lines)?;
            }
            [documents, lines].into_iter().map(BatchBuilder::finish).collect()
        };
        vec![TableGroup {
            tables: vec![Table::Documents, Table::InvoiceLines],
            pieces: accounts.len().div_ceil(BATCH_ROWS),
            make: Box::new(make),
        }]
    }

    fn outcomes(&self) -> TableGroup<'_> {
        let count = self.outcomes.count() as usize;
        let make = move |piece: usize| {
            let from = piece * BATCH_ROWS;
            let own = from..count.min(from + BATCH_ROWS);
            let mut batches = OF_OUTCOMES.map(|table| self.batch(table, own.len()));
            for place in own {
                let outcome = self.outcomes.at(place as u32)?;
                let [charges, expired, statements, states] = &mut batches;
                self.overage_charge(&outcome, charges)?;
                self.expired_credits(&outcome, expired)?;
                self.statement(&outcome, statements)?;
                self.state(&outcome, states)?;
            }
            batches.into_iter().map(BatchBuilder::finish).collect()
        };
        let (tables, pieces) = (OF_OUTCOMES.to_vec(), count.div_ceil(BATCH_ROWS));
        TableGroup { tables, pieces, make: Box::new(make) }
    }

    /// A table with a row for each thing of a list.
    fn of_list<'s, T: Sync>(
        &'s self,
        table: Table,
        list: &'s [T],
        fill: fn(&Self, &T, &mut BatchBuilder) -> Result<()>,
    ) -> TableGroup<'s> {
        let make = move |piece: usize| {
            let from = piece * BATCH_ROWS;
            let own = &list[from..list.len().min(from + BATCH_ROWS)];
            let mut batch = self.batch(table, own.len());
            own.iter().try_for_each(|row| fill(self, row, &mut batch))?;
            Ok(vec![batch.finish()?])
        };
        let pieces = list.len().div_ceil(BATCH_ROWS);
        TableGroup { tables: vec![table], pieces, make: Box::new(make) }
    }

    fn batch(&self, table: Table, rows: usize) -> BatchBuilder {
        BatchBuilder::new(&arrow_schema(table, self.catalog.currency), rows)
    }
}
