//! Publications through storage that fails as real storage does: slow, too busy, answers lost after the request had its
//! effect, conditions refused by a request's own first attempt, listings that lag; and runs that are killed.
#![cfg(feature = "cloud")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::{self, BoxStream, StreamExt};
use object_store::memory::InMemory;
use object_store::path::Path as Key;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use xxhash_rust::xxh3::xxh3_64;

use super::super::super::holder::Holder;
use super::super::super::journal_entry::JournalEntry;
use super::super::super::manifest::Manifest;
use super::super::super::revision::revision_name;
use super::super::seam::{Journaling, Store};
use super::journal::{self, JournalOfObjects};
use super::lease::Lease;
use super::place::InStorage;
use super::publication::Publication;
use crate::base::calendar::Month;
use crate::base::digest;
use crate::base::error::{Code, Kind};
use crate::base::storage;

/// Chances of what befalls a request, in a thousand.
const REFUSED: u64 = 40;
const LOST: u64 = 40;
const TWICE: u64 = 40;
const LATE: u64 = 60;
/// In how many of a thousand listings the newest objects are missing.
const LAGGING: u64 = 200;

/// Storage in memory that fails by a seed.
#[derive(Debug)]
struct Faulty {
    inner: InMemory,
    seed: u64,
    requests: AtomicU64,
    /// Whether it fails at all.
    is_failing: AtomicBool,
    /// Keys that were written last, which listings may lack.
    newest: Mutex<Vec<Key>>,
}

impl std::fmt::Display for Faulty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "storage that fails by {}", self.seed)
    }
}

/// What befalls a request.
enum Fate {
    Answered,
    /// It has no effect, and fails.
    Refused,
    /// It has its effect, and fails.
    Lost,
    /// It has its effect, its answer is lost, and the client makes it again by itself.
    Twice,
}

fn busy<T>() -> Result<T> {
    Err(Error::Generic { store: "simulated", source: "status code: 503".into() })
}

impl Faulty {
    fn of(seed: u64) -> Arc<Self> {
        Arc::new(Faulty {
            inner: InMemory::new(),
            seed,
            requests: AtomicU64::new(0),
            is_failing: AtomicBool::new(true),
            newest: Mutex::default(),
        })
    }

    fn chance(&self) -> u64 {
        let number = self.requests.fetch_add(1, Relaxed);
        xxh3_64(format!("{} {number}", self.seed).as_bytes())
    }

    async fn fate(&self) -> Fate {
        if !self.is_failing.load(Relaxed) {
            return Fate::Answered;
        }
        let chance = self.chance();
        if (chance >> 32) % 1_000 < LATE {
            tokio::time::sleep(Duration::from_micros((chance >> 16) % 500)).await;
        }
        match chance % 1_000 {
            low if low < REFUSED => Fate::Refused,
            low if low < REFUSED + LOST => Fate::Lost,
            low if low < REFUSED + LOST + TWICE => Fate::Twice,
            _ => Fate::Answered,
        }
    }

    fn written(&self, key: &Key) {
        let mut newest = self.newest.lock().unwrap();
        newest.push(key.clone());
        let more = newest.len().saturating_sub(3);
        newest.drain(..more);
    }

    /// What a listing lacks.
    fn lacks(&self) -> BTreeSet<Key> {
        match self.is_failing.load(Relaxed) && self.chance() % 1_000 < LAGGING {
            true => self.newest.lock().unwrap().iter().cloned().collect(),
            false => BTreeSet::new(),
        }
    }
}

#[async_trait]
impl ObjectStore for Faulty {
    async fn put_opts(&self, key: &Key, bytes: PutPayload, how: PutOptions) -> Result<PutResult> {
        let fate = self.fate().await;
        if matches!(fate, Fate::Refused) {
            return busy();
        }
        let put = self.inner.put_opts(key, bytes.clone(), how.clone()).await;
        if put.is_ok() {
            self.written(key);
        }
        match fate {
            Fate::Lost => busy(),
            Fate::Twice => self.inner.put_opts(key, bytes, how).await,
            _ => put,
        }
    }

