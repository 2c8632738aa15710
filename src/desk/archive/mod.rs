//! Old months leave the book for an archive, and come back.

mod moved;
mod put_back;
mod request;
mod sound;
mod store;

pub use put_back::put_back;
pub use request::{ArchiveRequest, PutBackRequest};
pub use store::archive;
