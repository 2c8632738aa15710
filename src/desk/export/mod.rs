//! What a book holds, in the forms of others.

pub mod account;
pub mod focus;
pub mod invoice;
pub mod journal;
mod whole_file;
