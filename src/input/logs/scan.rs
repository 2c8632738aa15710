//! What is read of a log, of whose rows, and what is found.

use std::ops::{Range, RangeInclusive};

use arrow_array::ArrayRef;

use super::batch::Batch;
use super::schema::LogSchema;
use super::source::Source;
use crate::base::calendar::Instant;
use crate::base::error::Result;
use crate::base::part::Part;
use crate::base::scope::Scope;

/// What a scan finds.
pub enum Scanned {
    /// Rows.
    Batch(Batch),
    /// A row group that was passed over for the instants that it spans.
    SkippedByInstant {
        /// The file, as an index into the sources.
        source: usize,
        /// From the earliest instant to the latest.
        span: RangeInclusive<Instant>,
        /// Its number of rows.
        rows: u64,
    },
    /// A row group that was passed over, since it has no row of the accounts asked for.
    SkippedByAccount {
        /// Its number of rows.
        rows: u64,
    },
}

/// Is handed what a scan finds.
pub type Visit<'a> = dyn Fn(Scanned) -> Result<()> + Sync + 'a;

/// Event ids that an earlier scan has read, by the numbers of their rows in a file.
pub trait IdsAtHand: Sync {
    /// Whether the ids of all these rows are there.
    fn has(&self, source: usize, rows: Range<u64>) -> bool;

    /// The ids of the rows of one batch, as a column; they are not there any more.
    ///
    /// # Errors
    /// The disk fails where they were kept, or they are not those of a batch.
    fn take(&self, source: usize, rows: Range<u64>) -> Result<ArrayRef>;
}

/// A reading of all rows, or of some accounts' rows.
pub struct Scan<'a> {
    /// The files.
    pub sources: &'a [Source],
    /// Which of the files are wanted.
    pub wanted_sources: fn(&Source) -> bool,
    /// The columns wanted.
    pub schema: &'a LogSchema,
    /// Says whether a row group that spans these instants is passed over.
    pub is_skipped: &'a (dyn Fn(&RangeInclusive<Instant>) -> bool + Sync),
    /// The accounts whose rows are wanted. A row that cannot be taken apart, or that names no
    /// account, is nobody's, and handed out only where all are wanted.
    pub scope: &'a Scope,
    /// The numbers of the rows wanted of the one file, which is Parquet: from 1, and in order; all where
    /// none are named.
    pub only_rows: Option<&'a [u64]>,
    /// The positions of the columns wanted; all where none are named. The others hold nothing.
    pub only_columns: Option<&'a [usize]>,
    /// Is told how many bytes of a file have been gone through.
    pub on_bytes: &'a (dyn Fn(u64) + Sync),
    /// Whether Parquet's ids are handed out as keys of a dictionary, where a row group has them
    /// so.
    pub keyed_ids: bool,
    /// Event ids of Parquet that need not be read again, if there are any.
    pub ids_at_hand: Option<&'a dyn IdsAtHand>,
}

impl<'a> Scan<'a> {
    /// A reading of all rows and columns.
    pub fn whole(sources: &'a [Source], schema: &'a LogSchema) -> Self {
        Scan {
            sources,
            wanted_sources: |_| true,
            schema,
            is_skipped: &|_| false,
            scope: &Scope::All,
            only_rows: None,
            only_columns: None,
            on_bytes: &|_| {},
            keyed_ids: false,
            ids_at_hand: None,
        }
    }

    /// Whether the column at a position is wanted.
    pub(super) fn reads_column(&self, at: usize) -> bool {
        self.only_columns.is_none_or(|only| only.contains(&at))
    }
}

/// Which rows a scan hands out.
#[derive(Debug, Clone, Copy)]
pub(super) struct AccountFilter<'a> {
    scope: &'a Scope,
    /// The account's column among the schema's; a schema without one has no rows of any account.
    pub column: Option<usize>,
}

impl<'a> AccountFilter<'a> {
    /// The rows of the accounts in `scope`.
    pub fn of(scope: &'a Scope, schema: &LogSchema) -> Self {
        let column = schema.columns.iter().position(|column| column.name == "account_id");
        AccountFilter { scope, column }
    }

    /// Whether every row is wanted, those included that name no account.
    pub fn takes_all(self) -> bool {
        self.scope.is_all()
    }

    /// Whether rows of this account are. A cell without text names none.
    pub fn takes(self, account: &str) -> bool {
        match self.scope {
            Scope::All => true,
            Scope::Accounts(accounts) => !account.is_empty() && accounts.contains(account),
            Scope::Part(part) => part.includes(account),
        }
    }

    /// Whether rows are whose account cannot be read: of several parts the first has them.
    pub fn takes_unreadable(self) -> bool {
        self.scope.part().is_some_and(Part::is_first)
    }

    /// Whether a row's cells, in the schema's order, are wanted.
    pub fn takes_row(self, cells: &[impl AsRef<str>]) -> bool {
        let account = || self.column.and_then(|column| cells.get(column));
        self.takes_all() || account().is_some_and(|account| self.takes(account.as_ref()))
    }
}
