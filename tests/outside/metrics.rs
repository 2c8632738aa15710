//! Metrics as Prometheus' own tool reads them, and a process that dies while they are written.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

use monthend_tests::{Outcome, april, code, monthend, program, run};

use crate::cannot_run;
use crate::faults::shim;

/// What Prometheus' tool says of metrics: nothing, where they keep to its rules.
fn said_by_promtool(metrics: &Path) -> Outcome<String> {
    let mut promtool = Command::new("promtool");
    promtool.args(["check", "metrics"]).stdin(Stdio::from(fs::File::open(metrics)?));
    let said = match promtool.output() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return cannot_run(format!("promtool: {error}"));
        }
        said => said?,
    };
    let words = String::from_utf8([said.stdout, said.stderr].concat())?;
    assert_eq!(said.status.success(), words.is_empty(), "{words}");
    Ok(words)
}

fn verify(book: &Path, metrics: &Path) -> assert_cmd::Command {
    let mut verify = monthend(["verify", "--book"]);
    verify.arg(book).arg("--metrics-file").arg(metrics);
    verify
}

pub fn promtool_finds_nothing_in_metrics() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let (book, metrics) = (sandbox.path().join("book"), sandbox.path().join("metrics.prom"));
    run(&mut verify(&book, &metrics), 2)?;
    assert_eq!(said_by_promtool(&metrics)?, "");
    run(april("run", &book).arg("--metrics-file").arg(&metrics), 3)?;
    assert_eq!(said_by_promtool(&metrics)?, "");
    run(&mut verify(&book, &metrics), 0)?;
    assert_eq!(said_by_promtool(&metrics)?, "");
    // It does look.
    let doctored = fs::read_to_string(&metrics)?.replacen(" gauge\n", " counter\n", 1);
    fs::write(&metrics, doctored)?;
    assert_ne!(said_by_promtool(&metrics)?, "");
    Ok(())
}

pub fn a_process_that_dies_while_it_writes_metrics_leaves_the_old_ones() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let shim = shim(sandbox.path())?;
    let folder = sandbox.path().join("metrics");
    fs::create_dir(&folder)?;
    let (book, metrics) = (sandbox.path().join("book"), folder.join("metrics.prom"));
    run(april("run", &book).arg("--metrics-file").arg(&metrics), 3)?;
    let before = fs::read_to_string(&metrics)?;
    // The file that is written aside is opened second, once the old one was read.
    for (call, at) in [("open", 2), ("write", 1), ("flush", 1)] {
        let mut dying = Command::new(program());
        dying.args(["verify", "--book"]).arg(&book).arg("--metrics-file").arg(&metrics);
        dying.env("LD_PRELOAD", &shim).env("FAULT_BELOW", &folder).env("FAULT_CALL", call);
        dying.env("FAULT_AT", at.to_string()).env("FAULT_KILL", "1");
        assert_eq!(code(&dying.output()?)?, 137, "{call} {at}");
        assert_eq!(fs::read_to_string(&metrics)?, before, "{call} {at}");
    }
    run(&mut verify(&book, &metrics), 0)?;
    assert!(fs::read_to_string(&metrics)?.contains("command=\"verify\""));
    Ok(())
}
