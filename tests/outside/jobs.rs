//! The files of `jobs/`, each run by what they are for, on the fixtures and with the program: `tests/jobs`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use monthend_tests::{FIXTURES, Outcome, april, differing, may, monthend, program, root, run};
use tempfile::TempDir;

use crate::{cannot_run, python};

/// The exit code of a script that says that something is missing here.
const CANNOT_RUN: i32 = 77;

/// Runs a script of `tests/jobs` that must come to an end.
fn script(name: &str, add: impl FnOnce(&mut Command)) -> Outcome<Output> {
    let mut command = Command::new(root().join("tests/jobs").join(name));
    add(command.current_dir(root()));
    let output = command.output()?;
    if output.status.code() == Some(CANNOT_RUN) {
        let said = String::from_utf8_lossy(&output.stderr);
        return cannot_run(said.lines().next_back().unwrap_or("something is missing"));
    }
    assert!(output.status.success(), "{name}: {}", python::words_of(&output));
    Ok(output)
}

/// A folder on the disk that the repository lies on: the scripts' machines see no other.
fn folder() -> Outcome<TempDir> {
    Ok(tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?)
}

/// Runs a script on a machine with the job installed, which systemd runs if the options say so; what it leaves is in
/// the folder.
fn on_a_machine(options: &[&str], name: &str, arguments: &[PathBuf]) -> Outcome<TempDir> {
    let folder = folder()?;
    script("machine", |command| {
        command
            .args(options)
            .arg(program())
            .arg(folder.path())
            .arg(root().join("tests/jobs").join(name));
        command.args(arguments);
    })?;
    Ok(folder)
}

/// May has been billed as it is by hand. Rejects name their files by other paths.
fn holds_may(book: &Path) -> Outcome {
    let by_hand = tempfile::tempdir()?;
    run(&mut april("run", by_hand.path()), 3)?;
    run(&mut may("run", by_hand.path()), 3)?;
    let revision = Path::new("2026-05/r001");
    let other = differing(&book.join(revision), &by_hand.path().join(revision))?;
    assert_eq!(other, ["rejects.csv", "rejects.parquet"].map(PathBuf::from));
    Ok(())
}

pub fn crons_daemon_bills_a_month_and_mails_what_it_says() -> Outcome {
    let folder = on_a_machine(&[], "cron", &[])?;
    holds_may(&folder.path().join("book"))?;
    let mail = fs::read_to_string(folder.path().join("mail"))?;
    for told in ["To: root", "2026-05 published", "look at     1 reject", "no usage log is there"] {
        assert!(mail.contains(told), "the mail does not tell `{told}`: {mail}");
    }
    Ok(())
}

pub fn airflow_runs_the_dag_with_findings_a_retry_and_a_failure() -> Outcome {
    let Some(python) = python::named("MONTHEND_AIRFLOW_PYTHON") else {
        return cannot_run("MONTHEND_AIRFLOW_PYTHON names no Python with Airflow");
    };
    let folder = on_a_machine(&[], "airflow", &[python.into()])?;
    holds_may(&folder.path().join("book"))?;
    holds_may(&folder.path().join("parts-book"))
}

pub fn systemds_units_are_sound_and_shut_the_job_in() -> Outcome {
    let folder = folder()?;
    script("systemd", |command| {
        command.arg(program()).arg(folder.path());
    })
    .map(drop)
}

pub fn systemd_bills_a_month_and_tells_of_findings_and_failures() -> Outcome {
    let folder = on_a_machine(&["--boot"], "systemd_boot", &[])?;
    holds_may(&folder.path().join("book"))
}

pub fn kubernetes_manifests_are_valid() -> Outcome {
    let checked = python::script("MONTHEND_JOBS_PYTHON", |command| {
        command.arg(root().join("tests/jobs/kubernetes.py")).current_dir(root());
    })?;
    assert!(checked.status.success(), "{}", python::words_of(&checked));
    the_jobs_of_kubernetes_publish_what_its_cronjob_does()
}

/// May, whole and in parts, by the arguments of the manifests.
fn the_jobs_of_kubernetes_publish_what_its_cronjob_does() -> Outcome {
    let folder = folder()?;
    let billed = python::script("MONTHEND_JOBS_PYTHON", |command| {
        command.arg(root().join("tests/jobs/kubernetes_parts.py")).arg(program());
        command.arg(folder.path()).current_dir(root());
    })?;
    assert!(billed.status.success(), "{}", python::words_of(&billed));
    let [whole, parts] = ["book", "parts-book"].map(|book| folder.path().join(book));
    holds_may(&whole)?;
    let revision = Path::new("2026-05/r001");
    let other = differing(&whole.join(revision), &parts.join(revision))?;
    assert!(other.is_empty(), "in parts another is {other:?}");
    Ok(())
}

