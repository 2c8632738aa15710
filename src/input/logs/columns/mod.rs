//! Typed views of a batch's columns: ids, instants, credits, words and flags, cell by cell.

mod credits;
mod fault;
mod ids;
mod instants;
mod text;

pub use credits::CreditsColumn;
pub use fault::CellFault;
pub use ids::IdColumn;
pub use instants::InstantColumn;
pub(super) use instants::{NO_TIME, from_unit};
pub use text::{flag, value_text, word};
