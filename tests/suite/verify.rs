//! `monthend verify`: a clean book passes, and every kind of tampering is found.

mod archived;
mod books;
mod clean;
#[cfg(unix)]
mod current;
mod earlier_versions;
mod files;
mod folders;
mod forge;
mod forgeries;
mod imported;
mod journal;
mod kept;
mod manifests;
