//! Memory fetched ahead of its use.
//!
//! What is looked up by an id or a number lies anywhere in memory that no cache holds, and the
//! processor waits some hundred cycles for each line of it. It waits for many at once where it
//! knows their places before it looks at the first. So whoever has many rows touches one value of
//! each row's memory first, and goes through the rows then.

use std::hint::black_box;
use std::ops::BitXor;

/// Rows whose memory is fetched at once: the nearest cache holds a line or two of each.
pub const ROWS: usize = 256;

/// Fetches the memory that these values lie in. The values are of no use but that they must be
/// known.
#[inline]
pub fn ahead<T: BitXor<Output = T> + Default>(values: impl Iterator<Item = T>) {
    black_box(values.fold(T::default(), |all, value| all ^ value));
}
