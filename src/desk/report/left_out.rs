//! What a program says of reports that was built without them.

use super::request::Request;
use crate::base::answer::Answer;
use crate::base::error::{Code, Error, Result};

/// Says how to get reports.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`], always.
pub fn run(_: &Request) -> Result<Answer> {
    Err(Error::new(Code::NOT_BUILT_IN, "this program was built without reports")
        .expected("one of a released package, or built with the feature `desk`")
        .hint("cargo build --release --features desk"))
}
