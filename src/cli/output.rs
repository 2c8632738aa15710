//! What is printed: answers on standard output, the log and summaries on standard error.

use std::io::{self, IsTerminal, Write};

use serde::Serialize;
use serde_json::json;
use tracing_subscriber::filter::LevelFilter;

use super::args::{LogFormat, OutputOptions};
use crate::base::error::{Error, Result};

impl OutputOptions {
    /// Starts the log on standard error.
    pub(super) fn start_log(self) {
        let level = match (self.quiet, self.verbose, self.log_format) {
            (true, _, _) => LevelFilter::WARN,
            (_, true, _) => LevelFilter::DEBUG,
            (_, _, LogFormat::Json) => LevelFilter::INFO,
            // For people the summary says it all.
            (_, _, LogFormat::Text) => LevelFilter::WARN,
        };
        let log = tracing_subscriber::fmt()
            .with_max_level(level)
            .with_writer(io::stderr)
            .with_ansi(io::stderr().is_terminal())
            .with_target(false);
        match self.log_format {
            LogFormat::Json => log.json().flatten_event(true).init(),
            LogFormat::Text => log.init(),
        }
    }

    /// Whether people watch: there is a summary of each month, and progress on a terminal.
    pub(super) fn is_for_people(self) -> bool {
        self.log_format == LogFormat::Text && !self.quiet
    }

    /// Tells of a failure, and with `--json` gives it as the result.
    pub(super) fn fail(self, error: &Error) {
        match self.log_format {
            LogFormat::Json => tracing::error!(error = %error.to_json(), "failed"),
            LogFormat::Text => eprintln!("error: {error}"),
        }
        if self.json {
            // A failure to tell of the failure has nobody to be told to.
            let _ = print_line(&json!({ "status": "failed", "error": error.to_json() }));
        }
    }
}

/// Tells people on standard error.
pub(super) fn tell(text: &str) {
    eprint!("{text}");
}

/// Prints what was asked for; a reader that has gone away, such as `head`, is no failure.
pub(super) fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::usage("standard output cannot be written").caused_by(e))
        }
        _ => Ok(()),
    }
}

/// Prints one JSON object as the last line; a reader that has gone away is no failure.
pub(super) fn print_line(value: &impl Serialize) -> Result<()> {
    let line = serde_json::to_string(value)
        .map_err(|e| Error::usage("the result cannot be written as JSON").caused_by(e))?;
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    Ok(())
}
