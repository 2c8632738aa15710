//! A report put together and shown.
//!
//! `span` says which months, `frames` reads their tables, `figures` works out the sections of the `model`; `json`,
//! `parquet`, `workbook` and `page`, with its `pictures`, show it.

mod answer;
mod figures;
mod frames;
mod json;
mod model;
mod page;
mod parquet;
mod pictures;
mod span;
mod workbook;

pub use answer::run;