/// What has been built beside the program, or that it has not been.
fn built(name: &str) -> Outcome<PathBuf> {
    let program = program();
    let target = program.ancestors().nth(2).ok_or("the program lies in no folder of builds")?;
    let built = target.join(name);
    if built.exists() { Ok(built) } else { cannot_run(format!("{name} has not been built")) }
}

const STATIC: &str = "x86_64-unknown-linux-musl/release/monthend";

pub fn the_static_program_needs_nothing_and_bills_the_same() -> Outcome {
    let folder = folder()?;
    fs::copy(built(STATIC)?, folder.path().join("monthend"))?;
    let fixtures = root().join("fixtures");
    assert!(Command::new("cp").arg("-r").arg(fixtures).arg(folder.path()).status()?.success());
    let by_hand = tempfile::tempdir()?;
    for (month, opening) in [("2026-04", "genesis"), ("2026-05", "book")] {
        let job = ["run", "--job", "fixtures/job.toml", "--opening", opening, "--month", month];
        let mut bare = Command::new("chroot");
        let billed = bare.arg(folder.path()).arg("/monthend").args(job).output()?;
        match billed.status.code() {
            Some(3) => {}
            Some(125) => return cannot_run("only root can change to a folder as its root"),
            code => return Err(format!("{code:?}: {}", python::words_of(&billed)).into()),
        }
        run(monthend(job).arg("--book").arg(by_hand.path()), 3)?;
        let revision = Path::new(month).join("r001");
        let bare = folder.path().join("book").join(&revision);
        let other = differing(&bare, &by_hand.path().join(&revision))?;
        assert!(other.is_empty(), "{month} is another in {other:?}");
    }
    Ok(())
}

pub fn the_image_is_built_unpacked_and_bills_a_month() -> Outcome {
    let (program, folder) = (built(STATIC)?, folder()?);
    script("container", |command| {
        command.arg(program).arg(folder.path());
    })?;
    holds_may(&folder.path().join("book"))
}

pub fn the_package_serves_an_operator_from_the_first_month_to_the_last() -> Outcome {
    let package = built(concat!("debian/monthend_", env!("CARGO_PKG_VERSION"), "-1_amd64.deb"))?;
    let folder = folder()?;
    script("package", |command| {
        command.arg(package).arg(folder.path());
    })?;
    let told = folder.path().join("root/told");
    holds_may(&told.join("book"))?;
    // June has failed, since it has no logs, and is overdue.
    fires(folder.path(), &[(&told.join("monthend.prom"), FAILED)])
}

pub fn alerts_fire_in_their_tests() -> Outcome {
    script("alerts", |_| {}).map(drop)
}

pub fn alerts_fire_on_what_the_program_writes() -> Outcome {
    let folder = folder()?;
    let [book, metrics, failed] =
        ["book", "published.prom", "failed.prom"].map(|name| folder.path().join(name));
    run(april("run", &book).arg("--metrics-file").arg(&metrics), 3)?;
    run(may("run", &book).arg("--metrics-file").arg(&metrics), 3)?;
    fs::copy(&metrics, &failed)?;
    // A month that is not what was expected is a failure. May reaches no further than June, long ago.
    let mut june = monthend(["run", "--month", "2026-06"]);
    june.args(FIXTURES).args(["--usage", "fixtures/usage/2026-05.parquet", "--book"]).arg(&book);
    run(june.arg("--metrics-file").arg(&failed), 4)?;
    let none = folder.path().join("none");
    fires(
        folder.path(),
        &[
            (&metrics, "MonthendMonthOverdue,MonthendFindings"),
            (&failed, FAILED),
            (&none, "MonthendNoMetrics"),
        ],
    )
}

/// What fires after a month with findings, where the next has failed.
const FAILED: &str = "MonthendMonthOverdue,MonthendFindings,MonthendRunFailed";

/// Exactly these alerts fire on the metrics of these files. Prometheus works in the folder.
fn fires(folder: &Path, cases: &[(&Path, &str)]) -> Outcome {
    let judged = python::script("MONTHEND_JOBS_PYTHON", |command| {
        command.arg(root().join("tests/jobs/prometheus.py")).arg(folder).current_dir(root());
        command.args(cases.iter().map(|(file, alerts)| format!("{}={alerts}", file.display())));
    })?;
    assert!(judged.status.success(), "{}", python::words_of(&judged));
    Ok(())
}
