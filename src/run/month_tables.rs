//! What a month comes to → the rows of its tables, piece by piece: pieces can be made side by side.

use std::path::Path;

use chrono::NaiveDate;

use crate::base::calendar::Month;
use crate::base::credits::Credits;
use crate::base::error::{Code, Error, Result};
use crate::base::exceptions::Exception;
use crate::base::money::Rate;
use crate::base::number::number;
use crate::base::rejects::{Reject, Rejects};
use crate::billing::account_rows::AccountRows;
use crate::billing::documents::Invoices;
use crate::billing::replay::{AccountReplay, AccountReplays};
use crate::billing::rollup::{RecentId, RecentIds};
use crate::billing::rules::Line;
use crate::billing::timeline::Timeline;
use crate::catalog::{Catalog, Plan, PlanRank};
use crate::tables::{
    self, BATCH_ROWS, BatchBuilder, CarriedOver, ChargeCells, DocumentCells, DocumentRow,
    DocumentType, ExceptionCells, Form, LineCells, LineRow, Outputs, PlanCells, RecentIdCells,
    RejectCells, RevisionTables, Table, TableGroup, arrow_schema, decimal,
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
    /// The ids that are kept for the next month, where the revision has that table.
    pub recent_ids: Option<&'a RecentIds>,
    /// Rows that cannot be billed, by account.
    pub exceptions: &'a [Exception],
    /// Rows that cannot be read, by file.
    pub rejects: &'a Rejects,
    /// The revision's name, such as `r001`.
    pub revision: &'a str,
    /// Where the rows of accounts come from that are not billed anew, if there are such.
    pub carried_over: Option<CarriedOver<'a>>,
    /// What the tables are written for.
    pub form: Form,
}

impl MonthResult<'_> {
    fn account(&self, number: u32) -> &str {
        self.timeline.accounts.id(number)
    }

    fn plan(&self, rank: PlanRank) -> &str {
        &self.catalog.plan(rank).id
    }

    fn invoice(
        &self,
        id: &str,
        (issued_on, due_on): (NaiveDate, Option<NaiveDate>),
        replay: &AccountReplay,
        to: &mut BatchBuilder,
    ) -> Result<()> {
        let row = DocumentCells {
            document_id: id,
            document_type: DocumentType::of_first(replay.total_amount).into(),
            revision: self.revision,
            account_id: self.account(replay.account),
            month: self.timeline.month,
            issued_on,
            due_on,
            currency: self.catalog.currency.code(),
            plan: self.plan(self.timeline.months[replay.account as usize].billed_plan),
            subscription_amount: replay.subscription_amount,
            overage_amount: replay.overage_amount,
            total_amount: replay.total_amount,
            line_count: replay.lines().count() as u64,
            relates_to: None,
            reason: None,
        };
        row.push(to)
    }

    fn invoice_lines(&self, id: &str, replay: &AccountReplay, to: &mut BatchBuilder) -> Result<()> {
        for (line, number) in replay.lines().zip(1..) {
            let proration = line.proration().map(|fraction| fraction.to_string());
            let row = LineCells {
                document_id: id,
                line_number: number,
                account_id: self.account(replay.account),
                line_type: line.line_type().into(),
                plan: self.plan(line.plan),
                from_plan: line.from_plan().map(|plan| self.plan(plan)),
                charged_on: line.charged_on,
                service_start: line.service_start,
                service_end: line.service_end,
                quantity: line.quantity,
                grant: line.grant().map(|kind| self.catalog.grant_kind(kind).id.as_str()),
                adjustment_id: line.adjustment_id(),
                unit_price: unit_price(line)?,
                proration: proration.as_deref(),
                amount: line.amount,
                explanation: &line.explanation(self.catalog, self.timeline.month),
            };
            row.push(to)?;
        }
        Ok(())
    }

    /// The account's first document of the month, which all later ones relate to, where it is not
    /// made now.
    fn first_document(&self, account: u32) -> Result<&str> {
        let id = self.timeline.accounts.id(account);
        let earlier = match self.documents {
            Documents::First(_) => None,
            Documents::Later { documents, .. } => {
                let at = documents.partition_point(|row| row.account_id.as_str() < id);
                documents.get(at).filter(|row| row.account_id == *id)
            }
        };
        earlier.map(|row| row.document_id.as_str()).ok_or_else(|| {
            Error::new(Code::IMPOSSIBLE, format!("account `{id}` has overage and no document"))
                .hint("this is a fault of the program: keep the inputs and report it")
        })
    }

    fn overage_charge(
        &self,
        outcome: &AccountReplay,
        document: Option<&str>,
        to: &mut BatchBuilder,
    ) -> Result<()> {
        let Some(line) = &outcome.overage else {
            return Ok(());
        };
        let row = ChargeCells {
            account_id: self.account(outcome.account),
            month: self.timeline.month,
            plan: self.plan(line.plan),
            overage_credits: line.quantity,
            rate: unit_price(line)?,
            amount: line.amount,
            currency: self.catalog.currency.code(),
            charged_on: line.charged_on,
            document_id: document.map_or_else(|| self.first_document(outcome.account), Ok)?,
        };
        row.push(to)
    }

    fn reject(&self, reject: &Reject, to: &mut BatchBuilder) -> Result<()> {
        let row = RejectCells {
            file: &reject.file,
            row: reject.row,
            column: not_empty(&reject.column),
            value: not_empty(&reject.value),
            reason: &reject.reason,
        };
        row.push(to)
    }
}

