//! What the commands take that are about rollups made elsewhere.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::run::InputArgs;

pub(super) const EXAMPLES: &str = concat!(
    "\
Examples:
  A month rolled up by Spark:
    monthend rollup request --job job.toml --month 2026-04 --out s3://bucket/rollup/2026-04
    spark-submit jobs/spark/rollup.py --request s3://bucket/rollup/2026-04/request.json
    monthend run --job job.toml --month 2026-04 --rollup s3://bucket/rollup/2026-04

",
    exit_codes!()
);

/// What is done about rollups made elsewhere.
#[derive(Debug, Subcommand)]
pub enum RollupCommand {
    /// Write what an engine is to roll up for a month
    ///
    /// Into a folder, or below an address: the boundaries of all accounts' segments, and request.json,
    /// which names the usage log's files with their rows and types. An engine that keeps to docs/ROLLUP.md
    /// writes its sums beside it, and `run --rollup` proves and bills them. Nothing is published.
    #[command(after_long_help = EXAMPLES)]
    Request(RollupRequestArgs),
}

/// What `rollup request` takes.
#[derive(Debug, Args)]
pub struct RollupRequestArgs {
    /// The inputs.
    #[command(flatten)]
    pub input: InputArgs,
    /// Where the request goes: a folder, or an address such as s3://bucket/rollup/2026-04
    /// [default: `rollup` of the job file]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}
