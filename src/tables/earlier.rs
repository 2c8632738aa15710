//! Tables of earlier versions of the program, which lack columns that came later: they are read as if
//! these were empty, or 0 where they are never empty.

use std::sync::Arc;

use arrow_array::types::Decimal64Type;
use arrow_array::{ArrayRef, PrimitiveArray, RecordBatch, RecordBatchOptions, new_null_array};
use arrow_schema::{ArrowError, DataType, Field, Fields, Schema, SchemaRef};

use super::columns::TableColumn;
use super::definitions::Table;

/// The columns that a file of a table has, in order; `None` where they are not those of any version.
pub(super) fn columns_of(fields: &Fields, table: Table) -> Option<Vec<&'static TableColumn>> {
    let mut own = fields.iter().peekable();
    let mut columns = Vec::with_capacity(fields.len());
    for column in table.columns() {
        match own.next_if(|field| field.name() == column.name) {
            Some(field) if column.column_type.is(field.data_type()) => columns.push(column),
            None if column.came_later => {}
            _ => return None,
        }
    }
    own.next().is_none().then_some(columns)
}

/// What is made of the batches of a file, so that they have all columns that are asked for.
pub(super) struct Widening {
    schema: SchemaRef,
}

impl Widening {
    /// Of a file that has these fields; `None` where it has all columns.
    pub fn of(fields: &Fields, table: Table, names: &[&str]) -> Option<Self> {
        if fields.len() == table.columns().len() {
            return None;
        }
        let type_of = |column: &TableColumn| {
            let is_alike = |of: &&TableColumn| of.column_type == column.column_type;
            let alike = table.columns().iter().filter(is_alike);
            let mut known = alike.filter_map(|of| fields.find(of.name));
            let known = known.next().map(|(_, field)| field.data_type().clone());
            known.unwrap_or(DataType::Utf8) // amounts and credits are in all tables that need one
        };
        let wanted = table.columns().iter().filter(|column| names.contains(&column.name));
        let field = |column: &TableColumn| match fields.find(column.name) {
            Some((_, field)) => Arc::clone(field),
            None => Arc::new(Field::new(column.name, type_of(column), column.nullable)),
        };
        Some(Widening { schema: Arc::new(Schema::new(wanted.map(field).collect::<Fields>())) })
    }

    /// A batch with all columns.
    pub fn widen(&self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let rows = batch.num_rows();
        let column = |field: &Arc<Field>| match batch.column_by_name(field.name()) {
            Some(column) => Ok(Arc::clone(column)),
            None => filler(field, rows),
        };
        let columns = self.schema.fields().iter().map(column).collect::<Result<Vec<_>, _>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)
    }
}

fn filler(field: &Field, rows: usize) -> Result<ArrayRef, ArrowError> {
    match field.data_type() {
        any if field.is_nullable() => Ok(new_null_array(any, rows)),
        DataType::Decimal64(..) => {
            let none = PrimitiveArray::<Decimal64Type>::from(vec![0; rows]);
            Ok(Arc::new(none.with_data_type(field.data_type().clone())))
        }
        other => Err(ArrowError::SchemaError(format!("{} has no {other}", field.name()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::money::Currency;
    use crate::tables::arrow_schema;

    #[test]
    fn columns_that_came_later_are_empty_or_none() {
        for table in Table::ALL {
            let whole = arrow_schema(table, Currency::parse("KWD").unwrap());
            assert_eq!(columns_of(whole.fields(), table).unwrap().len(), table.columns().len());
            let earlier: Fields = table
                .columns()
                .iter()
                .zip(whole.fields())
                .filter(|(column, _)| !column.came_later)
                .map(|(_, field)| Arc::clone(field))
                .collect();
            let names: Vec<&str> = table.columns().iter().map(|column| column.name).collect();
            assert!(columns_of(&earlier, table).is_some());
            let Some(widening) = Widening::of(&earlier, table, &names) else {
                assert_eq!(earlier.len(), whole.fields().len());
                continue;
            };
            assert_eq!(widening.schema, whole);
            let columns = earlier.iter().map(|field| new_null_array(field.data_type(), 3));
            let nullable: Fields =
                earlier.iter().map(|field| field.as_ref().clone().with_nullable(true)).collect();
            let schema = Arc::new(Schema::new(nullable));
            let batch = RecordBatch::try_new(schema, columns.collect()).unwrap();
            let later = table.columns().iter().filter(|column| column.came_later);
            for column in later {
                let names = [column.name];
                let widened = Widening::of(&earlier, table, &names).unwrap().widen(&batch).unwrap();
                let nulls = widened.column(0).null_count();
                assert_eq!((widened.num_rows(), nulls == 3), (3, column.nullable));
            }
        }
    }
}
