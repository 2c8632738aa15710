//! How far a run is: what it tells of that, what is known of all its passes and months, and how that is shown: by a bar
//! on a terminal, else by a line now and then.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use std::{fmt, io};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::base::calendar::Month;
use crate::base::digits::with_thousands;

/// All of a month's work.
const WHOLE: u64 = 1_000;

/// How far a run is.
///
/// The work is known beforehand: every pass goes over the same rows, or bytes where nobody knows how many
/// rows there are, and says how large a part of the month it is, by estimate. Months that are billed
/// in one run are taken for equal. So what is left of the time follows from what has passed, from the first
/// row on: as much as the work that is left is to the work that is done.
pub struct Meter {
    stopwatch: Instant,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    month: Option<Month>,
    /// Which month it is, from 0, and of how many.
    place: u64,
    months: u64,
    /// When the first row was about to be read.
    began: Option<Duration>,
    stage: &'static str,
    pass: Pass,
    /// When the pass began.
    since: Duration,
    /// The parts of the month's work that are done, without the pass.
    done: u64,
    rows: u64,
    bytes: u64,
}

/// How far a run is, at a moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// The month, where there are several.
    pub month: Option<Month>,
    /// The stage, or what the pass is for.
    pub stage: &'static str,
    /// The pass, and of how many.
    pub pass: Option<(u32, u32)>,
    /// How many rows the pass has read; none where it reads none.
    pub rows: Option<u64>,
    /// How many there are, where that is known.
    pub rows_of: Option<u64>,
    /// How many it reads in a second.
    pub rows_per_second: Option<u64>,
    /// How much of the run's work is done, of a thousand.
    pub done: u64,
    /// How long the rest of the run takes, where that can be told.
    pub seconds_left: Option<u64>,
}

impl Meter {
    /// That of a run of several months, or of one.
    pub fn of(stopwatch: Instant, months: usize) -> Self {
        let state = State { months: months.max(1) as u64, ..State::default() };
        Meter { stopwatch, state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The month at a place, from 0, begins.
    pub fn begin_month(&self, month: Month, place: usize) {
        let mut state = self.state();
        let place = place as u64;
        *state = State {
            month: Some(month),
            place,
            months: state.months.max(place + 1),
            began: state.began,
            ..State::default()
        };
    }

    /// Takes in a step.
    pub fn note(&self, step: Step) {
        let now = self.stopwatch.elapsed();
        let mut state = self.state();
        match step {
            Step::Rows(rows) => state.rows += rows,
            Step::Bytes(bytes) => state.bytes += bytes,
            Step::Published { .. } => {}
            Step::Pass(pass) => {
                // A later month of a cascade, of which there may be more than was known.
                if pass.number == 1 && state.pass.number > 0 {
                    state.place += 1;
                    state.months = state.months.max(state.place + 1);
                }
                state.done = if pass.number == 1 { 0 } else { state.done + state.pass.share };
                (state.pass, state.stage) = (pass, pass.what);
                (state.since, state.rows, state.bytes) = (now, 0, 0);
                state.began.get_or_insert(now);
            }
            Step::Stage(stage) => {
                state.stage = stage;
                // What follows the usage is the last pass, which reads no rows of it.
                if state.pass.number > 0 && state.pass.share > 0 {
                    state.done += state.pass.share;
                    let (number, of) = (state.pass.of + 1, state.pass.of);
                    state.pass = Pass { number, of, ..Pass::default() };
                    state.since = now;
                }
            }
        }
    }

    /// How far it is now.
    pub fn told(&self) -> Told {
        self.state().told(self.stopwatch.elapsed())
    }
}

impl State {
    fn told(&self, now: Duration) -> Told {
        let State { pass, rows, .. } = *self;
        let reads = pass.share > 0;
        let seconds = now.saturating_sub(self.since).as_millis();
        let rate = u128::from(rows) * 1_000 / seconds.max(1);
        let whole = WHOLE * self.months;
        let done = (self.place * WHOLE + self.done + self.of_pass()).min(whole);
        let spent = self.began.map(|began| now.saturating_sub(began).as_secs());
        // Of the first hundredth nothing can be told.
        let left = spent.filter(|_| done * 100 > whole).map(|spent| spent * (whole - done) / done);
        Told {
            month: self.month.filter(|_| self.months > 1),
            stage: self.stage,
            pass: (pass.number > 0).then_some((pass.number, pass.of + 1)),
            rows: reads.then_some(rows),
            rows_of: pass.rows.filter(|_| reads),
            rows_per_second: reads.then(|| u64::try_from(rate).unwrap_or(u64::MAX)),
            done: done * WHOLE / whole,
            seconds_left: left,
        }
    }

    /// The part of the month's work that the pass has done so far.
    fn of_pass(&self) -> u64 {
        let (done, all) = match self.pass.rows {
            Some(rows) => (self.rows, rows),
            None => (self.bytes, self.pass.bytes),
        };
        let part = u128::from(self.pass.share) * u128::from(done.min(all)) / u128::from(all.max(1));
        u64::try_from(part).unwrap_or(self.pass.share)
    }
}

impl fmt::Display for Told {
    /// What matters most first: a narrow terminal shows no more.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.done / 10)?;
        if let Some(seconds) = self.seconds_left {
            write!(f, ", {} left", time(seconds))?;
        }
        if let Some(month) = self.month {
            write!(f, ", {month}")?;
        }
        if let Some((number, of)) = self.pass {
            write!(f, ", pass {number} of {of}")?;
        }
        if let Some(rate) = self.rows_per_second {
            write!(f, ", {} rows a second", with_thousands(rate))?;
        }
        write!(f, ", {}", self.stage)?;
        match (self.rows, self.rows_of) {
            (Some(rows), Some(of)) => {
                write!(f, ": {} of {} rows", with_thousands(rows), with_thousands(of))
            }
            (Some(rows), None) => write!(f, ": {} rows", with_thousands(rows)),
            _ => Ok(()),
        }
    }
}

/// Hours, minutes and seconds, as far as they say anything.
fn time(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
    }
}

