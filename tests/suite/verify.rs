//! `monthend verify`: a clean book passes, and every kind of tampering is found.

#[path = "verify/books.rs"]
mod books;
#[path = "verify/clean.rs"]
mod clean;
mod common;
#[path = "verify/files.rs"]
mod files;
#[path = "verify/folders.rs"]
mod folders;
#[path = "verify/forge.rs"]
mod forge;
#[path = "verify/forgeries.rs"]
mod forgeries;
#[path = "verify/imported.rs"]
mod imported;
#[path = "verify/journal.rs"]
mod journal;
#[path = "verify/manifests.rs"]
mod manifests;
