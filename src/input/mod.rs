//! What goes in: [`logs`] of any form, the [`changes`] of plans, [`dropped_events`].

pub mod adjustments;
pub mod changes;
pub mod dropped_events;
pub mod grant_request;
pub mod logs;
pub mod waivers;
