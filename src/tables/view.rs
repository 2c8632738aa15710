//! Some columns of a table, by `view!`.

/// Some columns of a table, borrowed from a batch row by row.
macro_rules! view {
    ($(#[$about:meta])* $vis:vis struct $view:ident of $table:ident.$name:ident {
        $($(#[$meaning:meta])* $column:ident),* $(,)?
    }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy)]
        $vis struct $view<'a> {
            $($(#[$meaning])*
            pub $column: <$crate::tables::column::$name::$column as $crate::tables::Value>::Borrowed<'a>,)*
        }

        impl<'a> $view<'a> {
            /// The table.
            pub const TABLE: $crate::tables::Table = $crate::tables::Table::$table;
            /// The names of the columns that are read.
            pub const COLUMNS: &'static [&'static str] = &[$(stringify!($column)),*];

            /// The rows of a batch.
            ///
            /// # Errors
            /// A cell that no run writes.
            pub fn rows(
                batch: &'a $crate::tables::TableBatch,
            ) -> $crate::base::error::Result<impl Iterator<Item = Self>> {
                $(let $column = batch.column($crate::tables::column::$name::$column)?;)*
                Ok((0..batch.len()).map(move |row| $view { $($column: $column(row)),* }))
            }
        }
    };
}
pub(crate) use view;