/// What a run tells of how far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A stage begins.
    Stage(&'static str),
    /// A pass over the usage begins.
    Pass(Pass),
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

/// A pass over the usage. One more follows the last of them, from the sums to the publication.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pass {
    /// What for.
    pub what: &'static str,
    /// Which it is, from 1.
    pub number: u32,
    /// How many there are over the usage.
    pub of: u32,
    /// Its part of the month's work, of a thousand.
    pub share: u64,
    /// How many rows there are, where that is known.
    pub rows: Option<u64>,
    /// How many bytes the files have that hold them.
    pub bytes: u64,
}

/// Is told how far a run is.
pub type Progress<'a> = &'a (dyn Fn(Step) + Sync);

/// How it is told.
pub enum Form {
    /// By a bar on standard error, which is a terminal.
    Bar,
    /// By a call first after this time, and then after that, again and again.
    Lines {
        /// Until the first line: a run that is quick has none.
        first: Duration,
        /// Between lines.
        then: Duration,
        /// Tells it.
        tell: Box<dyn Fn(&Told) + Send>,
    },
    /// Not at all.
    Silent,
}

/// Tells how far a run is until it is dropped.
pub struct Teller {
    bar: Option<ProgressBar>,
    /// Ends the thread; none where no thread could be started: it goes without.
    thread: Option<(Sender<()>, JoinHandle<()>)>,
}

/// The bar that is shown, if one is.
static SHOWN: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Takes the bar away that is shown, whoever shows it.
pub fn clear() {
    if let Some(bar) = SHOWN.lock().unwrap_or_else(PoisonError::into_inner).take() {
        bar.finish_and_clear();
    }
}

/// How often the bar is drawn.
const TICK: Duration = Duration::from_millis(200);
/// How it looks; what is too wide for the terminal is cut off.
const TEMPLATE: &str = "{spinner} [{bar:16}] {wide_msg}";

impl Teller {
    /// Begins to tell.
    pub fn start(form: Form, meter: &Arc<Meter>) -> Self {
        let meter = Arc::clone(meter);
        match form {
            Form::Silent => Teller { bar: None, thread: None },
            Form::Lines { first, then, tell } => {
                let thread = every(first, then, move || tell(&meter.told()));
                Teller { bar: None, thread }
            }
            Form::Bar => {
                let bar = ProgressBar::with_draw_target(Some(1_000), ProgressDrawTarget::stderr());
                // The template is sound: a test holds that.
                if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
                    bar.set_style(style.progress_chars("=> "));
                }
                *SHOWN.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar.clone());
                let drawn = bar.clone();
                let thread = every(TICK, TICK, move || {
                    let told = meter.told();
                    // Once it is taken away, it stays away.
                    if !drawn.is_finished() {
                        drawn.set_message(told.to_string());
                        drawn.set_position(told.done);
                        drawn.tick();
                    }
                });
                Teller { bar: Some(bar), thread }
            }
        }
    }

    /// Prints something above the bar.
    pub fn above(&self, print: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }
}

