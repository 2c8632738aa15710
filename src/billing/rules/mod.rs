//! The billing rules as pure functions, one file for each family; each cites its numbers.
//!
//! Nothing here reads a clock, a file, the environment or a thread count. Where an amount
//! is larger than DECIMAL(18,·) holds, the caller names the account.

pub mod expiry;
pub mod fees;
pub mod grants;
mod line;
pub mod overage;
mod pool_use;
pub mod pools;
pub mod proration;

pub use line::{ChargeBasis, Line};
