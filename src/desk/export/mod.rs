//! A month in the forms of others.

pub mod focus;
