//! A month from its logs to its publication, locked meanwhile, and the later ones that are billed again with it, in
//! order: published, or planned.

use std::collections::BTreeSet;
use std::path::PathBuf;

use rayon::ThreadPool;

use super::documents::{check_issued_on, latest_issued};
use super::draft::{BilledAccounts, check_based_on};
use super::inputs::{self, files, schema};
use super::other_months::{Touch, billed_from_replaced};
use super::plan::Plan;
use super::prepare::{Prepared, prepare};
use super::publish::{not_approved, publish};
use super::recorded_run::published;
use super::report::Report;
use super::request::{Inputs, Purpose, Request};
use super::stages::Stages;
use super::{expectations, parts};
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Kind, Result};
use crate::base::ids::EventId;
use crate::base::progress::{Progress, Step};
use crate::base::scope::Scope;
use crate::base::threads;
use crate::book::{Book, Holder, InputFile, Lock, Role, joint_digest, result_digest};
use crate::input::dropped_events;
use crate::input::logs::usage_columns::{ACCOUNT, AT, EVENT};
use crate::input::logs::{self, IdColumn, LogSchema, Scan};

/// Bills a month.
///
/// # Errors
/// Whatever stops it; nothing is published then.
pub fn run(request: &Request, progress: Progress<'_>) -> Result<Report> {
    let threads = threads::start(request.process.machine.threads)?;
    let _locks = locked(request, &[], progress)?;
    if request.purpose == Purpose::Publish {
        return Ok(bill(request, &threads, progress)?.report);
    }
    let plan = Plan::begin(None)?;
    Ok(bill(&plan.request(request), &threads, progress)?.report)
}

/// What a month was billed from, and what it came to.
struct Billed {
    report: Report,
    inputs: Vec<InputFile>,
}

/// Bills a month, which is locked where it is published.
fn bill(request: &Request, threads: &ThreadPool, progress: Progress<'_>) -> Result<Billed> {
    threads.install(|| {
        let mut stages = Stages::start(&request.process, progress);
        let parts = if request.puts_together { None } else { Some(parts::how_many(request)?) };
        let (report, facts) = match parts {
            None => parts::publish_parts(request, &mut stages)?,
            Some(1) => {
                let Prepared { facts, months, .. } = prepare(request, &mut stages)?;
                let replays = &months.replay(&request.catalog.catalog);
                let accounts = BilledAccounts::Here { months: &months, replays };
                (publish(request, &facts, accounts, &mut stages)?, facts)
            }
            Some(parts) => parts::bill_in_turn(request, parts, &mut stages)?,
        };
        Ok(Billed { report, inputs: facts.inputs })
    })
}

/// Takes the locks of all months that may be published, before the long work: a book that cannot
/// be written is found out at once. What a crash cut short is completed first.
fn locked(request: &Request, later: &[Month], progress: Progress<'_>) -> Result<Vec<Lock>> {
    let Some(book) = &request.book else { return Ok(Vec::new()) };
    if request.purpose != Purpose::Publish {
        return book.not_archived(request.month).map(|()| Vec::new());
    }
    let months = std::iter::once(request.month).chain(later.iter().copied());
    let lock = |month| lock(book, month, &request.process.holder, progress);
    let locks = months.map(lock).collect::<Result<_>>()?;
    book.try_to_renew_current_tables();
    check_based_on(request, book.current(request.month)?.as_ref())?;
    Ok(locks)
}

/// Takes the lock of a month, and makes good what a crash left of it.
fn lock(book: &Book, month: Month, holder: &Holder, progress: Progress<'_>) -> Result<Lock> {
    let (lock, recovered) = book.lock(month, holder)?;
    if let Some(revision) = recovered {
        progress(Step::Published { month, revision });
    }
    Ok(lock)
}

/// Makes good what a crash left of a published month which no run bills now, unless another run is
/// at it.
///
/// # Errors
/// [`Kind::Book`] where the book cannot be written.
pub fn make_good(book: &Book, month: Month, holder: &Holder, progress: Progress<'_>) -> Result<()> {
    if book.archived(month)?.is_none() {
        match lock(book, month, holder, progress) {
            Err(error) if error.kind() != Kind::Locked => return Err(error),
            _ => {}
        }
    }
    book.try_to_renew_current_tables();
    Ok(())
}

