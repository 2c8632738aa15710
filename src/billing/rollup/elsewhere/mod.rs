//! A rollup made elsewhere: what is requested of an engine, and how what it gives back is proved and taken in.
//!
//! The contract, with all tables, is docs/ROLLUP.md. What comes of it is a [`super::Rollup`] as [`super::roll_up`]
//! gives one, or an error: nothing is billed that does not add up.

mod control;
mod finished;
mod own_boundaries;
mod proof;
mod rejects;
mod request;
mod requested_tables;
mod tables;
mod take_in;
mod usage_control;

pub use request::{RollupRequest, write_request};
pub use take_in::take_in;
