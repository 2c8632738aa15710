//! A month's figures, beside those of the months before it.
//!
//! All of it but the request is the feature `desk`, since the library that joins and adds up takes long to build.

#[cfg(feature = "desk")]
mod built_in;
#[cfg(not(feature = "desk"))]
mod left_out;
mod request;

#[cfg(feature = "desk")]
pub use built_in::run;
#[cfg(not(feature = "desk"))]
pub use left_out::run;
pub use request::{Asked, Request};