fn unit_price(line: &Line) -> Result<Rate> {
    decimal("unit_price", line.unit_price, Rate::of_table)
}

/// Text, unless there is none.
fn not_empty(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// Tables with rows of what each account's month comes to.
const OF_OUTCOMES: [Table; 5] =
    [Table::OverageCharges, Table::ExpiredCredits, Table::Grants, Table::Statements, Table::State];

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
            form: self.form,
        };
        tables::write_all(revision, folder)
    }

    /// All tables, without the rows that are carried over.
    fn groups(&self) -> Vec<TableGroup<'_>> {
        let mut groups = vec![
            self.outcomes(),
            plans_group(self.catalog),
            self.of_list(Table::Exceptions, self.exceptions, |month, exception, batch| {
                exception_row(exception, month.timeline.month)?.push(batch)
            }),
            self.rejects(),
        ];
        if let Documents::Later { documents, lines } = self.documents {
            groups.extend([
                self.of_list(Table::Documents, documents, |_, row, batch| row.cells().push(batch)),
                self.of_list(Table::InvoiceLines, lines, |_, row, batch| row.cells().push(batch)),
            ]);
        }
        groups.extend(self.recent_ids.map(|ids| self.recent_ids(ids)));
        groups
    }

    /// Tables with rows of what each account's month comes to. The invoices of a first revision are
    /// among them, so that each month is worked out once.
    fn outcomes(&self) -> TableGroup<'_> {
        let count = self.outcomes.count() as usize;
        let rows = AccountRows { timeline: self.timeline, catalog: self.catalog };
        let invoices = match self.documents {
            Documents::First(invoices) => Some(invoices),
            Documents::Later { .. } => None,
        };
        let make = move |piece: usize| {
            let from = piece * BATCH_ROWS;
            let own = from..count.min(from + BATCH_ROWS);
            let mut batches = OF_OUTCOMES.map(|table| self.batch(table, own.len()));
            let mut invoices = invoices.map(|invoices| self.invoices(invoices, own.len()));
            for place in own {
                let outcome = self.outcomes.at(number(place))?;
                let id = invoices.as_mut().map(|own| own.add(self, &outcome)).transpose()?;
                let [charges, expired, grants, statements, states] = &mut batches;
                self.overage_charge(&outcome, id.flatten().as_deref(), charges)?;
                rows.expired(&outcome).try_for_each(|row| row.push(expired))?;
                rows.grants(&outcome).try_for_each(|row| row.push(grants))?;
                rows.statement(&outcome).push(statements)?;
                rows.state(&outcome).push(states)?;
            }
            let of_documents = invoices.into_iter().flat_map(|own| [own.documents, own.lines]);
            batches.into_iter().chain(of_documents).map(BatchBuilder::finish).collect()
        };
        let of_documents = invoices.map(|_| [Table::Documents, Table::InvoiceLines]);
        let tables = OF_OUTCOMES.into_iter().chain(of_documents.into_iter().flatten()).collect();
        TableGroup { tables, pieces: count.div_ceil(BATCH_ROWS), make: Box::new(make) }
    }

    /// Invoices of about so many accounts in the making, none of them made yet.
    fn invoices<'i>(&self, invoices: &'i Invoices, accounts: usize) -> InvoiceRows<'i> {
        let [documents, lines] =
            [Table::Documents, Table::InvoiceLines].map(|table| self.batch(table, accounts));
        InvoiceRows { invoices, next: None, documents, lines }
    }

    /// The ids that are kept for the next month.
    fn recent_ids<'s>(&'s self, ids: &'s RecentIds) -> TableGroup<'s> {
        one_table(Table::RecentIds, ids.pieces(), move |piece| {
            let mut batch = self.batch(Table::RecentIds, BATCH_ROWS);
            let (timeline, mut last) = (self.timeline, None);
            ids.visit(piece, |RecentId { segment, at, event }| {
                // They come in the order of segments.
                let first = || timeline.account_of(segment);
                let account = timeline.account_since(last.unwrap_or_else(first), segment);
                last = Some(account);
                let account_id = self.account(account);
                RecentIdCells { event_id: event, account_id, at }.push(&mut batch)
            })?;
            Ok(batch)
        })
    }

    /// Rows that cannot be read: a piece is a part, which may lie on the disk.
    fn rejects(&self) -> TableGroup<'_> {
        const { assert!(Rejects::PART_ROWS == BATCH_ROWS) }
        one_table(Table::Rejects, self.rejects.parts(), |piece| {
            let own = self.rejects.part(piece)?;
            let mut batch = self.batch(Table::Rejects, own.len());
            own.iter().try_for_each(|reject| self.reject(reject, &mut batch))?;
            Ok(batch)
        })
    }

    /// A table with a row for each thing of a list.
    fn of_list<'s, T: Sync>(
        &'s self,
        table: Table,
        list: &'s [T],
        fill: fn(&Self, &T, &mut BatchBuilder) -> Result<()>,
    ) -> TableGroup<'s> {
        one_table(table, list.len().div_ceil(BATCH_ROWS), move |piece| {
            let from = piece * BATCH_ROWS;
            let own = &list[from..list.len().min(from + BATCH_ROWS)];
            let mut batch = self.batch(table, own.len());
            own.iter().try_for_each(|row| fill(self, row, &mut batch))?;
            Ok(batch)
        })
    }

    fn batch(&self, table: Table, rows: usize) -> BatchBuilder {
        BatchBuilder::new(&arrow_schema(table, self.catalog.currency), rows)
    }
}

