//! The change log's files read.

use arrow_array::ArrayRef;

use super::order::ordered;
use super::repeated_ids::{self, RepeatedIds};
use super::store::{Change, ChangeKind, ChangeLog, ReadChunk, Store};
use crate::base::calendar::Instant;
use crate::base::credits::Credits;
use crate::base::error::Result;
use crate::base::ids::{UuidText, check_id};
use crate::base::part::Part;
use crate::base::rejects::{Reject, RejectCollector};
use crate::base::scope::Scope;
use crate::input::logs::{
    self, Batch, CellError, CellFault, CellResult, CreditsColumn, IdColumn, InstantColumn,
    LogSchema, Scan, Source, word,
};

/// Reads a change log whole, and keeps the changes of the accounts in `scope`: those of others are
/// needed to find duplicates, and are then only counted. Rows that cannot be read go to `rejects`, if
/// anyone asks for them.
///
/// # Errors
/// A file cannot be read to its end.
pub fn read(
    sources: &[Source],
    schema: &LogSchema,
    scope: &Scope,
    rejects: Option<&RejectCollector>,
) -> Result<ChangeLog> {
    read_wanted(sources, schema, (None, scope), rejects)
}

/// As [`read`], for a part of a month's accounts: of others no changes are held but those whose ids are
/// among the `repeated`.
///
/// # Errors
/// As [`read`].
pub fn read_part(
    sources: &[Source],
    schema: &LogSchema,
    part: Part,
    repeated: RepeatedIds,
    rejects: &RejectCollector,
) -> Result<ChangeLog> {
    read_wanted(sources, schema, (Some(&repeated), &Scope::Part(part)), Some(rejects))
}

/// Where ids are told that are `repeated`, changes are held of the scope's accounts, and those that bear one of
/// these ids, whosever they are (X3); else all, since the log is of the size of the accounts.
fn read_wanted(
    sources: &[Source],
    schema: &LogSchema,
    (repeated, scope): (Option<&RepeatedIds>, &Scope),
    rejects: Option<&RejectCollector>,
) -> Result<ChangeLog> {
    let chunks = logs::collect(&Scan::whole(sources, schema), &|batch| {
        let (changes, mut unreadable) = read_batch(batch, schema, sources, repeated, scope);
        rejects.map_or(Ok(()), |rejects| rejects.add(&mut unreadable))?;
        Ok(vec![changes])
    })?;
    let sum = |count: fn(&ReadChunk) -> u64| chunks.iter().map(count).sum::<u64>();
    let (of_1970, rounded) = (sum(|own| own.of_1970), sum(|own| own.rounded));
    let (passed_over, rejected) = (sum(|own| own.passed_over), sum(|own| own.rejected));
    let mut log = ordered(Store::of(chunks), scope);
    log.of_1970 = of_1970;
    log.rounded = rounded;
    log.others += passed_over;
    log.rows_read += passed_over + rejected;
    log.rejected = rejected;
    Ok(log)
}

fn read_batch(
    mut batch: Batch,
    schema: &LogSchema,
    sources: &[Source],
    repeated: Option<&RepeatedIds>,
    scope: &Scope,
) -> (ReadChunk, Vec<Reject>) {
    let mut rejects: Vec<Reject> =
        std::mem::take(&mut batch.faults).into_iter().map(|f| f.into_reject(sources)).collect();
    let mut changes = ReadChunk::with_capacity(batch.len);
    let columns = Columns::of(&batch, schema);
    let is_held = |change: &Change<'_>| {
        repeated.is_none_or(|ids| scope.includes(change.account) || ids.include(change.id))
    };
    for at in 0..batch.len {
        let (mut account, mut id) = ([0; 36], [0; 36]);
        match columns.row(at, &mut account, &mut id) {
            Ok((change, is_rounded)) => {
                match is_held(&change) {
                    true => changes.push(change),
                    false => changes.passed_over += 1,
                }
                changes.of_1970 += u64::from(change.at.is_of_1970());
                changes.rounded += u64::from(is_rounded);
            }
            Err(error) => {
                rejects.push(batch.cell_fault(schema, at, error).into_reject(sources));
            }
        }
    }
    changes.shrink();
    changes.rejected = rejects.len() as u64;
    (changes, rejects)
}

/// What is wrong with a row besides its ids and its instant.
pub fn row_fault(batch: &Batch, schema: &LogSchema, row: usize) -> Option<CellError> {
    Columns::of(batch, schema).request(row).err()
}

/// What a row asks for.
struct Request<'a> {
    kind: ChangeKind,
    plan: Option<&'a str>,
    grant: Option<&'a str>,
    credits: Option<Credits>,
    expires_at: Option<Instant>,
    /// Whether its credits were rounded to a micro-credit.
    is_rounded: bool,
}

/// The columns of a batch; of those that most logs do without, the ones that hold anything.
struct Columns<'a> {
    account: IdColumn<'a>,
    at: InstantColumn<'a>,
    id: IdColumn<'a>,
    kind: &'a ArrayRef,
    plan: &'a ArrayRef,
    grant: Option<&'a ArrayRef>,
    credits: Option<CreditsColumn<'a>>,
    expires_at: Option<InstantColumn<'a>>,
    schema: &'a LogSchema,
}

