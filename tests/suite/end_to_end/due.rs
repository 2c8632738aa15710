//! All months that are due, by one command.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json as value};
use tempfile::TempDir;

use crate::common::{
    Outcome, april, code, copy_folder, may, monthend, result, root, run, tables, tree, words,
};

/// The fixtures with a job file of their own, and a book.
struct Job {
    folder: TempDir,
}

impl Job {
    fn new(keys: &str) -> Outcome<Self> {
        let job = Job { folder: tempfile::tempdir()? };
        copy_folder(&root().join("fixtures"), &job.path("fixtures"))?;
        let text = "catalog = \"fixtures/catalogs\"\nchanges = \"fixtures/changes\"\n\
            usage = \"fixtures/usage/{month}*\"\nbook = \"book\"\nmax_reject_share = 0.05\n";
        fs::write(job.path("job.toml"), format!("{text}{keys}\n"))?;
        Ok(job)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs `monthend run` with the job; gives the exit code and the result.
    fn run(&self, args: &[&str]) -> Outcome<(i32, Value)> {
        let mut command = monthend(["run", "--json", "--job"]);
        let output = command.arg(self.path("job.toml")).args(args).output()?;
        Ok((code(&output)?, result(&output)?))
    }

    fn june(&self) -> Outcome {
        let june = "event_id,account_id,at,credits\nj-1,pro-within-cap,2026-06-10T09:00:00Z,3.25\n";
        Ok(fs::write(self.path("fixtures/usage/2026-06.csv"), june)?)
    }
}

fn months(told: &Value) -> Vec<[Value; 3]> {
    let months = told["months"].as_array().cloned().unwrap_or_default();
    let of = |month: &Value| ["month", "status", "exit_code"].map(|key| month[key].clone());
    months.iter().map(of).collect()
}

fn standing(told: &Value) -> Vec<[Value; 2]> {
    let months = told["already_published"].as_array().cloned().unwrap_or_default();
    let of = |month: &Value| ["month", "exit_code"].map(|key| month[key].clone());
    months.iter().map(of).collect()
}

fn stands((month, code): (&str, u8)) -> [Value; 2] {
    [value!(month), value!(code)]
}

fn same_revision(one: &Path, other: &Path) -> Outcome {
    // Rejects name files as the job does.
    let rejects = |path: &PathBuf| path.to_string_lossy().starts_with("rejects");
    let tables = |folder: &Path| -> Outcome<Vec<_>> {
        Ok(tables(folder)?.into_iter().filter(|(path, _)| !rejects(path)).collect())
    };
    assert_eq!(tables(one)?, tables(other)?);
    Ok(())
}

#[test]
fn a_range_comes_to_what_its_months_come_to_one_by_one() -> Outcome {
    let job = Job::new("")?;
    let (exit, told) = job.run(&["--month", "2026-04..2026-05", "--opening", "genesis"])?;
    assert_eq!((exit, &told["exit_code"], &told["status"]), (3, &value!(3), &value!("published")));
    let published = |month: &str| [value!(month), value!("published"), value!(3)];
    assert_eq!(months(&told), [published("2026-04"), published("2026-05")]);
    let alone = job.path("alone");
    run(&mut april("run", &alone), 3)?;
    run(&mut may("run", &alone), 3)?;
    for revision in ["2026-04/r001", "2026-05/r001"] {
        same_revision(&job.path("book").join(revision), &alone.join(revision))?;
    }
    run(monthend(["verify", "--book"]).arg(job.path("book")), 0)?;
    Ok(())
}

#[test]
fn what_is_due_is_billed_up_to_what_cannot_be() -> Outcome {
    let job = Job::new("through = \"2026-07\"")?;
    let (exit, told) = job.run(&[])?;
    assert_eq!((exit, &told["error"]["kind"]), (2, &value!("usage")));
    assert!(!job.path("book").exists());
    // What is typed of the months goes before all that the job file says of them.
    let (exit, told) = job.run(&["--month", "2026-04", "--opening", "genesis"])?;
    assert_eq!((exit, &told["month"], &told["months"]), (3, &value!("2026-04"), &Value::Null));
    job.june()?;
    let (exit, told) = job.run(&[])?;
    assert_eq!((exit, &told["status"]), (1, &value!("failed")), "July has no log: {told}");
    let published = told["published"].as_array().cloned().unwrap_or_default();
    let published: Vec<&Value> = published.iter().map(|one| &one["month"]).collect();
    assert_eq!(published, ["2026-05", "2026-06"]);
    // Another attempt hides nothing of what this one has published: all of them were due at once.
    let july = "event_id,account_id,at,credits\nj-2,pro-within-cap,2026-07-10T09:00:00Z,3.25\n";
    fs::write(job.path("fixtures/usage/2026-07.csv"), july)?;
    let (exit, told) = job.run(&[])?;
    assert_eq!(
        (exit, months(&told)),
        (3, vec![[value!("2026-07"), value!("published"), value!(0)]])
    );
    assert_eq!(standing(&told), [("2026-04", 3), ("2026-05", 3), ("2026-06", 0)].map(stands));
    let before = tree(&job.path("book/2026-06"))?;
    let (exit, told) = job.run(&["--through", "2026-06"])?;
    let june = value!({ "month": "2026-06", "revision": "r001", "exit_code": 0, "findings": [],
        "late_usage": [] });
    let expected = value!({ "status": "nothing-due", "exit_code": 0, "months": [],
        "already_published": [june] });
    assert_eq!((exit, told), (0, expected));
    assert!(tree(&job.path("book/2026-06"))? == before);
    Ok(())
}

#[test]
fn a_gap_is_filled_by_a_range_that_has_it_and_an_opening_is_the_first_months() -> Outcome {
    // Said in the job file, it holds for the first month of the book only.
    let job = Job::new("opening = \"genesis\"")?;
    job.june()?;
    let (exit, told) = job.run(&["--month", "2026-04..2026-06"])?;
    assert_eq!((exit, months(&told).len()), (3, 3), "{told}");
    let manifest = fs::read_to_string(job.path("book/2026-06/r001/manifest.json"))?;
    let manifest: Value = serde_json::from_str(&manifest)?;
    assert_eq!(manifest["opening"]["kind"], "book");
    fs::remove_dir_all(job.path("book/2026-05"))?;
    let (exit, told) = job.run(&["--month", "2026-04..2026-06", "--opening", "book"])?;
    assert_eq!(
        (exit, months(&told)),
        (3, vec![[value!("2026-05"), value!("published"), value!(3)]])
    );
    Ok(())
}

#[test]
fn months_that_are_due_make_good_what_a_crash_left_of_the_last_one() -> Outcome {
    let job = Job::new("")?;
    job.run(&["--month", "2026-04", "--opening", "genesis"])?;
    let book = job.path("book");
    let journal = fs::read(book.join(".journal"))?;
    fs::write(book.join(".journal"), "")?;
    fs::remove_dir_all(book.join("current"))?;
    let (exit, told) = job.run(&["--through", "2026-04"])?;
    assert_eq!((exit, &told["status"]), (3, &value!("nothing-due")));
    assert_eq!(fs::read(book.join(".journal"))?, journal);
    let output = run(monthend(["verify", "--book"]).arg(&book), 0)?;
    assert!(!words(&output).contains("no-current"), "{}", words(&output));
    Ok(())
}

#[test]
fn where_nothing_is_due_the_code_is_that_of_what_stands() -> Outcome {
    let job = Job::new("")?;
    job.june()?;
    job.run(&["--month", "2026-04..2026-06", "--opening", "genesis"])?;
    // June has no findings. April and May have, and count where they are named.
    for (args, exit, months) in [
        (&["--through", "2026-06"][..], 0, vec![("2026-06", 0)]),
        (&["--through", "2026-05"], 3, vec![("2026-05", 3)]),
        (&["--through", "2026-05", "--findings-exit-code", "0"], 0, vec![("2026-05", 0)]),
        (&["--month", "2026-05..2026-06"], 3, vec![("2026-05", 3), ("2026-06", 0)]),
    ] {
        let (code, told) = job.run(args)?;
        assert_eq!((code, &told["exit_code"]), (exit, &value!(exit)), "{args:?}");
        let months: Vec<_> = months.into_iter().map(stands).collect();
        assert_eq!(
            (standing(&told), &told["status"]),
            (months, &value!("nothing-due")),
            "{args:?}"
        );
    }
    // A retry of the month alone has the same findings.
    let (_, retried) = job.run(&["--month", "2026-05"])?;
    let (_, told) = job.run(&["--through", "2026-05"])?;
    assert_eq!(told["already_published"][0]["findings"], retried["findings"]);
    // A month that is due is billed beside one that has findings.
    let july = "event_id,account_id,at,credits\n\
        j-2,pro-within-cap,2026-07-10T09:00:00Z,3.25\n\
        late,pro-within-cap,2026-06-11T09:00:00Z,1\n";
    fs::write(job.path("fixtures/usage/2026-07.csv"), july)?;
    let (exit, told) = job.run(&["--month", "2026-04..2026-07"])?;
    assert_eq!((exit, standing(&told).len()), (3, 3), "{told}");
    // Its file has usage of June: that is told until June is billed with it.
    let (exit, told) = job.run(&["--through", "2026-07"])?;
    assert_eq!((exit, &told["already_published"][0]["late_usage"][0]["rows"]), (3, &value!(1)));
    let rerun = ["rerun", "--month", "2026-06", "--reason", "late", "--add-usage"];
    let july = job.path("fixtures/usage/2026-07.csv");
    run(monthend(rerun).arg(july).arg("--cascade").arg("--book").arg(job.path("book")), 0)?;
    assert_eq!(job.run(&["--through", "2026-07"])?.0, 0);
    Ok(())
}

#[test]
fn of_several_months_nothing_is_asked_that_is_of_one() -> Outcome {
    let job = Job::new("")?;
    let range = ["--month", "2026-04..2026-05", "--opening", "genesis"];
    for option in [
        &["--reason", "why"][..],
        &["--accept", "why"],
        &["--issued-on", "2026-06-01"],
        &["--cascade"],
        &["--differences", "out"],
        &["--only-if", "0"],
        &["--dry-run"],
    ] {
        let (exit, told) = job.run(&[&range, option].concat())?;
        assert_eq!((exit, &told["error"]["kind"]), (2, &value!("usage")), "{option:?}");
        assert!(!job.path("book").exists());
    }
    // One month can be foretold, though a range was asked for.
    let range = ["--month", "2026-04", "--through", "2026-04", "--opening", "genesis", "--dry-run"];
    let (exit, told) = job.run(&range)?;
    assert_eq!((exit, &told["status"], months(&told).len()), (3, &value!("would-publish"), 1));
    assert!(!job.path("book").exists());
    Ok(())
}
