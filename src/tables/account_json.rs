//! An account's rows of any table, for machines: by the types that the file itself has, so that whatever a table holds
//! comes along.

use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use serde_json::{Map, Value as Json};

use super::definitions::Table;
use super::read::{failure, part};
use super::selection::of_scope;
use super::values::date_of;
use crate::base::calendar::Instant;
use crate::base::digits::plain_decimal;
use crate::base::error::Result;
use crate::base::scope::Scope;

/// The account's rows of a table in the revision at `folder`, under the names of their columns; a cell that is empty is
/// left out. Numbers that are no counts are text, so that none is taken for a float.
///
/// # Errors
/// [`crate::base::error::Kind::Book`]: the file is not there, is damaged, or has other columns.
pub fn account_json(folder: &Path, table: Table, account: &str) -> Result<Vec<Map<String, Json>>> {
    let names = table.names();
    let scope = Scope::of_account(account);
    let mut rows = Vec::new();
    for batch in part(folder, table, &names, &|metadata| of_scope(metadata, &scope))? {
        let batch = batch?;
        for row in 0..batch.num_rows() {
            let mut cells = Map::new();
            for (name, column) in names.iter().zip(batch.columns()) {
                if column.is_valid(row) {
                    let value = json(column, row).ok_or_else(|| {
                        failure(folder, table)("it holds what no run writes".into())
                            .in_column(*name)
                    })?;
                    cells.insert((*name).to_owned(), value);
                }
            }
            rows.push(cells);
        }
    }
    Ok(rows)
}

/// A cell that is not empty; `None` where no run writes such a one.
fn json(column: &ArrayRef, row: usize) -> Option<Json> {
    Some(match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(row).into(),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row).into(),
        DataType::Boolean => column.as_boolean().value(row).into(),
        DataType::Decimal64(_, scale) => {
            let value = column.as_primitive::<Decimal64Type>().value(row);
            plain_decimal(value.into(), u32::try_from(*scale).ok()?).into()
        }
        DataType::Timestamp(..) => {
            let micros = column.as_primitive::<TimestampMicrosecondType>().value(row);
            Instant::from_micros(micros)?.to_string().into()
        }
        DataType::Date32 => {
            date_of(column.as_primitive::<Date32Type>().value(row))?.to_string().into()
        }
        _ => return None,
    })
}
