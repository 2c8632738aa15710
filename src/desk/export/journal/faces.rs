//! The files beside the table, each in the form of a program that reads it.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::page::Page;
use super::request::Face;
use super::{imports, plain_text};
use crate::base::error::Result;
use crate::desk::export::whole_file;

/// Writes the files of a form into a folder that is there; gives their names. A file of Xero's from an
/// earlier export with more of them goes.
///
/// # Errors
/// [`crate::base::error::Kind::System`] where one cannot be written.
pub(super) fn write(face: Face, page: &Page<'_>, folder: &Path) -> Result<Vec<String>> {
    let texts = match face {
        Face::Ledger => vec![("journal.ledger".to_owned(), plain_text::ledger(page))],
        Face::Beancount => vec![
            ("accounts.beancount".to_owned(), plain_text::beancount_accounts(page)),
            ("journal.beancount".to_owned(), plain_text::beancount(page)),
        ],
        Face::QuickBooks => vec![("quickbooks.csv".to_owned(), imports::quickbooks(page)?)],
        Face::Xero => imports::xero(page)?,
    };
    for (name, text) in &texts {
        whole_file::write(&folder.join(name), text)?;
    }
    if face == Face::Xero {
        remove_from(folder, texts.len() + 1)?;
    }
    Ok(texts.into_iter().map(|(name, _)| name).collect())
}

/// Removes Xero's files from a number on: their entries are in the new ones.
fn remove_from(folder: &Path, first: usize) -> Result<()> {
    for number in first.. {
        let path = folder.join(imports::xero_file(number));
        match fs::remove_file(&path) {
            Ok(()) => {}
            Err(e) if e.kind() == ErrorKind::NotFound => break,
            Err(e) => return Err(whole_file::unwritable(&path, "cannot be removed", e)),
        }
    }
    Ok(())
}
