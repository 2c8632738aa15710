//! How far a run is, and a line that shows it on a terminal.

use std::fmt::Write;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::calendar::Month;

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
        /// How many bytes the files have that hold them.
        bytes: u64,
    },
    /// So many more rows have been read, or passed over.
    Rows(u64),
    /// So many more bytes of the files have been gone through.
    Bytes(u64),
    /// A revision is in force from now on, whatever comes after.
    Published {
        /// The month.
        month: Month,
        /// The revision's number.
        revision: u32,
    },
}

/// Is told how far a run is.
pub type Progress<'a> = &'a (dyn Fn(Step) + Sync);

/// The line that shows it.
pub struct Line {
    bar: ProgressBar,
    /// Rows of the pass so far.
    rows: Arc<AtomicU64>,
    /// Whether the bar counts bytes, since nobody knows how many rows there are.
    by_bytes: AtomicBool,
}

/// The line that is shown, if one is.
static SHOWN: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Takes the line away that is shown, whoever shows it.
pub fn clear() {
    if let Some(bar) = SHOWN.lock().unwrap_or_else(PoisonError::into_inner).take() {
        bar.finish_and_clear();
    }
}

/// How often it is drawn.
const TICK: Duration = Duration::from_millis(200);

impl Line {
    /// A line on standard error, if it is `shown`.
    pub fn new(shown: bool) -> Self {
        let bar = if shown { ProgressBar::no_length() } else { ProgressBar::hidden() };
        if shown {
            bar.set_style(ProgressStyle::default_spinner());
            bar.set_draw_target(ProgressDrawTarget::stderr());
            // The bar panics where there is no thread for its ticks; it goes without them then.
            if thread::Builder::new().spawn(|| {}).is_ok_and(|tried| tried.join().is_ok()) {
                bar.enable_steady_tick(TICK);
            }
            *SHOWN.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar.clone());
        }
        Line { bar, rows: Arc::default(), by_bytes: AtomicBool::new(false) }
    }

    /// Shows a step.
    pub fn tell(&self, step: Step) {
        let by_bytes = || self.by_bytes.load(Ordering::Relaxed);
        match step {
            Step::Stage(stage) => self.begin(stage, "{spinner} {msg}, {elapsed}", None),
            Step::Pass { what, rows, bytes } => {
                self.by_bytes.store(rows.is_none(), Ordering::Relaxed);
                let how = match rows {
                    Some(_) => {
                        "{spinner} {msg}: {rows} of {human_len} rows, {rate} a second, {eta} left"
                    }
                    None => "{spinner} {msg}: {rows} rows, {rate} a second, {eta} left",
                };
                self.begin(what, how, Some(rows.unwrap_or(bytes)));
            }
            Step::Rows(rows) => {
                self.rows.fetch_add(rows, Ordering::Relaxed);
                if !by_bytes() {
                    self.bar.inc(rows);
                }
            }
            Step::Bytes(bytes) if by_bytes() => self.bar.inc(bytes),
            Step::Bytes(_) | Step::Published { .. } => {}
        }
    }

    fn begin(&self, what: &'static str, how: &str, length: Option<u64>) {
        self.rows.store(0, Ordering::Relaxed);
        let told = |tell: fn(u64, &ProgressState) -> u64| {
            let rows = Arc::clone(&self.rows);
            move |state: &ProgressState, out: &mut dyn Write| {
                let count = tell(rows.load(Ordering::Relaxed), state);
                let _ = write!(out, "{}", HumanCount(count));
            }
        };
        match length {
            Some(length) => self.bar.set_length(length),
            None => self.bar.unset_length(),
        }
        self.bar.set_message(what);
        self.bar.reset();
        // The templates above are sound: a test holds that.
        if let Ok(style) = ProgressStyle::with_template(how) {
            let style = style.with_key("rows", told(|rows, _| rows));
            self.bar.set_style(style.with_key("rate", told(rate)));
        }
    }

    /// Prints something above the line.
    pub fn above(&self, print: impl FnOnce()) {
        self.bar.suspend(print);
    }
}

impl Drop for Line {
    /// Takes the line away.
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Whole rows a second: decimals of so many say nothing.
fn rate(rows: u64, state: &ProgressState) -> u64 {
    let millis = u64::try_from(state.elapsed().as_millis()).unwrap_or(u64::MAX);
    rows.saturating_mul(1_000) / millis.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_is_shown() {
        let line = Line::new(false);
        let shown = || (line.bar.message(), line.bar.position(), line.bar.length());
        line.tell(Step::Stage("timeline"));
        assert_eq!(shown(), ("timeline".to_owned(), 0, None));
        line.tell(Step::Pass { what: "adding up", rows: Some(10), bytes: 900 });
        let read = [Step::Rows(3), Step::Bytes(300), Step::Rows(4), Step::Bytes(500)];
        read.into_iter().for_each(|step| line.tell(step));
        assert_eq!(shown(), ("adding up".to_owned(), 7, Some(10)));
        line.tell(Step::Pass { what: "event ids", rows: None, bytes: 900 });
        read.into_iter().for_each(|step| line.tell(step));
        assert_eq!(shown(), ("event ids".to_owned(), 800, Some(900)));
        assert_eq!(line.rows.load(Ordering::Relaxed), 7);
    }

    #[test]
    fn every_template_is_sound() {
        let source = include_str!("progress.rs");
        let templates = source.split('"').filter(|text| text.starts_with("{spinner}"));
        let found = templates.map(|text| ProgressStyle::with_template(text).map(drop));
        assert!(found.inspect(|style| assert!(style.is_ok())).count() >= 3);
    }
}
