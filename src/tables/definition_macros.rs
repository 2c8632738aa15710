//! What a table's definition stands for: `tables!` makes of each its schema, its row of typed fields, the
//! borrowed form, and how both are read, written, compared and told.

/// Whether a column is marked as one that earlier versions of the program did not write.
macro_rules! came_later {
    () => {
        false
    };
    (later) => {
        true
    };
}

macro_rules! tables {
    ($(
        $(#[doc = $about:literal])*
        $name:ident $table:ident $row:ident $cells:ident {
            $($(#[doc = $meaning:literal])* $column:ident $(($later:ident))?: $value:ty,)*
        }
    )*) => {
        /// A table of a revision.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Table { $($(#[doc = $about])* $table,)* }

        impl Table {
            /// All tables, in the order in which people read them.
            pub const ALL: [Table; [$(Table::$table),*].len()] = [$(Table::$table),*];

            /// The table's name, and its files' name without the ending.
            pub fn name(self) -> &'static str {
                match self { $(Table::$table => stringify!($name),)* }
            }

            /// The columns, in order.
            pub const fn columns(self) -> &'static [TableColumn] {
                match self {
                    $(Table::$table => &[$(TableColumn {
                        name: stringify!($column),
                        column_type: <$value as Value>::TYPE,
                        nullable: <$value as Value>::NULLABLE,
                        came_later: came_later!($($later)?),
                        meaning: concat!($($meaning),*),
                    }),*],)*
                }
            }
        }

        /// The columns of each table, to be read one by one ([`TableBatch::column`]), and what each
        /// holds.
        #[expect(non_upper_case_globals, non_camel_case_types, reason = "columns have their names")]
        pub mod column {
            $(
                #[doc = concat!("Columns of `", stringify!($name), "`.")]
                pub mod $name {
                    use super::super::*;

                    $(
                        $(#[doc = $meaning])*
                        pub const $column: Column<$value> = Column::named(stringify!($column));
                        $(#[doc = $meaning])*
                        pub type $column = $value;
                    )*
                }
            )*
        }

        $(
            #[doc = concat!("A row of `", stringify!($name), "`.")]
            #[derive(Debug, Clone, PartialEq, Eq)]
            pub struct $row { $($(#[doc = $meaning])* pub $column: $value,)* }

            impl $row {
                /// The row's cells, borrowed.
                pub fn cells(&self) -> $cells<'_> {
                    $cells { $($column: self.$column.borrowed(),)* }
                }

                /// The row for machines, under the names of its columns.
                pub fn json(&self, currency: Currency) -> Map<String, Json> {
                    let cells = [$((stringify!($column), self.$column.json(currency))),*];
                    cells.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
                }
            }

            impl Record for $row {
                const TABLE: Table = Table::$table;

                fn rows(batch: &TableBatch) -> Result<Vec<Self>> {
                    $(let $column = batch.column(column::$name::$column)?;)*
                    let row = |at| $row { $($column: <$value as Value>::owned($column(at)),)* };
                    Ok((0..batch.len()).map(row).collect())
                }

                fn differing(&self, other: &Self) -> Vec<&'static str> {
                    let differs = [$((stringify!($column), self.$column != other.$column)),*];
                    differs.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
                }
            }

            #[doc = concat!("A row of `", stringify!($name), "`, to be written: its texts are borrowed.")]
            #[derive(Debug, Clone, Copy)]
            #[expect(missing_docs, reason = "the columns' meanings are those of the row")]
            pub struct $cells<'a> { $(pub $column: <$value as Value>::Borrowed<'a>,)* }

            impl $cells<'_> {
                /// The row by itself.
                pub fn to_row(self) -> $row {
                    $row { $($column: <$value as Value>::owned(self.$column),)* }
                }

                /// Adds the row to a batch of its table.
                ///
                /// # Errors
                /// A decimal is larger than its column holds.
                pub fn push(self, to: &mut BatchBuilder) -> Result<()> {
                    let mut row = to.row();
                    $(row.push(<$value as Value>::cell(self.$column))?;)*
                    Ok(())
                }
            }
        )*
    };
}

pub(super) use {came_later, tables};
