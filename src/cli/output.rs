//! What is printed: answers on standard output; the log, summaries and how far a run is on standard error.

use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::time::Duration;

use clap::builder::Styles;
use serde::Serialize;
use tracing_subscriber::filter::LevelFilter;

use super::args::{LogFormat, OutputOptions};
use super::json_log::JsonEvents;
use super::published::Published;
use crate::base::answer::Answer;
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Kind, Result};
use crate::base::progress::{Form, Told};
use crate::base::{printable, process_memory};

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
            .with_writer(move || LogWriter(self.log_format))
            .with_ansi(false)
            .with_target(false);
        match self.log_format {
            LogFormat::Json => log.event_format(JsonEvents).init(),
            LogFormat::Text => log.init(),
        }
    }

    /// Whether people watch: there is a summary of each month, and progress on a terminal.
    pub(super) fn is_for_people(self) -> bool {
        self.log_format == LogFormat::Text && !self.quiet
    }

    /// Tells in one line what someone should look at, who wants to hear of nothing else.
    pub(super) fn tell_of_findings(self, month: Month, findings: &str) {
        match self.log_format {
            LogFormat::Json => tracing::warn!(%month, findings, "to look at"),
            LogFormat::Text => tell(&format!("{month} to look at: {findings}\n")),
        }
    }

    /// Gives an answer on standard output: as text, or with `--json` as one object.
    pub(super) fn give(self, answer: &Answer) -> Result<u8> {
        if self.json {
            print_line(&answer.result)?;
        } else if !self.quiet {
            print(&answer.text)?;
        }
        Ok(answer.exit_code)
    }

    /// Tells of a failure and what had been published before it, and with `--json` gives it as the
    /// result; gives the exit code.
    pub(super) fn fail(self, error: Error, published: &[Published]) -> u8 {
        let error = error.after(published.iter().map(Published::in_words));
        match self.log_format {
            LogFormat::Json => tracing::error!(error = %error.to_json(), "failed"),
            LogFormat::Text => tell_failure(&error),
        }
        if self.json {
            let failed = Failed { status: "failed", error: &error, published };
            // A failure to tell of the failure has nobody to be told to.
            let _ = print_line(&failed);
        }
        error.kind().exit_code()
    }
}

#[derive(Serialize)]
struct Failed<'a> {
    status: &'static str,
    error: &'a Error,
    published: &'a [Published],
}

/// Events on standard error, which may be full or closed: that changes nothing else. Each is written
/// at once.
struct LogWriter(LogFormat);

impl Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let text = match self.0 {
            LogFormat::Json => printable::in_json(&text),
            LogFormat::Text => printable::in_lines(&text),
        };
        let _ = io::stderr().lock().write_all(text.as_bytes());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// How wide a terminal is; what is no terminal is taken for one of 80 columns.
pub(super) fn width(of: impl AsFd) -> usize {
    const USUAL: usize = 80;
    let size = rustix::termios::tcgetwinsize(of).ok().map(|size| usize::from(size.ws_col));
    size.filter(|width| *width > 0).unwrap_or(USUAL)
}

/// Tells people on standard error.
pub(super) fn tell(text: &str) {
    let _ = io::stderr().lock().write_all(printable::in_lines(text).as_bytes());
}

/// Tells people of a failure: what it is and what to do stand out, in clap's colours.
fn tell_failure(error: &Error) {
    const STYLES: Styles = Styles::styled();
    let (failed, remedy) = (STYLES.get_error(), STYLES.get_valid());
    let hint = format!("\n  {remedy}hint:{remedy:#} ");
    let text = printable::in_lines(&error.to_string()).replace("\n  hint: ", &hint);
    tell_styled(&format!("{failed}error[{}]:{failed:#} {text}\n", error.code()));
}

/// Tells on standard error, in colours where that is a terminal that takes them, and nobody has
/// said that there be none (`NO_COLOR`, `CLICOLOR`).
fn tell_styled(text: &str) {
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}

/// Says what is wrong with the command line, or the help that was asked for; gives the exit code.
pub(super) fn say_of_command_line(said: &clap::Error) -> u8 {
    if said.use_stderr() {
        let label = format!("error[{}]:", Code::COMMAND_LINE);
        tell_styled(&said.render().ansi().to_string().replacen("error:", &label, 1));
        return u8::try_from(said.exit_code()).unwrap_or(Kind::Usage.exit_code());
    }
    match written(said.print().and_then(|()| io::stdout().flush())) {
        Err(error) => {
            tell_failure(&error);
            error.kind().exit_code()
        }
        Ok(()) => 0,
    }
}

/// Prints what was asked for; a reader that has gone away, such as `head`, is no failure.
pub(super) fn print(text: &str) -> Result<()> {
    put(&printable::in_lines(text))
}

fn put(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    written(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// Prints one JSON object as the last line.
pub(super) fn print_line(value: &impl Serialize) -> Result<()> {
    let line = serde_json::to_string(value).map_err(|e| {
        Error::new(Code::IMPOSSIBLE, "the result cannot be written as JSON").caused_by(e)
    })?;
    put(&format!("{}\n", printable::in_json(&line)))
}

fn written(outcome: io::Result<()>) -> Result<()> {
    match outcome {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => Err(Error::new(
            Code::STANDARD_OUTPUT,
            "the result cannot be written to standard output",
        )
        .caused_by(e)),
        _ => Ok(()),
    }
}

/// Between heartbeats of the JSON log.
const HEARTBEAT: Duration = Duration::from_secs(60);
/// From here on a run is slow for people who see no bar.
const SLOW: Duration = Duration::from_secs(10);
/// Between lines of a run that is slow.
const SLOW_LINES: Duration = Duration::from_secs(30);

/// The form that the options ask for. Nothing of it is on standard output.
pub(super) fn progress_form(output: OutputOptions) -> Form {
    match output.log_format {
        LogFormat::Json => {
            Form::Lines { first: HEARTBEAT, then: HEARTBEAT, tell: Box::new(heartbeat) }
        }
        LogFormat::Text if output.quiet => Form::Silent,
        LogFormat::Text if std::io::stderr().is_terminal() => Form::Bar,
        LogFormat::Text => {
            let tell = Box::new(|told: &Told| tell(&format!("{told}\n")));
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