/// Puts in force what a crash kept from it, so that a rerun is made from that; gives the revision, if
/// there was one.
///
/// # Errors
/// [`Kind::Locked`] where another run holds the month's lock, [`Kind::Book`] where the book cannot be
/// written.
pub fn complete(book: &Book, month: Month, holder: &Holder) -> Result<Option<u32>> {
    // Where the month is not published, there is nothing to write.
    if book.current(month)?.is_none() {
        return Ok(None);
    }
    let _lock = book.lock_alone(month, holder)?;
    book.not_archived(month)?;
    book.recover(month)
}

/// Bills a month and the later ones that the request reaches, in order. `on_report` is given each
/// month's report when the month is done, and `progress` is told of each revision as soon as it is
/// in force. Gives the digest of the result, where that is approved or only looked at.
///
/// # Errors
/// Whatever stops a month; what `progress` was told of before is published then, and the later
/// months stay as they are until they are billed again.
/// [`crate::base::error::Kind::Approval`]: the result is not the one that was approved.
pub fn run_all(
    request: &Request,
    progress: Progress<'_>,
    on_report: &mut dyn FnMut(&Report),
) -> Result<Option<String>> {
    expectations::check_is_over(request)?;
    // All that could stop a later month is looked at before the first one is published.
    let later = match &request.book {
        Some(book) => request.correction.reach.later_months(book, request.month)?,
        None => Vec::new(),
    };
    let threads = threads::start(request.process.machine.threads)?;
    let _locks = locked(request, &later, progress)?;
    let run = Run { threads, progress };
    let approved = &request.correction.only_if;
    match request.purpose {
        Purpose::Publish => {
            let mut months = Months::of(request, &later)?;
            if let Some(approved) = approved {
                run.expect(&mut months, &later, approved)?;
            }
            run.bill(&months, on_report)?;
            Ok(approved.clone())
        }
        Purpose::DryRun | Purpose::Check => {
            let plan = Plan::begin(request.correction.out.as_deref())?;
            let months = Months::of(&plan.request(request), &later)?;
            run.bill(&months, on_report)?;
            let digest = joint_digest(&months.digests(&plan)?);
            plan.hand_out()?;
            Ok((request.purpose == Purpose::DryRun).then_some(digest))
        }
    }
}

/// Months that are billed in order.
struct Months {
    first: Request,
    later: Vec<Later>,
}

/// A later month that may have to be billed again.
struct Later {
    request: Request,
    /// Whether it has events that are to be left out, or records an older list of that name.
    has_listed: bool,
}

impl Months {
    /// The month asked for, and these later ones: each could be billed.
    fn of(first: &Request, later: &[Month]) -> Result<Self> {
        let mut first = first.clone();
        let list = first.corrections.drop_events.clone().filter(|_| !later.is_empty());
        let listed = list.as_ref().map(listed_events).transpose()?.unwrap_or_default();
        let (mut months, mut elsewhere) = (Vec::new(), BTreeSet::new());
        for &month in later {
            let mut request = can_be_billed(&first, month)?;
            let has = match listed.is_empty() {
                true => BTreeSet::new(),
                false => listed_of_month(&request, &listed, &first.corrections.scope)?,
            };
            request.inputs.dropped.elsewhere = Some(listed.clone());
            let has_listed = !has.is_empty() || request.inputs.dropped.replaces_recorded;
            elsewhere.extend(has);
            months.push(Later { request, has_listed });
        }
        first.inputs.dropped.elsewhere = list.map(|_| elsewhere);
        Ok(Months { first, later: months })
    }

    fn requests_mut(&mut self) -> impl Iterator<Item = &mut Request> {
        let later = self.later.iter_mut().map(|later| &mut later.request);
        std::iter::once(&mut self.first).chain(later)
    }

    /// The digests of all months, as they stand or would stand.
    fn digests(&self, plan: &Plan) -> Result<Vec<(Month, String)>> {
        // Without a book, the plan is all there is.
        let book = self.first.book.clone().unwrap_or_else(|| Book::at(plan.folder()));
        let later = self.later.iter().map(|later| later.request.month);
        let digest = |month| {
            let revision = published(&book, month)?;
            let issued_on = self.first.correction.invoices_on;
            Ok((month, result_digest(revision.tables()?, &revision.manifest, issued_on)?))
        };
        std::iter::once(self.first.month).chain(later).map(digest).collect()
    }
}

