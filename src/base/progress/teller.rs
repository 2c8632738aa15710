//! Tells how far a run is, as it goes: a bar on a terminal, else a line now and then.

use std::io;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::meter::{Meter, Told};

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
    use std::time::Instant;

    use super::*;

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
