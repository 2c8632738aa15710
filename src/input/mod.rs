//! What goes in: [`logs`] of any form, the [`changes`] of plans, the [`opening`] state, [`dropped_events`].

pub mod changes;
pub mod dropped_events;
pub mod logs;
pub mod opening;