/// A run on its threads.
struct Run<'a> {
    threads: ThreadPool,
    progress: Progress<'a>,
}

impl Run<'_> {
    /// Bills the months that have to be.
    fn bill(&self, months: &Months, on_report: &mut dyn FnMut(&Report)) -> Result<()> {
        let Months { first, later } = months;
        // A cascade leaves none to be named.
        let mut tell = |mut report: Report, is_last: bool, touch: &mut Touch| {
            if is_last && !first.correction.reach.cascade {
                report.name_later(first, touch);
            }
            on_report(&report);
        };
        let mut billed = bill(first, &self.threads, self.progress)?;
        billed.report.name_earlier(first);
        let mut touch = Touch::of(billed.inputs);
        tell(billed.report, later.is_empty(), &mut touch);
        for (place, month) in later.iter().enumerate() {
            if let Some(request) = month.due(first, &mut touch)? {
                let billed = bill(&request, &self.threads, self.progress)?;
                tell(billed.report, place + 1 == later.len(), &mut touch);
            }
        }
        Ok(())
    }

    /// Makes sure that all months together come to what was approved, and then that each comes to
    /// its part of that.
    fn expect(&self, months: &mut Months, later: &[Month], approved: &str) -> Result<()> {
        if later.is_empty() {
            months.first.expected = Some(approved.to_owned());
            return Ok(());
        }
        let plan = Plan::begin(None)?;
        let planned = Months::of(&plan.request(&months.first), later)?;
        let mut unsound = Ok(());
        self.bill(&planned, &mut |report| {
            if unsound.is_ok() && !report.unmet.is_empty() {
                unsound = Err(expectations::refusal(report.month, &report.unmet));
            }
        })?;
        unsound?;
        let digests = planned.digests(&plan)?;
        let found = joint_digest(&digests);
        if found != approved {
            return Err(not_approved(approved, &found));
        }
        for (request, (_, digest)) in months.requests_mut().zip(digests) {
            request.expected = Some(digest);
        }
        Ok(())
    }
}

impl Later {
    /// The request to bill the month again, if it has to be by now.
    fn due(&self, first: &Request, touch: &mut Touch) -> Result<Option<Request>> {
        let Request { month, book, .. } = &self.request;
        let Some(book) = book else { return Ok(None) };
        let is_stale = book.stale(*month)?.is_some();
        let is_due = is_stale || self.has_listed || first.correction.reach.includes(*month);
        if !is_due && !touch.touches(&self.request)? {
            return Ok(None);
        }
        let mut request = self.request.clone();
        // A dispute rests on the state that the month was opened with.
        if !is_stale {
            request.narrow(&published(book, *month)?.manifest);
        }
        Ok(Some(request))
    }
}

/// The request that bills a later month again: it has a reason, its inputs are there, and its notes
/// can bear the date that was asked for.
fn can_be_billed(first: &Request, month: Month) -> Result<Request> {
    let correction = &first.correction;
    if correction.reason.is_none() && first.purpose == Purpose::Publish {
        let option = if correction.reach.cascade { "--cascade" } else { "--through" };
        let message = format!("{option} may publish a further revision of {month}");
        return Err(Error::new(Code::REASON_MISSING, message)
            .expected("--reason TEXT, which its notes will carry"));
    }
    let in_book = first.book.as_ref().map_or(Ok(()), |book| book.not_archived(month));
    in_book?;
    let later = first.of_later_month(month)?;
    let Inputs { usage, changes, adjustments, dropped, .. } = &later.inputs;
    inputs::files(&usage.recorded, &usage.given, Role::Usage, &later.names)?;
    inputs::files(&changes.recorded, &changes.given, Role::Changes, &later.names)?;
    inputs::files(&adjustments.recorded, &adjustments.given, Role::Adjustments, &later.names)?;
    inputs::files(&dropped.recorded, dropped.given.as_slice(), Role::DropEvents, &later.names)?;
    let issued_on = correction.invoices_on;
    let in_force = first.book.as_ref().filter(|_| issued_on.is_some());
    if let Some(revision) = in_force.map(|book| book.current(month)).transpose()?.flatten() {
        let latest = latest_issued(revision.tables()?, month)?;
        check_issued_on(issued_on, latest.as_ref())?;
    }
    Ok(later)
}

