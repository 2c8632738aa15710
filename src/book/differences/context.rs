//! What two manifests tell of causes, before any account is looked at.

use std::collections::BTreeMap;

use super::side::Side;
use crate::base::error::Result;
use crate::base::file_digest::FileDigest;
use crate::base::scope::Scope;
use crate::book::manifest::{Manifest, OpeningRecord, Options, Role, Stated};
use crate::catalog::Catalog;

/// What the two runs have in common, and what not.
#[derive(Debug, Clone)]
pub(super) struct RunContext {
    pub before: Catalog,
    pub after: Catalog,
    /// Whether the runs began without history.
    pub genesis: [bool; 2],
    /// Whether the same state opened both.
    pub same_opening: bool,
    /// Whether the same grants went on into both.
    pub same_grants: bool,
    /// Whether both knew the same ids of the month before (L1).
    pub same_recent_ids: bool,
    /// Whether both read the same change logs.
    pub same_changes: bool,
    /// Whether both read the same usage logs, alike.
    pub same_usage: bool,
    /// Whether both left out the same events.
    pub same_drops: bool,
    /// The accounts that were billed anew, of a partial rerun: all others stand as another run
    /// left them, whatever this one read.
    pub scopes: [Scope; 2],
    /// Whether the second run found more duplicates, or looked for them as the first did not.
    pub more_duplicates: bool,
    /// How many duplicates less the second run found, at most, over all accounts.
    pub fewer_duplicates: u64,
    /// Whether the first run looked for duplicates, and the second did not.
    pub duplicates_kept: bool,
    /// Whether the program's versions differ.
    pub versions_differ: bool,
}

impl RunContext {
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where a manifest holds no catalogue.
    pub fn of(before: &Side<'_>, after: &Side<'_>) -> Result<Self> {
        let (before_says, after_says) = (before.manifest, after.manifest);
        let (before_read, after_read) = (&before_says.options, &after_says.options);
        let same_files = |role| digests(before_says, role) == digests(after_says, role);
        let usage_form =
            |read: &Options| (read.map_usage.clone(), read.event_ids, read.dialect_usage);
        let changes_form =
            |read: &Options| (read.map_changes.clone(), read.dialect_changes, read.words.clone());
        let scopes = [before_says, after_says].map(|manifest| manifest.scope().clone());
        let partial = scopes.iter().any(|scope| !scope.is_all());
        let had_ids = [before_read, after_read].map(|options| options.event_ids);
        let duplicates = |manifest: &Manifest| match &manifest.control_totals.usage.duplicates {
            Stated::As(duplicates) => duplicates.rows,
            Stated::Otherwise(_) => 0,
        };
        let fewer_duplicates = match partial {
            true => u64::MAX, // their control totals are of other accounts
            false => duplicates(before_says).saturating_sub(duplicates(after_says)),
        };
        Ok(RunContext {
            before: before_says.catalog(before.folder)?,
            after: after_says.catalog(after.folder)?,
            genesis: [before_says, after_says].map(|m| m.opening == OpeningRecord::Genesis),
            same_opening: is_same_state(&before_says.opening, &after_says.opening),
            same_grants: before_says.opening.grants_sha256() == after_says.opening.grants_sha256()
                && same_files(Role::OpeningGrants),
            same_recent_ids: before_says.opening.recent_ids_sha256()
                == after_says.opening.recent_ids_sha256(),
            same_changes: same_files(Role::Changes)
                && changes_form(before_read) == changes_form(after_read),
            same_usage: same_files(Role::Usage)
                && usage_form(before_read) == usage_form(after_read),
            same_drops: same_files(Role::DropEvents),
            scopes,
            more_duplicates: (!partial && duplicates(after_says) > duplicates(before_says))
                || had_ids == [false, true],
            fewer_duplicates,
            duplicates_kept: had_ids == [true, false],
            versions_differ: before_says.version != after_says.version,
        })
    }

    /// Whether the change logs may say other things of an account.
    pub fn changes_may_differ(&self, account: &str) -> bool {
        !self.same_changes || !self.is_billed_by_both(account)
    }

    /// Whether the usage logs may have other usage of an account.
    pub fn usage_may_differ(&self, account: &str) -> bool {
        !self.same_usage || !self.is_billed_by_both(account)
    }

    /// Whether other events of an account may have been left out.
    pub fn drops_may_differ(&self, account: &str) -> bool {
        !self.same_drops || !self.is_billed_by_both(account)
    }

    /// Whether an account stands as these two runs made it, so that what they read counts.
    fn is_billed_by_both(&self, account: &str) -> bool {
        self.scopes.iter().all(|scope| scope.includes(account))
    }
}

/// The digests of the inputs of a role and whom they are for, each with how often it is there. The files' names and
/// order make no difference to a run.
fn digests(manifest: &Manifest, role: Role) -> BTreeMap<(&FileDigest, &Scope), usize> {
    let mut digests = BTreeMap::new();
    for input in manifest.inputs_of(role) {
        *digests.entry((&input.digest, &input.accounts)).or_default() += 1;
    }
    digests
}

/// Whether two months began with the same state. Of two without history that is not said: the
/// logs may differ in what they say of the time before.
fn is_same_state(one: &OpeningRecord, other: &OpeningRecord) -> bool {
    one.sha256().is_some() && one.sha256() == other.sha256()
}
