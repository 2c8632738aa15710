//! Makes a month's logs of any size, to measure and to try things on.
//!
//! ```sh
//! cargo run --release --example generate -- --out logs --events 50000000 --accounts 500000
//! monthend run --month 2026-04 --usage 'logs/usage-*' --changes 'logs/changes*' \
//!     --catalog logs/catalog.toml --opening genesis --book book
//! ```
//!
//! The run ends with exit code 3: there are exceptions in the logs, such as usage of accounts that nobody signed up.
//! `--help` tells what can be chosen, and `tests/support/generator` how it is made.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use monthend_tests::generator::{
    Compression, Encoding, Format, Month, Order, Outcome, Settings, Written, generate,
};

/// Make a month's usage log of any size, with the change log of its accounts and the catalogue.
///
/// The same seed gives the same bytes, on any number of threads. Few accounts are heavy, many light, a quarter use
/// nothing. The change log holds signups, trials over the month's start and end, upgrades, downgrades and overage
/// switches. Some usage is of the months before and after, of accounts unknown or not yet signed up, or sent twice.
/// Every order and format holds the same rows.
#[derive(Debug, Parser)]
#[command(name = "generate")]
struct Cli {
    /// Where it goes: a folder that is empty or not there yet
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Rows of the usage log, duplicates included
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    events: u64,
    /// Accounts of the change log
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    accounts: u64,
    /// The month
    #[arg(long, value_name = "YYYY-MM", default_value = "2026-04", value_parser = month)]
    month: Month,
    /// What chance starts from
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Format of the usage log; with text, the change log is CSV
    #[arg(long, value_enum, default_value_t = Format::Parquet)]
    format: Format,
    /// Number of usage files
    #[arg(long, value_name = "N", default_value_t = 1)]
    files: u64,
    /// Order of the usage rows, through all files
    #[arg(long, value_enum, default_value_t = Order::Shuffled)]
    order: Order,
    /// Event ids as 36 characters or as 16 bytes (Parquet)
    #[arg(long, value_enum, default_value_t = Ids::Text)]
    ids: Ids,
    /// Account ids as plain text or in a dictionary for each row group (Parquet)
    #[arg(long, value_enum, default_value_t = AccountsAs::Text)]
    accounts_as: AccountsAs,
    /// Of 1,000 rows, those that repeat another
    #[arg(long, value_name = "N", default_value_t = 2)]
    duplicates: u64,
    /// Of 1,000 rows that repeat another, those with other credits than it has
    #[arg(long, value_name = "N", default_value_t = 1)]
    conflicts: u64,
    /// Rows of a row group (Parquet)
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    row_group: u64,
    /// How pages are compressed (Parquet)
    #[arg(long, value_enum, default_value_t = Compression::Snappy)]
    compression: Compression,
    /// Threads; all cores unless given
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    threads: usize,
}

/// How event ids are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Ids {
    Text,
    Binary,
}

/// How account ids are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum AccountsAs {
    Text,
    Dictionary,
}

fn month(text: &str) -> Result<Month, String> {
    Month::parse(text).ok_or_else(|| "expected a month such as 2026-04".to_owned())
}

fn main() -> ExitCode {
    match make(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Makes what the command line asks for, and tells of it.
fn make(cli: &Cli) -> Outcome {
    let encoding = Encoding {
        binary_ids: cli.ids == Ids::Binary,
        dictionary: cli.accounts_as == AccountsAs::Dictionary,
    };
    if cli.format != Format::Parquet && (encoding.binary_ids || encoding.dictionary) {
        return Err("--ids and --accounts-as are for Parquet".into());
    }
    let settings = Settings {
        month: cli.month,
        seed: cli.seed,
        events: cli.events,
        accounts: cli.accounts,
        duplicates: cli.duplicates,
        conflicts: cli.conflicts,
        format: cli.format,
        files: cli.files,
        order: cli.order,
        encoding,
        compression: cli.compression,
        row_group: cli.row_group,
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(cli.threads).build()?;
    for Written { path, rows } in pool.install(|| generate(&settings, &cli.out))? {
        let bytes = fs::metadata(&path)?.len();
        println!("{}: {rows} rows, {bytes} bytes", path.display());
    }
    Ok(())
}
