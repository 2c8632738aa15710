//! What can go wrong, where, and what to do about it.
//!
//! An [`Error`] stops the run. Its [`Code`] is what it can be looked up by, and decides the [`Kind`] and so the exit
//! code; the message says what is wrong, the [`Place`] where, `expected` what should have been there, and the hint what
//! to do next. Rows that cannot be read do not stop a run: they become rejects (see [`crate::base::rejects::Reject`]).

mod code;
pub mod codes;
mod failure;
mod refusal;

pub use code::{Code, Kind};
pub use failure::{Error, Faults, Place, Result};
pub use refusal::NotBuilt;
