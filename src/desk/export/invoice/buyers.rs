//! Who buys: names and addresses by account, from a file with a row for each.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use crate::base::error::{Code, Error, Result};
use crate::base::ids::AccountId;
use crate::input::logs::{
    self, Batch, ColumnKind, IdColumn, LogSchema, RowFault, Scan, Source, word,
};

/// Who buys. What the file does not say is not on the page.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Buyer {
    pub name: Option<String>,
    /// In lines.
    pub address: Vec<String>,
    pub tax_number: Option<String>,
    pub email: Option<String>,
}

/// The buyers of accounts.
#[derive(Debug, Default)]
pub(super) struct Buyers(BTreeMap<AccountId, Buyer>);

const ACCOUNT: usize = 0;
const OPTIONAL: [&str; 4] = ["name", "address", "tax_number", "email"];

fn schema() -> LogSchema {
    let mut columns = vec![("account_id", ColumnKind::Id)];
    columns.extend(OPTIONAL.map(|name| (name, ColumnKind::Word)));
    let mut schema = LogSchema::unmapped("list of buyers", &columns);
    for column in &mut schema.columns {
        column.optional = OPTIONAL.contains(&column.name);
    }
    schema
}

impl Buyers {
    /// Reads a file. The same row may stand there twice.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Input`]: it cannot be read, a row has no account, or an account has two rows.
    pub fn read(path: &PathBuf) -> Result<Self> {
        let schema = schema();
        let found = logs::find(std::slice::from_ref(path), schema.name)?.files;
        let sources = logs::open(found, &schema)?;
        let mut rows = logs::collect(&Scan::whole(&sources, &schema), &|batch| {
            read_batch(batch, &schema, &sources)
        })?;
        rows.sort();
        let mut buyers = BTreeMap::new();
        for Row { account, source, row, buyer } in rows {
            let first = buyers.entry(account.clone()).or_insert_with(|| buyer.clone());
            if *first != buyer {
                return Err(Error::new(
                    Code::BUYER_TWICE,
                    "has a second row, which says something else",
                )
                .in_file(&sources[source].file.name)
                .at_row(row)
                .in_column("account_id")
                .with_value(account.as_str())
                .expected("one row for each account"));
            }
        }
        Ok(Buyers(buyers))
    }

    /// The buyer of an account.
    pub fn of(&self, account: &str) -> Option<&Buyer> {
        self.0.get(account)
    }
}

/// A row of the file.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    account: AccountId,
    source: usize,
    row: u64,
    buyer: Buyer,
}

fn read_batch(mut batch: Batch, schema: &LogSchema, sources: &[Source]) -> Result<Vec<Row>> {
    let failed = |fault: RowFault| fault.into_reject(sources).into_error();
    if let Some(fault) = batch.faults.drain(..).next() {
        return Err(failed(fault));
    }
    let accounts = IdColumn::of(&batch.columns[ACCOUNT]);
    let mut buffer = [0; 36];
    let mut rows = Vec::with_capacity(batch.len);
    for at in 0..batch.len {
        let account = accounts.get(at, &mut buffer);
        let account =
            account.map_err(|f| failed(batch.fault(schema, ACCOUNT, at, f.to_string())))?;
        let lines = |place: usize| -> Vec<String> {
            let lines = word(&batch.columns[place], at).lines().map(str::trim);
            lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
        };
        let text = |place: usize| Some(lines(place).join(" ")).filter(|text| !text.is_empty());
        let buyer = Buyer { name: text(1), address: lines(2), tax_number: text(3), email: text(4) };
        let (source, row) = (batch.source, batch.rows.number(at));
        rows.push(Row { account: account.into(), source, row, buyer });
    }
    Ok(rows)
}