    async fn put_multipart_opts(
        &self,
        key: &Key,
        how: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        if matches!(self.fate().await, Fate::Refused | Fate::Lost) {
            return busy();
        }
        self.inner.put_multipart_opts(key, how).await
    }

    async fn get_opts(&self, key: &Key, how: GetOptions) -> Result<GetResult> {
        match self.fate().await {
            Fate::Refused | Fate::Lost => busy(),
            _ => self.inner.get_opts(key, how).await,
        }
    }

    fn delete_stream(
        &self,
        keys: BoxStream<'static, Result<Key>>,
    ) -> BoxStream<'static, Result<Key>> {
        self.inner.delete_stream(keys)
    }

    fn list(&self, prefix: Option<&Key>) -> BoxStream<'static, Result<ObjectMeta>> {
        let lacks = self.lacks();
        let is_listed = move |object: &Result<ObjectMeta>| {
            let is_lacking = object.as_ref().is_ok_and(|object| lacks.contains(&object.location));
            std::future::ready(!is_lacking)
        };
        match self.is_failing.load(Relaxed) && self.chance() % 1_000 < REFUSED {
            true => stream::once(async { busy() }).boxed(),
            false => self.inner.list(prefix).filter(is_listed).boxed(),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Key>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Key, to: &Key, how: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, how).await
    }
}

fn month() -> Month {
    Month::parse("2026-04").unwrap()
}

/// What became of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
enum End {
    /// It has published.
    Published,
    /// Another run came first.
    Lost,
    /// It is not known.
    Unknown,
    /// It was killed before it put its revision in force.
    Killed,
    /// It was killed after that.
    KilledAfter,
}

/// A run: the name of the revision that it made, of the run, and what became of it.
#[derive(Debug, Clone)]
struct Run {
    revision: String,
    run: String,
    end: End,
}

/// Publishes what follows the revision that is in force, in a book of its own mind, as a process does.
fn publish(folder: &Path, made: &Path, run: &str, killed: Option<bool>) -> Run {
    let book = InStorage::at(folder);
    let before = book.pointer(month()).unwrap();
    let number = before.map_or(1, |before| before.revisions().len() + 1);
    let revision = revision_name(u32::try_from(number).unwrap());
    let manifest = format!("{{\"run\": \"{run}\"}}\n");
    let own = made.join(run);
    fs::create_dir_all(&own).unwrap();
    fs::write(own.join("state.csv"), format!("{revision} of {run}\n").repeat(9)).unwrap();
    fs::write(own.join(Manifest::FILE), &manifest).unwrap();
    let ended = |end| Run { revision: revision.clone(), run: run.to_owned(), end };
    let mut publication = match Publication::begin(&book, month(), &revision, run) {
        Ok(publication) => publication,
        Err(e) => panic!("{e}"),
    };
    publication.upload(&own).unwrap();
    if killed == Some(false) {
        #[expect(clippy::mem_forget, reason = "a process that is killed drops nothing")]
        std::mem::forget(publication);
        return ended(End::Killed);
    }
    match publication.publish() {
        Ok(()) if killed == Some(true) => return ended(End::KilledAfter),
        Ok(()) => {}
        Err(e) if e.code() == Code::OUTRUN => return ended(End::Lost),
        Err(e) if e.kind() == Kind::Unavailable => return ended(End::Unknown),
        Err(e) => panic!("{e}"),
    }
    let manifest_sha256 = digest::of_bytes(manifest.as_bytes());
    let entry = JournalEntry { month: month(), revision: revision.clone(), manifest_sha256 };
    JournalOfObjects::at(folder.join(".journal")).note(&entry).unwrap();
    ended(End::Published)
}