/// The catalogue, plan by plan.
pub(super) fn plans_group(catalog: &Catalog) -> TableGroup<'_> {
    one_table(Table::Plans, 1, move |_| {
        let (plans, currency) = (catalog.plans(), catalog.currency.code());
        let schema = arrow_schema(Table::Plans, catalog.currency);
        let mut batch = BatchBuilder::new(&schema, plans.len());
        for (rank, plan) in (1..).zip(plans) {
            let Plan { ref id, ref name, price, credits, overage_rate, retired, .. } = *plan;
            let row =
                PlanCells { plan: id, name, rank, price, credits, overage_rate, retired, currency };
            row.push(&mut batch)?;
        }
        Ok(batch)
    })
}

/// A table by itself, of so many pieces.
fn one_table<'a>(
    table: Table,
    pieces: usize,
    batch: impl Fn(usize) -> Result<BatchBuilder> + Sync + 'a,
) -> TableGroup<'a> {
    let make = move |piece| Ok(vec![batch(piece)?.finish()?]);
    TableGroup { tables: vec![table], pieces, make: Box::new(make) }
}

/// The row of a group of exceptions of a month.
pub(super) fn exception_row(exception: &Exception, month: Month) -> Result<ExceptionCells<'_>> {
    let credits =
        |sum: i128| decimal("credits", sum, Credits::of_table).map_err(|_| too_large(exception));
    Ok(ExceptionCells {
        kind: exception.kind.into(),
        account_id: &exception.account,
        month,
        rows: exception.rows,
        credits: exception.credits.map(credits).transpose()?,
        first_at: exception.first_at,
        last_at: exception.last_at,
        sample_id: not_empty(&exception.sample_id),
        detail: &exception.detail,
    })
}

/// The invoices of some accounts in the making, in the order of the accounts.
struct InvoiceRows<'a> {
    invoices: &'a Invoices,
    /// The place of the next one among all.
    next: Option<usize>,
    documents: BatchBuilder,
    lines: BatchBuilder,
}

impl InvoiceRows<'_> {
    /// Adds the account's invoice, if it has one; gives its id.
    fn add(&mut self, month: &MonthResult<'_>, outcome: &AccountReplay) -> Result<Option<String>> {
        let accounts = self.invoices.accounts();
        let first = || accounts.partition_point(|&account| account < outcome.account);
        let from = *self.next.get_or_insert_with(first);
        let before = accounts[from..].iter().take_while(|&&account| account < outcome.account);
        let at = from + before.count();
        let is_next = accounts.get(at) == Some(&outcome.account);
        self.next = Some(at + usize::from(is_next));
        if !is_next {
            return Ok(None);
        }
        let (id, days) =
            (self.invoices.id_at(at), (self.invoices.issued_on(), self.invoices.due_on()));
        month.invoice(&id, days, outcome, &mut self.documents)?;
        month.invoice_lines(&id, outcome, &mut self.lines)?;
        Ok(Some(id))
    }
}

/// A group of exceptions with more credits than a table holds: nobody bills them, but they must be
/// told exactly.
fn too_large(exception: &Exception) -> Error {
    let Exception { account, kind, sample_id, first_at, .. } = exception;
    let first = match (sample_id.as_str(), first_at) {
        ("", None) => String::new(),
        ("", Some(at)) => format!("; the first is of {at}"),
        (id, Some(at)) => format!("; the first is `{id}` of {at}"),
        (id, None) => format!("; the first is `{id}`"),
    };
    let kind = kind.name();
    let message = format!(
        "account `{account}`: the credits of its usage that is set aside as {kind} exceed \
         DECIMAL(18){first}"
    );
    Error::new(Code::FIGURE_TOO_LARGE, message)
        .expected("at most 999,999,999,999.999999 credits in all")
        .hint("look for wrong credits in the account's usage")
}
