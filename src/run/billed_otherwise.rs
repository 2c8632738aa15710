//! Whether a month is billed from something else than its revision in force records: from other inputs,
//! or from another opening state. Though it comes to the same tables, that has to be recorded: or the
//! next rerun would look for files that are no longer there, or the month would be stale, or its usage
//! late, for ever.

use std::collections::BTreeSet;

use super::draft::Draft;
use super::touched::concerns;
use crate::base::error::Result;
use crate::base::scope::Scope;
use crate::book::{Book, InputFile, Manifest, Revision, Role};

/// Whether the month is billed otherwise than the revision in force records. Where all accounts are
/// billed, that goes for every revision that some of them stand as.
pub(super) fn is_billed_otherwise(
    draft: &Draft<'_>,
    book: &Book,
    before: &Revision,
    now: &Manifest,
) -> Result<bool> {
    let (request, then) = (draft.request, &before.manifest);
    let has_rows = |input: &InputFile| match (input.role, &input.rows_by_month) {
        (Role::DropEvents, _) => !draft.facts.is_list_idle,
        (_, Some(rows)) => concerns(request, rows.keys()),
        (_, None) => true,
    };
    if !book.opens_alike(&then.opening, &now.opening)?
        || differ(&then.inputs, &now.inputs, &has_rows)
    {
        return Ok(true);
    }
    // What a dispute was given, and the others are billed from now.
    let of_all = |inputs: &[InputFile]| {
        let is_of_all = |input: &&InputFile| input.accounts.is_all();
        inputs.iter().filter(is_of_all).cloned().collect::<Vec<_>>()
    };
    let others = match request.scope {
        Scope::All => book.billed_by(request.month, before)?,
        Scope::Accounts(_) | Scope::Part(_) => Vec::new(),
    };
    let now = of_all(&now.inputs);
    Ok(others.iter().any(|other| differ(&of_all(&other.manifest.inputs), &now, &has_rows)))
}

/// Whether inputs differ by name or content, or by whom a list of events is for. A file whose name was
/// not known counts where it has rows of the month.
fn differ(then: &[InputFile], now: &[InputFile], has_rows: &impl Fn(&InputFile) -> bool) -> bool {
    let name = |input: &InputFile| (input.role, input.file.clone());
    let content = |input: &InputFile| (name(input), input.digest.clone(), input.accounts.clone());
    let known: BTreeSet<_> = then.iter().map(name).collect();
    let counts = |input: &&InputFile| known.contains(&name(input)) || has_rows(input);
    let now: BTreeSet<_> = now.iter().filter(counts).map(content).collect();
    now != then.iter().map(content).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::file_digest::{Algorithm, FileDigest};

    fn digest(text: &str) -> FileDigest {
        Algorithm::Blake3.of_bytes(text.as_bytes())
    }

    fn inputs(named: &[(&str, &str)]) -> Vec<InputFile> {
        let of = |(file, text): &(&str, &str)| {
            InputFile::of(Role::Usage, (*file).to_owned(), 1, digest(text))
        };
        named.iter().map(of).collect()
    }

    #[test]
    fn inputs_differ_by_name_and_by_content_but_for_new_files_without_rows() {
        let then = inputs(&[("april.csv", "1"), ("late.csv", "2")]);
        for (now, has_rows, expected) in [
            (&[("april.csv", "1"), ("late.csv", "2")][..], true, false),
            (&[("late.csv", "2"), ("april.csv", "1")], true, false),
            (&[("april.csv", "3"), ("late.csv", "2")], false, true), // corrected in its place
            (&[("moved/april.csv", "1"), ("late.csv", "2")], false, true),
            (&[("april.csv", "1")], false, true),
            (&[("april.csv", "1"), ("late.csv", "2"), ("may.csv", "4")], false, false),
            (&[("april.csv", "1"), ("late.csv", "2"), ("more.csv", "4")], true, true),
        ] {
            assert_eq!(differ(&then, &inputs(now), &|_| has_rows), expected, "{now:?}");
        }
        let list = |accounts| InputFile {
            accounts,
            ..InputFile::of(Role::DropEvents, "list.csv".to_owned(), 1, digest("1"))
        };
        let (some, all) = ([list(Scope::of_account("ann"))], [list(Scope::All)]);
        assert!(differ(&some, &all, &|_| false) && !differ(&some, &some, &|_| true));
    }
}
