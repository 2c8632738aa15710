//! A book in object storage of real servers: races, a run that is killed, and a server that must be refused.

use std::path::Path;
use std::process::{Child, Command, Output};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{scope, sleep};
use std::time::Duration;

use monthend_tests::{Outcome, april, code, differing, json, late_log, monthend, run, words};

use crate::servers::Server;
use crate::storage::check_is_built_in;

const BOOK: &str = "s3://logs/book";

fn on(server: &Server, mut command: assert_cmd::Command) -> assert_cmd::Command {
    server.known_to(&mut command);
    command
}

/// A rerun of April with an event of its own.
fn correct(folder: &Path, book: &str, number: usize) -> Outcome<assert_cmd::Command> {
    let file = late_log(folder, number)?;
    let mut rerun = monthend(["rerun", "--month", "2026-04", "--book", book]);
    rerun.args(["--reason", &format!("late file {number}"), "--add-usage"]).arg(file);
    Ok(rerun)
}

/// A book goes from a server to the disk, where it is verified, and its April is that of the disk.
fn is_the_same(server: &Server, book: &str, disk: &Path, revision: &str) -> Outcome {
    run(&mut on(server, monthend(["verify", "--book", book])), 0)?;
    let sandbox = tempfile::tempdir()?;
    let back = sandbox.path().join("back");
    run(on(server, monthend(["book", "copy", book])).arg(&back), 0)?;
    run(monthend(["verify", "--book"]).arg(&back), 0)?;
    let [back, disk] = [&back, disk].map(|book| book.join("2026-04").join(revision));
    let differing = differing(&back, &disk)?;
    assert!(differing.is_empty(), "{differing:?}");
    Ok(())
}

/// Runs at once, none of which is kept from publishing by another's lease: what each ends with.
fn raced(server: &Server, commands: &[assert_cmd::Command]) -> Outcome<Vec<Output>> {
    let is_over = AtomicBool::new(false);
    scope(|threads| {
        threads.spawn(|| {
            while !is_over.load(Relaxed) {
                // A server that is busy is asked again.
                let _ = server.remove("book/.lock/2026-04");
                sleep(Duration::from_millis(1));
            }
        });
        let running: std::io::Result<Vec<_>> =
            commands.iter().map(|command| server.process(command).spawn()).collect();
        let ended =
            running.and_then(|running| running.into_iter().map(Child::wait_with_output).collect());
        is_over.store(true, Relaxed);
        Ok(ended?)
    })
}

/// Whether a run has published, where it was not outrun or told to come again: nothing else may become of it.
fn is_through(ended: &Output) -> bool {
    let code = ended.status.code();
    assert!(matches!(code, Some(3 | 75)), "{code:?}: {}", words(ended));
    code == Some(3)
}

pub fn of_runs_that_race_on_seaweedfs_one_publishes_each_revision() -> Outcome {
    check_is_built_in()?;
    let server = Server::seaweedfs()?;
    let sandbox = tempfile::tempdir()?;
    let disk = sandbox.path().join("book");
    run(&mut april("run", &disk), 3)?;
    let first: Vec<_> = (0..6).map(|_| april("run", Path::new(BOOK))).collect();
    let first: Vec<bool> = raced(&server, &first)?.iter().map(is_through).collect();
    assert!(first.contains(&true));
    is_the_same(&server, BOOK, &disk, "r001")?;
    // Six corrections, each of which must come in the end, whoever is outrun meanwhile.
    let mut left: Vec<usize> = (0..6).collect();
    for round in 0..12 {
        let commands = left.iter().map(|number| correct(sandbox.path(), BOOK, *number));
        let ended = raced(&server, &commands.collect::<Outcome<Vec<_>>>()?)?;
        let mut through = ended.iter().map(is_through);
        let before = left.len();
        left.retain(|_| through.next() == Some(false));
        assert!(left.len() < before, "round {round}: nobody has published");
        if left.is_empty() {
            break;
        }
    }
    assert!(left.is_empty(), "{left:?}");
    run(&mut on(&server, monthend(["verify", "--book", BOOK])), 0)?;
    let back = sandbox.path().join("back");
    run(on(&server, monthend(["book", "copy", BOOK])).arg(&back), 0)?;
    let mut reasons = Vec::new();
    for number in 2..8 {
        let manifest = json(&back.join(format!("2026-04/r{number:03}/manifest.json")))?;
        reasons.push(manifest["reason"].to_string());
    }
    reasons.sort();
    assert_eq!(reasons, (0..6).map(|n| format!("\"late file {n}\"")).collect::<Vec<_>>());
    Ok(())
}

pub fn a_run_killed_on_seaweedfs_leaves_no_month_and_the_next_one_publishes_it() -> Outcome {
    check_is_built_in()?;
    let server = Server::seaweedfs()?;
    let sandbox = tempfile::tempdir()?;
    let disk = sandbox.path().join("book");
    run(&mut april("run", &disk), 3)?;
    for after in [60, 120, 180, 240, 300] {
        let mut child = server.process(&april("run", Path::new(BOOK))).spawn()?;
        sleep(Duration::from_millis(after));
        child.kill()?;
        child.wait()?;
        server.remove("book/.lock/2026-04")?;
        if server.has("book/2026-04/CURRENT")? {
            break; // it was through
        }
    }
    // What a killed run had asked for last may have its effect after its lease was removed.
    for _ in 0..5 {
        if on(&server, april("run", Path::new(BOOK))).output()?.status.code() != Some(75) {
            break;
        }
        server.remove("book/.lock/2026-04")?;
    }
    run(&mut on(&server, april("run", Path::new(BOOK))), 3)?;
    is_the_same(&server, BOOK, &disk, "r001")
}

pub fn rclone_which_ignores_conditions_is_refused() -> Outcome {
    check_is_built_in()?;
    let server = Server::rclone()?;
    let output = on(&server, april("run", Path::new(BOOK))).output()?;
    let told = words(&output);
    assert_eq!(code(&output)?, 1, "{told}");
    assert!(told.contains("ME0509") && told.contains("If-None-Match"), "{told}");
    assert!(!server.has("book/2026-04/CURRENT")?, "nothing is published");
    Ok(())
}

pub fn a_book_in_azurite_is_that_of_a_disk() -> Outcome {
    check_is_built_in()?;
    let server = Server::azurite()?;
    let (sandbox, book) = (tempfile::tempdir()?, "az://logs/book");
    let disk = sandbox.path().join("book");
    run(&mut april("run", &disk), 3)?;
    run(&mut on(&server, april("run", Path::new(book))), 3)?;
    is_the_same(&server, book, &disk, "r001")?;
    for place in [disk.to_str().ok_or("no UTF-8")?, book] {
        run(&mut on(&server, correct(sandbox.path(), place, 0)?), 3)?;
    }
    is_the_same(&server, book, &disk, "r002")?;
    let mut runs: Vec<Command> = Vec::new();
    for number in 1..4 {
        runs.push(server.process(&correct(sandbox.path(), book, number)?));
    }
    let runs = runs.iter_mut().map(Command::spawn).collect::<std::io::Result<Vec<_>>>()?;
    for run in runs {
        is_through(&run.wait_with_output()?);
    }
    run(&mut on(&server, monthend(["verify", "--book", book])), 0)?;
    Ok(())
}