/// What the storage holds in the end is what the runs were told, to the byte.
fn holds(folder: &Path, made: &Path, runs: &[Run]) {
    storage::forget(folder);
    let book = InStorage::at(folder);
    let pointer = book.pointer(month()).unwrap().expect("a month that is published");
    let mut by_run: BTreeMap<String, String> = BTreeMap::new();
    for named in pointer.revisions() {
        let run = named.prefix.split_once('-').unwrap().1.to_owned();
        assert!(by_run.insert(run.clone(), named.name.clone()).is_none(), "{run} twice");
        let at = book.revision_folder(month(), &named.name).unwrap();
        for file in ["state.csv", Manifest::FILE] {
            let bytes = storage::read(&at.join(file)).unwrap();
            assert_eq!(bytes, fs::read(made.join(&run).join(file)).unwrap(), "{run}, {file}");
        }
        let manifest = storage::read(&at.join(Manifest::FILE)).unwrap();
        assert_eq!(named.manifest_sha256, digest::of_bytes(&manifest));
    }
    for Run { revision, run, end } in runs {
        let is_there = by_run.get(run) == Some(revision);
        match end {
            End::Published | End::KilledAfter => {
                assert!(is_there, "{run} has published {revision}")
            }
            End::Lost | End::Killed => {
                assert!(!by_run.contains_key(run), "{run} has not published")
            }
            End::Unknown => {}
        }
    }
    let (noted, others) = journal::entries(&folder.join(".journal")).unwrap();
    assert_eq!(others, Vec::<String>::new());
    let noted: BTreeSet<&str> = noted.iter().map(|entry| entry.revision.as_str()).collect();
    for run in runs.iter().filter(|run| run.end == End::Published) {
        assert!(noted.contains(run.revision.as_str()), "{run:?} is noted");
    }
}

/// Races of as many runs, again and again, until there are as many revisions.
fn races(bucket: &str, seed: u64, racers: u64, revisions: u64) -> Vec<Run> {
    let store = Faulty::of(seed);
    storage::serve(bucket, Arc::<Faulty>::clone(&store));
    let folder = Path::new("s3://").join(bucket).join("book");
    let made = tempfile::tempdir().unwrap();
    let mut runs = Vec::new();
    for round in 0..revisions {
        let race = thread::scope(|scope| {
            let run = |racer: u64| {
                let name = format!("x{round}y{racer}");
                let killed = match xxh3_64(format!("{seed} {name}").as_bytes()) % 20 {
                    0 => Some(false),
                    1 => Some(true),
                    _ => None,
                };
                let (folder, made) = (&folder, made.path());
                scope.spawn(move || publish(folder, made, &name, killed))
            };
            let racing: Vec<_> = (0..1 + (seed + round) % racers).map(run).collect();
            racing.into_iter().map(|run| run.join().unwrap()).collect::<Vec<Run>>()
        });
        // Of those that made the same revision, one wins, unless all that might have were killed.
        let made: BTreeSet<&String> = race.iter().map(|run| &run.revision).collect();
        for revision in made {
            let of = || race.iter().filter(|run| run.revision == *revision);
            let won = of().filter(|r| matches!(r.end, End::Published | End::KilledAfter)).count();
            assert!(won <= 1, "{race:?}");
            let may_have = of().any(|run| run.end == End::Unknown);
            assert!(won == 1 || may_have || of().all(|run| run.end == End::Killed), "{race:?}");
        }
        runs.extend(race);
    }
    store.is_failing.store(false, Relaxed);
    holds(&folder, made.path(), &runs);
    runs
}

#[test]
fn of_runs_at_once_one_publishes_each_revision_whatever_the_storage_does() {
    let (mut published, mut lost, mut killed) = (0, 0, 0);
    for seed in 0..ROUNDS / REVISIONS {
        let runs = races(&format!("races-{seed}"), seed, 8, REVISIONS);
        let count = |end| runs.iter().filter(|run| run.end == end).count();
        published += count(End::Published) + count(End::KilledAfter);
        lost += count(End::Lost);
        killed += count(End::Killed);
    }
    assert!(published > 0 && lost > 0 && killed > 0, "{published}, {lost}, {killed}");
}

/// Rounds of races, some ten thousand publications in all, and how many rounds there are in a book.
const ROUNDS: u64 = 2_400;
const REVISIONS: u64 = 20;

