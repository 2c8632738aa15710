//! How it is told how far a run is: a bar for people on a terminal, else a line now and then.

use std::io::IsTerminal;
use std::time::Duration;

use super::args::{LogFormat, OutputOptions};
use super::output;
use crate::base::process_memory;
use crate::base::progress::{Form, Told};

/// Between heartbeats of the JSON log.
const HEARTBEAT: Duration = Duration::from_secs(60);
/// From here on a run is slow for people who see no bar.
const SLOW: Duration = Duration::from_secs(10);
/// Between lines of a run that is slow.
const SLOW_LINES: Duration = Duration::from_secs(30);

/// The form that the options ask for. Nothing of it is on standard output.
pub(super) fn form(output: OutputOptions) -> Form {
    match output.log_format {
        LogFormat::Json => {
            Form::Lines { first: HEARTBEAT, then: HEARTBEAT, tell: Box::new(heartbeat) }
        }
        LogFormat::Text if output.quiet => Form::Silent,
        LogFormat::Text if std::io::stderr().is_terminal() => Form::Bar,
        LogFormat::Text => {
            let tell = Box::new(|told: &Told| output::tell(&format!("{told}\n")));
            Form::Lines { first: SLOW, then: SLOW_LINES, tell }
        }
    }
}

/// That the run goes on, and how far it is, as an event of the log.
fn heartbeat(told: &Told) {
    tracing::info!(
        month = told.month.map(tracing::field::display),
        stage = told.stage,
        pass = told.pass.map(|(number, of)| format!("{number} of {of}")),
        rows = told.rows,
        rows_of = told.rows_of,
        rows_per_second = told.rows_per_second,
        percent = told.done / 10,
        seconds_left = told.seconds_left,
        memory_bytes = process_memory::now(),
        "going on"
    );
}
