//! How far a run is, and a line that shows it on a terminal.

use std::fmt::Write;
use std::time::Duration;

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

/// What a run tells of how far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A stage begins.
    Stage(&'static str),
    /// A pass over the usage begins.
    Pass {
        /// What for.
        what: &'static str,
        /// How many rows there are, where that is known.
        rows: Option<u64>,
    },
    /// So many more rows have been read, or passed over.
    Rows(u64),
}

/// Is told how far a run is.
pub type Progress<'a> = &'a (dyn Fn(Step) + Sync);

/// The line that shows it.
pub struct Line(ProgressBar);

/// How often it is drawn.
const TICK: Duration = Duration::from_millis(200);

impl Line {
    /// A line on standard error, if it is `shown`.
    pub fn new(shown: bool) -> Self {
        if !shown {
            return Line(ProgressBar::hidden());
        }
        let bar = ProgressBar::no_length();
        bar.set_draw_target(ProgressDrawTarget::stderr());
        bar.enable_steady_tick(TICK);
        Line(bar)
    }

    /// Shows a step.
    pub fn tell(&self, step: Step) {
        match step {
            Step::Stage(stage) => self.begin(stage, "{spinner} {msg}, {elapsed}", None),
            Step::Pass { what, rows: Some(rows) } => {
                let how = "{spinner} {msg}: {human_pos} of {human_len} rows, {rate}, {eta} left";
                self.begin(what, how, Some(rows));
            }
            Step::Pass { what, rows: None } => {
                self.begin(what, "{spinner} {msg}: {human_pos} rows, {rate}, {elapsed}", None);
            }
            Step::Rows(rows) => self.0.inc(rows),
        }
    }

    fn begin(&self, what: &'static str, how: &str, rows: Option<u64>) {
        // The templates above are sound: a test holds that.
        if let Ok(style) = ProgressStyle::with_template(how) {
            self.0.set_style(style.with_key("rate", rate));
        }
        match rows {
            Some(rows) => self.0.set_length(rows),
            None => self.0.unset_length(),
        }
        self.0.set_message(what);
        self.0.reset();
    }

    /// Prints something above the line.
    pub fn above(&self, print: impl FnOnce()) {
        self.0.suspend(print);
    }

    /// Takes the line away.
    pub fn end(&self) {
        self.0.finish_and_clear();
    }
}

/// Whole rows a second: decimals of so many say nothing.
fn rate(state: &ProgressState, out: &mut dyn Write) {
    let _ = write!(out, "{} a second", HumanCount(state.per_sec() as u64));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_is_shown() {
        let line = Line::new(false);
        let shown = || (line.0.message(), line.0.position(), line.0.length());
        line.tell(Step::Stage("timeline"));
        assert_eq!(shown(), ("timeline".to_owned(), 0, None));
        line.tell(Step::Pass { what: "adding up", rows: Some(10) });
        line.tell(Step::Rows(3));
        line.tell(Step::Rows(4));
        assert_eq!(shown(), ("adding up".to_owned(), 7, Some(10)));
        line.tell(Step::Pass { what: "event ids", rows: None });
        assert_eq!(shown(), ("event ids".to_owned(), 0, None));
    }

    #[test]
    fn every_template_is_sound() {
        let source = include_str!("progress.rs");
        let templates = source.split('"').filter(|text| text.starts_with("{spinner}"));
        let found = templates.map(|text| ProgressStyle::with_template(text).map(drop));
        assert!(found.inspect(|style| assert!(style.is_ok())).count() >= 3);
    }
}