#[test]
fn a_file_is_uploaded_as_a_whole_or_by_parts() {
    storage::serve("parts", Faulty::of(3));
    let folder = tempfile::tempdir().unwrap();
    // Below what goes at once, at that, and above it: whole parts, and a byte more or less.
    for (number, size) in [0, 1, 4_095, 4_096, 4_097, 5_120, 9_999].into_iter().enumerate() {
        let bytes: Vec<u8> = (0..size).map(|at: u32| at.to_le_bytes()[0]).collect();
        let file = folder.path().join("file");
        fs::write(&file, &bytes).unwrap();
        for copy in 0..20 {
            let to = Path::new("s3://parts/to").join(format!("{number}-{copy}"));
            storage::upload(&file, &to).unwrap();
            assert!(storage::read(&to).unwrap() == bytes, "{size} bytes");
        }
    }
}

#[test]
fn a_lease_is_held_by_one_and_told() {
    storage::serve("leases", Faulty::of(1));
    let folder = Path::new("s3://leases/book/.lock");
    let holder = |pid| Holder { host: "here".to_owned(), pid, since: "now".to_owned() };
    let lease = Lease::take(folder.join("2026-04"), month(), &holder(1), "one").unwrap();
    let refused = Lease::take(folder.join("2026-04"), month(), &holder(2), "two").unwrap_err();
    assert_eq!(refused.kind(), Kind::Locked, "{refused}");
    assert!(refused.to_string().contains("process 1 on here since now"), "{refused}");
    Lease::take(folder.join("2026-05"), month(), &holder(2), "two").unwrap();
    drop(lease);
    Lease::take(folder.join("2026-04"), month(), &holder(2), "two").unwrap();
}

#[test]
fn what_a_killed_run_left_is_told_and_cleared_once_it_is_old() {
    let store = Faulty::of(2);
    store.is_failing.store(false, Relaxed);
    storage::serve("left", Arc::<Faulty>::clone(&store));
    let (folder, made) = (Path::new("s3://left/book"), tempfile::tempdir().unwrap());
    publish(folder, made.path(), "first", None);
    publish(folder, made.path(), "killed", Some(false));
    publish(folder, made.path(), "second", None);
    let book = InStorage::at(folder);
    let left = book.leftovers(month()).unwrap();
    assert_eq!(left.len(), 1, "{left:?}");
    assert!(left[0].folder.ends_with("2026-04/r002-killed") && left[0].objects == 2, "{left:?}");
    let key = Key::from("book/2026-04/CURRENT");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let now = runtime.block_on(store.inner.head(&key)).unwrap().last_modified;
    for (days, expected) in [(6, 1), (8, 0)] {
        book.clear_leftovers(month(), now + chrono::TimeDelta::days(days)).unwrap();
        assert_eq!(book.leftovers(month()).unwrap().len(), expected, "after {days} days");
    }
    assert_eq!(book.revisions(month()).unwrap(), ["r001", "r002"]);
}

#[test]
fn a_run_that_began_before_the_month_was_archived_publishes_nothing() {
    storage::serve("old", Faulty::of(4));
    let (folder, made) = (Path::new("s3://old/book"), tempfile::tempdir().unwrap());
    for round in 0..50 {
        let folder = folder.join(round.to_string());
        publish(&folder, made.path(), &format!("first{round}"), None);
        let (late, archiving) = (InStorage::at(&folder), InStorage::at(&folder));
        let run = format!("late{round}");
        let own = made.path().join(&run);
        fs::create_dir_all(&own).unwrap();
        fs::write(own.join(Manifest::FILE), "{}").unwrap();
        let mut publication = Publication::begin(&late, month(), "r002", &run).unwrap();
        publication.upload(&own).unwrap();
        let said = |book: &InStorage| book.is_archived(month()).unwrap();
        assert!(!said(&archiving));
        archiving.set_archived(month(), "a record").unwrap();
        assert!(said(&archiving) && said(&InStorage::at(&folder)));
        assert_eq!(publication.publish().unwrap_err().code(), Code::OUTRUN);
        archiving.set_whole(month()).unwrap();
        let book = InStorage::at(&folder);
        assert!(!said(&book));
        assert_eq!(book.revisions(month()).unwrap(), ["r001"]);
    }
}
