//! How fast each stage of a month is, in rows a second: `cargo bench`, or `cargo bench -- decode` for one stage.
//!
//! The month is small and made anew each time, so that all stages together take a minute. What a month takes as a
//! whole, and how that compares with others, is measured elsewhere.

#[path = "stages/month.rs"]
mod month;

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, SamplingMode, Throughput};
use monthend::base::scope::Scope;
use monthend::billing::documents::Invoices;
use monthend::billing::replay::Replay;
use monthend::billing::timeline;
use monthend::input::changes;
use monthend::input::logs::{self, Scan};
use monthend::run::{Documents, MonthResult, Replayed};
use monthend_tests::generator::{Encoding, Format, Order, Outcome};

use month::{Form, Logs, Month};

/// Usage rows of the month: few in a debug build, which only tries whether the benches run.
const EVENTS: u64 = if cfg!(debug_assertions) { 4_000 } else { 200_000 };
/// Its accounts.
const ACCOUNTS: u64 = EVENTS / 10;

/// A memory budget that nothing here exceeds.
const AMPLE: u64 = 1 << 30;

/// The usual form of a usage log.
const TEXT_IDS: Form = Form {
    format: Format::Parquet,
    order: Order::Shuffled,
    encoding: Encoding { binary_ids: false, dictionary: false },
    duplicates: 2,
};

fn main() -> Outcome {
    let criterion = Criterion::default().sample_size(10).warm_up_time(Duration::from_millis(500));
    let mut criterion =
        criterion.measurement_time(Duration::from_secs(2)).without_plots().configure_from_args();
    decode(&mut criterion)?;
    rollup(&mut criterion)?;
    accounts(&mut criterion)?;
    criterion.final_summary();
    Ok(())
}

/// All four columns of the usage log, read and thrown away.
fn decode(criterion: &mut Criterion) -> Outcome {
    let binary = Encoding { binary_ids: true, dictionary: true };
    let mut group = criterion.benchmark_group("decode");
    group.sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(EVENTS));
    for (name, form) in [
        ("parquet, text ids", TEXT_IDS),
        ("parquet, binary and dictionary ids", Form { encoding: binary, ..TEXT_IDS }),
        ("csv", Form { format: Format::Csv, ..TEXT_IDS }),
        ("csv.zst", Form { format: Format::CsvZst, ..TEXT_IDS }),
        ("ndjson", Form { format: Format::Ndjson, ..TEXT_IDS }),
    ] {
        let logs = Logs::new(form, EVENTS, ACCOUNTS)?;
        let (sources, table) = logs.usage(true)?;
        let scan = Scan::whole(&sources, &table);
        let read = || {
            logs::scan(&scan, &|piece| {
                black_box(piece);
                Ok(())
            })
        };
        read()?;
        group.bench_function(name, |bencher| bencher.iter(read));
    }
    group.finish();
    Ok(())
}

/// What sees every event: sums alone, then with a search for duplicates, of which there are none or some, in memory
/// or on the disk.
fn rollup(criterion: &mut Criterion) -> Outcome {
    let mut group = criterion.benchmark_group("rollup");
    group.sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(EVENTS));
    for (name, form, event_ids, memory) in [
        ("fold", TEXT_IDS, false, AMPLE),
        ("fold and dedup, no duplicates", Form { duplicates: 0, ..TEXT_IDS }, true, AMPLE),
        ("fold and dedup, 0.2 % duplicates", TEXT_IDS, true, AMPLE),
        ("fold and dedup, by account", Form { order: Order::Account, ..TEXT_IDS }, true, AMPLE),
        ("fold and dedup, spilled", TEXT_IDS, true, 0),
    ] {
        let logs = Logs::new(form, EVENTS, ACCOUNTS)?;
        let usage = logs.usage(event_ids)?;
        let month = Month::read(&logs)?;
        let rollup = || month.rollup(&usage, memory);
        let spilled = rollup()?.spilled;
        assert!(memory == 0 || spilled == 0, "{name}: {spilled} bytes went to the disk");
        group.bench_function(name, |bencher| bencher.iter(rollup));
    }
    group.finish();
    Ok(())
}

/// The stages that see every account: the change log, the replay, tables.
fn accounts(criterion: &mut Criterion) -> Outcome {
    let logs = Logs::new(TEXT_IDS, EVENTS, ACCOUNTS)?;
    let month = Month::read(&logs)?;
    let rollup = month.rollup(&logs.usage(true)?, AMPLE)?;
    let (sources, table) = logs.changes()?;
    let mut group = criterion.benchmark_group("accounts");
    group.sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(ACCOUNTS));

    group.bench_function("change log and timeline", |bencher| {
        bencher.iter(|| {
            let log = changes::read(&sources, &table, &Scope::All, None);
            log.map(|mut log| {
                timeline::build(&month.opening, &mut log, &month.catalog, month.month)
            })
        });
    });

    let (timeline, sums, catalog) = (&month.timeline, &rollup.sums, &month.catalog);
    let outcomes = Replay { timeline, sums, catalog };
    let replayed = || Replayed::of(&outcomes, &timeline.accounts);
    group.bench_function("replay", |bencher| bencher.iter(replayed));

    let issued_on = month.month.start().date();
    let invoices = Invoices::of(replayed()?.with_lines, month.month, issued_on, None);
    let result = MonthResult {
        month: &month.month.to_string(),
        catalog,
        timeline,
        outcomes: &outcomes,
        documents: Documents::First(&invoices),
        recent_ids: Some(&rollup.recent_ids),
        exceptions: &rollup.exceptions,
        rejects: &rollup.rejects,
        revision: "r001",
        carried_over: None,
        form: monthend::tables::Form::ToRead,
    };
    let folder = tempfile::tempdir()?;
    let write = || {
        let outputs = result.write(folder.path())?;
        let files = outputs.files();
        outputs.flushed().map(|()| files)
    };
    let rows = write()?.iter().map(|output| output.rows).sum();
    group.throughput(Throughput::Elements(rows));
    group.bench_function("tables, Parquet and CSV", |bencher| bencher.iter(write));
    group.finish();
    Ok(())
}
