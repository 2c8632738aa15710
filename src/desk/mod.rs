//! What is asked of a book, or before there is one. Nothing here writes into it, but for `state import`,
//! archives and copies.

pub mod archive;
pub mod catalog;
pub mod copy;
pub mod diff;
mod document;
pub mod explain;
pub mod export;
pub mod grant;
pub mod init;
mod months;
pub mod payments;
pub mod reconcile;
pub mod report;
pub mod state;
pub mod status;
pub mod verify;
mod worth;
