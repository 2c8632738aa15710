//! A month's figures, beside those of the months before it.
//!
//! All of it but the request is the feature `desk`, since the library that joins and adds up takes long to build.

#[cfg(feature = "desk")]
mod built_in;
mod request;

#[cfg(feature = "desk")]
pub use built_in::run;
pub use request::{Asked, Request};

/// Says how to get reports.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`], always.
#[cfg(not(feature = "desk"))]
pub fn run(_: &Request) -> crate::base::error::Result<crate::base::answer::Answer> {
    use crate::base::error::{Code, Error};
    Err(Error::new(Code::NOT_BUILT_IN, "this program was built without reports")
        .expected("one of a released package, or built with the feature `desk`")
        .hint("cargo build --release --features desk"))
}
