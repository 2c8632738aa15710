//! A month in parts: accounts that memory does not hold at once are billed part by part, here one after the other or
//! each by a process of its own, and then put together. It comes to the bytes of one run.

mod bill;
mod count;
mod in_turn;
mod own_process;
mod put_together;

pub(super) use count::how_many;
pub(super) use in_turn::bill_in_turn;
pub use own_process::bill_part;
pub(super) use own_process::publish_parts;
