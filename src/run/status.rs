//! What becomes of a month's result: it is published, it changes nothing, or it is refused.

use std::collections::BTreeSet;

use serde::{Serialize, Serializer};

use super::draft::Draft;
use super::other_months::concerns;
use super::request::Purpose;
use crate::base::error::{Code, Error, Result};
use crate::base::scope::Scope;
use crate::book::differences::Differences;
use crate::book::{Book, InputFile, Manifest, Revision, Role};

/// What became of the month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Published.
    Published {
        /// As this revision.
        revision: String,
    },
    /// The month was published already, with the same result.
    Unchanged {
        /// The revision in force.
        revision: String,
    },
    /// A dry run: it would be published.
    WouldPublish {
        /// As this revision.
        revision: String,
    },
    /// A dry run or check: the month is published with another result.
    WouldDiffer {
        /// The revision in force.
        revision: String,
        /// The tables that differ.
        tables: Vec<String>,
    },
    /// A check: all is well.
    Checked,
}

impl Status {
    /// The status for machines.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Status::Published { .. } => "published",
            Status::Unchanged { .. } => "unchanged",
            Status::WouldPublish { .. } => "would-publish",
            Status::WouldDiffer { .. } => "would-differ",
            Status::Checked => "checked",
        }
    }

    /// The revision that is in force now and has this result, if there is one.
    pub(super) fn in_force(&self) -> Option<&str> {
        match self {
            Status::Published { revision } | Status::Unchanged { revision } => Some(revision),
            Status::WouldPublish { .. } | Status::WouldDiffer { .. } | Status::Checked => None,
        }
    }
}

impl Serialize for Status {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        let revision = match self {
            Status::Published { revision }
            | Status::Unchanged { revision }
            | Status::WouldPublish { revision }
            | Status::WouldDiffer { revision, .. } => Some(revision.as_str()),
            Status::Checked => None,
        };
        to.collect_map([("status", Some(self.word())), ("revision", revision)])
    }
}

/// Differences that a message tells one by one.
pub(crate) const DIFFERENCES_TOLD: usize = 5;

/// What becomes of the result; `changed` are the tables that differ from the revision before, and
/// `differences` what differs.
///
/// # Errors
/// [`crate::base::error::Kind::Book`] where the month is published with another result, and it is not
/// said why there should be a further revision.
pub(super) fn status(
    draft: &Draft<'_>,
    manifest: &Manifest,
    changed: &[&str],
    differences: Option<&Differences>,
) -> Result<Status> {
    let request = draft.request;
    let revision = draft.name.clone();
    let Some(before) = &draft.before else {
        return Ok(match request.purpose {
            Purpose::Publish => Status::Published { revision },
            Purpose::DryRun => Status::WouldPublish { revision },
            Purpose::Check => Status::Checked,
        });
    };
    if changed.is_empty() && !is_recorded_anew(draft, before, manifest)? {
        return Ok(Status::Unchanged { revision: before.name.clone() });
    }
    warn_of_dropped_events(draft, before);
    match (request.purpose, &request.correction.reason) {
        (Purpose::Publish, Some(_)) => Ok(Status::Published { revision }),
        (Purpose::Publish, None) => Err(refusal(draft, before, changed, differences)),
        (Purpose::DryRun | Purpose::Check, _) => Ok(Status::WouldDiffer {
            revision: before.name.clone(),
            tables: changed.iter().map(|&table| table.to_owned()).collect(),
        }),
    }
}

/// Whether a month that has come to the same tables is published all the same: where there is a reason,
/// and it was billed otherwise than is recorded. A dry run takes it that a reason will be given.
fn is_recorded_anew(draft: &Draft<'_>, before: &Revision, manifest: &Manifest) -> Result<bool> {
    let request = draft.request;
    let is_to_be = match request.purpose {
        Purpose::Publish => request.correction.reason.is_some(),
        Purpose::DryRun => true,
        Purpose::Check => false,
    };
    match request.book.as_ref().filter(|_| is_to_be) {
        Some(book) => is_billed_otherwise(draft, book, before, manifest),
        None => Ok(false),
    }
}

/// Warns where a run from scratch would bill events that the revision before leaves out.
fn warn_of_dropped_events(draft: &Draft<'_>, before: &Revision) {
    if draft.request.based_on.is_some() {
        return;
    }
    for list in before.manifest.inputs_of(Role::DropEvents) {
        tracing::warn!(
            list = list.file,
            "events that {} leaves out are billed by this run; `monthend rerun` keeps to the list",
            before.name
        );
    }
}

fn refusal(
    draft: &Draft<'_>,
    before: &Revision,
    changed: &[&str],
    differences: Option<&Differences>,
) -> Error {
    let mut message = format!(
        "{} is published as {}, and this run comes to another result in {}; it was left alone.",
        draft.request.month,
        before.name,
        changed.join(", ")
    );
    if let Some(differences) = differences {
        message.push('\n');
        message.push_str(differences.summary(DIFFERENCES_TOLD).trim_end());
    }
    Error::new(Code::ANOTHER_RESULT, message).hint(
        "say --reason TEXT to publish the difference as a further revision, with notes; \
         --differences DIR writes out all that would change",
    )
}

/// Whether the month is billed from something else than the revision in force records: from other inputs,
/// or from another opening state. Though it comes to the same tables, that has to be recorded: or the
/// next rerun would look for files that are no longer there, or the month would be stale, or its usage
/// late, for ever. Where all accounts are billed, that goes for every revision that some of them stand as.
fn is_billed_otherwise(
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
