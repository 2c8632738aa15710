//! What two manifests tell of causes, before any account is looked at.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Side;
use crate::book::{Manifest, OpeningRecord};
use crate::catalog::Catalog;
use crate::error::Result;

/// What the two runs have in common, and what not.
#[derive(Debug, Clone)]
pub(super) struct Ground {
    pub before: Catalog,
    pub after: Catalog,
    /// Whether the runs began without history.
    pub genesis: [bool; 2],
    /// Whether the same state opened both.
    pub same_opening: bool,
    /// Whether the change logs may say other things.
    pub changes_may_differ: bool,
    /// Whether the usage may be other usage.
    pub usage_may_differ: bool,
    /// Whether the second run found more duplicates, or looked for them as the first did not.
    pub more_duplicates: bool,
    /// How many duplicates less the second run found, over all accounts.
    pub fewer_duplicates: u64,
    /// Whether the first run looked for duplicates, and the second did not.
    pub duplicates_kept: bool,
    /// Whether the program's versions differ.
    pub versions_differ: bool,
}

impl Ground {
    /// # Errors
    /// [`crate::error::Kind::Book`] where a manifest holds no catalogue.
    pub fn of(before: &Side<'_>, after: &Side<'_>) -> Result<Self> {
        let catalogue = |side: &Side<'_>| {
            let file = side.folder.join(Manifest::FILE).display().to_string();
            Catalog::from_json(&side.manifest.catalogue, &file)
        };
        let (before_says, after_says) = (before.manifest, after.manifest);
        // Of a partial rerun most accounts stand as another run left them, whatever its inputs.
        let is_partial = |manifest: &Manifest| !manifest.options["accounts"].is_null();
        let partial = is_partial(before_says) || is_partial(after_says);
        let read_alike = |roles: &[&str], options: &[&str]| {
            digests(before_says, roles) == digests(after_says, roles)
                && options.iter().all(|&name| before_says.options[name] == after_says.options[name])
        };
        let same_changes = read_alike(&["changes"], &["map_changes"]);
        let same_usage = read_alike(&["usage", "drop-events"], &["map_usage", "event_ids"]);
        let has_ids = |manifest: &Manifest| manifest.options["event_ids"] != Value::Bool(false);
        let duplicates = |manifest: &Manifest| {
            manifest.control_totals["usage"]["duplicates"]["rows"].as_u64().unwrap_or(0)
        };
        Ok(Ground {
            before: catalogue(before)?,
            after: catalogue(after)?,
            genesis: [before_says, after_says].map(|m| m.opening == OpeningRecord::Genesis),
            same_opening: is_same_state(&before_says.opening, &after_says.opening),
            changes_may_differ: partial || !same_changes,
            usage_may_differ: partial || !same_usage,
            more_duplicates: duplicates(after_says) > duplicates(before_says)
                || (!has_ids(before_says) && has_ids(after_says)),
            fewer_duplicates: duplicates(before_says).saturating_sub(duplicates(after_says)),
            duplicates_kept: has_ids(before_says) && !has_ids(after_says),
            versions_differ: before_says.version != after_says.version,
        })
    }
}

/// The digests of the inputs of some roles, each with how often it is there. The files' names and
/// order make no difference to a run.
fn digests<'a>(manifest: &'a Manifest, roles: &[&str]) -> BTreeMap<&'a str, usize> {
    let mut digests = BTreeMap::new();
    for input in manifest.inputs.iter().filter(|input| roles.contains(&input.role.as_str())) {
        *digests.entry(input.sha256.as_str()).or_default() += 1;
    }
    digests
}

/// Whether two months began with the same state. Of two without history that is not said: the
/// logs may differ in what they say of the time before.
fn is_same_state(one: &OpeningRecord, other: &OpeningRecord) -> bool {
    let digest = |opening: &OpeningRecord| match opening {
        OpeningRecord::Genesis => None,
        OpeningRecord::Book { sha256, .. }
        | OpeningRecord::Imported { sha256 }
        | OpeningRecord::File { sha256, .. } => Some(sha256.clone()),
    };
    digest(one).is_some() && digest(one) == digest(other)
}
