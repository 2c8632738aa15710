//! What bought grants owe, in money.
//!
//! What is left of a grant is owed by its [`worth`](worth::worth); free grants owe nothing.

use std::collections::BTreeMap;
use std::ops::AddAssign;
use std::path::{Path, PathBuf};

use crate::base::error::{Error, Result};
use crate::base::scope::Scope;
use crate::book::{Book, OpeningRecord, Revision};
use crate::desk::document::disagree;
use crate::desk::worth::{self, Paid};
use crate::tables::{
    ByAccount, ExpiredRow, GrantRow, LineRow, LineType, PoolKind, TableRows, first_account,
};

/// How what bought grants owe moved in a month, in minor units: opening + sold − drawn − lapsed =
/// closing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Movement {
    /// Owed as the month began.
    pub opening: i128,
    /// Charged for grants (G4), notes included.
    pub sold: i128,
    /// The worth of credits that were used.
    pub drawn: i128,
    /// The worth of credits that expired or were voided (G5).
    pub lapsed: i128,
    /// Owed as it ended.
    pub closing: i128,
}

impl AddAssign for Movement {
    fn add_assign(&mut self, other: Self) {
        self.opening += other.opening;
        self.sold += other.sold;
        self.drawn += other.drawn;
        self.lapsed += other.lapsed;
        self.closing += other.closing;
    }
}

/// The accounts of a revision that have to do with grants, in order.
pub(super) struct GrantMovements {
    /// What the month began with; `None` where no table tells it.
    opening: Option<ByAccount<TableRows<GrantRow>>>,
    /// Whether the month began with grants that no table tells of.
    is_untold: bool,
    closing: ByAccount<TableRows<GrantRow>>,
    expired: ByAccount<TableRows<ExpiredRow>>,
    lines: ByAccount<TableRows<LineRow>>,
    revision: Revision,
}

impl GrantMovements {
    /// Those of a revision.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the book cannot be read.
    pub fn open(book: &Book, revision: &Revision) -> Result<Self> {
        let folder = revision.tables()?;
        let opening = opening_folder(book, revision)?;
        let opening = opening.map(|folder| ByAccount::open(&folder, &Scope::All)).transpose()?;
        let record = &revision.manifest.opening;
        Ok(GrantMovements {
            opening,
            is_untold: matches!(record, OpeningRecord::Genesis | OpeningRecord::File { .. }),
            closing: closing(folder, revision)?,
            expired: ByAccount::open(folder, &Scope::All)?,
            lines: ByAccount::open(folder, &Scope::All)?,
            revision: revision.clone(),
        })
    }

    /// The account of the next one.
    pub fn next_account(&mut self) -> Result<Option<String>> {
        let opening = self.opening.as_mut().map(ByAccount::next_account).transpose()?.flatten();
        Ok(first_account([
            opening,
            self.closing.next_account()?,
            self.expired.next_account()?,
            self.lines.next_account()?,
        ]))
    }

    /// That of an account, which is the next one or comes before it.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where a row cannot be read,
    /// [`crate::base::error::Kind::Conservation`] where more of its grants expired or goes on than there was.
    pub fn take(&mut self, account: &str) -> Result<Movement> {
        let opening = self.opening.as_mut().map(|rows| rows.take(account)).transpose()?;
        let opening = opening.unwrap_or_default();
        let closing = self.closing.take(account)?;
        let sold = Sold::of(&self.lines.take(account)?);
        let mut moved = Movement { sold: sold.amount(), ..Movement::default() };
        for grant in &closing {
            moved.closing += left_worth(grant);
        }
        for grant in &opening {
            moved.opening += left_worth(grant);
        }
        if self.is_untold {
            let start = self.revision.manifest.month.start();
            for grant in closing.iter().filter(|grant| grant.granted_at < start) {
                moved.opening += left_worth(grant);
            }
        }
        for row in self.expired.take(account)? {
            if row.pool.known() == Some(PoolKind::Grant) {
                moved.lapsed += lapsed(&row, &opening, &sold);
            }
        }
        let there_was = moved.opening + moved.sold - moved.closing;
        if self.is_untold {
            // What was paid for a grant from before the first month is not known.
            moved.lapsed = moved.lapsed.min(there_was);
        }
        moved.drawn = there_was - moved.lapsed;
        if moved.drawn < 0 { Err(self.too_much(account)) } else { Ok(moved) }
    }

    fn too_much(&self, account: &str) -> Error {
        let (month, name) = (self.revision.manifest.month, &self.revision.name);
        disagree(format!(
            "{month} {name}: more of the grants of `{account}` expired or goes on than there was"
        ))
    }
}

/// The grants that go on; none in a book of a version that knew no grants.
fn closing(folder: &Path, revision: &Revision) -> Result<ByAccount<TableRows<GrantRow>>> {
    if revision.manifest.output(GRANTS).is_some() {
        return ByAccount::open(folder, &Scope::All);
    }
    Ok(ByAccount::of(Box::new(std::iter::empty()), folder.join(GRANTS)))
}

const GRANTS: &str = "grants.parquet";

/// The folder with the grants that a month began with; `None` where there are none in the book.
fn opening_folder(book: &Book, revision: &Revision) -> Result<Option<PathBuf>> {
    let manifest = &revision.manifest;
    Ok(match &manifest.opening {
        OpeningRecord::Book { month, revision, grants_sha256: Some(_), .. } => {
            Some(book.revision(*month, revision)?.in_book().to_owned())
        }
        OpeningRecord::Imported { sha256, grants_sha256: Some(_), .. } => {
            Some(book.import_with(manifest.month, sha256)?.folder)
        }
        _ => None,
    })
}

/// What an account was charged for grants, by their kinds.
struct Sold(BTreeMap<String, Paid>);

impl Sold {
    fn of(lines: &[LineRow]) -> Self {
        let mut kinds: BTreeMap<String, Paid> = BTreeMap::new();
        for line in lines.iter().filter(|line| line.line_type.known() == Some(LineType::Grant)) {
            let paid = kinds.entry(line.grant.clone().unwrap_or_default()).or_default();
            paid.amount += i128::from(line.amount);
            paid.credits += i128::from(line.quantity.micros());
        }
        Sold(kinds)
    }

    fn amount(&self) -> i128 {
        self.0.values().map(|paid| paid.amount).sum()
    }
}

/// What expired of a grant.
fn lapsed(row: &ExpiredRow, opening: &[GrantRow], sold: &Sold) -> i128 {
    let id = row.grant_id.as_deref();
    let carried = opening.iter().find(|grant| Some(&*grant.grant_id) == id);
    let carried = carried
        .map(|grant| Paid { amount: grant.price.into(), credits: grant.granted.micros().into() });
    let sold = sold.0.get(row.grant.as_deref().unwrap_or_default()).copied();
    worth::lapsed(row.expired.micros().into(), row.granted.micros().into(), carried, sold)
}

/// What is left of a grant.
fn left_worth(grant: &GrantRow) -> i128 {
    worth::worth(grant.price.into(), grant.left.micros().into(), grant.granted.micros().into())
}