impl Report {
    /// Names the later months that are stale by now, or that the correction touches; that they cannot
    /// be looked at is a warning.
    fn name_later(&mut self, first: &Request, touch: &mut Touch) {
        match later_ones(first, self.month, touch) {
            Ok((stale, touched)) => (self.stale_after, self.touched) = (stale, touched),
            Err(error) => self.warn("the later months could not be looked at", error),
        }
    }

    /// Names the earlier months that were billed from what the correction replaces, likewise.
    fn name_earlier(&mut self, first: &Request) {
        match billed_from_replaced(first) {
            Ok(months) => self.earlier = months,
            Err(error) => self.warn("the earlier months could not be looked at", error),
        }
    }

    fn warn(&mut self, message: &str, error: Error) {
        let warning = Error::new(Code::BOOK_UNREADABLE, message).caused_by(error);
        self.warnings.push(warning.in_one_line());
    }
}

/// The months after one that are stale, and those that the correction touches.
fn later_ones(
    first: &Request,
    after: Month,
    touch: &mut Touch,
) -> Result<(Vec<Month>, Vec<Month>)> {
    let (mut stale, mut touched) = (Vec::new(), Vec::new());
    let Some(book) = &first.book else { return Ok((stale, touched)) };
    for month in book.months()?.into_iter().filter(|month| *month > after) {
        if book.stale(month)?.is_some() {
            stale.push(month);
        }
        if first.corrections.has_files() && touch.touches(&first.of_later_month(month)?)? {
            touched.push(month);
        }
    }
    Ok((stale, touched))
}

/// The events that a list names.
///
/// # Errors
/// [`crate::base::error::Kind::Input`]: it cannot be read.
fn listed_events(list: &PathBuf) -> Result<BTreeSet<EventId>> {
    let found = logs::find(std::slice::from_ref(list), "list of events")?.files;
    let sources = logs::open(found, &LogSchema::dropped_events())?;
    let lists = sources.iter().map(dropped_events::read).collect::<Result<Vec<_>>>()?;
    Ok(lists.into_iter().flat_map(|list| list.into_keys()).collect())
}

/// Those of the events that a month's usage has, of these accounts.
///
/// # Errors
/// [`crate::base::error::Kind::Input`]: a file cannot be read to its end;
/// [`crate::base::error::Kind::Usage`]: the month's usage has no event ids.
fn listed_of_month(
    request: &Request,
    listed: &BTreeSet<EventId>,
    accounts: &Scope,
) -> Result<BTreeSet<EventId>> {
    let month = request.month;
    if !request.inputs.event_ids {
        let message = format!("--drop-events needs event ids, and the log of {month} has none");
        return Err(Error::new(Code::EVENTS_WITHOUT_IDS, message));
    }
    let (usage, schema) = (&request.inputs.usage, schema(request, Role::Usage)?);
    let found = files(&usage.recorded, &usage.given, Role::Usage, &request.names)?.files;
    let sources = logs::open(found, &schema)?;
    let scan = Scan {
        is_skipped: &|span| *span.end() < month.start() || month.end() <= *span.start(),
        scope: accounts,
        only_columns: Some(&[ACCOUNT, AT, EVENT]),
        ..Scan::whole(&sources, &schema)
    };
    let has = logs::collect(&scan, &|batch| {
        let [account, event] = [ACCOUNT, EVENT].map(|column| IdColumn::of(&batch.columns[column]));
        let instants = batch.instants(AT);
        let (mut of_account, mut of_event) = ([0; 36], [0; 36]);
        let mut has = Vec::new();
        for row in 0..batch.len {
            let (Ok(id), Ok(account)) =
                (event.get(row, &mut of_event), account.get(row, &mut of_account))
            else {
                continue;
            };
            let is_wanted = listed.contains(id) && accounts.includes(account);
            if is_wanted && instants.get(row).is_ok_and(|at| month.contains(at)) {
                has.push(EventId::from(id));
            }
        }
        Ok(has)
    })?;
    Ok(has.into_iter().collect())
}