impl<'a> Columns<'a> {
    const ACCOUNT: usize = 0;
    const AT: usize = 1;
    const ID: usize = repeated_ids::ID;
    const KIND: usize = 3;
    const PLAN: usize = 4;
    const GRANT: usize = 5;
    const CREDITS: usize = 6;
    const EXPIRES_AT: usize = 7;

    fn of(batch: &'a Batch, schema: &'a LogSchema) -> Self {
        let columns = &batch.columns;
        let holds = |place: &usize| columns[*place].null_count() < batch.len;
        let there = |place: usize| Some(place).filter(holds);
        Columns {
            account: IdColumn::of(&columns[Self::ACCOUNT]),
            at: batch.instants(Self::AT),
            id: IdColumn::of(&columns[Self::ID]),
            kind: &columns[Self::KIND],
            plan: &columns[Self::PLAN],
            grant: there(Self::GRANT).map(|place| &columns[place]),
            credits: there(Self::CREDITS).map(|place| batch.credits(place)),
            expires_at: there(Self::EXPIRES_AT).map(|place| batch.instants(place)),
            schema,
        }
    }

    /// A row's change, and whether its credits were rounded; the buffers hold its ids where they are
    /// UUIDs.
    fn row<'b>(
        &'b self,
        row: usize,
        account: &'b mut UuidText,
        id: &'b mut UuidText,
    ) -> CellResult<(Change<'b>, bool)> {
        let account =
            self.account.get(row, account).map_err(|f| CellError::new(Self::ACCOUNT, f))?;
        let at = self.at.get(row).map_err(|f| CellError::new(Self::AT, f))?;
        let id = self.id.get(row, id).map_err(|f| CellError::new(Self::ID, f))?;
        let Request { kind, plan, grant, credits, expires_at, is_rounded } = self.request(row)?;
        Ok((Change { id, account, at, kind, plan, grant, credits, expires_at }, is_rounded))
    }

    /// What the word in a column means.
    fn meaning(&self, place: usize, column: &'a ArrayRef, row: usize) -> &'a str {
        self.schema.columns[place].meaning(word(column, row))
    }

    /// What a row asks for. A value in a column that its change does not use is a fault.
    fn request(&self, row: usize) -> CellResult<Request<'_>> {
        let kind =
            ChangeKind::parse(self.meaning(Self::KIND, self.kind, row)).ok_or_else(|| {
                let known = ChangeKind::ALL.map(ChangeKind::name).join(", ");
                CellError::new(Self::KIND, format!("is no change; expected one of {known}"))
            })?;
        let named = |text: &'_ str| !text.is_empty();
        let plan = Some(self.meaning(Self::PLAN, self.plan, row)).filter(|plan| named(plan));
        let grant = self.grant.map(|grant| word(grant, row)).filter(|grant| named(grant));
        let there = self.credits.as_ref().ok_or(CellFault::Null);
        let read = there.and_then(|credits| credits.get(row));
        let parsed = CellError::unless_empty(Self::CREDITS, read)?;
        let there = self.expires_at.as_ref().ok_or(CellFault::Null);
        let read = there.and_then(|ends| ends.get(row));
        let expires_at = CellError::unless_empty(Self::EXPIRES_AT, read)?;
        let credits = parsed.map(|parsed| parsed.credits);
        let is_rounded = parsed.is_some_and(|parsed| parsed.rounded_by.is_some());
        let uses = |kinds: &[ChangeKind]| kinds.contains(&kind);
        use ChangeKind::{Grant, GrantVoid, OverageLimit, Plan, Signup};
        let unused = [
            (Self::PLAN, plan.is_some() && !uses(&[Plan, Signup])),
            (Self::GRANT, grant.is_some() && !uses(&[Grant, GrantVoid])),
            (Self::CREDITS, credits.is_some() && !uses(&[Grant, OverageLimit])),
            (Self::EXPIRES_AT, expires_at.is_some() && !uses(&[Grant])),
        ];
        if let Some((column, _)) = unused.into_iter().find(|(_, is_given)| *is_given) {
            let reason = format!("is given for `{}`; expected it empty", kind.name());
            return Err(CellError::new(column, reason));
        }
        let is_no_id = |id: Option<&str>| id.is_some_and(|id| check_id(id).is_err());
        let (column, fault) = match kind {
            Plan if plan.is_none() => {
                (Self::PLAN, "is empty; expected the plan's id for a change of plan")
            }
            Grant if grant.is_none() => {
                (Self::GRANT, "is empty; expected the id of a kind of grant")
            }
            GrantVoid if grant.is_none() => {
                (Self::GRANT, "is empty; expected the change_id of the grant to end")
            }
            _ if is_no_id(plan) => (Self::PLAN, "is not an id; expected a plan's id"),
            _ if is_no_id(grant) => (Self::GRANT, "is not an id; expected a grant's"),
            _ => return Ok(Request { kind, plan, grant, credits, expires_at, is_rounded }),
        };
        Err(CellError::new(column, fault))
    }
}
