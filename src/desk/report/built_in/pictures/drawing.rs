//! A picture that was drawn.

use serde::Serialize;

/// A picture, and what its colours stand for.
#[derive(Debug, Clone, Serialize)]
pub(in super::super) struct Drawing {
    /// An `svg` element.
    pub svg: String,
    /// The classes of the marks, each with what they stand for, in the order in which they are drawn; none where the
    /// marks bear their names.
    pub legend: Vec<(String, String)>,
}
