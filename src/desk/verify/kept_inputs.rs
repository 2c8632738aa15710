//! What a revision keeps of what it was given by hand: all that the manifest says, as it says, and
//! nothing else.

use std::path::{Component, Path};

use super::entries::{EntryKind, is, list};
use super::finding::{Audit, FindingCode, Place};
use super::listing::check_files;
use crate::book::{INPUTS_FOLDER, InputFile, Manifest};

/// Checks the copies in a revision's folder.
pub(super) fn check(folder: &Path, place: &Place, manifest: &Manifest, audit: &mut Audit) {
    let mut names = Vec::new();
    let mut kept = Vec::new();
    for input in &manifest.inputs {
        let Some(at) = &input.kept else { continue };
        match name(at).filter(|name| !names.iter().any(|known| known == name)) {
            Some(name) => {
                names.push(name.to_owned());
                kept.push((name, input));
            }
            None => {
                let what = format!("keeps {} in `{at}`", input.file);
                let expected = format!("a file of its own in {INPUTS_FOLDER}");
                let place = place.clone().file(Manifest::FILE);
                audit.add_expected(FindingCode::Manifest, place, what, expected);
            }
        }
    }
    let of_folder = place.clone().file(INPUTS_FOLDER);
    let entries = list(folder).unwrap_or_default(); // what cannot be listed is told already
    match entries.iter().find(|entry| entry.name == INPUTS_FOLDER) {
        None if names.is_empty() => {}
        None => audit.add(FindingCode::Missing, of_folder, "is not there"),
        Some(_) if names.is_empty() => {
            audit.add(FindingCode::Stray, of_folder, "does not belong here")
        }
        Some(entry) if is(entry, EntryKind::Folder, of_folder.clone(), audit) => {
            let copies = folder.join(INPUTS_FOLDER);
            let there = check_files(&copies, &of_folder, &names, &[], audit);
            for (name, input) in kept.iter().filter(|(name, _)| there.iter().any(|t| t == name)) {
                digests(&copies.join(name), of_folder.clone().file(*name), input, audit);
            }
        }
        Some(_) => {}
    }
}

/// The file's name, where a place is of the form that a run writes.
fn name(at: &str) -> Option<&str> {
    let name = at.strip_prefix(INPUTS_FOLDER)?.strip_prefix('/')?;
    let mut parts = Path::new(name).components();
    let is_one = matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None));
    (is_one && !name.contains(['/', '\\'])).then_some(name)
}

fn digests(path: &Path, place: Place, input: &InputFile, audit: &mut Audit) {
    match input.digest.algorithm().of_file(path) {
        Err(e) => audit.add(FindingCode::Unreadable, place, format!("cannot be read: {e}")),
        Ok(is) if (is.0, &is.1) == (input.bytes, &input.digest) => {}
        Ok((bytes, digest)) => {
            let what = format!(
                "is not what {} says: it has {bytes} bytes, and its digest is {digest}",
                Manifest::FILE
            );
            let expected = format!("{} bytes, and {}", input.bytes, input.digest);
            audit.add_expected(FindingCode::Digest, place, what, expected);
        }
    }
}