impl Drop for Teller {
    /// Takes the bar away.
    fn drop(&mut self) {
        if let Some((end, thread)) = self.thread.take() {
            drop(end);
            let _ = thread.join();
        }
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Does something again and again, on a thread of its own, until the sender is dropped.
fn every(
    first: Duration,
    then: Duration,
    act: impl Fn() + Send + 'static,
) -> Option<(Sender<()>, JoinHandle<()>)> {
    let (end, ended) = channel::<()>();
    let work = move || {
        let mut wait = first;
        while ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
            act();
            wait = then;
        }
    };
    let thread: io::Result<_> = thread::Builder::new().name("progress".to_owned()).spawn(work);
    Some((end, thread.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass(number: u32, share: u64) -> Step {
        let what = "looking at event ids";
        Step::Pass(Pass { what, number, of: 2, share, rows: Some(1_000_000), bytes: 900 })
    }

    /// A run of one month in which the first pass has begun.
    fn meter() -> Meter {
        let meter = Meter::of(monthend_clock(), 1);
        meter.begin_month(Month::parse("2026-04").unwrap(), 0);
        meter.note(Step::Stage("timeline"));
        meter
    }

    #[expect(clippy::disallowed_methods, reason = "a test may ask for the time")]
    fn monthend_clock() -> Instant {
        Instant::now()
    }

    fn told(meter: &Meter, seconds: u64) -> String {
        let mut state = meter.state();
        (state.began, state.since) = (state.began.map(|_| Duration::ZERO), Duration::ZERO);
        state.told(Duration::from_secs(seconds)).to_string()
    }

    #[test]
    fn all_passes_are_one_run() {
        let meter = meter();
        assert_eq!(told(&meter, 5), "0 %, timeline");
        meter.note(pass(1, 400));
        meter.note(Step::Rows(250_000));
        assert_eq!(
            told(&meter, 10),
            "10 %, 1 min 30 s left, pass 1 of 3, 25,000 rows a second, looking at event ids: \
             250,000 of 1,000,000 rows"
        );
        meter.note(pass(2, 400));
        meter.note(Step::Rows(500_000));
        assert!(told(&meter, 60).starts_with("60 %, 40 s left, pass 2 of 3, 8,333 rows"));
        meter.note(Step::Stage("replay"));
        meter.note(Step::Stage("documents"));
        assert_eq!(told(&meter, 80), "80 %, 20 s left, pass 3 of 3, documents");
    }

    #[test]
    fn bytes_tell_where_rows_are_not_known() {
        let meter = meter();
        meter.note(Step::Pass(Pass {
            what: "adding up",
            number: 1,
            of: 1,
            share: 800,
            rows: None,
            bytes: 400,
        }));
        meter.note(Step::Rows(7));
        meter.note(Step::Bytes(100));
        assert_eq!(
            told(&meter, 1),
            "20 %, 4 s left, pass 1 of 2, 7 rows a second, adding up: 7 rows"
        );
    }

    #[test]
    fn months_are_taken_for_equal() {
        let meter = Meter::of(monthend_clock(), 2);
        meter.begin_month(Month::parse("2026-04").unwrap(), 0);
        meter.note(pass(1, 400));
        meter.note(Step::Rows(1_000_000));
        assert!(told(&meter, 20).starts_with("20 %, 1 min 20 s left, 2026-04, pass 1 of 3"));
        meter.begin_month(Month::parse("2026-05").unwrap(), 1);
        meter.note(Step::Stage("timeline"));
        assert_eq!(told(&meter, 50), "50 %, 50 s left, 2026-05, timeline");
    }

    #[test]
    fn the_template_is_sound() {
        assert!(ProgressStyle::with_template(TEMPLATE).is_ok());
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test may ask for the time")]
    fn a_line_comes_now_and_then_until_the_end() {
        let meter = Arc::new(Meter::of(Instant::now(), 1));
        let (say, said) = channel();
        let tell = Box::new(move |told: &Told| say.send(told.clone()).unwrap());
        let (first, then) = (Duration::from_millis(2), Duration::from_millis(1));
        let teller = Teller::start(Form::Lines { first, then, tell }, &meter);
        for _ in 0..3 {
            assert_eq!(said.recv().unwrap(), Told::default());
        }
        drop(teller);
        while said.try_recv().is_ok() {}
        assert!(said.recv().is_err(), "nothing comes after the end");
    }
}
