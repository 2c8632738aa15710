//! What each table is made of, piece by piece: pieces can be made side by side, and each comes to a
//! batch of the same rows whatever the number of threads.

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

use super::batch_builder::Sheet;
use super::rows::{BATCH_ROWS, Documents, MonthResult};
use super::schema::{Table, arrow_schema};
use crate::base::error::Result;

/// Tables whose rows are made in one go, a piece after the other.
pub(super) struct Group<'a> {
    pub tables: Vec<Table>,
    /// How many pieces there are.
    pub pieces: usize,
    /// The batch of each table that a piece comes to.
    pub make: Box<dyn Fn(usize) -> Result<Vec<RecordBatch>> + Sync + 'a>,
}

/// Tables with rows of what each account's month comes to.
const OF_OUTCOMES: [Table; 4] =
    [Table::OverageCharges, Table::ExpiredCredits, Table::Statements, Table::State];

impl MonthResult<'_> {
    /// A table's schema.
    pub(super) fn schema(&self, table: Table) -> SchemaRef {
        arrow_schema(table, self.catalog.currency)
    }

    /// All tables, without the rows that are carried over.
    pub(super) fn groups(&self) -> Vec<Group<'_>> {
        let mut groups = self.documents();
        groups.extend([
            self.outcomes(),
            self.of_list(Table::Exceptions, self.exceptions, Self::exception),
            self.of_list(Table::Rejects, self.rejects, Self::reject),
        ]);
        groups
    }

    /// Documents and their lines; those of a first revision are made together.
    fn documents(&self) -> Vec<Group<'_>> {
        let invoices = match self.documents {
            Documents::First(invoices) => invoices,
            Documents::Later { documents, lines } => {
                return vec![
                    self.of_list(Table::Documents, documents, |_, row, sheet| row.push(sheet)),
                    self.of_list(Table::InvoiceLines, lines, |_, row, sheet| row.push(sheet)),
                ];
            }
        };
        let accounts = invoices.accounts();
        let make = move |piece: usize| {
            let from = piece * BATCH_ROWS;
            let own = &accounts[from..accounts.len().min(from + BATCH_ROWS)];
            let [mut documents, mut lines] =
                [Table::Documents, Table::InvoiceLines].map(|table| self.sheet(table, own.len()));
            for (at, &account) in (from..).zip(own) {
                let outcome = self.outcomes.at(self.outcomes.place(account))?;
                let document = invoices.document(at, &outcome);
                self.document(&document, &mut documents)?;
                self.invoice_lines(&document, &mut lines)?;
            }
            [documents, lines].into_iter().map(Sheet::finish).collect()
        };
        vec![Group {
            tables: vec![Table::Documents, Table::InvoiceLines],
            pieces: accounts.len().div_ceil(BATCH_ROWS),
            make: Box::new(make),
        }]
    }

    fn outcomes(&self) -> Group<'_> {
        let count = self.outcomes.count() as usize;
        let make = move |piece: usize| {
            let from = piece * BATCH_ROWS;
            let own = from..count.min(from + BATCH_ROWS);
            let mut sheets = OF_OUTCOMES.map(|table| self.sheet(table, own.len()));
            for place in own {
                let outcome = self.outcomes.at(place as u32)?;
                let [charges, expired, statements, states] = &mut sheets;
                self.overage_charge(&outcome, charges)?;
                self.expired_credits(&outcome, expired)?;
                self.statement(&outcome, statements)?;
                self.state(&outcome, states)?;
            }
            sheets.into_iter().map(Sheet::finish).collect()
        };
        let (tables, pieces) = (OF_OUTCOMES.to_vec(), count.div_ceil(BATCH_ROWS));
        Group { tables, pieces, make: Box::new(make) }
    }

    /// A table with a row for each thing of a list.
    fn of_list<'s, T: Sync>(
        &'s self,
        table: Table,
        list: &'s [T],
        fill: fn(&Self, &T, &mut Sheet) -> Result<()>,
    ) -> Group<'s> {
        let make = move |piece: usize| {
            let from = piece * BATCH_ROWS;
            let own = &list[from..list.len().min(from + BATCH_ROWS)];
            let mut sheet = self.sheet(table, own.len());
            own.iter().try_for_each(|row| fill(self, row, &mut sheet))?;
            Ok(vec![sheet.finish()?])
        };
        let pieces = list.len().div_ceil(BATCH_ROWS);
        Group { tables: vec![table], pieces, make: Box::new(make) }
    }

    fn sheet(&self, table: Table, rows: usize) -> Sheet {
        Sheet::new(&self.schema(table), rows)
    }
}
